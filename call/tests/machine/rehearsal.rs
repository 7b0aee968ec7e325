//! A call without actors: its machine, its time and its journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_schema::agent::BegunAtDesk;
use cordboard_schema::call::{CallPolicy, Direction, LegKind, Unannounced};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::event::{Announcement, Event, Fact, JournalEntry};
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{CallId, LegId, OrganizationId, OutsideId, ProfileId};
use cordboard_schema::outbound::{Dialled, MailboxDetection, OnVoicemail, ToQueue};
use cordboard_schema::profile::{AgentProfile, DtmfAction, KeyAction, default_dtmf_actions};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::switch::{FreeswitchAudio, FreeswitchMode, SwitchKind};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;
use cordboard_schema::usage::ModelPrice;
use cordboard_schema::voice_chain::{VoiceLink, VoiceName};
use uuid::Uuid;

use crate::promises::Promises;

/// When every rehearsal begins: 2026-01-01T00:00:00Z.
pub(crate) const START: UnixMs = UnixMs(1_767_225_600_000);
/// The most deadlines that the machine handles between two facts from outside. In an hour's call an assistant that is away is tried about
/// 150 times, and each attempt times out.
pub(crate) const DEADLINES_MAX: usize = 512;

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
const CALL: CallId = CallId(Uuid::from_u128(2));

/// The settings of a call at its beginning.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) profile: AgentProfile,
    pub(crate) policy: CallPolicy,
    pub(crate) announced: bool,
    /// Whether its outside id is a channel's.
    pub(crate) channel: bool,
    /// Whether the caller is on Asterisk, under our control.
    pub(crate) asterisk: bool,
    /// Whether the caller is on Twilio.
    pub(crate) twilio: bool,
    /// The action for a mailbox that answers, if we make the call.
    pub(crate) outbound: Option<OnVoicemail>,
    /// The detector that tells mailboxes from people.
    pub(crate) mailbox_detection: MailboxDetection,
    /// Whether the callee's words are searched for a request not to be called again.
    pub(crate) heeds_opt_out: bool,
    /// The queue for people who answer, if the call is made for agents.
    pub(crate) on_answer: Option<ToQueue>,
    /// The agent who begins the call, and the colleague whom they call, if they call one.
    pub(crate) begun: Option<BegunAtDesk>,
}

/// The tools that concern the call itself. The others write records, and each test of them offers its own.
const CALL_TOOLS: &[ToolName] = ToolName::ALL.split_at(8).0;

impl Default for Setting {
    /// A receptionist with every tool that concerns the call itself, the usual keys, and an operator as fallback. The call was not
    /// announced.
    fn default() -> Self {
        let operator = "internal,2001,1".parse().unwrap();
        Self {
            profile: AgentProfile {
                id: ProfileId(Uuid::from_u128(3)),
                organization_id: ORGANIZATION,
                name: "receptionist".to_owned(),
                language: "en".to_owned(),
                instructions: String::new(),
                greeting: None,
                speech: Default::default(),
                tools: CALL_TOOLS.into(),
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
            },
            policy: CallPolicy {
                meet_timeout_ms: 5_000,
                resume_window_ms: 30_000,
                page_return_ms: 10_000,
                max_duration_ms: 3_600_000,
                silence_prompt_ms: 10_000,
                silence_goodbye_ms: 8_000,
                unannounced: Unannounced::Accept,
                extensions: BTreeMap::from([("operator".to_owned(), operator)]),
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
            },
            announced: false,
            channel: false,
            asterisk: false,
            twilio: false,
            outbound: None,
            mailbox_detection: Default::default(),
            heeds_opt_out: false,
            on_answer: None,
            begun: None,
        }
    }
}

impl Setting {
    /// The kind of the caller's leg.
    pub(crate) fn leg_kind(&self) -> LegKind {
        match self {
            Self { channel: true, .. } => LegKind::Freeswitch,
            Self { twilio: true, .. } => LegKind::Twilio,
            _ => LegKind::Audiosocket,
        }
    }

    /// Sets that the caller is on FreeSWITCH.
    pub(crate) fn freeswitch(&mut self, mode: FreeswitchMode, audio: FreeswitchAudio) {
        (self.policy.freeswitch.mode, self.policy.freeswitch.audio) = (mode, audio);
        self.channel = true;
    }

    /// Returns the party that the call is made to, if we make it: the operator, over the switch that also has the others.
    fn dialled(&self) -> Option<Dialled> {
        let operator = ("operator".to_owned(), "internal,2001,1".parse().unwrap());
        let policy = CallPolicy { extensions: BTreeMap::from([operator]), ..self.policy.clone() };
        Some(Dialled {
            target: DialTarget::find("operator", &policy).unwrap(),
            from: None,
            answer_timeout_ms: 30_000,
            voicemail: self.outbound.clone()?,
            mailbox_detection: self.mailbox_detection,
            heeds_opt_out: self.heeds_opt_out,
            on_answer: self.on_answer.clone(),
            kind: match self {
                Self { channel: true, .. } => SwitchKind::Freeswitch,
                Self { twilio: true, .. } => SwitchKind::Twilio,
                _ => SwitchKind::Asterisk,
            },
            switch: "pbx1".to_owned(),
            channel: Uuid::from_u128(4),
            variables: BTreeMap::new(),
        })
    }

    /// Adds a key action: `12 repeat`.
    pub(crate) fn map(&mut self, action: &str) {
        let (digits, action) = action.split_once(' ').unwrap();
        let action = match action.split_once(' ') {
            Some(("say", text)) => KeyAction::Say { text: text.to_owned() },
            Some((_, target)) => KeyAction::RequestHandoff { target: target.to_owned() },
            None if action == "repeat" => KeyAction::Repeat,
            None if action == "do_not_call" => KeyAction::DoNotCall,
            None => KeyAction::EndCall,
        };
        let digits = digits.parse().unwrap();
        self.profile.dtmf_actions.retain(|on| on.digits != digits);
        self.profile.dtmf_actions.push(DtmfAction { digits, action });
    }

    /// Gives the profile this many voices.
    pub(crate) fn chain(&mut self, voices: usize) {
        self.profile.speech.voices = ["openai", "openai-live", "deepgram", "gemini"]
            .into_iter()
            .take(voices)
            .map(|name| VoiceLink::of(VoiceName::known(name)))
            .collect();
    }

    /// Sets the call's cost, in millionths, up to which the voice at a place serves.
    pub(crate) fn cap(&mut self, place: usize, cap_micros: u64) {
        self.profile.speech.voices[place].call_cost_max_micros = Some(cap_micros);
    }

    /// Sets a price: the model `voice` costs 64,000 millionths for 1,000 tokens that it speaks.
    pub(crate) fn price(&mut self) {
        let price = ModelPrice { audio_output: 64_000_000, ..ModelPrice::default() };
        self.policy.prices = BTreeMap::from([("voice".to_owned(), price)]);
    }
}

/// Whether each step is compared with the call as rebuilt from its journal so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folding {
    EachStep,
    Never,
}

/// A call under test.
#[derive(Clone, Debug)]
pub(crate) struct Rehearsal {
    pub(crate) machine: Machine,
    pub(crate) now: UnixMs,
    pub(crate) entries: Vec<JournalEntry>,
    pub(crate) promises: Promises,
    setting: Setting,
    folding: Folding,
}

impl Rehearsal {
    pub(crate) fn begin(setting: Setting, folding: Folding) -> Self {
        let dialled = setting.dialled().map(Arc::new);
        let Setting { profile, policy, announced, channel, begun, .. } = setting.clone();
        let is_internal = begun.as_ref().is_some_and(|begun| begun.colleague.is_some());
        let announced = announced || dialled.is_some() || is_internal;
        let (profile, policy) = (Arc::new(profile), Arc::new(policy));
        let mut rehearsal = Self {
            machine: Machine::new(profile.clone(), policy.clone(), announced, START),
            now: START,
            entries: Vec::new(),
            promises: Promises::default(),
            setting,
            folding,
        };
        let announcement =
            Announcement { from: Some("+49 30 1234".to_owned()), to: None, ..Announcement::default() };
        rehearsal.tell(Fact::CallStarted {
            profile,
            policy,
            direction: match &dialled {
                _ if is_internal => Direction::Internal,
                Some(_) => Direction::Outbound,
                None => Direction::Inbound,
            },
            outside_ids: match channel {
                _ if is_internal => Vec::new(),
                true => vec![OutsideId::freeswitch(Uuid::from_u128(4))],
                false => vec![outside_id()],
            },
            announced: announced.then_some(announcement),
            dialled,
            begun,
        });
        rehearsal
    }

    /// Tells the machine a fact, journals it with the decisions, and checks the promises.
    pub(crate) fn tell(&mut self, fact: Fact) -> Vec<Effect> {
        let before = self.machine.clone();
        let effects = self.machine.apply(&fact, self.now);
        self.journal(fact.clone().into());
        for effect in &effects {
            if let Effect::Note(decision) = effect {
                self.journal(decision.clone().into());
            }
        }
        self.promises.keep(&fact, &effects, &before, &self.machine, self.now);
        if self.folding == Folding::EachStep {
            self.compare_with_fold();
        }
        effects
    }

    fn journal(&mut self, event: Event) {
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(JournalEntry {
            organization_id: ORGANIZATION,
            call_id: CALL,
            seq,
            at: self.now,
            event,
        });
    }

    /// Checks that the journal alone gives the same machine, and that the newest entry survives being written as JSON.
    pub(crate) fn compare_with_fold(&self) {
        assert_eq!(Machine::fold(&self.entries).as_ref(), Ok(&self.machine));
        if let Some(newest) = self.entries.last() {
            let json = serde_json::to_string(newest).unwrap();
            assert_eq!(&serde_json::from_str::<JournalEntry>(&json).unwrap(), newest, "{json}");
        }
    }

    /// Tells the machine that its next deadline has passed, if that is no later than `limit`. A deadline that passed during a jump in time
    /// is reported late, as by a busy thread.
    pub(crate) fn pass_deadline(&mut self, limit: UnixMs) -> Option<Vec<Effect>> {
        let due = self.machine.next_deadline().filter(|due| *due <= limit)?;
        self.now = self.now.max(due);
        Some(self.tell(Fact::DeadlinePassed))
    }

    /// Lets time pass until then, including every deadline in between.
    pub(crate) fn pass_until(&mut self, until: UnixMs) {
        for _ in 0..DEADLINES_MAX {
            if self.pass_deadline(until).is_none() {
                self.now = until;
                return;
            }
        }
        panic!("its deadlines go on for ever: {:#?}", self.machine);
    }

    /// Lets only time pass until the call is over. Returns how long that took, in ms.
    pub(crate) fn let_time_end_it(&mut self) -> u64 {
        let since = self.now;
        for _ in 0..DEADLINES_MAX {
            if self.pass_deadline(UnixMs(i64::MAX)).is_none() {
                break;
            }
        }
        assert!(self.machine.is_over(), "no deadline leads to the end: {:#?}", self.machine);
        self.promises.keep_at_the_end();
        self.now.ms_since(since)
    }

    /// Forgets the journal from this entry on, like a process that dies before it is written. The call becomes what the rest of the journal
    /// says.
    pub(crate) fn forget_from(&mut self, kept: usize) {
        let now = self.now;
        let kept: Vec<JournalEntry> = self.entries.drain(..kept).collect();
        *self = Self::begin(self.setting.clone(), self.folding);
        for entry in &kept[1..] {
            if let Event::Fact(fact) = &entry.event {
                self.now = entry.at;
                self.tell(fact.clone());
            }
        }
        assert_eq!(self.entries, kept, "the same facts led to other decisions");
        self.now = now;
    }

    /// Returns the switch that has the caller, if a link to it reports on them.
    pub(crate) fn switch(&self) -> SwitchKind {
        match self.setting {
            Setting { asterisk: true, .. } => SwitchKind::Asterisk,
            Setting { twilio: true, .. } => SwitchKind::Twilio,
            _ => SwitchKind::Freeswitch,
        }
    }

    /// The kind of the caller's leg.
    pub(crate) fn leg_kind(&self) -> LegKind {
        self.setting.leg_kind()
    }

    pub(crate) fn arrive(&mut self) -> Vec<Effect> {
        let leg = self.machine.next_leg();
        let leg_kind = self.leg_kind();
        self.tell(Fact::LegArrived { leg, leg_kind, outside_id: outside_id(), confirmed: true, agent: None })
    }

    /// The assistant that was started last.
    pub(crate) fn assistant(&self) -> LegId {
        self.promises.assistant.unwrap_or(LegId(99))
    }

    /// The assistant that is tried alongside it.
    fn candidate(&self) -> LegId {
        self.promises.candidate.map_or(LegId(99), |(leg, _)| leg)
    }

    /// A fact about the candidate: it is connected, or it fails.
    pub(crate) fn of_candidate(&self, word: &str, failure: Option<ProviderFailure>) -> Fact {
        let leg = self.candidate();
        match (word, failure) {
            ("ready", None) => Fact::AssistantReady { leg, provider: "openai".to_owned(), speaks_text: true },
            ("failed", Some(failure)) => Fact::AssistantFailed { leg, failure, reason: "gone".to_owned() },
            other => panic!("no such step of a candidate: {other:?}"),
        }
    }

    /// Returns the call's row, folded from its journal.
    pub(crate) fn row(&self) -> Call {
        let mut call = Call::begin(&self.entries[0]).unwrap();
        self.entries[1..].iter().for_each(|entry| call.apply(entry));
        call
    }

    pub(crate) fn transcript(&self) -> Vec<TranscriptItem> {
        self.entries.iter().filter_map(TranscriptItem::from_entry).collect()
    }
}

pub(crate) fn outside_id() -> OutsideId {
    OutsideId::audiosocket(Uuid::from_u128(4))
}
