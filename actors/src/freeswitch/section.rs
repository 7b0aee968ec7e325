//! Settings of FreeSWITCH: the ports that it connects to, the settings that it gets, and the switches that we connect to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::switch::{FreeswitchAudio, FreeswitchMode, FreeswitchPolicy};
use cordboard_schema::wire::esl::Trunk;
use cordboard_settings::{
    Count, Host, HostPort, Layers, Listed, Networks, Seconds, Secret, ServerSettings, Servers, StreamUrl,
    SwitchFolder, SwitchSound, is_playable, loopback, section, words,
};

/// Default port of FreeSWITCH's event socket.
const ESL_PORT: Count<1, 65_535> = Count::new(8021);

words! {
    /// Rate of the audio that a switch is to send, in Hz.
    AudioRate {
        /// Telephone quality.
        Hz8000 = "8000",
        /// Wideband.
        Hz16000 = "16000",
    }
}

impl From<AudioRate> for SampleRate {
    fn from(rate: AudioRate) -> Self {
        match rate {
            AudioRate::Hz8000 => Self::HZ_8000,
            AudioRate::Hz16000 => Self::HZ_16000,
        }
    }
}

/// A FreeSWITCH whose event socket we connect to.
#[derive(Clone, Debug, PartialEq)]
pub struct FreeswitchServer {
    /// Its host.
    pub host: Host,
    /// The port of its event socket.
    pub port: Count<1, 65_535>,
    /// The password of its event socket.
    pub password: Secret,
    /// How it dials a number; without it, only extensions can be called.
    pub trunk: Option<Trunk>,
}

/// The switches that we connect to, by our names for them.
pub type FreeswitchServers = Servers<FreeswitchServer>;

impl ServerSettings for FreeswitchServer {
    const PREFIX: &'static str = "freeswitch.servers.";
    const FIELDS: &'static [&'static str] = &["host", "port", "password", "trunk"];
    const NEEDED: &'static [&'static str] = &["host", "password"];
    const WHAT: &'static str = "a switch";

    fn take(layers: &mut Layers, of: &dyn Fn(&str) -> String) -> Option<Self> {
        let (host, password) = (layers.take(&of("host")), layers.take(&of("password")));
        let port = layers.take(&of("port")).unwrap_or(ESL_PORT);
        let trunk = layers.take(&of("trunk"));
        Some(Self { host: host?, port, password: password?, trunk })
    }

    fn listed(server: Option<&Self>, of: &dyn Fn(&str) -> String) -> Vec<Listed> {
        let host_doc = "The host of a FreeSWITCH whose event socket Cordboard connects to, under a name of your own for it.";
        let port_doc = "The port of its event socket.";
        let password_doc = "The password of its event socket (event_socket.conf.xml).";
        let trunk_doc = "How it dials an outside number; without it, only extensions can be called.";
        let host = match server {
            Some(server) => Listed::of(&of("host"), host_doc, &server.host),
            None => Listed::of(&of("host"), host_doc, &None::<Host>),
        };
        let port = server.map_or(ESL_PORT, |server| server.port);
        let password = server.map(|server| server.password.clone());
        let trunk = server.and_then(|server| server.trunk.clone());
        vec![
            host,
            Listed::of(&of("port"), port_doc, &port),
            Listed::of(&of("password"), password_doc, &password),
            Listed::of(&of("trunk"), trunk_doc, &trunk),
        ]
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.password.expose().to_owned()]
    }
}

section! {
    /// FreeSWITCH: the ports that it connects to, and the settings that it gets.
    "freeswitch." FreeswitchSection {
        /// The parts that a call of a FreeSWITCH has: control and audio, audio alone, or control alone.
        mode: FreeswitchMode = FreeswitchMode::Dual,
        /// How a call's audio is transported: by mod_audio_stream, or by FreeSWITCH's own unicast.
        audio: FreeswitchAudio = FreeswitchAudio::Websocket,
        /// Address and port that the dialplan's socket application connects to; port 0 takes a free one.
        esl_listen: SocketAddr = loopback(8022),
        /// Address and port that mod_audio_stream connects to; port 0 takes a free one.
        audio_listen: SocketAddr = loopback(8085),
        /// Networks that may connect (neither port has a password); if unset, this machine only.
        allow: Option<Networks> = None,
        /// Host and port that a switch uses to reach esl_listen; if unset, that address.
        esl_advertise: Option<HostPort> = None,
        /// Address that a switch uses to reach audio_listen, the call's UUID is added; if unset, ws:// and that address.
        audio_url: Option<StreamUrl> = None,
        /// Samples a second that mod_audio_stream is to send; unicast uses the rate of the call's codec.
        audio_rate: AudioRate = AudioRate::Hz8000,
        /// Address that a switch sends a call's unicast to; if unset, that of esl_listen.
        unicast_advertise_ip: Option<Ipv4Addr> = None,
        /// How long a person's phone rings at a hand-off.
        ring_timeout_s: Seconds<1, 300> = Seconds::new(20),
        /// Folder from which the switch reads the prompts of mode esl, and to which they are written; if unset, prompts in
        /// data_dir, for this user alone.
        prompts_dir: Option<SwitchFolder> = None,
        /// Music that the switch plays to callers on hold if we don't carry their audio.
        hold_music: SwitchSound = SwitchSound::moh(),
    } with {
        /// The switches whose event socket we connect to.
        servers: FreeswitchServers,
    }
}

impl FreeswitchSection {
    /// Returns the networks that may connect: `freeswitch.allow`, by default this machine.
    pub fn allowed(&self) -> Networks {
        self.allow.clone().unwrap_or_else(Networks::loopback)
    }

    /// Returns the samples a second that the audio module is to send.
    pub fn sample_rate(&self) -> SampleRate {
        self.audio_rate.into()
    }

    /// Returns the prefix of the address of a call's audio; `bound` is the address of our audio port.
    pub fn audio_base(&self, bound: SocketAddr) -> StreamUrl {
        self.audio_url.clone().unwrap_or_else(|| StreamUrl::from(&HostPort::of(bound)))
    }

    /// Returns the address that a switch uses to reach our ESL port; `bound` is the address on which that listens.
    pub fn esl_address(&self, bound: SocketAddr) -> HostPort {
        self.esl_advertise.clone().unwrap_or_else(|| HostPort::of(bound))
    }

    /// Returns our address that the sockets of unicasts are bound to. A switch on this machine sends to it here; one on another
    /// machine sends to where its control links arrive.
    pub(super) fn unicast_bind(&self) -> IpAddr {
        match self.esl_listen.ip() {
            IpAddr::V4(ours) => IpAddr::V4(ours),
            IpAddr::V6(ours) if ours.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        }
    }

    /// Returns whether the audio of a call is started over its control connection.
    pub(super) fn brings_sound(&self) -> bool {
        self.mode != FreeswitchMode::Audio
    }

    /// Returns the policy for calls whose callers a FreeSWITCH has.
    pub fn policy(&self, data_dir: &Path) -> FreeswitchPolicy {
        let ring_timeout_ms = u64::try_from(self.ring_timeout_s.duration().as_millis()).unwrap_or(u64::MAX);
        let prompts_dir = self.prompts_dir(data_dir).display().to_string();
        FreeswitchPolicy { mode: self.mode, audio: self.audio, ring_timeout_ms, prompts_dir }
    }

    /// Returns the folder from which the switch reads prompts, in mode `esl`: `freeswitch.prompts_dir`, by default `prompts` in the
    /// data folder.
    pub fn prompts_dir(&self, data_dir: &Path) -> PathBuf {
        let configured = self.prompts_dir.as_ref().map(|folder| folder.as_path().to_owned());
        configured.unwrap_or_else(|| absolute(data_dir).join("prompts"))
    }

    /// Reports settings that are valid alone and contradict each other.
    pub(super) fn complain(&self, data_dir: &Path, layers: &mut Layers) {
        let listeners = [
            ("freeswitch.esl_listen", self.esl_listen, "an outbound event socket"),
            ("freeswitch.audio_listen", self.audio_listen, "an audio stream"),
        ];
        for (name, address, what) in listeners {
            if !address.ip().is_loopback() && self.allow.is_none() {
                layers.contradiction(
                    name,
                    format!("{address} can be reached from other machines, and {what} has no password"),
                    "set freeswitch.allow to the networks of your FreeSWITCH servers, as 10.0.0.0/8, or listen on \
                     127.0.0.1"
                        .to_owned(),
                );
            }
        }
        let has_control = self.mode != FreeswitchMode::Audio;
        if has_control && self.esl_listen.ip().is_unspecified() && self.esl_advertise.is_none() {
            layers.contradiction(
                "freeswitch.esl_listen",
                format!("{} is not an address that a switch can connect to", self.esl_listen),
                "set freeswitch.esl_advertise to this machine's address as your FreeSWITCH sees it, as 10.0.0.7:8022"
                    .to_owned(),
            );
        }
        self.complain_of_stream(layers);
        self.complain_of_unicast(layers);
        let prompts = self.prompts_dir(data_dir);
        if self.mode == FreeswitchMode::Esl && !prompts.to_str().is_some_and(is_playable) {
            layers.contradiction(
                "data_dir",
                format!("FreeSWITCH can't play files from {}", prompts.display()),
                "set freeswitch.prompts_dir to a path of letters, digits and _ - . /".to_owned(),
            );
        }
    }

    /// Reports an address that a stream could not be opened to.
    fn complain_of_stream(&self, layers: &mut Layers) {
        let has_stream = self.mode != FreeswitchMode::Esl && self.audio == FreeswitchAudio::Websocket;
        if !has_stream {
            return;
        }
        if let Some(url) = &self.audio_url {
            if url.is_ipv6() {
                layers.contradiction(
                    "freeswitch.audio_url",
                    format!("{url} can't be opened by mod_audio_stream, which takes no IPv6 address"),
                    "set freeswitch.audio_url to a name of this machine, as ws://cordboard.example:8085"
                        .to_owned(),
                );
            }
            return;
        }
        let address = self.audio_listen;
        let cause = match address.ip().to_canonical() {
            ip if ip.is_unspecified() => format!("{address} is not an address that a switch can connect to"),
            IpAddr::V6(_) => {
                format!("{address} can't be opened by mod_audio_stream, which takes no IPv6 address")
            }
            IpAddr::V4(_) => return,
        };
        layers.contradiction(
            "freeswitch.audio_listen",
            cause,
            "set freeswitch.audio_url to this machine's address as your FreeSWITCH sees it, as ws://10.0.0.7:8085"
                .to_owned(),
        );
    }

    /// Reports a unicast that could not be ordered, or whose address can't be reached.
    fn complain_of_unicast(&self, layers: &mut Layers) {
        if self.audio != FreeswitchAudio::Unicast {
            return;
        }
        if self.mode == FreeswitchMode::Audio {
            layers.contradiction(
                "freeswitch.audio",
                "unicast is ordered over the control link, and mode audio has none".to_owned(),
                "set freeswitch.mode to dual, or freeswitch.audio to websocket".to_owned(),
            );
        }
        let has_address = !self.unicast_bind().is_unspecified() || self.unicast_advertise_ip.is_some();
        if self.mode == FreeswitchMode::Dual && !has_address {
            layers.contradiction(
                "freeswitch.unicast_advertise_ip",
                format!(
                    "{} (freeswitch.esl_listen) is not an IPv4 address that a switch can send a call's unicast to",
                    self.esl_listen.ip()
                ),
                "set freeswitch.unicast_advertise_ip to this machine's IPv4 address as your FreeSWITCH sees it, as \
                 10.0.0.7"
                    .to_owned(),
            );
        }
    }
}

/// Returns an absolute path, because the switch works in another folder than we do. Redundant dots in the path are removed.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
