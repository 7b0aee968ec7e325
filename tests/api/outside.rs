//! Requests to addresses that users typed, against a malicious web server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use cordboard::config::{Networks, Outbound};
use cordboard::outside_http::{BadAddress, OutsideAnswer, OutsideFault, OutsideHttp, OutsideRequest};
use cordboard_test_support::receiver::Receiver;
use http::{HeaderMap, Method};

fn client(allow: Option<Networks>) -> OutsideHttp {
    OutsideHttp::new(&Outbound { allow, plain_http: true }).unwrap()
}

fn ask(client: &OutsideHttp, url: &str, timeout_ms: u64) -> Result<OutsideAnswer, OutsideFault> {
    let request = OutsideRequest {
        method: Method::GET,
        url: client.address(url)?,
        headers: HeaderMap::new(),
        body: Vec::new(),
        timeout: Duration::from_millis(timeout_ms),
        answer_bytes_max: 1_000,
    };
    actix::System::new().block_on(client.ask(request))
}

#[test]
fn names_that_resolve_to_this_machine_are_not_contacted() {
    let receiver = Receiver::start().unwrap();
    let fault = ask(&client(None), &receiver.url_by_name("/ok"), 5_000).unwrap_err();
    assert!(matches!(fault, OutsideFault::Inside(_)), "{fault:?}");
    assert!(fault.to_string().contains("outbound.allow"), "{fault}");
    assert_eq!(receiver.received(), []);
    let allowed = client(Some(Networks::loopback()));
    assert_eq!(ask(&allowed, &receiver.url_by_name("/ok"), 5_000).unwrap().status, 200);
}

#[test]
fn only_addresses_of_public_networks_are_accepted() {
    let client = client(None);
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1:8080/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fd00:ec2::254]/",
    ] {
        assert_eq!(client.address(url), Err(BadAddress::Inside), "{url}");
    }
    for url in ["ftp://example.com/", "file:///etc/passwd", "gopher://x/", "example.com", "", "https://"] {
        assert_eq!(client.address(url), Err(BadAddress::Form), "{url}");
    }
    assert_eq!(client.address("https://me:pw@example.com/"), Err(BadAddress::Credentials));
    assert_eq!(
        client.address(&format!("https://example.com/{}", "x".repeat(3_000))),
        Err(BadAddress::TooLong)
    );
    let strict = OutsideHttp::new(&Outbound::default()).unwrap();
    assert_eq!(strict.address("http://example.com/"), Err(BadAddress::PlainHttp));
    assert!(strict.address("https://example.com/hook?x=1").is_ok());
}

#[test]
fn redirects_are_answers_and_not_followed() {
    let receiver = Receiver::start().unwrap();
    let answer = ask(&client(Some(Networks::loopback())), &receiver.url("/redirect/secret"), 5_000).unwrap();
    assert_eq!(answer.status, 302);
    let asked: Vec<String> = receiver.received().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, ["/redirect/secret"]);
}

#[test]
fn an_answer_is_only_read_up_to_its_limit() {
    let receiver = Receiver::start().unwrap();
    let client = client(Some(Networks::loopback()));
    let answer = ask(&client, &receiver.url("/big"), 10_000).unwrap();
    assert_eq!((answer.body.len(), answer.is_cut), (1_000, true));
    let answer = ask(&client, &receiver.url("/ok"), 5_000).unwrap();
    assert_eq!((&*answer.body, answer.is_cut), (&b"taken"[..], false));
}

#[test]
fn silent_servers_time_out_and_absent_ones_are_named_unreachable() {
    let receiver = Receiver::start().unwrap();
    let client = client(Some(Networks::loopback()));
    assert_eq!(ask(&client, &receiver.url("/slow"), 300), Err(OutsideFault::TimedOut(300)));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fault = ask(&client, &format!("http://{nobody}/key=hunter2"), 5_000).unwrap_err();
    assert!(matches!(fault, OutsideFault::Unreachable(_)), "{fault:?}");
    assert!(!fault.to_string().contains("hunter2"), "{fault}");
}

/// A server that answers each request with this head, and then with this piece repeatedly, with a pause between.
fn endless(head: &'static str, piece: &'static [u8], pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = client.read(&mut [0; 4_096]);
            let _ = client.write_all(head.as_bytes());
            while client.write_all(piece).is_ok() {
                std::thread::sleep(pause);
            }
        }
    });
    format!("http://{address}/")
}

#[test]
fn endless_answers_are_cut_or_abandoned() {
    let client = client(Some(Networks::loopback()));
    let without_end = endless("HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 65_536], Duration::ZERO);
    let answer = ask(&client, &without_end, 10_000).unwrap();
    assert_eq!((answer.body.len(), answer.is_cut), (1_000, true));
    // A compressed body stays compressed: nothing is unpacked here.
    let packed = endless("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", &[0; 65_536], Duration::ZERO);
    let answer = ask(&client, &packed, 10_000).unwrap();
    assert_eq!((answer.body, answer.is_cut), (vec![0; 1_000], true));
    let trickling = endless("HTTP/1.1 200 OK\r\n\r\n", b"x", Duration::from_millis(50));
    assert_eq!(ask(&client, &trickling, 500), Err(OutsideFault::TimedOut(500)));
    // Endless headers are not an answer.
    let headers = endless("HTTP/1.1 200 OK\r\n", b"X-More: of it\r\n", Duration::ZERO);
    let fault = ask(&client, &headers, 10_000).unwrap_err();
    assert!(matches!(fault, OutsideFault::Broken(_)), "{fault:?}");
}
