//! The HTTP request that opens an audio WebSocket, in the form of `mod_audio_stream`: header values follow their colon without a
//! space, and `upgrade` is in lower case. Source: its traffic (`tests/captures/freeswitch`). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cordboard_schema::limits::{STREAM_HEAD_BYTES_MAX, STREAM_HEADERS_MAX};
use httparse::{Request, Status};
use uuid::Uuid;

/// A request for the stream of a channel.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamRequest {
    /// The channel.
    pub(super) uuid: Uuid,
    /// Its `Sec-WebSocket-Key`, from which the answer is derived.
    pub(super) key: String,
    /// The value of `token` in its query.
    pub(super) token: Option<String>,
    /// Length of its head in bytes; what is read after it belongs to the WebSocket.
    pub(super) head_bytes: usize,
}

/// Why a request opens no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadRequest {
    #[error("this is not an HTTP request: {0}")]
    NotHttp(#[from] httparse::Error),
    #[error("the request's head has more than {STREAM_HEAD_BYTES_MAX} bytes")]
    TooLong,
    #[error("only GET opens an audio stream")]
    Method,
    #[error("the path has to be /CHANNEL_UUID or /audio/CHANNEL_UUID")]
    NoSuchPath,
    #[error("this port is for audio WebSockets: the request has to ask for an upgrade to websocket")]
    NoUpgrade,
    #[error("only version 13 of websocket is supported")]
    Version,
    #[error("the request has no sec-websocket-key of 16 bytes in base64")]
    Key,
}

impl BadRequest {
    /// Returns the status line of the answer, and a header that it needs.
    pub(super) fn status(self) -> (&'static str, &'static str) {
        match self {
            Self::NotHttp(_) | Self::Method | Self::Key => ("400 Bad Request", ""),
            Self::TooLong => ("431 Request Header Fields Too Large", ""),
            Self::NoSuchPath => ("404 Not Found", ""),
            Self::NoUpgrade => ("426 Upgrade Required", "Upgrade: websocket\r\n"),
            Self::Version => ("426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n"),
        }
    }
}

/// Parses a request from what has arrived so far. Returns none if the head is not complete.
pub(super) fn parse(read: &[u8]) -> Result<Option<StreamRequest>, BadRequest> {
    let mut headers = [httparse::EMPTY_HEADER; STREAM_HEADERS_MAX];
    let mut request = Request::new(&mut headers);
    let head_bytes = match request.parse(read)? {
        Status::Complete(head_bytes) if head_bytes <= STREAM_HEAD_BYTES_MAX => head_bytes,
        Status::Partial if read.len() < STREAM_HEAD_BYTES_MAX => return Ok(None),
        Status::Complete(_) | Status::Partial => return Err(BadRequest::TooLong),
    };
    if request.method != Some("GET") {
        return Err(BadRequest::Method);
    }
    let (uuid, token) = channel_of(request.path.unwrap_or_default()).ok_or(BadRequest::NoSuchPath)?;
    if !lists(&request, "upgrade", "websocket") || !lists(&request, "connection", "upgrade") {
        return Err(BadRequest::NoUpgrade);
    }
    if header(&request, "sec-websocket-version") != Some("13") {
        return Err(BadRequest::Version);
    }
    let is_key = |key: &&str| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16);
    let key = header(&request, "sec-websocket-key").filter(is_key).ok_or(BadRequest::Key)?;
    Ok(Some(StreamRequest { uuid, key: key.to_owned(), token, head_bytes }))
}

/// Returns the channel in a path, and the token after it.
fn channel_of(path: &str) -> Option<(Uuid, Option<String>)> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.strip_prefix('/')?;
    let uuid = path.strip_prefix("audio/").unwrap_or(path).parse().ok()?;
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    Some((uuid, token.map(str::to_owned)))
}

fn header<'a>(request: &'a Request<'_, '_>, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(found.value).ok().map(str::trim)
}

/// Returns whether a header's list contains this word.
fn lists(request: &Request<'_, '_>, name: &str, word: &str) -> bool {
    header(request, name)
        .is_some_and(|list| list.split(',').any(|listed| listed.trim().eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = "dce5bc59-6d06-4b4a-8c7b-c6d1f1a0e3ce";

    /// Parses a request in the module's form, with parts of it replaced.
    fn request(replaced: &[(&str, &str)]) -> Result<Option<StreamRequest>, BadRequest> {
        let mut text = format!(
            "GET /audio/{CHANNEL} HTTP/1.1\r\nHost:127.0.0.1:8030\r\nUpgrade:websocket\r\nConnection:upgrade\r\n\
             Sec-WebSocket-Key:TXH3bVXMbz8ZXBrTP0pTZQ==\r\nSec-WebSocket-Version:13\r\n\
             Origin:http://127.0.0.1:8030\r\n\r\n"
        );
        for (from, to) in replaced {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        parse(text.as_bytes())
    }

    #[test]
    fn the_modules_own_request_is_understood() {
        let request = request(&[]).unwrap().unwrap();
        assert_eq!(request.uuid.to_string(), CHANNEL);
        assert_eq!((&request.key[..], request.token), ("TXH3bVXMbz8ZXBrTP0pTZQ==", None));
    }

    #[test]
    fn both_paths_find_the_channel_with_or_without_a_token() {
        for (path, token) in [
            (format!("/{CHANNEL}"), None),
            (format!("/{CHANNEL}?token=abc"), Some("abc")),
            (format!("/audio/{CHANNEL}?a=b&token=abc&c=d"), Some("abc")),
            (format!("/audio/{CHANNEL}?nottoken=abc"), None),
        ] {
            let request = request(&[(&format!("/audio/{CHANNEL}"), &path)]).unwrap().unwrap();
            assert_eq!((request.uuid.to_string(), request.token.as_deref()), (CHANNEL.to_owned(), token));
        }
    }

    #[test]
    fn invalid_stream_requests_are_told_the_reason() {
        let path = format!("/audio/{CHANNEL}");
        let many = "X:y\r\n".repeat(STREAM_HEADERS_MAX) + "Upgrade";
        for (from, to, expected) in [
            ("GET", "POST", BadRequest::Method),
            (&path, "/", BadRequest::NoSuchPath),
            (&path, "/audio/", BadRequest::NoSuchPath),
            (&path, "/audio/1234", BadRequest::NoSuchPath),
            (&path, "/audio/x/dce5bc59-6d06-4b4a-8c7b-c6d1f1a0e3ce", BadRequest::NoSuchPath),
            ("Upgrade:websocket\r\n", "", BadRequest::NoUpgrade),
            ("Connection:upgrade", "Connection:close", BadRequest::NoUpgrade),
            (":13\r\n", ":8\r\n", BadRequest::Version),
            ("TXH3bVXMbz8ZXBrTP0pTZQ==", "TXH3", BadRequest::Key),
            ("Sec-WebSocket-Key:TXH3bVXMbz8ZXBrTP0pTZQ==\r\n", "", BadRequest::Key),
            ("HTTP/1.1", "SMTP", BadRequest::NotHttp(httparse::Error::Version)),
            ("Upgrade", &many, BadRequest::NotHttp(httparse::Error::TooManyHeaders)),
        ] {
            assert_eq!(request(&[(from, to)]), Err(expected), "{from} -> {to}");
        }
    }

    #[test]
    fn the_size_of_a_head_is_bounded() {
        let long = format!("Host:{}", "x".repeat(STREAM_HEAD_BYTES_MAX));
        assert_eq!(request(&[("Host:127.0.0.1:8030", &long)]), Err(BadRequest::TooLong));
        assert_eq!(parse(b"GET /"), Ok(None));
        let endless = format!("GET /{}", "x".repeat(STREAM_HEAD_BYTES_MAX));
        assert_eq!(parse(endless.as_bytes()), Err(BadRequest::TooLong));
    }
}
