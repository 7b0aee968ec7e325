//! Vital signs: what an administrator sees of the actors.

use cordboard_schema::call::{CallState, LegKind};
use cordboard_schema::ids::{CallId, LegId};
use cordboard_schema::time::UnixMs;

/// The tree of actors: the registry, and below it each call with its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorTree {
    /// The registry itself.
    pub registry: RegistryShown,
    /// Calls whose actor lives, oldest first.
    pub calls: Vec<CallShown>,
}

/// The registry, as an administrator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryShown {
    /// How often it died and lives again.
    pub restarts: u32,
    /// Messages that wait for it.
    pub mailbox: usize,
    /// Since when its present actor lives.
    pub since: UnixMs,
}

/// A call, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallShown {
    /// Its id.
    pub call_id: CallId,
    /// The number of the arbiter that it lives on, from 0.
    pub arbiter: usize,
    /// Where it stands.
    pub state: CallState,
    /// Messages that wait for it.
    pub mailbox: usize,
    /// How often its actor died and lives again.
    pub restarts: u32,
    /// Facts that its machine took in since this process carries it.
    pub steps: u64,
    /// The newest of them.
    pub last_step: Option<StepShown>,
    /// Its parties' connections.
    pub legs: Vec<LegShown>,
    /// Its assistant, where it has one.
    pub assistant: Option<AssistantShown>,
}

/// A step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepShown {
    /// Kind of the fact, as in the journal.
    pub kind: &'static str,
    /// When.
    pub at: UnixMs,
}

/// A leg of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegShown {
    /// Its number.
    pub leg: LegId,
    /// Its kind.
    pub kind: LegKind,
    /// How often its actor died and lives again.
    pub restarts: u32,
}

/// The assistant of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssistantShown {
    /// Its leg.
    pub leg: LegId,
    /// The provider that answers; none before it is connected.
    pub provider: Option<String>,
}
