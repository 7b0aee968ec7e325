//! Checks whether the demo's call went as it should, judged by the journal, the stored rows, and the sound on both sides.

mod audio;
mod journal;

#[cfg(test)]
mod tests;

use cordboard_actors::assistant::sounds::{CallerLine, Prompt, SoundSet};
use cordboard_schema::activity::Activity;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;

use super::sound::Stereo;
use crate::config::ProviderName;
use cordboard_terminal::Table;

/// Everything that the demo's call has left.
pub(super) struct Evidence {
    /// Its journal, as stored.
    pub(super) entries: Vec<JournalEntry>,
    /// Its transcript, as stored.
    pub(super) transcript: Vec<TranscriptItem>,
    /// Stored activities for the caller.
    pub(super) activities: Vec<Activity>,
    /// The server's recording.
    pub(super) recording: Stereo,
    /// The caller's own recording.
    pub(super) tape: Stereo,
    /// When the caller's recording began.
    pub(super) tape_began_at: UnixMs,
    /// How long the caller was connected.
    pub(super) connected_ms: u64,
}

/// Expected sound of the call.
pub(super) struct Sounds {
    pub(super) prompts: SoundSet<Prompt>,
    pub(super) lines: SoundSet<CallerLine>,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) subject: &'static str,
    pub(super) verdict: Verdict,
    /// The figure, or the fault.
    pub(super) found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    Failed,
}

impl Check {
    fn new(subject: &'static str, is_ok: bool, found: impl Into<String>) -> Self {
        let verdict = if is_ok { Verdict::Ok } else { Verdict::Failed };
        Self { subject, verdict, found: found.into() }
    }

    /// A check that could not be made.
    pub(super) fn failed(subject: &'static str, why: impl Into<String>) -> Self {
        Self::new(subject, false, why)
    }
}

/// Runs all checks. What a model says can't be predicted, so calls with a model only get the checks that hold for every call.
pub(super) fn examine(evidence: &Evidence, sounds: &Sounds, provider: ProviderName) -> Vec<Check> {
    let mut checks = match provider {
        ProviderName::Builtin => journal::examine(evidence, sounds),
        _ => journal::examine_any(evidence),
    };
    checks.extend(match provider {
        ProviderName::Builtin => audio::examine(evidence, sounds),
        _ => audio::examine_any(evidence, sounds),
    });
    checks
}

/// Returns the checks as a table.
pub(super) fn report(checks: &[Check]) -> Table<3> {
    let mut table = Table::titled(["CHECK", "RESULT", "FOUND"]);
    for Check { subject, verdict, found } in checks {
        let result = match verdict {
            Verdict::Ok => "ok",
            Verdict::Failed => "FAILED",
        };
        table.push([(*subject).to_owned(), result.to_owned(), found.clone()]);
    }
    table
}

impl Evidence {
    /// When the first fact for which `is` holds was journalled.
    fn fact_at(&self, is: impl Fn(&Fact) -> bool) -> Option<UnixMs> {
        self.entries
            .iter()
            .find(|entry| matches!(&entry.event, Event::Fact(fact) if is(fact)))
            .map(|entry| entry.at)
    }

    /// When the assistant began to say a line. `None` means an answer of its own.
    fn line_began_at(&self, wanted: Option<Line>) -> Option<UnixMs> {
        self.fact_at(|fact| matches!(fact, Fact::ItemStarted { line, .. } if *line == wanted))
    }

    fn decisions(&self) -> impl Iterator<Item = (&Decision, UnixMs)> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Decision(decision) => Some((decision, entry.at)),
            Event::Fact(_) => None,
        })
    }

    /// Converts a moment to ms from the start of the caller's recording.
    fn on_tape(&self, at: UnixMs) -> u64 {
        at.ms_since(self.tape_began_at)
    }
}
