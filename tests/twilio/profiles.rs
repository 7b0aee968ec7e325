//! Who calls is known before anything rings: looked into the Redis itself at the moment of the ring.

use cordboard_test_support::book::{Book, text};
use cordboard_test_support::redis::{Redis, RedisClient};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use crate::house::{FROM, House, TO, sid};
use crate::people::called;

const TURN: &str = "/twilio/process-audio";
const HOSTILE: &str = "<img src=x onerror=alert(1)> I want to talk to a person";
const REACHING: [(&str, &str); 3] = [
    ("TWILIO_TRANSFER_CALLER_ID", TO),
    ("FREEPBX_DOMAIN", "pbx.example.com"),
    ("extensions.operator", "people,2001,1"),
];

fn house(redis: &Redis, settings: &[(&str, &str)]) -> House {
    let url = redis.url();
    let settings: Vec<(&str, &str)> =
        [("REDIS_URL", url.as_str())].into_iter().chain(settings.iter().copied()).collect();
    House::open(&settings)
}

/// The profile of that name, as anybody reads it in the Redis.
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
fn created(house: &House, path: &str, body: &Value) -> Value {
    let answer = house.server().post(path, body, Token::Admin).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[test]
fn process_audio_caches_who_calls_before_it_sends_them_on() {
    let redis = Redis::start().unwrap();
    let house = house(&redis, &REACHING[1..]);
    house.has_number(json!({ "mode": "gather" }));
    let anna = created(&house, "/api/v1/customers", &json!({ "name": "Anna", "phone": FROM }));
    house.rings(1);
    let id = house.wait("the call", || house.id_of(1));
    created(&house, "/api/v1/activities", &json!({ "type": "todo", "title": "Call Anna", "call_id": id }));
    let wish = house.asked(TURN, 1, &[("SpeechResult", HOSTILE), ("Confidence", "0.9")]);
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
    let told = house.ask(&format!("/api/customer/data?extension=2001&call_sid={}", sid(1))).json();
    assert_eq!((&told["source"], &told["customer"]["name"]), (&json!("call_sid"), &json!("Anna")));
    assert!(!house.server().log().contains("onerror"), "the log holds words of a caller");
    house.is_over(1, "completed");
    house.close();
}

#[test]
fn three_calls_of_one_customer_to_one_extension_are_kept_apart() {
    let redis = Redis::start().unwrap();
    let house = house(&redis, &REACHING[1..]);
    house.has_number(json!({ "mode": "gather" }));
    let words = |number: u32| format!("about invoice {number}, a person please");
    for number in 1..=3 {
        house.rings(number);
        let wish = house.asked(TURN, number, &[("SpeechResult", &words(number)), ("Confidence", "0.9")]);
        assert!(wish.contains("<Redirect"), "{wish}");
    }
    for number in 1..=3 {
        let id = house.id_of(number).unwrap();
        for (query, source) in
            [(format!("&call_sid={}", sid(number)), "call_sid"), (format!("&call_id={id}"), "call_id")]
        {
            let told = house.ask(&format!("/api/customer/data?extension=operator{query}")).json();
            assert_eq!((&told["source"], &told["call_id"]), (&json!(source), &json!(id)));
            let own: Vec<_> = said(&told).into_iter().filter(|(role, _)| role == "caller").collect();
            assert_eq!(own, [("caller".to_owned(), words(number))]);
        }
    }
    let newest = house.ask("/api/customer/data?extension=2001").json();
    assert_eq!((&newest["source"], &newest["call_sid"]), (&json!("extension"), &json!(sid(3))));
    let unknown =
        house.server().get(&format!("/api/customer/data?extension=2001&call_sid={}", sid(9)), Token::Admin);
    assert_eq!(unknown.unwrap().json()["code"], "profile_not_cached");

    // What was before is told by the next call.
    (1..=3).for_each(|number| house.is_over(number, "completed"));
    (1..=3).for_each(|number| drop(house.ended(&house.id_of(number).unwrap())));
    house.rings(4);
    house.asked(TURN, 4, &[("SpeechResult", "a person"), ("Confidence", "0.9")]);
    let told = house.ask(&format!("/api/customer/data?extension=2001&call_sid={}", sid(4))).json();
    let before: Vec<String> =
        told["earlier_calls"].as_array().unwrap().iter().map(|call| text(&call["id"])).collect();
    assert_eq!(before, [3, 2, 1].map(|number| house.id_of(number).unwrap()));
    assert!(text(&told["earlier_calls"][0]["summary"]).contains(&words(3)), "{told}");
    house.is_over(4, "completed");
    house.close();
}

#[test]
fn a_persons_phone_is_called_once_it_is_known_who_calls() {
    let redis = Redis::start().unwrap();
    let house = house(&redis, &REACHING);
    let (caller, id) = house.call(1);
    house.rest().holds(&sid(1), &caller);
    house.wait_said(&id, "greeting");
    let asked = json!({ "target": "operator" });
    let path = format!("/api/v1/calls/{id}/handoff");
    assert!(house.server().post(&path, &asked, Token::Admin).unwrap().status < 300);
    let agent = called(&house, 0);
    let client = redis.client();
    for key in [String::new(), format!(":{}", sid(1)), format!(":{id}")] {
        let profile = profile(&client, &format!("callcenter:customer:2001{key}"));
        let roles: Vec<String> = said(&profile).into_iter().map(|(role, _)| role).collect();
        assert_eq!(roles, ["assistant"], "the greeting, which was heard");
    }
    assert_eq!(house.event(&id, "profile_cached")["outcome"], "cached");
    agent.comes_to("busy");
    house.event(&id, "handoff_abandoned");
    caller.hang_up();
    house.ended(&id);
    caller.finish();
    house.close();
}
