//! Countable facts of a call's journal that have no column of their own. Updated together with the call's row.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::queue_talks::QueueTalks;
use super::queue_waits::QueueWaits;
use super::{Conversation, Spread};
use crate::event::{Decision, Event, Fact};
use crate::ids::{EffectId, QueueId};
use crate::limits::REPLY_MS_MAX;
use crate::switch::HandoffFailure;
use crate::time::UnixMs;

/// Countable facts of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallTally {
    /// The version of the profile that answered it; 0 for a draft.
    #[serde(skip_serializing_if = "is_zero")]
    pub version: u32,
    /// Hand-offs that were requested.
    #[serde(skip_serializing_if = "is_zero")]
    pub handoffs: u32,
    /// Hand-offs that joined the caller and a person.
    #[serde(skip_serializing_if = "is_zero")]
    pub bridged: u32,
    /// Why the others failed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<HandoffFailure, u32>,
    /// The current hand-off, and since when the caller waits for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waits_since: Option<(EffectId, UnixMs)>,
    /// Waits of the caller for people who then joined them.
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub waits: Spread,
    /// Since when the caller waits for an answer of the assistant, after the end of their speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) silent_since: Option<UnixMs>,
    /// Time from the end of the caller's speech to the beginning of the assistant's answer.
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub replies: Spread,
    /// The queues in which the caller waited, and those that an agent has asked for a colleague.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub queues: BTreeSet<QueueId>,
    /// The waits in queues, and how they ended.
    #[serde(skip_serializing_if = "QueueWaits::is_empty")]
    pub(super) queue_waits: QueueWaits,
    /// The agents' talks, by the queue whose offer they had accepted.
    #[serde(skip_serializing_if = "QueueTalks::is_empty")]
    pub(super) queue_talks: QueueTalks,
    /// Leads that the assistant made.
    #[serde(skip_serializing_if = "is_zero")]
    pub leads: u32,
    /// Appointments that the assistant booked.
    #[serde(skip_serializing_if = "is_zero")]
    pub bookings: u32,
    /// Figures of the conversation between caller and assistant; none for calls that are older than these figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// Since when the caller is on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_since: Option<UnixMs>,
    /// Whether its profile extracts its contents (`extraction.rs`).
    #[serde(skip_serializing_if = "is_false")]
    pub is_extracted: bool,
    /// When the process died that had the call before the present one, until the caller is back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) died_at: Option<UnixMs>,
}

impl CallTally {
    /// The kinds of entries that are counted; all others change nothing.
    pub const KINDS: [&str; 29] = [
        "call_started",
        "answered",
        "speech_started",
        "speech_stopped",
        "item_started",
        "played_until",
        "assistant_said",
        "whispered",
        "hold_began",
        "hold_ended",
        "interrupted",
        "resumed",
        "caller_returned",
        "handed_back",
        "handoff_requested",
        "agent_requested",
        "handoff_bridged",
        "agent_joined",
        "agent_left",
        "outsider_joined",
        "outsider_left",
        "handoff_abandoned",
        "queue_entered",
        "desk_accepted",
        "desk_failed",
        "lead_created",
        "appointment_booked",
        "server_restarted",
        "ended",
    ];

    /// Applies the next entry of the journal.
    pub fn apply(&mut self, event: &Event, at: UnixMs) {
        match event {
            Event::Fact(fact) => self.apply_fact(fact, at),
            Event::Decision(decision) => self.apply_decision(decision, at),
        }
    }

    fn apply_fact(&mut self, fact: &Fact, at: UnixMs) {
        if let Some(conversation) = &mut self.conversation {
            conversation.apply_fact(fact, at);
        }
        if let Fact::DeskAccepted { user_id, queue_id, .. } = fact {
            self.queue_talks.accepted(*user_id, *queue_id);
        }
        match fact {
            Fact::CallStarted { profile, .. } => {
                self.version = profile.version;
                self.is_extracted = !profile.extraction.is_empty() || !profile.topics.is_empty();
                self.conversation = Some(Conversation::default());
            }
            Fact::ServerRestarted { away_ms: Some(away_ms), .. } => self.died_at = Some(at - *away_ms),
            Fact::SpeechStarted => self.silent_since = None,
            // Speech to a person needs no answer of the assistant.
            Fact::SpeechStopped { .. } => self.silent_since = Some(at).filter(|_| !self.is_with_person()),
            Fact::ItemStarted { .. } => {
                let waited = self.silent_since.take().map(|since| at.ms_since(since));
                // After a longer wait the caller has got something other than an answer.
                if let Some(ms) = waited.filter(|ms| *ms <= REPLY_MS_MAX) {
                    self.replies.note(ms);
                }
            }
            Fact::QueueEntered { handoff, queue_id, overflowed } if self.asked_at(*handoff).is_some() => {
                self.queues.insert(*queue_id);
                self.queue_waits.entered(*queue_id, at, *overflowed);
            }
            Fact::DeskAccepted { handoff, queue_id: Some(queue), .. } => self.was_in(*handoff, *queue),
            Fact::DeskFailed { handoff, failure, queue_id: Some(queue), .. } => {
                self.was_in(*handoff, *queue);
                if self.asked_at(*handoff).is_some() {
                    self.queue_waits.given_up(*queue, *failure);
                }
            }
            _ => {}
        }
    }

    /// Whether a person has the caller, including on hold. A call that is older than the figures of conversations has none.
    pub fn is_with_person(&self) -> bool {
        self.conversation.as_ref().is_some_and(Conversation::is_with_person)
    }

    /// Returns when the hand-off with this number was requested, while the caller waits for its person.
    fn asked_at(&self, handoff: EffectId) -> Option<UnixMs> {
        self.waits_since.filter(|(waiting, _)| *waiting == handoff).map(|(_, since)| since)
    }

    fn holds(&mut self, decision: &Decision, at: UnixMs) {
        match decision {
            Decision::HoldBegan => self.held_since = Some(at),
            Decision::HoldEnded { .. } | Decision::Ended { .. } => self.held_since = None,
            _ => {}
        }
    }

    fn talks(&mut self, decision: &Decision) {
        match decision {
            Decision::AgentJoined { user_id, .. } => self.queue_talks.joined(*user_id),
            Decision::AgentLeft { user_id, talked_ms, .. } => {
                self.queue_talks.left(*user_id, talked_ms.unwrap_or(0));
            }
            Decision::Ended { .. } => self.queue_talks.ended(),
            _ => {}
        }
    }

    /// Records that the desks have answered for a queue.
    fn was_in(&mut self, handoff: EffectId, queue: QueueId) {
        self.queues.insert(queue);
        match self.asked_at(handoff) {
            Some(since) => self.queue_waits.was_in(queue, since),
            None => self.queue_waits.note_no_wait_in(queue),
        }
    }

    fn apply_decision(&mut self, decision: &Decision, at: UnixMs) {
        if let Some(conversation) = &mut self.conversation {
            conversation.apply_decision(decision, at);
        }
        self.holds(decision, at);
        self.talks(decision);
        match decision {
            Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. } => {
                self.handoffs = self.handoffs.saturating_add(1);
                self.waits_since = Some((*handoff, at));
                self.queue_waits.begin();
            }
            Decision::HandoffBridged { handoff } | Decision::AgentJoined { handoff, .. } => {
                self.silent_since = None;
                let mine = self.waits_since.take_if(|(waiting, _)| waiting == handoff);
                if let Some((_, since)) = mine {
                    self.bridged = self.bridged.saturating_add(1);
                    self.waits.note(at.ms_since(since));
                    self.queue_waits.joined(at);
                }
            }
            Decision::HandoffAbandoned { handoff, failure } => {
                if self.waits_since.take_if(|(waiting, _)| waiting == handoff).is_some() {
                    self.queue_waits.abandoned(*failure);
                }
                *self.failures.entry(*failure).or_default() += 1;
            }
            // The assistant's words after this do not answer earlier words.
            Decision::HoldBegan | Decision::Interrupted { .. } => self.silent_since = None,
            Decision::Resumed { .. } => self.died_at = None,
            Decision::LeadCreated { .. } => self.leads = self.leads.saturating_add(1),
            Decision::AppointmentBooked { .. } => self.bookings = self.bookings.saturating_add(1),
            _ => {}
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) const fn is_false(truth: &bool) -> bool {
    !*truth
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::{ItemId, LegId, UserId};

    const HANDOFF: EffectId = EffectId(7);

    fn tally_of(events: impl IntoIterator<Item = (i64, Event)>) -> CallTally {
        let mut tally = CallTally::default();
        for (at, event) in events {
            let kind = event.kind();
            let before = tally.clone();
            tally.apply(&event, UnixMs(at));
            assert!(tally == before || CallTally::KINDS.contains(&kind), "{kind} is not among the kinds");
        }
        // As it is stored.
        let text = serde_json::to_string(&tally).unwrap();
        assert_eq!(serde_json::from_str::<CallTally>(&text).unwrap(), tally, "{text}");
        tally
    }

    fn speaks(item: u64) -> Event {
        Fact::ItemStarted { leg: LegId(2), item: ItemId(item), line: None }.into()
    }

    #[test]
    fn the_delay_of_an_answer_is_the_silence_before_it() {
        let stopped = || Fact::SpeechStopped { speech_ms: 900 }.into();
        let tally = tally_of([
            (0, speaks(1)),
            (1_000, Fact::SpeechStarted.into()),
            (2_000, stopped()),
            // Not done yet.
            (2_300, Fact::SpeechStarted.into()),
            (3_000, stopped()),
            (3_640, speaks(2)),
            (9_000, speaks(3)),
            (10_000, stopped()),
            (10_001 + REPLY_MS_MAX as i64, speaks(4)),
        ]);
        assert_eq!(tally.replies.count(), 1);
        assert!(tally.replies.percentile(50).unwrap().abs_diff(640) <= 20, "{tally:?}");
    }

    #[test]
    fn words_before_a_person_or_hold_expect_no_answer() {
        let stopped = || Event::from(Fact::SpeechStopped { speech_ms: 900 });
        let user_id = UserId(Uuid::from_u128(1));
        let tally = tally_of([
            (1_000, stopped()),
            (1_500, speaks(1)),
            // A thank-you, and an agent who hands the caller back soon.
            (3_000, stopped()),
            (4_000, Decision::AgentJoined { handoff: HANDOFF, user_id, leg: LegId(3) }.into()),
            (20_000, speaks(2)),
            (22_000, stopped()),
            (22_300, Decision::HoldBegan.into()),
            (40_000, speaks(3)),
            (42_000, stopped()),
            (42_100, Decision::Interrupted { until: UnixMs(60_000) }.into()),
            (50_000, speaks(4)),
            (52_000, stopped()),
            (52_500, speaks(5)),
        ]);
        assert_eq!(tally.replies.count(), 2, "{tally:?}");
        assert!(tally.replies.percentile(100).unwrap().abs_diff(500) <= 16, "{tally:?}");
    }

    #[test]
    fn a_caller_waits_from_the_request_to_the_person() {
        let asked = |handoff| {
            Event::from(Decision::AgentRequested {
                handoff,
                target: "help".to_owned(),
                reason: String::new(),
            })
        };
        let (queue, ada) = (QueueId(Uuid::from_u128(8)), UserId(Uuid::from_u128(1)));
        let joined = || Decision::AgentJoined { handoff: HANDOFF, user_id: ada, leg: LegId(3) }.into();
        let tally = tally_of([
            (0, asked(EffectId(6))),
            (
                100,
                Decision::HandoffAbandoned { handoff: EffectId(6), failure: HandoffFailure::NoAnswer }.into(),
            ),
            (1_000, asked(HANDOFF)),
            (
                9_000,
                Fact::DeskAccepted { handoff: HANDOFF, user_id: ada, extension: None, queue_id: Some(queue) }
                    .into(),
            ),
            (9_010, joined()),
            // Joined again after a consultation: nobody has waited for that.
            (20_000, joined()),
        ]);
        assert_eq!((tally.handoffs, tally.bridged, tally.waits.count()), (2, 1, 1));
        assert_eq!(tally.failures, [(HandoffFailure::NoAnswer, 1)].into());
        assert!(tally.waits.percentile(95).unwrap().abs_diff(8_010) <= 250, "{tally:?}");
        assert_eq!(tally.queues, [queue].into());
    }

    #[test]
    fn a_hold_is_known_until_it_ends() {
        let held: (i64, Event) = (2_000, Decision::HoldBegan.into());
        assert_eq!(tally_of([held.clone()]).held_since, Some(UnixMs(2_000)));
        let over = (3_000, Decision::HoldEnded { held_ms: 1_000 }.into());
        assert_eq!(tally_of([held, over]).held_since, None);
    }

    #[test]
    fn figures_of_a_newer_version_are_left_out() {
        let text = r#"{"version":3,"moods":{"glad":1}}"#;
        assert_eq!(serde_json::from_str::<CallTally>(text).unwrap().version, 3);
        assert_eq!(serde_json::from_str::<CallTally>("{}").unwrap(), CallTally::default());
    }
}
