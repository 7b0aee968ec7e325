//! The FreeSWITCH side of a control connection, and its captured messages.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cordboard_schema::wire::esl::{Decoder, Event, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::esl_stage::soon;

pub(crate) const CHANNEL: Uuid = Uuid::from_u128(0x0534_c708_50b7_46f5_ab38_551b_421a_9679);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/freeswitch")
}

/// The bytes of a capture, for example `out_basic_plain.fs2app.bin`.
pub(crate) fn captured(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the captures of outbound connections, without their extensions.
pub(crate) fn outbound_captures() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".fs2app.bin").filter(|name| name.starts_with("out_")).map(str::to_owned)
        })
        .collect();
    names.sort();
    assert!(names.len() > 60, "the captures are missing");
    names
}

/// All frames of a capture.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Frame> {
    let (mut decoder, mut rest, mut frames) = (Decoder::new(), bytes, Vec::new());
    while let Some(frame) = decoder.decode(&mut rest).unwrap() {
        frames.push(frame);
    }
    frames
}

/// All events of a capture.
pub(crate) fn events(capture: &str) -> Vec<Event> {
    let frames = frames(&captured(&format!("{capture}.fs2app.bin")));
    frames
        .into_iter()
        .filter_map(|frame| if let Frame::Event(event) = frame { Some(event) } else { None })
        .collect()
}

/// The channel of a capture.
pub(crate) fn channel_of(capture: &[u8]) -> Uuid {
    match frames(capture).into_iter().next() {
        Some(Frame::ChannelData(data)) => data.unique_id().unwrap().parse().unwrap(),
        other => panic!("no channel but {other:?}"),
    }
}

/// The answer to `connect` for [`CHANNEL`], ringing, from a dialplan with `async full`.
pub(crate) fn channel_data() -> String {
    format!(
        "Event-Name: CHANNEL_DATA\nUnique-ID: {CHANNEL}\nCall-Direction: inbound\nAnswer-State: ringing\n\
         Caller-Caller-ID-Number: 1001\nCaller-Caller-ID-Name: Phone%201001\nCaller-Destination-Number: 5000\n\
         Caller-Context: default\nvariable_sip_to_host: pbx.example\nvariable_cordboard_tenant: acme\n\
         variable_secret: hush\nContent-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\n\
         Control: full\n\n"
    )
}

/// An event of a channel, as sent on the wire: further headers are `Name: value` lines, percent-encoded.
pub(crate) fn event_of(channel: &str, name: &str, headers: &str) -> String {
    let mut inner = format!("Event-Name: {name}\nUnique-ID: {channel}\n");
    for line in headers.lines() {
        inner.push_str(line.trim());
        inner.push('\n');
    }
    inner.push('\n');
    format!("Content-Length: {}\nContent-Type: text/event-plain\n\n{inner}", inner.len())
}

/// The same for [`CHANNEL`].
pub(crate) fn event(name: &str, headers: &str) -> String {
    event_of(&CHANNEL.to_string(), name, headers)
}

/// An event with a body.
pub(crate) fn event_with_body(headers: &str, body: &str) -> String {
    let inner = format!("{headers}Content-Length: {}\n\n{body}", body.len());
    format!("Content-Length: {}\nContent-Type: text/event-plain\n\n{inner}", inner.len())
}

/// An event of `mod_audio_stream` about [`CHANNEL`].
pub(crate) fn stream_event(kind: &str, body: &str) -> String {
    let headers =
        format!("Event-Name: CUSTOM\nUnique-ID: {CHANNEL}\nEvent-Subclass: mod_audio_stream%3A%3A{kind}\n");
    event_with_body(&headers, body)
}

/// An event with the output of a background job.
pub(crate) fn job_event(job: &str, command: &str, output: &str) -> String {
    let headers = format!("Event-Name: BACKGROUND_JOB\nJob-UUID: {job}\nJob-Command: {command}\n");
    event_with_body(&headers, output)
}

/// One event, as the decoder reads it.
pub(crate) fn read_event(wire: &str) -> Event {
    match frames(wire.as_bytes()).remove(0) {
        Frame::Event(event) => event,
        other => panic!("no event but {other:?}"),
    }
}

/// The notice that the channel ended and the connection lingers.
pub(crate) fn linger_notice() -> String {
    format!(
        "Content-Type: text/disconnect-notice\nControlled-Session-UUID: {CHANNEL}\nContent-Disposition: linger\n\
         Channel-Name: sofia/internal/1001@127.0.0.1\nLinger-Time: 10\nContent-Length: 0\n\n"
    )
}

/// The notice that the connection ends.
pub(crate) fn final_notice() -> String {
    let text = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";
    format!(
        "Content-Type: text/disconnect-notice\nControlled-Session-UUID: {CHANNEL}\n\
         Content-Disposition: disconnect\nContent-Length: {}\n\n{text}",
        text.len()
    )
}

/// `+OK` as the reply to a command other than `api`.
pub(crate) const OK: &str = "Content-Type: command/reply\nReply-Text: +OK\n\n";

/// The response with the output of an `api` command.
pub(crate) fn api_response(text: &str) -> String {
    format!("Content-Type: api/response\nContent-Length: {}\n\n{text}", text.len())
}

/// A connection as a dialplan's `socket` opens it.
pub(crate) struct Freeswitch {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

impl Freeswitch {
    /// Connects, and sends nothing until it is ordered to.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(address)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Connects, waits for `connect` and answers with [`channel_data`].
    pub(crate) async fn with_channel(address: SocketAddr) -> Self {
        let mut freeswitch = Self::connect(address).await;
        assert_eq!(freeswitch.command().await, "connect");
        freeswitch.say(&channel_data()).await;
        freeswitch
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send(text.as_bytes()).await;
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        soon("room to send", self.stream.write_all(bytes)).await.unwrap();
    }

    /// The next command, without the empty line after it.
    pub(crate) async fn command(&mut self) -> String {
        self.next_command().await.expect("a command, not the end")
    }

    /// The next command; none at the FIN.
    pub(crate) async fn next_command(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.read.windows(2).position(|pair| pair == b"\n\n") {
                let command = String::from_utf8(self.read[..end].to_vec()).unwrap();
                self.read.drain(..end + 2);
                return Some(command);
            }
            let mut buffer = [0; 4_096];
            let read = soon("a command", self.stream.read(&mut buffer)).await.ok().filter(|read| *read > 0);
            match read {
                Some(read) => self.read.extend_from_slice(&buffer[..read]),
                None if self.read.is_empty() => return None,
                None => panic!("ended in the middle of a command: {:?}", String::from_utf8_lossy(&self.read)),
            }
        }
    }

    /// Reads commands up to the one that begins like this.
    pub(crate) async fn command_like(&mut self, start: &str) -> String {
        loop {
            let command = self.command().await;
            if command.starts_with(start) {
                return command;
            }
        }
    }

    /// Reads up to the FIN. Returns the commands before it.
    pub(crate) async fn commands_to_the_end(&mut self) -> Vec<String> {
        let mut commands = Vec::new();
        while let Some(command) = self.next_command().await {
            commands.push(command);
        }
        commands
    }

    /// Whether nothing arrives for this long.
    pub(crate) async fn hears_nothing_for(&mut self, limit: Duration) -> bool {
        let mut buffer = [0; 1];
        self.read.is_empty() && tokio::time::timeout(limit, self.stream.peek(&mut buffer)).await.is_err()
    }

    /// The opening of the side that takes the call, command by command; its last command shows that it is complete.
    pub(crate) async fn opening(&mut self) -> Vec<String> {
        let mut opening = Vec::new();
        for _ in 0..4 {
            opening.push(self.command().await);
        }
        opening
    }

    /// Answers the opening as FreeSWITCH does.
    pub(crate) async fn answer_opening(&mut self) {
        let answers = [OK, OK, OK, &api_response("+OK\n")].concat();
        self.say(&answers).await;
    }
}
