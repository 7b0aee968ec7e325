//! A call with an assistant and a caller, on one thread and in paused time; the call is a stand-in that takes notes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix::{Recipient, System};
use cordboard_actors::assistant::sounds::{CallerLine, Prompt, ShippedSound, SoundSet};
use cordboard_actors::assistant::{Builtin, Ears, Provider, RealtimeAiActor};
use cordboard_actors::call::neighbours::{ChainPlace, NewAssistant};
use cordboard_actors::line::CallMailbox;
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{ItemPlayed, Pace, Port, plug};
use cordboard_actors::messages::{AssistantOrder, CallLine, Entrance, OrderAssistant, ToCall};
use cordboard_actors::meters::AssistantMeter;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId, OrganizationId, ProfileId};
use cordboard_schema::profile::AgentProfile;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

const CALLER: LegId = LegId(1);
const ASSISTANT: LegId = LegId(2);
const CALLER_AGAIN: LegId = LegId(3);

/// Runs a test in paused time: time passes at once whenever everything waits for it.
pub(crate) fn on_paused_time(test: impl Future<Output = ()>) {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(runtime).block_on(test);
}

/// The samples of a shipped sound.
pub(crate) fn sound<S: ShippedSound>(sound: S, rate: SampleRate) -> Vec<i16> {
    SoundSet::embedded().unwrap().get(sound).pcm(rate).to_vec()
}

/// Samples of the simulated caller at 8 kHz.
pub(crate) fn caller_line(line: CallerLine) -> Vec<i16> {
    sound(line, SampleRate::HZ_8000)
}

/// White noise of this peak at 8 kHz, the same each time.
pub(crate) fn noise(peak: f64, ms: u32) -> Vec<i16> {
    let mut seed = 7_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((seed >> 32) as i32) / f64::from(i32::MAX)
    };
    (0..SampleRate::HZ_8000.samples_in_ms(ms)).map(|_| (peak * random()) as i16).collect()
}

fn plug_both(caller: &Port, assistant: &Port) {
    plug(&caller.mouth, &assistant.ear);
    plug(&assistant.mouth, &caller.ear);
}

/// Everything in the call.
pub(crate) struct Stage {
    /// `None` once the call has dropped it.
    pub(crate) assistant: Option<Recipient<OrderAssistant>>,
    pub(crate) live: LiveCount,
    pub(crate) rate: SampleRate,
    caller: Port,
    port: Port,
    /// Items as they left the caller's ear.
    pub(crate) played: Vec<ItemPlayed>,
    reports: CallMailbox,
}

impl Stage {
    /// A call at 8 kHz that the built-in assistant answers.
    pub(crate) fn with_builtin() -> Self {
        Self::builtin_at(SampleRate::HZ_8000)
    }

    /// The same, with these ears to understand words.
    pub(crate) fn with_ears(ears: Ears) -> Self {
        let prompts: SoundSet<Prompt> = SoundSet::embedded().unwrap();
        let builtin = Builtin::new(Arc::new(prompts)).with_ears(Some(ears));
        Self::new(SampleRate::HZ_8000, ItemId(1), Box::new(builtin))
    }

    pub(crate) fn builtin_at(rate: SampleRate) -> Self {
        let prompts: SoundSet<Prompt> = SoundSet::embedded().unwrap();
        Self::new(rate, ItemId(1), Box::new(Builtin::new(Arc::new(prompts))))
    }

    /// A call at 8 kHz with this provider.
    pub(crate) fn with(provider: impl Provider + 'static) -> Self {
        Self::with_numbers_from(ItemId(1), provider)
    }

    /// A call that had assistants before.
    pub(crate) fn with_numbers_from(first_item: ItemId, provider: impl Provider + 'static) -> Self {
        Self::new(SampleRate::HZ_8000, first_item, Box::new(provider))
    }

    fn new(rate: SampleRate, first_item: ItemId, provider: Box<dyn Provider>) -> Self {
        let (call, reports) = CallLine::open();
        let caller = Port::new(CALLER, rate, Pace::Paced);
        let port = Port::new(ASSISTANT, rate, Pace::Flowing);
        plug_both(&caller, &port);
        let live = LiveCount::new();
        let profile = Arc::new(AgentProfile {
            id: ProfileId(Uuid::nil()),
            organization_id: OrganizationId(Uuid::nil()),
            name: "receptionist".to_owned(),
            language: "en".to_owned(),
            instructions: String::new(),
            greeting: None,
            speech: Default::default(),
            tools: Vec::new(),
            dtmf_actions: Vec::new(),
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
        });
        let new = NewAssistant {
            leg: ASSISTANT,
            at: ChainPlace::default(),
            entrance: Entrance::AtOnce,
            waited_ms: 0,
            profile,
            tools: [].into(),
            history: Vec::new(),
            port: port.clone(),
            rate,
            first_item,
            call,
            facts: Default::default(),
            meter: AssistantMeter::default(),
        };
        let assistant = Some(RealtimeAiActor::start(new, provider, &live));
        Self { assistant, live, rate, caller, port, played: Vec::new(), reports }
    }

    pub(crate) fn order(&self, order: AssistantOrder) {
        self.assistant.as_ref().expect("an assistant").do_send(OrderAssistant(order));
    }

    /// The caller speaks (or is silent: zeros) in real time. Returns what the caller heard meanwhile.
    pub(crate) async fn caller_says(&mut self, samples: &[i16]) -> Vec<i16> {
        let mut heard = Vec::new();
        for frame in samples.chunks(self.rate.samples_per_frame()) {
            self.caller.mouth.speak(None, Frame::pcm(self.rate, frame));
            heard.extend(self.tick().await);
        }
        heard
    }

    /// The caller is silent for `ms`. Returns what the caller heard meanwhile.
    pub(crate) async fn caller_listens(&mut self, ms: u32) -> Vec<i16> {
        self.caller_says(&vec![0; self.rate.samples_in_ms(ms)]).await
    }

    /// The caller's line brings nothing for `ms`, not even silence.
    pub(crate) async fn line_is_dead(&mut self, ms: u32) {
        for _ in 0..ms / 20 {
            self.tick().await;
        }
    }

    async fn tick(&mut self) -> Vec<i16> {
        sleep(Duration::from_millis(20)).await;
        let tick = self.caller.ear.tick();
        self.played.extend(tick.played);
        match tick.frame {
            Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
            _ => vec![0; self.rate.samples_per_frame()],
        }
    }

    /// The call interrupts the assistant, as at a barge-in.
    pub(crate) fn clear(&mut self) {
        let cord = CordId { from: ASSISTANT, to: CALLER };
        for ItemPlayed { item, ms, .. } in self.caller.ear.clear(cord) {
            self.order(AssistantOrder::Heard { item, heard_ms: ms, end: PlayedEnd::Cleared });
        }
    }

    /// The caller's leg is gone.
    pub(crate) fn lose_caller(&mut self) {
        self.caller = Port::new(CALLER_AGAIN, self.rate, Pace::Paced);
    }

    /// The caller is back, on a new leg.
    pub(crate) fn caller_returns(&mut self) {
        self.lose_caller();
        plug_both(&self.caller, &self.port);
    }

    /// Reports to the call since the last query, one line for each fact.
    pub(crate) fn reports(&mut self) -> Vec<String> {
        let reports = std::iter::from_fn(|| self.reports.try_recv().ok());
        let fact = |message| match message {
            ToCall::Fact(fact) => Some(short(&fact)),
            _ => None,
        };
        reports.filter_map(fact).collect()
    }

    /// Waits until the call gets a report of this kind, at most `ms`. Returns all reports.
    pub(crate) async fn reports_until(&mut self, kind: &str, ms: u64) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_millis(ms);
        let mut reports = Vec::new();
        while !reports.iter().any(|fact: &String| fact.starts_with(kind)) {
            assert!(Instant::now() < deadline, "no {kind} within {ms} ms, only {reports:?}");
            self.line_is_dead(20).await;
            reports.extend(self.reports());
        }
        reports
    }

    /// Lets everything run that can be done at once.
    pub(crate) async fn settle(&self) {
        sleep(Duration::from_millis(1)).await;
    }
}

/// A fact as a line for a test.
fn short(fact: &Fact) -> String {
    match fact {
        Fact::AssistantReady { provider, .. } => format!("ready: {provider}"),
        Fact::AssistantFailed { reason, .. } => format!("failed: {reason}"),
        Fact::SpeechStarted => "speech started".to_owned(),
        Fact::SpeechStopped { .. } => "speech stopped".to_owned(),
        Fact::Transcript { text } => format!("transcript: {text}"),
        Fact::ItemStarted { item, line, .. } => format!("item {item}: {line:?}"),
        Fact::ItemComplete { item, text, audio_ms } => format!("complete {item}: {audio_ms} ms, {text}"),
        Fact::PlayedUntil { item, heard_ms, end } => format!("played {item}: {heard_ms} ms, {end:?}"),
        other => other.kind().to_owned(),
    }
}
