//! Agents whom the assistant briefs about the caller before the two are joined.

use cordboard_call::{Command, CommandRefused};
use cordboard_schema::ids::LegId;

use crate::rehearsal::Rehearsal;
use crate::script::{call_after, play, play_after};

/// The caller has asked an assistant that can say any text for sales. The agent has accepted, and their audio has just joined.
const TOLD: &str = "warm; desk sales; offering request_handoff; connected; ready to say anything; says 1 greeting; +2s; played 1; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4";

fn effects(steps: &str) -> String {
    play_after(TOLD, steps)
}

#[test]
fn the_caller_hears_music_until_the_agent_has_been_briefed() {
    insta::assert_snapshot!(play(TOLD), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: clear 2->1, listen, unplug 2->1, plug 2->4, say 'Anna has said last: a plumber.', agent is briefed
    ");
    insta::assert_snapshot!(effects("item 2; text 2 4s Anna has said last: a plumber.; +4s; played 2 4s"), @"
    2.000 item_started 2 -
    2.000 item_complete 2
    6.000 played_until 2 4000 finished: heard 2 4000 finished, [whispered 2 for 4000 ms 'Anna has said last: a plumber.'], [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, unplug 1->2, unplug 2->4, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
}

#[test]
fn words_of_the_caller_meanwhile_are_kept_and_interrupt_nothing() {
    insta::assert_snapshot!(effects("item 2; speaks; +1s; spoken 1s; words Hello?; text 2 4s Anna has said last: a plumber.; +3s; played 2 4s"), @"
    2.000 item_started 2 -
    2.000 speech_started
    3.000 speech_stopped 1000
    3.000 transcript 'Hello?'
    3.000 item_complete 2
    5.000 deadline_passed: [caller said 'Hello?']
    6.000 played_until 2 4000 finished: heard 2 4000 finished, [whispered 2 for 4000 ms 'Anna has said last: a plumber.'], [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, unplug 1->2, unplug 2->4, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
}

#[test]
fn an_agent_who_has_heard_enough_talks_at_once() {
    insta::assert_snapshot!(effects("item 2; +1s; agent talks; cut 2 1s; text 2 4s Anna has said last: a plumber.; agent talks"), @"
    2.000 item_started 2 -
    3.000 agent_asked talk_now: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, unplug 1->2, unplug 2->4, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    3.000 played_until 2 1000 cleared
    3.000 item_complete 2: [whispered 2 for 1000 ms 'Anna']
    3.000 agent_asked talk_now
    ");
}

#[test]
fn an_assistant_that_says_nothing_or_fails_keeps_nobody_apart() {
    insta::assert_snapshot!(effects("+15s"), @"
     17.000 deadline_passed: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, unplug 1->2, unplug 2->4, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
    insta::assert_snapshot!(effects("item 2; +1s; failed"), @"
    2.000 item_started 2 -
    3.000 assistant_failed 2: unplug 1->2, unplug 2->4, stop, [whispered 2 for 0 ms ''], [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], unplug 3->1, plug 1->4, plug 4->1, stop_music 3, agent is talking
    ");
}

/// The agent hears nothing until then.
#[test]
fn a_briefing_without_provider_begins_soon_or_never() {
    let lost = effects("+1s; reconnects; +1s; reconnects; +3s");
    assert!(lost.contains("7.000 deadline_passed: [agent_joined 1 as 4]"), "{lost}");
    for begun in ["reconnects; +3s; item 2; +9s", "item 2; reconnects; +9s"] {
        assert!(!effects(begun).contains("[agent_joined"), "{}", effects(begun));
    }
}

#[test]
fn an_agent_who_loses_audio_is_briefed_again() {
    insta::assert_snapshot!(effects("item 2; +1s; closed 4; cut 2 1s; text 2 4s Anna has said last: a plumber.; agent audio; joined 5"), @"
    2.000 item_started 2 -
    3.000 leg_left 4 closed: converse, unplug 2->4, unplug 3->1, plug 2->1, agent is connecting
    3.000 played_until 2 1000 cleared: heard 2 1000 cleared, plug 3->1
    3.000 item_complete 2: [whispered 2 for 1000 ms 'Anna']
    3.000 leg_arrived 5: start_leg 5
    3.000 leg_joined 5: clear 2->1, listen, unplug 2->1, plug 2->5, say 'Anna has said last: a plumber.', agent is briefed
    ");
    insta::assert_snapshot!(effects("item 2; +1s; closed 4; cut 2 1s; +25s"), @"
     2.000 item_started 2 -
     3.000 leg_left 4 closed: converse, unplug 2->4, unplug 3->1, plug 2->1, agent is connecting
     3.000 played_until 2 1000 cleared: heard 2 1000 cleared, plug 3->1
    27.000 deadline_passed: [agent_left audio_lost], agent_left, unplug 3->1, [handoff_abandoned 1 timeout], [request_handoff 1 failed: nobody took over: timeout], tell c1 failed: nobody took over: timeout, stop_music 3
    ");
}

/// An agent who moves their audio elsewhere in the middle of the briefing, and words that were begun for the caller but reached the agent's
/// ear.
#[test]
fn every_briefed_ear_reports_what_it_heard() {
    let hears_briefing =
        |call: &Rehearsal| [1, 4, 5, 6].map(|leg| call.machine.speaks_to(LegId(leg), leg == 1));
    assert_eq!(hears_briefing(&call_after(TOLD)), [true, true, false, false]);
    let elsewhere = format!("{TOLD}; item 2; +1s; agent audio; joined 5");
    assert_eq!(
        hears_briefing(&call_after(&elsewhere)),
        [true, true, true, false],
        "the ear of the earlier leg reports late"
    );
    let heard = format!("{TOLD}; item 2; text 2 4s Anna has said last: a plumber.; +4s; played 2 4s");
    let supervised = format!("{heard}; sam listens; sam audio; joined 5");
    assert_eq!(
        hears_briefing(&call_after(&supervised)),
        [true, true, false, false],
        "a supervisor only listens"
    );
}

#[test]
fn the_caller_does_not_hear_a_briefing_whose_agent_left() {
    let said = "item 2; text 2 4s Anna has said last: a plumber.";
    let left = effects(&format!("closed 4; {said}"));
    assert!(left.contains("item_started 2 -: clear 2->1, heard 2 0 cleared"), "{left}");
    assert!(left.contains("[whispered 2 for 0 ms '']") && !left.contains("[said 2"), "{left}");
    let next = effects(&format!("closed 4; {said}; item 3; text 3 1s I am here.; +1s; played 3 1s"));
    assert!(next.contains("[said 3 'I am here.']"), "its next words are for the caller: {next}");
    let spoken =
        effects("closed 4; speaks; +1s; spoken 1s; words Hello?; item 2; text 2 1s Yes?; +1s; played 2 1s");
    assert!(spoken.contains("[said 2 'Yes?']"), "an answer to the caller is not a briefing: {spoken}");
    let again = effects(&format!("closed 4; agent audio; joined 5; {said}; +4s; played 2 4s"));
    assert!(again.contains("[whispered 2 for 4000 ms"), "an agent who comes back is briefed: {again}");
}

/// They hear the assistant's next words when the caller does, not after the rest of the briefing.
#[test]
fn a_briefing_that_breaks_off_ends_for_supervisors_too() {
    let left = effects("sam listens; sam audio; joined 5; item 2; closed 4");
    assert!(left.contains("clear 2->5"), "{left}");
}

#[test]
fn callers_gone_during_the_briefing_are_neither_lost_nor_held() {
    insta::assert_snapshot!(effects("item 2; +1s; broken 1; cut 2 1s"), @"
    2.000 item_started 2 -
    3.000 leg_left 1 broken: unplug 1->2, unplug 3->1, [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, [interrupted until 8], unplug 2->4, stop_music 3, agent is caller_lost
    3.000 played_until 2 1000 cleared: heard 2 1000 cleared
    ");
    insta::assert_snapshot!(effects("item 2; +1s; closed 1"), @"
    2.000 item_started 2 -
    3.000 leg_left 1 closed: unplug 1->2, unplug 3->1, converse, unplug 2->4, [agent_left caller_gone], agent_left, release_leg 4, [handoff_abandoned 1 caller_left], [request_handoff 1 failed: nobody took over: caller_left], tell c1 failed: nobody took over: caller_left, stop_music 3, [ended normal_clearing by caller, next 'hangup'], stop
    ");
}

#[test]
fn recordings_brief_nobody() {
    insta::assert_snapshot!(play("warm; desk sales; offering request_handoff; talking; tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4"), @"
    2.000 tool_call c1 request_handoff {'reason':'a bill','target':'sales'}: [request_handoff 1 started], [agent_requested 1 sales], cache_profile for sales
    2.000 profile_cached 1: offer 1 at sales, start_music 3, plug 3->1
    2.000 desk_accepted: agent is connecting
    2.000 leg_arrived 4: start_leg 4
    2.000 leg_joined 4: [agent_joined 1 as 4], [handoff_bridged 1], [request_handoff 1 done], tell c1 done, clear 2->1, unplug 1->2, unplug 2->1, unplug 3->1, plug 1->4, plug 4->1, stop, stop_music 3, agent is talking
    ");
}

#[test]
fn earlier_words_to_the_caller_are_not_in_the_briefing() {
    insta::assert_snapshot!(play_after(r#"warm; desk sales; offering request_handoff; connected; ready to say anything; says 1 greeting; +2s; played 1; tool c1 request_handoff {"target":"sales","reason":"a bill"}; taken 1; item 2; text 2 4s One moment.; agent audio; joined 4"#, "cut 2 1s; +1s"), @"
    2.000 played_until 2 1000 cleared: heard 2 1000 cleared, [said 2 '' cut at 1000]
    ");
}

/// An answer to the caller was on its way, and is reported after it was cut.
#[test]
fn words_cut_for_a_briefing_do_not_end_it() {
    let cut = "item 2; cut 2 20ms; text 2 1s Well,";
    assert!(!effects(cut).contains("[agent_joined"), "{}", effects(cut));
    let told = effects(&format!("{cut}; item 3; text 3 4s Anna has said last: a plumber.; +4s; played 3 4s"));
    assert!(told.contains("[whispered 3 for 4000 ms"), "{told}");
    assert!(told.contains("6.000 played_until 3") && told.contains("[agent_joined 1 as 4]"), "{told}");
}

/// The agent cuts it short before its first sound, so no ear reports it.
#[test]
fn a_whisper_without_sound_leaves_no_silence_unwatched() {
    let back = "+9s; agent back; ready to say anything; says 3 welcome_back; +2s; played 3; +11s";
    let played = effects(&format!("item 2; agent talks; {back}"));
    assert!(played.contains("[silence_prompted], say still_there"), "{played}");
}

/// Otherwise they would hear what is said about them.
#[test]
fn a_caller_wanting_to_leave_a_message_has_the_agent() {
    let effects = TOLD.replace("offering request_handoff", "offering request_handoff,take_message");
    for wants in ["key 1", "tool c2 take_message"] {
        let asked = play_after(&effects, &format!("item 2; +1s; {wants}"));
        let line = asked.lines().last().unwrap_or_default();
        assert!(line.contains("[agent_joined 1 as 4], [handoff_bridged 1]"), "{line}");
        assert!(line.contains("refused: a person takes over]"), "{line}");
        assert!(line.contains(", plug 1->4, ") && !line.contains(", plug 2->1"), "{line}");
        assert!(!line.contains("message_intro"), "{line}");
    }
}

#[test]
fn words_for_the_caller_do_not_interrupt_a_briefing() {
    let mapped = format!("mapping 5 say We are open.; {TOLD}");
    for step in ["key 7", "key #", "key 5", "asked We are open."] {
        let line = play_after(&mapped, &format!("item 2; +1s; {step}"));
        let line = line.lines().last().unwrap_or_default();
        assert!(!line.contains("say "), "{step}: {line}");
    }
    let placed = effects("placed 1 2");
    assert!(placed.contains("tell '") && !placed.contains("go on"), "{placed}");
    let call = call_after(TOLD);
    assert_eq!(call.machine.admits(&Command::Say(String::new())), Err(CommandRefused::NotConversing));
}

/// Otherwise the assistant would be told that they are on hold, and the agent would get them unbriefed.
#[test]
fn nobody_is_put_on_hold_while_their_agent_is_briefed() {
    let effects = TOLD.replace("offering request_handoff", "offering request_handoff,hold_call");
    let asked = play_after(&effects, "item 2; +1s; tool c2 hold_call; hold");
    assert!(asked.contains("refused: the caller can't be put on hold as the call stands]"), "{asked}");
    assert!(!asked.contains("[agent_joined") && !asked.contains("[hold_began]"), "{asked}");
    let call = call_after(TOLD);
    assert_eq!(call.machine.admits(&Command::Hold), Err(CommandRefused::NotConversing));
    // Words to the caller after which they were to be put on hold are cut short by the briefing.
    let wanted = effects.replace("taken 1", "item 2; text 2 4s One moment.; tool c2 hold_call; taken 1");
    let cut = play_after(&wanted, "cut 2 1s");
    assert!(!cut.contains("[agent_joined") && cut.contains("can't be put on hold"), "{cut}");
}

/// The agent would hear the answer, and the caller would not.
#[test]
fn text_typed_during_a_briefing_waits_for_the_assistant() {
    let typed = effects("item 2; +1s; types 1 It is 4711.");
    assert!(!typed.contains("typed 'It is 4711.'"), "{typed}");
    let left = effects("item 2; +1s; types 1 It is 4711.; closed 4");
    assert!(left.contains("converse") && left.contains("typed 'It is 4711.'"), "{left}");
    let talks = effects("item 2; +1s; types 1 It is 4711.; agent talks; agent back; ready to say anything");
    assert!(!talks.contains("typed 'It is 4711.'"), "the agent has read it: {talks}");
}
