//! The notice that a caller hears first, word for word and to its end.

use crate::script::{play, play_after};

#[test]
fn a_notice_precedes_the_greeting_and_is_journalled_once_heard() {
    insta::assert_snapshot!(play("noticing This call is recorded.; connected; ready to say anything; says 1 notice; +2s; played 1; says 2 greeting; +2s; played 2"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [notice_given of version 1], converse, say greeting
    2.000 item_started 2 greeting
    2.000 item_complete 2
    4.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.']
    ");
}

#[test]
fn neither_speech_nor_a_key_cuts_the_notice_short() {
    insta::assert_snapshot!(play("noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; speaks; +500ms; spoken 500ms; words hello; key #; +500ms; played 1"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    1.000 speech_started
    1.500 speech_stopped 500
    1.500 transcript 'hello'
    1.500 dtmf #: [key_pressed #], say repeat
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [caller said 'hello'], [notice_given of version 1], converse, say greeting
    ");
}

#[test]
fn a_notice_cut_by_faults_is_repeated_then_left_out() {
    insta::assert_snapshot!(play("noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; says 2 notice; cut 2 0s; says 3 notice; cut 3 1s"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000], say notice
    1.000 item_started 2 notice
    1.000 item_complete 2
    1.000 played_until 2 0 cleared: heard 2 0 cleared, [said 2 '' cut at 0], say notice
    1.000 item_started 3 notice
    1.000 item_complete 3
    1.000 played_until 3 1000 cleared: heard 3 1000 cleared, [said 3 'One two' cut at 1000], converse, say greeting
    ");
}

/// The provider is slow: a tone, or "one moment", is heard before the notice.
#[test]
fn sound_that_passes_the_time_repeats_no_notice() {
    for comfort in ["says 1 one_moment", "item 1; text 1 2s"] {
        let beginning = "noticing Recorded.; connected; ready to say anything";
        let played = play(&format!("{beginning}; {comfort}; +2s; played 1; says 2 notice; +2s; played 2"));
        assert_eq!(played.matches("say notice").count(), 1, "{played}");
        let end = played.lines().last().unwrap();
        assert!(end.ends_with("[notice_given of version 1], converse, say greeting"), "{played}");
    }
}

#[test]
fn another_assistant_says_it_from_its_beginning() {
    insta::assert_snapshot!(play("noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; failed panicked; ready to say anything; says 2 notice; +2s; played 2"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: listen, say notice
    0.000 item_started 1 notice
    0.000 item_complete 1
    1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000], say notice
    1.000 assistant_failed 2 panicked: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: panicked], start_assistant 3, plug 1->3, plug 3->1
    1.000 assistant_ready 3: listen, say notice
    1.000 item_started 2 notice
    1.000 item_complete 2
    3.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [notice_given of version 1], converse, say greeting
    ");
}

#[test]
fn recordings_can_not_say_the_notice_nor_count_it_heard() {
    insta::assert_snapshot!(play("noticing Recorded.; standing by; connected; failed unreachable; ready; +999ms"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_failed 2 unreachable: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 standby: unreachable], start_assistant 3 standby, plug 1->3, plug 3->1
    0.000 assistant_ready 3: say assistant_away
    ");
}

#[test]
fn a_caller_who_returns_before_its_end_hears_it_first() {
    let played = play(
        "noticing Recorded.; connected; ready to say anything; says 1 notice; +1s; cut 1 1s; broken; +3s; connected; \
         says 2 notice; +2s; played 2",
    );
    let back = played.lines().find(|line| line.contains("[resumed")).unwrap();
    assert!(back.ends_with("listen, say notice"), "{played}");
    let end = played.lines().last().unwrap();
    assert!(end.ends_with("[notice_given of version 1], converse, say welcome_back"), "{played}");
}

#[test]
fn a_silent_caller_is_asked_when_the_profile_says() {
    insta::assert_snapshot!(play("reminding 5; talking; +4999ms; +1ms"), @"  7.000 deadline_passed: [silence_prompted], say still_there");
}

#[test]
fn an_assistant_that_can_not_say_text_gives_no_notice() {
    let beginning = "noticing This call is recorded.; connected";
    insta::assert_snapshot!(play_after(beginning, "ready; broken; connected"), @"
    0.000 assistant_ready 2: say greeting
    0.000 leg_left 1 broken: unplug 1->2, unplug 2->1, listen, [interrupted until 5]
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [resumed after 0], start_recording 3, plug 2->3, plug 3->2, converse, say welcome_back
    ");
    insta::assert_snapshot!(play_after(beginning, "ready to say anything; failed; ready"), @"
    0.000 assistant_ready 2: listen, say notice
    0.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured: other], start_assistant 3, plug 1->3, plug 3->1
    0.000 assistant_ready 3: say greeting
    ");
}

/// Nothing that the caller does cuts it short. A phone that holds the call for a moment does not make it be skipped.
#[test]
fn a_notice_that_a_hold_cuts_comes_before_the_answer() {
    let stream =
        "noticing Recorded.; dual; answered new; stream with its token; joined; ready to say anything";
    let held = format!("{stream}; says 1 notice; +1s; held; cut 1 1s");
    for away in ["+1s", "+4s"] {
        let back = play_after(&held, &format!("{away}; unheld"));
        assert!(back.trim_end().ends_with("say notice") && !back.contains("go on"), "{back}");
    }
    let heard = play_after(&held, "+1s; unheld; says 2 notice; +2s; played 2");
    assert!(heard.trim_end().ends_with("[notice_given of version 1], converse, say greeting"), "{heard}");
}

#[test]
fn a_hold_before_the_assistant_is_there_skips_no_notice() {
    let held = "noticing Recorded.; connected; hold; ready to say anything; +5s";
    let back = play_after(held, "unhold");
    assert!(back.trim_end().ends_with("listen, say notice"), "{back}");
    let by_key = play_after(held, "key #");
    assert!(by_key.contains("listen, say notice, [key_pressed #], say repeat"), "{by_key}");
}

/// The caller presses the key for a message while the notice is said.
#[test]
fn a_notice_heard_before_a_message_is_not_repeated() {
    let asked = "noticing Recorded.; connected; recording; ready to say anything; says 1 notice; +1s; key 1; speaks; spoken 300ms; words hello";
    let spoken = play_after(asked, "+1s; played 1; says 2 message_intro; +2s; played 2; +8s");
    assert!(!play(asked).contains("clear 2->1"), "their words don't cut it short: {}", play(asked));
    assert!(spoken.contains("[notice_given of version 1]") && !spoken.contains("say notice"), "{spoken}");
    assert!(spoken.trim_end().ends_with("say message_empty, converse"), "{spoken}");
}

#[test]
fn a_message_given_up_during_the_notice_leaves_it_whole() {
    let given_up =
        "noticing Recorded.; connected; recording; ready to say anything; says 1 notice; +1s; key 1; key #";
    let heard = play_after(given_up, "+1s; played 1");
    assert!(!play(given_up).contains("clear 2->1"), "{}", play(given_up));
    assert!(
        heard.trim_end().ends_with("[notice_given of version 1], converse, say message_empty"),
        "{heard}"
    );
}

#[test]
fn a_message_before_the_assistant_is_there_skips_no_notice() {
    let message = "noticing Recorded.; connected; recording; key 1; ready to say anything; says 1 message_intro; +2s; played 1";
    let over = play_after(message, "+8s");
    assert!(over.trim_end().ends_with("[take_message 1 done], say notice"), "{over}");
    let heard = play_after(message, "+8s; says 2 notice; +2s; played 2");
    assert!(
        heard.trim_end().ends_with("[notice_given of version 1], converse, say message_empty"),
        "{heard}"
    );
}

/// The caller asks for sales by a key during the notice, and an agent is connected before its end.
const AGENT_COMES: &str = "noticing Recorded.; mapping 7 handoff sales; desk sales; connected; ready to say anything; \
     says 1 notice; +1s; key 7; taken 1; agent audio; joined 4";

#[test]
fn an_agent_has_the_caller_once_the_notice_was_heard() {
    let waits = play(AGENT_COMES);
    assert!(!waits.contains("[agent_joined") && !waits.contains("clear 2->1"), "{waits}");
    let heard = play_after(AGENT_COMES, "+1s; played 1");
    assert!(heard.contains("[notice_given of version 1], [agent_joined 1 as 4]"), "{heard}");
    assert!(!heard.contains("say greeting"), "{heard}");
    let gone = play_after(AGENT_COMES, "closed 4; +1s; played 1; agent audio; joined 5");
    assert!(gone.contains("[notice_given of version 1], converse, say greeting"), "{gone}");
    assert!(gone.contains("[agent_joined 1 as 5]"), "{gone}");
    let briefed = play_after(&format!("warm; {AGENT_COMES}"), "+1s; played 1");
    assert!(briefed.contains("[notice_given of version 1]"), "{briefed}");
    assert!(briefed.contains("say 'Anna has said last: a plumber.', agent is briefed"), "{briefed}");
}

#[test]
fn a_notice_broken_off_is_heard_before_the_agent() {
    let broken = "cut 1 1s; broken; +3s; connected; says 2 notice; +2s; played 2";
    let back = play_after(AGENT_COMES, broken);
    assert!(back.contains("[resumed after 3000]"), "{back}");
    assert!(back.contains("[notice_given of version 1], [agent_joined 1 as 4]"), "{back}");
}

/// The agent does not wait for an assistant that says nothing.
#[test]
fn a_notice_that_never_begins_keeps_nobody_apart() {
    let silent = AGENT_COMES.replace("says 1 notice; +1s; ", "");
    let joined = play_after(&silent, "+8s");
    assert!(joined.contains("8.000 deadline_passed: [agent_joined 1 as 4]"), "{joined}");
    let failed = play_after(&format!("standing by; {silent}"), "failed unreachable; ready");
    assert!(failed.contains("[agent_joined 1 as 4]"), "recordings can't say it: {failed}");
}

#[test]
fn a_supervisor_takes_over_once_the_notice_was_heard() {
    let takes = "noticing Recorded.; connected; ready to say anything; says 1 notice; \
         sam listens; sam audio; joined 3; sam takes";
    let waits = play(takes);
    assert!(!waits.contains("[supervisor_left") && !waits.contains("clear"), "{waits}");
    let heard = play_after(takes, "+2s; played 1");
    assert!(heard.contains("[notice_given of version 1], [supervisor_left"), "{heard}");
    let left = play_after(takes, "sam leaves; +2s; played 1");
    assert!(left.contains("[notice_given of version 1], converse, say greeting"), "{left}");
}

#[test]
fn a_transfer_by_key_follows_the_notice() {
    let begun = "ready to say anything; says 1 notice; +1s";
    for steps in [format!("{begun}; key 0"), format!("key 0; {begun}")] {
        let asked = format!("noticing Recorded.; connected; {steps}");
        let waits = play(&asked);
        assert!(!waits.contains("transferring") && !waits.contains("[ended"), "{waits}");
        let again = play_after(&asked, "key 0");
        assert!(again.contains("refused: the caller is being sent elsewhere already"), "{again}");
        let heard = play_after(&asked, "+1s; played 1");
        assert!(heard.contains("[notice_given of version 1], [transfer_requested operator]"), "{heard}");
        assert!(heard.trim_end().ends_with("say transferring"), "{heard}");
        let gone = play_after(&asked, "closed");
        assert!(gone.contains("[transfer_failed operator: caller_left]"), "{gone}");
    }
}

/// Their phone waits at the switch, which joins them after the notice.
#[test]
fn a_rung_person_is_joined_once_the_notice_was_heard() {
    let accepted = "noticing Recorded.; mapping 7 handoff operator; dual; inbound; answered new; \
         stream with its token; joined; ready to say anything; says 1 notice; +1s; channel key 7; free 2; accepted 2";
    let waits = play(accepted);
    assert!(waits.contains("ring 2 2001") && !waits.contains("bridge_callee"), "{waits}");
    let heard = play_after(accepted, "+1s; played 1");
    assert!(heard.contains("[notice_given of version 1]") && heard.contains("bridge_callee"), "{heard}");
    assert!(!heard.contains("say greeting"), "{heard}");
}

/// A program or the caller's own phone puts them on hold while the agent waits.
#[test]
fn a_hold_keeps_the_notice_before_the_agent() {
    let by_program = format!("{AGENT_COMES}; hold; cut 1 1s");
    let by_phone = "noticing Recorded.; mapping 7 handoff sales; desk sales; dual; answered new; \
         stream with its token; joined; ready to say anything; says 1 notice; +1s; channel key 7; taken 2; \
         agent audio; joined 4; held; cut 1 1s";
    for (held, back) in [(by_program.as_str(), "unhold"), (by_phone, "unheld")] {
        assert!(play(held).contains("agent is connecting"), "{}", play(held));
        let waits = play_after(held, "+20s");
        assert!(!waits.contains("[agent_joined"), "{waits}");
        let heard = play_after(held, &format!("+20s; {back}; says 2 notice; +2s; played 2"));
        assert!(heard.contains("say notice"), "{heard}");
        assert!(heard.contains("[notice_given of version 1], [agent_joined"), "{heard}");
        let long = play_after(held, "+61s");
        assert!(long.contains("[agent_joined"), "nobody waits for ever: {long}");
    }
}

#[test]
fn an_agent_who_comes_during_a_hold_waits_too() {
    let held = "noticing Recorded.; desk sales; connected; ready to say anything; says 1 notice; handoff sales; \
         hold; cut 1 0s; taken 1; agent audio; joined 5";
    assert!(!play(held).contains("[agent_joined"), "{}", play(held));
    let heard = play_after(held, "+5s; unhold; says 2 notice; +2s; played 2");
    assert!(heard.contains("[notice_given of version 1], [agent_joined"), "{heard}");
}

/// Their switch could not park them, or has joined them with a person by itself, who has left.
#[test]
fn a_caller_whom_we_have_again_hears_the_notice() {
    let begun = "noticing Recorded.; asterisk; connected; inbound; ready to say anything; says 1 notice; +1s";
    let parked = play_after(begun, "park; cut 1 1s; fails 1");
    assert!(parked.contains("listen, say notice"), "{parked}");
    let heard = play_after(begun, "park; cut 1 1s; fails 1; says 2 notice; +2s; played 2");
    assert!(heard.contains("[notice_given of version 1], converse, say greeting"), "{heard}");
    let bridged = "bridged; cut 1 1s; unbridged; +300ms; connected; ready to say anything";
    let joined = play_after(begun, bridged);
    assert!(joined.contains("listen, say notice"), "{joined}");
}

/// Nobody else is asked meanwhile, and they take over also from a hold or a message.
#[test]
fn a_supervisor_who_waits_for_the_notice_is_next() {
    let takes = "noticing Recorded.; mapping 7 handoff sales; desk sales; connected; recording; \
         ready to say anything; says 1 notice; sam listens; sam audio; joined 3; sam takes";
    let asked = play_after(takes, "key 7; +2s; played 1");
    assert!(asked.contains("refused: a supervisor is about to take over"), "{asked}");
    assert!(asked.contains("[notice_given of version 1], [supervisor_left took_over"), "{asked}");
    for elsewhere in ["key 1; +2s; played 1", "hold; cut 1 0s; +60s", "key 0; +2s; played 1"] {
        let shown = play_after(takes, elsewhere);
        assert!(shown.contains("[supervisor_left took_over"), "{shown}");
    }
    let left = play_after(takes, "sam leaves; key 7");
    assert!(left.contains("[agent_requested"), "{left}");
}
