//! Answers that fail while the connection is up.

use cordboard_actors::assistant::openai::session::Retry;
use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use serde_json::json;

use crate::stage::{Stage, message};

fn failed(stage: &mut Stage, response: &str, code: &str) {
    stage.server(
        json!({ "type": "response.done", "response": { "id": response, "status": "failed", "output": [],
        "status_details": { "type": "failed", "error": { "type": code, "code": code, "message": "no" } } } }),
    );
}

#[test]
fn too_many_requests_are_reported_once_and_repeated() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.created("r1", Some("cb_2"));
    stage.acts();
    failed(&mut stage, "r1", "rate_limit_exceeded");
    stage.does(&["interrupted: rate_limited"]);
    stage.after(1_000);
    // The caller hears a phone ring meanwhile.
    stage.does(&["begin 1", "speak 300 ms", "-> response.create cb_3 greeting"]);
    stage.created("r2", Some("cb_3"));
    stage.audio("r2", "a1", 20, "Hello.");
    stage.does(&["complete \"\"", "restored after 1 in 1000 ms", "begin 2 Greeting", "speak 20 ms"]);
}

#[test]
fn endless_failures_end_the_assistant() {
    let mut stage = Stage::ready();
    stage.created("r0", None);
    failed(&mut stage, "r0", "internal_error");
    for (at, tag) in ["cb_2", "cb_3"].iter().enumerate() {
        stage.after(1_100);
        let response = format!("r{}", at + 1);
        stage.created(&response, Some(tag));
        failed(&mut stage, &response, "internal_error");
    }
    let acts = stage.acts();
    assert_eq!(acts.last().unwrap(), "fail: provider_error", "{acts:?}");
    assert_eq!(acts.iter().filter(|act| act.starts_with("interrupted")).count(), 1, "{acts:?}");
    assert_eq!(stage.session.next_deadline(), None);
}

/// Nothing reports how it ended.
#[test]
fn an_empty_answer_is_requested_again() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.created("r1", Some("cb_2"));
    stage.acts();
    stage.server(json!({ "type": "response.done", "response": { "id": "r1", "status": "finished" } }));
    stage.does(&["interrupted: provider_error"]);
    stage.after(1_000);
    stage.does(&["begin 1", "speak 300 ms", "-> response.create cb_3 greeting"]);
    stage.created("r2", Some("cb_3"));
    stage.audio("r2", "a1", 20, "Hello.");
    // It does not even name the answer.
    stage.server(json!({ "type": "response.done", "response": {} }));
    stage.does(&[
        "complete \"\"",
        "restored after 1 in 1000 ms",
        "begin 2 Greeting",
        "speak 20 ms",
        "complete \"Hello.\"",
    ]);
    stage.after(20_000);
    assert!(!stage.acts().iter().any(|act| act.starts_with("connect")), "no answer is due");
}

/// The server says that it is complete, and the caller has heard nothing.
#[test]
fn a_complete_answer_without_sound_is_requested_again() {
    // A line of the call, and nothing was made.
    let mut stage = Stage::ready();
    stage.say(Line::Notice);
    stage.created("r1", Some("cb_2"));
    stage.acts();
    stage.done("r1", "completed", json!([]));
    stage.does(&["interrupted: provider_error"]);
    stage.after(1_000);
    stage.does(&["begin 1", "speak 300 ms", "-> response.create cb_3 notice"]);

    // Words that are only written: the model must not believe that they were heard.
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 700);
    stage.created("r1", None);
    stage.acts();
    stage.done("r1", "completed", json!([message("a1", "At nine.")]));
    stage.does(&["-> conversation.item.delete a1", "interrupted: provider_error"]);
    stage.after(1_000);
    stage.does(&["-> response.create cb_3"]);

    // A model may have nothing to say.
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.done("r1", "completed", json!([message("a1", "")]));
    stage.after(1_000);
    stage.does(&[]);
}

/// Its sound waits until another answer was said.
#[test]
fn a_second_answer_that_broke_off_is_not_requested_again() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "One.");
    stage.created("r2", None);
    stage.audio("r2", "a2", 60, "Two.");
    stage.done("r2", "incomplete", json!([message("a2", "Two.")]));
    stage.item_done("r1", "a1", "One.");
    stage.done("r1", "completed", json!([message("a1", "One.")]));
    let acts = stage.acts();
    assert!(acts.contains(&"complete \"Two.\"".to_owned()), "{acts:?}");
    assert!(!acts.iter().any(|act| act.starts_with("interrupted")), "{acts:?}");
}

#[test]
fn an_account_without_credit_ends_the_assistant_at_once() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    failed(&mut stage, "r1", "insufficient_quota");
    stage.does(&["fail: quota_exhausted"]);
}

#[test]
fn the_received_part_of_an_incomplete_answer_counts() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "There is so much");
    stage.server(json!({ "type": "response.done", "response": { "id": "r1", "status": "incomplete",
        "status_details": { "type": "incomplete", "reason": "max_output_tokens" } } }));
    stage.does(&["begin 1", "speak 100 ms", "complete \"There is so much\"", "warn"]);
}

#[test]
fn a_premature_request_is_repeated_after_the_other_answer() {
    let mut stage = Stage::ready();
    stage.say(Line::StillThere);
    stage.does(&["-> response.create cb_2 still_there"]);
    stage.server(
        json!({ "type": "response.created", "response": { "id": "r1", "metadata": { "cordboard": "x" } } }),
    );
    stage.error("conversation_already_has_active_response", Some("cb_2"));
    stage.does(&[]);
    stage.done("r1", "completed", json!([]));
    stage.does(&["-> response.create cb_3 still_there"]);
}

/// The server makes one answer at a time, and a line of ours was being made when the caller's turn ended.
#[test]
fn a_caller_unanswered_during_a_line_is_answered_after_it() {
    let mut stage = Stage::ready();
    let speech = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 });
    stage.server(speech);
    stage.say(Line::UnknownKey);
    stage.does(&["caller speaks", "-> response.create cb_2 unknown_key"]);
    stage.created("r1", Some("cb_2"));
    let speech = json!({ "type": "input_audio_buffer.speech_stopped", "item_id": "u1", "audio_end_ms": 300 });
    stage.server(speech);
    stage.error("conversation_already_has_active_response", None);
    stage.audio("r1", "a1", 100, "That key does nothing.");
    stage.does(&["caller spoke 300 ms", "begin 1 UnknownKey", "speak 100 ms"]);
    stage.done("r1", "completed", json!([]));
    stage.does(&["complete \"That key does nothing.\"", "-> response.create cb_3"]);
}

#[test]
fn a_server_refusing_inline_instructions_gets_them_before_the_answer() {
    let mut stage = Stage::ready();
    stage.say(Line::Goodbye);
    stage.acts();
    stage.error("unsupported", Some("cb_2"));
    let acts = stage.acts();
    assert_eq!(acts[0], "warn");
    assert!(acts[1].starts_with("-> conversation.item.create system: Say goodbye"), "{acts:?}");
    assert!(acts[2].starts_with("-> response.create"), "{acts:?}");
}

/// It accepted shorter ones before, and named its answers' requests; those without instructions have no name.
#[test]
fn a_server_that_refuses_instructions_later_is_still_understood() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.answer("r1", Some("cb_2"), "a1", 100, "Hello.");
    stage.say(Line::UnknownKey);
    stage.acts();
    stage.error("string_above_max_length", Some("cb_3"));
    stage.answer("r2", None, "a2", 100, "That key does nothing.");
    stage.acts();
    stage.say(Line::StillThere);
    let acts = stage.acts();
    assert!(acts.last().is_some_and(|act| act.starts_with("-> response.create")), "{acts:?}");
}

#[test]
fn harmless_errors_are_ignored() {
    let mut stage = Stage::ready();
    for code in ["response_cancel_not_active", "unsupported_content_type", "invalid_value"] {
        stage.error(code, Some("cb_9"));
    }
    stage.does(&[]);
    stage.error("internal_error", None);
    stage.does(&["warn"]);
    // The same code matters if the session does not accept its settings.
    stage.attend(Attention::Listen);
    stage.does(&["-> session.update answers=false"]);
    stage.error("invalid_value", Some("cb_2"));
    stage.does(&["warn"]);
}

#[test]
fn a_rate_limit_that_is_nearly_reached_is_reported_once() {
    let mut stage = Stage::ready();
    let rates = |remaining: u32| {
        json!({ "type": "rate_limits.updated", "rate_limits": [
        { "name": "tokens", "limit": 1000, "remaining": remaining, "reset_seconds": 3.5 }] })
    };
    stage.server(rates(500));
    stage.does(&[]);
    stage.server(rates(20));
    stage.server(rates(10));
    stage.does(&["warn"]);
}

#[test]
fn usage_of_a_cancelled_answer_counts_too() {
    let mut stage = Stage::ready();
    stage
        .server(json!({ "type": "response.done", "response": { "id": "r7", "status": "cancelled", "usage": {
        "output_token_details": { "audio_tokens": 9, "text_tokens": 1 } } } }));
    stage.does(&["used model-1 r7 9"]);
}

/// The caller hangs up while it is being made.
#[test]
fn usage_of_an_answer_at_the_calls_end_is_awaited() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "We open");
    stage.order(AssistantOrder::SayText("Your table is ready.".to_owned()));
    stage.acts();
    assert!(!stage.session.has_words_due());
    stage.session.goodbye();
    stage.does(&["-> response.cancel r1"]);
    assert!(stage.session.has_words_due());
    stage.server(json!({ "type": "response.done", "response": { "id": "r1", "status": "cancelled",
        "usage": { "output_token_details": { "audio_tokens": 9, "text_tokens": 1 } } } }));
    let acts = stage.acts();
    assert!(acts.contains(&"used model-1 r1 9".to_owned()), "{acts:?}");
    assert!(!acts.iter().any(|act| act.contains("response.create")), "nothing more is said: {acts:?}");
    assert!(!stage.session.has_words_due());
}

/// The caller hangs up between the request for it and its beginning: it is billed all the same.
#[test]
fn usage_of_an_answer_requested_at_the_end_is_awaited() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.acts();
    stage.session.goodbye();
    assert!(stage.session.has_words_due());
    stage.created("r1", Some("cb_2"));
    stage.does(&["-> response.cancel r1"]);
    stage.server(json!({ "type": "response.done", "response": { "id": "r1", "status": "cancelled",
        "usage": { "output_token_details": { "audio_tokens": 9, "text_tokens": 1 } } } }));
    stage.does(&["used model-1 r1 9"]);
    assert!(!stage.session.has_words_due());
}

/// Words of the caller that arrive after the end of the call may still be answered by the server.
#[test]
fn an_answer_begun_after_the_calls_end_is_cancelled() {
    let mut stage = Stage::ready();
    stage.session.goodbye();
    stage.created("r1", None);
    stage.does(&["-> response.cancel r1"]);
}

#[test]
fn nothing_follows_a_failure() {
    let mut stage = Stage::ready();
    stage.lost(ProviderFailure::Unauthorized, Retry::Never);
    stage.does(&["fail: unauthorized"]);
    stage.attend(Attention::Listen);
    stage.say(Line::Goodbye);
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.after(60_000);
    stage.does(&[]);
}

#[test]
fn nothing_follows_answers_that_failed_too_often() {
    let mut stage = Stage::ready();
    for answer in ["r1", "r2", "r3"] {
        stage.created(answer, None);
    }
    for answer in ["r1", "r2", "r3"] {
        stage.done(answer, "incomplete", json!([]));
    }
    assert!(stage.acts().iter().any(|act| act.starts_with("fail: ")));
    stage.attend(Attention::Listen);
    stage.does(&[]);
}
