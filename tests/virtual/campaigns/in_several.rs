//! People who are on the lists of several campaigns.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cordboard_actors::world;
use serde_json::json;
use tokio::time::sleep;

use super::{Desk, PEOPLE};
use crate::book::Book as _;
use crate::world::virtually;

/// How long after the moment of a call the server wakes up and its request reaches the switch.
const LATE: Duration = Duration::from_millis(100);

/// Germany admits two calls a day. The call takes some 20 s, and the second campaign checks again 30 s after its first check.
#[test]
fn contacts_on_three_lists_get_two_separate_calls_a_day() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let mut campaigns = Vec::new();
        for _ in 0..3 {
            campaigns.push(desk.campaign(&PEOPLE[..1], json!({ "per_minute_max": 600 })).await);
        }
        for campaign in &campaigns {
            desk.act(campaign, "start").await;
        }
        sleep(Duration::from_secs(120)).await;
        let calls = desk.switch.originated();
        let [first, second] = &calls[..] else { panic!("{calls:?}") };
        assert!(first.ended.is_some_and(|ended| ended <= second.at), "it rings into a call: {calls:?}");
        let distance = second.at - first.at;
        let due = Duration::from_secs(30);
        assert!((due - LATE..=due + LATE).contains(&distance), "{distance:?} between them: {calls:?}");
        let mut ends = Vec::new();
        let mut waits_until = None;
        for campaign in &campaigns {
            ends.extend(desk.ends(campaign).await);
            let contact = desk.items(&format!("{campaign}/contacts")).await.remove(0);
            if contact["state"] == "waiting" {
                waits_until = contact["next_at"].as_str().map(|at| at.parse::<DateTime<Utc>>().unwrap());
            }
        }
        ends.sort();
        let ended = |end: &str, tries| (PEOPLE[0].to_owned(), end.to_owned(), tries);
        assert_eq!(ends, [ended("", 0), ended("reached", 1), ended("reached", 1)]);
        let left = waits_until.expect("the third one waits") - world::now();
        assert!((23..24).contains(&left.num_hours()), "until a day after the first call: {left}");
        desk.close().await;
    });
}
