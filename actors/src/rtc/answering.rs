//! Do the STUN and TURN servers answer that browsers are told of? Each is asked where we are (RFC 8489), which TURN servers tell as well.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use super::ice::IceAddress;
use crate::legs::{LegCheck, LegComplaint};
use crate::world;

const SUBJECT: &str = "ice servers";

/// How long one may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Questions to one server: a datagram may be lost.
const TRIES: usize = 3;

const MAGIC: [u8; 4] = 0x2112_a442_u32.to_be_bytes();

/// Asks one.
pub(super) fn look_at(server: &IceAddress) -> LegCheck {
    let IceAddress { uri, host, port, is_stream } = server;
    let asked = address_of(host, *port).and_then(|address| match is_stream {
        // Everything after that is TLS, or framed.
        true => TcpStream::connect_timeout(&address, LIMIT).map(drop),
        false => ask(address),
    });
    let outcome = asked.map(|()| format!("{uri} answers")).map_err(|error| LegComplaint {
        found: format!("{uri} does not answer: {error}"),
        fix: "see that it runs, that this machine may reach it, and that webrtc.ice_servers names it right"
            .to_owned(),
    });
    LegCheck { subject: SUBJECT, outcome }
}

fn address_of(host: &str, port: u16) -> io::Result<SocketAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = (host, port).to_socket_addrs()?;
    addresses.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}

/// Asks a server where we are; any answer of STUN will do.
fn ask(server: SocketAddr) -> io::Result<()> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(LIMIT / 2))?;
    let transaction = world::random_id();
    let question = [&[0, 1, 0, 0][..], &MAGIC, &transaction.as_bytes()[..12]].concat();
    let mut answer = [0; 1_500];
    let mut last = io::Error::new(io::ErrorKind::TimedOut, "nothing came back");
    for _ in 0..TRIES {
        socket.send(&question)?;
        match socket.recv(&mut answer) {
            Ok(length) if length >= 20 && answer[4..20] == question[4..20] => return Ok(()),
            Ok(_) => {
                last = io::Error::new(io::ErrorKind::InvalidData, "what comes back is no answer of STUN")
            }
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
    fn a_server_that_answers_is_good_and_another_is_not() {
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
        // Nobody listens there any more.
        assert!(!is_good(&format!("stun:127.0.0.1:{port}")));
        assert!(!is_good("turns:no-such-host.invalid:443?transport=tcp"));
    }

    #[test]
    fn where_browsers_talk_over_the_socket_alone_nobody_is_asked() {
        assert_eq!(section(false, "stun:127.0.0.1:9").checks(), []);
    }
}
