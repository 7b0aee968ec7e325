//! A conversation without problems: set up, greeted, asked, answered.

use cordboard_actors::assistant::openai::session::{Act, Plan};
use cordboard_actors::assistant::openai::{AudioChoice, DialectChoice};
use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::line::Line;
use serde_json::json;

use crate::stage::{Stage, plan, profile, session};

#[test]
fn nothing_is_said_before_the_session_is_set_up() {
    let mut stage = Stage::dialing(plan());
    stage.does(&["connect 1"]);
    stage.say(Line::Greeting);
    stage.session.connected(stage.link, stage.now);
    stage.does(&[]);
    stage.server(session("session.created", "audio/pcm", None));
    stage.does(&["-> session.update whole"]);
    stage.server(session("session.updated", "audio/pcmu", None));
    stage.does(&["hear on 1 as Pcmu", "ready", "-> response.create cb_2 greeting"]);
}

#[test]
fn a_session_describes_the_assistant_and_how_it_listens() {
    let mut stage = Stage::dialing(plan());
    stage.session.connected(stage.link, stage.now);
    stage.server(session("session.created", "audio/pcm", None));
    let sent = stage.session.take_acts().last().unwrap();
    let Act::Send(_, message) = sent else { panic!("{sent:?}") };
    let update: serde_json::Value = serde_json::from_str(&message.to_text()).unwrap();
    let session = &update["session"];
    assert!(session["instructions"].as_str().unwrap().contains("Example Dental"));
    let input = &session["audio"]["input"];
    assert_eq!(input["transcription"], json!({ "model": "words-1", "language": "en" }));
    assert_eq!(input["turn_detection"]["create_response"], true);
    assert_eq!(session["audio"]["output"]["format"], json!({ "type": "audio/pcmu" }));
}

/// The API refuses a session that asks for more than 4,096 tokens per answer; a profile may ask for that, for another provider.
#[test]
fn an_answer_limit_beyond_the_apis_becomes_the_models_own() {
    for (wanted, sent) in [(1, json!(1)), (4_096, json!(4_096)), (4_097, json!(null)), (100_000, json!(null))]
    {
        let mut profile = profile();
        profile.speech.max_output_tokens = Some(wanted);
        let mut stage = Stage::dialing(Plan { profile: profile.into(), ..plan() });
        stage.session.connected(stage.link, stage.now);
        stage.server(session("session.created", "audio/pcm", None));
        let update = stage.session.take_acts().last().unwrap();
        let Act::Send(_, message) = update else { panic!("{update:?}") };
        let update: serde_json::Value = serde_json::from_str(&message.to_text()).unwrap();
        assert_eq!(update["session"]["max_output_tokens"], sent, "{wanted}");
    }
}

#[test]
fn a_wideband_session_uses_the_rates_the_server_answers() {
    let wide = Plan { caller_rate: SampleRate::HZ_16000, ..plan() };
    let mut stage = Stage::dialing(wide);
    stage.session.connected(stage.link, stage.now);
    stage.server(session("session.created", "audio/pcm", None));
    let updated = json!({ "type": "session.updated", "session": { "type": "realtime", "audio": {
        "input": { "format": { "type": "audio/pcm", "rate": 16000 } },
        "output": { "format": { "type": "audio/pcm", "rate": 8000 } } } } });
    stage.server(updated);
    assert!(stage.acts().contains(&"hear on 1 as Pcm { rate: SampleRate(16000) }".to_owned()));
    stage.created("r1", None);
    stage.audio("r1", "a1", 10, "Hi");
    // 80 octets are 40 samples of 16 bits at 8 kHz.
    assert!(stage.acts().contains(&"speak 5 ms".to_owned()));
}

#[test]
fn a_server_with_an_unknown_format_is_refused() {
    let mut stage = Stage::dialing(Plan { audio: AudioChoice::Pcma, ..plan() });
    stage.session.connected(stage.link, stage.now);
    stage.server(session("session.created", "audio/pcm", None));
    stage.acts();
    stage.server(session("session.updated", "audio/opus", None));
    stage.does(&["fail: bad_protocol"]);
}

#[test]
fn an_answer_is_one_utterance_in_the_servers_words() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.does(&["-> response.create cb_2 greeting"]);
    stage.created("r1", Some("cb_2"));
    stage.audio("r1", "a1", 60, "Example Den");
    stage.audio("r1", "a1", 40, "tal.");
    stage.does(&["begin 1 Greeting", "speak 100 ms"]);
    stage.item_done("r1", "a1", "Example Dental, hello.");
    stage.done("r1", "completed", json!([]));
    stage.does(&["complete \"Example Dental, hello.\""]);
}

#[test]
fn transcripts_keep_the_order_of_the_turns() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 900);
    stage.answer("r1", None, "a1", 100, "At nine.");
    stage.does(&["caller speaks", "caller spoke 900 ms", "begin 1", "speak 100 ms", "complete \"At nine.\""]);
    stage.heard(1, 100, PlayedEnd::Finished);
    stage.caller_speaks("u2", 500);
    // The second words come first, and wait for the first ones.
    stage.transcribed("u2", "And when do you close?");
    stage.does(&["caller speaks", "caller spoke 500 ms"]);
    stage.transcribed("u1", "When do you open?");
    stage.does(&["caller said \"When do you open?\"", "caller said \"And when do you close?\""]);
}

#[test]
fn speech_without_words_is_reported_as_speech() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 2_150);
    stage.created("r1", None);
    stage.acts();
    stage.server(json!({ "type": "conversation.item.input_audio_transcription.failed", "item_id": "u1",
        "error": { "code": "audio_unintelligible" } }));
    stage.does(&["caller said \"(speech, 2.1 s)\""]);
    stage.done("r1", "completed", json!([]));
    stage.caller_speaks("u2", 1_000);
    stage.answer("r2", None, "a1", 100, "Pardon?");
    stage.acts();
    stage.heard(1, 100, PlayedEnd::Finished);
    stage.after(6_000);
    stage.does(&["caller said \"(speech, 1.0 s)\""]);
}

#[test]
fn a_callers_utterance_is_one_line_however_late_or_repeated() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 900);
    stage.answer("r1", None, "a1", 100, "Yes?");
    stage.heard(1, 100, PlayedEnd::Finished);
    stage.caller_speaks("u2", 500);
    stage.answer("r2", None, "a2", 100, "I see.");
    stage.heard(2, 100, PlayedEnd::Finished);
    stage.acts();
    stage.transcribed("u2", "And when do you close?");
    stage.transcribed("u2", "And when do you close?");
    stage.does(&[]);
    stage.transcribed("u1", "When do you open?");
    stage.does(&["caller said \"When do you open?\"", "caller said \"And when do you close?\""]);
    stage.transcribed("u1", "When do you open?");
    stage.does(&[]);

    // These are no longer awaited.
    stage.caller_speaks("u3", 1_000);
    stage.answer("r3", None, "a3", 100, "Pardon?");
    stage.heard(3, 100, PlayedEnd::Finished);
    stage.acts();
    stage.after(6_000);
    stage.does(&["caller said \"(speech, 1.0 s)\""]);
    stage.transcribed("u3", "Hello?");
    stage.does(&[]);

    // A server that does not report the speech still reports its words.
    stage.transcribed("u4", "Are you there?");
    stage.transcribed("u4", "Are you there?");
    stage.does(&["caller said \"Are you there?\""]);
}

#[test]
fn a_line_waits_for_the_answer_that_is_being_made() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "Well,");
    stage.order(AssistantOrder::SayText("Your table is ready.".to_owned()));
    stage.say(Line::StillThere);
    stage.does(&["begin 1", "speak 100 ms"]);
    stage.done("r1", "completed", json!([]));
    stage.does(&["complete \"Well,\"", "-> response.create cb_2"]);
    stage.answer("r2", Some("cb_2"), "a2", 20, "Your table is ready.");
    stage.does(&[
        "begin 2",
        "speak 20 ms",
        "complete \"Your table is ready.\"",
        "-> response.create cb_3 still_there",
    ]);
}

/// The server has begun the first answer when it gets the second text.
#[test]
fn words_typed_after_a_request_are_answered_too() {
    let mut stage = Stage::ready();
    stage.order(AssistantOrder::CallerTyped("Hello.".to_owned()));
    stage.does(&["-> conversation.item.create user: Hello.", "-> response.create cb_3"]);
    stage.order(AssistantOrder::CallerTyped("When do you open?".to_owned()));
    stage.does(&["-> conversation.item.create user: When do you open?"]);
    stage.answer("r1", Some("cb_3"), "a1", 20, "Hello.");
    stage.does(&["begin 1", "speak 20 ms", "complete \"Hello.\"", "-> response.create cb_5"]);
}

#[test]
fn a_listening_session_answers_only_the_lines() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.attend(Attention::Listen);
    stage.say(Line::MessageIntro);
    stage.does(&["-> response.cancel r1", "-> session.update answers=false"]);
    stage.done("r1", "cancelled", json!([]));
    stage.does(&["-> response.create cb_4 message_intro"]);
    stage.created("r2", Some("cb_4"));
    stage.audio("r2", "a2", 40, "After the tone.");
    stage.item_done("r2", "a2", "After the tone.");
    stage.does(&["begin 1 MessageIntro", "speak 40 ms"]);
    stage.done("r2", "completed", json!([]));
    stage.does(&["play Tone", "complete \"After the tone.\""]);

    // An answer that the server began before our message is not heard.
    stage.created("r3", None);
    stage.audio("r3", "a3", 40, "Let me");
    stage.does(&["-> response.cancel r3"]);
    stage.caller_speaks("u1", 800);
    stage.does(&["caller speaks", "caller spoke 800 ms"]);
    stage.attend(Attention::Converse);
    stage.does(&["-> session.update answers=true"]);
}

#[test]
fn an_older_server_gets_its_own_dialect() {
    let mut stage = Stage::dialing(Plan { dialect: DialectChoice::Auto, ..plan() });
    stage.acts();
    stage.session.connected(stage.link, stage.now);
    let flat = |kind: &str| {
        json!({ "type": kind, "session": { "modalities": ["audio", "text"],
        "input_audio_format": "g711_ulaw", "output_audio_format": "g711_ulaw",
        "turn_detection": { "type": "server_vad" } } })
    };
    stage.server(flat("session.created"));
    stage.server(flat("session.updated"));
    stage.acts();
    stage.server(json!({ "type": "response.created", "response": { "id": "r1" } }));
    stage.server(
        json!({ "type": "response.audio.delta", "response_id": "r1", "item_id": "a1", "delta": "////////" }),
    );
    stage
        .server(json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 }));
    stage.heard(1, 0, PlayedEnd::Cleared);
    // It supports neither cancel nor delete.
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.starts_with("->")), "{acts:?}");
}

#[test]
fn two_answers_at_once_are_said_one_after_the_other() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "One ");
    stage.created("r2", None);
    stage.audio("r2", "a2", 60, "Two.");
    stage.item_done("r2", "a2", "Two.");
    stage.done("r2", "completed", json!([]));
    stage.audio("r1", "a1", 100, "more.");
    stage.does(&["begin 1", "speak 200 ms"]);
    stage.item_done("r1", "a1", "One more.");
    stage.does(&["complete \"One more.\"", "begin 2", "speak 60 ms", "complete \"Two.\""]);
}

#[test]
fn a_second_answers_sound_waits_up_to_a_limit() {
    // Two minutes, or three thousand pieces.
    for (pieces, piece_ms, said_ms) in [(10, 30_000, 120_000), (3_100, 10, 30_000)] {
        let mut stage = Stage::ready();
        stage.created("r1", None);
        stage.audio("r1", "a1", 100, "One.");
        stage.created("r2", None);
        (0..pieces).for_each(|_| stage.audio("r2", "a2", piece_ms, ""));
        stage.item_done("r2", "a2", "Two.");
        stage.done("r2", "completed", json!([]));
        stage.does(&["begin 1", "speak 100 ms"]);
        stage.item_done("r1", "a1", "One.");
        let spoken = format!("speak {said_ms} ms");
        stage.does(&["complete \"One.\"", "begin 2", &spoken, "complete \"Two.\""]);
    }
}

#[test]
fn eight_messages_of_a_second_answer_wait() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 100, "One.");
    stage.created("r2", None);
    for number in 0..10 {
        let message = format!("m{number}");
        stage.audio("r2", &message, 20, "And.");
        stage.item_done("r2", &message, "And.");
    }
    stage.done("r2", "completed", json!([]));
    stage.does(&["begin 1", "speak 100 ms"]);
    stage.item_done("r1", "a1", "One.");
    let acts = stage.acts();
    assert_eq!(acts.iter().filter(|act| act.starts_with("begin ")).count(), 8, "{acts:#?}");
    assert_eq!(acts.iter().filter(|act| *act == "complete \"And.\"").count(), 8, "{acts:#?}");
}
