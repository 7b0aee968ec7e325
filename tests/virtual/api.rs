//! A client of the HTTP API, as a task next to the server.

use std::net::SocketAddr;

use cordboard_test_support::described::{self, Exchange};
use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN, Token};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An HTTP answer, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a request over a connection of its own.
pub(crate) async fn ask(
    server: SocketAddr,
    method: &str,
    path: &str,
    token: Token,
    body: Option<&Value>,
) -> Answer {
    let authorization = match token {
        Token::Admin => format!("authorization: Bearer {ADMIN_TOKEN}\r\n"),
        Token::Dialplan => format!("authorization: Bearer {DIALPLAN_TOKEN}\r\n"),
        Token::None => String::new(),
    };
    described::know(cordboard::web::documents);
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = parsed(&answer);
    let (sent, status, content_type) = (body.as_bytes(), answer.status, answer.content_type.as_deref());
    described::check_exchange(Exchange { method, path, sent, status, content_type, body: &answer.body });
    answer
}

fn parsed(answer: &[u8]) -> Answer {
    let at = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer with a head");
    let head = String::from_utf8_lossy(&answer[..at]).to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let rest = &answer[at + 4..];
    let body = if head.contains("transfer-encoding: chunked") { unchunked(rest) } else { rest.to_vec() };
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: ")).map(str::to_owned);
    Answer { status, content_type, body }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap().trim(), 16).unwrap();
        if length == 0 {
            return body;
        }
        let chunk = &rest[end + 2..];
        body.extend_from_slice(&chunk[..length]);
        rest = &chunk[length + 2..];
    }
}
