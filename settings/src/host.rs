//! A host, by its name or its address.

use std::fmt;
use std::net::IpAddr;

use crate::listing::SettingValue;

/// The longest host name, in characters: the limit of the domain name system.
const HOST_CHARS_MAX: usize = 253;

/// A host, looked up by a switch or by us: `pbx.example` or `10.0.0.7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Makes the host of this address.
    pub fn of(ip: IpAddr) -> Self {
        Self(ip.to_canonical().to_string())
    }

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
