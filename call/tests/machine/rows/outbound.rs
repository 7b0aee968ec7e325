//! Calls that we make.

use crate::script::{play, play_after};

#[test]
fn callees_are_dialled_once_on_record_and_greeted_on_answering() {
    insta::assert_snapshot!(play("calling; dual; on record; +1s; progress ringing; +1s; ready; +1s; picked up; answered new; stream with its token; joined"), @"
    0.000 attempt_recorded: dial operator
    1.000 dial_progress ringing: start_assistant 1
    2.000 assistant_ready 1: tell 'this call is made by you, to operator'
    3.000 dial_answered
    3.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    3.000 leg_arrived 2: start_leg 2
    3.000 leg_joined 2: [answered], start_recording 2, plug 1->2, plug 2->1, say greeting, [can converse hang_up hold transfer_blind play send_dtmf set_variables], tools end_call take_message hold_call unhold_call transfer_call
    ");
}

#[test]
fn early_media_is_not_an_answer() {
    insta::assert_snapshot!(play("calling; dual; on record; progress early_media; ready; +2s; progress ringing; +1s; picked up"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress early_media: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    2.000 dial_progress ringing
    3.000 dial_answered
    ");
}

#[test]
fn on_asterisk_only_the_audio_arrives() {
    insta::assert_snapshot!(play("calling; on record; progress ringing; ready; picked up; connected"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 dial_answered
    0.000 leg_arrived 2: start_leg 2
    0.000 leg_joined 2: [answered], start_recording 2, plug 1->2, plug 2->1, say greeting
    ");
}

#[test]
fn audio_before_the_answer_is_kept_and_hears_nothing() {
    insta::assert_snapshot!(play("calling; dual; on record; progress early_media; ready; control new; stream with its token; joined; +3s; picked up"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress early_media: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 control_attached link 1: take_control 1
    0.000 leg_arrived 2: start_leg 2
    0.000 leg_joined 2
    3.000 dial_answered: [answered], start_recording 2, plug 1->2, plug 2->1, say greeting, [can converse hang_up hold transfer_blind play send_dtmf set_variables], tools end_call take_message hold_call unhold_call transfer_call
    ");
}

/// The link's report may come late, or not at all. Nobody waits in silence for it.
#[test]
fn a_callee_heard_on_asterisk_has_answered() {
    insta::assert_snapshot!(play("calling; on record; progress ringing; ready; connected; +3s; picked up; unanswered timeout"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 leg_arrived 2: start_leg 2
    0.000 leg_joined 2: [answered], start_recording 2, plug 1->2, plug 2->1, say greeting
    3.000 dial_answered
    3.000 dial_failed timeout
    ");
}

/// A switch that dials one call a second queues others that were ordered at the same time.
#[test]
fn a_call_that_is_dialled_late_rings_its_whole_time() {
    let waits = "twilio; calling; on record; +100s; progress ringing; to the end";
    let never = "twilio; calling; on record; to the end";
    for (script, line) in [
        (waits, "100.000 dial_progress ringing: start_assistant 1"),
        (waits, "145.000 deadline_passed: [outbound_failed timeout]"),
        (never, "645.000 deadline_passed: [outbound_failed timeout]"),
    ] {
        let played = play(script);
        assert!(played.contains(line), "{played}");
    }
}

/// The switch reports an answer only after it has determined who answered.
#[test]
fn an_answer_detected_at_the_last_moment_counts() {
    let detected = "twilio; calling people; on record; progress ringing; +45s; picked up; by human";
    let played = play(detected);
    assert!(
        !played.contains("deadline_passed: [outbound_failed") && played.contains("45.000 dial_answered"),
        "{played}"
    );
    let silent = play("twilio; calling people; on record; progress ringing; to the end");
    assert!(silent.contains("55.000 deadline_passed: [outbound_failed timeout]"), "{silent}");
}

#[test]
fn an_unreachable_callee_is_not_called_again() {
    insta::assert_snapshot!(play("calling; dual; on record; progress ringing; ready; unanswered busy; on record; picked up; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 dial_failed busy: [outbound_failed busy], [ended busy by switch, next 'hangup'], stop
    0.000 attempt_recorded
    0.000 dial_answered
    ");
}

#[test]
fn a_switch_that_never_reports_the_outcome_is_given_up() {
    insta::assert_snapshot!(play("calling; dual; on record; progress ringing; to the end"), @"
     0.000 attempt_recorded: dial operator
     0.000 dial_progress ringing: start_assistant 1
     8.000 deadline_passed: stop
    45.000 deadline_passed: [outbound_failed timeout], [ended dial_timeout by server, next 'hangup'], stop_dialling operator
    ");
}

#[test]
fn nobody_is_called_who_can_not_be_put_on_record() {
    insta::assert_snapshot!(play("calling; dual; unanswered congestion; on record; to the end"), @"
    0.000 dial_failed congestion: [outbound_failed congestion], [ended congestion by switch, next 'hangup']
    0.000 attempt_recorded
    ");
    insta::assert_snapshot!(play("calling; dual; to the end"), @"  3.000 deadline_passed: [outbound_failed congestion], [ended not_recorded by server, next 'hangup']");
}

/// The call's actor restarts while the attempt is put on record, and requests it again. The database writes the first record but not the
/// second.
#[test]
fn a_repeated_record_request_does_not_end_a_ringing_call() {
    insta::assert_snapshot!(play("calling; dual; on record; unwritten; progress ringing; ready"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_failed congestion
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    ");
}

#[test]
fn a_hang_up_while_it_rings_cancels_the_attempt() {
    insta::assert_snapshot!(play("calling; dual; on record; progress ringing; +1s; hangup; picked up; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    1.000 hangup: [outbound_failed caller_left], [ended operator by api, next 'hangup'], stop_dialling operator, stop
    1.000 dial_answered
    ");
}

/// A campaign takes back a call that may no longer be made. Otherwise somebody who has answered at that moment would hear a click.
#[test]
fn a_call_that_was_just_answered_is_not_taken_back() {
    let rings = "calling; dual; on record; progress ringing; ready";
    let unanswered = play(&format!("{rings}; uncallable"));
    assert!(unanswered.contains("[ended not_callable by server"), "{unanswered}");
    let answered =
        play(&format!("{rings}; picked up; uncallable; answered new; stream with its token; joined"));
    assert!(answered.contains("say greeting") && !answered.contains("not_callable"), "{answered}");
    let talking =
        play(&format!("{rings}; picked up; answered new; stream with its token; joined; uncallable"));
    assert!(talking.contains("say greeting") && !talking.contains("[ended"), "{talking}");
}

#[test]
fn a_hang_up_before_it_is_on_record_dials_nobody() {
    insta::assert_snapshot!(play("calling; dual; hangup; on record; to the end"), @"
    0.000 hangup: [outbound_failed caller_left], [ended operator by api, next 'hangup']
    0.000 attempt_recorded
    ");
}

#[test]
fn nobody_who_has_not_answered_hears_a_goodbye() {
    insta::assert_snapshot!(play("calling; dual; on record; progress early_media; ready; control new; stream with its token; joined; drained; released; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress early_media: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 control_attached link 1: take_control 1
    0.000 leg_arrived 2: start_leg 2
    0.000 leg_joined 2
    0.000 drain_expired: [outbound_failed caller_left], [ended server_stopped by server, next 'hangup'], hang up server_stopped 1 by link 1, stop, release_leg 2
    0.000 leg_left 2 released
    2.000 deadline_passed: release_control 1
    ");
}

#[test]
fn an_answer_without_audio_or_control_is_hung_up() {
    insta::assert_snapshot!(play("calling; dual; on record; picked up; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    5.000 deadline_passed: [ended no_audio by server, next 'hangup'], stop_dialling operator
    ");
}

#[test]
fn a_death_of_the_process_does_not_dial_again() {
    insta::assert_snapshot!(play("calling; dual; on record; progress ringing; +2s; dead 3s; restarted; on record; to the end"), @"
     0.000 attempt_recorded: dial operator
     0.000 dial_progress ringing: start_assistant 1
     5.000 server_restarted
     5.000 attempt_recorded
    45.000 deadline_passed: [outbound_failed timeout], [ended dial_timeout by server, next 'hangup'], stop_dialling operator
    ");
    insta::assert_snapshot!(play("calling; dual; dead 1s; restarted; on record; inbound ringing; +4s; answered; answered new; stream with its token; joined"), @"
    1.000 server_restarted
    1.000 attempt_recorded
    1.000 control_attached inbound: hear by inbound
    5.000 channel_answered
    5.000 control_attached link 1: take_control 1, hear by outbound, start_stream 1 by link 1
    5.000 leg_arrived 1: start_leg 1
    5.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension play send_dtmf set_variables]
    ");
    insta::assert_snapshot!(play("calling; dual; on record; dead 1s; restarted; gone; to the end"), @"
    0.000 attempt_recorded: dial operator
    1.000 server_restarted
    1.000 channel_gone: [outbound_failed timeout], [ended dial_timeout by server, next 'hangup']
    ");
    insta::assert_snapshot!(play("calling; on record; dead 1s; restarted; connected"), @"
    0.000 attempt_recorded: dial operator
    1.000 server_restarted
    1.000 leg_arrived 1: start_leg 1
    1.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    ");
}

/// The report of the dialling went to the dead process. The end of the channel says why nobody was reached, on each switch.
#[test]
fn a_busy_phone_is_reported_after_the_process_died() {
    let rings = "on record; progress ringing; dead 1s; restarted; inbound ringing; ended";
    let failure = |begins: &str, cause: &str| play(&format!("{begins}; {rings} {cause}"));
    for (on_freeswitch, on_asterisk, failed) in [
        ("USER_BUSY", "user_busy", "outbound_failed busy"),
        ("UNALLOCATED_NUMBER", "unallocated_number", "outbound_failed unallocated"),
        ("NUMBER_CHANGED", "number_changed", "outbound_failed unallocated"),
        ("CALL_REJECTED", "call_rejected", "outbound_failed declined"),
    ] {
        for played in [failure("calling; dual", on_freeswitch), failure("calling; asterisk", on_asterisk)] {
            assert!(played.contains(failed), "{played}");
        }
    }
}

/// Otherwise it would be given up after one ringing time, and its callee's phone would ring for nobody.
#[test]
fn a_queued_call_waits_for_its_turn_through_a_restart() {
    let queued = "twilio; calling; on record; +100s; dead 1s; restarted";
    let rings = "twilio; calling; on record; progress ringing; +10s; dead 1s; restarted; to the end";
    for (script, line) in [
        (format!("{queued}; to the end"), "645.000 deadline_passed: [outbound_failed timeout]"),
        (
            format!("{queued}; +99s; dead 1s; restarted; to the end"),
            "645.000 deadline_passed: [outbound_failed",
        ),
        (
            format!("{queued}; +99s; progress ringing; to the end"),
            "245.000 deadline_passed: [outbound_failed",
        ),
        (rings.to_owned(), "45.000 deadline_passed: [outbound_failed timeout]"),
    ] {
        let played = play(&script);
        assert!(played.contains(line), "{script}:\n{played}");
    }
}

#[test]
fn an_actor_that_dies_records_again_but_never_redials() {
    insta::assert_snapshot!(play("calling; dual; reborn; on record; on record; reborn; picked up"), @"
    0.000 reborn: record_attempt
    0.000 attempt_recorded: dial operator
    0.000 attempt_recorded
    0.000 reborn
    0.000 dial_answered
    ");
}

#[test]
fn assistants_that_fail_during_ringing_are_replaced_before_the_answer() {
    insta::assert_snapshot!(play("calling; standing by; on record; progress ringing; failed unauthorized; ready; picked up; connected"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_failed 1 unauthorized: stop, [assistant_replaced by 2 standby: unauthorized], [assistant_given_up unauthorized], start_assistant 2 standby
    0.000 assistant_ready 2: tell 'this call is made by you, to operator'
    0.000 dial_answered
    0.000 leg_arrived 3: start_leg 3
    0.000 leg_joined 3: [answered], start_recording 3, plug 2->3, plug 3->2, say greeting
    ");
}

#[test]
fn a_mailbox_is_hung_up_on() {
    insta::assert_snapshot!(play("calling people; dual; on record; progress ringing; ready; picked up; answered new; by machine; bye; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 dial_answered
    0.000 control_attached link 1: take_control 1, start_stream 1 by link 1
    0.000 answered_by machine: [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], hang up voicemail 2 by link 1, stop
    0.000 hangup: release_control 1
    ");
    insta::assert_snapshot!(play("calling people; on record; by machine; picked up; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 answered_by machine
    0.000 dial_answered: [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], stop_dialling operator
    ");
    insta::assert_snapshot!(play("calling people; on record; picked up; connected; ready; by human"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: tell 'this call is made by you, to operator', say greeting
    0.000 answered_by human
    ");
}

#[test]
fn a_mailbox_is_talked_to_if_settings_allow_it() {
    insta::assert_snapshot!(play("calling; on record; picked up; by machine; connected; ready"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    0.000 answered_by machine
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: tell 'this call is made by you, to operator', say greeting
    ");
}

#[test]
fn a_mailbox_gets_its_message_after_the_tone() {
    insta::assert_snapshot!(play("calling Call us back.; on record; progress ringing; ready to say anything; picked up; by machine; connected; +4s; speaks; spoken 2s; tone; says 1; +2s; played 1; released; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 dial_answered
    0.000 answered_by machine
    0.000 leg_arrived 2: start_leg 2
    0.000 leg_joined 2: [answered], start_recording 2, listen, start_tone_watch 3, plug 1->2, plug 2->1, plug 2->3
    4.000 speech_started
    4.000 speech_stopped 2000
    4.000 voicemail_tone: unplug 2->3, stop_tone_watch 3, say 'Call us back.'
    4.000 item_started 1 -
    4.000 item_complete 1
    6.000 played_until 1 2000 finished: heard 1 2000 finished, [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 2
    6.000 leg_left 2 released
    8.000 deadline_passed: [caller said '(speech, 2.0 s)'], [said 1 'One two three four.']
    ");
}

/// The callee has answered, our own detector listens, and the assistant is ready.
const LISTENED_TO: &str =
    "calling people; detecting own; on record; progress ringing; ready; picked up; connected";

#[test]
fn nobody_speaks_before_our_detector_reports_who_answered() {
    insta::assert_snapshot!(play("calling people; detecting own; on record; progress ringing; ready; picked up; connected; +1500ms; sounds human; sounds machine; tone"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 assistant_ready 1: tell 'this call is made by you, to operator'
    0.000 dial_answered
    0.000 leg_arrived 2: start_leg 2
    0.000 leg_joined 2: [answered], start_recording 2, listen, start_detection 3, plug 1->2, plug 2->1, plug 2->3
    1.500 answered_by human by ourselves: converse, say greeting
    1.500 answered_by machine by ourselves
    1.500 voicemail_tone: unplug 2->3, stop_tone_watch 3
    ");
    insta::assert_snapshot!(play_after(LISTENED_TO, "+1500ms; sounds unknown"), @"  1.500 answered_by unknown by ourselves: converse, say greeting");
    // If the detector reports nothing, nobody waits in silence, and a later report does not count.
    insta::assert_snapshot!(play_after(LISTENED_TO, "+6s; sounds machine"), @"
    6.000 deadline_passed: converse, say greeting
    6.000 answered_by machine by ourselves
    ");
}

#[test]
fn callees_who_hang_up_before_detection_were_not_talked_with() {
    let ends = |beginning: &str, steps: &str| play_after(beginning, &format!("{steps}; to the end"));
    let early = ends(LISTENED_TO, "+1s; closed");
    assert!(early.contains("[outbound_failed hung_up_early]"), "{early}");
    // Their audio may end before the switch reports that they have hung up.
    let early = ends(LISTENED_TO, "+1s; broken; +20ms; bye");
    assert!(early.contains("[outbound_failed hung_up_early]"), "{early}");
    let known = ends(LISTENED_TO, "+1500ms; sounds human; +100ms; broken; +20ms; bye");
    assert!(known.contains("[ended ") && !known.contains("outbound_failed"), "{known}");
    let back = ends(LISTENED_TO, "+1s; broken; +1s; connected; +1s; broken; +20ms; bye");
    assert!(back.contains("[ended ") && !back.contains("outbound_failed"), "{back}");
    let known = ends(LISTENED_TO, "+1500ms; sounds human; +100ms; closed");
    assert!(known.contains("[ended ") && !known.contains("outbound_failed"), "{known}");
    let agents = "queue support; calling people; detecting own; to support; on record; progress ringing; ready to say anything; picked up; connected";
    let early = ends(agents, "+1s; closed");
    assert!(early.contains("[outbound_failed nobody_free]"), "{early}");
}

/// The line's own detection listens first, and their audio comes after it. Otherwise a campaign would take them for a failure of the trunk,
/// and call them again within minutes.
#[test]
fn callees_who_hang_up_before_their_audio_heard_nobody() {
    let answered = "on record; progress ringing; picked up; +1s";
    for begins in [
        "asterisk; calling people",
        "twilio; calling people",
        "calling; dual",
        "queue support; calling people; to support",
    ] {
        let early = play(&format!("{begins}; {answered}; bye; to the end"));
        assert!(early.contains("[outbound_failed hung_up_early]"), "{early}");
        let ours = play(&format!("{begins}; {answered}; hangup; to the end"));
        assert!(ours.contains("[ended operator by api") && !ours.contains("outbound_failed"), "{ours}");
    }
    let mailbox = play(&format!("asterisk; calling people; {answered}; by machine; bye; to the end"));
    assert!(mailbox.contains("[outbound_failed voicemail]"), "{mailbox}");
}

#[test]
fn a_mailbox_our_own_detector_finds_is_hung_up_on() {
    insta::assert_snapshot!(play_after(LISTENED_TO, "+2s; sounds machine"), @"  2.000 answered_by machine by ourselves: [outbound_failed voicemail], unplug 2->3, stop_tone_watch 3, [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 2");
}

#[test]
fn a_mailbox_our_detector_finds_keeps_the_same_listener() {
    let script = "calling Call us back.; detecting own; on record; progress ringing; ready to say anything; picked up; connected";
    insta::assert_snapshot!(play_after(script, "+2s; tone; sounds machine; +4s; tone; says 1; +2s; played 1"), @"
    2.000 voicemail_tone
    2.000 answered_by machine by ourselves
    6.000 voicemail_tone: unplug 2->3, stop_tone_watch 3, say 'Call us back.'
    6.000 item_started 1 -
    6.000 item_complete 1
    8.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.'], [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 2
    ");
}

#[test]
fn an_agent_has_2_s_after_our_detectors_report() {
    let script = "queue support; calling people; detecting own; to support; on record; progress ringing; ready to say anything; picked up; connected";
    insta::assert_snapshot!(play_after(script, "+3s; sounds human; +2s"), @"
    3.000 answered_by human by ourselves: unplug 2->3, stop_tone_watch 3, [agent_requested 1 support], cache_profile for support, offer 1 in support, accepted by itself
    3.000 profile_cached 1
    5.000 deadline_passed: withdraw_offer 1, [handoff_abandoned 1 timeout], say 'Nobody is free.'
    ");
    // If the detector reports nothing, the time counts from when its own time was up.
    insta::assert_snapshot!(play_after(script, "+6s; +2s"), @"
    6.000 deadline_passed: unplug 2->3, stop_tone_watch 3, [agent_requested 1 support], cache_profile for support, offer 1 in support, accepted by itself
    6.000 profile_cached 1
    8.000 deadline_passed: withdraw_offer 1, [handoff_abandoned 1 timeout], say 'Nobody is free.'
    ");
}

#[test]
fn an_assistant_that_fails_while_we_listen_is_replaced() {
    let script = "calling people; detecting own; standing by; on record; progress ringing; ready; picked up; connected";
    insta::assert_snapshot!(play_after(script, "+1s; failed unauthorized; ready; +500ms; sounds human"), @"
    1.000 assistant_failed 1 unauthorized: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 4 standby: unauthorized], [assistant_given_up unauthorized], start_assistant 4 standby, plug 2->4, plug 4->2
    1.000 assistant_ready 4: tell 'this call is made by you, to operator', listen
    1.500 answered_by human by ourselves: converse, say greeting
    ");
}

#[test]
fn a_mailbox_recognised_late_is_not_talked_to_any_longer() {
    insta::assert_snapshot!(play("calling Call us back.; on record; picked up; connected; ready to say anything; says 1 greeting; +1s; by machine; cut 1 1s; +30s; says 2; +2s; played 2"), @"
     0.000 attempt_recorded: dial operator
     0.000 dial_answered
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     0.000 assistant_ready 2: tell 'this call is made by you, to operator', say greeting
     0.000 item_started 1 greeting
     0.000 item_complete 1
     1.000 answered_by machine: clear 2->1, listen, start_tone_watch 3, plug 1->3
     1.000 played_until 1 1000 cleared: heard 1 1000 cleared, [said 1 'One two' cut at 1000]
    31.000 deadline_passed: unplug 1->3, stop_tone_watch 3, say 'Call us back.'
    31.000 item_started 2 -
    31.000 item_complete 2
    33.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn a_message_that_nobody_can_say_is_not_left() {
    insta::assert_snapshot!(play("calling Call us back.; on record; picked up; by machine; connected; ready; tone; released"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    0.000 answered_by machine
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, start_tone_watch 3, plug 1->2, plug 1->3, plug 2->1
    0.000 assistant_ready 2: tell 'this call is made by you, to operator', listen
    0.000 voicemail_tone: unplug 1->3, stop_tone_watch 3, [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    0.000 leg_left 1 released
    ");
    insta::assert_snapshot!(play("calling Call us back.; on record; picked up; by machine; connected; ready to say anything; tone; failed"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    0.000 answered_by machine
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, start_tone_watch 3, plug 1->2, plug 1->3, plug 2->1
    0.000 assistant_ready 2: tell 'this call is made by you, to operator', listen
    0.000 voicemail_tone: unplug 1->3, stop_tone_watch 3, say 'Call us back.'
    0.000 assistant_failed 2: unplug 1->2, unplug 2->1, stop, [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], release_leg 1
    ");
}

#[test]
fn a_mailbox_that_hangs_up_has_answered_all_the_same() {
    insta::assert_snapshot!(play("calling Call us back.; on record; picked up; by machine; connected; ready to say anything; closed"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    0.000 answered_by machine
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, start_tone_watch 3, plug 1->2, plug 1->3, plug 2->1
    0.000 assistant_ready 2: tell 'this call is made by you, to operator', listen
    0.000 leg_left 1 closed: unplug 1->2, unplug 1->3, unplug 2->1, [outbound_failed voicemail], stop_tone_watch 3, [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

/// Nobody has answered who could be sent to another person.
#[test]
fn a_call_that_keeps_dying_while_it_rings_stops_ringing() {
    insta::assert_snapshot!(play("calling; dual; inbound ringing; on record; reborn; reborn; reborn; to the end"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 attempt_recorded: dial operator
    0.000 reborn
    0.000 reborn
    0.000 reborn: [outbound_failed caller_left], [ended internal_error by server, next 'hangup'], hang up internal_error 1 by inbound
    2.000 deadline_passed
    ");
}

/// On Asterisk their dialplan has them until it connects them to us. It is ordered to hang up, or they would meet nobody.
#[test]
fn an_answering_callee_not_with_us_yet_is_hung_up() {
    insta::assert_snapshot!(play("asterisk; calling people; on record; progress ringing; picked up; inbound; by machine; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 dial_answered
    0.000 control_attached inbound: hear by inbound
    0.000 answered_by machine: [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], hang up voicemail 1 by inbound, stop
    2.000 deadline_passed
    ");
    insta::assert_snapshot!(play("asterisk; calling; on record; progress ringing; picked up; inbound; hangup; to the end"), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_progress ringing: start_assistant 1
    0.000 dial_answered
    0.000 control_attached inbound: hear by inbound
    0.000 hangup: [ended operator by api, next 'hangup'], hang up operator 1 by inbound, stop
    2.000 deadline_passed
    ");
}

#[test]
fn a_mailbox_is_handed_to_nobody() {
    let script = "caching slowly; desk operator; calling Words.; on record; picked up; connected; ready; handoff operator; by machine; \
         cached 1; taken 1";
    insta::assert_snapshot!(play(script), @"
    0.000 attempt_recorded: dial operator
    0.000 dial_answered
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: tell 'this call is made by you, to operator', say greeting
    0.000 handoff_asked: [agent_requested 1 operator], cache_profile for operator
    0.000 answered_by machine: [handoff_abandoned 1 caller_left], clear 2->1, listen, start_tone_watch 3, plug 1->3
    0.000 profile_cached 1
    0.000 desk_accepted: agent_left
    ");
}

#[test]
fn a_callee_parked_while_awaiting_the_agent_is_the_assistants() {
    insta::assert_snapshot!(play("asterisk; begun; inbound; picked up; parked 701; connected"), @"
    0.000 control_attached inbound: hear by inbound
    0.000 dial_answered
    0.000 parked: [agent_left caller_gone], agent_left, [can hang_up transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    0.000 leg_arrived 1: [park_ended after 0], start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1, [can converse hang_up hold transfer_blind transfer_attended check_extension send_dtmf park set_variables]
    ");
}

#[test]
fn speech_begun_before_the_tone_is_not_the_mailbox_message() {
    insta::assert_snapshot!(play_after("calling Call us back.; on record; picked up; connected; ready to say anything; says 1 greeting; by machine; recording; tone", "played 1; says 2; +2s; played 2"), @"
    0.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    0.000 item_started 2 -
    0.000 item_complete 2
    2.000 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], [outbound_failed voicemail], [ended voicemail by server, next 'hangup'], unplug 1->2, unplug 2->1, stop, release_leg 1
    ");
}

#[test]
fn another_process_waits_for_reports_about_our_callee() {
    insta::assert_snapshot!(play_after("calling; dual; on record; progress ringing", "dead 60s; restarted; +4s; +2s"), @"
    60.000 server_restarted
    65.000 deadline_passed: [outbound_failed timeout], [ended dial_timeout by server, next 'hangup'], stop_dialling operator
    ");
}

/// Otherwise the assistant would talk with the mailbox.
#[test]
fn a_mailbox_reported_late_is_one_in_every_state() {
    let greeted = "on record; picked up; connected; ready to say anything; says 1 greeting; +2s; played 1";
    for state in ["broken", "hold", "recording; key 1", "+1s"] {
        let hung_up = play_after(&format!("calling people; {greeted}; {state}"), "by machine");
        assert!(hung_up.contains("[ended voicemail by server"), "{state}: {hung_up}");
    }
    for state in ["hold", "recording; key 1"] {
        let told = play_after(&format!("calling Call us back.; {greeted}; {state}"), "by machine; tone");
        assert!(told.trim_end().ends_with("say 'Call us back.'"), "{state}: {told}");
    }
}
