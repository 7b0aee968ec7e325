//! Calls that Cordboard makes, as a case asks for them.

use std::sync::atomic::{AtomicU32, Ordering};

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::handoff_suite::Caller;
use cordboard_test_support::server::{Answer, Token};
use cordboard_test_support::sip::{Manner, PhoneCall};
use serde_json::Value;

use crate::house::{House, Telephone};

/// Numbers outside that were called so far.
static OUTSIDE: AtomicU32 = AtomicU32::new(0);

/// A number outside that the dial policy admits, unused so far, whose telephone does this.
pub(crate) fn outside(house: &House, manner: Manner) -> String {
    let number = format!("+49301{:04}", OUTSIDE.fetch_add(1, Ordering::Relaxed));
    house.phones.will(&number, manner);
    number
}

/// The id of a call that has begun.
#[track_caller]
pub(crate) fn begun(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let row = answer.json();
    // Of a telephone that is not there the switch knows it before the answer is written.
    let has_failed = row["state"] == "ended" && row["failure"].is_string();
    assert!(row["direction"] == "outbound" && (row["state"] == "dialling" || has_failed), "{row}");
    row["id"].as_str().unwrap().to_owned()
}

/// A call to somebody, as soon as it has begun; its id.
#[track_caller]
pub(crate) fn place(house: &House, call: &Value) -> String {
    begun(&house.server.post("/api/v1/calls", call, Token::Admin).unwrap())
}

/// The same, once this telephone is being called.
#[track_caller]
pub(crate) fn called(house: &House, number: &str, call: &Value) -> (String, PhoneCall) {
    let id = place(house, call);
    (id, house.phones.wait_invite(number, LIMIT).unwrap())
}

/// What was called, once it has answered, as the other party of its call.
pub(crate) fn party(id: &str, phone: &PhoneCall) -> Caller<Telephone> {
    Caller { phone: Telephone::Called(phone.clone()), id: id.to_owned() }
}
