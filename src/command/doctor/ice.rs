//! Do the STUN and TURN servers answer that browsers are told of? Each is asked where we are (RFC 8489), which TURN servers tell as well.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use cordboard_actors::world;

use super::Check;
use crate::config::{Config, IceAddress};

const SUBJECT: &str = "ice servers";

/// How long one may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Questions to one server: a datagram may be lost.
const TRIES: usize = 3;

const MAGIC: [u8; 4] = 0x2112_a442_u32.to_be_bytes();

pub(super) fn examine(config: &Config) -> Vec<Check> {
    let servers = config.legs.webrtc.ice_servers.as_ref().filter(|_| config.legs.webrtc.enabled);
    servers.map(|servers| servers.addresses().iter().map(examine_one).collect()).unwrap_or_default()
}

fn examine_one(server: &IceAddress) -> Check {
    let IceAddress { uri, host, port, is_stream } = server;
    let asked = address_of(host, *port).and_then(|address| match is_stream {
        // Everything after that is TLS, or framed.
        true => TcpStream::connect_timeout(&address, LIMIT).map(drop),
        false => ask(address),
    });
    match asked {
        Ok(()) => Check::good(SUBJECT, format!("{uri} answers")),
        Err(error) => Check::bad(
            SUBJECT,
            format!("{uri} does not answer: {error}"),
            "see that it runs, that this machine may reach it, and that webrtc.ice_servers names it right"
                .to_owned(),
        ),
    }
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
    use crate::config::IceServers;

    fn check(uri: &str) -> Check {
        let mut config = Config::default();
        config.legs.webrtc.enabled = true;
        config.legs.webrtc.ice_servers = Some(IceServers::read(uri).unwrap());
        examine(&config).swap_remove(0)
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
        assert!(!check(&format!("stun:127.0.0.1:{port}")).is_bad());
        answers.join().unwrap();
        // Nobody listens there any more.
        assert!(check(&format!("stun:127.0.0.1:{port}")).is_bad());
        assert!(check("turns:no-such-host.invalid:443?transport=tcp").is_bad());
    }

    #[test]
    fn where_browsers_talk_over_the_socket_alone_nobody_is_asked() {
        let mut config = Config::default();
        config.legs.webrtc.ice_servers = Some(IceServers::read("stun:127.0.0.1:9").unwrap());
        assert_eq!(examine(&config), []);
    }
}
