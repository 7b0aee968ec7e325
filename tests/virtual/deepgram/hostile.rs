//! A hostile provider: what it sends is bounded, and the call goes on.

use cordboard_test_support::openai::{Answer, Script};
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
async fn goes_on_behind(texts: &[String], sounds: &[Vec<u8>]) {
    let stage = Stage::opened(script(), &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    for text in texts {
        stage.provider.say_raw(text);
        sleep(ms(20)).await;
    }
    for sound in sounds {
        stage.provider.say_bytes(sound);
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
fn odd_events_and_sound_of_another_format_change_nothing() {
    let texts = [
        json!({ "type": "Welcome", "request_id": "another" }),
        json!({ "type": "SettingsApplied" }),
        json!({ "type": "AgentAudioDone" }),
        json!({ "type": "AgentAudioDone" }),
        json!({ "type": "UserStartedSpeaking" }),
        json!({ "type": "InjectionRefused", "message": "nobody asked" }),
        json!({ "type": "FunctionCallCancelled", "functions": [{ "id": "never", "name": "asked" }] }),
        json!({ "type": "FunctionCallRequest", "functions": [{ "id": 7 }] }),
        json!({ "type": "ConversationText", "role": "user" }),
        json!({ "type": "Error" , "code": 7 }),
        json!([1, 2, 3]),
        json!({ "type": null }),
    ];
    let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
    let sounds = [Vec::new(), b"RIFF\x24\0\0\0WAVEfmt ".to_vec()];
    virtually(async || goes_on_behind(&texts, &sounds).await);
}

#[test]
fn events_and_sounds_of_two_megabytes_are_read_and_forgotten() {
    let words = "a".repeat(2 << 20);
    let texts = [
        json!({ "type": "AgentThinking", "content": words }).to_string(),
        json!({ "type": "History", "role": "assistant", "content": words, "deep": [{}] }).to_string(),
    ];
    virtually(async || goes_on_behind(&texts, &[vec![0x7f; 2 << 20]]).await);
}

#[test]
fn a_function_requested_twice_runs_once() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let call = json!({ "type": "FunctionCallRequest", "functions": [{ "id": "same", "name": "transfer_call",
            "arguments": "{\"target\":\"nobody\"}", "client_side": true }] });
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

#[test]
fn warnings_without_end_do_not_fill_the_log() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for number in 0..100 {
            let warning =
                json!({ "type": "Warning", "code": "SLOW", "description": format!("number {number}") });
            stage.provider.say_raw(&warning.to_string());
            sleep(ms(20)).await;
        }
        let told = stage.world().log().matches("the provider warns").count();
        assert_eq!(told, 16);
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// The caller would wait for ever for an answer to the refusal.
#[test]
fn silence_after_a_refused_function_is_a_stall() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let call = json!({ "type": "FunctionCallRequest", "functions": [{ "id": "odd", "name": "transfer_call",
            "arguments": "7", "client_side": true }] });
        stage.provider.say_raw(&call.to_string());
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        assert_eq!(stage.returned(0), 1);
        talk.hang_up().await;
        // The stand-in itself has not asked for it.
        let Stage { server, provider, .. } = stage;
        server.close().await;
        assert_eq!(provider.into_violations().len(), 1);
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
