//! What an operator reads of a call in the log: its turns, each in one line below the call's span. Never words, keys or
//! numbers; those are in the journal, for whoever may read it.

use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::{Decision, Event, Fact};
use tracing::{debug, error, info, warn};

/// Logs an event as it is journalled.
pub(super) fn log(event: &Event) {
    match event {
        Event::Fact(fact) => log_fact(fact),
        Event::Decision(decision) => log_decision(decision),
    }
}

fn log_fact(fact: &Fact) {
    match fact {
        Fact::CallStarted { profile, outside_ids, .. } => {
            let outside_id = outside_ids.first().map(ToString::to_string);
            info!(outside_id, profile = profile.name, "call started");
        }
        Fact::LegMisconfigured { finding, .. } => error!(finding, "a leg is set up wrongly"),
        Fact::AssistantFailed { failure, reason, .. } => error!(%failure, reason, "the assistant failed"),
        Fact::AssistantInterrupted { failure, reason, .. } => {
            warn!(%failure, reason, "the assistant connects anew");
        }
        Fact::AssistantRestored { attempts, away_ms, .. } => {
            info!(attempts, away_ms, "the assistant is back")
        }
        Fact::StepPanicked { fact, message } => error!(fact, message, "a step panicked and was rolled back"),
        Fact::EffectFailed { effect, reason } => error!(effect, reason, "an effect failed"),
        Fact::DialProgress { progress } => info!(?progress, "who is called has not answered yet"),
        Fact::DialAnswered => info!("who is called has answered"),
        Fact::DialFailed { failure, cause } => {
            info!(%failure, cause = cause.as_ref().map(ToString::to_string), "who is called can't be reached");
        }
        Fact::AnsweredBy { who } => info!(?who, "the switch says what has answered"),
        Fact::ChannelGone => info!("the switch has no such channel any more"),
        Fact::ProfileCached { outcome: ProfileOutcome::Failed { reason }, .. } => {
            warn!(reason, "who is asked to take over can't look up who calls");
        }
        Fact::ProfileCached { outcome: ProfileOutcome::CachedHere { reason }, .. } => {
            warn!(reason, "only who asks this server can look up who calls");
        }
        Fact::Hangup { by, cause } => info!(?by, %cause, "hang-up asked for"),
        _ => debug!(kind = fact.kind(), "fact"),
    }
}

fn log_decision(decision: &Decision) {
    match decision {
        Decision::Answered => info!("answered"),
        Decision::OutboundFailed { failure } => info!(%failure, "the call has reached nobody"),
        Decision::ToolFinished { tool, took_ms, .. } => info!(tool, took_ms, "tool finished"),
        Decision::Interrupted { until } => warn!(?until, "interrupted: waiting for the caller to come back"),
        Decision::Returning { until } => info!(?until, "the caller is on their way back"),
        Decision::Resumed { away_ms } => info!(away_ms, "resumed"),
        Decision::AssistantReplaced { leg, role, failure } => {
            warn!(%leg, ?role, %failure, "another assistant takes its place");
        }
        Decision::AssistantTried { leg, attempt } => {
            info!(%leg, attempt, "the configured assistant is tried again")
        }
        Decision::AssistantReturned { attempts, away_ms, .. } => {
            info!(attempts, away_ms, "the configured assistant is back in its place");
        }
        Decision::AssistantGivenUp { failure } => {
            warn!(%failure, "the configured assistant is not tried again on this call");
        }
        Decision::TransferFailed { failure, .. } => info!(%failure, "the caller was sent to nobody"),
        Decision::ForwardRefused { reason, .. } => {
            warn!(reason, "the caller is not sent where they were to go")
        }
        Decision::NextAnswered { next } => info!(%next, "the dialplan is told what next"),
        Decision::Ended { ending, next } => {
            info!(cause = %ending.cause, by = ?ending.by, %next, "ended");
        }
        _ => debug!(kind = decision.kind(), "decision"),
    }
}
