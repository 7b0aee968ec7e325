//! A call's row and its transcript, built from its journal.

use serde::{Deserialize, Serialize};

use crate::call::{CallState, Direction, HangupBy, HangupCause, LegKind};
use crate::call_agent::{self, CallAgent};
use crate::dialplan::NextStep;
use crate::event::{Announcement, Decision, Event, Fact, JournalEntry, PlayedEnd};
use crate::ids::{CallId, OrganizationId, OutsideId, ProfileId};
use crate::report::CallTally;
use crate::signed_identity::SignedIdentity;
use crate::switch::HandoffFailure;
use crate::time::{UnixMs, rfc3339};

/// Returns the names that an entry gives its call.
pub fn outside_ids_in(entry: &JournalEntry) -> &[OutsideId] {
    match &entry.event {
        Event::Fact(Fact::CallStarted { outside_ids, .. }) => outside_ids,
        Event::Fact(Fact::OutsideIdAdded { outside_id }) => std::slice::from_ref(outside_id),
        _ => &[],
    }
}

/// A call as the API, the pages and the table `calls` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// The organization that owns it.
    #[serde(skip_serializing)]
    pub organization_id: OrganizationId,
    /// State of the call.
    pub state: CallState,
    /// Direction of the call.
    pub direction: Direction,
    /// The caller's number or name, if the dialplan announced it.
    pub from: Option<String>,
    /// The number dialled.
    pub to: Option<String>,
    /// The caller's identity, if a website's server signed it.
    pub identity: Option<Box<SignedIdentity>>,
    /// Kind of the caller's leg.
    pub leg_kind: Option<LegKind>,
    /// Ids that other systems gave the call.
    pub outside_ids: Vec<OutsideId>,
    /// When the server first knew of the call.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub started_at: UnixMs,
    /// When the caller was connected.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub answered_at: Option<UnixMs>,
    /// When it ended.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<UnixMs>,
    /// Why it ended.
    pub hangup_cause: Option<HangupCause>,
    /// The party that ended the call.
    pub hangup_by: Option<HangupBy>,
    /// For a call that we made: why it did not reach its party. For other calls: why the newest transfer reached nobody.
    pub failure: Option<HandoffFailure>,
    /// The profile that answered it.
    pub profile_id: ProfileId,
    /// File name of the recording in the recordings folder.
    #[serde(skip_serializing)]
    pub recording: Option<String>,
    /// Length of the recording, once it is complete, in ms.
    pub recording_ms: Option<u64>,
    /// Time of the call that should have been recorded and is not, in ms so far. It is silence in the recording, or missing at
    /// its end. The disk refused the data, or the server was too busy to write it.
    pub recording_lost_ms: u64,
    /// The answer to the dialplan when it asks for the next step.
    #[serde(skip_serializing)]
    pub next: NextStep,
    /// Position in the journal of the newest event that was applied.
    pub last_seq: u64,
    /// The provider of the assistant that answered first, such as `openai`.
    pub provider: Option<String>,
    /// Cost of its assistants so far, in millionths of the currency (`costs.currency`).
    pub cost_micros: u64,
    /// Agents who were offered the call at their desk, in the order of their answers. The API shows them with their names.
    #[serde(skip_serializing)]
    pub agents: Vec<CallAgent>,
    /// Figures counted from its journal. None for calls that are older than these figures.
    #[serde(skip_serializing)]
    pub tally: Option<CallTally>,
}

impl Call {
    /// Returns the call that this first entry of a journal starts; `None` if it is not a `call_started`.
    pub fn begin(entry: &JournalEntry) -> Option<Self> {
        let Event::Fact(Fact::CallStarted { profile, direction, outside_ids, announced, .. }) = &entry.event
        else {
            return None;
        };
        let state = match direction {
            Direction::Inbound => CallState::Waiting,
            Direction::Outbound | Direction::Internal => CallState::Dialling,
        };
        let mut agents = Vec::new();
        call_agent::fold(&mut agents, &entry.event, entry.at);
        let mut tally = CallTally::default();
        tally.apply(&entry.event, entry.at);
        let Announcement { from, to, identity, .. } = announced.clone().unwrap_or_default();
        Some(Self {
            id: entry.call_id,
            organization_id: entry.organization_id,
            state,
            direction: *direction,
            from,
            to,
            identity,
            leg_kind: None,
            outside_ids: outside_ids.clone(),
            started_at: entry.at,
            answered_at: None,
            ended_at: None,
            hangup_cause: None,
            hangup_by: None,
            failure: None,
            profile_id: profile.id,
            recording: None,
            recording_ms: None,
            recording_lost_ms: 0,
            next: NextStep::Hangup,
            last_seq: entry.seq,
            provider: None,
            cost_micros: 0,
            agents,
            tally: Some(tally),
        })
    }

    /// Applies the next entry of the journal.
    pub fn apply(&mut self, entry: &JournalEntry) {
        self.last_seq = entry.seq;
        call_agent::fold(&mut self.agents, &entry.event, entry.at);
        if let Some(tally) = &mut self.tally {
            tally.apply(&entry.event, entry.at);
        }
        match &entry.event {
            Event::Fact(fact) => self.apply_fact(fact),
            Event::Decision(decision) => self.apply_decision(decision, entry.at),
        }
    }

    /// Time from the answer to the end, in ms, once it is over. If its process died and the caller did not come back, they talked until then: the
    /// next process may have started hours later.
    pub fn talk_ms(&self) -> Option<u64> {
        let (answered_at, ended_at) = (self.answered_at?, self.ended_at?);
        let was_left = self.hangup_cause.as_ref() == Some(&HangupCause::server_restart());
        let died_at = self.tally.as_ref().and_then(|tally| tally.died_at).filter(|_| was_left);
        Some(died_at.unwrap_or(ended_at).ms_since(answered_at))
    }

    /// Whether it counts as handed over: a person has joined, or the caller was transferred to one. For a call without a tally
    /// only the agents decide.
    pub fn is_handed_over(&self) -> bool {
        let is_bridged = self.tally.as_ref().is_some_and(|tally| tally.bridged > 0);
        let is_sent_on = || self.hangup_cause.as_ref() == Some(&HangupCause::transferred());
        is_bridged || self.agents.iter().any(|agent| agent.joined_at.is_some()) || is_sent_on()
    }

    fn apply_fact(&mut self, fact: &Fact) {
        match fact {
            Fact::DialAnswered if self.state == CallState::Dialling => self.state = CallState::Waiting,
            // The party that ordered an outgoing call knows its numbers best.
            Fact::Announced { .. } | Fact::ControlAttached { .. } if self.direction != Direction::Inbound => {
            }
            Fact::Announced { announcement } => {
                self.from = announcement.from.clone().or(self.from.take());
                self.to = announcement.to.clone().or(self.to.take());
                self.identity = announcement.identity.clone().or(self.identity.take());
            }
            // Numbers that the dialplan announced have priority.
            Fact::ControlAttached { channel, .. } => {
                self.from = self.from.take().or(channel.from.clone());
                self.to = self.to.take().or(channel.to.clone());
            }
            Fact::OutsideIdAdded { outside_id } if !self.outside_ids.contains(outside_id) => {
                self.outside_ids.push(outside_id.clone());
            }
            Fact::AssistantReady { provider, .. } => {
                self.provider.get_or_insert_with(|| provider.clone());
            }
            // A caller may come back by another kind of leg: for example a browser whose network blocks UDP.
            Fact::LegArrived { leg_kind, agent: None, .. } => self.leg_kind = Some(*leg_kind),
            // A leg that joins after the caller's is an agent's or a colleague's, and says nothing about the caller's line.
            Fact::LegJoined { leg_kind, .. } => {
                self.leg_kind.get_or_insert(*leg_kind);
            }
            Fact::RecordingStarted { .. } => self.recording = Some(recording_file(self.id)),
            Fact::RecordingLost { lost_ms } => {
                self.recording_lost_ms = self.recording_lost_ms.saturating_add(*lost_ms);
            }
            // A caller's message that can't be fetched from Twilio has no file. If a recorder fails at the end of its call, the end of its file
            // is reported next.
            Fact::RecordingFailed { .. } if self.state == CallState::Ended && self.recording_ms.is_none() => {
                self.recording = None;
            }
            Fact::RecordingFinished { duration_ms } => {
                // The beginning of the recording is lost if the call's actor died because of it.
                if *duration_ms > 0 {
                    self.recording = Some(recording_file(self.id));
                }
                // A part that could not be started says nothing about earlier parts. If there are none, there is no recording.
                if self.recording.is_some() {
                    self.recording_ms = self.recording_ms.max(Some(*duration_ms));
                }
            }
            _ => {}
        }
    }

    fn apply_decision(&mut self, decision: &Decision, at: UnixMs) {
        // Usage is also reported after the answer, and after the end.
        if let Decision::Charged { cost_micros, .. } = decision {
            self.cost_micros = self.cost_micros.saturating_add(*cost_micros);
        }
        if self.state == CallState::Ended {
            return;
        }
        match decision {
            Decision::Answered => {
                self.state = CallState::Live;
                self.answered_at = Some(at);
            }
            Decision::OutboundFailed { failure } | Decision::TransferFailed { failure, .. } => {
                self.failure = Some(*failure);
            }
            Decision::TransferRequested { .. } => self.failure = None,
            Decision::Interrupted { .. } => self.state = CallState::Interrupted,
            Decision::Resumed { .. } => self.state = CallState::Live,
            Decision::Ended { ending, next } => {
                self.state = CallState::Ended;
                self.ended_at = Some(at);
                self.hangup_cause = Some(ending.cause.clone());
                self.hangup_by = Some(ending.by);
                self.next = next.clone();
            }
            _ => {}
        }
    }
}

/// Returns the file name of a call's recording in the recordings folder.
pub fn recording_file(call_id: CallId) -> String {
    format!("{call_id}.wav")
}

/// One line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranscriptItem {
    /// Position in the call's journal.
    pub seq: u64,
    /// When it was said: when the caller's speech ended, or when the assistant's was played to its end or cut.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The speaker.
    pub role: Role,
    /// The words; for the assistant, only those that were heard.
    pub text: String,
    /// Whether it was cut short by a barge-in.
    pub interrupted: bool,
}

/// The speaker of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SpeakerRole))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The caller.
    Caller,
    /// The assistant.
    Assistant,
}

impl TranscriptItem {
    /// Returns the line that this entry adds to the transcript, if it adds one. Words that nobody heard add none.
    pub fn from_entry(entry: &JournalEntry) -> Option<Self> {
        let (role, text, interrupted) = match &entry.event {
            Event::Decision(Decision::CallerSaid { text }) => (Role::Caller, text, false),
            Event::Decision(Decision::AssistantSaid { text, end, .. }) if !text.is_empty() => {
                (Role::Assistant, text, *end == PlayedEnd::Cleared)
            }
            _ => return None,
        };
        Some(Self { seq: entry.seq, at: entry.at, role, text: text.clone(), interrupted })
    }
}

#[cfg(test)]
mod tests;
