//! The HTTP server's timeouts for its clients, to the millisecond.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::world::world;

#[test]
fn the_head_of_a_request_may_take_5_s() {
    world(&[], async |world| {
        let mut stream = TcpStream::connect(world.addresses.http).await.unwrap();
        let connected_at = Instant::now();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(connected_at.elapsed().as_millis(), 5_000);
    });
}

/// A client that gets a closing frame waits for the end of the connection before it tries again: browsers do that.
#[test]
fn a_socket_is_closed_at_once_after_its_closing_frame() {
    world(&[], async |world| {
        let mut stream = TcpStream::connect(world.addresses.http).await.unwrap();
        let request = "GET /ws/audio HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 4_096];
        let count = stream.read(&mut answer).await.unwrap();
        assert!(answer[..count].starts_with(b"HTTP/1.1 101 "));
        // A masked closing frame, without a code.
        stream.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
        let said = Instant::now();
        let mut goodbye = Vec::new();
        stream.read_to_end(&mut goodbye).await.unwrap();
        assert_eq!((goodbye.first(), said.elapsed()), (Some(&0x88), Duration::ZERO));
    });
}

#[test]
fn an_idle_connection_is_closed_after_the_stated_time() {
    world(&[], async |world| {
        let mut stream = TcpStream::connect(world.addresses.http).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut buffer = [0; 4_096];
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..count].starts_with(b"HTTP/1.1 200 "));
        let answered_at = Instant::now();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
        let idle = Duration::from_millis(cordboard_schema::limits::HTTP_IDLE_MS_MAX);
        assert_eq!(answered_at.elapsed().as_millis(), idle.as_millis());
    });
}
