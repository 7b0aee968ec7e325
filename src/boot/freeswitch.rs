//! FreeSWITCH's parts: two ports, what calls start with, and a connection to each switch that is configured.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::freeswitch::switch_actor::{SwitchActor, SwitchSettings};
use cordboard_actors::freeswitch::{
    ChannelSettings, EslListener, EslSettings, OrderedAudio, ServerAt, StreamListener, StreamSettings,
    StreamTokens, UnicastSettings,
};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::listening::{HandshakeRoom, Listener, TakenCallPort};
use cordboard_actors::messages::RegistryLine;
use cordboard_actors::meters::{Meters, SwitchMeter};
use cordboard_actors::switches::KnownSwitch;
use cordboard_schema::call::LegKind;
use cordboard_schema::switch::{FreeswitchMode, SwitchKind};
use cordboard_schema::wire::esl::{BadValue, DialText, EslValue, Password};
use tokio::net::lookup_host;
use tokio::time::timeout;
use tracing::warn;

use super::StartError;
use crate::config::{Config, Freeswitch};

/// How often a switch's channels are compared with our calls: a call whose channel is gone ends within twice this.
const COMPARE_EVERY: Duration = Duration::from_secs(5);
/// How long names of hosts may take to be looked up at the start.
const LOOKUP_WAIT: Duration = Duration::from_secs(2);

/// Both ports, taken and not open yet.
pub(super) struct Ports {
    pub(super) esl: TakenCallPort,
    pub(super) stream: TakenCallPort,
    /// Tokens for audio streams, as the port takes them.
    tokens: StreamTokens,
}

impl Ports {
    pub(super) async fn take(freeswitch: &Freeswitch, room: &HandshakeRoom) -> Result<Self, StartError> {
        let Freeswitch { esl_listen, audio_listen, .. } = *freeswitch;
        let allow = freeswitch.allowed().to_vec();
        let server_at = server_at(freeswitch).await;
        let settings = EslSettings { listen: esl_listen, allow: allow.clone(), server_at };
        let esl = Listener::take(settings, room)?;
        let way_back = our_address(freeswitch, esl.address()?).filter(|_| brings_sound(freeswitch));
        let channels = ChannelSettings { music: hold_music(freeswitch)?, way_back };
        let esl = esl.of_calls(move |listener: EslListener, registry| listener.serve(registry, channels))?;
        let settings = StreamSettings { listen: audio_listen, allow, rate: freeswitch.sample_rate() };
        let stream = Listener::take(settings, room)?;
        let tokens = StreamTokens::new(freeswitch.audio_base(stream.address()?).as_str());
        let taken = tokens.clone();
        let serve = move |listener: StreamListener, registry| listener.serve(registry, taken);
        let stream = stream.of_calls(serve)?;
        Ok(Self { esl, stream, tokens })
    }
}

/// Starts the actor of every configured switch, on the current arbiter, which carries no media. `esl_address` is where our
/// event socket's port is.
pub(super) fn start_switches(
    config: &Config,
    esl_address: SocketAddr,
    registry: &RegistryLine,
    ledger: &Ledger,
) -> Result<Vec<KnownSwitch>, StartError> {
    let our_address = our_address(&config.freeswitch, esl_address);
    let music = hold_music(&config.freeswitch)?;
    config
        .freeswitch
        .servers
        .iter()
        .map(|(name, server)| {
            let password = EslValue::new(server.password.expose());
            let meter = SwitchMeter::default();
            let settings = SwitchSettings {
                name: name.to_owned(),
                address: format!("{}:{}", server.host, server.port.get()),
                password: Password(password.map_err(|cause| untellable("password", cause))?),
                our_address: our_address.clone(),
                way_back: our_address.clone().filter(|_| brings_sound(&config.freeswitch)),
                music: music.clone(),
                trunk: server.trunk.clone(),
                compare_every: Some(COMPARE_EVERY),
                meter: meter.clone(),
                live: ledger.switch_links.clone(),
            };
            let line = SwitchActor::start(settings, registry.clone());
            Ok(KnownSwitch {
                name: name.to_owned(),
                kind: SwitchKind::Freeswitch,
                line,
                meter,
                // Without a control link a call could not be distinguished from any other audio.
                makes_calls: brings_sound(&config.freeswitch),
                lacks_trunk: server.trunk.is_none().then(|| format!("freeswitch.servers.{name}.trunk")),
                rate: config.freeswitch.sample_rate(),
                account: None,
            })
        })
        .collect()
}

fn our_address(freeswitch: &Freeswitch, esl_address: SocketAddr) -> Option<DialText> {
    DialText::new(freeswitch.esl_address(esl_address).to_string()).ok()
}

/// Whether the audio of a call is started over its control connection.
fn brings_sound(freeswitch: &Freeswitch) -> bool {
    freeswitch.mode != FreeswitchMode::Audio
}

fn hold_music(freeswitch: &Freeswitch) -> Result<EslValue, StartError> {
    EslValue::new(freeswitch.hold_music.as_str()).map_err(|cause| untellable("hold_music", cause))
}

fn untellable(setting: &str, cause: BadValue) -> StartError {
    StartError::Switch { setting: format!("freeswitch's {setting}"), cause: cause.to_string() }
}

/// Audio of channels of a FreeSWITCH, as calls order it, which comes to these ports.
pub(super) fn ordered_audio(
    config: &Config,
    ports: &Ports,
    ledger: &Ledger,
    meters: &Meters,
) -> OrderedAudio {
    let freeswitch = &config.freeswitch;
    // A switch on this machine sends to it here; one on another machine sends to where its control links come in.
    let bind = match freeswitch.esl_listen.ip() {
        IpAddr::V4(ours) => IpAddr::V4(ours),
        IpAddr::V6(ours) if ours.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    OrderedAudio {
        tokens: ports.tokens.clone(),
        rate: freeswitch.sample_rate(),
        unicast: UnicastSettings {
            bind,
            advertise: freeswitch.unicast_advertise_ip.map(IpAddr::V4),
            allow: freeswitch.allowed().to_vec(),
            live: ledger.leg(LegKind::Freeswitch),
            meters: meters.clone(),
        },
    }
}

/// The configured switch that has an address. A host that can't be looked up does not prevent a start: its calls are known by
/// their channels.
async fn server_at(freeswitch: &Freeswitch) -> ServerAt {
    let mut names: HashMap<IpAddr, String> = HashMap::new();
    for (name, server) in freeswitch.servers.iter() {
        let host = (server.host.as_str(), 0);
        match timeout(LOOKUP_WAIT, lookup_host(host)).await {
            Ok(Ok(addresses)) => {
                names.extend(addresses.map(|address| (address.ip().to_canonical(), name.to_owned())));
            }
            _ => warn!(switch = name, host = %server.host, "the host of a switch can't be looked up"),
        }
    }
    Arc::new(move |address| names.get(&address.to_canonical()).cloned())
}
