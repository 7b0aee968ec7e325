//! A range of leased ports that is used up.

use std::time::Duration;

use cordboard_test_support::audiosocket::TaskCaller;
use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::world::world;

#[test]
fn a_used_up_range_names_its_users_and_later_recovers() {
    let ports = free_ports(3).unwrap();
    let range = format!("{}-{}", ports.start, ports.end - 1);
    let settings = [
        ("audiosocket.port_range", range.as_str()),
        // The lease itself announces the call.
        ("audiosocket.unannounced", "refuse"),
        ("calls.meet_timeout_s", "1"),
    ];
    world(&settings, async |world| {
        let mut leased: Vec<u16> = Vec::new();
        for _ in 0..3 {
            let lease = world.post("/api/v1/audio-ports", &json!({ "ttl_s": 60 }), Token::Admin).await;
            assert_eq!(lease.status, 201, "{}", lease.text());
            leased.push(lease.json()["port"].as_u64().unwrap().try_into().unwrap());
        }
        let caller = TaskCaller::connect(([127, 0, 0, 1], leased[0]).into(), Uuid::from_u128(1), 8000);
        let caller = caller.await.unwrap();
        sleep(Duration::from_secs(1)).await;
        assert!(caller.heard().first_sound().is_some());
        for _ in 0..3 {
            let said = world.post("/api/v1/audio-ports", &json!({}), Token::Dialplan).await;
            assert_eq!((said.status, &said.json()["code"]), (503, &json!("ports_used_up")));
            let detail = said.json()["detail"].as_str().unwrap().to_owned();
            for words in ["all 3 ports", "1 by calls that are live", "2 wait", "raise audiosocket.port_range"]
            {
                assert!(detail.contains(words), "{detail}");
            }
        }
        let path = format!("/api/v1/calls/expect?uuid={}&audio_port=1", Uuid::from_u128(2));
        assert_eq!(world.get(&path, Token::Dialplan).await.status, 503);
        assert_eq!(world.calls().await.len(), 1, "a call is announced that can't come");
        let log = world.log();
        assert_eq!(log.lines().filter(|line| line.contains("all 3 ports")).count(), 1, "{log}");
        assert_eq!(world.figure("cordboard_audio_ports_used_up_total").await, 4);
        assert_eq!(world.open_of("audio_ports").await, Some(3));

        caller.hang_up();
        // The two to which nobody came end when their time is up.
        sleep(Duration::from_secs(60)).await;
        world.balanced().await;
        assert_eq!(world.items("/api/v1/audio-ports").await, Vec::<serde_json::Value>::new());
    });
}
