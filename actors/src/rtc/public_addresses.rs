//! Addresses at which browsers reach the port.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use cordboard_settings::SettingValue;

/// The most addresses: a browser checks each of them from each of its own.
const ADDRESSES_MAX: usize = 4;

/// Addresses at which browsers reach the port, the best first; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddresses(Vec<IpAddr>);

impl PublicAddresses {
    /// Each address with this port.
    pub(super) fn with_port(&self, port: u16) -> Vec<SocketAddr> {
        self.0.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
    }
}

impl fmt::Display for PublicAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<String> = self.0.iter().map(IpAddr::to_string).collect();
        f.write_str(&addresses.join(","))
    }
}

impl SettingValue for PublicAddresses {
    fn expected() -> String {
        "IP addresses separated by commas, such as 203.0.113.5,10.0.0.7,2001:db8::7".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut addresses = Vec::new();
        for part in text.split(',').map(str::trim) {
            // An address in a list is often written in brackets, as before a port.
            let bare = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')).unwrap_or(part);
            let ip: IpAddr = bare.parse().map_err(|_| format!("{part:?} is not an IP address"))?;
            let ip = ip.to_canonical();
            if ip.is_unspecified() || ip.is_multicast() {
                return Err(format!("{part:?} is not the address of one machine"));
            }
            if !addresses.contains(&ip) {
                addresses.push(ip);
            }
        }
        if addresses.len() > ADDRESSES_MAX {
            return Err(format!("it has {} addresses: at most {ADDRESSES_MAX} are allowed", addresses.len()));
        }
        Ok(Self(addresses))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_or_several_are_read() {
        for (text, shown) in [
            ("203.0.113.5", "203.0.113.5"),
            ("2001:db8::5", "2001:db8::5"),
            ("203.0.113.5, 10.0.0.7,[2001:db8::7]", "203.0.113.5,10.0.0.7,2001:db8::7"),
            ("::ffff:10.0.0.7,10.0.0.7", "10.0.0.7"),
        ] {
            assert_eq!(PublicAddresses::parse(text).map(|addresses| addresses.shown()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn an_address_that_no_browser_can_use_is_an_error() {
        for wrong in ["", "10.0.0.7,", "10.0.0.7:8189", "cordboard.example", "0.0.0.0", "::", "224.0.0.1"] {
            assert!(PublicAddresses::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(PublicAddresses::parse("10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5").is_err());
    }
}
