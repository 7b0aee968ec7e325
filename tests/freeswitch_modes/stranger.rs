//! Whoever opens an audio WebSocket, byte by byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use cordboard_test_support::book::LIMIT;
use uuid::Uuid;

/// A connection to the port of audio WebSockets.
pub(crate) struct Stranger {
    stream: TcpStream,
    /// Everything that the server said.
    said: Vec<u8>,
}

impl Stranger {
    /// Asks for the audio of a channel, as the module does; `query` stands behind the path.
    pub(crate) fn asks(address: SocketAddr, uuid: Uuid, query: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let request = format!(
            "GET /{uuid}{query} HTTP/1.1\r\nHost:{address}\r\nUpgrade:websocket\r\nConnection:upgrade\r\n\
             Sec-WebSocket-Key:AT4y8LZ9v21yyXBA/s5UdQ==\r\nSec-WebSocket-Version:13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self { stream, said: Vec::new() }
    }

    /// The status of the answer.
    #[track_caller]
    pub(crate) fn status(&mut self) -> u16 {
        let mut buffer = [0; 1024];
        while !self.said.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = self.stream.read(&mut buffer).unwrap();
            assert!(read > 0, "closed without an answer: {:?}", String::from_utf8_lossy(&self.said));
            self.said.extend_from_slice(&buffer[..read]);
        }
        let head = String::from_utf8_lossy(&self.said);
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{head}"))
    }

    /// Says something, 20 ms of it.
    pub(crate) fn speaks(&mut self) {
        // A server that has closed meanwhile does not matter.
        let _ = self.stream.write_all(&frame(2, &[0x11; 320]));
    }

    /// How long from now until the server has closed the connection.
    #[track_caller]
    pub(crate) fn wait_closed(&mut self) -> Duration {
        let (began, mut buffer) = (Instant::now(), [0; 1024]);
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return began.elapsed(),
                Ok(_) if began.elapsed() < LIMIT => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return began.elapsed(),
                outcome => panic!("the server goes on: {outcome:?}"),
            }
        }
    }
}

/// A masked frame of a WebSocket, whole.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let head = match length {
        0..126 => vec![0x80 | opcode, 0x80 | length as u8],
        _ => [&[0x80 | opcode, 0x80 | 126], &length.to_be_bytes()[..]].concat(),
    };
    // A mask of zeros masks nothing, and is one.
    [&head, &[0; 4][..], payload].concat()
}
