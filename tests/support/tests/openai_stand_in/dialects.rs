//! Compatible servers, as their documents describe them.

use std::time::Duration;

use cordboard_test_support::openai::{AudioFormat, Dialect, OpenAiStandIn, Rule, Script};
use serde_json::{Value, json};

use crate::client::{Client, create};

fn beta_update() -> Value {
    json!({ "type": "session.update", "session": {
        "modalities": ["audio", "text"], "instructions": "Be brief.", "voice": "marin",
        "input_audio_format": "pcm16", "output_audio_format": "pcm16",
        "input_audio_transcription": { "model": "whisper-1" },
        "turn_detection": { "type": "server_vad", "silence_duration_ms": 500 },
    } })
}

#[test]
fn beta_has_its_own_names() {
    let provider = OpenAiStandIn::start(Script::new().dialect(Dialect::Beta)).unwrap();
    let mut client = Client::open(&provider);
    let created = client.wait("session.created");
    assert!(created["session"].get("type").is_none() && created["session"]["input_audio_format"] == "pcm16");
    client.send(&beta_update());
    assert_eq!(client.wait("session.updated")["session"]["instructions"], "Be brief.");
    client.send(&create());
    let done = client.wait("response.done");
    assert_eq!(done["response"]["output"][0]["content"][0]["type"], "audio");
    let format = AudioFormat::Pcm { rate: 24_000 };
    let sound = client.sound(format, "response.audio.delta");
    assert!(sound.length() == Duration::from_millis(600) && sound.tone_share(900.0) > 0.95);
    let kinds = client.kinds();
    assert!(
        kinds.contains(&"conversation.item.created") && kinds.contains(&"response.audio_transcript.delta")
    );
    assert!(
        kinds
            .iter()
            .all(|kind| !kind.contains("output_audio") && !kind.starts_with("conversation.item.added"))
    );
    provider.finish();
}

#[test]
fn beta_has_no_cancel_truncate_or_ga_session() {
    let provider = OpenAiStandIn::start(Script::new().dialect(Dialect::Beta)).unwrap();
    let mut client = Client::open(&provider);
    client.send(&json!({ "type": "session.update", "session": { "type": "realtime" } }));
    assert_eq!(client.wait("error")["error"]["message"], "Unknown parameter: 'session.type'.");
    client.send(&json!({ "type": "response.cancel" }));
    client.wait("error");
    client.send(&json!({ "type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1 }));
    client.wait("error");
    let rules: Vec<Rule> =
        provider.into_violations().into_iter().map(|(_, violation)| violation.rule).collect();
    assert_eq!(rules, [Rule::Dialect, Rule::Dialect]);
}

#[test]
fn local_ai_reads_everything_as_pcm_and_answers_no_truncation() {
    let (provider, mut client) = Client::with(Script::new().dialect(Dialect::LocalAi));
    client.send(&create());
    let item = client.wait("response.done")["response"]["output"][0]["id"].clone();
    // G.711 was requested; decoded as that, the sound is noise.
    let noise = client.sound(AudioFormat::Pcmu, "response.output_audio.delta");
    assert!(noise.tone_share(900.0) < 0.1 && noise.length() > Duration::from_secs(3));
    client.send(&json!({ "type": "conversation.item.truncate", "item_id": item, "content_index": 0, "audio_end_ms": 100 }));
    client.read_out();
    assert!(!client.kinds().contains(&"conversation.item.truncated"));
    provider.finish();
}
