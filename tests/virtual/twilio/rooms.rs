//! Callers without a stream who wait in a room for a person.

use cordboard_test_support::twilio::Caller;
use cordboard_test_support::twilio_rest::Trouble;
use serde_json::json;

use super::people::{called, wait_completed};
use super::setup::{Setup, TO, sid};
use crate::suites::book::{Book as _, wait_for};
use crate::world::{virtually, when};

const HOST: &str = "pbx.example.com";

/// A server whose number is answered turn by turn, and that can call people.
async fn meeting_house() -> Setup {
    let setup = Setup::open(&[
        ("extensions.operator", "internal,2001,1"),
        ("FREEPBX_DOMAIN", HOST),
        ("TWILIO_TRANSFER_CALLER_ID", TO),
    ])
    .await;
    setup.has_number(json!({ "mode": "gather" })).await;
    setup
}

/// A caller who has heard the greeting and has asked for a person, while both wait for that person.
async fn waiting(setup: &Setup) -> (Caller, String) {
    let (caller, id) = setup.call(1).await;
    setup.rest().holds(&sid(1), &caller);
    caller.press('0');
    (caller, id)
}

/// How often the caller was asked for a turn.
fn turns(caller: &Caller) -> usize {
    caller.documents().iter().filter(|document| document.contains("<Gather")).count()
}

#[test]
fn a_caller_waits_with_music_until_the_person_joins() {
    virtually(async || {
        let setup = meeting_house().await;
        let (caller, id) = waiting(&setup).await;
        let agent = called(&setup, 0).await;
        assert_eq!(setup.rest().came("POST", "/Conferences/")[0].get("To"), Some("sip:2001@pbx.example.com"));
        wait_for("the caller in the room", || agent.with() == ["caller"]).await;
        let document = caller.documents().pop().unwrap();
        assert!(
            document.contains("startConferenceOnEnter=\"false\"") && !document.contains("waitUrl"),
            "{document}"
        );
        agent.rings().await;
        setup.event(&id, "handoff_ringing").await;
        assert!(setup.events_of(&id, "handoff_bridged").await.is_empty());
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        assert_eq!(agent.with(), ["agent", "caller"]);
        agent.leaves().await;
        let row = setup.ended(&id).await;
        assert_eq!(row["hangup_cause"], "call_transferred");
        let journal = setup.journal(&id).await;
        assert_eq!(when(&journal, "handoff_bridged"), when(&journal, "handoff_accepted"));
        assert_eq!(when(&journal, "ended"), when(&journal, "unbridged"));
        wait_completed(&setup, &sid(1)).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_caller_hanging_up_after_talking_ends_call_and_room() {
    virtually(async || {
        let setup = meeting_house().await;
        let (caller, id) = waiting(&setup).await;
        let agent = called(&setup, 0).await;
        wait_for("the caller in the room", || agent.with() == ["caller"]).await;
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        caller.hang_up();
        assert_eq!(setup.ended(&id).await["hangup_cause"], "call_transferred");
        wait_for("the end of the room", || agent.has_room_ended()).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn however_ringing_ends_callers_hear_it_in_the_next_turn() {
    virtually(async || {
        let setup = meeting_house().await;
        let (caller, id) = waiting(&setup).await;
        for (number, (status, failure)) in
            [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "congestion")].into_iter().enumerate()
        {
            let agent = called(&setup, number).await;
            wait_for("the caller in the room", || agent.with() == ["caller"]).await;
            agent.rings().await;
            let before = turns(&caller);
            agent.comes_to(status).await;
            wait_for("the next turn", || turns(&caller) > before).await;
            let last = caller.documents().pop().unwrap();
            assert!(last.contains("I can&apos;t reach that person"), "{last}");
            assert_eq!(setup.events_of(&id, "handoff_abandoned").await[number]["failure"], failure);
            assert!(agent.has_room_ended(), "nobody is left there");
            caller.press('0');
        }
        let agent = called(&setup, 3).await;
        wait_for("the caller in the room", || agent.with() == ["caller"]).await;
        agent.answers().await;
        setup.event(&id, "handoff_bridged").await;
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_caller_hanging_up_in_the_room_ends_the_ringing() {
    virtually(async || {
        let setup = meeting_house().await;
        let (caller, id) = waiting(&setup).await;
        let agent = called(&setup, 0).await;
        wait_for("the caller in the room", || agent.with() == ["caller"]).await;
        agent.rings().await;
        caller.hang_up();
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_by"].as_str(), row["hangup_cause"].as_str()),
            (Some("caller"), Some("normal_clearing"))
        );
        wait_completed(&setup, agent.call()).await;
        assert_eq!(setup.event(&id, "handoff_abandoned").await["failure"], "caller_left");
        let said = setup
            .transcript(&id)
            .await
            .iter()
            .filter(|line| line["text"].to_string().contains("reach"))
            .count();
        assert_eq!(said, 0, "nobody was there to hear that nobody can be reached");
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn refusing_to_call_a_person_returns_the_caller_at_once() {
    virtually(async || {
        let setup = meeting_house().await;
        setup.rest().trouble(&[Trouble::Refuses(400, 21_211)]);
        let (caller, id) = waiting(&setup).await;
        // The refusal may come before the caller is in the room: then they are redirected out of it once more.
        wait_for("the next turn", || turns(&caller) >= 2).await;
        assert_eq!(setup.event(&id, "handoff_abandoned").await["failure"], "bad_target");
        caller.hang_up();
        setup.ended(&id).await;
        caller.finish();
        setup.close().await;
    });
}
