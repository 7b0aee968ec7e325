//! A TURN server (RFC 8656): coturn from Debian's own packages, unpacked outside the system, on the loopback interface with ports of its own.
//! It accepts credentials that are made from a shared secret. It also relays to this machine, which coturn refuses by default.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use tempfile::TempDir;

use crate::debian::{DebianRoot, PackageSet, UnpackError};
use crate::free_ports::free_ports;
use crate::process::LoggedChild;
use crate::waiting::{TimedOut, wait_until};

const SET: PackageSet = PackageSet { folder: "coturn-root", packages: &["coturn"] };

/// It is ready within 100 ms, but not on a busy test machine.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long an answer by UDP may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// A binding request of STUN (RFC 8489): type, length, magic cookie, transaction.
const BINDING_REQUEST: [u8; 20] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7];
/// The number of its ports: its own, and those that it relays from. Each connection of a browser takes one.
const PORTS: u16 = 40;

/// Why there is no coturn.
#[derive(Debug, thiserror::Error)]
pub enum CoturnError {
    /// An error of one of our files or processes.
    #[error("coturn harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// There are no free ports.
    #[error(transparent)]
    NoPorts(#[from] TimedOut),
    /// It was started and does not answer.
    #[error("{late}; its log:\n{log}")]
    NotReady {
        /// The wait that failed.
        late: TimedOut,
        /// Its log.
        log: String,
    },
}

/// A running coturn.
#[derive(Debug)]
pub struct Coturn {
    // Dropped in this order: first the process, then the folder.
    process: LoggedChild,
    port: u16,
    _folder: TempDir,
}

impl Coturn {
    /// Unpacks the packages where that has not been done.
    ///
    /// # Errors
    /// The packages can't be obtained.
    pub fn obtain() -> Result<(), CoturnError> {
        Ok(DebianRoot::obtain(SET).map(drop)?)
    }

    /// Starts a server with this secret.
    ///
    /// # Errors
    /// [`CoturnError`] names the step that failed.
    pub fn start(secret: &str) -> Result<Self, CoturnError> {
        let root = DebianRoot::obtain(SET)?;
        let folder = tempfile::Builder::new().prefix("cordboard-coturn-").tempdir()?;
        let ports = free_ports(PORTS)?;
        let mut command = root.command("usr/bin/turnserver");
        // No configuration of the machine's own coturn.
        command.args(["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers"]);
        command.args(["--no-tls", "--use-auth-secret", "--realm=tests", "--log-file=stdout", "--simple-log"]);
        command
            .arg(format!("--static-auth-secret={secret}"))
            .arg(format!("--listening-port={}", ports.start));
        command.arg(format!("--min-port={}", ports.start + 1)).arg(format!("--max-port={}", ports.end - 1));
        for (name, file) in [("pidfile", "pid"), ("db", "database")] {
            command.arg(format!("--{name}={}", folder.path().join(file).display()));
        }
        let process = LoggedChild::spawn("coturn", &mut command, folder.path())?;
        let coturn = Self { process, port: ports.start, _folder: folder };
        // It listens by TCP before it answers by UDP.
        let answers = || {
            TcpStream::connect(coturn.address()).ok()?;
            coturn.bind().ok().map(drop)
        };
        wait_until("a coturn that listens", START_LIMIT, answers)
            .map_err(|late| CoturnError::NotReady { late, log: coturn.log() })?;
        Ok(coturn)
    }

    /// Address at which it listens, by UDP and TCP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Sends a binding request (STUN, RFC 8489) by UDP, and waits for the answer.
    fn bind(&self) -> io::Result<Vec<u8>> {
        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        client.set_read_timeout(Some(ANSWER_LIMIT))?;
        client.connect(self.address())?;
        client.send(&BINDING_REQUEST)?;
        let mut answer = [0; 512];
        let length = client.recv(&mut answer)?;
        Ok(answer[..length].to_vec())
    }

    /// Everything that it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.stdout_text() + &self.process.stderr_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_learns_the_address_that_it_came_from() {
        let coturn = Coturn::start("secret").unwrap();
        let answer = coturn.bind().unwrap();
        assert_eq!(&answer[..2], [1, 1], "a binding response: {}", coturn.log());
        assert_eq!(&answer[8..20], [7; 12]);
    }
}
