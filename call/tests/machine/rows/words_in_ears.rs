//! Words that a leg is still playing when their assistant is lost. The leg's report comes after the loss.

use cordboard_schema::fold::Role;

use crate::script::{call_after, play, play_after};

const GREETING_PLAYS: &str = "chain 2; connected; ready; says 1 greeting; +1s";
const NEXT: [&str; 2] = ["[assistant_replaced by 3 configured at 1: disconnected]", "start_assistant 3 at 1"];
const HEARD: &str = "[said 1 'One two three four.']";

/// Returns the effects of the steps after a beginning, without those on cords.
fn effects(beginning: &str, steps: &str) -> Vec<String> {
    let shown =
        ["assistant_replaced", "start_assistant", "assistant_returned", "say ", "go on", "ended", "said "];
    let printed = play_after(beginning, steps);
    let effects =
        printed.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, effects)| effects.split(", "));
    let is_shown =
        |effect: &&str| shown.iter().any(|shown| effect.trim_start_matches('[').starts_with(shown));
    effects.filter(is_shown).map(str::to_owned).collect()
}

/// The effects of starting the next voice, followed by these.
fn next_and(effects: &[&str]) -> Vec<String> {
    NEXT.iter().chain(effects).map(|effect| (*effect).to_owned()).collect()
}

#[test]
fn a_greeting_heard_out_is_transcribed_and_not_said_again() {
    assert_eq!(effects(GREETING_PLAYS, "failed disconnected; ready; played 1; +1s"), next_and(&[HEARD]));
}

#[test]
fn a_greeting_that_the_loss_cut_short_is_continued() {
    let cut = next_and(&["[said 1 'One two three' cut at 1900]", "go on"]);
    for steps in ["failed disconnected; cut 1 1900ms; ready", "failed disconnected; ready; cut 1 1900ms"] {
        assert_eq!(effects(GREETING_PLAYS, steps), cut, "{steps}");
    }
}

#[test]
fn the_next_voice_says_a_greeting_that_nobody_heard() {
    let unheard = next_and(&["[said 1 '' cut at 0]", "say greeting"]);
    // Without a report it is given up after 500 ms.
    for steps in ["failed disconnected; ready; cut 1 0ms", "failed disconnected; ready; +500ms"] {
        assert_eq!(effects(GREETING_PLAYS, steps), unheard, "{steps}");
    }
    assert_eq!(effects(GREETING_PLAYS, "failed disconnected; ready; +499ms"), next_and(&[]));
}

#[test]
fn the_next_voice_knows_an_answer_heard_out() {
    let beginning = "chain 2; talking; speaks; +1s; spoken 1s; words hello; says 2; +1s";
    let heard = next_and(&["[said 2 'One two three four.']"]);
    assert_eq!(effects(beginning, "failed disconnected; ready; played 2"), heard);
    let call = call_after(&format!("{beginning}; failed disconnected"));
    let said: Vec<_> = call.machine.history().into_iter().map(|line| (line.role, line.text)).collect();
    let line = |role, text: &str| (role, text.to_owned());
    let words = || line(Role::Assistant, "One two three four.");
    assert_eq!(said, [words(), line(Role::Caller, "hello"), words()]);
}

#[test]
fn a_caller_who_leaves_meanwhile_has_heard_what_was_reported() {
    assert_eq!(effects(GREETING_PLAYS, "failed disconnected; broken"), next_and(&["[said 1 '' cut at 0]"]));
    assert_eq!(effects(GREETING_PLAYS, "failed disconnected; played 1; broken"), next_and(&[HEARD]));
}

#[test]
fn a_goodbye_heard_out_ends_the_call_without_being_repeated() {
    let beginning = "standing by; talking; tool c0 end_call; says 2 goodbye; +1s";
    let heard = effects(beginning, "failed disconnected; ready; played 2");
    assert!(!heard.iter().any(|effect| effect.starts_with("say ")), "{heard:?}");
    assert!(heard.iter().any(|effect| effect.starts_with("[ended normal_clearing")), "{heard:?}");
    let cut = effects(beginning, "failed disconnected; ready; cut 2 1s");
    assert_eq!(cut.last().map(String::as_str), Some("say goodbye"), "{cut:?}");
}

#[test]
fn a_greeting_that_finished_after_the_failure_is_not_repeated() {
    let away = "failed disconnected; ready; played 1; says 2 assistant_away; +2s; played 2; candidate ready";
    let effects = effects("standing by; connected; ready; says 1 greeting; +1s", away);
    assert!(!effects.contains(&"say greeting".to_owned()), "{effects:?}");
    assert_eq!(effects.last().map(String::as_str), Some("go on"), "{effects:?}");
}

#[test]
fn words_without_sound_do_not_outlast_their_assistant() {
    let accepted = "desk sales; offering request_handoff; talking; \
         tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1";
    let back = "+9s; agent back; ready; says 3 welcome_back; +2s; played 3; +11s";
    // The assistant is released when the agent takes over. Its report may be on its way then.
    for words in ["item 2; agent audio; joined 4", "agent audio; joined 4; item 2"] {
        let effects = play(&format!("{accepted}; {words}; {back}"));
        assert!(effects.contains("[silence_prompted], say still_there"), "{words}: {effects}");
    }
}
