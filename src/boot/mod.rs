//! The wiring: what is started, in which order, and how it is taken down again. Nowhere else are parts put together.
//!
//! Up: folders and tokens, store, recorder, arbiters, registry (with the calls that a dead process left open), and only
//! then the ports. Down: the ports that calls come to, the calls, the journal, the recordings, the HTTP port.

mod cache;
mod error;
mod folder;
mod half_in;
mod osdial;
mod outside;
mod ports;
mod process_limits;
mod prompts;
mod resuming;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, ArbiterHandle};
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::asterisk::AudioSocketSettings;
use cordboard_actors::call::found::{Finding, FoundCall};
use cordboard_actors::call::neighbours::Neighbours;
use cordboard_actors::circuits::CircuitsActor;
use cordboard_actors::clock::Clock;
use cordboard_actors::desk::{FloorWatch, RouterActor};
use cordboard_actors::freeswitch::{EslSettings, StreamSettings};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::line::RegistryMailbox;
use cordboard_actors::listening::{HandshakeRoom, OpenCallPort, PortSettings as _};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{self, Recorder};
use cordboard_actors::messages::{
    ClosePorts, CountCalls, Drain, PortLine, RegistryLine, RouterLine, Spent, StopNow,
};
use cordboard_actors::meters::Meters;
use cordboard_actors::registry::{DailyCap, RegistryActor, RegistrySettings};
use cordboard_actors::rtc::TakenRtcPorts;
use cordboard_actors::shadow::ShadowKeeper;
use cordboard_actors::switches::{KnownSwitch, KnownSwitches, SwitchPlace, SwitchPortPlace, SwitchPorts};
use cordboard_actors::threads::{Place, Threads};
use cordboard_actors::web::AudioPasses;
use cordboard_actors::world;
use cordboard_schema::call::CallPolicy;
use cordboard_schema::fold::recording_file;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::CallId;
use cordboard_schema::time::UnixMs;
use serde::Serialize;
use tracing::{info, warn};

use cache::Caching;
pub use error::{NotStored, StartError};
pub(crate) use folder::is_in_use;
pub(crate) use folder::{lock_folder, make_folder};
use outside::ReachingOut;
use ports::{
    address_of, bind_http, bound, listen_error, open_http, open_ports, start_leased_ports, take_leg_ports,
    take_switch_ports,
};
use process_limits::{open_as_many_files_as_may_be, outlive_full_files, tell_of};
use resuming::Resuming;
use work::{start_recordings_work, start_work};

use crate::campaigns::{CampaignLine, CampaignRunner, SharedLimits};
use crate::certificate::{Certificate, CertificateFiles};
use crate::config::{Config, Loaded, ProviderName, Registration, Secret};
use crate::mail::Mailer;
use crate::open_files::Shares;
use crate::priority;
use crate::recordings::{RecordingFiles, RecordingsWork, RemoteStore};
use crate::replays::{Judge, Replays, VoiceOf};
use crate::secret_box::SecretBox;
use crate::shadows::StoredShadows;
use crate::starts::{self, ServerStarts};
use crate::store::{Store, StoreActor, StoreSettings, query};
use crate::texts::{CallWrites, TextAccounts};
use crate::tokens::Tokens;
use crate::web::{self, ServerHandle, Sockets, WebSettings, WebState};

/// How long the journal may take to be written when the server ends.
const JOURNAL_CLOSE_WAIT: Duration = Duration::from_secs(10);
/// How long HTTP goes on when the last call is over, so that its dialplan can ask what comes next. Asterisk asks some 10 ms
/// after the end of its leg, a busy one later; without an answer it takes Cordboard for away and leaves the caller ringing.
const NEXT_ASKED_WITHIN: Duration = Duration::from_secs(1);
/// How long WebSockets may take to say goodbye.
const SOCKETS_CLOSE_WAIT: Duration = Duration::from_secs(1);
/// How long calls may take to be over once they were told that the server ends now.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// Bound addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// The HTTP server.
    pub http: SocketAddr,
    /// The AudioSocket server.
    pub audiosocket: SocketAddr,
    /// The event socket that a FreeSWITCH's dialplan connects to.
    pub esl: SocketAddr,
    /// The port that a FreeSWITCH's audio stream connects to.
    pub audio_stream: SocketAddr,
}

/// A running server.
pub struct Running {
    /// Bound addresses.
    pub addresses: Addresses,
    /// The tokens in force.
    pub tokens: Tokens,
    /// Registers the first owner, where there is none yet.
    pub setup_token: Option<Secret>,
    /// The store; for commands that show a journal.
    pub store: Store,
    /// Folder of the recordings.
    pub recordings_dir: PathBuf,
    registry: RegistryLine,
    /// Ports that calls come to.
    ports: Vec<OpenCallPort>,
    leased_ports: Option<PortLine>,
    recorder: Recorder,
    /// Makes recordings small and moves them, where it is to.
    recordings_work: Option<RecordingsWork>,
    arbiters: Vec<Place>,
    reaching_out: ReachingOut,
    resuming: Resuming,
    /// Connections to the ports of calls whose handshake is under way.
    half_in: LiveCount,
    /// Of a dialler.
    lines: osdial::Lines,
    http: ServerHandle,
    sockets: Sockets,
    drain_timeout: Duration,
    /// Held until everything is down.
    lock: File,
}

/// Folder of the recordings.
pub fn recordings_dir(config: &Config) -> PathBuf {
    config.data_dir.join("recordings")
}

/// Starts everything on the current actix system; all of it on the current thread, where that has a
/// [`world`](cordboard_actors::world) of its own.
///
/// # Errors
/// The part that could not be started; nothing is left running.
pub async fn start(loaded: &Loaded) -> Result<Running, StartError> {
    let config = &loaded.config;
    outlive_full_files()?;
    open_as_many_files_as_may_be();
    let shares = Shares::now(config);
    tell_of(&shares, config);
    let recordings_dir = recordings_dir(config);
    let (recordings, lock) = open_folders(config, &recordings_dir).await?;
    let tokens =
        Tokens::load(config).map_err(|cause| StartError::Tokens { path: config.data_dir.clone(), cause })?;
    let secrets = blocking({
        let config = config.clone();
        move || SecretBox::open(&config)
    })
    .await??;
    let mailer = Mailer::of(&config.smtp, secrets.clone())?;
    // The ports are taken first, so that a start that can't succeed ends before it touches a call, and opened last.
    let ledger = Ledger::default();
    let meters = Meters::default();
    let room = HandshakeRoom { live: ledger.handshakes.clone(), max: shares.handshakes };
    let mut taken_ports = take_leg_ports(config, &room)?;
    let place = SwitchPortPlace { room, ledger: ledger.clone(), meters: meters.clone() };
    let SwitchPorts { ports, channel_audio } = take_switch_ports(config, &place).await?;
    taken_ports.extend(ports);
    let http = bind_http(config)?;
    let webrtc = TakenRtcPorts::take(&config.legs.webrtc)?;
    let certificate = CertificateFiles::of(&config.http).map(Certificate::open).transpose()?;
    let (store, setup_token) = open_store(config).await?;
    let (resuming, open_calls) = calls_left_open(config, &store, &recordings_dir).await?;
    let twilio = config.switches.twilio.start_account(config.http.public_base_url.as_ref());
    let twilio = twilio.map_err(StartError::Tls)?;
    let prompts = blocking(starts::prompts).await??;
    let speaking = (&prompts, &ledger);
    let replay_prompts = Arc::clone(&prompts);
    let mut reaching_out =
        ReachingOut::start(config, &store, secrets.clone(), &mailer, twilio.as_ref(), speaking).await?;
    let accounts = reaching_out.accounts.clone();
    let caching = Caching::start(config, &store, &reaching_out.arbiter()).await?;
    let dialler = reaching_out.dialler.clone();
    let lines = blocking({
        let (data_dir, dialler) = (config.data_dir.clone(), dialler.clone());
        let arbiter = reaching_out.arbiter();
        move || osdial::Lines::begin(&data_dir, dialler.as_ref(), &arbiter)
    })
    .await?;
    write_prompts(config, Arc::clone(&prompts)).await?;
    let (registry, mailbox) = RegistryLine::open();
    let (router, router_mailbox) = RouterLine::open();
    let place = SwitchPlace { registry: &registry, ledger: &ledger, ports: &taken_ports };
    let mut switches = start_switches(config, &place)?;
    switches.extend(twilio.iter().map(|twilio| twilio.switch.clone()));
    let switches: KnownSwitches = switches.into_iter().collect();
    let circuits = {
        let meters = meters.clone();
        CircuitsActor::start_in_arbiter(&reaching_out.arbiter(), move |_| CircuitsActor::new(meters))
    };
    let starts = {
        let (config, ledger) = (config.clone(), ledger.clone());
        let shadows = Arc::new(StoredShadows::new(store.clone()));
        let speaking = (prompts, accounts.clone(), shadows as Arc<dyn ShadowKeeper>);
        let switches = (channel_audio, switches.clone());
        let circuits = circuits.clone();
        blocking(move || ServerStarts::load(&config, speaking, switches, ledger, circuits))
    };
    let starts = Arc::new(starts.await??);
    let replays = start_replays(config, &store, (&starts, replay_prompts), reaching_out.arbiter()).await?;
    let recorder = Recorder::start_counting(ledger.recordings.clone())
        .map_err(|error| StartError::Task(error.to_string()))?;
    let mut arbiters = places_of_calls();
    let text_accounts = Arc::clone(&reaching_out.text_accounts);
    let store_actor = start_registry(config, &store, text_accounts, open_calls, &arbiters, mailbox, {
        let (recorder, recordings_dir) = (recorder.handle(), recordings_dir.clone());
        let (meters, registry, ledger) = (meters.clone(), registry.clone(), ledger.clone());
        let router = router.clone();
        let (custom_tools, profiles) = (reaching_out.custom_tools.clone(), caching.profiles);
        let texts = reaching_out.texts.clone();
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
        }
    })
    .await?;
    RouterActor::start(router_mailbox);
    let (floors, owed) = (store_actor.clone().recipient(), store_actor.recipient());
    let floor_watch = FloorWatch::new(floors, owed, router.clone()).start();
    let http = open_http(http).map_err(|cause| listen_error("http.listen", config.http.listen, cause))?;
    let addresses = Addresses {
        http: bound("http.listen", config.http.listen, http.local_addr())?,
        audiosocket: address_of(&taken_ports, AudioSocketSettings::PORT, config.legs.audiosocket.listen),
        esl: address_of(&taken_ports, EslSettings::PORT, config.switches.freeswitch.esl_listen),
        audio_stream: address_of(&taken_ports, StreamSettings::PORT, config.switches.freeswitch.audio_listen),
    };
    let (kept, mails) = ((&store, &recordings), (&mailer, config.base_url(addresses.http)));
    start_work(&mut reaching_out, config, kept, mails, &replays)?;
    let recordings_work = start_recordings_work(config, kept, &recorder)?;
    // The registry has the calls of a dead process by now: what an open attempt's call is, it knows.
    let campaigns = CampaignRunner {
        store: store.clone(),
        registry: registry.clone(),
        router: router.clone(),
        limits: limits_of_campaigns(config, &switches),
    };
    let (campaign_line, asked) = CampaignLine::open();
    reaching_out.run_campaigns(campaigns, asked)?;
    let ports = open_ports(taken_ports, &registry)?;
    let leased_ports = start_leased_ports(config, addresses.audiosocket, &registry, &ledger);
    let half_in = ledger.handshakes.clone();
    let passes = AudioPasses::new(secrets.key_for("web audio"));
    let webrtc = webrtc
        .map(|ports| {
            // Beside those of calls: it encodes and decodes the sound of all its connections.
            let place = Threads::here().place();
            let calls_max = config.calls.max.get() as usize;
            let line = ports.open(calls_max, (passes.clone(), registry.clone()), &place.handle());
            arbiters.push(place);
            line
        })
        .transpose()?;
    let outside = reaching_out.outside.clone();
    let state = WebState::new(registry.clone(), store.clone(), recordings, outside)
        .with_ledger(ledger)
        .with_configuration(loaded.clone())
        .with_listening(addresses.http)
        .with_mailer(mailer)
        .with_cache(caching.cache)
        .with_router(router)
        .with_campaigns(campaign_line)
        .with_floor(floor_watch.recipient())
        .with_audio_passes(passes)
        .with_outside_accounts(accounts)
        .with_circuits(circuits)
        .with_replays(replays)
        .with_figures(meters, recorder.handle())
        .with_switch_figures(
            switches.iter().map(|switch| (switch.name.clone(), switch.meter.clone())).collect(),
        )
        .with_switches(switches.0.into_iter().map(|switch| (switch.name, switch.line)).collect());
    let state = twilio
        .into_iter()
        .fold(state, |state, twilio| state.with_twilio_calls(twilio.line, twilio.switch.meter));
    let state = ports.iter().map(OpenCallPort::view).fold(state, WebState::with_port);
    let state = dialler.into_iter().fold(state, WebState::with_dialler);
    let state = leased_ports.iter().cloned().fold(state, WebState::with_leased_ports);
    let state = webrtc.into_iter().fold(state, WebState::with_webrtc);
    let state = certificate.into_iter().fold(state, WebState::with_certificate);
    let web_settings = WebSettings {
        admin_token: tokens.admin.secret.clone(),
        dialplan_token: tokens.dialplan.secret.clone(),
        secrets,
    };
    let sockets = state.sockets();
    let catching_up = state.clone().catch_up();
    let http = web::server(http, web_settings, state)
        .map_err(|cause| listen_error("http.listen", addresses.http, cause))?;
    actix::spawn(catching_up);
    info!(
        http = %addresses.http, audiosocket = %addresses.audiosocket, esl = %addresses.esl,
        audio_stream = %addresses.audio_stream, "taking calls"
    );
    Ok(Running {
        addresses,
        tokens,
        setup_token,
        store,
        recordings_dir,
        registry,
        ports,
        leased_ports: leased_ports.map(|ports| ports.line),
        recorder,
        recordings_work,
        arbiters,
        reaching_out,
        http,
        sockets,
        drain_timeout: config.calls.drain_timeout_s.duration(),
        resuming,
        half_in,
        lines,
        lock,
    })
}

/// Makes the folder of data and that of recordings where they are missing, and mends them. No other server uses them as long as the file
/// is open.
async fn open_folders(config: &Config, recordings_dir: &Path) -> Result<(RecordingFiles, File), StartError> {
    make_folder(&config.data_dir)?;
    make_folder(recordings_dir)?;
    let recordings = RecordingFiles::new(recordings_dir.to_owned(), RemoteStore::open(&config.recordings)?);
    let lock = lock_folder(&config.data_dir)?;
    blocking({
        let config = config.clone();
        move || folder::mend(&config)
    })
    .await?;
    Ok((recordings, lock))
}

/// Opens the store. The token is that of the first user, where there is none yet and one may register.
async fn open_store(config: &Config) -> Result<(Store, Option<Secret>), StartError> {
    let settings = StoreSettings::of(config.database()).with_numbers(config.switches.twilio.own_numbers());
    let store = blocking(move || Store::open(&settings)).await??;
    let setup_token = match config.registration {
        Registration::Closed => None,
        Registration::Open | Registration::Invite => web::setup_token(&store).await?.map(Secret::new),
    };
    Ok((store, setup_token))
}

/// The calls that a process before has left open, with what is left of their recordings.
async fn calls_left_open(
    config: &Config,
    store: &Store,
    recordings_dir: &Path,
) -> Result<(Resuming, Vec<FoundCall>), StartError> {
    let resuming = blocking({
        let data_dir = config.data_dir.clone();
        move || Resuming::begin(&data_dir)
    });
    let resuming = resuming.await?;
    let open_calls = with_recordings(store.open_calls(resuming.what()).await?, recordings_dir).await?;
    resuming.settle(open_calls.len());
    Ok((resuming, open_calls))
}

/// Writes the prompts for those who read them from files.
async fn write_prompts(config: &Config, prompts: Arc<SoundSet<Prompt>>) -> Result<(), StartError> {
    let (prompts_dir, readers) = (config.prompts_dir(), prompts::Readers::of(config));
    blocking(move || prompts::write(&prompts, &prompts_dir, readers)).await
}

/// Gets replays ready, with the judge model where one is configured.
async fn start_replays(
    config: &Config,
    store: &Store,
    (starts, prompts): (&Arc<ServerStarts>, Arc<SoundSet<Prompt>>),
    arbiter: ArbiterHandle,
) -> Result<Replays, StartError> {
    let starts = Arc::clone(starts);
    let voice: VoiceOf = Arc::new(move |profile| starts.account_for(profile));
    let section = config.judge.clone();
    let judge = blocking(move || Judge::of(&section)).await?;
    let judge = judge.map_err(|error| StartError::Judge(error.to_string()))?;
    let daily_cap = config.costs.daily_cap.map(|cap| cap.micros());
    let prices = config.prices.by_model();
    Ok(Replays::new(arbiter, store.clone(), voice, prompts, prices).judged_by(judge, daily_cap))
}

impl Running {
    /// Tells whether calls are looked after: whether the registry answers.
    pub fn pulse(&self) -> impl AsyncFn() -> bool + use<> {
        let registry = self.registry.clone();
        async move || registry.ask(CountCalls).await.is_ok()
    }

    /// Takes the server down. New calls are refused at once; live ones may finish for `calls.drain_timeout_s` and then
    /// hear a goodbye; when `now` resolves they are ended at once. Everything is stored before this returns.
    ///
    /// # Errors
    /// The database took nothing until the end: rows of the journal are lost.
    pub async fn stop(self, now: impl Future<Output = ()>) -> Result<(), NotStored> {
        let Self {
            registry,
            ports,
            leased_ports,
            recorder,
            recordings_work,
            arbiters,
            reaching_out,
            http,
            sockets,
            store,
            drain_timeout,
            resuming,
            half_in,
            lines,
            lock,
            ..
        } = self;
        for port in ports {
            port.close().await;
        }
        if let Some(ports) = leased_ports {
            // If their actor died of it, the process ends all the same.
            let _ = ports.ask(ClosePorts).await;
        }
        half_in::let_in(&half_in).await;
        let had_calls = registry.ask(CountCalls).await.is_ok_and(|census| census.calls > 0);
        let timeout_ms = u64::try_from(drain_timeout.as_millis()).unwrap_or(u64::MAX);
        let drained = registry.ask(Drain { timeout_ms });
        tokio::select! {
            _ = drained => {}
            () = now => {
                warn!("ending all calls now");
                if tokio::time::timeout(STOP_WAIT, registry.ask(StopNow)).await.is_err() {
                    warn!("not every call was over in time");
                }
            }
        }
        if had_calls {
            tokio::time::sleep(NEXT_ASKED_WITHIN).await;
        }
        reaching_out.stop().await;
        if let Some(work) = recordings_work {
            work.end().await;
        }
        let health = store.close(JOURNAL_CLOSE_WAIT).await;
        recorder.end().await;
        for arbiter in arbiters {
            arbiter.stop();
        }
        sockets.close(SOCKETS_CLOSE_WAIT).await;
        http.stop().await;
        drop(resuming);
        lines.end();
        drop(lock);
        info!("stopped");
        if health.lost > 0 { Err(NotStored { rows: health.lost }) } else { Ok(()) }
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
    let day = UnixMs::from(world::now()).utc_day();
    let dialling = store.reads().run(move |connection| query::dialling_everywhere(connection, day)).await?;
    let spent = Spent { day, micros: store.spent_micros_everywhere(day).await? };
    let store = StoreActor::new(store.clone());
    let store = store.with_texts(move |organization_id| Some(texts(organization_id)?.settings())).start();
    let settings = RegistrySettings {
        calls_max: config.calls.max.get() as usize,
        organization_calls_max: config.calls.organization_max.map(|max| max.get() as usize),
        policy: Arc::new(policy(config)),
        default_profile: config.legs.audiosocket.default_profile.clone(),
        profiles,
        dialling,
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

/// What campaigns may do together. Those that name no switch call over the one that does as a rule, or over the only one.
fn limits_of_campaigns(config: &Config, switches: &KnownSwitches) -> SharedLimits {
    let mut dialling = switches.iter().filter(|switch| switch.makes_calls);
    let only = dialling.next().filter(|_| dialling.next().is_none());
    SharedLimits {
        organization: config.campaigns.of_organization(),
        trunk: config.campaigns.of_trunk(),
        usual_trunk: config.calls.switch.clone().or_else(|| Some(only?.name.clone())),
    }
}

/// Starts the actors of the switches that are configured by name, on the current arbiter, which carries no media.
fn start_switches(config: &Config, place: &SwitchPlace<'_>) -> Result<Vec<KnownSwitch>, StartError> {
    let mut started = Vec::new();
    for section in config.switches.each() {
        started.extend(section.start(place)?);
    }
    Ok(started)
}

/// The settings that calls decide by.
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

/// Remaining recordings of calls that a process left open. A process that was killed leaves recordings that are
/// longer than their headers say; they are repaired first.
async fn with_recordings(calls: Vec<(CallId, Finding)>, folder: &Path) -> Result<Vec<FoundCall>, StartError> {
    let folder = folder.to_owned();
    let look = move |(call_id, finding): (CallId, Finding)| {
        let path = folder.join(recording_file(call_id));
        if path.exists()
            && let Err(error) = media::repair(&path)
        {
            warn!(%call_id, %error, "a recording could not be repaired");
        }
        finding.found(media::recorded_ms(&path))
    };
    blocking(move || calls.into_iter().map(look).collect()).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StartError> {
    priority::blocking(work).await.map_err(|error| StartError::Task(error.to_string()))
}

/// Arbiters for calls: one on each core, before all that carries no sound.
fn places_of_calls() -> Vec<Place> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let places = Threads::here().places(cores);
    for place in &places {
        if let Place::Own(arbiter) = place {
            arbiter.spawn_fn(priority::raise);
        }
    }
    places
}
