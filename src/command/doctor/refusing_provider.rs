//! A provider that refuses every key, for tests of checks that ask a provider.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{JoinHandle, spawn};

/// Returns the base address of a server that answers one request with this error message, and its thread.
pub(super) fn start(message: &'static str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let server = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        let body = format!(r#"{{"error":{{"code":"invalid_api_key","message":"{message}"}}}}"#);
        let length = body.len();
        let answer = format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (base_url, server)
}
