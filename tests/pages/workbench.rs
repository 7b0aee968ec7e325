//! Node and what it needs: the packages of `static/package.json`, with those for tests, below the test cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cordboard_test_support::debian::cache_folder;

use crate::SHARD;
use crate::setup::Setup;

/// A folder with the pages' sources and the tests' scripts, below `node_modules`.
pub(crate) struct Workbench {
    folder: PathBuf,
}

/// Files that are copied from `static/`.
const SOURCES: [&str; 10] = [
    "src",
    "build.mjs",
    "check.mjs",
    "types.mjs",
    "rules.mjs",
    "words-unused.mjs",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
];

impl Workbench {
    /// Copies sources and scripts, and runs `npm ci` where the lock file has changed. The parts of the tests that run at once have
    /// folders of their own in the one with the packages, where Node looks for them too.
    pub(crate) fn ready() -> Self {
        let packages = cache_folder().join("pages-workbench");
        let part = std::env::var(SHARD).ok().and_then(|shard| shard.split('/').next().map(str::to_owned));
        let folder = packages.join(format!("part-{}", part.as_deref().unwrap_or("all")));
        fs::create_dir_all(&folder).unwrap();
        for old in ["src", "browser"] {
            let _ = fs::remove_dir_all(folder.join(old));
        }
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        for source in SOURCES {
            copy(&checkout.join("static").join(source), &folder.join(source));
        }
        copy(&checkout.join("tests/pages/browser"), &folder.join("browser"));
        install(&packages, &checkout.join("static"));
        Self { folder }
    }

    /// A Node that runs this script of `tests/pages/browser`.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.folder.join("browser").join(script)).current_dir(&self.folder);
        command
    }

    /// Runs a command here, and ends the test where it fails.
    fn must(&self, command: &mut Command) -> Output {
        must(&self.folder, command)
    }
}

/// Has `packages` hold the packages of the lock file. Parts that run at once wait for the first.
fn install(packages: &Path, sources: &Path) {
    let turn = File::create(packages.join("installing.lock")).unwrap();
    turn.lock().unwrap();
    let lock = fs::read(sources.join("package-lock.json")).unwrap();
    let stamp = packages.join("node_modules/.cordboard-lock");
    if fs::read(&stamp).ok().as_ref() == Some(&lock) {
        return;
    }
    for source in ["package.json", "package-lock.json", ".npmrc"] {
        copy(&sources.join(source), &packages.join(source));
    }
    must(packages, Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]));
    fs::write(stamp, lock).unwrap();
}

/// Runs a command in a folder, and ends the test where it fails.
fn must(folder: &Path, command: &mut Command) -> Output {
    let output = command.current_dir(folder).output();
    let output =
        output.unwrap_or_else(|error| panic!("{command:?}: {error}; the tests of the pages need Node"));
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&said));
    output
}

/// The sources are valid TypeScript, and every text that users read is in the catalogues of the languages. Sources that have passed are not
/// checked again.
pub(crate) fn check_sources(bench: &Workbench) {
    bench.must(Command::new("node").args(["check.mjs", "checked"]));
}

/// The types that the pages know of the API are those of the server's document.
pub(crate) fn check_api_types(bench: &Workbench, setup: &Setup) {
    fs::write(bench.folder.join("openapi.json"), setup.document()).unwrap();
    let made = bench.must(Command::new("node").args(["types.mjs", "openapi.json"]));
    let kept = fs::read_to_string(bench.folder.join("src/api/types.ts")).unwrap();
    let is_same = String::from_utf8_lossy(&made.stdout) == kept;
    assert!(is_same, "the API has changed: generate static/src/api/types.ts again (static/README.md)");
    let made = bench.must(Command::new("node").args(["rules.mjs", "openapi.json"]));
    let kept = fs::read_to_string(bench.folder.join("src/api/rules.ts")).unwrap();
    let is_same = String::from_utf8_lossy(&made.stdout) == kept;
    assert!(is_same, "the API has changed: generate static/src/api/rules.ts again (static/README.md)");
}

/// The script makes pages by hand, as for a machine without Node.
pub(crate) fn bundle(bench: &Workbench) {
    bench.must(Command::new("node").args(["build.mjs", "ready-made"]));
    assert!(bench.folder.join("ready-made/index.html").is_file());
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
