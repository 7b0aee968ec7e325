//! The parts that handle calls: the arbiters, the recorder, the registry with the journal, and the agents' desks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Recipient};
use cordboard_actors::call::found::FoundCall;
use cordboard_actors::call::neighbours::Neighbours;
use cordboard_actors::call::shared_tools::SharedTools;
use cordboard_actors::clock::Clock;
use cordboard_actors::desk::{FloorWatch, RouterActor};
use cordboard_actors::line::{RegistryMailbox, RouterMailbox};
use cordboard_actors::media::Recorder;
use cordboard_actors::messages::{CacheProfile, RegistryLine, RouterLine, Spent};
use cordboard_actors::registry::{DailyCap, RegistryActor, RegistrySettings};
use cordboard_actors::threads::{Place, Threads};
use cordboard_actors::world;
use cordboard_schema::call::CallPolicy;
use cordboard_schema::grant::Granted;
use cordboard_schema::time::UnixMs;

use super::StartError;
use super::ground::Ground;
use super::outside::ReachingOut;
use crate::config::{Config, ProviderName};
use crate::priority;
use crate::starts::ServerStarts;
use crate::store::{Job, Store, StoreActor, query};
use crate::texts::{CallWrites, TextAccounts};

/// The parts that others need.
pub(super) struct Calls {
    /// The router of desks.
    pub(super) router: RouterLine,
    /// Keeps the router informed of the agents and queues in the store.
    pub(super) floor_watch: Addr<FloorWatch>,
    pub(super) recorder: Recorder,
    /// The arbiters that carry sound.
    pub(super) arbiters: Vec<Place>,
}

impl Calls {
    /// Starts them, and takes over the calls that a dead process left open.
    pub(super) async fn start(
        config: &Config,
        ground: &Ground,
        reaching_out: &ReachingOut,
        (starts, profiles): (Arc<ServerStarts>, Recipient<CacheProfile>),
        (registry, mailbox): (RegistryLine, RegistryMailbox),
        open_calls: Vec<FoundCall>,
    ) -> Result<Self, StartError> {
        let recorder = Recorder::start_counting(ground.ledger.recordings.clone())
            .map_err(|error| StartError::Task(error.to_string()))?;
        let arbiters = places_of_calls();
        let (router, router_mailbox) = RouterLine::open();
        let text_accounts = Arc::clone(&reaching_out.text_accounts);
        let store_actor =
            start_registry(config, &ground.store, text_accounts, open_calls, &arbiters, mailbox, {
                let (recorder, recordings_dir) = (recorder.handle(), ground.recordings_dir.clone());
                let (meters, ledger) = (ground.meters.clone(), ground.ledger.clone());
                let (custom_tools, texts) = (reaching_out.custom_tools.clone(), reaching_out.texts.clone());
                let router = router.clone();
                move |store: &Addr<StoreActor>| Neighbours {
                    clock: Clock::system(),
                    journal: store.clone().recipient(),
                    commit: store.clone().recipient(),
                    custom_tools,
                    profiles,
                    writes: CallWrites::new(store.clone().recipient(), texts).start().recipient(),
                    registry,
                    router,
                    recorder,
                    recordings_dir,
                    starts,
                    meters,
                    ledger,
                    shared_tools: SharedTools::default(),
                }
            })
            .await?;
        let floor_watch = start_desks(router_mailbox, &router, store_actor);
        Ok(Self { router, floor_watch, recorder, arbiters })
    }
}

/// Arbiters for calls: one on each core, except the core for everything else.
fn places_of_calls() -> Vec<Place> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let places = Threads::here().places(cores);
    places.iter().for_each(raise);
    places
}

/// Lets the thread of a place that carries sound run before all others, unless it also does other work.
pub(super) fn raise(place: &Place) {
    if let Place::Own(arbiter) = place {
        arbiter.spawn_fn(priority::raise);
    }
}

async fn start_registry(
    config: &Config,
    store: &Store,
    texts: TextAccounts,
    open_calls: Vec<FoundCall>,
    arbiters: &[Place],
    mailbox: RegistryMailbox,
    neighbours: impl FnOnce(&Addr<StoreActor>) -> Neighbours,
) -> Result<Addr<StoreActor>, StartError> {
    let profiles = store.reads().run(query::published_profiles_everywhere).await?;
    let profiles = store.job_faults().take(Job::Profiles, profiles);
    let day = UnixMs::from(world::now()).utc_day();
    let dialling = store.reads().run(move |connection| query::dialling_everywhere(connection, day)).await?;
    let dialling = store.job_faults().take(Job::Dialling, dialling);
    let spent = Spent { day, micros: store.spent_micros_everywhere(day).await? };
    let home = store.organization_id();
    let store = StoreActor::new(store.clone());
    let store = store.with_texts(move |organization_id| Some(texts(organization_id)?.settings())).start();
    let settings = RegistrySettings {
        calls_max: config.calls.max.get() as usize,
        organization_calls_max: config.calls.organization_max.map(|max| max.get() as usize),
        policy: Arc::new(policy(config)),
        home,
        default_profile: config.legs.audiosocket.default_profile.clone(),
        profiles,
        dialling,
        dialled_on: day,
        arbiters: arbiters.iter().map(Place::handle).collect(),
        load_profiles: store.clone().recipient(),
        load_dialling: store.clone().recipient(),
        journal_health: store.clone().recipient(),
        daily_cap: config.costs.daily_cap.map(|cap| DailyCap {
            cap_micros: cap.micros(),
            spent,
            ask: store.clone().recipient(),
        }),
        neighbours: neighbours(&store),
        open_calls,
    };
    RegistryActor::start(settings, mailbox);
    Ok(store)
}

/// The settings by which calls decide.
fn policy(config: &Config) -> CallPolicy {
    let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let calls = &config.calls;
    let is_builtin = config.assistant.provider == ProviderName::Builtin;
    CallPolicy {
        meet_timeout_ms: ms(calls.meet_timeout_s.duration()),
        resume_window_ms: ms(calls.resume_window_s.duration()),
        page_return_ms: ms(calls.page_return_s.duration()),
        max_duration_ms: ms(calls.max_duration_s.duration()),
        silence_prompt_ms: ms(calls.silence_prompt_s.duration()),
        silence_goodbye_ms: ms(calls.silence_goodbye_s.duration()),
        unannounced: config.legs.audiosocket.unannounced,
        extensions: config.extensions.targets(),
        desks: BTreeSet::new(),
        desk_phones: BTreeSet::new(),
        rings_for_others: false,
        queues: BTreeSet::new(),
        fallback_extension: calls.fallback_extension.as_ref().map(ToString::to_string),
        standby_assistant: !is_builtin,
        prices: if is_builtin { BTreeMap::new() } else { config.prices.by_model() },
        freeswitch: config.switches.freeswitch.policy(&config.data_dir),
        asterisk: config.switches.asterisk.policy(),
        twilio: config.switches.twilio.policy(),
        dial: config.dial_policy.policy(),
        granted: Granted::Everything,
        escalation: None,
    }
}

/// Starts the router of desks, and the watch that reports the store's agents and queues to it.
fn start_desks(mailbox: RouterMailbox, router: &RouterLine, store: Addr<StoreActor>) -> Addr<FloorWatch> {
    RouterActor::start(mailbox);
    let (floors, pending) = (store.clone().recipient(), store.recipient());
    FloorWatch::new(floors, pending, router.clone()).start()
}
