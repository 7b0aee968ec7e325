//! The Asterisk side of a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::audiosocket::{Decoder, Message, Sender, encode_audio, encode_uuid};
use socket2::{SockRef, Socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::stage::soon;

pub(crate) const UUID: Uuid = Uuid::from_u128(0x9cf4_1778_72aa_41c8_8a7e_b18f_f292_5bfd);

/// A connection as Asterisk makes it.
pub(crate) struct Asterisk {
    pub(crate) stream: TcpStream,
    decoder: Decoder,
    unread: Vec<Message>,
}

impl Asterisk {
    /// Connects and sends the UUID.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut asterisk = Self::connect_silently(address).await;
        asterisk.send(&uuid_message()).await;
        asterisk
    }

    /// Connects and sends nothing.
    pub(crate) async fn connect_silently(address: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(address)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, decoder: Decoder::new(Sender::Server), unread: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        soon("room to send", self.stream.write_all(bytes)).await.unwrap();
    }

    /// One frame of a constant value.
    pub(crate) async fn say(&mut self, rate: SampleRate, value: i16) {
        self.send(&audio_message(rate, value)).await;
    }

    /// The next message of the server; `None` at its FIN.
    ///
    /// # Panics
    /// At a reset, and at bytes that are not messages.
    pub(crate) async fn receive(&mut self) -> Option<Message> {
        let mut buffer = [0; 16_384];
        while self.unread.is_empty() {
            let read = soon("the server's audio", self.stream.read(&mut buffer)).await.expect("no reset");
            if read == 0 {
                assert_eq!(self.decoder.buffered_bytes(), 0, "the server ends in the middle of a message");
                return None;
            }
            let mut bytes = &buffer[..read];
            while let Some(message) = self.decoder.decode(&mut bytes).unwrap() {
                self.unread.push(message);
            }
        }
        Some(self.unread.remove(0))
    }

    /// The next frame of the server.
    pub(crate) async fn hears(&mut self) -> Frame {
        match self.receive().await {
            Some(Message::Audio(frame)) => frame,
            other => panic!("no audio but {other:?}"),
        }
    }

    /// Reads up to the server's FIN. Returns whether the last message was the one that ends a leg.
    pub(crate) async fn is_released(&mut self) -> bool {
        let reading = async {
            let mut last = None;
            while let Some(message) = self.receive().await {
                assert_ne!(last, Some(Message::Hangup), "a message after the last");
                last = Some(message);
            }
            last == Some(Message::Hangup)
        };
        soon("the server's end", reading).await
    }

    /// How the connection ends when nothing is sent: `Ok` for a FIN.
    pub(crate) async fn ends(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16_384];
        while soon("the end of the connection", self.stream.read(&mut buffer)).await? > 0 {}
        Ok(())
    }

    /// Closes in order, as Asterisk does when the caller hangs up: a plain close with unread audio would be a reset.
    pub(crate) async fn hang_up(mut self) {
        self.stream.shutdown().await.unwrap();
        self.ends().await.unwrap();
    }

    /// A blocking handle to the same socket, for another thread.
    pub(crate) fn second_handle(&self) -> std::net::TcpStream {
        let handle: Socket = SockRef::from(&self.stream).try_clone().unwrap();
        handle.into()
    }

    /// Closes with a reset.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

pub(crate) fn uuid_message() -> Vec<u8> {
    let mut message = Vec::new();
    encode_uuid(UUID, &mut message);
    message
}

/// A message of 20 ms of a constant value.
pub(crate) fn audio_message(rate: SampleRate, value: i16) -> Vec<u8> {
    let mut message = Vec::new();
    encode_audio(rate, &vec![value; rate.samples_per_frame()], &mut message).unwrap();
    message
}

/// A message of any kind.
pub(crate) fn message(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], &length[..], payload].concat()
}

/// Samples of a linear frame.
pub(crate) fn samples(frame: &Frame) -> &[i16] {
    match frame {
        Frame::Pcm { samples, .. } => samples,
        Frame::G711 { .. } => panic!("AudioSocket is linear"),
    }
}
