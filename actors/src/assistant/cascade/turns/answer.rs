//! An answer of the assistant: written by the model, or given verbatim, and spoken piece by piece or in one stream.

use std::collections::VecDeque;

use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::chat::ToolRequest;

use super::sentences::{Sentences, exact_pieces};
use super::streamed::Streamed;
use super::{Pieces, estimate};

/// Bytes of one answer's words; an answer is ended when it exceeds them.
const WORDS_BYTES_MAX: usize = 8 * 1024;

/// Cause of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A guess at the turn, made while the caller may still go on: it is discarded if they do.
    Guess(String),
    /// The caller's turn.
    Turn,
    /// The call requested it.
    Requested,
    /// Tools have returned their results.
    Tools,
}

/// Next piece to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words to speak. In a stream they may be the last ones.
    Words { words: String, is_last: bool },
    /// Nothing more.
    End,
}

/// Words of a piece of sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sounded {
    /// Words of the answer that begin to play with it.
    pub(super) begins: Option<String>,
    /// The words spoken in it, if they are known.
    pub(super) words: Option<String>,
}

/// See the module's description.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) id: u64,
    pub(super) cause: Cause,
    sentences: Sentences,
    /// Bytes that the model has written.
    written: usize,
    /// Bytes of the request to the model, until the model has ended its part and reported its tokens.
    request_bytes: Option<usize>,
    /// Pieces that wait to be spoken.
    queue: VecDeque<String>,
    /// The piece that is being spoken on its own, and whether its sound has begun.
    speaking: Option<(String, bool)>,
    /// The pieces that are spoken in one stream.
    streamed: Option<Streamed>,
    /// The pieces whose sound has begun.
    pub(super) said: String,
    /// Some of its sound has been sent.
    pub(super) has_sound: bool,
    calls: Vec<ToolRequest>,
    /// All words have arrived.
    is_whole: bool,
    /// Number of repeated requests.
    pub(super) attempts: u32,
}

impl Answer {
    /// Returns an answer that the model is to write, with the size of the request in bytes.
    pub(super) fn asked(id: u64, cause: Cause, request_bytes: usize) -> Self {
        Self { request_bytes: Some(request_bytes), ..Self::new(id, cause) }
    }

    fn new(id: u64, cause: Cause) -> Self {
        Self {
            id,
            cause,
            sentences: Sentences::default(),
            written: 0,
            request_bytes: None,
            queue: VecDeque::new(),
            speaking: None,
            streamed: None,
            said: String::new(),
            has_sound: false,
            calls: Vec::new(),
            is_whole: false,
            attempts: 0,
        }
    }

    /// Returns an answer with given words.
    pub(super) fn exact(id: u64, words: &str) -> Self {
        Self { queue: exact_pieces(words).into(), is_whole: true, ..Self::new(id, Cause::Requested) }
    }

    /// Returns whether it may have to be discarded.
    pub(super) fn is_guess(&self) -> bool {
        matches!(self.cause, Cause::Guess(_))
    }

    /// Adds words of the model. Returns whether more of them are wanted.
    pub(super) fn words(&mut self, text: &str) -> bool {
        self.written += text.len();
        if self.written <= WORDS_BYTES_MAX {
            self.queue.extend(self.sentences.push(text));
        }
        self.written <= WORDS_BYTES_MAX
    }

    /// Notes that all words have arrived, and these tool calls.
    pub(super) fn whole(&mut self, calls: Vec<ToolRequest>) {
        self.is_whole = true;
        self.request_bytes = None;
        self.queue.extend(self.sentences.finish());
        self.calls = calls;
    }

    /// Notes that the model has failed. An answer that failed before its first word isn't billed.
    pub(super) fn fails(&mut self) {
        if self.written == 0 {
            self.request_bytes = None;
        }
    }

    /// Estimates the tokens of an answer, once, if the model won't report them: it was abandoned, or its server reports none.
    pub(super) fn unreported(&mut self) -> Option<TokenUsage> {
        self.request_bytes.take().map(|bytes| estimate::tokens(bytes, self.written))
    }

    /// Takes the next piece to speak. A piece on its own is returned once the one before it has been spoken; pieces of a stream
    /// as soon as they are written.
    pub(super) fn next_piece(&mut self, pieces: Pieces) -> Option<Piece> {
        if self.speaking.is_some() || self.is_guess() {
            return None;
        }
        let Some(words) = self.queue.pop_front() else {
            let is_over = self.is_whole && self.streamed.as_mut().is_some_and(Streamed::end);
            return is_over.then_some(Piece::End);
        };
        if pieces == Pieces::Each {
            self.speaking = Some((words.clone(), false));
            return Some(Piece::Words { words, is_last: false });
        }
        let streamed = self.streamed.get_or_insert_default();
        streamed.gives(&words);
        let is_last = self.is_whole && self.queue.is_empty();
        if is_last {
            streamed.end();
        }
        Some(Piece::Words { words, is_last })
    }

    /// Returns whether a piece waits to be spoken.
    pub(super) fn has_more(&self) -> bool {
        !self.queue.is_empty() && self.speaking.is_none() && !self.is_guess()
    }

    /// Returns the number of pieces that the arriving sound belongs to.
    pub(super) fn sounding_pieces(&self) -> u64 {
        self.streamed.as_ref().map_or(1, Streamed::count)
    }

    /// Notes that this many ms of sound arrive, with this many characters of words if that is known.
    pub(super) fn sounds(&mut self, ms: u64, characters: Option<usize>) -> Sounded {
        self.has_sound = true;
        if let Some(streamed) = &mut self.streamed {
            let words = streamed.sounds(ms, characters);
            let begun = streamed.take_begun();
            return Sounded { begins: self.says(begun), words: Some(words) };
        }
        let Some((piece, sounds)) = self.speaking.as_mut() else { return Sounded::default() };
        let begun = if std::mem::replace(sounds, true) { Vec::new() } else { vec![piece.clone()] };
        Sounded { begins: self.says(begun), words: None }
    }

    /// Notes that all sound of what was sent has arrived. Returns the words that were sent but whose sound was not reported, and
    /// whether there was any sound.
    pub(super) fn sounded(&mut self) -> (Option<String>, bool) {
        match &mut self.streamed {
            Some(streamed) => {
                let rest = streamed.finish();
                (self.says(rest), self.has_sound)
            }
            None => (None, self.speaking.take().is_none_or(|(_, sounds)| sounds)),
        }
    }

    /// Notes pieces whose sound begins, and returns their words.
    fn says(&mut self, pieces: Vec<String>) -> Option<String> {
        let words = pieces.join(" ");
        if words.is_empty() {
            return None;
        }
        if !self.said.is_empty() {
            self.said.push(' ');
        }
        self.said.push_str(&words);
        Some(format!("{words} "))
    }

    /// Returns whether everything that was sent has been spoken.
    fn is_spoken(&self) -> bool {
        self.speaking.is_none() && self.streamed.as_ref().is_none_or(Streamed::is_finished)
    }

    /// Returns whether the whole answer has been spoken.
    pub(super) fn is_over(&self) -> bool {
        self.is_whole && self.queue.is_empty() && self.is_spoken() && !self.is_guess()
    }

    /// Takes the tool calls.
    pub(super) fn take_calls(&mut self) -> Vec<ToolRequest> {
        std::mem::take(&mut self.calls)
    }
}
