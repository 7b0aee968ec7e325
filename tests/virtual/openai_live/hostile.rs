//! A hostile provider: what it sends is bounded, and the call goes on.

use cordboard_test_support::openai::{Answer, Entry, Script};
use serde_json::json;
use tokio::time::sleep;

use super::stage::Stage;
use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

fn script() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
        "We open at nine.",
        700.0,
        ms(800),
    ))
}

/// After the greeting these are sent as they are; then the conversation goes on as if nothing had happened.
async fn goes_on_behind(texts: &[String]) {
    let stage = Stage::opened(script(), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    for text in texts {
        stage.provider.say_raw(text);
        sleep(ms(20)).await;
    }
    sleep(ms(3_000)).await;
    talk.ask(700.0).await;
    assert_eq!(stage.connections(), 1, "it was reconnected");
    assert_eq!(talk.events_of("assistant_failed").await.len(), 0);
    talk.hang_up().await;
    stage.world().balanced().await;
    stage.closed().await;
}

#[test]
fn events_of_any_shape_and_order_change_nothing() {
    let texts = [
        json!({ "type": "session.started", "session": { "id": "another", "expires_at": 1 } }),
        json!({ "type": "session.started", "session": 7 }),
        json!({ "type": "session.output_audio.delta", "delta": "/w", "format": "audio/opus" }),
        json!({ "type": "session.output_audio.delta", "delta": "" }),
        json!({ "type": "session.output_audio.delta" }),
        json!({ "type": "session.output_transcript.delta", "delta": "", "start_ms": -5 }),
        json!({ "type": "session.delegation.created", "offset_ms": 1,
            "delegation": { "id": "never", "type": "delegation", "target": "client" } }),
        json!({ "type": "response.event", "event": { "type": "response.output_item.done",
            "item": { "type": "function_call", "name": "end_call" } } }),
        json!({ "type": "response.event", "delegation_id": "never", "event": { "type": "response.completed" } }),
        json!({ "type": "response.event" }),
        json!({ "type": "session.usage.updated", "usage": { "seconds": -1e300 } }),
        json!({ "type": "session.input_audio.muted", "more": [{}] }),
        json!({ "type": "error", "error": { "type": "server_error", "code": null, "message": null } }),
        json!({ "type": "error", "error": "no" }),
        json!({ "type": "info", "code": "x", "message": "y" }),
        json!({ "type": "transport.dtmf.received", "event": "5" }),
        json!([1, 2, 3]),
        json!({ "type": null }),
    ];
    let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
    virtually(async || goes_on_behind(&texts).await);
}

#[test]
fn three_megabytes_in_one_event_are_read_and_forgotten() {
    let words = "a".repeat(3 << 20);
    let texts = [
        json!({ "type": "session.mood.updated", "content": words }).to_string(),
        // Minutes of silence.
        json!({ "type": "session.output_audio.delta", "delta": "/".repeat(3 << 20) }).to_string(),
        json!({ "type": "response.event", "event": { "type": "response.output_text.delta", "delta": words } }).to_string(),
    ];
    virtually(async || goes_on_behind(&texts).await);
}

#[test]
fn a_function_requested_twice_runs_once() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let call = json!({ "type": "response.event", "delegation_id": "d", "event": { "type": "response.output_item.done",
            "item": { "type": "function_call", "call_id": "same", "name": "transfer_call",
                "arguments": "{\"target\":\"nobody\"}" } } });
        for _ in 0..3 {
            stage.provider.say_raw(&call.to_string());
            sleep(ms(300)).await;
        }
        assert_eq!(talk.events_of("tool_finished").await.len(), 1);
        assert_eq!(stage.returned(0), 1);
        talk.hang_up().await;
        // The stand-in itself has not asked for it.
        let Stage { server, provider, .. } = stage;
        server.close().await;
        assert_eq!(provider.into_violations().len(), 1);
    });
}

/// The call answers the 64 functions that one response may request. One more gets a single output.
#[test]
fn a_function_too_many_gets_one_output() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let asks = |id: &str| {
            let item = json!({ "type": "function_call", "call_id": id, "name": "transfer_call",
                "arguments": "{\"target\":\"nobody\"}" });
            let event = json!({ "type": "response.output_item.done", "item": item });
            stage.provider.say_raw(
                &json!({ "type": "response.event", "delegation_id": "d", "event": event }).to_string(),
            );
        };
        for number in 0..64 {
            asks(&number.to_string());
            sleep(ms(100)).await;
        }
        for _ in 0..2 {
            asks("more");
            sleep(ms(100)).await;
        }
        let of_more = |entry: &&Entry| entry.event["item"]["call_id"] == "more";
        let connection = stage.connection(0);
        assert_eq!(connection.from_client("response.item.create").filter(of_more).count(), 1);
        assert_eq!(stage.returned(0), 65);
        talk.hang_up().await;
        // The stand-in itself has not asked for them.
        let Stage { server, provider, .. } = stage;
        server.close().await;
        assert!(!provider.into_violations().is_empty());
    });
}

#[test]
fn an_endless_answer_comes_in_parts_until_the_call_ends() {
    virtually(async || {
        let endless = Answer::say("On and on.", 1000.0, ms(200_000));
        let stage = Stage::opened(Script::new().greeting(endless), &[]).await;
        let talk = stage.caller().await;
        sleep(ms(125_000)).await;
        assert_eq!(talk.events_of("item_complete").await.len(), 1, "a part of two minutes");
        talk.hang_up().await;
        stage.world().balanced().await;
        stage.closed().await;
    });
}
