//! The promise about the notice: nobody but the assistant is joined with a caller who has not heard it, unless the assistant can't say it,
//! says nothing, or a minute has passed.

use std::collections::BTreeSet;

use cordboard_call::AssistantOrder;
use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::supervision::SupervisorRequest;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;

/// How long an assistant may take to begin the notice while a person waits for it, in ms.
const BEGINS_MS_MAX: u64 = 8_000;
/// How long a person waits for the notice in any case, in ms.
const WAITS_MS_MAX: u64 = 60_000;
/// How often the assistant tries to say it.
const TRIES_MAX: usize = 3;

/// The notice in the call, as seen from outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct NoticePromises {
    /// The call has one, and is answered or made by the assistant. Agents talk with the party of a call that is theirs from the start.
    is_set: bool,
    is_given: bool,
    /// How often the assistant was ordered to say it.
    tries: usize,
    assistant: Option<LegId>,
    /// Assistants that only have recordings.
    without_words: BTreeSet<LegId>,
    /// When the first person or transfer may have begun to wait.
    waits_since: Option<UnixMs>,
    /// The notice is certainly being said: it has begun, and nothing has been reported since that may have ended it.
    is_being_said: bool,
    /// Utterances with a report, which may have come before they began.
    played: BTreeSet<ItemId>,
}

impl NoticePromises {
    pub(crate) fn take_in(&mut self, fact: &Fact, before: &Machine, now: UnixMs) {
        match fact {
            Fact::CallStarted { profile, dialled, begun, .. } => {
                let is_for_agents = dialled.as_ref().is_some_and(|dialled| dialled.on_answer.is_some());
                self.is_set = profile.notice.is_some() && begun.is_none() && !is_for_agents;
            }
            Fact::AssistantReady { leg, speaks_text: false, .. } => {
                self.without_words.insert(*leg);
            }
            Fact::ServerRestarted { .. } => self.assistant = None,
            Fact::PlayedUntil { item, .. } => {
                self.played.insert(*item);
            }
            Fact::DeskAccepted { .. }
            | Fact::HandoffAccepted { .. }
            | Fact::PhoneTold { .. }
            | Fact::PhoneLegArrived { .. }
            | Fact::TransferAsked { .. }
            | Fact::SupervisorAsked { wish: SupervisorRequest::TakeOver, .. } => {
                self.waits_since.get_or_insert(now);
            }
            _ => {}
        }
        self.is_being_said = match fact {
            Fact::ItemStarted { leg, item, line: Some(Line::Notice) } => {
                let is_new = self.assistant == Some(*leg) && *item > before.newest_item();
                is_new && !self.played.contains(item)
            }
            Fact::DeadlinePassed
            | Fact::DeskAccepted { .. }
            | Fact::DeskRinging { .. }
            | Fact::LegArrived { .. }
            | Fact::LegJoined { .. }
            | Fact::HandoffAccepted { .. }
            | Fact::HandoffAsked { .. }
            | Fact::TransferAsked { .. }
            | Fact::HoldAsked
            | Fact::ItemComplete { audio_ms: 1.., .. }
            | Fact::PhoneTold { .. }
            | Fact::PhoneLegArrived { .. }
            | Fact::ProfileCached { .. }
            | Fact::SupervisorAsked { .. }
            | Fact::AgentAsked { .. }
            | Fact::Dtmf { .. }
            | Fact::SpeechStarted
            | Fact::SpeechStopped { .. } => self.is_being_said,
            _ => false,
        };
    }

    /// Checks an effect. `is_alone` tells whether a caller is there, before the step and after it, who had nobody but the assistant.
    pub(crate) fn check(&mut self, effect: &Effect, is_alone: bool, now: UnixMs) {
        match effect {
            Effect::Note(Decision::NoticeGiven { .. }) => self.is_given = true,
            Effect::Note(Decision::ToolStarted { tool: ToolName::TransferCall, .. }) => {
                self.waits_since.get_or_insert(now);
            }
            Effect::StartAssistant { leg, .. } | Effect::TakeOver(leg) => {
                (self.assistant, self.is_being_said) = (Some(*leg), false);
            }
            Effect::Assistant(AssistantOrder::Stop) => (self.assistant, self.is_being_said) = (None, false),
            Effect::Assistant(AssistantOrder::Say(Line::Notice)) => self.tries += 1,
            Effect::Note(Decision::AgentJoined { .. } | Decision::OutsiderJoined { .. })
            | Effect::BridgeCallee { .. }
                if is_alone =>
            {
                assert!(self.admits_people(now), "a person has a caller who has not heard the notice");
            }
            _ => {}
        }
    }

    fn admits_people(&self, now: UnixMs) -> bool {
        let can_say_it = self.assistant.is_some_and(|assistant| !self.without_words.contains(&assistant));
        let least_ms = if self.is_being_said { WAITS_MS_MAX } else { BEGINS_MS_MAX };
        let have_waited = self.waits_since.is_some_and(|since| now.ms_since(since) >= least_ms);
        let is_over = self.is_given || self.tries >= TRIES_MAX;
        !self.is_set || is_over || !can_say_it || have_waited
    }
}
