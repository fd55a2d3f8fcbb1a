//! An update file that moves the master by name alone: nobody walks around the promoters.

use super::{AGE, IN_THE_WINDOW, NAMING, fits, install, refused, refused_in_json, site, snapshot};
use crate::support::Site;

const UPDATE: [&str; 3] = ["update", "update.xml", "--yes"];
const UPDATEDB: [&str; 3] = ["ssomanage", "-updatedb", "update.xml"];

#[test]
fn a_move_is_denied_as_a_promotion_without_a_backup_is() {
    let site = site();
    site.at(IN_THE_WINDOW);
    for (name, arguments) in [("update", UPDATE), ("updatedb", UPDATEDB)] {
        let run = refused(&site, &arguments, 3);
        snapshot(&format!("move-denied-{name}"), run.transcript());
    }
    let json = refused_in_json(&site, &UPDATE, 3);
    fits(&site, "plan", &json);
    assert_eq!(
        json["verdict"]["decisions"][1]["reasons"][0]["rule"],
        "no-backup"
    );
    refused(&site, &["update", "update.xml", "--dry-run"], 3);
}

#[test]
fn without_promoters_a_move_is_done_with_a_warning() {
    let site = Site::ready();
    install(&site, "server-naming", "", NAMING);
    let run = site.run(&UPDATE).exits(0);
    snapshot("move-done", run.transcript());
}

#[test]
fn on_trial_the_denial_of_a_move_is_shown_and_the_move_is_done() {
    let site = Site::ready();
    install(&site, "backup-age", "enforcement = \"warn\"", AGE);
    let run = site.run(&UPDATE).exits(0);
    snapshot("move-on-trial", run.transcript());
}

#[test]
fn an_update_that_moves_nobody_is_not_put_to_the_promoters() {
    let site = site();
    site.write(
        "timeout.xml",
        "<sso><globalInfo><ticketTimeout>5</ticketTimeout></globalInfo></sso>",
    );
    let run = site
        .run(&["--server", "SSO01", "update", "timeout.xml", "--yes"])
        .exits(0);
    assert!(!run.out.contains("change-window"), "{}", run.out);
}
