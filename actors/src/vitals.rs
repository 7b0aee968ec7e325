//! Vital signs: an administrator's view of the actors, read without asking any of them.
//!
//! A call writes its signs with each step, in atomics. Observers read them, and no call waits for that.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cordboard_schema::call::{CallState, LegKind};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, LegId};
use cordboard_schema::switch::ControlId;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::Serialize;

use crate::line::{CallLine, LegLine};

/// The tree of actors: the registry, and below it each call with its children.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActorTree {
    /// The registry itself.
    pub registry: RegistryShown,
    /// Calls with a live actor, oldest first.
    pub calls: Vec<CallShown>,
}

/// The registry, as an administrator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RegistryShown {
    /// Number of restarts of its actor.
    pub restarts: u32,
    /// Messages that wait for it.
    pub mailbox: usize,
    /// Since when its present actor has run.
    #[serde(with = "rfc3339")]
    pub since: UnixMs,
}

/// A call, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallShown {
    /// Its id.
    pub call_id: CallId,
    /// The number of its arbiter, from 0.
    pub arbiter: usize,
    /// State of the call.
    pub state: CallState,
    /// Messages that wait for it.
    pub mailbox: usize,
    /// Number of restarts of its actor.
    pub restarts: u32,
    /// Facts that its machine has handled since this process has had the call.
    pub steps: u64,
    /// The newest step.
    pub last_step: Option<StepShown>,
    /// Its parties' connections.
    pub legs: Vec<LegShown>,
    /// The control connections of its channel, by number.
    pub controls: Vec<ControlId>,
    /// Its assistant, if it has one.
    pub assistant: Option<AssistantShown>,
}

/// A step of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepShown {
    /// Kind of the fact, as in the journal.
    pub kind: &'static str,
    /// The time.
    #[serde(with = "rfc3339")]
    pub at: UnixMs,
}

/// A leg of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LegShown {
    /// Its number.
    pub leg: LegId,
    /// Its kind.
    pub kind: LegKind,
    /// Number of restarts of its actor.
    pub restarts: u32,
}

/// The assistant of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssistantShown {
    /// Its leg.
    pub leg: LegId,
    /// The provider that answers; none before it is connected.
    pub provider: Option<String>,
}

/// The vital signs of one call, written by the call and read by the registry.
#[derive(Debug, Default)]
pub struct CallVitals {
    steps: AtomicU64,
    restarts: AtomicU32,
    /// Place of the newest fact's kind in [`Fact::KINDS`]; beyond the end before the first step.
    kind: AtomicUsize,
    at: AtomicI64,
    state: AtomicU8,
    /// Changes with a leg or an assistant, a few times per call.
    children: Mutex<Children>,
}

#[derive(Debug, Default)]
struct Children {
    legs: Vec<(LegId, LegKind, LegLine)>,
    controls: Vec<ControlId>,
    assistant: Option<AssistantShown>,
}

const STATES: [CallState; 5] =
    [CallState::Dialling, CallState::Waiting, CallState::Live, CallState::Interrupted, CallState::Ended];

impl CallVitals {
    /// The call has handled a fact of this kind, and has been in this state since.
    pub(crate) fn stepped(&self, kind: &'static str, at: UnixMs, state: CallState) {
        let place = Fact::KINDS.iter().position(|known| *known == kind).unwrap_or(Fact::KINDS.len());
        self.kind.store(place, Ordering::Relaxed);
        self.at.store(at.0, Ordering::Relaxed);
        let state = STATES.iter().position(|known| *known == state).unwrap_or(0);
        self.state.store(state as u8, Ordering::Relaxed);
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// The call's actor died and was restarted.
    pub(crate) fn reborn(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    /// Number of restarts of the call's actor.
    pub fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    pub(crate) fn leg_came(&self, leg: LegId, kind: LegKind, line: LegLine) {
        self.children().legs.push((leg, kind, line));
    }

    pub(crate) fn leg_went(&self, leg: LegId) {
        self.children().legs.retain(|(known, ..)| *known != leg);
    }

    pub(crate) fn control_came(&self, control: ControlId) {
        self.children().controls.push(control);
    }

    pub(crate) fn control_went(&self, control: ControlId) {
        self.children().controls.retain(|known| *known != control);
    }

    pub(crate) fn assistant_is(&self, assistant: Option<AssistantShown>) {
        self.children().assistant = assistant;
    }

    /// All signs together, for the call of this line.
    pub(crate) fn shown(&self, call_id: CallId, arbiter: usize, line: &CallLine) -> CallShown {
        let steps = self.steps.load(Ordering::Relaxed);
        let at = UnixMs(self.at.load(Ordering::Relaxed));
        let kind = Fact::KINDS.get(self.kind.load(Ordering::Relaxed)).copied();
        let state = STATES.get(usize::from(self.state.load(Ordering::Relaxed))).copied();
        let children = self.children();
        let leg_shown = |(leg, kind, line): &(LegId, LegKind, LegLine)| LegShown {
            leg: *leg,
            kind: *kind,
            restarts: line.restarts(),
        };
        CallShown {
            call_id,
            arbiter,
            state: state.unwrap_or(CallState::Waiting),
            mailbox: line.waiting(),
            restarts: self.restarts(),
            steps,
            last_step: kind.filter(|_| steps > 0).map(|kind| StepShown { kind, at }),
            legs: children.legs.iter().map(leg_shown).collect(),
            controls: children.controls.clone(),
            assistant: children.assistant.clone(),
        }
    }

    /// A panic under this lock leaves at worst a list with one child too many or too few, and the view shows that.
    fn children(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
