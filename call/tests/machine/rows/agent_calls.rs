//! Calls that agents begin at their desks.

use cordboard_call::{Command, CommandRefused};
use cordboard_schema::agent::AgentRequest;

use crate::at_desks::ADA;
use crate::script::{call_after, play, play_after};

/// Ada calls the operator, and is heard.
const RINGING: &str = "begun; agent audio; joined 1; on record; progress ringing";

/// The operator has answered her.
const TALKING: &str = "begun; agent audio; joined 1; on record; progress ringing; picked up; connected";

/// Ada calls Bo, who has accepted and is heard.
const COLLEAGUES: &str = "begun bo; agent audio; joined 1; offered 1; taken 1 bo; bo audio; joined 3";

fn after(beginning: &str, steps: &str) -> String {
    let all = play(&format!("{beginning}; {steps}"));
    all.strip_prefix(&play(beginning)).unwrap().to_owned()
}

#[test]
fn dialling_waits_for_the_agents_audio_and_they_hear_ringing() {
    insta::assert_snapshot!(play(RINGING), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [dial_requested operator], record_attempt, start_ring_back 2 to 1, plug 2->1
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: agent is dialling to operator, which rings
    ");
}

#[test]
fn agent_and_callee_talk_without_an_assistant() {
    insta::assert_snapshot!(after(RINGING, "+3s; picked up; connected"), @"
    3.000 dial_answered: unplug 2->1, stop_ring_back 2
    3.000 leg_arrived 3: start_leg 3
    3.000 leg_joined 3: [answered], start_recording 3, [agent_joined 1 as 1], plug 1->3, plug 3->1, agent is talking
    ");
    // With FreeSWITCH, control and audio arrive.
    insta::assert_snapshot!(play("begun; dual; agent audio; joined 1; on record; picked up; answered new; stream with its token; joined"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [dial_requested operator], record_attempt, start_ring_back 2 to 1, plug 2->1
    0.000 attempt_recorded: dial operator
    0.000 dial_answered: unplug 2->1, stop_ring_back 2
    0.000 control_attached link 1: take_control 1, start_stream 2 by link 1
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [answered], start_recording 3, [agent_joined 1 as 1], plug 1->3, plug 3->1, agent is talking, [can converse hang_up hold transfer_blind play send_dtmf set_variables]
    ");
}

#[test]
fn hanging_up_while_it_rings_stops_the_ringing() {
    insta::assert_snapshot!(after(RINGING, "agent hangs up; to the end"), @"
      0.000 agent_asked hang_up: [outbound_failed caller_left], [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [ended normal_clearing by agent, next 'hangup'], stop_dialling operator, stop_ring_back 2
    ");
    insta::assert_snapshot!(play("begun; agent hangs up; to the end"), @"
      0.000 agent_asked hang_up: [outbound_failed caller_left], [agent_left call_ended], agent_left, [ended normal_clearing by agent, next 'hangup']
    ");
}

#[test]
fn an_agent_learns_why_nobody_was_reached() {
    insta::assert_snapshot!(after(RINGING, "unanswered busy; to the end"), @"
      0.000 dial_failed busy: [outbound_failed busy], not_reached operator busy, [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [ended busy by switch, next 'hangup'], stop_ring_back 2
    ");
    insta::assert_snapshot!(after(RINGING, "to the end"), @"
     45.000 deadline_passed: [outbound_failed timeout], not_reached operator timeout, [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [ended dial_timeout by server, next 'hangup'], stop_dialling operator, stop_ring_back 2
    ");
    // A party that has answered but is never heard was not reached either.
    insta::assert_snapshot!(after(RINGING, "picked up; to the end"), @"
    0.000 dial_answered: unplug 2->1, stop_ring_back 2
    5.000 deadline_passed: [outbound_failed congestion], not_reached operator congestion, [agent_left call_ended], agent_left, release_leg 1, [ended no_audio by server, next 'hangup'], stop_dialling operator
    ");
}

#[test]
fn an_agent_learns_that_the_party_hung_up_at_once() {
    let put_down = after(RINGING, "picked up; +1s; bye; to the end");
    let reason = "[outbound_failed hung_up_early], not_reached operator hung_up_early";
    assert!(put_down.contains(reason), "{put_down}");
}

#[test]
fn nobody_is_dialled_for_an_agent_without_audio() {
    insta::assert_snapshot!(play("begun; to the end"), @"
     15.000 deadline_passed: [outbound_failed caller_left], not_reached operator caller_left, [agent_left call_ended], agent_left, [ended no_audio by server, next 'hangup']
    ");
}

#[test]
fn an_agent_may_lose_audio_for_15_s_during_ringing() {
    insta::assert_snapshot!(after(RINGING, "broken 1; +14s; agent audio; joined 3"), @"
     0.000 leg_left 1 broken: unplug 2->1, stop_ring_back 2, agent is audio_lost to operator, which rings
    14.000 leg_arrived 3: start_leg 3
    14.000 leg_joined 3: start_ring_back 4 to 3, plug 4->3, agent is dialling to operator, which rings
    ");
    insta::assert_snapshot!(after(RINGING, "broken 1; +16s; to the end"), @"
     0.000 leg_left 1 broken: unplug 2->1, stop_ring_back 2, agent is audio_lost to operator, which rings
    15.000 deadline_passed: [outbound_failed caller_left], not_reached operator caller_left, [agent_left call_ended], agent_left, [ended no_audio by server, next 'hangup'], stop_dialling operator
    ");
}

#[test]
fn an_answering_callee_hears_music_until_the_agent_is_back() {
    insta::assert_snapshot!(after(RINGING, "broken 1; picked up; connected; +2s; agent audio; joined 5"), @"
    0.000 leg_left 1 broken: unplug 2->1, stop_ring_back 2, agent is audio_lost to operator, which rings
    0.000 dial_answered
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [answered], start_recording 3, start_music 4, plug 4->3, agent is audio_lost
    2.000 leg_arrived 5: start_leg 5
    2.000 leg_joined 5: [agent_joined 1 as 5], unplug 4->3, plug 3->5, plug 5->3, stop_music 4, agent is talking
    ");
    insta::assert_snapshot!(after(RINGING, "broken 1; picked up; connected; +16s; ready to say anything"), @"
     0.000 leg_left 1 broken: unplug 2->1, stop_ring_back 2, agent is audio_lost to operator, which rings
     0.000 dial_answered
     0.000 leg_arrived 3: start_leg 3
     0.000 leg_joined 3: [answered], start_recording 3, start_music 4, plug 4->3, agent is audio_lost
    15.000 deadline_passed: [agent_left audio_lost], agent_left, start_assistant 5, unplug 4->3, plug 3->5, plug 5->3, stop_music 4
    16.000 assistant_ready 5: tell 'this call was made by an agent, to operator', tell 'an agent has called them, and was cut off before the two could talk', say welcome_back
    ");
}

#[test]
fn agents_can_do_everything_once_the_call_is_answered() {
    insta::assert_snapshot!(after(TALKING, "agent holds; agent unholds; agent mutes; agent unmutes; agent presses 1"), @"
    0.000 agent_asked hold: [hold_began], unplug 1->3, unplug 3->1, start_music 4, plug 4->3, agent is held
    0.000 agent_asked unhold: [hold_ended after 0], unplug 4->3, plug 1->3, plug 3->1, stop_music 4, agent is talking
    0.000 agent_asked mute: unplug 1->3, agent is talking muted
    0.000 agent_asked unmute: plug 1->3, agent is talking
    0.000 agent_asked send_dtmf: send_dtmf 3 1
    ");
    insta::assert_snapshot!(after(TALKING, "+9s; agent back wants the blue one; ready to say anything"), @"
    9.000 agent_asked hand_back: [handed_back 'wants the blue one'], [agent_left handed_back], agent_left after talking, unplug 1->3, unplug 3->1, release_leg 1, start_assistant 4, plug 3->4, plug 4->3
    9.000 assistant_ready 4: tell 'this call was made by an agent, to operator', tell 'an agent has talked with the caller, gives them back to you, and says: wants the blue one', say welcome_back
    ");
    insta::assert_snapshot!(after(TALKING, "+9s; agent hangs up; to the end"), @"
      9.000 agent_asked hang_up: [agent_left call_ended], agent_left after talking, unplug 1->3, unplug 3->1, release_leg 1, [ended normal_clearing by agent, next 'hangup'], release_leg 3
    ");
    insta::assert_snapshot!(play(&format!("desk sales; {TALKING}; agent asks sales; taken 2 bo; bo audio; joined 5; agent joins")), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [dial_requested operator], record_attempt, start_ring_back 2 to 1, plug 2->1
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: agent is dialling to operator, which rings
    0.000 dial_answered: unplug 2->1, stop_ring_back 2
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [answered], start_recording 3, [agent_joined 1 as 1], plug 1->3, plug 3->1, agent is talking
    0.000 agent_asked consult: [consult_began 2 sales], [hold_began], unplug 1->3, unplug 3->1, cache_profile for sales, start_music 4, plug 4->3, agent is held asking sales
    0.000 profile_cached 2: offer 2 at sales
    0.000 desk_accepted: agent is connecting with others asking sales
    0.000 leg_arrived 5: start_leg 5
    0.000 leg_joined 5: [colleague_joined 2 as 5], plug 1->5, plug 5->1, agent is held consulting sales, agent is consulted with others consulting sales
    0.000 agent_asked join_consult: [agent_joined 2 as 5], [consult_ended 2 joined], [hold_ended after 0], unplug 4->3, plug 1->3, plug 3->1, plug 3->5, plug 5->3, stop_music 4, agent is talking with others, agent is talking with others
    ");
}

#[test]
fn a_dead_process_leaves_nobody_ringing_and_dials_nobody_again() {
    insta::assert_snapshot!(after(RINGING, "restarted; to the end"), @"
      0.000 server_restarted: [agent_left audio_lost], agent_left, [outbound_failed caller_left], [ended server_restart by server, next 'hangup'], stop_dialling operator
    ");
    insta::assert_snapshot!(play("begun; agent audio; joined 1; restarted; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [dial_requested operator], record_attempt, start_ring_back 2 to 1, plug 2->1
    0.000 server_restarted: [agent_left audio_lost], agent_left, [outbound_failed caller_left], [ended server_restart by server, next 'hangup'], stop_dialling operator
    ");
    insta::assert_snapshot!(play("begun; restarted; to the end"), @"
      0.000 server_restarted: [agent_left audio_lost], agent_left, [outbound_failed caller_left], [ended server_restart by server, next 'hangup']
    ");
    insta::assert_snapshot!(after(RINGING, "picked up; restarted; to the end"), @"
    0.000 dial_answered: unplug 2->1, stop_ring_back 2
    0.000 server_restarted: [agent_left audio_lost], agent_left, [outbound_failed congestion], [ended server_restart by server, next 'hangup'], stop_dialling operator
    ");
    // A party that has talked is back with the assistant, as in every call.
    insta::assert_snapshot!(after(TALKING, "restarted; connected; ready to say anything"), @"
    0.000 server_restarted: [agent_left audio_lost], agent_left after talking, [interrupted until 30]
    0.000 leg_arrived 4: start_leg 4
    0.000 leg_joined 4: [resumed after 0], start_recording 4, start_assistant 5, plug 4->5, plug 5->4
    0.000 assistant_ready 5: tell 'this call was made by an agent, to operator', tell 'an agent was talking with the caller, and the server was restarted', say welcome_back
    ");
}

/// Ada has called the operator, has passed them on, and takes them over herself.
#[test]
fn an_agent_who_left_their_call_can_take_it_over() {
    let passed_on =
        format!("caching slowly; desk operator; {TALKING}; agent passes operator; cached 2; offered 2");
    insta::assert_snapshot!(after(&passed_on, "taken 2; agent audio; joined 6; agent holds"), @"
    0.000 desk_accepted: agent is connecting
    0.000 leg_arrived 6: start_leg 6
    0.000 leg_joined 6: [agent_joined 2 as 6], [handoff_bridged 2], clear 4->3, unplug 3->4, unplug 4->3, unplug 5->3, plug 3->6, plug 6->3, stop, stop_music 5, agent is talking
    0.000 agent_asked hold: [hold_began], unplug 3->6, unplug 6->3, start_music 7, plug 7->3, agent is held
    ");
    insta::assert_snapshot!(after(&passed_on, "restarted; cached 2; taken 2; connected"), @"
    0.000 server_restarted: [interrupted until 30]
    0.000 profile_cached 2
    0.000 desk_accepted: agent is connecting
    0.000 leg_arrived 6: start_leg 6
    0.000 leg_joined 6: [resumed after 0], start_recording 6, start_assistant 7, plug 6->7, plug 7->6, start_music 8, plug 8->6
    ");
}

#[test]
fn a_call_goes_on_when_its_actor_dies() {
    insta::assert_snapshot!(after(RINGING, "reborn"), @"
      0.000 reborn: plug 2->1, resync 1, agent is dialling to operator, which rings
    ");
    insta::assert_snapshot!(play("begun; agent audio; joined 1; reborn"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [dial_requested operator], record_attempt, start_ring_back 2 to 1, plug 2->1
    0.000 reborn: plug 2->1, record_attempt, resync 1, agent is dialling to operator
    ");
}

#[test]
fn an_agent_can_not_talk_over_a_channel_without_audio() {
    insta::assert_snapshot!(play("begun; esl; agent audio; joined 1; on record; picked up; answered new; to the end"), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [dial_requested operator], record_attempt, start_ring_back 2 to 1, plug 2->1
    0.000 attempt_recorded: dial operator
    0.000 dial_answered: unplug 2->1, stop_ring_back 2
    0.000 control_attached link 1: take_control 1, [outbound_failed congestion], not_reached operator congestion, [agent_left call_ended], agent_left, release_leg 1, [ended no_audio by server, next 'hangup'], hang up no_audio 2 by link 1
    2.000 deadline_passed: release_control 1
    ");
}

#[test]
fn a_colleague_is_offered_the_call_and_the_two_talk() {
    insta::assert_snapshot!(play(COLLEAGUES), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: call_colleague 1 at bo, start_ring_back 2 to 1, plug 2->1
    0.000 desk_ringing: agent is dialling to bo, which rings
    0.000 desk_accepted: agent is dialling to bo, which rings with a colleague, agent is connecting with a colleague
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [answered], [agent_joined 1 as 1], [agent_joined 1 as 3], plug 1->3, plug 3->1, unplug 2->1, stop_ring_back 2, agent is talking with a colleague, agent is talking with a colleague
    ");
    insta::assert_snapshot!(after(COLLEAGUES, "agent mutes; bo mutes; +5s; bo hangs up; to the end"), @"
    0.000 agent_asked mute: unplug 1->3, agent is talking muted with a colleague
    0.000 agent_asked mute: unplug 3->1, agent is talking muted with a colleague
    5.000 agent_asked hang_up: [agent_left call_ended], agent_left, release_leg 1, [agent_left call_ended], agent_left, release_leg 3, [ended normal_clearing by agent, next 'hangup']
    ");
    insta::assert_snapshot!(after(COLLEAGUES, "agent hangs up; to the end"), @"
      0.000 agent_asked hang_up: [agent_left call_ended], agent_left, unplug 1->3, unplug 3->1, release_leg 1, [agent_left call_ended], agent_left, release_leg 3, [ended normal_clearing by agent, next 'hangup']
    ");
}

#[test]
fn an_unreached_colleague_is_reported_with_the_routers_reason() {
    let ringing = "begun bo; agent audio; joined 1; offered 1";
    insta::assert_snapshot!(after(ringing, "passed 1 declined; undesked 1 declined; to the end"), @"
    0.000 offer_passed declined
    0.000 desk_failed declined: [outbound_failed declined], not_reached bo declined, [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [ended declined by server, next 'hangup'], stop_ring_back 2
    ");
    insta::assert_snapshot!(after(ringing, "to the end"), @"
     25.000 deadline_passed: withdraw_offer 1, [outbound_failed no_answer], not_reached bo no_answer, [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [ended no_answer by server, next 'hangup'], stop_ring_back 2
    ");
    insta::assert_snapshot!(after(ringing, "agent hangs up; taken 1 bo; to the end"), @"
    0.000 agent_asked hang_up: [outbound_failed caller_left], withdraw_offer 1, [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [ended normal_clearing by agent, next 'hangup'], stop_ring_back 2
    0.000 desk_accepted: agent_left
    ");
    // The colleague has accepted, but their audio does not come.
    insta::assert_snapshot!(after(ringing, "taken 1 bo; to the end"), @"
     0.000 desk_accepted: agent is dialling to bo, which rings with a colleague, agent is connecting with a colleague
    10.000 deadline_passed: [outbound_failed timeout], not_reached bo timeout, [agent_left call_ended], agent_left, unplug 2->1, release_leg 1, [agent_left call_ended], agent_left, [ended timeout by server, next 'hangup'], stop_ring_back 2
    ");
}

#[test]
fn colleagues_without_audio_have_15_s_unless_the_process_dies() {
    insta::assert_snapshot!(after(COLLEAGUES, "broken 3; +5s; bo audio; joined 4"), @"
    0.000 leg_left 3 broken: unplug 1->3, unplug 3->1, agent is audio_lost with a colleague
    5.000 leg_arrived 4: start_leg 4
    5.000 leg_joined 4: plug 1->4, plug 4->1, agent is talking with a colleague
    ");
    insta::assert_snapshot!(after(COLLEAGUES, "broken 1; +16s; to the end"), @"
     0.000 leg_left 1 broken: unplug 1->3, unplug 3->1, agent is audio_lost with a colleague
    15.000 deadline_passed: [agent_left call_ended], agent_left, [agent_left call_ended], agent_left, release_leg 3, [ended no_audio by server, next 'hangup']
    ");
    insta::assert_snapshot!(after(COLLEAGUES, "restarted; to the end"), @"
      0.000 server_restarted: [agent_left audio_lost], agent_left, [agent_left audio_lost], agent_left, [ended server_restart by server, next 'hangup']
    ");
}

#[test]
fn unanswered_calls_can_not_be_held_or_handed_back() {
    let call = call_after(RINGING);
    let asks = |request: AgentRequest| call.machine.admits(&Command::OfAgent { user_id: ADA, request });
    assert_eq!(asks(AgentRequest::Hold), Err(CommandRefused::NotConversing));
    assert_eq!(asks(AgentRequest::HandBack { note: String::new() }), Err(CommandRefused::NotConversing));
    assert_eq!(asks(AgentRequest::Mute), Ok(()));
    assert_eq!(asks(AgentRequest::HangUp), Ok(()));
}

#[test]
fn hanging_up_after_the_answer_is_not_reported_as_unreached() {
    insta::assert_snapshot!(play_after("begun; agent audio; joined 1; on record; progress ringing; picked up", "agent hangs up"), @"
    0.000 agent_asked hang_up: [outbound_failed caller_left], [agent_left call_ended], agent_left, release_leg 1, [ended normal_clearing by agent, next 'hangup'], stop_dialling operator
    ");
}

#[test]
fn two_colleagues_talk_once_both_of_them_are_heard() {
    insta::assert_snapshot!(play_after("begun bo; agent audio; joined 1; offered 1", "agent audio; taken 1 bo; joined 3; bo audio; joined 5"), @"
    0.000 leg_arrived 3: unplug 2->1, release_leg 1, start_leg 3, stop_ring_back 2
    0.000 desk_accepted: agent is dialling to bo, which rings with a colleague, agent is connecting with a colleague
    0.000 leg_joined 3: start_ring_back 4 to 3, plug 4->3
    0.000 leg_arrived 5: start_leg 5
    0.000 leg_joined 5: [answered], [agent_joined 1 as 3], [agent_joined 1 as 5], plug 3->5, plug 5->3, unplug 4->3, stop_ring_back 4, agent is talking with a colleague, agent is talking with a colleague
    ");
}
