//! A Caddy from Debian's own packages, unpacked beside the system, with a site that we ship: as an operator would run it, but for its ports, its
//! certificate, and where the server is.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::debian::{DebianRoot, PackageSet, UnpackError};
use crate::postgres::{Certificates, PostgresError};
use crate::process::LoggedChild;
use crate::waiting::{TimedOut, wait_until};

const SET: PackageSet = PackageSet { folder: "caddy-root", packages: &["caddy"] };

/// The site's name in the example.
const SITE: &str = "cordboard.example.com {\n";
/// The server's place in it.
const SERVER: &str = "reverse_proxy 127.0.0.1:8080 {\n";

/// It is there within a second; a busy test machine is not.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no Caddy.
#[derive(Debug, thiserror::Error)]
pub enum CaddyError {
    /// A file or process of ours.
    #[error("Caddy harness: {0}")]
    Io(#[from] io::Error),
    /// The packages could not be had.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] PostgresError),
    /// The site has a line no more that the harness changes.
    #[error("the site has no {0:?} that could be changed")]
    NoSuchLine(&'static str),
    /// `caddy validate` does not take the site as it is shipped.
    #[error("Caddy does not take the site:\n{0}")]
    BadSite(String),
    /// It was started and does not answer.
    #[error("{late}; it said:\n{log}")]
    NotReady {
        /// The wait that failed.
        late: TimedOut,
        /// Its log.
        log: String,
    },
}

/// A Caddy that runs.
#[derive(Debug)]
pub struct Caddy {
    address: SocketAddr,
    encrypted: SocketAddr,
    issuer: String,
    _server: LoggedChild,
    _folder: TempDir,
}

impl Caddy {
    /// Starts one with this site before the server at `server`. The site is taken whole, and heard with TLS and without.
    ///
    /// # Errors
    /// [`CaddyError`] names the step that failed.
    pub fn start(site: &Path, server: SocketAddr) -> Result<Self, CaddyError> {
        let root = DebianRoot::obtain(SET)?;
        let folder = tempfile::Builder::new().prefix("cordboard-caddy-").tempdir()?;
        let tried = command(&root, folder.path(), "validate", site).output()?;
        if !tried.status.success() {
            return Err(CaddyError::BadSite(String::from_utf8_lossy(&tried.stderr).into_owned()));
        }
        let [plain, encrypted] = [port()?, port()?];
        let certificates = Certificates::issue(&["cordboard.example.com"])?;
        fs::write(folder.path().join("certificate.pem"), &certificates.server)?;
        fs::write(folder.path().join("key.pem"), &certificates.key)?;
        let file = folder.path().join("Caddyfile");
        fs::write(&file, changed(&fs::read_to_string(site)?, folder.path(), [plain, encrypted], server)?)?;

        let mut run = command(&root, folder.path(), "run", &file);
        let server = LoggedChild::spawn("caddy", &mut run, folder.path())?;
        let [address, encrypted] =
            [plain, encrypted].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let open = || TcpStream::connect(address).and_then(|_| TcpStream::connect(encrypted)).ok();
        wait_until("open ports of Caddy", START_LIMIT, open)
            .map_err(|late| CaddyError::NotReady { late, log: server.stderr_text() })?;
        Ok(Self { address, encrypted, issuer: certificates.root, _server: server, _folder: folder })
    }

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

fn port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Caddy, which writes nothing outside this folder.
fn command(root: &DebianRoot, folder: &Path, what: &str, site: &Path) -> Command {
    let mut command = root.command("usr/bin/caddy");
    command.args([what, "--adapter", "caddyfile", "--config"]).arg(site).current_dir(folder);
    command.envs(["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, folder)));
    command
}

/// The site under two addresses, with other ports, a certificate of its own and another server.
fn changed(
    site: &str,
    folder: &Path,
    [plain, encrypted]: [u16; 2],
    server: SocketAddr,
) -> Result<String, CaddyError> {
    for line in [SITE, SERVER] {
        if site.matches(line).count() != 1 {
            return Err(CaddyError::NoSuchLine(line));
        }
    }
    let snippet = site.replace(SITE, "(site) {\n").replace(SERVER, &format!("reverse_proxy {server} {{\n"));
    let folder = folder.display();
    Ok(format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\thttps_port {encrypted}\n}}\n\n{snippet}\n\
         http://:{plain} {{\n\tbind 127.0.0.1\n\timport site\n}}\n\n\
         https://cordboard.example.com:{encrypted} {{\n\tbind 127.0.0.1\n\ttls {folder}/certificate.pem {folder}/key.pem\n\timport site\n}}\n"
    ))
}
