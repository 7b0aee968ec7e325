//! A Cordboard that does not come back: callers reach the person.

use std::time::{Duration, Instant};

use super::ear::wait_operator;
use super::setup::Cordboard;
use cordboard_test_support::book::Book;
use cordboard_test_support::ear::figure;

/// How long the dialplan waits for it.
const WINDOW: Duration = Duration::from_secs(4);

#[test]
fn callers_of_a_cordboard_that_stays_away_reach_the_person() {
    let mut cordboard = Cordboard::start_with_window(&[], WINDOW);
    let call = cordboard.dial("100", "+15550150");
    let id = cordboard.call_from("+15550150");
    cordboard.wait_says(&id, "greeting");
    let killed_at = Instant::now();
    cordboard.server.kill().unwrap();
    wait_operator(&call);
    figure(&format!("the person answered {:.1} s after the kill", killed_at.elapsed().as_secs_f64()));
    // A caller who calls only now gets there as well.
    let later = cordboard.dial("100", "+15550151");
    wait_operator(&later);

    // Cordboard comes back too late for them, and waits without success.
    cordboard.server.restart().unwrap();
    cordboard.wait("the interrupted call", || (cordboard.call(&id)["state"] == "interrupted").then_some(()));
    call.hang_up().unwrap();
}

#[test]
fn a_call_that_nobody_resumes_is_closed_after_the_window() {
    let mut cordboard = Cordboard::start_with_window(&[("calls.resume_window_s", "1")], WINDOW);
    let call = cordboard.dial("100", "+15550152");
    let id = cordboard.call_from("+15550152");
    cordboard.wait_says(&id, "greeting");
    cordboard.server.kill().unwrap();
    call.hang_up().unwrap();
    cordboard.server.restart().unwrap();
    let row = cordboard.ended(&id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"server_restart".into(), &"server".into()));
    let said = cordboard.transcript(&id);
    assert!(said.iter().all(|item| item["role"] == "assistant"), "{said:?}");
}
