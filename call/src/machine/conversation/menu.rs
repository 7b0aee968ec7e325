//! The prompts of a call without audio: the one that plays, and those that wait.

use std::collections::VecDeque;

use cordboard_schema::ids::{EffectId, ItemId};
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

/// How many lines wait for the one that is playing.
const LINES_MAX: usize = 4;

/// The prompt that plays, and those that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::machine) struct Menu {
    waiting: VecDeque<Line>,
    playing: Option<Prompt>,
    /// The newest line, for callers who ask to hear it again.
    newest: Option<Line>,
    /// Whether the channel was parked again, because prompts never play during a unicast.
    reparked: bool,
}

/// A line that is playing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) struct Prompt {
    pub(in crate::machine) effect: EffectId,
    pub(in crate::machine) item: ItemId,
    pub(in crate::machine) line: Line,
    pub(in crate::machine) began_at: UnixMs,
}

impl Menu {
    /// Adds a line to say. If too many wait, the newest are dropped.
    pub(in crate::machine) fn says(&mut self, line: Line) {
        let line = match line {
            Line::Repeat => self.newest.unwrap_or(Line::Greeting),
            line => line,
        };
        if self.waiting.len() < LINES_MAX {
            self.waiting.push_back(line);
        }
    }

    /// Takes the next line to say.
    pub(in crate::machine) fn take_next(&mut self) -> Option<Line> {
        let line = self.waiting.pop_front()?;
        self.newest = Some(line);
        Some(line)
    }

    /// The switch plays this prompt.
    pub(in crate::machine) fn plays(&mut self, prompt: Prompt) {
        self.playing = Some(prompt);
    }

    /// The prompt of this number is over.
    pub(in crate::machine) fn has_played(&mut self, effect: EffectId) -> Option<Prompt> {
        self.playing.take_if(|prompt| prompt.effect == effect)
    }

    /// Drops the waiting prompts and stops the one that plays.
    pub(in crate::machine) fn hushes(&mut self) -> Option<Prompt> {
        self.waiting.clear();
        self.playing.take()
    }

    /// The channel has to be parked again before it can play anything. Returns whether to request that; `true` once.
    pub(in crate::machine) fn needs_parking(&mut self) -> bool {
        !std::mem::replace(&mut self.reparked, true)
    }

    pub(in crate::machine) fn is_playing(&self) -> bool {
        self.playing.is_some()
    }
}
