//! A line that fails: nobody is called until one call gets through.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Extension, Phone};
use serde_json::json;
use tokio::time::sleep;

use super::Desk;
use crate::world::virtually;

#[test]
fn a_failing_line_is_tried_by_single_calls() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let people: Vec<String> = (0..10).map(|nth| format!("+49301115{nth}")).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let all_are = |phone: Phone| {
            for number in &people {
                desk.switch.set_extension(Extension::new(number).phone(phone));
            }
        };
        all_are(Phone::Dead);
        let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
        let retries = json!({ "failed": once, "busy": once });
        let rules = json!({ "at_once_max": 1, "per_minute_max": 6_000, "retries": retries });
        let campaign = desk.campaign(&people, rules).await;
        desk.act(&campaign, "start").await;
        // Six failures open the circuit, a minute later one call probes it, and its failure doubles the pause.
        for (seconds, called) in [(5, 6), (50, 6), (10, 7), (110, 7)] {
            sleep(Duration::from_secs(seconds)).await;
            assert_eq!(desk.switch.dialled().len(), called);
        }
        all_are(Phone::Busy);
        sleep(Duration::from_secs(15)).await;
        desk.finished(&campaign).await;
        assert_eq!(desk.dialled(), people.iter().map(|number| ((*number).to_owned(), 1)).collect());
        desk.close().await;
    });
}

/// The call that tests the line gets through to somebody who talks for long.
#[test]
fn a_campaign_calls_on_as_soon_as_somebody_answers() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let people: Vec<String> = (10..26).map(|nth| format!("+4930111{nth}")).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let all_are = |phone: Phone| {
            for number in &people {
                desk.switch.set_extension(Extension::new(number).phone(phone));
            }
        };
        all_are(Phone::Dead);
        let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
        let rules = json!({ "at_once_max": 3, "per_minute_max": 6_000, "retries": { "failed": once } });
        let campaign = desk.campaign(&people, rules).await;
        desk.act(&campaign, "start").await;
        sleep(Duration::from_secs(30)).await;
        let failed = desk.switch.dialled().len();
        assert!((6..10).contains(&failed), "{failed} calls failed");
        all_are(Phone::Answers { after: Duration::from_millis(500), hangs_up_after: None });
        sleep(Duration::from_secs(45)).await;
        assert_eq!(desk.switch.dialled().len(), failed + 3, "as many as the rules allow at once");
        desk.close().await;
    });
}
