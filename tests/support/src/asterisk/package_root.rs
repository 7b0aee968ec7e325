//! Asterisk 22 and baresip from Debian's own packages (some 280 MB unpacked).

use std::path::PathBuf;
use std::process::Command;

use super::AsteriskError;
use crate::debian::{DebianRoot, PackageSet};

/// Unpacked packages. baresip comes along so that it needs no installation either.
const SET: PackageSet = PackageSet { folder: "telephony-root", packages: &["asterisk", "baresip-core"] };

/// The folder with the unpacked packages.
#[derive(Debug, Clone)]
pub struct PackageRoot(DebianRoot);

impl PackageRoot {
    /// The packages, downloaded and unpacked by whoever comes first; others wait for that one.
    ///
    /// # Errors
    /// [`AsteriskError::Unpack`] names the step that failed.
    pub fn obtain() -> Result<Self, AsteriskError> {
        Ok(Self(DebianRoot::obtain(SET)?))
    }

    /// A command that runs `program` (a path inside the root) with the root's own loader and libraries.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        self.0.command(program)
    }

    /// A path inside the root.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path(inside)
    }

    /// Asterisk's modules.
    #[must_use]
    pub fn modules(&self) -> PathBuf {
        self.0.libraries().join("asterisk/modules")
    }
}
