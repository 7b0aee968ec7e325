//! Settings of AudioSocket, and its port.

use std::net::{IpAddr, SocketAddr};

use cordboard_schema::call::Unannounced;
use cordboard_settings::{Host, Layers, Networks, loopback, section};

use super::{AudioPortsActor, AudioPortsSettings, AudioSocketListener, AudioSocketSettings, PortMeter};
use crate::ledger::Ledger;
use crate::legs::LegSection;
use crate::listening::{
    DeclaredPort, HandshakeRoom, LeasedRange, Listener, PortFault, PortRange, TakenCallPort,
};
use crate::messages::{PortLine, RegistryLine};

section! {
    /// The AudioSocket server, one port for all calls.
    "audiosocket." AudioSocketSection {
        /// Address and port that Asterisk connects to; port 0 takes a free one.
        listen: SocketAddr = loopback(9092),
        /// Ports that are leased to one call each, for a dialplan or dialler that wants a port for each agent; if unset, none.
        port_range: Option<PortRange> = None,
        /// Host that Asterisk uses to reach leased ports; if unset, the address of listen.
        advertise: Option<Host> = None,
        /// Networks that may connect (AudioSocket has no password); if unset, this machine only.
        allow: Option<Networks> = None,
        /// Name of the agent profile of calls that were not announced; if unset, the receptionist made at the first start.
        default_profile: Option<String> = None,
        /// How a call that the dialplan did not announce is treated.
        unannounced: Unannounced = Unannounced::Accept,
    }
}

impl AudioSocketSection {
    /// Returns the networks that may connect: `audiosocket.allow`, by default this machine.
    pub fn allowed(&self) -> Networks {
        self.allow.clone().unwrap_or_else(Networks::loopback)
    }

    /// Returns the host that Asterisk uses to reach leased ports, as it is written before a port.
    pub fn port_host(&self) -> String {
        self.advertise.clone().unwrap_or_else(|| Host::of(self.listen.ip())).in_address()
    }

    /// Starts the actor of leased ports on the current arbiter, if there are any. Returns the line to it, and its figures. The
    /// ports are on `ip`, in addition to the port of all calls.
    pub fn start_leased(
        &self,
        ip: IpAddr,
        registry: &RegistryLine,
        ledger: &Ledger,
    ) -> Option<(PortLine, PortMeter)> {
        let meter = PortMeter::default();
        let settings = AudioPortsSettings {
            ip,
            range: self.port_range?,
            allow: self.allowed().to_vec(),
            meter: meter.clone(),
            ledger: ledger.clone(),
        };
        Some((AudioPortsActor::start(settings, registry.clone()), meter))
    }
}

impl LegSection for AudioSocketSection {
    fn ports(&self) -> Vec<DeclaredPort> {
        vec![DeclaredPort::of::<AudioSocketSettings>(self.listen)]
    }

    fn leased(&self) -> Option<LeasedRange> {
        let range = self.port_range?;
        Some(LeasedRange { setting: "audiosocket.port_range", ip: self.listen.ip(), range })
    }

    fn contradictions(&self, layers: &mut Layers) {
        let ip = self.listen.ip();
        if !ip.is_loopback() && self.allow.is_none() {
            layers.contradiction(
                "audiosocket.listen",
                format!("{} can be reached from other machines, and AudioSocket has no password", self.listen),
                "set audiosocket.allow to the networks of your Asterisk servers, as 10.0.0.0/8, or listen on \
                 127.0.0.1"
                    .to_owned(),
            );
        }
        if self.port_range.is_some() && ip.is_unspecified() && self.advertise.is_none() {
            layers.contradiction(
                "audiosocket.port_range",
                format!("{ip} of audiosocket.listen is not an address that an Asterisk can connect to"),
                "set audiosocket.advertise to this machine's name or address as your Asterisk sees it, as 10.0.0.7"
                    .to_owned(),
            );
        }
    }

    fn take(&self, room: &HandshakeRoom) -> Result<Vec<TakenCallPort>, PortFault> {
        let settings = AudioSocketSettings { listen: self.listen, allow: self.allowed().to_vec() };
        Ok(vec![Listener::take(settings, room)?.of_calls(AudioSocketListener::serve)?])
    }
}
