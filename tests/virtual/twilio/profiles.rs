//! The caller's profile is known before anything rings, and kept apart from those of other callers.

use cordboard_test_support::book::text;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::people::called;
use super::setup::{Setup, TO, sid};
use crate::suites::book::Book as _;
use crate::world::virtually;

const TURN: &str = "/twilio/process-audio";
const REACHING: [(&str, &str); 3] = [
    ("TWILIO_TRANSFER_CALLER_ID", TO),
    ("FREEPBX_DOMAIN", "pbx.example.com"),
    ("extensions.operator", "people,2001,1"),
];

fn said(profile: &Value) -> Vec<(String, String)> {
    let lines = profile["conversation_history"].as_array().unwrap();
    lines.iter().map(|line| (text(&line["role"]), text(&line["content"]))).collect()
}

#[test]
fn one_customers_three_calls_to_an_extension_stay_apart() {
    virtually(async || {
        let setup = Setup::open(&REACHING[1..]).await;
        setup.has_number(json!({ "mode": "gather" })).await;
        let words = |number: u32| format!("about invoice {number}, a person please");
        for number in 1..=3 {
            setup.rings(number).await;
            let answer =
                setup.asked(TURN, number, &[("SpeechResult", &words(number)), ("Confidence", "0.9")]).await;
            assert!(answer.contains("<Redirect"), "{answer}");
        }
        for number in 1..=3 {
            let id = setup.id_of(number).await.unwrap();
            for (query, source) in
                [(format!("&call_sid={}", sid(number)), "call_sid"), (format!("&call_id={id}"), "call_id")]
            {
                let told = setup.ask(&format!("/api/customer/data?extension=operator{query}")).await.json();
                assert_eq!((&told["source"], &told["call_id"]), (&json!(source), &json!(id)));
                let own: Vec<_> = said(&told).into_iter().filter(|(role, _)| role == "caller").collect();
                assert_eq!(own, [("caller".to_owned(), words(number))]);
            }
        }
        let newest = setup.ask("/api/customer/data?extension=2001").await.json();
        assert_eq!((&newest["source"], &newest["call_sid"]), (&json!("extension"), &json!(sid(3))));
        let unknown = setup
            .server()
            .get(&format!("/api/customer/data?extension=2001&call_sid={}", sid(9)), Token::Admin)
            .await;
        assert_eq!(unknown.json()["code"], "profile_not_cached");

        // The next call contains the earlier ones.
        let mut ids = Vec::new();
        for number in 1..=3 {
            setup.is_over(number, "completed").await;
            let id = setup.id_of(number).await.unwrap();
            setup.ended(&id).await;
            ids.insert(0, id);
        }
        setup.rings(4).await;
        setup.asked(TURN, 4, &[("SpeechResult", "a person"), ("Confidence", "0.9")]).await;
        let told = setup.ask(&format!("/api/customer/data?extension=2001&call_sid={}", sid(4))).await.json();
        let before: Vec<String> =
            told["earlier_calls"].as_array().unwrap().iter().map(|call| text(&call["id"])).collect();
        assert_eq!(before, ids);
        assert!(text(&told["earlier_calls"][0]["summary"]).contains(&words(3)), "{told}");
        setup.is_over(4, "completed").await;
        setup.close().await;
    });
}

#[test]
fn a_phone_rings_only_once_the_callers_profile_is_known() {
    virtually(async || {
        let setup = Setup::open(&REACHING).await;
        let (caller, id) = setup.call(1).await;
        setup.rest().holds(&sid(1), &caller);
        setup.wait_said(&id, "greeting").await;
        let asked = json!({ "target": "operator" });
        let path = format!("/api/v1/calls/{id}/handoff");
        assert!(setup.server().post(&path, &asked, Token::Admin).await.status < 300);
        let agent = called(&setup, 0).await;
        for query in [String::new(), format!("&call_sid={}", sid(1)), format!("&call_id={id}")] {
            let profile = setup.ask(&format!("/api/customer/data?extension=2001{query}")).await.json();
            assert_eq!(profile["call_id"], json!(id));
            let roles: Vec<String> = said(&profile).into_iter().map(|(role, _)| role).collect();
            assert_eq!(roles, ["assistant"], "the greeting, which was heard");
        }
        assert_eq!(setup.event(&id, "profile_cached").await["outcome"], "cached");
        agent.comes_to("busy").await;
        setup.event(&id, "handoff_abandoned").await;
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        setup.close().await;
    });
}
