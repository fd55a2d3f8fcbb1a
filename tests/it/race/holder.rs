//! The lock dies with its holder.

use super::{Arena, Gate, rounds, start};

#[test]
fn a_killed_holder_leaves_no_lock_behind() {
    let mut killed = 0;
    for way in [&["resume"][..], &["abort", "--yes"]] {
        for _ in 0..rounds(1) {
            let arena = Arena::new();
            let gate = Gate::of(&arena.0);
            let holder = start(&mut arena.promotion("SSO02"));
            assert_eq!(gate.entered(), "SSO02");
            let id = holder.id();
            let locked = start(&mut arena.on("SSO02", &["resume"])).ended().exits(7);
            let said = locked.err.split_whitespace().collect::<Vec<_>>().join(" ");
            let who = format!(
                "the promotion lock is held by process {id} of CONTOSO\\for-sso02 on SSO02, since \
                 2026-03-04T05:06:07Z"
            );
            assert!(said.contains(&who), "{said}");

            holder.kill();
            assert_eq!(holder.ended().exit, None);
            killed += 1;
            gate.open();
            // What the killed one started still waits, and keeps nobody from going on.
            let next = start(&mut arena.on("SSO02", way)).ended();
            assert!(
                [Some(0), Some(4)].contains(&next.exit),
                "{}",
                next.transcript()
            );
            gate.let_go();
            let promoted = u64::from(next.exit == Some(0));
            arena.holds(promoted);
            assert_eq!(
                arena.system().master,
                if promoted == 1 { "SSO02" } else { "SSO01" }
            );
            let _other = start(&mut arena.promotion("SSO03")).ended().exits(0);
            arena.holds(promoted + 1);
        }
    }
    println!("{killed} holders killed, {killed} locks taken by the next process");
}

#[test]
fn two_names_of_a_database_share_one_lock() {
    let arena = Arena::new();
    let link = arena.0.path("other-name.db");
    std::os::unix::fs::symlink(arena.0.path("credential.db"), &link).expect("a link");
    let gate = Gate::of(&arena.0);
    let holder = start(&mut arena.promotion("SSO02"));
    assert_eq!(gate.entered(), "SSO02");
    let url = format!("sqlite:{}", link.display());
    let words = ["--database", &url, "resume"];
    let locked = start(&mut arena.on("SSO02", &words)).ended().exits(7);
    let who = format!("held by process {}", holder.id());
    assert!(locked.err.contains(&who), "{}", locked.transcript());
    gate.let_go();
    let _promoted = holder.ended().exits(0);
    assert!(!arena.0.path("other-name.db.lock").exists());
    arena.holds(1);
}
