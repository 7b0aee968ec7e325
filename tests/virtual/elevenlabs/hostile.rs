//! A hostile provider: what it sends is bounded, and the call goes on.

use cordboard_test_support::openai::{Answer, Entry, Script, Trouble};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::Stage;
use crate::openai::stage::ms;
use crate::suites::voice::{self, VoiceStage};
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
    sleep(ms(1_500)).await;
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
        json!({ "type": "interruption", "interruption_event": { "event_id": 0 } }),
        json!({ "type": "interruption", "interruption_event": { "event_id": -7 } }),
        json!({ "type": "interruption" }),
        json!({ "type": "agent_response_correction", "agent_response_correction_event":
            { "corrected_agent_response": "never said" } }),
        json!({ "type": "user_transcript", "user_transcription_event": { "user_transcript": 7 } }),
        json!({ "type": "conversation_initiation_metadata", "conversation_initiation_metadata_event":
            { "conversation_id": "other", "agent_output_audio_format": "mp3" } }),
        json!({ "type": "audio", "audio_event": { "audio_base_64": "/w==", "event_id": 1 } }),
        json!({ "type": "audio" }),
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
        json!({ "type": "agent_response_metadata", "deep": words }).to_string(),
        json!({ "type": "agent_response_correction", "agent_response_correction_event":
            { "corrected_agent_response": words, "original_agent_response": "", "event_id": 3 } })
        .to_string(),
    ];
    virtually(async || goes_on_behind(&texts).await);
}

#[test]
fn a_tool_requested_twice_runs_once() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let call = json!({ "type": "client_tool_call", "client_tool_call": { "tool_name": "transfer_call",
            "tool_call_id": "same", "parameters": { "target": "nobody" }, "event_id": 9 } });
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

/// Sends a tool call with an id that the test chooses.
fn asks_for(stage: &Stage, id: &str, tool: &str, parameters: &Value) {
    let call = json!({ "tool_name": tool, "tool_call_id": id, "parameters": parameters, "event_id": 9 });
    stage.provider.say_raw(&json!({ "type": "client_tool_call", "client_tool_call": call }).to_string());
}

/// The outputs on a connection, and whether each is an error.
fn outputs(stage: &Stage, number: usize) -> Vec<(String, bool)> {
    let connection = stage.provider.connection(number).unwrap();
    let output = |entry: &Entry| {
        let id = entry.event["tool_call_id"].as_str().unwrap().to_owned();
        (id, entry.event["is_error"] == true)
    };
    connection.from_client("client_tool_result").map(output).collect()
}

/// Ends a test in which tools were answered that the stand-in itself has not called.
async fn closed(stage: Stage) {
    let Stage { server, provider, .. } = stage;
    server.close().await;
    assert!(!provider.into_violations().is_empty());
}

#[test]
fn the_same_id_in_another_conversation_is_another_request() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for count in 0..2 {
            asks_for(&stage, "1", "transfer_call", &json!({ "target": "nobody" }));
            talk.wait("an output", async || (outputs(&stage, count).len() == 1).then_some(())).await;
            sleep(ms(3_000)).await;
            stage.provider.strike(Trouble::Abort);
            talk.wait("a conversation", async || (stage.connections() == count + 2).then_some(())).await;
            sleep(ms(1_500)).await;
        }
        let done = talk.events_of("tool_finished").await;
        assert_eq!(done.len(), 2, "{done:?}");
        assert_eq!([0, 1].map(|number| outputs(&stage, number).len()), [1, 1]);
        talk.hang_up().await;
        closed(stage).await;
    });
}

#[test]
fn a_running_tool_s_number_is_free_in_another_conversation() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        asks_for(&stage, "1", "take_message", &json!({}));
        voice::introduced(&talk).await;
        stage.provider.strike(Trouble::Abort);
        talk.event("assistant_restored").await;
        // While a message is taken nothing else is done, and that is an answer, too.
        asks_for(&stage, "1", "transfer_call", &json!({ "target": "nobody" }));
        talk.wait("an output", async || (!outputs(&stage, 1).is_empty()).then_some(())).await;
        voice::message_left(&talk).await;
        sleep(ms(3_000)).await;
        assert_eq!(
            outputs(&stage, 1),
            [("1".to_owned(), true)],
            "the message's end answers the other request"
        );
        assert!(stage.remembers(1).contains("The tool take_message that you called"));
        talk.hang_up().await;
        closed(stage).await;
    });
}

#[test]
fn a_request_with_an_endless_number_is_refused_once() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let id = "1".repeat(300);
        for _ in 0..2 {
            asks_for(&stage, &id, "transfer_call", &json!({ "target": "nobody" }));
            sleep(ms(300)).await;
        }
        assert_eq!(outputs(&stage, 0), [(id, true)]);
        assert_eq!(talk.events_of("tool_finished").await.len(), 0);
        talk.hang_up().await;
        closed(stage).await;
    });
}

#[test]
fn an_endless_answer_comes_in_parts_until_the_call_ends() {
    virtually(async || {
        let endless = Answer::say("On and on.", 1000.0, ms(200_000));
        let stage = Stage::opened(Script::new().greeting(endless), &[]).await;
        let talk = stage.caller().await;
        talk.wait_written("a second part", async || {
            (talk.events_of("item_complete").await.len() == 1).then_some(())
        })
        .await;
        talk.hang_up().await;
        stage.world().balanced().await;
        stage.closed().await;
    });
}
