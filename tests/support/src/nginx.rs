//! An nginx from Debian's own packages, unpacked outside the system, with a site that we ship. It runs as an operator would run it, except for
//! its ports, its certificate, and where the server is.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use crate::debian::{DebianRoot, PackageSet};
use crate::process::LoggedChild;
use crate::proxy::{Proxy, ProxyError, START_LIMIT, port, write_certificate};
use crate::waiting::wait_until;

const SET: PackageSet = PackageSet { folder: "nginx-root", packages: &["nginx"] };

/// Starts an nginx with this site in front of the server at `server`. The site is used whole, with TLS, and also served at a port without TLS.
///
/// # Errors
/// [`ProxyError`] names the step that failed.
pub fn start(site: &Path, server: SocketAddr) -> Result<Proxy, ProxyError> {
    let root = DebianRoot::obtain(SET)?;
    let folder = tempfile::Builder::new().prefix("cordboard-nginx-").tempdir()?;
    let ports = [port()?, port()?, port()?];
    let site = changed(&fs::read_to_string(site)?, folder.path(), ports, server)?;
    fs::write(folder.path().join("site.conf"), site)?;
    let issuer = write_certificate(folder.path())?;
    fs::write(folder.path().join("nginx.conf"), settings(folder.path()))?;

    let tried = command(&root, folder.path()).arg("-t").output()?;
    if !tried.status.success() {
        return Err(ProxyError::BadSite(String::from_utf8_lossy(&tried.stderr).into_owned()));
    }
    let server = LoggedChild::spawn("nginx", &mut command(&root, folder.path()), folder.path())?;
    let [_, encrypted, address] = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    wait_until("an open port of nginx", START_LIMIT, || TcpStream::connect(address).ok())
        .map_err(|late| ProxyError::NotReady { late, log: server.stderr_text() })?;
    Ok(Proxy { address, encrypted, issuer, _server: server, _folder: folder })
}

fn command(root: &DebianRoot, folder: &Path) -> Command {
    let mut command = root.command("usr/sbin/nginx");
    // Without `-e` it opens the system's log before it reads any settings.
    command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    command.env("LC_ALL", "C");
    command
}

/// The settings around a site: nothing is written outside this folder.
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
) -> Result<String, ProxyError> {
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
            return Err(ProxyError::NoSuchLine(line));
        }
        site = site.replace(line, &instead);
    }
    Ok(site)
}
