//! The conversation since a session's handle was issued: a session that is resumed by its handle does not know it, and is sent
//! it.

use cordboard_schema::wire::gemini::Turn;

/// Characters that are kept; the oldest are dropped.
const CHARS_MAX: usize = 8_000;

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Since {
    turns: Vec<Turn>,
    /// More words may follow the newest ones.
    is_open: bool,
    chars: usize,
}

impl Since {
    /// Adds words of one side.
    pub(super) fn says(&mut self, by_model: bool, text: &str) {
        let is_open = std::mem::replace(&mut self.is_open, true);
        match self.turns.last_mut().filter(|last| is_open && last.by_model == by_model) {
            Some(last) => last.text.push_str(text),
            None => self.turns.push(Turn { by_model, text: text.to_owned() }),
        }
        self.chars += text.chars().count();
        while self.chars > CHARS_MAX && self.turns.len() > 1 {
            self.chars -= self.turns.remove(0).text.chars().count();
        }
        if let Some(newest) = self.turns.last_mut().filter(|_| self.chars > CHARS_MAX) {
            // Of a turn that is too long by itself, the end says most about its outcome.
            newest.text = newest.text.chars().skip(self.chars - CHARS_MAX).collect();
            self.chars = CHARS_MAX;
        }
    }

    /// Adds another turn, which is sent as it is.
    pub(super) fn add_turn(&mut self, turn: &Turn) {
        self.is_open = false;
        self.says(turn.by_model, &turn.text);
        self.is_open = false;
    }

    /// Notes that all of it is known to the session now.
    pub(super) fn is_known(&mut self) {
        *self = Self::default();
    }

    /// Returns the turns that have to be sent.
    pub(super) fn turns(&self) -> Vec<Turn> {
        let trimmed = |turn: &Turn| Turn { by_model: turn.by_model, text: turn.text.trim().to_owned() };
        self.turns.iter().map(trimmed).filter(|turn| !turn.text.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_by_speaker_and_the_oldest_dropped_first() {
        let mut since = Since::default();
        since.says(false, "When do ");
        since.says(false, "you open?");
        since.says(true, " At nine.");
        let turns: Vec<(bool, String)> =
            since.turns().into_iter().map(|turn| (turn.by_model, turn.text)).collect();
        assert_eq!(turns, [(false, "When do you open?".to_owned()), (true, "At nine.".to_owned())]);
        for _ in 0..100 {
            since.add_turn(&Turn { by_model: false, text: "x".repeat(500) });
        }
        assert!(since.turns().len() <= 16 && since.chars <= CHARS_MAX);
        since.is_known();
        assert!(since.turns().is_empty());
    }

    #[test]
    fn a_turn_that_is_too_long_keeps_its_end() {
        let mut since = Since::default();
        since.says(false, "Tell me all.");
        since.says(true, &"é".repeat(CHARS_MAX));
        since.says(true, "so we close at six");
        let turns = since.turns();
        let [turn] = &turns[..] else { panic!("{} turns", turns.len()) };
        assert!(turn.by_model && turn.text.ends_with("so we close at six"));
        assert_eq!((turn.text.chars().count(), since.chars), (CHARS_MAX, CHARS_MAX));
    }
}
