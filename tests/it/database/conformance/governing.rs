//! The rules that govern: compared and set, kept by every act, overruled by name only.

use regent::database::{Error, Publication};
use regent::identity::Digest;
use regent::plan::{Enforcement, GoverningPlugin, Leave, Rules};

use super::super::world::{BACK, Fresh, advance, anna, plan, ready};

fn rules(name: &str) -> Rules {
    Rules {
        plugins: vec![GoverningPlugin {
            name: name.to_owned(),
            component: Digest::of(name.as_bytes()),
            enforcement: Enforcement::Deny,
            settings: serde_json::json!({}),
            limits: serde_json::json!({}),
            locked: None,
        }],
        ..Rules::default()
    }
}

fn publication(seen: Option<Digest>, name: &str) -> Publication {
    Publication {
        seen,
        leave: Leave::of(rules(name), None),
        reason: "a reason".to_owned(),
        change: None,
        planned: None,
    }
}

pub(crate) fn of_two_publications_the_later_one_is_told_that_the_rules_changed(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let term = database.state()?.term;
    let first = database.publish(term, &publication(None, "one"), &anna(20))?;
    assert_eq!((first.version, &first.rules), (1, &rules("one")));
    let before = database.dump()?;
    for seen in [None, Some(rules("two").digest())] {
        let late = database.publish(term, &publication(seen, "two"), &anna(21));
        assert!(matches!(late, Err(Error::RulesChanged)), "{late:?}");
        assert_eq!(database.dump()?, before);
    }
    let seen = Some(first.digest);
    let second = database.publish(term, &publication(seen, "two"), &anna(22))?;
    assert_eq!(second.version, 2);
    assert_eq!(database.governing()?, Some(second));
    Ok(())
}

pub(crate) fn every_act_goes_by_the_rules_that_govern_or_overrules_them_by_name(
    fresh: Fresh<'_>,
) -> Result<(), Error> {
    let mut database = ready(fresh)?;
    let theirs = Leave::of(rules("one"), None);
    let first = plan(&*database, "SSO02", 1)?;
    database.begin(&first, &theirs, &anna(11))?;
    let governing = database
        .governing()?
        .expect("the first act made them govern");
    assert_eq!((governing.version, governing.rules), (1, rules("one")));
    for event in &BACK {
        advance(&mut *database, &first, *event)?;
    }

    let state = database.state()?;
    let mut info = state.info.clone();
    info.ticket_timeout = 9;
    let before = database.dump()?;
    for other in [Rules::default(), rules("two")] {
        let other = Leave::of(other, None);
        let refusals = [
            database
                .update(state.seen(), &info, &other, &anna(12))
                .map(drop),
            database.stand(state.term, "secret-restore", &other, &anna(12)),
            plan(&*database, "SSO03", 2).and_then(|plan| database.begin(&plan, &other, &anna(12))),
        ];
        for refused in refusals {
            assert!(
                matches!(refused, Err(Error::OtherRules { .. })),
                "{refused:?}"
            );
        }
        assert_eq!(database.dump()?, before, "a refusal changes nothing");
    }

    let by_name = Leave::of(rules("two"), Some("it cannot wait".to_owned()));
    database.stand(state.term, "secret-restore", &by_name, &anna(13))?;
    let overruled = database
        .governing()?
        .and_then(|governing| governing.overruled);
    let overruled = overruled.expect("who overrules is written down");
    assert_eq!(
        (overruled.act.as_str(), overruled.reason.as_str()),
        ("secret-restore", "it cannot wait")
    );
    let audit = database.audit()?;
    let last = audit.rows.last().expect("a row");
    assert_eq!(last.action, "rules-overruled");
    audit.verify().expect("an intact chain");

    database.update(state.seen(), &info, &theirs, &anna(14))?;
    let governing = database.governing()?.expect("they still govern");
    assert_eq!(governing.overruled, None, "the rules are back");
    Ok(())
}
