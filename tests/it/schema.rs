//! The schema of update files against the reader, with xmllint as the judge.

use crate::tools::Tool;
use std::io::Write as _;
use std::process::{Command, Stdio};

use regent::source::SourceFile;
use regent::update::schema::XSD;

use super::fixtures::{fixtures, stem};

/// Accepted, though the schema refuses them: in XML Schema 1.0 a name has one case, and white
/// space is what XML calls white space. Regent warns of each.
const STRICTER: [&str; 2] = ["element-case", "unicode-space-in-markup"];

/// Refused, though the schema accepts them: what XML Schema 1.0 cannot say.
const NOT_EXPRESSIBLE: [&str; 16] = [
    // A list of forbidden values in any case: a pattern cannot exclude, and an enumeration only allow.
    "account-builtin",
    // A pattern that excludes a part of another: a dot has the form of a name.
    "account-local-with-machine-prefix-dot",
    // Compares with the system's servers.
    "account-local-with-machine-prefix",
    // A pattern that excludes a part of another: a SID has the form of a name.
    "account-sid",
    // Compares with what the database holds.
    "admin-change-needs-disable",
    // A schema is asked after the prolog is read.
    "doctype-or-entity-unused",
    // Compares with the server this runs on.
    "off-mss-extra-elements",
    // Lists of forbidden values in any case.
    "placeholder-value-accounts",
    "placeholder-value-cluster",
    "placeholder-value-words",
    // A pattern that excludes a part of another.
    "secret-server-illegal-chars-sid",
    // Compares with the roles of the system's servers.
    "secret-server-is-cluster-node",
    // A pattern that excludes a part of another: 10.2.1.10 has the form of a name.
    "secret-server-is-ip",
    // A list of forbidden values in any case.
    "secret-server-is-localhost",
    // Compares with the system's servers.
    "secret-server-unknown-host",
    // A schema is asked after the prolog is read, and xmllint reads XML 1.1.
    "xml-not-well-formed-declaration-version-1-1",
];

/// Runs xmllint over a text. The outer error is what it says, the text's bytes are as given.
fn xmllint(arguments: &[&str], bytes: &[u8]) -> Result<(), String> {
    let mut child = Command::new(Tool::Xmllint.program())
        .args(["--noout", "--nonet", "--huge"])
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint is needed to hold the schema: install it (Debian and Ubuntu: apt-get install libxml2-utils)");
    let mut stdin = child.stdin.take().expect("piped");
    // xmllint may stop reading at the first error.
    let _written = stdin.write_all(bytes);
    drop(stdin);
    let output = child.wait_with_output().expect("xmllint ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

/// Whether an independent reader takes a file's text for well-formed XML.
pub(crate) fn well_formed(file: &SourceFile) -> Result<(), String> {
    xmllint(&[], &file.encode(file.text()))
}

fn valid(bytes: &[u8]) -> Result<(), String> {
    let mut schema = tempfile::NamedTempFile::new().expect("file");
    schema.write_all(XSD.as_bytes()).expect("written");
    let path = schema.path().to_str().expect("path").to_owned();
    xmllint(&["--schema", &path], bytes)
}

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    needs!(Xmllint);
    for path in fixtures("updates/accepted") {
        let (name, bytes) = (stem(&path), std::fs::read(&path).expect("fixture"));
        let judged = valid(&bytes);
        if STRICTER.contains(&name.as_str()) {
            assert!(judged.is_err(), "{name} is valid: take it off the list");
        } else {
            assert_eq!(judged, Ok(()), "{name}");
        }
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    needs!(Xmllint);
    let accepted: Vec<String> = fixtures("updates/rejected")
        .into_iter()
        .filter(|path| valid(&std::fs::read(path).expect("fixture")).is_ok())
        .map(|path| stem(&path))
        .collect();
    assert_eq!(accepted, NOT_EXPRESSIBLE);
}
