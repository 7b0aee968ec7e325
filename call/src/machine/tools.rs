//! The running tools, who asked for each, and the store's records for them: a region of its own. Every run ends once. What the call does
//! about it is in `tooling.rs`, `custom_tools.rs`, `message.rs` and `writing.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::limits::CUSTOM_TOOL_RUNS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};

use super::person_requests::leads_to_person;
use crate::tools::ToolWrite;
use crate::tools::answer::answer;

/// How many tools a call runs at a time. A model that asks for more is refused.
pub(super) const TOOLS_RUNNING_MAX: usize = 16;
/// How many requests are remembered, so that a repeated one is answered once.
const TOOL_CALLS_MAX: usize = 64;
/// How much longer than what it waits for a tool may take, in ms.
const LASTS_LONGER_MS: u64 = 10_000;
/// How many outcomes of tools that act are kept for the next assistant.
const OUTCOMES_MAX: usize = 8;
/// How many of these may be of custom tools once there are more: many of them only look something up, and would push out what was booked.
const CUSTOM_OUTCOMES_MAX: usize = 4;
/// How many outcomes of look-ups are kept for the next assistant, in addition.
const LOOK_UPS_MAX: usize = 2;
/// How many characters each of them may have.
const OUTCOME_CHARS_MAX: usize = 1_000;
/// Begins the message to an assistant about the outcomes of tools that others have called. The assistant must not forget it.
pub const CALLED_BEFORE: &str = "Before you another assistant served this call, and it has called tools for the caller. \
    Call none of them again for the same thing.";

/// Begins the message to an assistant about how a tool has ended that the assistant before it had called.
pub const ENDED_SINCE: &str = "A tool that the assistant before you had called has ended.";

/// The tools of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tools {
    running: Vec<RunningTool>,
    /// Records that the store is writing for tools.
    writes: BTreeMap<EffectId, ToolWrite>,
    /// The newest requests, with the assistants that made them, so that a repeated one is answered once. Two assistants may use the same
    /// numbers.
    tool_calls: VecDeque<(Option<LegId>, String)>,
    /// How many requests of custom tools were made.
    custom_runs: u32,
    /// The newest outcomes of tools that concern something outside the call. Shared between the machine's copies on which steps are
    /// decided.
    outcomes: Arc<VecDeque<KeptOutcome>>,
}

/// The outcome of a tool, as it is kept for other assistants than the one that asked.
#[derive(Clone, Debug, PartialEq)]
struct KeptOutcome {
    asker: LegId,
    kind: OutcomeKind,
    /// The outcome in words.
    answer_line: String,
}

/// How long an outcome is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutcomeKind {
    /// Something was written or requested outside the call.
    Act,
    /// A custom tool has run. Nobody here knows whether it acts.
    Custom,
    /// Something was looked up.
    LookUp,
}

/// A tool that is running.
#[derive(Clone, Debug, PartialEq)]
struct RunningTool {
    effect: EffectId,
    tool: Ran,
    asker: Asker,
    asked_at: UnixMs,
    deadline: UnixMs,
    /// It has taken a message, which is being written to disk.
    message_taken: bool,
}

/// Which tool is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// A built-in tool.
    BuiltIn(ToolName),
    /// A built-in tool that only looks something up this time.
    LookUp(ToolName),
    /// A custom tool of the profile, by its name.
    Custom(String),
}

/// The party that asked for a tool.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asker {
    pub(super) origin: ToolOrigin,
    /// The assistant that gets the outcome, if one asked.
    pub(super) assistant: Option<LegId>,
}

/// A run that has ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EndedTool {
    /// The tool's name.
    pub(super) name: String,
    pub(super) asker: Asker,
    pub(super) took_ms: u64,
    /// How its outcome is kept for other assistants; none if it concerns nothing outside the call.
    pub(super) kept_as: Option<OutcomeKind>,
}

impl Ran {
    /// Whether it leads the caller to a person.
    const fn leads_to_person(&self) -> bool {
        match self {
            Self::BuiltIn(tool) => leads_to_person(*tool),
            Self::LookUp(_) | Self::Custom(_) => false,
        }
    }

    /// Returns how its outcome is kept for other assistants. An assistant that does not know about it would do it again. None if it
    /// concerns nothing outside the call.
    const fn kept_as(&self) -> Option<OutcomeKind> {
        match self {
            Self::BuiltIn(tool) if tool.acts_outside() => Some(OutcomeKind::Act),
            Self::BuiltIn(_) => None,
            Self::LookUp(_) => Some(OutcomeKind::LookUp),
            Self::Custom(_) => Some(OutcomeKind::Custom),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::BuiltIn(tool) | Self::LookUp(tool) => tool.as_str(),
            Self::Custom(name) => name,
        }
    }
}

impl Tools {
    /// An assistant requests a tool. Returns whether the request is new; a repeated one is answered once. Without an assistant it is a late
    /// request of any earlier one.
    pub(super) fn is_requested(&mut self, assistant: Option<LegId>, tool_call: &str) -> bool {
        let is_of = |by: Option<LegId>| assistant.is_none() || by == assistant;
        if self.tool_calls.iter().any(|(by, known)| is_of(*by) && known == tool_call) {
            return false;
        }
        if self.tool_calls.len() == TOOL_CALLS_MAX {
            self.tool_calls.pop_front();
        }
        self.tool_calls.push_back((assistant, tool_call.to_owned()));
        true
    }

    /// A tool starts, and may take this long. Custom tools are counted.
    pub(super) fn starts(&mut self, effect: EffectId, tool: Ran, asker: Asker, now: UnixMs, lasts_ms: u64) {
        self.custom_runs += u32::from(matches!(tool, Ran::Custom(_)));
        let deadline = now + lasts_ms;
        self.running.push(RunningTool { effect, tool, asker, asked_at: now, deadline, message_taken: false });
    }

    /// The tool ends, if it is running.
    pub(super) fn ended(&mut self, effect: EffectId, now: UnixMs) -> Option<EndedTool> {
        let at = self.running.iter().position(|tool| tool.effect == effect)?;
        let RunningTool { tool, asker, asked_at, .. } = self.running.remove(at);
        let (name, kept_as) = (tool.name().to_owned(), tool.kept_as());
        Some(EndedTool { name, asker, took_ms: now.ms_since(asked_at), kept_as })
    }

    /// Keeps the outcome of a tool that concerns something outside the call, for assistants that replace the one that asked. Returns that
    /// assistant, and the outcome in words.
    pub(super) fn keeps_outcome(
        &mut self,
        ended: &EndedTool,
        outcome: &ToolOutcome,
    ) -> Option<(LegId, String)> {
        let (asker, kind) = (ended.asker.assistant?, ended.kept_as?);
        let answer_line: String =
            format!("{}: {}", ended.name, answer(outcome)).chars().take(OUTCOME_CHARS_MAX).collect();
        // A refused tool has done nothing, so it may be called again for the same thing.
        if !matches!(outcome, ToolOutcome::Refused { .. }) {
            let outcomes = Arc::make_mut(&mut self.outcomes);
            outcomes.push_back(KeptOutcome { asker, kind, answer_line: answer_line.clone() });
            if let Some(oldest) = one_too_many(outcomes) {
                outcomes.remove(oldest);
            }
        }
        Some((asker, answer_line))
    }

    /// Returns what the assistant of this leg is told about tools that others have called; `None` if they have called none.
    pub(super) fn called_before(&self, leg: LegId) -> Option<String> {
        let ended = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.asker != leg)
            .map(|outcome| outcome.answer_line.clone());
        let is_of_others = |tool: &&RunningTool| {
            tool.tool.kept_as().is_some() && tool.asker.assistant.is_some_and(|asker| asker != leg)
        };
        let runs = |tool: &RunningTool| format!("{}: still runs, you are told its end", tool.tool.name());
        let lines: Vec<String> = ended.chain(self.running.iter().filter(is_of_others).map(runs)).collect();
        (!lines.is_empty()).then(|| format!("{CALLED_BEFORE} {}", lines.join("; ")))
    }

    /// The event that it waits for may take until then. After that the tool gets no more extra time than others.
    pub(super) fn lasts_until(&mut self, effect: EffectId, until: UnixMs) {
        if let Some(tool) = self.running_mut(effect) {
            tool.deadline = tool.deadline.max(until + LASTS_LONGER_MS);
        }
    }

    /// It has taken a message, and waits until then for it to be on disk. Returns whether the tool is running.
    pub(super) fn keeps_message(&mut self, effect: EffectId, until: UnixMs) -> bool {
        let tool = self.running_mut(effect);
        let is_running = tool.is_some();
        if let Some(tool) = tool {
            (tool.deadline, tool.message_taken) = (until, true);
        }
        is_running
    }

    /// The store begins to write this, for a tool or for the call.
    pub(super) fn write_begins(&mut self, effect: EffectId, write: ToolWrite) {
        self.writes.insert(effect, write);
    }

    /// Whether it must be written even if the store could not do it in time.
    pub(super) fn must_be_written(&self, effect: EffectId) -> bool {
        self.writes.get(&effect).is_some_and(ToolWrite::must_be_written)
    }

    /// The store has written it. Returns whether that was still awaited.
    pub(super) fn write_ended(&mut self, effect: EffectId) -> bool {
        self.writes.remove(&effect).is_some()
    }

    /// The store is asked again. Tools that wait for it wait until then.
    pub(super) fn writes_begin_again(&mut self, until: UnixMs) {
        for tool in self.running.iter_mut().filter(|tool| self.writes.contains_key(&tool.effect)) {
            tool.deadline = until;
        }
    }

    /// Returns the records that the store is writing.
    pub(super) fn writes(&self) -> impl Iterator<Item = (EffectId, &ToolWrite)> {
        self.writes.iter().map(|(effect, write)| (*effect, write))
    }

    /// Returns how long this run is going on, in ms.
    pub(super) fn has_run_for(&self, effect: EffectId, now: UnixMs) -> Option<u64> {
        self.running.iter().find(|tool| tool.effect == effect).map(|tool| now.ms_since(tool.asked_at))
    }

    /// Whether this run is going on.
    pub(super) fn is_running(&self, effect: EffectId) -> bool {
        self.running.iter().any(|tool| tool.effect == effect)
    }

    /// Whether this run is going on, and is of this tool.
    pub(super) fn is_running_as(&self, effect: EffectId, name: ToolName) -> bool {
        self.running.iter().any(|tool| tool.effect == effect && tool.tool == Ran::BuiltIn(name))
    }

    /// Whether the caller asked for it, by a key or in words, and not the assistant.
    pub(super) fn is_asked_by_caller(&self, effect: EffectId) -> bool {
        let by_caller = |origin: &ToolOrigin| matches!(origin, ToolOrigin::Key | ToolOrigin::Words);
        self.running.iter().any(|tool| tool.effect == effect && by_caller(&tool.asker.origin))
    }

    /// Whether this assistant gets its outcome.
    pub(super) fn is_awaited_by(&self, effect: EffectId, assistant: Option<LegId>) -> bool {
        self.running.iter().any(|tool| tool.effect == effect && tool.asker.assistant == assistant)
    }

    /// Whether no tool is running.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether no more tools may run at the moment.
    pub(super) fn is_full(&self) -> bool {
        self.running.len() >= TOOLS_RUNNING_MAX
    }

    /// Whether no custom tool may run any more on this call.
    pub(super) fn has_run_enough_custom(&self) -> bool {
        self.custom_runs >= CUSTOM_TOOL_RUNS_MAX
    }

    /// Whether a tool is running that leads the caller to a person.
    pub(super) fn leads_to_person(&self) -> bool {
        self.running.iter().any(|tool| tool.tool.leads_to_person())
    }

    /// Returns the tools that have taken a message, which is being written to disk.
    pub(super) fn keeping_messages(&self) -> Vec<EffectId> {
        self.running.iter().filter(|tool| tool.message_taken).map(|tool| tool.effect).collect()
    }

    /// Returns the deadline of each running tool.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = (UnixMs, EffectId)> {
        self.running.iter().map(|tool| (tool.deadline, tool.effect))
    }

    fn running_mut(&mut self, effect: EffectId) -> Option<&mut RunningTool> {
        self.running.iter_mut().find(|tool| tool.effect == effect)
    }
}

/// Returns the place of the outcome that is dropped, if there are too many. Look-ups count on their own. What our own tools have done
/// outlasts custom tools.
fn one_too_many(outcomes: &VecDeque<KeptOutcome>) -> Option<usize> {
    let count = |kind: OutcomeKind| outcomes.iter().filter(|outcome| outcome.kind == kind).count();
    let (acts, custom) = (count(OutcomeKind::Act), count(OutcomeKind::Custom));
    let kind = if count(OutcomeKind::LookUp) > LOOK_UPS_MAX {
        OutcomeKind::LookUp
    } else if acts + custom <= OUTCOMES_MAX {
        return None;
    } else if custom > CUSTOM_OUTCOMES_MAX {
        OutcomeKind::Custom
    } else {
        OutcomeKind::Act
    };
    outcomes.iter().position(|outcome| outcome.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_request_is_new_only_once_while_remembered() {
        let mut tools = Tools::default();
        let [one, other] = [Some(LegId(1)), Some(LegId(2))];
        assert!(tools.is_requested(one, "first") && !tools.is_requested(one, "first"));
        assert!(tools.is_requested(other, "first"), "another assistant may use the same numbers");
        assert!(!tools.is_requested(None, "first"), "an assistant that has left made this request");
        assert!(tools.is_requested(None, "last") && !tools.is_requested(None, "last"));
        (0..TOOL_CALLS_MAX).for_each(|more| assert!(tools.is_requested(one, &more.to_string())));
        assert!(tools.is_requested(one, "first"), "the newest are remembered");
    }

    #[test]
    fn a_run_ends_once_and_outlasts_what_it_waits_for() {
        let (mut tools, run) = (Tools::default(), EffectId(1));
        let asker = Asker { origin: ToolOrigin::Key, assistant: None };
        tools.starts(run, Ran::BuiltIn(ToolName::RequestHandoff), asker.clone(), UnixMs(1), 5);
        tools.lasts_until(run, UnixMs(9));
        assert_eq!(tools.deadlines().collect::<Vec<_>>(), [(UnixMs(9) + LASTS_LONGER_MS, run)]);
        assert!(tools.leads_to_person() && tools.is_asked_by_caller(run));
        let name = "request_handoff".to_owned();
        let ended = EndedTool { name, asker, took_ms: 3, kept_as: None };
        assert_eq!(tools.ended(run, UnixMs(4)), Some(ended));
        assert_eq!(tools.ended(run, UnixMs(4)), None);
    }

    #[test]
    fn the_newest_outcomes_are_kept_for_other_assistants_and_cut() {
        let mut tools = Tools::default();
        let [one, other] = [LegId(1), LegId(2)];
        for number in 0..=OUTCOMES_MAX as u64 {
            let (run, custom) = (EffectId(number), Ran::Custom(format!("tool_{number}")));
            let asker = Asker { origin: ToolOrigin::Key, assistant: Some(one) };
            tools.starts(run, custom, asker, UnixMs(1), 5);
            let ended = tools.ended(run, UnixMs(2)).unwrap();
            let kept = tools.keeps_outcome(&ended, &ToolOutcome::done(&"x".repeat(OUTCOME_CHARS_MAX)));
            assert_eq!(kept.unwrap().1.chars().count(), OUTCOME_CHARS_MAX);
        }
        assert_eq!(tools.called_before(one), None, "it made the calls itself");
        let message = tools.called_before(other).unwrap();
        assert!(!message.contains("tool_0:") && message.contains("tool_1:"), "{message}");
    }

    #[test]
    fn what_was_booked_outlasts_look_ups_for_other_assistants() {
        let mut tools = Tools::default();
        let [one, other] = [LegId(1), LegId(2)];
        let mut runs = 0;
        let mut run = |tools: &mut Tools, tool: Ran, note: &str| {
            runs += 1;
            let asker = Asker { origin: ToolOrigin::Key, assistant: Some(one) };
            tools.starts(EffectId(runs), tool, asker, UnixMs(1), 5);
            let ended = tools.ended(EffectId(runs), UnixMs(2)).unwrap();
            tools.keeps_outcome(&ended, &ToolOutcome::done(note)).unwrap();
        };
        run(&mut tools, Ran::BuiltIn(ToolName::BookEstimate), "held as appointment 7");
        for number in 0..2 * OUTCOMES_MAX {
            run(&mut tools, Ran::LookUp(ToolName::BookEstimate), &format!("free at {number}"));
            run(&mut tools, Ran::Custom("stock".to_owned()), &format!("{number} left"));
        }
        let message = tools.called_before(other).unwrap();
        for kept in ["held as appointment 7", "free at 15", "free at 14", "15 left", "9 left"] {
            assert!(message.contains(kept), "{kept}: {message}");
        }
        assert!(!message.contains("free at 13") && !message.contains("8 left"), "{message}");
        for number in 0..OUTCOMES_MAX {
            run(&mut tools, Ran::BuiltIn(ToolName::SendSms), &format!("text {number}"));
        }
        let message = tools.called_before(other).unwrap();
        assert!(message.contains("12 left") && !message.contains("11 left"), "{message}");
        assert!(
            message.contains("text 4") && message.contains("text 7") && !message.contains("text 3"),
            "{message}"
        );
    }

    #[test]
    fn a_refused_tool_may_be_called_again_by_other_assistants() {
        let (mut tools, run) = (Tools::default(), EffectId(1));
        let [one, other] = [LegId(1), LegId(2)];
        let asker = Asker { origin: ToolOrigin::Key, assistant: Some(one) };
        tools.starts(run, Ran::BuiltIn(ToolName::SendSms), asker, UnixMs(1), 5);
        let ended = tools.ended(run, UnixMs(2)).unwrap();
        let refused = ToolOutcome::Refused { reason: "that number takes no texts".to_owned() };
        let kept = tools.keeps_outcome(&ended, &refused);
        assert!(
            kept.is_some_and(|(asker, _)| asker == one),
            "an assistant that takes over meanwhile is told"
        );
        assert_eq!(tools.called_before(other), None);
    }
}
