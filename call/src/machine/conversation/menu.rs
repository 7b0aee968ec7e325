//! The prompts of a call without audio: the one that plays, and those that wait.

use std::collections::VecDeque;

use cordboard_schema::ids::{EffectId, ItemId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

/// Lines that wait behind the one that is played.
const LINES_MAX: usize = 4;

/// The prompt that plays, and those that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Menu {
    waiting: VecDeque<Line>,
    playing: Option<Prompt>,
    /// The newest line, for who wants it again.
    newest: Option<Line>,
    /// The channel was parked anew, since prompts never play beside a unicast.
    reparked: bool,
}

/// A line that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) struct Prompt {
    pub(in crate::machine) effect: EffectId,
    pub(in crate::machine) item: ItemId,
    pub(in crate::machine) line: Line,
    pub(in crate::machine) began_at: UnixMs,
}

impl Menu {
    /// A line is to be said; of more than wait, the newest are not.
    pub(in crate::machine) fn says(&mut self, line: Line) {
        let line = match line {
            Line::Repeat => self.newest.unwrap_or(Line::Greeting),
            line => line,
        };
        if self.waiting.len() < LINES_MAX {
            self.waiting.push_back(line);
        }
    }

    /// The next line is said.
    pub(in crate::machine) fn takes_next(&mut self) -> Option<Line> {
        let line = self.waiting.pop_front()?;
        self.newest = Some(line);
        Some(line)
    }

    /// The switch plays it.
    pub(in crate::machine) fn plays(&mut self, prompt: Prompt) {
        self.playing = Some(prompt);
    }

    /// The prompt with this number is over.
    pub(in crate::machine) fn has_played(&mut self, effect: EffectId) -> Option<Prompt> {
        self.playing.take_if(|prompt| prompt.effect == effect)
    }

    /// Drops the waiting prompts, and stops the one that plays.
    pub(in crate::machine) fn hushes(&mut self) -> Option<Prompt> {
        self.waiting.clear();
        self.playing.take()
    }

    /// The channel has to be parked anew before it can play anything. Returns whether that is to be asked for: once.
    pub(in crate::machine) fn needs_parking(&mut self) -> bool {
        !std::mem::replace(&mut self.reparked, true)
    }

    pub(in crate::machine) fn is_playing(&self) -> bool {
        self.playing.is_some()
    }
}
