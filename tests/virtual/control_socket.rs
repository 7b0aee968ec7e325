//! The control socket over time: how long the server waits for a program of which it hears nothing, and for one that does not read.

use std::time::Duration;

use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::world::world;

const REASON: &str = "nothing was heard for 45 s, not even a pong";

/// It takes what is sent to it and answers no ping. Another program, which asks for nothing either and answers them, stays.
#[test]
fn a_program_without_pongs_is_let_go_after_45_s() {
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

/// Each answer may be 2 MB long, but answers do not pile up.
#[test]
fn a_program_that_does_not_read_its_answers_is_told() {
    world(&[], async |world| {
        let instructions = "x".repeat(40_000);
        for number in 0..50 {
            let profile = json!({ "name": format!("agent{number}"), "instructions": instructions });
            world.post("/api/v1/agent-profiles", &profile, Token::Admin).await;
        }
        let bearer = format!("Bearer {ADMIN_TOKEN}");
        let headers = [("Authorization", bearer.as_str())];
        let mut sleeper = TaskProgram::knock_at(world.addresses.http, "/ws/control", &headers).await.unwrap();
        for number in 0..60 {
            let command = json!({ "id": number.to_string(), "command": "listAgentProfiles" });
            sleeper.send(&command.to_string()).await;
            // A socket may ask for so many a second, and not for all at once.
            sleep(Duration::from_millis(100)).await;
        }
        // Longer than the 5 s that one write may take.
        sleep(Duration::from_secs(8)).await;
        let (got, code, reason) = sleeper.until_closed().await;
        assert_eq!(code, 1013, "{reason}");
        assert!(reason.contains("too slow"), "{reason}");
        // Lists that the kernel, the library and the server's own room hold; not all that were asked for.
        let lists = got.iter().filter(|answer| answer["result"]["items"].is_array()).count();
        assert!((1..30).contains(&lists), "{lists}");
    });
}
