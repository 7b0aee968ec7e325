//! Outbound calls, as a case requests them.

use std::sync::atomic::{AtomicU32, Ordering};

use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::handoff_suite::Caller;
use cordboard_test_support::sip::{Manner, PhoneCall};
use serde_json::Value;

use crate::setup::{Setup, Telephone};

/// How many outside numbers were called so far.
static OUTSIDE: AtomicU32 = AtomicU32::new(0);

/// An unused outside number that the dial policy allows, whose telephone does this.
pub(crate) fn outside(setup: &Setup, manner: Manner) -> String {
    let number = format!("+49301{:04}", OUTSIDE.fetch_add(1, Ordering::Relaxed));
    setup.phones.will(&number, manner);
    number
}

/// A call to a person whose telephone is ringing; its id and the telephone.
#[track_caller]
pub(crate) fn called(setup: &Setup, number: &str, call: &Value) -> (String, PhoneCall) {
    let id = setup.place(call);
    (id, setup.phones.wait_invite(number, LIMIT).unwrap())
}

/// The answered party, as the other side of the call.
pub(crate) fn party(id: &str, phone: &PhoneCall) -> Caller<Telephone> {
    Caller { phone: Telephone::Called(phone.clone()), id: id.to_owned() }
}
