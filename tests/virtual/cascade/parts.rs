//! One of the three services is unavailable: a typed failure that names it, another attempt where that may help, and a person where not.

use cordboard_test_support::cascade::Fault;
use cordboard_test_support::openai::{Answer, Script};
use serde_json::json;

use super::stage::Stage;
use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .turn(Answer::say("We open at nine.", 700.0, ms(800)))
        .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)))
}

fn refusal(status: u16, code: &str) -> Fault {
    Fault::Refuse(status, json!({ "error": { "message": "as the test has it", "type": code, "code": code } }))
}

/// Nobody notices a fault that one more request corrects.
#[test]
fn a_request_that_fails_once_is_made_once_more() {
    for is_model in [true, false] {
        virtually(async || {
            let stage = Stage::opened(script(), &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            match is_model {
                true => stage.provider.model_fault(refusal(503, "overloaded")),
                false => stage.provider.speech_fault(refusal(503, "overloaded")),
            }
            talk.ask(700.0).await;
            assert_eq!(stage.connections(), 1);
            assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

/// A lasting fault is a failure of the assistant, which is reconnected and goes on.
#[test]
fn the_assistant_reconnects_after_a_part_fails_repeatedly() {
    for is_model in [true, false] {
        virtually(async || {
            let stage = Stage::opened(script(), &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            for _ in 0..2 {
                match is_model {
                    true => stage.provider.model_fault(refusal(503, "overloaded")),
                    false => stage.provider.speech_fault(refusal(503, "overloaded")),
                }
            }
            talk.say_words().await;
            talk.wait_tone_end(600.0).await;
            let interrupted = talk.event("assistant_interrupted").await;
            assert_eq!(interrupted["failure"], "provider_error");
            let part = if is_model { "language model" } else { "speech synthesis" };
            assert!(interrupted["reason"].as_str().unwrap().starts_with(part), "{interrupted}");
            assert_eq!(stage.connections(), 2);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn a_key_refused_during_a_call_brings_the_builtin_assistant() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.model_fault(refusal(401, "invalid_api_key"));
        talk.say_words().await;
        talk.wait_prompt("assistant_away").await;
        assert_eq!(talk.event("assistant_replaced").await["failure"], "unauthorized");
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// Such words would end each later answer as well: the model gets a note in their place.
#[test]
fn words_that_a_content_filter_stops_leave_the_assistant() {
    let withheld = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}"#;
    let empty = format!("data: {withheld}\n\ndata: [DONE]\n\n");
    for fault in [refusal(400, "content_filter"), Fault::Body(empty.into_bytes())] {
        virtually(async || {
            let stage = Stage::opened(script(), &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            stage.provider.model_fault(fault.clone());
            talk.say_words().await;
            talk.wait_tone_end(600.0).await;
            assert_eq!(stage.connections(), 1);
            assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn any_services_wrong_key_is_noticed_when_connecting() {
    for name in ["cascade.recognizer_key", "cascade.llm_key", "cascade.speech_key"] {
        virtually(async || {
            let stage = Stage::opened(script(), &[(name, "another-key-0123456789")]).await;
            let talk = stage.caller().await;
            talk.wait_prompt("assistant_away").await;
            let failed = talk.event("assistant_failed").await;
            assert_eq!(failed["failure"], "unauthorized", "{name}");
            assert!(!failed["reason"].as_str().unwrap().contains("another-key"), "{failed}");
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn a_service_that_is_down_is_noticed_when_connecting() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("http://{nobody}/v1");
    for name in ["cascade.recognizer_url", "cascade.llm_base_url", "cascade.speech_base_url"] {
        virtually(async || {
            let stage = Stage::opened(script(), &[(name, &nowhere)]).await;
            let talk = stage.caller().await;
            talk.wait_prompt("assistant_away").await;
            assert_eq!(talk.event("assistant_failed").await["failure"], "unreachable", "{name}");
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}
