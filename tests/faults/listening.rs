//! Sound that callers hear, compared with the shipped prompts: complete and in order. When it arrives is exact in `tests/virtual/strangers.rs`.

use std::time::Duration;

use cordboard_test_support::audio::{Share, Sound, Span, duration_of, share_heard};
use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::stage::{LIMIT, RATE, Stage};

/// Least length of the greeting that is compared.
const LISTENED: Duration = Duration::from_millis(3_000);
/// Length at the end of what was heard that is left out: the end of a piece may not have arrived yet.
const BEGUN_PIECE: Duration = Duration::from_millis(100);

/// Returns a shipped prompt at the callers' rate.
pub(crate) fn prompt(name: &str) -> Sound {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/static/sounds/prompts");
    Sound::read_wav(format!("{folder}/{name}.wav").as_ref()).unwrap().resampled(RATE)
}

/// Returns the sound that a caller heard since a moment, counted in the sound before.
pub(crate) fn heard_since(caller: &Caller, mark: Duration) -> Sound {
    let heard = caller.heard();
    let end = heard.length();
    heard.part(Span { start: mark, end })
}

/// Waits until a caller has heard all of a prompt after `mark`; returns its position in what they heard.
pub(crate) fn wait_heard(caller: &Caller, name: &str, mark: Duration) -> Share {
    let prompt = prompt(name);
    // Compared when there is enough more sound for another result, and at the end.
    let mut looked_at = Duration::ZERO;
    let limit = prompt.length() + LIMIT;
    let found = wait_until(&format!("the prompt {name}"), limit, || {
        let heard = heard_since(caller, mark);
        if caller.ended().is_none() && heard.length() < looked_at + Duration::from_millis(200) {
            return None;
        }
        looked_at = heard.length();
        share_heard(&heard, &prompt).filter(|share| share.heard == 1.0)
    });
    let share = found.unwrap_or_else(|late| {
        let heard = share_heard(&heard_since(caller, mark), &prompt);
        panic!("{late}; heard {heard:?}, then {:?}", caller.ended());
    });
    Share { at: share.at + mark, until: share.until + mark, ..share }
}

/// Returns how much a caller has heard so far.
pub(crate) fn heard_length(caller: &Caller) -> Duration {
    let frames = caller.report().frames;
    duration_of(frames.iter().map(|frame| frame.samples.len()).sum(), RATE)
}

/// Asserts that what was heard is the greeting, and that no part of it is missing so far.
pub(crate) fn assert_greeted(heard: &Sound) {
    let greeting = prompt("greeting");
    let begun = share_heard(heard, &greeting).unwrap_or_else(|| panic!("no greeting: {:?}", heard.length()));
    let end = (heard.length() - begun.at).saturating_sub(BEGUN_PIECE);
    let so_far = greeting.part(Span { start: Duration::ZERO, end });
    let share = share_heard(heard, &so_far).unwrap();
    assert_eq!(share.heard, 1.0, "of {:?} of the greeting: {share:?}", so_far.length());
}

/// A caller who hears the greeting during something that does not concern them.
pub(crate) struct Witness {
    caller: Caller,
    /// Length of the silence before the greeting.
    greeted_at: Duration,
}

impl Witness {
    /// Joins and waits for the first sound.
    pub(crate) fn join(stage: &Stage) -> Self {
        let caller = stage.caller(Uuid::new_v4());
        let greeted_at = wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
        Self { caller, greeted_at }
    }

    /// Listens a while longer, hangs up, and asserts that the call was undisturbed.
    pub(crate) fn heard_undisturbed(self) {
        let listened = self.greeted_at + LISTENED;
        let heard_enough = || (heard_length(&self.caller) >= listened).then_some(());
        wait_until("three seconds of the greeting", LIMIT, heard_enough).unwrap();
        assert_eq!(self.caller.ended(), None);
        let report = self.caller.report();
        self.caller.hang_up();
        assert_eq!(report.violations, []);
        assert_greeted(&report.heard());
    }
}
