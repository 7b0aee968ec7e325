//! SIP messages and the SDP in them: as much as callers and telephones on one machine need.

use std::net::{Ipv4Addr, SocketAddr};

use super::Codec;

/// The RTP payload types that we offer.
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
    /// Reads a datagram; `None` when it is not SIP.
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

    /// The text after the status code.
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
        self.answered_with(status, &Answer::default())
    }

    /// Like [`Message::answered`], with these additions.
    pub(super) fn answered_with(&self, status: &str, answer: &Answer<'_>) -> String {
        let repeated = ["Via", "From", "To", "Call-ID", "CSeq"];
        let mut text = format!("SIP/2.0 {status}\r\n");
        for (name, value) in &self.headers {
            if !repeated.iter().any(|repeated| name.eq_ignore_ascii_case(repeated)) {
                continue;
            }
            let tag = match answer.tag {
                Some(tag) if name.eq_ignore_ascii_case("To") && !value.contains(";tag=") => {
                    format!(";tag={tag}")
                }
                _ => String::new(),
            };
            text += &format!("{name}: {value}{tag}\r\n");
        }
        if let Some(contact) = answer.contact {
            text += &format!("Contact: <{contact}>\r\n");
        }
        text + &body_of(answer.sdp)
    }

    /// The address to which the SDP of this message directs RTP.
    pub(super) fn media_address(&self) -> Option<SocketAddr> {
        let line = |start: &str| self.body.lines().find_map(|line| line.strip_prefix(start));
        let address: Ipv4Addr = line("c=IN IP4 ")?.trim().parse().ok()?;
        let port: u16 = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        Some((address, port).into())
    }
}

/// The parts of an answer besides the headers that it repeats.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Answer<'a> {
    /// The tag of the party that answers, where the request's `To` has none.
    pub(super) tag: Option<&'a str>,
    /// The target of later requests of the call.
    pub(super) contact: Option<&'a str>,
    pub(super) sdp: Option<&'a str>,
}

/// A request, as it is sent from a port of 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    /// With the tag.
    pub(super) from: &'a str,
    /// With the tag, once it is known.
    pub(super) to: &'a str,
    pub(super) call_id: &'a str,
    pub(super) sequence: u32,
    pub(super) contact: &'a str,
    pub(super) sdp: Option<&'a str>,
}

impl Request<'_> {
    /// Its text, sent from `port`; each one is a transaction of its own.
    pub(super) fn text(&self, port: u16) -> String {
        let Self { method, target, from, to, call_id, sequence, contact, sdp } = self;
        let branch: u64 = rand::random();
        format!(
            "{method} {target} SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{branch:x}\r\n\
             Max-Forwards: 70\r\n\
             From: {from}\r\n\
             To: {to}\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: {sequence} {method}\r\n\
             Contact: <{contact}>\r\n\
             {body}",
            body = body_of(*sdp),
        )
    }
}

/// The end of a message: the headers of its body, and the body.
fn body_of(sdp: Option<&str>) -> String {
    match sdp {
        Some(sdp) => {
            format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
        }
        None => "Content-Length: 0\r\n\r\n".to_owned(),
    }
}

/// The user part of the first SIP address in a header or a request's first line: `2001` in `<sip:2001@host>`.
pub(super) fn user_of(text: &str) -> &str {
    let address = text.split_once("sip:").map_or("", |(_, address)| address);
    address.split_once('@').map_or("", |(user, _)| user)
}

/// The address in a `Contact`.
pub(super) fn address_in(contact: &str) -> &str {
    let inside = contact.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or(contact, |(address, _)| address)
}

/// The SDP of an INVITE: one codec and RFC 4733 digits, 20 ms a packet.
pub(super) fn offer(rtp_port: u16, codec: Codec) -> String {
    description(rtp_port, codec, 1, "sendrecv")
}

/// Like [`offer`]: the `version`th of one call, with SDP's name for the direction.
pub(super) fn description(rtp_port: u16, codec: Codec, version: u32, direction: &str) -> String {
    let (payload, name) = match codec {
        Codec::Pcmu => (PCMU, "PCMU/8000"),
        Codec::Linear16k => (LINEAR_16K, "L16/16000"),
    };
    let rate = codec.rate();
    [
        "v=0".to_owned(),
        format!("o=- 1 {version} IN IP4 127.0.0.1"),
        "s=-".to_owned(),
        "c=IN IP4 127.0.0.1".to_owned(),
        "t=0 0".to_owned(),
        format!("m=audio {rtp_port} RTP/AVP {payload} {DIGITS}"),
        format!("a=rtpmap:{payload} {name}"),
        format!("a=rtpmap:{DIGITS} telephone-event/{rate}"),
        format!("a=fmtp:{DIGITS} 0-16"),
        "a=ptime:20".to_owned(),
        format!("a={direction}"),
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

    #[test]
    fn a_telephone_answers_with_its_tag_contact_and_sound() {
        let text = "INVITE sip:2001@127.0.0.1:5 SIP/2.0\r\nFrom: \"A\" <sip:5551234@h>;tag=1\r\nTo: <sip:2001@h>\r\n\r\n";
        let invite = Message::parse(text.as_bytes()).unwrap();
        let answer = Answer { tag: Some("9"), contact: Some("sip:2001@me"), sdp: Some("v=0\r\n") };
        assert_eq!(
            invite.answered_with("200 OK", &answer),
            "SIP/2.0 200 OK\r\nFrom: \"A\" <sip:5551234@h>;tag=1\r\nTo: <sip:2001@h>;tag=9\r\nContact: <sip:2001@me>\r\n\
             Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
        );
        assert_eq!((user_of(&invite.start), user_of(invite.get("From").unwrap())), ("2001", "5551234"));
        assert_eq!((user_of("<sip:h>"), user_of("")), ("", ""));
        assert_eq!(address_in("<sip:a@h:1>;expires=3"), "sip:a@h:1");
        assert_eq!(address_in("sip:a@h:1"), "sip:a@h:1");
    }
}
