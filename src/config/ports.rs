//! Networks that may connect to AudioSocket, and the range of ports that are leased: its syntax, and the ports that it must
//! not meet.

use super::{AudioSocket, Config, Networks};
use cordboard_settings::Layers;

impl AudioSocket {
    /// The networks that may connect: `audiosocket.allow`, by default this machine.
    pub fn allowed(&self) -> Networks {
        self.allow.clone().unwrap_or_else(Networks::loopback)
    }

    /// Host by which Asterisk reaches leased ports.
    pub fn port_host(&self) -> String {
        let own = || self.listen.ip().to_canonical().to_string();
        self.advertise.as_ref().map_or_else(own, ToString::to_string)
    }
}

impl Config {
    /// Contradictions of the range of leased ports, where there is one.
    pub(super) fn port_contradictions(&self, layers: &mut Layers) {
        const SETTING: &str = "audiosocket.port_range";
        let Some(range) = self.audiosocket.port_range else { return };
        let own = self.audiosocket.listen.ip();
        let listeners = [
            ("http.listen", self.http.listen),
            ("audiosocket.listen", self.audiosocket.listen),
            ("freeswitch.esl_listen", self.freeswitch.esl_listen),
            ("freeswitch.audio_listen", self.freeswitch.audio_listen),
        ];
        for (name, address) in listeners {
            let ip = address.ip();
            let meets = ip == own || ip.is_unspecified() || own.is_unspecified();
            if meets && range.contains(address.port()) {
                layers.contradiction(
                    SETTING,
                    format!("{range} holds the port of {name}, {address}"),
                    format!("set {SETTING} to ports that nothing else listens on, or {name} to another port"),
                );
            }
        }
        if own.is_unspecified() && self.audiosocket.advertise.is_none() {
            layers.contradiction(
                SETTING,
                format!("{own} of audiosocket.listen is no address that an Asterisk can be told to connect to"),
                "set audiosocket.advertise to this machine's name or address as your Asterisk sees it, as 10.0.0.7"
                    .to_owned(),
            );
        }
    }
}
