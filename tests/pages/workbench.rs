//! Node and what it needs: the packages of `static/package.json`, including those for tests, in the test cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cordboard_test_support::debian::cache_folder;

use crate::SHARD;
use crate::setup::Setup;

/// A folder with the pages' sources and the tests' scripts. Node finds its packages in the parent folder.
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
    /// Copies sources and scripts, and runs `npm ci` if the lock file has changed. Parts of the tests that run at once have their own folders within
    /// the one that has the packages, where Node finds them.
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

    /// Returns a command that runs a script of `tests/pages/browser` with Node.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.folder.join("browser").join(script)).current_dir(&self.folder);
        command
    }

    /// Runs a command in this folder, and panics if it fails.
    fn must(&self, command: &mut Command) -> Output {
        must(&self.folder, command)
    }
}

/// Installs the packages of the lock file in `packages`. Parts that run at once wait for the first one.
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

/// Runs a command in a folder, and panics if it fails.
fn must(folder: &Path, command: &mut Command) -> Output {
    let output = command.current_dir(folder).output();
    let output = output
        .unwrap_or_else(|error| panic!("{command:?}: {error}; install Node to run the tests of the pages"));
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&said));
    output
}

/// Checks that the sources are valid TypeScript, and that every text that users read is in the catalogues of all languages. Sources that have passed
/// are not checked again.
pub(crate) fn check_sources(bench: &Workbench) {
    bench.must(Command::new("node").args(["check.mjs", "checked"]));
}

/// Checks that the pages' types of the API are those of the server's OpenAPI document.
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

/// Checks that the script can build the pages on their own, as for a machine without Node.
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
