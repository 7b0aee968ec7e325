//! Caller ids: which number each callee is shown, whatever dies when, and that nobody is called while all of the numbers rest.

use std::collections::BTreeMap;

use cordboard_test_support::freeswitch::{Extension, Phone};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::world::{Stage, virtually};

/// Near the first of the people, near the last, and of another town.
const CALLER_IDS: [&str; 3] = ["+493011100900", "+493011104900", "+4989123456"];

/// The number that each phone shows, once all of them ring or are in a call.
async fn seen(desk: &Desk) -> BTreeMap<String, String> {
    let mut seen = BTreeMap::new();
    for number in PEOPLE {
        let phone = desk.wait("their phone", async || desk.switch.leg_at(number)).await;
        let shown = phone.variable("origination_caller_id_number").unwrap_or_default();
        seen.insert(number.to_owned(), shown);
    }
    seen
}

/// Settings with these caller ids.
fn settings(caller_ids: &[&str], per_day_max: u32) -> Value {
    let again = json!({ "tries": 2, "pause_s": 60, "growth_percent": 100 });
    json!({
        "caller_ids": caller_ids, "caller_id_calls_per_day_max": per_day_max, "answer_timeout_s": 20, "voicemail": { "do": "talk" },
        "rules": { "consent": "form 7", "at_once_max": 5, "per_minute_max": 600, "retries": { "no_answer": again, "failed": again } },
    })
}

/// Nobody answers the first try, and the server is killed. At the second one everybody sees the number that they know.
#[test]
fn callees_see_the_same_nearby_number_at_every_try() {
    let mut stage = Stage::new();
    let (campaign, first) = stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        for number in PEOPLE {
            desk.switch.set_extension(Extension::new(number).phone(Phone::Rings));
        }
        let campaign = desk.campaign_with(&PEOPLE, &settings(&CALLER_IDS, 100)).await;
        desk.act(&campaign, "start").await;
        let first = seen(&desk).await;
        desk.wait("everybody's first try", async || {
            (desk.ask(&format!("{campaign}/progress")).await.json()["waiting"] == 5).then_some(())
        })
        .await;
        (campaign, first)
    });
    assert_eq!((&*first[PEOPLE[0]], &*first[PEOPLE[4]]), (CALLER_IDS[0], CALLER_IDS[1]));
    assert!(first.values().all(|shown| CALLER_IDS[..2].contains(&shown.as_str())), "{first:?}");
    stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        assert_eq!(seen(&desk).await, first);
        desk.finished(&campaign).await;
        for contact in desk.items(&format!("{campaign}/contacts")).await {
            let id = contact["id"].as_str().unwrap();
            let attempts = desk.ask(&format!("{campaign}/contacts/{id}")).await.json()["attempts"].clone();
            let shown: Vec<&Value> = attempts.as_array().unwrap().iter().map(|one| &one["shown"]).collect();
            let known = json!(first[contact["number"].as_str().unwrap()]);
            assert_eq!(shown, [&known, &known], "{attempts}");
        }
        let told = desk.items(&format!("{campaign}/caller-ids")).await;
        let calls: u64 = told.iter().map(|one| one["calls_today"].as_u64().unwrap()).sum();
        let answered: u64 = told.iter().map(|one| one["answered"].as_u64().unwrap()).sum();
        assert_eq!((calls, answered), (10, 5), "{told:?}");
        let other = json!({
            "number": CALLER_IDS[2], "calls_today": 0, "rang": 0, "answered": 0, "rests_until": null, "rests_because": null,
        });
        assert_eq!(told[2], other);
        desk.close().await;
    });
}

/// The server died after the reservation, before anything was dialled. Another number is nearer by now.
#[test]
fn a_reserved_undialled_attempt_keeps_its_number() {
    const CALL: &str = "0197a000-0000-7000-8000-000000000001";
    let mut stage = Stage::new();
    let campaign = stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        let campaign = desk.campaign_with(&PEOPLE[..1], &settings(&CALLER_IDS, 100)).await;
        let reserve = format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, shown) \
             SELECT '{CALL}', organization_id, campaign_id, id, number, '2027-05-04 09:00:00', '{}' FROM contacts",
            CALLER_IDS[2]
        );
        desk.server.sql(&reserve).await;
        desk.server.sql("UPDATE contacts SET state = 'calling'; UPDATE campaigns SET state = 'running'").await;
        campaign
    });
    stage.run(async |folder| {
        let desk = Desk::open(folder).await;
        desk.finished(&campaign).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        let row = desk.row(CALL).await;
        assert_eq!((&row["to"], &row["from"]), (&json!(PEOPLE[0]), &json!(CALLER_IDS[2])));
        desk.close().await;
    });
}

#[test]
fn nobody_is_called_when_all_numbers_reach_their_daily_limit() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = desk.campaign_with(&PEOPLE[..3], &settings(&CALLER_IDS[..1], 2)).await;
        desk.act(&campaign, "start").await;
        sleep(Duration::from_secs(120)).await;
        let called = |people: &[&str]| -> BTreeMap<String, u32> {
            people.iter().map(|number| ((*number).to_owned(), 1)).collect()
        };
        assert_eq!(desk.dialled(), called(&PEOPLE[..2]));
        let shown = desk.ask(&campaign).await.json();
        let trouble = shown["trouble"].as_str().unwrap_or_default();
        assert!(trouble.contains("until 2027-05-05T00:00:00.000Z: add numbers to `caller_ids`"), "{shown}");
        let told = desk.items(&format!("{campaign}/caller-ids")).await;
        let rests = (&told[0]["rests_because"], &told[0]["rests_until"]);
        assert_eq!(rests, (&json!("day_maximum"), &json!("2027-05-05T00:00:00.000Z")), "{told:?}");

        let body = json!({ "name": "Renewals", "settings": settings(&CALLER_IDS[..2], 2) });
        assert_eq!(desk.server.put(&campaign, &body, Token::Admin).await.status, 200);
        desk.finished(&campaign).await;
        assert_eq!(desk.dialled(), called(&PEOPLE[..3]));
        assert_eq!(desk.calls().await[0]["from"], CALLER_IDS[1]);
        assert_eq!(desk.ask(&campaign).await.json()["trouble"], Value::Null);
        desk.close().await;
    });
}
