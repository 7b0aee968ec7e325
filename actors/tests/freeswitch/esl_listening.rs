//! From a connection to its channel.

use std::time::Duration;

use cordboard_actors::freeswitch::{EslListener, EslListenerCounters, EslSettings};
use cordboard_schema::limits::{ANNOUNCED_VARIABLES_BYTES_MAX, ANNOUNCED_VARIABLES_MAX};
use cordboard_schema::switch::{AnswerState, ChannelSeen};
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::esl_stage::{Stage, soon, until};
use crate::esl_switch::{CHANNEL, Freeswitch, captured, channel_data};
use crate::virtual_time::virtually;

#[test]
fn a_connection_arrives_with_its_channel_and_early_bytes() {
    virtually(async {
        let mut stage = Stage::open();
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        assert_eq!(freeswitch.command().await, "connect");
        freeswitch.say(&(channel_data() + "Content-Type: comm")).await;
        let arrived = stage.arrival().await;
        assert_eq!(arrived.channel, CHANNEL);
        assert_eq!(arrived.peer, freeswitch.stream.local_addr().unwrap());
        assert_eq!(arrived.early, b"Content-Type: comm");
        assert_eq!(arrived.server.as_deref(), Some("pbx1"));
        assert_eq!(arrived.announcement.from.as_deref(), Some("1001"));
        assert_eq!(arrived.announcement.to.as_deref(), Some("5000"));
        let variables: Vec<(&str, &str)> = arrived
            .announcement
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            variables,
            [
                ("caller_name", "Phone 1001"),
                ("context", "default"),
                ("cordboard_tenant", "acme"),
                ("domain", "pbx.example")
            ],
            "the dialplan's own variables, and no other"
        );
        let seen = ChannelSeen {
            answer_state: AnswerState::Ringing,
            bridged_with: None,
            is_held: None,
            domain: Some("pbx.example".to_owned()),
            ..ChannelSeen::default()
        };
        assert_eq!(arrived.seen, seen);
        assert_eq!(stage.listener.counters(), EslListenerCounters { arrived: 1, ..Default::default() });
        // The side that takes the call sends first.
        assert!(freeswitch.hears_nothing_for(Duration::from_millis(50)).await);
    });
}

/// A control connection is silent as long as nothing happens to its channel. Only the kernel can find out that the
/// switch's machine is gone (`listening/probing.rs`): within a minute, whether or not something was sent.
#[actix::test]
async fn the_kernel_probes_a_silent_switch() {
    let mut stage = Stage::open();
    let _freeswitch = Freeswitch::with_channel(stage.address).await;
    let arrived = stage.arrival().await;
    let socket = SockRef::from(&arrived.stream);
    let seconds = |time: Duration| time.as_secs();
    assert!(socket.keepalive().unwrap());
    assert_eq!(seconds(socket.tcp_keepalive_time().unwrap()), 30);
    assert_eq!(seconds(socket.tcp_keepalive_interval().unwrap()), 10);
    assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
    assert_eq!(socket.tcp_user_timeout().unwrap().map(seconds), Some(60));
}

#[actix::test]
async fn an_answered_channel_comes_with_its_state_and_rate() {
    let mut stage = Stage::open();
    let mut freeswitch = Freeswitch::connect(stage.address).await;
    freeswitch.command().await;
    freeswitch.send(&captured("ws_from_dialplan.esl.fs2app.bin")).await;
    let arrived = stage.arrival().await;
    assert_eq!((arrived.seen.answer_state, arrived.seen.read_rate), (AnswerState::Answered, Some(8_000)));
    assert!(!arrived.early.is_empty(), "the bytes after it are not lost");
}

/// A caller's telephone may have put the call on hold, or taken it off hold, while no link reported it.
#[actix::test]
async fn a_channel_comes_with_whether_its_phone_holds_the_call() {
    for (call_state, is_held) in [("HELD", true), ("ACTIVE", false), ("UNHELD", false)] {
        let mut stage = Stage::open();
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        freeswitch.command().await;
        let state = format!("Channel-Call-State: {call_state}\nAnswer-State: answered\n");
        freeswitch.say(&channel_data().replace("Answer-State: ringing\n", &state)).await;
        assert_eq!(stage.arrival().await.seen.is_held, Some(is_held), "{call_state}");
    }
}

#[actix::test]
async fn the_answer_may_come_byte_by_byte() {
    let mut stage = Stage::open();
    let mut freeswitch = Freeswitch::connect(stage.address).await;
    freeswitch.command().await;
    for byte in channel_data().into_bytes() {
        assert!(stage.is_without_arrivals());
        freeswitch.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.arrival().await.channel, CHANNEL);
}

#[actix::test]
async fn a_dialplan_without_async_full_is_refused_and_counted() {
    let stage = Stage::open();
    for (mode, control) in [("static", "full"), ("async", "single-channel"), ("static", "single-channel")] {
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        freeswitch.command().await;
        let data = channel_data()
            .replace("Socket-Mode: async", &format!("Socket-Mode: {mode}"))
            .replace("Control: full", &format!("Control: {control}"));
        freeswitch.say(&data).await;
        assert_eq!(freeswitch.next_command().await, None, "closed, and the dialplan goes on");
    }
    assert_eq!(stage.listener.counters(), EslListenerCounters { not_async_full: 3, ..Default::default() });
    assert!(stage.is_without_arrivals());
}

/// A program may give a channel any id. FreeSWITCH finds a channel only by the exact spelling that it was given, so
/// no command of ours would reach it.
#[actix::test]
async fn a_channel_with_a_foreign_id_is_refused_and_counted() {
    let stage = Stage::open();
    let uuid = CHANNEL.to_string();
    let ids = ["nobody".to_owned(), "1001@192.0.2.1".to_owned(), uuid.to_uppercase(), uuid.replace('-', "")];
    for id in ids {
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        freeswitch.command().await;
        freeswitch.say(&channel_data().replace(&uuid, &id)).await;
        assert_eq!(freeswitch.next_command().await, None, "{id}: closed, and the dialplan goes on");
    }
    assert_eq!(stage.listener.counters(), EslListenerCounters { odd_id: 4, ..Default::default() });
    assert!(stage.is_without_arrivals());
}

#[actix::test]
async fn a_peer_outside_the_allowed_networks_is_closed_silently() {
    let stage = Stage::open_to("192.0.2.0/24");
    let mut freeswitch = Freeswitch::connect(stage.address).await;
    assert_eq!(freeswitch.next_command().await, None);
    assert_eq!(stage.listener.counters(), EslListenerCounters { not_allowed: 1, ..Default::default() });
}

#[test]
fn a_silent_peer_is_dropped_after_5_s_in_total() {
    virtually(async {
        let stage = Stage::open();
        let mut freeswitch = Freeswitch::connect(stage.address).await;
        let began = Instant::now();
        assert_eq!(freeswitch.command().await, "connect");
        // Slow loris: a byte each second.
        for byte in &channel_data().into_bytes()[..5] {
            freeswitch.stream.try_write(&[*byte]).unwrap();
            tokio::time::sleep(Duration::from_millis(900)).await;
        }
        assert_eq!(freeswitch.next_command().await, None);
        assert_eq!(began.elapsed().as_millis(), 5_000);
        assert_eq!(stage.listener.counters().silent, 1);
        assert!(stage.is_without_arrivals());
    });
}

#[test]
fn peers_other_than_freeswitch_are_closed_at_once() {
    virtually(async {
        let stage = Stage::open();
        let began = Instant::now();
        let openings = [
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "\x16\x03\x01\n",
            "Content-Type: auth/request\n\n",
            "Content-Type: command/reply\nReply-Text: -ERR command not found\n\n",
            "Content-Type: api/response\nContent-Length: 99999999999\n\n",
        ];
        for opening in openings {
            let mut peer = Freeswitch::connect(stage.address).await;
            peer.command().await;
            peer.say(opening).await;
            assert_eq!(peer.next_command().await, None, "{opening:?}");
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for more");
        assert_eq!(
            stage.listener.counters(),
            EslListenerCounters { not_freeswitch: 5, ..Default::default() }
        );
    });
}

#[actix::test]
async fn an_endless_answer_is_not_kept() {
    let stage = Stage::open();
    let mut peer = Freeswitch::connect(stage.address).await;
    peer.command().await;
    let line = b"variable_x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n";
    let endless = async { while peer.stream.write_all(line).await.is_ok() {} };
    soon("the end", endless).await;
    until("a refusal", || stage.listener.counters().not_freeswitch == 1).await;
}

#[actix::test]
async fn a_dialplans_many_variables_are_announced_up_to_a_limit() {
    let mut stage = Stage::open();
    let mut freeswitch = Freeswitch::connect(stage.address).await;
    freeswitch.command().await;
    let many: String =
        (0..600).map(|n| format!("variable_cordboard_{n}: {}\n", "x".repeat(n % 500))).collect();
    freeswitch.say(&channel_data().replace("variable_secret", &format!("{many}variable_secret"))).await;
    let variables = stage.arrival().await.announcement.variables;
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(variables.len() <= ANNOUNCED_VARIABLES_MAX && bytes <= ANNOUNCED_VARIABLES_BYTES_MAX);
    assert_eq!(variables["cordboard_tenant"], "acme", "the first ones");
}

#[actix::test]
async fn a_port_scan_is_counted_and_forgotten() {
    let mut stage = Stage::open();
    for sent in [0, 1, 100] {
        let mut scanner = Freeswitch::connect(stage.address).await;
        scanner.send(&channel_data().as_bytes()[..sent]).await;
        drop(scanner);
    }
    until("three early ends", || stage.listener.counters().closed_early == 3).await;
    let _freeswitch = Freeswitch::with_channel(stage.address).await;
    assert_eq!(stage.arrival().await.channel, CHANNEL);
}

#[actix::test]
async fn closing_frees_the_port_drops_handshakes_and_leaves_links_alone() {
    let mut stage = Stage::open();
    let mut silent = Freeswitch::connect(stage.address).await;
    let (mut freeswitch, call) = stage.control().await;
    stage.listener.close().await;
    let refused = TcpStream::connect(stage.address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(silent.commands_to_the_end().await.len() <= 1, "dropped after its `connect`");
    // The link still exists, and yet the port can be taken again.
    let settings =
        EslSettings { listen: stage.address, allow: Vec::new(), server_at: std::sync::Arc::new(|_| None) };
    EslListener::bind(settings).unwrap();
    drop(call);
    assert_eq!(freeswitch.command().await, "exit");
}
