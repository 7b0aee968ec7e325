//! A `mod_audio_stream` that a test plays byte by byte.

use std::io;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use uuid::Uuid;

use crate::leg_call::soon;

/// The channel of every test.
pub(crate) const CHANNEL: Uuid = Uuid::from_u128(0x3a5f_0000_0000_4000_8000_0000_0000_0001);

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;

/// A request as the module writes it: values without a space after the colon, `upgrade` in lower case.
pub(crate) fn request(path: &str) -> Vec<u8> {
    let head = "Host:127.0.0.1:8085\r\nUpgrade:websocket\r\nConnection:upgrade\r\n\
                Sec-WebSocket-Key:AT4y8LZ9v21yyXBA/s5UdQ==\r\nSec-WebSocket-Version:13\r\n\
                Origin:http://127.0.0.1:8085\r\n\r\n";
    format!("GET {path} HTTP/1.1\r\n{head}").into_bytes()
}

/// A masked frame, whole.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    let mask = [0x17, 0x2a, 0x3c, 0x99];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The bytes of samples.
pub(crate) fn bytes_of(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A message of samples.
pub(crate) fn audio(samples: &[i16]) -> Vec<u8> {
    frame(BINARY, &bytes_of(samples))
}

/// A text message.
pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

/// A `streamAudio` message as it arrived.
#[derive(Debug, PartialEq)]
pub(crate) struct Chunk {
    pub(crate) number: u64,
    pub(crate) rate_hz: u64,
    pub(crate) samples: Vec<i16>,
}

impl Chunk {
    pub(crate) fn ms(&self) -> u64 {
        self.samples.len() as u64 * 1_000 / self.rate_hz
    }
}

/// The switch's side of a connection.
pub(crate) struct Module {
    pub(crate) stream: TcpStream,
    /// Bytes that were read after the last whole message.
    read: Vec<u8>,
}

impl Module {
    /// A connection that has sent nothing.
    pub(crate) async fn connect(port: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// The same, for a switch whose kernel has a very small buffer for it.
    pub(crate) async fn connect_with_little_room(port: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(1).unwrap();
        let stream = soon("a connection", socket.connect(port)).await.unwrap();
        Self { stream, read: Vec::new() }
    }

    /// A connection that has requested the channel's stream.
    pub(crate) async fn ask(port: SocketAddr) -> Self {
        let mut module = Self::connect(port).await;
        module.send(&request(&format!("/audio/{CHANNEL}"))).await;
        module
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// One message of 20 ms of this sample at 8 kHz.
    pub(crate) async fn say(&mut self, sample: i16) {
        self.send(&audio(&[sample; 160])).await;
    }

    pub(crate) async fn say_goodbye(&mut self) {
        let payload = [&1_000_u16.to_be_bytes()[..], b"Normal closure"].concat();
        self.send(&frame(CLOSE, &payload)).await;
    }

    /// The answer to the request: its status line, and its headers and body.
    pub(crate) async fn answer(&mut self) -> (String, String) {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more().await.unwrap() > 0, "no answer, but the end");
        };
        let rest = self.read.split_off(end);
        let mut head = String::from_utf8(std::mem::replace(&mut self.read, rest)).unwrap();
        if !head.starts_with("HTTP/1.1 101 ") {
            while self.read_more().await.unwrap() > 0 {}
            head.push_str(std::str::from_utf8(&self.read).unwrap());
        }
        let (status, rest) = head.split_once("\r\n").unwrap();
        (status.to_owned(), rest.to_owned())
    }

    /// The next message: its kind and its contents; none at the end of the connection.
    pub(crate) async fn message(&mut self) -> io::Result<Option<(u8, Vec<u8>)>> {
        loop {
            if let Some(message) = self.take_message() {
                return Ok(Some(message));
            }
            if self.read_more().await? == 0 {
                assert!(self.read.is_empty(), "cut off in the middle of a message");
                return Ok(None);
            }
        }
    }

    /// The next message, which has to be a chunk.
    pub(crate) async fn chunk(&mut self) -> Chunk {
        match self.message().await.unwrap() {
            Some((TEXT, payload)) => chunk_of(&payload),
            other => panic!("no chunk but {other:?}"),
        }
    }

    /// The next message, if it has arrived already: a chunk.
    pub(crate) fn chunk_there(&mut self) -> Option<Chunk> {
        let mut buffer = [0; 65_536];
        while let Ok(read) = self.stream.try_read(&mut buffer)
            && read > 0
        {
            self.read.extend_from_slice(&buffer[..read]);
        }
        self.take_message().map(|(kind, payload)| {
            assert_eq!(kind, TEXT);
            chunk_of(&payload)
        })
    }

    /// Waits for our goodbye. Returns its code.
    pub(crate) async fn goodbye(&mut self) -> u16 {
        loop {
            match self.message().await.unwrap().expect("no goodbye, but the end") {
                (CLOSE, payload) => return u16::from_be_bytes([payload[0], payload[1]]),
                (TEXT, _) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until TCP is closed, which has to be in order.
    pub(crate) async fn ends(&mut self) {
        while self.message().await.unwrap().is_some() {}
    }

    async fn read_more(&mut self) -> io::Result<usize> {
        soon("bytes, or the end", self.stream.read_buf(&mut self.read)).await
    }

    fn take_message(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, second) = (*self.read.first()?, *self.read.get(1)?);
        assert_eq!((first & 0xf0, second & 0x80), (0x80, 0), "whole, uncompressed, unmasked");
        let (len, head) = match second {
            126 => (usize::from(u16::from_be_bytes([*self.read.get(2)?, *self.read.get(3)?])), 4),
            127 => panic!("a message of more than 64 KiB"),
            len => (usize::from(len), 2),
        };
        if self.read.len() < head + len {
            return None;
        }
        let message: Vec<u8> = self.read.drain(..head + len).collect();
        Some((first & 0x0f, message[head..].to_vec()))
    }
}

fn chunk_of(payload: &[u8]) -> Chunk {
    let message: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!((&message["type"], &message["data"]["audioDataType"]), (&"streamAudio".into(), &"raw".into()));
    let bytes = STANDARD.decode(message["data"]["audioData"].as_str().unwrap()).unwrap();
    Chunk {
        number: message["data"]["chunk"].as_u64().unwrap(),
        rate_hz: message["data"]["sampleRate"].as_u64().unwrap(),
        samples: bytes.as_chunks::<2>().0.iter().map(|&pair| i16::from_le_bytes(pair)).collect(),
    }
}
