//! Outbound calls by programs: what can be requested, what is refused, and that a repeated request makes one call.

use cordboard_actors::messages::{NoSwitch, PlaceRefused, Refused};
use cordboard_schema::dial::NotDialable;
use serde_json::{Value, json};

use crate::setup::{Answer, Setup};

const PATH: &str = "/api/v1/calls";

fn with_key(setup: &Setup, key: &str, body: &Value) -> Answer {
    setup.send_with("POST", PATH, &format!("Idempotency-Key: {key}\r\n"), body.to_string().as_bytes())
}

fn id_in(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_outbound_call_is_made_and_shown() {
    let setup = Setup::open();
    let made = setup.send("POST", PATH, &json!({ "to": "operator" }));
    assert_eq!(made.status, 201, "{made:?}");
    let (call, id) = (made.json(), id_in(&made));
    assert_eq!(made.header("location"), Some(&*format!("{PATH}/{id}")));
    let shown = (&call["direction"], &call["state"], &call["to"], &call["failure"]);
    assert_eq!(shown, (&json!("outbound"), &json!("dialling"), &json!("operator"), &Value::Null));
    assert_eq!(setup.json(&format!("{PATH}/{id}"))["state"], "dialling", "the call is shown at once");
    let another = setup.send("POST", PATH, &json!({ "to": "operator" }));
    assert_ne!(id_in(&another), id, "each request without a key makes a call");
    let listed = setup.json(&format!("{PATH}?state=dialling"))["items"].as_array().unwrap().len();
    assert_eq!(listed, 2);
}

#[test]
fn all_options_of_an_order_reach_the_registry() {
    let setup = Setup::open();
    let body = json!({
        "to": "+49301234", "from": "+49309876", "profile": "receptionist", "variables": { "_name": "Ann" },
        "switch": "pbx1", "answer_timeout_s": 5, "voicemail": { "do": "leave_message", "text": "Call us back." },
    });
    assert_eq!(setup.send("POST", PATH, &body).status, 201);
    let heard = setup.heard().concat();
    for said in ["+49301234", "+49309876", "receptionist", "Ann", "pbx1", "5000", "Call us back."] {
        assert!(heard.contains(said), "{said}: {heard}");
    }
}

#[test]
fn the_same_key_makes_one_call() {
    let setup = Setup::open();
    let body = json!({ "to": "operator" });
    let first = with_key(&setup, "order-17", &body);
    let second = with_key(&setup, "order-17", &json!({ "answer_timeout_s": 30, "to": "operator" }));
    assert_eq!((first.status, second.status), (201, 200), "{second:?}");
    assert_eq!(id_in(&first), id_in(&second), "the same request, written differently");
    assert_eq!(setup.answers.lock().unwrap().placed.len(), 1);

    let other = with_key(&setup, "order-17", &json!({ "to": "sales" }));
    assert_eq!(other.problem_code(422), "idempotency_key_reused", "as on all other routes");
    assert_ne!(id_in(&with_key(&setup, "order-18", &body)), id_in(&first));
    for key in ["a b", "ü", &"x".repeat(256), ""] {
        assert_eq!(with_key(&setup, key, &body).json()["errors"][0]["field"], "Idempotency-Key", "{key:?}");
    }
}

#[test]
fn simultaneous_requests_with_one_key_make_one_call() {
    let setup = Setup::open();
    let body = json!({ "to": "operator" });
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| with_key(&setup, "k", &body))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let mut ids: Vec<String> = answers.iter().map(id_in).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(setup.answers.lock().unwrap().placed.len(), 1);
}

/// The process died between the key and the call, or the call was refused: a repeated request makes it.
#[test]
fn a_key_whose_call_was_never_made_makes_it() {
    let setup = Setup::open();
    let body = json!({ "to": "operator" });
    setup.answers.lock().unwrap().place = Some(Refused::NoCapacity { max: 1 }.into());
    with_key(&setup, "k", &body).problem(503);
    setup.answers.lock().unwrap().place = None;
    assert_eq!(with_key(&setup, "k", &body).status, 201);
    assert_eq!(with_key(&setup, "k", &body).status, 200);
}

#[test]
fn a_refused_calls_key_is_free_for_the_corrected_request() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().place = Some(NotDialable::NoSuchName.into());
    with_key(&setup, "k", &json!({ "to": "oprator" })).problem(404);
    setup.answers.lock().unwrap().place = None;
    let body = json!({ "to": "operator" });
    assert_eq!(with_key(&setup, "k", &body).status, 201);
    assert_eq!(with_key(&setup, "k", &body).status, 200);
}

#[test]
fn targets_with_dial_string_syntax_are_refused() {
    let setup = Setup::open();
    let bad = [
        "",
        " ",
        "+",
        "+49,30",
        "1002&1003",
        "1002@example.com",
        "user/1002",
        "sofia/gateway/x/1",
        "49\r\n30",
        "49\n30",
        "{a=b}1002",
        "1002|1003",
        "${x}",
        "10 02",
        "Ünal",
        "*72",
        "+49301234567890123456789012",
        "\u{0}1",
        "a:b",
        "A",
    ];
    for to in bad.into_iter().map(str::to_owned).chain(["1".repeat(500), "a".repeat(80)]) {
        let answer = setup.send("POST", PATH, &json!({ "to": to }));
        assert_eq!(answer.problem_code(422), "invalid", "{to:?}");
        assert_eq!(answer.json()["errors"][0]["field"], "to", "{to:?}");
    }
    assert_eq!(setup.heard(), [] as [&str; 0], "no call was requested");
    let latin1 = setup.send_with("POST", PATH, "", b"{\"to\": \"M\xfcller\"}");
    latin1.problem(400);
}

#[test]
fn every_value_is_limited_and_all_faults_are_reported_together() {
    let setup = Setup::open();
    let many: serde_json::Map<String, Value> = (0..33).map(|n| (format!("v{n}"), json!("x"))).collect();
    let message = |text: &str| json!({ "do": "leave_message", "text": text });
    let table = [
        ("from", json!("1,2")),
        ("from", json!("")),
        ("profile", json!("")),
        ("profile", json!("x".repeat(65))),
        ("switch", json!("a b")),
        ("answer_timeout_s", json!(4)),
        ("answer_timeout_s", json!(121)),
        ("variables", Value::Object(many)),
        ("variables", json!({ "1st": "x" })),
        ("variables", json!({ "a-b": "x" })),
        ("variables", json!({ "": "x" })),
        ("variables", json!({ "x".repeat(65): "x" })),
        ("variables", json!({ "a": "x".repeat(256) })),
        ("variables", json!({ "a": "x\r\ny" })),
        ("voicemail", message(" ")),
        ("voicemail", message(&"x".repeat(2001))),
        ("voicemail", message("a\u{7}b")),
    ];
    for (field, value) in table {
        let mut body = json!({ "to": "operator" });
        body[field] = value;
        let answer = setup.send("POST", PATH, &body);
        assert_eq!(answer.problem_code(422), "invalid", "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
    let all = setup.send("POST", PATH, &json!({ "to": "/", "from": "x", "answer_timeout_s": 1 }));
    assert_eq!(all.json()["errors"].as_array().unwrap().len(), 3);
    for body in [
        json!({}),
        json!({ "to": 1 }),
        json!({ "to": "a", "prefix": "0" }),
        json!({ "to": "a", "answer_timeout_s": -1 }),
    ] {
        setup.send("POST", PATH, &body).problem(422);
    }
    assert_eq!(setup.heard(), [] as [&str; 0]);
}

#[test]
fn a_refused_call_says_why_and_what_to_do() {
    let setup = Setup::open();
    let switch = || "pbx1".to_owned();
    let setting = "freeswitch.servers.pbx1.trunk".to_owned();
    let table: [(PlaceRefused, u16, &str, &str); 11] = [
        (Refused::NoCapacity { max: 7 }.into(), 503, "unavailable", "calls.max"),
        (Refused::Draining.into(), 503, "unavailable", "draining"),
        (PlaceRefused::NoSuchProfile, 404, "not_found", "agent profile"),
        (NotDialable::NoSuchName.into(), 404, "not_found", "extension"),
        (NotDialable::NotAllowed.into(), 403, "not_allowed", "numbers_allowed"),
        (PlaceRefused::DialLimit, 409, "dial_limit", "per_day_max"),
        (NoSwitch::None.into(), 409, "no_switch", "freeswitch.servers"),
        (NoSwitch::Which(vec![switch(), "pbx2".to_owned()]).into(), 409, "which_switch", "pbx1, pbx2"),
        (NoSwitch::Unknown.into(), 404, "not_found", "switch"),
        (PlaceRefused::SwitchAway { switch: switch() }, 503, "unavailable", "/api/v1/switches"),
        (
            PlaceRefused::NoTrunk { switch: switch(), setting },
            409,
            "no_trunk",
            "freeswitch.servers.pbx1.trunk",
        ),
    ];
    for (refused, status, code, said) in table {
        setup.answers.lock().unwrap().place = Some(refused);
        let answer = setup.send("POST", PATH, &json!({ "to": "+49301234" }));
        assert_eq!(answer.problem_code(status), code);
        let detail = answer.problem(status);
        assert!(detail.contains(said), "{detail}");
    }
    setup.answers.lock().unwrap().place = Some(PlaceRefused::CannotSpeakText);
    assert_eq!(setup.send("POST", PATH, &json!({ "to": "a" })).problem_code(422), "cannot_speak_text");
}
