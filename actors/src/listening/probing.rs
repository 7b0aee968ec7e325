//! A peer that is gone without a word: its machine has lost its power, or the network in between its state. TCP notices that only where it
//! waits for an answer.

use std::io;
use std::time::Duration;

use cordboard_schema::limits::{PEER_IDLE_S, PEER_PROBE_S, PEER_PROBES};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// When the kernel asks a silent peer whether it is there, and gives it up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probing {
    /// Silence before the first question.
    idle: Duration,
    /// From one question to the next.
    every: Duration,
    /// Questions without an answer.
    most: u32,
}

impl Probing {
    /// That of connections which switches open. Others end them sooner: a leg whose sound is not taken is broken within seconds.
    pub(super) const OF_SWITCHES: Self = Self {
        idle: Duration::from_secs(PEER_IDLE_S),
        every: Duration::from_secs(PEER_PROBE_S),
        most: PEER_PROBES,
    };

    /// Has the kernel end the connection, with an error to its reader, once nothing has come of its peer for so long.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn begin(self, stream: &TcpStream) -> io::Result<()> {
        let Self { idle, every, most } = self;
        let keepalive = TcpKeepalive::new().with_time(idle).with_interval(every).with_retries(most);
        let socket = SockRef::from(stream);
        socket.set_tcp_keepalive(&keepalive)?;
        // While sent bytes wait to be acknowledged nothing is asked, and the kernel would repeat them for a quarter of an hour.
        socket.set_tcp_user_timeout(Some(idle + every * most))
    }
}

#[cfg(test)]
mod tests {
    use socket2::SockFilter;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    /// A program of the kernel's filters that lets no byte of a packet in: `BPF_RET` with 0.
    const NOTHING: SockFilter = SockFilter::new(0x06, 0, 0, 0);

    /// A connection of ours, and its peer, whose machine answers nothing any more: it takes no packet in. It takes the kernel two seconds to
    /// find that out, and no clock of ours makes them shorter.
    async fn vanished() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (ours, _) = listener.accept().await.unwrap();
        Probing { idle: SECOND, every: SECOND, most: 1 }.begin(&ours).unwrap();
        SockRef::from(&peer).attach_filter(&[NOTHING]).unwrap();
        (ours, peer)
    }

    async fn assert_given_up(mut ours: TcpStream) {
        let read = timeout(10 * SECOND, ours.read(&mut [0; 1])).await.expect("the peer is waited for");
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_silent_peer_whose_machine_is_gone_is_given_up() {
        let (ours, _peer) = vanished().await;
        assert_given_up(ours).await;
    }

    #[tokio::test]
    async fn a_peer_that_acknowledges_nothing_is_given_up() {
        let (mut ours, _peer) = vanished().await;
        ours.write_all(b"exit\n\n").await.unwrap();
        assert_given_up(ours).await;
    }
}
