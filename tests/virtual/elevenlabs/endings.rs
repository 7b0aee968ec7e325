//! How conversations end: by the agent, by their own limit, by errors.

use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::openai::{Answer, Pace, Script, Trouble, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::Stage;
use crate::openai::ears::tone_length;
use crate::openai::stage::{Talk, ms};
use crate::suites::voice::{self, VoiceStage};
use crate::world::virtually;

fn greeting() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600)))
}

/// The agent reports that it hangs up with its own tool.
fn says_that_it_hangs_up(stage: &Stage) {
    let response = json!({ "tool_name": "end_call", "tool_call_id": "end_call_1", "tool_type": "system",
                           "is_error": false, "is_called": true, "event_id": 9 });
    let event = json!({ "type": "agent_tool_response", "agent_tool_response": response });
    stage.provider.say_raw(&event.to_string());
}

/// The call has ended in order, and no other conversation was begun.
async fn hung_up(stage: &Stage, talk: &Talk<'_>) {
    assert_eq!(talk.wait_leg_ended().await.0, LegEnd::Hangup);
    assert_eq!(talk.next().await, "hangup");
    let row = talk.ended().await;
    assert_eq!((&row["hangup_by"], &row["hangup_cause"]), (&json!("assistant"), &json!("normal_clearing")));
    assert_eq!(stage.connections(), 1, "another conversation was begun");
    assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
}

#[test]
fn a_call_ends_once_the_agent_s_goodbye_was_heard() {
    virtually(async || {
        // All of it was sent when the connection ends, and little of it was heard.
        let goodbye = Answer::say("Thank you for calling, and goodbye.", 700.0, ms(3_000)).paced(Pace::Burst);
        let script = greeting().turn(goodbye.until(ms(3_000), Trouble::Close(1000)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        hung_up(&stage, &talk).await;
        assert_eq!(tone_length(&talk.heard(), 700.0), ms(3_000));
        let said = talk.transcript().await;
        assert_eq!(said.last().unwrap(), "assistant: Thank you for calling, and goodbye.");
        stage.closed().await;
    });
}

#[test]
fn an_agent_s_own_end_call_counts_whatever_follows() {
    for trouble in [Trouble::Close(1000), Trouble::Abort] {
        virtually(async || {
            let stage = Stage::opened(greeting(), &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            sleep(ms(1_000)).await;
            says_that_it_hangs_up(&stage);
            sleep(ms(200)).await;
            stage.provider.strike(trouble.clone());
            hung_up(&stage, &talk).await;
            stage.closed().await;
        });
    }
}

#[test]
fn no_agent_hangs_up_on_a_caller_without_an_answer() {
    virtually(async || {
        let script = greeting()
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .turn(Answer::never(Trouble::Close(1000)))
            .greeting(Answer::say("At nine.", 600.0, ms(800)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.wait_tone_end(600.0).await;
        assert_eq!(stage.connections(), 2);
        assert!(stage.remembers(1).contains("When do you open?"), "{}", stage.remembers(1));
        assert_eq!(talk.events_of("tool_started").await.len(), 0, "the call was to end");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn no_agent_hangs_up_on_a_caller_on_hold() {
    virtually(async || {
        let script = greeting().greeting(Answer::say("Welcome back.", 600.0, ms(700)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let id = talk.row().await["id"].as_str().unwrap().to_owned();
        let order = async |what: &str| {
            let path = format!("/api/v1/calls/{id}/{what}");
            let answer = stage.world().post(&path, &Value::Null, Token::Admin).await;
            assert_eq!(answer.status, 202, "{path}: {}", answer.text());
        };
        order("hold").await;
        talk.event("hold_began").await;
        sleep(ms(4_000)).await;
        says_that_it_hangs_up(&stage);
        stage.provider.strike(Trouble::Close(1000));
        sleep(ms(4_000)).await;
        assert_eq!(stage.connections(), 2, "nobody serves the caller");
        order("unhold").await;
        talk.wait_written("a welcome", async || {
            talk.transcript().await.contains(&"assistant: Welcome back.".to_owned()).then_some(())
        })
        .await;
        let remembered = stage.remembers(1);
        assert!(remembered.contains("context: the caller was on hold for"), "{remembered}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn no_agent_hangs_up_on_a_hold_of_its_own() {
    virtually(async || {
        let script = greeting()
            .turn(Answer::call("hold_call", &json!({})))
            .after_tools(Answer::say("I look it up.", 700.0, ms(500)))
            .greeting(Answer::say("Welcome back.", 600.0, ms(700)));
        let stage = Stage::opened(script, &[]).await;
        stage.with_tools(&["end_call", "hold_call", "unhold_call"]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("hold_began").await;
        sleep(ms(4_000)).await;
        says_that_it_hangs_up(&stage);
        stage.provider.strike(Trouble::Close(1000));
        sleep(ms(4_000)).await;
        assert_eq!(stage.connections(), 2, "nobody serves the caller");
        let started = talk.events_of("tool_started").await;
        assert_eq!(started.len(), 1, "the call was to end: {started:?}");
        let id = talk.row().await["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/calls/{id}/unhold");
        let answer = stage.world().post(&path, &Value::Null, Token::Admin).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        talk.wait_tone_end(600.0).await;
        // Off hold it ends the call as before.
        says_that_it_hangs_up(&stage);
        sleep(ms(200)).await;
        stage.provider.strike(Trouble::Close(1000));
        assert_eq!(talk.wait_leg_ended().await.0, LegEnd::Hangup);
        assert_eq!(talk.next().await, "hangup");
        stage.closed().await;
    });
}

/// The profile has no `end_call`, so the call goes on each time, and the agent says a word in each conversation.
#[test]
fn an_agent_that_keeps_hanging_up_is_given_up() {
    virtually(async || {
        let stage = Stage::opened(greeting(), &[]).await;
        stage.with_tools(&["take_message"]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for count in 1..=3 {
            sleep(ms(3_000)).await;
            assert_eq!(stage.connections(), count);
            stage.provider.strike(Trouble::Close(1000));
        }
        let replaced = talk.event("assistant_replaced").await;
        assert_eq!((&replaced["role"], &replaced["failure"]), (&json!("standby"), &json!("disconnected")));
        assert_eq!(stage.connections(), 3, "another conversation was begun");
        let refused = talk.events_of("tool_finished").await;
        assert_eq!(refused.len(), 3, "{refused:?}");
        assert!(refused.iter().all(|event| event["outcome"] == "refused"), "{refused:?}");
        talk.wait_prompt("assistant_away").await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// Each conversation lasted for a while, so that the third end is not the third failure in a row.
#[test]
fn conversations_that_end_by_their_limit_are_followed_by_others() {
    virtually(async || {
        let script = greeting().turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for count in 2..=5 {
            sleep(ms(40_000)).await;
            stage.provider.strike(Trouble::Expire);
            talk.wait("another conversation", async || (stage.connections() == count).then_some(())).await;
        }
        sleep(ms(2_000)).await;
        let failures = talk.events_of("assistant_interrupted").await;
        assert_eq!(failures.len(), 4);
        assert!(failures.iter().all(|event| event["failure"] == "session_expired"), "{failures:?}");
        assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
        talk.ask(700.0).await;
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(600), "the caller was greeted again");
        talk.hang_up().await;
        stage.closed().await;
    });
}

fn error(kind: &str, words: &str) -> Trouble {
    Trouble::Error { kind: kind.to_owned(), code: words.to_owned() }
}

#[test]
fn an_error_that_may_pass_is_survived() {
    let limited = error("unknown", "Concurrent conversation limit reached");
    virtually(async || voice::survived::<Stage>(limited, "rate_limited").await);
}

#[test]
fn a_lasting_error_leads_to_the_built_in_assistant() {
    let exhausted = error("unknown", "This request exceeds your quota limit");
    virtually(async || voice::replaced::<Stage>(exhausted, "quota_exhausted").await);
}

#[test]
fn a_tool_outlives_its_connection() {
    virtually(async || voice::tool_outlives_its_connection::<Stage>().await);
}
