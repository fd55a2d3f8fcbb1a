//! A site's settings: where things are, who this server is, and what is refused.

use crate::support::{Site, update_file};

#[test]
fn paths_start_where_the_settings_lie() {
    let site = Site::ready();
    std::fs::create_dir(site.path("elsewhere")).expect("a folder");
    let mut command = site.command(&["--config", "../regent.toml", "status", "--format", "json"]);
    command.current_dir(site.path("elsewhere"));
    let status = crate::support::run(&mut command).exits(0).json();
    assert_eq!(status["server"], "SSO02");
    assert_eq!(status["state"]["info"]["secret-server"], "SSO01");
}

#[test]
fn what_the_command_line_says_outweighs_the_settings() {
    let site = Site::ready();
    let status = site
        .run(&["--server", "SSO01", "status", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(status["is-master"], true);
    assert!(status["vault"].is_object(), "{status:#}");
    std::fs::rename(site.path("credential.db"), site.path("moved.db")).expect("a rename");
    let url = format!("sqlite:{}", site.path("moved.db").display());
    let _run = site.run(&["--database", &url, "status"]).exits(0);
}

#[test]
fn settings_that_are_not_understood_are_refused() {
    let site = Site::ready();
    let mut text = String::new();
    for settings in [
        "databse = \"sqlite:x\"",
        "database = 1",
        "server = \"10.0.0.1\"",
        "[service]\nrestart = \"always\"",
        "[service]\nrestart = { command = [] }",
        "[service]\nready = { command = [\"true\"], timeout = 5 }",
        "[[plugin]]\nname = \"Upper Case\"\ncomponent = \"x.wasm\"",
        "[[plugin]]\nname = \"a\"\ncomponent = \"x\"\n[[plugin]]\nname = \"a\"\ncomponent = \"y\"",
        "[[plugin]]\nname = \"a\"\ncomponent = \"missing.wasm\"",
        "server = \"SSO02",
    ] {
        let database = "database = \"sqlite:credential.db\"\n";
        let database = if settings.starts_with("datab") {
            ""
        } else {
            database
        };
        site.write("other.toml", &format!("{database}{settings}\n"));
        let run = site.run(&["--config", "other.toml", "check", "update.xml", "--offline"]);
        text.push_str(&format!("{settings}\n{}\n", run.transcript()));
    }
    crate::snapshot!("site", "settings-refused", text);
}

#[test]
fn servers_are_listed_added_and_removed() {
    let site = Site::ready();
    let list = site.run(&[
        "server",
        "add",
        "NODE1",
        "--role",
        "cluster-node",
        "--role",
        "processing",
    ]);
    insta::assert_snapshot!(list.exits(0).out, @r"
    + added NODE1
      SSO server          roles                     last seen
      NODE1               processing, cluster-node  never
      SSO01       master                            2026-03-04T05:06:07Z
      SSO02                                         2026-03-04T05:06:07Z
    ");
    site.write("update.xml", &update_file("NODE1"));
    let check = site.run(&["check", "update.xml"]).exits(1).out;
    assert!(
        check.contains("update/secret-server-is-cluster-node"),
        "{check}"
    );
    let twice = site.run(&["server", "add", "node1"]).exits(7);
    insta::assert_snapshot!(twice.err, @r"
    error: NODE1 is an SSO server of this system already
     help: to give it other roles, take it off the list first: `regent server remove NODE1`
    ");
    let master = site.run(&["server", "remove", "SSO01"]).exits(7);
    insta::assert_snapshot!(master.err, @r"
    error: SSO01 is the master secret server and cannot be removed
     help: promote another server first
    ");
    let _removed = site.run(&["server", "remove", "node1"]).exits(0);
}

#[test]
fn init_refuses_what_is_there() {
    let site = Site::empty();
    let made = site.run(&["init", "--server", "SSO01"]).exits(0);
    crate::snapshot!("site", "init", made.transcript());
    let again = site.run(&["init"]).exits(6);
    insta::assert_snapshot!(again.err, @r"
    error: $SITE/credential.db exists already
     help: nothing was changed; to use it leave out `init`, or name another file
    ");
    let _status = site.run(&["status"]).exits(0);
}

#[test]
fn status_says_what_is_wrong_with_the_master() {
    let site = Site::ready();
    let master = ["--server", "SSO01", "status"];
    let fine = site.run(&master).exits(0).out;
    assert!(fine.contains("nothing is to be done"), "{fine}");
    std::fs::rename(site.path("vaults/sso01"), site.path("vaults/lost")).expect("a rename");
    let empty = site.run(&master).exits(0).out;
    assert!(
        empty.contains("its vault is empty")
            && empty.contains("regent --server SSO01 secret restore"),
        "{empty}"
    );
    let restore = [
        "--server",
        "SSO01",
        "secret",
        "restore",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let _restored = site.run(&restore).exits(0);
    crate::support::mode(&site.path("vaults/sso01/current.vault"), 0o644);
    let open = site.run(&master).exits(0).out;
    assert!(open.contains("may be used by others"), "{open}");
}

#[test]
fn a_server_that_never_was_the_master_is_told_who_is() {
    let site = Site::ready();
    let before = site.dump();
    let with = ["--password-file", "password"];
    let mut text = String::new();
    for words in [
        &["secret", "generate", "x.bak", with[0], with[1]][..],
        &["secret", "backup", "x.bak", with[0], with[1]],
        &["secret", "restore", "secret.bak", with[0], with[1]],
    ] {
        text.push_str(&site.run(words).exits(7).err);
    }
    site.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let update = site.run(&["update", "more.xml", "--yes"]).exits(1);
    assert!(
        update.out.contains("update/off-mss-extra-elements"),
        "{}",
        update.out
    );
    assert_eq!(site.dump(), before);
    assert!(!site.path("x.bak").exists());
    insta::assert_snapshot!(text, @r"
    error: SSO02 is not the master secret server; SSO01 is
     help: run this on SSO01, or promote SSO02 with `regent promote UPDATE-FILE --restore-file BACKUP`
    error: SSO02 is not the master secret server; SSO01 is
     help: run this on SSO01, or promote SSO02 with `regent promote UPDATE-FILE --restore-file BACKUP`
    error: SSO02 is not the master secret server; SSO01 is
     help: run this on SSO01, or promote SSO02 with
           `regent promote UPDATE-FILE --restore-file secret.bak --password-file password`
    ");
}

#[test]
fn a_vault_of_an_earlier_term_makes_no_backup_until_the_secret_is_restored() {
    let site = Site::ready();
    let _promoted = site.run(&Site::promotion()).exits(0);
    // The name alone goes back: SSO01 still has the vault of its first term.
    site.write("back.xml", &update_file("SSO01"));
    let _moved = site.run(&["ssomanage", "-updatedb", "back.xml"]).exits(0);
    let backup = [
        "--server",
        "SSO01",
        "secret",
        "backup",
        "x.bak",
        "--password-file",
        "password",
    ];
    let stale = site.run(&backup).exits(7);
    insta::assert_snapshot!(stale.err, @r"
    error: this was done in the belief of term 1, but term 3 has begun and SSO01 is the master secret
           server
     help: nothing was changed; run `regent --server SSO01 status`, and act on SSO01
    ");
    let status = site.run(&["--server", "SSO01", "status"]).exits(0).out;
    assert!(
        status.contains("the vault of SSO01 is of term 1, the database of term 3"),
        "{status}"
    );
    site.write(
        "more.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let update = ["--server", "SSO01", "update", "more.xml", "--yes"];
    assert!(site.run(&update).exits(7).err.contains("term 1"));
    let restore = [
        "--server",
        "SSO01",
        "secret",
        "restore",
        "secret.bak",
        "--password-file",
        "password",
    ];
    let _restored = site.run(&restore).exits(0);
    let _updated = site.run(&update).exits(0);
    let _backed_up = site.run(&backup).exits(0);
}

#[test]
fn init_writes_settings_that_say_what_was_asked_for() {
    for name in ["it's.db", "a \"b\" \\c.db", "päth.db"] {
        let site = Site::empty();
        let url = format!("sqlite:{name}");
        let _made = site
            .run(&["init", "--server", "SSO01", "--database", &url])
            .exits(0);
        let status = site.run(&["status", "--format", "json"]).exits(0).json();
        assert_eq!(status["server"], "SSO01");
        assert!(site.path(name).is_file(), "{name}");
    }
}

/// One rule each for templates, placeholders and what Windows brings along, wherever names come in.
#[test]
fn what_cannot_be_meant_comes_in_nowhere() {
    let site = Site::ready();
    let before = site.dump();
    let servers = [
        "%COMPUTERNAME%",
        "$(ComputerName)",
        "${MASTER}",
        "$env:COMPUTERNAME",
        "{{ master }}",
        "@MASTER@",
        "__MASTER__",
        "#{Master}",
        "BIZTALKCLUSTER",
        "NewSSOServer",
        "SERVERNAME",
        "S-1-5-18",
    ];
    for server in servers {
        site.run(&["server", "add", server]).exits(2);
        site.run(&[
            "--server",
            server,
            "secret",
            "backup",
            "x.bak",
            "--password-file",
            "password",
        ])
        .exits(2);
        site.write("update.xml", &update_file(&server.replace('<', "&lt;")));
        site.run(&["update", "update.xml", "--yes"]).exits(1);
    }
    assert_eq!(site.dump(), before);
    let accounts = [
        "%COMPUTERNAME%\\SSO Administrators",
        "$(Domain)\\SSO",
        "{{ sso_admin_group }}",
        "@DOMAIN@\\SSO",
        "Domain\\Accountname",
        "VORDEFINIERT\\Administratoren",
        "NT-AUTORITÄT\\SYSTEM",
        "AUTORITE NT\\Système",
        "INTEGRADO\\Administradores",
        "Jeder",
        "Tout le monde",
        "S-1-5-32-544",
        "*S-1-1-0",
        ".\\SSO Administrators",
    ];
    for account in accounts {
        let site = Site::empty();
        let init = |option| {
            site.run(&[
                "init", "--master", "SSO01", "--server", "SSO02", option, account,
            ])
            .exits(2)
        };
        let refused = init("--admins");
        let _refused = init("--affiliate-admins");
        assert!(
            !site.path("credential.db").exists(),
            "{}",
            refused.transcript()
        );
    }
    for server in servers {
        let site = Site::empty();
        site.run(&["init", "--master", server, "--server", "SSO02"])
            .exits(2);
        assert!(!site.path("credential.db").exists());
    }
    let site = Site::empty();
    let init = [
        "init",
        "--master",
        "NEWSSO01",
        "--server",
        "SSO02",
        "--admins",
        "BUILDING\\SSO Admins;CONTOSO\\SSO01$",
        "--affiliate-admins",
        "CONTOSO\\Users",
    ];
    site.run(&init).exits(0);
}
