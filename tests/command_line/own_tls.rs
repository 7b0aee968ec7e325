//! HTTP over our own TLS, with rustls clients, while the certificate changes.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cordboard_test_support::postgres::Certificates;
use cordboard_test_support::waiting::wait_until_every;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version};
use serde_json::Value;

use super::{FREE_PORTS, Server, addresses_of, cordboard, stderr, stdout};

/// The time limit.
const LIMIT: Duration = Duration::from_secs(60);

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// A client's connection, which trusts only one issuer.
struct Client(StreamOwned<ClientConnection, TcpStream>);

impl Client {
    fn of(server: SocketAddr, trusting: &str, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(trusting.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream))
    }

    /// The first line of the answer to a request; none if the connection is refused or ends.
    fn ask(&mut self) -> Option<String> {
        self.answer(REQUEST, "cordboard ok\n")?.lines().next().map(str::to_owned)
    }

    /// The answer to a request, which ends with this text; none if the connection is refused or ends.
    fn answer(&mut self, request: &[u8], end: &str) -> Option<String> {
        self.0.write_all(request).ok()?;
        let mut answer = String::new();
        while !answer.ends_with(end) {
            let mut piece = [0; 1_024];
            match self.0.read(&mut piece) {
                Ok(read @ 1..) => answer.push_str(&String::from_utf8_lossy(&piece[..read])),
                Ok(0) | Err(_) => return None,
            }
        }
        Some(answer)
    }
}

/// The first line of an answer to a client that trusts this issuer.
fn ask(server: SocketAddr, trusting: &str) -> Option<String> {
    Client::of(server, trusting, &[&version::TLS13, &version::TLS12]).ask()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    wait_until_every(Duration::from_millis(100), what, LIMIT, || holds().then_some(())).unwrap();
}

/// The files of a server, and its settings.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    log: PathBuf,
}

impl Files {
    fn at(folder: &Path) -> Self {
        let [certificate, key, log] = ["tls.pem", "tls.key", "log"].map(|name| folder.join(name));
        Self { certificate, key, log }
    }

    fn write(&self, certificates: &Certificates) {
        fs::write(&self.key, &certificates.key).unwrap();
        fs::write(&self.certificate, &certificates.server).unwrap();
    }

    fn settings(&self) -> [(&str, &str); 2] {
        [
            ("CORDBOARD_HTTP__TLS_CERTIFICATE", self.certificate.to_str().unwrap()),
            ("CORDBOARD_HTTP__TLS_KEY", self.key.to_str().unwrap()),
        ]
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// A server that uses them, and the address of its HTTP port.
    fn serve(&self, folder: &Path) -> (Server, String) {
        let mut server = Server(
            Command::new(env!("CARGO_BIN_EXE_cordboard"))
                .args(["serve", "--print-addresses"])
                .current_dir(folder)
                .env_clear()
                .envs(FREE_PORTS)
                .envs(self.settings())
                .stdout(Stdio::piped())
                .stderr(File::create(&self.log).unwrap())
                .spawn()
                .unwrap(),
        );
        let http = addresses_of(&mut server)["http"].as_str().unwrap().to_owned();
        (server, http)
    }
}

/// The findings of `doctor --json` about the certificate.
fn doctor(folder: &Path, files: &Files, http: &str) -> Value {
    let settings = [&FREE_PORTS[..], &files.settings(), &[("CORDBOARD_HTTP__LISTEN", http)]].concat();
    let told: Value =
        serde_json::from_str(&stdout(&cordboard(folder, &["doctor", "--json"], &settings))).unwrap();
    let check = |subject: &str| {
        told["checks"].as_array().unwrap().iter().find(|check| check["subject"] == subject).unwrap().clone()
    };
    let port = check("http port");
    assert_eq!(port["found"], format!("{http} is held by a running Cordboard"));
    check("certificate")
}

#[test]
fn a_changed_certificate_is_taken_unless_it_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::at(folder.path());
    let issue = || Certificates::issue(&["127.0.0.1"]).unwrap();
    let (first, second) = (issue(), issue());
    files.write(&first);
    let (_server, http) = files.serve(folder.path());
    let address: SocketAddr = http.parse().unwrap();
    let fine = Some("HTTP/1.1 200 OK".to_owned());

    for version in [&version::TLS13, &version::TLS12] {
        assert_eq!(Client::of(address, &first.root, &[version]).ask(), fine, "{version:?}");
    }
    assert_eq!(ask(address, &second.root), None, "another issuer's certificate was accepted");
    let mut in_the_clear = TcpStream::connect(address).unwrap();
    in_the_clear.write_all(REQUEST).unwrap();
    let mut answer = Vec::new();
    let _ = in_the_clear.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "it answers in plain text");
    assert_eq!(doctor(folder.path(), &files, &http)["ok"], true);
    let settings = [&files.settings()[..], &[("CORDBOARD_HTTP__LISTEN", http.as_str())]].concat();
    let health = cordboard(folder.path(), &["health"], &settings);
    assert_eq!(health.status.code(), Some(0), "{}", stderr(&health));
    assert!(
        files.log().contains(&format!("https://{http}/setup")) || !cfg!(feature = "pages"),
        "{}",
        files.log()
    );

    let mut stays = Client::of(address, &first.root, &[&version::TLS13]);
    assert_eq!(stays.ask(), fine);
    let figures = stays.answer(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "# EOF\n").unwrap();
    // It expires when 4096 begins (UTC).
    assert!(figures.contains("\ncordboard_certificate_expires_timestamp_seconds 67090118400\n"), "{figures}");
    files.write(&second);
    eventually("the new certificate is in force", || ask(address, &second.root) == fine);
    assert_eq!(ask(address, &first.root), None);

    fs::write(&files.certificate, "-----BEGIN CERTIFICATE-----\nhalf of it").unwrap();
    let told = "the old one stays in force";
    eventually("the broken certificate is told", || files.log().contains(told));
    assert_eq!(ask(address, &second.root), fine);
    let check = doctor(folder.path(), &files, &http);
    assert_eq!(check["ok"], false, "{check}");
    assert!(check["found"].as_str().unwrap().contains("tls.pem"), "{check}");

    files.write(&first);
    eventually("the good certificate is in force", || ask(address, &first.root) == fine);
}

#[test]
fn an_expired_certificate_is_reported_and_replaced_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::at(folder.path());
    let expired = Certificates::expired(&["127.0.0.1"]).unwrap();
    files.write(&expired);
    let (_server, http) = files.serve(folder.path());
    let address: SocketAddr = http.parse().unwrap();
    eventually("the log says so", || files.log().contains("has expired"));
    let told = "the certificate must be renewed: new files are loaded within seconds";
    assert!(files.log().contains(told), "{}", files.log());
    assert_eq!(ask(address, &expired.root), None, "a client accepted it");
    let check = doctor(folder.path(), &files, &http);
    assert_eq!(check["ok"], false, "{check}");
    assert!(check["found"].as_str().unwrap().ends_with("tls.pem has expired"), "{check}");
    assert!(check["fix"].as_str().unwrap().contains("loads the new files by itself"), "{check}");
    // A service manager does not restart the process for that.
    let settings = [&files.settings()[..], &[("CORDBOARD_HTTP__LISTEN", http.as_str())]].concat();
    let health = cordboard(folder.path(), &["health"], &settings);
    assert_eq!(health.status.code(), Some(0), "{}", stderr(&health));

    let next = Certificates::issue(&["127.0.0.1"]).unwrap();
    files.write(&next);
    let fine = Some("HTTP/1.1 200 OK".to_owned());
    eventually("the new certificate is in force", || ask(address, &next.root) == fine);
    assert_eq!(doctor(folder.path(), &files, &http)["ok"], true);
    assert_eq!(files.log().matches(told).count(), 1, "{}", files.log());
}

#[test]
fn an_unusable_certificate_or_missing_key_prevents_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::at(folder.path());
    let (one, other) = (Certificates::issue(&["a"]).unwrap(), Certificates::issue(&["a"]).unwrap());
    files.write(&Certificates { key: other.key, ..one });
    let serve = |settings: &[(&str, &str)]| {
        let output = cordboard(folder.path(), &["serve"], &[&FREE_PORTS[..], settings].concat());
        (output.status.code(), stderr(&output))
    };
    let (code, said) = serve(&files.settings());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("does not belong to the certificate") && said.contains("http.tls_key"), "{said}");
    let (code, said) = serve(&files.settings()[..1]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("set http.tls_key too, or neither"), "{said}");
}
