//! A Caddy from Debian's own packages, unpacked outside the system, with a site that we ship. It runs as an operator would run it, except for
//! its ports, its certificate, and where the server is.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use crate::debian::{DebianRoot, PackageSet};
use crate::process::LoggedChild;
use crate::proxy::{Proxy, ProxyError, START_LIMIT, port, write_certificate};
use crate::waiting::wait_until;

const SET: PackageSet = PackageSet { folder: "caddy-root", packages: &["caddy"] };

/// The site's name in the example.
const SITE: &str = "cordboard.example.com {\n";
/// The server's place in that site.
const SERVER: &str = "reverse_proxy 127.0.0.1:8080 {\n";

/// Starts a Caddy with this site in front of the server at `server`. The site is used whole, and served with TLS and without.
///
/// # Errors
/// [`ProxyError`] names the step that failed.
pub fn start(site: &Path, server: SocketAddr) -> Result<Proxy, ProxyError> {
    let root = DebianRoot::obtain(SET)?;
    let folder = tempfile::Builder::new().prefix("cordboard-caddy-").tempdir()?;
    let tried = command(&root, folder.path(), "validate", site).output()?;
    if !tried.status.success() {
        return Err(ProxyError::BadSite(String::from_utf8_lossy(&tried.stderr).into_owned()));
    }
    let ports = [port()?, port()?];
    let issuer = write_certificate(folder.path())?;
    let file = folder.path().join("Caddyfile");
    fs::write(&file, changed(&fs::read_to_string(site)?, folder.path(), ports, server)?)?;

    let mut run = command(&root, folder.path(), "run", &file);
    let server = LoggedChild::spawn("caddy", &mut run, folder.path())?;
    let [address, encrypted] = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let open = || TcpStream::connect(address).and_then(|_| TcpStream::connect(encrypted)).ok();
    wait_until("open ports of Caddy", START_LIMIT, open)
        .map_err(|late| ProxyError::NotReady { late, log: server.stderr_text() })?;
    Ok(Proxy { address, encrypted, issuer, _server: server, _folder: folder })
}

/// A command for Caddy, which writes nothing outside this folder.
fn command(root: &DebianRoot, folder: &Path, what: &str, site: &Path) -> Command {
    let mut command = root.command("usr/bin/caddy");
    command.args([what, "--adapter", "caddyfile", "--config"]).arg(site).current_dir(folder);
    command.envs(["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, folder)));
    command
}

/// Returns the site under two addresses, with other ports, a certificate of its own and another server.
fn changed(
    site: &str,
    folder: &Path,
    [plain, encrypted]: [u16; 2],
    server: SocketAddr,
) -> Result<String, ProxyError> {
    for line in [SITE, SERVER] {
        if site.matches(line).count() != 1 {
            return Err(ProxyError::NoSuchLine(line));
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
