//! `doctor` with a running server and a proxy in front of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use cordboard_test_support::server::{ADMIN_TOKEN, Server};

use super::{FREE_PORTS, cordboard, stdout};

/// A proxy for requests without a body, one per connection, that adds the client's address.
fn proxy(listener: TcpListener, server: SocketAddr) {
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read > 0) {
                head.push(byte[0]);
            }
            head.truncate(head.len().saturating_sub(2));
            let mut server = TcpStream::connect(server).unwrap();
            server.write_all(&head).unwrap();
            server.write_all(b"X-Forwarded-For: 198.51.100.9\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            let _ = client.write_all(&answer);
        }
    });
}

/// The doctor's line about proxies, for a server with this setting, and the doctor's exit code.
fn line(trusted: Option<&str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let public = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let more: Vec<(&str, &str)> =
        trusted.map(|trusted| ("http.trusted_proxies", trusted)).into_iter().collect();
    let settings = [&[("http.public_base_url", public.as_str())][..], &more[..]].concat();
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
    let listen = server.addresses().http;
    proxy(listener, listen);
    let folder = tempfile::tempdir().unwrap();
    let listen = listen.to_string();
    let environment = [
        ("CORDBOARD_HTTP__LISTEN", listen.as_str()),
        ("CORDBOARD_HTTP__PUBLIC_BASE_URL", public.as_str()),
        ("CORDBOARD_ADMIN_TOKEN", ADMIN_TOKEN),
        ("CORDBOARD_CALLS__MAX", "1"),
    ];
    let output = cordboard(folder.path(), &["doctor"], &[&FREE_PORTS[1..], &environment].concat());
    let said = stdout(&output);
    said.lines().find(|line| line.starts_with("proxies")).unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[test]
fn the_doctor_reports_an_untrusted_proxy() {
    let said = line(None);
    assert!(said.contains("FAILED") && said.contains("set http.trusted_proxies to 127.0.0.1"), "{said}");
    let said = line(Some("127.0.0.1"));
    assert!(said.contains(" ok "), "{said}");
}
