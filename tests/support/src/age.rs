//! `age` and `age-keygen`, the tools that encrypt a backup on its way, from Debian's package.

use std::path::Path;
use std::process::Command;

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet = PackageSet { folder: "age-root", packages: &["age"] };

/// The program of that name, to be run in a folder.
///
/// # Errors
/// [`UnpackError`] where the package could not be had.
pub fn age(folder: &Path, program: &str) -> Result<Command, UnpackError> {
    let mut command = DebianRoot::obtain(SET)?.command(&format!("usr/bin/{program}"));
    command.current_dir(folder);
    Ok(command)
}
