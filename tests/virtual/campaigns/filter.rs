//! The contacts of its list that a campaign calls because of its filter, also when the filter changes while it runs.

use std::collections::BTreeMap;

use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::world::virtually;

/// A filter for people of this city, one after the other.
fn of_city(city: &str) -> Value {
    let filter = json!({ "conditions": [{ "variable": "city", "is": "equals", "value": city }] });
    let rules = json!({ "at_once_max": 1, "per_minute_max": 600, "consent": "form 7" });
    json!({ "name": "Renewals", "settings": { "voicemail": { "do": "talk" }, "filter": filter, "rules": rules } })
}

/// Makes such a campaign for people who live in Berlin and in Köln, alternately; returns its path.
async fn campaign(desk: &Desk, city: &str) -> String {
    let made = desk.post("/api/v1/campaigns", &of_city(city), Token::Admin).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/v1/campaigns/{}", made.json()["id"].as_str().unwrap());
    let cities = ["Berlin", "Köln"].into_iter().cycle();
    let contacts: Vec<Value> = PEOPLE
        .iter()
        .zip(cities)
        .map(|(number, city)| json!({ "number": number, "variables": { "city": city } }))
        .collect();
    desk.does(&format!("{path}/contacts"), &json!({ "contacts": contacts })).await;
    path
}

async fn change(desk: &Desk, campaign: &str, body: &Value) {
    let answer = desk.server.put(campaign, body, Token::Admin).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Waits until the filter is applied to the list; returns how many wait, are left out, and are done.
async fn counts(desk: &Desk, campaign: &str) -> [Value; 3] {
    let path = format!("{campaign}/progress");
    let progress = desk
        .wait("the filter on the whole list", async || {
            Some(desk.ask(&path).await.json()).filter(|progress| progress["is_filtering"] == false)
        })
        .await;
    ["waiting", "left_out", "done"].map(|figure| progress[figure].clone())
}

#[test]
fn contacts_are_called_only_when_the_filter_admits_them() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = campaign(&desk, "berlin").await;
        assert_eq!(counts(&desk, &campaign).await, [json!(3), json!(2), json!(0)]);
        desk.act(&campaign, "start").await;
        desk.finished(&campaign).await;
        let called = |places: &[usize]| -> BTreeMap<String, u32> {
            places.iter().map(|at| (PEOPLE[*at].to_owned(), 1)).collect()
        };
        assert_eq!(desk.dialled(), called(&[0, 2, 4]));
        assert_eq!(counts(&desk, &campaign).await, [json!(0), json!(2), json!(3)]);

        change(&desk, &campaign, &of_city("KÖLN")).await;
        assert_eq!(counts(&desk, &campaign).await, [json!(2), json!(0), json!(3)]);
        desk.act(&campaign, "start").await;
        desk.finished(&campaign).await;
        assert_eq!(desk.dialled(), called(&[0, 1, 2, 3, 4]));
        desk.close().await;
    });
}

#[test]
fn a_filter_changed_while_running_affects_only_later_calls() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = campaign(&desk, "Berlin").await;
        desk.act(&campaign, "start").await;
        desk.wait("the first call", async || (desk.switch.dialled().len() == 1).then_some(())).await;
        change(&desk, &campaign, &of_city("Köln")).await;
        desk.finished(&campaign).await;
        let called = [0, 1, 3].map(|at| (PEOPLE[at].to_owned(), 1));
        assert_eq!(desk.dialled(), BTreeMap::from(called));
        let first = desk.ends(&campaign).await.remove(0);
        assert_eq!(first, (PEOPLE[0].to_owned(), "reached".to_owned(), 1), "the call went on");
        assert_eq!(counts(&desk, &campaign).await, [json!(0), json!(2), json!(3)]);
        let left_out = desk.items(&format!("{campaign}/contacts?state=left_out")).await;
        let numbers: Vec<&Value> = left_out.iter().map(|contact| &contact["number"]).collect();
        assert_eq!(numbers, [PEOPLE[2], PEOPLE[4]]);
        desk.close().await;
    });
}

#[test]
fn a_paused_campaign_resumes_with_the_filter_given_meanwhile() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = campaign(&desk, "Hamburg").await;
        // The filter admits nobody on the list yet.
        assert_eq!(counts(&desk, &campaign).await, [json!(0), json!(5), json!(0)]);
        change(&desk, &campaign, &of_city("Berlin")).await;
        desk.act(&campaign, "start").await;
        desk.wait("the first call", async || (desk.switch.dialled().len() == 1).then_some(())).await;
        desk.act(&campaign, "pause").await;
        let mut of_all = of_city("");
        of_all["settings"]["filter"] = json!({});
        change(&desk, &campaign, &of_all).await;
        assert_eq!(counts(&desk, &campaign).await[1], json!(0));
        desk.act(&campaign, "resume").await;
        desk.finished(&campaign).await;
        assert_eq!(desk.dialled(), BTreeMap::from(PEOPLE.map(|number| (number.to_owned(), 1))));
        desk.close().await;
    });
}
