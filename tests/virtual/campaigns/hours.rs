//! People are called during their own day, and not on their days off.

use chrono::{DateTime, Utc};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::world::{calendar_goes_on, virtually};

/// When it is the turn of a number.
async fn turn(desk: &Desk, campaign: &str, number: &str) -> Value {
    let contacts = desk.items(&format!("{campaign}/contacts")).await;
    let contact = contacts.into_iter().find(|contact| contact["number"] == number).unwrap();
    contact["next_at"].clone()
}

/// It is Tuesday, 4 May 2027, eleven o'clock in Berlin and five in New York. Germans are called from nine on.
#[test]
fn people_are_called_in_their_daytime_except_on_days_off() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        let abroad = json!([{ "number": PEOPLE[1], "zone": "America/New_York" }]);
        desk.does(&format!("{campaign}/contacts"), &json!({ "contacts": abroad })).await;
        let off = desk.campaign(&PEOPLE[2..3], json!({ "hours": { "days_off": ["2027-05-04"] } })).await;
        desk.act(&campaign, "start").await;
        desk.act(&off, "start").await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        let nine_there = "2027-05-04T13:00:00.000Z";
        assert_eq!(turn(&desk, &campaign, PEOPLE[1]).await, nine_there);
        assert_eq!(turn(&desk, &off, PEOPLE[2]).await, "2027-05-05T07:00:00.000Z");

        // Until some minutes before.
        calendar_goes_on(Duration::from_secs(4 * 3_600 - 180)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        sleep(Duration::from_secs(240)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0], PEOPLE[1]]);
        let nine: DateTime<Utc> = nine_there.parse().unwrap();
        let called = desk.switch.originated().remove(1).calendar;
        assert!(called >= Duration::from_millis(nine.timestamp_millis().unsigned_abs()), "{called:?}");
        desk.finished(&campaign).await;
        desk.close().await;
    });
}

/// By then everybody is postponed until the next day.
#[test]
fn a_day_no_longer_off_has_its_people_called() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = desk.campaign(&PEOPLE[..2], json!({ "hours": { "days_off": ["2027-05-04"] } })).await;
        desk.act(&campaign, "start").await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(turn(&desk, &campaign, PEOPLE[0]).await, "2027-05-05T07:00:00.000Z");
        let settings = json!({ "voicemail": { "do": "talk" }, "rules": { "consent": "form 7" } });
        let body = json!({ "name": "Renewals", "settings": settings });
        let answer = desk.server.put(&campaign, &body, Token::Admin).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        sleep(Duration::from_secs(240)).await;
        // Both have the same turn.
        let mut called = desk.switch.dialled();
        called.sort();
        assert_eq!(called, PEOPLE[..2]);
        desk.finished(&campaign).await;
        desk.close().await;
    });
}
