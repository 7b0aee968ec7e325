//! The ports that this server listens on, and the range of ports that are leased, which must not meet them.

use cordboard_actors::listening::{DeclaredPort, Transport};
use cordboard_settings::Layers;

use super::Config;

impl Config {
    /// The ports that it listens on.
    pub(crate) fn ports(&self) -> Vec<DeclaredPort> {
        let mut ports = vec![DeclaredPort {
            check: "http port",
            setting: "http.listen",
            listen: self.http.listen,
            transport: Transport::Tcp,
        }];
        ports.extend(self.legs.each().into_iter().flat_map(|section| section.ports()));
        ports.extend(self.switches.each().into_iter().flat_map(|section| section.ports()));
        ports
    }

    /// Contradictions of the range of leased ports, where there is one.
    pub(super) fn port_contradictions(&self, layers: &mut Layers) {
        const SETTING: &str = "audiosocket.port_range";
        let Some(range) = self.legs.audiosocket.port_range else { return };
        let own = self.legs.audiosocket.listen.ip();
        for DeclaredPort { setting, listen, .. } in
            self.ports().into_iter().filter(|port| port.transport == Transport::Tcp)
        {
            let ip = listen.ip();
            let meets = ip == own || ip.is_unspecified() || own.is_unspecified();
            if meets && range.contains(listen.port()) {
                layers.contradiction(
                    SETTING,
                    format!("{range} holds the port of {setting}, {listen}"),
                    format!(
                        "set {SETTING} to ports that nothing else listens on, or {setting} to another port"
                    ),
                );
            }
        }
    }
}
