//! Declarations in the folder of a kind of leg that has ports of its own. Configuration, the doctor, start and end, readiness and
//! metrics follow from them: none of these names the kind.

use std::fmt::Debug;

use cordboard_settings::Layers;

use crate::listening::{DeclaredPort, HandshakeRoom, LeasedRange, PortFault, TakenCallPort};

/// The section of a kind's settings.
pub trait LegSection: Debug + Send + Sync {
    /// The ports that it listens on, with the addresses that are set.
    fn ports(&self) -> Vec<DeclaredPort>;

    /// The ports that it leases to one call each; none where every call comes to the same ones.
    fn leased(&self) -> Option<LeasedRange> {
        None
    }

    /// Complains of settings that are good alone and bad together.
    fn contradictions(&self, _layers: &mut Layers) {}

    /// Checks beside those of its ports, which `doctor` makes. They may take seconds.
    fn checks(&self) -> Vec<LegCheck> {
        Vec::new()
    }

    /// Takes its TCP ports that connections come to. A kind whose sound comes as datagrams takes none here: `src/boot` starts it by name.
    ///
    /// # Errors
    /// One can't be listened on.
    fn take(&self, _room: &HandshakeRoom) -> Result<Vec<TakenCallPort>, PortFault> {
        Ok(Vec::new())
    }
}

/// A check that `doctor` makes for a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegCheck {
    /// Its subject.
    pub subject: &'static str,
    /// The finding, where nothing is to be done.
    pub outcome: Result<String, LegComplaint>,
}

/// A finding of which calls would suffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegComplaint {
    /// The finding.
    pub found: String,
    /// The fix.
    pub fix: String,
}

/// Registers the kinds: each is a name and a section of settings (see [`LegSection`]). Their order is that in which their settings are listed
/// and their ports are taken.
macro_rules! legs {
    ($( $kind:ident: $Section:ty, )+) => {
        cordboard_settings::sections! { LegSections { $( $kind: $Section, )+ } }

        impl LegSections {
            /// Each section.
            pub fn each(&self) -> Vec<&dyn kind::LegSection> {
                vec![$( &self.$kind as &dyn kind::LegSection, )+]
            }
        }
    };
}
pub(super) use legs;
