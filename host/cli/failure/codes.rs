//! Codes of what the command line itself refuses, and every code that an error can have.

use crate::exit::{Code, coded};
use crate::mishap::Mishap;
use crate::{
    bundle, database, entropy, hindsight, journal, plan, policy, promotion, rehearsal, secret,
    service, settings, source, toolchain, ui,
};

coded! {
    /// What a command line asks for that there is not.
    pub enum Misuse {
        CodeOfPlugin "code-of-plugin" Usage "the code is a rule of an organisation's plugin, which regent cannot explain";
        UnknownCode "code-unknown" Usage "there is no such code";
        NameNotText "name-not-text" Usage "a file's name is no text";
        NothingNamed "nothing-named" Usage "neither an update file nor a plan is named";
        IntentTwice "intent-twice" Usage "the plan file says already why and how";
        PasswordUnusual "password-unusual" Usage "a new password is seldom meant as it is, and nobody has said that it is";
        StatementUnnamed "statement-unnamed" Usage "what was signed is not named";
        NoBackupNamed "backup-not-named" Usage "no backup of the master secret is named";
        PasswordForNothing "password-for-nothing" Usage "a password is given, and nothing that it opens";
        NotAnApprover "not-an-approver" Usage "the key is no approver's";
        NoSettings "settings-missing" Usage "there is no regent.toml where one is needed";
        NoPlugins "plugins-not-configured" Usage "no plugin is configured where one is needed";
        NoLock "lock-missing" Usage "there is no regent.lock where one is needed";
        NobodyTrusted "nobody-trusted" Usage "nobody is named whose signature would count";
        NoPublicKey "not-a-public-key" Usage "the file is no key that verifies signatures";
        PluginNameUnfit "plugin-name-unfit" Usage "no plugin can be called so";
        UnknownCommand "command-unknown" Usage "there is no such command";
        ArgumentUnknown "argument-unknown" Usage "the command takes no such option, or no further argument";
        ArgumentMissing "argument-missing" Usage "an argument, an option or a command is needed and not given";
        ArgumentConflict "argument-conflict" Usage "options cannot be given together, or one is given twice";
        ArgumentNotText "argument-not-text" Usage "an argument is no text";
        ValueUnfit "value-unfit" Usage "an option or argument has no value, or one that it cannot have";
        Otherwise "usage" Usage "the command line is wrong in another way";
        UnknownFormat "format-unknown" Usage "the command does not speak this format";
        UnknownOption "option-unknown" Usage "the vendor's tool has no such option, or regent does not carry it out";
        OptionTakesOther "option-takes-other" Usage "the option of the vendor's tool takes another argument";
        PathElsewhere "path-elsewhere" Usage "a file is named by a path of another computer";
        OtherAct "plan-of-another-act" Usage "the plan file is of another act than the command";
        NothingToOverrule "nothing-to-overrule" Usage "no other rules than those here govern the system";
        PassphraseNeeded "passphrase-needed" Usage "a key needs its passphrase, and there is no terminal to type it on";
    }
}

coded! {
    /// What the state of things forbids.
    pub enum Clash {
        OtherPlan "another-plan" Conflict "two plan files that are to be joined hold two plans";
        NotTheMaster "not-the-master" Conflict "only the master secret server may do it, and this is another";
        OtherName "server-listed-by-another-name" Conflict "a listed server may be the same computer by another name";
        PromotionUnfinished "promotion-unfinished" Conflict "a promotion is neither promoted nor undone";
        SecretExists "secret-exists" Conflict "the system has a master secret already, and generating never replaces it";
        VaultWithoutSecret "vault-without-secret" Conflict "the vault of this server holds no master secret";
        NoSettings "settings-unnamed" Conflict "a vault would be written where no settings say where it is";
        NoneGovern "no-rules-govern" Conflict "no rules govern the system yet, and so nobody approves others";
        RulesElsewhere "rules-elsewhere" Conflict "the rules here are not those that the plan publishes";
        RulesChanged "rules-changed" Conflict "the rules that govern the system were changed meanwhile";
        StalePlan "plan-stale" Conflict "what the plan was made from has changed";
        AnotherSystem "another-system" Conflict "settings or lock are of another system than the database";
        SystemNamed "system-named" Conflict "the settings are of a system already, and a new one has an id of its own";
        FolderTaken "folder-taken" Conflict "the folder that would be made is there, and not empty";
    }
}

coded! {
    /// How an act ended at the command line's own hands.
    pub enum Ending {
        FileExists "file-exists" Environment "the file that would be written exists already";
        Moved "planned-file-moved" Environment "a file that a plan was made from is not where it was, and is not named again";
        FileFailed "file-failed" Environment "a file cannot be read or written";
        Unrecorded "unrecorded" Environment "it was done, and could not be written into the database";
        UnrecordedAsStale "unrecorded-as-stale" Conflict "it was done, and not written into the database, whose state had changed meanwhile";
    }
}

/// Every code that an error can have, room by room, each once.
pub fn every() -> Vec<Code> {
    let rooms = [
        Misuse::CODES,
        Clash::CODES,
        Ending::CODES,
        ui::Error::CODES,
        settings::Error::CODES,
        settings::BundledError::CODES,
        source::Error::CODES,
        bundle::Error::CODES,
        plan::Unusable::CODES,
        plan::Refusal::CODES,
        journal::IllegalEvent::CODES,
        policy::Error::CODES,
        policy::Refusal::CODES,
        policy::Distrust::CODES,
        policy::CaseError::CODES,
        policy::EvidenceError::CODES,
        secret::Error::CODES,
        secret::NotSigned::CODES,
        secret::approval::NotApproved::CODES,
        database::Error::CODES,
        service::Error::CODES,
        hindsight::Error::CODES,
        promotion::Error::CODES,
        rehearsal::Error::CODES,
        toolchain::Error::CODES,
        entropy::Error::CODES,
        Mishap::CODES,
    ];
    let mut codes: Vec<Code> = Vec::new();
    for code in rooms.concat() {
        // What two rooms can find is listed where it stands first.
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::doctor;
    use crate::update::codes::Rule;

    #[test]
    fn a_code_means_one_thing_in_every_room() {
        let findings = Rule::ALL.iter().map(|rule| rule.name());
        let findings = findings.chain(doctor::Code::ALL.iter().map(|code| code.name()));
        let mut known: BTreeSet<&str> = findings.collect();
        for Code { name, meaning, .. } in every() {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(kebab) && !meaning.ends_with('.'), "{name}");
            assert!(known.insert(name), "{name} means two things");
        }
    }

    #[test]
    fn every_error_of_the_house_is_listed() {
        let mut found = 0;
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("host")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let text = std::fs::read_to_string(&path).expect("source");
                    found += text.matches("\ncoded! {").count() + text.matches("\ncoded!(").count();
                }
            }
        }
        let listed = include_str!("codes.rs").matches("::CODES,\n").count();
        assert_eq!(found, listed, "an error's codes are not in `every`");
    }
}
