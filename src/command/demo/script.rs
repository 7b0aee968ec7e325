//! The script of the demo's caller: they listen, interrupt, leave a message by key, ask for something again, and say goodbye.

use std::time::Duration;

use cordboard_actors::assistant::sounds::{CallerLine, SoundSet};
use cordboard_schema::digit::Digit;

use crate::command::caller::{CALLER_RATE, Speech, Step};
use crate::config::ProviderName;

/// How the dialplan announces the caller.
pub(super) const FROM: &str = "Alex";

/// The number that the caller dialled.
pub(super) const TO: &str = "100";

/// How much of an utterance the caller hears before they interrupt it. Both interrupted utterances are in the middle of a word then, not in a pause,
/// so the silence afterwards is the assistant's doing.
const LISTENS: Duration = Duration::from_millis(2_500);

/// How long the caller waits for the assistant to begin.
const BEGIN_MAX: Duration = Duration::from_secs(5);

/// Longer than any utterance of the assistant.
const UTTERANCE_MAX: Duration = Duration::from_secs(15);

/// How long a caller takes to find a key.
const FINDS_KEY: Duration = Duration::from_millis(300);

/// Returns the caller's steps with this assistant.
pub(super) fn steps(lines: &SoundSet<CallerLine>, provider: ProviderName) -> Vec<Step> {
    match provider {
        ProviderName::Builtin => with_builtin(lines),
        _ => with_a_model(lines),
    }
}

/// Steps with an assistant that understands words and may say anything: a question, and the keys, which always mean the same.
fn with_a_model(lines: &SoundSet<CallerLine>) -> Vec<Step> {
    let say = |line| {
        let recording = lines.get(line);
        Step::Speak(Speech::new(recording.text(), recording.pcm(CALLER_RATE)))
    };
    let hear_out = || [Step::WaitForSpeech { max: BEGIN_MAX }, Step::WaitForSilence { max: UTTERANCE_MAX }];
    let mut steps = Vec::from(hear_out());
    steps.push(say(CallerLine::HelloQuestion));
    steps.extend(hear_out());
    steps.push(Step::Digit(Digit::ONE));
    steps.extend(hear_out());
    steps.extend([say(CallerLine::MessageText), Step::Wait(FINDS_KEY), Step::Digit(Digit::HASH)]);
    steps.extend(hear_out());
    steps.push(Step::Digit(Digit::STAR));
    steps
}

/// Steps with the built-in assistant, some 30 s.
fn with_builtin(lines: &SoundSet<CallerLine>) -> Vec<Step> {
    let say = |line| {
        let recording = lines.get(line);
        Step::Speak(Speech::new(recording.text(), recording.pcm(CALLER_RATE)))
    };
    let hear_out = || [Step::WaitForSpeech { max: BEGIN_MAX }, Step::WaitForSilence { max: UTTERANCE_MAX }];

    let mut steps = vec![
        // The greeting, then an interruption of it:
        Step::WaitForSpeech { max: BEGIN_MAX },
        Step::Wait(LISTENS),
        say(CallerLine::Interruption),
    ];
    // The answer offers key 1.
    steps.extend(hear_out());
    steps.push(Step::Digit(Digit::ONE));
    // "Please leave your message", and the tone.
    steps.extend(hear_out());
    steps.extend([say(CallerLine::MessageText), Step::Wait(FINDS_KEY), Step::Digit(Digit::HASH)]);
    // "Your message is saved."
    steps.extend(hear_out());
    steps.extend([
        // The last answer once more, then an interruption of it:
        Step::Digit(Digit::HASH),
        Step::WaitForSpeech { max: BEGIN_MAX },
        Step::Wait(LISTENS),
        say(CallerLine::ThanksBye),
        // Goodbye; then the caller listens until the assistant's goodbye is over and Cordboard hangs up.
        Step::Digit(Digit::STAR),
    ]);
    steps
}
