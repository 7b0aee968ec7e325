//! A client that breaks a rule is caught: one test for each rule.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::openai::{Answer, Dialect, OpenAiStandIn, Pace, Referee, Rule, Script};
use serde_json::{Value, json};

use crate::client::{Client, LIMIT, create, session_update};

/// More than what may cross on the wire.
const NO_CROSSING: Duration = Duration::from_millis(300);

/// Asserts that exactly this rule was broken, and that a test with such a client fails.
#[track_caller]
fn assert_caught(provider: OpenAiStandIn, rule: Rule) {
    let seen = || Some(provider.violations()).filter(|violations| !violations.is_empty());
    let violations = cordboard_test_support::waiting::wait_until("a violation", LIMIT, seen).unwrap();
    assert!(violations.iter().all(|(_, violation)| violation.rule == rule), "{violations:?}");
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| provider.finish()));
    assert!(failed.is_err());
}

fn said(client: &mut Client) -> Value {
    client.send(&create());
    client.wait("response.done")["response"]["output"][0]["id"].clone()
}

fn called() -> (OpenAiStandIn, Client, String) {
    let answer = Answer::call("end_call", &json!({})).and_call("end_call", &json!({}));
    let (provider, mut client) = Client::with(Script::new().greeting(answer));
    client.send(&create());
    let done = client.wait("response.done");
    (provider, client, done["response"]["output"][0]["call_id"].as_str().unwrap().to_owned())
}

fn output(call_id: &str) -> Value {
    let item = json!({ "type": "function_call_output", "call_id": call_id, "output": "{}" });
    json!({ "type": "conversation.item.create", "item": item })
}

#[test]
fn a_misspelled_member() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&json!({ "type": "response.create", "respons": {} }));
    assert_caught(provider, Rule::Schema);
}

#[test]
fn an_unknown_event() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&json!({ "type": "response.shout" }));
    assert_caught(provider, Rule::Schema);
}

#[test]
fn text_that_is_no_json() {
    let (provider, mut client) = Client::with(Script::new());
    client.send_text("{\"type\":");
    assert_caught(provider, Rule::Schema);
}

#[test]
fn a_binary_frame() {
    let (provider, mut client) = Client::with(Script::new());
    client.send_binary();
    assert_caught(provider, Rule::Schema);
}

#[test]
fn an_event_id_that_was_used() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&session_update());
    assert_caught(provider, Rule::EventId);
}

#[test]
fn another_first_event_than_session_update() {
    let provider = OpenAiStandIn::start(Script::new()).unwrap();
    let mut client = Client::open(&provider);
    client.send(&json!({ "type": "input_audio_buffer.clear" }));
    assert_caught(provider, Rule::UpdateFirst);
}

#[test]
fn a_response_requested_before_the_session_is_updated() {
    let provider = OpenAiStandIn::start(Script::new()).unwrap();
    let mut client = Client::open(&provider);
    client.send(&session_update());
    client.send(&create());
    assert_caught(provider, Rule::UpdatedFirst);
}

#[test]
fn sound_before_the_session_is_updated() {
    let provider = OpenAiStandIn::start(Script::new()).unwrap();
    let mut client = Client::open(&provider);
    client.send(&session_update());
    client.send(&json!({ "type": "input_audio_buffer.append", "audio": "AAAA" }));
    assert_caught(provider, Rule::UpdatedFirst);
}

#[test]
fn another_voice_than_the_one_that_was_heard() {
    let (provider, mut client) = Client::with(Script::new());
    said(&mut client);
    let audio = json!({ "output": { "voice": "cedar" } });
    client.send(&json!({ "type": "session.update", "session": { "type": "realtime", "audio": audio } }));
    client.wait("error");
    assert_caught(provider, Rule::VoiceStays);
}

#[test]
fn sound_that_is_no_base64() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&json!({ "type": "input_audio_buffer.append", "audio": "no base64" }));
    client.wait("error");
    assert_caught(provider, Rule::Sound);
}

#[test]
fn a_response_requested_while_one_is_active() {
    let long = Answer::say("A long story.", 500.0, Duration::from_secs(4)).paced(Pace::Times(1.0));
    let (provider, mut client) = Client::with(Script::new().greeting(long));
    client.send(&create());
    client.wait("response.created");
    std::thread::sleep(NO_CROSSING);
    client.send(&create());
    assert_eq!(client.wait("error")["error"]["code"], "conversation_already_has_active_response");
    assert_caught(provider, Rule::OneResponse);
}

#[test]
fn a_response_request_crossing_another_is_no_violation() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&create());
    client.send(&create());
    assert_eq!(client.wait("error")["error"]["code"], "conversation_already_has_active_response");
    client.wait("response.done");
    provider.finish();
}

#[test]
fn a_cancel_when_nothing_is_active() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&json!({ "type": "response.cancel" }));
    assert_eq!(client.wait("error")["error"]["code"], "response_cancel_not_active");
    assert_caught(provider, Rule::CancelActive);
}

/// Truncates at a position, and returns the provider's error.
fn truncated(end_ms: u64, of_caller: bool) -> (OpenAiStandIn, Value) {
    let (provider, mut client) = Client::with(Script::new());
    let mut item = said(&mut client);
    if of_caller {
        client.speak(&babble(1, Duration::from_secs(1), 8000));
        client.speak(&silence(Duration::from_millis(700), 8000));
        item = client.wait("input_audio_buffer.committed")["item_id"].clone();
        client.wait("response.done");
    }
    let message = json!({ "type": "conversation.item.truncate", "item_id": item, "content_index": 0,
                          "audio_end_ms": end_ms });
    client.send(&message);
    let error = client.wait("error")["error"].clone();
    (provider, error)
}

#[test]
fn a_truncation_beyond_what_was_sent() {
    let (provider, error) = truncated(601, false);
    assert_eq!(error["message"], "Audio content of 600ms is already shorter than 601ms");
    assert_caught(provider, Rule::Truncate);
}

#[test]
fn a_truncation_at_nothing() {
    let (provider, error) = truncated(0, false);
    assert_eq!(error["code"], "unsupported_content_type");
    assert_caught(provider, Rule::Truncate);
}

#[test]
fn a_truncation_of_the_callers_speech() {
    let (provider, error) = truncated(100, true);
    assert_eq!(error["message"], "Only model output audio messages can be truncated");
    assert_caught(provider, Rule::Truncate);
}

#[test]
fn a_deletion_of_a_missing_item() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&json!({ "type": "conversation.item.delete", "item_id": "item_of_nobody" }));
    client.wait("error");
    assert_caught(provider, Rule::Delete);
}

#[test]
fn an_item_id_that_is_taken() {
    let (provider, mut client) = Client::with(Script::new());
    let content = json!([{ "type": "input_text", "text": "Hello." }]);
    let item = json!({ "id": "mine", "type": "message", "role": "user", "content": content });
    for _ in 0..2 {
        client.send(&json!({ "type": "conversation.item.create", "item": item }));
    }
    client.wait("error");
    assert_caught(provider, Rule::ItemId);
}

#[test]
fn the_models_sound_written_back() {
    let (provider, mut client) = Client::with(Script::new());
    let content = json!([{ "type": "output_audio", "transcript": "Hello." }]);
    let item = json!({ "type": "message", "role": "assistant", "content": content });
    client.send(&json!({ "type": "conversation.item.create", "item": item }));
    client.wait("error");
    assert_caught(provider, Rule::Replay);
}

#[test]
fn an_output_of_a_call_that_was_not_made() {
    let (provider, mut client) = Client::with(Script::new());
    client.send(&output("call_of_nobody"));
    client.wait("error");
    assert_caught(provider, Rule::Output);
}

#[test]
fn a_second_output_of_a_call() {
    let (provider, mut client, first) = called();
    let second = first.replace("_0", "_1");
    for call_id in [&first, &second, &second] {
        client.send(&output(call_id));
    }
    client.wait("error");
    assert_caught(provider, Rule::Output);
}

#[test]
fn an_output_of_a_call_that_was_cancelled_midway() {
    let now = Instant::now();
    for (status, is_broken) in [("incomplete", true), ("completed", false)] {
        let mut referee = Referee::new(Dialect::Ga);
        let item = json!({ "id": "item_1", "type": "function_call", "call_id": "call_1", "status": status });
        let response = json!({ "id": "resp_1", "status": "cancelled", "output": [item] });
        referee.sent(&json!({ "type": "response.created", "response": response }), now);
        let done = json!({ "type": "response.output_item.done", "response_id": "resp_1", "item": item });
        referee.sent(&done, now);
        referee.sent(&json!({ "type": "response.done", "response": response }), now);
        let _ = referee.received(&output("call_1"), now);
        let is_caught = referee.violations.iter().any(|violation| violation.rule == Rule::Output);
        assert_eq!(is_caught, is_broken, "{status}");
    }
}

#[test]
fn a_response_requested_before_all_calls_are_answered() {
    let (provider, mut client, first) = called();
    client.send(&output(&first));
    client.send(&create());
    client.wait("response.created");
    client.send(&output(&first.replace("_0", "_1")));
    // A late output is still better than none.
    provider.wait(0, "both outputs", LIMIT, |of| of.unanswered.is_empty().then_some(())).unwrap();
    assert_caught(provider, Rule::OutputsFirst);
}

#[test]
fn a_second_response_requested_for_the_same_outputs() {
    let (provider, mut client, first) = called();
    client.send(&output(&first));
    client.send(&output(&first.replace("_0", "_1")));
    for _ in 0..2 {
        client.send(&create());
        client.wait("response.done");
    }
    assert_caught(provider, Rule::OutputsFirst);
}

#[test]
fn a_call_that_is_never_answered() {
    let (provider, _client, _) = called();
    assert_caught(provider, Rule::Unanswered);
}

#[test]
fn messages_sent_during_a_stall_count_as_crossing() {
    let began = Instant::now();
    let after = |ms| began + Duration::from_millis(ms);
    let cancel = json!({ "type": "response.cancel", "event_id": "cancel_1" });
    for (cancelled_ms, is_known) in [(3_100, false), (3_400, true)] {
        let mut referee = Referee::new(Dialect::Ga);
        referee.way_stalls(began, after(3_000));
        let response = json!({ "id": "resp_1", "status": "completed" });
        referee.sent(&json!({ "type": "response.created", "response": response }), after(10));
        referee.sent(&json!({ "type": "response.done", "response": response }), after(200));
        let refusal = referee.received(&cancel, after(cancelled_ms)).unwrap_err();
        assert_eq!(refusal.0, "response_cancel_not_active");
        let is_broken = referee.violations.iter().any(|violation| violation.rule == Rule::CancelActive);
        assert_eq!(is_broken, is_known, "{cancelled_ms} ms");
    }
}
