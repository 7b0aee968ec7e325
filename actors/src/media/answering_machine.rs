//! Finds out who has answered a call: a person or an answering machine. Pure: frames of the callee's sound go in, one verdict comes out.
//!
//! A person says a short word and waits for the caller to speak; a machine greets for long, or in many words. The
//! rules and their default values are those of Asterisk's `AMD()` (`apps/app_amd.c`, read at 012156de), with four
//! differences:
//!
//! - Silence from the beginning means nothing here, while `AMD()` takes it for a machine: some callees wait for the
//!   caller to speak first, and a person who does must not be hung up on.
//! - A noise that is shorter than a word does not end a silence.
//! - A machine is recognized by the fourth word, not the third: "Miller, good morning" is a person.
//! - A mailbox's tone means a machine, whatever was heard before.

use cordboard_schema::audio::frame::FRAME_MS;

/// Times that decide the verdict, in ms of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetectionTimes {
    /// Silence from the beginning, after which it is unknown who answered (`initial_silence`).
    pub initial_silence_ms: u64,
    /// Voice, without its pauses, that means a machine (`greeting`).
    pub greeting_ms: u64,
    /// Silence after a greeting that means a person (`after_greeting_silence`).
    pub after_greeting_silence_ms: u64,
    /// Time after which it is unknown who answered (`total_analysis_time`).
    pub total_ms: u64,
    /// Least length of a word (`min_word_length`).
    pub word_ms: u64,
    /// Silence that separates two words (`between_words_silence`).
    pub between_words_ms: u64,
    /// Greatest number of words that a person says (`maximum_number_of_words`).
    pub words_max: u32,
}

impl Default for DetectionTimes {
    /// The values of Asterisk.
    fn default() -> Self {
        Self {
            initial_silence_ms: 2_500,
            greeting_ms: 1_500,
            after_greeting_silence_ms: 800,
            total_ms: 5_000,
            word_ms: 100,
            between_words_ms: 50,
            words_max: 3,
        }
    }
}

/// The contents of a frame of 20 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeardFrame {
    /// Somebody speaks.
    pub is_voice: bool,
    /// A mailbox's tone ends with it.
    pub ends_tone: bool,
    /// A tone has ended that may be a mailbox's; this is known in a moment.
    pub is_undecided: bool,
}

/// The party that has answered. Times are ms of sound since the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerVerdict {
    /// A person.
    Person {
        /// When that was known.
        after_ms: u64,
    },
    /// A machine.
    Machine {
        /// When that was known.
        after_ms: u64,
    },
    /// A machine, whose tone has already ended.
    Beep {
        /// When the tone ended.
        at_ms: u64,
    },
    /// It is unknown.
    Unsure {
        /// When that was known.
        after_ms: u64,
    },
}

/// Finds out who has answered.
#[derive(Clone, Copy, Debug)]
pub struct AnsweringMachineDetector {
    times: DetectionTimes,
    passed_ms: u64,
    /// Silence since the last word, or since the beginning.
    silence_ms: u64,
    /// Silence since the last voice.
    pause_ms: u64,
    /// Voice since the last pause between words.
    word_ms: u64,
    /// Voice of all words.
    voice_ms: u64,
    words: u32,
    is_in_word: bool,
}

impl AnsweringMachineDetector {
    /// A detector that begins with the answer.
    pub fn new(times: DetectionTimes) -> Self {
        Self {
            times,
            passed_ms: 0,
            silence_ms: 0,
            pause_ms: 0,
            word_ms: 0,
            voice_ms: 0,
            words: 0,
            is_in_word: false,
        }
    }

    /// Takes in the next 20 ms. The first verdict counts.
    pub fn push(&mut self, heard: HeardFrame) -> Option<AnswerVerdict> {
        let frame_ms = u64::from(FRAME_MS);
        self.passed_ms += frame_ms;
        let after_ms = self.passed_ms;
        if heard.ends_tone {
            return Some(AnswerVerdict::Beep { at_ms: after_ms });
        }
        if heard.is_voice {
            self.hears_voice(frame_ms);
        } else {
            self.hears_nothing(frame_ms);
        }
        if heard.is_undecided {
            return None;
        }
        let Self { times, .. } = *self;
        let has_greeted = self.words > 0;
        if self.voice_ms >= times.greeting_ms || self.words > times.words_max {
            return Some(AnswerVerdict::Machine { after_ms });
        }
        if !heard.is_voice && has_greeted && self.silence_ms >= times.after_greeting_silence_ms {
            return Some(AnswerVerdict::Person { after_ms });
        }
        let is_silent = !has_greeted && self.silence_ms >= times.initial_silence_ms;
        (is_silent || self.passed_ms >= times.total_ms).then_some(AnswerVerdict::Unsure { after_ms })
    }

    fn hears_voice(&mut self, frame_ms: u64) {
        self.pause_ms = 0;
        self.word_ms += frame_ms;
        if self.is_in_word {
            self.voice_ms += frame_ms;
        } else if self.word_ms >= self.times.word_ms {
            self.is_in_word = true;
            self.words += 1;
            self.voice_ms += self.word_ms;
        }
        // Until it is long enough to be a word, it may be noise.
        self.silence_ms = if self.is_in_word { 0 } else { self.silence_ms + frame_ms };
    }

    fn hears_nothing(&mut self, frame_ms: u64) {
        self.silence_ms += frame_ms;
        self.pause_ms += frame_ms;
        if self.pause_ms >= self.times.between_words_ms {
            (self.word_ms, self.is_in_word) = (0, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AnswerVerdict::{Beep, Machine, Person, Unsure};
    use super::*;

    /// Frames of silence after the sound: a minute, long enough for every verdict.
    const SILENCE_FRAMES: usize = 3_000;

    /// The verdict on alternating silence and voice, in ms, silence first; silence follows.
    fn verdict(turns: &[u64]) -> AnswerVerdict {
        let mut detector = AnsweringMachineDetector::new(DetectionTimes::default());
        let frames = turns.iter().zip([false, true].into_iter().cycle());
        let frames = frames.flat_map(|(ms, is_voice)| (0..ms / 20).map(move |_| is_voice));
        let mut frames = frames.chain(std::iter::repeat_n(false, SILENCE_FRAMES));
        let verdict =
            frames.find_map(|is_voice| detector.push(HeardFrame { is_voice, ..HeardFrame::default() }));
        verdict.unwrap_or_else(|| panic!("no verdict after a minute of silence that follows {turns:?}"))
    }

    #[test]
    fn a_short_word_and_silence_are_a_person() {
        let table: [(&str, &[u64], u64); 6] = [
            ("hello", &[200, 500], 1_500),
            ("at once", &[0, 400], 1_200),
            ("the shortest word", &[300, 100], 1_200),
            ("a name and a greeting", &[200, 400, 100, 300, 100, 400], 2_300),
            ("two words with a breath between them", &[200, 300, 780, 300], 2_380),
            ("a word with a gap in it", &[200, 300, 40, 300], 1_640),
        ];
        for (what, turns, after_ms) in table {
            assert_eq!(verdict(turns), Person { after_ms }, "{what}");
        }
    }

    #[test]
    fn long_speech_or_many_words_are_a_machine() {
        let table: [(&str, &[u64], u64); 4] = [
            ("a long greeting", &[500, 6_000], 2_000),
            ("one with pauses", &[500, 700, 300, 700, 300, 700], 2_600),
            ("four words", &[200, 200, 100, 200, 100, 200, 100, 200], 1_200),
            ("a long greeting from the first frame on", &[0, 6_000], 1_500),
        ];
        for (what, turns, after_ms) in table {
            assert_eq!(verdict(turns), Machine { after_ms }, "{what}");
        }
    }

    #[test]
    fn silence_and_noises_give_no_certain_verdict() {
        let table: [(&str, &[u64], u64); 4] = [
            ("silence", &[], 2_500),
            ("a click", &[1_000, 80], 2_500),
            ("clicks", &[500, 60, 500, 60, 500, 60], 2_500),
            // Late, and with pauses after which a person could still go on.
            ("slow words", &[2_400, 400, 760, 400, 760, 400], 5_000),
        ];
        for (what, turns, after_ms) in table {
            assert_eq!(verdict(turns), Unsure { after_ms }, "{what}");
        }
    }

    #[test]
    fn noise_after_a_greeting_does_not_delay_the_verdict() {
        assert_eq!(verdict(&[200, 500, 300, 80]), Person { after_ms: 1_500 });
        // Nobody is interrupted in the middle of a noise: it may become a word.
        assert_eq!(verdict(&[200, 500, 760, 80]), Person { after_ms: 1_560 });
    }

    #[test]
    fn a_tone_means_a_machine_whatever_was_heard_before() {
        let mut detector = AnsweringMachineDetector::new(DetectionTimes::default());
        assert_eq!(detector.push(HeardFrame { is_voice: true, ..HeardFrame::default() }), None);
        let tone = detector.push(HeardFrame { ends_tone: true, ..HeardFrame::default() });
        assert_eq!(tone, Some(Beep { at_ms: 40 }));
    }

    proptest::proptest! {
        /// The verdict comes within 5 s, and not before there was time for a word and the silence after it.
        #[test]
        fn a_verdict_comes_in_time(frames in proptest::collection::vec(proptest::bool::ANY, 250)) {
            let mut detector = AnsweringMachineDetector::new(DetectionTimes::default());
            let verdict = frames.into_iter().find_map(|is_voice| {
                detector.push(HeardFrame { is_voice, ..HeardFrame::default() })
            });
            match verdict {
                Some(Person { after_ms }) => proptest::prop_assert!((900..=5_000).contains(&after_ms)),
                Some(Machine { after_ms }) => proptest::prop_assert!((560..=5_000).contains(&after_ms)),
                Some(Unsure { after_ms }) => proptest::prop_assert!((2_500..=5_000).contains(&after_ms)),
                other => proptest::prop_assert!(false, "{other:?}"),
            }
        }
    }
}
