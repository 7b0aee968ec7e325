//! Checks whether the ports are free, or in use by Cordboard itself.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use cordboard_actors::listening::{DeclaredPort, Transport};
use serde::Deserialize;

use super::Check;
use crate::boot::is_in_use;
use crate::command::running_server::{Answer, RunningServer};
use crate::command::runtime;
use crate::config::Config;

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let holder = holder(config);
    config.ports().into_iter().map(|port| examine_port(port, &holder)).collect()
}

/// Returns whether the server of this configuration runs, and answers at its HTTP port.
pub(super) fn is_held_by_ours(config: &Config) -> bool {
    holder(config) == Holder::Ours
}

/// The server that answers on the HTTP port. It may be what uses a port that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holder {
    /// The Cordboard of this configuration.
    Ours,
    /// One with another data folder. It reports the folder only to local clients.
    OtherInstallation(Option<PathBuf>),
    OtherProgram,
}

fn examine_port(port: DeclaredPort, holder: &Holder) -> Check {
    let DeclaredPort { check: subject, listen, transport, .. } = port;
    let taken = match transport {
        Transport::Udp => UdpSocket::bind(listen).map(drop),
        Transport::Tcp => TcpListener::bind(listen).map(drop),
    };
    match taken {
        Ok(()) if listen.port() == 0 => Check::good(subject, "any free port".to_owned()),
        Ok(()) => Check::good(subject, format!("{listen} is free")),
        Err(error) => judge(port, holder, &error),
    }
}

/// Judges a port that could not be bound.
fn judge(port: DeclaredPort, holder: &Holder, error: &io::Error) -> Check {
    let DeclaredPort { check: subject, setting, listen, transport, .. } = port;
    let shown = match transport {
        Transport::Udp => "lunp",
        Transport::Tcp => "ltnp",
    };
    let port = listen.port();
    match (error.kind(), holder) {
        // A port below 1024 that systemd has opened is refused to this user before it is found in use.
        (ErrorKind::AddrInUse | ErrorKind::PermissionDenied, Holder::Ours) => {
            Check::good(subject, format!("{listen} is held by a running Cordboard"))
        }
        (ErrorKind::AddrInUse, Holder::OtherInstallation(folder)) => {
            let folder_note = folder.as_ref().map_or_else(
                || "with another data folder".to_owned(),
                |folder| format!("with the data folder {}", folder.display()),
            );
            Check::bad(
                subject,
                format!("{listen} is held by another Cordboard, {folder_note}"),
                // A command without the settings of the service is more frequent than two servers.
                format!(
                    "if it is the one that is meant, give this command the same settings, among them data_dir (docs/operations.md, \
                     \"On Debian\", does so for the service); otherwise stop it (`ss -{shown} sport = :{port}` names it), or set {setting} \
                     to another port"
                ),
            )
        }
        (ErrorKind::AddrInUse, Holder::OtherProgram) => Check::bad(
            subject,
            format!("{listen} is held by another program"),
            format!("stop it (`ss -{shown} sport = :{port}` names it), or set {setting} to another port"),
        ),
        (ErrorKind::PermissionDenied, _) => Check::bad(
            subject,
            format!("this user may not listen on port {port}"),
            format!("set {setting} to a port from 1024 up, or have systemd open this one (cordboard.socket)"),
        ),
        (ErrorKind::AddrNotAvailable, _) => Check::bad(
            subject,
            format!("{} is not an address of this machine", listen.ip()),
            format!("set {setting} to one that `ip address` shows, or to 127.0.0.1:{port}"),
        ),
        _ => Check::bad(
            subject,
            format!("{listen} can't be listened on: {error}"),
            format!("set {setting} to another address"),
        ),
    }
}

/// Returns the server that answers at the HTTP port of this configuration.
fn holder(config: &Config) -> Holder {
    let server = RunningServer::of(config, None);
    let ask = |path| runtime().ok()?.block_on(server.as_ref()?.get(path)).ok();
    if !ask("/healthz").is_some_and(|answer| says_cordboard(&answer)) {
        return Holder::OtherProgram;
    }
    let folder = ask("/readyz").and_then(|answer| folder_in(&answer));
    let is_ours = match &folder {
        Some(folder) => same_folder(folder, &config.data_dir),
        // A server names its folder only to clients that it takes for local, and an older one to none. In that case the lock shows whether our folder
        // is in use.
        None => is_in_use(&config.data_dir),
    };
    if is_ours { Holder::Ours } else { Holder::OtherInstallation(folder) }
}

/// Returns the data folder in an answer of `/readyz`.
fn folder_in(answer: &Answer) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Readiness {
        data_dir: Option<PathBuf>,
    }
    serde_json::from_str::<Readiness>(&answer.text).ok()?.data_dir
}

/// Returns whether both paths are the same folder.
fn same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

fn says_cordboard(answer: &Answer) -> bool {
    answer.status == 200 && answer.text.to_lowercase().contains("cordboard")
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::SocketAddr;
    use std::thread;

    use super::super::Outcome;
    use super::*;

    /// Starts a server on a free port that answers every connection with one text.
    fn server_saying(answer: impl Into<String>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, answer) = (listener.local_addr().unwrap(), answer.into());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 1024];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        address
    }

    fn http_check(listen: SocketAddr, data_dir: &Path) -> Check {
        let mut config = Config { data_dir: data_dir.to_owned(), ..Config::default() };
        config.http.listen = listen;
        examine(&config).remove(0)
    }

    #[test]
    fn a_held_port_is_good_only_if_held_by_us() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let says = |folder: Option<&Path>| {
            let folder = folder.map_or("null".to_owned(), |folder| format!("\"{}\"", folder.display()));
            server_saying(format!("HTTP/1.1 200 OK\r\n\r\n{{\"name\":\"cordboard\",\"data_dir\":{folder}}}"))
        };
        let found = |check: Check| match check.outcome {
            Outcome::Good { found } => format!("good: {found}"),
            Outcome::Bad { found, .. } => format!("bad: {found}"),
        };
        let server = says(Some(ours.path()));
        assert_eq!(
            found(http_check(server, &ours.path().join("."))),
            format!("good: {server} is held by a running Cordboard")
        );
        let server = says(Some(theirs.path()));
        assert_eq!(
            found(http_check(server, ours.path())),
            format!(
                "bad: {server} is held by another Cordboard, with the data folder {}",
                theirs.path().display()
            )
        );
        let Outcome::Bad { fix, .. } = http_check(server, ours.path()).outcome else {
            panic!("it is another's")
        };
        assert!(
            fix.starts_with("if it is the one that is meant, give this command the same settings"),
            "{fix}"
        );
        // If the server does not say whose it is, the lock of our folder does.
        let server = says(None);
        assert_eq!(
            found(http_check(server, ours.path())),
            format!("bad: {server} is held by another Cordboard, with another data folder")
        );
        let lock = std::fs::File::create(ours.path().join("lock")).unwrap();
        lock.lock().unwrap();
        assert!(found(http_check(server, ours.path())).starts_with("good"));
    }

    #[test]
    fn a_privileged_port_is_good_if_systemd_opened_it() {
        let config = Config::default();
        let judged = |holder| judge(config.ports().remove(0), &holder, &ErrorKind::PermissionDenied.into());
        assert!(!judged(Holder::Ours).is_bad());
        let Outcome::Bad { fix, .. } = judged(Holder::OtherProgram).outcome else {
            panic!("nobody holds it")
        };
        assert!(fix.contains("from 1024 up") && fix.contains("cordboard.socket"), "{fix}");
    }

    #[test]
    fn a_port_held_by_something_else_is_bad() {
        for answer in
            ["HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.1 404 Not Found\r\n\r\nno cordboard", "220 mail"]
        {
            let server = server_saying(answer);
            let Outcome::Bad { found, fix } = http_check(server, Path::new("/nowhere")).outcome else {
                panic!("{answer}")
            };
            assert_eq!(found, format!("{server} is held by another program"));
            assert!(fix.contains(&format!(":{}", server.port())) && fix.contains("http.listen"), "{fix}");
        }
    }

    #[test]
    fn an_address_of_another_machine_is_bad() {
        let Outcome::Bad { found, fix } =
            http_check("192.0.2.1:8080".parse().unwrap(), Path::new("/nowhere")).outcome
        else {
            panic!("192.0.2.1 is nobody's")
        };
        assert!(found.contains("192.0.2.1") && fix.contains("127.0.0.1:8080"), "{found} {fix}");
    }

    #[test]
    fn a_free_port_is_good() {
        assert!(!http_check("127.0.0.1:0".parse().unwrap(), Path::new("/nowhere")).is_bad());
    }
}
