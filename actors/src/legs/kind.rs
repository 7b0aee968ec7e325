//! The declaration of a kind of leg with its own ports, in its folder. Configuration, the doctor, start and end, readiness and metrics
//! are derived from it; none of them names the kind.

use std::fmt::Debug;

use cordboard_settings::Layers;

use crate::listening::{DeclaredPort, HandshakeRoom, LeasedRange, PortFault, TakenCallPort};

/// The section of a kind's settings.
pub trait LegSection: Debug + Send + Sync {
    /// Returns the ports that it listens on, with their configured addresses.
    fn ports(&self) -> Vec<DeclaredPort>;

    /// Returns the ports that it leases to one call each; none if all calls share the same ports.
    fn leased(&self) -> Option<LeasedRange> {
        None
    }

    /// Reports settings that are valid alone and contradict each other.
    fn contradictions(&self, _layers: &mut Layers) {}

    /// Returns the checks that `doctor` makes in addition to those of the ports. They may take seconds.
    fn checks(&self) -> Vec<LegCheck> {
        Vec::new()
    }

    /// Takes its TCP ports, which others connect to. A kind whose sound arrives in datagrams takes none here: `src/boot` starts it
    /// by name.
    ///
    /// # Errors
    /// A port can't be listened on.
    fn take(&self, _room: &HandshakeRoom) -> Result<Vec<TakenCallPort>, PortFault> {
        Ok(Vec::new())
    }
}

/// A check that `doctor` makes for a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegCheck {
    /// Its subject.
    pub subject: &'static str,
    /// The finding, if nothing has to be done.
    pub outcome: Result<String, LegComplaint>,
}

/// A finding that would harm calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegComplaint {
    /// The finding.
    pub found: String,
    /// The fix.
    pub fix: String,
}

/// Registers the kinds: each is a name and a section of settings (see [`LegSection`]). Their settings are listed and their ports
/// taken in this order.
macro_rules! legs {
    ($( $kind:ident: $Section:ty, )+) => {
        cordboard_settings::sections! { LegSections { $( $kind: $Section, )+ } }

        impl LegSections {
            /// Returns each section.
            pub fn each(&self) -> Vec<&dyn kind::LegSection> {
                vec![$( &self.$kind as &dyn kind::LegSection, )+]
            }
        }
    };
}
pub(super) use legs;
