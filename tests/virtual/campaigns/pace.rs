//! The pace of a campaign: calls begin as often as its rules allow, and evenly.

use std::time::Duration;

use chrono::TimeDelta;
use cordboard_actors::world::set_calendar;
use cordboard_test_support::freeswitch::{Extension, Phone};
use serde_json::json;
use tokio::time::sleep;

use super::{Desk, PEOPLE};
use crate::world::virtually;

/// How long after the moment of a call the server wakes up and its request reaches the switch.
const LATE: Duration = Duration::from_millis(20);

/// Lets a campaign call people who are all busy, and checks the calls that the switch is asked for meanwhile.
fn holds_its_pace(per_minute: u32, lasts: Duration) {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &[("dial_policy.per_day_max", "100000")]).await;
        let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
        let rules = json!({ "at_once_max": 100, "per_minute_max": per_minute, "retries": { "busy": once } });
        let campaign = desk.campaign(&PEOPLE[..1], rules).await;
        let expected = per_minute * u32::try_from(lasts.as_secs()).unwrap() / 60;
        // Twice as many as are called, so that the campaign never waits for a contact.
        let count = 2 * expected;
        let insert = format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             SELECT printf('0197a000-0000-7000-8000-%012x', i), organization_id, id, '+4930' || (20000000 + i), '{{}}', '', 'waiting', \
             '2027-05-04 08:00:00', 0, '2027-05-04 08:00:00', '2027-05-04 08:00:00' FROM n, campaigns"
        );
        desk.server.sql(&insert).await;
        let numbers = (1..=count).map(|place| format!("+4930{}", 20_000_000 + place));
        for number in numbers.chain([PEOPLE[0].to_owned()]) {
            desk.switch.set_extension(Extension::new(&number).phone(Phone::Busy));
        }
        desk.act(&campaign, "start").await;
        sleep(lasts).await;
        desk.act(&campaign, "pause").await;
        let sent = desk.switch.sent();
        let begun: Vec<_> = sent
            .iter()
            .filter(|sent| sent.command.line.starts_with("bgapi originate "))
            .map(|sent| sent.at)
            .collect();
        let called = u32::try_from(begun.len()).unwrap();
        assert!(called.abs_diff(expected) <= expected / 50, "{called} calls, of {expected}");
        let longest = begun.windows(2).map(|two| two[1] - two[0]).max().unwrap();
        let distance = Duration::from_secs(60) / per_minute;
        assert!(longest <= distance + LATE, "no call for {longest:?}, where one is due each {distance:?}");
        desk.close().await;
    });
}

#[test]
fn sixty_calls_a_minute_begin_a_second_apart() {
    holds_its_pace(60, Duration::from_secs(120));
}

#[test]
fn calls_at_120_a_minute_begin_500_ms_apart() {
    holds_its_pace(120, Duration::from_secs(60));
}

#[test]
fn calls_at_600_a_minute_begin_100_ms_apart() {
    holds_its_pace(600, Duration::from_secs(30));
}

/// On a server on which something happens each second, as on any that is in use.
#[test]
fn a_calendar_set_back_holds_up_no_campaign() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let once = json!({ "tries": 1, "pause_s": 60, "growth_percent": 100 });
        let rules = json!({ "at_once_max": 5, "per_minute_max": 6, "retries": { "busy": once } });
        let campaign = desk.campaign(&PEOPLE, rules).await;
        // By the calendar that is set back it is everybody's turn, too.
        desk.server.sql("UPDATE contacts SET next_at = '2027-05-04 07:00:00'").await;
        for number in PEOPLE {
            desk.switch.set_extension(Extension::new(number).phone(Phone::Busy));
        }
        desk.act(&campaign, "start").await;
        sleep(Duration::from_secs(5)).await;
        set_calendar(TimeDelta::minutes(-30));
        for second in 0..60 {
            let body = json!({ "number": format!("+49301299{second:02}"), "evidence": "Do not call." });
            desk.does("/api/v1/suppressions", &body).await;
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(desk.dialled().len(), PEOPLE.len());
        desk.close().await;
    });
}
