//! Hold: by the assistant, by a program, by the caller's phone.

use uuid::Uuid;

use crate::script::{call_after, play, play_after};

#[test]
fn the_assistant_holds_and_learns_for_how_long() {
    insta::assert_snapshot!(play("talking; tool c1 hold_call; +12s; tool c2 unhold_call"), @"
     2.000 tool_call c1 hold_call: [hold_call 1 started], [hold_call 1 done], tell c1 done, clear 2->1, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    14.000 tool_call c2 unhold_call: [unhold_call 2 started], [hold_ended after 12000], unplug 3->1, plug 1->2, plug 2->1, stop_music 3, [unhold_call 2 done], tell c2 done
    ");
}

#[test]
fn the_assistants_words_before_a_hold_are_heard() {
    insta::assert_snapshot!(play("talking; item 2; text 2 2s One moment.; tool c1 hold_call; +2s; played 2"), @"
    2.000 item_started 2 -
    2.000 item_complete 2
    2.000 tool_call c1 hold_call: [hold_call 1 started]
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One moment.'], [hold_call 1 done], tell c1 done, clear 2->1, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    ");
}

#[test]
fn a_long_sentence_before_a_hold_is_heard() {
    let held = play(
        "talking; item 2; text 2 15s Your order left us on Monday. One moment.; tool c1 hold_call; +15s; played 2",
    );
    assert!(held.contains("[hold_began]") && !held.contains("timed out"), "{held}");
}

#[test]
fn a_dead_assistant_holds_no_caller_after_a_restart() {
    let wanted = "talking; item 2; text 2 2s One moment.; tool c1 hold_call";
    let back = play_after(wanted, "restarted; connected; ready; says 3 welcome_back; +2s; played 3; +2s");
    assert!(!back.contains("hold_began"), "{back}");
    assert!(back.contains("[hold_call 1 failed: the assistant that wanted it is gone]"), "{back}");
}

/// Nobody else knows that it was to take the caller back, who heard music for ten minutes. A program that holds takes them back itself.
#[test]
fn a_hold_ends_with_the_assistant_that_asked_for_it() {
    let rest = "tool c1 hold_call; +12s; failed unreachable; ready";
    for (voices, said) in [("chain 2", "say welcome_back"), ("standing by", "say assistant_away")] {
        let played = play(&format!("{voices}; talking; {rest}"));
        assert!(played.contains("[hold_ended after 12000]"), "{played}");
        let ready = played.lines().last().unwrap();
        assert!(ready.contains("tell 'the caller was on hold for 12 s'") && ready.contains(said), "{played}");
    }
    let by_program = play("chain 2; talking; hold; +12s; failed unreachable; ready");
    assert!(!by_program.contains("hold_ended"), "{by_program}");
}

/// The next assistant knows nothing about the hold, and talks with the caller.
#[test]
fn a_failed_assistant_puts_no_caller_on_hold() {
    let wanted = "chain 2; talking; item 2; text 2 2s One moment.; tool c1 hold_call; +1s";
    for steps in ["ready; played 2", "ready; +500ms", "ready; says 3; +2s; played 3; +2s"] {
        let told = play_after(wanted, &format!("failed disconnected; {steps}"));
        assert!(!told.contains("hold_began"), "{steps}: {told}");
        assert!(told.contains("failed: the assistant that wanted it is gone]"), "{steps}: {told}");
    }
}

#[test]
fn a_stream_has_the_switch_play_the_music() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; hold; +3s; unhold"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hold_asked: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1, play_music 2 by link 1
    3.000 unhold_asked: [hold_ended after 3000], plug 1->2, plug 2->1, stop_playback 3 by link 1, converse, tell 'the caller was on hold for 3 s', say welcome_back
    ");
}

#[test]
fn the_switch_has_its_music_once_the_assistant_is_silent() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +1s; hold; +40ms; cut 1 1s; +3s; unhold"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 hold_asked: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1
    1.040 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000], play_music 2 by link 1
    4.040 unhold_asked: [hold_ended after 3040], plug 1->2, plug 2->1, stop_playback 3 by link 1, converse, tell 'the caller was on hold for 4 s', say welcome_back
    ");
}

/// Otherwise the music would play on for ever, and the caller's dialplan would wait for its end.
#[test]
fn music_left_by_a_dead_process_is_stopped() {
    let held = "dual; answered new; inbound; stream with its token; joined; ready; hold; done 2";
    let told = play_after(held, "+1s; restarted; +1s; inbound");
    let back = told.lines().find(|line| line.contains("control_attached inbound")).unwrap_or_default();
    assert!(back.contains("stop_playback") && back.contains("by inbound"), "{told}");
}

#[test]
fn a_switch_without_music_has_ours() {
    let told = play(
        "dual; answered new; stream with its token; joined; ready; hold; +20ms; fails 2; +3s; unhold; +1s; hold; unhold; hold; fails 3",
    );
    assert!(told.contains("0.020 action_done 2 failed: start_music 3, plug 3->1\n"), "{told}");
    assert!(
        told.contains("[hold_ended after 3020], unplug 3->1, plug 1->2, plug 2->1, stop_music 3"),
        "{told}"
    );
    assert_eq!(told.matches("start_music").count(), 1, "the music of a later hold is a new request: {told}");
}

#[test]
fn a_hold_shorter_than_the_assistants_words_has_no_music() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +1s; hold; unhold; cut 1 1s"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    1.000 hold_asked: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1
    1.000 unhold_asked: [hold_ended after 0], plug 1->2, plug 2->1, converse, tell 'the caller was on hold for 0 s', say welcome_back
    1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000]
    ");
}

#[test]
fn a_unicast_has_our_music() {
    insta::assert_snapshot!(play("dual unicast; answered new; joined 1; ready; hold; +3s; unhold"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hold_asked: clear 2->1, listen, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    3.000 unhold_asked: [hold_ended after 3000], unplug 3->1, plug 1->2, plug 2->1, stop_music 3, converse, tell 'the caller was on hold for 3 s', say welcome_back
    ");
}

#[test]
fn nobody_is_forgotten_on_hold() {
    insta::assert_snapshot!(play("talking; hold; +601s"), @"
      2.000 hold_asked: clear 2->1, listen, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    602.000 deadline_passed: [hold_ended after 600000], unplug 3->1, plug 1->2, plug 2->1, stop_music 3, converse, tell 'the caller was on hold for 600 s', say welcome_back
    ");
}

#[test]
fn a_key_ends_a_hold() {
    insta::assert_snapshot!(play("talking; hold; +5s; key #"), @"
    2.000 hold_asked: clear 2->1, listen, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    7.000 dtmf #: [hold_ended after 5000], unplug 3->1, plug 1->2, plug 2->1, stop_music 3, converse, tell 'the caller was on hold for 5 s', clear 2->1, clear 2->1, [key_pressed #], say repeat
    ");
}

#[test]
fn a_phone_that_holds_is_awaited_and_welcomed() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1; held; +60s; unheld"), @"
     0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
     0.000 assistant_ready 2: say greeting
     0.000 item_started 1 greeting
     0.000 item_complete 1
     2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
     2.000 held: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1
    62.000 unheld: [hold_ended after 60000], plug 1->2, plug 2->1, converse, tell 'the caller was on hold for 60 s', say welcome_back
    ");
}

/// There was no link to report it.
#[test]
fn the_next_control_link_says_whether_the_phone_holds() {
    let talks = "dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1";
    let released = play_after(&format!("{talks}; held; lost"), "+4s; answered new unheld");
    assert!(released.contains("[hold_ended after 4000], plug 1->2, plug 2->1, converse"), "{released}");
    assert!(released.contains("say welcome_back"), "{released}");
    let holds = play_after(&format!("{talks}; lost"), "+4s; answered new held");
    assert!(holds.contains("listen, [hold_began], unplug 1->2, unplug 2->1"), "{holds}");
    let goes_on = play_after(&format!("{talks}; lost"), "+4s; answered new unheld");
    assert!(!goes_on.contains("[hold_"), "{goes_on}");
}

/// Otherwise the assistant would talk into the hold, and end the call because nobody answers.
#[test]
fn a_phone_that_holds_over_a_restart_is_awaited() {
    let held = "dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1; held; \
         dead 1s; restarted; +1s";
    for back in [
        "answered new held; stream with its token; joined",
        "stream with its token; joined; answered new held",
    ] {
        let waits = play_after(held, &format!("{back}; ready; +20s"));
        assert!(waits.contains("[resumed") && waits.contains("[hold_began]"), "{waits}");
        assert!(!waits.contains("silence_prompted"), "{waits}");
        let released = play_after(&format!("{held}; {back}; ready; +20s"), "unheld");
        assert!(released.contains("[hold_ended after 20000]"), "{released}");
        assert!(released.contains("say welcome_back"), "{released}");
    }
    let released = play_after(held, "answered new unheld; stream with its token; joined; ready");
    assert!(released.contains("say welcome_back") && !released.contains("hold_began"), "{released}");
}

#[test]
fn a_slip_of_the_finger_is_not_an_absence() {
    insta::assert_snapshot!(play("dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1; held; +1s; unheld"), @"
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 held: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1
    3.000 unheld: [hold_ended after 1000], plug 1->2, plug 2->1, converse, go on
    ");
}

#[test]
fn a_caller_can_leave_while_on_hold() {
    insta::assert_snapshot!(play("talking; hold; +5s; closed"), @"
    2.000 hold_asked: clear 2->1, listen, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    7.000 leg_left 1 closed: unplug 3->1, [hold_ended after 5000], stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn a_hold_ends_with_the_connection() {
    insta::assert_snapshot!(play("talking; hold; +5s; broken; arrived; joined"), @"
    2.000 hold_asked: clear 2->1, listen, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    7.000 leg_left 1 broken: unplug 3->1, [hold_ended after 5000], stop_music 3, [interrupted until 12]
    7.000 leg_arrived 4: start_leg 4
    7.000 leg_joined 4: [resumed after 0], start_recording 4, plug 2->4, plug 4->2, converse, say welcome_back
    ");
}

#[test]
fn off_hold_while_the_phone_holds_is_still_hold() {
    insta::assert_snapshot!(play("dual unicast; answered new; joined 1; ready; hold; held; unhold; +4s; unheld"), @"
    0.000 control_attached link 1: take_control 1, start_unicast 1 as 1 by link 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    0.000 assistant_ready 2: say greeting
    0.000 hold_asked: clear 2->1, listen, [hold_began], start_music 3, unplug 1->2, unplug 2->1, plug 3->1
    0.000 held
    0.000 unhold_asked: [hold_ended after 0], unplug 3->1, stop_music 3, [hold_began]
    4.000 unheld: [hold_ended after 4000], plug 1->2, plug 2->1, converse, tell 'the caller was on hold for 4 s', say welcome_back
    ");
}

#[test]
fn a_hold_knows_the_person_it_separates_from_the_caller() {
    let with_person = "dual; inbound; answered new; stream with its token; joined; ready; bridged; closed";
    let held_from = |steps: &str| call_after(&format!("{with_person}; {steps}")).machine.held_from();
    assert_eq!(held_from(""), None);
    assert_eq!(held_from("hold"), Some(Uuid::from_u128(6)));
    assert_eq!(held_from("hold; unhold"), None);
    assert_eq!(call_after("talking; hold").machine.held_from(), None, "it is the assistant");
}

#[test]
fn whether_the_callers_phone_holds_the_call_is_known() {
    let talking = "dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1";
    let holds = |steps: &str| call_after(&format!("{talking}; {steps}")).machine.phone_holds_call();
    assert!(holds("held") && holds("held; dead 1s; restarted"));
    assert!(!holds("") && !holds("held; +4s; unheld"));
}

#[test]
fn an_absence_has_three_seconds() {
    let beginning =
        "dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1";
    insta::assert_snapshot!(play_after(beginning, "held; +3s; unheld"), @"
    2.000 held: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1
    5.000 unheld: [hold_ended after 3000], plug 1->2, plug 2->1, converse, tell 'the caller was on hold for 3 s', say welcome_back
    ");
    insta::assert_snapshot!(play_after(beginning, "held; +2999ms; unheld"), @"
    2.000 held: clear 2->1, listen, [hold_began], unplug 1->2, unplug 2->1
    4.999 unheld: [hold_ended after 2999], plug 1->2, plug 2->1, converse, go on
    ");
}

/// Otherwise the assistant would talk into the hold, and end the call because nobody answers.
#[test]
fn a_holding_phone_is_awaited_after_a_message() {
    let told = "dual; answered new; stream with its token; joined; ready; says 1 greeting; +2s; played 1; recording; \
         channel key 1; says 2 message_intro; +2s; played 2; speaks; +1s; spoken 1s; words me; held; +4s; kept 2";
    let waits = play_after(told, "+60s");
    assert!(!waits.contains("silence_prompted"), "{waits}");
    let released = play_after(&format!("{told}; +60s"), "unheld");
    assert!(released.contains("[hold_ended after 60000]"), "{released}");
    assert!(released.trim_end().ends_with("say welcome_back"), "{released}");
    let was_away = play(&format!("{told}; +1s; unheld"));
    assert!(was_away.contains("[message_taken speech 1000]"), "{was_away}");
    assert!(!was_away.contains("say message_saved"), "{was_away}");
}

#[test]
fn a_holding_phone_is_awaited_after_a_failed_bridge() {
    let talking = "dual; inbound; answered new; stream with its token; joined; ready to say anything; says 1 greeting; +2s; played 1";
    let back = play_after(talking, "handoff operator; free 2; accepted 2; held; fails 4; +60s; unheld");
    assert!(back.contains("[hold_began]") && !back.contains("silence_prompted"), "{back}");
    assert!(back.trim_end().ends_with("say welcome_back"), "{back}");
}
