//! A browser that talks by WebRTC, as `docs/web-audio.md` specifies: a peer of `cordboard-rtc` and a UDP socket, as a task next to the server.

use std::cell::{Ref, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant as StdInstant};

use cordboard_rtc::{FRAME_SAMPLES, Peer, PeerFault, RATE_HZ, Remote};
use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::TimedFrame;
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

use super::network::{Carried, Direction, Network};
use super::page::PageSeen;
use crate::http;
use crate::plan::NetworkTrouble;

/// Rate of its sound, in Hz.
pub const RATE: u32 = RATE_HZ;
const FRAME: Duration = Duration::from_millis(20);
/// Time from an offer until the server expects the connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Time without a datagram after which a page takes its connection for broken: the server answers ICE checks more often.
const SILENT_LIMIT: Duration = Duration::from_secs(5);
/// Time limit for the server's half of a goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);
/// Most bytes of a datagram.
const DATAGRAM_BYTES_MAX: usize = 2_048;
/// Telephone events (RFC 4733), in their order.
const KEYS: &str = "0123456789*#ABCD";

/// A visitor who talks in a browser by WebRTC.
#[derive(Debug)]
pub struct RtcBrowser {
    state: Rc<RefCell<State>>,
    over: Rc<Notify>,
}

#[derive(Debug)]
struct State {
    /// When the connection was established.
    began: Option<Instant>,
    requests: VecDeque<Request>,
    saying: VecDeque<i16>,
    page: PageSeen,
    was_hurt: bool,
    is_over: bool,
}

/// An act of the visitor, or an event that hits them.
#[derive(Clone, Copy, Debug)]
enum Request {
    Press(char),
    HangUp,
    ClosePage,
    Meet(NetworkTrouble),
}

impl RtcBrowser {
    /// Offers a connection, and waits until it is established. `pass` is the token of a call, or a `resume`. None if there is no connection within 10
    /// s.
    pub async fn connect(number: u32, server: SocketAddr, pass: &str) -> Option<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.ok()?;
        let at = Remote::udp(socket.local_addr().ok()?);
        let mut peer = Peer::new(now(), at).ok()?;
        let offer = peer.offer().ok()?;
        let authorization = [format!("authorization: Bearer {pass}")];
        let offered = ("POST", "/api/v1/webrtc");
        let answer = http::send(server, offered, &authorization, ("application/sdp", &offer)).await.ok()?;
        if answer.status != 201 {
            return None;
        }
        peer.accept(&answer.text()).ok()?;
        let state = Rc::new(RefCell::new(State {
            began: None,
            requests: VecDeque::new(),
            saying: VecDeque::new(),
            page: PageSeen::default(),
            was_hurt: false,
            is_over: false,
        }));
        let (over, stood) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let page = Page {
            number,
            peer,
            socket,
            server,
            location: answer.location?,
            state: Rc::clone(&state),
            stood: Rc::clone(&stood),
            offered_at: Instant::now(),
            came_at: Instant::now(),
            leaves_at: None,
            network: Network::default(),
            moves_at: None,
        };
        let (of_task, ended) = (Rc::clone(&state), Rc::clone(&over));
        tokio::task::spawn_local(async move {
            let stood = Rc::clone(&page.stood);
            // A broken connection is over.
            let _: Result<(), PeerFault> = page.live().await;
            of_task.borrow_mut().is_over = true;
            ended.notify_waiters();
            stood.notify_one();
        });
        stood.notified().await;
        let stands = state.borrow().began.is_some();
        stands.then_some(Self { state, over })
    }

    /// Queues something to say.
    pub fn say(&self, sound: &Sound) {
        self.state.borrow_mut().saying.extend(sound.resampled(RATE).samples);
    }

    /// Presses a key.
    pub fn press(&self, key: char) {
        self.state.borrow_mut().requests.push_back(Request::Press(key));
    }

    /// Hangs up.
    pub fn hang_up(&self) {
        self.state.borrow_mut().requests.push_back(Request::HangUp);
    }

    /// Closes the page: the browser closes the connection, and sends nothing else.
    pub fn close_page(&self) {
        self.state.borrow_mut().requests.push_back(Request::ClosePage);
    }

    /// Applies trouble of its network.
    pub fn meet(&self, trouble: NetworkTrouble) {
        let mut state = self.state.borrow_mut();
        state.was_hurt = true;
        state.requests.push_back(Request::Meet(trouble));
    }

    /// Whether its network had trouble.
    #[must_use]
    pub fn was_hurt(&self) -> bool {
        self.state.borrow().was_hurt
    }

    /// Returns the sound and texts that have reached the page.
    pub fn page(&self) -> Ref<'_, PageSeen> {
        Ref::map(self.state.borrow(), |state| &state.page)
    }

    /// Waits for the end.
    pub async fn until_over(&self) {
        let mut over = std::pin::pin!(self.over.notified());
        over.as_mut().enable();
        if !self.state.borrow().is_over {
            over.await;
        }
    }
}

/// Whether a page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    On,
    Away,
}

/// The page with its connection.
struct Page {
    number: u32,
    peer: Peer,
    socket: UdpSocket,
    /// The HTTP server.
    server: SocketAddr,
    /// Address at which the connection is ended.
    location: String,
    state: Rc<RefCell<State>>,
    stood: Rc<Notify>,
    offered_at: Instant,
    /// When the last datagram arrived.
    came_at: Instant,
    /// When it leaves at the latest, after a goodbye of either side.
    leaves_at: Option<Instant>,
    network: Network,
    /// When it changes to another network.
    moves_at: Option<Instant>,
}

impl Page {
    async fn live(mut self) -> Result<(), PeerFault> {
        let mut ticks = frames();
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        self.carry()?;
        loop {
            let due = self.network.next_due();
            tokio::select! {
                biased;
                received = self.socket.recv_from(&mut datagram) => self.receive(received, &mut datagram),
                () = until(due) => {}
                _ = ticks.tick() => {
                    if self.frame().await? == Goes::Away {
                        return self.carry();
                    }
                }
            }
            self.carry()?;
            self.peer.tick(now())?;
            self.carry()?;
        }
    }

    /// Reads all received datagrams.
    fn receive(&mut self, first: io::Result<(usize, SocketAddr)>, datagram: &mut [u8]) {
        let mut received = first;
        while let Ok((length, server)) = received {
            let bytes = datagram[..length].to_vec();
            self.network.put(Instant::now(), Carried { direction: Direction::ToBrowser, server, bytes });
            received = self.socket.try_recv_from(datagram);
        }
    }

    /// Delivers the datagrams that have arrived.
    fn carry(&mut self) -> Result<(), PeerFault> {
        loop {
            let at = Instant::now();
            while let Some(datagram) = self.peer.next_datagram() {
                let (server, bytes) = (datagram.to.at, datagram.bytes);
                self.network.put(at, Carried { direction: Direction::ToServer, server, bytes });
            }
            match self.network.take(at) {
                Some(Carried { direction: Direction::ToServer, server, bytes }) => {
                    // A datagram that the system refuses is lost, as in the network.
                    let _ = self.socket.try_send_to(&bytes, server);
                }
                Some(Carried { direction: Direction::ToBrowser, server, bytes }) => {
                    self.came_at = at;
                    self.peer.receive(now(), Remote::udp(server), &bytes)?;
                }
                None => return Ok(()),
            }
        }
    }

    /// Plays 20 ms: hears, speaks, and carries out requests.
    async fn frame(&mut self) -> Result<Goes, PeerFault> {
        let at = Instant::now();
        if !self.peer.is_connected() {
            let is_late = at.duration_since(self.offered_at) >= CONNECT_LIMIT;
            return Ok(if is_late || self.peer.is_over() { Goes::Away } else { Goes::On });
        }
        let began = *self.state.borrow_mut().began.get_or_insert(at);
        if began == at {
            self.stood.notify_one();
        }
        for text in self.peer.take_texts() {
            self.take(&text, at.duration_since(began));
        }
        let is_gone =
            at.duration_since(self.came_at) >= SILENT_LIMIT || self.leaves_at.is_some_and(|by| by <= at);
        if self.peer.is_over() || is_gone {
            return Ok(Goes::Away);
        }
        if self.moves_at.is_some_and(|moves_at| moves_at <= at) {
            self.moves_at = None;
            if self.go_on_elsewhere().await? == Goes::Away {
                return Ok(Goes::Away);
            }
        }
        let samples = self.peer.hear(now()).to_vec();
        let said = {
            let mut state = self.state.borrow_mut();
            state.page.heard.push(TimedFrame { at: at.duration_since(began), rate: RATE, samples });
            next_said(&mut state.saying)
        };
        self.peer.send_sound(now(), said.as_ref())?;
        let requests = std::mem::take(&mut self.state.borrow_mut().requests);
        for request in requests {
            if self.act(request).await? == Goes::Away {
                return Ok(Goes::Away);
            }
        }
        Ok(Goes::On)
    }

    async fn act(&mut self, request: Request) -> Result<Goes, PeerFault> {
        match request {
            Request::Press(key) => {
                let event = KEYS.chars().position(|known| known == key);
                if let Some(event) = event.and_then(|event| u8::try_from(event).ok()) {
                    self.peer.press(now(), event)?;
                }
            }
            Request::HangUp => {
                self.leaves_at.get_or_insert(Instant::now() + GOODBYE_LIMIT);
                // Half of the pages say goodbye over the channel of texts, the others over HTTP, as a page does whose channel is not reliable.
                let is_sure = {
                    let state = self.state.borrow();
                    state.page.ready.is_some() && !state.was_hurt
                };
                if is_sure && self.number.is_multiple_of(2) {
                    self.peer.send_text(&json!({ "type": "bye" }).to_string())?;
                } else {
                    let ended = ("DELETE", self.location.as_str());
                    // The server or the connection may be gone.
                    let _ = http::send(self.server, ended, &[], ("application/json", "")).await;
                }
            }
            Request::ClosePage => {
                // Nothing can be closed while the channel is being opened: the server then learns it from the silence.
                let _ = self.peer.close();
                return Ok(Goes::Away);
            }
            Request::Meet(NetworkTrouble::Weather { weather }) => self.network.set(weather),
            Request::Meet(NetworkTrouble::Away { ms }) => {
                self.network.is_away_until(Instant::now() + Duration::from_millis(ms));
            }
            Request::Meet(NetworkTrouble::Changes { after_ms }) => {
                let moves_at = Instant::now() + Duration::from_millis(after_ms);
                self.network.is_away_until(moves_at);
                self.moves_at = Some(moves_at);
            }
            Request::Meet(NetworkTrouble::Vanishes) => {
                self.network.goes();
                return Ok(Goes::Away);
            }
        }
        Ok(Goes::On)
    }

    /// Changes to another address, and restarts ICE from there. The server may have given the connection up meanwhile.
    async fn go_on_elsewhere(&mut self) -> Result<Goes, PeerFault> {
        let Ok(socket) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await else { return Ok(Goes::Away) };
        let Ok(at) = socket.local_addr() else { return Ok(Goes::Away) };
        self.socket = socket;
        let piece = self.peer.restart()?;
        let patch = ("PATCH", self.location.as_str());
        let content = ("application/trickle-ice-sdpfrag", piece.as_str());
        match http::send(self.server, patch, &[], content).await {
            Ok(answer) if answer.status == 200 => {
                self.peer.restarted(Remote::udp(at), &answer.text())?;
                Ok(Goes::On)
            }
            _ => Ok(Goes::Away),
        }
    }

    fn take(&mut self, text: &str, at: Duration) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if message["type"] == "bye" {
            self.leaves_at.get_or_insert(Instant::now() + GOODBYE_LIMIT);
        }
        self.state.borrow_mut().page.take(text, message, at);
    }
}

/// Returns the next 20 ms of speech; none if there is none.
fn next_said(saying: &mut VecDeque<i16>) -> Option<[i16; FRAME_SAMPLES]> {
    if saying.is_empty() {
        return None;
    }
    let mut frame = [0; FRAME_SAMPLES];
    let length = saying.len().min(FRAME_SAMPLES);
    for (place, sample) in frame.iter_mut().zip(saying.drain(..length)) {
        *place = sample;
    }
    Some(frame)
}

fn frames() -> Interval {
    let mut ticks = interval(FRAME);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits until a moment; without one, waits forever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Returns the time of the world, as a peer expects it.
fn now() -> StdInstant {
    Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_cut_into_frames_and_silence_into_none() {
        let mut saying: VecDeque<i16> = (0..500).collect();
        let first = next_said(&mut saying).unwrap_or([9; FRAME_SAMPLES]);
        assert_eq!((first[0], first[479]), (0, 479));
        let last = next_said(&mut saying).unwrap_or([9; FRAME_SAMPLES]);
        assert_eq!((last[0], last[19], last[20]), (480, 499, 0));
        assert_eq!(next_said(&mut saying), None);
    }
}
