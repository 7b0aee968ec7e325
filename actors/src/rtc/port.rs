//! The task of the UDP port: it reads datagrams, keeps the clock of all connections, and answers requests over HTTP.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_rtc::{
    Certificate, ConnectionId, Datagram, Ended, FRAME_MS, Happening, Hub, HubSettings, Quality, Remote,
    RestartFault, Transport,
};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::digit::Digit;
use cordboard_schema::limits::{
    RTC_ADDRESSES_MAX, RTC_DATAGRAMS_PER_S_MAX, RTC_OFFER_LINES_MAX, RTC_QUESTIONS_PER_S_MAX, RTC_UNMADE_MAX,
    RTC_UNMADE_MS_MAX, RTC_UNMADE_OF_ONE_MAX, WEB_AUDIO_PIPE_MESSAGES_MAX, WEB_AUDIO_SILENT_MS_MAX,
    WEB_AUDIO_TEXT_BYTES_MAX,
};
use cordboard_schema::line_quality::LineQuality;
use cordboard_schema::wire::web_audio::{BrowserMessage, write_sound};
use tokio::io::ReadBuf;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::Instant;
use uuid::Uuid;

use super::line::{Answered, NotAnswered, Patched, QUESTIONS_MAX, Question, RtcLine};
use super::open_streams::OpenStreams;
use super::playing::Playing;
use super::streams::{COMING_MAX, Came, DATAGRAM_BYTES_MAX, Outgoing, carry};
use super::taken_ports::TakenRtcPorts;
use super::words_to_leg::WordsToLeg;
use crate::media::{MessagePipe, PipeEnd, PipedMessage, Playout};
use crate::messages::{AudioArrived, RegistryLine};
use crate::web::{AudioPasses, CameFrom, let_in_by};

/// Frames between two measurements of the connections: one second.
const FRAMES_PER_CHECK: u64 = 50;

/// Datagrams in a row before other tasks get their turn.
const IN_A_ROW_MAX: usize = 64;

/// How long a TCP stream may be open before a connection uses it.
const UNKNOWN_LIMIT: Duration = Duration::from_millis(RTC_UNMADE_MS_MAX);

/// Why the port can't be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoPort {
    /// The system provides no random numbers.
    #[error(transparent)]
    Certificate(#[from] cordboard_rtc::CertificateFault),
    /// The system refuses the socket.
    #[error(transparent)]
    Socket(#[from] io::Error),
}

/// The port of WebRTC.
#[derive(Debug)]
pub(super) enum RtcPort {}

impl RtcPort {
    /// Opens the port for this many calls at once, on this arbiter, which must serve nothing else: the port encodes
    /// and decodes the sound of all its calls. It is open until the arbiter stops, or the last line to it is dropped.
    ///
    /// # Errors
    /// [`NoPort`]
    pub(super) fn open(
        ports: TakenRtcPorts,
        calls_max: usize,
        (passes, registry): (AudioPasses, RegistryLine),
        on: &ArbiterHandle,
    ) -> Result<RtcLine, NoPort> {
        let TakenRtcPorts { sockets, listener, announced, streams_unused_max, .. } = ports;
        let connections_max = calls_max + RTC_UNMADE_MAX;
        for socket in &sockets {
            socket.set_nonblocking(true)?;
        }
        if let Some(listener) = &listener {
            listener.set_nonblocking(true)?;
        }
        let hub = HubSettings {
            addresses: announced,
            accepts_tcp: listener.is_some(),
            connections_max,
            unmade_max: RTC_UNMADE_MAX,
            unmade_for: Duration::from_millis(RTC_UNMADE_MS_MAX),
            silent_for: Duration::from_millis(WEB_AUDIO_SILENT_MS_MAX),
            offer_lines_max: RTC_OFFER_LINES_MAX,
            addresses_max: RTC_ADDRESSES_MAX,
            questions_per_s_max: RTC_QUESTIONS_PER_S_MAX,
            datagrams_per_s_max: RTC_DATAGRAMS_PER_S_MAX,
            text_bytes_max: WEB_AUDIO_TEXT_BYTES_MAX,
        };
        let hub = Hub::new(hub, Certificate::generate()?);
        let (line, questions) = mpsc::channel(QUESTIONS_MAX);
        on.spawn(async move {
            // A socket belongs to the runtime of the thread that uses it.
            let opened = sockets.into_iter().map(UdpSocket::from_std).collect::<io::Result<Vec<UdpSocket>>>();
            let opened =
                opened.and_then(|sockets| Ok((sockets, listener.map(TcpListener::from_std).transpose()?)));
            match opened {
                Ok((sockets, listener)) => {
                    let (came, coming) = mpsc::channel(COMING_MAX);
                    let streams =
                        Streams { open: OpenStreams::new(connections_max, streams_unused_max), came };
                    let port =
                        Port { hub, sockets, streams, passes, registry, talks: BTreeMap::new(), frames: 0 };
                    port.run(questions, listener, coming).await
                }
                Err(error) => tracing::error!(%error, "calls by WebRTC are not possible"),
            }
        });
        Ok(RtcLine(line))
    }
}

struct Port {
    hub: Hub,
    sockets: Vec<UdpSocket>,
    streams: Streams,
    passes: AudioPasses,
    registry: RegistryLine,
    /// In the order of their offers: legs get their sound in the same order in each repetition of a run.
    talks: BTreeMap<ConnectionId, Talk>,
    frames: u64,
}

/// Streams of TCP.
struct Streams {
    open: OpenStreams<Outgoing>,
    came: mpsc::Sender<Came>,
}

impl Streams {
    /// Accepts a stream; one for which there is no room is closed at once.
    fn accept(&mut self, stream: TcpStream, from: SocketAddr, hub: &Hub) {
        if self.open.make_room(from, |at| hub.knows(remote(Transport::Tcp, at))) {
            let outgoing = carry(stream, from, self.came.clone());
            self.open.insert(from, outgoing, Instant::now());
        }
    }

    /// Closes streams that no connection uses or has ever used.
    fn close_unknown(&mut self, hub: &Hub) {
        if let Some(before) = Instant::now().checked_sub(UNKNOWN_LIMIT) {
            self.open.close_unused(before, |at| hub.knows(remote(Transport::Tcp, at)));
        }
    }
}

/// A connection's party and leg.
struct Talk {
    session: Uuid,
    /// The token shown with the offer, and where it was shown.
    shown: (String, CameFrom),
    /// Address of the offering peer.
    peer: SocketAddr,
    /// The leg's other end, once the connection is up.
    leg: Option<PipeEnd>,
    words: WordsToLeg,
    playing: Playing,
    /// The leg has ended: waiting sound is played, and then the connection ends.
    is_over: bool,
}

impl Talk {
    /// Handles 20 ms of a connection whose leg is there, both ways.
    fn frame(&mut self, id: ConnectionId, now: std::time::Instant, hub: &mut Hub) {
        self.take_from_leg(id, hub);
        let Some(leg) = &mut self.leg else { return };
        if let Some(rate_hz) = leg.spoken_at.take() {
            hub.spoken_at(id, rate_hz);
        }
        let mut marks = Vec::new();
        for _ in 0..self.playing.frames_due() {
            let played = self.playing.frame();
            hub.send_sound(id, now, played.frame.as_ref());
            marks.extend(played.marks);
        }
        // Sound that waits for room is older than this frame.
        self.words.go_on(&leg.incoming);
        // A leg that has no room is stalled, and does not get this.
        for name in marks {
            let _ = leg.incoming.try_send(PipedMessage::Text(message(&BrowserMessage::Mark { name })));
        }
        if let Some(heard) = hub.hear(id, now) {
            let _ = leg.incoming.try_send(PipedMessage::Binary(write_sound(&heard)));
        }
    }

    /// Takes everything that the leg has sent since the last frame, and notes whether it has ended.
    fn take_from_leg(&mut self, id: ConnectionId, hub: &mut Hub) {
        let Some(leg) = &mut self.leg else { return };
        loop {
            match leg.outgoing.try_recv() {
                Ok(message) => {
                    if let Some(text) = self.playing.take(message) {
                        hub.send_text(id, text);
                    }
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.is_over = true;
                    return;
                }
            }
        }
    }
}

impl Port {
    async fn run(
        mut self,
        mut questions: mpsc::Receiver<Question>,
        listener: Option<TcpListener>,
        mut coming: mpsc::Receiver<Came>,
    ) {
        let mut clock = Playout::new(Duration::ZERO);
        let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
        // Sometimes the system refuses new streams. Accepting is tried again at the next frame.
        let mut accepts = true;
        loop {
            tokio::select! {
                biased;
                due = clock.tick() => {
                    accepts = true;
                    for _ in 0..due {
                        self.frame();
                    }
                    self.hub.tick(now());
                }
                question = questions.recv() => match question {
                    Some(question) => self.answer(question),
                    None => return,
                },
                (first, received) = receive_from(&self.sockets, &mut datagram) => {
                    self.receive(first, received, &mut datagram);
                    // A flood at one address or on one transport does not block the others.
                    for other in (0..self.sockets.len()).filter(|other| *other != first) {
                        self.receive_waiting(other, IN_A_ROW_MAX, &mut datagram);
                    }
                    self.receive_over_tcp(&mut coming);
                }
                Some(came) = coming.recv() => {
                    self.take(came);
                    self.receive_over_tcp(&mut coming);
                }
                accepted = accept(listener.as_ref().filter(|_| accepts)) => match accepted {
                    Ok((stream, from)) => self.streams.accept(stream, from, &self.hub),
                    Err(error) => {
                        accepts = false;
                        tracing::debug!(%error, "a stream of WebRTC was not taken");
                    }
                },
            }
            self.note_happenings();
            self.send();
            tokio::task::consume_budget().await;
        }
    }

    /// Handles a datagram of this socket, and those that wait there.
    fn receive(&mut self, socket: usize, first: io::Result<(usize, SocketAddr)>, datagram: &mut [u8]) {
        // An error belongs to an earlier datagram (ICMP).
        let Ok((length, from)) = first else { return };
        self.hub.receive(now(), remote(Transport::Udp, from).through(socket), &datagram[..length]);
        self.receive_waiting(socket, IN_A_ROW_MAX - 1, datagram);
    }

    /// Handles the datagrams that wait at this socket, at most `most`.
    fn receive_waiting(&mut self, socket: usize, most: usize, datagram: &mut [u8]) {
        let Some(waiting) = self.sockets.get(socket) else { return };
        for _ in 0..most {
            let Ok((length, from)) = waiting.try_recv_from(datagram) else { return };
            self.hub.receive(now(), remote(Transport::Udp, from).through(socket), &datagram[..length]);
        }
    }

    fn receive_over_tcp(&mut self, coming: &mut mpsc::Receiver<Came>) {
        for _ in 0..IN_A_ROW_MAX {
            let Ok(came) = coming.try_recv() else { return };
            self.take(came);
        }
    }

    fn take(&mut self, came: Came) {
        match came {
            Came::Datagram(from, datagram) => {
                let remote = remote(Transport::Tcp, from);
                self.hub.receive(now(), remote, &datagram);
                // A browser with a connection signs its first datagram.
                if !self.hub.knows(remote) {
                    self.streams.open.remove(from);
                }
            }
            Came::Gone(from) if self.streams.open.get(from).is_some_and(Outgoing::is_gone) => {
                self.streams.open.remove(from);
            }
            Came::Gone(_) => {}
        }
    }

    /// Sends all waiting datagrams. Datagrams for which the system has no room are lost, as on the network.
    fn send(&mut self) {
        while let Some(Datagram { to, bytes }) = self.hub.next_datagram() {
            match to.over {
                Transport::Udp => {
                    let sent = self.sockets.get(to.socket).map(|socket| socket.try_send_to(&bytes, to.at));
                    if let Some(Err(error)) = sent {
                        tracing::trace!(%error, to = %to.at, "a datagram of WebRTC was not sent");
                    }
                }
                Transport::Tcp => {
                    if let Some(stream) = self.streams.open.get(to.at) {
                        stream.send(bytes);
                    }
                }
            }
        }
    }

    fn answer(&mut self, question: Question) {
        // A requester who has gone meanwhile needs no answer.
        match question {
            Question::Offer { offer, shown, peer, reply } => {
                let _ = reply.send(self.offer(&offer, shown, peer));
            }
            Question::Patch { session, fragment, reply } => {
                let _ = reply.send(self.patch(session, &fragment));
            }
            Question::End { session, reply } => {
                let _ = reply.send(self.hang_up(session));
            }
        }
    }

    fn offer(
        &mut self,
        offer: &str,
        shown: (String, CameFrom),
        peer: SocketAddr,
    ) -> Result<Answered, NotAnswered> {
        let (presented, from) = &shown;
        if !self.passes.opens(presented, *from) {
            return Err(NotAnswered::BadToken);
        }
        let (id, answer) = self.hub.offer(now(), offer)?;
        self.end_unmade_of(presented);
        let session = secret_name();
        let talk = Talk {
            session,
            shown,
            peer,
            leg: None,
            words: WordsToLeg::default(),
            playing: Playing::default(),
            is_over: false,
        };
        self.talks.insert(id, talk);
        Ok(Answered { session, answer })
    }

    /// Ends the oldest connections of this token that are not up, so that one more is not one too many.
    fn end_unmade_of(&mut self, presented: &str) {
        let is_unmade = |talk: &Talk| talk.leg.is_none() && talk.shown.0 == presented;
        let unmade = self.talks.iter().filter(|(_, talk)| is_unmade(talk)).map(|(id, _)| *id);
        let unmade: Vec<ConnectionId> = unmade.collect();
        let too_many = (unmade.len() + 1).saturating_sub(RTC_UNMADE_OF_ONE_MAX);
        for id in unmade.into_iter().take(too_many) {
            self.hub.end(id);
            self.talks.remove(&id);
        }
    }

    fn patch(&mut self, session: Uuid, fragment: &str) -> Patched {
        let Some(id) = self.of(session) else { return Patched::Gone };
        match self.hub.patch(id, fragment) {
            Ok(Some(piece)) => Patched::Restarted(piece),
            Ok(None) => Patched::Noted,
            Err(RestartFault::Gone) => Patched::Gone,
            Err(fault @ RestartFault::Refused) => Patched::Refused(fault.to_string()),
        }
    }

    fn hang_up(&mut self, session: Uuid) -> bool {
        let Some(id) = self.of(session) else { return false };
        self.measure(id);
        self.part(id, Some(BrowserMessage::Bye));
        self.hub.end(id);
        true
    }

    fn of(&self, session: Uuid) -> Option<ConnectionId> {
        self.talks.iter().find(|(_, talk)| talk.session == session).map(|(id, _)| *id)
    }

    /// Reports to a leg how good its connection is.
    fn measure(&self, id: ConnectionId) {
        let end = self.talks.get(&id).and_then(|talk| talk.leg.as_ref());
        if let (Some(end), Some(quality)) = (end, self.hub.quality(id, now())) {
            end.quality.send_replace(Some(reported(&quality)));
        }
    }

    /// Handles 20 ms of every connection that is up, both ways.
    fn frame(&mut self) {
        let now = now();
        self.frames += 1;
        if self.frames.is_multiple_of(FRAMES_PER_CHECK) {
            self.talks.keys().for_each(|id| self.measure(*id));
            self.streams.close_unknown(&self.hub);
        }
        let mut over = Vec::new();
        for (id, talk) in &mut self.talks {
            talk.frame(*id, now, &mut self.hub);
            if talk.leg.is_some() && talk.is_over && talk.playing.is_empty() {
                over.push(*id);
            }
        }
        for id in over {
            self.hub.end(id);
            self.talks.remove(&id);
        }
    }

    fn note_happenings(&mut self) {
        while let Some((id, happening)) = self.hub.next_happening() {
            match happening {
                Happening::Connected => self.join(id),
                Happening::Key(key) => {
                    if let Ok(digit) = Digit::try_from(key) {
                        self.send_to_leg(id, PipedMessage::Text(message(&BrowserMessage::Dtmf { digit })));
                    }
                }
                Happening::Text(text) => {
                    // It may be a goodbye: after that, nothing is measured any more.
                    self.measure(id);
                    self.send_to_leg(id, PipedMessage::Text(text));
                }
                Happening::Ended(ended) => {
                    tracing::debug!(?id, ?ended, "a connection of WebRTC has ended");
                    // A browser reports over HTTP that its user hangs up. A browser that closes the connection in
                    // order leaves the page. Otherwise the leg finds a broken connection. The call waits for its
                    // party to come back.
                    let last = (ended == Ended::Closed).then_some(BrowserMessage::Away);
                    if last.is_some() {
                        self.measure(id);
                    }
                    self.part(id, last);
                }
            }
        }
    }

    /// The connection is up: the token of the offer is used up now, and its call gets a leg.
    fn join(&mut self, id: ConnectionId) {
        let Some(talk) = self.talks.get_mut(&id) else { return };
        let (pipe, end) = MessagePipe::open(WEB_AUDIO_PIPE_MESSAGES_MAX);
        talk.leg = Some(end);
        let (from, peer) = (talk.shown.1, talk.peer);
        let presented = std::mem::take(&mut talk.shown.0);
        let (passes, registry) = (self.passes.clone(), self.registry.clone());
        actix_rt::spawn(async move {
            // If it is not admitted, the pipe is dropped, which ends the connection.
            let Some(audio) = let_in_by(pipe, &passes, (&presented, from), SampleRate::HZ_24000, peer).await
            else {
                tracing::info!(%peer, "a connection of WebRTC was closed: its token was used meanwhile");
                return;
            };
            let call = audio.call;
            // If no call takes it, the registry has logged that.
            if let Err(cause) = registry.ask(AudioArrived(Box::new(audio))).await {
                tracing::warn!(%peer, %call, %cause, "a connection of WebRTC was closed");
            }
        });
    }

    fn send_to_leg(&mut self, id: ConnectionId, word: PipedMessage) {
        let Some(talk) = self.talks.get_mut(&id) else { return };
        if let Some(leg) = &talk.leg
            && !talk.words.tell(&leg.incoming, word)
        {
            tracing::warn!(
                ?id,
                "keys or texts of a browser are lost: its leg has accepted nothing for a long time"
            );
        }
    }

    /// Separates a leg from its connection, which has ended, with this as its last message.
    fn part(&mut self, id: ConnectionId, last: Option<BrowserMessage>) {
        let Some(Talk { leg: Some(leg), words, .. }) = self.talks.remove(&id) else { return };
        words.end(leg.incoming, last.map(|last| PipedMessage::Text(message(&last))));
    }
}

/// Receives the next datagram of any of the sockets, with the number of the socket.
async fn receive_from(
    sockets: &[UdpSocket],
    datagram: &mut [u8],
) -> (usize, io::Result<(usize, SocketAddr)>) {
    poll_fn(|context| {
        for (number, socket) in sockets.iter().enumerate() {
            let mut room = ReadBuf::new(datagram);
            if let Poll::Ready(received) = socket.poll_recv_from(context, &mut room) {
                let length = room.filled().len();
                return Poll::Ready((number, received.map(|from| (length, from))));
            }
        }
        Poll::Pending
    })
    .await
}

/// Accepts the next stream, if there is a port for streams.
async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => {
            let (stream, from) = listener.accept().await?;
            Ok((stream, canonical(from)))
        }
        None => std::future::pending().await,
    }
}

/// Converts a mapped address to plain IPv4, for a port that accepts both kinds.
fn canonical(from: SocketAddr) -> SocketAddr {
    SocketAddr::new(from.ip().to_canonical(), from.port())
}

fn remote(over: Transport, from: SocketAddr) -> Remote {
    Remote::new(over, canonical(from))
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

fn message(message: &BrowserMessage) -> String {
    // Fails only for maps without text keys, and there are none here.
    serde_json::to_string(message).unwrap_or_default()
}

/// Quality of the connection, as reported to a leg.
fn reported(quality: &Quality) -> LineQuality {
    let Quality {
        jitter,
        established_for,
        jitter_in_ms_max,
        loss_out,
        round_trip_ms,
        bytes_in,
        bytes_out,
        ..
    } = *quality;
    let measured_ms = u64::try_from(established_for.as_millis()).unwrap_or(u64::MAX);
    let kbps = |bytes: u64| {
        let bits = bytes.saturating_mul(8).checked_div(measured_ms).unwrap_or_default();
        u32::try_from(bits).unwrap_or(u32::MAX)
    };
    let whole = |value: f32| value.round() as u32;
    LineQuality {
        measured_ms,
        packets_in: jitter.received + jitter.late,
        packets_lost_in: jitter.missing,
        packets_late_in: jitter.late,
        concealed_ms: (jitter.lost - jitter.recovered + jitter.stretched) * FRAME_MS,
        jitter_ms_max: whole(jitter_in_ms_max),
        kbps_in: kbps(bytes_in),
        kbps_out: kbps(bytes_out),
        lost_out_permille: loss_out.map(|share| whole(share * 1_000.0)),
        round_trip_ms: round_trip_ms.map(whole),
    }
}

/// A name that can't be guessed: its holder may end the connection.
#[expect(clippy::disallowed_methods, reason = "a secret")]
fn secret_name() -> Uuid {
    Uuid::from_bytes(rand::random())
}
