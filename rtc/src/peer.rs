//! The other side: a peer like a browser, a full ICE agent that is controlling. It is used by `cordboard load`, the simulator and the tests of this
//! crate.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::error::{IceError, SdpError};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig, RtcError};

use crate::crypto::{Certificate, CertificateFault, provider};
use crate::hub::Datagram;
use crate::jitter::Jitter;
use crate::offer::credentials;
use crate::remote::{Remote, Transport};
use crate::restart::with_credentials;
use crate::voice::{Ear, FRAME_SAMPLES, Mouth};

/// Samples of the RTP clock in a frame.
const CLOCK_OF_FRAME: u32 = 960;

/// A peer with one track of Opus, both ways, and a channel for texts. As with [`Hub`](crate::Hub), datagrams and times go in, datagrams and sound
/// come out.
pub struct Peer {
    rtc: Rtc,
    at: Remote,
    pending: Option<SdpPendingOffer>,
    /// The server's answer to the first offer.
    answer: String,
    mid: Mid,
    out: VecDeque<Datagram>,
    deadline: Instant,
    is_connected: bool,
    is_over: bool,
    mouth: Mouth,
    ear: Ear,
    jitter: Jitter,
    packets_in: u64,
    sequence: u64,
    clock: u32,
    channel: Option<ChannelId>,
    texts: Vec<String>,
    began: Instant,
}

/// Why a peer can't continue.
#[derive(Debug, thiserror::Error)]
pub enum PeerFault {
    /// The codec can't be set up.
    #[error("Opus can't be set up")]
    Codec,
    /// The system provides no random numbers.
    #[error(transparent)]
    Certificate(#[from] CertificateFault),
    /// Its own address can't be a candidate.
    #[error(transparent)]
    Address(#[from] IceError),
    /// The answer can't be read.
    #[error(transparent)]
    Answer(#[from] SdpError),
    /// No offer waits for an answer.
    #[error("no offer waits for an answer")]
    NothingOffered,
    /// The piece of SDP that answers a restart has no credentials.
    #[error("the answer to a restart has no credentials of ICE")]
    NoCredentials,
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] RtcError),
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("at", &self.at)
            .field("is_connected", &self.is_connected)
            .finish_non_exhaustive()
    }
}

impl Peer {
    /// Makes a peer at this address, which reaches others in no other way.
    ///
    /// # Errors
    /// Fails if the codec, the certificate or the address is refused.
    pub fn new(now: Instant, at: Remote) -> Result<Self, PeerFault> {
        let mut config = RtcConfig::new()
            .set_crypto_provider(provider())
            .set_dtls_cert(Certificate::generate()?.dtls())
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false);
        let events = FormatParams::parse_line("0-15");
        let hz = Frequency::FORTY_EIGHT_KHZ;
        config.codec_config().add_config(110.into(), None, Codec::Tele, hz, None, events);
        let mut rtc = config.build(now);
        rtc.add_local_candidate(candidate(at)?);
        Ok(Self {
            rtc,
            at,
            pending: None,
            answer: String::new(),
            mid: Mid::from("0"),
            out: VecDeque::new(),
            deadline: now,
            is_connected: false,
            is_over: false,
            mouth: Mouth::new().ok_or(PeerFault::Codec)?,
            ear: Ear::new().ok_or(PeerFault::Codec)?,
            jitter: Jitter::new(),
            packets_in: 0,
            sequence: 0,
            clock: 0,
            channel: None,
            texts: Vec::new(),
            began: now,
        })
    }

    /// Whether the connection is up.
    pub fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// Whether either side has closed the connection properly.
    pub fn is_over(&self) -> bool {
        self.is_over || !self.rtc.is_alive()
    }

    /// Received packets of sound.
    pub fn packets_in(&self) -> u64 {
        self.packets_in
    }

    /// Returns an offer for the server.
    ///
    /// # Errors
    /// Fails if there is nothing new to offer.
    pub fn offer(&mut self) -> Result<String, PeerFault> {
        let mut change = self.rtc.sdp_api();
        self.mid = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        change.add_channel("texts".to_owned());
        let (offer, pending) = change.apply().ok_or(PeerFault::NothingOffered)?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// Handles the server's answer to it.
    ///
    /// # Errors
    /// Fails if the answer is invalid.
    pub fn accept(&mut self, answer: &str) -> Result<(), PeerFault> {
        answer.clone_into(&mut self.answer);
        let answer = SdpAnswer::from_sdp_string(answer)?;
        let pending = self.pending.take().ok_or(PeerFault::NothingOffered)?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.drain()
    }

    /// Restarts ICE, like a browser whose network has changed. Returns the piece of SDP for a `PATCH` (RFC 9725, section 4.3.2).
    ///
    /// # Errors
    /// Fails if there is nothing new to offer.
    pub fn restart(&mut self) -> Result<String, PeerFault> {
        let mut change = self.rtc.sdp_api();
        let IceCreds { ufrag, pass } = change.ice_restart(false);
        let (_, pending) = change.apply().ok_or(PeerFault::NothingOffered)?;
        self.pending = Some(pending);
        Ok(format!("a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pass}\r\n"))
    }

    /// Handles the server's piece of SDP for that, and continues from this address.
    ///
    /// # Errors
    /// Fails if it has no credentials, or does not fit.
    pub fn restarted(&mut self, at: Remote, piece: &str) -> Result<(), PeerFault> {
        let (ufrag, password) = credentials(piece).ok_or(PeerFault::NoCredentials)?;
        let answer = without_names(&with_credentials(&self.answer, &ufrag, &password));
        let answer = SdpAnswer::from_sdp_string(&answer)?;
        let pending = self.pending.take().ok_or(PeerFault::NothingOffered)?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.rtc.add_local_candidate(candidate(at)?);
        self.at = at;
        self.drain()
    }

    /// Sends 20 ms of sound; none means silence.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn send_sound(
        &mut self,
        now: Instant,
        frame: Option<&[i16; FRAME_SAMPLES]>,
    ) -> Result<(), PeerFault> {
        let packet = self.mouth.encode(frame.unwrap_or(&[0; FRAME_SAMPLES]));
        self.send(now, packet.as_deref())
    }

    /// Sends 20 ms that are encoded already ([`encoded`]); none if silence continues.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn send(&mut self, now: Instant, packet: Option<&[u8]>) -> Result<(), PeerFault> {
        let clock = self.clock;
        self.clock = clock.wrapping_add(CLOCK_OF_FRAME);
        match packet {
            Some(packet) => self.write(now, Codec::Opus, clock, packet.to_vec()),
            None => Ok(()),
        }
    }

    fn write(&mut self, now: Instant, codec: Codec, clock: u32, payload: Vec<u8>) -> Result<(), PeerFault> {
        let of_codec =
            self.rtc.codec_config().find(|params| params.spec().codec == codec).map(|params| params.pt());
        let mut api = self.rtc.direct_api();
        if let Some((payload_type, stream)) = of_codec.zip(api.stream_tx_by_mid(self.mid, None)) {
            stream.write_rtp(RtpWrite::new(payload_type, self.sequence.into(), clock, now, payload));
            self.sequence += 1;
        }
        self.input(Input::Timeout(now))
    }

    /// Presses the key of this telephone event (RFC 4733), 0 to 15, like a browser: its packets have one timestamp, and the last is sent three times.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn press(&mut self, now: Instant, event: u8) -> Result<(), PeerFault> {
        // All at once, without advancing the sound's clock: if that ran ahead by an event, the server would wait longer for the next sound.
        let began = self.clock;
        for (frames, end) in [(1, 0), (2, 0), (3, 0x80), (3, 0x80), (3, 0x80)] {
            let [high, low] = u16::to_be_bytes(frames * 960);
            self.write(now, Codec::Tele, began, vec![event, 10 | end, high, low])?;
        }
        Ok(())
    }

    /// Returns the next 20 ms of received sound, from the jitter buffer.
    pub fn hear(&mut self, now: Instant) -> [i16; FRAME_SAMPLES] {
        let (jitter, now_ms) = (&mut self.jitter, ms(self.began, now));
        self.ear.frame(|| jitter.take(now_ms))
    }

    /// Sends a text over the channel. It is lost if the channel is not open yet.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn send_text(&mut self, text: &str) -> Result<(), PeerFault> {
        if let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) {
            channel.write(false, text.as_bytes())?;
        }
        self.drain()
    }

    /// Takes the texts that have arrived since the last time.
    pub fn take_texts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.texts)
    }

    /// Closes the connection properly.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn close(&mut self) -> Result<(), PeerFault> {
        self.rtc.close()?;
        self.drain()
    }

    /// Advances the time.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn tick(&mut self, now: Instant) -> Result<(), PeerFault> {
        if now >= self.deadline { self.input(Input::Timeout(now)) } else { Ok(()) }
    }

    /// The next datagram to be sent.
    pub fn next_datagram(&mut self) -> Option<Datagram> {
        self.out.pop_front()
    }

    /// Handles a datagram. Datagrams that are not WebRTC's are ignored.
    ///
    /// # Errors
    /// The connection is broken.
    pub fn receive(&mut self, now: Instant, from: Remote, bytes: &[u8]) -> Result<(), PeerFault> {
        match Receive::new(from.over.protocol(), from.at, self.at.at, bytes) {
            Ok(receive) => self.input(Input::Receive(now, receive)),
            Err(_) => Ok(()),
        }
    }

    fn input(&mut self, input: Input<'_>) -> Result<(), PeerFault> {
        self.rtc.handle_input(input)?;
        self.drain()
    }

    fn drain(&mut self) -> Result<(), PeerFault> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    return Ok(());
                }
                Output::Transmit(transmit) if Transport::of(transmit.proto) == Some(self.at.over) => {
                    let to = Remote::new(self.at.over, transmit.destination);
                    self.out.push_back(Datagram { to, bytes: transmit.contents.into() });
                }
                Output::Transmit(_) => {}
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(Event::Closed) => self.is_over = true,
                Output::Event(Event::ChannelOpen(id, _)) => self.channel = Some(id),
                Output::Event(Event::ChannelData(data)) => self.texts.extend(String::from_utf8(data.data)),
                Output::Event(Event::RtpPacket(packet)) => {
                    self.packets_in += 1;
                    let now_ms = ms(self.began, packet.timestamp);
                    self.jitter.put(now_ms, *packet.seq_no, packet.time.numer(), &packet.payload);
                }
                Output::Event(_) => {}
            }
        }
    }
}

/// Returns the answer with candidates that don't name their owner, because those of another ufrag are ignored.
fn without_names(answer: &str) -> String {
    let mut text = String::with_capacity(answer.len());
    for line in answer.lines() {
        let named = line.split_once(" ufrag ").filter(|_| line.starts_with("a=candidate:"));
        text.push_str(named.map_or(line, |(candidate, _)| candidate));
        text.push_str("\r\n");
    }
    text
}

/// Returns the candidate of a peer at this address.
fn candidate(at: Remote) -> Result<Candidate, PeerFault> {
    Ok(match at.over {
        Transport::Udp => Candidate::host(at.at, Protocol::Udp)?,
        Transport::Tcp => Candidate::builder().tcp().host(at.at).tcptype(TcpType::Active).build()?,
    })
}

/// Encodes these frames with a separate encoder, one packet per frame; none if silence continues.
///
/// # Errors
/// The codec can't be set up.
pub fn encoded<'a>(
    frames: impl IntoIterator<Item = &'a [i16; FRAME_SAMPLES]>,
) -> Result<Vec<Option<Vec<u8>>>, PeerFault> {
    let mut mouth = Mouth::new().ok_or(PeerFault::Codec)?;
    Ok(frames.into_iter().map(|frame| mouth.encode(frame)).collect())
}

fn ms(began: Instant, now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(began).as_millis()).unwrap_or(u64::MAX)
}
