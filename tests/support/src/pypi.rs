//! Python packages from PyPI, each list in a folder of its own below the test cache.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where a package can't be installed")]

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::debian::cache_folder;

/// Installs these packages in the folder with that name. The first process does that, and others wait for it. Another list needs another name.
/// Returns the folder with their programs, among them `python`.
///
/// # Panics
/// They can't be installed.
#[must_use]
pub fn installed(name: &str, packages: &[&str]) -> PathBuf {
    let cache = cache_folder();
    fs::create_dir_all(&cache).unwrap();
    let lock = File::create(cache.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let folder = cache.join(name);
    let programs = folder.join("bin");
    if !folder.join("is-whole").is_file() {
        let _ = fs::remove_dir_all(&folder);
        must(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        must(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(packages));
        fs::write(folder.join("is-whole"), packages.join("\n")).unwrap();
    }
    programs
}

fn must(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // Debian's `venv` reports missing parts on standard output.
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
}
