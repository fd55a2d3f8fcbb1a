//! Keys of every kind that is taken approve, wherever they are kept; what does not count says why.

mod token;

use std::process::{Command, Stdio};

use regent::plan::PlanFile;
use regent::secret::VerifyingKey;
use regent::secret::signing::APPROVAL;
use rsa::{BoxedUint, Pkcs1v15Sign};
use sha2::{Digest as _, Sha256};
use ssh_key::{HashAlg, PrivateKey, SshSig};

use crate::approvals::{keygen, list};
use crate::rules::install;
use crate::snapshot;
use crate::support::{PLAN, PROMOTE_PLAN, Run, Site};
use crate::tools::Tool;
use token::{PRESENT, Token, armored, string};

/// A site under `four-eyes`, and a plan.
fn planned(approvers: u32) -> Site {
    let site = Site::ready();
    install(&site, "four-eyes", "", &format!("approvers = {approvers}"));
    let _planned = site.run(&PLAN).exits(3);
    site
}

/// Makes a key with the program that people make them with; its public half is listed as `name`'s.
fn made(site: &Site, name: &str, kind: &[&str]) -> String {
    let key = unlisted(site, name, kind);
    list(site, name, &key);
    key
}

fn unlisted(site: &Site, name: &str, kind: &[&str]) -> String {
    let made = Command::new(Tool::SshKeygen.program())
        .args(["-q", "-N", "", "-C", name, "-f"])
        .arg(site.path(name))
        .args(kind)
        .stdin(Stdio::null())
        .output()
        .expect("ssh-keygen runs (Debian: apt-get install openssh-client)");
    assert!(made.status.success(), "{made:?}");
    let public = std::fs::read_to_string(site.path(&format!("{name}.pub")));
    public.expect("a public key").trim().to_owned()
}

fn approve(site: &Site, words: &[&str]) -> Run {
    site.run(&[&["approve", "plan.json"], words].concat())
}

/// Writes what is to be signed.
fn statement(site: &Site) -> String {
    let _written = approve(site, &["--statement", "statement"]).exits(0);
    std::fs::read_to_string(site.path("statement")).expect("a statement")
}

fn plan(site: &Site) -> String {
    std::fs::read_to_string(site.path("plan.json")).expect("a plan file")
}

fn promote(site: &Site) -> Run {
    site.run(&PROMOTE_PLAN)
}

const KINDS: [(&str, &[&str]); 4] = [
    ("ed25519", &["-t", "ed25519"]),
    ("ecdsa", &["-t", "ecdsa", "-b", "256"]),
    ("rsa", &["-t", "rsa", "-b", "3072"]),
    ("long-rsa", &["-t", "rsa", "-b", "5120"]),
];

#[test]
fn a_key_of_each_kind_approves_by_regent_and_by_ssh_keygen() {
    needs!(SshKeygen);
    let one = planned(1);
    for (name, kind) in KINDS {
        let site = one.copied();
        let key = made(&site, name, kind);
        let signed = approve(&site, &["--key", name, "--yes"]).exits(0);
        assert!(signed.out.contains(&format!("+ approved by {name}")));
        let file = PlanFile::parse(&plan(&site)).expect("a plan");
        let approval = &file.approvals[0];
        site.write("signature", &approval.signature);
        site.write("allowed", &format!("{name} {key}"));
        let verify = [
            "-Y",
            "verify",
            "-f",
            "allowed",
            "-I",
            name,
            "-n",
            APPROVAL,
            "-s",
            "signature",
        ];
        let said = format!("{} {}\n", file.plan.digest(), approval.at);
        let good = keygen(&site, &verify, said.as_bytes());
        assert!(
            good.contains("Good \"regent-approval\" signature"),
            "{name}: {good}"
        );
        let _promoted = promote(&site).exits(0);

        let site = one.copied();
        made(&site, "other", kind);
        statement(&site);
        let sign = [
            "-Y",
            "sign",
            "-n",
            APPROVAL,
            "-O",
            "hashalg=sha256",
            "-f",
            "other",
            "statement",
        ];
        keygen(&site, &sign, b"");
        let taken = approve(&site, &["--signature", "statement.sig"]).exits(0);
        assert!(taken.out.contains("+ approved by other"), "{}", taken.out);
        let _promoted = promote(&site).exits(0);
    }
}

#[test]
fn what_an_agent_signs_is_taken_in() {
    needs!(SshAgent);
    let site = planned(1);
    made(&site, "anna", &["-t", "ed25519"]);
    let written = approve(&site, &["--statement", "statement"]).exits(0);
    snapshot!("plans", "statement", written.transcript());
    let again = approve(&site, &["--statement", "statement"]).exits(6);
    assert!(
        again.err.contains("cannot write statement"),
        "{}",
        again.err
    );
    let signed = Command::new(Tool::SshAgent.program())
        .args(["sh", "-euc"])
        .arg(format!(
            "ssh-add -q anna && rm anna && ssh-keygen -q -Y sign -n {APPROVAL} -f anna.pub statement"
        ))
        .current_dir(site.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("ssh-agent runs (Debian: apt-get install openssh-client)");
    assert!(signed.status.success(), "{signed:?}");
    let taken = approve(&site, &["--signature", "statement.sig"]).exits(0);
    snapshot!("plans", "signature", taken.transcript());
    let _promoted = promote(&site).exits(0);
}

#[test]
fn a_token_approves_where_somebody_touched_it() {
    needs!(SshKeygen);
    for ecdsa in [false, true] {
        let site = planned(1);
        let token = Token::new(&site, ecdsa);
        list(&site, "anna", &token.public());
        let said = statement(&site);
        let before = plan(&site);
        let refused = |signature: String, why: &str| {
            site.write("statement.sig", &signature);
            let run = approve(&site, &["--signature", "statement.sig"]).exits(6);
            assert!(run.err.contains(why), "{why}: {}", run.err);
            assert_eq!(plan(&site), before);
        };
        let sign = |flags, altered| token.sign(APPROVAL, said.as_bytes(), flags, altered);
        refused(sign(0, None), "the token signed it without being touched");
        // Verified, but not present.
        refused(sign(4, None), "the token signed it without being touched");
        refused(
            sign(0, Some(PRESENT)),
            "the signature does not fit what was signed",
        );
        let elsewhere = token.sign("file", said.as_bytes(), PRESENT, None);
        refused(elsewhere, "in the namespace “file”, not “regent-approval”");
        site.write("allowed", &format!("anna {}", token.public()));
        for flags in [PRESENT, PRESENT | 4] {
            let signature = sign(flags, None);
            site.write("statement.sig", &signature);
            // What the test composes is what OpenSSH takes for a token's.
            let verify = [
                "-Y",
                "verify",
                "-f",
                "allowed",
                "-I",
                "anna",
                "-n",
                APPROVAL,
                "-s",
                "statement.sig",
            ];
            let good = keygen(&site, &verify, said.as_bytes());
            assert!(
                good.contains("Good \"regent-approval\" signature"),
                "{good}"
            );
            let _taken = approve(&site, &["--signature", "statement.sig"]).exits(0);
        }
        let _promoted = promote(&site).exits(0);
    }
}

/// `ssh-keygen` signs with SHA-512 only; other programs choose.
#[test]
fn rsa_with_sha_256_counts_and_sha_1_never_does() {
    needs!(SshKeygen);
    let site = planned(1);
    let key = made(&site, "anna", &["-t", "rsa", "-b", "3072"]);
    let said = statement(&site);
    let before = plan(&site);
    let text = std::fs::read_to_string(site.path("anna")).expect("a key");
    let key_file = PrivateKey::from_openssh(text).expect("a key");
    let pair = key_file.key_data().rsa().expect("an RSA key");
    let number = |number: &ssh_key::Mpint| {
        BoxedUint::from_be_slice_vartime(number.as_positive_bytes().expect("a number"))
    };
    let (public, private) = (&pair.public, &pair.private);
    let primes = vec![number(&private.p), number(&private.q)];
    let (n, e, d) = (number(&public.n), number(&public.e), number(&private.d));
    let rsa = rsa::PrivateKey::from_components(n, e, d, primes).expect("a key");
    let hashed = SshSig::signed_data(APPROVAL, HashAlg::Sha512, said.as_bytes()).expect("bytes");
    let scheme = Pkcs1v15Sign::new::<Sha256>();
    let bytes = rsa.sign(scheme, &Sha256::digest(hashed)).expect("signed");
    let blob = key_file.public_key().to_bytes().expect("a key");
    let signed = |kind: &str| {
        let signature = [string(kind.as_bytes()), string(&bytes)].concat();
        armored(&blob, APPROVAL, &signature)
    };
    for (kind, why) in [
        ("ssh-rsa", "or was made with SHA-1"),
        ("rsa-sha2-512", "the signature does not fit what was signed"),
    ] {
        site.write("statement.sig", &signed(kind));
        let run = approve(&site, &["--signature", "statement.sig"]).exits(6);
        assert!(run.err.contains(why), "{kind}: {}", run.err);
        assert_eq!(plan(&site), before, "{kind}");
    }
    site.write("statement.sig", &signed("rsa-sha2-256"));
    site.write("allowed", &format!("anna {key}"));
    let good = keygen(
        &site,
        &[
            "-Y",
            "verify",
            "-f",
            "allowed",
            "-I",
            "anna",
            "-n",
            APPROVAL,
            "-s",
            "statement.sig",
        ],
        said.as_bytes(),
    );
    assert!(
        good.contains("Good \"regent-approval\" signature"),
        "{good}"
    );
    let _taken = approve(&site, &["--signature", "statement.sig"]).exits(0);
    let _promoted = promote(&site).exits(0);
}

#[test]
fn a_signature_that_does_not_count_says_why() {
    needs!(SshKeygen);
    let site = planned(1);
    made(&site, "anna", &["-t", "ed25519"]);
    let _other = unlisted(&site, "mallory", &["-t", "ed25519"]);
    let short = unlisted(&site, "short", &["-t", "rsa", "-b", "2048"]);
    assert!(short.starts_with("ssh-rsa "));
    let said = statement(&site);
    let before = plan(&site);
    let signed = |key: &str, namespace: &str, text: &str| {
        let _none = std::fs::remove_file(site.path("signed.sig"));
        site.write("signed", text);
        keygen(
            &site,
            &["-Y", "sign", "-n", namespace, "-f", key, "signed"],
            b"",
        );
        std::fs::read_to_string(site.path("signed.sig")).expect("a signature")
    };
    let good = signed("anna", APPROVAL, &said);
    let foreign = said.replacen(&said[..4], "0000", 1);
    let mut told = String::new();
    for (name, text, signature) in [
        ("truncated", &*said, good[..good.len() / 2].to_owned()),
        ("empty", &*said, " \n".to_owned()),
        ("two", &*said, format!("{good}{good}")),
        ("another namespace", &*said, signed("anna", "file", &said)),
        ("another key", &*said, signed("mallory", APPROVAL, &said)),
        ("a short key", &*said, signed("short", APPROVAL, &said)),
        (
            "another statement",
            &*said,
            signed("anna", APPROVAL, &foreign),
        ),
        (
            "another plan",
            &*foreign,
            signed("anna", APPROVAL, &foreign),
        ),
        (
            "no statement",
            "I approve\n",
            signed("anna", APPROVAL, "I approve\n"),
        ),
        ("another time", &*said.replace("2026", "2027"), good.clone()),
    ] {
        site.write("statement", text);
        site.write("statement.sig", &signature);
        let run = approve(&site, &["--signature", "statement.sig"]);
        assert_ne!(run.exit, Some(0), "{name}");
        assert_eq!(plan(&site), before, "{name}");
        // Keys differ from run to run.
        let shown = run.err.lines().filter(|line| !line.contains("AAAA"));
        let shown: Vec<_> = shown.collect();
        told.push_str(&format!(
            "{name}\n{}\n\n",
            shown.join("\n").replace(&before, "")
        ));
    }
    site.write("statement", &said);
    site.write("renamed", &good);
    let run = approve(&site, &["--signature", "renamed"]).exits(2);
    told.push_str(&format!("renamed\n{}", run.err));
    let digest = foreign.split(' ').next().expect("a digest");
    snapshot!(
        "plans",
        "signatures-refused",
        told.replace(digest, "DIGEST")
    );
    let both = ["--signature", "renamed", "--statement", "statement"];
    let _taken = approve(&site, &both).exits(0);
}

#[test]
fn a_key_that_is_not_taken_is_named_as_what_it_is() {
    needs!(SshKeygen);
    let site = planned(1);
    let mut told = String::new();
    for (name, kind) in [
        ("short.rsa", &["-t", "rsa", "-b", "2048"][..]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("p521", &["-t", "ecdsa", "-b", "521"]),
        ("dsa", &["-t", "dsa"]),
        ("pem", &["-t", "rsa", "-b", "3072", "-m", "PEM"]),
    ] {
        let key = unlisted(&site, name, kind);
        match VerifyingKey::try_from(key) {
            Ok(_) => told.push_str(&format!("{name}: taken\n")),
            Err(why) => told.push_str(&format!("{name}: {why}\n")),
        }
        let run = approve(&site, &["--key", name, "--yes"]).exits(6);
        // The library reads one in two private keys on this curve.
        if name != "p521" {
            told.push_str(&format!("{}\n", run.err));
        }
    }
    let sealed = unlisted(&site, "anna", &["-t", "ed25519"]);
    keygen(
        &site,
        &["-s", "anna", "-I", "id", "-n", "anna", "anna.pub"],
        b"",
    );
    let of = |name: &str| std::fs::read_to_string(site.path(name)).expect("a file");
    let token = Token::new(&site, false).public();
    site.write("token.pub", &token);
    for (name, text) in [
        ("certificate", of("anna-cert.pub")),
        ("private", of("anna")),
        (
            "unknown",
            sealed.replace("ssh-ed25519", "ssh-new@example.com"),
        ),
        ("nothing", String::new()),
        ("words", "this is no key".to_owned()),
        ("cut off", sealed[..40].to_owned()),
    ] {
        let why = VerifyingKey::try_from(text).expect_err(name);
        told.push_str(&format!("{name}: {why}\n"));
    }
    for name in ["token.pub", "anna.pub", "anna-cert.pub"] {
        let run = approve(&site, &["--key", name, "--yes"]).exits(6);
        told.push_str(&format!("\n{name}\n{}", run.err));
    }
    snapshot!("plans", "kinds-refused", told);
}

#[test]
fn copies_that_were_approved_apart_come_together() {
    needs!(SshKeygen);
    let site = planned(2);
    made(&site, "anna", &["-t", "ed25519"]);
    made(&site, "ben", &["-t", "ecdsa", "-b", "256"]);
    let _copied = std::fs::copy(site.path("plan.json"), site.path("ben.json")).expect("a copy");
    let _empty = std::fs::copy(site.path("plan.json"), site.path("none.json")).expect("a copy");
    let _anna = approve(&site, &["--key", "anna", "--yes"]).exits(0);
    let words = ["approve", "ben.json", "--key", "ben", "--yes"];
    let _ben = site.run(&words).exits(0);
    let _one = promote(&site).exits(3);
    // What does not count in a copy is not taken over, and never in the place of what counts.
    let mut forged = PlanFile::parse(&plan(&site)).expect("a plan");
    forged.approvals[0].at = "2027-01-01T00:00:00Z".parse().expect("a time");
    site.write("forged.json", &forged.text());
    let words = [
        "--join",
        "ben.json",
        "--join",
        "none.json",
        "--join",
        "forged.json",
    ];
    let joined = approve(&site, &words).exits(0);
    snapshot!("plans", "joined", joined.transcript());
    let once = plan(&site);
    let _again = approve(&site, &["--join", "ben.json"]).exits(0);
    assert_eq!(plan(&site), once, "joining twice changes nothing");
    let words = [&PLAN[..5], &["other.json"]].concat();
    let _other = site.run(&words).exits(3);
    let other = approve(&site, &["--join", "other.json"]).exits(7);
    assert!(
        other
            .err
            .contains("other.json is another plan than plan.json"),
        "{}",
        other.err
    );
    let _promoted = promote(&site).exits(0);
}
