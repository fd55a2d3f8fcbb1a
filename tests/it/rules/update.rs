//! An update file that moves the master by name alone: nobody walks around the promoters.

use super::{AGE, IN_THE_WINDOW, NAMING, fits, install, refused, refused_in_json, site, snapshot};
use crate::support::Site;
use crate::terminal::type_into;

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
fn a_denial_that_a_group_outvotes_is_told_of_a_move() {
    needs!(Script);
    let site = site();
    site.at(IN_THE_WINDOW);
    site.configure(
        "[[group]]\nname = \"clearance\"\nplugins = [\"change-window\", \"backup-age\"]\n\
         require = \"any\"",
    );
    let dry = ["update", "update.xml", "--dry-run"];
    snapshot("move-outvoted", refused(&site, &dry, 0).transcript());
    let json = refused_in_json(&site, &dry, 0);
    fits(&site, "update-result", &json);
    let denial = &json["verdict"]["decisions"][1];
    assert_eq!(denial["reasons"][0]["rule"], "no-backup");
    assert_eq!(denial["group"], json["verdict"]["groups"][0]["name"]);
    // It is read before leave is given.
    let declined = type_into(&site, &["update", "update.xml"], "n\n").exits(0);
    let told = declined.out.find("backup-age denies in group clearance");
    let asked = declined.out.find("Apply this update");
    assert!(told.is_some() && told < asked, "{}", declined.transcript());
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
