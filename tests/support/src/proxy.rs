//! A proxy in front of the server: its addresses and its certificate, whichever product it is (`nginx.rs`, `caddy.rs`).

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::debian::UnpackError;
use crate::postgres::{Certificates, PostgresError};
use crate::process::LoggedChild;
use crate::waiting::TimedOut;

/// A proxy is ready within a second, but not on a busy test machine.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// An error of one of our files or processes.
    #[error("harness of a proxy: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The certificate can't be made.
    #[error(transparent)]
    Certificate(#[from] PostgresError),
    /// The site no longer has a line that the harness changes.
    #[error("the site no longer has {0:?}, which the harness changes")]
    NoSuchLine(&'static str),
    /// The proxy's own check rejects the site.
    #[error("the proxy rejects the site:\n{0}")]
    BadSite(String),
    /// It was started and does not answer.
    #[error("{late}; its log:\n{log}")]
    NotReady {
        /// The wait that failed.
        late: TimedOut,
        /// Its log.
        log: String,
    },
}

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) encrypted: SocketAddr,
    pub(crate) issuer: String,
    pub(crate) _server: LoggedChild,
    pub(crate) _folder: TempDir,
}

impl Proxy {
    /// Address at which it listens without TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Address at which it listens with TLS, as `cordboard.example.com`.
    #[must_use]
    pub fn encrypted(&self) -> SocketAddr {
        self.encrypted
    }

    /// The issuer of its certificate, as PEM.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

/// A free port.
pub(crate) fn port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Writes a certificate for the site's name and its key into a folder; returns the issuer.
pub(crate) fn write_certificate(folder: &Path) -> Result<String, ProxyError> {
    let certificates = Certificates::issue(&["cordboard.example.com"])?;
    fs::write(folder.join("certificate.pem"), &certificates.server)?;
    fs::write(folder.join("key.pem"), &certificates.key)?;
    Ok(certificates.root)
}
