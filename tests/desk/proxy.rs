//! The proxies that we ship, in front of the server: TLS, pages, sign-in, desks, the live view, and what they don't expose.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cordboard_test_support::control::Program;
use cordboard_test_support::desk::Person;
use cordboard_test_support::proxy::Proxy;
use cordboard_test_support::{caddy, nginx};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::setup::Setup;

/// The longest report of a conversation that Cordboard accepts from ElevenLabs.
const REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The first line of the answer to a client that connects over TLS and trusts only this issuer.
fn asked_over_tls(at: SocketAddr, issuer: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(issuer.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("cordboard.example.com").unwrap();
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut client = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream);
    client
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: cordboard.example.com\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).unwrap();
    line
}

#[test]
fn through_our_nginx_everything_works_and_internals_stay_hidden() {
    assert_works_behind("nginx.conf", |site, server| nginx::start(site, server).unwrap());
}

#[test]
fn through_our_caddy_everything_works_and_internals_stay_hidden() {
    assert_works_behind("Caddyfile", |site, server| caddy::start(site, server).unwrap());
}

/// Checks what a browser needs from a proxy with this shipped site.
fn assert_works_behind(site: &str, start: fn(&Path, SocketAddr) -> Proxy) {
    let setup = Setup::open_with(&[
        ("http.trusted_proxies", "127.0.0.1"),
        ("elevenlabs.webhook_secret", "wsec_of_the_proxies_test"),
    ]);
    let ada = setup.agent("Ada");
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/proxy").join(site);
    let proxy = start(&site, setup.server.addresses().http);
    assert!(asked_over_tls(proxy.encrypted(), proxy.issuer()).starts_with("HTTP/1.1 200"));
    assert_serves(proxy.address(), &ada);
}

/// Checks everything that a browser needs at this address.
fn assert_serves(at: SocketAddr, ada: &Person) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_recv_body(Some(Duration::from_secs(20)))
        .build()
        .into();
    let status = |path: &str| agent.get(format!("http://{at}{path}")).call().unwrap().status().as_u16();
    assert_eq!((status("/healthz"), status("/login")), (200, 200));
    assert_eq!((status("/metrics"), status("/readyz")), (404, 404), "for this machine only");

    let bearer = format!("Bearer {}", ada.token);
    let mut desk = Program::knock_at(at, "/ws/desk", &[("Authorization", &bearer)]).unwrap();
    assert_eq!(desk.event()["kind"], "snapshot");
    desk.done(json!({ "command": "set_presence", "presence": { "intent": "available" } }));

    // The first event comes although the answer never ends.
    let live = agent.get(format!("http://{at}/api/v1/live")).header("Authorization", &bearer).call().unwrap();
    let mut lines = BufReader::new(live.into_body().into_reader()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "event: snapshot");

    let long = json!({ "text": "x".repeat(300_000) }).to_string();
    let path = format!("http://{at}/api/v1/auth/login");
    let sent = agent.post(path).header("Content-Type", "application/json").send(long).unwrap();
    assert_eq!(sent.status().as_u16(), 413);
    // A list of contacts is longer; Cordboard itself answers that an agent may send none.
    let path = format!("http://{at}/api/v1/campaigns/00000000-0000-7000-8000-000000000000/contacts.csv");
    let list = agent.post(path).header("Authorization", &bearer).header("Content-Type", "text/csv");
    assert_ne!(list.send("x".repeat(300_000)).unwrap().status().as_u16(), 413);
    // A report may be as long as Cordboard accepts; that its signature is missing is known only after all of it was read.
    let report = |path: &str, bytes: usize| {
        let sending = agent.post(format!("http://{at}{path}")).header("Content-Type", "application/json");
        sending.send("x".repeat(bytes)).unwrap().status().as_u16()
    };
    assert_eq!(report("/elevenlabs/post-call", REPORT_BYTES_MAX), 403);
    let of_organization = "/elevenlabs/post-call/00000000-0000-7000-8000-000000000000";
    // Without a secret it is refused before it is read.
    assert_ne!(report(of_organization, 300_000), 413);
}
