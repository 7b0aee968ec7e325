//! Compatible servers.

use cordboard_test_support::openai::{Answer, Dialect, Pace, Script};
use serde_json::json;

use super::ears::{behind, has_tone, tone_length};
use super::stage::{Stage, Talk, ms};
use crate::world::virtually;

fn script(dialect: Dialect) -> Script {
    Script::new()
        .dialect(dialect)
        .greeting(
            Answer::say("A long story of an operator and a cord.", 1000.0, ms(5000)).paced(Pace::Times(2.0)),
        )
        .turn(Answer::say("Yes?", 700.0, ms(600)))
}

/// The caller interrupts the greeting and is answered; what was cut is not heard again.
async fn interrupt(talk: &Talk<'_>) {
    talk.wait_tone_for(1000.0, ms(1000)).await;
    talk.ask(700.0).await;
    let answered = talk.wait_tone_end(700.0).await;
    let heard = talk.heard();
    assert_eq!(answered.length(), ms(600));
    assert!(tone_length(&heard, 1000.0) < ms(4000), "the greeting was not cut");
    assert!(!has_tone(&behind(&heard, answered.start), 1000.0));
}

async fn beta(dialect: &str) {
    let stage = Stage::open_with(script(Dialect::Beta), &[("openai.dialect", dialect)]).await;
    let talk = stage.call().await;
    interrupt(&talk).await;
    let connection = stage.connection(0);
    // It supports neither; what is heard is cut by dropping it here.
    assert_eq!(connection.from_client("conversation.item.truncate").count(), 0);
    assert_eq!(connection.from_client("response.cancel").count(), 0);
    let update = connection.from_client("session.update").last().unwrap().event["session"].clone();
    assert!(update.get("type").is_none() && update["modalities"].is_array(), "{update}");
    talk.hang_up().await;
    stage.close().await;
}

#[test]
fn a_beta_server_gets_beta_events() {
    virtually(async || {
        beta("beta").await;
    });
}

#[test]
fn a_server_of_beta_is_recognized() {
    virtually(async || {
        beta("auto").await;
    });
}

#[test]
fn a_server_of_ga_is_recognized() {
    virtually(async || {
        let stage = Stage::open_with(script(Dialect::Ga), &[("openai.dialect", "auto")]).await;
        let talk = stage.call().await;
        interrupt(&talk).await;
        let connection = stage.connection(0);
        assert_eq!(connection.from_client("conversation.item.truncate").count(), 1);
        assert_eq!(
            connection.from_client("session.update").next().unwrap().event["session"]["type"],
            "realtime"
        );
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_pcm_only_server_that_answers_no_truncation_works() {
    virtually(async || {
        let settings = [("openai.dialect", "ga"), ("openai.audio_format", "pcm")];
        let stage = Stage::open_with(script(Dialect::LocalAi), &settings).await;
        let talk = stage.call().await;
        interrupt(&talk).await;
        let audio =
            stage.connection(0).from_client("session.update").next().unwrap().event["session"]["audio"]
                .clone();
        assert_eq!(audio["input"]["format"]["type"], json!("audio/pcm"));
        talk.hang_up().await;
        stage.close().await;
    });
}
