//! Detects a peer that has gone without closing the connection: its machine has lost power, or the network in between its state.
//! TCP notices that only while it waits for an answer.

use std::io;
use std::time::Duration;

use cordboard_schema::limits::{PEER_IDLE_S, PEER_PROBE_S, PEER_PROBES};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// When the kernel probes a silent peer, and when it gives up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probing {
    /// Silence before the first probe.
    idle: Duration,
    /// Interval between probes.
    every: Duration,
    /// Probes without an answer before the kernel gives up.
    most: u32,
}

impl Probing {
    /// Probing of connections that switches open. Other parts end them sooner: a leg whose sound is not accepted is ended within
    /// seconds.
    pub(super) const OF_SWITCHES: Self = Self {
        idle: Duration::from_secs(PEER_IDLE_S),
        every: Duration::from_secs(PEER_PROBE_S),
        most: PEER_PROBES,
    };

    /// Lets the kernel end the connection, with an error for its reader, once nothing has arrived from its peer for that long.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn begin(self, stream: &TcpStream) -> io::Result<()> {
        let Self { idle, every, most } = self;
        let keepalive = TcpKeepalive::new().with_time(idle).with_interval(every).with_retries(most);
        let socket = SockRef::from(stream);
        socket.set_tcp_keepalive(&keepalive)?;
        // The kernel sends no probes while sent bytes are unacknowledged, and would repeat those bytes for a quarter of an hour.
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
    /// A kernel filter program that lets no byte of a packet in: `BPF_RET` with 0.
    const NOTHING: SockFilter = SockFilter::new(0x06, 0, 0, 0);

    /// Returns a connection of ours, and its peer, whose machine stops answering: it accepts no packets. The kernel needs two
    /// seconds to detect that, and no clock of ours can shorten them.
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
