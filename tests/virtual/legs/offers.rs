//! Offers of WebRTC over HTTP: what is refused and why, and what happens to offers that nobody connects with. Whole calls by WebRTC are in
//! `tests/desk/aiortc.rs` and `tests/pages/browser/talk-webrtc.mjs`.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_test_support::http::ask;
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep};

use crate::world::{Setting, World, world};

const SETTINGS: [Setting<'static>; 5] = [
    ("webrtc.enabled", "true"),
    ("webrtc.listen", "127.0.0.1:0"),
    ("calls.meet_timeout_s", "60"),
    ("webrtc.ice_servers", "stun:stun.example.com,turn:turn.example.com:3478?transport=udp"),
    ("webrtc.turn_secret", "north"),
];

/// As a browser offers.
const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111 110\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 \
    00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:110 telephone-event/48000\r\n\
    a=ssrc:1 cname:a\r\n";

/// The parts of an answer that are checked.
struct Answered {
    status: u16,
    body: String,
    location: Option<String>,
}

async fn send(world: &World, method: &str, path: &str, token: &str, body: &str) -> Answered {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", &*bearer), ("Content-Type", "application/sdp")];
    let reply = ask(world.addresses.http, method, path, &headers, body.as_bytes()).await.unwrap();
    let location = reply.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    Answered {
        status: reply.status,
        body: String::from_utf8_lossy(&reply.body).into_owned(),
        location: location.map(|(_, value)| value.clone()),
    }
}

/// The token of a call that waits for its sound, and the call.
async fn begun(world: &World) -> (String, String) {
    let profiles = world.get("/api/v1/agent-profiles", Token::Admin).await.json();
    let link = json!({ "name": "Our website", "profile_id": profiles["items"][0]["id"] });
    let made = world.post("/api/v1/talk-links", &link, Token::Admin).await.json();
    let token = made["url"].as_str().and_then(|url| url.rsplit('/').next()).unwrap();
    let begun = world.post(&format!("/api/v1/talk/{token}/calls"), &json!({}), Token::None).await.json();
    (begun["token"].as_str().unwrap().to_owned(), begun["call_id"].as_str().unwrap().to_owned())
}

#[test]
fn a_refused_offer_names_the_reason_and_spares_its_token() {
    world(&SETTINGS, async |world| {
        let (token, _) = begun(world).await;
        let offer = async |body: &str| send(world, "POST", "/api/v1/webrtc", &token, body).await;
        let large = offer(&"a".repeat(1 << 20)).await;
        assert_eq!(large.status, 413, "{}", large.body);
        let tracks = format!("{OFFER}{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(50));
        for (body, told) in [
            ("v=0\r\n", "has no audio"),
            (&*tracks, "has 51 tracks"),
            (&*format!("{OFFER}{}", "a=x\r\n".repeat(10_000)), "at most 1000 lines"),
            (&*OFFER.replace("opus/48000/2", "PCMU/8000"), "has no opus/48000/2"),
            (&*OFFER.replace("sha-256 00:", "sha-256 "), "a=fingerprint"),
            (&*OFFER.replace("a=ice-pwd:", "a=ice:"), "ice"),
            ("hello", "v=0"),
        ] {
            let refused = offer(body).await;
            assert!(refused.status == 400 && refused.body.contains(told), "{told}: {}", refused.body);
        }
        assert_eq!(send(world, "POST", "/api/v1/webrtc", "of nobody", OFFER).await.status, 401);
        // The token is as valid as before.
        assert_eq!(offer(OFFER).await.status, 201);
    });
}

#[test]
fn an_unconnected_offer_is_forgotten_after_ten_seconds() {
    world(&SETTINGS, async |world| {
        let (token, _) = begun(world).await;
        let first = send(world, "POST", "/api/v1/webrtc", &token, OFFER).await;
        // Sent again, it is a connection of its own: whichever connects first uses up the token.
        let again = send(world, "POST", "/api/v1/webrtc", &token, OFFER).await;
        assert_eq!((first.status, again.status), (201, 201));
        let ufrag = |answer: &str| {
            answer.lines().find(|line| line.starts_with("a=ice-ufrag:")).map(str::to_owned).unwrap()
        };
        assert_ne!(ufrag(&first.body), ufrag(&again.body));
        assert_ne!(first.location, again.location);
        sleep(Duration::from_millis(10_100)).await;
        for location in [first.location, again.location] {
            assert_eq!(send(world, "DELETE", &location.unwrap(), &token, "").await.status, 404);
        }
    });
}

#[test]
fn a_tokens_fifth_pending_connection_replaces_the_oldest() {
    world(&SETTINGS, async |world| {
        let (token, _) = begun(world).await;
        let mut locations = Vec::new();
        for _ in 0..6 {
            let answered = send(world, "POST", "/api/v1/webrtc", &token, OFFER).await;
            assert_eq!(answered.status, 201, "{}", answered.body);
            locations.push(answered.location.unwrap());
        }
        let mut ended = Vec::new();
        for location in &locations {
            ended.push(send(world, "DELETE", location, &token, "").await.status);
        }
        assert_eq!(ended, [404, 404, 204, 204, 204, 204]);
    });
}

/// The address that an answer names for UDP; it is the same for TCP.
fn port_of(answer: &str) -> SocketAddr {
    let candidate = answer.lines().find(|line| line.starts_with("a=candidate:") && line.contains(" udp "));
    let words: Vec<&str> = candidate.unwrap().split(' ').collect();
    format!("{}:{}", words[4], words[5]).parse().unwrap()
}

#[test]
fn strangers_get_no_answer_and_their_streams_are_closed() {
    world(&SETTINGS, async |world| {
        let (token, _) = begun(world).await;
        let port = port_of(&send(world, "POST", "/api/v1/webrtc", &token, OFFER).await.body);
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for first in [0, 1, 22, 23, 0x80, 0x90, 0xff] {
            for length in [0, 1, 19, 20, 1_500, 2_000, 2_001, 65_000] {
                let datagram = vec![first; length];
                socket.send_to(&datagram, port).await.unwrap();
            }
        }
        let began = Instant::now();
        // A length that no datagram has, an empty datagram, and one that no browser sends as a request.
        for said in [&[0xff, 0xff, 1][..], &[0, 0], &[0, 3, 1, 2, 3]] {
            let mut stranger = TcpStream::connect(port).await.unwrap();
            stranger.write_all(said).await.unwrap();
            // A reset ends it as well.
            let _ = stranger.read(&mut [0]).await;
            assert_eq!(began.elapsed(), Duration::ZERO, "{said:?}");
        }
        let mut silent = TcpStream::connect(port).await.unwrap();
        assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
        let waited = began.elapsed();
        assert!((10..=12).contains(&waited.as_secs()), "{waited:?}");
        assert!(socket.try_recv(&mut [0; 100]).is_err(), "nothing is answered");
        assert_eq!(send(world, "POST", "/api/v1/webrtc", &token, OFFER).await.status, 201);
    });
}

#[test]
fn a_flood_of_offers_is_refused_and_others_are_answered() {
    world(&SETTINGS, async |world| {
        let (token, _) = begun(world).await;
        let mut answered = 0;
        let mut refused = 0;
        for _ in 0..1_000 {
            match send(world, "POST", "/api/v1/webrtc", &token, OFFER).await.status {
                201 => answered += 1,
                429 => refused += 1,
                other => panic!("{other}"),
            }
        }
        assert!(answered <= 60 && answered + refused == 1_000, "{answered} answered, {refused} refused");
        assert_eq!(world.get("/healthz", Token::None).await.status, 200);
        // A minute later there is room again.
        sleep(Duration::from_secs(61)).await;
        let (token, _) = begun(world).await;
        assert_eq!(send(world, "POST", "/api/v1/webrtc", &token, OFFER).await.status, 201);
    });
}

/// Agents of an office share one address: requests with a token count for the token, and those without for the address.
#[test]
fn tokens_from_one_address_have_separate_limits() {
    world(&SETTINGS, async |world| {
        let status = async |token: &str| send(world, "GET", "/api/v1/webrtc", token, "").await.status;
        for _ in 0..4 {
            let (token, _) = begun(world).await;
            for _ in 0..20 {
                assert_eq!(status(&token).await, 200);
            }
            assert_eq!(status(&token).await, 429, "one that asks without end");
        }
        let mut guessed = 0;
        while status("of nobody").await == 401 {
            guessed += 1;
            assert!(guessed <= 60, "guesses have no end");
        }
        assert!(guessed >= 50, "{guessed} guesses before an end");
    });
}

/// The credentials are for this one request, and don't contain the secret that makes them.
#[test]
fn turn_servers_are_listed_with_credentials_for_one_call() {
    world(&SETTINGS, async |world| {
        let (token, _) = begun(world).await;
        let asked = async || {
            let answer = send(world, "GET", "/api/v1/webrtc", &token, "").await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(!answer.body.contains("north"), "{}", answer.body);
            serde_json::from_str::<Value>(&answer.body).unwrap()
        };
        let (first, second) = (asked().await, asked().await);
        let servers = first["ice_servers"].as_array().unwrap();
        assert_eq!(servers[0], json!({ "urls": ["stun:stun.example.com"] }));
        assert_eq!(servers[1]["urls"], json!(["turn:turn.example.com:3478?transport=udp"]));
        let name = servers[1]["username"].as_str().unwrap();
        let (until, id) = name.split_once(':').unwrap();
        let now = cordboard_actors::world::now().timestamp();
        let hours_with_an_agent = 12;
        let lasts = 3_600 * (1 + hours_with_an_agent);
        assert_eq!(until.parse::<i64>().unwrap() - now, lasts, "as long as a call may last");
        assert_eq!(first["expires_in_s"], lasts);
        assert!(!id.is_empty() && servers[1]["credential"].is_string());
        assert_ne!(second["ice_servers"][1]["username"], servers[1]["username"]);
        assert_eq!(send(world, "GET", "/api/v1/webrtc", "of nobody", "").await.status, 401);
    });
}
