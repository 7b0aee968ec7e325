//! A campaign that people reach by its contact links, when nobody on its list remains to be called.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::{Desk, PEOPLE};
use crate::api;
use crate::book::Book;
use crate::news::WriteWatch;
use crate::world::{calendar_goes_on, virtually};

const HOUR: Duration = Duration::from_secs(3_600);

/// A campaign for this person with a contact link that also has these values. Returns the paths of both, and where a service sends its bodies.
async fn campaign(desk: &Desk, person: &str, more: &Value) -> (String, String, String) {
    let campaign = desk.campaign(&[person], json!({ "at_once_max": 1, "per_minute_max": 600 })).await;
    let mut body = json!({ "name": "Form" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = desk.post(&format!("{campaign}/contact-links"), &body, Token::Admin).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let url = made["url"].as_str().unwrap();
    let hook = url[url.find("/hooks/").unwrap()..].to_owned();
    let link = format!("{campaign}/contact-links/{}", made["id"].as_str().unwrap());
    (campaign, link, hook)
}

/// Waits until everybody on the list was called and the campaign waits for people.
async fn waits(desk: &Desk, campaign: &str, done: u64) {
    let path = format!("{campaign}/progress");
    let mut writes = WriteWatch::default();
    desk.wait("a campaign that waits for people", async || {
        if !desk.server.has_written(&mut writes).await {
            return None;
        }
        let progress = desk.ask(&path).await.json();
        (progress["waits_for_links"] == true && progress["done"] == done).then_some(())
    })
    .await;
    runs(desk, campaign).await;
}

async fn runs(desk: &Desk, campaign: &str) {
    assert_eq!(desk.ask(campaign).await.json()["state"], "running");
}

#[test]
fn contacts_added_by_link_after_idle_hours_are_called_once() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let (campaign, link, hook) = campaign(&desk, PEOPLE[0], &json!({})).await;
        let progress = desk.ask(&format!("{campaign}/progress")).await.json();
        assert_eq!(progress["waits_for_links"], false, "it was not started, and somebody waits");
        desk.act(&campaign, "start").await;
        waits(&desk, &campaign, 1).await;
        calendar_goes_on(HOUR).await;
        waits(&desk, &campaign, 1).await;
        // A service may send the same contact twice.
        for added in [1, 0] {
            let answer = desk.post(&hook, &json!({ "phone": PEOPLE[1] }), Token::None).await;
            assert_eq!((answer.status, answer.json()["added"].clone()), (200, json!(added)));
        }
        waits(&desk, &campaign, 2).await;
        calendar_goes_on(HOUR).await;
        let once = PEOPLE[..2].iter().map(|number| ((*number).to_owned(), 1));
        assert_eq!(desk.dialled(), once.collect::<BTreeMap<_, _>>());
        runs(&desk, &campaign).await;

        let revoked = api::ask(desk.server.addresses.http, "DELETE", &link, Token::Admin, None).await;
        assert_eq!(revoked.status, 204, "{}", revoked.text());
        desk.finished(&campaign).await;
        let progress = desk.ask(&format!("{campaign}/progress")).await.json();
        assert_eq!(progress["waits_for_links"], false, "{progress}");
        desk.close().await;
    });
}

#[test]
fn campaigns_finish_when_their_last_link_is_off_or_expired() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        // With a link over which nobody comes, it is finished like a campaign without a link.
        let (off, link, _) = campaign(&desk, PEOPLE[0], &json!({ "enabled": false })).await;
        desk.act(&off, "start").await;
        desk.finished(&off).await;

        let on = json!({ "name": "Form", "enabled": true });
        assert_eq!(desk.server.put(&link, &on, Token::Admin).await.status, 200);
        desk.act(&off, "start").await;
        waits(&desk, &off, 1).await;
        let expires_at = (world::now() + TimeDelta::hours(2)).to_rfc3339();
        let (expires, _, _) = campaign(&desk, PEOPLE[1], &json!({ "expires_at": expires_at })).await;
        desk.act(&expires, "start").await;
        waits(&desk, &expires, 1).await;
        calendar_goes_on(HOUR).await;
        runs(&desk, &expires).await;
        calendar_goes_on(HOUR).await;
        desk.finished(&expires).await;

        // The other one is unaffected.
        runs(&desk, &off).await;
        let switched_off = json!({ "name": "Form", "enabled": false });
        assert_eq!(desk.server.put(&link, &switched_off, Token::Admin).await.status, 200);
        desk.finished(&off).await;
        desk.close().await;
    });
}
