//! An answer of the assistant: found by the model, or given word for word, and spoken piece by piece.

use std::collections::VecDeque;

use cordboard_schema::wire::chat::ToolRequest;

use super::sentences::{Sentences, exact_pieces};

/// Bytes of one answer's words: what is behind them is not waited for.
const WORDS_BYTES_MAX: usize = 8 * 1024;

/// What an answer is an answer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Words of the caller that may go on: it is thrown away when they do.
    Guess(String),
    /// The caller's turn.
    Turn,
    /// The call asked for it.
    Asked,
    /// Tools have given their results.
    Tools,
}

/// See the module's description.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) id: u64,
    pub(super) cause: Cause,
    sentences: Sentences,
    /// Bytes that the model has written.
    written: usize,
    /// Pieces that wait to be spoken.
    queue: VecDeque<String>,
    /// The piece that is being spoken, and whether it sounds.
    pub(super) speaking: Option<(String, bool)>,
    /// The pieces whose sound has begun.
    pub(super) said: String,
    /// Sound of it was given.
    pub(super) has_sound: bool,
    calls: Vec<ToolRequest>,
    /// All words have come.
    is_whole: bool,
    /// How often it was begun anew.
    pub(super) attempts: u32,
}

impl Answer {
    /// One whose words the model finds.
    pub(super) fn new(id: u64, cause: Cause) -> Self {
        Self {
            id,
            cause,
            sentences: Sentences::default(),
            written: 0,
            queue: VecDeque::new(),
            speaking: None,
            said: String::new(),
            has_sound: false,
            calls: Vec::new(),
            is_whole: false,
            attempts: 0,
        }
    }

    /// One whose words are given.
    pub(super) fn exact(id: u64, words: &str) -> Self {
        Self { queue: exact_pieces(words).into(), is_whole: true, ..Self::new(id, Cause::Asked) }
    }

    /// Whether it may have to be thrown away.
    pub(super) fn is_guess(&self) -> bool {
        matches!(self.cause, Cause::Guess(_))
    }

    /// More words of the model. Says whether more of them are wanted.
    pub(super) fn words(&mut self, text: &str) -> bool {
        self.written += text.len();
        if self.written <= WORDS_BYTES_MAX {
            self.queue.extend(self.sentences.push(text));
        }
        self.written <= WORDS_BYTES_MAX
    }

    /// All words have come, and these requests for tools.
    pub(super) fn whole(&mut self, calls: Vec<ToolRequest>) {
        self.is_whole = true;
        self.queue.extend(self.sentences.finish());
        self.calls = calls;
    }

    /// Takes the next piece to be spoken, once the one before it has come.
    pub(super) fn next_piece(&mut self) -> Option<String> {
        if self.speaking.is_some() || self.is_guess() {
            return None;
        }
        let piece = self.queue.pop_front()?;
        self.speaking = Some((piece.clone(), false));
        Some(piece)
    }

    /// Whether a piece waits to be spoken.
    pub(super) fn has_more(&self) -> bool {
        !self.queue.is_empty() && self.speaking.is_none() && !self.is_guess()
    }

    /// A piece of the sound comes. Gives the words that it begins with, where it begins a piece.
    pub(super) fn sounds(&mut self) -> Option<String> {
        self.has_sound = true;
        let (piece, sounds) = self.speaking.as_mut()?;
        if std::mem::replace(sounds, true) {
            return None;
        }
        if !self.said.is_empty() {
            self.said.push(' ');
        }
        self.said.push_str(piece);
        Some(format!("{piece} "))
    }

    /// Whether all of it was given.
    pub(super) fn is_over(&self) -> bool {
        self.is_whole && self.queue.is_empty() && self.speaking.is_none() && !self.is_guess()
    }

    /// Takes the requests for tools.
    pub(super) fn take_calls(&mut self) -> Vec<ToolRequest> {
        std::mem::take(&mut self.calls)
    }
}
