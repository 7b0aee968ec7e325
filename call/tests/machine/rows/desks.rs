//! Agents at their desks: asked, joined with the caller here, gone again.

use cordboard_call::{Command, CommandRefused};
use cordboard_schema::agent::{AgentEnd, AgentRequest};
use cordboard_schema::event::Decision;
use cordboard_schema::switch::{Capability, HandoffFailure};

use crate::at_desks::{ADA, BO, SUPPORT};
use crate::script::{call_after, play, play_after};

/// The caller has asked the assistant for sales. The agent there has accepted at their desk, and the two talk.
const TALKING_WITH_ADA: &str = "desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4";

fn with_ada(steps: &str) -> String {
    play_after(TALKING_WITH_ADA, steps)
}

#[test]
fn an_accepting_agent_is_joined_once_their_audio_is_there() {
    insta::assert_snapshot!(play(TALKING_WITH_ADA), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
}

#[test]
fn a_caller_who_waits_hears_music_while_nobody_speaks() {
    insta::assert_snapshot!(play("desk sales; offering request_handoff; talking; tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; item 2; text 2 1s I am asking.; played 2 1s; undesked 1 declined"), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    2.000 item_started 2 -: unplug 3->1
    2.000 item_complete 2
    2.000 played_until 2 1000 finished: heard 2 1000 finished, [said 2 'I am asking.'], plug 3->1
    2.000 desk_failed declined: [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, unplug 3->1, stop_music 3
    ");
}

#[test]
fn desk_and_phone_ring_together_and_the_first_answer_counts() {
    insta::assert_snapshot!(play("asterisk; desk operator; offering request_handoff; announced; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; free 1; rings 1; taken 1; agent audio; joined 4; unreached 1 busy"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
    2.000 profile_cached 1
    2.000 extension_checked 1 registered: ring 1 2001, offer 1 at operator, start_music 3, plug 3->1
    2.000 handoff_ringing
    2.000 desk_accepted: stop_ringing 1, agent is connecting
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    2.000 handoff_failed busy
    ");
    insta::assert_snapshot!(play("asterisk; desk operator; offering request_handoff; announced; talking; inbound; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; free 1; accepted 1; taken 1"), @"
    2.000 control_attached inbound: hear by inbound, sound by inbound, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [handoff_requested 1 operator], cache_profile for 2001 operator, check_extension 1 2001
    2.000 profile_cached 1
    2.000 extension_checked 1 registered: ring 1 2001, offer 1 at operator, start_music 3, plug 3->1
    2.000 handoff_accepted: withdraw_offer 1 as taken, unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    2.000 desk_accepted: agent_left
    ");
}

#[test]
fn a_held_caller_hears_music_and_nobody_hears_them() {
    insta::assert_snapshot!(with_ada("agent holds; agent holds; +1s; agent unholds"), @"
    2.000 agent_asked hold: [hold_began], unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is held
    2.000 agent_asked hold
    3.000 agent_asked unhold: [hold_ended after 1000], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn a_muted_agent_hears_and_is_not_heard() {
    insta::assert_snapshot!(with_ada("agent mutes; agent unmutes; agent presses 12"), @"
    2.000 agent_asked mute: unplug 4->1, agent is talking muted
    2.000 agent_asked unmute: plug 4->1, agent is talking
    2.000 agent_asked send_dtmf: send_dtmf 1 12
    ");
}

#[test]
fn a_caller_handed_back_is_welcomed_by_an_informed_assistant() {
    insta::assert_snapshot!(with_ada("+9s; agent back wants the blue one; ready"), @"
    11.000 agent_asked hand_back: [handed_back 'wants the blue one'], [agent_left handed_back], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, [caller_returned 1], start_assistant 5, plug 1->5, plug 5->1
    11.000 assistant_ready 5: tell 'an agent has talked with the caller, gives them back to you, and says: wants the blue one', say welcome_back
    ");
}

#[test]
fn an_assistant_that_was_kept_hears_the_caller_meanwhile() {
    insta::assert_snapshot!(play(&format!("keeping; {TALKING_WITH_ADA}; agent back")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, listen, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop_music 3, agent is talking
    2.000 agent_asked hand_back: [handed_back ''], [agent_left handed_back], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, [caller_returned 1], tell 'an agent has talked with the caller, and gives them back to you', plug 2->1, converse, say welcome_back
    ");
}

#[test]
fn an_accepting_agent_whose_caller_leaves_has_lost_no_audio() {
    let accepted = TALKING_WITH_ADA.split("; agent audio").next().unwrap_or_default();
    let gone = play_after(accepted, "+2s; closed 1");
    assert!(gone.contains("[agent_left caller_gone], agent_left"), "{gone}");
    let unheard = play_after(accepted, "+11s");
    assert!(unheard.contains("[agent_left audio_lost], agent_left"), "{unheard}");
}

#[test]
fn a_reloaded_page_brings_the_agent_back() {
    insta::assert_snapshot!(with_ada("closed 4; +2s; agent audio; joined 6"), @"
    2.000 leg_left 4 closed: unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is audio_lost
    4.000 leg_arrived 6: start_leg 6
    4.000 leg_joined 6: unplug 5->1, plug 1->6, plug 6->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent audio; joined 5; closed 4"), @"
    2.000 leg_arrived 5: unplug 1->4, unplug 4->1, release_leg 4, start_leg 5, start_music 6, plug 6->1, agent is audio_lost
    2.000 leg_joined 5: unplug 6->1, plug 1->5, plug 5->1, stop_music 6, agent is talking
    2.000 leg_left 4 closed
    ");
}

#[test]
fn the_assistant_has_the_caller_when_an_agent_stays_away() {
    insta::assert_snapshot!(with_ada("broken 4; +16s"), @"
     2.000 leg_left 4 broken: unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is audio_lost
    17.000 deadline_passed: [agent_left audio_lost], agent_left after talking, [caller_returned 1], start_assistant 6, unplug 5->1, plug 1->6, plug 6->1, stop_music 5
    ");
}

#[test]
fn the_call_ends_for_both_whoever_hangs_up() {
    insta::assert_snapshot!(with_ada("+5s; agent hangs; to the end"), @"  7.000 agent_asked hang_up: [agent_left call_ended], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, [ended normal_clearing by agent, next 'hangup'], release_leg 1");
    insta::assert_snapshot!(with_ada("closed 1; to the end"), @"  2.000 leg_left 1 closed: unplug 1->4, unplug 4->1, [agent_left call_ended], agent_left after talking, release_leg 4, [ended normal_clearing by caller, next 'hangup']");
}

#[test]
fn a_caller_who_is_lost_comes_back_to_the_agent() {
    insta::assert_snapshot!(with_ada("broken 1; +1s; connected"), @"
    2.000 leg_left 1 broken: unplug 1->4, unplug 4->1, [interrupted until 7], agent is caller_lost
    3.000 leg_arrived 5: start_leg 5
    3.000 leg_joined 5: [resumed after 1000], start_recording 5, plug 4->5, plug 5->4, agent is talking
    ");
}

#[test]
fn an_agent_without_audio_is_released_and_the_assistant_told() {
    insta::assert_snapshot!(play("desk sales; offering request_handoff; talking; tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; +11s; agent audio"), @"
     2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
     2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
     2.000 desk_accepted: agent is connecting
    12.000 deadline_passed: [agent_left audio_lost], agent_left, unplug 3->1, [handoff_abandoned 1 timeout], [request_handoff 1 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout, stop_music 3
    13.000 leg_arrived 4: refuse_leg 4
    ");
}

#[test]
fn an_agent_who_accepts_too_late_is_told() {
    insta::assert_snapshot!(play("desk sales; offering request_handoff; talking; tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; closed; taken 1"), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, unplug 3->1, withdraw_offer 1, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 desk_accepted: agent_left
    ");
}

#[test]
fn a_queue_that_finds_nobody_says_what_is_offered_instead() {
    let asked = "queue support; desk sales; offering request_handoff; talking; \
                 tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}";
    insta::assert_snapshot!(play(&format!("{asked}; placed 1 2; undesked 1 offline callback")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 1 started], [agent_requested 1 support], cache_profile for support
    2.000 profile_cached 1: offer 1 in support, start_music 3, plug 3->1
    2.000 queue_placed: say one_before, say wait_minute
    2.000 desk_failed offline: [handoff_abandoned 1 offline], [request_handoff 1 failed: nobody took over: offline; offer that somebody calls them back, and take down their number and what it is about], tell c1 failed: nobody took over: offline; offer that somebody calls them back, and take down their number and what it is about, unplug 3->1, stop_music 3
    ");
    insta::assert_snapshot!(play(&format!("{asked}; undesked 1 no_answer extension sales; taken 2")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 1 started], [agent_requested 1 support], cache_profile for support
    2.000 profile_cached 1: offer 1 in support, start_music 3, plug 3->1
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [agent_requested 2 sales], cache_profile for sales, unplug 3->1, stop_music 3
    2.000 profile_cached 2: offer 2 at sales, start_music 4, plug 4->1
    2.000 desk_accepted: agent is connecting
    ");
}

#[test]
fn a_queue_sends_callers_on_where_nobody_can_be_rung() {
    let asked = "queue support; offering request_handoff; talking; \
                 tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}";
    let sent = "undesked 1 offline extension operator; says 2 transferring; played 2";
    let told = play_after(asked, sent);
    assert!(told.contains("[transfer_requested operator]") && told.contains("say transferring"), "{told}");
    assert_eq!(told.matches("[request_handoff 1 done]").count(), 1, "{told}");
    assert!(told.contains("[ended call_transferred by assistant, next 'goto internal,2001,1']"), "{told}");
    // There is no such place.
    let nowhere = play_after(asked, "undesked 1 offline extension nowhere");
    assert!(nowhere.contains("[request_handoff 1 failed: nobody took over: offline]"), "{nowhere}");
}

#[test]
fn a_caller_who_hangs_up_in_a_queue_counts_there() {
    let waiting = "queue support; desk sales; offering request_handoff; talking; \
                   tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}; queued 1; +2s; closed";
    assert!(play(waiting).contains("queue_entered\n"), "nobody is told anything because of it");
    let tally = call_after(waiting).row().tally.unwrap();
    assert_eq!(tally.queues, [SUPPORT].into());
    assert_eq!((tally.handoffs, tally.bridged), (1, 0));
    assert_eq!(tally.failures, [(HandoffFailure::CallerLeft, 1)].into());
}

/// A caller with a number has asked for the support queue.
const FROM_A_NUMBER: &str = "queue support; desk operator; offering request_handoff,escalate_to_human; connected; \
     calls from +49 30 1234567; ready to say anything; says 1 greeting; +2s; played 1; \
     tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a  bill\"}";

fn from_a_number(steps: &str) -> String {
    play_after(FROM_A_NUMBER, steps)
}

#[test]
fn callers_given_up_by_a_queue_are_called_back_once() {
    insta::assert_snapshot!(from_a_number("undesked 1 no_answer callback; kept 2; tool c2 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}; undesked 3 offline callback; closed"), @"
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [callback_noted 2 +49301234567], write 2, [request_handoff 1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 3->1, stop_music 3
    2.000 tool_done 2 done
    2.000 tool_call c2 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 3 started], [agent_requested 3 support], cache_profile for support
    2.000 profile_cached 3: offer 3 in support, start_music 4, plug 4->1
    2.000 desk_failed offline: [handoff_abandoned 3 offline], [request_handoff 3 failed: nobody took over: offline; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c2 failed: nobody took over: offline; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 4->1, stop_music 4
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, [ended normal_clearing by caller, next 'hangup'], stop
    ");
    // A caller who left of their own accord was not turned away.
    insta::assert_snapshot!(from_a_number("closed; undesked 1 no_answer callback"), @"
    2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, unplug 3->1, withdraw_offer 1, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop
    2.000 desk_failed no_answer
    ");
    insta::assert_snapshot!(from_a_number("undesked 1 no_answer message"), @"  2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [request_handoff 1 failed: nobody took over: no_answer; offer to take a message], tell c1 failed: nobody took over: no_answer; offer to take a message, unplug 3->1, stop_music 3");
}

#[test]
fn a_callback_is_noted_again_after_a_person_took_over() {
    let taken = "undesked 1 no_answer callback; kept 2; tool c2 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}; \
         taken 3; agent audio; joined 5; agent back; ready say anything; \
         tool c3 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}";
    let again = from_a_number(&format!("{taken}; undesked 4 offline callback"));
    assert_eq!(again.matches("[callback_noted").count(), 2, "{again}");
    assert!(again.contains("[callback_noted 5 +49301234567], write 5"), "{again}");
}

#[test]
fn a_queue_keeps_a_caller_whose_agents_stay_unheard() {
    let kept = from_a_number("taken 1; +11s; taken 1 bo; bo hangs; +60s; undesked 1 no_answer callback");
    assert_eq!(kept.matches("agent_left, offer 1 in support").count(), 2, "{kept}");
    assert_eq!(kept.matches("handoff_abandoned").count(), 1, "{kept}");
    assert!(kept.contains("[callback_noted 2 +49301234567]"), "{kept}");
}

#[test]
fn a_callback_not_known_to_be_written_is_written_again() {
    insta::assert_snapshot!(from_a_number("undesked 1 no_answer callback; reborn"), @"
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [callback_noted 2 +49301234567], write 2, [request_handoff 1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 3->1, stop_music 3
    2.000 reborn: plug 1->2, plug 2->1, write 2, resync 1, resync 2
    ");
    insta::assert_snapshot!(from_a_number("undesked 1 no_answer callback; restarted 2s"), @"
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [callback_noted 2 +49301234567], write 2, [request_handoff 1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 3->1, stop_music 3
    2.000 server_restarted: write 2, [interrupted until 32]
    ");
    insta::assert_snapshot!(from_a_number("undesked 1 no_answer callback; kept 2; reborn"), @"
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [callback_noted 2 +49301234567], write 2, [request_handoff 1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 3->1, stop_music 3
    2.000 tool_done 2 done
    2.000 reborn: plug 1->2, plug 2->1, resync 1, resync 2
    ");
}

#[test]
fn an_unwritten_callback_is_dropped_and_can_be_noted_again() {
    insta::assert_snapshot!(from_a_number("undesked 1 no_answer callback; unkept 2 no disk; tool c2 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}; undesked 3 offline callback"), @"
    2.000 desk_failed no_answer: [handoff_abandoned 1 no_answer], [callback_noted 2 +49301234567], write 2, [request_handoff 1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 3->1, stop_music 3
    2.000 tool_done 2 failed: no disk: tell 'that somebody calls the caller back could not be noted: say so, and offer to take a message', go on
    2.000 tool_call c2 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 3 started], [agent_requested 3 support], cache_profile for support
    2.000 profile_cached 3: offer 3 in support, start_music 4, plug 4->1
    2.000 desk_failed offline: [handoff_abandoned 3 offline], [callback_noted 4 +49301234567], write 4, [request_handoff 3 failed: nobody took over: offline; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c2 failed: nobody took over: offline; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 4->1, stop_music 4
    ");
}

#[test]
fn an_asked_queue_calls_back_if_nobody_else_takes_over() {
    let escalating = "queue support; desk operator; escalating support,operator; offering escalate_to_human; connected; \
         calls from +49301234567; ready; says 1 greeting; +2s; played 1; \
         tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}; undesked 1 offline callback";
    let after = |steps: &str| play_after(escalating, steps);
    insta::assert_snapshot!(after("undesked 2 no_answer"), @"  2.000 desk_failed no_answer: [handoff_abandoned 2 no_answer], [callback_noted 3 +49301234567], write 3, [escalate_to_human 1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message], tell c1 failed: nobody took over: no_answer; it is noted that somebody calls them back at +49301234567: tell them so. No tool changes that number: who wants to be called at another one can leave it in a message, unplug 4->1, stop_music 4");
    insta::assert_snapshot!(after("taken 2; agent audio; joined 5"), @"
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 5: start_leg 5
    2.000 leg_joined 5: [agent_joined 2 as 5], [handoff_bridged 2], [escalate_to_human 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 4->1, plug 1->5, plug 5->1, stop, stop_music 4, agent is talking
    ");
}

#[test]
fn the_key_for_a_person_rings_desks_without_dialplan() {
    insta::assert_snapshot!(play("without extensions; desk operator; talking; key 0; taken 1; agent audio; joined 4"), @"
    2.000 dtmf 0: clear 2->1, [key_pressed 0], [transfer_call 1 started], [agent_requested 1 operator], cache_profile for operator
    2.000 profile_cached 1: offer 1 at operator, start_music 3, plug 3->1
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [transfer_call 1 done], clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
}

#[test]
fn after_a_restart_an_agents_caller_returns_to_the_assistant() {
    insta::assert_snapshot!(with_ada("restarted 2s; connected; ready"), @"
    2.000 server_restarted: [agent_left audio_lost], agent_left after talking, [interrupted until 32]
    2.000 leg_arrived 5: start_leg 5
    2.000 leg_joined 5: [resumed after 0], start_recording 5, start_assistant 6, plug 5->6, plug 6->5
    2.000 assistant_ready 6: tell 'an agent was talking with the caller, and the server was restarted', say welcome_back
    ");
}

#[test]
fn a_caller_whose_agent_died_can_have_one_again() {
    let silent = with_ada("restarted 2s; connected; ready; says 2 welcome_back; +2s; played 2; +10s");
    assert!(silent.contains("[silence_prompted]"), "{silent}");
    let asks = "tool c2 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}";
    let again = with_ada(&format!("restarted 2s; connected; ready; {asks}"));
    assert!(again.contains("[agent_requested") && !again.contains("refused"), "{again}");
}

#[test]
fn an_offer_that_died_is_made_again() {
    let asked = "offering request_handoff; talking; tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}";
    for place in ["desk sales", "queue sales"] {
        let offered = format!("{place}; {asked}");
        let back = play_after(&offered, "restarted; +20s; connected; ready; +20s");
        let offers = [": offer 1 ", ", offer 1 "].map(|offer| back.matches(offer).count());
        assert_eq!(offers.iter().sum::<usize>(), 1, "{back}");
        // It rings for as long as the first offer did.
        assert!(!back.contains("handoff_abandoned"), "{back}");
        let away = play_after(&offered, "restarted; to the end");
        assert!(!away.contains(" offer 1 "), "{away}");
    }
}

/// A caller on FreeSWITCH, whose agents are asked at their desks.
const ON_A_SWITCH: &str = "dual; desk sales; inbound; answered new; stream with its token; joined; ready to say anything; \
    says 1 greeting; +2s; played 1; handoff sales";

#[test]
fn no_desk_is_asked_for_a_caller_without_audio() {
    let offered = play(ON_A_SWITCH);
    assert!(offered.contains("offer 2 at sales"), "{offered}");
    let abandoned = "[handoff_abandoned 2 congestion]";
    let lost = play_after(ON_A_SWITCH, "broken; +8s");
    assert!(lost.contains(&format!("withdraw_offer 2, {abandoned}")), "{lost}");
    // The same if the offer has died: agents are no longer asked, and the caller is free to ask for another person.
    let died = play_after(ON_A_SWITCH, "restarted; inbound; answered new; +8s");
    assert!(died.contains(abandoned) && !died.contains("withdraw_offer"), "{died}");
    assert!(!died.contains("offer 2 at sales"), "{died}");
}

/// Its audio goes on alone, and digits go over a link.
#[test]
fn an_agents_digits_are_refused_while_no_link_is_there() {
    let may = |steps: &str| {
        let call = call_after(&format!("{ON_A_SWITCH}; taken 2; agent audio; joined 4{steps}"));
        let request = AgentRequest::SendDtmf { digits: "1".parse().unwrap() };
        call.machine.admits(&Command::OfAgent { user_id: ADA, request })
    };
    assert_eq!(may(""), Ok(()));
    assert_eq!(may("; lost"), Ok(()), "the other link is there");
    assert_eq!(may("; lost; lost inbound"), Err(CommandRefused::Incapable(Capability::SendDtmf)));
    assert_eq!(may("; lost; lost inbound; inbound"), Ok(()));
}

/// The hand-off that led to the agent is over with them. Otherwise nobody else could be asked, and silence would not be watched.
#[test]
fn a_caller_who_lost_agent_and_audio_can_ask_again() {
    let told = play_after(ON_A_SWITCH, "taken 2; agent audio; joined 4; broken 1; +8s; handoff operator");
    assert!(told.contains("[handoff_bridged 2]") && told.contains("[agent_left caller_gone]"), "{told}");
    assert!(told.contains("prompt welcome_back.wav"), "{told}");
    assert!(told.contains("[handoff_requested"), "a person is asked: {told}");
}

#[test]
fn no_next_desk_is_asked_for_a_caller_without_audio() {
    let escalating = "dual; queue support; desk sales; escalating support,sales; offering escalate_to_human; inbound; \
        answered new; stream with its token; joined; ready to say anything; says 1 greeting; +2s; played 1; \
        tool c1 escalate_to_human {\"reason\":\"water\",\"urgency\":\"emergency\"}";
    let lost = play_after(escalating, "broken; +8s");
    assert!(lost.contains("withdraw_offer") && lost.contains(" congestion]"), "{lost}");
    assert!(!lost.contains(" at sales"), "{lost}");
}

/// The caller has asked the assistant for sales, whose agents are asked at their desks.
const ASKED_SALES: &str = "desk sales; offering request_handoff; talking; tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}";

#[test]
fn an_agent_who_had_accepted_is_asked_again() {
    let accepted = format!("{ASKED_SALES}; taken 1");
    let back = play_after(&accepted, "restarted; +20s; connected; ready; +6s; taken 1");
    assert!(back.contains("[agent_left audio_lost]"), "{back}");
    assert_eq!(back.matches("offer 1 at sales").count(), 1, "{back}");
    assert!(back.contains("the server was restarted: people are asked once more"), "{back}");
    assert!(back.contains("desk_accepted: agent is connecting"), "{back}");
    assert!(!back.contains("handoff_abandoned"), "{back}");
}

#[test]
fn nobody_is_asked_for_a_caller_who_is_not_back() {
    let briefed = format!("caching slowly; {ASKED_SALES}");
    let away = play_after(&briefed, "restarted; +20s");
    assert!(!away.contains("offer 1 at sales"), "{away}");
    let back = play_after(&briefed, "restarted; +20s; connected; ready; +4s");
    assert!(!back.contains("offer 1 at sales"), "desks come back first: {back}");
    let later = play_after(&briefed, "restarted; +20s; connected; ready; +6s");
    assert_eq!(later.matches("offer 1 at sales").count(), 1, "{later}");
}

#[test]
fn assistant_and_caller_are_told_that_nobody_took_over() {
    let declined = play_after(ASKED_SALES, "restarted; connected; ready; +6s; undesked 1 declined");
    assert!(declined.contains("say transfer_refused"), "{declined}");
    assert!(declined.contains("tell 'nobody took over: declined'"), "{declined}");
    let asked = play(&format!("{ASKED_SALES}; undesked 1 declined"));
    assert!(!asked.contains("transfer_refused"), "an assistant that has asked finds the words: {asked}");
}

#[test]
fn a_caller_who_is_back_hears_that_the_agent_declined() {
    let asked = "without extensions; desk operator; talking; key 0";
    let back = play_after(asked, "broken; undesked 1 declined; connected");
    assert!(back.contains("say transfer_refused"), "{back}");
    assert!(back.contains("tell 'nobody took over: declined'"), "{back}");
    assert!(!back.contains("welcome_back"), "{back}");
}

#[test]
fn a_queued_caller_hears_their_place_in_words_or_recordings() {
    let asks = "tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}; placed 1 2; speaks; placed 1 1";
    let begin = "queue support; offering request_handoff; connected";
    insta::assert_snapshot!(play(&format!("{begin}; ready to say anything; says 1 greeting; +2s; played 1; {asks}")), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 1 started], [agent_requested 1 support], cache_profile for support
    2.000 profile_cached 1: offer 1 in support, start_music 3, plug 3->1
    2.000 queue_placed: tell 'the caller is number 2 of those who wait, and will wait for about 1 min: tell them', go on
    2.000 speech_started: clear 2->1
    2.000 queue_placed: tell 'the caller is number 1 of those who wait, and will wait for about 1 min: tell them'
    ");
    insta::assert_snapshot!(play(&format!("{begin}; ready; says 1 greeting; +2s; played 1; {asks}")), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 1 started], [agent_requested 1 support], cache_profile for support
    2.000 profile_cached 1: offer 1 in support, start_music 3, plug 3->1
    2.000 queue_placed: say one_before, say wait_minute
    2.000 speech_started: clear 2->1
    2.000 queue_placed
    ");
    let greeted = play(&format!("{begin}; ready; says 1 greeting; handoff support; placed 1 2"));
    assert!(
        greeted.contains("queue_placed: say one_before, say wait_minute"),
        "after the greeting: {greeted}"
    );
}

#[test]
fn a_queued_caller_waits_as_long_as_it_takes() {
    let asked = "queue support; offering request_handoff; talking; \
                 tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}; +3000s; taken 1; agent audio; joined 4";
    insta::assert_snapshot!(play(asked), @"
      2.000 tool_call c1 request_handoff {'reason':'a bill','target':'support'}: [request_handoff 1 started], [agent_requested 1 support], cache_profile for support
      2.000 profile_cached 1: offer 1 in support, start_music 3, plug 3->1
    3002.000 desk_accepted: agent is connecting
    3002.000 leg_arrived 4: start_leg 4
    3002.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
}

#[test]
fn a_program_learns_who_can_not_be_asked() {
    let call = call_after("desk sales; talking");
    let asked = |target: &str| call.machine.admits(&Command::Handoff(target.to_owned()));
    assert_eq!(asked("sales"), Ok(()));
    assert_eq!(
        asked("operator"),
        Err(CommandRefused::Incapable(Capability::TransferAttended)),
        "no phone rings"
    );
    assert_eq!(asked("nobody"), Err(CommandRefused::NoSuchTarget));
}

#[test]
fn music_plays_while_a_colleague_is_asked_then_all_talk() {
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; +3s; agent joins; +1s; agent hangs; +1s; bo hangs"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 desk_accepted: agent is connecting with others asking sales
    2.000 leg_arrived 6: start_leg 6
    2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
    5.000 agent_asked join_consult: [agent_joined 2 as 6], [consult_ended 2 joined], [hold_ended after 3000], unplug 5->1, plug 1->4, plug 1->6, plug 4->1, plug 6->1, stop_music 5, agent is talking with others, agent is talking with others
    6.000 agent_asked hang_up: [agent_left left], agent_left after talking, unplug 1->4, unplug 4->1, unplug 4->6, unplug 6->4, release_leg 4, agent is talking
    7.000 agent_asked hang_up: [agent_left call_ended], agent_left after talking, unplug 1->6, unplug 6->1, release_leg 6, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    ");
}

#[test]
fn an_agent_leaves_the_caller_to_the_asked_colleague() {
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; +3s; agent completes; +1s; bo back; ready"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 desk_accepted: agent is connecting with others asking sales
    2.000 leg_arrived 6: start_leg 6
    2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
    5.000 agent_asked complete_consult: [agent_joined 2 as 6], [consult_ended 2 completed], [hold_ended after 3000], [agent_left passed_on], agent_left after talking, unplug 4->6, unplug 5->1, unplug 6->4, plug 1->6, plug 6->1, release_leg 4, stop_music 5, agent is talking
    6.000 agent_asked hand_back: [handed_back ''], [agent_left handed_back], agent_left after talking, unplug 1->6, unplug 6->1, release_leg 6, [caller_returned 1], start_assistant 7, plug 1->7, plug 7->1
    6.000 assistant_ready 7: tell 'an agent has talked with the caller, and gives them back to you', say welcome_back
    ");
}

#[test]
fn agent_and_caller_talk_again_once_the_colleague_is_gone() {
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; agent cancels"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 desk_accepted: agent is connecting with others asking sales
    2.000 leg_arrived 6: start_leg 6
    2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
    2.000 agent_asked cancel_consult: [agent_left consult_over], agent_left, unplug 4->6, unplug 6->4, release_leg 6, [consult_ended 2 cancelled], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; bo holds; bo hangs"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 desk_accepted: agent is connecting with others asking sales
    2.000 leg_arrived 6: start_leg 6
    2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
    2.000 agent_asked hold
    2.000 agent_asked hang_up: [consult_ended 2 colleague_left], [hold_ended after 0], [agent_left consult_over], agent_left, unplug 4->6, unplug 5->1, unplug 6->4, plug 1->4, plug 4->1, release_leg 6, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; agent cancels"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 agent_asked cancel_consult: withdraw_offer 2, [consult_ended 2 cancelled], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; +11s"), @"
     2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
     2.000 profile_cached 2: offer 2 at sales
     2.000 desk_accepted: agent is connecting with others asking sales
    12.000 deadline_passed: [agent_left audio_lost], agent_left, [consult_ended 2: timeout], [hold_ended after 10000], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; undesked 2 declined"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 desk_failed declined: [consult_ended 2: declined], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn the_asked_colleague_has_the_caller_of_a_lost_agent() {
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; closed 4; +16s"), @"
     2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
     2.000 profile_cached 2: offer 2 at sales
     2.000 desk_accepted: agent is connecting with others asking sales
     2.000 leg_arrived 6: start_leg 6
     2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
     2.000 leg_left 4 closed: unplug 4->6, unplug 6->4, agent is audio_lost consulting sales
    17.000 deadline_passed: [agent_joined 2 as 6], [consult_ended 2 completed], [hold_ended after 15000], [agent_left audio_lost], agent_left after talking, unplug 5->1, plug 1->6, plug 6->1, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; closed 4; +16s; ready"), @"
     2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
     2.000 profile_cached 2: offer 2 at sales
     2.000 leg_left 4 closed: agent is audio_lost asking sales
    17.000 deadline_passed: withdraw_offer 2, [consult_ended 2 cancelled], [hold_ended after 15000], [agent_left audio_lost], agent_left after talking, [caller_returned 1], start_assistant 6, unplug 5->1, plug 1->6, plug 6->1, stop_music 5
    18.000 assistant_ready 6: tell 'an agent has talked with the caller, and their connection was lost', say welcome_back
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; closed 6; +1s; closed 4; +16s"), @"
     2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
     2.000 profile_cached 2: offer 2 at sales
     2.000 desk_accepted: agent is connecting with others asking sales
     2.000 leg_arrived 6: start_leg 6
     2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
     2.000 leg_left 6 closed: unplug 4->6, unplug 6->4, agent is audio_lost with others consulting sales
     3.000 leg_left 4 closed: agent is audio_lost consulting sales
    17.000 deadline_passed: [consult_ended 2 colleague_left], [hold_ended after 15000], [agent_left audio_lost], agent_left, agent is audio_lost
    18.000 deadline_passed: [agent_left audio_lost], agent_left after talking, [caller_returned 1], start_assistant 7, unplug 5->1, plug 1->7, plug 7->1, stop_music 5
    ");
}

#[test]
fn the_end_of_a_call_releases_the_consulted_colleague() {
    insta::assert_snapshot!(with_ada("agent asks sales; taken 2 bo; bo audio; joined 6; closed 1"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 desk_accepted: agent is connecting with others asking sales
    2.000 leg_arrived 6: start_leg 6
    2.000 leg_joined 6: [colleague_joined 2 as 6], plug 4->6, plug 6->4, agent is held consulting sales, agent is consulted with others consulting sales
    2.000 leg_left 1 closed: unplug 5->1, [agent_left consult_over], agent_left, unplug 4->6, unplug 6->4, release_leg 6, [consult_ended 2 cancelled], [hold_ended after 0], [agent_left call_ended], agent_left after talking, release_leg 4, stop_music 5, [ended normal_clearing by caller, next 'hangup']
    ");
    insta::assert_snapshot!(with_ada("agent asks sales; closed 1"), @"
    2.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->4, unplug 4->1, cache_profile for sales, start_music 5, plug 5->1, agent is held asking sales
    2.000 profile_cached 2: offer 2 at sales
    2.000 leg_left 1 closed: unplug 5->1, withdraw_offer 2, [consult_ended 2 cancelled], [hold_ended after 0], [agent_left call_ended], agent_left after talking, release_leg 4, stop_music 5, [ended normal_clearing by caller, next 'hangup']
    ");
}

#[test]
fn passed_on_callers_have_the_assistant_until_someone_takes_over() {
    insta::assert_snapshot!(with_ada("agent passes sales wants the blue one; ready; taken 2 bo; bo audio; joined 7"), @"
    2.000 agent_asked transfer: [passed_on to sales 'wants the blue one'], [agent_left passed_on], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, [caller_returned 1], start_assistant 5, plug 1->5, plug 5->1, [agent_requested 2 sales], cache_profile for sales
    2.000 profile_cached 2: offer 2 at sales, start_music 6, plug 6->1
    2.000 assistant_ready 5: tell 'an agent has talked with the caller and passes them on to sales, who is being asked now; say no more than that until you learn how it went', say transferring
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 7: start_leg 7
    2.000 leg_joined 7: [agent_joined 2 as 7], [handoff_bridged 2], clear 5->1, unplug 1->5, unplug 5->1, unplug 6->1, plug 1->7, plug 7->1, stop, stop_music 6, agent is talking
    ");
    insta::assert_snapshot!(with_ada("agent passes sales; ready; undesked 2 no_answer message"), @"
    2.000 agent_asked transfer: [passed_on to sales ''], [agent_left passed_on], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, [caller_returned 1], start_assistant 5, plug 1->5, plug 5->1, [agent_requested 2 sales], cache_profile for sales
    2.000 profile_cached 2: offer 2 at sales, start_music 6, plug 6->1
    2.000 assistant_ready 5: tell 'an agent has talked with the caller and passes them on to sales, who is being asked now; say no more than that until you learn how it went', say transferring
    2.000 desk_failed no_answer: [handoff_abandoned 2 no_answer], tell 'nobody took over: no_answer; offer to take a message', say transfer_refused, unplug 6->1, stop_music 6
    ");
}

/// Nobody took over before the assistant was connected.
#[test]
fn an_assistant_learns_everything_it_has_missed_in_order() {
    let late = with_ada("agent passes sales; undesked 2 no_answer; ready");
    let told = late.find("tell 'an agent has talked").zip(late.find("tell 'nobody took over"));
    assert!(told.is_some_and(|(first, second)| first < second), "{late}");
}

#[test]
fn requests_that_do_not_fit_a_consultation_are_refused() {
    let may = |steps: &str, request: AgentRequest| {
        let call = call_after(&format!("{TALKING_WITH_ADA}; {steps}"));
        call.machine.admits(&Command::OfAgent { user_id: ADA, request })
    };
    let consult = |target: &str| AgentRequest::Consult { target: target.to_owned(), note: String::new() };
    let pass = |target: &str| AgentRequest::Transfer { target: target.to_owned(), note: String::new() };
    assert_eq!(may("", consult("nobody")), Err(CommandRefused::NoSuchTarget));
    assert_eq!(may("", pass("nobody")), Err(CommandRefused::NoSuchTarget));
    assert_eq!(may("", AgentRequest::JoinConsult), Err(CommandRefused::NoConsult));
    let asking = "agent asks sales";
    assert_eq!(may(asking, AgentRequest::CompleteConsult), Err(CommandRefused::ColleagueNotThere));
    for request in [consult("sales"), pass("sales"), AgentRequest::Unhold, AgentRequest::HangUp] {
        assert_eq!(may(asking, request), Err(CommandRefused::ConsultUnderWay));
    }
    assert_eq!(may(asking, AgentRequest::Mute), Ok(()));
    let together = "agent asks sales; taken 2 bo; bo audio; joined 6; agent joins";
    assert_eq!(may(together, pass("sales")), Err(CommandRefused::OthersInCall));
    assert_eq!(
        may(together, AgentRequest::HandBack { note: String::new() }),
        Err(CommandRefused::OthersInCall)
    );
    assert_eq!(may("broken 1", pass("sales")), Err(CommandRefused::NotConversing));
}

#[test]
fn an_agent_holds_once_and_unholds_only_a_held_caller() {
    let with_ada = "desk sales; talking; handoff sales; taken 1; agent audio; joined 4";
    let asks = |steps: &str, request: AgentRequest| {
        call_after(&format!("{with_ada}{steps}")).machine.admits(&Command::OfAgent { user_id: ADA, request })
    };
    assert_eq!(asks("", AgentRequest::Hold), Ok(()));
    assert_eq!(asks("", AgentRequest::Unhold), Err(CommandRefused::NotHeld));
    assert_eq!(asks("; agent holds", AgentRequest::Hold), Err(CommandRefused::AlreadyHeld));
    assert_eq!(asks("; agent holds", AgentRequest::Unhold), Ok(()));
}

#[test]
fn a_joined_colleague_leaves_while_another_is_still_asked() {
    insta::assert_snapshot!(play_after("desk sales; talking; handoff sales; taken 1; agent audio; joined 4; agent asks sales; taken 2 bo; bo audio; joined 6; agent joins; agent asks sales", "bo hangs; +1s; taken 3 bo"), @"
    2.000 agent_asked hang_up: [agent_left left], agent_left after talking, unplug 4->6, unplug 6->4, release_leg 6, agent is held asking sales
    3.000 desk_accepted: agent is connecting with others asking sales
    ");
}

#[test]
fn while_one_agent_consults_the_others_wait() {
    let beside = "desk sales; talking; handoff sales; taken 1; agent audio; joined 4; agent asks sales; taken 2 bo; \
         bo audio; joined 6; agent joins; agent asks sales";
    let call = call_after(beside);
    for request in [AgentRequest::Hold, AgentRequest::HandBack { note: String::new() }] {
        let command = Command::OfAgent { user_id: BO, request };
        assert_eq!(call.machine.admits(&command), Err(CommandRefused::ConsultUnderWay));
    }
    assert_eq!(call.machine.admits(&Command::OfAgent { user_id: BO, request: AgentRequest::HangUp }), Ok(()));
}

#[test]
fn agents_in_a_call_given_up_leave_with_their_time() {
    let call = call_after(&format!("{TALKING_WITH_ADA}; +9s"));
    let left = call.machine.partings(call.now + 1_000);
    let left_by_ada = Decision::AgentLeft { user_id: ADA, talked_ms: Some(10_000), how: AgentEnd::CallEnded };
    assert_eq!(left, [left_by_ada]);
    let over = format!("{TALKING_WITH_ADA}; agent hangs; to the end");
    let call = call_after(&over);
    assert_eq!(call.machine.partings(call.now), []);
}

#[test]
fn callers_are_passed_on_to_phones_within_the_policy() {
    let may = |beginning: &str, target: &str| {
        let call = call_after(&format!("{beginning}elsewhere; {TALKING_WITH_ADA}"));
        let request = AgentRequest::Transfer { target: target.to_owned(), note: String::new() };
        call.machine.admits(&Command::OfAgent { user_id: ADA, request })
    };
    assert_eq!(may("", "operator"), Ok(()));
    assert_eq!(may("dialling 0; ", "operator"), Err(CommandRefused::DialLimit));
    assert_eq!(may("dialling 0; ", "sales"), Ok(()), "a desk is not a phone");
    assert_eq!(may("dialling 0; ", "nobody"), Err(CommandRefused::NoSuchTarget));
}

/// The request came from a key, not from the assistant, so no tool result tells the assistant.
#[test]
fn a_hand_off_failing_during_a_hold_is_announced_later() {
    let held = play("without extensions; desk operator; talking; key 0; hold; undesked 1 declined; unhold");
    assert!(held.contains("tell 'nobody took over: declined'"), "{held}");
    assert!(!held.contains("transfer_refused"), "nobody would hear it: {held}");
    assert!(held.contains("say welcome_back"), "{held}");
}

/// Agent and colleague talk while the caller hears music, so it does not matter to them that the caller is away.
#[test]
fn colleagues_talk_on_while_the_caller_is_away() {
    let asks = "agent asks sales; taken 2 bo; bo audio; joined 6";
    let away = with_ada(&format!("{asks}; broken 1; +1s; connected"));
    assert!(away.contains("[interrupted until 7]") && away.contains("[resumed after 1000]"), "{away}");
    assert!(!away.contains("unplug 4->6") && !away.contains("unplug 6->4"), "{away}");
    let joined = with_ada(&format!("{asks}; agent joins; broken 1; agent mutes; agent unmutes"));
    let line = joined.lines().last().unwrap_or_default();
    assert!(line.contains("agent_asked unmute: plug 4->6"), "{joined}");
}

/// Otherwise they would be asked whether they are there, and the call would end, while they hear nothing.
#[test]
fn callers_handed_back_while_their_phone_holds_are_awaited() {
    let back = "taken 2; agent audio; joined 4; held; agent back; ready; +60s";
    let held = play_after(ON_A_SWITCH, back);
    assert!(held.contains("[hold_began]") && held.contains("start_assistant"), "{held}");
    assert!(!held.contains("silence_prompted") && !held.contains("say "), "{held}");
    let released = play_after(&format!("{ON_A_SWITCH}; {back}"), "unheld");
    assert!(
        released.contains("[hold_ended after 60000]") && released.contains("say welcome_back"),
        "{released}"
    );
    // A callee whom an agent has called has not heard the notice, so it comes first here, too.
    let called = "noticing Recorded.; begun; dual; agent audio; joined 1; on record; picked up; answered new; \
         stream with its token; joined; held; agent back; ready to say anything; +60s; unheld";
    let noticed = play(called);
    assert!(noticed.contains("say notice") && !noticed.contains("say welcome_back"), "{noticed}");
}

/// Otherwise they would hear the goodbye as soon as they are back.
#[test]
fn time_with_agents_does_not_count_towards_the_longest_call() {
    let back = format!("at most 60s; {TALKING_WITH_ADA}; +100s; agent back; ready; speaks");
    let talks = play_after(&back, "+57999ms");
    assert!(!talks.contains("goodbye_max_duration"), "{talks}");
    let over = play_after(&back, "+58s");
    assert!(over.contains("160.000 deadline_passed") && over.contains("say goodbye_max_duration"), "{over}");
}

/// No talk with a person is cut off, and this one is about to begin.
#[test]
fn callers_whose_agent_has_accepted_hear_no_goodbye() {
    let accepted = "at most 20s; desk sales; offering request_handoff; talking; \
         tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; +17s; taken 1";
    let joins = play_after(accepted, "+5s; agent audio; joined 4; +60s");
    assert!(joins.contains("[agent_joined 1 as 4]"), "{joins}");
    assert!(!joins.contains("goodbye") && !joins.contains("[ended"), "{joins}");
    // They have waited for 27 s, which do not count.
    let is_alone = play_after(accepted, "+10s; speaks; +18s");
    assert!(is_alone.contains("[handoff_abandoned 1 timeout]"), "{is_alone}");
    assert!(is_alone.contains("47.000 deadline_passed"), "{is_alone}");
    assert!(is_alone.contains("say goodbye_max_duration"), "{is_alone}");
}

/// They are told how long they will wait, and nobody would understand a goodbye.
#[test]
fn callers_in_a_queue_outlast_the_longest_call() {
    let asks = "at most 20s; queue support; desk sales; offering request_handoff; talking; \
         tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}";
    let waits = play_after(asks, "+600s; taken 1; agent audio; joined 4");
    assert!(waits.contains("[agent_joined 1 as 4]") && !waits.contains("goodbye"), "{waits}");
    let back = play_after(asks, "+600s; undesked 1 no_answer; speaks; +17999ms");
    assert!(!back.contains("goodbye"), "the caller has 18 s left: {back}");
    let over = play_after(asks, "+600s; undesked 1 no_answer; speaks; +18s");
    assert!(over.contains("620.000 deadline_passed") && over.contains("say goodbye_max_duration"), "{over}");
}

/// The agent did not take the caller off hold, and may say things that are not for them.
#[test]
fn callers_held_before_a_consult_stay_on_hold_after_it() {
    for ends in ["undesked 2 declined", "taken 2 bo; bo audio; joined 6; bo hangs"] {
        let held = with_ada(&format!("agent holds; agent asks sales; {ends}"));
        assert!(held.contains("[consult_ended 2") && !held.contains("[hold_ended"), "{held}");
        let talks = with_ada(&format!("agent holds; agent asks sales; {ends}; agent unholds"));
        assert!(talks.lines().last().is_some_and(|line| line.contains("[hold_ended")), "{talks}");
    }
    for ends in ["agent cancels", "taken 2 bo; bo audio; joined 6; agent joins"] {
        let talks = with_ada(&format!("agent holds; agent asks sales; {ends}"));
        assert!(talks.contains("[hold_ended"), "{talks}");
    }
}

/// Their desk shows the button. The caller would wait for nobody.
#[test]
fn an_agent_who_hangs_up_before_talking_declines() {
    let asks = "desk sales; offering request_handoff; talking; \
         tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1";
    let gone = play_after(asks, "agent hangs");
    assert!(gone.contains("[handoff_abandoned 1 declined]") && gone.contains("tell c1 failed"), "{gone}");
    assert!(gone.contains("[agent_left hung_up]"), "{gone}");
    let briefed = play(&format!(
        "warm; {}; agent audio; joined 4; agent hangs",
        asks.replace("talking", "connected; ready to say anything; says 1 greeting; +2s; played 1")
    ));
    assert!(briefed.contains("agent is briefed"), "{briefed}");
    let line = briefed.lines().last().unwrap_or_default();
    assert!(line.contains("[handoff_abandoned 1 declined]") && line.contains("converse"), "{briefed}");
    let colleague = with_ada("agent asks sales; taken 2 bo; bo hangs");
    assert!(colleague.contains("[consult_ended 2: declined], [hold_ended"), "{colleague}");
    assert!(colleague.contains("[agent_left hung_up]") && !colleague.contains("audio_lost"), "{colleague}");
}
