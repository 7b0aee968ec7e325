//! Hosts, by their names or their addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::listing::SettingValue;

/// The longest host name, in characters: the limit of the domain name system.
const HOST_CHARS_MAX: usize = 253;

/// A host by its name or IPv4 address, for others that take no IPv6 address: `pbx.example` or `10.0.0.7`. [`Host`] may have any address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// The name or address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a text is a host.
    pub fn is_one(text: &str) -> bool {
        Self::parse(text).is_ok()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SettingValue for HostName {
    fn expected() -> String {
        "a host's name or IPv4 address, such as pbx.example or 10.0.0.7".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        // Characters that mod_audio_stream accepts: no underscore, no IPv6.
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let is_host = (1..=HOST_CHARS_MAX).contains(&text.len())
            && text.chars().all(is_letter)
            && text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_host { Ok(Self(text.to_owned())) } else { Err(format!("{text:?} is not a host")) }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// A host, looked up by a switch or by us: `pbx.example`, `10.0.0.7` or `2001:db8::7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// Makes the host of this address.
    pub fn of(ip: IpAddr) -> Self {
        Self(ip.to_canonical().to_string())
    }

    /// The name or address, as it is looked up: without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name or address as it is written before a port or in an address: an IPv6 address in brackets.
    pub fn in_address(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }

    /// The host with a port: `pbx.example:5038` or `[2001:db8::7]:5038`.
    pub fn with_port(&self, port: impl fmt::Display) -> String {
        format!("{}:{port}", self.in_address())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SettingValue for Host {
    fn expected() -> String {
        "a host's name or address, such as pbx.example, 10.0.0.7 or 2001:db8::7".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        match bare.parse::<Ipv6Addr>() {
            Ok(ip) => Ok(Self::of(IpAddr::V6(ip))),
            Err(_) => HostName::parse(text).map(|HostName(name)| Self(name)),
        }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}
