//! An organization's own services: its calls are served only by them, and another organization's calls never are.

use std::time::Duration;

use cordboard_test_support::browser;
use cordboard_test_support::cascade::{CascadeStandIn, Manners};
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::Stage;
use crate::client::Client;
use crate::openai::ears::tone_length;
use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::{Setting, virtually};

const PATH: &str = "/api/v1/integrations/cascade";
/// The organization's keys, which no other service may get.
const OWN_KEYS: [&str; 3] = [
    "stt-of-the-organization-987654321",
    "llm-of-the-organization-987654321",
    "tts-of-the-organization-987654321",
];
/// Allows stand-ins as an organization's servers.
const INSIDE: [Setting<'static>; 2] = [("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];

fn greeting(text: &str, hz: f64) -> Script {
    let said = || Answer::say(text, hz, ms(600));
    Script::new().greeting(said()).greeting(said()).greeting(said())
}

/// A server with services, and an organization's own ones.
async fn opened() -> (Stage, CascadeStandIn) {
    let more = [INSIDE[0], INSIDE[1], ("registration", "open")];
    let stage = Stage::opened(greeting("The house.", 1000.0), &more).await;
    let own = CascadeStandIn::start_here(Manners::new(OWN_KEYS), greeting("The business.", 1300.0)).unwrap();
    (stage, own)
}

/// The settings of the organization: its own services.
fn body(own: &CascadeStandIn, keys: [&str; 3]) -> Value {
    json!({
        "settings": {
            "recognizer_url": own.recognizer_url(), "llm_base_url": own.base_url(),
            "speech_base_url": own.base_url(), "llm_model": "of-the-organization",
        },
        "secrets": { "recognizer_key": keys[0], "llm_key": keys[1], "speech_key": keys[2] },
    })
}

async fn set(stage: &Stage, body: &Value) -> Value {
    let set = stage.server.put(PATH, body, Token::Admin).await;
    assert_eq!(set.status, 200, "{}", set.text());
    set.json()
}

async fn tested(stage: &Stage) -> Value {
    let client = Client { http: stage.server.addresses.http };
    client.post(&format!("{PATH}/test"), &json!({}), Token::Admin).await.json()
}

async fn closed(stage: Stage, own: CascadeStandIn) {
    for key in OWN_KEYS {
        assert!(!stage.server.log().contains(key), "the log shows a key");
    }
    stage.closed().await;
    own.finish();
}

#[test]
fn the_next_call_uses_own_services_without_the_servers_keys() {
    virtually(async || {
        let (stage, own) = opened().await;
        let first = stage.caller().await;
        first.wait_tone_end(1000.0).await;
        let shown = set(&stage, &body(&own, OWN_KEYS)).await;
        assert_eq!(shown["unused_because"], Value::Null, "{shown}");
        assert_eq!(shown["secrets"]["llm_key"], json!({ "set": true, "ends_with": "4321" }));
        let second = stage.caller().await;
        second.wait_tone_end(1300.0).await;
        assert_eq!((stage.connections(), own.connection_count()), (1, 1));
        let thought = own.asked().into_iter().find(|asked| asked.path.ends_with("/completions")).unwrap();
        assert_eq!(thought.body["model"], "of-the-organization");
        let client = Client { http: stage.server.addresses.http };
        let removed = client.send("DELETE", PATH, Some(ADMIN_TOKEN), &Value::Null).await;
        assert_eq!(removed.status, 204);
        let third = stage.caller().await;
        third.wait_tone_end(1000.0).await;
        assert_eq!((stage.connections(), own.connection_count()), (2, 1));
        for talk in [first, second, third] {
            talk.hang_up().await;
        }
        closed(stage, own).await;
    });
}

#[test]
fn another_organizations_calls_never_get_them() {
    virtually(async || {
        let (stage, own) = opened().await;
        let server = Client { http: stage.server.addresses.http };
        let account = json!({
            "email": "ada@example.com", "password": "correct horse battery staple", "name": "Ada",
            "organization": "Lovelace Plumbing",
        });
        let made = server.post("/api/v1/auth/register", &account, Token::None).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let ada = made.json()["access_token"].as_str().unwrap().to_owned();
        // Hers are set, and the server's organization has none.
        let set = server.send("PUT", PATH, Some(&ada), &body(&own, OWN_KEYS)).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let ours = stage.caller().await;
        ours.wait_tone_end(1000.0).await;
        ours.hang_up().await;
        assert_eq!(
            (stage.connections(), own.connection_count()),
            (1, 0),
            "another organization's keys were used"
        );
        assert_eq!(
            server.get(PATH, Token::Admin).await.status,
            404,
            "another organization's services are shown"
        );
        // Her own calls get them. The settings for calls are read again every 2 s.
        sleep(Duration::from_secs(3)).await;
        let profiles = server.send("GET", "/api/v1/agent-profiles", Some(&ada), &Value::Null).await.json();
        let profile = profiles["items"][0]["id"].as_str().unwrap();
        let path = format!("/api/v1/agent-profiles/{profile}/test-calls");
        let begun = server.send("POST", &path, Some(&ada), &json!({ "version": "published" })).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let begun = begun.json();
        let token = begun["token"].as_str().unwrap();
        let visitor = browser::Caller::connect_here(stage.server.addresses.http, token, 24_000).await;
        for _ in 0..200 {
            if tone_length(&visitor.heard(), 1300.0) >= ms(500) {
                break;
            }
            sleep(ms(100)).await;
        }
        assert!(tone_length(&visitor.heard(), 1300.0) >= ms(500), "her services do not speak");
        assert_eq!((stage.connections(), own.connection_count()), (1, 1));
        visitor.hang_up();
        sleep(Duration::from_secs(2)).await;
        visitor.finish();
        closed(stage, own).await;
    });
}

#[test]
fn the_test_names_the_part_that_fails() {
    virtually(async || {
        let (stage, own) = opened().await;
        set(&stage, &body(&own, OWN_KEYS)).await;
        let good = tested(&stage).await;
        assert_eq!((&good["outcome"], &good["part"]), (&json!("ok"), &Value::Null), "{good}");
        for (at, part) in ["recognizer", "speech"].into_iter().enumerate() {
            let mut keys = OWN_KEYS;
            keys[at * 2] = "another-key-0123456789";
            set(&stage, &body(&own, keys)).await;
            let failed = tested(&stage).await;
            // The model and the speech are at one address there, where each key lists the models.
            assert_eq!(
                (&failed["outcome"], &failed["part"]),
                (&json!("unauthorized"), &json!(part)),
                "{failed}"
            );
            assert!(!failed.to_string().contains("another-key"), "{failed}");
        }
        let mut keys = OWN_KEYS;
        keys[1] = "another-key-0123456789";
        set(&stage, &body(&own, keys)).await;
        let failed = tested(&stage).await;
        assert_eq!(
            (&failed["outcome"], &failed["part"]),
            (&json!("unauthorized"), &json!("llm")),
            "{failed}"
        );
        closed(stage, own).await;
    });
}

#[test]
fn internal_addresses_are_refused_and_keys_go_nowhere_else() {
    virtually(async || {
        let stage = Stage::opened(greeting("The house.", 1000.0), &[]).await;
        let inside = json!({ "settings": { "speech_base_url": "https://10.0.0.1/v1" } });
        let refused = stage.server.put(PATH, &inside, Token::Admin).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains("speech_base_url"), "{}", refused.text());
        let keys =
            json!({ "recognizer_key": OWN_KEYS[0], "llm_key": OWN_KEYS[1], "speech_key": OWN_KEYS[2] });
        assert_eq!(set(&stage, &json!({ "secrets": keys })).await["unused_because"], Value::Null);
        let moved = json!({ "settings": { "speech_base_url": "https://voice.example/v1" } });
        let refused = stage.server.put(PATH, &moved, Token::Admin).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("speech_key"), "{}", refused.text());
        let moved = json!({
            "settings": { "speech_base_url": "https://voice.example/v1" }, "secrets": { "speech_key": "tts-0123456789" },
        });
        set(&stage, &moved).await;
        let without_voice = json!({ "settings": { "speech": "elevenlabs" }, "secrets": keys });
        let refused = stage.server.put(PATH, &without_voice, Token::Admin).await;
        assert!(refused.status == 422 && refused.text().contains("speech_voice"), "{}", refused.text());
        let lacking = set(
            &stage,
            &json!({ "settings": {}, "secrets": { "llm_key": null, "speech_key": OWN_KEYS[2] } }),
        )
        .await;
        assert!(lacking["unused_because"].as_str().unwrap().contains("llm_key"), "{lacking}");
        stage.closed().await;
    });
}

#[test]
fn an_unopenable_key_gives_callers_only_the_builtin_assistant() {
    virtually(async || {
        let (stage, own) = opened().await;
        set(&stage, &body(&own, OWN_KEYS)).await;
        // Sealed for another organization, or with another secret: it can't be opened.
        stage
            .server
            .sql("UPDATE integrations SET secrets = replace(secrets, 'recognizer_key', 'llm_key_before')")
            .await;
        stage
            .server
            .sql("UPDATE integrations SET secrets = replace(replace(secrets, 'llm_key\"', 'recognizer_key\"'), 'llm_key_before', 'llm_key')")
            .await;
        // Another change is made: the directory is read again.
        let again = json!({
            "settings": body(&own, OWN_KEYS)["settings"], "secrets": { "speech_key": OWN_KEYS[2] },
        });
        let shown = set(&stage, &again).await;
        assert!(shown["unused_because"].as_str().unwrap().contains("can't be opened"), "{shown}");
        let talk = stage.caller().await;
        talk.event("assistant_ready").await;
        assert_eq!(talk.hang_up().await["provider"], "builtin");
        assert_eq!((stage.connections(), own.connection_count()), (0, 0));
        closed(stage, own).await;
    });
}
