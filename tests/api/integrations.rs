//! Accounts at other services: set, tested, and never shown.

use cordboard_test_support::receiver::Receiver;
use serde_json::{Value, json};

use crate::people::holds;
use crate::setup::Setup;

const PATH: &str = "/api/v1/integrations";
const KEY: &str = "sk-live-0123456789-secret-abcd";

fn at(kind: &str) -> String {
    format!("{PATH}/{kind}")
}

fn account() -> String {
    format!("AC{}", "0".repeat(32))
}

#[test]
fn only_the_end_of_a_stored_secret_is_shown() {
    let setup = Setup::open();
    setup.get(&at("openai")).problem(404);
    let set = setup.send("PUT", &at("openai"), &json!({ "secrets": { "api_key": KEY } }));
    assert_eq!(set.status, 200, "{set:?}");
    let shown = set.json();
    assert_eq!(shown["secrets"], json!({ "api_key": { "set": true, "ends_with": "abcd" } }));
    assert_eq!(shown["settings"], json!({ "base_url": "https://api.openai.com/v1" }));
    for path in [at("openai"), PATH.to_owned(), "/api/v1/audit-log".to_owned()] {
        assert!(!setup.json(&path).to_string().contains("sk-live"), "{path}");
    }
    assert!(!holds(&setup, "sk-live"), "the secret is in the database in clear");
    assert!(holds(&setup, "api.openai.com"), "the search looks in the wrong place");
}

#[test]
fn secrets_stay_until_they_are_replaced_or_removed() {
    let setup = Setup::open();
    let body = json!({
        "settings": { "account_sid": account() }, "secrets": { "auth_token": "first-token", "second_auth_token": "b" },
    });
    let shown = setup.send("PUT", &at("twilio"), &body).json();
    assert_eq!(
        shown["secrets"]["auth_token"],
        json!({ "set": true, "ends_with": null }),
        "too short to show"
    );
    let body = json!({ "settings": { "account_sid": account() }, "secrets": { "second_auth_token": null } });
    let shown = setup.send("PUT", &at("twilio"), &body).json();
    let is_set = |name: &str| shown["secrets"][name]["set"].clone();
    assert_eq!(
        [is_set("auth_token"), is_set("second_auth_token"), is_set("api_key_secret")],
        [true, false, false]
    );
    assert_eq!(setup.send("DELETE", &at("twilio"), &Value::Null).status, 204);
    setup.send("DELETE", &at("twilio"), &Value::Null).problem(404);
    setup.get(&at("twilio")).problem(404);
}

#[test]
fn one_servers_secret_is_never_sent_to_another() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    setup.send("PUT", &at("openai"), &json!({ "secrets": { "api_key": KEY } }));
    let moved = json!({ "settings": { "base_url": receiver.url("/v1") } });
    let detail = setup.send("PUT", &at("openai"), &moved).problem(422);
    assert!(detail.contains("sent anew"), "{detail}");
    assert_eq!(setup.json(&at("openai"))["settings"]["base_url"], "https://api.openai.com/v1");
    let anew = json!({ "settings": { "base_url": receiver.url("/v1") }, "secrets": { "api_key": KEY } });
    assert_eq!(setup.send("PUT", &at("openai"), &anew).status, 200);
}

#[test]
fn settings_of_another_kind_are_refused() {
    let setup = Setup::open();
    for (kind, body) in [
        ("openai", json!({ "settings": { "account_sid": "AC1" } })),
        ("openai", json!({ "settings": { "base_url": "http://10.0.0.1/" } })),
        ("openai", json!({ "secrets": { "password": "x" } })),
        ("openai", json!({ "secrets": { "api_key": "with space" } })),
        ("openai", json!({ "secrets": { "api_key": "" } })),
        ("openai", json!({ "secrets": { "api_key": "x".repeat(1_025) } })),
        ("twilio", json!({})),
        ("twilio", json!({ "settings": { "account_sid": "AC../../x" } })),
        ("twilio", json!({ "settings": { "account_sid": account(), "api_key_sid": "x" } })),
    ] {
        assert_eq!(setup.send("PUT", &at(kind), &body).problem_code(422), "invalid", "{kind} {body}");
    }
    setup.send("PUT", &at("aol"), &json!({})).problem(404);
    assert_eq!(setup.json(PATH)["items"], json!([]));
}

#[test]
fn a_test_calls_the_service_and_reports_the_result() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let outcome = |kind: &str, base_url: String, secrets: Value| {
        let mut settings = json!({ "base_url": base_url });
        if kind == "twilio" {
            settings["account_sid"] = json!(account());
        }
        let set = setup.send("PUT", &at(kind), &json!({ "settings": settings, "secrets": secrets }));
        assert_eq!(set.status, 200, "{set:?}");
        let tested = setup.send("POST", &format!("{}/test", at(kind)), &Value::Null);
        assert_eq!(tested.status, 200, "{tested:?}");
        assert!(!tested.json().to_string().contains("sk-live"));
        tested.json()["outcome"].as_str().unwrap().to_owned()
    };
    let key = json!({ "api_key": KEY });
    assert_eq!(outcome("openai", receiver.url("/v1"), json!({})), "no_secret");
    assert_eq!(outcome("openai", receiver.url("/v1"), key.clone()), "ok");
    for (status, expected) in
        [(401, "unauthorized"), (404, "not_found"), (429, "rate_limited"), (503, "failing"), (418, "refused")]
    {
        assert_eq!(outcome("openai", receiver.url(&format!("/status/{status}")), key.clone()), expected);
    }
    assert_eq!(outcome("openai", receiver.url("/redirect/x"), key.clone()), "refused");
    assert_eq!(outcome("elevenlabs", receiver.url(""), key.clone()), "ok");
    assert_eq!(outcome("deepgram", receiver.url(""), key.clone()), "ok");
    assert_eq!(outcome("gemini", receiver.url(""), key.clone()), "ok");
    assert_eq!(outcome("twilio", receiver.url(""), json!({ "auth_token": "tiger-77" })), "ok");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(outcome("elevenlabs", format!("http://{nobody}"), key), "unreachable");

    let received = receiver.received();
    let of = |path: &str| received.iter().find(|request| request.path == path).unwrap();
    assert_eq!(of("/v1/models").header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(of("/v1/user").header("xi-api-key"), Some(KEY));
    let deepgram = of("/v1/agent/settings/think/models");
    assert_eq!(deepgram.header("authorization"), Some(&*format!("Token {KEY}")));
    let gemini = received.iter().find(|request| request.path.starts_with("/v1beta/models")).unwrap();
    assert_eq!(gemini.header("x-goog-api-key"), Some(KEY));
    assert!(!gemini.path.contains(KEY), "addresses end up in logs");
    let twilio = of(&format!("/2010-04-01/Accounts/{}.json", account()));
    assert!(twilio.header("authorization").unwrap().starts_with("Basic "));
    setup.send("POST", &format!("{}/test", at("aol")), &Value::Null).problem(404);
}

#[test]
fn a_key_can_be_checked_without_being_stored() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let outcome = |path: &str, secrets: Value| {
        let body = json!({ "settings": { "base_url": receiver.url(path) }, "secrets": secrets });
        let checked = setup.send("POST", &format!("{}/check", at("openai")), &body);
        assert_eq!(checked.status, 200, "{checked:?}");
        assert!(!checked.json().to_string().contains("sk-live"));
        checked.json()["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome("/v1", json!({ "api_key": KEY })), "ok");
    assert_eq!(outcome("/status/401", json!({ "api_key": KEY })), "unauthorized");
    assert_eq!(outcome("/v1", json!({})), "no_secret");
    let key = Some(format!("Bearer {KEY}"));
    let received = receiver.received();
    assert_eq!(received[0].header("authorization").map(str::to_owned), key);
    setup.get(&at("openai")).problem(404);
    assert!(!holds(&setup, "sk-live"), "a key that was only checked is stored");
    let bad = json!({ "secrets": { "password": "x" } });
    setup.send("POST", &format!("{}/check", at("openai")), &bad).problem(422);
    setup.send("POST", &format!("{}/check", at("aol")), &json!({})).problem(404);
}
