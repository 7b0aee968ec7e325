//! Checks whether the STUN and TURN servers that browsers are given answer. Each is asked for our own address (RFC
//! 8489), which TURN servers answer as well.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use super::ice::IceAddress;
use crate::legs::{LegCheck, LegComplaint};
use crate::world;

const SUBJECT: &str = "ice servers";

/// How long a check of one server may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Requests to one server, because a datagram may be lost.
const TRIES: usize = 3;

const MAGIC: [u8; 4] = 0x2112_a442_u32.to_be_bytes();

/// Checks one server.
pub(super) fn check_server(server: &IceAddress) -> LegCheck {
    let IceAddress { uri, host, port, is_stream } = server;
    let asked = address_of(host, *port).and_then(|address| match is_stream {
        // Everything after that is TLS, or framed.
        true => TcpStream::connect_timeout(&address, LIMIT).map(drop),
        false => ask(address),
    });
    let outcome = asked.map(|()| format!("{uri} answers")).map_err(|error| LegComplaint {
        found: format!("{uri} does not answer: {error}"),
        fix: "check that it runs, that this machine may reach it, and that webrtc.ice_servers names it correctly"
            .to_owned(),
    });
    LegCheck { subject: SUBJECT, outcome }
}

fn address_of(host: &str, port: u16) -> io::Result<SocketAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = (host, port).to_socket_addrs()?;
    addresses.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}

/// Asks a server for our own address; any STUN answer will do.
fn ask(server: SocketAddr) -> io::Result<()> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(LIMIT / 2))?;
    let transaction = world::random_id();
    let question = [&[0, 1, 0, 0][..], &MAGIC, &transaction.as_bytes()[..12]].concat();
    let mut answer = [0; 1_500];
    let mut last = io::Error::new(io::ErrorKind::TimedOut, "there was no answer");
    for _ in 0..TRIES {
        socket.send(&question)?;
        match socket.recv(&mut answer) {
            Ok(length) if length >= 20 && answer[4..20] == question[4..20] => return Ok(()),
            Ok(_) => last = io::Error::new(io::ErrorKind::InvalidData, "the answer is not a STUN message"),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legs::LegSection as _;
    use crate::rtc::{IceServers, WebrtcSection};

    fn section(enabled: bool, uri: &str) -> WebrtcSection {
        WebrtcSection { enabled, ice_servers: Some(IceServers::read(uri).unwrap()), ..Default::default() }
    }

    fn is_good(uri: &str) -> bool {
        section(true, uri).checks().swap_remove(0).outcome.is_ok()
    }

    #[test]
    fn only_a_server_that_answers_passes_the_check() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        let answers = std::thread::spawn(move || {
            let mut question = [0; 100];
            let (length, from) = server.recv_from(&mut question).unwrap();
            assert_eq!((length, &question[..8]), (20, &[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..]));
            question[0] = 1;
            server.send_to(&question[..length], from).unwrap();
        });
        assert!(is_good(&format!("stun:127.0.0.1:{port}")));
        answers.join().unwrap();
        // Nothing listens there any more.
        assert!(!is_good(&format!("stun:127.0.0.1:{port}")));
        assert!(!is_good("turns:no-such-host.invalid:443?transport=tcp"));
    }

    #[test]
    fn without_webrtc_no_server_is_checked() {
        assert_eq!(section(false, "stun:127.0.0.1:9").checks(), []);
    }
}
