//! What Cordboard learns of a caller.

use cordboard_test_support::book::Book;

use super::setup::Shared;

/// Otherwise everybody at a desk would see the number.
#[test]
fn a_caller_who_withholds_the_number_is_anonymous() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("800", "+15550165");
    let id = cordboard.call_from("anonymous");
    cordboard.wait_says(&id, "greeting");
    assert!(cordboard.calls_from("+15550165").is_empty(), "{:?}", cordboard.calls());
    call.hang_up().unwrap();
    cordboard.ended(&id);
}
