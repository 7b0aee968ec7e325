//! Tools that run at ElevenLabs: we are notified about them, and they ask nothing of us.

use cordboard_test_support::openai::{Answer, Script, Words};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::Stage;
use crate::openai::stage::{Talk, ms};
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

/// An agent that answers the caller's words this late.
fn answers_after(delay_ms: u64) -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When will it be delivered?".to_owned(), ms(50)))
        .turn(Answer::say("On Monday.", 700.0, ms(800)).delayed(ms(delay_ms)))
        .greeting(Answer::say("As I said.", 600.0, ms(700)))
}

/// Sends a tool's request or response.
fn tells(stage: &Stage, what: &str, more: &[(&str, bool)]) {
    let mut told = json!({
        "tool_name": "look_up_delivery", "tool_call_id": "look_up_1", "tool_type": "webhook", "event_id": 9,
    });
    for (name, value) in more {
        told[*name] = json!(value);
    }
    let mut event = json!({ "type": what });
    event[what] = told;
    stage.provider.say_raw(&event.to_string());
}

/// The caller has asked, and the agent has begun a tool.
async fn asks(stage: &Stage, talk: &Talk<'_>) {
    talk.wait_tone_end(1000.0).await;
    talk.say_words().await;
    talk.wait_written("the caller's words", async || (talk.transcript().await.len() == 2).then_some(()))
        .await;
    tells(stage, "agent_tool_request", &[]);
}

const ENDED: [(&str, bool); 2] = [("is_error", false), ("is_called", true)];

#[test]
fn the_server_waits_for_an_agents_own_slow_tool() {
    virtually(async || {
        let stage = Stage::opened(answers_after(40_000), &[]).await;
        let talk = stage.caller().await;
        asks(&stage, &talk).await;
        sleep(ms(35_000)).await;
        tells(&stage, "agent_tool_response", &ENDED);
        talk.wait_tone_end(700.0).await;
        assert_eq!(stage.connections(), 1);
        assert_eq!(talk.events_of("assistant_interrupted").await, Vec::<Value>::new());
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// Its silence counts from the end of the tool.
#[test]
fn an_agent_silent_after_its_own_tool_has_stalled() {
    virtually(async || {
        let stage = Stage::opened(answers_after(300_000), &[]).await;
        let talk = stage.caller().await;
        asks(&stage, &talk).await;
        sleep(ms(15_000)).await;
        tells(&stage, "agent_tool_response", &ENDED);
        sleep(ms(11_900)).await;
        assert_eq!(stage.connections(), 1, "the server did not wait for it");
        sleep(ms(200)).await;
        assert_eq!(stage.connections(), 2, "the server waited longer for it");
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        talk.wait_tone_end(600.0).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}
