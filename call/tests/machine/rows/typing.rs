//! A caller on a page who writes in place of speaking, and their button for a person.

use crate::script::play;

#[test]
fn what_is_written_is_a_turn_that_the_assistant_answers() {
    insta::assert_snapshot!(play("talking; types 1 When do you open?; says 2; played 2"), @"");
}

#[test]
fn it_cuts_what_is_being_said_as_speech_does() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; +1s; types 1 Hello."), @"");
}

#[test]
fn it_waits_for_an_assistant_that_is_not_there_yet() {
    insta::assert_snapshot!(play("connected; types 1 Hello.; types 1 Are you there?; ready"), @"");
}

#[test]
fn with_a_person_it_stands_in_the_transcript_and_no_assistant_answers() {
    let with_agent = "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1; agent audio; \
                      joined 4; types 1 My order is 4711.";
    insta::assert_snapshot!(play(with_agent), @"");
}

#[test]
fn nobody_else_writes_in_the_callers_place() {
    insta::assert_snapshot!(play("talking; types 7 Hello.; person 7"), @"");
}

#[test]
fn a_written_wish_for_a_person_is_heard_and_the_button_needs_no_words() {
    insta::assert_snapshot!(play("desk operator; talking; types 1 I want to talk to a person"), @"");
    insta::assert_snapshot!(play("desk operator; talking; person 1; person 1"), @"");
}

#[test]
fn where_nobody_can_be_asked_the_assistant_tells_so() {
    insta::assert_snapshot!(play("talking; person 1"), @"");
}
