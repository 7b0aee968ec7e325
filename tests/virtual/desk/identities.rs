//! Visitors of a website that has signed who they are: in the journal, at the desk, in the assistant's words, and for how long it is valid.

use std::time::Duration;

use cordboard_test_support::website::signed;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::Stage;
use crate::world::virtually;

/// Seconds since 1970 when a world begins: 2027-05-04T09:00:00Z.
const ORIGIN_S: u64 = 1_809_421_200;

/// A new signing secret of the stage's only link.
async fn secret(stage: &Stage) -> String {
    let links = stage.setup.send("GET", "/api/v1/talk-links", &Value::Null, 200).await;
    let at = format!("/api/v1/talk-links/{}/signing-secret", links["items"][0]["id"].as_str().unwrap());
    stage.setup.send("POST", &at, &Value::Null, 200).await["secret"].as_str().unwrap().to_owned()
}

/// Changes the instructions of the only profile.
async fn instruct(stage: &Stage, instructions: &str) {
    let profiles = stage.setup.send("GET", "/api/v1/agent-profiles", &Value::Null, 200).await;
    let mut profile = profiles["items"][0].clone();
    let at = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    profile.as_object_mut().unwrap().remove("id");
    profile["instructions"] = json!(instructions);
    stage.setup.send("PUT", &at, &profile, 200).await;
}

#[test]
fn signed_identities_are_journalled_and_shown_verified_at_the_desk() {
    virtually(async || {
        let stage = Stage::open().await;
        instruct(&stage, "You talk with {{customer_name}}, {{customer_email}}.").await;
        let secret = secret(&stage).await;
        let claims = json!({
            "name": "Åsa Öberg", "email": "asa@example.com", "id": 4711, "exp": ORIGIN_S + 3_600,
        });
        let begun = stage.begin(&json!({ "identity": signed(&secret, &claims) })).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let visitor = stage.visitor_of(&begun.json()).await;
        let identity = json!({
            "name": "Åsa Öberg", "email": "asa@example.com", "id": "4711", "by": "Our website",
        });
        let started = stage.event(&visitor.call_id, "call_started").await;
        assert_eq!(started["announced"]["identity"], identity);
        assert_eq!(started["announced"]["from"], "Web visitor", "a signed name is not a caller's number");
        let told = started["profile"]["instructions"].as_str().unwrap();
        assert!(told.contains("You talk with Åsa Öberg, asa@example.com."), "{told}");
        assert_eq!(stage.call(&visitor.call_id).await["identity"], identity);

        let mut desk = stage.desk().await;
        visitor.caller.press('0');
        desk.event_of("offered").await;
        let id = visitor.call_id.as_str().unwrap();
        let path = format!("/api/customer/data?extension=operator&call_id={id}");
        let known = stage.setup.as_person(&stage.ada, "GET", &path, &Value::Null, 200).await;
        let expected = json!({
            "id": null, "name": "Åsa Öberg", "email": "asa@example.com", "phone": "Web visitor",
            "known_by": "site", "verified_by": "Our website",
        });
        assert_eq!(known["customer"], expected);
        assert!(known["summary"].as_str().unwrap().starts_with("Åsa Öberg has"), "{known}");
    });
}

#[test]
fn a_signed_identity_is_valid_until_it_expires() {
    virtually(async || {
        let stage = Stage::open().await;
        let secret = secret(&stage).await;
        let body = json!({ "identity": signed(&secret, &json!({ "name": "Åsa", "exp": ORIGIN_S + 600 })) });
        let begins = async || {
            let answer = stage.begin(&body).await;
            (answer.status, answer.json()["code"].as_str().map(str::to_owned))
        };
        assert_eq!(begins().await, (201, None));
        sleep(Duration::from_secs(590)).await;
        assert_eq!(begins().await, (201, None), "a page that is open for a while");
        sleep(Duration::from_secs(11)).await;
        assert_eq!(begins().await, (403, Some("identity_expired".to_owned())));
        let nameless = stage.begin(&json!({})).await.json();
        let started = stage.event(&nameless["call_id"], "call_started").await;
        assert_eq!(
            started["announced"].get("identity"),
            None,
            "a visitor who goes on without a name has none"
        );
    });
}
