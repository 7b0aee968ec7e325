//! The voices of a call's chain, as lines of its timeline: how each one connects, fails and is replaced.

use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::provider::{AssistantRole, ProviderFailure};

use super::figures::Money;
use super::row::Voice;
use super::{Ms, UntimedRow, call, fault, row_of};

/// Returns a line, or nothing if the fact is about something else.
pub(super) fn fact(fact: &Fact) -> Option<UntimedRow> {
    Some(match fact {
        Fact::AssistantReady { provider, .. } => row_of(Voice::Assistant, format!("ready ({provider})")),
        Fact::AssistantFailed { reason, .. } => fault(format!("the assistant failed: {reason}")),
        Fact::AssistantInterrupted { failure, reason, .. } => {
            fault(format!("the assistant reconnects ({failure}): {reason}"))
        }
        Fact::AssistantRestored { attempts, away_ms, .. } => {
            row_of(Voice::Assistant, format!("is back, attempt {attempts}"))
                .with(format!("away {}", Ms(*away_ms)))
        }
        _ => return None,
    })
}

/// Does the same for a decision.
pub(super) fn decision(decision: &Decision) -> Option<UntimedRow> {
    Some(match decision {
        Decision::AssistantTried { attempt, .. } => {
            call(format!("the configured assistant is tried again, attempt {attempt}"))
        }
        Decision::AssistantReturned { attempts, away_ms, .. } => {
            row_of(Voice::Assistant, format!("is back in its place, attempt {attempts}"))
                .with(format!("away {}", Ms(*away_ms)))
        }
        Decision::AssistantGivenUp { failure } => {
            fault(format!("the configured assistant is not tried again: {failure}"))
        }
        Decision::CostCapReached { place, cap_micros, spent_micros } => call(format!(
            "the call has cost {}: voice {} of the chain serves up to {}",
            Money(*spent_micros),
            place + 1,
            Money(*cap_micros)
        )),
        _ => return None,
    })
}

/// Describes the replacement of the voice at the first place in the chain by the one at the second.
pub(super) fn replaced(
    role: AssistantRole,
    (before, place): (u8, u8),
    failure: ProviderFailure,
) -> UntimedRow {
    let who = match role {
        AssistantRole::Configured if before == place => "the same assistant is restarted".to_owned(),
        AssistantRole::Configured => format!("voice {} of the chain takes over", place + 1),
        AssistantRole::Standby => "the built-in assistant takes over".to_owned(),
    };
    fault(format!("{who}: {failure}"))
}
