//! What we ask of Twilio: calls that are ended and made, once, whatever its API says meanwhile.

use std::time::Duration;

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{Account, Caller};
use cordboard_test_support::twilio_rest::{Came, Trouble};
use serde_json::json;

use crate::house::{FROM, House, TO, sid};

/// Somebody is called; the id of the call.
#[track_caller]
fn place(house: &House) -> String {
    let answer = house.server().post("/api/v1/calls", &json!({ "to": FROM }), Token::Admin).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn calling_house() -> House {
    House::open(&[("dial_policy.numbers_allowed", "+1555*"), ("TWILIO_TRANSFER_CALLER_ID", TO)])
}

/// A status callback of a call that was made.
#[track_caller]
fn tell(house: &House, made: &Came, status: &str, sequence: &str) {
    let path = house.path_of(made.get("StatusCallback").unwrap());
    let mut fields = Account::fields(made.sid.as_ref().unwrap(), TO, FROM, status);
    fields.push(("SequenceNumber".to_owned(), sequence.to_owned()));
    assert_eq!(house.account().post(&path, &fields).unwrap().status, 204);
}

/// They take the call that was made for them.
pub(crate) fn answers(house: &House, made: &Came) -> Caller {
    let (first, status) = (made.get("Url").unwrap(), made.get("StatusCallback").unwrap());
    Caller::answer(&house.account(), made.sid.as_ref().unwrap(), (TO, FROM), first, status)
}

#[test]
fn a_call_that_a_program_ends_is_ended_at_twilio() {
    let house = House::open(&[]);
    let (caller, id) = house.call(1);
    house.wait_says(&id, "greeting");
    let answer =
        house.server().post(&format!("/api/v1/calls/{id}/hangup"), &json!({}), Token::Admin).unwrap();
    assert!(answer.status < 300, "{}", answer.text());
    let ended = house.rest().wait_done("POST", &format!("/Calls/{}.json", sid(1)), LIMIT).unwrap();
    assert_eq!(ended.form, [("Status".to_owned(), "completed".to_owned())]);
    assert_eq!(house.ended(&id)["hangup_by"], "api");
    caller.finish();
    house.close();
}

#[test]
fn a_call_that_we_make_is_made_once_though_twilio_is_full_and_who_answers_is_greeted() {
    let house = calling_house();
    house.rest().trouble(&[Trouble::TooMany { retry_after_s: 1 }, Trouble::TooMany { retry_after_s: 0 }]);
    let id = place(&house);
    let made = house.rest().wait_done("POST", "/Calls.json", LIMIT).unwrap();
    assert_eq!((made.get("To"), made.get("From")), (Some(FROM), Some(TO)));
    tell(&house, &made, "ringing", "1");
    house.event(&id, "dial_progress");
    let callee = answers(&house, &made);
    house.event(&id, "dial_answered");
    house.wait_says(&id, "greeting");
    callee.hang_up();
    let row = house.ended(&id);
    assert_eq!(
        (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
        (Some("normal_clearing"), Some("caller"))
    );
    assert_eq!(house.rest().came("POST", "/Calls.json").len(), 3, "refused twice, made once");
    callee.finish();
    house.close();
}

#[test]
fn a_call_of_which_twilio_does_not_say_whether_it_made_it_is_not_made_again_and_known_by_its_callbacks() {
    for (trouble, status, failure) in
        [(Trouble::DoneAndFails, "busy", "busy"), (Trouble::DoneAndSilent, "no-answer", "no_answer")]
    {
        let house = calling_house();
        house.rest().trouble(&[trouble]);
        let id = place(&house);
        let made = house.rest().wait_done("POST", "/Calls.json", LIMIT).unwrap();
        tell(&house, &made, "ringing", "1");
        house.event(&id, "dial_progress");
        tell(&house, &made, status, "2");
        house.ended(&id);
        assert_eq!(house.event(&id, "dial_failed")["failure"], failure, "{trouble:?}");
        assert_eq!(house.rest().came("POST", "/Calls.json").len(), 1, "{trouble:?}");
        house.close();
    }
}

#[test]
fn a_call_that_twilio_refuses_fails_with_the_reason() {
    let house = calling_house();
    house.rest().trouble(&[Trouble::Refuses(400, 21211)]);
    let id = place(&house);
    let failed = house.event(&id, "dial_failed");
    assert_eq!((&failed["failure"], &failed["cause"]), (&json!("bad_target"), &json!("twilio_21211")));
    house.ended(&id);
    house.close();
}

#[test]
fn a_call_that_nobody_waits_for_any_more_is_ended_while_it_rings() {
    let house = calling_house();
    let id = place(&house);
    let made = house.rest().wait_done("POST", "/Calls.json", LIMIT).unwrap();
    tell(&house, &made, "ringing", "1");
    house.event(&id, "dial_progress");
    let path = format!("/api/v1/calls/{id}/hangup");
    assert!(house.server().post(&path, &json!({}), Token::Admin).unwrap().status < 300);
    let call = format!("/Calls/{}.json", made.sid.as_ref().unwrap());
    let ended = house.rest().wait_done("POST", &call, Duration::from_secs(10)).unwrap();
    assert_eq!(ended.get("Status"), Some("completed"));
    house.ended(&id);
    house.close();
}
