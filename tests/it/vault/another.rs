//! Two systems on one computer: in the folder of one, the database of the other.

use std::collections::BTreeMap;

use crate::support::{Run, Site, update_file};

/// Every file of a site's vaults with its bytes.
fn vaults(site: &Site) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![site.path("vaults")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("a file");
                found.insert(path.display().to_string(), bytes);
            }
        }
    }
    found
}

fn system(site: &Site) -> String {
    let status = site.run(&["status", "--format", "json"]).exits(0).json();
    status["state"]["id"].as_str().expect("an id").to_owned()
}

/// Two sites, and in both vaults of the first what a vault can hold.
fn two() -> (Site, Site) {
    let here = Site::ready();
    let _promoted = here.run(&Site::promotion()).exits(0);
    here.write("back.xml", &update_file("SSO01"));
    let mut back = vec!["--server", "SSO01"];
    back.extend(Site::promotion());
    back[3] = "back.xml";
    let _promoted = here.run(&back).exits(0);
    let _promoted = here.run(&Site::promotion()).exits(0);
    assert!(here.path("vaults/sso01/previous.vault").exists());
    (here, Site::another())
}

/// Runs a command in the folder of one site with the database and the files of the other.
fn crossed(here: &Site, there: &Site, words: &[&str]) -> Run {
    let database = format!("sqlite:{}", there.path("credential.db").display());
    let file = |name: &str| there.path(name).display().to_string();
    let files = ["update.xml", "secret.bak", "new.bak", "password"];
    let words: Vec<String> = words
        .iter()
        .map(|word| {
            if files.contains(word) {
                file(word)
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    here.run(&[&["--database", database.as_str()], &words[..]].concat())
}

const RESTORE: [&str; 7] = [
    "--server",
    "SSO01",
    "secret",
    "restore",
    "secret.bak",
    "--password-file",
    "password",
];

const GENERATE: [&str; 7] = [
    "--server",
    "SSO01",
    "secret",
    "generate",
    "new.bak",
    "--password-file",
    "password",
];

#[test]
fn another_system_s_vault_is_neither_written_nor_rotated_nor_removed() {
    let (here, there) = two();
    let systems = [system(&here), system(&there)];
    assert_ne!(systems[0], systems[1]);
    let before = vaults(&here);
    let replacing = |words: &[&'static str]| [words, &["--replace-vault"]].concat();
    let backup = [&GENERATE[..3], &["backup"], &GENERATE[4..]].concat();
    for words in [
        Site::promotion().to_vec(),
        replacing(&Site::promotion()),
        RESTORE.to_vec(),
        replacing(&RESTORE),
        backup,
        vec!["--server", "SSO01", "update", "update.xml", "--yes"],
    ] {
        if words.contains(&"update") {
            let timeout = "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>";
            there.write("update.xml", timeout);
        }
        for time in ["once", "twice"] {
            let dump = there.dump();
            let refused = crossed(&here, &there, &words).exits(7);
            for id in &systems {
                assert!(refused.err.contains(id), "{words:?}: {}", refused.err);
            }
            assert_eq!(vaults(&here), before, "{words:?}, {time}");
            assert_eq!(there.dump(), dump, "{words:?}, {time}");
            assert!(!there.path("new.bak").exists());
        }
    }
}

#[test]
fn a_secret_is_not_generated_into_another_system_s_vault() {
    let (here, _) = two();
    let there = Site::another_without_secret();
    let before = vaults(&here);
    for words in [
        GENERATE.to_vec(),
        [&GENERATE[..], &["--replace-vault"]].concat(),
    ] {
        for _ in 0..2 {
            let refused = crossed(&here, &there, &words).exits(7);
            assert!(refused.err.contains(&system(&here)), "{}", refused.err);
            assert_eq!(vaults(&here), before);
            assert!(!there.path("new.bak").exists(), "no backup of no secret");
        }
    }
}

/// Each kind of file alone, in a vault that is otherwise empty.
#[test]
fn whatever_a_vault_keeps_of_another_system_stands_in_the_way() {
    let (here, there) = two();
    let kinds = [
        "current.vault",
        "previous.vault",
        "staged-0101010101010101.vault",
        "before-0101010101010101.vault",
    ];
    for (server, words) in [("sso01", &RESTORE[..]), ("sso02", &Site::promotion())] {
        for kind in kinds {
            let site = here.copied();
            let text = std::fs::read_to_string(site.path("vaults/sso02/current.vault"));
            let text = text.expect("a vault");
            std::fs::remove_dir_all(site.path("vaults")).expect("removed");
            site.write(&format!("vaults/{server}/{kind}"), &text);
            crate::support::mode(&site.path(&format!("vaults/{server}")), 0o700);
            let before = vaults(&site);
            // It cannot be opened either, for its key is gone.
            for more in [&[][..], &["--replace-vault"]] {
                let refused = crossed(&site, &there, &[words, more].concat()).exits(7);
                let told = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(told.contains(&system(&there)), "{kind}: {told}");
                assert!(told.contains("--config"), "{kind}: {told}");
                assert_eq!(vaults(&site), before, "{kind}");
            }
        }
    }
}

#[test]
fn a_server_without_a_vault_gets_none_among_another_system_s() {
    let (here, there) = (Site::ready(), Site::another());
    let before = vaults(&here);
    let refused = crossed(&here, &there, &Site::promotion()).exits(7);
    assert!(refused.err.contains(&system(&here)), "{}", refused.err);
    assert_eq!(vaults(&here), before);
    assert!(!here.path("vaults/sso02").exists());
}

#[test]
fn a_promotion_is_neither_finished_nor_undone_on_another_system_s_vault() {
    let (here, there) = two();
    let fault = [(
        "REGENT_TEST_FAULT",
        "journal/restore-secret/started/after=kill",
    )];
    assert_eq!(there.run_with(&fault, &Site::promotion()).exit, None);
    let before = (vaults(&here), there.dump());
    for words in [&["resume"][..], &["abort", "--yes"]] {
        let refused = crossed(&here, &there, words).exits(7);
        assert!(
            refused.err.contains(&system(&here)),
            "{}",
            refused.transcript()
        );
        assert_eq!((vaults(&here), there.dump()), before, "{words:?}");
    }
    let _finished = there.run(&["resume"]).exits(0);
}

#[test]
fn the_conflict_names_both_systems_and_the_way_on() {
    let (here, there) = two();
    let refused = crossed(&here, &there, &RESTORE).exits(7).err;
    super::snapshot("vault-of-another-system", &refused);
}
