//! The model's sound: a piece every 100 ms, always, with silence where nothing is said.

use std::collections::VecDeque;
use std::time::Duration;

use crate::audio::Sound;
use crate::openai::answer::{Answer, Outcome, Part};
use crate::openai::{AudioFormat, Trouble};

/// How long a piece sounds.
pub(super) const PIECE: Duration = Duration::from_millis(100);

/// Something that is being said.
#[derive(Debug)]
struct Saying {
    text: String,
    bytes: Vec<u8>,
    at: usize,
    /// How many of its characters were sent.
    told: usize,
    /// This happens when this many of its bytes were sent.
    trouble: Option<(usize, Trouble)>,
}

/// The contents of one piece.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Its sound, complete.
    pub(super) bytes: Vec<u8>,
    /// The words in it.
    pub(super) words: String,
    /// Trouble after it.
    pub(super) trouble: Option<Trouble>,
}

/// The parts of an answer that are not speech.
#[derive(Debug, Default)]
pub(super) struct Besides {
    /// Function calls.
    pub(super) calls: Vec<(String, String)>,
    /// Trouble instead of the first sound.
    pub(super) trouble: Option<Trouble>,
}

/// The mouth of a model.
#[derive(Debug)]
pub(super) struct Mouth {
    format: AudioFormat,
    sayings: VecDeque<Saying>,
}

impl Mouth {
    /// A mouth that has nothing to say.
    pub(super) const fn new(format: AudioFormat) -> Self {
        Self { format, sayings: VecDeque::new() }
    }

    /// Whether something is being said.
    pub(super) fn speaks(&self) -> bool {
        !self.sayings.is_empty()
    }

    /// Drops the rest of what it was saying.
    pub(super) fn hush(&mut self) {
        self.sayings.clear();
    }

    /// Says an answer after the current one. The clock alone sets the pace.
    pub(super) fn say(&mut self, answer: Answer) -> Besides {
        let Answer { parts, mut trouble, outcome, .. } = answer;
        let mut besides = Besides::default();
        if let Some((_, trouble)) = trouble.take_if(|(sent, _)| sent.is_zero()) {
            besides.trouble = Some(trouble);
            return besides;
        }
        if let Outcome::Failed(_) = outcome {
            return besides;
        }
        for part in parts {
            match part {
                Part::Say { text, sound } => {
                    let saying = self.saying(text, &sound, &mut trouble);
                    self.sayings.push_back(saying);
                }
                Part::Call { name, arguments } => besides.calls.push((name, arguments)),
            }
        }
        besides
    }

    fn saying(&self, text: String, sound: &Sound, trouble: &mut Option<(Duration, Trouble)>) -> Saying {
        let bytes = self.format.encode(sound);
        let trouble = trouble.take().map(|(after, trouble)| (self.bytes_in(after).min(bytes.len()), trouble));
        Saying { text, bytes, at: 0, told: 0, trouble }
    }

    fn bytes_in(&self, length: Duration) -> usize {
        let (rate, width) = match self.format {
            AudioFormat::Pcmu | AudioFormat::Pcma => (8_000, 1),
            AudioFormat::Pcm { rate } => (rate as usize, 2),
        };
        usize::try_from(length.as_millis()).unwrap_or_default() * rate / 1_000 * width
    }

    /// The next piece.
    pub(super) fn next_piece(&mut self) -> Piece {
        let whole = self.bytes_in(PIECE);
        let mut piece = Piece::default();
        while piece.bytes.len() < whole
            && piece.trouble.is_none()
            && let Some(saying) = self.sayings.front_mut()
        {
            let until = (saying.at + whole - piece.bytes.len()).min(saying.bytes.len());
            piece.bytes.extend_from_slice(&saying.bytes[saying.at..until]);
            saying.at = until;
            let letters = saying.text.chars().count() * until / saying.bytes.len().max(1);
            piece.words.extend(saying.text.chars().skip(saying.told).take(letters - saying.told));
            saying.told = letters;
            piece.trouble = saying.trouble.take_if(|(after, _)| until >= *after).map(|(_, trouble)| trouble);
            if until == saying.bytes.len() {
                self.sayings.pop_front();
            }
        }
        let silence = match self.format {
            AudioFormat::Pcmu => 0xff,
            AudioFormat::Pcma => 0xd5,
            AudioFormat::Pcm { .. } => 0,
        };
        piece.bytes.resize(whole, silence);
        piece
    }
}
