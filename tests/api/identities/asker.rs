//! One connection for many requests, as fast as the server answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cordboard_test_support::described::{self, Exchange};
use serde_json::Value;

/// A request: its method and path, and the lines of its head that identify the client, each with a line end.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) head: &'a str,
    /// JSON; empty for no body.
    pub(super) body: &'a str,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    /// The code of a problem; empty if the answer is no problem.
    pub(super) fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether the answer is complete: no socket, and no endless stream.
    fn is_whole(&self) -> bool {
        self.status != 101 && !self.head.contains("transfer-encoding: chunked")
    }

    /// Returns the status, with the problem's code for refusals that have several.
    pub(super) fn short(&self) -> String {
        match self.code() {
            code if code.is_empty() => self.status.to_string(),
            code => format!("{}/{code}", self.status),
        }
    }
}

/// Client that makes requests.
pub(super) struct Asker {
    server: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// Number of answered requests.
    pub(super) asked: usize,
}

impl Asker {
    pub(super) fn at(server: SocketAddr) -> Self {
        Self { server, stream: None, asked: 0 }
    }

    /// Sends a request. A connection that was closed meanwhile is opened again.
    pub(super) fn ask(&mut self, request: Request) -> Reply {
        self.asked += 1;
        let Request { method, path, body, .. } = request;
        let told = self.try_ask(request).unwrap_or_else(|| {
            self.stream = None;
            self.try_ask(request).unwrap_or_else(|| panic!("{method} {path}: no answer"))
        });
        if told.is_whole() {
            let content_type = told.head.lines().find_map(|line| line.strip_prefix("content-type: "));
            let (sent, status) = (body.as_bytes(), told.status);
            let body = told.body.as_bytes();
            described::check_exchange(Exchange { method, path, sent, status, content_type, body });
        }
        told
    }

    fn try_ask(&mut self, Request { method, path, head, body }: Request) -> Option<Reply> {
        let server = self.server;
        let stream = self.stream.get_or_insert_with(|| {
            let stream = TcpStream::connect(server).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            stream.set_nodelay(true).unwrap();
            BufReader::new(stream)
        });
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{head}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(text.as_bytes()).ok()?;
        let mut told = Reply { status: 0, head: String::new(), body: String::new() };
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        told.status = line.split(' ').nth(1)?.parse().ok()?;
        loop {
            line.clear();
            stream.read_line(&mut line).ok()?;
            if line == "\r\n" || line.is_empty() {
                break;
            }
            told.head.push_str(&line.to_ascii_lowercase());
        }
        let length = told.head.lines().find_map(|line| line.strip_prefix("content-length: "));
        // A socket or an endless stream: its head says everything.
        let goes_on = !told.is_whole();
        let closes = told.head.contains("connection: close");
        if let (Some(length), false) = (length, method == "HEAD" || goes_on) {
            let mut bytes = vec![0; length.parse().ok()?];
            stream.read_exact(&mut bytes).ok()?;
            told.body = String::from_utf8_lossy(&bytes).into_owned();
        }
        if goes_on || closes {
            self.stream = None;
        }
        Some(told)
    }
}
