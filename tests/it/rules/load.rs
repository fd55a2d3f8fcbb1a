//! Plugins that cannot be used stop every command that would ask them, before anything runs.

use super::{
    AGE, NAMING, WINDOW, configure, fits, install, pretty, put, refused, refused_in_json, snapshot,
};
use crate::policy::probe::{Probe, fixture_text};
use crate::support::Site;

/// What a promotion says with this site's plugins, in both forms.
#[track_caller]
fn unusable(name: &str, site: &Site) {
    let run = refused(site, &Site::promotion(), 6);
    snapshot(&format!("unusable-{name}"), run.transcript());
    let json = refused_in_json(site, &Site::promotion(), 6);
    fits(site, "error", &json);
    snapshot(&format!("unusable-{name}-json"), pretty(&json));
    for command in [
        &["check", "update.xml"][..],
        &["plugin", "list"],
        &["update", "update.xml", "--yes"],
    ] {
        let other = refused(site, command, 6);
        assert_eq!(other.err, run.err, "{command:?}");
    }
}

#[test]
fn every_setting_that_does_not_fit_is_named() {
    let site = Site::ready();
    install(
        &site,
        "change-window",
        "",
        r#"utc-offset = "Berlin"
windows = [{ days = ["Tuesday"], from = "22:00", to = "4:00" }]
freeze = [{ from = "2026-12-20", reason = "" }]
emergancy = { allowed = true }"#,
    );
    unusable("settings", &site);
}

#[test]
fn every_plugin_that_cannot_be_used_is_named() {
    let site = Site::ready();
    install(&site, "change-window", "", "utc-offset = '+01:00'");
    install(&site, "backup-age", "", "max-age-hours = 0\nmax-age = 24");
    install(&site, "server-naming", "", NAMING);
    configure(&site, "four-eyes", "", "");
    unusable("several", &site);
}

#[test]
fn a_component_that_is_not_there_is_named() {
    let site = Site::ready();
    install(&site, "backup-age", "", AGE);
    fs_err::remove_file(site.path("plugins/backup-age.wasm")).expect("it was there");
    unusable("missing", &site);
}

#[test]
fn a_component_that_wants_more_than_the_contract_gives_is_named() {
    let site = Site::ready();
    let bytes = wat::parse_str(fixture_text("wasi-import")).expect("text");
    put(&site, "four-eyes", &bytes);
    configure(&site, "four-eyes", "", "");
    unusable("wasi", &site);
}

#[test]
fn a_component_of_another_version_of_the_contract_is_named() {
    let site = Site::ready();
    put(
        &site,
        "four-eyes",
        &Probe::of("sound").version("2.0.0").bytes(),
    );
    configure(&site, "four-eyes", "", "");
    unusable("version", &site);
}

#[test]
fn a_component_without_its_wrapping_is_named() {
    let site = Site::ready();
    put(
        &site,
        "four-eyes",
        &wat::parse_str(fixture_text("core-module")).expect("text"),
    );
    configure(&site, "four-eyes", "", "");
    unusable("core-module", &site);
}

/// What the schema cannot say, the plugin says when it is asked; that denies.
#[test]
fn settings_that_only_the_plugin_can_refuse_deny() {
    let site = Site::ready();
    install(
        &site,
        "change-window",
        "",
        &WINDOW.replace("2027-01-05", "2026-01-05"),
    );
    let run = refused(&site, &Site::promotion(), 3);
    snapshot("denied-settings", run.transcript());
}

/// An account without a home can have no cache: that costs time and nothing else.
#[test]
fn without_a_cache_plugins_are_asked_all_the_same() {
    let site = Site::ready();
    site.write("file", "");
    let nowhere = site.path("file").display().to_string();
    let environment = [("XDG_CACHE_HOME", nowhere.as_str())];
    // Without plugins there is nothing to keep.
    let run = site
        .run_with(&environment, &["check", "update.xml"])
        .exits(0);
    assert_eq!(run.err, "");
    install(&site, "server-naming", "", NAMING);
    let run = site
        .run_with(&environment, &["check", "update.xml"])
        .exits(0);
    insta::assert_snapshot!(run.err, @"the compile cache $SITE/file/regent/compiled cannot be used (Not a directory (os error 20)), so plugins are compiled anew each time");
}

#[test]
fn what_else_lies_in_the_cache_folder_need_not_be_private() {
    let site = Site::ready();
    // Cargo makes its folders readable to all, and may be the first to make this one.
    std::fs::create_dir_all(site.path("cache/regent/plugin-target")).expect("folders");
    for folder in ["cache", "cache/regent", "cache/regent/plugin-target"] {
        crate::support::mode(&site.path(folder), 0o755);
    }
    install(&site, "server-naming", "", NAMING);
    let cache = site.path("cache").display().to_string();
    let environment = [("XDG_CACHE_HOME", cache.as_str())];
    let _checked = site
        .run_with(&environment, &["check", "update.xml"])
        .exits(0);
    assert!(site.path("cache/regent/compiled/key").exists());
}
