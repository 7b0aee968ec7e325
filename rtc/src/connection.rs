//! One connection: its ICE, DTLS-SRTP, sound both ways, keys, and a channel of texts.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom, SystemRandom};
use str0m::change::SdpOffer;
use str0m::channel::ChannelId;
use str0m::config::CryptoProvider;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::{Extension, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig, RtcError};

use crate::consent::Consent;
use crate::crypto::Certificate;
use crate::hub::Datagram;
use crate::jitter::{Jitter, JitterFigures};
use crate::keys::Keys;
use crate::offer::{Offer, OfferFault, credentials};
use crate::pace::Pace;
use crate::remote::{OurAddress, Remote, Transport};
use crate::restart::{Patch, RestartFault, with_credentials};
use crate::source::Source;
use crate::stun;
use crate::voice::{Ear, FRAME_SAMPLES, Mouth};

/// Samples of the RTP clock in a frame.
const CLOCK_A_FRAME: u32 = 960;

/// Maximum texts that wait for the peer's channel. The oldest is dropped first.
const TEXTS_MAX: usize = 64;

/// Silence after which a peer is asked whether it is there: longer than the gaps in its sound and in most browsers' checks.
const QUIET_FOR: Duration = Duration::from_secs(3);

/// Interval at which the figures of RTCP are read.
const FIGURES_EVERY: Duration = Duration::from_secs(1);

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The peer has closed it (DTLS `close_notify`).
    Closed,
    /// It was not established in time.
    NeverMade,
    /// Nothing arrived any more.
    Silent,
    /// Input from the peer broke it, or the codec can't be set up.
    Broken,
}

/// Event of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It is up, and sound flows both ways.
    Connected,
    /// A key: `0` to `9`, `*`, `#`, `A` to `D`.
    Key(char),
    /// A text of the peer, over its data channel.
    Text(String),
    /// It has ended, and no longer exists.
    Ended(Ended),
}

/// Quality of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Figures of the peer's packets.
    pub jitter: JitterFigures,
    /// Time since it was established.
    pub established_for: Duration,
    /// Jitter of what the peer sends (RFC 3550, section 6.4.1), in ms.
    pub jitter_in_ms: f32,
    /// The maximum of that.
    pub jitter_in_ms_max: f32,
    /// The share of the peer's last 200 packets that did not arrive in time, 0 to 1.
    pub loss_in: f32,
    /// The share of our packets that were lost, 0 to 1: the mean of the peer's reports; none before the first.
    pub loss_out: Option<f32>,
    /// Round-trip time in ms: the mean of the peer's reports; none before the first.
    pub round_trip_ms: Option<f32>,
    /// Bytes of Opus that were received.
    pub bytes_in: u64,
    /// Bytes of Opus that were sent.
    pub bytes_out: u64,
}

/// The mean of reported values.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
    }

    fn value(self) -> Option<f32> {
        (self.count > 0).then(|| (self.sum / f64::from(self.count)) as f32)
    }
}

/// Settings that all connections of a port share.
pub(crate) struct Common {
    pub(crate) certificate: Certificate,
    pub(crate) provider: Arc<CryptoProvider>,
    /// Addresses of the port.
    pub(crate) addresses: Arc<[OurAddress]>,
    /// Whether TCP is available as well, for peers that UDP does not reach.
    pub(crate) accepts_tcp: bool,
    /// Maximum lines of an offer.
    pub(crate) offer_lines_max: usize,
    /// Maximum addresses that are passed to the ICE of a connection.
    pub(crate) addresses_max: usize,
    /// Maximum signed checks of a peer that are processed in a second.
    pub(crate) questions_per_s_max: u32,
    /// Maximum other datagrams that are processed in a second, and maximum answers to our checks.
    pub(crate) datagrams_per_s_max: u32,
    /// Maximum bytes of one text of a peer. Longer texts are dropped.
    pub(crate) text_bytes_max: usize,
    pub(crate) random: SystemRandom,
}

/// The track on which sound is sent.
#[derive(Clone, Copy)]
struct Track {
    mid: Mid,
    opus: Pt,
    telephone: Option<Pt>,
}

struct Credentials {
    ufrag: String,
    password: String,
}

pub(crate) struct Connection {
    rtc: Rtc,
    began: Instant,
    established_at: Option<Instant>,
    is_connected: bool,
    /// When something last arrived that was not a stranger's.
    pub(crate) heard_at: Instant,
    deadline: Instant,
    offer: String,
    theirs: Credentials,
    ours: Credentials,
    consent: Consent,
    /// The addresses of the port.
    addresses: Arc<[OurAddress]>,
    /// Limit for its checks that reach the library, from addresses that have answered. An attacker who replays an overheard check from elsewhere uses
    /// up none of it.
    questions: Pace,
    /// Limit for its other datagrams.
    datagrams: Pace,
    /// Limit for answers to our checks whose signature is verified. Separate from its datagrams, so that a forged answer uses up none of those.
    answers: Pace,
    source: Source,
    /// Origin of the datagram that was last passed to the library.
    given_from: Option<Remote>,
    track: Option<Track>,
    sequence: u64,
    clock: u32,
    /// The codec, once the connection is up: it takes some 100 KB, which an unused offer should not cost.
    mouth: Option<Mouth>,
    ear: Option<Ear>,
    jitter: Jitter,
    keys: Keys,
    channel: Option<ChannelId>,
    /// Texts that wait for the channel, or for room in it.
    texts: VecDeque<String>,
    text_bytes_max: usize,
    quality: Quality,
    loss_out: Mean,
    round_trip_ms: Mean,
    out: VecDeque<Datagram>,
    happened: VecDeque<Happening>,
    ended: Option<Ended>,
}

impl Connection {
    /// Answers an offer.
    pub(crate) fn answer(common: &Common, offer: &str, now: Instant) -> Result<(Self, String), OfferFault> {
        let Offer { text, sdp, ufrag, password } = Offer::read(offer, common.offer_lines_max)?;
        let ours = Credentials { ufrag: letters(common, 8)?, password: letters(common, 32)? };
        let mut config = RtcConfig::new()
            .set_crypto_provider(Arc::clone(&common.provider))
            .set_dtls_cert(common.certificate.dtls())
            .set_local_ice_credentials(IceCreds { ufrag: ours.ufrag.clone(), pass: ours.password.clone() })
            .set_ice_lite(true)
            .set_rtp_mode(true)
            // Transport-wide packet numbers are for bandwidth estimation, which sound does not need: losses are in the receiver's reports. Recording
            // each numbered packet takes 90 KB per connection.
            .clear_extension_map()
            .set_extension(1, Extension::AudioLevel)
            .set_extension(4, Extension::RtpMid)
            .clear_codecs()
            .enable_opus(true, false)
            .set_stats_interval(Some(FIGURES_EVERY))
            .set_rtcp_report_interval_audio(FIGURES_EVERY);
        let events = FormatParams::parse_line("0-15");
        config.codec_config().add_config(
            126.into(),
            None,
            Codec::Tele,
            Frequency::FORTY_EIGHT_KHZ,
            None,
            events,
        );
        let mut rtc = config.build(now);
        for OurAddress { at, .. } in common.addresses.iter() {
            // An address to which nobody can send is left out of the answer.
            if let Ok(candidate) = Candidate::host(*at, Protocol::Udp) {
                rtc.add_local_candidate(candidate);
            }
            // The peer connects: browsers have only active candidates (RFC 6544).
            let passive = Candidate::builder().tcp().host(*at).tcptype(TcpType::Passive).build();
            if let Some(candidate) = passive.ok().filter(|_| common.accepts_tcp) {
                rtc.add_local_candidate(candidate);
            }
        }
        let answer =
            rtc.sdp_api().accept_offer(sdp).map_err(|error| OfferFault::Malformed(error.to_string()))?;
        let mut connection = Self {
            rtc,
            began: now,
            established_at: None,
            is_connected: false,
            heard_at: now,
            deadline: now,
            offer: text,
            theirs: Credentials { ufrag, password },
            ours,
            consent: Consent::default(),
            addresses: Arc::clone(&common.addresses),
            questions: Pace::new(common.questions_per_s_max, now),
            datagrams: Pace::new(common.datagrams_per_s_max, now),
            answers: Pace::new(common.datagrams_per_s_max, now),
            source: Source::default(),
            given_from: None,
            track: None,
            sequence: 0,
            clock: 0,
            mouth: None,
            ear: None,
            jitter: Jitter::new(),
            keys: Keys::default(),
            channel: None,
            texts: VecDeque::new(),
            text_bytes_max: common.text_bytes_max,
            quality: Quality::default(),
            loss_out: Mean::default(),
            round_trip_ms: Mean::default(),
            out: VecDeque::new(),
            happened: VecDeque::new(),
            ended: None,
        };
        connection.drain();
        connection.track = connection.find_track();
        if connection.track.is_none() {
            return Err(OfferFault::NoOpus);
        }
        Ok((connection, answer.to_sdp_string()))
    }

    /// Our name in this peer's checks.
    pub(crate) fn ufrag(&self) -> &str {
        &self.ours.ufrag
    }

    /// Since when the connection has been pending; none for one that is up.
    pub(crate) fn unmade_since(&self) -> Option<Instant> {
        (!self.is_connected).then_some(self.began)
    }

    pub(crate) fn next_datagram(&mut self) -> Option<Datagram> {
        self.out.pop_front()
    }

    pub(crate) fn next_happening(&mut self) -> Option<Happening> {
        self.happened.pop_front()
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        self.ended
    }

    pub(crate) fn quality(&self, now: Instant) -> Quality {
        let established_for = self.established_at.map(|since| now.saturating_duration_since(since));
        Quality {
            jitter: self.jitter.figures(),
            established_for: established_for.unwrap_or_default(),
            loss_in: self.jitter.loss(),
            loss_out: self.loss_out.value(),
            round_trip_ms: self.round_trip_ms.value(),
            ..self.quality
        }
    }

    /// Whether a STUN check was signed with our password.
    pub(crate) fn is_signed(&self, datagram: &[u8]) -> bool {
        stun::is_signed(datagram, &self.ours.password)
    }

    /// Whether this is the peer's answer, from this address, to one of our checks. If it belongs to no check, its signature is not verified.
    pub(crate) fn is_answered(&mut self, now: Instant, from: Remote, datagram: &[u8]) -> bool {
        stun::answered(datagram).is_some_and(|transaction| self.consent.has_sent_check(from, transaction))
            && self.answers.admits(now)
            && stun::is_signed(datagram, &self.theirs.password)
    }

    /// Whether the peer has answered from this address.
    pub(crate) fn has_answered(&self, from: Remote) -> bool {
        self.consent.has_answered(from)
    }

    /// Admits an address that has shown that it knows our password. Returns the address that is dropped for it.
    pub(crate) fn admit(&mut self, from: Remote) -> Option<Remote> {
        self.consent.admit(from)
    }

    /// Gives up the address, because it is another peer's now.
    pub(crate) fn give_up(&mut self, from: Remote) {
        self.consent.forget(from);
    }

    /// Handles a datagram from an admitted address. Checks have a valid signature.
    pub(crate) fn receive(&mut self, common: &Common, now: Instant, from: Remote, datagram: &[u8]) {
        if let Some(transaction) = stun::answered(datagram) {
            if self.is_answered(now, from, datagram) {
                self.heard_at = now;
                self.consent.received(from, now, datagram.len());
                let waited = self.consent.answered(from, now, transaction);
                self.out.extend(waited.into_iter().map(|bytes| Datagram { to: from, bytes }));
                if let Some(question) = self.consent.take_held(from) {
                    self.hand_in(common, now, from, &question);
                }
            }
            return;
        }
        let has_answered = self.consent.has_answered(from);
        if stun::is_request(datagram) {
            self.consent.received(from, now, datagram.len());
            if self.consent.is_check_due(from, now) {
                self.ask(common, now, from);
            }
            if !has_answered {
                self.consent.hold(from, datagram);
                return;
            }
            self.heard_at = now;
        } else {
            // Packets from elsewhere, or of another source, use up none of the peer's limit. Handshakes are only accepted from answering addresses.
            let is_taken = has_answered && self.source.admits(datagram, now) && self.datagrams.admits(now);
            if !is_taken {
                return;
            }
            self.consent.received(from, now, datagram.len());
        }
        self.hand_in(common, now, from, datagram);
    }

    /// Passes a datagram to the library.
    fn hand_in(&mut self, common: &Common, now: Instant, from: Remote, datagram: &[u8]) {
        if stun::is_request(datagram)
            && !(self.questions.admits(now) && self.consent.may_pass_to_ice(from, common.addresses_max))
        {
            return;
        }
        let Some(ours) = OurAddress::reached_by(&common.addresses, from) else { return };
        if let Ok(receive) = Receive::new(from.over.protocol(), from.at, ours.at, datagram) {
            self.given_from = Some(from);
            self.input(Input::Receive(now, receive));
        }
    }

    /// Does the work that is due by now.
    pub(crate) fn tick(&mut self, common: &Common, now: Instant) {
        self.consent.expire(now);
        let is_quiet = now.saturating_duration_since(self.heard_at) >= QUIET_FOR;
        let due = if is_quiet { self.consent.due_of_quiet(now) } else { self.consent.due(now) };
        for address in due {
            self.ask(common, now, address);
        }
        if now >= self.deadline {
            self.input(Input::Timeout(now));
        }
        if self.channel.is_some() && !self.texts.is_empty() {
            self.send_texts();
            self.drain();
        }
    }

    /// Notes the highest rate at which a part of the next frame was spoken.
    pub(crate) fn spoken_at(&mut self, rate_hz: u32) {
        if let Some(mouth) = &mut self.mouth {
            mouth.spoken_at(rate_hz);
        }
    }

    /// Sends 20 ms of sound; none means silence.
    pub(crate) fn send_sound(&mut self, now: Instant, frame: Option<&[i16; FRAME_SAMPLES]>) {
        let Some(track) = self.track.filter(|_| self.is_connected) else { return };
        self.established_at.get_or_insert(now);
        let clock = self.clock;
        self.clock = self.clock.wrapping_add(CLOCK_A_FRAME);
        let frame = frame.unwrap_or(&[0; FRAME_SAMPLES]);
        let Some(packet) = self.mouth.as_mut().and_then(|mouth| mouth.encode(frame)) else { return };
        let sequence = self.sequence;
        self.sequence += 1;
        self.quality.bytes_out += packet.len() as u64;
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(track.mid, None) {
            stream.write_rtp(RtpWrite::new(track.opus, sequence.into(), clock, now, packet));
        }
        self.input(Input::Timeout(now));
    }

    /// Returns the next 20 ms of the peer's sound.
    pub(crate) fn hear(&mut self, now: Instant) -> [i16; FRAME_SAMPLES] {
        let now_ms = self.ms(now);
        let jitter = &mut self.jitter;
        self.ear.as_mut().map_or([0; FRAME_SAMPLES], |ear| ear.frame(|| jitter.take(now_ms)))
    }

    /// Sends a text, once there is a channel for it.
    pub(crate) fn send_text(&mut self, text: String) {
        if self.texts.len() == TEXTS_MAX {
            self.texts.pop_front();
        }
        self.texts.push_back(text);
        self.send_texts();
        self.drain();
    }

    /// Answers a `PATCH`: with the piece of SDP for a restart, or with nothing if candidates were sent.
    pub(crate) fn patch(&mut self, fragment: &str) -> Result<Option<String>, RestartFault> {
        let Patch::Restart { ufrag, password } = Patch::read(fragment, &self.theirs.ufrag)? else {
            return Ok(None);
        };
        let offer = with_credentials(&self.offer, &ufrag, &password);
        let sdp = SdpOffer::from_sdp_string(&offer).map_err(|_| RestartFault::Refused)?;
        let answer = self.rtc.sdp_api().accept_offer(sdp).map_err(|_| RestartFault::Refused)?.to_sdp_string();
        let (our_ufrag, our_password) = credentials(&answer).ok_or(RestartFault::Refused)?;
        self.drain();
        self.consent.restart();
        self.theirs = Credentials { ufrag, password };
        let piece = format!("a=ice-lite\r\na=ice-ufrag:{our_ufrag}\r\na=ice-pwd:{our_password}\r\n");
        self.ours = Credentials { ufrag: our_ufrag, password: our_password };
        Ok(Some(piece))
    }

    /// Closes the connection, and tells the peer.
    pub(crate) fn close(&mut self) {
        // Nothing can be closed while a channel is being opened. The peer then notices our silence.
        let _ = self.rtc.close();
        self.drain();
    }

    /// Checks whether an address receives what is sent to it.
    fn ask(&mut self, common: &Common, now: Instant, address: Remote) {
        let mut transaction = [0; 12];
        if common.random.fill(&mut transaction).is_err() {
            return;
        }
        let Credentials { ufrag, password } = &self.theirs;
        let question = stun::question(transaction, ufrag, &self.ours.ufrag, password);
        if self.consent.ask(address, now, transaction, question.len()) {
            self.out.push_back(Datagram { to: address, bytes: question });
        }
    }

    fn input(&mut self, input: Input<'_>) {
        // A fault in one datagram says nothing about the next.
        let _ = self.rtc.handle_input(input);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(deadline)) => {
                    self.deadline = deadline;
                    break;
                }
                Ok(Output::Transmit(transmit)) => {
                    let Some(over) = Transport::of(transmit.proto) else { continue };
                    let to = Remote::new(over, transmit.destination);
                    let ours = self.addresses.iter().find(|ours| ours.at == transmit.source);
                    let to = self.consent.path(to.through(ours.map_or(0, |ours| ours.socket)));
                    let bytes: Vec<u8> = transmit.contents.into();
                    let to = if stun::is_stun(&bytes) { to } else { self.consent.way(to) };
                    if let Some(bytes) = self.consent.send(to, bytes) {
                        self.out.push_back(Datagram { to, bytes });
                    }
                }
                Ok(Output::Event(event)) => self.take(event),
                Err(error) => {
                    self.ended.get_or_insert(if matches!(error, RtcError::Dtls(_)) {
                        Ended::Broken
                    } else {
                        Ended::Closed
                    });
                    break;
                }
            }
        }
        if !self.rtc.is_alive() {
            self.ended.get_or_insert(Ended::Closed);
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Connected => {
                self.is_connected = true;
                self.mouth = self.mouth.take().or_else(Mouth::new);
                self.ear = self.ear.take().or_else(Ear::new);
                if self.mouth.is_none() || self.ear.is_none() {
                    self.ended.get_or_insert(Ended::Broken);
                }
                self.happened.push_back(Happening::Connected);
            }
            Event::RtpPacket(packet) => self.hear_packet(&packet),
            Event::ChannelOpen(id, _) => {
                self.channel = Some(id);
                self.send_texts();
            }
            Event::ChannelData(data) if !data.binary && data.data.len() <= self.text_bytes_max => {
                if let Ok(text) = String::from_utf8(data.data) {
                    self.happened.push_back(Happening::Text(text));
                }
            }
            Event::ChannelClose(id) if self.channel == Some(id) => self.channel = None,
            Event::Closed => {
                self.ended.get_or_insert(Ended::Closed);
            }
            Event::MediaIngressStats(stats) => {
                let jitter_ms = stats.jitter as f32 / 48.0;
                self.quality.jitter_in_ms = jitter_ms;
                self.quality.jitter_in_ms_max = self.quality.jitter_in_ms_max.max(jitter_ms);
            }
            Event::MediaEgressStats(stats) => {
                if let Some(loss) = stats.loss {
                    self.loss_out.add(loss.clamp(0.0, 1.0));
                    if let Some(mouth) = &mut self.mouth {
                        mouth.expect_loss((loss.clamp(0.0, 1.0) * 100.0).round() as u8);
                    }
                }
                if let Some(round_trip) = stats.rtt {
                    self.round_trip_ms.add(round_trip.as_secs_f32() * 1_000.0);
                }
            }
            _ => {}
        }
    }

    fn hear_packet(&mut self, packet: &RtpPacket) {
        let Some(track) = self.track else { return };
        self.heard_at = packet.timestamp;
        if self.source.heard(*packet.header.ssrc, packet.timestamp) {
            self.jitter.begin_with_another();
        }
        if let Some(from) = self.given_from {
            self.consent.sounded(from, packet.timestamp);
        }
        let (sequence, timestamp) = (*packet.seq_no, packet.time.numer());
        let payload_type = packet.header.payload_type;
        if payload_type == track.opus {
            let now_ms = self.ms(packet.timestamp);
            self.quality.bytes_in += packet.payload.len() as u64;
            self.jitter.put(now_ms, sequence, timestamp, &packet.payload);
        } else {
            self.jitter.pass(sequence);
            if Some(payload_type) == track.telephone
                && let Some(key) = self.keys.take(timestamp, &packet.payload)
            {
                self.happened.push_back(Happening::Key(key));
            }
        }
    }

    fn send_texts(&mut self) {
        let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) else { return };
        while let Some(text) = self.texts.front() {
            // If the channel has no room, this is tried again at the next tick.
            if !matches!(channel.write(false, text.as_bytes()), Ok(true)) {
                break;
            }
            self.texts.pop_front();
        }
    }

    fn find_track(&self) -> Option<Track> {
        let mids = self.offer.lines().filter_map(|line| line.trim_end().strip_prefix("a=mid:"));
        let mid = mids
            .map(Mid::from)
            .find(|mid| self.rtc.media(*mid).is_some_and(|media| media.kind() == MediaKind::Audio))?;
        let spoken = self.rtc.media(mid)?.remote_pts();
        let of = |codec| {
            let params = self
                .rtc
                .codec_config()
                .find(|params| params.spec().codec == codec && spoken.contains(&params.pt()));
            params.map(|params| params.pt())
        };
        Some(Track { mid, opus: of(Codec::Opus)?, telephone: of(Codec::Tele) })
    }

    fn ms(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }
}

/// Returns random letters in hex.
fn letters(common: &Common, length: usize) -> Result<String, OfferFault> {
    let mut bytes = vec![0; length / 2];
    let filled = common.random.fill(&mut bytes);
    filled.map_err(|_| OfferFault::Malformed("the system gives no random numbers".to_owned()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
