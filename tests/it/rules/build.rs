//! `regent plugin build`, `inspect` and `list`.

use regent::identity::Digest;
use regent::toolchain::embedded;

use super::{digest, fits, probe, site, snapshot, without_digest};
use crate::plugins;
use crate::policy::probe::Probe;
use crate::support::Site;

/// A copy of the smallest plugin's project, as a stranger would have it. What Cargo compiled for it
/// is shared with the other tests.
fn project(site: &Site, folder: &str) {
    let smallest = embedded()
        .iter()
        .find(|project| project.name == "backup-age");
    smallest
        .expect("it is embedded")
        .unpack(&site.path(folder))
        .expect("an empty folder");
    let target = plugins::toolchain().target_dir.expect("a folder");
    std::os::unix::fs::symlink(target, site.path(folder).join("target")).expect("a link");
}

#[test]
fn a_project_is_built_under_its_folders_name() {
    let wanted = Digest::of(&std::fs::read(plugins::component("backup-age")).expect("a component"));
    let _turn = plugins::one_at_a_time();
    let site = Site::empty();
    project(&site, "my-rules");
    let run = site.run(&["plugin", "build", "my-rules"]).exits(0);
    let bytes = std::fs::read(site.path("my-rules.wasm")).expect("a component");
    assert_eq!(Digest::of(&bytes), wanted);
    let said = run
        .out
        .replace(&wanted.to_string(), "[digest]")
        .replace(&bytes.len().to_string(), "[size]");
    insta::assert_snapshot!(said, @r"
    + built my-rules.wasm ([size] bytes)
      sha-256  [digest]
    see what is in it:
        regent plugin inspect my-rules.wasm
    ");
    // Cargo may first wait for another that is at work.
    let told = "building backup-age in $SITE/my-rules\n";
    assert!(run.err.contains(told), "{}", run.err);

    let run = site
        .run(&[
            "plugin",
            "build",
            "my-rules",
            "--out",
            "plugins/backup-age.wasm",
            "--format",
            "json",
        ])
        .exits(0);
    let json = run.json();
    fits(&site, "plugin-build", &json);
    assert_eq!(json["component"], "plugins/backup-age.wasm");
    assert_eq!(json["digest"], wanted.to_string());
    assert_eq!(json["bytes"], bytes.len());
    assert_eq!(digest(&site, "backup-age"), wanted.to_string());
    // Inside the folder itself, under a name with a dot in it.
    fs_err::rename(site.path("my-rules"), site.path("rules.v2")).expect("it was there");
    let mut command = site.command(&["plugin", "build"]);
    command.current_dir(site.path("rules.v2"));
    crate::support::run(&mut command).exits(0);
    assert!(site.path("rules.v2/rules.v2.wasm").is_file());
}

#[test]
fn what_is_no_project_is_refused() {
    let site = Site::empty();
    for folder in ["nothing", "."] {
        let run = site.run(&["plugin", "build", folder]).exits(6);
        snapshot(
            &format!("build-no-project-{}", folder.replace('.', "here")),
            run.transcript(),
        );
    }
}

#[test]
fn sources_that_do_not_compile_are_told_as_the_compiler_tells_it() {
    let _turn = plugins::one_at_a_time();
    let site = Site::empty();
    project(&site, "backup-age");
    let source = site.path("backup-age/src/lib.rs");
    let text = std::fs::read_to_string(&source).expect("source");
    let text = text.replace("Decision::Approve,", "Decision::Aprove,");
    fs_err::write(&source, text).expect("source");
    let run = site.run(&["plugin", "build", "backup-age"]).exits(6);
    assert!(!site.path("backup-age.wasm").exists());
    snapshot("build-broken-source", compiler_said(&run.transcript()));
    let json = site
        .run(&["plugin", "build", "backup-age", "--format", "json"])
        .exits(6)
        .json();
    fits(&site, "error", &json);
    assert!(
        json["causes"][0]
            .as_str()
            .is_some_and(|said| said.contains("Aprove")),
        "{json:#}"
    );
}

/// Leaves out what Cargo says of crates that it may have compiled before.
fn compiler_said(text: &str) -> String {
    let progress = [
        "   Compiling ",
        "    Blocking ",
        "  Downloaded ",
        " Downloading ",
        "    Updating ",
        "     Locking ",
    ];
    let kept = text
        .lines()
        .filter(|line| !progress.iter().any(|word| line.starts_with(word)));
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_component_is_inspected() {
    let site = site();
    for name in ["backup-age", "server-naming"] {
        let path = format!("plugins/{name}.wasm");
        let run = site.run(&["plugin", "inspect", &path]).exits(0);
        let json = site
            .run(&["plugin", "inspect", &path, "--format", "json"])
            .exits(0)
            .json();
        fits(&site, "plugin-inspect", &json);
        assert_eq!(json["plugin"]["digest"], digest(&site, name));
        assert_eq!(json["plugin"]["name"], name);
        // Another process, the same figures; another compiler would make others.
        let (fuel, memory) = (
            &json["describing"]["fuel"],
            &json["describing"]["memory-bytes"],
        );
        let told = format!(
            "{fuel} fuel, {} KiB of memory",
            memory.as_u64().expect("bytes") / 1024
        );
        assert!(run.out.contains(&told), "{told}\n{}", run.out);
        let least = 1_000..200_000;
        assert!(
            least.contains(&fuel.as_u64().expect("a number")),
            "{json:#}"
        );
        snapshot(
            &format!("inspect-{name}"),
            without_digest(&site, &run.transcript(), name).replace(&told, "[describing]"),
        );
    }
}

/// What a call takes is counted, not estimated: one instruction more is more fuel, one page more is
/// more memory.
#[test]
fn what_describing_takes_is_counted() {
    let site = Site::empty();
    let describing = |parts: &str| {
        let component = Probe::of("sound").parts(parts.to_owned()).bytes();
        fs_err::write(site.path("probe.wasm"), component).expect("a file");
        let words = ["plugin", "inspect", "probe.wasm", "--format", "json"];
        let json = site.run(&words).exits(0).json();
        let number = |name: &str| json["describing"][name].as_u64().expect("a number");
        (number("fuel"), number("memory-bytes"))
    };
    let (fuel, memory) = describing("");
    assert_eq!(describing(""), (fuel, memory));
    assert_eq!(memory, 2 << 16);
    let starts = |body: &str| {
        format!(
            "(core module $More (memory 3) (func $start {body}) (start $start))
             (core instance (instantiate $More))"
        )
    };
    let (one, more) = describing(&starts("nop"));
    assert_eq!(more, 5 << 16);
    let (two, _) = describing(&starts("(drop (i32.add (i32.const 1) (i32.const 1)))"));
    assert!(
        fuel < one && one < two && two < one + 10,
        "{fuel} {one} {two}"
    );
}

#[test]
fn what_a_component_was_made_with_is_told() {
    let site = Site::empty();
    let section = r#"(@custom "producers" "\01\08language\01\04Rust\00")"#;
    let nested = format!("(core module {section})");
    let component = Probe::of("sound").parts(nested).bytes();
    fs_err::write(site.path("probe.wasm"), component).expect("a file");
    let run = site.run(&["plugin", "inspect", "probe.wasm"]).exits(0);
    assert!(
        run.out
            .contains("languages    Rust\n  made with    not named in it\n"),
        "{}",
        run.out
    );
}

#[test]
fn in_what_two_components_differ_is_told() {
    let site = Site::empty();
    let put = |name: &str, probe: &Probe| {
        fs_err::write(site.path(name), probe.bytes()).expect("a file");
    };
    let old = r#"{"type":"object","properties":{"hours":{"type":"integer","minimum":1}}}"#;
    let new =
        r#"{"type":"object","properties":{"hours":{"type":"integer","minimum":2},"zone":{}}}"#;
    put(
        "old.wasm",
        &Probe::of("sound").rules(&["late", "frozen"]).schema(old),
    );
    let section = r#"(@custom "producers" "\01\03sdk\01\04tool\012")"#;
    put(
        "new.wasm",
        &Probe::of("sound")
            .version("1.1.0")
            .rules(&["frozen", "early"])
            .schema(new)
            .summary("Probes more")
            .parts(format!("(core module {section})"))
            .exports(&[("about", "about"), ("promoter", "promoter")]),
    );
    let differ = ["plugin", "inspect", "--diff", "old.wasm", "new.wasm"];
    snapshot("inspect-diff", site.run(&differ).exits(1).transcript());
    let json = site.run(&[&differ[..], &["--format", "json"]].concat());
    let json = json.exits(1).json();
    fits(&site, "plugin-diff", &json);
    assert_eq!(json["changes"][0]["what"], "summary");
    assert_eq!(json["changes"][0]["after"], "Probes more");

    fs_err::copy(site.path("old.wasm"), site.path("same.wasm")).expect("a copy");
    let same = ["plugin", "inspect", "--diff", "old.wasm", "same.wasm"];
    let run = site.run(&same).exits(0);
    insta::assert_snapshot!(run.out, @"+ old.wasm and same.wasm are the same component");
    let json = site.run(&[&same[..], &["--format", "json"]].concat());
    let json = json.exits(0).json();
    assert_eq!(json["changes"], serde_json::json!([]));
    // Each of the two must be a plugin.
    site.write("none.wasm", "MZ");
    for pair in [["none.wasm", "old.wasm"], ["old.wasm", "none.wasm"]] {
        let words = ["plugin", "inspect", "--diff", pair[0], pair[1]];
        let run = site.run(&words).exits(6);
        assert!(run.err.contains("none.wasm cannot be used as a plugin"));
    }
}

#[test]
fn the_configured_plugins_are_listed() {
    let site = site();
    probe(
        &site,
        "four-eyes",
        &Probe::of("sound"),
        "enforcement = \"warn\"",
    );
    let run = site.run(&["plugin", "list"]).exits(0);
    let text = ["backup-age", "server-naming", "change-window", "four-eyes"]
        .into_iter()
        .fold(run.transcript(), |text, name| {
            without_digest(&site, &text, name)
        });
    snapshot("list", text);
    let json = site
        .run(&["plugin", "list", "--format", "json"])
        .exits(0)
        .json();
    fits(&site, "plugin-list", &json);
    let listed = json["plugins"].as_array().expect("a list");
    let names: Vec<_> = listed
        .iter()
        .map(|plugin| plugin["configured"].as_str())
        .collect();
    assert_eq!(
        names,
        ["server-naming", "change-window", "backup-age", "four-eyes"].map(Some)
    );
    assert_eq!(listed[3]["name"], "probe");
    assert_eq!(listed[3]["enforcement"], "warn");
}

/// What a plugin may use up is configured, and counts wherever it is started.
#[test]
fn plugins_are_listed_within_their_own_limits() {
    let large = "(core module $Large (table 30000 funcref)) (core instance (instantiate $Large))";
    let large = Probe::of("sound").parts(large.to_owned());
    let listed = |limits| {
        let site = Site::ready();
        probe(&site, "four-eyes", &large, limits);
        // Its own, because a plugin that is cached is not started to be listed.
        let cache = site.path("cache").display().to_string();
        site.run_with(&[("XDG_CACHE_HOME", &cache)], &["plugin", "list"])
    };
    insta::assert_snapshot!(listed("").exits(6).err, @r"
    error: plugin four-eyes (plugins/four-eyes.wasm) cannot be used
    cause: it cannot be started
           it was stopped when it wanted more than 20000 table elements
     help: if the plugin is sound, raise its `limits.table-elements` in regent.toml; otherwise tell its
           author
    ");
    let more = listed("limits.table-elements = 40000").exits(0);
    assert!(more.out.contains("Probes the host"), "{}", more.out);
}

#[test]
fn without_plugins_the_list_says_so() {
    let run = Site::ready().run(&["plugin", "list"]).exits(0);
    insta::assert_snapshot!(run.out, @"no plugin is configured; README.md shows a [[plugin]] block");
}

/// What a README tells its reader to type must be there to be typed.
#[test]
fn every_command_the_readmes_name_exists() {
    let site = Site::empty();
    for project in embedded() {
        let mut files = project.files.iter();
        let (_, readme) = files
            .find(|(path, _)| *path == "README.md")
            .expect("a README");
        let typed = readme
            .split(['\n', '`'])
            .filter_map(|part| part.strip_prefix("regent "));
        let mut commands = 0;
        for command in typed {
            let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
            let words = command.split(' ').take_while(is_word).take(2);
            let words: Vec<&str> = words.chain(["--help"]).collect();
            let run = site.run(&words).exits(0);
            let name = words[..words.len() - 1].join(" ");
            assert!(
                run.out.contains(&format!("Usage: regent {name}")),
                "{name}: {}",
                run.out
            );
            commands += 1;
        }
        assert!(commands > 0, "{}", project.name);
    }
}
