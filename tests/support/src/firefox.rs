//! Firefox from Debian's own packages, unpacked outside the system, with a sound card of its own (180 MB to download, 690 MB on disk).
//!
//! It starts itself again for each page, by the file that `/proc/self/exe` names. So it can't run under a loader on the command line, as Chromium
//! does. Instead, the programs are copied into a folder of the test, where each names its loader itself, and the rest of Firefox is linked next
//! to them. Its sandbox, which does not know this arrangement, is off. It runs without a display. It is also nice, as a process and as a session
//! of the kernel's groups, because the program under test carries sound and has priority.
//!
//! Firefox plays sound, and has a microphone, only where there is a sound card: a PulseAudio with a loudspeaker that is recorded, and a
//! microphone into which a test plays.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::chromium::fonts_conf;
use crate::debian::{DebianRoot, PackageSet, UnpackError};
use crate::waiting::TimedOut;

mod own_loader;
mod sound_card;

use own_loader::copy_with_loader;
use sound_card::SoundCard;

const SET: PackageSet = PackageSet {
    folder: "firefox-root",
    packages: &["firefox-esr", "fonts-dejavu-core", "pulseaudio", "pulseaudio-utils"],
};
/// The folder inside the root.
const FOLDER: &str = "usr/lib/firefox-esr";
/// The programs that Firefox starts from its folder.
const PROGRAMS: [&str; 5] = ["firefox-esr", "crashhelper", "glxtest", "vaapitest", "vulkantest"];

/// The preferences of a Firefox in tests. Firefox turns off much else by itself when it is driven.
const PREFERENCES: [(&str, &str); 7] = [
    // The microphone is available without a question.
    ("media.navigator.permission.disabled", "true"),
    // A page may play sound before anybody clicks on it.
    ("media.autoplay.default", "0"),
    // WebRTC with a server on this machine.
    ("media.peerconnection.ice.loopback", "true"),
    // It contacts no other servers: no name is looked up.
    ("network.dns.disabled", "true"),
    ("app.normandy.enabled", "false"),
    ("browser.safebrowsing.downloads.enabled", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
];

/// Why there is no Firefox.
#[derive(Debug, thiserror::Error)]
pub enum FirefoxError {
    /// An error of one of our files.
    #[error("firefox harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The sound card did not start.
    #[error("{late}; its log:\n{log}")]
    NoSound {
        /// The wait that failed.
        late: TimedOut,
        /// Log of PulseAudio.
        log: String,
    },
}

/// A Firefox that a test can start, with a sound card that is already running.
#[derive(Debug)]
pub struct Firefox {
    // Dropped in this order: first the sound card's process, then the folder.
    sound: SoundCard,
    folder: TempDir,
}

impl Firefox {
    /// Unpacks the packages where that has not been done.
    ///
    /// # Errors
    /// The packages can't be obtained.
    pub fn obtain() -> Result<(), FirefoxError> {
        Ok(DebianRoot::obtain(SET).map(drop)?)
    }

    /// Starts a sound card, and prepares a Firefox for it.
    ///
    /// # Errors
    /// [`FirefoxError`] names the step that failed.
    pub fn ready() -> Result<Self, FirefoxError> {
        let root = DebianRoot::obtain(SET)?;
        let folder = tempfile::Builder::new().prefix("cordboard-firefox-").tempdir()?;
        let sound = SoundCard::start(&root)?;
        lay_out(&root, &folder.path().join("app"))?;
        let fonts = folder.path().join("fonts.conf");
        fs::write(&fonts, fonts_conf(&root.path("usr/share/fonts"), &folder.path().join("font-cache")))?;
        let profile = folder.path().join("profile");
        fs::create_dir(&profile)?;
        let preferences = PREFERENCES.iter().fold(String::new(), |mut all, (name, value)| {
            let _ = writeln!(all, "user_pref(\"{name}\", {value});");
            all
        });
        fs::write(profile.join("user.js"), preferences)?;
        write_script(&folder.path().join("firefox"), &script(&root, folder.path(), &sound.server()))?;
        Ok(Self { sound, folder })
    }

    /// The program. It accepts Firefox's arguments; display and profile are set already. It exists as long as this value.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.folder.path().join("firefox")
    }

    /// A program that plays a WAV, its argument, into Firefox's microphone, and ends after the last sample.
    #[must_use]
    pub fn play(&self) -> PathBuf {
        self.sound.play()
    }

    /// A program that writes what Firefox plays to standard output until it is ended: samples of 16 bits, little-endian, one channel,
    /// 24,000 Hz.
    #[must_use]
    pub fn record(&self) -> PathBuf {
        self.sound.record()
    }
}

/// Lays out the folder that Firefox runs in: its programs with a loader of their own, and links to everything else.
fn lay_out(root: &DebianRoot, app: &Path) -> io::Result<()> {
    fs::create_dir(app)?;
    for entry in fs::read_dir(root.path(FOLDER))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| PROGRAMS.contains(&name)) {
            copy_with_loader(&entry.path(), root.loader(), &app.join(name))?;
        } else {
            symlink(entry.path(), app.join(name))?;
        }
    }
    Ok(())
}

fn script(root: &DebianRoot, folder: &Path, sound_server: &str) -> String {
    // The system's own programs can't run with these libraries: `env`, the last of them, sets them for Firefox alone.
    format!(
        "#!/bin/sh\nexport HOME='{folder}' FONTCONFIG_FILE='{folder}/fonts.conf' PULSE_SERVER='{sound_server}'\n\
         export MOZ_CRASHREPORTER_DISABLE=1\n\
         for part in CONTENT GMP RDD SOCKET_PROCESS UTILITY; do export MOZ_DISABLE_${{part}}_SANDBOX=1; done\n\
         {{ echo 1 > /proc/self/autogroup; }} 2>/dev/null\n[ \"$(nice)\" -ge 5 ] || before='nice -n 5'\n\
         exec $before env LD_LIBRARY_PATH='{firefox}:{libraries}:{libraries}/pulseaudio' \
         '{folder}/app/firefox-esr' --headless --no-remote --profile '{folder}/profile' \"$@\"\n",
        folder = folder.display(),
        firefox = root.path(FOLDER).display(),
        libraries = root.libraries().display(),
    )
}

/// Writes a shell script.
fn write_script(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn it_starts_and_takes_a_picture_of_a_page() {
        let firefox = Firefox::ready().unwrap();
        let (page, picture) =
            (firefox.folder.path().join("page.html"), firefox.folder.path().join("page.png"));
        fs::write(&page, "<title>a page</title><p>read</p>").unwrap();
        let output = Command::new(firefox.program())
            .arg("--screenshot")
            .arg(&picture)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        assert!(fs::read(&picture).is_ok_and(|picture| picture.starts_with(b"\x89PNG")), "{output:?}");
    }
}
