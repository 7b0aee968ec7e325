//! Calls that Cordboard makes, as a case asks for them.

use std::sync::atomic::{AtomicU32, Ordering};

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::handoff_suite::Caller;
use cordboard_test_support::sip::{Manner, PhoneCall};
use serde_json::Value;

use crate::setup::{Setup, Telephone};

/// Numbers outside that were called so far.
static OUTSIDE: AtomicU32 = AtomicU32::new(0);

/// A number outside that the dial policy admits, unused so far, whose telephone does this.
pub(crate) fn outside(setup: &Setup, manner: Manner) -> String {
    let number = format!("+49301{:04}", OUTSIDE.fetch_add(1, Ordering::Relaxed));
    setup.phones.will(&number, manner);
    number
}

/// A call to somebody whose telephone is being called; its id and the telephone.
#[track_caller]
pub(crate) fn called(setup: &Setup, number: &str, call: &Value) -> (String, PhoneCall) {
    let id = setup.place(call);
    (id, setup.phones.wait_invite(number, LIMIT).unwrap())
}

/// The answered party, as the other side of its call.
pub(crate) fn party(id: &str, phone: &PhoneCall) -> Caller<Telephone> {
    Caller { phone: Telephone::Called(phone.clone()), id: id.to_owned() }
}
