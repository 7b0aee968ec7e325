//! The measured process: a server or a relay as a child process in a separate folder, or a server that runs already.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::callers::twilio;
use super::contender::{CallerKind, Contender};
use super::cores::{Cores, stay_on};
use super::process::Watched;

/// How long a start may take, with its migrations.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a proper end may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum lines of a log that are reported for a call.
const LINES_OF_CALL_MAX: usize = 30;

/// Calls that a measured server accepts: never the limit.
const CALLS_MAX: &str = "10000";

/// Kind of process that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// `cordboard serve`, with everything that it does.
    Server,
    /// `cordboard load --relay-floor`: only sockets, JSON, base64 and pacing.
    Relay,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Relay => "relay",
        }
    }
}

/// A setting of the server as an environment variable, `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    name: String,
    value: String,
}

impl Setting {
    pub(super) fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

impl std::str::FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("give NAME=VALUE, as CORDBOARD_LOG__LEVEL=warn")?;
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// A running server or relay. Dropping it ends the process at once and removes its folder.
#[derive(Debug)]
pub(super) struct Subject {
    /// Ports at which it takes callers.
    pub(super) ports: Ports,
    /// The process, if it may be examined.
    pub(super) watched: Option<Watched>,
    child: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    folder: Folder,
}

/// Ports at which a server or relay takes callers: from the line that it prints when it listens.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Ports {
    /// Callers of an Asterisk.
    pub(super) audiosocket: SocketAddr,
    /// A FreeSWITCH's `socket`.
    pub(super) esl: Option<SocketAddr>,
    /// A FreeSWITCH's audio module.
    pub(super) audio_stream: Option<SocketAddr>,
    /// Twilio's webhooks and streams.
    pub(super) http: Option<SocketAddr>,
}

impl Subject {
    /// Wraps a server that was started elsewhere.
    pub(super) fn given(ports: Ports, pid: Option<u32>) -> Self {
        Self { ports, watched: pid.map(|pid| Watched { pid }), child: None }
    }

    /// Starts one on its core, with the provider at this base URL, and waits until it listens.
    ///
    /// # Errors
    /// A sentence with the end of its log.
    pub(super) async fn start(
        contender: Contender,
        provider: &str,
        cores: Option<Cores>,
        settings: &[Setting],
    ) -> Result<Self, String> {
        let kind = contender.kind;
        let folder =
            Folder::create().map_err(|error| format!("no folder for the {}: {error}", kind.name()))?;
        let mut command =
            command(contender, provider, &folder, settings).map_err(|error| error.to_string())?;
        let mut running = spawn(&mut command, folder, cores)
            .map_err(|error| format!("the {} can't be started: {error}", kind.name()))?;
        let watched = Watched { pid: running.child.id() };
        let line = match running.child.stdout.take() {
            Some(output) => timeout(START_TIMEOUT, spawn_blocking(|| first_line(output))).await,
            None => return Err("a child without output".to_owned()),
        };
        let line = line.ok().and_then(Result::ok).and_then(Result::ok).unwrap_or_default();
        match serde_json::from_str(&line) {
            Ok(ports) => Ok(Self { ports, watched: Some(watched), child: Some(running) }),
            Err(_) => Err(format!("the {} did not start: {}", kind.name(), running.folder.end_of_log())),
        }
    }

    /// Returns the last lines of its log about a switch's channel and its call.
    pub(super) fn log_of(&self, channel: Uuid) -> Vec<String> {
        let Some(running) = &self.child else { return Vec::new() };
        let log = fs::read_to_string(running.folder.log()).unwrap_or_default();
        lines_about(&log, &channel.to_string())
    }

    /// Ends it properly.
    ///
    /// # Errors
    /// Fails if it did not end, or not well.
    pub(super) async fn stop(mut self) -> Result<(), String> {
        let Some(running) = &mut self.child else { return Ok(()) };
        let asked = i32::try_from(running.child.id()).ok().and_then(Pid::from_raw);
        // A process that is gone can't be signalled. Its end is reported below.
        let _ = asked.map(|pid| kill_process(pid, Signal::TERM));
        let until = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < until {
            match running.child.try_wait() {
                // A relay only ends by the signal.
                Ok(Some(status)) if status.success() || status.code().is_none() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(format!("it ended with {status}: {}", running.folder.end_of_log()));
                }
                Ok(None) => sleep(Duration::from_millis(20)).await,
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("it did not end within {} s", STOP_TIMEOUT.as_secs()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A child runs where its parent was when it started it, so it is on its core from its first thread on.
fn spawn(command: &mut Command, folder: Folder, cores: Option<Cores>) -> io::Result<Running> {
    if let Some(cores) = cores {
        stay_on(cores.subject)?;
    }
    let spawned = command.spawn().map(|child| Running { child, folder });
    if let Some(cores) = cores {
        stay_on(cores.load)?;
    }
    spawned
}

fn command(
    contender: Contender,
    provider: &str,
    folder: &Folder,
    settings: &[Setting],
) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    match contender.kind {
        Kind::Server => command
            .args(["serve", "--print-addresses"])
            .env_clear()
            .env("CORDBOARD_HTTP__LISTEN", "127.0.0.1:0")
            .env("CORDBOARD_AUDIOSOCKET__LISTEN", "127.0.0.1:0")
            .env("CORDBOARD_FREESWITCH__ESL_LISTEN", "127.0.0.1:0")
            .env("CORDBOARD_FREESWITCH__AUDIO_LISTEN", "127.0.0.1:0")
            .envs(settings_for(contender.way).iter().copied())
            .env("CORDBOARD_CALLS__MAX", CALLS_MAX)
            .env("CORDBOARD_ASSISTANT__PROVIDER", "openai")
            .env("OPENAI_API_KEY", "load")
            .env("OPENAI_BASE_URL", provider)
            .env("OPENAI_REALTIME_MODEL", "load")
            .envs(settings.iter().map(|setting| (&setting.name, &setting.value))),
        Kind::Relay => command.args(["load", "--relay-floor", "--provider-url", provider]).env_clear(),
    };
    command
        .current_dir(&folder.path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(folder.log())?);
    Ok(command)
}

/// Settings of a server for its callers' switch.
fn settings_for(way: CallerKind) -> Vec<(&'static str, &'static str)> {
    match way {
        CallerKind::Audiosocket => Vec::new(),
        CallerKind::Freeswitch(audio) => vec![("CORDBOARD_FREESWITCH__AUDIO", audio.setting())],
        // All visitors have one address here, so a proxy names each of them. Otherwise they would count as one household.
        CallerKind::Web => {
            vec![("CORDBOARD_REGISTRATION", "open"), ("CORDBOARD_HTTP__TRUSTED_PROXIES", "127.0.0.1")]
        }
        CallerKind::Webrtc => vec![
            ("CORDBOARD_REGISTRATION", "open"),
            ("CORDBOARD_HTTP__TRUSTED_PROXIES", "127.0.0.1"),
            ("CORDBOARD_WEBRTC__ENABLED", "true"),
            ("CORDBOARD_WEBRTC__LISTEN", "127.0.0.1:0"),
        ],
        CallerKind::Twilio => vec![
            ("TWILIO_ACCOUNT_SID", twilio::ACCOUNT_SID),
            ("TWILIO_AUTH_TOKEN", twilio::AUTH_TOKEN),
            ("CORDBOARD_HTTP__PUBLIC_BASE_URL", twilio::PUBLIC_BASE),
            // The real Twilio is never contacted.
            ("CORDBOARD_TWILIO__API_BASE_URL", "http://127.0.0.1:9"),
        ],
    }
}

/// Returns the last lines that name a channel, or are in the span of the call whose first line does.
fn lines_about(log: &str, channel: &str) -> Vec<String> {
    let call = log.lines().filter(|line| line.contains(channel)).find_map(call_of);
    let is_about_call = |line: &&str| line.contains(channel) || call.is_some_and(|call| line.contains(call));
    let lines: Vec<&str> = log.lines().filter(is_about_call).collect();
    let from = lines.len().saturating_sub(LINES_OF_CALL_MAX);
    lines[from..].iter().map(|line| (*line).to_owned()).collect()
}

/// Returns the call in whose span a line is.
fn call_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("call{call_id=")?;
    rest.split_once('}').map(|(call, _)| call)
}

fn first_line(output: ChildStdout) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok(line)
}

/// The working directory of a child: its database, its recordings, its log. Removed with it.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn create() -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("cordboard-load-{}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Returns the last lines of the child's log, for an error.
    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        match &lines[lines.len().saturating_sub(5)..] {
            [] => "it wrote no log".to_owned(),
            last => last.join("\n"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Remaining files are in the system's temporary folder.
        let _ = fs::remove_dir_all(Path::new(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_name_and_a_value() {
        let setting: Setting = "CORDBOARD_LOG__LEVEL=a=b".parse().unwrap();
        assert_eq!((setting.name.as_str(), setting.value.as_str()), ("CORDBOARD_LOG__LEVEL", "a=b"));
        assert!("CORDBOARD_LOG__LEVEL".parse::<Setting>().unwrap_err().contains("NAME=VALUE"));
    }

    #[test]
    fn a_call_is_found_in_the_log_by_its_channel() {
        let log = "10:00 INFO call{call_id=01a2-1}: started outside_id=freeswitch 4f51\n\
                   10:00 INFO call{call_id=01a2-2}: started outside_id=freeswitch 7a70\n\
                   10:01 DEBUG call{call_id=01a2-1}:leg{leg=1 uuid=4f51}: read to the end\n\
                   10:02 INFO call{call_id=01a2-1}: ended by=server\n\
                   10:03 WARN a call was refused outside_id=freeswitch 4f51\n";
        let minutes = |channel: &str| -> Vec<String> {
            lines_about(log, channel).iter().map(|line| line[..5].to_owned()).collect()
        };
        assert_eq!(minutes("4f51"), ["10:00", "10:01", "10:02", "10:03"]);
        assert_eq!(minutes("7a70"), ["10:00"]);
        assert_eq!(minutes("dead"), [""; 0]);
    }

    #[test]
    fn a_folder_goes_with_its_owner() {
        let folder = Folder::create().unwrap();
        let path = folder.path.clone();
        fs::write(folder.log(), "1\n2\n3\n4\n5\n6\n").unwrap();
        assert_eq!(folder.end_of_log(), "2\n3\n4\n5\n6");
        drop(folder);
        assert!(!path.exists());
    }
}
