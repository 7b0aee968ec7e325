//! Campaigns whose database is unreachable, or slow, at each step of a call.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard::store::fault::{self, DatabaseFault};
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{Extension, Originated, Phone};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Desk, PEOPLE, provider_who_hears, talking_by};
use crate::book::Book as _;
use crate::world::virtually;

/// How long the database is unreachable.
const AWAY: Duration = Duration::from_secs(40);
/// How long after the database's return a campaign of three people is over, each of whom talks for [`TALKS`].
const GOES_ON: Duration = Duration::from_secs(60);
/// How long a person talks who answers.
const TALKS: Duration = Duration::from_secs(2);
/// How long a call that the server has ended is still up at the switch.
const HANGS_UP: Duration = Duration::from_millis(500);

/// From this moment on the database is unreachable, in a campaign of three people, who all answer and are called one after the other.
fn each_is_called_once(database: DatabaseFault, from_ms: u64) {
    virtually(async || {
        fault::set(None);
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let phone = Phone::Answers { after: Duration::from_millis(500), hangs_up_after: Some(TALKS) };
        for number in &PEOPLE[..3] {
            desk.switch.set_extension(Extension::new(number).phone(phone));
        }
        let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
        let rules =
            json!({ "at_once_max": 1, "per_minute_max": 600, "retries": { "tries_max": 1, "failed": once } });
        let campaign = desk.campaign(&PEOPLE[..3], rules).await;
        desk.act(&campaign, "start").await;
        sleep(Duration::from_millis(from_ms)).await;
        fault::set(Some(database));
        sleep(Duration::from_secs(1)).await;
        let reserved = desk.switch.dialled();
        sleep(AWAY).await;
        if !matches!(database, DatabaseFault::Slow { .. }) {
            assert_eq!(
                desk.switch.dialled(),
                reserved,
                "{database:?} at {from_ms} ms: nothing new is dialled"
            );
        }
        fault::set(None);
        let returned = Instant::now();
        desk.finished(&campaign).await;
        let took = returned.elapsed();
        assert!(took < GOES_ON, "{database:?} at {from_ms} ms: it took {took:?} to go on to its end");
        let called = |number: &&str| ((*number).to_owned(), 1);
        assert_eq!(desk.dialled(), PEOPLE[..3].iter().map(called).collect::<BTreeMap<_, _>>());
        let reached: Vec<_> =
            PEOPLE[..3].iter().map(|number| ((*number).to_owned(), "reached".to_owned(), 1)).collect();
        assert_eq!(desk.ends(&campaign).await, reached, "{database:?} at {from_ms} ms");
        let calls = desk.switch.originated();
        let is_before =
            |pair: &[Originated]| pair[0].ended.is_some_and(|ended| ended < pair[1].at + HANGS_UP);
        assert!(calls.windows(2).all(is_before), "{database:?} at {from_ms} ms: two at once: {calls:?}");
        desk.close().await;
    });
}

/// After the start: while the call is reserved, recorded, rings, and is answered.
#[test]
fn each_contact_is_called_once_despite_a_refused_database() {
    for from_ms in [0, 200, 700, 2_600] {
        each_is_called_once(DatabaseFault::Away, from_ms);
    }
}

#[test]
fn each_contact_is_called_once_despite_commits_cut_off() {
    for from_ms in [0, 700] {
        each_is_called_once(DatabaseFault::AnswerLost, from_ms);
        each_is_called_once(DatabaseFault::CommitLost, from_ms);
    }
}

/// If the record of a call's beginning is on disk too late, the call is not made, and it uses up no try.
#[test]
fn each_contact_is_called_once_despite_a_slow_database() {
    for ms in [1_200, 2_500] {
        each_is_called_once(DatabaseFault::Slow { ms }, 0);
    }
}

#[test]
fn an_opt_out_outlives_an_absent_database() {
    virtually(async || {
        fault::set(None);
        let words = "Please don't ever call me again.";
        let provider = provider_who_hears(words);
        let base_url = provider.base_url();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &talking_by(&base_url)).await;
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        let (phone, _) = desk.greets_first(&campaign).await;
        fault::set(Some(DatabaseFault::Away));
        phone.say(&speech("hello_question"));
        // The call is over before its database is back.
        sleep(AWAY).await;
        assert_eq!(desk.switch.leg_at(PEOPLE[0]).map(drop), None);
        fault::set(None);
        let listed = desk
            .wait("the suppression", async || {
                Some(desk.items("/api/v1/suppressions").await).filter(|listed| !listed.is_empty())
            })
            .await;
        let said: Vec<[&Value; 3]> =
            listed.iter().map(|one| ["number", "source", "evidence"].map(|name| &one[name])).collect();
        assert_eq!(said, [[PEOPLE[0], "words", words].map(|word| json!(word)).each_ref()]);
        desk.finished(&campaign).await;
        desk.close().await;
        provider.finish();
    });
}
