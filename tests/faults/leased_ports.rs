//! Ports that are leased to one call each, under everything that goes wrong with calls: no port is lost, and no well-behaved caller either.
//! `CORDBOARD_TEST_SEED` repeats a run's choices.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use cordboard_test_support::audiosocket::Message;
use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN, Token};
use cordboard_test_support::waiting::wait_until;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{Said, bearer, request, said_to};
use crate::peer::{Peer, ServersEnd, hello_of};
use crate::stage::{LIMIT, Stage, crowd, with_load};

/// Calls at a time.
const DIALLERS: usize = 16;
/// Ports for the crowd: few enough to be used up sometimes.
const PORTS: u16 = 32;

fn open() -> Stage {
    let ports = free_ports(PORTS).unwrap();
    let range = format!("{}-{}", ports.start, ports.end - 1);
    Stage::open(&[
        ("audiosocket.port_range", &range),
        // The lease itself announces the call.
        ("audiosocket.unannounced", "refuse"),
        ("calls.meet_timeout_s", "1"),
        ("calls.max", "500"),
        ("log.level", "warn"),
    ])
}

/// A dialler: leases ports and calls over them. Each of its requests has a connection of its own.
struct Dialler<'a> {
    stage: &'a Stage,
    random: StdRng,
    /// Returns the caller's number of this call.
    from: String,
}

/// A leased port.
struct Leased {
    port: u16,
    address: SocketAddr,
}

impl Leased {
    fn at(port: u16) -> Self {
        Self { port, address: (Ipv4Addr::LOCALHOST, port).into() }
    }
}

impl Dialler<'_> {
    fn ask(&self, method: &str, path: &str, body: &str) -> Said {
        let headers = format!(
            "{}Content-Type: application/json\r\nContent-Length: {}\r\n",
            bearer(ADMIN_TOKEN),
            body.len()
        );
        let mut said = request(method, path, &headers);
        said.extend(body.as_bytes());
        said_to(self.stage.server.addresses().http, &said).unwrap()
    }

    /// Leases a port; if all are used up, waits for one.
    fn lease(&self, uuid: Option<Uuid>, ttl_s: u64) -> Leased {
        let body = json!({ "call_uuid": uuid, "from": self.from, "ttl_s": ttl_s }).to_string();
        let leased = wait_until("a free port", LIMIT, || {
            let said = self.ask("POST", "/api/v1/audio-ports", &body);
            let answer: Value = serde_json::from_slice(&said.body).unwrap();
            let is_for_now = answer["code"] == "ports_used_up" || died_of_it(&said);
            assert!(said.status == 201 || is_for_now, "{} {answer}", said.status);
            (said.status == 201).then_some(answer)
        });
        Leased::at(leased.unwrap()["port"].as_u64().unwrap().try_into().unwrap())
    }

    /// Leases a port with the announcement of its call, as a dialplan does.
    fn expect(&self, uuid: Uuid) -> Leased {
        let path = format!(
            "/api/v1/calls/expect?uuid={uuid}&from={}&audio_port=1&token={DIALPLAN_TOKEN}",
            self.from
        );
        let answered = wait_until("a free port", LIMIT, || {
            let said = said_to(self.stage.server.addresses().http, &request("GET", &path, "")).unwrap();
            (said.status == 200).then_some(said.body)
        });
        let answer = String::from_utf8(answered.unwrap()).unwrap();
        Leased::at(answer.strip_prefix("ok ").unwrap().parse().unwrap())
    }

    /// Returns a port, which may be free already.
    fn give_back(&self, leased: &Leased) {
        let path = format!("/api/v1/audio-ports/{}", leased.port);
        let answered = wait_until("the port to be taken back", LIMIT, || {
            Some(self.ask("DELETE", &path, "")).filter(|said| !died_of_it(said))
        });
        assert!([204, 404].contains(&answered.unwrap().status));
    }

    /// Makes the actor of leased ports die of its next message.
    fn kill_actor(&self) {
        assert_eq!(self.ask("POST", "/api/v1/admin/faults", r#"{"fault": "panic_in_ports"}"#).status, 204);
    }

    /// A normal call: it is heard, and ends in order.
    fn talk(&self, mut peer: Peer) {
        peer.send(&audio());
        assert!(peer.hears(), "the call of {} hears nothing", self.from);
        peer.finish();
        assert_eq!(peer.wait_end().0, ServersEnd::Fin);
    }

    fn connect(&self, leased: &Leased, uuid: Uuid) -> Peer {
        let mut peer = Peer::connect(leased.address);
        peer.send(&hello_of(uuid));
        peer
    }

    /// Makes one call in which anything may go wrong; returns whether it must be served nevertheless.
    fn call(&mut self, fault: usize) -> bool {
        let uuid = Uuid::new_v4();
        match fault {
            // Nothing goes wrong, with a known UUID or without one.
            0..4 => self.talk(self.connect(&self.lease(Some(uuid), 60), uuid)),
            4..6 => self.talk(self.connect(&self.lease(None, 60), uuid)),
            6..8 => self.talk(self.connect(&self.expect(uuid), uuid)),
            // A stranger connects first.
            8 => {
                let leased = self.lease(Some(uuid), 60);
                let mut wrong = self.connect(&leased, Uuid::new_v4());
                assert_eq!(wrong.wait_end().0, ServersEnd::Fin);
                self.talk(self.connect(&leased, uuid));
            }
            // Half of a UUID arrives first, and its connection stays or goes.
            9 => {
                let leased = self.lease(Some(uuid), 60);
                let mut half = Peer::connect(leased.address);
                half.send(&hello_of(uuid)[..self.random.random_range(1..19)]);
                if self.random.random() {
                    half.reset();
                    self.talk(self.connect(&leased, uuid));
                } else {
                    self.talk(self.connect(&leased, uuid));
                    drop(half);
                }
            }
            // A second connection to the same port gets nothing.
            10 => {
                let leased = self.lease(Some(uuid), 60);
                let peer = self.connect(&leased, uuid);
                let second = Peer::try_connect(leased.address);
                self.talk(peer);
                if let Ok(mut second) = second {
                    second.send(&hello_of(uuid));
                    second.wait_end();
                }
            }
            // The port is returned during the call.
            11 => {
                let leased = self.lease(Some(uuid), 60);
                let mut peer = self.connect(&leased, uuid);
                assert!(peer.hears());
                self.give_back(&leased);
                self.talk(peer);
            }
            // The port is returned before anyone connects.
            12 => {
                self.give_back(&self.lease(Some(uuid), 60));
                return false;
            }
            // No one connects.
            13 => {
                self.lease(Some(uuid), 1);
                return false;
            }
            14 => {
                self.expect(uuid);
                return false;
            }
            // The connection is reset after the UUID, within a frame, or while the caller hears sound.
            15 => {
                self.connect(&self.lease(Some(uuid), 60), uuid).reset();
                return false;
            }
            16 => {
                let mut peer = self.connect(&self.lease(None, 60), uuid);
                peer.send(&audio()[..self.random.random_range(1..300)]);
                if self.random.random() {
                    peer.reset()
                } else {
                    peer.finish()
                }
                return false;
            }
            17 => {
                let mut peer = self.connect(&self.lease(Some(uuid), 60), uuid);
                peer.hears();
                peer.reset();
                return false;
            }
            // Nonsense after the UUID, and a lease that ends during the call.
            18 => {
                let leased = self.lease(Some(uuid), 60);
                let mut peer = self.connect(&leased, uuid);
                peer.send(&crate::hostile::random_bytes(self.random.random()));
                self.give_back(&leased);
                peer.reset();
                return false;
            }
            // A stranger connects and goes; or the actor dies of one of the present callers.
            _ => {
                if self.random.random_ratio(1, 4) {
                    self.kill_actor();
                    self.talk(self.connect(&self.lease(Some(uuid), 60), uuid));
                    return true;
                }
                let leased = self.lease(None, 1);
                drop(Peer::connect(leased.address));
                return false;
            }
        }
        true
    }
}

/// Whether the actor of leased ports died of a request: the request then has to be repeated.
fn died_of_it(said: &Said) -> bool {
    said.status == 503 && String::from_utf8_lossy(&said.body).contains("ask again")
}

/// Returns 20 ms of the caller's sound.
fn audio() -> Vec<u8> {
    Message::audio(8000, &[1_000; 160]).to_bytes()
}

fn seed() -> u64 {
    let given = std::env::var("CORDBOARD_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(rand::random)
}

#[test]
fn random_calls_with_faults_lose_no_port_and_no_caller() {
    let _load = with_load();
    let calls = crowd(10_000);
    let seed = seed();
    println!("CORDBOARD_TEST_SEED={seed}");
    let stage = open();
    let before = stage.held();
    let (next, well) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..DIALLERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= calls {
                        return;
                    }
                    let mut random = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
                    let fault = random.random_range(0..20);
                    let from = format!("caller-{number}");
                    if (Dialler { stage: &stage, random, from: from.clone() }).call(fault) {
                        well.lock().unwrap().push(from);
                    }
                }
            });
        }
    });
    println!("{calls} calls in {:?}", began.elapsed());
    stage.wait_nothing_left(before);
    assert_eq!(stage.json("/api/v1/audio-ports")["items"], json!([]));
    let metrics = stage.server.get("/metrics", Token::None).unwrap().text();
    let free = format!("cordboard_audio_ports{{state=\"free\"}} {PORTS}");
    assert!(metrics.contains(&free), "not every port came back");

    // Each well-behaved caller is on record as served and hung up.
    let of_calls: BTreeMap<String, Value> = stage
        .calls()
        .into_iter()
        .filter_map(|call| Some((call["from"].as_str()?.to_owned(), call["hangup_cause"].clone())))
        .collect();
    let well = well.into_inner().unwrap();
    assert!(well.len() > calls / 2, "{} of {calls}", well.len());
    let lost: Vec<&String> =
        well.iter().filter(|from| of_calls.get(*from) != Some(&json!("normal_clearing"))).collect();
    assert!(lost.is_empty(), "{} callers were lost: {lost:?}", lost.len());

    let log = stage.server.log();
    let panics: Vec<&str> = log.lines().filter(|line| line.contains("cordboard::telemetry")).collect();
    let (asked_for, others): (Vec<&str>, Vec<&str>) =
        panics.into_iter().partition(|line| line.contains("PanicInPorts"));
    println!("the actor of leased ports died {} times", asked_for.len());
    assert_eq!(others, Vec::<&str>::new());
    assert!(!asked_for.is_empty(), "no actor died");
}
