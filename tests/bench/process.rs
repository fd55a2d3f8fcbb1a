//! Whole processes: `regent check` with and without plugins beside `xmllint`, and a promotion
//! beside its key derivation.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use tempfile::TempDir;

const ROUNDS: usize = 101;

const PASSWORD: &str = "backup-password.txt";

/// Asks this benchmark to run one check and print its peak memory.
pub(crate) const PEAK: &str = "--peak";

/// The median of each command's times, taken in turn so that noise falls on all alike.
fn medians(commands: &mut [Command]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); commands.len()];
    for round in 0..=ROUNDS {
        for (index, command) in commands.iter_mut().enumerate() {
            let start = Instant::now();
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let time = start.elapsed();
            assert!(status.expect("it starts").success(), "{command:?} fails");
            // The first round warms caches.
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect()
}

fn regent(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regent"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn site() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let site = folder.path().join("site");
    let made = regent(folder.path(), &["quickstart", "site"])
        .output()
        .expect("it starts");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    (folder, site)
}

/// A system of the same servers that no rule governs.
fn bare(quickstarted: &Path) -> PathBuf {
    let site = quickstarted.with_file_name("bare");
    std::fs::create_dir(&site).expect("a folder");
    for file in ["back.xml", "update.xml", PASSWORD] {
        std::fs::copy(quickstarted.join(file), site.join(file)).expect("a file");
    }
    for words in [
        &["--server", "SSO02", "init", "--master", "SSO01"][..],
        &["server", "add", "SSO02"],
        &[
            "--server",
            "SSO01",
            "secret",
            "generate",
            "secret.bak",
            "--password-file",
            PASSWORD,
        ],
    ] {
        let made = regent(&site, words).stdout(Stdio::null()).status();
        assert!(made.expect("it starts").success(), "{words:?}");
    }
    site
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn ratio(time: Duration, base: Duration) -> f64 {
    time.as_secs_f64() / base.as_secs_f64()
}

/// Measures and prints.
pub(crate) fn run() {
    let (_folder, site) = site();
    let bare = bare(&site);
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "back.xml"]).current_dir(&site);
    let mut commands = [
        regent(&bare, &["check", "update.xml"]),
        regent(&site, &["check", "back.xml"]),
        xmllint,
    ];
    let times = medians(&mut commands);
    println!("regent check, whole process, median of {ROUNDS}:");
    println!("  no plugin      {}", milliseconds(times[0]));
    println!(
        "  three plugins  {}  = {:.2} × no plugin (limit 1.5), {:.2} × xmllint (limit 5)",
        milliseconds(times[1]),
        ratio(times[1], times[0]),
        ratio(times[1], times[2]),
    );
    println!("  xmllint        {}", milliseconds(times[2]));
    println!("  peak memory    {} MiB (limit 50)", peak(&site));
    promotion(&bare);
}

/// The peak resident memory of one check, in MiB: a fresh child asks the kernel of its own child.
fn peak(site: &Path) -> u64 {
    let output = Command::new(std::env::current_exe().expect("a path"))
        .arg(PEAK)
        .current_dir(site)
        .output()
        .expect("it starts");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse::<u64>()
        .expect("a number")
        / 1024
}

/// Runs one check and prints its peak memory in KiB: what [`PEAK`] asks for.
pub(crate) fn print_peak() {
    let status = regent(Path::new("."), &["check", "back.xml"])
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("it starts").success());
    println!(
        "{}",
        getrusage(UsageWho::RUSAGE_CHILDREN)
            .expect("resource usage")
            .max_rss()
    );
}

fn promotion(site: &Path) {
    let (mut promotions, mut derivations) = (Vec::new(), Vec::new());
    let verify = [
        "secret",
        "verify",
        "secret.bak",
        "--password-file",
        PASSWORD,
    ];
    for round in 0..14 {
        let (file, server) = if round % 2 == 0 {
            ("update.xml", "SSO02")
        } else {
            ("back.xml", "SSO01")
        };
        let promote = [
            "--server",
            server,
            "promote",
            file,
            "--restore-file",
            "secret.bak",
            "--password-file",
            PASSWORD,
            "--yes",
        ];
        for (arguments, times) in [
            (&promote[..], &mut promotions),
            (&verify[..], &mut derivations),
        ] {
            let start = Instant::now();
            let run = regent(site, arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert!(run.expect("it starts").success(), "{arguments:?}");
            times.push(start.elapsed());
        }
    }
    promotions.sort_unstable();
    derivations.sort_unstable();
    let (promote, derive) = (promotions[7], derivations[7]);
    println!("\npromotion, service none, whole process, median of 14:");
    println!("  promote        {}", milliseconds(promote));
    println!(
        "  secret verify  {} (a process that derives the key once and writes nothing)",
        milliseconds(derive)
    );
    println!(
        "  difference     {} (limit 100 ms)",
        milliseconds(promote.saturating_sub(derive))
    );
}
