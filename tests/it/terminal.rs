//! What is asked on a terminal; `script` (Debian's bsdutils) makes one.

use std::io::Write as _;
use std::process::{Child, Stdio};

use crate::support::{PASSWORD, Run, Site};
use crate::tools::Tool;

mod interrupted;

/// Starts regent in a terminal: its pipes are the keyboard and the screen.
pub(crate) fn start(site: &Site, arguments: &[&str]) -> Child {
    let regent = env!("CARGO_BIN_EXE_regent");
    let line = format!("{regent} {}", arguments.join(" "));
    let script = [
        "--quiet",
        "--return",
        "--flush",
        "--command",
        &line,
        "/dev/null",
    ];
    let mut command = site.command_named(Tool::Script.program(), &script);
    command
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
        .spawn()
        .expect("`script` starts; it is in Debian's bsdutils")
}

/// Types `keys` into a terminal in which regent runs; everything it shows comes back as output.
pub(crate) fn type_into(site: &Site, arguments: &[&str], keys: &str) -> Run {
    let mut child = start(site, arguments);
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(keys.as_bytes())
        .expect("typed");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace('\r', "");
    Run {
        exit: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

#[test]
fn a_promotion_asks_for_the_password_and_for_leave() {
    needs!(Script);
    let site = Site::ready();
    let before = site.dump();
    let arguments = ["promote", "update.xml", "--restore-file", "secret.bak"];
    let declined = type_into(&site, &arguments, &format!("{PASSWORD}\nn\n"));
    assert_eq!(declined.exit, Some(0), "{}", declined.transcript());
    let question = "Promote SSO02 to master secret server, in place of SSO01? [y/N]";
    assert!(declined.out.contains(question), "{}", declined.transcript());
    assert!(
        declined.out.contains("nothing was changed"),
        "{}",
        declined.transcript()
    );
    assert_eq!(site.dump(), before);
    let promoted = type_into(&site, &arguments, &format!("{PASSWORD}\nyes\n"));
    assert_eq!(promoted.exit, Some(0), "{}", promoted.transcript());
    assert!(
        promoted.out.contains("SSO02 is the master secret server"),
        "{}",
        promoted.transcript()
    );
}

#[test]
fn the_reminder_is_shown_before_the_password_is_asked_for() {
    needs!(Script);
    let site = Site::without_secret();
    let generate = [
        "--server",
        "SSO01",
        "secret",
        "generate",
        "secret.bak",
        "--reminder",
        "usual",
    ];
    let differ = type_into(&site, &generate, "first password\nsecond password\n");
    assert_eq!(differ.exit, Some(6), "{}", differ.transcript());
    assert!(
        differ.out.contains("the two passwords differ"),
        "{}",
        differ.transcript()
    );
    assert!(!site.path("secret.bak").exists());
    let generated = type_into(&site, &generate, &format!("{PASSWORD}\n{PASSWORD}\n"));
    assert_eq!(generated.exit, Some(0), "{}", generated.transcript());
    let verified = type_into(
        &site,
        &["secret", "verify", "secret.bak"],
        &format!("{PASSWORD}\n"),
    );
    assert_eq!(verified.exit, Some(0), "{}", verified.transcript());
    let reminder = verified
        .out
        .find("Password reminder : usual")
        .expect("the reminder");
    let asked = verified.out.find("Password: ").expect("the question");
    assert!(reminder < asked, "{}", verified.transcript());
}

#[test]
fn a_new_password_that_is_seldom_meant_is_asked_about() {
    needs!(Script);
    let site = Site::without_secret();
    let generate = ["--server", "SSO01", "secret", "generate", "secret.bak"];
    let odd = " an odd password";
    let question = "The password begins with a blank, which is easily lost when it is typed again.";
    let declined = type_into(&site, &generate, &format!("{odd}\n{odd}\nn\n"));
    assert_eq!(declined.exit, Some(2), "{}", declined.transcript());
    assert!(declined.out.contains(question), "{}", declined.transcript());
    assert!(!site.path("secret.bak").exists());
    let meant = type_into(&site, &generate, &format!("{odd}\n{odd}\ny\n"));
    assert_eq!(meant.exit, Some(0), "{}", meant.transcript());
    let verify = ["secret", "verify", "secret.bak"];
    let verified = type_into(&site, &verify, &format!("{odd}\n"));
    assert_eq!(verified.exit, Some(0), "{}", verified.transcript());
}
