//! The last part of a start: a server that has taken over its calls starts the background work and opens the ports.

use std::net::{SocketAddr, TcpListener};

use cordboard_actors::asterisk::AudioSocketSettings;
use cordboard_actors::clock::Clock;
use cordboard_actors::freeswitch::{EslSettings, StreamSettings};
use cordboard_actors::listening::{OpenCallPort, PortSettings as _, TakenCallPort};
use cordboard_actors::messages::RegistryLine;
use cordboard_actors::rtc::{RtcLine, TakenRtcPorts};
use cordboard_actors::switches::KnownSwitches;
use cordboard_actors::threads::{Place, Threads};
use cordboard_actors::twilio::ConfiguredTwilio;
use cordboard_actors::web::AudioPasses;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::info;

use super::calls::{self, Calls};
use super::ground::Ground;
use super::outside::ReachingOut;
use super::ports::{address_of, bound, listen_error, open_http, open_ports, start_leased_ports};
use super::resuming::Resuming;
use super::voices::Voices;
use super::web_state::WebParts;
use super::work::{start_recordings_work, start_work};
use super::{Addresses, Running, StartError, osdial};
use crate::cache::SharedCache;
use crate::campaigns::{CampaignLine, CampaignRunner, HourFiller, ListFilterer, SharedLimits};
use crate::config::{Config, Loaded};
use crate::secret_box::SecretBox;
use crate::tokens::Tokens;
use crate::web::{self, ServerHandle, Sockets, WebSettings, WebState};

/// A server that has taken over its calls, including those of a dead process, and takes no new ones yet.
pub(super) struct Prepared {
    pub(super) ground: Ground,
    pub(super) twilio: Option<ConfiguredTwilio>,
    pub(super) reaching_out: ReachingOut,
    pub(super) cache: SharedCache,
    pub(super) lines: osdial::Lines,
    pub(super) registry: RegistryLine,
    pub(super) switches: KnownSwitches,
    pub(super) voices: Voices,
    pub(super) calls: Calls,
    pub(super) resuming: Resuming,
}

impl Prepared {
    /// Starts the background work, and opens the ports: those for calls before the one for the pages.
    pub(super) fn open(self, loaded: &Loaded) -> Result<Running, StartError> {
        let config = &loaded.config;
        let Self { ground, mut reaching_out, registry, voices, mut calls, .. } = self;
        let http =
            open_http(ground.http).map_err(|cause| listen_error("http.listen", config.http.listen, cause))?;
        let addresses = addresses(config, &http, &ground.call_ports)?;
        let kept = (&ground.store, &ground.recordings);
        let mails = (&ground.mailer, config.base_url(addresses.http), &ground.secrets);
        start_work(&mut reaching_out, config, kept, mails, &voices.replays)?;
        let recordings_work = start_recordings_work(config, kept, &calls.recorder)?;
        // By now the registry has the calls of a dead process, and so it knows the calls of open attempts.
        let campaigns = CampaignRunner {
            store: ground.store.clone(),
            registry: registry.clone(),
            router: calls.router.clone(),
            limits: limits_of_campaigns(config, &self.switches),
            has_mail: ground.mailer.has_server(),
            database: ground.locks.database_hold(),
            clock: Clock::system(),
        };
        let campaigns = start_campaigns(&mut reaching_out, campaigns)?;
        let ports = open_ports(ground.call_ports, &registry)?;
        let leased_ports = start_leased_ports(config, addresses.audiosocket, &registry, &ground.ledger);
        let half_in = ground.ledger.handshakes.clone();
        let passes = AudioPasses::new(ground.secrets.key_for("web audio"));
        let admission = (passes.clone(), registry.clone());
        let webrtc = ground.webrtc.map(|ports| open_webrtc(config, ports, admission, &mut calls.arbiters));
        let webrtc = webrtc.transpose()?;
        let state = WebParts {
            registry: registry.clone(),
            router: calls.router,
            floor: calls.floor_watch.recipient(),
            store: ground.store.clone(),
            recordings: ground.recordings,
            recorder: calls.recorder.handle(),
            outside: reaching_out.outside.clone(),
            accounts: reaching_out.accounts.clone(),
            mailer: ground.mailer,
            cache: self.cache,
            campaigns,
            replays: voices.replays,
            circuits: voices.circuits,
            ledger: ground.ledger,
            meters: ground.meters,
            passes,
            switches: self.switches,
            twilio: self.twilio,
            dialler: reaching_out.dialler.clone(),
            ports: ports.iter().map(OpenCallPort::view).collect(),
            leased_ports: leased_ports.clone(),
            webrtc,
            listening: addresses.http,
            database: ground.locks.database_hold(),
            certificate: ground.certificate,
        };
        let served = (&ground.tokens, ground.secrets);
        let (texts_looked, stops_known) = watch::channel(false);
        reaching_out.send_waiting_texts(stops_known)?;
        let (http, sockets, catching_up) =
            serve(http, addresses.http, served, (state.state(loaded), texts_looked))?;
        info!(
            http = %addresses.http, audiosocket = %addresses.audiosocket, esl = %addresses.esl,
            audio_stream = %addresses.audio_stream, "taking calls"
        );
        Ok(Running {
            addresses,
            tokens: ground.tokens,
            setup_token: ground.setup_token,
            store: ground.store,
            recordings_dir: ground.recordings_dir,
            registry,
            ports,
            leased_ports: leased_ports.map(|ports| ports.line),
            recorder: calls.recorder,
            recordings_work,
            arbiters: calls.arbiters,
            reaching_out,
            http,
            catching_up,
            sockets,
            drain_timeout: config.calls.drain_timeout_s.duration(),
            resuming: self.resuming,
            half_in,
            lines: self.lines,
            locks: ground.locks,
        })
    }
}

/// Starts the tasks that run campaigns, and those that maintain their lists and sums.
fn start_campaigns(
    reaching_out: &mut ReachingOut,
    campaigns: CampaignRunner,
) -> Result<CampaignLine, StartError> {
    let store = campaigns.store.clone();
    let (line, asked) = CampaignLine::open();
    reaching_out.run_campaigns(campaigns, asked)?;
    reaching_out.filter_lists(ListFilterer { store: store.clone() })?;
    reaching_out.fill_hours(HourFiller { store })?;
    Ok(line)
}

/// Starts the HTTP server at its address.
fn serve(
    http: TcpListener,
    at: SocketAddr,
    (tokens, secrets): (&Tokens, SecretBox),
    (state, texts_looked): (WebState, watch::Sender<bool>),
) -> Result<(ServerHandle, Sockets, JoinHandle<()>), StartError> {
    let settings = WebSettings {
        admin_token: tokens.admin.secret.clone(),
        dialplan_token: tokens.dialplan.secret.clone(),
        secrets,
    };
    let sockets = state.sockets();
    let catching_up = state.clone().catch_up(texts_looked);
    let http = web::server(http, settings, state).map_err(|cause| listen_error("http.listen", at, cause))?;
    Ok((http, sockets, actix::spawn(catching_up)))
}

/// The bound addresses.
fn addresses(
    config: &Config,
    http: &TcpListener,
    call_ports: &[TakenCallPort],
) -> Result<Addresses, StartError> {
    Ok(Addresses {
        http: bound("http.listen", config.http.listen, http.local_addr())?,
        audiosocket: address_of(call_ports, AudioSocketSettings::PORT, config.legs.audiosocket.listen),
        esl: address_of(call_ports, EslSettings::PORT, config.switches.freeswitch.esl_listen),
        audio_stream: address_of(call_ports, StreamSettings::PORT, config.switches.freeswitch.audio_listen),
    })
}

/// Opens the port for browsers by WebRTC, on an arbiter separate from those for calls. It encodes and decodes the sound of all its connections.
fn open_webrtc(
    config: &Config,
    ports: TakenRtcPorts,
    admission: (AudioPasses, RegistryLine),
    arbiters: &mut Vec<Place>,
) -> Result<RtcLine, StartError> {
    let place = Threads::here().place();
    calls::raise(&place);
    let calls_max = config.calls.max.get() as usize;
    let line = ports.open(calls_max, admission, &place.handle());
    arbiters.push(place);
    Ok(line?)
}

/// Limits that campaigns share. Campaigns that name no switch call over the default one, or over the only one.
fn limits_of_campaigns(config: &Config, switches: &KnownSwitches) -> SharedLimits {
    let mut dialling = switches.iter().filter(|switch| switch.makes_calls);
    let only = dialling.next().filter(|_| dialling.next().is_none());
    SharedLimits {
        organization: config.campaigns.of_organization(),
        trunk: config.campaigns.of_trunk(),
        usual_trunk: config.calls.switch.clone().or_else(|| Some(only?.name.clone())),
    }
}
