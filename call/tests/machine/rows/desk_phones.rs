//! Agents who talk on the phone at their extension: it rings while the call is offered to them, and its audio is theirs.

use crate::script::play;

/// The call is offered to the agent at operator, and her phone rings.
const PHONE_RINGS: &str = "desk operator; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; phoned 1 operator; offered 1";

fn after(beginning: &str, steps: &str) -> String {
    let all = play(&format!("{beginning}; {steps}")).to_string();
    all.strip_prefix(&play(beginning).to_string()).unwrap().to_owned()
}

fn while_it_rings(steps: &str) -> String {
    after(PHONE_RINGS, steps)
}

/// She has lifted it, and talks with the caller.
fn while_she_talks(steps: &str) -> String {
    after(&format!("{PHONE_RINGS}; lifted 2; taken 1; handset 2; joined 4"), steps)
}

#[test]
fn who_lifts_the_handset_has_accepted_and_is_joined_once_its_audio_is_there() {
    insta::assert_snapshot!(play(&format!("{PHONE_RINGS}; lifted 2; taken 1; handset 2; joined 4")), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'operator'}: [request_handoff 1 started], [agent_requested 1 operator], cache_profile for operator
    2.000 profile_cached 1: offer 1 at operator, start_music 3, plug 3->1
    2.000 phone_offered: [phone_rung 2 operator], ring_phone 2 operator
    2.000 desk_ringing
    2.000 phone_told 2 answered: take_offer 1
    2.000 desk_accepted: agent is connecting by phone
    2.000 phone_leg_arrived 4 of 2: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking by phone
    ");
}

#[test]
fn the_audio_may_be_there_before_anybody_says_whose_the_caller_is() {
    insta::assert_snapshot!(while_it_rings("handset 2; joined 4; taken 1"), @"
    2.000 phone_leg_arrived 4 of 2: start_leg 4, take_offer 1
    2.000 leg_joined 4
    2.000 desk_accepted: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking by phone
    ");
}

#[test]
fn who_accepts_at_the_desk_has_a_phone_that_rings_on() {
    insta::assert_snapshot!(while_it_rings("taken 1; +25s; handset 2; joined 4"), @"
     2.000 desk_accepted: agent is connecting by phone
    27.000 phone_leg_arrived 4 of 2: start_leg 4
    27.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking by phone
    ");
    insta::assert_snapshot!(while_it_rings("taken 1; +31s"), @"
     2.000 desk_accepted: agent is connecting by phone
    32.000 deadline_passed: [agent_left audio_lost], agent_left, unplug 3->1, stop_phone 2, [handoff_abandoned 1 timeout], [request_handoff 1 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout, stop_music 3
    ");
    insta::assert_snapshot!(while_it_rings("taken 1; engaged 2 declined"), @"
    2.000 desk_accepted: agent is connecting by phone
    2.000 phone_told 2 declined: stop_phone 2, [agent_left audio_lost], agent_left, unplug 3->1, [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, stop_music 3
    ");
}

#[test]
fn a_phone_rings_no_more_once_nobody_is_offered_the_call_by_it() {
    insta::assert_snapshot!(while_it_rings("undesked 1 declined"), @"
      2.000 desk_failed declined: [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, stop_phone 2, unplug 3->1, stop_music 3
    ");
    insta::assert_snapshot!(while_it_rings("taken 1 bo"), @"
      2.000 desk_accepted: stop_phone 2, agent is connecting
    ");
    insta::assert_snapshot!(while_it_rings("unphoned 1"), @"
      2.000 phone_offer_gone: stop_phone 2
    ");
    insta::assert_snapshot!(while_it_rings("closed 1"), @"
      2.000 leg_left 1 closed: unplug 1->2, unplug 2->1, unplug 3->1, withdraw_offer 1, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop, stop_phone 2
    ");
    insta::assert_snapshot!(while_it_rings("restarted"), @"
      2.000 server_restarted: stop_phone 2, [interrupted until 32]
    ");
}

#[test]
fn a_phone_that_is_not_reached_passes_the_offer_by() {
    insta::assert_snapshot!(while_it_rings("engaged 2 busy; undesked 1 busy"), @"
    2.000 phone_told 2 busy: stop_phone 2, pass_offer 1: busy
    2.000 desk_failed busy: [handoff_abandoned 1 busy], [request_handoff 1 failed: nobody took over: busy], tell c1 failed: nobody took over: busy, unplug 3->1, stop_music 3
    ");
    insta::assert_snapshot!(while_it_rings("handset 2; joined 4; closed 4"), @"
    2.000 phone_leg_arrived 4 of 2: start_leg 4, take_offer 1
    2.000 leg_joined 4
    2.000 leg_left 4 closed: stop_phone 2, pass_offer 1: declined
    ");
    insta::assert_snapshot!(while_it_rings("lifted 2; +11s"), @"
     2.000 phone_told 2 answered: take_offer 1
    12.000 deadline_passed: stop_phone 2, pass_offer 1: timeout
    ");
}

#[test]
fn audio_of_a_phone_that_nobody_waits_for_is_refused() {
    insta::assert_snapshot!(while_it_rings("unphoned 1; handset 2; handset 2"), @"
    2.000 phone_offer_gone: stop_phone 2
    2.000 phone_leg_arrived 4 of 2: refuse_leg 4
    2.000 phone_leg_arrived 5 of 2: refuse_leg 5
    ");
}

#[test]
fn who_puts_the_handset_down_has_hung_up() {
    insta::assert_snapshot!(while_she_talks("closed 4"), @"
      2.000 leg_left 4 closed: [agent_left call_ended], agent_left after talking, unplug 1->4, unplug 4->1, stop_phone 2, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    ");
    // The switch says it, and the audio would end by nothing else.
    insta::assert_snapshot!(while_she_talks("engaged 2 declined; closed 4"), @"
    2.000 phone_told 2 declined: release_leg 4, [agent_left call_ended], agent_left after talking, unplug 1->4, unplug 4->1, stop_phone 2, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    2.000 leg_left 4 closed
    ");
    insta::assert_snapshot!(while_she_talks("broken 4; +16s"), @"
     2.000 leg_left 4 broken: unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is audio_lost by phone
    17.000 deadline_passed: [agent_left audio_lost], agent_left after talking, stop_phone 2, [caller_returned 1], start_assistant 6, unplug 5->1, plug 1->6, plug 6->1, stop_music 5
    ");
}

/// A phone's hang-up can look like a line that broke, until its switch says what it was.
#[test]
fn who_has_hung_up_is_not_waited_for() {
    insta::assert_snapshot!(while_she_talks("broken 4; put_down 2"), @"
    2.000 leg_left 4 broken: unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is audio_lost by phone
    2.000 phone_told 2 put_down: [agent_left call_ended], agent_left after talking, stop_phone 2, unplug 5->1, stop_music 5, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    ");
    insta::assert_snapshot!(while_she_talks("broken 4; engaged 2 declined; +16s"), @"
     2.000 leg_left 4 broken: unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is audio_lost by phone
     2.000 phone_told 2 declined
    17.000 deadline_passed: [agent_left audio_lost], agent_left after talking, stop_phone 2, [caller_returned 1], start_assistant 6, unplug 5->1, plug 1->6, plug 6->1, stop_music 5
    ");
    insta::assert_snapshot!(while_she_talks("put_down 2; broken 4"), @"
    2.000 phone_told 2 put_down: release_leg 4, [agent_left call_ended], agent_left after talking, unplug 1->4, unplug 4->1, stop_phone 2, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    2.000 leg_left 4 broken
    ");
    insta::assert_snapshot!(while_it_rings("handset 2; joined 4; broken 4; put_down 2"), @"
    2.000 phone_leg_arrived 4 of 2: start_leg 4, take_offer 1
    2.000 leg_joined 4
    2.000 leg_left 4 broken: stop_phone 2, pass_offer 1: declined
    2.000 phone_told 2 put_down
    ");
    insta::assert_snapshot!(while_it_rings("put_down 2"), @"
      2.000 phone_told 2 put_down: stop_phone 2, pass_offer 1: declined
    ");
}

#[test]
fn an_agent_on_their_phone_can_do_what_one_in_a_browser_can() {
    insta::assert_snapshot!(while_she_talks("agent holds; agent unholds; agent mutes; agent unmutes; agent back"), @"
    2.000 agent_asked hold: [hold_began], unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is held by phone
    2.000 agent_asked unhold: [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking by phone
    2.000 agent_asked mute: unplug 4->1, agent is talking by phone muted
    2.000 agent_asked unmute: plug 4->1, agent is talking by phone
    2.000 agent_asked hand_back: [handed_back ''], [agent_left handed_back], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, stop_phone 2, [caller_returned 1], start_assistant 6, plug 1->6, plug 6->1
    ");
}

#[test]
fn who_takes_the_call_into_their_browser_has_their_phone_let_go() {
    insta::assert_snapshot!(while_she_talks("agent audio; joined 5"), @"
    2.000 leg_arrived 5: unplug 1->4, unplug 4->1, release_leg 4, stop_phone 2, start_leg 5, start_music 6, plug 6->1, agent is audio_lost
    2.000 leg_joined 5: unplug 6->1, plug 1->5, plug 5->1, stop_music 6, agent is talking
    ");
}

#[test]
fn a_phone_of_a_switch_rings_where_no_desk_takes_the_offer() {
    let asked = "asterisk; desk operator; phone operator; offering request_handoff; announced; talking; inbound; \
         tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; free 1";
    insta::assert_snapshot!(after(asked, "phoned 1 operator; offered 1; taken 1; handset 2; joined 4"), @"
    2.000 phone_offered: [phone_rung 2 operator], ring_phone 2 operator
    2.000 desk_ringing
    2.000 desk_accepted: agent is connecting by phone
    2.000 phone_leg_arrived 4 of 2: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking by phone
    ");
    insta::assert_snapshot!(after(asked, "undesked 1 offline; rings 1; accepted 1"), @"
    2.000 desk_failed offline: ring 1 2001
    2.000 handoff_ringing
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, join_agent 2 of 1 by inbound
    ");
}
