//! A stranger who opens an audio WebSocket, byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use uuid::Uuid;

/// A connection to the port of audio WebSockets.
pub(crate) struct Stranger {
    stream: TcpStream,
    /// Everything that the server sent.
    said: Vec<u8>,
}

impl Stranger {
    /// Requests the audio of a channel, as the module does; `query` follows the path.
    pub(crate) async fn asks(address: SocketAddr, uuid: Uuid, query: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /{uuid}{query} HTTP/1.1\r\nHost:{address}\r\nUpgrade:websocket\r\nConnection:upgrade\r\n\
             Sec-WebSocket-Key:AT4y8LZ9v21yyXBA/s5UdQ==\r\nSec-WebSocket-Version:13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { stream, said: Vec::new() }
    }

    /// The status of the answer.
    pub(crate) async fn status(&mut self) -> u16 {
        while !self.said.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = self.stream.read_buf(&mut self.said).await.unwrap();
            assert!(read > 0, "closed without an answer: {:?}", String::from_utf8_lossy(&self.said));
        }
        let head = String::from_utf8_lossy(&self.said);
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{head}"))
    }

    /// Says something, 20 ms of it.
    pub(crate) async fn speaks(&mut self) {
        self.stream.write_all(&frame(2, &[0x11; 320])).await.unwrap();
    }

    /// How long from now until the server has closed the connection.
    pub(crate) async fn until_closed(&mut self) -> Duration {
        let began = Instant::now();
        // A reset ends it as well.
        while self.stream.read_buf(&mut self.said).await.is_ok_and(|read| read > 0) {}
        began.elapsed()
    }
}

/// A complete masked frame of a WebSocket.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let head = match length {
        0..126 => vec![0x80 | opcode, 0x80 | length as u8],
        _ => [&[0x80 | opcode, 0x80 | 126], &length.to_be_bytes()[..]].concat(),
    };
    // A mask of zeros changes nothing, and is valid.
    [&head, &[0; 4][..], payload].concat()
}
