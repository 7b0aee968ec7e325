//! Faults that tests inject. Compiled only with the feature `fault-injection`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use cordboard_call::effect::Effect;
use cordboard_schema::event::Fact;

use crate::messages::{RouterNotice, ToCall, ToRouter};

/// A fault that can be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The machine of a call panics while it handles a fact.
    PanicInStep,
    /// The same if the fact is the end of a leg or of an assistant, which is not reported twice.
    PanicInStepOfEnd,
    /// A call panics as it starts a leg.
    PanicInStartOfLeg,
    /// The same as it starts an assistant.
    PanicInStartOfAssistant,
    /// The same as it ends a leg.
    PanicInReleaseOfLeg,
    /// A `CallActor` panics after it has taken the outcome of a tool out of its mailbox.
    PanicAtToolDone,
    /// A `CallActor` panics, outside of every step. This place is passed after it has taken a message out of its
    /// mailbox, and before each effect.
    PanicInCall,
    /// The actor of a leg panics, with its connection open.
    PanicInLeg,
    /// The reader of a leg's connection panics.
    PanicInReading,
    /// The actor of a control connection panics, with its connection open.
    PanicInControl,
    /// The reader of a control connection panics.
    PanicInControlReading,
    /// A `RealtimeAiActor` panics at an order.
    PanicInAssistant,
    /// The registry panics after it has taken a message out of its mailbox.
    PanicInRegistry,
    /// The actor of leased ports panics after it has taken a message out of its mailbox.
    PanicInPorts,
    /// The router panics after it has taken a message out of its mailbox.
    PanicInRouter,
    /// The same if the message says that a caller, an agent or a desk is gone.
    PanicInRouterAtEnd,
    /// The router panics when a deadline of its floors passes.
    PanicInRouterAtDeadline,
    /// The actor of a switch panics after it has taken a message out of its mailbox.
    PanicInSwitch,
    /// The actor of a Twilio account panics after it has taken a message out of one of its mailboxes.
    PanicInTwilio,
    /// The registry panics while it restores a call that a dead process left.
    PanicInResume,
    /// The registry panics while it gives a call another actor.
    PanicInRestart,
    /// The same while it hands the call to that actor.
    PanicInStart,
    /// The actor of circuits panics after it has taken a message out of its mailbox.
    PanicInCircuits,
    /// The registry's watch of the store panics when it begins to read.
    PanicInStoreWatch,
}

/// A fault that waits to strike.
#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// How often its place is passed without harm before.
    passes: u32,
    /// The thread on which it strikes; none for any thread.
    thread: Option<ThreadId>,
}

static ARMED: Mutex<Vec<Armed>> = Mutex::new(Vec::new());

/// Injects the fault once more: it strikes when its place is reached on this thread.
pub fn arm(fault: Fault) {
    arm_after(fault, 0);
}

/// The same, after its place was passed this many times.
pub fn arm_after(fault: Fault, passes: u32) {
    armed().push(Armed { fault, passes, thread: Some(thread::current().id()) });
}

/// As [`arm_after`], on whichever thread reaches the place first.
pub fn arm_anywhere(fault: Fault, passes: u32) {
    armed().push(Armed { fault, passes, thread: None });
}

/// Removes the faults that were injected on this thread and have not struck.
pub fn disarm() {
    armed().retain(|armed| armed.thread != Some(thread::current().id()));
}

/// The place where the fault happens, if it was injected.
#[allow(clippy::panic, reason = "the fault that a test injected")]
pub(crate) fn strike(fault: Fault) {
    if is_due(fault) {
        panic!("a fault that was asked for: {fault:?}");
    }
}

/// The places in a step that handles this fact.
pub(crate) fn strike_step(fact: &Fact) {
    strike(Fault::PanicInStep);
    if matches!(fact, Fact::LegLeft { .. } | Fact::AssistantFailed { .. }) {
        strike(Fault::PanicInStepOfEnd);
    }
}

/// The place of an effect that is carried out.
pub(crate) fn strike_effect(effect: &Effect) {
    match effect {
        Effect::StartLeg(_) => strike(Fault::PanicInStartOfLeg),
        Effect::StartAssistant { .. } => strike(Fault::PanicInStartOfAssistant),
        Effect::ReleaseLeg(_) => strike(Fault::PanicInReleaseOfLeg),
        _ => {}
    }
}

/// The places of a call that has taken this message out of its mailbox.
pub(crate) fn strike_call(message: &ToCall) {
    strike(Fault::PanicInCall);
    if matches!(message, ToCall::Fact(Fact::ToolDone { .. })) {
        strike(Fault::PanicAtToolDone);
    }
}

/// The same for the router.
pub(crate) fn strike_router(message: &ToRouter) {
    // Stored plans count the messages before the one that they strike: the end of each call would shift them.
    if matches!(message, ToRouter::Unconfirmed(RouterNotice::CallGone { .. })) {
        return;
    }
    strike(Fault::PanicInRouter);
    let is_end = |notice: &RouterNotice| {
        matches!(
            notice,
            RouterNotice::Withdrawn { .. } | RouterNotice::AgentLeft { .. } | RouterNotice::DeskClosed { .. }
        )
    };
    if matches!(message, ToRouter::Unconfirmed(notice) if is_end(notice)) {
        strike(Fault::PanicInRouterAtEnd);
    }
}

fn is_due(fault: Fault) -> bool {
    let mut armed = armed();
    let here = thread::current().id();
    let is_meant = |armed: &Armed| armed.fault == fault && armed.thread.is_none_or(|thread| thread == here);
    let Some(at) = armed.iter().position(is_meant) else { return false };
    if armed[at].passes == 0 {
        armed.remove(at);
        return true;
    }
    armed[at].passes -= 1;
    false
}

fn armed() -> MutexGuard<'static, Vec<Armed>> {
    ARMED.lock().unwrap_or_else(PoisonError::into_inner)
}
