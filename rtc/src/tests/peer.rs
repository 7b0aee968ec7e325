//! A hub and a peer, on both sides of a path with losses and delays.

use std::time::{Duration, Instant};

use super::path::{Conditions, Path};
use crate::crypto::Certificate;
use crate::peer::Peer;
use crate::stun::is_request;
use crate::voice::FRAME_SAMPLES;
use crate::{ConnectionId, Happening, Hub, HubSettings, OurAddress, Quality, Remote, Transport};

pub(super) const SERVER: ([u8; 4], u16) = ([198, 51, 100, 1], 3_478);
/// Address of the peer.
pub(super) const PEER: ([u8; 4], u16) = ([203, 0, 113, 9], 40_000);

pub(super) fn settings() -> HubSettings {
    HubSettings {
        addresses: vec![OurAddress { at: SERVER.into(), socket: 0 }],
        accepts_tcp: true,
        connections_max: 100,
        unmade_max: 20,
        unmade_for: Duration::from_secs(10),
        silent_for: Duration::from_secs(15),
        offer_lines_max: 1_000,
        addresses_max: 128,
        questions_per_s_max: 200,
        datagrams_per_s_max: 1_000,
        text_bytes_max: 10_000,
    }
}

pub(super) fn hub() -> Hub {
    Hub::new(settings(), Certificate::generate().unwrap())
}

/// A hub and a peer, with a path each way, and a clock that only the test moves.
pub(super) struct Call {
    pub(super) hub: Hub,
    pub(super) id: ConnectionId,
    pub(super) peer: Peer,
    pub(super) up: Path,
    pub(super) down: Path,
    began: Instant,
    pub(super) now_ms: u64,
    pub(super) happened: Vec<Happening>,
    /// Samples that the server has heard.
    pub(super) heard: Vec<i16>,
    /// Samples that the peer has heard.
    pub(super) heard_there: Vec<i16>,
    /// Route from the peer to the server.
    pub(super) from: Remote,
    /// Number of copies of each datagram of the peer.
    pub(super) copies: usize,
    /// Datagrams of the peer that never arrive, regardless of the path.
    pub(super) is_withheld: fn(&[u8]) -> bool,
    /// Checks to the peer's address, and when each was sent.
    pub(super) asked: Vec<(u64, Vec<u8>)>,
}

impl Call {
    pub(super) fn begin(conditions: Conditions, seed: u64) -> Self {
        Self::begin_with(Transport::Udp, |offer| offer, conditions, seed)
    }

    /// Begins a call in which the peer reaches the server this way, after a change to its offer.
    pub(super) fn begin_with(
        over: Transport,
        change: impl FnOnce(String) -> String,
        conditions: Conditions,
        seed: u64,
    ) -> Self {
        Self::begin_under(settings(), over, change, conditions, seed)
    }

    /// Does the same at a hub with these settings.
    pub(super) fn begin_under(
        settings: HubSettings,
        over: Transport,
        change: impl FnOnce(String) -> String,
        conditions: Conditions,
        seed: u64,
    ) -> Self {
        let began = Instant::now();
        let mut hub = Hub::new(settings, Certificate::generate().unwrap());
        let mut peer = Peer::there(began, over);
        let (id, answer) = hub.offer(began, &change(peer.offer().unwrap())).unwrap();
        peer.accept(&answer).unwrap();
        let (up, down) = (Path::new(conditions, seed), Path::new(conditions, seed + 1_000));
        Self {
            hub,
            id,
            peer,
            up,
            down,
            began,
            now_ms: 0,
            happened: Vec::new(),
            heard: Vec::new(),
            heard_there: Vec::new(),
            from: Remote::new(over, PEER.into()),
            copies: 1,
            is_withheld: |_| false,
            asked: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.now_ms)
    }

    /// Quality of the connection, as the hub sees it.
    pub(super) fn quality(&self) -> Quality {
        self.hub.quality(self.id, self.now()).unwrap()
    }

    /// Advances by 20 ms: both sides send sound, and hear it.
    pub(super) fn frame(&mut self, up: Option<&[i16]>, down: Option<&[i16]>) {
        let now = self.now();
        self.peer.send_sound(now, up.map(whole).as_ref()).unwrap();
        self.hub.send_sound(self.id, now, down.map(whole).as_ref());
        self.heard.extend(self.hub.hear(self.id, now).unwrap_or([0; FRAME_SAMPLES]));
        self.heard_there.extend(self.peer.hear(now));
        for _ in 0..4 {
            self.carry();
            self.now_ms += 5;
        }
    }

    fn carry(&mut self) {
        let now = self.now();
        for bytes in self.peer.sends(now).into_iter().filter(|bytes| !(self.is_withheld)(bytes)) {
            self.up.put(self.now_ms, self.from.at, bytes);
        }
        let over = self.from.over;
        while let Some((at, bytes)) = self.up.take(self.now_ms) {
            for _ in 0..self.copies {
                self.hub.receive(now, Remote::new(over, at), &bytes);
            }
        }
        self.hub.tick(now);
        while let Some(datagram) = self.hub.next_datagram() {
            assert!(datagram.bytes.len() <= 1_500);
            if datagram.to == self.from {
                if is_request(&datagram.bytes) {
                    self.asked.push((self.now_ms, datagram.bytes.clone()));
                }
                self.down.put(self.now_ms, SERVER.into(), datagram.bytes);
            }
        }
        while let Some((_, bytes)) = self.down.take(self.now_ms) {
            self.peer.receive(now, Remote::new(over, SERVER.into()), &bytes).unwrap();
        }
        while let Some((id, happening)) = self.hub.next_happening() {
            assert_eq!(id, self.id);
            self.happened.push(happening);
        }
    }

    /// Advances in silence until the connection is up.
    pub(super) fn connect(&mut self) {
        for _ in 0..400 {
            self.frame(None, None);
            if self.peer.is_connected() && self.happened.contains(&Happening::Connected) {
                return;
            }
        }
        panic!("no connection within 8 s: {:?}", self.happened);
    }
}

fn whole(frame: &[i16]) -> [i16; FRAME_SAMPLES] {
    frame.try_into().unwrap()
}

/// Further actions of a browser. Its own faults fail a test.
impl Peer {
    /// A peer with only UDP, or only TCP.
    pub(super) fn there(now: Instant, over: Transport) -> Self {
        Self::new(now, Remote::new(over, PEER.into())).unwrap()
    }

    /// Datagrams that it sends by now.
    pub(super) fn sends(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.tick(now).unwrap();
        std::iter::from_fn(|| self.next_datagram()).map(|datagram| datagram.bytes).collect()
    }
}
