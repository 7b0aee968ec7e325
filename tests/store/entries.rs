//! Journals to write: a caller's conversation, entry by entry.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{
    CallPolicy, Direction, Ending, HangupBy, HangupCause, LegEnd, LegKind, Unannounced,
};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{
    CallId, EffectId, ItemId, LegId, OrganizationId, OutsideId, ProfileId, QueueId, UserId,
};
use cordboard_schema::profile::{AgentProfile, default_dtmf_actions};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;
use uuid::Uuid;

/// A call that is being written.
pub(crate) struct Conversation {
    pub(crate) organization_id: OrganizationId,
    pub(crate) call_id: CallId,
    /// The UUID of its AudioSocket connection.
    pub(crate) uuid: Uuid,
    seq: u64,
}

impl Conversation {
    pub(crate) fn new(organization_id: OrganizationId) -> Self {
        Self { organization_id, call_id: CallId(Uuid::now_v7()), uuid: Uuid::new_v4(), seq: 0 }
    }

    /// Returns the next entry of its journal.
    pub(crate) fn entry(&mut self, event: impl Into<Event>) -> JournalEntry {
        self.seq += 1;
        JournalEntry {
            organization_id: self.organization_id,
            call_id: self.call_id,
            seq: self.seq,
            at: now(),
            event: event.into(),
        }
    }

    pub(crate) fn started(&mut self) -> JournalEntry {
        self.started_by("+49301234", "100")
    }

    /// The call of this caller, who dialled this number, as a switch reports them.
    pub(crate) fn started_by(&mut self, from: &str, to: &str) -> JournalEntry {
        let profile = AgentProfile {
            id: ProfileId(Uuid::now_v7()),
            organization_id: self.organization_id,
            name: "receptionist".to_owned(),
            language: "en".to_owned(),
            instructions: String::new(),
            greeting: None,
            speech: Default::default(),
            tools: ToolName::ALL.to_vec(),
            dtmf_actions: default_dtmf_actions(),
            after_handoff: Default::default(),
            assistant_in_handoff: Default::default(),
            handoff_style: Default::default(),
            handoff_words: Default::default(),
            custom_tools: Vec::new(),
            extraction: Vec::new(),
            topics: Vec::new(),
            style: Default::default(),
            notice: None,
            version: 1,
        };
        let announced =
            Announcement { from: Some(from.to_owned()), to: Some(to.to_owned()), ..Announcement::default() };
        self.entry(Fact::CallStarted {
            profile: profile.into(),
            policy: policy().into(),
            direction: Direction::Inbound,
            outside_ids: vec![OutsideId::audiosocket(self.uuid)],
            announced: Some(announced),
            dialled: None,
            begun: None,
        })
    }

    /// Started, joined, answered, a few words: five entries, and the caller is connected.
    pub(crate) fn live(&mut self) -> Vec<JournalEntry> {
        self.live_by("+49301234")
    }

    /// The same for this caller, as a switch reports them.
    pub(crate) fn live_by(&mut self, from: &str) -> Vec<JournalEntry> {
        vec![
            self.started_by(from, "100"),
            self.entry(Fact::LegJoined {
                leg: LegId(1),
                leg_kind: LegKind::Audiosocket,
                rate: SampleRate::HZ_8000,
            }),
            self.entry(Decision::Answered),
            self.entry(Decision::AssistantSaid {
                item: ItemId(1),
                text: "Hello, this is".to_owned(),
                heard_ms: 900,
                end: PlayedEnd::Cleared,
            }),
            self.said("I would like a table"),
        ]
    }

    pub(crate) fn said(&mut self, text: &str) -> JournalEntry {
        self.entry(Decision::CallerSaid { text: text.to_owned() })
    }

    /// An agent is offered the call and does not accept it.
    pub(crate) fn passed(&mut self, user_id: UserId, failure: HandoffFailure) -> JournalEntry {
        self.entry(Fact::OfferPassed { handoff: EffectId(1), user_id, failure })
    }

    /// An agent accepts the call at their desk; the agent and the caller hear each other.
    pub(crate) fn joined(&mut self, user_id: UserId) -> Vec<JournalEntry> {
        self.joined_by(user_id, None)
    }

    /// The same for a caller who waited in a queue.
    pub(crate) fn joined_by(&mut self, user_id: UserId, queue_id: Option<QueueId>) -> Vec<JournalEntry> {
        let (handoff, leg) = (EffectId(1), LegId(3));
        vec![
            self.entry(Fact::DeskAccepted { handoff, user_id, extension: None, queue_id }),
            self.entry(Decision::AgentJoined { handoff, user_id, leg }),
        ]
    }

    /// They leave the call.
    pub(crate) fn left(&mut self, user_id: UserId, talked_ms: u64) -> JournalEntry {
        self.entry(Decision::AgentLeft { user_id, talked_ms: Some(talked_ms), how: AgentEnd::CallEnded })
    }

    /// The caller hangs up.
    pub(crate) fn ended(&mut self, next: NextStep) -> Vec<JournalEntry> {
        let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller };
        vec![
            self.entry(Fact::LegLeft { leg: LegId(1), how: LegEnd::Closed }),
            self.entry(Decision::Ended { ending, next }),
        ]
    }
}

pub(crate) fn now() -> UnixMs {
    chrono::Utc::now().into()
}

fn policy() -> CallPolicy {
    CallPolicy {
        meet_timeout_ms: 5_000,
        resume_window_ms: 30_000,
        page_return_ms: 10_000,
        max_duration_ms: 3_600_000,
        silence_prompt_ms: 10_000,
        silence_goodbye_ms: 10_000,
        unannounced: Unannounced::Accept,
        extensions: [("operator".to_owned(), "internal,2001,1".parse().unwrap())].into(),
        desks: Default::default(),
        queues: Default::default(),
        desk_phones: Default::default(),
        rings_for_others: false,
        fallback_extension: Some("operator".to_owned()),
        standby_assistant: false,
        prices: Default::default(),
        freeswitch: Default::default(),
        asterisk: Default::default(),
        twilio: Default::default(),
        dial: Default::default(),
        granted: Granted::Everything,
        escalation: None,
    }
}
