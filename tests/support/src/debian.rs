//! Programs from Debian's own packages, unpacked outside the system: no root, no chroot.
//!
//! They run with their own loader and libraries, so the machine's distribution does not matter as long as apt knows a Debian mirror. Unpacked
//! packages are kept below the test cache, `CORDBOARD_TEST_CACHE` or `target/test-cache`, and shared by all tests of the machine.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The release that has everything that we need; Debian 12 and 13 have no asterisk.
const RELEASE: &str = "forky";

/// Packages that are unpacked together; apt adds what they depend on.
#[derive(Debug, Clone, Copy)]
pub struct PackageSet {
    /// The folder's name below the cache. Remove the folder when the list changes.
    pub folder: &'static str,
    /// The packages.
    pub packages: &'static [&'static str],
}

/// The packages can't be obtained: no apt, no mirror, no network, no space.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// An error of one of our files.
    #[error("the test cache: {0}")]
    Io(#[from] io::Error),
    /// A program failed.
    #[error("unpacking Debian's packages failed at {step}: {reason}")]
    Failed {
        /// The step.
        step: &'static str,
        /// The program's message.
        reason: String,
    },
}

/// A folder with unpacked packages.
#[derive(Debug, Clone)]
pub struct DebianRoot {
    root: PathBuf,
    /// The folder with the libraries: its name depends on the processor.
    libraries: PathBuf,
    loader: PathBuf,
}

impl DebianRoot {
    /// Returns the packages. The first process downloads and unpacks them; others wait for it.
    ///
    /// # Errors
    /// [`UnpackError`] names the step that failed.
    pub fn obtain(set: PackageSet) -> Result<Self, UnpackError> {
        let cache = cache_folder();
        fs::create_dir_all(&cache)?;
        let lock = File::create(cache.join(format!("{}.lock", set.folder)))?;
        lock.lock()?;

        let root = cache.join(set.folder);
        if !root.exists() {
            unpack(&cache, &root, set.packages)?;
        }
        Self::in_folder(root)
    }

    /// A command that runs `program` (a path inside the root) with the root's own loader and libraries.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.loader);
        command.arg("--library-path").arg(&self.libraries).arg(self.root.join(program));
        command
    }

    /// A path inside the root.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// The folder with the libraries.
    #[must_use]
    pub fn libraries(&self) -> &Path {
        &self.libraries
    }

    /// The program that loads programs.
    #[must_use]
    pub fn loader(&self) -> &Path {
        &self.loader
    }

    fn in_folder(root: PathBuf) -> Result<Self, UnpackError> {
        let (triplet, loader) = match env::consts::ARCH {
            "x86_64" => ("x86_64-linux-gnu", "usr/lib64/ld-linux-x86-64.so.2"),
            "aarch64" => ("aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"),
            other => {
                return Err(UnpackError::Failed {
                    step: "choosing the loader",
                    reason: format!("no loader is known for {other}"),
                });
            }
        };
        Ok(Self { libraries: root.join("usr/lib").join(triplet), loader: root.join(loader), root })
    }
}

/// The folder for files that are expensive to get: `CORDBOARD_TEST_CACHE` where that variable is set, else `target/test-cache`.
#[must_use]
pub fn cache_folder() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = || env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    env::var_os("CORDBOARD_TEST_CACHE").map_or_else(|| target().join("test-cache"), PathBuf::from)
}

/// Downloads and unpacks into a folder next to `root` and renames it at the end, so that `root` is always complete.
fn unpack(cache: &Path, root: &Path, packages: &[&str]) -> Result<(), UnpackError> {
    let work = tempfile::tempdir_in(cache)?;
    let apt_folder = work.path().join("apt");
    for folder in ["lists/partial", "cache/archives/partial", "no-parts"] {
        fs::create_dir_all(apt_folder.join(folder))?;
    }
    fs::write(apt_folder.join("status"), "")?;
    fs::write(
        apt_folder.join("sources.list"),
        format!(
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {RELEASE} main\n",
            debian_mirror(&apt_folder)?
        ),
    )?;

    run("apt-get update", apt(&apt_folder).args(["update", "-qq"]))?;
    let mut download = apt(&apt_folder);
    download.args(["install", "-y", "-qq", "--download-only", "--no-install-recommends"]).args(packages);
    run("apt-get install --download-only", &mut download)?;

    let unpacked = work.path().join("root");
    for entry in fs::read_dir(apt_folder.join("cache/archives"))? {
        let package = entry?.path();
        if package.extension().is_some_and(|extension| extension == "deb") {
            run("dpkg-deb", Command::new("dpkg-deb").arg("-x").arg(&package).arg(&unpacked))?;
        }
    }
    Ok(fs::rename(unpacked, root)?)
}

/// `apt-get` that works in `folder` alone: it neither reads nor changes what the system has installed.
fn apt(folder: &Path) -> Command {
    let mut command = Command::new("apt-get");
    for (option, value) in [
        ("Dir::Etc::sourcelist", "sources.list"),
        ("Dir::Etc::sourceparts", "no-parts"),
        ("Dir::Etc::preferencesparts", "no-parts"),
        ("Dir::State::lists", "lists"),
        ("Dir::State::status", "status"),
        ("Dir::Cache", "cache"),
    ] {
        command.arg("-o").arg(format!("{option}={}", folder.join(value).display()));
    }
    // The sandbox user could not read our folder, and no other apt works in it.
    command.args(["-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1"]);
    command
}

/// The mirror that the machine's apt uses: it is near, and the machine may reach it. It is found in a way that needs neither root nor lists that
/// were downloaded before, because a fresh machine has none.
fn debian_mirror(apt_folder: &Path) -> Result<String, UnpackError> {
    let lists = format!("Dir::State::lists={}", apt_folder.join("lists").display());
    let output = run(
        "apt-get update --print-uris",
        Command::new("apt-get").args(["-o", &lists, "-o", "Debug::NoLocking=1", "update", "--print-uris"]),
    )?;
    // Lines such as 'http://deb.debian.org/debian/dists/bookworm/InRelease' and a file name.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix('\'')?.split_once("/dists/"))
        .map(|(mirror, _)| mirror)
        .find(|mirror| mirror.contains("debian") && !mirror.contains("security"))
        .map(str::to_owned)
        .ok_or(UnpackError::Failed {
            step: "looking for a Debian mirror",
            reason: "apt's sources name none; set CORDBOARD_TEST_CACHE to a folder of a machine that has one"
                .to_owned(),
        })
}

fn run(step: &'static str, command: &mut Command) -> Result<Output, UnpackError> {
    let failed = |reason: String| UnpackError::Failed { step, reason };
    let output = command.output().map_err(|error: io::Error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
