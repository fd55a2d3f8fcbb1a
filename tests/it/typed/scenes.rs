//! Sites in which commands are printed.

use crate::rules::{install, probe, promoter};
use crate::support::{Site, update_file};

/// What opens every backup of a test.
pub(super) const PASS: &str = "--password-file password";
const PROMOTE: &str =
    "regent promote update.xml --restore-file secret.bak --password-file password";

/// A site and the lines that are typed in it, each of which may print commands.
pub(super) struct Scene(
    pub(super) &'static str,
    pub(super) Site,
    pub(super) Vec<String>,
);

fn scene(name: &'static str, site: Site, lines: &[&str]) -> Scene {
    let lines = lines.iter().map(|line| (*line).to_owned());
    Scene(name, site, lines.collect())
}

/// A site with an approver, whose rules may demand one.
fn approved_by_anna(guarded: bool) -> Site {
    let site = Site::ready();
    let key = crate::approvals::make_key(&site, "anna", "");
    site.configure(&format!("[[approver]]\nname = \"anna\"\nkey = \"{key}\""));
    if guarded {
        install(&site, "four-eyes", "", "approvers = 1");
    }
    site
}

/// A site whose rule approves everything.
fn ruled() -> Site {
    let site = Site::ready();
    site.write("back.xml", &update_file("SSO01"));
    probe(&site, "judge", &promoter("sound"), "");
    site
}

/// Every scene; of those that print a command of one kind the first runs it.
pub(super) fn all() -> impl Iterator<Item = Scene> {
    let scenes = [plans(), promotions(), mistakes(), rules()];
    scenes.into_iter().flatten()
}

/// Plans, approved and not.
fn plans() -> Vec<Scene> {
    let promoted = format!("{PROMOTE} --yes");
    let plan = format!("{} --out plan.json", PROMOTE.replace("promote", "plan"));
    let statement = "regent approve plan.json --statement s";
    let signed = "ssh-keygen -q -Y sign -n regent-approval -f anna s";
    vec![
        scene(
            "approved",
            approved_by_anna(true),
            &[
                &format!("{plan} || true"),
                "regent approve plan.json --key anna --yes",
            ],
        ),
        scene(
            "planned",
            approved_by_anna(false),
            &[&plan, statement, signed],
        ),
        scene(
            "ill signed",
            approved_by_anna(false),
            &[
                &plan,
                statement,
                signed,
                "sed -i 's/^[A-Za-z0-9]/x/' s.sig",
                "regent approve plan.json --signature s.sig || true",
            ],
        ),
        scene(
            "guarded",
            approved_by_anna(true),
            &[&format!("{promoted} || true")],
        ),
        scene(
            "altered",
            ruled(),
            &[
                &promoted,
                "regent --server SSO01 plan back.xml --restore-file secret.bak --out plan.json",
                "sed -i 's/SSO01/SSO03/' plan.json; cp back.xml update.xml",
                "regent promote --plan plan.json --password-file password --yes || true",
            ],
        ),
        scene(
            "stale",
            Site::ready(),
            &[
                &plan,
                "regent enable",
                "regent promote --plan plan.json --password-file password --yes || true",
            ],
        ),
    ]
}

/// Promotions, and what comes of them.
fn promotions() -> Vec<Scene> {
    let promoted = format!("{PROMOTE} --yes");
    let three = Site::ready();
    three.write("SSO03.xml", &update_file("SSO03"));
    vec![
        scene(
            "tried",
            Site::ready(),
            &[
                "regent plan update.xml --restore-file secret.bak",
                &format!("{PROMOTE} --dry-run"),
                &format!("{PROMOTE} --dry-run --evidence e.tar"),
                "regent --server SSO02 candidates || true",
                &format!("regent --server SSO02 candidates --restore-file secret.bak {PASS}"),
            ],
        ),
        scene(
            "promoted",
            Site::ready(),
            &[&promoted, "regent status", "regent doctor || true"],
        ),
        scene(
            "killed",
            Site::ready(),
            &[
                &format!(
                    "env REGENT_TEST_FAULT=journal/verify/started/after=kill {promoted} || true"
                ),
                "regent status",
            ],
        ),
        scene(
            "lost",
            Site::ready(),
            &[
                &promoted,
                "rm vaults/sso02/current.vault",
                "regent status",
                &format!("{promoted} || true"),
            ],
        ),
        scene(
            "unopened",
            Site::ready(),
            &[
                &promoted,
                "rm vaults/sso02/machine.key",
                "regent status",
                &format!("regent secret restore secret.bak {PASS} || true"),
            ],
        ),
        scene(
            "brought back",
            three,
            &[
                "regent server add SSO03",
                "regent journal",
                "cp credential.db copy",
                &promoted,
                "rm -f credential.db-wal credential.db-shm; cp copy credential.db",
                "regent status",
                &format!(
                    "regent --server SSO03 promote SSO03.xml --restore-file secret.bak {PASS} --dry-run --restored-copy"
                ),
            ],
        ),
    ]
}

/// What was mistyped, and what is wrong with files.
fn mistakes() -> Vec<Scene> {
    let empty = Site::empty();
    empty.write("password", crate::support::PASSWORD);
    let founded =
        "regent init --master SSO01 --server SSO01 --admins 'C\\A' --affiliate-admins 'C\\B'";
    let wrong = Site::ready();
    wrong.write(
        "bad.xml",
        "<sso>\n<globalInfo>\n<secretServer>SSO09</secretserver>\n</globalInfo>\n</sso>\n",
    );
    wrong.write(
        "admins.xml",
        "<sso><globalInfo><ssoAdminAccount>C\\D</ssoAdminAccount></globalInfo></sso>\n",
    );
    let pasted = |name, line: &str| scene(name, Site::ready(), &[&format!("{line} || true")]);
    let mistyped = ["chek", "check", "promote --no", "plugin", "status --no"];
    let mistyped = mistyped.map(|line| format!("regent --format json {line} || true"));
    vec![
        scene("founded", empty, &[founded]),
        scene(
            "sick",
            Site::ready(),
            &[
                "chmod 644 vaults/sso01/current.vault",
                "regent --server SSO07 doctor || true",
            ],
        ),
        scene(
            "wrong files",
            wrong,
            &[
                "regent check bad.xml || true",
                "regent enable",
                "regent --server SSO01 check admins.xml || true",
                "regent explain update/nothing || true",
            ],
        ),
        scene(
            "broken",
            Site::ready(),
            &[
                "env REGENT_TEST_FAULT=check/update.xml=panic regent plan update.xml || true",
                "env REGENT_TEST_FAULT=check/update.xml=panic regent check update.xml || true",
            ],
        ),
        scene(
            "mistyped",
            Site::ready(),
            &mistyped.each_ref().map(String::as_str),
        ),
        pasted("pasted check", "regent check '“update.xml”'"),
        pasted("pasted backup", "regent secret inspect '“secret.bak”'"),
        pasted(
            "pasted promotion",
            &format!("regent promote '“update.xml”' --restore-file secret.bak {PASS} --yes"),
        ),
        pasted(
            "pasted update",
            "regent ssomanage -updatedb 'C:\\SSO\\update.xml'",
        ),
        pasted(
            "pasted backup of the vendor",
            &format!("regent --server SSO01 ssoconfig '–backupsecret' new.bak {PASS}"),
        ),
        scene(
            "a second name",
            Site::ready(),
            &["regent server add SSO02.contoso.com --role processing || true"],
        ),
        scene(
            "travelled",
            Site::ready(),
            &[
                "sed 's/$/\\r/' secret.bak > travelled.bak",
                "regent secret inspect travelled.bak",
            ],
        ),
    ]
}

/// Rules, and what is kept of them.
fn rules() -> Vec<Scene> {
    let promoted = format!("{PROMOTE} --yes");
    let tested = Site::ready();
    tested.write(
        "cases/one/promotion.toml",
        "now = 2026-03-04T22:30:00+01:00\n",
    );
    let ill_told = Site::ready();
    ill_told.write("cases/one/promotion.toml", "no = 1\n");
    vec![
        scene(
            "ruled",
            ruled(),
            &[
                "regent plugin list",
                "regent plugin lock",
                "regent explain policy/judge/rule || true",
            ],
        ),
        scene(
            "ruled by others",
            ruled(),
            &[
                &promoted,
                "sed -i '/plugin/,$d' regent.toml",
                &format!(
                    "regent --server SSO01 promote back.xml --restore-file secret.bak {PASS} --dry-run || true"
                ),
                "regent --server SSO02 policy show",
                "regent --server SSO02 policy diff || true",
                "regent --server SSO02 policy publish --reason why --out plan.json",
            ],
        ),
        scene("tested", tested, &["regent test || true"]),
        scene("ill told", ill_told, &["regent test || true"]),
        scene(
            "without a database",
            Site::empty(),
            &["regent --database sqlite:no.db status || true"],
        ),
        scene(
            "another bundle",
            ruled(),
            &[
                &format!("{PROMOTE} --dry-run --evidence e.tar"),
                "regent plugin load e.tar || true",
                "regent plugin lock; regent plugin save plugins.tar",
                "regent replay plugins.tar || true",
            ],
        ),
    ]
}
