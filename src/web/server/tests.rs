//! Connections over streams in memory, in paused time: what slow clients get.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use cordboard_actors::ledger::Ledger;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep, timeout};

use super::admission::Bounds;
use super::entrance::Entrance;
use super::serving::{Answering, answering, serve};
use super::watched;

/// Bytes that a stream buffers in each direction.
const KEPT: usize = 1 << 20;

/// Runs a test in paused time, on one thread.
fn played(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

async fn length(body: Bytes) -> String {
    body.len().to_string()
}

/// It ignores the body.
async fn slow(_: HttpRequest) -> &'static str {
    sleep(Duration::from_secs(20)).await;
    "done"
}

async fn echo(request: HttpRequest, body: web::Payload) -> HttpResponse {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body).unwrap();
    spawn_local(async move {
        while let Some(message) = messages.recv().await {
            match message {
                Ok(actix_ws::Message::Text(text)) => session.text(text).await.unwrap(),
                Ok(_) => {}
                Err(error) => {
                    // The client may be gone.
                    let _ = session.text(error.to_string()).await;
                    return;
                }
            }
        }
    });
    response
}

/// An answer without an end, such as a live view's.
async fn endless() -> HttpResponse {
    let words = futures_util::stream::unfold((), |()| async {
        sleep(Duration::from_secs(15)).await;
        Some((Ok::<_, actix_web::Error>(Bytes::from_static(b"still here\n")), ()))
    });
    HttpResponse::Ok().streaming(Box::pin(words))
}

/// Size of an answer that no buffer holds.
const LARGE: usize = 8 * 1_024 * 1_024;

async fn large() -> Bytes {
    static BODY: [u8; LARGE] = [b'x'; LARGE];
    Bytes::from_static(&BODY)
}

/// A port without a socket.
struct Port<A> {
    entrance: Entrance,
    answering: Rc<A>,
    stop: watch::Sender<bool>,
}

async fn port(requests: usize) -> Port<impl Answering<DuplexStream> + 'static> {
    let app = App::new().service(
        web::scope("")
            .route("/length", web::post().to(length))
            .route("/length", web::get().to(length))
            .route("/slow", web::post().to(slow))
            .route("/echo", web::get().to(echo))
            .route("/endless", web::get().to(endless))
            .route("/large", web::get().to(large))
            .wrap(from_fn(watched)),
    );
    let bounds = Bounds { all: requests + 1, sockets: 1, requests, of_address: 2 };
    let entrance = Entrance::bounded(bounds, None, Ledger::default());
    Port { entrance, answering: Rc::new(answering(app).await.unwrap()), stop: watch::Sender::new(false) }
}

impl<A: Answering<DuplexStream> + 'static> Port<A> {
    /// Connects from an address; returns the client's side.
    fn connect(&self, from: [u8; 4]) -> Option<Client> {
        let (ours, theirs) = duplex(KEPT);
        let peer = SocketAddr::from((from, 9));
        let seat = self.entrance.admit(peer, Instant::now()).ok()?;
        spawn_local(serve(ours, peer, seat, Rc::clone(&self.answering), self.stop.subscribe()));
        Some(Client { stream: theirs, opened: Instant::now() })
    }

    fn open(&self) -> Client {
        self.connect([127, 0, 0, 1]).unwrap()
    }
}

struct Client {
    stream: DuplexStream,
    opened: Instant,
}

impl Client {
    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Next message.
    async fn hear(&mut self) -> String {
        let mut piece = [0; 4_096];
        let read = self.stream.read(&mut piece).await.unwrap();
        String::from_utf8_lossy(&piece[..read]).into_owned()
    }

    /// Everything that comes until the connection is closed, and when that is, in seconds.
    async fn rest(&mut self) -> (String, u64) {
        let mut all = Vec::new();
        timeout(Duration::from_secs(200), self.stream.read_to_end(&mut all)).await.unwrap().unwrap();
        (String::from_utf8_lossy(&all).into_owned(), self.opened.elapsed().as_secs())
    }
}

fn post(path: &str, bytes: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {bytes}\r\n\r\n")
}

#[test]
fn a_missing_body_gets_408_and_closes_the_connection() {
    played(async {
        let mut client = port(9).await.open();
        client.send(&post("/length", 30_000)).await;
        client.send("{").await;
        let (said, after) = client.rest().await;
        assert!(said.starts_with("HTTP/1.1 408") && said.contains("connection: close"), "{said}");
        assert!(said.contains(r#""code":"too_slow""#), "{said}");
        assert!((10..13).contains(&after), "{after}");
    });
}

#[test]
fn slow_bytes_gain_no_time_even_in_chunks() {
    played(async {
        let port = port(9).await;
        let heads = [
            post("/length", 30_000),
            "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
            // A body without an end, such as a WebSocket's.
            "POST /length HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
                .to_owned(),
        ];
        for head in heads {
            let mut client = port.open();
            client.send(&head).await;
            for _ in 0..9 {
                client.send(if head.contains("chunked") { "1\r\nx\r\n" } else { "x" }).await;
                sleep(Duration::from_secs(1)).await;
            }
            let (said, after) = client.rest().await;
            assert!(said.starts_with("HTTP/1.1 408") && (10..13).contains(&after), "{after} s: {said}");
        }
    });
}

#[test]
fn a_long_upload_continues_while_it_is_steady() {
    played(async {
        let mut client = port(9).await.open();
        client.send(&post("/length", 40 * 4_096)).await;
        for _ in 0..40 {
            sleep(Duration::from_secs(1)).await;
            client.send(&"x".repeat(4_096)).await;
        }
        let said = client.hear().await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("163840"), "{said}");
    });
}

#[test]
fn a_head_has_5_s_even_after_earlier_answers() {
    played(async {
        let port = port(9).await;
        let mut silent = port.open();
        let (said, after) = silent.rest().await;
        assert!(said.starts_with("HTTP/1.1 408") && after == 5, "{after} s: {said}");

        let mut client = port.open();
        client.send(&format!("{}x", post("/length", 1))).await;
        assert!(client.hear().await.starts_with("HTTP/1.1 200"));
        sleep(Duration::from_secs(3)).await;
        for byte in "POST ".split_inclusive(|_| true) {
            client.send(byte).await;
            sleep(Duration::from_millis(900)).await;
        }
        let (said, after) = client.rest().await;
        assert!(said.starts_with("HTTP/1.1 408") && after == 8, "{after} s: {said}");

        let mut idle = port.open();
        idle.send(&format!("{}x", post("/length", 1))).await;
        assert!(idle.hear().await.starts_with("HTTP/1.1 200"));
        let (said, after) = idle.rest().await;
        assert!(said.is_empty() && (15..18).contains(&after), "{after} s: {said}");
    });
}

#[test]
fn a_handler_ignoring_the_body_is_not_cut_off() {
    played(async {
        let mut client = port(9).await.open();
        client.send(&post("/slow", 30_000)).await;
        let (said, after) = client.rest().await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("done"), "{said}");
        assert!((20..24).contains(&after), "{after}");
    });
}

#[test]
fn a_client_is_admitted_while_slow_ones_occupy_all_connections() {
    played(async {
        let port = port(8).await;
        let mut slow: Vec<Client> = (0..8).map(|_| port.open()).collect();
        for client in &mut slow {
            client.send(&post("/length", 30_000)).await;
            sleep(Duration::from_millis(10)).await;
        }
        let mut client = port.open();
        client.send(&format!("{}x", post("/length", 1))).await;
        assert!(client.hear().await.starts_with("HTTP/1.1 200"));
        let (said, after) = slow[0].rest().await;
        assert!(said.is_empty() && after == 0, "the oldest was closed: {after} s {said}");
        let (said, _) = slow[1].rest().await;
        assert!(said.starts_with("HTTP/1.1 408"), "the others have their time: {said}");
    });
}

#[test]
fn only_addresses_with_too_many_running_requests_are_refused() {
    played(async {
        let port = port(8).await;
        let mut at_work: Vec<Client> = (0..2).map(|_| port.connect([192, 0, 2, 1]).unwrap()).collect();
        for client in &mut at_work {
            client.send(&format!("{}x", post("/length", 1))).await;
            client.hear().await;
            client.send("POST /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
        }
        sleep(Duration::from_secs(1)).await;
        assert!(port.connect([192, 0, 2, 1]).is_none());
        assert!(port.connect([192, 0, 2, 2]).is_some());
        assert!(
            (0..3).all(|_| port.connect([127, 0, 0, 1]).is_some()),
            "this machine has no limit by address"
        );
        drop(at_work.pop());
        assert!(at_work[0].hear().await.starts_with("HTTP/1.1 200"));
        assert!(port.connect([192, 0, 2, 1]).is_some());
    });
}

#[test]
fn endless_answers_end_1_s_after_the_client_closes() {
    played(async {
        let port = port(8).await;
        let mut client = port.connect([192, 0, 2, 1]).unwrap();
        client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(client.hear().await.starts_with("HTTP/1.1 200"));
        sleep(Duration::from_secs(3)).await;
        client.stream.shutdown().await.unwrap();
        let (_, after) = client.rest().await;
        assert_eq!(after, 4);
    });
}

#[test]
fn a_large_answer_is_complete_and_sent_as_read() {
    played(async {
        let port = port(8).await;
        let mut client = port.open();
        client.send("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        sleep(Duration::from_secs(1)).await;
        let (said, _) = client.rest().await;
        let (head, body) = said.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {LARGE}")), "{head}");
        assert_eq!(body.len(), LARGE);
    });
}

#[test]
fn requests_after_an_unread_answer_are_not_read() {
    played(async {
        let mut client = port(9).await.open();
        let requests = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n".repeat(32);
        let mut sent = 0;
        // The stream buffers everything that is not read, until it is full.
        while let Ok(Ok(())) =
            timeout(Duration::from_secs(1), client.stream.write_all(requests.as_bytes())).await
        {
            sent += requests.len();
        }
        assert!((KEPT - requests.len()..KEPT + 16_384).contains(&sent), "{sent} B of {KEPT}");
    });
}

#[test]
fn a_client_ignoring_answers_without_bodies_is_not_read() {
    played(async {
        let mut client = port(9).await.open();
        let requests = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n".repeat(32);
        let mut sent = 0;
        while let Ok(Ok(())) =
            timeout(Duration::from_secs(1), client.stream.write_all(requests.as_bytes())).await
            && sent < 4 * KEPT
        {
            sent += requests.len();
        }
        assert!(sent < 2 * KEPT, "{sent} B of {KEPT}");
    });
}

#[test]
fn pipelined_requests_are_all_answered() {
    played(async {
        let port = port(9).await;
        let mut client = port.open();
        client.send(&"GET /length HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200)).await;
        let mut said = String::new();
        while said.matches("HTTP/1.1 200").count() < 200 {
            let more = timeout(Duration::from_secs(100), client.hear()).await.expect("each is answered");
            assert!(
                !more.is_empty(),
                "it was closed after {} s, after {said}",
                client.opened.elapsed().as_secs()
            );
            said += &more;
        }
    });
}

/// A client that sends a request with a body has to wait for the previous answer (RFC 9112, section 9.3.2), and repeats the request if the connection
/// was closed. The library closes it if it has read a part of a later body when it answers.
#[test]
fn bodies_sent_together_are_answered_or_the_connection_closes() {
    played(async {
        let port = port(9).await;
        let mut client = port.open();
        let in_chunks =
            "POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxxx\r\n0\r\n\r\n";
        let both = format!("{}xxx{in_chunks}", post("/length", 3));
        client.send(&both.repeat(100)).await;
        let (mut said, mut is_closed) = (String::new(), false);
        while said.matches("HTTP/1.1 ").count() < 200 && !is_closed {
            let more = timeout(Duration::from_secs(100), client.hear()).await.expect("it is served on");
            is_closed = more.is_empty();
            said += &more;
        }
        let answers = said.matches("HTTP/1.1 ").count();
        assert!(answers > 0 && said.matches("HTTP/1.1 200").count() == answers, "{said}");
        assert_eq!(said.matches("\r\n\r\n3").count(), answers, "{said}");
    });
}

#[test]
fn a_body_longer_than_the_read_ahead_comes_whole() {
    played(async {
        let port = port(9).await;
        let mut chunked = port.open();
        chunked.send("POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        for _ in 0..20 {
            // 10,000 bytes.
            chunked.send(&format!("2710\r\n{}\r\n", "x".repeat(10_000))).await;
        }
        chunked.send("0\r\n\r\n").await;
        let said = chunked.hear().await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("\r\n\r\n200000"), "{said}");

        let mut asks = port.open();
        let head = post("/length", 20_000).replace("Host: x", "Host: x\r\nExpect: 100-continue");
        asks.send(&head).await;
        assert!(asks.hear().await.starts_with("HTTP/1.1 100"));
        asks.send(&"x".repeat(20_000)).await;
        let said = asks.hear().await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("\r\n\r\n20000"), "{said}");

        let mut old = port.open();
        let head = post("/length", 20_000).replace("HTTP/1.1", "HTTP/1.0");
        old.send(&(head + &"x".repeat(20_000))).await;
        let (said, _) = old.rest().await;
        assert!(said.ends_with("\r\n\r\n20000"), "{said}");
    });
}

const OPENING: &str = "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AT4y8LZ9v21yyXBA/s5UdQ==\r\n\r\n";

#[test]
fn an_endless_frame_is_refused_at_its_header() {
    played(async {
        let port = port(2).await;
        let mut socket = port.open();
        socket.send(OPENING).await;
        assert!(socket.hear().await.starts_with("HTTP/1.1 101"));
        // A text, and the header of a frame of a terabyte, in two pieces.
        socket.stream.write_all(b"\x81\x81\0\0\0\0a\x82\xff\0\0\x01").await.unwrap();
        assert_eq!(socket.hear().await.as_bytes().last(), Some(&b'a'));
        socket.stream.write_all(b"\0\0\0\0\0\0\0\0\0").await.unwrap();
        let said =
            timeout(Duration::from_secs(100), socket.hear()).await.expect("nothing waits for the rest");
        assert!(said.contains("size limit"), "{said}");
    });
}

#[test]
fn frames_sent_with_a_websockets_opening_are_all_read() {
    played(async {
        let port = port(2).await;
        let mut socket = port.open();
        // A text of 5,000 letters and one of one, masked with zeros.
        let long = "#".repeat(5_000);
        let frames = [
            OPENING.as_bytes(),
            b"\x81\xfe\x13\x88\0\0\0\0".as_slice(),
            long.as_bytes(),
            b"\x81\x81\0\0\0\0!".as_slice(),
        ];
        socket.stream.write_all(&frames.concat()).await.unwrap();
        let mut said = String::new();
        while !said.ends_with('!') {
            said += &timeout(Duration::from_secs(100), socket.hear()).await.expect("both come back");
        }
        assert!(said.starts_with("HTTP/1.1 101"), "{said}");
        assert_eq!(said.matches('#').count(), 5_000);
    });
}

#[test]
fn a_websocket_is_never_closed_to_make_room() {
    played(async {
        let port = port(2).await;
        let mut socket = port.open();
        socket.send(OPENING).await;
        assert!(socket.hear().await.starts_with("HTTP/1.1 101"));
        sleep(Duration::from_secs(100)).await;
        let slow: Vec<Client> = (0..5).map(|_| port.open()).collect();
        // A text of one letter, masked with zeros.
        socket.stream.write_all(b"\x81\x81\0\0\0\0a").await.unwrap();
        assert_eq!(socket.hear().await.as_bytes().last(), Some(&b'a'));

        let mut second = port.open();
        second.send(OPENING).await;
        assert!(second.hear().await.starts_with("HTTP/1.1 503"), "sockets have their share of the files");
        drop(slow);
    });
}

#[test]
fn a_stopping_server_answers_current_requests_and_closes_the_rest() {
    played(async {
        let port = port(8).await;
        let mut quiet = port.open();
        quiet.send(&(post("/length", 2) + "ab")).await;
        assert!(quiet.hear().await.ends_with("\r\n\r\n2"));
        let mut slow = port.connect([10, 0, 0, 1]).unwrap();
        slow.send(&post("/slow", 0)).await;
        let mut silent = port.connect([10, 0, 0, 2]).unwrap();
        let mut late = port.connect([10, 0, 0, 3]).unwrap();
        sleep(Duration::from_millis(10)).await;
        port.stop.send_replace(true);
        let stopped = Instant::now();

        assert_eq!(quiet.rest().await.0, "");
        assert_eq!(stopped.elapsed(), Duration::ZERO);
        // Its request was on its way.
        late.send(&(post("/length", 3) + "abc")).await;
        assert!(late.rest().await.0.ends_with("\r\n\r\n3"));
        assert_eq!(stopped.elapsed(), Duration::ZERO);
        assert_eq!(silent.rest().await.0, "");
        assert_eq!(stopped.elapsed(), Duration::from_millis(240));
        let (answer, closed_s) = slow.rest().await;
        assert!(answer.ends_with("done"), "{answer}");
        assert_eq!(closed_s, 20);
    });
}
