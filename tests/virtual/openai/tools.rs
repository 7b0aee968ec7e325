//! Tools that the model calls.

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::openai::{Answer, Connection, Content, Pace, Script, Words};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::ears::tone_length;
use super::stage::{RATE, Stage, ms};
use crate::api;
use crate::world::virtually;

fn script(answer: Answer) -> Script {
    Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500))).turn(answer).after_tools(Answer::say(
        "That did not work.",
        700.0,
        ms(600),
    ))
}

/// The outputs that were sent, by the call that they answer.
fn outputs(connection: &Connection) -> Vec<(String, String)> {
    let items = connection.conversation.items.iter();
    let output = |content: &Content| match content {
        Content::Returned { call_id, output } => Some((call_id.clone(), output.clone())),
        _ => None,
    };
    items.filter_map(|item| output(&item.content)).collect()
}

/// A request of the model to connect the caller with an unknown party.
fn stranger(name: &str) -> Value {
    json!({ "target": name })
}

#[test]
fn a_refused_tool_is_answered_and_the_model_goes_on() {
    virtually(async || {
        let stage = Stage::open(script(Answer::call("transfer_call", &stranger("the pope")))).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let connection = stage.connection(0);
        let given = outputs(&connection);
        assert_eq!(given.len(), 1, "{given:?}");
        assert!(
            serde_json::from_str::<Value>(&given[0].1).is_ok(),
            "an output is JSON by convention: {given:?}"
        );
        // One for the greeting, one for the output.
        assert_eq!(connection.from_client("response.create").count(), 2);
        assert_eq!(talk.event("tool_finished").await["outcome"], "refused");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn two_tools_are_answered_in_order_with_one_response_request() {
    virtually(async || {
        let two = Answer::call("transfer_call", &stranger("one")).and_call("transfer_call", &stranger("two"));
        let stage = Stage::open(script(two)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let connection = stage.connection(0);
        let given: Vec<String> = outputs(&connection).into_iter().map(|(call_id, _)| call_id).collect();
        assert_eq!(given.len(), 2);
        assert!(given[0].ends_with("_0") && given[1].ends_with("_1"), "{given:?}");
        assert_eq!(connection.from_client("response.create").count(), 2);
        let last_output = connection.from_client("conversation.item.create").last().unwrap().at;
        assert!(connection.from_client("response.create").last().unwrap().at >= last_output);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn bad_arguments_and_unknown_tools_are_answered_with_an_error() {
    virtually(async || {
        let bad = Answer::call("call_the_moon", &json!({}))
            .and_call_with_text("transfer_call", "{\"target\": \"oper")
            .and_call_with_text("transfer_call", "[1, 2]");
        let stage = Stage::open(script(bad)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        let given = stage
            .provider
            .wait(0, "three outputs", |connection| Some(outputs(connection)).filter(|given| given.len() >= 3))
            .await;
        assert_eq!(given.len(), 3, "{given:?}");
        for (_, output) in &given {
            let output: Value = serde_json::from_str(output).unwrap();
            assert!(output.is_object(), "{output}");
        }
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn the_assistant_is_silent_while_a_message_is_taken() {
    virtually(async || {
        // A key ends the message: until then the tool runs.
        let stage = Stage::open(script(Answer::call("take_message", &json!({})))).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("tool_started").await;
        talk.wait("the introduction's end", async || {
            let events = talk.events().await;
            let item = &events.iter().find(|event| event["line"] == "message_intro")?["item"];
            let is_end = |event: &&Value| event["kind"] == "played_until" && event["item"] == *item;
            events.iter().find(is_end).map(drop)
        })
        .await;
        talk.caller.say(&babble(3, ms(2500), RATE));
        talk.caller.say(&silence(ms(1000), RATE));
        talk.said().await;
        // The assistant does not speak during a message.
        let responses = stage.connection(0).from_server("response.created").count();
        talk.caller.press('#');
        talk.event("message_taken").await;
        talk.wait("an output", async || (outputs(&stage.connection(0)).len() == 1).then_some(())).await;
        assert_eq!(responses, 3, "greeting, call and introduction");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_transfer_waits_until_the_words_before_it_were_heard() {
    virtually(async || {
        let moving = Answer::say("One moment, I will connect you with a colleague.", 700.0, ms(3000))
            .and_call("transfer_call", &json!({ "target": "operator" }))
            .paced(Pace::Burst);
        let stage = Stage::open(script(moving)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        let (end, _) = talk.wait_leg_ended().await;
        assert_eq!(end, LegEnd::Hangup);
        let heard = tone_length(&talk.heard(), 700.0);
        assert_eq!(heard, ms(3000));
        assert_eq!(talk.next().await, "goto people,operator,1");
        let row = talk.ended().await;
        assert_eq!(row["hangup_cause"], "call_transferred");
        stage.close().await;
    });
}

#[test]
fn a_call_ends_only_after_its_goodbye_was_heard() {
    virtually(async || {
        let goodbye = Answer::say("Thank you for calling. Goodbye.", 700.0, ms(2000))
            .and_call("end_call", &json!({}))
            .paced(Pace::Burst);
        let stage = Stage::open(script(goodbye)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.wait_leg_ended().await;
        let heard = tone_length(&talk.heard(), 700.0);
        assert_eq!(heard, ms(2000));
        assert_eq!(talk.next().await, "hangup");
        let said = talk.transcript().await;
        assert_eq!(said.last().unwrap(), "assistant: Thank you for calling. Goodbye.");
        stage.close().await;
    });
}

#[test]
fn asking_for_a_person_works_without_the_model() {
    virtually(async || {
        let chatting = Answer::say("People are busy. What is it about?", 700.0, ms(600));
        let said = ["Don't transfer me yet.", "He said transfer me.", "I want to talk to a real person."];
        let words = said
            .iter()
            .fold(Script::new(), |script, said| script.words(Words::Heard((*said).to_owned(), ms(100))));
        let stage = Stage::open(words.greeting(Answer::say("Hello.", 1000.0, ms(500))).turn(chatting)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        for count in 1..=2 {
            talk.say_words().await;
            talk.wait_written("an answer", async || {
                (talk.transcript().await.len() == 1 + 2 * count).then_some(())
            })
            .await;
        }
        talk.say_words().await;
        let (end, _) = talk.wait_leg_ended().await;
        assert_eq!(end, LegEnd::Hangup);
        assert_eq!(talk.next().await, "goto people,operator,1");
        assert_eq!(talk.event("person_wished").await["phrase"], "talk to a person");
        assert_eq!(talk.ended().await["hangup_cause"], "call_transferred");
        stage.close().await;
    });
}

/// The business is open on working days, and its assistant books appointments and does nothing else.
async fn books(stage: &Stage) {
    let day = json!([{ "from": "08:00", "to": "17:00" }]);
    let business = json!({
        "revision": 0, "trade": "plumber", "name": "Miller", "time_zone": "Europe/Berlin",
        "services": [{ "name": "Estimate", "duration_minutes": 45, "price": { "type": "on_request" } }],
        "hours": { "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
                   "saturday": [], "sunday": [] },
    });
    let answer = stage.server.put("/api/v1/business-profile", &business, Token::Admin).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let profiles = stage.json("/api/v1/agent-profiles").await;
    let path = format!("/api/v1/agent-profiles/{}", profiles["items"][0]["id"].as_str().unwrap());
    changes(stage, &path, &json!({ "tools": ["book_estimate"] })).await;
}

/// An administrator changes what is at a path.
async fn changes(stage: &Stage, path: &str, change: &Value) {
    let answer = api::ask(stage.server.addresses.http, "PATCH", path, Token::Admin, Some(change)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// It is Tuesday, 4 May 2027. The model of the second call can't know the appointment's id from anywhere else.
#[test]
fn a_caller_moves_an_earlier_calls_appointment() {
    const CALLER: &str = "+493012345678";
    virtually(async || {
        let books_by = |arguments: &Value| Answer::call("book_estimate", arguments);
        let find = json!({ "action": "find_appointments" });
        let hold =
            json!({ "action": "hold", "service": "Estimate", "starts_at": "2027-05-10T09:00:00+02:00" });
        let hello = || Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500)));
        let done = || Answer::say("There you are.", 700.0, ms(400));
        let stage = Stage::open(hello().turn(books_by(&hold)).after_tools(done())).await;
        books(&stage).await;
        let first = stage.call_by(CALLER).await;
        first.wait_tone_end(1000.0).await;
        first.ask(700.0).await;
        first.hang_up().await;
        let appointment = async || stage.json("/api/v1/appointments").await["items"][0].clone();
        let id = appointment().await["id"].as_str().unwrap().to_owned();
        changes(&stage, &format!("/api/v1/appointments/{id}"), &json!({ "status": "confirmed" })).await;

        let to = json!({ "action": "move", "appointment": id, "starts_at": "2027-05-11T10:00:00+02:00" });
        let moves = hello().turn(books_by(&find)).after_tools(books_by(&to)).after_tools(done());
        stage.provider.rewrite(moves);
        let second = stage.call_by(CALLER).await;
        second.wait_tone_end(1000.0).await;
        second.ask(700.0).await;
        second.hang_up().await;
        let given = outputs(&stage.connection(1));
        let found = format!("Monday, 2027-05-10T09:00:00+02:00, Estimate, as appointment {id}");
        assert!(given[0].1.contains(&found), "{given:?}");
        assert!(given[1].1.contains("moved to Tuesday, 2027-05-11T10:00:00+02:00"), "{given:?}");
        assert_eq!(appointment().await["status"], "moved");

        stage.provider.rewrite(hello().turn(books_by(&find)).after_tools(done()));
        let stranger = stage.call_by("+493012345679").await;
        stranger.wait_tone_end(1000.0).await;
        stranger.ask(700.0).await;
        stranger.hang_up().await;
        let given = outputs(&stage.connection(2));
        assert!(given[0].1.contains("no upcoming appointment") && !given[0].1.contains(&id), "{given:?}");
        stage.close().await;
    });
}
