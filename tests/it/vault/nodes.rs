//! Two computers under one network name, with one folder of vaults on a disk that both have.

use std::collections::BTreeMap;

use crate::support::{Run, Site, mode, update_file};

/// The site of both: each has settings and a machine key of its own.
struct Cluster(Site);

impl Cluster {
    /// SSO01 is the network name; NODE1 has generated the secret.
    fn new() -> Self {
        let site = Site::empty();
        site.write("password", crate::support::PASSWORD);
        for (node, byte) in [("node1", "1"), ("node2", "2")] {
            site.write(&format!("{node}/machine.key"), &byte.repeat(32));
            site.write(
                &format!("{node}/regent.toml"),
                "database = \"sqlite:../credential.db\"\nserver = \"SSO01\"\nvault = \"../shared\"\n\
                 machine-key = \"machine.key\"\n",
            );
        }
        let cluster = Self(site);
        let accounts = ["--admins", "C\\A", "--affiliate-admins", "C\\B"];
        let init = [&["init", "--master", "SSO01"], &accounts[..]].concat();
        let _made = cluster.run(1, &init).exits(0);
        let _made = cluster.run(1, &secret("generate", &[])).exits(0);
        cluster
    }

    fn run(&self, node: u8, words: &[&str]) -> Run {
        let settings = format!("node{node}/regent.toml");
        let words = [&["--config", settings.as_str()], words].concat();
        let host = [("REGENT_TEST_HOST", format!("NODE{node}"))];
        let host = host.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.0.run_with(&host, &words)
    }

    /// The shared folder's files with their bytes.
    fn shared(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.0.path("shared/sso01")).expect("a folder");
        let entry = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.expect("an entry");
            let bytes = std::fs::read(entry.path()).expect("a file");
            (entry.file_name().to_string_lossy().into_owned(), bytes)
        };
        entries.map(entry).collect()
    }
}

fn secret<'a>(act: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["secret", act, "secret.bak", "--password-file", "password"];
    [&words, more].concat()
}

/// What the audit says of vaults that were kept aside.
fn kept_by_the_audit(cluster: &Cluster) -> Vec<String> {
    let export = cluster
        .run(1, &["audit", "list", "--format", "json"])
        .exits(0);
    let rows = export.json();
    let rows = rows["rows"].as_array().expect("rows").iter();
    rows.filter(|row| row["action"] == "vault-kept")
        .map(|row| row["detail"].as_str().expect("a text").to_owned())
        .collect()
}

fn unfolded(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The two fingerprints in a message.
fn keys(said: &str) -> Vec<&str> {
    let word = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let words = said.split([' ', ',', ';', ':']);
    words.filter(word).collect()
}

#[test]
fn a_vault_that_the_other_node_sealed_is_said_to_be_so() {
    let cluster = Cluster::new();
    let status = cluster.run(2, &["status"]).exits(0).out;
    super::snapshot("vault-of-the-other-node", &status);
    let told = unfolded(&status);
    assert!(told.contains("vault here cannot be opened"), "{told}");
    assert!(told.contains("on NODE1"), "{told}");
    assert!(!told.contains("nothing is to be done"), "{told}");
    let json = cluster.run(2, &["status", "--format", "json"]).exits(0);
    let json = json.json();
    assert_eq!(json["vault-closed"], "cannot be opened");
    let found = cluster.run(2, &["doctor"]).exits(1).out;
    let found = unfolded(&found);
    assert!(
        found.contains("on NODE1") && found.contains("machine-key"),
        "{found}"
    );
}

#[test]
fn neither_node_replaces_the_other_s_vault_without_being_told_to() {
    let cluster = Cluster::new();
    let first = cluster.shared();
    for _ in 0..2 {
        let refused = cluster.run(2, &secret("restore", &[])).exits(7).err;
        let told = unfolded(&refused);
        let [sealed, here] = keys(&told)[..] else {
            panic!("both keys are named: {told}");
        };
        assert_ne!(sealed, here, "{told}");
        assert!(told.contains("on NODE1"), "{told}");
        assert!(told.contains("--replace-vault"), "{told}");
        assert_eq!(cluster.shared(), first);
    }
    let refused = cluster.run(2, &secret("restore", &[])).exits(7).err;
    super::snapshot("vault-would-be-replaced", &refused);

    let told = cluster.run(2, &secret("restore", &["--replace-vault"]));
    assert!(told.exits(0).out.contains("unopened-"));
    let told = kept_by_the_audit(&cluster);
    assert_eq!(told.len(), 1, "{told:?}");
    let second = cluster.shared();
    let kept = |name: &&String| name.starts_with("unopened-");
    let kept: Vec<_> = second.keys().filter(kept).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(second[kept[0]], first["current.vault"]);
    assert_eq!(
        told[0],
        format!("{}, which could not be opened, on SSO01", kept[0])
    );
    // Now it is the first node that is shut out, and is told the same.
    let refused = cluster.run(1, &secret("restore", &[])).exits(7).err;
    assert!(unfolded(&refused).contains("on NODE2"), "{refused}");
    assert_eq!(cluster.shared(), second);
}

#[test]
fn the_vendor_s_tool_replaces_such_a_vault_where_it_is_told_to() {
    let cluster = Cluster::new();
    let restore = |more: &[&str]| {
        let words = ["ssoconfig", "-restoreSecret", "secret.bak"];
        let words = [&words[..], &["--password-file", "password"], more].concat();
        cluster.run(2, &words)
    };
    let refused = restore(&[]).exits(7).err;
    assert!(refused.contains("--replace-vault"), "{refused}");
    let _restored = restore(&["--replace-vault"]).exits(0);
    assert_eq!(kept_by_the_audit(&cluster).len(), 1);
}

#[test]
fn the_ways_on_are_true() {
    for (node2, restore) in [
        (
            "vault = \"../shared\"\nmachine-key = \"../node1/machine.key\"\n",
            false,
        ),
        ("vault = \"vaults\"\nmachine-key = \"machine.key\"\n", true),
    ] {
        let cluster = Cluster::new();
        let settings = "database = \"sqlite:../credential.db\"\nserver = \"SSO01\"\n";
        cluster
            .0
            .write("node2/regent.toml", &format!("{settings}{node2}"));
        if restore {
            let _restored = cluster.run(2, &secret("restore", &[])).exits(0);
        }
        for node in [1, 2] {
            let _whole = cluster.run(node, &secret("restore", &[])).exits(0);
            let status = cluster.run(node, &["status"]).exits(0).out;
            assert!(status.contains("nothing is to be done"), "{node}: {status}");
        }
    }
}

#[test]
fn a_promotion_over_a_vault_that_does_not_open_is_refused_before_its_journal() {
    let cluster = Cluster::new();
    let _added = cluster.run(1, &["server", "add", "SSO02"]).exits(0);
    // The other server becomes the master, on a computer of its own.
    cluster.0.write("update.xml", &update_file("SSO02"));
    cluster.0.write("back.xml", &update_file("SSO01"));
    let promote = |file| {
        let backup = [
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
        ];
        [&["promote", file], &backup[..], &["--yes"]].concat()
    };
    let other = [&["--server", "SSO02"], &promote("update.xml")[..]].concat();
    let _promoted = cluster.run(1, &other).exits(0);
    let before = cluster.shared();
    let journals = || {
        cluster
            .run(1, &["journal", "--format", "json"])
            .exits(0)
            .out
    };
    let journal = journals();
    let candidates = cluster.run(2, &["candidates", "--format", "json"]).exits(3);
    assert!(
        candidates.out.contains("would be replaced"),
        "{}",
        candidates.out
    );
    for words in [
        promote("back.xml"),
        [&promote("back.xml")[..], &["--dry-run"]].concat(),
    ] {
        let refused = cluster.run(2, &words).exits(7);
        assert!(
            unfolded(&refused.err).contains("on NODE1"),
            "{}",
            refused.err
        );
        assert_eq!(cluster.shared(), before);
        assert_eq!(journals(), journal);
    }
    // Told to, and gone back from in the midst: everything is as before.
    let words = [&promote("back.xml")[..], &["--replace-vault"]].concat();
    let settings = ["--config", "node2/regent.toml"];
    let fault = [
        ("REGENT_TEST_HOST", "NODE2"),
        ("REGENT_TEST_FAULT", "journal/verify/started/after=error"),
    ];
    let undone = cluster
        .0
        .run_with(&fault, &[&settings, &words[..]].concat());
    let _undone = undone.exits(4);
    assert_eq!(cluster.shared(), before);
    // Told to, and done: the other's is kept aside, and nothing is rotated out.
    let promoted = cluster.run(2, &words).exits(0);
    assert!(promoted.out.contains("unopened-"), "{}", promoted.out);
    assert_eq!(kept_by_the_audit(&cluster).len(), 1);
    let kept = cluster.shared();
    let kept = kept
        .iter()
        .filter(|(name, _)| name.starts_with("unopened-"));
    let kept: Vec<_> = kept.map(|(_, bytes)| bytes.clone()).collect();
    assert_eq!(kept, [before["current.vault"].clone()]);
}

/// At no instruction is a vault gone that did not open; and whatever was interrupted is done again.
#[test]
fn whenever_a_command_that_replaces_is_killed_the_vault_is_still_there() {
    let cluster = Cluster::new();
    let _added = cluster.run(1, &["server", "add", "SSO02"]).exits(0);
    cluster.0.write("update.xml", &update_file("SSO02"));
    // SSO02 was the master before, under a key that is gone.
    let first = cluster.0.path("shared/sso01/current.vault");
    let lost = std::fs::read_to_string(first).expect("a vault");
    cluster.0.write("shared/sso02/current.vault", &lost);
    mode(&cluster.0.path("shared/sso02"), 0o700);
    let restore = secret("restore", &["--replace-vault"]);
    let promote = [
        &["--server", "SSO02", "promote", "update.xml"][..],
        &[
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
        ],
        &["--yes", "--replace-vault"],
    ];
    let promote = promote.concat();
    let resume = ["--server", "SSO02", "resume"];
    let mut killed = 0;
    for (folder, words) in [("sso01", &restore), ("sso02", &promote)] {
        for point in ["file/sync", "file/rename", "file/remove"] {
            for (time, pass) in [("before", 1), ("after", 1), ("before", 2), ("before", 3)] {
                let site = Cluster(cluster.0.copied());
                let is_kept = || {
                    let entries = std::fs::read_dir(site.0.path("shared").join(folder));
                    let mut entries = entries.expect("a folder").flatten();
                    entries.any(|entry| {
                        std::fs::read(entry.path()).is_ok_and(|bytes| bytes == lost.as_bytes())
                    })
                };
                let fault = format!("{point}/{time}#{pass}=kill");
                let settings = ["--config", "node2/regent.toml"];
                let all = [&settings[..], words].concat();
                let run = site.0.run_with(&[("REGENT_TEST_FAULT", &fault)], &all);
                killed += u32::from(run.exit.is_none());
                assert!(is_kept(), "{words:?}, {fault}: the vault is lost");
                let resumed = site.run(2, &resume);
                if resumed.exit != Some(0) && site.run(2, words).exit != Some(0) {
                    // It was done already, and only the report was missing.
                    let status = site.run(2, &["--server", "SSO02", "status"]).exits(0);
                    assert!(
                        status.out.contains("Master secret server: SSO02"),
                        "{fault}"
                    );
                }
                assert!(
                    is_kept(),
                    "{words:?}, {fault}: the vault is lost afterwards"
                );
            }
        }
    }
    assert!(killed >= 12, "{killed} were killed");
}

#[test]
fn a_secret_is_not_generated_over_a_vault_that_does_not_open() {
    let site = Site::without_secret();
    site.write("vaults/sso01/current.vault", "what nobody can open");
    mode(&site.path("vaults/sso01"), 0o700);
    let words = [&["--server", "SSO01"], &secret("generate", &[])[..]].concat();
    let refused = site.run(&words).exits(7).err;
    assert!(refused.contains("--replace-vault"), "{refused}");
    assert!(!site.path("secret.bak").exists(), "{refused}");
    let words = [&words[..], &["--replace-vault"]].concat();
    assert!(site.run(&words).exits(0).out.contains("unopened-"));
}
