//! HTTP/1.1, as far as a client of the API needs it.

use std::io::{Read, Write};
use std::net::TcpStream;

/// A request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without its query.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
    pub(super) form: Vec<(String, String)>,
}

/// The next request of a connection; `rest` is what was read of it before. None where there is none.
pub(super) fn read_request(mut stream: &TcpStream, rest: &mut Vec<u8>) -> Option<Request> {
    let mut piece = [0; 4_096];
    loop {
        if let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            let header = |name: &str| {
                let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
                let mut own = lines.filter(|(own, _)| own.trim().eq_ignore_ascii_case(name));
                own.next().map(|(_, value)| value.trim().to_owned())
            };
            let length: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            let whole = end + 4 + length;
            if rest.len() >= whole {
                let body = String::from_utf8_lossy(&rest[end + 4..whole]).into_owned();
                let mut words = head.lines().next()?.split(' ');
                let (method, target) = (words.next()?.to_owned(), words.next()?);
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let (path, query) = (path.to_owned(), form(query));
                let authorization = header("authorization");
                rest.drain(..whole);
                return Some(Request { method, path, query, authorization, form: form(&body) });
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(read) => rest.extend_from_slice(&piece[..read]),
        }
    }
}

/// Whether it could be written.
pub(super) fn answer(mut stream: &TcpStream, status: u16, headers: &[(&str, String)], body: &[u8]) -> bool {
    let mut head = format!("HTTP/1.1 {status} Answer\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).is_ok()
}

/// The fields of an urlencoded body.
pub(crate) fn form(body: &str) -> Vec<(String, String)> {
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

/// A text without its percents and pluses.
fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
