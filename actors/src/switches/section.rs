//! Declarations in the folder of a kind of switch. Configuration, start, support bundle and the names of
//! switches follow from them: none of these names the kind.

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

    /// The switches that are configured by name, in the order of their names.
    fn named(&self) -> Vec<NamedSwitch<'_>>;

    /// Whether these switches make calls and ring phones for us, as they are set up.
    fn makes_calls(&self) -> bool {
        true
    }

    /// Complains of settings that are good alone and bad together.
    fn contradictions(&self, _around: &SettingsAround<'_>, _layers: &mut Layers) {}

    /// Settings that keep the variable's name that other programs know them by, each with that name.
    fn variables(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The ports that these switches connect to, with the addresses that are set; none where we connect alone.
    fn ports(&self) -> Vec<DeclaredPort> {
        Vec::new()
    }

    /// Takes those ports. Names may be looked up for them, for seconds.
    ///
    /// # Errors
    /// One can't be listened on, or a setting can't be told to a switch.
    fn take<'a>(
        &'a self,
        _place: &'a SwitchPortPlace,
    ) -> BoxFuture<'a, Result<SwitchPorts, SwitchPortFault>> {
        Box::pin(async { Ok(SwitchPorts::default()) })
    }

    /// Starts the actor of each of these, on the current arbiter, which carries no media.
    ///
    /// # Errors
    /// A setting can't be told to a switch.
    fn start(&self, place: &SwitchPlace<'_>) -> Result<Vec<KnownSwitch>, SwitchFault>;
}

/// Settings of the server that belong to no kind, and that settings of a kind have to go with.
#[derive(Clone, Copy, Debug)]
pub struct SettingsAround<'a> {
    /// Folder of the database and the recordings.
    pub data_dir: &'a Path,
    /// The address that others reach the server by.
    pub public_base_url: Option<&'a BaseUrl>,
}

/// A switch that is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSwitch<'a> {
    /// The name that we have for it.
    pub name: &'a str,
    /// The setting that it can't be without.
    pub setting: String,
    /// A switch of its kind, as `a FreeSWITCH`.
    pub what: &'static str,
}

impl<'a> NamedSwitch<'a> {
    /// Servers of one kind, each of which has its host at least. `what` is a switch of the kind.
    pub(crate) fn all_of<S: ServerSettings>(servers: &'a Servers<S>, what: &'static str) -> Vec<Self> {
        let named = |name| Self { name, setting: format!("{}{name}.host", S::PREFIX), what };
        servers.names().map(named).collect()
    }
}

/// The place of a kind's ports among others.
#[derive(Clone, Debug)]
pub struct SwitchPortPlace {
    /// Room for handshakes at all ports.
    pub room: HandshakeRoom,
    /// Counts legs.
    pub ledger: Ledger,
    /// Counts what legs hear.
    pub meters: Meters,
}

/// The ports of a kind, taken, and the audio that comes to them because a call has ordered it.
#[derive(Default)]
pub struct SwitchPorts {
    /// The ports, in the order in which they are opened.
    pub ports: Vec<TakenCallPort>,
    /// The audio; none where channels have their audio beside no control.
    pub channel_audio: Vec<Arc<dyn ChannelAudio>>,
}

/// Why the ports of a kind can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum SwitchPortFault {
    /// One can't be listened on.
    #[error(transparent)]
    Port(#[from] PortFault),
    /// A setting can't be told to a switch.
    #[error(transparent)]
    Setting(#[from] SwitchFault),
}

/// The place of a switch's actor among others.
#[derive(Debug)]
pub struct SwitchPlace<'a> {
    /// Gets what it hears of calls.
    pub registry: &'a RegistryLine,
    /// Counts its connection.
    pub ledger: &'a Ledger,
    /// Ports of calls, as they are taken.
    pub ports: &'a [TakenCallPort],
}

impl SwitchPlace<'_> {
    /// The address of a port of calls; none if no kind has taken it.
    pub fn address_of(&self, port: &CallPort) -> Option<SocketAddr> {
        TakenCallPort::address_of(self.ports, port)
    }
}

/// Why a switch can't be started.
#[derive(Debug, thiserror::Error)]
#[error("a switch can't be told {setting}: {cause}")]
pub struct SwitchFault {
    /// The setting.
    pub setting: String,
    /// The fault, in words.
    pub cause: String,
}

/// Registers the kinds: each is a name and a section of settings (see [`SwitchSection`]). Their order is that in which their settings are
/// listed and their actors started.
macro_rules! switches {
    ($( $kind:ident: $Section:ty, )+) => {
        cordboard_settings::sections! { SwitchSections { $( $kind: $Section, )+ } }

        impl SwitchSections {
            /// Each section.
            pub fn each(&self) -> Vec<&dyn section::SwitchSection> {
                vec![$( &self.$kind as &dyn section::SwitchSection, )+]
            }
        }
    };
}
pub(super) use switches;
