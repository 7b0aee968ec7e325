//! Calls that we make for agents: a person who answers gets an agent, or hears why nobody is there.

use crate::script::play_after;

/// The operator is called for the agents of a queue; the assistant is ready and says nothing.
const RINGING: &str =
    "queue support; calling people; to support; on record; progress ringing; ready to say anything; +3s";

/// They have answered.
const ANSWERED: &str = "queue support; calling people; to support; on record; progress ringing; ready to say anything; +3s; picked up; connected";

#[test]
fn a_person_who_answers_is_offered_at_once_without_greeting() {
    insta::assert_snapshot!(play_after(RINGING, "picked up; connected; taken 1; agent audio; joined 3; agent hangs; to the end"), @"
    3.000 dial_answered
    3.000 leg_arrived 2: start_leg 2
    3.000 leg_joined 2: [answered], start_recording 2, listen, plug 1->2, plug 2->1, [agent_requested 1 support], cache_profile for support, offer 1 in support, accepted by itself, tools end_call take_message hold_call unhold_call request_handoff transfer_call
    3.000 profile_cached 1
    3.000 desk_accepted: agent is connecting
    3.000 leg_arrived 3: start_leg 3
    3.000 leg_joined 3: [agent_joined 1 as 3], [handoff_bridged 1], clear 1->2, unplug 1->2, unplug 2->1, plug 2->3, plug 3->2, stop, agent is talking
    3.000 agent_asked hang_up: [agent_left call_ended], agent_left after talking, unplug 2->3, unplug 3->2, release_leg 3, [ended normal_clearing by agent, next 'hangup'], release_leg 2
    ");
}

#[test]
fn callees_nobody_takes_within_2_s_hear_the_final_message() {
    insta::assert_snapshot!(play_after(ANSWERED, "+3s; says 1; +2s; played 1; released; to the end"), @"
    5.000 deadline_passed: withdraw_offer 1, [handoff_abandoned 1 timeout], say 'Nobody is free.'
    6.000 item_started 1 -
    6.000 item_complete 1
    8.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [outbound_failed nobody_free], [ended normal_clearing by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 2
    8.000 leg_left 2 released
    ");
    // The same for an agent whose audio does not come.
    insta::assert_snapshot!(play_after(ANSWERED, "+1s; taken 1; +2s; agent audio"), @"
    4.000 desk_accepted: agent is connecting
    5.000 deadline_passed: [agent_left audio_lost], agent_left, [handoff_abandoned 1 timeout], say 'Nobody is free.'
    6.000 leg_arrived 3: refuse_leg 3
    ");
    // If nobody works in the queue, the rest of the time is not awaited.
    insta::assert_snapshot!(play_after(ANSWERED, "undesked 1 offline"), @"  3.000 desk_failed offline: [handoff_abandoned 1 offline], say 'Nobody is free.'");
}

#[test]
fn a_message_that_nobody_can_say_is_not_awaited() {
    insta::assert_snapshot!(play_after("queue support; calling people; to support; on record; picked up; connected; ready", "+3s"), @"  2.000 deadline_passed: withdraw_offer 1, [handoff_abandoned 1 timeout], [outbound_failed nobody_free], [ended normal_clearing by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1");
    insta::assert_snapshot!(play_after("queue support; calling people; to support; on record; picked up; connected", "+2s; +5s"), @"
    2.000 deadline_passed: withdraw_offer 1, [handoff_abandoned 1 timeout]
    7.000 deadline_passed: [outbound_failed nobody_free], [ended normal_clearing by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_callee_who_leaves_early_has_reached_nobody() {
    insta::assert_snapshot!(play_after(ANSWERED, "+1s; closed; to the end"), @"  4.000 leg_left 2 closed: unplug 1->2, unplug 2->1, [outbound_failed nobody_free], withdraw_offer 1, [handoff_abandoned 1 caller_left], [ended normal_clearing by caller, next 'hangup'], stop");
}

/// The detector reported late, and the caller's audio broke after that. The talk with the agent goes on.
#[test]
fn a_callee_with_an_agent_is_not_a_mailbox() {
    let answered = ANSWERED.replace("calling people", "calling Call us back.");
    let told = play_after(&answered, "taken 1; agent audio; joined 3; by machine; broken 2; +1s; connected");
    assert!(told.contains("[resumed after 1000]"), "{told}");
    let resumed = told.lines().last().unwrap_or_default();
    assert!(resumed.contains("agent is talking"), "{told}");
    assert!(!told.contains("tone"), "a mailbox's tone is not awaited: {told}");
}

/// Otherwise a campaign would call them again as a mailbox, and hang up on a caller who is handed back.
#[test]
fn a_late_detector_makes_no_mailbox_of_a_callee() {
    let with_agent = "taken 1; agent audio; joined 3";
    let ended = play_after(ANSWERED, &format!("{with_agent}; by machine; +5s; agent hangs; to the end"));
    assert!(ended.contains("[ended normal_clearing by agent"), "{ended}");
    assert!(!ended.contains("outbound_failed"), "{ended}");
    let back = play_after(ANSWERED, &format!("{with_agent}; agent back a note; by machine"));
    assert!(!back.contains("[ended"), "{back}");
}

#[test]
fn a_mailbox_is_not_given_to_an_agent() {
    insta::assert_snapshot!(play_after(ANSWERED, "+500ms; by machine; taken 1"), @"
    3.500 answered_by machine: [outbound_failed voicemail], withdraw_offer 1, [handoff_abandoned 1 caller_left], [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 2
    3.500 desk_accepted: agent_left
    ");
}

#[test]
fn a_callee_without_agent_at_a_restart_hears_the_message() {
    insta::assert_snapshot!(play_after(ANSWERED, "dead 4s; restarted; connected; ready to say anything"), @"
    7.000 server_restarted: [interrupted until 37]
    7.000 leg_arrived 3: start_leg 3
    7.000 leg_joined 3: [resumed after 0], start_recording 3, withdraw_offer 1, [handoff_abandoned 1 caller_left], start_assistant 4, plug 3->4, plug 4->3
    7.000 assistant_ready 4: tell 'this call is made by you, to operator', listen, say 'Nobody is free.'
    ");
}
