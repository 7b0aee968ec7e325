//! Can the ports be listened on, or is it Cordboard itself that holds them?

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::super::reachable;
use super::Check;
use crate::config::Config;

/// How long a running Cordboard has to answer; on one machine it takes a few ms.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// The most that is read of an answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let holder = if is_cordboard(config.http.listen) { Holder::Cordboard } else { Holder::Somebody };
    let (http, audiosocket, freeswitch) = (&config.http, &config.audiosocket, &config.freeswitch);
    vec![
        examine_port("http port", "http.listen", http.listen, holder),
        examine_port("audiosocket port", "audiosocket.listen", audiosocket.listen, holder),
        examine_port("esl port", "freeswitch.esl_listen", freeswitch.esl_listen, holder),
        examine_port("audio stream port", "freeswitch.audio_listen", freeswitch.audio_listen, holder),
    ]
}

/// Who holds a port that is taken.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Cordboard,
    Somebody,
}

fn examine_port(subject: &'static str, setting: &str, listen: SocketAddr, holder: Holder) -> Check {
    let error = match TcpListener::bind(listen) {
        Ok(_) if listen.port() == 0 => return Check::good(subject, "any free port".to_owned()),
        Ok(_) => return Check::good(subject, format!("{listen} is free")),
        Err(error) => error,
    };
    let port = listen.port();
    match (error.kind(), holder) {
        (ErrorKind::AddrInUse, Holder::Cordboard) => {
            Check::good(subject, format!("{listen} is held by a running Cordboard"))
        }
        (ErrorKind::AddrInUse, Holder::Somebody) => Check::bad(
            subject,
            format!("{listen} is held by another program"),
            format!("stop it (`ss -ltnp sport = :{port}` names it), or set {setting} to another port"),
        ),
        (ErrorKind::PermissionDenied, _) => Check::bad(
            subject,
            format!("this user may not listen on port {port}"),
            format!("set {setting} to a port from 1024 up"),
        ),
        (ErrorKind::AddrNotAvailable, _) => Check::bad(
            subject,
            format!("{} is no address of this machine", listen.ip()),
            format!("set {setting} to one that `ip address` shows, or to 127.0.0.1:{port}"),
        ),
        _ => Check::bad(
            subject,
            format!("{listen} can't be listened on: {error}"),
            format!("set {setting} to another address"),
        ),
    }
}

/// Whether a Cordboard answers `/healthz` at this address.
fn is_cordboard(listen: SocketAddr) -> bool {
    listen.port() != 0 && healthz(reachable(listen)).is_ok_and(|answer| says_cordboard(&answer))
}

fn healthz(server: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&server, ANSWER_TIMEOUT)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    // In one write: a server may answer the first piece and reset the connection on the others.
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn says_cordboard(answer: &str) -> bool {
    let ok = answer.split_whitespace().nth(1) == Some("200");
    ok && answer.to_lowercase().contains("cordboard")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::Outcome;
    use super::*;

    /// A server on a free port that answers every connection with one text.
    fn server_saying(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
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

    fn http_check(listen: SocketAddr) -> Check {
        let mut config = Config::default();
        config.http.listen = listen;
        examine(&config).remove(0)
    }

    #[test]
    fn a_port_held_by_a_running_cordboard_is_good() {
        let server = server_saying("HTTP/1.1 200 OK\r\n\r\n{\"name\":\"cordboard\",\"status\":\"ok\"}");
        let check = http_check(server);
        assert_eq!(
            check.outcome,
            Outcome::Good { found: format!("{server} is held by a running Cordboard") }
        );
    }

    #[test]
    fn a_port_held_by_something_else_is_bad() {
        for answer in
            ["HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.1 404 Not Found\r\n\r\nno cordboard", "220 mail"]
        {
            let server = server_saying(answer);
            let Outcome::Bad { found, fix } = http_check(server).outcome else { panic!("{answer}") };
            assert_eq!(found, format!("{server} is held by another program"));
            assert!(fix.contains(&format!(":{}", server.port())) && fix.contains("http.listen"), "{fix}");
        }
    }

    #[test]
    fn an_address_of_another_machine_is_bad() {
        let Outcome::Bad { found, fix } = http_check("192.0.2.1:8080".parse().unwrap()).outcome else {
            panic!("192.0.2.1 is nobody's")
        };
        assert!(found.contains("192.0.2.1") && fix.contains("127.0.0.1:8080"), "{found} {fix}");
    }

    #[test]
    fn a_free_port_is_good() {
        assert!(!http_check("127.0.0.1:0".parse().unwrap()).is_bad());
    }
}
