//! The providers' own packages know our messages and the stand-ins': the types of its package read each message of a call with each of them. The
//! stand-ins come from documents and schemas, so a mistake that both share is found here.

use cordboard_test_support::official_types::{Recorded, read};
use cordboard_test_support::openai::{Answer, Entry, Script, Trouble};
use serde_json::json;

use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::virtually;
use crate::{deepgram, elevenlabs, gemini, openai, openai_live};

fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .turn(Answer::call("transfer_call", &json!({ "target": "the pope" })))
        .after_tools(Answer::say("I can't do that.", 700.0, ms(600)))
        .turn(Answer::say("We open at nine and close at five.", 600.0, ms(3000)))
        .turn(
            Answer::say("You are welcome, and come back whenever you", 1300.0, ms(2000))
                .until(ms(600), Trouble::Abort),
        )
        .greeting(Answer::say("like.", 800.0, ms(600)))
}

/// A call with a greeting, a tool, an interruption, and a lost connection.
async fn call<S: VoiceStage>(stage: S, entries: impl Fn(&S, usize) -> Vec<Entry>) -> Vec<Recorded> {
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    talk.wait_tone_end(700.0).await;
    talk.ask(600.0).await;
    talk.ask(1300.0).await;
    talk.wait_tone_end(800.0).await;
    talk.hang_up().await;
    let all = (0..stage.connections()).flat_map(|number| entries(&stage, number));
    let recorded = all.map(|entry| Recorded::of(S::NAME, &entry)).collect();
    stage.closed().await;
    recorded
}

macro_rules! recorded {
    ($provider:ident) => {{
        let stage = $provider::stage::Stage::opened(script(), &[]).await;
        call(stage, |stage, number| stage.provider.connection(number).unwrap().entries).await
    }};
}

#[test]
fn the_providers_own_packages_read_both_sides_of_calls() {
    virtually(async || {
        let calls = [
            recorded!(elevenlabs),
            recorded!(deepgram),
            recorded!(gemini),
            recorded!(openai),
            recorded!(openai_live),
        ]
        .concat();
        let told = read(&calls);
        for known in [
            "elevenlabs client conversation_initiation_client_data 2",
            "elevenlabs server client_tool_call 1",
            "deepgram client Settings 2",
            "deepgram server FunctionCallRequest 1",
            "gemini client setup 2",
            "gemini server toolCall 1",
            "openai client session.update 2",
            "openai-live client session.start 2",
            "openai-live client response.create 1",
        ] {
            assert!(told.iter().any(|line| line == known), "{known:?} was not read: {told:#?}");
        }
    });
}
