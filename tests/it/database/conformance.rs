//! What every engine must do. An engine's tests call [`engine!`] once.

pub(crate) mod concurrency;
pub(crate) mod fencing;
pub(crate) mod governing;
pub(crate) mod promotion;
pub(crate) mod refusal;
pub(crate) mod system;
pub(crate) mod walk;

/// Makes a test of every function here, run by `$run`, which hands it a maker of new systems.
macro_rules! engine {
    ($run:path) => {
        engine! { $run:
            system:
                a_fresh_database_has_the_documented_defaults,
                an_update_raises_the_revision,
                a_new_master_raises_the_term_and_keeps_its_listed_spelling,
                an_update_that_changes_nothing_writes_nothing,
                sso_is_enabled_and_disabled,
                the_first_master_secret_is_installed_once,
                notes_are_audited,
                servers_are_listed_once_whatever_their_case,
                servers_are_removed_but_not_the_master,
                a_writer_is_seen,
                another_connection_reads_the_same,
                the_audit_is_a_chain;
            refusal:
                a_stale_writer_changes_nothing,
                a_lost_term_is_told_first,
                numbers_out_of_range_are_refused,
                an_unlisted_master_is_refused,
                only_finishing_is_possible_while_a_promotion_is_unfinished,
                a_plan_is_used_once,
                a_stale_plan_is_refused_with_what_changed,
                a_plan_of_another_system_is_refused,
                only_legal_entries_are_recorded,
                a_plan_must_be_the_one_begun;
            promotion:
                a_promotion_runs_to_its_end,
                a_promotion_is_undone_to_what_was_before,
                an_update_never_written_is_undone_without_a_trace,
                applying_and_undoing_twice_is_harmless,
                a_stuck_promotion_can_be_undone_again,
                a_term_is_never_given_twice,
                the_old_master_is_fenced,
                a_dump_is_canonical_and_holds_no_secret;
            fencing:
                what_slept_through_a_promotion_changes_nothing,
                from_the_moment_the_update_is_written_the_old_term_is_over;
            governing:
                of_two_publications_the_later_one_is_told_that_the_rules_changed,
                every_act_goes_by_the_rules_that_govern_or_overrules_them_by_name;
            concurrency:
                of_racing_updates_one_wins,
                of_racing_plans_one_begins,
                a_plan_begun_twice_at_once_begins_once,
                a_reader_never_sees_half_an_update;
            walk:
                any_walk_keeps_the_invariants;
        }
    };
    ($run:path: $($part:ident: $($name:ident),+;)+) => {
        $($(
            #[test]
            fn $name() -> Result<(), regent::database::Error> {
                $run($crate::database::conformance::$part::$name)
            }
        )+)+
    };
}
