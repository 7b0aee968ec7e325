//! A real Asterisk 22 for one test: a folder of its own, free ports on 127.0.0.1, its log shown when the test fails.

mod configuration;
mod package_root;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::time::Duration;

pub use self::configuration::{
    AmiUser, HOLD_MUSIC_HZ, PHONE_NUMBERS, SOFTPHONE_NUMBER, SOFTPHONE_PASSWORD, TRUNK, UNREGISTERED_NUMBER,
};
pub use self::package_root::PackageRoot;
use crate::ami::{Ami, AmiError};
use crate::audio::Sound;
use crate::debian::UnpackError;
use crate::priority;
use crate::process::{LoggedChild, last_lines, read_lossy};
use crate::server::Addresses;
use crate::waiting::{TimedOut, wait_until};

/// Asterisk is ready 0.3 s after its start on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Another test may take a port that was free a moment ago: then other ports are tried.
const START_ATTEMPTS: u32 = 3;
/// Why there is no Asterisk.
#[derive(Debug, thiserror::Error)]
pub enum AsteriskError {
    /// A file operation or a process of ours failed.
    #[error("asterisk harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// It was started and did not come up.
    #[error("asterisk did not come up: {reason}; its log ends:\n{log}")]
    NotReady {
        /// The wait that failed.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// It came up and then refused what the harness asked for.
    #[error(transparent)]
    Ami(#[from] AmiError),
}

/// Asterisk's settings about the server under test, and more dialplan next to the shipped one.
#[derive(Debug, Clone)]
pub struct AsteriskSetup {
    /// Address at which Cordboard takes AudioSocket connections.
    pub audiosocket: SocketAddr,
    /// Address at which Cordboard answers `/api/v1/calls/expect` and `/next`.
    pub api: SocketAddr,
    /// The dialplan token.
    pub dialplan_token: String,
    /// How long the dialplan waits for a server that does not answer.
    pub resume_window: Duration,
    /// The destination of a caller when the server stays away: `context,exten,priority`.
    pub person: String,
    /// More dialplan, with its own contexts.
    pub extra_dialplan: String,
    /// Address of the telephones of [`PHONE_NUMBERS`] and of [`TRUNK`]; without it there are no such endpoints.
    pub phones: Option<SocketAddr>,
    /// Whether a browser can be the telephone with [`SOFTPHONE_NUMBER`].
    pub softphone: bool,
}

impl AsteriskSetup {
    /// Returns a set-up with the shipped resume window (30 s), the 425 Hz operator as the person, no more dialplan and no telephones.
    #[must_use]
    pub fn new(audiosocket: SocketAddr, api: SocketAddr, dialplan_token: &str) -> Self {
        Self {
            audiosocket,
            api,
            dialplan_token: dialplan_token.to_owned(),
            resume_window: Duration::from_secs(30),
            person: "people,operator,1".to_owned(),
            extra_dialplan: String::new(),
            phones: None,
            softphone: false,
        }
    }
}

/// Free ports of one Asterisk.
#[derive(Debug, Clone, Copy)]
struct Ports {
    ami: u16,
    sip: u16,
    /// For HTTP, and so for WebSockets.
    http: u16,
}

/// A running Asterisk; killed when dropped.
#[derive(Debug)]
pub struct Asterisk {
    // Dropped in this order: first the process, then the folder that it writes to.
    process: LoggedChild,
    packages: PackageRoot,
    ports: Ports,
    folder: tempfile::TempDir,
}

impl Asterisk {
    /// Starts Asterisk and waits until it accepts calls.
    ///
    /// # Errors
    /// The packages can't be obtained, or Asterisk does not come up; the text holds the end of its log.
    pub fn start(setup: &AsteriskSetup) -> Result<Self, AsteriskError> {
        let packages = PackageRoot::obtain()?;
        let mut attempt = 1;
        loop {
            match Self::start_once(&packages, setup) {
                Err(AsteriskError::NotReady { log, .. })
                    if attempt < START_ATTEMPTS && log.contains("Address already in use") =>
                {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn start_once(packages: &PackageRoot, setup: &AsteriskSetup) -> Result<Self, AsteriskError> {
        let folder = tempfile::Builder::new().prefix("cordboard-asterisk-").tempdir()?;
        let ports = free_ports()?;
        configuration::write(folder.path(), packages, ports, setup)?;
        let process = spawn(packages, folder.path())?;
        let mut asterisk = Self { process, packages: packages.clone(), ports, folder };
        asterisk.wait_booted()?;
        Ok(asterisk)
    }

    /// Kills the process and its calls, as a crash would, and starts it again with the same ports, folder and log.
    ///
    /// # Errors
    /// It does not come up again; the text holds the end of its log.
    pub fn restart(&mut self) -> Result<(), AsteriskError> {
        self.process.kill()?;
        self.process = spawn(&self.packages, self.folder.path())?;
        self.wait_booted()
    }

    fn wait_booted(&mut self) -> Result<(), AsteriskError> {
        let ready = wait_until("a login at its AMI port", START_LIMIT, || match self.process.ended() {
            Ok(None) => self.ami().ok().map(Ok),
            _ => Some(Err("it ended".to_owned())),
        });
        match ready.map_err(|late| late.to_string()).and_then(|outcome| outcome) {
            Ok(ami) => {
                ami.wait_fully_booted(START_LIMIT)?;
                // Switches run at a higher priority. Asterisk's own `-p` would raise it too early: loading the modules takes a whole core for a
                // second.
                priority::raise_all_of(self.process.pid());
                Ok(())
            }
            Err(reason) => Err(AsteriskError::NotReady { reason, log: last_lines(&self.log()) }),
        }
    }

    /// A new control connection, logged in, with the events of calls, digits, the system and the dialplan's own.
    ///
    /// # Errors
    /// Asterisk refuses the connection or the login.
    pub fn ami(&self) -> Result<Ami, AmiError> {
        Ami::connect(self.ami_address(), AmiUser::TESTS.name, AmiUser::TESTS.secret)
    }

    /// Sets the address of the server in the dialplan.
    ///
    /// # Errors
    /// Asterisk refuses the connection or the change.
    pub fn lead_to(&self, server: Addresses) -> Result<(), AmiError> {
        let ami = self.ami()?;
        for (variable, value) in [
            ("CORDBOARD_AUDIOSOCKET", server.audiosocket.to_string()),
            ("CORDBOARD_API", format!("http://{}", server.http)),
        ] {
            ami.action("Setvar", &[("Variable", variable), ("Value", &value)])?;
        }
        Ok(())
    }

    /// Returns the address for SIP over WebSocket, if [`AsteriskSetup::softphone`] is set.
    #[must_use]
    pub fn sip_socket(&self) -> String {
        format!("ws://127.0.0.1:{}/ws", self.ports.http)
    }

    /// Returns the address for control connections (TCP). [`AmiUser`] lists who may log in.
    #[must_use]
    pub fn ami_address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.ami))
    }

    /// Returns the address to which SIP callers send their INVITE (UDP). They arrive in the context `outside`.
    #[must_use]
    pub fn sip(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.sip))
    }

    /// Returns the folder of this Asterisk, where tests put their sound files and recordings.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a finished recording (a WAV file of `MixMonitor`). Asterisk completes it shortly after the channel's end.
    ///
    /// # Errors
    /// There is no finished file with sound in it after `limit`.
    pub fn recording(&self, path: &Path, limit: Duration) -> Result<Sound, TimedOut> {
        wait_until(&format!("the end of the recording {}", path.display()), limit, || {
            Sound::read_finished_wav(path)
        })
    }

    /// Returns everything that Asterisk has logged so far: notices, warnings, errors and the dialplan's steps.
    #[must_use]
    pub fn log(&self) -> String {
        // Errors before the logger starts are on standard output.
        self.process.stdout_text() + &read_lossy(&self.folder.path().join("log/messages"))
    }
}

impl Drop for Asterisk {
    #[expect(clippy::print_stderr, reason = "the test runner shows it next to the failure")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- asterisk's log ----\n{}", last_lines(&self.log()));
        }
    }
}

fn spawn(packages: &PackageRoot, folder: &Path) -> io::Result<LoggedChild> {
    let mut command = packages.command("usr/sbin/asterisk");
    command.arg("-C").arg(folder.join("etc/asterisk.conf")).arg("-f").env("TERM", "dumb");
    LoggedChild::spawn("asterisk", &mut command, folder)
}

fn free_ports() -> io::Result<Ports> {
    let ami = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let sip = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    Ok(Ports { ami, sip, http })
}
