//! Why the server did not start, or did not end properly.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use cordboard_actors::listening::{self, PortFault};
use cordboard_actors::switches::{SwitchFault, SwitchPortFault};

use crate::cache::CacheFault;
use crate::certificate::CertificateFault;
use crate::mail::MailError;
use crate::recordings::RemoteError;
use crate::secret_box::SecretKeyError;
use crate::starts::StartsError;
use crate::store::StoreError;

/// Why the server did not start. The text names the setting or the file, and the fix.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder can't be created.
    #[error("the folder {} can't be created: {cause}; set `data_dir` to one that can be written", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// Another server uses the data folder.
    #[error(
        "the data folder {} is in use by another Cordboard process{}; stop that one, or set `data_dir` to another folder",
        .path.display(),
        .holder.map(|process| format!(" (process {process})")).unwrap_or_default()
    )]
    InUse {
        /// The data folder.
        path: PathBuf,
        /// The process's id, if known.
        holder: Option<u32>,
    },
    /// It is unknown whether another server uses the data folder.
    #[error("the lock in the data folder {} can't be taken: {cause}; set `data_dir` to a folder that can be written", .path.display())]
    Lock {
        /// The data folder.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// Another server uses the SQLite file, with another data folder.
    #[error(
        "the database {} is in use by another Cordboard process{}; stop that one, or set DATABASE_URL to another file",
        .path.display(),
        .holder.map(|process| format!(" (process {process})")).unwrap_or_default()
    )]
    DatabaseInUse {
        /// The file.
        path: PathBuf,
        /// The process's id, if known.
        holder: Option<u32>,
    },
    /// It is unknown whether another server uses the SQLite file.
    #[error(
        "the lock next to the database {} can't be taken: {cause}; set DATABASE_URL to a file in a folder that can be written",
        .path.display()
    )]
    DatabaseLock {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// A token's file can't be read or written.
    #[error("the tokens in {} can't be read or created: {cause}; let the server's user read and write that folder and the files in it", .path.display())]
    Tokens {
        /// The data folder.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The object store for recordings failed.
    #[error(transparent)]
    Recordings(#[from] RemoteError),
    /// The key that encrypts secrets failed.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// The mail server's settings can't be used.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cache can't be set up.
    #[error(transparent)]
    Cache(#[from] CacheFault),
    /// The dialler can't be set up.
    #[error("the dialler can't be reached: {0}")]
    Osdial(String),
    /// A shipped sound or the provider's address can't be used.
    #[error("no assistant can be prepared: {0}")]
    Assistant(String),
    /// The judge's address or key can't be used.
    #[error("the judge model can't be prepared: {0}")]
    Judge(String),
    /// A port can't be opened.
    #[error(
        "{setting} = {address} can't be listened on: {cause}; {}",
        listen_fix(.setting, .address, .cause)
    )]
    Listen {
        /// The setting that names it.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// A value for a switch can't be sent.
    #[error("{setting} can't be sent to a switch: {cause}; set it to plain text")]
    Switch {
        /// The setting.
        setting: String,
        /// The fault.
        cause: String,
    },
    /// TLS for outgoing connections can't be set up.
    #[error("TLS can't be set up: {0}; make sure that the system's certificates can be read")]
    Tls(String),
    /// The certificate of the HTTP server can't be used.
    #[error(
        "the HTTP server can't speak TLS: {0}; check http.tls_certificate and http.tls_key, or unset both"
    )]
    Certificate(#[from] CertificateFault),
    /// A thread or a task can't be started.
    #[error(
        "the system started no thread: {0}; give the server more threads and memory (systemd: `TasksMax=`)"
    )]
    Task(String),
    /// Signals can't be received.
    #[error("signals can't be received: {0}")]
    Signals(io::Error),
}

/// Returns the fix for a port that can't be opened. Only a port in use is held by another program.
fn listen_fix(setting: &str, address: &SocketAddr, cause: &io::Error) -> String {
    let port = address.port();
    match cause.kind() {
        io::ErrorKind::AddrInUse => match listening::given_with_same_port(*address) {
            Some(given) => format!(
                "systemd has opened {given} for this server: write {address} instead into cordboard.socket, or set {setting} to {given}"
            ),
            None => format!(
                "stop what holds it (`ss -lntup sport = :{port}` names it), or set {setting} to another port"
            ),
        },
        io::ErrorKind::AddrNotAvailable => {
            format!("set {setting} to an address that `ip address` shows, or to 127.0.0.1:{port}")
        }
        io::ErrorKind::PermissionDenied => {
            format!("set {setting} to a port from 1024 up, or have systemd open this one (cordboard.socket)")
        }
        _ => format!("set {setting} to another address"),
    }
}

impl From<StartsError> for StartError {
    fn from(error: StartsError) -> Self {
        Self::Assistant(error.to_string())
    }
}

impl From<PortFault> for StartError {
    fn from(PortFault { setting, address, cause }: PortFault) -> Self {
        Self::Listen { setting, address, cause }
    }
}

impl From<SwitchFault> for StartError {
    fn from(SwitchFault { setting, cause }: SwitchFault) -> Self {
        Self::Switch { setting, cause }
    }
}

impl From<SwitchPortFault> for StartError {
    fn from(fault: SwitchPortFault) -> Self {
        match fault {
            SwitchPortFault::Port(fault) => fault.into(),
            SwitchPortFault::Setting(fault) => fault.into(),
        }
    }
}

/// The server has ended before the database took the whole journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{rows} rows of the journal could not be stored (see the log for the reason); the next start finds their calls open"
)]
pub struct NotStored {
    /// Rows that were lost.
    pub rows: u64,
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_port_opened_by_systemd_is_reported() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let given = port.local_addr().unwrap();
        listening::give(vec![port]);
        let address = SocketAddr::new("0.0.0.0".parse().unwrap(), given.port());
        let cause = io::ErrorKind::AddrInUse.into();
        let message = StartError::Listen { setting: "http.listen", address, cause }.to_string();
        assert!(message.contains(&format!("systemd has opened {given}")), "{message}");
        assert!(
            message.ends_with(&format!("into cordboard.socket, or set http.listen to {given}")),
            "{message}"
        );
    }

    #[test]
    fn only_a_port_in_use_is_blamed_on_another_program() {
        let message = |kind: io::ErrorKind| {
            let address = "192.0.2.1:80".parse().unwrap();
            StartError::Listen { setting: "http.listen", address, cause: kind.into() }.to_string()
        };
        let in_use = message(io::ErrorKind::AddrInUse);
        assert!(in_use.contains("stop what holds it") && in_use.contains("sport = :80"), "{in_use}");
        for (kind, fix) in [
            (io::ErrorKind::AddrNotAvailable, "; set http.listen to an address that `ip address` shows"),
            (io::ErrorKind::PermissionDenied, "; set http.listen to a port from 1024 up"),
            (io::ErrorKind::Other, "; set http.listen to another address"),
        ] {
            let message = message(kind);
            assert!(message.contains(fix) && !message.contains("stop"), "{message}");
        }
    }
}
