//! Words that a leg still plays as their assistant is lost: its report comes behind the loss.

use cordboard_schema::fold::Role;

use crate::script::{call_after, play_after};

const GREETING_PLAYS: &str = "chain 2; connected; ready; says 1 greeting; +1s";

#[test]
fn a_greeting_that_plays_to_its_end_is_in_the_transcript_and_not_said_again() {
    insta::assert_snapshot!(play_after(GREETING_PLAYS, "failed disconnected; ready; played 1; +1s"), @"");
}

#[test]
fn one_that_the_loss_cut_short_is_gone_on_with() {
    insta::assert_snapshot!(play_after(GREETING_PLAYS, "failed disconnected; cut 1 1.9s; ready"), @"");
}

#[test]
fn one_that_nobody_heard_is_said_by_the_next_voice() {
    insta::assert_snapshot!(play_after(GREETING_PLAYS, "failed disconnected; ready; cut 1 0s"), @"");
    insta::assert_snapshot!(play_after(GREETING_PLAYS, "failed disconnected; ready; +1s"), @"");
}

#[test]
fn an_answer_is_heard_out_and_the_next_voice_knows_it() {
    let beginning = "chain 2; talking; speaks; +1s; spoken 1s; words hello; says 2; +1s";
    insta::assert_snapshot!(play_after(beginning, "failed disconnected; ready; played 2"), @"");
    let call = call_after(&format!("{beginning}; failed disconnected"));
    let said: Vec<_> = call.machine.history().into_iter().map(|line| (line.role, line.text)).collect();
    let line = |role, text: &str| (role, text.to_owned());
    let words = || line(Role::Assistant, "One two three four.");
    assert_eq!(said, [words(), line(Role::Caller, "hello"), words()]);
}

#[test]
fn a_caller_who_leaves_meanwhile_has_heard_what_was_reported() {
    insta::assert_snapshot!(play_after(GREETING_PLAYS, "failed disconnected; broken; to the end"), @"");
}

#[test]
fn a_goodbye_that_plays_to_its_end_ends_the_call_and_is_not_said_again() {
    let beginning = "standing by; talking; tool c0 end_call; says 2 goodbye; +1s";
    insta::assert_snapshot!(play_after(beginning, "failed disconnected; ready; played 2"), @"");
    insta::assert_snapshot!(play_after(beginning, "failed disconnected; ready; cut 2 1s"), @"");
}

#[test]
fn a_greeting_that_plays_as_the_standby_comes_is_not_owed_by_the_voice_that_returns() {
    let beginning = "standing by; connected; ready; says 1 greeting; +1s";
    insta::assert_snapshot!(play_after(beginning, "failed disconnected; ready; played 1; says 2 assistant_away; +2s; played 2; +6s; candidate ready"), @"");
}
