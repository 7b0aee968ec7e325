//! The port of audio WebSockets: which connections are admitted, and the answers to the others.

use std::time::Duration;

use cordboard_actors::freeswitch::{StreamProof, refuse_stream};
use cordboard_actors::legs::AudioSource as _;
use cordboard_schema::ids::OutsideId;
use tokio::time::Instant;
use uuid::Uuid;

use crate::leg_call::until;
use crate::stream_module::{CHANNEL, Module, audio, request, text};
use crate::stream_stage::Stage;
use crate::virtual_time::virtually;

#[actix::test]
async fn a_request_arrives_un_upgraded_with_its_early_bytes() {
    let mut stage = Stage::open();
    let early = [text(r#"{"call_id":"1"}"#), audio(&[7; 160])].concat();
    for path in [format!("/{CHANNEL}"), format!("/audio/{CHANNEL}")] {
        let mut module = Module::connect(stage.address).await;
        module.send(&[request(&path), early.clone()].concat()).await;
        let arrived = stage.arrival().await;
        assert_eq!((arrived.uuid, arrived.outside_id()), (CHANNEL, OutsideId::freeswitch(CHANNEL)));
        assert_eq!(arrived.early, early);
        assert_eq!((&arrived.key[..], arrived.proof), ("AT4y8LZ9v21yyXBA/s5UdQ==", StreamProof::None));
    }
    assert_eq!(stage.listener.counters().arrived, 2);
}

#[actix::test]
async fn a_token_is_proof_once_and_only_for_its_channel() {
    let mut stage = Stage::open();
    let url = stage.tokens.url(CHANNEL);
    let path = url.strip_prefix(&format!("ws://{}", stage.address)).unwrap();
    let mut module = Module::connect(stage.address).await;
    module.send(&request(path)).await;
    assert_eq!(stage.arrival().await.proof, StreamProof::Token);

    let another = stage.tokens.mint(Uuid::from_u128(5));
    for path in [path.to_owned(), format!("/{CHANNEL}?token={another}"), format!("/{CHANNEL}?token=")] {
        let mut module = Module::connect(stage.address).await;
        module.send(&request(&path)).await;
        let (status, rest) = module.answer().await;
        assert_eq!(status, "HTTP/1.1 403 Forbidden", "{path}");
        assert!(rest.ends_with("\r\n\r\nthe token is wrong, was used, or is older than 30 s\n"), "{rest}");
    }
    assert_eq!(stage.listener.counters().wrong_token, 3);
    assert!(stage.is_without_arrivals());
}

#[actix::test]
async fn junk_is_answered_in_one_line_and_counted() {
    let stage = Stage::open();
    let plain = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes();
    let endless = [b"GET /".to_vec(), vec![b'x'; 8 * 1_024]].concat();
    for (sent, status, why) in [
        (plain("/"), "404 Not Found", "the path has to be /CHANNEL_UUID or /audio/CHANNEL_UUID"),
        (plain(&format!("/{CHANNEL}")), "426 Upgrade Required", "ask for an upgrade to websocket"),
        (b"HELO x\r\n\r\n".to_vec(), "400 Bad Request", "this is not an HTTP request"),
        (endless, "431 Request Header Fields Too Large", "more than 8192 bytes"),
    ] {
        let mut module = Module::connect(stage.address).await;
        module.send(&sent).await;
        let (line, rest) = module.answer().await;
        assert_eq!(line, format!("HTTP/1.1 {status}"));
        let body = rest.split_once("\r\n\r\n").unwrap().1;
        assert!(body.contains(why) && body.lines().count() == 1, "{body}");
    }
    assert_eq!(stage.listener.counters().bad_request, 4);
    assert!(stage.is_without_arrivals());
}

#[actix::test]
async fn half_a_request_that_ends_is_counted_and_not_answered() {
    let stage = Stage::open();
    let whole = request(&format!("/{CHANNEL}"));
    for cut in [0, 1, whole.len() - 1] {
        let mut module = Module::connect(stage.address).await;
        module.send(&whole[..cut]).await;
        drop(module);
    }
    until("closed requests", || stage.listener.counters().closed_early == 3).await;
    assert!(stage.is_without_arrivals());
}

#[actix::test]
async fn a_request_byte_by_byte_is_a_request() {
    let mut stage = Stage::open();
    let mut module = Module::connect(stage.address).await;
    for byte in request(&format!("/{CHANNEL}")) {
        module.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.arrival().await.uuid, CHANNEL);
}

/// It never stops sending, and never completes its request: the limit of five seconds applies to the whole request.
#[test]
fn a_request_that_drips_is_given_up_after_5_s() {
    virtually(async {
        let stage = Stage::open();
        let mut module = Module::connect(stage.address).await;
        let began = Instant::now();
        module.send(b"GET /").await;
        while stage.listener.counters().silent == 0 {
            assert!(began.elapsed() < Duration::from_secs(6), "not given up");
            let _ = module.stream.try_write(b"x");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // It is checked every 100 ms.
        assert!((5_000..=5_100).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    });
}

#[actix::test]
async fn a_peer_outside_the_list_is_closed_silently() {
    let stage = Stage::open_to("10.0.0.0/8");
    let mut module = Module::connect(stage.address).await;
    module.ends().await;
    assert_eq!(stage.listener.counters().not_allowed, 1);
}

#[actix::test]
async fn a_stream_without_a_call_gets_403() {
    let mut stage = Stage::open();
    let mut module = Module::ask(stage.address).await;
    module.say(1).await;
    refuse_stream(stage.arrival().await);
    let (status, rest) = module.answer().await;
    assert_eq!(status, "HTTP/1.1 403 Forbidden");
    assert!(rest.ends_with("\r\n\r\nno call waits for this audio\n"), "{rest}");
}
