//! A caller on a page who types instead of speaking, and their button that asks for a person.

use crate::script::{play, play_after};

#[test]
fn the_assistant_answers_typed_text() {
    insta::assert_snapshot!(play("talking; types 1 When do you open?; says 2; played 2"), @"
    2.000 typed: clear 2->1, [caller said 'When do you open?'], typed 'When do you open?'
    2.000 item_started 2 -
    2.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    ");
}

#[test]
fn typed_text_cuts_speech_short() {
    insta::assert_snapshot!(play("connected; ready; says 1 greeting; +1s; types 1 Hello."), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 typed: clear 2->1, typed 'Hello.'
    ");
}

#[test]
fn typed_text_waits_for_an_assistant() {
    insta::assert_snapshot!(play("connected; types 1 Hello.; types 1 Are you there?; ready"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 typed: clear 2->1, [caller said 'Hello.']
    0.000 typed: clear 2->1, [caller said 'Are you there?']
    0.000 assistant_ready 2: say greeting, typed 'Hello.', typed 'Are you there?'
    ");
}

#[test]
fn text_for_a_person_is_transcribed_and_no_assistant_answers() {
    let with_agent = "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1; agent audio; \
                      joined 4; types 1 My order is 4711.";
    insta::assert_snapshot!(play(with_agent), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    0.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    0.000 recording_started
    0.000 handoff_asked: [agent_requested 1 operator], cache_profile for operator
    0.000 profile_cached 1: offer 1 at operator, start_music 3, plug 3->1
    0.000 desk_accepted: agent is connecting
    0.000 leg_arrived 4: start_leg 4
    0.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    0.000 typed: [caller said 'My order is 4711.']
    ");
}

#[test]
fn nobody_else_writes_in_the_callers_place() {
    insta::assert_snapshot!(play("talking; types 7 Hello.; person 7"), @"
    2.000 typed
    2.000 person_asked
    ");
}

#[test]
fn callers_ask_for_a_person_in_writing_or_by_button() {
    insta::assert_snapshot!(play("desk operator; talking; types 1 I want to talk to a person"), @"  2.000 typed: clear 2->1, [caller said 'I want to talk to a person'], typed 'I want to talk to a person'");
    insta::assert_snapshot!(play("desk operator; talking; person 1; person 1"), @"
    2.000 person_asked: clear 2->1, [person_wished 'the button for a person'], tell 'the caller has asked for a person, and one is being asked to take over', [request_handoff 1 started], [agent_requested 1 operator], cache_profile for operator
    2.000 profile_cached 1: offer 1 at operator, start_music 3, plug 3->1
    2.000 person_asked
    ");
}

#[test]
fn the_button_transfers_callers_whose_line_can_do_no_more() {
    insta::assert_snapshot!(play("talking; person 1"), @"  2.000 person_asked: clear 2->1, [person_wished 'the button for a person'], [transfer_call 1 started], [transfer_requested operator], [transfer_call 1 done], clear 2->1, listen, say transferring");
}

#[test]
fn callers_who_write_or_press_the_button_leave_their_hold() {
    let writes = play_after("talking; hold; +5s", "types 1 Are you there?");
    assert!(writes.contains("[hold_ended after 5000]"), "{writes}");
    assert!(writes.trim_end().ends_with("typed 'Are you there?'"), "{writes}");
    let presses = play_after("desk operator; talking; hold; +5s", "person 1");
    assert!(presses.contains("[hold_ended after 5000]"), "{presses}");
    assert!(presses.contains("[request_handoff 1 started], [agent_requested 1 operator]"), "{presses}");
}

#[test]
fn the_button_ends_a_message_and_asks_for_a_person() {
    let asked = "[request_handoff 2 started], [agent_requested 2 operator]";
    let silent = play_after("desk operator; talking; after the tone; +1s", "person 1");
    assert!(silent.contains("[take_message 1 done]") && silent.contains(asked), "{silent}");
    let speaking = play_after("desk operator; talking; after the tone; speaks; +3s", "person 1");
    assert!(speaking.contains("[message_taken speech 3000], save_message 1"), "{speaking}");
    assert!(speaking.contains(asked), "{speaking}");
}

#[test]
fn text_typed_during_a_message_is_read_after_it() {
    let written = play_after("talking; after the tone; types 1 It is 4711.", "+8s");
    assert!(written.contains("say message_empty"), "{written}");
    assert!(written.trim_end().ends_with("typed 'It is 4711.'"), "{written}");
}

#[test]
fn an_assistant_that_came_while_callers_were_away_reads_them() {
    let back = play_after("connected; types 1 Hello.; broken; ready", "connected");
    assert!(back.trim_end().ends_with("say welcome_back, typed 'Hello.'"), "{back}");
}

#[test]
fn callers_who_write_have_two_minutes_until_they_are_heard() {
    let asked = |beginning: &str| {
        let early = play_after(beginning, "+119999ms");
        assert!(!early.contains("silence_prompted"), "{early}");
        play_after(&format!("{beginning}; +119999ms"), "+1ms").contains("[silence_prompted], say still_there")
    };
    // From the beginning, before they have written anything.
    assert!(asked("connected; writes; ready; says 1 greeting; +2s; played 1"));
    let answered = "talking; types 1 When do you open?; says 2; played 2";
    assert!(asked(answered));
    // The goodbye has the same time after the question.
    let left = play_after(&format!("{answered}; +120s; says 3 still_there; played 3"), "+119999ms");
    assert!(!left.contains("goodbye_silence"), "{left}");
    let speaks = format!("{answered}; speaks; +1s; spoken 1s; words And on Friday?; says 3; played 3");
    let soon = play_after(&speaks, "+10s");
    assert!(soon.contains("[silence_prompted], say still_there"), "{soon}");
}
