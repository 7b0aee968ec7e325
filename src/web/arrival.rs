//! How a request arrived: from which address, with which scheme, and whether a proxy forwarded it.
//!
//! Anybody can write `X-Forwarded-For` into a request. So a header counts only if the connection's peer is one of `http.trusted_proxies`. It is read
//! from the right, where that proxy has written: addresses that are trusted themselves are skipped, and the first other one is the client's. What a
//! client wrote into the header itself is left of that and is never reached. If a hop is a word (`unknown`, `_hidden`) or can't be parsed, the last
//! known address is used.
//!
//! A proxy that writes one of the two headers lets a client's own pass in the other. So if both are present and name different clients, neither
//! counts, and the peer's address is used. `docs/security.md` says what a proxy has to send.
//!
//! This file is pure; [`super::arriving`] determines the arrival once for each request.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use cordboard_schema::limits::FORWARDED_HOPS_MAX;

use crate::config::Networks;

/// How a request arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrival {
    peer: Option<SocketAddr>,
    client: Option<IpAddr>,
    scheme: Scheme,
    way: RequestOrigin,
}

/// How the client encrypted its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Not at all, as far as we can tell.
    #[default]
    Http,
    /// By TLS, up to a proxy that we trust.
    Https,
}

/// The origin of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RequestOrigin {
    /// There is no sign of a proxy.
    #[default]
    Direct,
    /// A trusted proxy.
    Trusted,
    /// A header names a proxy, but the peer is not a trusted one, so the header is ignored.
    Untrusted,
}

/// A request's forwarding headers; the lines of each header from first to last.
#[derive(Clone, Debug, Default)]
pub(crate) struct ForwardingHeaders<'a> {
    /// `X-Forwarded-For`.
    pub(crate) forwarded_for: Vec<Cow<'a, str>>,
    /// `X-Forwarded-Proto`.
    pub(crate) forwarded_proto: Vec<Cow<'a, str>>,
    /// `Forwarded` (RFC 7239).
    pub(crate) forwarded: Vec<Cow<'a, str>>,
    /// Whether there is another header that proxies add, such as `Via`.
    pub(crate) has_others: bool,
}

/// The claim of one proxy: its client and its scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hop {
    client: Option<IpAddr>,
    scheme: Option<Scheme>,
}

/// The values that are taken from a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HeaderValue {
    client: IpAddr,
    scheme: Option<Scheme>,
}

impl Arrival {
    /// Determines how a request of this peer with these headers arrived; `trusted` are our own proxies.
    pub(crate) fn find(
        peer: Option<SocketAddr>,
        headers: &ForwardingHeaders<'_>,
        trusted: Option<&Networks>,
    ) -> Self {
        let address = peer.map(|peer| peer.ip().to_canonical());
        let is_passed_on = headers.names_clients() || headers.has_others;
        let untrusted = Self {
            peer,
            client: address,
            scheme: Scheme::Http,
            way: if is_passed_on { RequestOrigin::Untrusted } else { RequestOrigin::Direct },
        };
        let (Some(address), Some(trusted)) = (address, trusted) else { return untrusted };
        if !trusted.contains(address) {
            return untrusted;
        }
        let by_list = walk(address, trusted, headers.hops_by_list().iter().rev());
        let by_forwarded = walk(address, trusted, headers.hops_by_forwarded().iter().rev());
        let said = match (headers.forwarded_for.is_empty(), headers.forwarded.is_empty()) {
            (_, true) => by_list,
            (true, false) => by_forwarded,
            // One of the headers was let through from outside.
            (false, false) if by_list.client != by_forwarded.client => {
                HeaderValue { client: address, scheme: None }
            }
            (false, false) => by_forwarded,
        };
        let nearest = headers.forwarded_proto.last().and_then(|line| line.rsplit(',').next());
        let scheme = said.scheme.or(nearest.map(Scheme::of_word)).unwrap_or_default();
        Self { peer, client: Some(said.client), scheme, way: RequestOrigin::Trusted }
    }

    /// The same over a TLS connection of our own. A trusted proxy says itself how its client came.
    pub(crate) fn over_tls(self) -> Self {
        if self.way == RequestOrigin::Trusted { self } else { Self { scheme: Scheme::Https, ..self } }
    }

    /// The client's address; `None` if the connection has none.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// The client's address for a log that needs a port, which is 0 behind a proxy.
    pub(crate) fn client_socket(&self) -> SocketAddr {
        let unspecified = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        match (self.peer, self.client) {
            (Some(peer), Some(client)) if peer.ip().to_canonical() == client => peer,
            (_, client) => SocketAddr::new(client.unwrap_or(unspecified), 0),
        }
    }

    /// The other end of the connection.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.peer.map(|peer| peer.ip().to_canonical())
    }

    /// How the client encrypted its request, as far as a trusted peer says.
    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the origin of the request.
    pub(crate) fn way(&self) -> RequestOrigin {
        self.way
    }

    /// Whether it came directly from a program on this machine. A proxy on this machine that adds no header looks the same: [`super::nearness`]
    /// checks more.
    pub(crate) fn is_from_this_machine(&self) -> bool {
        self.way == RequestOrigin::Direct && self.client.is_some_and(|client| client.is_loopback())
    }
}

impl Scheme {
    fn of_word(word: &str) -> Self {
        let word = word.trim();
        if word.eq_ignore_ascii_case("https") || word.eq_ignore_ascii_case("wss") {
            Self::Https
        } else {
            Self::Http
        }
    }
}

impl ForwardingHeaders<'_> {
    /// Whether there is a header that names the client or its scheme.
    pub(crate) fn names_clients(&self) -> bool {
        !(self.forwarded_for.is_empty() && self.forwarded_proto.is_empty() && self.forwarded.is_empty())
    }

    fn hops_by_list(&self) -> Vec<Hop> {
        let words = self.forwarded_for.iter().flat_map(|line| line.split(','));
        // Empty elements of a list are no elements (RFC 9110, 5.6.1).
        let words = words.map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| Hop { client: address(word), scheme: None }).collect()
    }

    fn hops_by_forwarded(&self) -> Vec<Hop> {
        self.forwarded.iter().flat_map(|line| elements(line)).collect()
    }
}

/// Walks from the trusted peer along what each proxy says about the one before it.
fn walk<'a>(peer: IpAddr, trusted: &Networks, hops: impl Iterator<Item = &'a Hop>) -> HeaderValue {
    let mut found = HeaderValue { client: peer, scheme: None };
    for hop in hops.take(FORWARDED_HOPS_MAX) {
        let Some(client) = hop.client else { break };
        found = HeaderValue { client, scheme: hop.scheme };
        if !trusted.contains(client) {
            break;
        }
    }
    found
}

/// Parses an address as proxies write it: bare, with a port, or in brackets; `None` for a word.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    // RFC 7239, 6: a port may be a word, too.
    let with_word = || {
        let (host, port) = text.rsplit_once(':')?;
        let is_word = port.len() > 1 && port.starts_with('_') && port[1..].bytes().all(is_obfuscated);
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        is_word.then(|| host.parse::<IpAddr>().ok()).flatten()
    };
    let found = bare().or_else(with_port).or_else(bracketed).or_else(with_word);
    found.map(|address| address.to_canonical())
}

fn is_obfuscated(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Parses the elements of a line of `Forwarded`, from left to right. An element that does not follow RFC 7239 names nobody, so that a client's open
/// quote can't swallow and replace what a proxy has added.
fn elements(line: &str) -> Vec<Hop> {
    split_outside_quotes(line, ',')
        .into_iter()
        .filter(|element| !element.trim().is_empty())
        .map(|element| hop(element).unwrap_or_default())
        .collect()
}

/// Parses one element; `None` if it is malformed.
fn hop(element: &str) -> Option<Hop> {
    let (mut client, mut scheme) = (None, None);
    for pair in split_outside_quotes(element, ';') {
        let pair = pair.trim();
        if pair.is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=')?;
        // An open quote in a text that is no token may hide a proxy's part.
        if !is_token(name) {
            return None;
        }
        let value = unquoted(value)?;
        // A name may occur once in an element (RFC 7239, 4).
        let seen = if name.eq_ignore_ascii_case("for") {
            client.replace(address(&value)).is_some()
        } else if name.eq_ignore_ascii_case("proto") {
            scheme.replace(Scheme::of_word(&value)).is_some()
        } else {
            false
        };
        if seen {
            return None;
        }
    }
    Some(Hop { client: client.flatten(), scheme })
}

/// Whether this is a token (RFC 9110, 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// A token as it is, or a quoted string without its quotes; `None` for anything else.
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return (!value.is_empty() && !value.contains(['"', ' ', '\t'])).then(|| value.to_owned());
    };
    let (mut text, mut letters) = (String::new(), rest.chars());
    loop {
        match letters.next()? {
            '"' => return letters.as_str().is_empty().then_some(text),
            '\\' => text.push(letters.next()?),
            letter => text.push(letter),
        }
    }
}

/// The parts of a text between separators outside of quotes.
fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut from, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if letter == separator && !is_quoted => {
                parts.push(&text[from..at]);
                from = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Config, Sources};

    fn networks(text: &str) -> Networks {
        let environment = vec![("CORDBOARD_HTTP__TRUSTED_PROXIES".into(), text.into())];
        let loaded = Config::load(&Sources { environment, ..Sources::default() }).unwrap();
        loaded.config.http.trusted_proxies.unwrap()
    }

    fn peer(text: &str) -> Option<SocketAddr> {
        Some(SocketAddr::new(text.parse().unwrap(), 40_000))
    }

    fn texts<'a>(lines: &[&'a str]) -> Vec<Cow<'a, str>> {
        lines.iter().map(|line| Cow::Borrowed(*line)).collect()
    }

    fn by_list<'a>(lines: &[&'a str]) -> ForwardingHeaders<'a> {
        ForwardingHeaders { forwarded_for: texts(lines), ..ForwardingHeaders::default() }
    }

    fn by_forwarded<'a>(lines: &[&'a str]) -> ForwardingHeaders<'a> {
        ForwardingHeaders { forwarded: texts(lines), ..ForwardingHeaders::default() }
    }

    fn client(headers: &ForwardingHeaders<'_>) -> String {
        let trusted = networks("10.0.0.0/8,2001:db8:aaaa::/48");
        Arrival::find(peer("10.0.0.1"), headers, Some(&trusted)).client().unwrap().to_string()
    }

    #[test]
    fn the_client_is_the_rightmost_untrusted_address() {
        for (lines, expected) in [
            (&["198.51.100.9"][..], "198.51.100.9"),
            (&["203.0.113.1, 198.51.100.9"], "198.51.100.9"),
            (&["198.51.100.9, 10.2.3.4"], "198.51.100.9"),
            (&["198.51.100.9,10.2.3.4 ,\t10.0.0.7"], "198.51.100.9"),
            // Several lines form one list.
            (&["203.0.113.1", "198.51.100.9", "10.1.1.1"], "198.51.100.9"),
            (&["198.51.100.9:4711"], "198.51.100.9"),
            (&["2001:db8::17"], "2001:db8::17"),
            (&["[2001:db8::17]"], "2001:db8::17"),
            (&["[2001:db8::17]:443"], "2001:db8::17"),
            (&["::ffff:198.51.100.9"], "198.51.100.9"),
            (&["198.51.100.9, 2001:db8:aaaa::1"], "198.51.100.9"),
            // All of them are ours.
            (&["10.5.5.5, 10.2.3.4"], "10.5.5.5"),
            // A part that can't be parsed ends the walk.
            (&["198.51.100.9, unknown"], "10.0.0.1"),
            (&["198.51.100.9, unknown, 10.2.3.4"], "10.2.3.4"),
            (&["198.51.100.9, _hidden"], "10.0.0.1"),
            (&["198.51.100.9, 10.2.3.4.5"], "10.0.0.1"),
            (&["198.51.100.9, \u{fffd}"], "10.0.0.1"),
            (&["198.51.100.9,, "], "198.51.100.9"),
            (&[""], "10.0.0.1"),
            (&["\"198.51.100.9\""], "10.0.0.1"),
        ] {
            assert_eq!(client(&by_list(lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        for (lines, expected) in [
            (&["for=198.51.100.9"][..], "198.51.100.9"),
            (&["For=\"198.51.100.9:4711\""], "198.51.100.9"),
            (&["for=\"[2001:db8::17]:4711\""], "2001:db8::17"),
            (&["for=\"[2001:db8::17]\";proto=https;by=203.0.113.43"], "2001:db8::17"),
            (&["for=203.0.113.1, for=198.51.100.9;by=10.0.0.2, for=10.2.3.4"], "198.51.100.9"),
            (&["for=203.0.113.1", "for=198.51.100.9"], "198.51.100.9"),
            (&["by=10.0.0.2; for=\"198.51.100.9:_port\" ;host=\"a,b;c\""], "198.51.100.9"),
            (&["for=\"198.51.10\\0.9\""], "198.51.100.9"),
            (&["for=198.51.100.9, for=_hidden"], "10.0.0.1"),
            (&["for=198.51.100.9, for=unknown, for=10.2.3.4"], "10.2.3.4"),
            (&["for=198.51.100.9, proto=https"], "10.0.0.1"),
            (&["for=198.51.100.9;for=203.0.113.1"], "10.0.0.1"),
            (&["for=198.51.100.9 x"], "10.0.0.1"),
            (&["for"], "10.0.0.1"),
            (&["for=\"198.51.100.9"], "10.0.0.1"),
            // A client's open quote, followed by a proxy's part.
            (&["for=203.0.113.1;x=\", for=198.51.100.9"], "10.0.0.1"),
            (&["for=203.0.113.1;x=\", for=\"[2001:db8::17]\""], "10.0.0.1"),
            (&["for=203.0.113.1;\", for=198.51.100.9"], "10.0.0.1"),
            (&["for=203.0.113.1;x\", for=198.51.100.9;proto=https"], "10.0.0.1"),
        ] {
            assert_eq!(client(&by_forwarded(lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn headers_that_disagree_are_both_ignored() {
        let both = |list: &'static str, forwarded: &'static str| ForwardingHeaders {
            forwarded_for: texts(&[list]),
            forwarded: texts(&[forwarded]),
            ..ForwardingHeaders::default()
        };
        assert_eq!(client(&both("198.51.100.9", "for=203.0.113.1")), "10.0.0.1");
        assert_eq!(client(&both("198.51.100.9", "for=198.51.100.9;proto=https")), "198.51.100.9");
    }

    #[test]
    fn a_trusted_proxy_says_how_the_client_came() {
        let trusted = networks("10.0.0.0/8");
        let scheme = |from: &str, headers: &ForwardingHeaders<'_>| {
            Arrival::find(peer(from), headers, Some(&trusted)).scheme()
        };
        let proto = |line: &'static str| ForwardingHeaders {
            forwarded_proto: texts(&[line]),
            ..ForwardingHeaders::default()
        };
        for (line, expected) in [
            ("https", Scheme::Https),
            (" HTTPS ", Scheme::Https),
            ("http", Scheme::Http),
            // The nearest proxy wrote the last one.
            ("https, http", Scheme::Http),
            ("http,https", Scheme::Https),
            ("", Scheme::Http),
        ] {
            assert_eq!(scheme("10.0.0.1", &proto(line)), expected, "{line:?}");
        }
        assert_eq!(scheme("203.0.113.1", &proto("https")), Scheme::Http, "a stranger's word");
        let forwarded = by_forwarded(&["for=198.51.100.9;proto=https, for=10.0.0.2;proto=http"]);
        assert_eq!(scheme("10.0.0.1", &forwarded), Scheme::Https, "of the hop that named the client");
        assert_eq!(scheme("203.0.113.1", &forwarded), Scheme::Http);
    }

    #[test]
    fn a_proxied_request_is_never_of_this_machine() {
        let near = |headers: &ForwardingHeaders<'_>, trusted: Option<&Networks>| {
            Arrival::find(peer("::ffff:127.0.0.1"), headers, trusted).is_from_this_machine()
        };
        assert!(near(&ForwardingHeaders::default(), None));
        assert!(!near(&by_list(&["127.0.0.1"]), None));
        assert!(!near(&by_forwarded(&["for=127.0.0.1"]), None));
        assert!(!near(&ForwardingHeaders { has_others: true, ..ForwardingHeaders::default() }, None));
        let trusted = Networks::loopback();
        assert!(!near(&by_list(&["127.0.0.1"]), Some(&trusted)), "a client behind it may write that");
        assert!(!near(&ForwardingHeaders::default(), Some(&trusted)), "it is a proxy's");
        let far = Arrival::find(peer("10.0.0.1"), &ForwardingHeaders::default(), None);
        assert!(!far.is_from_this_machine());
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[0-9a-f.:,;=\"\\\\\\[\\] _-]{0,60}",
            "(for=|For=\"|proto=https|, |;|\"|10\\.0\\.0\\.[0-9]|198\\.51\\.100\\.9|unknown|_x|\\[::1\\]|:80){0,12}",
        ]
    }

    proptest! {
        #[test]
        fn headers_never_panic_and_untrusted_peers_headers_never_matter(
            list in prop::collection::vec(line(), 0..4),
            forwarded in prop::collection::vec(line(), 0..4),
            proto in prop::collection::vec(line(), 0..3),
        ) {
            let headers = ForwardingHeaders {
                forwarded_for: list.iter().map(|line| Cow::Borrowed(line.as_str())).collect(),
                forwarded_proto: proto.iter().map(|line| Cow::Borrowed(line.as_str())).collect(),
                forwarded: forwarded.iter().map(|line| Cow::Borrowed(line.as_str())).collect(),
                has_others: false,
            };
            let trusted = networks("10.0.0.0/8");
            let stranger = peer("203.0.113.66");
            for trusted in [None, Some(&trusted)] {
                let found = Arrival::find(stranger, &headers, trusted);
                prop_assert_eq!(found.client(), stranger.map(|peer| peer.ip()));
                prop_assert_eq!(found.scheme(), Scheme::Http);
            }
            let found = Arrival::find(peer("10.0.0.1"), &headers, Some(&trusted));
            prop_assert!(found.client().is_some());
        }

        #[test]
        fn the_address_that_a_proxy_adds_cannot_be_forged(written in line()) {
            let trusted = networks("10.0.0.0/8");
            let real: IpAddr = "198.51.100.9".parse().unwrap();
            let added = format!("{written}, {real}");
            let found = Arrival::find(peer("10.0.0.1"), &by_list(&[&added]), Some(&trusted));
            prop_assert_eq!(found.client(), Some(real));
            // On a line of its own it can't be spoilt. On the same line an open quote can spoil it, and then nobody is named.
            for lines in [vec![written.clone(), format!("for={real}")], vec![format!("{written}, for={real}")]] {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let found = Arrival::find(peer("10.0.0.1"), &by_forwarded(&lines), Some(&trusted)).client();
                let proxy = peer("10.0.0.1").map(|peer| peer.ip());
                prop_assert!(found == Some(real) || (lines.len() == 1 && found == proxy), "{:?} {:?}", lines, found);
            }
        }
    }
}
