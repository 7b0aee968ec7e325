//! Agents who talk on the phone at their extension. It rings while the call is offered to them, and its audio is theirs.

use cordboard_call::effect::Effect;

use crate::script::{call_after, fact_of, play, play_after};

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
fn lifting_the_handset_accepts_and_joins_once_audio_is_there() {
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
fn audio_may_arrive_before_the_acceptance_is_reported() {
    insta::assert_snapshot!(while_it_rings("handset 2; joined 4; taken 1"), @"
    2.000 phone_leg_arrived 4 of 2: start_leg 4, take_offer 1
    2.000 leg_joined 4
    2.000 desk_accepted: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking by phone
    ");
}

#[test]
fn accepting_at_the_desk_lets_the_phone_ring_on() {
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
fn a_phone_stops_ringing_once_its_offer_is_gone() {
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
fn an_unreachable_phone_passes_the_offer_on() {
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

/// The caller would wait for an agent who does not come.
#[test]
fn a_handset_put_down_as_its_agent_accepts_declines() {
    let put_down = while_it_rings("handset 2; joined 4; closed 4; taken 1");
    assert!(put_down.contains("pass_offer 1: declined"), "{put_down}");
    let line = put_down.lines().last().unwrap_or_default();
    assert!(line.contains("[handoff_abandoned 1 declined]"), "{put_down}");
    // They are offered the call again, and accept it in the browser.
    for known in ["passed 1 declined", "+10s"] {
        let again = while_it_rings(&format!("put_down 2; {known}; taken 1; agent audio; joined 4"));
        assert!(again.contains("[agent_joined 1 as 4]"), "{again}");
    }
}

/// Otherwise the assistant would be told that the tool timed out, just before the agent comes.
#[test]
fn a_tool_waits_as_long_as_its_hand_off() {
    let joined = play(
        "warm; desk operator; offering request_handoff; connected; ready to say anything; says 1 greeting; +2s; played 1; \
         item 2; text 2 60s I will ask.; tool c1 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}; +10s; \
         phoned 1 operator; offered 1; +24s; taken 1; +29s; lifted 2; +9s; handset 2; joined 4; +15s",
    );
    assert!(joined.contains("[agent_joined 1 as 4]"), "{joined}");
    assert!(joined.contains("[request_handoff 1 done]") && !joined.contains("timed out"), "{joined}");
}

#[test]
fn unexpected_phone_audio_is_refused() {
    insta::assert_snapshot!(while_it_rings("unphoned 1; handset 2; handset 2"), @"
    2.000 phone_offer_gone: stop_phone 2
    2.000 phone_leg_arrived 4 of 2: refuse_leg 4
    2.000 phone_leg_arrived 5 of 2: refuse_leg 5
    ");
}

#[test]
fn putting_the_handset_down_hangs_up() {
    insta::assert_snapshot!(while_she_talks("closed 4"), @"
      2.000 leg_left 4 closed: [agent_left call_ended], agent_left after talking, unplug 1->4, unplug 4->1, stop_phone 2, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    ");
    // The switch reports it. Nothing else would end the audio.
    insta::assert_snapshot!(while_she_talks("engaged 2 declined; closed 4"), @"
    2.000 phone_told 2 declined: release_leg 4, [agent_left call_ended], agent_left after talking, unplug 1->4, unplug 4->1, stop_phone 2, [ended normal_clearing by agent, next 'hangup'], release_leg 1
    2.000 leg_left 4 closed
    ");
    insta::assert_snapshot!(while_she_talks("broken 4; +16s"), @"
     2.000 leg_left 4 broken: unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is audio_lost by phone
    17.000 deadline_passed: [agent_left audio_lost], agent_left after talking, stop_phone 2, [caller_returned 1], start_assistant 6, unplug 5->1, plug 1->6, plug 6->1, stop_music 5
    ");
}

/// A phone's hang-up can look like a broken line until its switch reports what it was.
#[test]
fn an_agent_who_hung_up_is_not_awaited() {
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
fn agents_on_phones_can_do_what_agents_in_browsers_can() {
    insta::assert_snapshot!(while_she_talks("agent holds; agent unholds; agent mutes; agent unmutes; agent back"), @"
    2.000 agent_asked hold: [hold_began], unplug 1->4, unplug 4->1, start_music 5, plug 5->1, agent is held by phone
    2.000 agent_asked unhold: [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking by phone
    2.000 agent_asked mute: unplug 4->1, agent is talking by phone muted
    2.000 agent_asked unmute: plug 4->1, agent is talking by phone
    2.000 agent_asked hand_back: [handed_back ''], [agent_left handed_back], agent_left after talking, unplug 1->4, unplug 4->1, release_leg 4, stop_phone 2, [caller_returned 1], start_assistant 6, plug 1->6, plug 6->1
    ");
}

#[test]
fn moving_the_call_to_the_browser_ends_the_phone() {
    insta::assert_snapshot!(while_she_talks("agent audio; joined 5"), @"
    2.000 leg_arrived 5: unplug 1->4, unplug 4->1, release_leg 4, stop_phone 2, start_leg 5, start_music 6, plug 6->1, agent is audio_lost
    2.000 leg_joined 5: unplug 6->1, plug 1->5, plug 5->1, stop_music 6, agent is talking
    ");
}

#[test]
fn a_switch_phone_rings_if_no_desk_takes_the_offer() {
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
    2.000 handoff_accepted: unplug 3->1, stop_music 3, clear 2->1, listen, unplug 1->2, unplug 2->1, bridge_callee 2 of 1 by inbound
    ");
}

/// Ada is offered the call. The switch that has the caller also has her phone, which we ring.
const RINGS_BY_A_SWITCH: &str = r#"asterisk; desk operator; phone operator; offering request_handoff; announced; talking; inbound; tool c1 request_handoff {"target":"operator","reason":"a bill"}; free 1; phoned 1 operator"#;

/// Ada has the caller and asks Bo, whose phone rings.
const COLLEAGUE_RINGS: &str = "desk sales; desk operator; phone operator; talking; handoff sales; taken 1; agent audio; joined 4; agent asks operator; phoned 2 operator bo";

#[test]
fn a_withdrawn_offer_stops_only_the_phone_of_its_agent() {
    insta::assert_snapshot!(play_after(r#"asterisk; desk operator; phone operator; offering request_handoff; announced; talking; inbound; tool c1 request_handoff {"target":"operator","reason":"a bill"}; free 1; phoned 1 operator; phoned 1 operator bo"#, "unphoned 7; unphoned 1"), @"
    2.000 phone_offer_gone
    2.000 phone_offer_gone: stop_phone 2
    ");
}

#[test]
fn after_accepting_a_lifted_phone_has_ten_seconds_for_audio() {
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "taken 1; lifted 2; +9s; +3s"), @"
     2.000 desk_accepted: agent is connecting by phone
     2.000 phone_told 2 answered
    12.000 deadline_passed: [agent_left audio_lost], agent_left, unplug 3->1, stop_phone 2, [handoff_abandoned 1 timeout], [request_handoff 1 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout, stop_music 3
    ");
}

#[test]
fn a_phone_has_only_one_audio_leg() {
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "taken 1; handset 2; handset 2; joined 4"), @"
    2.000 desk_accepted: agent is connecting by phone
    2.000 phone_leg_arrived 4 of 2: start_leg 4
    2.000 phone_leg_arrived 5 of 2: refuse_leg 5
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking by phone
    ");
}

#[test]
fn an_agent_whose_phone_no_switch_rings_uses_the_browser() {
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "taken 1; engaged 2 trunk; +5s"), @"
    2.000 desk_accepted: agent is connecting by phone
    2.000 phone_told 2 trunk: stop_phone 2, agent is connecting
    ");
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "engaged 2 trunk; +5s"), @"
    2.000 phone_told 2 trunk: stop_phone 2
    ");
}

#[test]
fn ending_a_phone_releases_its_audio() {
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "handset 2; unphoned 1"), @"
    2.000 phone_leg_arrived 4 of 2: start_leg 4, take_offer 1
    2.000 phone_offer_gone: release_leg 4, stop_phone 2
    ");
    // Until then it belongs to the call.
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "handset 2; reborn"), @"
    2.000 phone_leg_arrived 4 of 2: start_leg 4, take_offer 1
    2.000 reborn: plug 1->2, plug 2->1, plug 3->1, resync 1, resync 2, resync 4
    ");
}

#[test]
fn putting_the_handset_down_before_being_heard_declines() {
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "taken 1; handset 2; put_down 2"), @"
    2.000 desk_accepted: agent is connecting by phone
    2.000 phone_leg_arrived 4 of 2: start_leg 4
    2.000 phone_told 2 put_down: release_leg 4, [agent_left hung_up], agent_left, unplug 3->1, stop_phone 2, [handoff_abandoned 1 declined], [request_handoff 1 failed: nobody took over: declined], tell c1 failed: nobody took over: declined, stop_music 3
    ");
    // A colleague who is consulted leaves the caller to the agent who asked.
    insta::assert_snapshot!(play_after(COLLEAGUE_RINGS, "taken 2 bo; lifted 3; put_down 3"), @"
    2.000 desk_accepted: agent is connecting by phone with others asking operator
    2.000 phone_told 3 answered
    2.000 phone_told 3 put_down: stop_phone 3, [agent_left hung_up], agent_left, [consult_ended 2: declined], [hold_ended after 0], unplug 5->1, plug 1->4, plug 4->1, stop_music 5, agent is talking
    ");
}

#[test]
fn a_colleagues_phone_audio_belongs_to_the_agents_ongoing_call() {
    insta::assert_snapshot!(play_after(COLLEAGUE_RINGS, "handset 3; reborn"), @"
    2.000 phone_leg_arrived 6 of 3: start_leg 6, take_offer 2
    2.000 reborn: plug 5->1, resync 1, resync 4, resync 6, agent is held asking operator
    ");
}

#[test]
fn putting_the_handset_down_leaves_callers_to_a_present_colleague() {
    let beginning = r#"asterisk; desk operator; phone operator; offering request_handoff; announced; talking; inbound; tool c1 request_handoff {"target":"operator","reason":"a bill"}; free 1; phoned 1 operator; taken 1; handset 2; joined 4; agent asks operator; taken 3 bo"#;
    insta::assert_snapshot!(play_after(beginning, "bo audio; joined 6; put_down 2"), @"
    2.000 leg_arrived 6: start_leg 6
    2.000 leg_joined 6: [colleague_joined 3 as 6], plug 4->6, plug 6->4, agent is held by phone consulting operator, agent is consulted with others consulting operator
    2.000 phone_told 2 put_down: release_leg 4, [agent_joined 3 as 6], [consult_ended 3 completed], [hold_ended after 0], [agent_left passed_on], agent_left after talking, unplug 4->6, unplug 5->1, unplug 6->4, plug 1->6, plug 6->1, stop_phone 2, stop_music 5, agent is talking
    ");
    insta::assert_snapshot!(play_after(beginning, "put_down 2"), @"
    2.000 phone_told 2 put_down: release_leg 4, [agent_left consult_over], agent_left, [hold_ended after 0], [consult_ended 3 cancelled], [agent_left call_ended], agent_left after talking, stop_phone 2, unplug 5->1, stop_music 5, [ended normal_clearing by agent, next 'hangup'], hang up normal_clearing 4 by inbound, release_leg 1
    ");
}

#[test]
fn a_phone_that_rings_for_the_call_is_rung_once() {
    insta::assert_snapshot!(play_after(RINGS_BY_A_SWITCH, "phoned 1 operator"), @"
    2.000 phone_offered
    ");
    // The switch already rings it, as the phone of the person who was asked.
    insta::assert_snapshot!(play_after(r#"asterisk; desk operator; offering request_handoff; talking; inbound; tool c1 request_handoff {"target":"operator","reason":"a bill"}; free 1"#, "phoned 1 operator"), @"
    2.000 phone_offered
    ");
}

#[test]
fn putting_the_handset_down_leaves_the_caller_to_the_others() {
    insta::assert_snapshot!(play_after(r#"asterisk; desk operator; phone operator; offering request_handoff; announced; talking; inbound; tool c1 request_handoff {"target":"operator","reason":"a bill"}; free 1; phoned 1 operator; taken 1; handset 2; joined 4; agent asks operator; taken 3 bo; bo audio; joined 6; agent joins"#, "put_down 2"), @"
    2.000 phone_told 2 put_down: release_leg 4, [agent_left left], agent_left after talking, unplug 1->4, unplug 4->1, unplug 4->6, unplug 6->4, stop_phone 2, agent is talking
    ");
}

#[test]
fn a_phone_rings_half_a_minute_longer_than_the_offer() {
    let mut call = call_after(RINGS_BY_A_SWITCH.strip_suffix("; phoned 1 operator").unwrap());
    let effects = call.tell(fact_of(&call, "phoned 1 operator"));
    let rings = |effect: &Effect| matches!(effect, Effect::RingPhone { timeout_ms: 50_000, .. });
    assert!(effects.iter().any(rings), "{effects:?}");
}
