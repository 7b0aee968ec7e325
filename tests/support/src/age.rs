//! `age` and `age-keygen`, the tools whose form encrypted backups have, from Debian's package.

use std::path::Path;
use std::process::Output;

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet = PackageSet { folder: "age-root", packages: &["age"] };

/// Runs the program of that name in a folder.
///
/// # Errors
/// [`UnpackError`] where the package could not be had, or the program did not start.
pub fn age(folder: &Path, program: &str, arguments: &[&str]) -> Result<Output, UnpackError> {
    let root = DebianRoot::obtain(SET)?;
    let mut command = root.command(&format!("usr/bin/{program}"));
    Ok(command.args(arguments).current_dir(folder).output()?)
}
