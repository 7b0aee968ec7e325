//! Chromium from Debian's own packages, unpacked outside the system (180 MB to download, 590 MB on disk).
//!
//! `chromium-headless-shell` is Debian's Chromium without what needs a display. It runs under its own loader, like everything that is unpacked.
//! A program finds its files next to the file that `/proc/self/exe` names, which here is the loader: so the loader is copied there. Its children
//! are started by the same script, and without the sandbox, which does not know this arrangement.
//! The program under test runs at the same time, carries sound and has priority over Chromium. A Chromium started by root may not raise its own
//! priority. It is also nice, both as a process and as a session, because the kernel shares the processor equally between its automatic groups.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::debian::{DebianRoot, PackageSet, UnpackError};

const SET: PackageSet =
    PackageSet { folder: "chromium-root", packages: &["chromium-headless-shell", "fonts-dejavu-core"] };
/// The folder inside the root.
const FOLDER: &str = "usr/lib/chromium";

/// Why there is no Chromium.
#[derive(Debug, thiserror::Error)]
pub enum ChromiumError {
    /// An error of one of our files.
    #[error("chromium harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
}

/// A Chromium that a test can start.
#[derive(Debug)]
pub struct Chromium {
    /// Holds the script and the list of fonts.
    folder: TempDir,
    program: PathBuf,
}

impl Chromium {
    /// Unpacks it where that has not been done, and writes the script that starts it.
    ///
    /// # Errors
    /// The packages can't be obtained.
    pub fn obtain() -> Result<Self, ChromiumError> {
        let root = DebianRoot::obtain(SET)?;
        let loader = root.path(FOLDER).join("cordboard-loader");
        if !loader.exists() {
            // Renamed at the end, so that no other test starts half of it.
            let part = tempfile::NamedTempFile::new_in(root.path(FOLDER))?;
            fs::copy(root.loader(), part.path())?;
            part.persist(&loader).map_err(|error| error.error)?;
        }
        let folder = tempfile::Builder::new().prefix("cordboard-chromium-").tempdir()?;
        let fonts = folder.path().join("fonts.conf");
        fs::write(&fonts, fonts_conf(&root.path("usr/share/fonts"), &folder.path().join("font-cache")))?;
        let program = folder.path().join("chromium");
        fs::write(&program, script(&root, &loader, &fonts))?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(Self { folder, program })
    }

    /// The program; it exists as long as this value.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The arguments with which it has to be started.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let subprocess = format!("--browser-subprocess-path={}", self.program.display());
        ["--no-sandbox", "--no-zygote", "--disable-gpu", &subprocess].map(str::to_owned).to_vec()
    }

    /// A folder for its files; removed with this value.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn script(root: &DebianRoot, loader: &Path, fonts: &Path) -> String {
    let libraries = root.libraries().display();
    format!(
        "#!/bin/sh\nexport FONTCONFIG_FILE='{fonts}'\nplain='setpriv --bounding-set=-sys_nice'\n$plain true 2>/dev/null || plain=\n\
         {{ echo 1 > /proc/self/autogroup; }} 2>/dev/null\n[ \"$(nice)\" -ge 5 ] || plain=\"$plain nice -n 5\"\n\
         exec $plain '{loader}' --library-path \
         '{folder}:{libraries}:{libraries}/pulseaudio' '{folder}/chromium-headless-shell' \"$@\"\n",
        fonts = fonts.display(),
        loader = loader.display(),
        folder = root.path(FOLDER).display(),
    )
}

/// Only the unpacked fonts, so that pages look alike on every machine.
pub(crate) fn fonts_conf(fonts: &Path, cache: &Path) -> String {
    let prefer = |family: &str, font: &str| {
        format!("<alias><family>{family}</family><prefer><family>{font}</family></prefer></alias>")
    };
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig><dir>{}</dir><cachedir>{}</cachedir>\
         {}{}{}</fontconfig>\n",
        fonts.display(),
        cache.display(),
        prefer("sans-serif", "DejaVu Sans"),
        prefer("system-ui", "DejaVu Sans"),
        prefer("monospace", "DejaVu Sans Mono"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_and_reads_a_page() {
        let chromium = Chromium::obtain().unwrap();
        let page = chromium.folder().join("page.html");
        fs::write(&page, "<title>a page</title><p>read</p>").unwrap();
        let output = std::process::Command::new(chromium.program())
            .args(chromium.arguments())
            .arg("--dump-dom")
            .arg(format!("--user-data-dir={}", chromium.folder().join("profile").display()))
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("<p>read</p>"), "{output:?}");
    }
}
