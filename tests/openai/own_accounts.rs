//! An organization with its own account at the provider.

use cordboard_test_support::openai::{Answer, Connection, Door, OpenAiStandIn, Script};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use serde_json::{Value, json};

use crate::stage::{KEY, MODEL, Stage, ms};

const PATH: &str = "/api/v1/integrations/openai";
/// The organization's key, which must not be sent to anybody else.
const OWN_KEY: &str = "sk-of-the-organization-9876543210";
/// A header that the configuration sends to its own server.
const GATE: &str = "gate-of-the-house-0123456789";
/// Allows stand-ins as an organization's servers.
const INSIDE: [(&str, &str); 2] = [("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];

/// Each session begins with a greeting: there are two.
fn greeting(text: &str, hz: f64) -> Script {
    let said = || Answer::say(text, hz, ms(600));
    Script::new().greeting(said()).greeting(said())
}

fn configured() -> Script {
    greeting("The house.", 1000.0).turn(Answer::say("At nine.", 700.0, ms(600)))
}

fn own() -> OpenAiStandIn {
    OpenAiStandIn::start(greeting("The business.", 1300.0)).unwrap()
}

/// The owner sets a key for the server at `base_url`.
#[track_caller]
fn set(stage: &Stage, base_url: &str) {
    let body = json!({ "settings": { "base_url": base_url }, "secrets": { "api_key": OWN_KEY } });
    let answer = stage.server.put(PATH, &body, Token::Admin).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn header<'a>(connection: &'a Connection, name: &str) -> Option<&'a str> {
    connection.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The end of a test that used the organization's key.
fn close(stage: Stage, own: OpenAiStandIn) {
    assert!(!stage.server.log().contains(OWN_KEY), "the log shows the organization's key");
    assert!(!stage.server.log().contains(GATE), "the log shows a header");
    stage.close();
    own.finish();
}

#[test]
fn an_organizations_account_serves_the_next_call() {
    let headers = format!("X-Gate={GATE}");
    let more = [INSIDE[0], INSIDE[1], ("openai.headers", headers.as_str())];
    let (stage, own) = (Stage::open_with(configured(), &more), own());
    let first = stage.call();
    first.wait_tone_end(1000.0);
    set(&stage, &own.base_url());
    let second = stage.call();
    second.wait_tone_end(1300.0);
    first.ask(700.0);
    assert_eq!((stage.provider.connection_count(), own.connection_count()), (1, 1));

    let bearer = format!("Bearer {OWN_KEY}");
    let theirs = own.connection(0).unwrap();
    assert_eq!(header(&theirs, "authorization"), Some(bearer.as_str()));
    assert!(theirs.query.contains(MODEL), "{}", theirs.query);
    let sent = format!("{:?} {}", theirs.headers, theirs.query);
    assert!(
        !sent.contains(KEY) && !sent.contains(GATE),
        "the configuration's secrets went elsewhere: {sent}"
    );
    let ours = stage.connection(0);
    assert_eq!(header(&ours, "x-gate"), Some(GATE));

    assert_eq!(stage.server.send("DELETE", PATH, Some(ADMIN_TOKEN), &Value::Null).unwrap().status, 204);
    let third = stage.call();
    third.wait_tone_end(1000.0);
    assert_eq!((stage.provider.connection_count(), own.connection_count()), (2, 1));
    assert_eq!(header(&stage.connection(1), "authorization"), Some(format!("Bearer {KEY}").as_str()));
    for talk in [first, second, third] {
        talk.hang_up();
    }
    close(stage, own);
}

#[test]
fn a_key_serves_without_a_configured_one_and_survives_restarts() {
    let more = [INSIDE[0], INSIDE[1], ("assistant.provider", "builtin")];
    let (mut stage, own) = (Stage::open_with(Script::new(), &more), own());
    let first = stage.call();
    first.event("assistant_ready");
    assert_eq!(first.hang_up()["provider"], "builtin");
    set(&stage, &own.base_url());
    let second = stage.call();
    second.wait_tone_end(1300.0);
    second.event("charged");
    assert_eq!(second.hang_up()["provider"], "openai");

    stage.server.restart().unwrap();
    let third = stage.call();
    third.wait_tone_end(1300.0);
    third.hang_up();

    // A provider's failure has the same meaning as elsewhere.
    own.rewrite(Script::new().door(Door::Refuse {
        status: 401,
        code: "invalid_api_key".to_owned(),
        retry_after_s: None,
    }));
    let fourth = stage.call();
    fourth.wait_prompt("assistant_away");
    assert_eq!(fourth.event("assistant_replaced")["failure"], "unauthorized");
    fourth.hang_up();
    assert_eq!(stage.provider.connection_count(), 0);
    close(stage, own);
}

#[test]
fn a_name_with_an_internal_address_is_not_connected_to() {
    let (stage, own) = (Stage::open_with(configured(), &INSIDE[1..]), own());
    let port = own.address().port();
    let numbers = json!({ "settings": { "base_url": own.base_url() }, "secrets": { "api_key": OWN_KEY } });
    assert_eq!(stage.server.put(PATH, &numbers, Token::Admin).unwrap().status, 422);
    // The address of a name is only known when it is connected to.
    set(&stage, &format!("http://localhost:{port}/v1"));
    let talk = stage.call();
    talk.wait_prompt("assistant_away");
    let failed = talk.event("assistant_failed");
    assert_eq!(failed["failure"], "unreachable", "{failed}");
    assert!(failed["reason"].as_str().unwrap().contains("outbound.allow"), "{failed}");
    talk.hang_up();
    assert_eq!((stage.provider.connection_count(), own.connection_count()), (0, 0));
    close(stage, own);
}

#[test]
fn callers_of_an_unreadable_key_get_only_the_builtin_assistant() {
    let (mut stage, own) = (Stage::open_with(configured(), &INSIDE), own());
    set(&stage, &own.base_url());
    std::fs::remove_file(stage.server.data_folder().join("secret.key")).unwrap();
    stage.server.restart().unwrap();
    let talk = stage.call();
    talk.event("assistant_ready");
    assert_eq!(talk.hang_up()["provider"], "builtin");
    assert_eq!((stage.provider.connection_count(), own.connection_count()), (0, 0));
    let log = stage.server.log();
    assert!(
        log.contains("api_key") && log.contains("secret_key"),
        "the log says neither what nor why: {log}"
    );
    close(stage, own);
}

#[test]
fn an_account_that_calls_cant_use_says_why() {
    let stage = Stage::open_with(configured(), &INSIDE);
    let unused = |kind: &str, body: Value| {
        let path = format!("/api/v1/integrations/{kind}");
        let set = stage.server.put(&path, &body, Token::Admin).unwrap();
        assert_eq!(set.status, 200, "{}", set.text());
        assert_eq!(stage.json(&path)["unused_because"], set.json()["unused_because"]);
        set.json()["unused_because"].as_str().map(str::to_owned)
    };
    let says = |kind: &str, body: Value, word: &str| {
        let why = unused(kind, body);
        assert!(why.as_ref().is_some_and(|why| why.contains(word)), "{kind}: {why:?}");
    };
    says("openai", json!({}), "api_key");
    assert_eq!(unused("openai", json!({ "secrets": { "api_key": OWN_KEY } })), None);
    says("elevenlabs", json!({}), "api_key");
    assert_eq!(unused("elevenlabs", json!({ "secrets": { "api_key": OWN_KEY } })), None);
    says("deepgram", json!({}), "api_key");
    assert_eq!(unused("deepgram", json!({ "secrets": { "api_key": OWN_KEY } })), None);
    says("gemini", json!({}), "api_key");
    assert_eq!(unused("gemini", json!({ "secrets": { "api_key": OWN_KEY } })), None);
    let account = json!({ "account_sid": format!("AC{}", "2".repeat(32)) });
    says("twilio", json!({ "settings": account }), "auth_token");
    says(
        "twilio",
        json!({ "settings": account, "secrets": { "auth_token": "tiger" } }),
        "http.public_base_url",
    );
    stage.close();
}
