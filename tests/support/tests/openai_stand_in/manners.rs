//! The stand-in's own behaviour: order, sound, turns, interruption, memory.

use std::time::Duration;

use cordboard_test_support::audio::{Sound, babble, silence};
use cordboard_test_support::openai::{Answer, AudioFormat, Content, End, Pace, Script, Words};
use serde_json::json;

use crate::client::{Client, LIMIT, create};

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn turn() -> Sound {
    let mut sound = babble(1, ms(1000), 8000);
    sound.samples.extend(silence(ms(600), 8000).samples);
    sound
}

#[test]
fn a_response_comes_in_order_with_tone_and_words() {
    let answer = Answer::say("Good day to you.", 700.0, ms(1000)).and_call("end_call", &json!({ "a": 1 }));
    let (provider, mut client) = Client::with(Script::new().greeting(answer));
    client.send(&create());
    let done = client.wait("response.done");
    client.wait("rate_limits.updated");
    let mut kinds = client.kinds();
    kinds.dedup();
    kinds.retain(|kind| !kind.ends_with("transcript.delta"));
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "session.created",
            "session.updated",
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]
    );
    let sound = client.sound(AudioFormat::Pcmu, "response.output_audio.delta");
    assert!(sound.length() == ms(1000) && sound.tone_share(700.0) > 0.95, "{:?}", sound.length());
    assert_eq!(done["response"]["output"][1]["arguments"], "{\"a\":1}");
    assert_eq!(done["response"]["usage"]["total_tokens"], 1950);
    let _unanswered = provider.into_violations();
}

#[test]
fn a_long_answer_comes_faster_than_it_sounds() {
    let script = Script::new()
        .greeting(Answer::say("Ten seconds.", 700.0, ms(10_000)).paced(Pace::Burst))
        .greeting(Answer::say("Two seconds.", 700.0, ms(2000)));
    let (provider, mut client) = Client::with(script);
    for (length, limit) in [(ms(10_000), ms(400)), (ms(2000), ms(1000))] {
        client.events.clear();
        client.send(&create());
        client.wait("response.done");
        let connection = provider.connection(0).unwrap();
        let deltas: Vec<_> = connection.from_server("response.output_audio.delta").collect();
        let of_this = &deltas
            [deltas.len() - client.kinds().iter().filter(|kind| kind.ends_with("audio.delta")).count()..];
        let took = of_this.last().unwrap().at - of_this[0].at;
        assert!(took < limit, "{took:?}");
        assert_eq!(client.sound(AudioFormat::Pcmu, "response.output_audio.delta").length(), length);
    }
}

#[test]
fn a_turn_is_noticed_answered_and_transcribed() {
    let script = Script::new()
        .turn(Answer::say("I heard you.", 600.0, ms(300)))
        .words(Words::Heard("A table, please.".to_owned(), ms(600)))
        .words(Words::Failed);
    let (provider, mut client) = Client::with(script);
    client.speak(&turn());
    let item = client.wait("input_audio_buffer.committed")["item_id"].clone();
    client.wait("response.done");
    let completed = client.wait("conversation.item.input_audio_transcription.completed");
    assert_eq!((&completed["item_id"], &completed["transcript"]), (&item, &json!("A table, please.")));
    client.speak(&turn());
    client.wait("conversation.item.input_audio_transcription.failed");
    client.wait("response.done");
    let connection = provider.connection(0).unwrap();
    assert_eq!(
        connection.conversation.lines(),
        ["caller: A table, please.", "model: I heard you.", "caller: ", "model: I see."]
    );
    assert_eq!(connection.heard.length(), turn().length() * 2);
    provider.finish();
}

#[test]
fn speech_cancels_a_response_whose_late_deltas_still_come() {
    let long = Answer::say("One two three four five six seven.", 700.0, ms(6000)).paced(Pace::Times(1.0));
    let (provider, mut client) = Client::with(Script::new().greeting(long));
    client.send(&create());
    client.wait("response.output_audio.delta");
    client.speak(&babble(1, ms(300), 8000));
    client.wait("input_audio_buffer.speech_started");
    let before = client.events.len();
    let done = client.wait("response.done");
    assert_eq!(done["response"]["status_details"]["reason"], "turn_detected");
    assert_eq!(done["response"]["output"][0]["status"], "incomplete");
    let late = client.kinds()[before..].iter().filter(|kind| **kind == "response.output_audio.delta").count();
    assert_eq!(late, 3);
    let item = done["response"]["output"][0]["id"].clone();
    let truncate = json!({ "type": "conversation.item.truncate", "item_id": item, "content_index": 0,
                           "audio_end_ms": 30 });
    client.send(&truncate);
    client.wait("conversation.item.truncated");
    let known = provider.connection(0).unwrap().conversation;
    let Content::ModelSpoke { truncated_at_ms, .. } = &known.items[0].content else { panic!("{known:?}") };
    assert_eq!(*truncated_at_ms, Some(30));
    client.send(&json!({ "type": "conversation.item.delete", "item_id": item }));
    client.wait("conversation.item.deleted");
    assert_eq!(provider.connection(0).unwrap().conversation.lines(), Vec::<String>::new());
    provider.finish();
}

#[test]
fn a_restored_conversation_is_remembered() {
    let (provider, mut client) = Client::with(Script::new());
    let texts = [
        ("system", "input_text", "Go on."),
        ("user", "input_text", "When?"),
        ("assistant", "output_text", "At"),
    ];
    for (role, kind, text) in texts {
        let item = json!({ "type": "message", "role": role, "content": [{ "type": kind, "text": text }] });
        client.send(&json!({ "type": "conversation.item.create", "item": item }));
        client.wait("conversation.item.done");
    }
    let call = json!({ "type": "function_call", "call_id": "call_1", "name": "end_call", "arguments": "{}" });
    let output = json!({ "type": "function_call_output", "call_id": "call_1", "output": "done" });
    for item in [call, output] {
        client.send(&json!({ "type": "conversation.item.create", "item": item }));
        client.wait("conversation.item.done");
    }
    let lines = provider.connection(0).unwrap().conversation.lines();
    assert_eq!(
        lines,
        ["system: Go on.", "user: When?", "assistant: At", "called end_call {}", "returned done"]
    );
    provider.finish();
}

#[test]
fn the_request_and_the_end_are_kept() {
    let (provider, client) = Client::with(Script::new());
    let connection = provider.connection(0).unwrap();
    assert_eq!((&*connection.path, &*connection.query), ("/v1/realtime", "model=gpt-realtime-2.1"));
    assert_eq!(connection.header("authorization"), Some("Bearer sk-of-the-test"));
    drop(client);
    let end = provider.wait(0, "the end", LIMIT, |connection| connection.ended.clone()).unwrap().1;
    assert_eq!(end, End::Lost);
    assert_eq!(provider.connection_count(), 1);
    provider.finish();
}
