//! The ports on which this server listens, and the ranges of leased ports, which must not overlap them.

use cordboard_actors::listening::{DeclaredPort, LeasedRange, Transport};
use cordboard_settings::Layers;

use super::Config;

impl Config {
    /// The ports on which the server listens.
    pub(crate) fn ports(&self) -> Vec<DeclaredPort> {
        let mut ports = vec![DeclaredPort {
            check: "http port",
            setting: "http.listen",
            listen: self.http.listen,
            transport: Transport::Tcp,
            has_handshakes: false,
        }];
        ports.extend(self.legs.each().into_iter().flat_map(|section| section.ports()));
        ports.extend(self.switches.each().into_iter().flat_map(|section| section.ports()));
        ports
    }

    /// Notes contradictions of ports, and of ranges of leased ports.
    pub(super) fn port_contradictions(&self, layers: &mut Layers) {
        self.double_contradictions(layers);
        for leased in self.leased_ranges() {
            self.range_contradictions(leased, layers);
        }
    }

    /// Each port may be used once. Otherwise the second listener would find it taken by this server itself.
    fn double_contradictions(&self, layers: &mut Layers) {
        let ports = self.ports();
        for (position, port) in ports.iter().enumerate() {
            let Some(other) = ports[..position].iter().find(|other| meets(port, other)) else { continue };
            layers.contradiction(
                port.setting,
                format!("{} is taken by {} = {}", port.listen, other.setting, other.listen),
                format!("set {} or {} to another port", port.setting, other.setting),
            );
        }
    }

    /// The ranges of ports that kinds of legs lease.
    pub(crate) fn leased_ranges(&self) -> impl Iterator<Item = LeasedRange> {
        self.legs.each().into_iter().filter_map(|section| section.leased())
    }

    fn range_contradictions(
        &self,
        LeasedRange { setting: lease, ip: own, range }: LeasedRange,
        layers: &mut Layers,
    ) {
        for DeclaredPort { setting, listen, .. } in
            self.ports().into_iter().filter(|port| port.transport == Transport::Tcp)
        {
            let ip = listen.ip();
            let meets = ip == own || ip.is_unspecified() || own.is_unspecified();
            if meets && range.contains(listen.port()) {
                layers.contradiction(
                    lease,
                    format!("{range} holds the port of {setting}, {listen}"),
                    format!(
                        "set {lease} to ports that nothing else listens on, or {setting} to another port"
                    ),
                );
            }
        }
    }
}

/// Returns whether two ports can't both be opened.
fn meets(one: &DeclaredPort, other: &DeclaredPort) -> bool {
    let (at, there) = (one.listen, other.listen);
    let is_same_ip = at.ip() == there.ip() || at.ip().is_unspecified() || there.ip().is_unspecified();
    let is_same_port = at.port() == there.port() && at.port() != 0 && one.transport == other.transport;
    is_same_port && is_same_ip && at.is_ipv4() == there.is_ipv4()
}
