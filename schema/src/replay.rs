//! Replays: the caller's side of a stored call is played again to another profile, and its answers are recorded. Pure.
//!
//! ```text
//! journal ─ recorded ─> turns ─ caller's words ─> the assistant ─ answers ─> compare, outcomes, judge ─ with_opinion ─> verdict
//!                         └─── answers of tools ────────┘          └─ judge_model ─> the judge ─ Opinion ─┘
//! ```
//! No tool is run: [`ToolRecord`] answers with the results of the stored call's tools, or with a substitute.

mod beginning;
mod compare;
mod judge;
pub mod judge_model;
mod record;
mod recorded;

pub use beginning::Beginning;
pub use compare::{Marks, Outcome, WordsLikeness, compare, is_likely_the_end, outcomes};
pub use judge::{Check, CheckKind, Expectations, Verdict, judge, with_opinion};
pub use judge_model::{NoVerdict, Opinion, Undecided};
pub use record::{AnswerSource, NOT_CARRIED_OUT, ToolRecord};
pub use recorded::{RecordedTool, RecordedTurn, is_wordless, recorded};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{CallId, ExampleId, ProfileId, ReplayId};
use crate::profile_version::DraftSlot;
use crate::time::{UnixMs, rfc3339};
use crate::tool::ToolOutcome;

/// State of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// Under way.
    Running,
    /// Finished.
    Done,
    /// A user stopped it.
    Stopped,
    /// It could not continue; `reason` says why.
    Failed,
}

/// Kind of the caller's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// The call began.
    Start,
    /// They said something.
    Words,
    /// They pressed keys.
    Keys,
}

/// A tool call that a model requested in a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolInTurn {
    /// Its name, as the model wrote it.
    pub name: String,
    /// Its arguments, as the model wrote them.
    #[cfg_attr(feature = "openapi", schema(value_type = Value))]
    pub arguments: Value,
    /// Outcome of the tool; null if the record does not contain it.
    pub outcome: Option<ToolOutcome>,
    /// Where the answer to a replayed tool call came from; null for the stored call's own tools.
    pub answered_from: Option<AnswerSource>,
}

/// An assistant's part of a turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Side {
    /// Its words.
    pub said: String,
    /// The tools that it requested, in order.
    pub tools: Vec<ToolInTurn>,
}

/// A turn of the caller, with each assistant's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayedTurn {
    /// Place of the caller's words in the stored call's journal; 0 for the beginning of the call.
    pub seq: u64,
    /// Kind of the turn.
    pub kind: TurnKind,
    /// The caller's words, or the keys; empty at the beginning.
    pub caller: String,
    /// The stored call's assistant.
    pub old: Side,
    /// The assistant of the profile's current version; null if the turn was not replayed because it was not transcribed.
    pub new: Option<Side>,
    /// Differences; null if `new` is null.
    pub marks: Option<Marks>,
}

/// How a replayed call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReplayEnd {
    /// All turns of the caller were replayed.
    Whole,
    /// The assistant ended the call, or handed the caller over, before the stored call did.
    EndedEarly,
    /// The maximum number of turns was reached; the stored call has more.
    TooLong,
    /// The maximum cost of a replay was reached.
    TooDear,
}

/// A replayed call, as far as it got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayedCall {
    /// The turns, in order.
    pub turns: Vec<ReplayedTurn>,
    /// Outcomes of the stored call.
    pub old_outcomes: Vec<Outcome>,
    /// Outcomes of the replay.
    pub new_outcomes: Vec<Outcome>,
    /// How it ended; null while it runs.
    pub end: Option<ReplayEnd>,
}

impl ReplayedCall {
    /// Counts the outcomes of both sides in the turns so far.
    pub fn settle(&mut self) {
        self.old_outcomes = outcomes(self.turns.iter().flat_map(|turn| &turn.old.tools));
        self.new_outcomes =
            outcomes(self.turns.iter().filter_map(|turn| turn.new.as_ref()).flat_map(|new| &new.tools));
    }
}

/// The result of running an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExampleResult {
    /// The example; it may have been deleted.
    pub example_id: ExampleId,
    /// Name of the example.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Each expectation, and whether it was met.
    pub checks: Vec<Check>,
    /// Why there is no verdict, if it is `error`.
    pub reason: Option<String>,
    /// The replayed conversation.
    pub call: ReplayedCall,
}

/// Kind of the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReplayKind {
    /// A call.
    Call,
    /// All examples of the profile.
    Examples,
}

/// Result of a replay so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ReplayResult {
    /// The assistant that answers, such as `builtin`; empty before it answers.
    pub provider: String,
    /// The call, if one is replayed.
    pub call: Option<ReplayedCall>,
    /// The results of the examples, if examples are replayed.
    pub examples: Vec<ExampleResult>,
}

/// A replay: who requested it, its calls, the profile, and the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Its id.
    pub id: ReplayId,
    /// The profile of the assistant that answers.
    pub profile_id: ProfileId,
    /// Kind of the replay.
    pub kind: ReplayKind,
    /// The call, if one is replayed.
    pub call_id: Option<CallId>,
    /// The name of the user who requested it; empty if it was a program.
    pub asked_by: String,
    /// The published version that answers; none if the draft answers.
    pub version: Option<u32>,
    /// The draft that answers if no version does.
    pub draft: DraftSlot,
    /// Its revision when the replay began.
    pub draft_revision: u64,
    /// State of the replay.
    pub state: ReplayState,
    /// Why it failed, in words.
    pub reason: Option<String>,
    /// Total steps: turns of a call, or examples.
    pub steps: u32,
    /// Completed steps.
    pub steps_done: u32,
    /// Cost so far, in millionths of the currency.
    pub cost_micros: u64,
    /// When it began.
    pub started_at: UnixMs,
    /// When it ended.
    pub ended_at: Option<UnixMs>,
    /// The result.
    pub result: ReplayResult,
}

/// A call, or one exchange of it, that is kept together with what is expected of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Example {
    /// Its id.
    pub id: ExampleId,
    /// The profile that it belongs to.
    pub profile_id: ProfileId,
    /// The call.
    pub call_id: CallId,
    /// The single turn of the caller that is replayed, by its place in the call's journal, after the conversation before it; null
    /// for the whole call.
    pub turn_seq: Option<u64>,
    /// Name.
    pub name: String,
    /// The expectations.
    pub expectations: Expectations,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
}
