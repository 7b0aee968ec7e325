//! A call from its greeting to its end.

use cordboard_test_support::audio::g711::{from_mulaw, to_mulaw};
use cordboard_test_support::audio::{silence, tone};
use cordboard_test_support::openai::{Answer, End, Script, Words};
use serde_json::{Value, json};

use super::ears::{tone_length, tone_span};
use super::stage::{KEY, MODEL, RATE, Stage, ms};
use crate::world::virtually;

const GREETING: &str = "Good day, this is Cordboard. How can I help you?";

fn script() -> Script {
    Script::new()
        .greeting(Answer::say(GREETING, 1000.0, ms(1200)))
        .turn(Answer::say("We open at nine.", 700.0, ms(800)))
        .words(Words::Heard("When do you open?".to_owned(), ms(300)))
}

#[test]
fn calls_have_their_session_are_greeted_transcribed_and_charged() {
    virtually(async || {
        let stage = Stage::open(script()).await;
        let talk = stage.call().await;
        let greeted = talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("both answers' usage", async || {
            (talk.events_of("usage").await.len() >= 2).then_some(())
        })
        .await;
        let row = talk.hang_up().await;

        let heard = talk.heard();
        assert!(tone_span(&heard, 700.0).unwrap().start > greeted.end);
        for (hz, length) in [(1000.0, ms(1200)), (700.0, ms(800))] {
            assert_eq!(tone_length(&heard, hz), length, "{hz} Hz");
        }
        assert_eq!(talk.caller.report().violations, []);
        assert_eq!(
            talk.transcript().await,
            [
                format!("assistant: {GREETING}"),
                "caller: When do you open?".into(),
                "assistant: We open at nine.".into()
            ]
        );

        assert_eq!(row["provider"], "openai");
        let answers: Vec<Value> =
            talk.events_of("usage").await.into_iter().filter(|usage| usage["audio_output"] == 300).collect();
        assert_eq!(answers.len(), 2);
        // Cached tokens are counted separately, because they cost less.
        let parts = ["text_input", "text_input_cached", "audio_input", "audio_input_cached", "text_output"];
        assert_eq!(parts.map(|part| answers[0][part].as_u64().unwrap()), [600, 400, 500, 100, 50]);
        let charged = talk.events_of("charged").await;
        let cost: u64 = charged.iter().map(|charge| charge["cost_micros"].as_u64().unwrap()).sum();
        assert!(cost > 0);
        assert_eq!(talk.row().await["cost_micros"], cost);

        // The session had its key and a telephone's settings, until the caller hung up.
        let end = stage.provider.wait(0, "the end of the session", |of| of.ended.clone()).await.1;
        assert!(matches!(end, End::ByClient(Some(1000 | 1001) | None)), "{end:?}");

        let connection = stage.connection(0);
        assert_eq!((&*connection.path, &*connection.query), ("/v1/realtime", &*format!("model={MODEL}")));
        assert_eq!(connection.header("authorization"), Some(&*format!("Bearer {KEY}")));
        assert_eq!(connection.header("openai-beta"), None);
        let session = connection.from_client("session.update").next().unwrap().event["session"].clone();
        assert_eq!(session["type"], "realtime");
        let audio = &session["audio"];
        let pcmu = json!({ "type": "audio/pcmu" });
        assert_eq!((&audio["input"]["format"], &audio["output"]["format"]), (&pcmu, &pcmu));
        assert!(!audio["input"]["transcription"].is_null(), "{audio}");
        assert!(!audio["input"]["turn_detection"].is_null(), "{audio}");
        assert!(session["instructions"].as_str().is_some_and(|text| text.len() > 40), "{session}");
        let tools: Vec<&str> =
            session["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        for tool in ["end_call", "take_message", "transfer_call"] {
            assert!(tools.contains(&tool), "{tools:?}");
        }
        assert_eq!(stage.provider.connection_count(), 1);
        stage.close().await;
    });
}

#[test]
fn the_callers_samples_reach_the_model_untouched() {
    virtually(async || {
        let stage = Stage::open(script()).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        // It does not matter that it is too short for a turn of its own: it is heard.
        let said = tone(600.0, 9000.0, ms(500), RATE);
        talk.caller.say(&said);
        talk.caller.say(&silence(ms(1500), RATE));
        talk.wait_tone_end(700.0).await;
        talk.hang_up().await;
        let sent: Vec<i16> = said.samples.iter().map(|&sample| from_mulaw(to_mulaw(sample))).collect();
        let heard = stage.connection(0).heard;
        assert_eq!(heard.rate, RATE);
        assert!(
            heard.samples.windows(sent.len()).any(|part| part == sent),
            "something was changed on the way"
        );
        stage.close().await;
    });
}

#[test]
fn a_wideband_caller_is_heard_and_answered_at_24_khz() {
    virtually(async || {
        let stage = Stage::open(script()).await;
        let talk = stage.call_at(16_000).await;
        talk.wait_tone_end(1000.0).await;
        let heard = talk.heard();
        assert_eq!((heard.rate, tone_length(&heard, 1000.0)), (16_000, ms(1200)));
        talk.hang_up().await;
        let session =
            stage.connection(0).from_client("session.update").next().unwrap().event["session"].clone();
        let pcm = json!({ "type": "audio/pcm", "rate": 24_000 });
        assert_eq!(
            (&session["audio"]["input"]["format"], &session["audio"]["output"]["format"]),
            (&pcm, &pcm)
        );
        stage.close().await;
    });
}
