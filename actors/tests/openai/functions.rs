//! Functions that the model calls.

use cordboard_actors::assistant::openai::session::Retry;
use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Value, json};

use crate::stage::{Stage, message};

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({ "id": format!("item_{id}"), "type": "function_call", "call_id": id, "name": name,
        "arguments": arguments })
}

fn ended(stage: &mut Stage, tool_call: &str, note: &str) {
    let outcome = ToolOutcome::done(note);
    stage.order(AssistantOrder::ToolResult { tool_call: tool_call.to_owned(), outcome });
}

#[test]
fn an_answers_functions_are_answered_in_order_by_one_request() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    let calls = json!([call("c1", "look_up", r#"{"day":1}"#), call("c2", "book", "")]);
    stage.done("r1", "completed", calls);
    stage.does(&[r#"tool c1 look_up {"day":1}"#, "tool c2 book {}"]);
    ended(&mut stage, "c2", "booked");
    stage.does(&[]);
    ended(&mut stage, "c1", "free");
    ended(&mut stage, "c1", "free");
    stage.does(&[
        r#"-> conversation.item.create function_call_output: c1{"result":"free"}"#,
        r#"-> conversation.item.create function_call_output: c2{"result":"booked"}"#,
        "-> response.create cb_4",
    ]);
}

#[test]
fn arguments_that_are_not_json_are_answered_at_once() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.done("r1", "completed", json!([call("c1", "book", "{\"day\": ")]));
    let acts = stage.acts();
    assert!(
        acts[0].starts_with("-> conversation.item.create function_call_output: c1{\"error\":"),
        "{acts:?}"
    );
    assert_eq!(acts[1], "-> response.create cb_3");
}

#[test]
fn functions_of_a_cut_answer_do_not_run() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.done("r1", "cancelled", json!([call("c1", "book", "{}")]));
    stage.created("r2", None);
    let speech = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 });
    stage.server(speech);
    stage.does(&["caller speaks"]);
    // It was complete before the server knew: its function is in the conversation, and a call without an output would
    // stall later turns.
    stage.done("r2", "completed", json!([call("c2", "book", "{}"), call("c2", "book", "{}")]));
    let output = r#"c2{"error":"this was not done: the answer was cut off"}"#;
    stage.does(&[&format!("-> conversation.item.create function_call_output: {output}")]);
    stage.after(1_000);
    stage.does(&[]);
}

/// The conversation contains the complete items of an answer that was cancelled or broke off.
#[test]
fn a_whole_function_of_a_broken_answer_gets_its_output() {
    for status in ["cancelled", "incomplete", "failed"] {
        let mut stage = Stage::ready();
        stage.created("r1", None);
        let mut whole = call("c1", "book", "{}");
        whole["status"] = json!("completed");
        let mut cut = call("c2", "book", "{\"da");
        cut["status"] = json!("incomplete");
        stage.done("r1", status, json!([whole, cut]));
        let output = r#"c1{"error":"this was not done: the answer was cut off"}"#;
        let acts = stage.acts();
        assert_eq!(
            acts[0],
            format!("-> conversation.item.create function_call_output: {output}"),
            "{status}"
        );
        assert!(!acts.iter().any(|act| act.starts_with("tool ") || act.contains("c2")), "{acts:#?}");
    }
}

/// The answer is "One moment, I will book that", and nothing else: the caller would wait for something that was not done.
#[test]
fn an_answer_without_its_function_is_requested_again() {
    let mut cut = call("c1", "book", "{\"da");
    cut["status"] = json!("incomplete");
    let mut whole = call("c1", "book", "{}");
    whole["status"] = json!("completed");
    let output = r#"c1{"error":"this was not done: the answer was cut off"}"#;
    let declined = format!("-> conversation.item.create function_call_output: {output}");
    for (item, output) in [(cut, None), (whole, Some(declined))] {
        let mut stage = Stage::ready();
        stage.created("r1", None);
        stage.audio("r1", "a1", 100, "One moment.");
        stage.item_done("r1", "a1", "One moment.");
        stage.acts();
        stage.done("r1", "incomplete", json!([message("a1", "One moment."), item]));
        let expected = output.into_iter().chain(["interrupted: provider_error".to_owned()]);
        let acts = stage.acts();
        assert!(acts.ends_with(&expected.collect::<Vec<_>>()), "{acts:#?}");
        stage.after(1_000);
        let acts = stage.acts();
        assert!(acts.len() == 1 && acts[0].starts_with("-> response.create"), "{acts:#?}");
    }
}

/// The caller has interrupted it: they are heard instead.
#[test]
fn an_answer_cut_by_the_caller_is_not_requested_again() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "One moment.");
    let speech = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 });
    stage.server(speech);
    let mut whole = call("c1", "book", "{}");
    whole["status"] = json!("completed");
    stage.done("r1", "incomplete", json!([message("a1", "One moment."), whole]));
    stage.after(5_000);
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.starts_with("-> response.create")), "{acts:#?}");
}

#[test]
fn arguments_that_are_an_object_are_read() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    let mut asked = call("c1", "book", "");
    asked["arguments"] = json!({ "day": 1 });
    stage.done("r1", "completed", json!([asked]));
    stage.does(&[r#"tool c1 book {"day":1}"#]);
}

#[test]
fn a_result_waits_for_the_answer_that_may_contain_it() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.done("r1", "completed", json!([call("c1", "look_up", "{}")]));
    stage.caller_speaks("u1", 400);
    stage.created("r2", None);
    stage.acts();
    ended(&mut stage, "c1", "free");
    stage.does(&[r#"-> conversation.item.create function_call_output: c1{"result":"free"}"#]);
    stage.done("r2", "completed", json!([]));
    stage.does(&["-> response.create cb_3"]);

    // No answer is requested while the caller speaks: the server answers the caller, and the result as well.
    stage.created("r3", Some("cb_3"));
    stage.done("r3", "completed", json!([call("c2", "look_up", "{}")]));
    let speech = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u2", "audio_start_ms": 0 });
    stage.server(speech);
    ended(&mut stage, "c2", "free");
    let speech = json!({ "type": "input_audio_buffer.speech_stopped", "item_id": "u2", "audio_end_ms": 300 });
    stage.server(speech);
    stage.created("r4", None);
    stage.done("r4", "completed", json!([]));
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.starts_with("-> response.create")), "{acts:?}");
}

/// The server has begun the first answer when it gets the second output.
#[test]
fn an_output_sent_after_a_request_is_answered_too() {
    let mut stage = Stage::ready();
    for (answer, id) in [("r1", "c1"), ("r2", "c2")] {
        stage.created(answer, None);
        stage.done(answer, "completed", json!([call(id, "look_up", "{}")]));
    }
    ended(&mut stage, "c1", "free");
    let tag = asked_as(&stage.acts());
    ended(&mut stage, "c2", "full");
    stage.does(&[r#"-> conversation.item.create function_call_output: c2{"result":"full"}"#]);
    stage.answer("r3", Some(&tag), "a1", 500, "The first one is free.");
    let tag = asked_as(&stage.acts());
    stage.answer("r4", Some(&tag), "a2", 500, "The second one is full.");
    stage.after(100);
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.starts_with("-> response.create")), "{acts:#?}");
}

/// A person is rung for minutes, and the caller asks something else meanwhile.
#[test]
fn a_long_function_holds_up_no_later_one() {
    let mut stage = Stage::ready();
    for (answer, id, name) in [("r1", "c1", "request_handoff"), ("r2", "c2", "look_up")] {
        stage.created(answer, None);
        stage.done(answer, "completed", json!([call(id, name, "{}")]));
    }
    stage.acts();
    ended(&mut stage, "c2", "free");
    stage.does(&[
        r#"-> conversation.item.create function_call_output: c2{"result":"free"}"#,
        "-> response.create cb_3",
    ]);
    ended(&mut stage, "c1", "nobody is there");
    stage.does(&[r#"-> conversation.item.create function_call_output: c1{"result":"nobody is there"}"#]);
}

/// Its model would otherwise call them again as soon as the caller asks.
#[test]
fn a_new_session_knows_the_functions_that_still_run() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.done("r1", "completed", json!([call("c1", "book", "{}"), call("c2", "look_up", "{}")]));
    ended(&mut stage, "c2", "free");
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.connect(None);
    let acts = stage.acts();
    let note = "-> conversation.item.create system: Tools that you called before still run: book, look_up. Wait for them.";
    assert_eq!(acts.iter().filter(|act| *act == note).count(), 1, "{acts:#?}");
    ended(&mut stage, "c1", "booked");
    let acts = stage.acts();
    let calls = [
        "-> conversation.item.create function_call: c1",
        r#"-> conversation.item.create function_call_output: c1{"result":"booked"}"#,
        "-> conversation.item.create function_call: c2",
        r#"-> conversation.item.create function_call_output: c2{"result":"free"}"#,
    ];
    assert_eq!(acts[..calls.len()], calls);
    assert!(acts.last().is_some_and(|act| act.starts_with("-> response.create")), "{acts:#?}");
}

#[test]
fn a_listening_session_only_answers_functions() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.done("r1", "completed", json!([call("c1", "end_call", "{}")]));
    stage.attend(Attention::Listen);
    ended(&mut stage, "c1", "the call ends");
    let acts = stage.acts();
    assert!(acts.last().unwrap().contains("function_call_output"), "{acts:?}");
    stage.after(5_000);
    stage.does(&[]);
}

/// The call runs nothing twice, and identifies functions by id.
#[test]
fn functions_with_equal_ids_are_each_run_and_answered() {
    let mut stage = Stage::ready();
    for (answer, tool_call) in [("r1", "c1"), ("r2", "c1@2"), ("r3", "c1@3")] {
        stage.created(answer, None);
        stage.done(answer, "completed", json!([call("c1", "book", "{}")]));
        stage.does(&[&format!("tool {tool_call} book {{}}")]);
        ended(&mut stage, tool_call, "booked");
        let acts = stage.acts();
        assert_eq!(acts[0], r#"-> conversation.item.create function_call_output: c1{"result":"booked"}"#);
    }
}

#[test]
fn changed_functions_are_sent_between_answers() {
    let tool = |name: &'static str| cordboard_actors::tools::ToolDefinition {
        name: name.into(),
        description: "".into(),
        parameters: json!({ "type": "object", "properties": {} }).into(),
    };
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.order(AssistantOrder::Tools([tool("end_call")].into()));
    stage.does(&[]);
    stage.order(AssistantOrder::Tools([tool("end_call"), tool("request_handoff")].into()));
    stage.done("r1", "completed", json!([]));
    stage.does(&["-> session.update tools=end_call,request_handoff"]);
    stage.order(AssistantOrder::Tools([tool("end_call"), tool("request_handoff")].into()));
    stage.does(&[]);
}

#[test]
fn endless_functions_are_refused_after_the_first_ones() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    let calls: Vec<Value> = (0..20_000).map(|number| call(&format!("c{number}"), "book", "{}")).collect();
    stage.done("r1", "completed", calls.into());
    let acts = stage.acts();
    assert_eq!(acts.len(), 16, "{acts:#?}");
    assert!(acts.iter().all(|act| act.starts_with("tool c")), "{acts:#?}");
    (0..16).for_each(|number| ended(&mut stage, &format!("c{number}"), "booked"));
    let acts = stage.acts();
    assert_eq!(acts.iter().filter(|act| act.contains("too many functions")).count(), 256 - 16);
    assert!(acts.last().unwrap().starts_with("-> response.create "), "{:?}", acts.last());
}

/// The tag of the only answer that was requested.
fn asked_as(acts: &[String]) -> String {
    let mut tags = acts.iter().filter_map(|act| act.strip_prefix("-> response.create "));
    let tag = tags.next().unwrap().to_owned();
    assert_eq!(tags.next(), None, "{acts:#?}");
    tag
}

/// Functions of sixteen answers run, and the model requests more in each further answer.
#[test]
fn functions_of_too_many_answers_get_one_output_each() {
    let mut stage = Stage::ready();
    for number in 0..16 {
        let answer = format!("r{number}");
        stage.created(&answer, None);
        stage.done(&answer, "completed", json!([call(&format!("c{number}"), "book", "{}")]));
    }
    let mut acts = stage.acts();
    assert!(acts.len() == 16 && acts.iter().all(|act| act.starts_with("tool c")), "{acts:#?}");

    stage.created("r16", None);
    stage.done("r16", "completed", json!([call("c16", "book", "{}"), call("c17", "book", "{")]));
    let refused = stage.acts();
    let error = r#"{"error":"too many calls at once: wait for the earlier ones"}"#;
    let output = |id: &str| format!("-> conversation.item.create function_call_output: {id}{error}");
    assert_eq!(refused[..3], ["warn".to_owned(), output("c16"), output("c17")]);
    assert!(refused[3].starts_with("-> response.create "), "the model may say so: {refused:#?}");
    assert_eq!(refused.len(), 4, "{refused:#?}");
    let tag = asked_as(&refused);
    acts.extend(refused);
    stage.created("r17", Some(&tag));
    stage.done("r17", "completed", json!([]));

    (0..18).for_each(|number| ended(&mut stage, &format!("c{number}"), "booked"));
    let outputs = stage.acts();
    let tag = asked_as(&outputs);
    acts.extend(outputs);
    for number in 0..18 {
        let begins = format!("-> conversation.item.create function_call_output: c{number}{{");
        assert_eq!(acts.iter().filter(|act| act.starts_with(&begins)).count(), 1, "c{number}: {acts:#?}");
    }

    // There is room again.
    stage.created("r18", Some(&tag));
    stage.done("r18", "completed", json!([call("c18", "book", "{}")]));
    assert!(stage.acts().contains(&"tool c18 book {}".to_owned()));
}

#[test]
fn huge_arguments_are_answered_at_once() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    let long = format!("{{\"day\":\"{}\"}}", "x".repeat(10_000_000));
    stage.done("r1", "completed", json!([call("c1", "book", &long)]));
    let acts = stage.acts();
    assert!(
        acts[0].contains("function_call_output: c1{\"error\":\"the arguments have more than"),
        "{:.300}",
        acts[0]
    );
    assert!(acts.iter().all(|act| act.len() < 1_000));
}

#[test]
fn an_answer_of_very_many_messages_is_said_in_part() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 800);
    stage.created("r1", None);
    (0..1_000).for_each(|number| stage.audio("r1", &format!("m{number}"), 20, "And."));
    let begun = stage.acts().iter().filter(|act| act.starts_with("begin ")).count();
    assert_eq!(begun, 256);
}

#[test]
fn megabytes_of_transcribed_words_are_kept_only_in_part() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 800);
    stage.transcribed("u1", &"é".repeat(5_000_000));
    let acts = stage.acts();
    let said = acts.iter().find(|act| act.starts_with("caller said ")).unwrap();
    assert_eq!(said.matches('é').count(), 16_384);
}
