//! `promtool`, Prometheus' own tool for its files, from Debian's packages.

use std::path::Path;
use std::process::{Command, Output};

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet = PackageSet { folder: "prometheus-root", packages: &["prometheus"] };

/// Runs it in a folder.
///
/// # Errors
/// [`UnpackError`] where the package can't be obtained, or the program did not start.
pub fn promtool(folder: &Path, arguments: &[&str]) -> Result<Output, UnpackError> {
    let root = DebianRoot::obtain(SET)?;
    let mut command: Command = root.command("usr/bin/promtool");
    Ok(command.args(arguments).current_dir(folder).output()?)
}
