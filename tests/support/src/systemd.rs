//! `systemd-analyze`, systemd's own checker of units, from Debian's packages: it reads files, and needs no running systemd.

use std::path::Path;
use std::process::{Command, Output};

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet = PackageSet { folder: "systemd-root", packages: &["systemd", "libseccomp2"] };

/// Runs it in a folder.
///
/// # Errors
/// [`UnpackError`] where the package can't be obtained, or the program did not start.
pub fn systemd_analyze(folder: &Path, arguments: &[&str]) -> Result<Output, UnpackError> {
    let root = DebianRoot::obtain(SET)?;
    // Some of its libraries are in a folder below the others.
    let libraries = root.libraries().display().to_string();
    let mut command = Command::new(root.loader());
    command.args(["--library-path", &format!("{libraries}:{libraries}/systemd")]);
    command.arg(root.path("usr/bin/systemd-analyze")).args(arguments);
    Ok(command.current_dir(folder).output()?)
}
