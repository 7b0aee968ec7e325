//! A registry among stand-ins, all on one thread and in paused time.

#![cfg_attr(
    not(feature = "fault-injection"),
    allow(dead_code, reason = "only the tests of faults use all of it")
)]

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Actor, Arbiter, ArbiterHandle, System};
use chrono::{DateTime, Utc};
use cordboard_actors::call::found::{Finding, FoundCall};
use cordboard_actors::call::neighbours::{Dialler, Neighbours};
use cordboard_actors::clock::Clock;
use cordboard_actors::line::SwitchMailbox;
use cordboard_actors::media::recorder::Recorder;
use cordboard_actors::messages::{
    Admission, Answerer, AskActors, AskNext, AssistantOrder, AudioArrived, CallLine, CallRef, Census,
    CountCalls, Dialling, EndCall, Expect, NextFault, Refused, RegistryLine, RouterLine, RouterNotice, Spent,
    SwitchLine, ToRouter,
};
use cordboard_actors::registry::{DailyCap, RegistryActor, RegistrySettings};
use cordboard_actors::vitals::ActorTree;
use cordboard_actors::world;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{CallPolicy, HangupBy, HangupCause, Unannounced};
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry};
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{CallId, LegId, OrganizationId, OutsideId, ProfileId};
use cordboard_schema::line::Line;
use cordboard_schema::profile::{AgentProfile, default_dtmf_actions};
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::starts::{Leaving, StandInAudio, StandInStarts, Starting};
use crate::store::{Answers, Manners, Note, Notes, StandInStore};

/// The caller's leg of a new call, and its assistant's.
pub(crate) const CALLER: LegId = LegId(1);
pub(crate) const ASSISTANT: LegId = LegId(2);

/// Runs a test in paused time: time passes at once whenever everything waits for it.
pub(crate) fn on_paused_time(test: impl Future<Output = ()>) {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(runtime).block_on(test);
}

/// Waits until `condition` holds, for at most a minute of paused time.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < patience, "{what} did not come in time");
        sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until `condition` holds, for something that another thread does in real time. Paused time stops meanwhile.
pub(crate) async fn until_another_thread(what: &str, condition: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(std::time::Instant::now() < patience, "{what} did not come in time");
        std::thread::sleep(Duration::from_millis(1));
        tokio::task::yield_now().await;
    }
}

/// The set-up of a test server.
pub(crate) struct Plan {
    pub(crate) calls_max: usize,
    pub(crate) leaving: Leaving,
    pub(crate) starting: Starting,
    pub(crate) profiles: Vec<AgentProfile>,
    pub(crate) open_calls: Vec<Vec<JournalEntry>>,
    /// Arbiters on which calls run; none for the test's own thread.
    pub(crate) arbiters: Option<Vec<ArbiterHandle>>,
    /// The cap on the calls' cost in a day, in millionths.
    pub(crate) daily_cap: Option<u64>,
    /// Whether a provider that costs something serves calls, if there is a cap.
    pub(crate) has_provider: bool,
    /// When the registry begins: far from midnight by default.
    pub(crate) begins_at: DateTime<Utc>,
    /// How many the organization had dialled before, and when they were counted.
    pub(crate) dialled: (u64, DateTime<Utc>),
}

impl Default for Plan {
    fn default() -> Self {
        let (leaving, starting) = (Leaving::InOrder, Starting::Well);
        let begins_at = "2027-05-04T09:00:00Z".parse().unwrap();
        Self {
            calls_max: 100,
            leaving,
            starting,
            profiles: vec![profile()],
            open_calls: Vec::new(),
            arbiters: None,
            daily_cap: None,
            has_provider: true,
            begins_at,
            dialled: (0, begins_at),
        }
    }
}

/// A clock that starts at this time.
fn clock_at(now: DateTime<Utc>) -> Clock {
    let _world = world::enter(now, 1);
    Clock::system()
}

/// A call as its journal leaves it.
fn found(entries: &[JournalEntry]) -> FoundCall {
    let mut finding = Finding::begin(&entries[0]).unwrap();
    entries[1..].iter().for_each(|entry| finding.take(entry).unwrap());
    finding.found(None)
}

/// A registry and its neighbours.
pub(crate) struct Setup {
    pub(crate) registry: RegistryLine,
    pub(crate) notes: Notes,
    manners: Arc<Mutex<Manners>>,
    /// The audio of the next caller.
    caller: StandInAudio,
    dismissed: Arc<Notify>,
    switches: Arc<Mutex<Vec<Dialler>>>,
    gone: Arc<Mutex<Vec<CallId>>>,
    pub(crate) recorder: Recorder,
    _recordings: tempfile::TempDir,
}

impl Setup {
    pub(crate) fn build(plan: Plan) -> Self {
        let Plan {
            calls_max,
            leaving,
            starting,
            profiles,
            open_calls,
            arbiters,
            daily_cap,
            has_provider,
            begins_at,
            dialled,
        } = plan;
        let (clock, (dialled_today, counted_at)) = (clock_at(begins_at), dialled);
        let notes = Notes::default();
        let manners = Arc::new(Mutex::new(Manners {
            commit: Answers::AtOnce,
            profiles: profiles.clone(),
            dialling: Dialling::default(),
            of_another: None,
            journal_waiting: 0,
            spent_micros: 0,
        }));
        let store = StandInStore { notes: notes.clone(), manners: manners.clone() }.start();
        let dismissed = Arc::<Notify>::default();
        let switches = Arc::default();
        let starts = Arc::new(StandInStarts {
            switches: Arc::clone(&switches),
            store: store.clone(),
            starting,
            dismissed: Arc::clone(&dismissed),
        });
        let (caller_store, uuid) = (store.clone(), Uuid::nil());
        let caller = StandInAudio {
            uuid,
            store: caller_store,
            leaving,
            newest: Arc::default(),
            hangs_up: Arc::default(),
        };
        let recorder = Recorder::start().unwrap();
        let recordings = tempfile::tempdir().unwrap();
        let (handle, recordings_dir) = (recorder.handle(), recordings.path().to_owned());
        let (registry, mailbox) = RegistryLine::open();
        let (router, gone) = desks_without_agents();
        let settings = RegistrySettings {
            calls_max,
            organization_calls_max: None,
            // A cap stops only calls that cost something.
            policy: Arc::new(CallPolicy {
                standby_assistant: daily_cap.is_some() && has_provider,
                ..policy()
            }),
            home: profile().organization_id,
            default_profile: None,
            profiles: profiles.into_iter().map(Into::into).collect(),
            dialling: [(profile().organization_id, Dialling { dialled_today, ..Dialling::default() })].into(),
            dialled_on: UnixMs::from(counted_at).utc_day(),
            arbiters: arbiters.unwrap_or_else(|| vec![Arbiter::current()]),
            load_profiles: store.clone().recipient(),
            load_dialling: store.clone().recipient(),
            journal_health: store.clone().recipient(),
            daily_cap: daily_cap.map(|cap_micros| DailyCap {
                cap_micros,
                spent: Spent { day: clock.now().utc_day(), ..Spent::default() },
                ask: store.clone().recipient(),
            }),
            neighbours: Neighbours {
                clock,
                journal: store.clone().recipient(),
                commit: store.clone().recipient(),
                custom_tools: store.clone().recipient(),
                profiles: store.clone().recipient(),
                writes: store.recipient(),
                registry: registry.clone(),
                router,
                recorder: handle,
                recordings_dir,
                starts,
                meters: Default::default(),
                ledger: Default::default(),
                shared_tools: Default::default(),
            },
            open_calls: open_calls.iter().map(|entries| found(entries)).collect(),
        };
        RegistryActor::start(settings, mailbox);
        let _recordings = recordings;
        Self { registry, notes, manners, caller, dismissed, switches, gone, recorder, _recordings }
    }

    /// Adds another FreeSWITCH that makes calls. Returns its messages.
    pub(crate) fn switch(&self, name: &str, is_connected: bool, has_trunk: bool) -> SwitchMailbox {
        let (line, mailbox) = SwitchLine::open();
        let missing_trunk_setting = (!has_trunk).then(|| "the trunk of this".to_owned());
        let (name, kind, rate) = (name.to_owned(), SwitchKind::Freeswitch, SampleRate::HZ_8000);
        self.switches.lock().unwrap().push(Dialler {
            name,
            kind,
            line,
            is_connected,
            missing_trunk_setting,
            is_trunk_granted: true,
            rate,
            account: None,
        });
        mailbox
    }

    /// Changes how the store behaves from now on.
    pub(crate) fn bid(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.manners.lock().unwrap());
    }

    pub(crate) async fn expect(&self, outside_id: OutsideId) -> Result<CallId, Refused> {
        self.expect_as(outside_id, None).await
    }

    pub(crate) async fn expect_as(
        &self,
        outside_id: OutsideId,
        call: Option<CallRef>,
    ) -> Result<CallId, Refused> {
        let announcement =
            Announcement { from: Some("+49 30 1234".to_owned()), to: None, ..Announcement::default() };
        self.registry
            .ask(Expect {
                outside_id,
                announcement,
                call,
                profile: Answerer::Named(None),
                admission: Admission::Usual,
                account: None,
                tools: Vec::new(),
            })
            .await
            .unwrap()
    }

    /// As [`Setup::expect`], for a call that names a profile.
    pub(crate) async fn expect_with_profile(&self, outside_id: OutsideId, profile: &str) -> CallId {
        let (announcement, profile) = (Announcement::default(), Answerer::Named(Some(profile.to_owned())));
        let admission = Admission::Usual;
        let (account, tools) = (None, Vec::new());
        let expect = Expect { outside_id, announcement, call: None, profile, admission, account, tools };
        self.registry.ask(expect).await.unwrap().unwrap()
    }

    /// As [`Setup::expect`], for a call to another organization.
    pub(crate) async fn expect_of(
        &self,
        organization_id: OrganizationId,
        outside_id: OutsideId,
    ) -> Result<CallId, Refused> {
        let profile = Answerer::Of { organization_id, profile_id: ProfileId(Uuid::nil()) };
        let (announcement, admission) = (Announcement::default(), Admission::Usual);
        let (account, tools) = (None, Vec::new());
        let expect = Expect { outside_id, announcement, call: None, profile, admission, account, tools };
        self.registry.ask(expect).await.unwrap()
    }

    /// An audio connection with this name comes in.
    pub(crate) fn dial(&self, uuid: Uuid) {
        drop(self.registry.ask(AudioArrived(Box::new(StandInAudio { uuid, ..self.caller.clone() }))));
    }

    /// A call whose caller hears the assistant's greeting. Returns its id and the line to it.
    pub(crate) async fn talk(&self, uuid: Uuid) -> (CallId, CallLine) {
        let call_id = self.expect(OutsideId::audiosocket(uuid)).await.unwrap();
        self.dial(uuid);
        until("the greeting", || self.has(call_id, "item_started")).await;
        // The recorder's thread reports it in real time: a fault that is injected later must not strike there.
        until_another_thread("the recording", || self.has(call_id, "recording_started")).await;
        (call_id, self.newest_line())
    }

    /// Calls that were reported as gone to the desks, in order.
    pub(crate) fn gone_at_desks(&self) -> Vec<CallId> {
        self.gone.lock().unwrap().clone()
    }

    /// The line to the newest call that has a leg.
    pub(crate) fn newest_line(&self) -> CallLine {
        self.caller.newest.lock().unwrap().clone().unwrap()
    }

    /// A program ends a call.
    pub(crate) async fn hang_up(&self, call_id: CallId) {
        let cause = HangupCause::normal_clearing();
        let organization_id = profile().organization_id;
        self.registry
            .ask(EndCall { organization_id, call_id, by: HangupBy::Api, cause })
            .await
            .unwrap()
            .unwrap();
    }

    /// The newest assistant leaves without a report.
    pub(crate) fn dismiss_assistant(&self) {
        self.dismissed.notify_one();
    }

    /// The caller of the only leg hangs up.
    pub(crate) fn caller_hangs_up(&self) {
        self.caller.hangs_up.notify_one();
    }

    pub(crate) async fn actors(&self) -> ActorTree {
        self.registry.ask(AskActors).await.unwrap()
    }

    pub(crate) async fn next(&self, call: CallRef) -> Result<NextStep, NextFault> {
        self.registry.ask(AskNext { call, lacks: false }).await.unwrap()
    }

    pub(crate) async fn census(&self) -> Census {
        self.registry.ask(CountCalls).await.unwrap()
    }

    /// Waits until no call is left. Returns how long that took.
    pub(crate) async fn emptied(&self) -> Duration {
        let since = Instant::now();
        while self.census().await.calls > 0 {
            assert!(since.elapsed() < Duration::from_secs(60), "a call outlives everything");
            sleep(Duration::from_millis(1)).await;
        }
        since.elapsed()
    }

    /// The journal of a call so far.
    pub(crate) fn journal(&self, call_id: CallId) -> Vec<JournalEntry> {
        let journalled = |note| match note {
            Note::Journalled(entries) => entries,
            _ => Vec::new(),
        };
        let entries = self.notes.all().into_iter().flat_map(journalled);
        entries.filter(|entry| entry.call_id == call_id).collect()
    }

    pub(crate) fn kinds(&self, call_id: CallId) -> Vec<&'static str> {
        self.journal(call_id).iter().map(|entry| entry.event.kind()).collect()
    }

    pub(crate) fn has(&self, call_id: CallId, kind: &str) -> bool {
        self.kinds(call_id).contains(&kind)
    }

    /// Number of entries of this kind in a call's journal.
    pub(crate) fn count(&self, call_id: CallId, kind: &str) -> usize {
        self.kinds(call_id).iter().filter(|of_entry| **of_entry == kind).count()
    }

    /// How often an assistant was ordered to say this line.
    pub(crate) fn said(&self, line: Line) -> usize {
        self.notes.count(|note| *note == Note::Ordered(AssistantOrder::Say(line)))
    }

    /// The end of a call, and the dialplan's next step.
    pub(crate) fn ending(&self, call_id: CallId) -> Option<(String, NextStep)> {
        self.journal(call_id).into_iter().find_map(|entry| match entry.event {
            Event::Decision(Decision::Ended { ending, next }) => Some((ending.cause.to_string(), next)),
            _ => None,
        })
    }
}

/// No agent is at a desk here: questions are not answered, and gone calls are noted.
fn desks_without_agents() -> (RouterLine, Arc<Mutex<Vec<CallId>>>) {
    let (router, mut desks) = RouterLine::open();
    let gone = Arc::<Mutex<Vec<CallId>>>::default();
    let noted = Arc::clone(&gone);
    tokio::task::spawn_local(async move {
        while let Some(message) = desks.recv().await {
            if let ToRouter::Unconfirmed(RouterNotice::CallGone { call_id, .. }) = message {
                noted.lock().unwrap().push(call_id);
            }
        }
    });
    (router, gone)
}

/// The caller presses a key.
pub(crate) fn key(digit: char) -> Fact {
    Fact::Dtmf { leg: Some(CALLER), digit: digit.try_into().unwrap(), duration_ms: None }
}

/// The outside id of the call with this number.
pub(crate) fn named(number: u128) -> OutsideId {
    OutsideId::audiosocket(Uuid::from_u128(number))
}

pub(crate) fn profile() -> AgentProfile {
    AgentProfile {
        id: ProfileId(Uuid::from_u128(3)),
        organization_id: OrganizationId(Uuid::from_u128(1)),
        name: "receptionist".to_owned(),
        language: "en".to_owned(),
        instructions: String::new(),
        greeting: None,
        speech: Default::default(),
        tools: ToolName::ALL.into(),
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
    }
}

fn policy() -> CallPolicy {
    CallPolicy {
        meet_timeout_ms: 5_000,
        resume_window_ms: 30_000,
        page_return_ms: 10_000,
        max_duration_ms: 3_600_000,
        silence_prompt_ms: 10_000,
        silence_goodbye_ms: 8_000,
        unannounced: Unannounced::Accept,
        extensions: BTreeMap::from([("operator".to_owned(), "internal,2001,1".parse().unwrap())]),
        desks: Default::default(),
        queues: Default::default(),
        desk_phones: Default::default(),
        rings_for_others: false,
        fallback_extension: Some("operator".to_owned()),
        standby_assistant: false,
        prices: Default::default(),
        asterisk: Default::default(),
        twilio: Default::default(),
        freeswitch: Default::default(),
        dial: DialPolicy { numbers_allowed: vec!["+49*".parse().unwrap()], ..DialPolicy::default() },
        granted: Granted::Everything,
        escalation: None,
    }
}
