//! A session outlives its connections.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::gemini::Manners;
use cordboard_test_support::openai::{Answer, Door, End, Pace, Script, Trouble, Words};
use cordboard_test_support::receiver::Receiver;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::stage::{KEY, Stage};
use crate::openai::ears::{behind, has_tone, tone_length};
use crate::openai::stage::{RATE, Talk, ms};
use crate::suites::voice::{self, VoiceStage};
use crate::world::virtually;

fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(Answer::say("At nine.", 700.0, ms(1_500)))
        .turn(Answer::say("At five.", 600.0, ms(600)))
        .greeting(Answer::say("Nobody asked for this.", 1300.0, ms(600)))
}

/// Waits until the model was asked once, and has answered.
async fn answered(talk: &Talk<'_>) {
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    talk.wait_tone_end(700.0).await;
}

/// The conversation goes on over another connection: nobody noticed, and nothing was said without being asked for.
async fn assert_went_on(stage: &Stage, talk: &Talk<'_>) {
    talk.ask(600.0).await;
    assert_eq!(stage.connections(), 2);
    assert!(!has_tone(&talk.heard(), 1300.0), "something was said that was not asked for");
    for kind in ["assistant_interrupted", "assistant_restored", "assistant_replaced"] {
        assert_eq!(talk.events_of(kind).await.len(), 0, "{kind}");
    }
    let ended = stage.connection(0).ended;
    assert!(matches!(ended, Some((_, End::ByClient(_)))), "the connection was not left in time: {ended:?}");
}

#[test]
fn a_connection_that_ends_is_left_at_a_pause() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        answered(&talk).await;
        stage.provider.go_away(Duration::from_secs(10));
        stage.gone(0).await;
        talk.wait("another connection", async || (stage.connections() == 2).then_some(())).await;
        sleep(ms(200)).await;
        assert_eq!(stage.setup(1)["sessionResumption"], json!({ "handle": "handle-0-2" }));
        assert_eq!(
            stage.connection(1).from_client("clientContent").count(),
            0,
            "it was told what it already knows"
        );
        let remembered = stage.remembers(1);
        for part in ["Good day.", "When do you open?", "At nine."] {
            assert!(remembered.contains(part), "{part:?} is not in:\n{remembered}");
        }
        assert_went_on(&stage, &talk).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_connection_is_left_only_once_the_sentence_is_over() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        stage.provider.go_away(Duration::from_secs(10));
        let told = talk.wait_tone_end(700.0).await;
        assert_eq!(tone_length(&talk.heard(), 700.0), ms(1_500), "a word was cut");
        let left_at = stage.gone(0).await;
        // The caller hears the last frames at their next ticks.
        let end = told.end - ms(60);
        assert!(talk.place_of(left_at) >= end, "it was left while the model was heard");
        assert_went_on(&stage, &talk).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_connection_that_ends_mid_sentence_sends_it_first() {
    virtually(async || {
        let long = Answer::say("A long story that is told for a long while.", 700.0, ms(20_000));
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(long.paced(Pace::Times(8.0)))
            .turn(Answer::say("At five.", 600.0, ms(600)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        stage.provider.go_away(Duration::from_secs(5));
        let left_at = stage.gone(0).await;
        talk.wait_tone_for(700.0, ms(8_000)).await;
        assert!(talk.place_of(left_at) < talk.heard().length(), "it was left while the model is heard");
        // The new connection can't know that the caller hears something.
        assert_went_on(&stage, &talk).await;
        let heard = tone_length(&talk.heard(), 700.0);
        assert!(heard < ms(12_000), "the story went on for {heard:?}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn words_said_as_a_connection_ends_are_answered_on_another() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        answered(&talk).await;
        // They speak when the time is up.
        stage.provider.go_away(Duration::from_secs(3));
        talk.caller.say(&babble(7, ms(4_000), RATE));
        talk.said().await;
        talk.caller.say(&silence(ms(800), RATE));
        talk.wait_tone_end(600.0).await;
        let heard = stage.connection(1).heard;
        assert!(heard.length() > ms(2_000), "only {:?} of it was sent", heard.length());
        assert_went_on_silently(&talk).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// They were written into an answer whose end never came.
#[test]
fn typed_words_are_answered_over_the_next_connection() {
    virtually(async || {
        let story = Answer::say("Once upon a time there was an operator.", 1000.0, ms(8_000));
        let answer = || Answer::say("We open at nine.", 700.0, ms(800));
        // The connection that sends nothing any more takes the first of these.
        let script =
            Script::new().greeting(story.paced(Pace::Times(1.3))).greeting(answer()).greeting(answer());
        let stage = Stage::opened(script, &[]).await;
        let world = stage.world();
        let (visitor, call) = voice::visitor(world).await;
        let hears = async |hz: f64, length: Duration| {
            let is_heard = || tone_length(&visitor.heard(), hz) >= length;
            for _ in 0..200 {
                if is_heard() {
                    return;
                }
                sleep(ms(100)).await;
            }
            panic!("{hz} Hz are not heard for {length:?}");
        };
        hears(1000.0, ms(1_500)).await;
        stage.provider.strike(Trouble::Hang);
        visitor.send(&json!({ "type": "typed", "text": "When do you open?" }).to_string());
        hears(700.0, ms(700)).await;
        assert_eq!(stage.connections(), 2);
        visitor.hang_up();
        world
            .until("the call's end", async || {
                let row = world.json(&format!("/api/v1/calls/{call}")).await;
                (row["state"] == "ended").then_some(())
            })
            .await;
        visitor.finish();
        stage.closed().await;
    });
}

async fn assert_went_on_silently(talk: &Talk<'_>) {
    for kind in ["assistant_interrupted", "assistant_replaced"] {
        assert_eq!(talk.events_of(kind).await.len(), 0, "{kind}");
    }
}

#[test]
fn an_unresumable_session_restarts_with_the_conversation_as_text() {
    virtually(async || {
        let manners = Manners { refuses_resumption: 1, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script(), &[]).await;
        let talk = stage.caller().await;
        answered(&talk).await;
        stage.provider.go_away(Duration::from_secs(10));
        talk.wait("a third connection", async || (stage.connections() == 3).then_some(())).await;
        talk.ask(600.0).await;
        assert_eq!(stage.setup(1)["sessionResumption"], json!({ "handle": "handle-0-2" }));
        assert_eq!(stage.setup(2)["sessionResumption"], json!({}));
        let remembered = stage.remembers(2);
        for part in ["agent: Good day.", "caller: When do you open?", "agent: At nine."] {
            assert!(remembered.contains(part), "{part:?} is not in:\n{remembered}");
        }
        assert_went_on_silently(&talk).await;
        assert!(!has_tone(&talk.heard(), 1300.0), "something was said that was not asked for");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_resumed_session_gets_what_followed_its_newest_handle() {
    virtually(async || {
        let long = Answer::say("At nine, and on Sundays we", 700.0, ms(6_000)).paced(Pace::Times(1.2));
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .turn(long.until(ms(1_000), Trouble::Abort))
            .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(600.0).await;
        assert_eq!(stage.setup(1)["sessionResumption"], json!({ "handle": "handle-0-1" }));
        let told = stage.connection(1).from_client("clientContent").next().unwrap().event.to_string();
        assert!(told.contains("When do you open?") && told.contains("At n"), "{told}");
        assert!(!told.contains("Good day."), "it was told what it already knows: {told}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// The session is resumed by its handle, so nothing else reminds the model.
#[test]
fn a_resumed_session_learns_of_a_tool_ended_meanwhile() {
    virtually(async || {
        let receiver = Receiver::start_here().unwrap();
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::call("look_up", &json!({ "article": "a7" })))
            .greeting(Answer::say("I can't find it.", 600.0, ms(800)));
        let stage = Stage::opened(script, &voice::TOOLS_REACH_HERE).await;
        voice::gets_slow_tool(&stage.server, &receiver.url("/slow"), 1_000).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("custom_tool_started").await;
        stage.leaves();
        stage.returns_after(ms(1_500));
        talk.wait_tone_end(600.0).await;
        let last = stage.connections() - 1;
        assert_eq!(stage.setup(last)["sessionResumption"], json!({ "handle": "handle-0-1" }));
        let told = stage.connection(last).remembers;
        let ends = told.iter().filter(|line| line.contains("The tool look_up that you called"));
        assert_eq!(ends.count(), 1, "{told:?}");
        assert_eq!(receiver.received().len(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_language_the_model_refuses_is_left_out() {
    virtually(async || {
        let manners = Manners { refuses_language: true, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script(), &[]).await;
        stage.with_profile(|profile| profile["language"] = json!("en-GB")).await;
        let talk = stage.caller().await;
        let greeted = talk.wait_tone_end(1000.0).await;
        talk.assert_no_dead_air(talk.caller.connected_at(), greeted.start);
        assert_eq!(stage.setup(0)["generationConfig"]["speechConfig"]["languageCode"], "en-GB");
        assert!(stage.setup(1)["generationConfig"]["speechConfig"].get("languageCode").is_none());
        assert!(!has_tone(&behind(&talk.heard(), greeted.end), 1000.0), "the caller was greeted twice");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_tool_outlives_its_connection() {
    virtually(async || voice::tool_outlives_its_connection::<Stage>().await);
}

/// The text for too many requests, or for an account without money.
const EXHAUSTED: &str = "Resource has been exhausted (e.g. check quota).";

fn exhausted() -> Door {
    Door::Refuse { status: 429, code: EXHAUSTED.to_owned(), retry_after_s: None }
}

#[test]
fn an_exhausted_resource_is_tried_again() {
    virtually(async || voice::tried_again::<Stage>(exhausted()).await);
}

#[test]
fn a_resource_that_stays_exhausted_counts_as_used_up() {
    virtually(async || {
        let script = (0..12).fold(Script::new(), |script, _| script.door(exhausted()));
        let stage = Stage::opened(script, &[]).await;
        let begun = Instant::now();
        let talk = stage.caller().await;
        let failed = talk.event("assistant_failed").await;
        assert_eq!(failed["failure"], "quota_exhausted");
        assert!(begun.elapsed() >= ms(2_000), "given up after {:?}", begun.elapsed());
        talk.wait_prompt("assistant_away").await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// Closed in the middle of an answer, with this text.
fn closed(words: &str) -> Trouble {
    Trouble::Error { kind: String::new(), code: words.to_owned() }
}

#[test]
fn a_close_for_a_cause_that_may_pass_is_survived() {
    virtually(async || voice::survived::<Stage>(closed(EXHAUSTED), "rate_limited").await);
}

#[test]
fn an_empty_account_brings_the_built_in_assistant() {
    let words = "You exceeded your current quota, please check your plan and billing details.";
    virtually(async || voice::replaced::<Stage>(closed(words), "quota_exhausted").await);
}
