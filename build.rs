//! Bundles the pages (`static/`) with Node, for `src/web/pages.rs` to embed.
//!
//! Sources and lock file are copied to `OUT_DIR`, and `npm ci` runs there only when the lock file has changed: nothing is written into the checkout.
//! The variable `CORDBOARD_STATIC_DIR`, at build time, names a folder of ready-made pages (the output of `static/build.mjs` on another machine). Then
//! neither Node nor a network is needed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, io};

/// Inputs of the bundle, below `static/`.
const SOURCES: [&str; 5] = ["src", "build.mjs", "package.json", "package-lock.json", ".npmrc"];
/// The oldest Node that runs `build.mjs`.
const NODE_MAJOR_MIN: u32 = 20;
/// Alternatives if the pages can't be built.
const OTHERWISE: &str = "Or set CORDBOARD_STATIC_DIR to a folder of pages built on another machine \
                         (static/README.md), or leave the pages out with --no-default-features.";

fn main() {
    println!("cargo::rerun-if-env-changed=CORDBOARD_STATIC_DIR");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=static/{source}");
    }
    if env::var_os("CARGO_FEATURE_PAGES").is_none() {
        return;
    }
    // `cargo run` gives the variable to the program too, which takes all that begins with `CORDBOARD_` for a setting.
    match pages() {
        Ok(folder) => println!("cargo::rustc-env=BUNDLED_PAGES_DIR={}", folder.display()),
        Err(reason) => {
            for line in reason.lines() {
                println!("cargo::error={line}");
            }
        }
    }
}

/// Returns the folder with the pages, or an error text for the person who builds.
fn pages() -> Result<PathBuf, String> {
    if let Some(ready) = env::var_os("CORDBOARD_STATIC_DIR").filter(|ready| !ready.is_empty()) {
        let ready = PathBuf::from(ready);
        println!("cargo::rerun-if-changed={}", ready.display());
        let index = ready.join("index.html");
        return match fs::canonicalize(&ready) {
            Ok(folder) if index.is_file() => Ok(folder),
            _ => Err(format!("CORDBOARD_STATIC_DIR holds no pages: there is no {}", index.display())),
        };
    }
    need_node()?;
    let out_dir = env::var_os("OUT_DIR").map(PathBuf::from).ok_or("cargo gave no OUT_DIR")?;
    let work = out_dir.join("pages-build");
    copy_sources(Path::new("static"), &work)
        .map_err(|error| format!("copying static/ to {}: {error}", work.display()))?;
    install(&work)?;
    let bundle = out_dir.join("pages");
    let output = run(Command::new("node").arg("build.mjs").arg(&bundle).current_dir(&work))?;
    if output.status.success() {
        Ok(bundle)
    } else {
        Err(format!("the pages can't be bundled:\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn need_node() -> Result<(), String> {
    let need =
        format!("the pages need Node {NODE_MAJOR_MIN} or newer and npm (Debian 13: apt install nodejs npm)");
    let version = Command::new("node").arg("--version").output();
    let Ok(version) = version else { return Err(format!("{need}; `node` was not found. {OTHERWISE}")) };
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        return Err(format!("{need}; `node` is {version}. {OTHERWISE}"));
    }
    Ok(())
}

/// `npm ci`, unless it has run for this very lock file. No package's own scripts are run.
fn install(work: &Path) -> Result<(), String> {
    let lock = fs::read(work.join("package-lock.json")).map_err(|error| error.to_string())?;
    let stamp = work.join("node_modules/.cordboard-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let arguments = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    let output = run(Command::new("npm").args(arguments).current_dir(work))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "npm could not install the packages of the pages; it needs the npm registry once. {OTHERWISE}\n{said}"
        ));
    }
    fs::write(stamp, lock).map_err(|error| error.to_string())
}

/// Copies what the bundle is made from; what a source no longer has goes from the copy, too.
fn copy_sources(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    match fs::remove_dir_all(to.join("src")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for source in SOURCES {
        copy(&from.join(source), &to.join(source))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<Output, String> {
    command.output().map_err(|error| {
        format!("{} can't be run: {error}. {OTHERWISE}", command.get_program().to_string_lossy())
    })
}
