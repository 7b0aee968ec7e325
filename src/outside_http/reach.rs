//! Addresses to which users' requests may connect: the public internet, and the networks that the configuration allows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::config::Networks;

/// IPv4 networks that are not part of the public internet (IANA's special-purpose registry), multicast and reserved networks.
const SPECIAL_V4: [(Ipv4Addr, u8); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carriers' own networks (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local. Clouds reveal secrets of their machines at 169.254.169.254.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The part of IPv6 that is assigned to the public internet (RFC 4291). Everything else is local, multicast, or IPv4 in disguise. Of the latter only
/// [`NAT64`] is reached.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Special networks inside it: those for protocols with Teredo, documentation, and 6to4, which can stand for any IPv4 address.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The beginning of the addresses in which a network without IPv4 writes IPv4 addresses, which its name server makes for names that have no others
/// (RFC 6052). The last 32 bits are the IPv4 address.
const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// Addresses to which connections are allowed.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    allow: Option<Networks>,
}

impl Reach {
    /// Makes the public internet and these networks, if any, reachable.
    pub(super) fn new(allow: Option<Networks>) -> Self {
        Self { allow }
    }

    /// Whether this address may be connected to. An IPv4 address written as IPv6 counts as IPv4.
    pub(super) fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allow.as_ref().is_some_and(|networks| networks.contains(address))
    }
}

fn is_public(address: IpAddr) -> bool {
    let within = |network: IpNet| network.contains(&address);
    let v4 = |(start, length)| within(IpNet::V4(Ipv4Net::new_assert(start, length)));
    let v6 = |(start, length)| within(IpNet::V6(Ipv6Net::new_assert(start, length)));
    match address {
        IpAddr::V4(_) => !SPECIAL_V4.into_iter().any(v4),
        IpAddr::V6(address) if address.segments().starts_with(&NAT64) => {
            let [.., a, b, c, d] = address.octets();
            is_public(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(_) => v6(GLOBAL_V6) && !SPECIAL_V6.into_iter().any(v6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Networks;

    fn admits(reach: &Reach, address: &str) -> bool {
        reach.admits(address.parse().unwrap())
    }

    #[test]
    fn only_the_public_internet_is_reached() {
        let reach = Reach::default();
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "64:ff9b::1:808:808",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ] {
            assert!(!admits(&reach, address), "{address}");
        }
        for address in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(admits(&reach, address), "{address}");
        }
    }

    #[test]
    fn only_configured_networks_are_reached_additionally() {
        let reach = Reach::new(Some(Networks::loopback()));
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "8.8.8.8"] {
            assert!(admits(&reach, address), "{address}");
        }
        for address in ["10.0.0.1", "169.254.169.254", "::2", "::ffff:10.0.0.1"] {
            assert!(!admits(&reach, address), "{address}");
        }
    }
}
