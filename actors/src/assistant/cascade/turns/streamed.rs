//! The pieces of an answer that are spoken in one stream: determines where each of them begins in the sound.
//!
//! The stream usually reports the number of spoken characters, and not the characters themselves: they are taken from the text
//! that was sent, in order.

use std::collections::VecDeque;

/// Characters spoken in a second, assumed if none are reported.
const CHARACTERS_PER_S: u64 = 15;

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Streamed {
    /// All text that was sent, with a space after each piece.
    given: String,
    /// Bytes of it that were spoken.
    said: usize,
    /// The pieces whose sound has not begun, with the byte that each begins at.
    waiting: VecDeque<(usize, String)>,
    pieces: u64,
    /// The end was sent.
    is_ended: bool,
    /// All sound has arrived.
    is_finished: bool,
}

impl Streamed {
    /// Adds a piece that was sent.
    pub(super) fn gives(&mut self, piece: &str) {
        self.waiting.push_back((self.given.len(), piece.to_owned()));
        self.given.push_str(piece);
        self.given.push(' ');
        self.pieces += 1;
    }

    /// Ends the text. Returns whether that is new.
    pub(super) fn end(&mut self) -> bool {
        !std::mem::replace(&mut self.is_ended, true)
    }

    /// Returns the number of pieces that were sent.
    pub(super) fn count(&self) -> u64 {
        self.pieces
    }

    /// Notes that this many ms of sound arrive, with this many characters if that is known. Returns the characters.
    pub(super) fn sounds(&mut self, ms: u64, characters: Option<usize>) -> String {
        let reckoned = || usize::try_from(ms * CHARACTERS_PER_S / 1_000).unwrap_or(usize::MAX);
        let rest = &self.given[self.said..];
        let length = match characters.unwrap_or_else(reckoned) {
            0 => 0,
            count => rest.char_indices().nth(count).map_or(rest.len(), |(at, _)| at),
        };
        let words = rest[..length].to_owned();
        self.said += length;
        words
    }

    /// Takes the pieces whose sound has begun: the first begins with the first sound, whatever number of characters is reported.
    pub(super) fn take_begun(&mut self) -> Vec<String> {
        let mut begun = Vec::new();
        while self.waiting.front().is_some_and(|(from, _)| *from == 0 || *from < self.said) {
            begun.extend(self.waiting.pop_front().map(|(_, piece)| piece));
        }
        begun
    }

    /// Notes that all sound has arrived, and takes the remaining pieces whose beginning was not reported.
    pub(super) fn finish(&mut self) -> Vec<String> {
        self.is_finished = true;
        self.waiting.drain(..).map(|(_, piece)| piece).collect()
    }

    /// Returns whether all sound has arrived.
    pub(super) fn is_finished(&self) -> bool {
        self.is_finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_words_are_taken_from_the_text_in_order() {
        let mut streamed = Streamed::default();
        streamed.gives("Grüß Gott.");
        streamed.gives("Ja?");
        assert_eq!(streamed.sounds(300, Some(5)), "Grüß ");
        assert_eq!(streamed.take_begun(), ["Grüß Gott."]);
        assert_eq!(streamed.sounds(300, Some(6)), "Gott. ");
        assert_eq!(streamed.take_begun(), [""; 0], "the next one has not begun");
        assert_eq!(streamed.sounds(40, Some(0)), "");
        assert_eq!(streamed.sounds(40, Some(1)), "J");
        assert_eq!(streamed.take_begun(), ["Ja?"]);
        assert_eq!(streamed.sounds(40, Some(1_000)), "a? ", "more than was given");
        assert_eq!(streamed.sounds(40, Some(1)), "");
    }

    #[test]
    fn unreported_characters_are_estimated() {
        let mut streamed = Streamed::default();
        streamed.gives("We open at nine and close at five.");
        assert_eq!(streamed.sounds(1_000, None), "We open at nine");
        streamed.gives("On Sundays we do not.");
        assert_eq!(streamed.take_begun(), ["We open at nine and close at five."]);
        assert_eq!(streamed.finish(), ["On Sundays we do not."]);
        assert!(streamed.is_finished());
    }
}
