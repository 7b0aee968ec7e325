//! Limits that campaigns share: their calls begin by turns within the limits of their trunk, and no more of them are active than their organization
//! may have.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Extension, Phone};
use serde_json::json;
use tokio::time::sleep;

use super::{Desk, PEOPLE};
use crate::book::Book as _;
use crate::world::virtually;

/// How long after the moment of a call the server wakes up and its request reaches the switch.
const LATE: Duration = Duration::from_millis(20);

#[test]
fn campaigns_on_one_trunk_take_turns_within_its_rate() {
    begin_by_turns("campaigns.trunk_per_second_max");
}

#[test]
fn campaigns_of_one_organization_take_turns_within_its_rate() {
    begin_by_turns("campaigns.organization_per_second_max");
}

/// Tests a setting that allows two calls to begin within a second.
fn begin_by_turns(limit: &'static str) {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &[(limit, "2")]).await;
        for number in PEOPLE {
            desk.switch.set_extension(Extension::new(number).phone(Phone::Busy));
        }
        let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
        let rules = json!({ "at_once_max": 5, "per_minute_max": 6_000, "retries": { "busy": once } });
        let first = desk.campaign(&PEOPLE[..3], rules.clone()).await;
        let second = desk.campaign(&PEOPLE[3..], rules).await;
        desk.act(&first, "start").await;
        desk.act(&second, "start").await;
        desk.finished(&first).await;
        desk.finished(&second).await;
        let sent = desk.switch.sent();
        let begun: Vec<_> =
            sent.iter().filter(|sent| sent.command.line.starts_with("bgapi originate ")).collect();
        let of_second = |line: &str| PEOPLE[3..].iter().any(|number| line.contains(&number[1..]));
        let turns: Vec<bool> = begun.iter().map(|sent| of_second(&sent.command.line)).collect();
        assert_eq!(
            turns,
            [false, true, false, true, false],
            "whether each call is one of the second campaign"
        );
        for two in begun.windows(2) {
            let distance = two[1].at - two[0].at;
            let due = Duration::from_millis(500);
            assert!((due - LATE..=due + LATE).contains(&distance), "{distance:?} between two calls");
        }
        desk.close().await;
    });
}

#[test]
fn campaigns_of_one_organization_share_its_simultaneous_call_limit() {
    go_on_two_at_once("campaigns.organization_at_once_max");
}

#[test]
fn campaigns_on_one_trunk_share_its_simultaneous_call_limit() {
    go_on_two_at_once("campaigns.trunk_at_once_max");
}

/// Tests a setting that allows two calls at once.
fn go_on_two_at_once(limit: &'static str) {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &[(limit, "2")]).await;
        let rules = json!({ "at_once_max": 5, "per_minute_max": 6_000 });
        let first = desk.campaign(&PEOPLE[..3], rules.clone()).await;
        let second = desk.campaign(&PEOPLE[3..], rules).await;
        desk.act(&first, "start").await;
        desk.act(&second, "start").await;
        let mut most = 0;
        // Five calls of some 20 s each, two at once.
        for _ in 0..240 {
            let mut open = 0;
            for campaign in [&first, &second] {
                let progress = desk.ask(&format!("{campaign}/progress")).await.json();
                open += progress["open"].as_u64().unwrap();
            }
            most = open.max(most);
            assert!(open <= 2, "{open} calls go on");
            sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(most, 2);
        for (campaign, people) in [(&first, 3), (&second, 2)] {
            let ends = desk.ends(campaign).await;
            assert_eq!(ends.iter().filter(|(_, end, _)| end == "reached").count(), people, "{ends:?}");
        }
        desk.close().await;
    });
}
