//! `age` and `age-keygen` from Debian's package: the tools that encrypt a backup.

use std::path::Path;
use std::process::Command;

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet = PackageSet { folder: "age-root", packages: &["age"] };

/// Returns a command that runs `program`, `age` or `age-keygen`, in a folder.
///
/// # Errors
/// [`UnpackError`] where the package can't be obtained.
pub fn age(folder: &Path, program: &str) -> Result<Command, UnpackError> {
    let mut command = DebianRoot::obtain(SET)?.command(&format!("usr/bin/{program}"));
    command.current_dir(folder);
    Ok(command)
}
