//! The URL of an audio stream, parsed as strictly as the module does.

/// Target of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::freeswitch) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    /// With the query, as given.
    pub(super) path: String,
}

impl Address {
    /// `ws://host[:port][/path[?query]]`. `wss` is accepted and connects in plain text: the default build has no TLS.
    pub(in crate::freeswitch) fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("ws://").or_else(|| url.strip_prefix("wss://"))?;
        let (place, path) = match rest.find('/') {
            Some(slash) => (&rest[..slash], rest[slash..].to_owned()),
            None => (rest, "/".to_owned()),
        };
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (place, 80),
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
        let valid = !host.is_empty() && host.chars().all(plain);
        valid.then(|| Self { host: host.to_owned(), port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_accepted_and_refused_as_by_the_module() {
        let address = Address::parse("ws://h:8030/audio?call=u&x=a%20b#frag").unwrap();
        assert_eq!((address.port, address.path.as_str()), (8030, "/audio?call=u&x=a%20b#frag"));
        assert_eq!(Address::parse("ws://localhost").unwrap().path, "/");
        for refused in ["ws://h:8030?x=1", "ws://a_b/", "ws://[::1]:1/", "http://h/", "ws:///"] {
            assert_eq!(Address::parse(refused), None, "{refused}");
        }
    }
}
