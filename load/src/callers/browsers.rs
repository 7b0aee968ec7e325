//! Callers in browsers: visitors of a talk link, over `/ws/audio` or over WebRTC. They speak all the time, because a microphone sends without pauses,
//! and speech makes a difference only to Opus, which costs more then.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_rtc::{Peer, PeerFault, encoded};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::super::board::{CallNumber, SharedBoard};
use super::super::contender::CallerKind;
use super::super::marker::{FRAME_SAMPLES, Loudness, Marker, wide};
use super::super::organization::Organization;
use super::super::webrtc::{Connection, FRAME, Party};
use super::frame::{FrameKind, Frames, upgrade, write_frame};
use super::pacing::{Outlet, Pacing};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// Samples a second.
const RATE_HZ: u32 = 24_000;

/// Frames that are encoded once for all callers over WebRTC, and sent repeatedly: 4 s.
const LOOP_FRAMES: u32 = 200;

/// All callers of a measurement. Within a `LocalSet`.
#[derive(Debug)]
pub(in super::super) struct Visitors {
    way: CallerKind,
    organization: Rc<Organization>,
    board: SharedBoard,
    pacing: Pacing,
    packets: Rc<[Option<Vec<u8>>]>,
    lines: RefCell<HashMap<u16, Line>>,
}

/// How a caller is connected.
#[derive(Debug)]
enum Line {
    Socket(Rc<Socket>),
    Webrtc(Connection),
}

impl Visitors {
    /// Makes up to this many callers for the server whose HTTP is at this address. None calls yet.
    ///
    /// # Errors
    /// Fails if the server creates no talk link.
    pub(super) async fn of(
        way: CallerKind,
        (http, calls): (SocketAddr, u16),
        board: SharedBoard,
    ) -> Result<Self, String> {
        let organization = Rc::new(Organization::found(http, calls).await?);
        let pacing = Pacing::start(Rc::clone(&board));
        let frames =
            (0..LOOP_FRAMES).map(|sequence| Marker { source: 0, sequence }.samples(Loudness::Speech));
        let frames: Vec<_> = frames.map(|frame| wide(&frame)).collect();
        let packets = encoded(&frames).map_err(|fault| fault.to_string())?.into();
        Ok(Self { way, organization, board, pacing, packets, lines: RefCell::default() })
    }

    /// Starts one more call.
    ///
    /// # Errors
    /// Fails if the server does not take the call.
    pub(super) async fn call(&self) -> io::Result<CallNumber> {
        let call = self.board.borrow_mut().add_unmarked_call();
        let visitor = address(call);
        let (_, token) = self.organization.visit_from(Some(visitor)).await.map_err(io::Error::other)?;
        let line = match self.way {
            CallerKind::Webrtc => {
                let speaker = Speaker {
                    call,
                    board: Rc::clone(&self.board),
                    packets: Rc::clone(&self.packets),
                    said: 0,
                    came: 0,
                };
                let opened = Connection::open(&self.organization, &token, visitor, Box::new(speaker));
                Line::Webrtc(opened.await.map_err(io::Error::other)?)
            }
            _ => {
                let opened = Socket::open(self.organization.at(), &token, call, &self.board);
                let socket = timeout(CONNECT_TIMEOUT, opened).await;
                let socket = socket.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
                self.pacing.begin(call, Outlet::Browser(Rc::clone(&socket)));
                Line::Socket(socket)
            }
        };
        self.lines.borrow_mut().insert(call.0, line);
        Ok(call)
    }

    /// Hangs up as a page does.
    pub(super) fn hang_up(&self, call: CallNumber) {
        self.board.borrow_mut().hang_up(call, Instant::now());
        self.pacing.end(call);
        match self.lines.borrow_mut().remove(&call.0) {
            Some(Line::Socket(socket)) => socket.say(&json!({ "type": "bye" })),
            Some(Line::Webrtc(connection)) => {
                let (organization, board) = (Rc::clone(&self.organization), Rc::clone(&self.board));
                spawn_local(async move {
                    if let Err(why) = connection.hang_up(&organization).await {
                        board.borrow_mut().fail_call(call, &why);
                    }
                });
            }
            None => {}
        }
    }
}

/// Each caller has an address of their own.
fn address(call: CallNumber) -> IpAddr {
    let [high, low] = call.0.to_be_bytes();
    Ipv4Addr::new(10, 0, high, low).into()
}

/// A caller who speaks over WebRTC without a pause.
struct Speaker {
    call: CallNumber,
    board: SharedBoard,
    packets: Rc<[Option<Vec<u8>>]>,
    said: usize,
    came: u64,
}

impl Party for Speaker {
    fn frame(&mut self, peer: &mut Peer, now: Instant, late: Duration) -> Result<(), PeerFault> {
        let packet = self.packets.get(self.said % self.packets.len().max(1)).and_then(Option::as_deref);
        self.said += 1;
        let came = peer.packets_in();
        let mut board = self.board.borrow_mut();
        board.sent_late(late);
        if came > self.came {
            // Received sound is not decoded: that is the caller's work, not the server's.
            let frames = u32::try_from(came - self.came).unwrap_or(u32::MAX);
            board.unmarked_sound(self.call, FRAME.saturating_mul(frames), now);
            self.came = came;
        }
        drop(board);
        peer.send(now, packet)
    }
}

/// A caller's `/ws/audio`.
#[derive(Debug)]
pub(super) struct Socket(OwnedWriteHalf);

impl Socket {
    /// Connects, and listens from then on.
    async fn open(
        to: SocketAddr,
        token: &str,
        call: CallNumber,
        board: &SharedBoard,
    ) -> io::Result<Rc<Self>> {
        let mut stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /ws/audio HTTP/1.1\r\nHost: {to}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        let frames = upgrade(&mut stream, &request).await?;
        let (reader, writer) = stream.into_split();
        let socket = Rc::new(Self(writer));
        socket.say(&json!({ "type": "hello", "version": 1, "token": token, "rate": RATE_HZ }));
        spawn_local(listen((reader, frames), Rc::clone(&socket), call, Rc::clone(board)));
        Ok(socket)
    }

    fn say(&self, message: &Value) {
        // The reader notices a closed socket.
        let _ = self.write(FrameKind::Text, message.to_string().as_bytes());
    }

    /// Sends 20 ms, without waiting.
    pub(super) fn send_frame(&self, samples: &[i16; FRAME_SAMPLES]) -> io::Result<()> {
        let bytes: Vec<u8> = wide(samples).into_iter().flat_map(i16::to_le_bytes).collect();
        self.write(FrameKind::Binary, &bytes)
    }

    fn write(&self, kind: FrameKind, payload: &[u8]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(payload.len() + 8);
        write_frame(kind, payload, &mut bytes);
        match self.0.try_write(&bytes)? {
            whole if whole == bytes.len() => Ok(()),
            part => Err(io::Error::other(format!("{part} of {} bytes of a frame", bytes.len()))),
        }
    }

    /// Handles a message of the server. Returns whether the connection continues.
    fn take(&self, (kind, payload): (FrameKind, Vec<u8>), call: CallNumber, board: &SharedBoard) -> bool {
        match kind {
            FrameKind::Binary => {
                let lasts = Duration::from_secs(1) * u32::try_from(payload.len() / 2).unwrap_or(0) / RATE_HZ;
                board.borrow_mut().unmarked_sound(call, lasts, Instant::now());
            }
            FrameKind::Text => {
                let message: Value = serde_json::from_slice(&payload).unwrap_or_default();
                if message["type"] == "mark" {
                    // Sound that was sent before counts as played: there is no loudspeaker here.
                    self.say(&message);
                }
            }
            FrameKind::Ping => drop(self.write(FrameKind::Pong, &payload)),
            FrameKind::Pong => {}
            FrameKind::Close => return false,
        }
        true
    }
}

/// Reads what one caller hears, to the end.
async fn listen(
    (mut reader, mut frames): (OwnedReadHalf, Frames),
    socket: Rc<Socket>,
    call: CallNumber,
    board: SharedBoard,
) {
    loop {
        match frames.next() {
            Ok(Some(frame)) => {
                if !socket.take(frame, call, &board) {
                    break;
                }
            }
            Ok(None) => {
                if !matches!(reader.read_buf(frames.buffer()).await, Ok(1..)) {
                    break;
                }
            }
            Err(error) => {
                board.borrow_mut().fail_call(call, &error.to_string());
                break;
            }
        }
    }
    board.borrow_mut().caller_closed(call);
}
