//! One call's stream: the WebSocket that Twilio opens, a message of sound every 20 ms, and what is received.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cordboard_schema::audio::{Law, g711};
use cordboard_schema::wire::twilio::Form;
use cordboard_schema::wire::twilio::signature::sign;
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use uuid::Uuid;

use super::super::super::board::{CallNumber, SharedBoard};
use super::super::super::marker::FRAME_SAMPLES;
use super::super::frame::{FrameKind, Frames, upgrade, write_frame};
use super::player::{Played, Player};
use super::{ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE};

/// The code of a proper end.
const NORMAL_CLOSURE: &[u8] = b"\x03\xe8";

/// See the module's description.
#[derive(Debug)]
pub(in super::super::super) struct Line {
    call: CallNumber,
    call_sid: String,
    stream_sid: String,
    board: SharedBoard,
    player: RefCell<Player>,
    writer: OwnedWriteHalf,
    /// Messages that went out.
    sequence: Cell<u64>,
    /// Of them, those of sound.
    chunks: Cell<u64>,
}

/// The server's message, as far as it matters here.
#[derive(Deserialize)]
struct Said<'a> {
    event: &'a str,
    #[serde(borrow)]
    media: Option<Media<'a>>,
    #[serde(borrow)]
    mark: Option<Mark<'a>>,
}

#[derive(Deserialize)]
struct Media<'a> {
    payload: &'a str,
}

#[derive(Deserialize)]
struct Mark<'a> {
    name: &'a str,
}

/// Opens a call's stream. The caller must listen to what arrives until it is over.
///
/// # Errors
/// Fails if it is not accepted.
pub(super) async fn open(
    to: SocketAddr,
    call_sid: String,
    token: &str,
    call: CallNumber,
    board: SharedBoard,
) -> io::Result<(Rc<Line>, impl Future<Output = ()> + use<>)> {
    let host = PUBLIC_BASE.trim_start_matches("https://");
    let signature = sign(&format!("wss://{host}/call"), &Form::default(), AUTH_TOKEN);
    let request = format!(
        "GET /call HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Twilio-Signature: {signature}\r\n\
         Sec-WebSocket-Key: YzXdaH4l/rYISP4kCsliWA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let frames = upgrade(&mut stream, &request).await?;
    let (reader, writer) = stream.into_split();
    let line = Rc::new(Line {
        call,
        call_sid,
        stream_sid: format!("MZ{}", Uuid::new_v4().simple()),
        board,
        player: RefCell::default(),
        writer,
        sequence: Cell::new(0),
        chunks: Cell::new(0),
    });
    line.send(&json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" }).to_string())?;
    let start = json!({
        "streamSid": line.stream_sid, "accountSid": ACCOUNT_SID, "callSid": line.call_sid, "tracks": ["inbound"],
        "customParameters": { "token": token },
        "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
    });
    line.send_event("start", &start)?;
    let listening = Rc::clone(&line).listen(reader, frames);
    Ok((line, listening))
}

impl Line {
    /// Twilio's name for the call.
    pub(super) fn call_sid(&self) -> &str {
        &self.call_sid
    }

    /// Sends a frame of the caller, and plays queued sound that is due.
    pub(in super::super) fn send_frame(&self, samples: &[i16; FRAME_SAMPLES]) -> io::Result<()> {
        self.play(Instant::now());
        let octets = samples.map(|sample| g711::encode(Law::Mu, sample));
        let number = self.chunks.replace(self.chunks.get() + 1);
        let mut text = String::with_capacity(400);
        // Writing to a string does not fail.
        let _ = write!(
            text,
            r#"{{"event":"media","sequenceNumber":"{}","media":{{"track":"inbound","chunk":"{}","timestamp":"{}","payload":""#,
            self.next_number(),
            number + 1,
            number * 20
        );
        STANDARD.encode_string(octets, &mut text);
        let _ = write!(text, r#""}},"streamSid":"{}"}}"#, self.stream_sid);
        self.send(&text)
    }

    /// The caller has hung up.
    pub(super) fn stop(&self) {
        let stop = json!({ "accountSid": ACCOUNT_SID, "callSid": self.call_sid });
        // If the server does not accept it, there is nothing to stop.
        let _ = self.send_event("stop", &stop).and_then(|()| self.write(FrameKind::Close, NORMAL_CLOSURE));
    }

    async fn listen(self: Rc<Self>, mut reader: OwnedReadHalf, mut frames: Frames) {
        loop {
            match frames.next() {
                Ok(Some((FrameKind::Text, payload))) => self.take(&payload),
                Ok(Some((FrameKind::Ping, payload))) => drop(self.write(FrameKind::Pong, &payload)),
                Ok(Some((FrameKind::Close, _))) | Err(_) => break,
                Ok(Some(_)) => {}
                Ok(None) => match reader.read_buf(frames.buffer()).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => break,
                },
            }
        }
        let _ = self.write(FrameKind::Close, NORMAL_CLOSURE);
        self.board.borrow_mut().caller_closed(self.call);
    }

    fn take(&self, text: &[u8]) {
        let now = Instant::now();
        self.play(now);
        let said: Said<'_> = match serde_json::from_slice(text) {
            Ok(said) => said,
            Err(error) => return self.fail(&format!("what the server sends can't be read: {error}")),
        };
        match (said.event, said.media, said.mark) {
            ("media", Some(Media { payload }), _) => {
                self.board.borrow_mut().sound_arrived(self.call, now);
                let Ok(octets) = STANDARD.decode(payload) else {
                    return self.fail("sound that is no base64");
                };
                let ran_empty = self.player.borrow_mut().sound(&octets, now);
                ran_empty.into_iter().for_each(|played| self.played(played));
                self.play(now);
            }
            ("mark", _, Some(Mark { name })) => self.player.borrow_mut().mark(name, now),
            ("clear", ..) => {
                let marks = self.player.borrow_mut().clear(now);
                self.board.borrow_mut().caller_hears_nothing(self.call);
                marks.into_iter().for_each(|name| self.played(Played::Mark(name)));
            }
            (event, ..) => self.fail(&format!("the server sends {event:?}")),
        }
    }

    /// Plays queued sound that is due.
    fn play(&self, now: Instant) {
        loop {
            let Some(played) = self.player.borrow_mut().next_due(now) else { return };
            self.played(played);
        }
    }

    fn played(&self, played: Played) {
        match played {
            Played::Frame(at, marker) => self.board.borrow_mut().caller_heard(self.call, marker, at),
            Played::Nothing => self.board.borrow_mut().caller_hears_nothing(self.call),
            Played::Mark(name) => {
                // A stream that accepts no echo is over, which its reader reports.
                let _ = self.send_event("mark", &json!({ "name": name }));
            }
        }
    }

    fn fail(&self, what: &str) {
        self.board.borrow_mut().fail_call(self.call, what);
    }

    fn send_event(&self, event: &str, what: &serde_json::Value) -> io::Result<()> {
        let number = self.next_number().to_string();
        let sid = &self.stream_sid;
        self.send(
            &json!({ "event": event, "sequenceNumber": number, event: what, "streamSid": sid }).to_string(),
        )
    }

    fn next_number(&self) -> u64 {
        self.sequence.set(self.sequence.get() + 1);
        self.sequence.get()
    }

    fn send(&self, text: &str) -> io::Result<()> {
        self.write(FrameKind::Text, text.as_bytes())
    }

    /// Writes without waiting: a server that does not read is gone.
    fn write(&self, kind: FrameKind, payload: &[u8]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(payload.len() + 8);
        write_frame(kind, payload, &mut bytes);
        match self.writer.try_write(&bytes)? {
            whole if whole == bytes.len() => Ok(()),
            part => Err(io::Error::other(format!("{part} of {} bytes of a message", bytes.len()))),
        }
    }
}
