//! SIP messages and the SDP in them: as much as a caller on one machine needs.

use std::net::{Ipv4Addr, SocketAddr};

use super::Codec;

/// RTP payload types that we offer.
pub(super) const PCMU: u8 = 0;
pub(super) const LINEAR_16K: u8 = 118;
pub(super) const DIGITS: u8 = 101;

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// `INVITE sip:... SIP/2.0` or `SIP/2.0 200 OK`.
    pub(super) start: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Message {
    /// Reads a datagram; `None` when it is no SIP.
    pub(super) fn parse(datagram: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(datagram).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_owned();
        let header = |line: &str| {
            line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        };
        Some(Self { start, headers: lines.filter_map(header).collect(), body: body.to_owned() })
    }

    /// The status code of an answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
    }

    /// The text beside the status code.
    pub(super) fn reason(&self) -> &str {
        self.start.splitn(3, ' ').nth(2).unwrap_or_default()
    }

    /// The method of a request; empty for an answer.
    pub(super) fn method(&self) -> &str {
        let first = self.start.split(' ').next().unwrap_or_default();
        if first == "SIP/2.0" { "" } else { first }
    }

    /// The first value of a header.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// An answer to this request, with the headers that an answer repeats.
    pub(super) fn answered(&self, status: &str) -> String {
        let repeated = ["Via", "From", "To", "Call-ID", "CSeq"];
        let mut text = format!("SIP/2.0 {status}\r\n");
        for (name, value) in &self.headers {
            if repeated.iter().any(|repeated| name.eq_ignore_ascii_case(repeated)) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        text + "Content-Length: 0\r\n\r\n"
    }

    /// Where the SDP of this message wants RTP.
    pub(super) fn media_address(&self) -> Option<SocketAddr> {
        let line = |start: &str| self.body.lines().find_map(|line| line.strip_prefix(start));
        let address: Ipv4Addr = line("c=IN IP4 ")?.trim().parse().ok()?;
        let port: u16 = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        Some((address, port).into())
    }
}

/// The SDP of an INVITE: one codec and RFC 4733 digits, 20 ms a packet.
pub(super) fn offer(rtp_port: u16, codec: Codec) -> String {
    let (payload, name) = match codec {
        Codec::Pcmu => (PCMU, "PCMU/8000"),
        Codec::Linear16k => (LINEAR_16K, "L16/16000"),
    };
    let rate = codec.rate();
    [
        "v=0".to_owned(),
        "o=- 1 1 IN IP4 127.0.0.1".to_owned(),
        "s=-".to_owned(),
        "c=IN IP4 127.0.0.1".to_owned(),
        "t=0 0".to_owned(),
        format!("m=audio {rtp_port} RTP/AVP {payload} {DIGITS}"),
        format!("a=rtpmap:{payload} {name}"),
        format!("a=rtpmap:{DIGITS} telephone-event/{rate}"),
        format!("a=fmtp:{DIGITS} 0-16"),
        "a=ptime:20".to_owned(),
        "a=sendrecv".to_owned(),
        String::new(),
    ]
    .join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=a\r\nt: x\r\nTo: <sip:1@h>;tag=9\r\n\r\n\
                    v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 20004 RTP/AVP 0 101\r\n";
        let message = Message::parse(text.as_bytes()).unwrap();
        assert_eq!((message.status(), message.reason(), message.method()), (Some(200), "OK", ""));
        assert_eq!(message.get("to"), Some("<sip:1@h>;tag=9"));
        assert_eq!(message.media_address(), Some(([127, 0, 0, 1], 20004).into()));
        assert_eq!(Message::parse(b"\xff\r\n\r\n"), None);
    }

    #[test]
    fn a_request_is_answered_with_its_own_headers() {
        let text = "BYE sip:me SIP/2.0\r\nVia: a\r\nVia: b\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 3 BYE\r\nX: y\r\n\r\n";
        let message = Message::parse(text.as_bytes()).unwrap();
        assert_eq!(message.method(), "BYE");
        assert_eq!(
            message.answered("200 OK"),
            "SIP/2.0 200 OK\r\nVia: a\r\nVia: b\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 3 BYE\r\nContent-Length: 0\r\n\r\n"
        );
    }
}
