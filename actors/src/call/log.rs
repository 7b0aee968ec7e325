//! The log of a call for operators: who called which number, who was asked to take over and with what result, how it
//! ended; and each turn in one line. All within the call's span. Numbers are masked. Words and keys are never logged;
//! the journal has them, for users who may read it.

use std::collections::BTreeMap;

use cordboard_schema::agent::{ConsultEnd, PhoneNow};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, EffectId};
use cordboard_schema::masked::{Masked, MaskedTarget, is_withheld};
use cordboard_schema::time::UnixMs;
use tracing::{debug, error, info, warn};

use super::neighbours::CallFacts;

/// Hand-offs and phones of a call whose names are kept. The oldest are dropped for new ones.
const NAMES_MAX: usize = 32;
/// From this number of digits on, an extension of a dialplan is a telephone number.
const NUMBER_DIGITS: usize = 7;

/// The log of one call: names from its earlier lines, for use in later ones.
#[derive(Debug, Default)]
pub(super) struct CallLog {
    answered_at: Option<UnixMs>,
    /// The caller's number and the dialled number, as the switch reports them.
    from: Option<String>,
    to: Option<String>,
    /// The party that we call: an entry of the list, or a number.
    dialled: Option<String>,
    /// People who are asked to take over, or whose phone is rung, by the request's number.
    names: BTreeMap<EffectId, String>,
}

/// Whether an event adds to what is known about who calls whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parties {
    New,
    Known,
}

impl CallLog {
    /// Takes in an entry that another process has logged.
    pub(super) fn found(&mut self, entry: &JournalEntry) {
        self.note(&entry.event, entry.at);
    }

    /// Facts of the call that an assistant may get.
    pub(super) fn facts(&self, call_id: CallId) -> CallFacts {
        CallFacts { call_id: call_id.to_string(), from: self.from.clone(), to: self.to.clone() }
    }

    /// Whether a dialplan has announced that the caller withholds their number.
    pub(super) fn caller_withholds_number(&self) -> bool {
        self.from.as_deref().is_some_and(is_withheld)
    }

    /// Logs an event as it is journalled.
    pub(super) fn take(&mut self, event: &Event, at: UnixMs) {
        if self.note(event, at) == Parties::New {
            info!(from = %Masked(self.from.as_deref()), to = %self.called(), "the switch reports who calls");
        }
        match event {
            Event::Fact(fact) => self.log_fact(fact),
            Event::Decision(decision) => self.log_decision(decision, at),
        }
    }

    /// Keeps what later lines need.
    fn note(&mut self, event: &Event, at: UnixMs) -> Parties {
        match event {
            Event::Fact(Fact::CallStarted { announced, dialled, .. }) => {
                let Announcement { from, to, .. } = announced.clone().unwrap_or_default();
                (self.from, self.to) = (from, to);
                self.dialled = dialled.as_ref().map(|dialled| dialled.target.to_string());
            }
            Event::Fact(Fact::Announced { announcement }) => {
                let Announcement { from, to, .. } = announcement.clone();
                return self.parties(from.or_else(|| self.from.clone()), to.or_else(|| self.to.clone()));
            }
            // Numbers that the dialplan announced have priority.
            Event::Fact(Fact::ControlAttached { channel, .. }) => {
                let from = self.from.clone().or_else(|| channel.from.clone());
                return self.parties(from, self.to.clone().or_else(|| channel.to.clone()));
            }
            Event::Decision(Decision::Answered) => self.answered_at = Some(at),
            Event::Decision(
                Decision::HandoffRequested { handoff: asked, target, .. }
                | Decision::AgentRequested { handoff: asked, target, .. }
                | Decision::ConsultBegan { consult: asked, target, .. }
                | Decision::PhoneRung { ringing: asked, target, .. },
            ) => {
                self.names.insert(*asked, target.clone());
                if self.names.len() > NAMES_MAX {
                    self.names.pop_first();
                }
            }
            _ => {}
        }
        Parties::Known
    }

    fn parties(&mut self, from: Option<String>, to: Option<String>) -> Parties {
        if (&from, &to) == (&self.from, &self.to) {
            return Parties::Known;
        }
        (self.from, self.to) = (from, to);
        Parties::New
    }

    /// The person to whom a request is addressed.
    fn name(&self, asked: EffectId) -> MaskedTarget<'_> {
        MaskedTarget(self.names.get(&asked).map_or("somebody", String::as_str))
    }

    fn log_fact(&self, fact: &Fact) {
        match fact {
            Fact::CallStarted { profile, outside_ids, direction, .. } => {
                let outside_id = outside_ids.first().map(ToString::to_string);
                let (from, to) = (Masked(self.from.as_deref()), self.called());
                info!(direction = direction.as_str(), %from, %to, profile = profile.name, outside_id, "call started");
            }
            Fact::AssistantReady { provider, .. } => info!(provider, "the assistant is there"),
            Fact::LegMisconfigured { finding, .. } => error!(finding, "a leg is set up wrongly"),
            Fact::AssistantFailed { failure, reason, .. } => error!(%failure, reason, "the assistant failed"),
            Fact::AssistantInterrupted { failure, reason, .. } => {
                warn!(%failure, reason, "the assistant reconnects");
            }
            Fact::AssistantRestored { attempts, away_ms, .. } => {
                info!(attempts, away_ms, "the assistant is back")
            }
            Fact::StepPanicked { fact, message } => {
                error!(fact, message, "a step panicked and was rolled back")
            }
            Fact::FactsMissed { missed, first } => {
                error!(missed, first, "the call got more messages than it could handle: it ends in order")
            }
            Fact::EffectFailed { effect, reason } => error!(effect, reason, "an effect failed"),
            Fact::DialProgress { progress } => info!(?progress, "the callee has not answered yet"),
            Fact::DialAnswered => info!("the callee has answered"),
            Fact::DialFailed { failure, cause } => {
                info!(%failure, cause = cause.as_ref().map(ToString::to_string), "the callee can't be reached");
            }
            Fact::AnsweredBy { who, by } => {
                info!(?who, by = by.as_str(), "it is known who or what has answered")
            }
            Fact::ChannelGone => info!("the switch no longer has the channel"),
            Fact::ProfileCached { outcome: ProfileOutcome::Failed { reason }, .. } => {
                warn!(reason, "the person who is asked to take over can't look up the caller");
            }
            Fact::ProfileCached { outcome: ProfileOutcome::CachedHere { reason }, .. } => {
                warn!(reason, "the caller can be looked up only on this server");
            }
            Fact::Hangup { by, cause } => info!(by = by.as_str(), %cause, "hang-up asked for"),
            _ => self.log_asked(fact),
        }
    }

    /// Logs the result for a person who was asked to take over.
    fn log_asked(&self, fact: &Fact) {
        match fact {
            Fact::HandoffRinging { handoff } => {
                info!(asked = %self.name(*handoff), "hand-off: a phone rings")
            }
            Fact::HandoffAccepted { handoff } => {
                info!(asked = %self.name(*handoff), "hand-off: accepted on the phone")
            }
            Fact::HandoffFailed { handoff, failure } => {
                info!(asked = %self.name(*handoff), %failure, "hand-off: nobody was reached by phone");
            }
            Fact::DeskRinging { handoff } => {
                info!(asked = %self.name(*handoff), "hand-off: offered at a desk")
            }
            Fact::OfferPassed { handoff, user_id, failure } => {
                info!(asked = %self.name(*handoff), agent = %user_id, %failure, "hand-off: an agent has not accepted");
            }
            Fact::DeskAccepted { handoff, user_id, extension, .. } => {
                info!(asked = %self.name(*handoff), agent = %user_id, extension, "hand-off: accepted at a desk");
            }
            Fact::DeskFailed { handoff, failure, .. } => {
                info!(asked = %self.name(*handoff), %failure, "hand-off: no agent accepts");
            }
            Fact::PhoneTold { ringing, now: PhoneNow::Failed { failure, .. } } => {
                info!(asked = %self.name(*ringing), %failure, "a phone is not answered");
            }
            Fact::QueueEntered { queue_id, overflowed, .. } => {
                info!(queue = %queue_id, ?overflowed, "the caller has entered a queue")
            }
            Fact::QueuePlaced { position, wait_s, .. } => {
                info!(position, wait_s, "the caller waits in a queue")
            }
            _ => debug!(kind = fact.kind(), "fact"),
        }
    }

    fn log_decision(&self, decision: &Decision, at: UnixMs) {
        match decision {
            Decision::Answered => info!("answered"),
            Decision::OutboundFailed { failure } => info!(%failure, "the call has reached nobody"),
            Decision::ToolFinished { tool, took_ms, .. } => info!(tool, took_ms, "tool finished"),
            Decision::Interrupted { until } => {
                warn!(?until, "interrupted: waiting for the caller to come back")
            }
            Decision::Returning { until } => info!(?until, "the caller is on their way back to the call"),
            Decision::Resumed { away_ms } => info!(away_ms, "resumed"),
            Decision::AssistantReplaced { leg, role, place, failure } => {
                warn!(%leg, ?role, place, %failure, "another assistant takes over");
            }
            Decision::AssistantTried { leg, attempt, place } => {
                info!(%leg, attempt, place, "the configured assistant is tried again")
            }
            Decision::AssistantReturned { attempts, away_ms, .. } => {
                info!(attempts, away_ms, "the configured assistant has taken over again");
            }
            Decision::AssistantGivenUp { failure } => {
                warn!(%failure, "the configured assistant is not tried again on this call");
            }
            Decision::CostCapReached { place, cap_micros, spent_micros } => {
                info!(place, cap_micros, spent_micros, "the call has reached the cost limit of this voice");
            }
            Decision::TransferRequested { target } => {
                info!(asked = %MaskedTarget(target), "the caller is sent on")
            }
            Decision::TransferFailed { failure, target, .. } => {
                info!(asked = %MaskedTarget(target), %failure, "the caller could not be sent on");
            }
            Decision::ForwardRefused { reason, .. } => {
                warn!(reason, "the caller is not sent to the intended place")
            }
            Decision::NextAnswered { next } => info!(next = shown(next), "the dialplan gets its next step"),
            Decision::Ended { ending, next } => {
                let duration_ms = self.answered_at.map(|answered_at| at.ms_since(answered_at));
                let (cause, by) = (&ending.cause, ending.by.as_str());
                info!(%cause, by, duration_ms, next = shown(next), "ended");
            }
            _ => self.log_people(decision),
        }
    }

    /// Logs which person has the caller.
    fn log_people(&self, decision: &Decision) {
        match decision {
            Decision::HandoffRequested { target, .. } | Decision::AgentRequested { target, .. } => {
                info!(asked = %MaskedTarget(target), "hand-off: asked to take over");
            }
            Decision::HandoffBridged { handoff } => {
                info!(asked = %self.name(*handoff), "hand-off: person and caller talk")
            }
            Decision::AgentJoined { handoff, user_id, .. } => {
                info!(asked = %self.name(*handoff), agent = %user_id, "hand-off: agent and caller talk");
            }
            Decision::HandoffAbandoned { handoff, failure } => {
                info!(asked = %self.name(*handoff), %failure, "hand-off: failed");
            }
            Decision::CallerReturned { handoff } => {
                info!(asked = %self.name(*handoff), "hand-off: the person has left, the caller is with the assistant again");
            }
            Decision::HandedBack { user_id, .. } => {
                info!(agent = %user_id, "hand-off: the agent returns the caller to the assistant");
            }
            Decision::AgentLeft { user_id, talked_ms, how } => {
                info!(agent = %user_id, talked_ms, ?how, "an agent has left");
            }
            Decision::SupervisorJoined { user_id, mode, .. } => {
                info!(supervisor = %user_id, mode = mode.as_str(), "a supervisor hears the call");
            }
            Decision::SupervisionChanged { user_id, mode } => {
                info!(supervisor = %user_id, mode = mode.as_str(), "the supervisor's mode has changed");
            }
            Decision::SupervisorLeft { user_id, heard_ms, how } => {
                info!(supervisor = %user_id, heard_ms, ?how, "a supervisor has left");
            }
            Decision::PassedOn { user_id, target, .. } => {
                info!(agent = %user_id, asked = %MaskedTarget(target), "the agent transfers the caller");
            }
            Decision::PhoneRung { user_id, target, .. } => {
                info!(agent = %user_id, asked = %MaskedTarget(target), "an agent's phone is rung");
            }
            Decision::ConsultBegan { user_id, target, .. } => {
                info!(agent = %user_id, asked = %MaskedTarget(target), "the agent consults a colleague about the caller");
            }
            Decision::ConsultEnded { consult, end } => {
                let failure = match end {
                    ConsultEnd::NotReached { failure } => Some(failure.as_str()),
                    _ => None,
                };
                info!(asked = %self.name(*consult), ?end, failure, "the consultation about the caller has ended");
            }
            Decision::OutsiderJoined { target, .. } => {
                info!(asked = %MaskedTarget(target), "an external party talks with the caller");
            }
            Decision::OutsiderLeft { target, talked_ms, .. } => {
                info!(asked = %MaskedTarget(target), talked_ms, "an external party has left");
            }
            Decision::CallbackNoted { .. } => info!("the caller is to be called back"),
            Decision::HoldBegan => info!("the caller is on hold"),
            Decision::HoldEnded { held_ms } => info!(held_ms, "the caller is off hold"),
            _ => debug!(kind = decision.kind(), "decision"),
        }
    }

    /// The called party.
    fn called(&self) -> String {
        match &self.dialled {
            Some(dialled) => MaskedTarget(dialled).to_string(),
            None => Masked(self.to.as_deref()).to_string(),
        }
    }
}

/// The dialplan's next step, without a telephone number in it.
fn shown(next: &NextStep) -> String {
    match next {
        NextStep::Goto(target) if target.extension().len() >= NUMBER_DIGITS => {
            format!("goto {},{},{}", target.context(), Masked(Some(target.extension())), target.priority())
        }
        next => next.to_string(),
    }
}
