//! Types of settings that several kinds share. A value that can't be set can't be expressed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::IntErrorKind;
use std::time::Duration;

use cordboard_schema::voice_chain::DataRegion;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::Url;

use crate::listing::SettingValue;

/// An address that only this machine can reach, with this port.
pub const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

impl SettingValue for SocketAddr {
    fn expected() -> String {
        "an address and port, such as 127.0.0.1:8080 or [::1]:8080".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is not an address and port"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is neither"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for Ipv4Addr {
    fn expected() -> String {
        "an IPv4 address, as 10.0.0.7".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is not an IPv4 address"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// Makes the number, limited to the range.
    pub const fn new(number: u32) -> Self {
        Self(clamped(number, MIN, MAX))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> SettingValue for Count<MIN, MAX> {
    fn expected() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn parse(text: &str) -> Result<Self, String> {
        number_within(text, MIN, MAX).map(Self)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// A duration in whole seconds, from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Seconds<MIN, MAX> {
    /// Makes a duration of this many seconds, limited to the range.
    pub const fn new(seconds: u32) -> Self {
        Self(clamped(seconds, MIN, MAX))
    }

    /// The duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl<const MIN: u32, const MAX: u32> SettingValue for Seconds<MIN, MAX> {
    fn expected() -> String {
        format!("a whole number of seconds from {MIN} to {MAX}")
    }

    fn parse(text: &str) -> Result<Self, String> {
        number_within(text, MIN, MAX).map(Self)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

const fn clamped(number: u32, min: u32, max: u32) -> u32 {
    if number < min {
        min
    } else if number > max {
        max
    } else {
        number
    }
}

fn number_within(text: &str, min: u32, max: u32) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        Ok(number) => Err(format!("{number} is out of range")),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Err(format!("{text} is out of range")),
        Err(_) => Err(format!("{text:?} is not a whole number")),
    }
}

/// Networks that may connect; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// This machine: 127.0.0.0/8 and ::1.
    pub fn loopback() -> Self {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        let v6 = Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128);
        Self(vec![IpNet::V4(v4), IpNet::V6(v6)])
    }

    /// All networks.
    pub fn to_vec(&self) -> Vec<IpNet> {
        self.0.clone()
    }

    /// Returns whether an address is in one of the networks. An IPv4-mapped IPv6 address counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, network) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "," };
            write!(f, "{separator}{network}")?;
        }
        Ok(())
    }
}

impl SettingValue for Networks {
    fn expected() -> String {
        "networks or addresses, separated by commas, such as 10.0.0.0/8,192.168.1.7".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let network = |part: &str| {
            let part = part.trim();
            let single = || part.parse::<IpAddr>().map(IpNet::from);
            part.parse().or_else(|_| single()).map_err(|_| format!("{part:?} is not a network"))
        };
        text.split(',').map(network).collect::<Result<_, _>>().map(Self)
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// The address of an API, such as `https://api.openai.com/v1`.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Makes an address that is known to be good, such as a provider's own.
    pub fn known(address: &'static str) -> Self {
        Self(address.to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address without a slash at its end: a path that begins with one can follow.
    pub fn trimmed(&self) -> &str {
        self.0.trim_end_matches('/')
    }

    /// The address of a path below it. The path begins with a slash.
    pub fn joined(&self, path: &str) -> String {
        format!("{}{path}", self.trimmed())
    }

    /// Whether what is sent there is encrypted.
    pub fn is_encrypted(&self) -> bool {
        let scheme = self.0.split("://").next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss")
    }
}

/// Masks a password in the address.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl SettingValue for BaseUrl {
    fn expected() -> String {
        "an address with http, https, ws or wss, such as https://api.openai.com/v1".to_owned()
    }

    // The text is not repeated, because an address may contain a password.
    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("it is not an address: {error}"))?;
        match url.scheme() {
            "http" | "https" | "ws" | "wss" if url.has_host() => Ok(Self(text.to_owned())),
            scheme => Err(format!("{scheme} is not a scheme for a server")),
        }
    }

    fn shown(&self) -> String {
        match Url::parse(&self.0) {
            Ok(mut url) if url.password().is_some() => {
                let _ = url.set_password(Some("********"));
                url.to_string()
            }
            _ => self.0.clone(),
        }
    }

    fn secrets(&self) -> Vec<String> {
        let url = Url::parse(&self.0).ok();
        url.iter().filter_map(Url::password).map(str::to_owned).collect()
    }
}

/// Names with values, such as headers. The values are not shown, because one may be a key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Each name with its value.
    pub fn to_vec(&self) -> Vec<(String, String)> {
        self.0.clone()
    }

    /// Returns whether a name is among them, ignoring case.
    pub fn names(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl SettingValue for Pairs {
    fn expected() -> String {
        "NAME=VALUE, separated by commas".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').ok_or("a part of it is not NAME=VALUE")?;
            match name.trim() {
                "" => Err("a part of it has no name".to_owned()),
                name => Ok((name.to_owned(), value.trim().to_owned())),
            }
        };
        text.split(',').map(pair).collect::<Result<_, _>>().map(Self)
    }

    fn shown(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|(name, _)| format!("{name}=********")).collect();
        names.join(",")
    }

    // Keys are longer than `true` and `v1`.
    fn secrets(&self) -> Vec<String> {
        self.0.iter().map(|(_, value)| value.clone()).filter(|value| value.len() >= 8).collect()
    }
}

crate::words! {
    /// Region in which a provider stores what it hears.
    RegionName {
        /// Unknown: it does not serve profiles whose data must stay in a region.
        Unknown = "unknown",
        /// In the European Union.
        Eu = "eu",
        /// In the United States.
        Us = "us",
    }
}

impl RegionName {
    /// The region; none if unknown.
    pub const fn region(self) -> Option<DataRegion> {
        match self {
            Self::Unknown => None,
            Self::Eu => Some(DataRegion::Eu),
            Self::Us => Some(DataRegion::Us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_follows_an_address_with_or_without_its_slash() {
        for address in ["https://calls.example.com/app", "https://calls.example.com/app/"] {
            let base = BaseUrl::known(address);
            assert_eq!(base.trimmed(), "https://calls.example.com/app");
            assert_eq!(base.joined("/healthz"), "https://calls.example.com/app/healthz");
        }
    }
}
