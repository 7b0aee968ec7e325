//! A chain of voices: each kind of failure, at each place.

use cordboard_schema::provider::ProviderFailure;

use crate::script::{play, play_after};

/// Returns the effects of a script, without those on cords.
fn effects(script: &str) -> Vec<String> {
    let decisions = ["assistant_replaced", "start_assistant", "assistant_given_up", "say ", "go on", "ended"];
    let printed = play(script);
    let effects =
        printed.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, effects)| effects.split(", "));
    effects
        .filter(|effect| {
            decisions.iter().any(|decision| effect.trim_start_matches('[').starts_with(decision))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_failure_leads_down_the_chain_to_the_standby() {
    let others = ProviderFailure::ALL
        .into_iter()
        .filter(|failure| !matches!(failure, ProviderFailure::Panicked | ProviderFailure::Other));
    for failure in others {
        let script = format!(
            "chain 3; talking; failed {failure}; ready; failed {failure}; ready; failed {failure}; ready"
        );
        let all_final = failure.is_final();
        let mut expected = vec![
            format!("[assistant_replaced by 3 configured at 1: {failure}]"),
            "start_assistant 3 at 1".to_owned(),
            format!("[assistant_replaced by 4 configured at 2: {failure}]"),
            "start_assistant 4 at 2".to_owned(),
            format!("[assistant_replaced by 5 standby: {failure}]"),
        ];
        expected.extend(all_final.then(|| format!("[assistant_given_up {failure}]")));
        expected.extend(["start_assistant 5 standby".to_owned(), "say assistant_away".to_owned()]);
        assert_eq!(effects(&script), expected, "{failure}");
    }
}

#[test]
fn a_voice_that_fails_by_our_fault_is_retried_twice() {
    let script = "chain 2; talking; failed panicked; ready; failed panicked; ready; failed panicked; ready";
    assert_eq!(
        effects(script),
        [
            "[assistant_replaced by 3 configured: panicked]",
            "start_assistant 3",
            "[assistant_replaced by 4 configured: panicked]",
            "start_assistant 4",
            "[assistant_replaced by 5 configured at 1: panicked]",
            "start_assistant 5 at 1",
        ]
    );
}

#[test]
fn the_next_voice_greets_if_the_first_could_not() {
    let script = "chain 2; connected; failed unauthorized; ready; says 1 greeting; +2s; played 1; speaks; +1s; spoken 1s";
    assert_eq!(
        effects(script),
        [
            "start_assistant 2",
            "[assistant_replaced by 3 configured at 1: unauthorized]",
            "start_assistant 3 at 1",
            "say greeting",
        ]
    );
}

#[test]
fn a_caller_is_greeted_once_and_a_cut_answer_continues() {
    let script = "chain 2; connected; ready; says 1 greeting; +2s; played 1; speaks; +1s; spoken 1s; says 2; +1s; \
                  cut 2 1s; failed disconnected; ready";
    insta::assert_snapshot!(play(script), @"
    0.000 leg_arrived 1: start_leg 1
    0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
    0.000 assistant_ready 2: say greeting
    0.000 item_started 1 greeting
    0.000 item_complete 1
    2.000 played_until 1 2000 finished: heard 1 2000 finished, [said 1 'One two three four.']
    2.000 speech_started: clear 2->1
    3.000 speech_stopped 1000
    3.000 item_started 2 -
    3.000 item_complete 2
    4.000 played_until 2 1000 cleared: heard 2 1000 cleared
    4.000 assistant_failed 2 disconnected: unplug 1->2, unplug 2->1, stop, [caller said '(speech, 1.0 s)'], [said 2 'One two' cut at 1000], [assistant_replaced by 3 configured at 1: disconnected], start_assistant 3 at 1, plug 1->3, plug 3->1
    4.000 assistant_ready 3: go on
    ");
}

#[test]
fn the_next_voice_knows_the_tools_of_the_one_before() {
    let script = "offering create_lead; with stock; chain 2; talking; speaks; +1s; spoken 1s; \
                  tool c1 create_lead {\"need\":\"a roof\"}; wrote 1; tool c2 stock {}; failed disconnected; ready; \
                  +1s; kept 2";
    let played = play(script);
    for line in [
        "assistant_ready 3: tell 'Before you another assistant served this call, and it has called tools for the caller. \
         Call none of them again for the same thing. create_lead: {\"result\":\"written down\"}; \
         stock: still runs, you are told its end', go on",
        "tool_done 2 done: [stock 2 done], tell 'A tool that the assistant before you had called has ended. \
         stock: {\"result\":\"kept\"}', go on",
    ] {
        assert!(played.contains(line), "{line} is not in:\n{played}");
    }
}

#[test]
fn a_voice_that_comes_back_knows_the_tools_called_before() {
    let script = "with stock; standing by; talking; tool c1 stock {}; failed unreachable; ready; says 2 assistant_away; +2s; \
                  played 2; kept 1; +1s; candidate ready; +1s";
    let played = play(script);
    assert!(played.contains("tool_done 1 done: [stock 1 done]\n"), "{played}");
    assert!(
        played.contains("Call none of them again for the same thing. stock: {\"result\":\"kept\"}'"),
        "{played}"
    );
}

#[test]
fn two_failing_voices_lead_to_the_standby_not_each_other() {
    let script = "chain 2; talking; failed disconnected; ready; +9s; failed disconnected; ready";
    assert_eq!(
        effects(script),
        [
            "[assistant_replaced by 3 configured at 1: disconnected]",
            "start_assistant 3 at 1",
            "[assistant_replaced by 4 standby: disconnected]",
            "start_assistant 4 standby",
            "say assistant_away",
        ]
    );
}

#[test]
fn a_voice_is_retried_long_after_failing_but_not_forever() {
    let fails = "speaks; +11s; failed stalled; ready";
    let script = format!("chain 2; talking; {fails}; {fails}; {fails}; {fails}; {fails}; {fails}");
    let places: Vec<String> =
        effects(&script).into_iter().filter(|effect| effect.starts_with("start_assistant")).collect();
    assert_eq!(
        places,
        [
            "start_assistant 3 at 1",
            "start_assistant 4",
            "start_assistant 5 at 1",
            "start_assistant 6",
            "start_assistant 7 at 1",
            "start_assistant 8 standby",
        ]
    );
}

#[test]
fn last_words_do_not_wait_for_a_voice_to_connect() {
    let script = "chain 3; connected; ready; tool c0 end_call; failed unauthorized; ready";
    assert!(effects(script).contains(&"start_assistant 3 standby".to_owned()), "{:?}", effects(script));
}

#[test]
fn a_late_voice_is_given_up_sooner_if_another_follows() {
    let script = "chain 2; connected; +3s; +8s; ready";
    insta::assert_snapshot!(play(script), @"
     0.000 leg_arrived 1: start_leg 1
     0.000 leg_joined 1: [answered], start_recording 1, start_assistant 2, plug 1->2, plug 2->1
     3.000 deadline_passed: unplug 1->2, unplug 2->1, stop, [assistant_replaced by 3 configured at 1: unreachable], start_assistant 3 at 1, plug 1->3, plug 3->1
    11.000 deadline_passed: unplug 1->3, unplug 3->1, stop, [assistant_replaced by 4 standby: unreachable], start_assistant 4 standby, plug 1->4, plug 4->1
    11.000 assistant_ready 4: say assistant_away
    ");
}

#[test]
fn voices_are_tried_best_first_to_return_from_the_standby() {
    let away = "chain 3; talking; failed unauthorized; ready; failed unreachable; ready; failed passed_over; ready; \
                says 2 assistant_away; +500ms";
    let steps = "+500ms; candidate failed unreachable; +1ms; candidate ready; +1s; played 2";
    insta::assert_snapshot!(play_after(away, steps), @"
    3.000 deadline_passed: [assistant_tried 6 at 1, attempt 1], try_assistant 6 at 1
    3.000 assistant_failed 6 unreachable: dismiss_candidate
    3.000 deadline_passed: [assistant_tried 7 at 2, attempt 2], try_assistant 7 at 2
    3.001 assistant_ready 7
    4.001 played_until 2 2000 finished: heard 2 2000 finished, [said 2 'One two three four.'], unplug 1->5, unplug 5->1, stop, [assistant_returned 7 at 2 after 2 in 2001], take_over 7, plug 1->7, plug 7->1, tell 'You were away for a while. Meanwhile the caller was with a simple assistant that understands no words, and was told that you could not be reached. You can help again: say so in a few words.', go on
    ");
}

#[test]
fn a_returning_caller_gets_another_voice_than_the_failed_one() {
    let script = "chain 2; talking; broken; failed disconnected; connected; ready";
    let places: Vec<String> =
        effects(script).into_iter().filter(|effect| effect.starts_with("start_assistant")).collect();
    assert_eq!(places, ["start_assistant 4 at 1"]);
}

#[test]
fn an_incomplete_answer_is_continued_though_its_audio_was_heard() {
    let cut = "chain 2; talking; speaks; +1s; spoken 1s; says 2; reconnects; +2s; played 2; failed unreachable; ready";
    assert!(play(cut).trim_end().ends_with("assistant_ready 3: go on"), "{}", play(cut));
    // A complete answer has said everything.
    let whole = "chain 2; talking; speaks; +1s; spoken 1s; says 2; +1s; reconnects; +1s; played 2; failed unreachable; ready";
    assert!(play(whole).trim_end().ends_with("assistant_ready 3"), "{}", play(whole));
    // A voice that was connected again and has continued owes nothing.
    let restored = "chain 2; talking; speaks; +1s; spoken 1s; says 2; reconnects; reconnected 1; says 3; +2s; played 2; played 3; failed unreachable; ready";
    assert!(play(restored).trim_end().ends_with("assistant_ready 3"), "{}", play(restored));
    // A voice that is lost again before it has continued still owes it.
    let twice = "chain 2; talking; speaks; +1s; spoken 1s; says 2; reconnects; reconnected 1; +2s; played 2; reconnects; failed unreachable; ready";
    assert!(play(twice).trim_end().ends_with("assistant_ready 3: go on"), "{}", play(twice));
}

/// A call whose first voice serves it up to 100,000 millionths; each answer costs 64,000.
const CAPPED: &str = "priced; chain 2; capped 0 100000; talking; speaks; +1s; spoken 1s; says 2; used r2; +2s; played 2; \
                      speaks; +1s; spoken 1s; says 3";

#[test]
fn a_voice_at_its_cost_cap_finishes_its_answer() {
    insta::assert_snapshot!(play_after(CAPPED, "used r3; +2s; played 3; ready; speaks; +1s; spoken 1s; item 4; used r4"), @"
    6.000 usage r3: [charged 64000], [cost_cap_reached 128000 of 100000]
    7.000 deadline_passed: [said 2 'One two three four.']
    8.000 played_until 3 2000 finished: heard 3 2000 finished, unplug 1->2, unplug 2->1, stop, [caller said '(speech, 1.0 s)'], [caller said '(speech, 1.0 s)'], [said 3 'One two three four.'], [assistant_replaced by 3 configured at 1: passed_over], start_assistant 3 at 1, plug 1->3, plug 3->1
    8.000 assistant_ready 3
    8.000 speech_started: clear 3->1
    9.000 speech_stopped 1000
    9.000 item_started 4 -
    9.000 usage r4: [charged 64000]
    ");
}

#[test]
fn the_voice_never_changes_while_the_caller_speaks_or_waits() {
    let waits = format!("{CAPPED}; +2s; played 3; speaks; used r3; +1s; spoken 1s; +1s");
    assert!(!effects(&waits).iter().any(|effect| effect.contains("replaced")), "{:?}", effects(&waits));
    let answered = format!("{waits}; says 4; +2s; played 4");
    assert_eq!(effects(&answered).last().unwrap(), "start_assistant 3 at 1");
}

#[test]
fn once_all_voices_reach_their_caps_only_the_standby_serves() {
    let script = format!(
        "capped 1 100000; {CAPPED}; used r3; +2s; played 3; ready; says 5 assistant_away; +2s; played 5; +3s"
    )
    .replacen("capped 1 100000; priced; chain 2;", "priced; chain 2; capped 1 100000;", 1);
    let effects = effects(&script);
    let place = effects.iter().position(|effect| effect.contains("replaced")).unwrap();
    assert_eq!(
        effects[place..],
        [
            "[assistant_replaced by 3 standby: passed_over]",
            "[assistant_given_up passed_over]",
            "start_assistant 3 standby",
            "say assistant_away",
        ]
    );
}

#[test]
fn a_voice_at_its_cap_never_replaces_a_failed_one() {
    let script =
        "priced; chain 3; capped 1 64000; talking; says 2; used r2; +2s; played 2; failed disconnected";
    let effects = effects(script);
    assert_eq!(effects.last().unwrap(), "start_assistant 3 at 2", "{effects:?}");
}

#[test]
fn a_returning_caller_gets_a_voice_below_its_cap() {
    let script = "priced; chain 3; capped 1 64000; talking; speaks; +1s; spoken 1s; says 2; used r2; broken; \
                  failed disconnected; connected; ready";
    let places: Vec<String> =
        effects(script).into_iter().filter(|effect| effect.starts_with("start_assistant")).collect();
    assert_eq!(places, ["start_assistant 4 at 2"]);
}
