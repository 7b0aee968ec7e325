//! An nginx from Debian's own packages, unpacked beside the system, with a site that we ship: as an operator would run it, but for
//! its ports, its certificate, and where the server is.

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

const SET: PackageSet = PackageSet { folder: "nginx-root", packages: &["nginx"] };

/// It is there within 50 ms; a busy test machine is not.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no nginx.
#[derive(Debug, thiserror::Error)]
pub enum NginxError {
    /// A file or process of ours.
    #[error("nginx harness: {0}")]
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
    /// `nginx -t` does not take the site.
    #[error("nginx does not take the site:\n{0}")]
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

/// An nginx that runs.
#[derive(Debug)]
pub struct Nginx {
    address: SocketAddr,
    encrypted: SocketAddr,
    issuer: String,
    _server: LoggedChild,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one with this site before the server at `server`. The site is taken whole, TLS too, and heard at a port without TLS
    /// beside.
    ///
    /// # Errors
    /// [`NginxError`] names the step that failed.
    pub fn start(site: &Path, server: SocketAddr) -> Result<Self, NginxError> {
        let root = DebianRoot::obtain(SET)?;
        let folder = tempfile::Builder::new().prefix("cordboard-nginx-").tempdir()?;
        let ports = [port()?, port()?, port()?];
        let site = changed(&fs::read_to_string(site)?, folder.path(), ports, server)?;
        fs::write(folder.path().join("site.conf"), site)?;
        let certificates = Certificates::issue(&["cordboard.example.com"])?;
        fs::write(folder.path().join("certificate.pem"), &certificates.server)?;
        fs::write(folder.path().join("key.pem"), &certificates.key)?;
        fs::write(folder.path().join("nginx.conf"), settings(folder.path()))?;

        let tried = command(&root, folder.path()).arg("-t").output()?;
        if !tried.status.success() {
            return Err(NginxError::BadSite(String::from_utf8_lossy(&tried.stderr).into_owned()));
        }
        let server = LoggedChild::spawn("nginx", &mut command(&root, folder.path()), folder.path())?;
        let address = (Ipv4Addr::LOCALHOST, ports[2]).into();
        wait_until("an open port of nginx", START_LIMIT, || TcpStream::connect(address).ok())
            .map_err(|late| NginxError::NotReady { late, log: server.stderr_text() })?;
        let encrypted = (Ipv4Addr::LOCALHOST, ports[1]).into();
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

fn command(root: &DebianRoot, folder: &Path) -> Command {
    let mut command = root.command("usr/sbin/nginx");
    // Without it, it opens the log of the system before it reads any settings.
    command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    command.env("LC_ALL", "C");
    command
}

/// Settings around a site: nothing is written outside this folder.
fn settings(folder: &Path) -> String {
    let folder = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String =
        kinds.iter().map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n")).collect();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n\
         {temporary}    include {folder}/site.conf;\n}}\n"
    )
}

/// The site with other ports, a certificate of its own and another server.
fn changed(
    site: &str,
    folder: &Path,
    [http, https, plain]: [u16; 3],
    server: SocketAddr,
) -> Result<String, NginxError> {
    let folder = folder.display();
    let changes: [(&'static str, String); 7] = [
        ("listen 80;", format!("listen 127.0.0.1:{http};")),
        ("listen [::]:80;", String::new()),
        ("listen 443 ssl http2;", format!("listen 127.0.0.1:{https} ssl http2; listen 127.0.0.1:{plain};")),
        ("listen [::]:443 ssl http2;", String::new()),
        ("server 127.0.0.1:8080;", format!("server {server};")),
        ("/etc/letsencrypt/live/cordboard.example.com/fullchain.pem", format!("{folder}/certificate.pem")),
        ("/etc/letsencrypt/live/cordboard.example.com/privkey.pem", format!("{folder}/key.pem")),
    ];
    let mut site = site.to_owned();
    for (line, instead) in changes {
        if !site.contains(line) {
            return Err(NginxError::NoSuchLine(line));
        }
        site = site.replace(line, &instead);
    }
    Ok(site)
}
