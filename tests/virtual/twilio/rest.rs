//! Our requests to Twilio: calls that are ended and made, once, whatever its API answers meanwhile.

use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Account, Caller};
use cordboard_test_support::twilio_rest::{Came, Trouble};
use serde_json::json;
use tokio::time::Instant;

use super::setup::{FROM, Setup, TO, sid};
use crate::suites::book::{Book as _, RestRequests as _};
use crate::world::virtually;

/// Somebody is called; the id of the call.
async fn place(setup: &Setup) -> String {
    let answer = setup.server().post("/api/v1/calls", &json!({ "to": FROM }), Token::Admin).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn calling_house() -> Setup {
    Setup::open(&[("dial_policy.numbers_allowed", "+1555*"), ("TWILIO_TRANSFER_CALLER_ID", TO)]).await
}

/// A status callback of a call that was made.
pub(crate) async fn tell(setup: &Setup, made: &Came, status: &str, sequence: &str) {
    tell_with(setup, made, status, &[("SequenceNumber", sequence)]).await;
}

/// The same with further fields.
async fn tell_with(setup: &Setup, made: &Came, status: &str, more: &[(&str, &str)]) {
    let path = setup.path_of(made.get("StatusCallback").unwrap());
    let mut fields = Account::fields(made.sid.as_ref().unwrap(), TO, FROM, status);
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    assert_eq!(setup.account().post(&path, &fields).await.unwrap().status, 204);
}

/// They take the call that was made for them.
pub(crate) fn answers(setup: &Setup, made: &Came) -> Caller {
    let (first, status) = (made.get("Url").unwrap(), made.get("StatusCallback").unwrap());
    Caller::answer_here(&setup.account(), made.sid.as_ref().unwrap(), (TO, FROM), first, status)
}

#[test]
fn a_call_that_a_program_ends_is_ended_at_twilio() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_says(&id, "greeting").await;
        let answer =
            setup.server().post(&format!("/api/v1/calls/{id}/hangup"), &json!({}), Token::Admin).await;
        assert!(answer.status < 300, "{}", answer.text());
        let asked_at = Instant::now();
        let ended = setup.rest().comes("POST", &format!("/Calls/{}.json", sid(1))).await;
        assert_eq!(ended.at, asked_at);
        assert_eq!(ended.form, [("Status".to_owned(), "completed".to_owned())]);
        assert_eq!(setup.ended(&id).await["hangup_by"], "api");
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_call_that_we_make_is_made_once_though_twilio_is_full_and_who_answers_is_greeted() {
    virtually(async || {
        let setup = calling_house().await;
        setup.rest().trouble(&[Trouble::TooMany { retry_after_s: 1 }, Trouble::TooMany { retry_after_s: 0 }]);
        let id = place(&setup).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!((made.get("To"), made.get("From")), (Some(FROM), Some(TO)));
        tell(&setup, &made, "ringing", "1").await;
        setup.event(&id, "dial_progress").await;
        let callee = answers(&setup, &made);
        setup.event(&id, "dial_answered").await;
        setup.wait_says(&id, "greeting").await;
        callee.hang_up();
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
            (Some("normal_clearing"), Some("caller"))
        );
        let asked: Vec<_> = setup.rest().came("POST", "/Calls.json").iter().map(|came| came.at).collect();
        let [first, second, third] = asked[..] else { panic!("refused twice, made once: {asked:?}") };
        // Behind what Twilio says comes what spreads many, by chance: the second time twice as much.
        let waits = ((second - first).as_millis(), (third - second).as_millis());
        assert!((1_125..=1_250).contains(&waits.0) && (250..=500).contains(&waits.1), "{waits:?}");
        callee.finish();
        setup.close().await;
    });
}

#[test]
fn a_call_of_which_twilio_does_not_say_whether_it_made_it_is_not_made_again_and_known_by_its_callbacks() {
    virtually(async || {
        for (trouble, status, failure) in
            [(Trouble::DoneAndFails, "busy", "busy"), (Trouble::DoneAndSilent, "no-answer", "no_answer")]
        {
            let setup = calling_house().await;
            setup.rest().trouble(&[trouble]);
            let id = place(&setup).await;
            let made = setup.rest().comes("POST", "/Calls.json").await;
            tell(&setup, &made, "ringing", "1").await;
            setup.event(&id, "dial_progress").await;
            tell(&setup, &made, status, "2").await;
            setup.ended(&id).await;
            assert_eq!(setup.event(&id, "dial_failed").await["failure"], failure, "{trouble:?}");
            assert_eq!(setup.rest().came("POST", "/Calls.json").len(), 1, "{trouble:?}");
            setup.close().await;
        }
    });
}

#[test]
fn a_call_that_twilio_refuses_fails_with_the_reason() {
    virtually(async || {
        let setup = calling_house().await;
        setup.rest().trouble(&[Trouble::Refuses(400, 21211)]);
        let id = place(&setup).await;
        let failed = setup.event(&id, "dial_failed").await;
        assert_eq!((&failed["failure"], &failed["cause"]), (&json!("bad_target"), &json!("twilio_21211")));
        setup.ended(&id).await;
        setup.close().await;
    });
}

/// Twilio says who has answered in the callback of the answer.
#[test]
fn a_mailbox_that_twilio_has_found_is_hung_up_on_where_people_are_wanted() {
    virtually(async || {
        let setup = calling_house().await;
        let body = json!({ "to": FROM, "voicemail": { "do": "hang_up" } });
        let answer = setup.server().post("/api/v1/calls", &body, Token::Admin).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let made = setup.rest().comes("POST", "/Calls.json").await;
        assert_eq!(made.get("MachineDetection"), Some("Enable"));
        tell(&setup, &made, "ringing", "1").await;
        let answered = [("SequenceNumber", "2"), ("AnsweredBy", "machine_start")];
        tell_with(&setup, &made, "in-progress", &answered).await;
        assert_eq!(setup.event(&id, "answered_by").await["who"], "machine");
        let ended = setup.rest().comes("POST", &format!("/Calls/{}.json", made.sid.as_ref().unwrap())).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        assert_eq!(setup.ended(&id).await["failure"], "voicemail");
        setup.close().await;
    });
}

#[test]
fn a_call_that_nobody_waits_for_any_more_is_ended_while_it_rings() {
    virtually(async || {
        let setup = calling_house().await;
        let id = place(&setup).await;
        let made = setup.rest().comes("POST", "/Calls.json").await;
        tell(&setup, &made, "ringing", "1").await;
        setup.event(&id, "dial_progress").await;
        let path = format!("/api/v1/calls/{id}/hangup");
        assert!(setup.server().post(&path, &json!({}), Token::Admin).await.status < 300);
        let call = format!("/Calls/{}.json", made.sid.as_ref().unwrap());
        let ended = setup.rest().comes("POST", &call).await;
        assert_eq!(ended.get("Status"), Some("completed"));
        setup.ended(&id).await;
        setup.close().await;
    });
}
