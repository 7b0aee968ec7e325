//! The control socket over time: how long a silent program is waited for.

use std::time::Duration;

use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::server::ADMIN_TOKEN;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::world::world;

const REASON: &str = "nothing was heard for 45 s, not even a pong";

/// It reads everything and answers no ping. Another program, which requests nothing either and answers pings, stays.
#[test]
fn a_program_without_pongs_is_disconnected_after_45_s() {
    world(&[], async |world| {
        let server = world.addresses.http;
        let bearer = format!("Bearer {ADMIN_TOKEN}");
        let mut well =
            TaskProgram::knock_at(server, "/ws/control", &[("Authorization", &bearer)]).await.unwrap();
        let mut silent = TcpStream::connect(server).await.unwrap();
        let head = format!(
            "GET /ws/control HTTP/1.1\r\nhost: {server}\r\nauthorization: {bearer}\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        silent.write_all(head.as_bytes()).await.unwrap();
        let opened = Instant::now();
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains(REASON) {
            let read = silent.read_buf(&mut said).await.unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&said));
        }
        assert_eq!(opened.elapsed(), Duration::from_secs(45));
        well.done(json!({ "command": "listCalls" })).await;
        drop((well, silent));
        let is_empty = async || (world.open_of("control_sockets").await == Some(0)).then_some(());
        world.until("no open control socket", is_empty).await;
    });
}
