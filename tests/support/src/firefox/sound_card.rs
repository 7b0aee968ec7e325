//! A virtual sound card: a PulseAudio with a loudspeaker, which is recorded, and a mouth, which speaks into the microphone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{FirefoxError, write_script};
use crate::debian::DebianRoot;
use crate::process::LoggedChild;
use crate::waiting::wait_until;

/// It is ready within 100 ms, but not on a busy test machine.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running PulseAudio with a folder of its own.
#[derive(Debug)]
pub(super) struct SoundCard {
    // Dropped in this order: first the process, then the folder.
    _daemon: LoggedChild,
    folder: TempDir,
}

impl SoundCard {
    /// Starts one.
    pub(super) fn start(root: &DebianRoot) -> Result<Self, FirefoxError> {
        let folder = tempfile::Builder::new().prefix("cordboard-sound-").tempdir()?;
        let modules = modules(root)?;
        let libraries = libraries(root, &modules);
        let script = folder.path().join("script.pa");
        fs::write(&script, devices(&socket(folder.path())))?;
        let mut command = Command::new(root.loader());
        command.arg("--library-path").arg(&libraries).arg(root.path("usr/bin/pulseaudio"));
        command.args([
            "-n",
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disable-shm=yes",
        ]);
        command.args(["--realtime=no", "--high-priority=no"]).arg("--file").arg(&script);
        command.arg(format!("--dl-search-path={}", modules.display()));
        command.env("HOME", folder.path()).env("PULSE_RUNTIME_PATH", folder.path().join("run"));
        let daemon = LoggedChild::spawn("pulseaudio", &mut command, folder.path())?;
        let there = || socket(folder.path()).exists().then_some(());
        wait_until("a sound card", START_LIMIT, there)
            .map_err(|late| FirefoxError::NoSound { late, log: daemon.stderr_text() })?;
        let sound = Self { _daemon: daemon, folder };
        let client = |task: &str| {
            format!(
                "#!/bin/sh\nexport HOME='{folder}' PULSE_SERVER='{server}'\n\
                 exec '{loader}' --library-path '{libraries}' '{pacat}' --latency-msec=50 {task} \"$@\"\n",
                folder = sound.folder.path().display(),
                server = sound.server(),
                loader = root.loader().display(),
                pacat = root.path("usr/bin/pacat").display(),
            )
        };
        write_script(&sound.play(), &client("--playback --file-format=wav --device=mouth"))?;
        let record = "--record --raw --format=s16le --rate=24000 --channels=1 --device=loudspeaker.monitor";
        write_script(&sound.record(), &client(record))?;
        Ok(sound)
    }

    /// Its address, in the form of `PULSE_SERVER`.
    pub(super) fn server(&self) -> String {
        format!("unix:{}", socket(self.folder.path()).display())
    }

    /// A program that speaks a WAV file, its argument, into the microphone.
    pub(super) fn play(&self) -> PathBuf {
        self.folder.path().join("play")
    }

    /// A program that writes what the loudspeaker plays to standard output.
    pub(super) fn record(&self) -> PathBuf {
        self.folder.path().join("record")
    }
}

/// Firefox does not list monitors among its microphones, so a microphone is made from the mouth's monitor. The socket comes last: once it
/// exists, everything is ready.
fn devices(socket: &Path) -> String {
    format!(
        "load-module module-null-sink sink_name=loudspeaker rate=48000 channels=1\n\
         load-module module-null-sink sink_name=mouth rate=48000 channels=1\n\
         load-module module-remap-source master=mouth.monitor source_name=microphone\n\
         set-default-sink loudspeaker\nset-default-source microphone\n\
         load-module module-native-protocol-unix socket={} auth-anonymous=1\n",
        socket.display()
    )
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

/// The folder with PulseAudio's modules; its name contains the version.
fn modules(root: &DebianRoot) -> Result<PathBuf, FirefoxError> {
    let folders = fs::read_dir(root.path("usr/lib"))?.filter_map(Result::ok);
    let of_pulse = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| name.starts_with("pulse-"));
    let found = folders.map(|folder| folder.path()).find(|path| path.file_name().is_some_and(of_pulse));
    let missing = || std::io::Error::other("the packages have no modules of PulseAudio");
    Ok(found.ok_or_else(missing)?.join("modules"))
}

/// The folders of its libraries; modules have some of their own.
fn libraries(root: &DebianRoot, modules: &Path) -> String {
    let all = root.libraries().display();
    format!("{all}:{all}/pulseaudio:{}", modules.display())
}
