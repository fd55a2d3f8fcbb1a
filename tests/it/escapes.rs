//! No text from outside is obeyed by a terminal, whatever way it takes and in whatever form it is shown.

use regent::visible::{is_hidden, quote};

use crate::fuzz::shown::without_ink;
use crate::policy::probe::Probe;
use crate::support::{Run, Site, mode, update_file};
use crate::terminal::type_into;

/// What a terminal obeys or hides, between two words that must stay to be seen.
const HOSTILE: &str = concat!(
    "evil",
    // Clears the screen; blinks; makes a link of what follows; writes the clipboard; asks the
    // terminal to answer as if somebody typed.
    "\x1b[2J\x1b[5m\x1b]8;;evil:\x07\x1b]52;c;ZXZpbA==\x07\x1bP+q\x1b\\",
    // The same in one character each.
    "\u{9b}2J\u{9d}0;x\u{9c}",
    // Rings, goes back, deletes, writes over the line and below it.
    "\x07\x08\x08\x7fx\rok\x0b\x0c",
    // Turns the reading direction, and hides.
    "\u{202e}\u{2066}\u{200b}\u{ad}\u{feff}",
    "live",
);

/// The same where control characters are refused.
const HIDING: &str = "evil\u{202e}\u{2066}\u{200b}\u{ad}\u{feff}\u{2060}\u{e0041}live";

/// Every form of output; the last three are `check`'s only.
const FORMS: [&[&str]; 6] = [
    &[],
    &["--color", "always"],
    &["--format", "json"],
    &["--format", "sarif"],
    &["--format", "junit"],
    &["--format", "github"],
];

/// Neither stream holds anything that a terminal obeys or hides, but for regent's own colours.
#[track_caller]
fn harmless(run: &Run, what: &str) {
    for text in [&run.out, &run.err] {
        let text = without_ink(text);
        let raw = text.chars().find(|c| *c != '\n' && is_hidden(*c));
        assert_eq!(raw, None, "{what}: {}", run.transcript().escape_debug());
    }
}

/// Runs a command in every form; each is harmless, and says the hostile text all the same.
#[track_caller]
fn says(site: &Site, arguments: &[&str]) {
    let count = if arguments[0] == "check" { 6 } else { 3 };
    for form in &FORMS[..count] {
        let words = [form, arguments].concat();
        let environment = [("REGENT_TEST_OPERATOR", HOSTILE)];
        let run = site.run_with(&environment, &words);
        let what = format!("{words:?}");
        harmless(&run, &what);
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains("evil"), "{what}\n{}", run.transcript());
        if run.out.starts_with('{') {
            run.json();
        }
    }
}

#[test]
fn arguments() {
    let site = Site::ready();
    let option = format!("--{HOSTILE}");
    let url = format!("sqlite:{HOSTILE}");
    let below_a_file = format!("update.xml/{HOSTILE}");
    for words in [
        &[HOSTILE][..],
        &["status", HOSTILE],
        &["status", &option],
        &["--server", HOSTILE, "status"],
        &["--config", HOSTILE, "status"],
        &["--database", HOSTILE, "status"],
        &["--database", &url, "status"],
        &["explain", HOSTILE],
        &["schema", HOSTILE],
        &["completions", HOSTILE],
        &["quickstart", &below_a_file],
        &["init", "--master", HOSTILE],
        &["init", "--admins", HOSTILE],
        &["check", HOSTILE],
        &["check", "update.xml", HOSTILE],
        &["plan", HOSTILE],
        &["update", HOSTILE],
        &["promote", HOSTILE, "--restore-file", "secret.bak"],
        &["promote", "update.xml", "--restore-file", HOSTILE],
        &[
            "plan",
            "update.xml",
            "--reason",
            HOSTILE,
            "--change",
            HOSTILE,
        ],
        &[
            "plan",
            "update.xml",
            "--restore-file",
            "secret.bak",
            "--password-file",
            HOSTILE,
        ],
        &["plan", "update.xml", "--out", &below_a_file],
        &["candidates", "--restore-file", HOSTILE],
        &["approve", HOSTILE],
        &["doctor", "--backup", HOSTILE],
        &["audit", "list", "--last", HOSTILE],
        &["promote", "--plan", HOSTILE],
        &["server", "add", HOSTILE],
        &["server", "remove", HOSTILE],
        &["server", "add", "SSO03", "--role", HOSTILE],
        &["secret", HOSTILE],
        &["secret", "inspect", HOSTILE],
        &["secret", "verify", "secret.bak", "--password-fd", HOSTILE],
        &["secret", "verify", "secret.bak", "--password-file", HOSTILE],
        &["plugin", "inspect", HOSTILE],
        &["plugin", "inspect", "--diff", HOSTILE, HOSTILE],
        &["plugin", "check-settings", HOSTILE, HOSTILE],
        &["plugin", "build", HOSTILE],
        &["plugin", "load", HOSTILE],
        &["replay", HOSTILE],
        &["check", "update.xml", "--evidence", &below_a_file],
        &["plugin", "test", HOSTILE],
        &["plugin", "bench", HOSTILE],
        &["ssomanage", HOSTILE],
        &["ssomanage", "-updatedb", HOSTILE],
        &["ssoconfig", &option],
        &["--server", "SSO01", "ssoconfig", "-restoresecret", HOSTILE],
    ] {
        says(&site, words);
    }
    // These may be said once only.
    for option in ["--format", "--color"] {
        harmless(&site.run(&[option, HOSTILE, "status"]).exits(2), option);
    }
}

#[test]
fn names_of_files() {
    let site = Site::ready();
    for name in [HOSTILE, HIDING] {
        site.write(name, &update_file("SSO02"));
        mode(&site.path(name), 0o644);
        says(&site, &["check", name]);
        says(&site, &["plan", name]);
        site.write(name, &update_file("SSO0Z"));
        says(&site, &["check", name]);
        site.write(name, "not a backup");
        says(&site, &["secret", "inspect", name]);
        says(&site, &["plugin", "inspect", name]);
        let config = ["--config", name, "status"];
        says(&site, &config);
        std::fs::remove_file(site.path(name)).expect("it was there");
        fs_err::copy(site.path("secret.bak"), site.path(name)).expect("a copy");
        says(&site, &["secret", "inspect", name]);
        let with = ["--restore-file", name, "--password-file", "password"];
        says(&site, &[&["plan", "update.xml"], &with[..]].concat());
        let dry = [&["promote", "update.xml", "--dry-run"], &with[..]].concat();
        says(&site, &dry);
    }
}

#[test]
fn update_files() {
    let site = Site::ready();
    let within = |text: &str| format!("<sso><globalInfo>{text}</globalInfo></sso>");
    for text in [
        update_file(HOSTILE),
        within(&format!(
            "<ssoAdminAccount>C\\{HOSTILE};C\\{HIDING}</ssoAdminAccount>"
        )),
        within(&format!("<ticketTimeout>{HOSTILE}</ticketTimeout>")),
        within(&format!("<{HOSTILE}>1</{HOSTILE}>")),
        within(&format!(
            "<secretServer evil{HIDING}=\"{HOSTILE}\">SSO02</secretServer>"
        )),
        within(&format!("<secretServer>SSO02</secretServer{HOSTILE}>")),
        within(&format!("<secretServer>SSO02</evil{HIDING}>")),
        within(&format!("<!-- {HOSTILE} -- --><![CDATA[{HOSTILE}]]>")),
        within(&format!("&{HOSTILE};")),
        format!(
            "<?xml version=\"1.0\" encoding=\"{HOSTILE}\"?>{}",
            update_file("SSO02")
        ),
        format!("<!DOCTYPE {HOSTILE}>{}", update_file("SSO02")),
        format!("{HOSTILE}{}", update_file("SSO02")),
        format!("<{HIDING}/>"),
        HOSTILE.to_owned(),
    ] {
        site.write("evil.xml", &text);
        says(&site, &["check", "evil.xml"]);
        says(&site, &["check", "--offline", "evil.xml"]);
        says(&site, &["plan", "evil.xml"]);
        says(&site, &["update", "evil.xml", "--yes"]);
    }
}

#[test]
fn settings() {
    let site = Site::ready();
    let spelled: String = HOSTILE
        .chars()
        .map(|c| match c {
            '\\' => "\\\\".to_owned(),
            c if is_hidden(c) => format!("\\U{:08x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    let known = "database = \"sqlite:credential.db\"\n";
    for text in [
        format!("{known}server = \"{spelled}\"\n"),
        format!("\"{spelled}\" = 1\n"),
        format!("database = \"{spelled}\"\n"),
        format!("{known}[service]\nrestart = \"{spelled}\"\n"),
        format!("{known}[service]\n\"{spelled}\" = 1\n"),
        format!("{known}[[plugin]]\nname = \"{spelled}\"\ncomponent = \"x\"\n"),
        format!("{known}[[plugin]]\nname = \"x\"\ncomponent = \"{spelled}\"\n"),
        format!(
            "{known}[[plugin]]\nname = \"x\"\ncomponent = \"x\"\nenforcement = \"{spelled}\"\n"
        ),
        format!("{known}[[approver]]\nname = \"{spelled}\"\nkey = \"{spelled}\"\n"),
        format!("{known}[[group]]\nname = \"{spelled}\"\nplugins = []\nrequire = \"any\"\n"),
        format!("{known}[[group]]\nname = \"g\"\nplugins = [\"{spelled}\"]\nrequire = \"any\"\n"),
        format!("{known}[[group]]\nname = \"g\"\nplugins = []\nrequire = \"{spelled}\"\n"),
        format!("{known}[[suppress]]\ncode = \"{spelled}\"\nreason = \"x\"\nuntil = 2026-12-31\n"),
        format!("evil = {HOSTILE}\n"),
        format!("# {HIDING}\nevil{HIDING} = 1\n"),
    ] {
        site.write("evil.toml", &text);
        says(&site, &["--config", "evil.toml", "plan", "update.xml"]);
    }
}

#[test]
fn why_something_is_suppressed() {
    for (update, until) in [
        ("SSO02", "2026-12-31"),
        ("SSO02 ", "2026-12-31"),
        ("SSO02", "2026-01-01"),
    ] {
        let site = Site::ready();
        site.write("update.xml", &update_file(update));
        site.configure(&format!(
            "[[suppress]]\ncode = \"update/surrounding-whitespace\"\nreason = '{HIDING}'\nuntil = {until}"
        ));
        says_of_suppressions(&site, until);
    }
}

/// What was used or has expired is told in every form, and what was not needed to a person.
fn says_of_suppressions(site: &Site, until: &str) {
    for form in FORMS {
        let run = site
            .run(&[form, &["check", "update.xml"]].concat())
            .exits(0);
        harmless(&run, until);
    }
    for arguments in [
        &["plan", "update.xml"][..],
        &["candidates"],
        &["plugin", "list"],
    ] {
        says(site, arguments);
    }
}

#[test]
fn cases_of_a_policy() {
    let site = Site::ready();
    let told = format!(
        "now = 2026-03-04T22:30:00Z\noperator = '{HIDING}'\nreason = '{HIDING}'\nchange = '{HIDING}'\n"
    );
    let approval = format!("[[approval]]\napprover = '{HIDING}'\nat = 2026-03-04T20:00:00Z\n");
    for (case, text) in [
        ("told", told.clone()),
        ("approved", format!("{told}{approval}")),
        (HOSTILE, told),
        ("wrong", format!("{HIDING} = 1\n")),
        (
            "unknown",
            format!("now = 2026-03-04T22:30:00Z\n'{HIDING}' = 1\n"),
        ),
    ] {
        site.write(&format!("cases/{case}/promotion.toml"), &text);
    }
    for form in [&["--format", "junit"][..], &[], &["--format", "json"]] {
        let run = site.run(&[form, &["test"]].concat()).exits(1);
        harmless(&run, "test");
        assert!(run.out.contains("evil"), "{}", run.transcript());
    }
    says(&site, &["test"]);
    let _accepted = site.run(&["test", "--accept"]).exits(1);
    for case in ["told", "approved", HOSTILE] {
        let path = site.path(&format!("cases/{case}/expected.snap"));
        let text = std::fs::read_to_string(path).expect("an expectation");
        let raw = text.chars().find(|c| *c != '\n' && is_hidden(*c));
        assert_eq!(raw, None, "{}", text.escape_debug());
    }
}

/// A script that says something hostile and fails.
fn failing(site: &Site, name: &str) {
    site.write(
        name,
        &format!("#!/bin/sh\nprintf '%s\\n' '{HOSTILE}' >&2\nexit 3\n"),
    );
    mode(&site.path(name), 0o700);
}

/// What was recorded once is read by everybody who looks at the system.
fn recorded(site: &Site) {
    for words in [&["journal"][..], &["dump"]] {
        says(site, words);
    }
    for words in [
        &["status"][..],
        &["audit"],
        &["audit", "verify"],
        &["doctor"],
    ] {
        for form in &FORMS[..3] {
            harmless(&site.run(&[form, words].concat()), words[0]);
        }
    }
}

#[test]
fn what_the_operator_says() {
    let site = Site::ready();
    let why = ["--emergency", "--reason", HOSTILE, "--change", HOSTILE];
    says(
        &site,
        &[
            &["plan", "update.xml", "--restore-file", "secret.bak"],
            &why[..],
        ]
        .concat(),
    );
    let mut dry = [&Site::promotion()[..], &why].concat();
    dry.push("--dry-run");
    says(&site, &dry);
    let operator = [("REGENT_TEST_OPERATOR", HOSTILE)];
    let promote = [&Site::promotion()[..], &why].concat();
    let run = site.run_with(&operator, &promote).exits(0);
    harmless(&run, "promote");
    assert!(run.out.contains(r"evil\u{1b}[2J"), "{}", run.out);
    recorded(&site);
}

#[test]
fn what_the_service_says() {
    for form in FORMS.iter().take(3) {
        let site = Site::ready();
        failing(&site, "restart.sh");
        site.configure("[service]\nrestart = { command = [\"./restart.sh\"] }");
        let run = site.run(&[form, &Site::promotion()[..]].concat()).exits(4);
        harmless(&run, "promote");
        assert!(run.out.contains("evil"), "{}", run.transcript());
        recorded(&site);
    }
    let site = Site::ready();
    // A literal string of TOML holds anything but control characters and its own quote.
    site.configure(&format!("[service]\nrestart = {{ systemd = '{HIDING}' }}"));
    says(
        &site,
        &["plan", "update.xml", "--restore-file", "secret.bak"],
    );
}

#[test]
fn what_an_unfinished_promotion_says() {
    let site = Site::ready();
    let environment = [
        ("REGENT_TEST_OPERATOR", HOSTILE),
        (
            "REGENT_TEST_FAULT",
            "journal/restart-service/started/after=kill",
        ),
    ];
    let run = site.run_with(&environment, &Site::promotion());
    assert_eq!(run.exit, None, "{}", run.transcript());
    says(
        &site,
        &["plan", "update.xml", "--restore-file", "secret.bak"],
    );
    recorded(&site);
    harmless(&site.run(&["resume"]).exits(0), "resume");
}

#[test]
fn plan_files() {
    let site = Site::ready();
    let operator = [("REGENT_TEST_OPERATOR", HOSTILE)];
    let why = ["--reason", HOSTILE, "--change", HOSTILE];
    let with = [
        "--restore-file",
        "secret.bak",
        "--password-file",
        "password",
    ];
    for name in [HOSTILE, "plan.json"] {
        let plan = [&["plan", "update.xml", "--out", name], &why[..], &with].concat();
        let run = site.run_with(&operator, &plan).exits(0);
        harmless(&run, "plan --out");
        says(&site, &["approve", name]);
    }
    let text = fs_err::read_to_string(site.path("plan.json")).expect("a plan file");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let altered = |alter: &dyn Fn(&mut serde_json::Value)| {
        let mut file = file.clone();
        alter(&mut file);
        site.write("evil.json", &file.to_string());
    };
    altered(&|file| {
        file["approvals"] = serde_json::json!([
            { "approver": HOSTILE, "at": "2026-03-04T05:06:07Z", "signature": HOSTILE },
        ]);
    });
    says(&site, &["approve", "evil.json"]);
    let dry = [
        "promote",
        "--plan",
        "evil.json",
        "--password-file",
        "password",
        "--dry-run",
    ];
    says(&site, &dry);
    altered(&|file| file["schema"] = HOSTILE.into());
    says(&site, &["approve", "evil.json"]);
    says(&site, &dry);
    altered(&|file| file["plan"]["candidate"] = HOSTILE.into());
    says(&site, &["approve", "evil.json"]);
    altered(&|file| file["plan"][HOSTILE] = HOSTILE.into());
    says(&site, &["approve", "evil.json"]);
    site.write("evil.json", HOSTILE);
    says(&site, &["approve", "evil.json"]);
    // A plan that is stale says in what.
    site.run(&["server", "remove", "SSO02"]).exits(0);
    for form in &FORMS[..3] {
        harmless(
            &site.run(&[form, &["promote", "--plan", HOSTILE, "--yes"][..]].concat()),
            "stale",
        );
    }
}

#[test]
fn backups() {
    let site = Site::ready();
    let with = ["--password-file", "password"];
    let first = ["--server", "SSO01"];
    let write = ["secret", "backup", "evil.bak", "--reminder", HIDING];
    let run = site.run(&[&first[..], &write, &with].concat()).exits(0);
    harmless(&run, "secret backup");
    says(&site, &["secret", "inspect", "evil.bak"]);
    says(
        &site,
        &[&["secret", "verify", "evil.bak"], &with[..]].concat(),
    );
    let plain = fs_err::read_to_string(site.path("evil.bak")).expect("a backup");
    let reminder = plain.lines().find(|line| line.starts_with("reminder: "));
    let reminder = reminder.expect("a reminder");
    for altered in [
        plain.replace(reminder, &format!("reminder: {HOSTILE}")),
        plain.replace("server: SSO01", &format!("server: {HOSTILE}")),
        plain.replace("argon2id", HOSTILE),
        format!("regent backup {HOSTILE}\n"),
    ] {
        site.write("evil-altered.bak", &altered);
        says(&site, &["secret", "inspect", "evil-altered.bak"]);
        says(&site, &["doctor", "--backup", "evil-altered.bak"]);
        says(
            &site,
            &[&["secret", "verify", "evil-altered.bak"], &with[..]].concat(),
        );
    }
}

#[test]
fn databases() {
    let alter = |sql: &str| {
        let site = Site::ready();
        site.run(&Site::promotion()).exits(0);
        let raw = rusqlite::Connection::open(site.path("credential.db")).expect("it opens");
        let parameters = rusqlite::named_params! { ":evil": HOSTILE };
        assert_eq!(raw.execute(sql, parameters).expect(sql), 1, "{sql}");
        site
    };
    for sql in [
        "UPDATE sso_server SET roles = :evil WHERE name = 'SSO01'",
        "UPDATE sso_server SET last_seen = :evil WHERE name = 'SSO01'",
        "INSERT INTO sso_server VALUES (:evil, '', '2026-03-04T05:06:07Z', NULL)",
        "UPDATE global_info SET sso_admin_account = :evil",
        "INSERT INTO secret_proof VALUES (:evil, zeroblob(12), zeroblob(1))",
        "INSERT INTO audit VALUES (99, '2026-03-04T05:06:07Z', :evil, :evil, :evil, :evil, :evil, :evil, :evil, NULL)",
        "INSERT INTO audit VALUES (99, '2026-03-04T05:06:07Z', :evil, :evil, :evil, :evil, :evil, :evil, :evil, :evil)",
        "INSERT INTO journal SELECT id, 99, 'verify', 'failed', '2026-03-04T05:06:07Z', :evil, :evil, :evil, :evil, NULL FROM promotion",
        "INSERT INTO promotion SELECT 99, 'evil', :evil, :evil, :evil, :evil, :evil, 'undone', 1, :evil, :evil, NULL FROM promotion",
        "INSERT INTO governing VALUES (1, 1, :evil, :evil, '2026-03-04T05:06:07Z', :evil, :evil, NULL, :evil, :evil, :evil, :evil)",
        "INSERT INTO governing VALUES (1, 1, '{}', :evil, '2026-03-04T05:06:07Z', :evil, :evil, NULL, :evil, :evil, :evil, NULL)",
        "INSERT INTO judgement VALUES (99, NULL, 'SSO01', 'SSO02', '2026-03-04T05:06:07Z', :evil, :evil, NULL, :evil, :evil)",
    ] {
        let site = alter(sql);
        says(&site, &["dump"]);
        for words in [
            &["status"][..],
            &["journal"],
            &["audit"],
            &["audit", "verify"],
            &["policy", "show"],
            &["doctor"],
            &["candidates"],
            &["export"],
            &["server", "list"],
            &["ssomanage", "-displaydb"],
            &["check", "update.xml"],
            &["plan", "update.xml"],
        ] {
            for form in &FORMS[..3] {
                harmless(&site.run(&[form, words].concat()), sql);
            }
        }
    }
}

/// Configures a component of which every text is hostile but one.
fn plugin(site: &Site, probe: &Probe, settings: &str) {
    fs_err::write(site.path("evil.wasm"), probe.bytes()).expect("a component");
    site.configure(&format!(
        "[[plugin]]\nname = \"told\"\ncomponent = \"evil.wasm\"\n[plugin.settings]\n{settings}"
    ));
}

#[test]
fn what_plugins_say_of_themselves() {
    const RULES: &[&str] = &["checked", HOSTILE];
    let site = Site::ready();
    let made = "(@custom \"producers\" \"\\01\\03sdk\\01\\06\\1b[5mev\\05\\1b[2Jv\")";
    let made = format!("(core module {made})");
    plugin(&site, &Probe::of("sound").summary(HOSTILE).parts(made), "");
    says(&site, &["plugin", "list"]);
    says(&site, &["plugin", "inspect", "evil.wasm"]);
    fs_err::write(site.path("sound.wasm"), Probe::of("sound").bytes()).expect("a component");
    for pair in [["evil.wasm", "sound.wasm"], ["sound.wasm", "evil.wasm"]] {
        says(&site, &["plugin", "inspect", "--diff", pair[0], pair[1]]);
    }
    let site = Site::ready();
    plugin(&site, &Probe::of("sound").rules(RULES), "");
    says(&site, &["plugin", "list"]);
    says(&site, &["plugin", "inspect", "evil.wasm"]);
    says(&site, &["check", "update.xml"]);
}

#[test]
fn what_plugins_ask_of_their_settings() {
    let text = format!("{HOSTILE}{HIDING}");
    let schema = serde_json::json!({
        "type": "object",
        "description": text,
        "properties": {
            "hours": { "type": "integer", "description": text },
            "day": { "enum": [text], "description": text },
            "name": { "pattern": "^evil$", "description": text },
        },
        "required": [text],
        "additionalProperties": false,
    });
    let schema: &'static str = Box::leak(schema.to_string().into_boxed_str());
    let site = Site::ready();
    let settings =
        format!("hours = 'evil{HIDING}'\nday = '{HIDING}'\nname = '{HIDING}'\n'{HIDING}' = 1\n");
    plugin(&site, &Probe::of("sound").schema(schema), &settings);
    says(&site, &["plugin", "inspect", "evil.wasm"]);
    site.write("settings.toml", &settings);
    let words = ["plugin", "check-settings", "evil.wasm", "settings.toml"];
    says(&site, &words);
    says(&site, &["plugin", "list"]);
    says(&site, &["check", "update.xml"]);
    says(&site, &["plan", "update.xml"]);
}

/// Ten bytes at a time, as many as the fixtures' message has.
const TENS: [&[u8; 10]; 6] = [
    b"\x1b[2J\x1b[5mev",
    b"\x1b]8;;evil\x07",
    b"\x1b]52;c;A\x07v",
    b"\xc2\x9b2J\xe2\x80\xaeevi",
    b"evil\r\x07\x08\x7f\x0b\x0c",
    b"ev\xe2\x80\x8b\xc2\xad\xc2\x85v",
];

#[test]
fn what_plugins_find_and_why_they_deny() {
    for said in TENS {
        let site = Site::ready();
        plugin(&site, &Probe::of("denies").saying(said), "");
        for form in FORMS {
            let run = site
                .run(&[form, &["check", "update.xml"]].concat())
                .exits(1);
            harmless(&run, "check");
        }
        let promoter = [("about", "about"), ("promoter", "promoter")];
        for fixture in ["denies", "fails"] {
            let site = Site::ready();
            plugin(
                &site,
                &Probe::of(fixture).exports(&promoter).saying(said),
                "",
            );
            for form in &FORMS[..3] {
                let run = site.run(&[form, &Site::promotion()[..]].concat()).exits(3);
                harmless(&run, fixture);
            }
        }
    }
}

#[test]
fn what_plugins_log() {
    let site = Site::ready();
    plugin(&site, &Probe::of("answers-as-told"), "");
    // A level, the place and length of the text, whether it is logged, `ok(approve)`, the text.
    let numbers = [1, 16_384 + 32, HOSTILE.len(), 1].map(|n| u32::try_from(n).expect("small"));
    let mut memory: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
    memory.extend([0; 16]);
    memory.extend(HOSTILE.as_bytes());
    let letter = |nibble: u8| char::from(b'a' + nibble);
    let reason: String = memory
        .iter()
        .flat_map(|byte| [letter(byte >> 4), letter(byte & 15)])
        .collect();
    let why = ["--reason", &reason];
    let plan = ["plan", "update.xml", "--restore-file", "secret.bak"];
    says(&site, &[&plan[..], &why].concat());
    let run = site.run(&[&Site::promotion()[..], &why].concat()).exits(0);
    harmless(&run, "promote");
    let log = run.out.split("log:").nth(1);
    assert!(log.is_some_and(|log| log.trim_start().starts_with("evil")));
}

/// A terminal is written to with its own sequences, so what is looked for is what was put in.
#[test]
fn on_a_terminal() {
    needs!(Script);
    let site = Site::ready();
    let first = ["--server", "SSO01"];
    let write = ["secret", "backup", "evil.bak", "--reminder", HIDING];
    let with = ["--password-file", "password"];
    site.run(&[&first[..], &write, &with].concat()).exits(0);
    let hostile = quote(HOSTILE);
    for (words, keys) in [
        (&["--server", &hostile, "status"][..], ""),
        (&["check", &hostile], ""),
        (&[&hostile], ""),
        (&["secret", "verify", "evil.bak"], "wrong password\n"),
    ] {
        let run = type_into(&site, words, keys);
        assert!(run.out.contains("evil"), "{}", run.transcript());
        for piece in [
            "\x1b[2J", "\x1b[5m", "\x1b]", "\x1bP", "\u{9b}", "\u{9d}", "\x07", "\x08", "\x7f",
        ] {
            assert!(
                !run.out.contains(piece),
                "{}",
                run.transcript().escape_debug()
            );
        }
        let hidden = run.out.chars().find(|c| !c.is_control() && is_hidden(*c));
        assert_eq!(hidden, None, "{}", run.transcript().escape_debug());
    }
}

#[test]
fn evidence() {
    let site = Site::ready();
    let name = format!("{HIDING}.xml");
    site.write(&name, &update_file("SSO02"));
    let _checked = site
        .run(&["check", &name, "--evidence", "taken.tar"])
        .exits(0);
    says(&site, &["replay", "taken.tar"]);
    says(&site, &["replay", HOSTILE]);
    // What stands in it is as hostile as whoever packs it.
    let form = regent::policy::evidence::FORM;
    let whole = regent::bundle::Bundle::open(&site.path("taken.tar"), form);
    let (whole, _) = whole.expect("a bundle");
    let json = serde_json::to_string(HOSTILE).expect("a text");
    for (part, from, to) in [
        ("findings.json", "[]", HOSTILE),
        ("question.json", "\"0.1.0\"", &*json),
    ] {
        let mut bundle = whole.clone();
        let text = bundle.take_text(part).expect("a text");
        bundle.add(part, text.replacen(from, to, 1));
        let bytes = bundle.bytes(form).expect("a bundle");
        regent::source::replace(&site.path("forged.tar"), &bytes).expect("a file");
        says(&site, &["replay", "forged.tar"]);
    }
}
