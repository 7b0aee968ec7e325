//! FreeSWITCH's parts at a start: two ports, the audio that calls order, and a connection to each configured switch.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::call::LegKind;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::wire::esl::{BadValue, DialText, EslValue, Password};
use cordboard_settings::Layers;
use futures_util::future::BoxFuture;
use tokio::net::lookup_host;
use tokio::time::timeout;
use tracing::warn;

use super::esl_arrival::ChannelSettings;
use super::esl_listener::{EslListener, EslSettings, ServerAt};
use super::ordered_audio::OrderedAudio;
use super::section::FreeswitchSection;
use super::stream_listener::{StreamListener, StreamSettings};
use super::stream_tokens::StreamTokens;
use super::switch_actor::SwitchSettings;
use super::unicast_actor::UnicastSettings;
use crate::ledger::Ledger;
use crate::listening::{DeclaredPort, Listener, PortSettings as _};
use crate::meters::{Meters, SwitchMeter};
use crate::switches::{
    ChannelAudio, KnownSwitch, NamedSwitch, SettingsAround, SwitchFault, SwitchPlace, SwitchPortFault,
    SwitchPortPlace, SwitchPorts, SwitchSection,
};

/// How often a switch's channels are compared with our calls. A call whose channel is gone ends within twice this time.
const COMPARE_EVERY: Duration = Duration::from_secs(5);
/// Time limit for looking up host names at the start.
const LOOKUP_WAIT: Duration = Duration::from_secs(2);

impl SwitchSection for FreeswitchSection {
    fn kind(&self) -> SwitchKind {
        SwitchKind::Freeswitch
    }

    fn named(&self) -> Vec<NamedSwitch<'_>> {
        NamedSwitch::all_of(&self.servers, "a FreeSWITCH")
    }

    // Without a control link a call could not be distinguished from any other audio.
    fn makes_calls(&self) -> bool {
        self.brings_sound()
    }

    fn ports(&self) -> Vec<DeclaredPort> {
        vec![
            DeclaredPort::of::<EslSettings>(self.esl_listen),
            DeclaredPort::of::<StreamSettings>(self.audio_listen),
        ]
    }

    fn take<'a>(&'a self, place: &'a SwitchPortPlace) -> BoxFuture<'a, Result<SwitchPorts, SwitchPortFault>> {
        Box::pin(take_ports(self, place))
    }

    fn start(&self, place: &SwitchPlace<'_>) -> Result<Vec<KnownSwitch>, SwitchFault> {
        start_switches(self, place)
    }

    fn contradictions(&self, around: &SettingsAround<'_>, layers: &mut Layers) {
        self.complain(around.data_dir, layers);
    }
}

/// Takes both ports. The streams that calls order have tokens from here.
async fn take_ports(
    freeswitch: &FreeswitchSection,
    SwitchPortPlace { room, ledger, meters }: &SwitchPortPlace,
) -> Result<SwitchPorts, SwitchPortFault> {
    let allow = freeswitch.allowed().to_vec();
    let server_at = server_at(freeswitch).await;
    let settings = EslSettings { listen: freeswitch.esl_listen, allow: allow.clone(), server_at };
    let esl = Listener::take(settings, room)?;
    let way_back = our_address(freeswitch, esl.address()?).filter(|_| freeswitch.brings_sound());
    let channels = ChannelSettings { music: hold_music(freeswitch)?, way_back };
    let esl = esl.of_calls(move |listener: EslListener, registry| listener.serve(registry, channels))?;
    let settings = StreamSettings { listen: freeswitch.audio_listen, allow, rate: freeswitch.sample_rate() };
    let stream = Listener::take(settings, room)?;
    let tokens = StreamTokens::new(freeswitch.audio_base(stream.address()?).as_str());
    let taken = tokens.clone();
    let serve = move |listener: StreamListener, registry| listener.serve(registry, taken);
    let stream = stream.of_calls(serve)?;
    let audio: Arc<dyn ChannelAudio> = Arc::new(ordered_audio(freeswitch, tokens, ledger, meters));
    Ok(SwitchPorts { ports: vec![esl, stream], channel_audio: vec![audio] })
}

/// Starts the connection to each configured switch, on the current arbiter.
fn start_switches(
    freeswitch: &FreeswitchSection,
    place: &SwitchPlace<'_>,
) -> Result<Vec<KnownSwitch>, SwitchFault> {
    let esl = place.address_of(EslSettings::PORT).unwrap_or(freeswitch.esl_listen);
    let our_address = our_address(freeswitch, esl);
    let music = hold_music(freeswitch)?;
    freeswitch
        .servers
        .iter()
        .map(|(name, server)| {
            let password = EslValue::new(server.password.expose());
            let meter = SwitchMeter::default();
            let settings = SwitchSettings {
                name: name.to_owned(),
                address: server.host.with_port(server.port.get()),
                password: Password(password.map_err(|cause| unusable("password", cause))?),
                our_address: our_address.clone(),
                way_back: our_address.clone().filter(|_| freeswitch.brings_sound()),
                music: music.clone(),
                trunk: server.trunk.clone(),
                compare_every: Some(COMPARE_EVERY),
                meter: meter.clone(),
                live: place.ledger.switch_links.clone(),
            };
            let line = settings.start(place.registry.clone());
            Ok(KnownSwitch {
                name: name.to_owned(),
                kind: SwitchKind::Freeswitch,
                line,
                meter,
                makes_calls: freeswitch.makes_calls(),
                missing_trunk_setting: server
                    .trunk
                    .is_none()
                    .then(|| format!("freeswitch.servers.{name}.trunk")),
                rate: freeswitch.sample_rate(),
                account: None,
            })
        })
        .collect()
}

fn our_address(freeswitch: &FreeswitchSection, esl_address: SocketAddr) -> Option<DialText> {
    DialText::new(freeswitch.esl_address(esl_address).for_socket_application()).ok()
}

fn hold_music(freeswitch: &FreeswitchSection) -> Result<EslValue, SwitchFault> {
    EslValue::new(freeswitch.hold_music.as_str()).map_err(|cause| unusable("hold_music", cause))
}

fn unusable(setting: &str, cause: BadValue) -> SwitchFault {
    SwitchFault { setting: format!("freeswitch's {setting}"), cause: cause.to_string() }
}

/// Returns the audio that calls order for channels of a FreeSWITCH, whose streams have these tokens.
fn ordered_audio(
    freeswitch: &FreeswitchSection,
    tokens: StreamTokens,
    ledger: &Ledger,
    meters: &Meters,
) -> OrderedAudio {
    OrderedAudio {
        tokens,
        rate: freeswitch.sample_rate(),
        unicast: UnicastSettings {
            bind: freeswitch.unicast_bind(),
            advertise: freeswitch.unicast_advertise_ip.map(IpAddr::V4),
            allow: freeswitch.allowed().to_vec(),
            live: ledger.leg(LegKind::Freeswitch),
            meters: meters.clone(),
        },
    }
}

/// Returns what finds the configured switch of an address. A host that can't be looked up does not prevent a start: its calls are
/// recognized by their channels.
async fn server_at(freeswitch: &FreeswitchSection) -> ServerAt {
    let mut found = Vec::new();
    for (name, server) in freeswitch.servers.iter() {
        let host = (server.host.as_str(), 0);
        match timeout(LOOKUP_WAIT, lookup_host(host)).await {
            Ok(Ok(addresses)) => {
                found.extend(addresses.map(|address| (address.ip().to_canonical(), name.to_owned())));
            }
            _ => warn!(switch = name, host = %server.host, "the host of a switch can't be resolved"),
        }
    }
    let names = names_by_address(found);
    Arc::new(move |address| names.get(&address.to_canonical()).cloned())
}

/// Returns the names of switches by their addresses. If several have the same address, none is named, because it can't be known
/// which of them connects.
fn names_by_address(found: Vec<(IpAddr, String)>) -> HashMap<IpAddr, String> {
    let mut names: HashMap<IpAddr, BTreeSet<String>> = HashMap::new();
    for (address, name) in found {
        names.entry(address).or_default().insert(name);
    }
    let only_one = |(address, mut names): (IpAddr, BTreeSet<String>)| {
        let name = names.pop_first()?;
        match names.pop_first() {
            None => Some((address, name)),
            Some(other) => {
                warn!(%address, %name, %other, "two switches have the same address: both are asked for the channels of calls from there");
                None
            }
        }
    };
    names.into_iter().filter_map(only_one).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn an_address_of_several_switches_names_none() {
        let [alone, shared] = [1, 2].map(|last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
        let found = [(alone, "pbx1"), (alone, "pbx1"), (shared, "pbx2"), (shared, "pbx3")];
        let found = found.map(|(address, name)| (address, name.to_owned())).to_vec();
        assert_eq!(names_by_address(found), HashMap::from([(alone, "pbx1".to_owned())]));
    }
}
