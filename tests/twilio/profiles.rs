//! The caller's profile is known before anything rings: the tests read the Redis itself at the moment of the ring.

use cordboard_test_support::book::{Book, text};
use cordboard_test_support::redis::{Redis, RedisClient};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use crate::setup::{FROM, Setup, sid};

const TURN: &str = "/twilio/process-audio";
const HOSTILE: &str = "<img src=x onerror=alert(1)> I want to talk to a person";
const REACHING: [(&str, &str); 2] =
    [("FREEPBX_DOMAIN", "pbx.example.com"), ("extensions.operator", "people,2001,1")];

fn setup(redis: &Redis, settings: &[(&str, &str)]) -> Setup {
    let url = redis.url();
    let settings: Vec<(&str, &str)> =
        [("REDIS_URL", url.as_str())].into_iter().chain(settings.iter().copied()).collect();
    Setup::open(&settings)
}

/// The profile under that key, as any client reads it from the Redis.
#[track_caller]
fn profile(client: &RedisClient, key: &str) -> Value {
    let value = client.get(key).unwrap_or_else(|| panic!("{key} is not there: {:?}", client.keys("*")));
    serde_json::from_str(&value).unwrap()
}

fn said(profile: &Value) -> Vec<(String, String)> {
    let lines = profile["conversation_history"].as_array().unwrap();
    lines.iter().map(|line| (text(&line["role"]), text(&line["content"]))).collect()
}

#[track_caller]
fn created(setup: &Setup, path: &str, body: &Value) -> Value {
    let answer = setup.server().post(path, body, Token::Admin).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[test]
fn process_audio_caches_the_caller_before_the_transfer() {
    let redis = Redis::start().unwrap();
    let setup = setup(&redis, &REACHING);
    setup.has_number(json!({ "mode": "gather" }));
    let anna = created(&setup, "/api/v1/customers", &json!({ "name": "Anna", "phone": FROM }));
    setup.rings(1);
    let id = setup.wait("the call", || setup.id_of(1));
    created(&setup, "/api/v1/activities", &json!({ "type": "todo", "title": "Call Anna", "call_id": id }));
    let wish = setup.asked(TURN, 1, &[("SpeechResult", HOSTILE), ("Confidence", "0.9")]);
    assert!(wish.contains("/twilio/transfer?extension=operator</Redirect>"), "{wish}");

    // Nothing rings before that answer is read.
    let client = redis.client();
    for extension in ["2001", "operator"] {
        for key in [String::new(), format!(":{}", sid(1)), format!(":{id}")] {
            let key = format!("callcenter:customer:{extension}{key}");
            let profile = profile(&client, &key);
            assert_eq!(
                (&profile["call_sid"], &profile["call_id"], &profile["source"]),
                (&json!(sid(1)), &json!(id), &json!("twilio"))
            );
            assert_eq!(profile["customer"]["id"], anna["id"]);
            assert_eq!(
                (&profile["customer"]["name"], &profile["customer"]["phone"]),
                (&json!("Anna"), &json!(FROM))
            );
            assert!(said(&profile).contains(&("caller".to_owned(), HOSTILE.to_owned())), "{profile}");
            assert_eq!(profile["activities"][0]["title"], "Call Anna");
            let summary = text(&profile["summary"]);
            assert!(summary.starts_with("Anna has said last: \"<img"), "{summary}");
            assert!(client.ttl_s(&key).is_some_and(|seconds| (3_000..=3_600).contains(&seconds)));
        }
    }
    let session: Value = serde_json::from_str(&client.get(&format!("session:{id}")).unwrap()).unwrap();
    assert_eq!((&session["call_id"], &session["call_sid"]), (&json!(id), &json!(sid(1))));
    assert!(client.ttl_s(&format!("session:{id}")).is_some_and(|seconds| seconds <= 300));
    let told = setup.ask(&format!("/api/customer/data?extension=2001&call_sid={}", sid(1))).json();
    assert_eq!((&told["source"], &told["customer"]["name"]), (&json!("call_sid"), &json!("Anna")));
    assert!(!setup.server().log().contains("onerror"), "the log contains words of a caller");
    setup.is_over(1, "completed");
    setup.close();
}
