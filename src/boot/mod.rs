//! The wiring: what is started, in which order, and how it is stopped. Parts are put together only here.
//!
//! Start: folders and tokens, store, recorder, arbiters, registry (with the calls that a dead process left open), and finally the ports. Stop: the
//! ports for calls, the calls, the journal, the recordings, the HTTP port.

mod cache;
mod calls;
mod database_lock;
mod error;
mod folder;
mod ground;
mod half_in;
mod left_recordings;
mod osdial;
mod outside;
mod ports;
mod prepared;
mod process_limits;
mod prompts;
mod resuming;
mod voices;
mod web_state;
mod work;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::call::found::{Finding, FoundCall};
use cordboard_actors::listening::OpenCallPort;
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::Recorder;
use cordboard_actors::messages::{ClosePorts, CountCalls, Drain, PortLine, RegistryLine, StopNow};
use cordboard_actors::switches::{KnownSwitch, KnownSwitches, SwitchPlace};
use cordboard_actors::threads::Place;
use cordboard_actors::twilio::ConfiguredTwilio;
use cordboard_actors::world;
use serde::Serialize;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use cache::Caching;
use calls::Calls;
pub(crate) use database_lock::{is_database_in_use, lock_database, stands_by};
pub use error::{NotStored, StartError};
pub(crate) use folder::is_in_use;
pub(crate) use folder::{lock_folder, make_folder};
pub(crate) use ground::Ground;
use ground::Locks;
use left_recordings::UnknownRecordings;
use outside::ReachingOut;
use prepared::Prepared;
use resuming::Resuming;
use voices::Voices;

use crate::config::{Config, Loaded, Secret};
use crate::osdial::Dialler;
use crate::priority;
use crate::recordings::RecordingsWork;
use crate::secret_box::SecretBox;
use crate::starts;
use crate::store::{LeftCalls, Store, change};
use crate::tokens::Tokens;
use crate::web::{ServerHandle, Sockets};

/// How long writing the rest of the journal may take when the server ends.
const JOURNAL_CLOSE_WAIT: Duration = Duration::from_secs(10);
/// How long HTTP continues after the last call, so that its dialplan can ask for the next step. Asterisk asks some 10 ms after the end of its leg, a
/// busy one later. Without an answer it assumes that Cordboard is down and leaves the caller ringing.
const NEXT_ASKED_WITHIN: Duration = Duration::from_secs(1);
/// How long closing WebSockets may take.
const SOCKETS_CLOSE_WAIT: Duration = Duration::from_secs(1);
/// How long calls may take to end after the server has told them to stop now.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// Bound addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// The HTTP server.
    pub http: SocketAddr,
    /// The AudioSocket server.
    pub audiosocket: SocketAddr,
    /// The event socket to which FreeSWITCH's dialplan connects.
    pub esl: SocketAddr,
    /// The port to which FreeSWITCH's audio stream connects.
    pub audio_stream: SocketAddr,
}

/// A running server.
pub struct Running {
    /// Bound addresses.
    pub addresses: Addresses,
    /// The tokens in force.
    pub tokens: Tokens,
    /// Registers the first owner, if there is none yet.
    pub setup_token: Option<Secret>,
    /// The store, for commands that show a journal.
    pub store: Store,
    /// Folder of the recordings.
    pub recordings_dir: PathBuf,
    registry: RegistryLine,
    /// Ports for calls.
    ports: Vec<OpenCallPort>,
    leased_ports: Option<PortLine>,
    recorder: Recorder,
    /// Compresses recordings and moves them, if configured.
    recordings_work: Option<RecordingsWork>,
    arbiters: Vec<Place>,
    reaching_out: ReachingOut,
    resuming: Resuming,
    /// Connections to the ports for calls whose handshake is under way.
    half_in: LiveCount,
    /// The lines of a dialler.
    lines: osdial::Lines,
    http: ServerHandle,
    /// Looks for what was reported while no server ran.
    catching_up: JoinHandle<()>,
    sockets: Sockets,
    drain_timeout: Duration,
    /// Held until everything is stopped.
    locks: Locks,
}

/// Folder of the recordings.
pub fn recordings_dir(config: &Config) -> PathBuf {
    config.data_dir.join("recordings")
}

/// Starts everything on the current actix system; all of it on the current thread, if that has its own [`world`](cordboard_actors::world).
///
/// # Errors
/// Fails with the part that could not be started. Nothing is left running.
pub async fn start(loaded: &Loaded) -> Result<Running, StartError> {
    let ground = Ground::open(&loaded.config).await?;
    start_on(ground, loaded).await
}

/// The second part of a start, which begins with the first call that it touches.
///
/// # Errors
/// Fails with the part that could not be started. Nothing is left running.
pub(crate) async fn start_on(ground: Ground, loaded: &Loaded) -> Result<Running, StartError> {
    let config = &loaded.config;
    let (resuming, open_calls, unknown) =
        calls_left_open(config, &ground.store, &ground.recordings_dir).await?;
    release_uncalled_callbacks(&ground.store).await;
    let twilio = config.switches.twilio.start_account(config.http.public_base_url.as_ref());
    let twilio = twilio.map_err(StartError::Tls)?;
    let prompts = blocking(starts::prompts).await??;
    let (secrets, speaking) = (ground.secrets.clone(), (&prompts, &ground.ledger));
    let kept = (&ground.store, ground.locks.database_hold());
    let mut reaching_out =
        ReachingOut::start(config, kept, secrets, &ground.mailer, twilio.as_ref(), speaking).await?;
    reaching_out.delete_recordings(&ground.store, unknown)?;
    let caching = Caching::start(config, &ground.store, &mut reaching_out).await?;
    let dialler = reaching_out.dialler.clone();
    let lines = dialler_lines(config, &ground.store, dialler, reaching_out.arbiter()).await?;
    write_prompts(config, Arc::clone(&prompts)).await?;
    let (registry, mailbox) = RegistryLine::open();
    let place = SwitchPlace {
        registry: &registry,
        ledger: &ground.ledger,
        ports: &ground.call_ports,
        installation: installation(&ground.secrets),
    };
    let switches = start_switches(config, &place, twilio.as_ref())?;
    let voices = Voices::load(config, &ground, &reaching_out, &switches, prompts).await?;
    let asked = (Arc::clone(&voices.starts), caching.profiles);
    let line = (registry.clone(), mailbox);
    let calls = Calls::start(config, &ground, &reaching_out, asked, line, open_calls).await?;
    let cache = caching.cache;
    Prepared { ground, twilio, reaching_out, cache, lines, registry, switches, voices, calls, resuming }
        .open(loaded)
}

/// Notes that this server has a dialler's lines. If the previous server was killed, they are handed back.
async fn dialler_lines(
    config: &Config,
    store: &Store,
    dialler: Option<Dialler>,
    arbiter: ArbiterHandle,
) -> Result<osdial::Lines, StartError> {
    let data_dir = config.data_dir.clone();
    let has_left_calls = match &dialler {
        Some(dialler) => osdial::has_left_calls(store, dialler.organization_id()).await,
        None => false,
    };
    blocking(move || osdial::Lines::begin(&data_dir, dialler.as_ref(), has_left_calls, &arbiter)).await
}

/// Returns the calls that a previous process has left open, with what is left of their recordings, and the recordings of calls that it could not
/// store. The recordings of calls that had just ended are closed.
async fn calls_left_open(
    config: &Config,
    store: &Store,
    recordings_dir: &Path,
) -> Result<(Resuming, Vec<FoundCall>, UnknownRecordings), StartError> {
    let resuming = blocking({
        let data_dir = config.data_dir.clone();
        move || Resuming::begin(&data_dir)
    });
    let resuming = resuming.await?;
    let LeftCalls { open, ended } = store.open_calls::<Finding>(resuming.what()).await?;
    let (folder, now) = (recordings_dir.to_owned(), world::now().into());
    let examine = move || {
        let with_recording = |(call_id, finding)| left_recordings::with_recording(&folder, call_id, finding);
        let found: Vec<FoundCall> = open.into_iter().map(with_recording).collect();
        (found, left_recordings::ends(&folder, &ended, now))
    };
    let (found, ends) = blocking(examine).await?;
    store.journal(ends);
    let (open_calls, over): (Vec<FoundCall>, Vec<FoundCall>) =
        found.into_iter().partition(FoundCall::goes_on);
    store.journal(over.iter().filter_map(|call| call.closing_entry(now)).collect());
    let unknown = UnknownRecordings::find(store, recordings_dir).await.unwrap_or_else(|error| {
        warn!(%error, "recordings of unknown calls can't be looked for");
        UnknownRecordings::default()
    });
    resuming.settle(open_calls.len());
    Ok((resuming, open_calls, unknown))
}

/// Releases callbacks whose calls a process that died did not begin. Without it they stay with their agents, who can release them.
async fn release_uncalled_callbacks(store: &Store) {
    match store.change(change::release_uncalled_callbacks).await {
        Ok(0) => {}
        Ok(released) => info!(released, "callbacks that were claimed, but not called, are open again"),
        Err(error) => warn!(%error, "callbacks that were claimed, but not called, can't be released"),
    }
}

/// Writes the prompts for switches that read them from files.
async fn write_prompts(config: &Config, prompts: Arc<SoundSet<Prompt>>) -> Result<(), StartError> {
    let (prompts_dir, readers) = (config.prompts_dir(), prompts::Readers::of(config));
    blocking(move || prompts::write(&prompts, &prompts_dir, readers)).await
}

impl Running {
    /// Returns a check whether calls are handled, that is, whether the registry answers.
    pub fn pulse(&self) -> impl AsyncFn() -> bool + use<> {
        let registry = self.registry.clone();
        async move || registry.ask(CountCalls).await.is_ok()
    }

    /// Stops the server. New calls are refused at once. Live ones may continue for `calls.drain_timeout_s` and then hear a goodbye; when `now`
    /// resolves they are ended at once. Everything is stored before this returns.
    ///
    /// # Errors
    /// Fails if the database took nothing until the end: rows of the journal are lost.
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
            catching_up,
            sockets,
            store,
            drain_timeout,
            resuming,
            half_in,
            lines,
            locks,
            ..
        } = self;
        for port in ports {
            port.close().await;
        }
        if let Some(ports) = leased_ports {
            // If their actor has died of it, the process ends nevertheless.
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
        catching_up.abort();
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
        drop(locks);
        info!("stopped");
        if health.lost > 0 { Err(NotStored { rows: health.lost }) } else { Ok(()) }
    }
}

/// Returns a number for this installation, by which it knows what is its own on a switch that others use as well. It says nothing about
/// the key that it is derived from.
fn installation(secrets: &SecretBox) -> u64 {
    let key = secrets.key_for("the installation at switches");
    key.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Starts the actors of the switches that are configured by name, on the current arbiter, which carries no media. Twilio's account is one of them.
fn start_switches(
    config: &Config,
    place: &SwitchPlace<'_>,
    twilio: Option<&ConfiguredTwilio>,
) -> Result<KnownSwitches, StartError> {
    let mut started: Vec<KnownSwitch> = Vec::new();
    for section in config.switches.each() {
        started.extend(section.start(place)?);
    }
    started.extend(twilio.map(|twilio| twilio.switch.clone()));
    Ok(started.into_iter().collect())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StartError> {
    priority::blocking(work).await.map_err(|error| StartError::Task(error.to_string()))
}
