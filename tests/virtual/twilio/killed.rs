//! A server that is killed while a call that it has made waits in Twilio's queue: the next one waits for it as long, and learns what becomes of it.
//! And one that is killed while a person's phone rings for its caller.

use std::time::Duration;

use cordboard_test_support::twilio::{Account, Agent};
use cordboard_test_support::twilio_rest::{Came, Rest};
use serde_json::json;
use tokio::time::sleep;

use super::people::wait_completed;
use super::rest::{
    CALLING, CAMPAIGNING, CONTACT, answers, assert_taken_back, campaign_to, place_as, send, tell,
};
use super::setup::{FROM, Setup, TO, TOKEN};
use crate::suites::book::{Book as _, RestRequests as _};
use crate::world::{Setting, Stage};

/// A call that Twilio had in its queue when the server was killed.
struct Queued {
    rest: Rest,
    made: Came,
    id: String,
}

/// Runs a server with these settings, which is killed once a call that `place` makes is in Twilio's queue. Also returns the place's own result.
fn killed<T>(
    lives: &mut Stage,
    settings: &[Setting<'_>],
    place: impl AsyncFnOnce(&Setup) -> T,
) -> (Queued, T) {
    lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Setup::open_at(folder, rest, settings).await;
        let placed = place(&setup).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        let id = setup
            .wait_written("the call", async || setup.calls().await.first().map(|call| call["id"].clone()))
            .await;
        let id = id.as_str().unwrap().to_owned();
        setup.event(&id, "dial_accepted").await;
        (Queued { rest: setup.left(), made, id }, placed)
    })
}

async fn place_a_call(setup: &Setup) {
    place_as(setup, &json!({ "to": FROM, "answer_timeout_s": 30 })).await;
}

/// It would be given up after one ringing time, and its callee's phone would ring for nobody.
#[test]
fn a_killed_servers_queued_call_is_dialled_and_greeted() {
    let mut lives = Stage::new();
    let (Queued { rest, made, id }, ()) = killed(&mut lives, &CALLING, place_a_call);
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &CALLING).await;
        sleep(Duration::from_secs(100)).await;
        tell(&setup, &made, "initiated", "0").await;
        tell(&setup, &made, "ringing", "1").await;
        setup.event(&id, "dial_progress").await;
        let callee = answers(&setup, &made);
        setup.wait_says(&id, "greeting").await;
        callee.hang_up();
        setup.ended(&id).await;
        callee.finish();
        assert_eq!(setup.rest().came("POST", "/Calls.json").len(), 1, "nobody is called twice");
        setup.close().await;
    });
}

#[test]
fn a_killed_servers_queued_call_to_a_busy_phone_fails() {
    let mut lives = Stage::new();
    let (Queued { rest, made, id }, ()) = killed(&mut lives, &CALLING, place_a_call);
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &CALLING).await;
        sleep(Duration::from_secs(100)).await;
        tell(&setup, &made, "busy", "1").await;
        assert_eq!(setup.ended(&id).await["failure"], "busy");
        setup.close().await;
    });
}

/// Twilio's report came to no server. The call would be awaited for ten minutes, as if it still were in the queue.
#[test]
fn a_queued_call_that_ended_during_a_restart_fails() {
    let mut lives = Stage::new();
    let (Queued { rest, id, .. }, ()) = killed(&mut lives, &CALLING, place_a_call);
    rest.calls_are("no-answer");
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &CALLING).await;
        assert_eq!(setup.ended(&id).await["failure"], "no_answer");
        setup.close().await;
    });
}

/// The next process knows from the journal that the call may be queued. It would call somebody who has asked for no calls, and count a try.
#[test]
fn a_killed_servers_campaign_takes_its_queued_call_back() {
    let mut lives = Stage::new();
    let place = async |setup: &Setup| campaign_to(setup, CONTACT).await;
    let (Queued { rest, made, .. }, campaign) = killed(&mut lives, &CAMPAIGNING, place);
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &CAMPAIGNING).await;
        send(&setup, "/api/v1/suppressions", &json!({ "number": CONTACT })).await;
        assert_taken_back(&setup, &campaign).await;
        // The journal has Twilio's name for the call, so its phone never rings.
        let ended = setup.rest().comes("POST", &format!("/Calls/{}.json", made.sid.as_ref().unwrap())).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        setup.close().await;
    });
}

/// Otherwise they would wait in their room for a caller who never comes.
#[test]
fn a_person_who_answers_after_a_restart_is_let_go() {
    let settings = [
        ("TWILIO_TRANSFER_CALLER_ID", TO),
        ("FREEPBX_DOMAIN", "pbx.example.com"),
        ("extensions.operator", "people,2001,1"),
    ];
    let mut lives = Stage::new();
    let (rest, came) = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Setup::open_at(folder, rest, &settings).await;
        let (_caller, id) = setup.call(1).await;
        setup.wait_says(&id, "greeting").await;
        send(&setup, &format!("/api/v1/calls/{id}/handoff"), &json!({ "target": "operator" })).await;
        let came = setup.rest().comes("POST", "/Conferences/").await;
        Agent::of(&setup.account(), &came).rings().await;
        setup.event(&id, "handoff_ringing").await;
        (setup.left(), came)
    });
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &settings).await;
        let agent = Agent::of(&setup.account(), &came);
        agent.answers().await;
        wait_completed(&setup, agent.call()).await;
        setup.close().await;
    });
}
