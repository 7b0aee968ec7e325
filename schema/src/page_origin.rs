//! Origins of pages (RFC 6454): the scheme, host and port that a browser names with each request of a page.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Maximum length of an origin's host: a DNS name (RFC 1035).
const HOST_CHARS_MAX: usize = 253;

/// The origin of a page, as browsers write it in `Origin`: `https://www.example.com`, lower case, without a path, and without the
/// scheme's default port. Plain http is accepted only for pages on the same computer (`http://localhost:3000`), for developers of
/// a site.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PageOrigin(String);

/// The text is not a [`PageOrigin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be origins of pages, as `https://www.example.com` or `http://localhost:3000`")]
pub struct NoPageOrigin;

/// A short name of an origin, for places with little space: the first bytes of its SHA-256.
pub type PageTag = [u8; 8];

impl PageOrigin {
    /// Returns its text. It contains no character with a meaning in SQL's LIKE, in a header or in HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns its short name, which is never all zeros.
    pub fn tag(&self) -> PageTag {
        let hash: [u8; 32] = Sha256::digest(self.0.as_bytes()).into();
        let mut tag = PageTag::default();
        for (kept, byte) in tag.iter_mut().zip(hash) {
            *kept = byte;
        }
        tag[0] |= 1;
        tag
    }
}

impl FromStr for PageOrigin {
    type Err = NoPageOrigin;

    fn from_str(text: &str) -> Result<Self, NoPageOrigin> {
        let text = text.trim().to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://").ok_or(NoPageOrigin)?;
        // Addresses copied from the address bar end with a slash.
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port_of(port)?)),
            None => (authority, None),
        };
        let (is_taken, own_port) = match scheme {
            "https" => (is_host(host), 443),
            "http" => (host == "localhost", 80),
            _ => (false, 0),
        };
        if !is_taken {
            return Err(NoPageOrigin);
        }
        Ok(match port.filter(|port| *port != own_port) {
            Some(port) => Self(format!("{scheme}://{host}:{port}")),
            None => Self(format!("{scheme}://{host}")),
        })
    }
}

/// Parses a port as browsers write it.
fn port_of(text: &str) -> Result<u16, NoPageOrigin> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain).ok_or(NoPageOrigin)
}

/// Whether this is a DNS name or an IPv4 address. An international name is in the form that browsers send (`xn--`).
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= HOST_CHARS_MAX && host.split('.').all(is_label)
}

impl fmt::Display for PageOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (text, kept) in [
            ("https://www.example.com", "https://www.example.com"),
            (" HTTPS://WWW.Example.com/ ", "https://www.example.com"),
            ("https://example.com:443", "https://example.com"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("https://10.0.0.7", "https://10.0.0.7"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://localhost", "http://localhost"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(text.parse::<PageOrigin>().as_ref().map(PageOrigin::as_str), Ok(kept), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not_an_origin() {
        for text in [
            "",
            "*",
            "null",
            "example.com",
            "http://example.com",
            "http://localhost.evil.example",
            "https://",
            "https://*.example.com",
            "https://example.com/shop",
            "https://user@example.com",
            "https://example.com:0",
            "https://example.com:99999",
            "https://example.com:+80",
            "https://exam_ple.com",
            "https://exam%ple.com",
            "https://bücher.example",
            "https://-a.example",
            "https://a..b",
            "file:///tmp",
            "https://example.com\r\nX: 1",
        ] {
            assert_eq!(text.parse::<PageOrigin>(), Err(NoPageOrigin), "{text:?}");
        }
        assert!(format!("https://{}.example", "a".repeat(300)).parse::<PageOrigin>().is_err());
    }

    #[test]
    fn two_origins_have_two_tags() {
        let tag = |text: &str| text.parse::<PageOrigin>().unwrap().tag();
        assert_ne!(tag("https://a.example"), tag("https://b.example"));
        assert_eq!(tag("https://a.example"), tag("https://A.example:443"));
        assert_ne!(tag("https://a.example"), PageTag::default());
    }
}
