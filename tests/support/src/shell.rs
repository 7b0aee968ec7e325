//! The programs that the documents' examples use, from Debian's own packages, for a shell: `curl` and `jq`.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet = PackageSet { folder: "shell-root", packages: &["curl", "jq"] };

/// A folder for `PATH`, with a script for each program.
///
/// # Errors
/// [`UnpackError`] where the packages can't be obtained, or the folder can't be written.
pub fn programs() -> Result<TempDir, UnpackError> {
    let root = DebianRoot::obtain(SET)?;
    let folder = tempfile::Builder::new().prefix("cordboard-programs-").tempdir()?;
    // An answer that refuses fails the example, as a reader would notice it.
    for (name, arguments) in [("curl", " --fail-with-body --silent --show-error"), ("jq", "")] {
        let command = root.command(&format!("usr/bin/{name}"));
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let quoted = words.map(|word| format!("'{}'", word.display())).collect::<Vec<_>>().join(" ");
        write_script(&folder.path().join(name), &format!("#!/bin/sh\nexec {quoted}{arguments} \"$@\"\n"))?;
    }
    Ok(folder)
}

fn write_script(path: &std::path::Path, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}
