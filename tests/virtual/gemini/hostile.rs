//! A hostile provider: what it sends is bounded, and the call goes on.

use cordboard_test_support::openai::{Answer, Script};
use serde_json::{Value, json};
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

fn sound(mime: &str, data: &str) -> Value {
    let sound = json!({ "inlineData": { "mimeType": mime, "data": data } });
    json!({ "serverContent": { "modelTurn": { "role": "model", "parts": [sound] } } })
}

/// After the greeting these are sent as they are; then the conversation goes on as if nothing had happened.
async fn goes_on_behind(texts: &[String], bytes: &[Vec<u8>]) {
    let stage = Stage::opened(script(), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    for text in texts {
        stage.provider.say_raw(text);
        sleep(ms(20)).await;
    }
    for bytes in bytes {
        stage.provider.say_bytes(bytes);
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
fn odd_messages_and_sound_of_another_format_change_nothing() {
    let texts = [
        json!({ "setupComplete": {} }),
        json!({ "serverContent": { "generationComplete": true, "turnComplete": true, "interrupted": true } }),
        json!({ "serverContent": { "turnComplete": true } }),
        json!({ "serverContent": { "turnComplete": true } }),
        json!({ "serverContent": { "interrupted": true } }),
        json!({ "serverContent": { "modelTurn": { "parts": [null] } } }),
        json!({ "serverContent": { "modelTurn": null, "inputTranscription": null } }),
        json!({ "serverContent": [] }),
        sound("audio/mpeg", "AAAA"),
        sound("audio/pcm;rate=1", "AAAA"),
        sound("audio/pcm;rate=24000", "A"),
        sound("audio/pcm;rate=24000", ""),
        json!({ "toolCallCancellation": { "ids": ["never", "asked"] } }),
        json!({ "toolCall": { "functionCalls": [{ "id": 7 }] } }),
        json!({ "usageMetadata": { "promptTokenCount": -1 } }),
        json!({ "usageMetadata": { "promptTokensDetails": [{ "modality": 7 }] } }),
        json!({ "sessionResumptionUpdate": { "newHandle": 7, "resumable": true } }),
        json!({ "goAway": 7 }),
        json!({ "news": [{}], "error": { "code": 7 } }),
        json!([1, 2, 3]),
        json!(null),
    ];
    let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
    let bytes = [Vec::new(), vec![0xff; 3], b"{\"serverContent\":".to_vec()];
    virtually(async || goes_on_behind(&texts, &bytes).await);
}

#[test]
fn three_megabytes_in_one_message_are_read_and_forgotten() {
    let much = "A".repeat(3 << 20);
    let texts = [
        json!({ "serverMood": much }).to_string(),
        sound("audio/pcm;rate=8000", &much).to_string(),
        json!({ "sessionResumptionUpdate": { "newHandle": much, "resumable": true } }).to_string(),
    ];
    virtually(async || goes_on_behind(&texts, &[vec![0x7f; 3 << 20]]).await);
}

#[test]
fn repeated_functions_run_once_and_unknown_ones_are_answered() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let call = json!({ "id": "same", "name": "transfer_call", "args": { "target": "nobody" } });
        let moon = json!({ "id": "moon", "name": "call_the_moon" });
        for _ in 0..3 {
            stage.provider.say(&json!({ "toolCall": { "functionCalls": [call, moon] } }));
            sleep(ms(300)).await;
        }
        assert_eq!(talk.events_of("tool_finished").await.len(), 2);
        assert_eq!(stage.returned(0), 2);
        talk.hang_up().await;
        // The stand-in itself has not asked for them.
        let Stage { server, provider, .. } = stage;
        server.close().await;
        assert_eq!(provider.into_violations().len(), 2);
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

#[test]
fn a_provider_ending_every_connection_at_once_is_given_up() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for number in 0..3 {
            talk.wait("a connection", async || {
                let connection = stage.provider.connection(number)?;
                connection.from_server("setupComplete").next().map(drop)
            })
            .await;
            stage.provider.go_away(ms(0));
        }
        talk.wait_prompt("assistant_away").await;
        assert_eq!(talk.event("assistant_replaced").await["failure"], "session_expired");
        talk.hang_up().await;
        stage.closed().await;
    });
}
