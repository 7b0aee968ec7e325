//! A browser, as far as a server sees one: `str0m` as a full agent of ICE that leads, on the other side of a path.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use super::path::{Conditions, Path};
use crate::crypto::{Certificate, provider};
use crate::voice::{Ear, FRAME_SAMPLES, Mouth};
use crate::{ConnectionId, Happening, Hub, HubSettings, Jitter, Quality, Remote, Transport};

pub(super) const SERVER: ([u8; 4], u16) = ([198, 51, 100, 1], 3_478);

pub(super) fn settings() -> HubSettings {
    HubSettings {
        addresses: vec![SERVER.into()],
        takes_tcp: true,
        connections_max: 100,
        unmade_max: 20,
        unmade_for: Duration::from_secs(10),
        silent_for: Duration::from_secs(15),
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
    /// What the server has heard.
    pub(super) heard: Vec<i16>,
    /// How often each datagram of the peer comes.
    pub(super) copies: usize,
}

impl Call {
    pub(super) fn begin(conditions: Conditions, seed: u64) -> Self {
        Self::begin_with(Transport::Udp, |offer| offer, conditions, seed)
    }

    /// The peer reaches the server that way, and something is done to its offer.
    pub(super) fn begin_with(
        over: Transport,
        change: impl FnOnce(String) -> String,
        conditions: Conditions,
        seed: u64,
    ) -> Self {
        let began = Instant::now();
        let mut hub = hub();
        let mut peer = Peer::new(began, over);
        let (id, answer) = hub.offer(began, &change(peer.offer())).unwrap();
        peer.accept(&answer);
        let (up, down) = (Path::new(conditions, seed), Path::new(conditions, seed + 1_000));
        Self { hub, id, peer, up, down, began, now_ms: 0, happened: Vec::new(), heard: Vec::new(), copies: 1 }
    }

    pub(super) fn now(&self) -> Instant {
        self.began + Duration::from_millis(self.now_ms)
    }

    /// How good the hub finds the connection.
    pub(super) fn quality(&self) -> Quality {
        self.hub.quality(self.id, self.now()).unwrap()
    }

    /// Goes on by 20 ms: sound is sent by both sides, and heard by both.
    pub(super) fn frame(&mut self, up: Option<&[i16]>, down: Option<&[i16]>) {
        let now = self.now();
        self.peer.say(now, up.map(whole).as_ref());
        self.hub.say(self.id, now, down.map(whole).as_ref());
        self.heard.extend(self.hub.hear(self.id, now).unwrap_or([0; FRAME_SAMPLES]));
        self.peer.hear(self.now_ms);
        for _ in 0..4 {
            self.carry();
            self.now_ms += 5;
        }
    }

    fn carry(&mut self) {
        let now = self.now();
        for bytes in self.peer.tick(now) {
            self.up.put(self.now_ms, self.peer.address, bytes);
        }
        let over = self.peer.over;
        while let Some((at, bytes)) = self.up.take(self.now_ms) {
            for _ in 0..self.copies {
                self.hub.receive(now, Remote { over, at }, &bytes);
            }
        }
        self.hub.tick(now);
        while let Some(datagram) = self.hub.next_datagram() {
            assert!(datagram.bytes.len() <= 1_500);
            if datagram.to == self.peer.remote() {
                self.down.put(self.now_ms, SERVER.into(), datagram.bytes);
            }
        }
        while let Some((_, bytes)) = self.down.take(self.now_ms) {
            self.peer.receive(now, &bytes);
        }
        while let Some((id, happening)) = self.hub.next_happening() {
            assert_eq!(id, self.id);
            self.happened.push(happening);
        }
    }

    /// Goes on in silence until the connection stands.
    pub(super) fn connect(&mut self) {
        for _ in 0..400 {
            self.frame(None, None);
            if self.peer.is_connected && self.happened.contains(&Happening::Connected) {
                return;
            }
        }
        panic!("no connection within 8 s: {:?}", self.happened);
    }
}

fn whole(frame: &[i16]) -> [i16; FRAME_SAMPLES] {
    frame.try_into().unwrap()
}

pub(super) struct Peer {
    rtc: Rtc,
    over: Transport,
    pub(super) address: SocketAddr,
    pending: Option<SdpPendingOffer>,
    mid: Mid,
    out: Vec<Vec<u8>>,
    deadline: Instant,
    pub(super) is_connected: bool,
    mouth: Mouth,
    ear: Ear,
    pub(super) jitter: Jitter,
    sequence: u64,
    clock: u32,
    pub(super) heard: Vec<i16>,
    pub(super) texts: Vec<String>,
    channel: Option<str0m::channel::ChannelId>,
    began: Instant,
}

impl Peer {
    /// By UDP alone, or by TCP alone.
    pub(super) fn new(now: Instant, over: Transport) -> Self {
        let address = SocketAddr::from(([203, 0, 113, 9], 40_000));
        let mut config = RtcConfig::new()
            .set_crypto_provider(provider())
            .set_dtls_cert(Certificate::generate().unwrap().dtls())
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false);
        let events = FormatParams::parse_line("0-15");
        config.codec_config().add_config(
            110.into(),
            None,
            Codec::Tele,
            Frequency::FORTY_EIGHT_KHZ,
            None,
            events,
        );
        let mut rtc = config.build(now);
        rtc.add_local_candidate(match over {
            Transport::Udp => Candidate::host(address, Protocol::Udp).unwrap(),
            Transport::Tcp => {
                Candidate::builder().tcp().host(address).tcptype(TcpType::Active).build().unwrap()
            }
        });
        Self {
            rtc,
            over,
            address,
            pending: None,
            mid: Mid::from("0"),
            out: Vec::new(),
            deadline: now,
            is_connected: false,
            mouth: Mouth::new().unwrap(),
            ear: Ear::new().unwrap(),
            jitter: Jitter::new(),
            sequence: 0,
            clock: 0,
            heard: Vec::new(),
            texts: Vec::new(),
            channel: None,
            began: now,
        }
    }

    pub(super) fn remote(&self) -> Remote {
        Remote { over: self.over, at: self.address }
    }

    pub(super) fn offer(&mut self) -> String {
        let mut change = self.rtc.sdp_api();
        self.mid = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        change.add_channel("texts".to_owned());
        let (offer, pending) = change.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// An offer that asks for new credentials, and the piece of it that WHIP sends.
    pub(super) fn restart(&mut self) -> String {
        let mut change = self.rtc.sdp_api();
        let credentials = change.ice_restart(true);
        let (_, pending) = change.apply().unwrap();
        self.pending = Some(pending);
        format!("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", credentials.ufrag, credentials.pass)
    }

    pub(super) fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
        self.drain();
    }

    pub(super) fn say(&mut self, now: Instant, frame: Option<&[i16; FRAME_SAMPLES]>) {
        let clock = self.clock;
        self.clock += 960;
        let Some(packet) = self.mouth.encode(frame.unwrap_or(&[0; FRAME_SAMPLES])) else { return };
        self.write(now, Codec::Opus, clock, packet);
    }

    /// Packets of a key, as a browser sends them: every 20 ms, and the last three times.
    pub(super) fn press(&mut self, now: Instant, event: u8) {
        let began = self.clock;
        for (n, end) in [(1, 0), (2, 0), (3, 0x80), (3, 0x80), (3, 0x80)] {
            let [high, low] = u16::to_be_bytes(n * 960);
            self.write(now, Codec::Tele, began, vec![event, 10 | end, high, low]);
        }
        self.clock += 3 * 960;
    }

    fn write(&mut self, now: Instant, codec: Codec, clock: u32, payload: Vec<u8>) {
        let payload_type = self.rtc.codec_config().find(|params| params.spec().codec == codec).unwrap().pt();
        let sequence = self.sequence;
        self.sequence += 1;
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(self.mid, None) {
            stream.write_rtp(RtpWrite::new(payload_type, sequence.into(), clock, now, payload));
        }
        self.input(Input::Timeout(now));
    }

    pub(super) fn tell(&mut self, text: &str) {
        let mut channel = self.rtc.channel(self.channel.unwrap()).unwrap();
        assert!(channel.write(false, text.as_bytes()).unwrap());
        self.drain();
    }

    pub(super) fn hear(&mut self, now_ms: u64) {
        let jitter = &mut self.jitter;
        self.heard.extend(self.ear.frame(|| jitter.take(now_ms)));
    }

    pub(super) fn close(&mut self) {
        let _ = self.rtc.close();
        self.drain();
    }

    pub(super) fn tick(&mut self, now: Instant) -> Vec<Vec<u8>> {
        if now >= self.deadline {
            self.input(Input::Timeout(now));
        }
        std::mem::take(&mut self.out)
    }

    pub(super) fn receive(&mut self, now: Instant, bytes: &[u8]) {
        let receive = Receive::new(self.over.protocol(), SERVER.into(), self.address, bytes).unwrap();
        self.input(Input::Receive(now, receive));
    }

    fn input(&mut self, input: Input<'_>) {
        self.rtc.handle_input(input).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                Output::Transmit(transmit) if Transport::of(transmit.proto) == Some(self.over) => {
                    self.out.push(transmit.contents.into());
                }
                Output::Transmit(_) => {}
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(Event::ChannelOpen(id, _)) => self.channel = Some(id),
                Output::Event(Event::ChannelData(data)) => {
                    self.texts.push(String::from_utf8(data.data).unwrap());
                }
                Output::Event(Event::RtpPacket(packet)) => {
                    let now_ms = packet.timestamp.saturating_duration_since(self.began).as_millis() as u64;
                    self.jitter.put(now_ms, *packet.seq_no, packet.time.numer(), &packet.payload);
                }
                Output::Event(_) => {}
            }
        }
    }
}
