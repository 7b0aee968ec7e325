//! Datagrams of a unicast: one is sent for each one received, except for those of a burst.
//!
//! The switch plays one datagram in each of its packet times, and never catches up. While nothing came from us, for example because
//! this process was late, it has played nothing. If each datagram of that time were answered, everything that follows would wait in
//! the switch for that long, and so would the silence after a barge-in.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::call::LegEnd;
use cordboard_schema::limits::{
    FRAMES_PER_WAKE_UP_MAX, UNICAST_DATAGRAM_BYTES_MAX, UNICAST_FIRST_MS_MAX, UNICAST_SILENT_MS_MAX,
};
use ipnet::IpNet;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::unicast_packets::{Reframed, rate_of_packets, read_packet};
use crate::legs::{Burst, Leg};
use crate::media::{ItemPlayed, Port};

/// Datagrams in a row before other tasks get their turn: 1.3 s of audio.
const DATAGRAMS_IN_A_ROW_MAX: usize = 64;

/// Datagrams that may still wait in the switch when it sends another one. An item that ends in one of them counts as heard only
/// once the switch has taken it: a hang-up before that would cut the last word.
const DATAGRAMS_ON_THE_WAY: usize = 2;

/// Datagrams between two counts of losses: one second.
const DATAGRAMS_A_COUNT: u64 = 50;

/// One byte more than a datagram may have, to detect longer ones.
const BUFFER_BYTES: usize = UNICAST_DATAGRAM_BYTES_MAX + 1;

thread_local! {
    /// Buffer of each read: one on the stack would be zeroed for each datagram.
    static BUFFER: Cell<Option<Box<[u8; BUFFER_BYTES]>>> = const { Cell::new(None) };
}

const FIRST_LIMIT: Duration = Duration::from_millis(UNICAST_FIRST_MS_MAX);
const SILENT_LIMIT: Duration = Duration::from_millis(UNICAST_SILENT_MS_MAX);

/// State of a running unicast.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    leg: &'a Leg,
    socket: &'a UdpSocket,
    read_rate: Option<u32>,
    allow: Vec<IpNet>,
    /// When the next datagram has to arrive.
    deadline: Instant,
    peer: Option<Peer>,
    /// The switch's datagrams that were taken since none was waiting.
    taken_together: u32,
    counts: Counts,
}

/// The switch, once it has sent a datagram.
#[derive(Debug)]
struct Peer {
    address: SocketAddr,
    port: Port,
    /// Samples of datagrams that arrived together.
    burst: Burst,
    outgoing: Reframed,
    packet: Vec<u8>,
    /// Items that the last datagrams ended, oldest first. They wait in the switch until it has taken them, one for each packet
    /// time.
    on_its_way: VecDeque<Vec<ItemPlayed>>,
}

/// Datagrams by their outcome.
#[derive(Debug, Default)]
struct Counts {
    taken: u64,
    from_strangers: u64,
    odd: u64,
    not_sent: u64,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(
        leg: &'a Leg,
        socket: &'a UdpSocket,
        read_rate: Option<u32>,
        allow: Vec<IpNet>,
    ) -> Self {
        let deadline = Instant::now() + FIRST_LIMIT;
        let (peer, counts) = (None, Counts::default());
        Self { leg, socket, read_rate, allow, deadline, peer, taken_together: 0, counts }
    }

    /// Exchanges datagrams until no more arrive. After a panic it can be called again.
    pub(super) async fn run(&mut self) -> LegEnd {
        loop {
            #[cfg(feature = "fault-injection")]
            crate::fault::strike(crate::fault::Fault::PanicInReading);
            if let Ok(Err(error)) = timeout_at(self.deadline, self.socket.readable()).await {
                tracing::error!(%error, "the unicast's socket broke");
                return LegEnd::Broken;
            }
            let is_emptied = self.take_all();
            if let Some(peer) = &mut self.peer {
                self.leg.speak(&mut peer.burst);
            }
            // Checked even if datagrams arrived, because they may come from strangers.
            if self.deadline <= Instant::now() {
                let has_begun = self.peer.is_some();
                tracing::debug!(has_begun, "no datagram arrived in time");
                return LegEnd::Broken;
            }
            if !is_emptied {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Takes the datagrams that have arrived. Returns whether these were all.
    fn take_all(&mut self) -> bool {
        let mut buffer = BUFFER.take().unwrap_or_else(|| Box::new([0; BUFFER_BYTES]));
        let is_emptied = self.take_by(&mut buffer[..]);
        BUFFER.set(Some(buffer));
        is_emptied
    }

    fn take_by(&mut self, buffer: &mut [u8]) -> bool {
        for _ in 0..DATAGRAMS_IN_A_ROW_MAX {
            match self.socket.try_recv_from(buffer) {
                Ok((length, from)) => self.take(&buffer[..length], from),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.taken_together = 0;
                    return true;
                }
                // An error of the network about an earlier datagram: the next one may arrive all the same.
                Err(error) => tracing::debug!(%error, "the unicast's socket reported an error"),
            }
        }
        false
    }

    fn take(&mut self, datagram: &[u8], from: SocketAddr) {
        if !self.is_heard(from) {
            self.counts.from_strangers += 1;
            return;
        }
        let Some(samples) = read_packet(datagram) else {
            self.counts.odd += 1;
            return;
        };
        self.counts.taken += 1;
        self.taken_together = self.taken_together.saturating_add(1);
        self.deadline = Instant::now() + SILENT_LIMIT;
        let (leg, read_rate) = (self.leg, self.read_rate);
        let peer = self.peer.get_or_insert_with(|| {
            let rate = rate_of_packets(samples.len(), read_rate);
            tracing::debug!(peer = %from, rate_hz = rate.hz(), "the unicast has begun");
            Peer::new(from, leg.join(rate).clone())
        });
        peer.burst.push(&samples);
        if self.taken_together <= FRAMES_PER_WAKE_UP_MAX
            && let Err(error) = peer.answer(leg, self.socket, samples.len())
        {
            self.counts.not_sent += 1;
            tracing::trace!(%error, "a datagram was not sent");
        }
        if self.counts.taken.is_multiple_of(DATAGRAMS_A_COUNT) {
            leg.count_ear();
        }
    }

    fn is_heard(&self, from: SocketAddr) -> bool {
        match &self.peer {
            Some(peer) => peer.address == from,
            None => {
                let address = from.ip().to_canonical();
                self.allow.iter().any(|network| network.contains(&address))
            }
        }
    }

    /// Ends the exchange: items on their way count as heard.
    pub(super) fn end(&mut self) {
        if let Some(peer) = &mut self.peer {
            peer.say_the_rest(self.leg);
        }
        let Counts { taken, from_strangers, odd, not_sent } = self.counts;
        tracing::debug!(taken, from_strangers, odd, not_sent, "the unicast has ended");
    }
}

impl Peer {
    fn new(address: SocketAddr, port: Port) -> Self {
        let burst = Burst::new(port.ear.rate());
        let (outgoing, on_its_way) = (Reframed::default(), VecDeque::new());
        Self { address, port, burst, outgoing, packet: Vec::new(), on_its_way }
    }

    /// Sends the next samples of what the leg's ear hears. The recording's clock ticks with it.
    fn answer(&mut self, leg: &Leg, socket: &UdpSocket, samples: usize) -> io::Result<()> {
        let (ear, rate) = (&self.port.ear, self.port.ear.rate());
        let mut played = Vec::new();
        self.outgoing.fill(&mut self.packet, samples, rate.samples_per_frame(), || {
            let tick = ear.tick();
            let frame = leg.with_tones(tick.frame, rate);
            leg.recording.played(frame.as_ref());
            played.extend(tick.played);
            frame
        });
        let sent = socket.try_send_to(&self.packet, self.address);
        self.on_its_way.push_back(played);
        if self.on_its_way.len() > DATAGRAMS_ON_THE_WAY {
            let heard = self.on_its_way.pop_front();
            heard.into_iter().flatten().for_each(|played| leg.say_played(played));
        }
        sent.map(drop)
    }

    /// Reports items on their way as heard, because nothing more is sent.
    fn say_the_rest(&mut self, leg: &Leg) {
        self.on_its_way.drain(..).flatten().for_each(|played| leg.say_played(played));
    }
}
