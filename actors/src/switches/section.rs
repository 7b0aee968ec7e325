//! The declaration of a kind of switch, in its folder. Configuration, start, support bundle and the names of switches are derived from
//! it; none of them names the kind.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use cordboard_schema::switch::SwitchKind;
use cordboard_settings::{BaseUrl, Layers, ServerSettings, Servers};
use futures_util::future::BoxFuture;

use super::{ChannelAudio, KnownSwitch};
use crate::ledger::Ledger;
use crate::listening::{CallPort, DeclaredPort, HandshakeRoom, PortFault, TakenCallPort};
use crate::messages::RegistryLine;
use crate::meters::Meters;

/// The section of a kind's settings.
pub trait SwitchSection: Debug + Send + Sync {
    /// The kind.
    fn kind(&self) -> SwitchKind;

    /// Returns the switches that are configured by name, in the order of their names.
    fn named(&self) -> Vec<NamedSwitch<'_>>;

    /// Returns whether these switches make calls and ring phones for us, as they are configured.
    fn makes_calls(&self) -> bool {
        true
    }

    /// Reports settings that are valid alone and contradict each other.
    fn contradictions(&self, _around: &SettingsAround<'_>, _layers: &mut Layers) {}

    /// Returns the settings that keep the variable's name that other programs know them by, each with that name.
    fn variables(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Returns the ports that these switches connect to, with their configured addresses; none if only we connect.
    fn ports(&self) -> Vec<DeclaredPort> {
        Vec::new()
    }

    /// Takes those ports. This may look up host names, which can take seconds.
    ///
    /// # Errors
    /// A port can't be listened on, or a setting can't be sent to a switch.
    fn take<'a>(
        &'a self,
        _place: &'a SwitchPortPlace,
    ) -> BoxFuture<'a, Result<SwitchPorts, SwitchPortFault>> {
        Box::pin(async { Ok(SwitchPorts::default()) })
    }

    /// Starts the actor of each of these switches on the current arbiter, which carries no media.
    ///
    /// # Errors
    /// A setting can't be sent to a switch.
    fn start(&self, place: &SwitchPlace<'_>) -> Result<Vec<KnownSwitch>, SwitchFault>;
}

/// Settings of the server that belong to no kind, but have to agree with settings of a kind.
#[derive(Clone, Copy, Debug)]
pub struct SettingsAround<'a> {
    /// Folder of the database and the recordings.
    pub data_dir: &'a Path,
    /// The address that others use to reach the server.
    pub public_base_url: Option<&'a BaseUrl>,
}

/// A configured switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSwitch<'a> {
    /// Our name for it.
    pub name: &'a str,
    /// The setting that it requires.
    pub setting: String,
    /// A switch of its kind with its article, as `a FreeSWITCH`.
    pub what: &'static str,
}

impl<'a> NamedSwitch<'a> {
    /// Returns the servers of one kind. Each has at least its host. `what` is a switch of the kind.
    pub(crate) fn all_of<S: ServerSettings>(servers: &'a Servers<S>, what: &'static str) -> Vec<Self> {
        let named = |name| Self { name, setting: format!("{}{name}.host", S::PREFIX), what };
        servers.names().map(named).collect()
    }
}

/// The server's parts that the ports of a kind need.
#[derive(Clone, Debug)]
pub struct SwitchPortPlace {
    /// Room for handshakes at all ports.
    pub room: HandshakeRoom,
    /// Counts legs.
    pub ledger: Ledger,
    /// Measures legs.
    pub meters: Meters,
}

/// The ports of a kind once they are taken, and the audio that arrives at them when a call orders it.
#[derive(Default)]
pub struct SwitchPorts {
    /// The ports, in the order in which they are opened.
    pub ports: Vec<TakenCallPort>,
    /// The audio; empty for kinds whose audio is not apart from their control.
    pub channel_audio: Vec<Arc<dyn ChannelAudio>>,
}

/// Why the ports of a kind can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum SwitchPortFault {
    /// A port can't be listened on.
    #[error(transparent)]
    Port(#[from] PortFault),
    /// A setting can't be sent to a switch.
    #[error(transparent)]
    Setting(#[from] SwitchFault),
}

/// The server's parts that the actor of a switch needs.
#[derive(Debug)]
pub struct SwitchPlace<'a> {
    /// Gets what the switch reports of calls.
    pub registry: &'a RegistryLine,
    /// Counts the connection.
    pub ledger: &'a Ledger,
    /// Ports for calls, as they are taken.
    pub ports: &'a [TakenCallPort],
    /// Identifies this installation at a switch that others use as well. It is the same after a restart.
    pub installation: u64,
}

impl SwitchPlace<'_> {
    /// Returns the address of a port for calls; none if no kind has taken it.
    pub fn address_of(&self, port: &CallPort) -> Option<SocketAddr> {
        TakenCallPort::address_of(self.ports, port)
    }
}

/// Why a switch can't be started.
#[derive(Debug, thiserror::Error)]
#[error("{setting} can't be used for a switch: {cause}")]
pub struct SwitchFault {
    /// The setting.
    pub setting: String,
    /// The fault, as a text.
    pub cause: String,
}

/// Registers the kinds: each is a name and a section of settings (see [`SwitchSection`]). Their settings are listed and their
/// actors started in this order.
macro_rules! switches {
    ($( $kind:ident: $Section:ty, )+) => {
        cordboard_settings::sections! { SwitchSections { $( $kind: $Section, )+ } }

        impl SwitchSections {
            /// Returns each section.
            pub fn each(&self) -> Vec<&dyn section::SwitchSection> {
                vec![$( &self.$kind as &dyn section::SwitchSection, )+]
            }
        }
    };
}
pub(super) use switches;
