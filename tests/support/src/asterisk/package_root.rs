//! Asterisk 22 and baresip from Debian's own packages (some 280 MB unpacked).

use std::path::PathBuf;
use std::process::Command;

use super::AsteriskError;
use crate::debian::{DebianRoot, PackageSet};

/// The unpacked packages. baresip is included so that it needs no installation either.
const SET: PackageSet = PackageSet { folder: "telephony-root", packages: &["asterisk", "baresip-core"] };

/// The folder with the unpacked packages.
#[derive(Debug, Clone)]
pub struct PackageRoot(DebianRoot);

impl PackageRoot {
    /// Returns the packages. The first process downloads and unpacks them; others wait for it.
    ///
    /// # Errors
    /// [`AsteriskError::Unpack`] names the step that failed.
    pub fn obtain() -> Result<Self, AsteriskError> {
        Ok(Self(DebianRoot::obtain(SET)?))
    }

    /// Returns a command that runs `program` (a path inside the root) with the root's own loader and libraries.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        self.0.command(program)
    }

    /// Returns a path inside the root.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path(inside)
    }

    /// Returns the folder of Asterisk's modules.
    #[must_use]
    pub fn modules(&self) -> PathBuf {
        self.0.libraries().join("asterisk/modules")
    }
}
