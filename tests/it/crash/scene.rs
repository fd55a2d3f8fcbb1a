//! Where the crashes happen, and the one function that says how a site ended.

use std::collections::BTreeMap;
use std::path::Path;

use regent::database::{self, CredentialDatabase};
use regent::journal::State;
use regent::secret::{self, MachineKey, Vault};

use crate::promotion::lasting;
use crate::support::{PASSWORD, Run, Site, mode, update_file};

/// How a site ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Promoted,
    AsBefore,
}

/// A site that can be promoted, and how it stands.
pub(super) struct Scene {
    pub(super) site: Site,
    pub(super) before: Before,
}

/// How a site stood before anything was tried.
pub(crate) struct Before {
    dump: String,
    vaults: Files,
    promotions: usize,
}

/// Names and bytes.
type Files = BTreeMap<String, Vec<u8>>;

impl Scene {
    /// SSO01 is the master and has the secret; SSO02 never had one.
    pub(super) fn fresh() -> Self {
        let site = Site::ready();
        serve(&site);
        Self::of(&site)
    }

    /// SSO02 was the master once and still has what it had then.
    pub(super) fn returning() -> Self {
        let site = Site::ready();
        serve(&site);
        site.run(&Site::promotion()).exits(0);
        site.write("back.xml", &update_file("SSO01"));
        let back = [
            "--server",
            "SSO01",
            "promote",
            "back.xml",
            "--restore-file",
            "secret.bak",
            "--password-file",
            "password",
            "--yes",
        ];
        site.run(&back).exits(0);
        Self::of(&site)
    }

    /// In memory where there is such a place: a killed process loses nothing that a disk would keep.
    fn of(site: &Site) -> Self {
        let memory = Path::new("/dev/shm");
        let site = if memory.is_dir() {
            site.copied_to(memory)
        } else {
            site.copied()
        };
        let before = Before::of(&site);
        Self { site, before }
    }
}

impl Before {
    /// How a site stands.
    pub(crate) fn of(site: &Site) -> Self {
        Self {
            dump: lasting(&opened(site).dump().expect("a dump")),
            vaults: vaults(site),
            promotions: opened(site).promotions().expect("promotions").len(),
        }
    }
}

/// A service that reads its role when it starts, as SSO does, and a probe that wants it started.
/// It starts once at a time, as under any service manager: a restart that outlives a killed regent
/// is over before the next one.
pub(super) fn serve(site: &Site) {
    let regent = env!("CARGO_BIN_EXE_regent");
    let script = format!(
        "#!/bin/sh\n\
         unset REGENT_TEST_FAULT REGENT_TEST_TRACE REGENT_TEST_HUNG\n\
         exec 9>> service.lock && flock 9 || exit 1\n\
         '{regent}' export | sed -n 's/.*secretServer>\\(.*\\)<.*/\\1/p' >> service.log\n"
    );
    site.write("restart.sh", &script);
    mode(&site.path("restart.sh"), 0o700);
    site.configure(
        "[service]\nrestart = { command = [\"./restart.sh\"] }\n\
         ready = { command = [\"test\", \"-s\", \"service.log\"] }",
    );
}

pub(super) fn opened(site: &Site) -> Box<dyn CredentialDatabase> {
    let url = format!("sqlite:{}", site.path("credential.db").display());
    database::open(&url).expect("a database")
}

/// Where the unfinished promotion stands.
pub(crate) fn unfinished(site: &Site) -> Option<State> {
    let unfinished = opened(site).unfinished().expect("a journal that holds");
    unfinished.map(|promotion| promotion.state)
}

/// Every role that the service has read, oldest first.
pub(super) fn roles(site: &Site) -> Vec<String> {
    let log = std::fs::read_to_string(site.path("service.log")).unwrap_or_default();
    log.lines().map(str::to_owned).collect()
}

/// The files of both vaults.
fn vaults(site: &Site) -> Files {
    let mut files = Files::new();
    for server in ["sso01", "sso02"] {
        let Ok(entries) = std::fs::read_dir(site.path("vaults").join(server)) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            let bytes = std::fs::read(&path).expect("a file");
            files.insert(format!("{server}/{name}"), bytes);
        }
    }
    files
}

/// Everything that a refused command must leave alone.
pub(super) fn picture(site: &Site) -> (String, Files, Vec<String>) {
    (
        opened(site).dump().expect("a dump"),
        vaults(site),
        roles(site),
    )
}

/// The one function that says how a site ended; it panics where that is neither end.
#[track_caller]
pub(crate) fn end(site: &Site, before: &Before) -> End {
    let database = opened(site);
    let state = database.state().expect("a state");
    let promotions = database.promotions().expect("promotions");
    let open = promotions
        .iter()
        .find(|promotion| !promotion.state.is_final());
    assert_eq!(open, None, "nothing is left to do");
    let (master, other) = match state.master().as_str() {
        "SSO02" => ("SSO02", End::Promoted),
        "SSO01" => ("SSO01", End::AsBefore),
        other => panic!("{other} is the master"),
    };
    // The master's vault opens the database, in the term that the database gave it.
    let folder = site.path("vaults").join(master.to_ascii_lowercase());
    let held = Vault::new(folder, MachineKey::OwnFile)
        .read()
        .expect("a vault that opens");
    let held = held.expect("the master holds a secret");
    assert_eq!((held.server.as_str(), held.term), (master, state.term));
    let secret = held.generations.current.fingerprint();
    let proof = database.proof(secret).expect("a database");
    secret::compare(&held.generations, &state, proof.as_ref()).expect("it opens the database");
    // The service has read who is the master, or was never told otherwise.
    let script = std::fs::read_to_string(site.path("restart.sh")).unwrap_or_default();
    if script.contains("service.log") {
        let roles = roles(site);
        let last = roles.last().map_or("SSO01", String::as_str);
        assert_eq!(last, master, "the service's role: {roles:?}");
    }
    // What the other server holds, and on the way back the candidate too, is what it held.
    let tried = promotions.len() > before.promotions;
    let left = |name: &str| {
        let name = name.rsplit('/').next().unwrap_or_default();
        // A machine key stays, and what a killed writer left goes with the next one.
        name == "machine.key"
            || name.starts_with(".regent-")
            || name.starts_with("staged-") && !tried
    };
    let lasts = |name: &str| !left(name) && (other == End::AsBefore || name.starts_with("sso01/"));
    let now = vaults(site);
    let picked = |files: &Files| -> Files {
        let files = files.iter().filter(|(name, _)| lasts(name));
        files
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect()
    };
    assert!(
        picked(&now) == picked(&before.vaults),
        "vaults: {:?}, before: {:?}",
        now.keys(),
        before.vaults.keys()
    );
    if other == End::AsBefore {
        assert_eq!(lasting(&database.dump().expect("a dump")), before.dump);
    }
    other
}

/// What a command said, on one line, which holds no secret.
pub(super) fn said(run: &Run) -> String {
    let text = format!("{}\n{}", run.out, run.err);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!text.contains(PASSWORD), "a password is shown");
    text
}
