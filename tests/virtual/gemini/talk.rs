//! How a session is made from a profile, and what both say in it.

use cordboard_test_support::audio::silence;
use cordboard_test_support::gemini::{GeminiStandIn, Manners, WordsCome};
use cordboard_test_support::openai::{Answer, Entry, Script, Words};
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;

use super::stage::{KEY, Stage};
use crate::openai::ears::{has_tone, tone_length};
use crate::openai::stage::{RATE, Talk, ms};
use crate::suites::voice::VoiceStage;
use crate::world::{World, virtually};

/// Cost of an answer with the tokens that the stand-in reports: 1,000 of text (400 of them cached) at 0.50, 600 of audio (100 cached) at 3.00, 50 of
/// text at 2.00, 300 of audio at 12.00 a million.
const ANSWER_MICROS: u64 = 500 + 1_800 + 100 + 3_600;

fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(Answer::say("We open at nine.", 700.0, ms(1600)))
}

#[test]
fn a_session_is_made_from_the_profile() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        stage
            .with_profile(|profile| {
                profile["instructions"] = json!("You answer the phone for Example Dental.");
                profile["voice"] = json!("Puck");
                profile["turn_detection"] = json!({ "type": "server_vad", "threshold_percent": 80,
                    "prefix_padding_ms": 300, "silence_duration_ms": 400 });
            })
            .await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let setup = stage.setup(0);
        assert_eq!(setup["model"], "models/gemini-2.5-flash-native-audio-preview-09-2025");
        let instruction = setup["systemInstruction"]["parts"][0]["text"].as_str().unwrap();
        assert!(instruction.contains("Example Dental"), "{instruction}");
        let speech = &setup["generationConfig"]["speechConfig"];
        assert_eq!(speech["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"], "Puck");
        let detection = &setup["realtimeInputConfig"]["automaticActivityDetection"];
        assert_eq!(detection["startOfSpeechSensitivity"], "START_SENSITIVITY_LOW");
        assert_eq!(detection["silenceDurationMs"], 400);
        let first = stage.connection(0);
        let audio = &first.from_client("audio").next().unwrap().event;
        assert_eq!(audio["realtimeInput"]["audio"]["mimeType"], "audio/pcm;rate=16000");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn json_in_binary_frames_is_read_and_thoughts_stay_unheard() {
    virtually(async || {
        let manners = Manners { is_binary: true, thinks: true, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        assert_eq!(tone_length(&talk.heard(), 700.0), ms(1600));
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// Whenever words are sent, the transcript is complete and in order.
#[test]
fn transcripts_are_whole_and_ordered_whenever_words_are_sent() {
    for words in [WordsCome::First, WordsCome::WithSound, WordsCome::Last] {
        virtually(async || {
            let manners = Manners { words, hears_late: Some(ms(300)), ..Manners::new(KEY) };
            let script = script().turn(Answer::say("You are welcome.", 600.0, ms(1000)));
            let stage = Stage::of(manners, script, &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            talk.wait_tone_end(700.0).await;
            talk.ask(600.0).await;
            talk.wait_written("five lines", async || (talk.transcript().await.len() == 5).then_some(()))
                .await;
            let said = [
                "assistant: Good day.",
                "caller: When do you open?",
                "assistant: We open at nine.",
                "caller: Words of turn 2.",
                "assistant: You are welcome.",
            ];
            assert_eq!(talk.transcript().await, said, "{words:?}");
            assert_eq!(stage.connections(), 1);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn words_sent_at_a_calls_end_are_in_its_transcript() {
    virtually(async || {
        let stage =
            Stage::opened(script().turn(Answer::say("Bye.", 600.0, ms(300)).delayed(ms(5_000))), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.say_words().await;
        talk.caller.say(&silence(ms(700), RATE));
        talk.said().await;
        let told = stage
            .connection(0)
            .from_server("serverContent")
            .any(|entry| entry.event["serverContent"]["inputTranscription"]["text"] == "Words");
        assert!(told, "the words were not sent yet");
        talk.hang_up().await;
        talk.wait("its last words", async || {
            let lines = talk.transcript().await;
            (lines.last()? == "caller: Words of turn 2.").then_some(())
        })
        .await;
        stage.closed().await;
    });
}

#[test]
fn a_cancelled_function_is_not_answered() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .turn(Answer::call("take_message", &json!({})))
            .turn(Answer::say("As you like.", 700.0, ms(600)));
        let stage = Stage::of(Manners::new(KEY), script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("tool_started").await;
        stage.provider.say(&json!({ "toolCallCancellation": { "ids": ["function-call-0-1"] } }));
        sleep(ms(1_000)).await;
        talk.say_words().await;
        talk.caller.press('#');
        talk.event("tool_finished").await;
        sleep(ms(2_000)).await;
        assert_eq!(stage.returned(0), 0, "a cancelled function was answered");
        talk.hang_up().await;
        // The stand-in itself does not know that it was cancelled.
        let Stage { server, provider, .. } = stage;
        server.close().await;
        drop(provider.into_violations());
    });
}

/// The model has taken what the caller said before for noise. So no answer to them is due that the request could have ended.
#[test]
fn a_line_that_the_caller_interrupts_is_requested_again() {
    virtually(async || {
        let unknown = "There is no such key.";
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Never)
            .greeting(Answer::say(unknown, 600.0, ms(600)).delayed(ms(2_000)))
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .greeting(Answer::say(unknown, 600.0, ms(600)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.caller.say(&silence(ms(700), RATE));
        talk.said().await;
        talk.caller.press('7');
        let asked = || {
            let connection = stage.connection(0);
            let is_asked = |entry: &&Entry| entry.event.to_string().contains("pressed a key");
            connection.from_client("clientContent").filter(is_asked).count()
        };
        talk.wait("a request for the line", async || (asked() == 1).then_some(())).await;
        talk.say_words().await;
        talk.wait_tone_end(600.0).await;
        talk.wait_written("the line", async || {
            talk.transcript().await.iter().any(|line| *line == format!("assistant: {unknown}")).then_some(())
        })
        .await;
        assert_eq!((asked(), stage.connections()), (2, 1));
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// The effect of the first call is that the goodbye is requested.
#[test]
fn functions_called_together_are_all_answered_before_a_line() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .turn(Answer::call("end_call", &json!({})).and_call("hold_call", &json!({})))
            .after_tools(Answer::say("As you like.", 700.0, ms(600)))
            .greeting(Answer::say("Goodbye.", 1300.0, ms(600)));
        let stage = Stage::of(Manners::new(KEY), script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.ended().await;
        let lines = talk.transcript().await;
        assert_eq!(lines[2..], ["assistant: Goodbye."], "{lines:?}");
        assert_eq!(tone_length(&talk.heard(), 1300.0), ms(600));
        stage.closed().await;
    });
}

#[test]
fn during_a_message_the_model_hears_nothing_and_knows_it() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .turn(Answer::call("take_message", &json!({})))
            .greeting(Answer::say("Speak after the tone.", 600.0, ms(500)))
            .greeting(Answer::say("I heard no message.", 1300.0, ms(500)))
            .greeting(Answer::say("I heard no message, I said.", 700.0, ms(500)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("tool_started").await;
        talk.wait("the end of audio", async || {
            (stage.connection(0).from_client("audioStreamEnd").count() == 1).then_some(())
        })
        .await;
        let sent = || stage.connection(0).from_client("audio").count();
        let before = sent();
        sleep(ms(3_000)).await;
        assert_eq!(sent(), before, "audio was sent while nobody was to be heard");
        talk.caller.press('#');
        talk.wait_tone_end(1300.0).await;
        sleep(ms(2_000)).await;
        assert!(!has_tone(&talk.heard(), 700.0), "it was asked twice for the same");
        assert!(sent() > before, "the caller is not heard again");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn tokens_are_charged_by_their_kind() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        sleep(ms(1_000)).await;
        talk.hang_up().await;
        assert_eq!(talk.row().await["cost_micros"], ANSWER_MICROS);
        stage.closed().await;
    });
}

#[test]
fn an_organizations_own_key_serves_its_calls() {
    virtually(async || {
        let script = script().greeting(Answer::say("Good day.", 1000.0, ms(600)));
        let provider = GeminiStandIn::start_here(Manners::new(KEY), script).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("outbound.allow", "127.0.0.0/8"),
            ("outbound.plain_http", "true"),
            ("extensions.operator", "people,operator,1"),
        ];
        let server = World::open(folder.path(), &settings).await;
        let own = json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": KEY } });
        let set = server.put("/api/v1/integrations/gemini", &own, Token::Admin).await.json();
        assert_eq!(set["unused_because"], json!(null), "{set}");
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(talk.hang_up().await["provider"], "gemini");
        // A chain names it, and their first account can't be used: it costs as much.
        let first = json!({ "secrets": { "api_key": "sk-of-the-organization-0123456789" } });
        assert_eq!(server.put("/api/v1/integrations/openai", &first, Token::Admin).await.status, 200);
        let damages = "UPDATE integrations SET secrets = (SELECT secrets FROM integrations WHERE kind = 'gemini') WHERE kind = 'openai'";
        server.sql(damages).await;
        // The directory is read again after a change.
        assert_eq!(server.put("/api/v1/integrations/gemini", &own, Token::Admin).await.status, 200);
        let unused = server.json("/api/v1/integrations/openai").await["unused_because"].to_string();
        assert!(unused.contains("can't be opened"), "{unused}");
        let mut profile = server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        profile["voices"] = json!([{ "provider": "gemini" }]);
        assert_eq!(server.put(&path, &profile, Token::Admin).await.status, 200);
        // New calls know a change of the profile within 2 s.
        sleep(ms(2_500)).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        sleep(ms(1_000)).await;
        talk.hang_up().await;
        assert_eq!(talk.row().await["cost_micros"], ANSWER_MICROS);
        assert!(!server.log().contains(KEY), "the log shows the key");
        server.close().await;
        provider.finish();
    });
}
