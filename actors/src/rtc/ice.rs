//! STUN and TURN servers that browsers may use.

use std::fmt;

use cordboard_settings::SettingValue;

/// The most servers: a browser asks all of them at once, and is slower with each.
const SERVERS_MAX: usize = 8;

/// STUN and TURN servers by their URIs (RFC 7064, RFC 7065).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServers(Vec<String>);

impl IceServers {
    /// Reads URIs separated by commas.
    ///
    /// # Errors
    /// One of them is wrong; the text says how.
    pub fn read(text: &str) -> Result<Self, String> {
        let uris: Vec<&str> = text.split(',').map(str::trim).collect();
        if uris.len() > SERVERS_MAX {
            return Err(format!("it names {} servers: {SERVERS_MAX} are taken", uris.len()));
        }
        uris.into_iter().map(|uri| host_of(uri).map(|_| uri.to_owned())).collect::<Result<_, _>>().map(Self)
    }

    /// The STUN servers, which anybody may ask for their own address.
    pub fn stun(&self) -> Vec<String> {
        self.of(false)
    }

    /// The TURN servers, which carry sound for clients with credentials.
    pub fn turn(&self) -> Vec<String> {
        self.of(true)
    }

    fn of(&self, is_turn: bool) -> Vec<String> {
        self.0.iter().filter(|uri| uri.starts_with("turn") == is_turn).cloned().collect()
    }

    /// The address of each server.
    pub fn addresses(&self) -> Vec<IceAddress> {
        let address = |uri: &String| {
            let (host, port) = host_of(uri).ok()?;
            let is_stream =
                uri.ends_with("transport=tcp") || uri.starts_with("stuns:") || uri.starts_with("turns:");
            Some(IceAddress { uri: uri.clone(), host, port, is_stream })
        };
        self.0.iter().filter_map(address).collect()
    }
}

/// Address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceAddress {
    /// Its URI.
    pub uri: String,
    /// Its host; an IPv6 address is in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it uses TCP instead of UDP.
    pub is_stream: bool,
}

impl fmt::Display for IceServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl SettingValue for IceServers {
    fn expected() -> String {
        "STUN and TURN servers separated by commas, such as stun:stun.example.com:3478,turn:turn.example.com:3478?transport=udp"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        Self::read(text)
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// Host and port of a URI: the default port of `turns:` and `stuns:` is 5349, that of the others 3478.
fn host_of(uri: &str) -> Result<(String, u16), String> {
    let fault = || format!("{uri:?} is neither stun:, stuns:, turn: nor turns: with a host");
    let (scheme, rest) = uri.split_once(':').ok_or_else(fault)?;
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let default = match scheme {
        "stun" | "turn" => 3_478,
        "stuns" | "turns" => 5_349,
        _ => return Err(fault()),
    };
    let is_known = match query {
        None => true,
        Some("transport=udp" | "transport=tcp") => scheme.starts_with("turn"),
        Some(_) => false,
    };
    if !is_known {
        return Err(format!(
            "{uri:?} has something after its ? that is neither transport=udp nor transport=tcp of a TURN server"
        ));
    }
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && (!host.contains(':') || host.ends_with(']')) => {
            (host, port.parse().map_err(|_| format!("{uri:?} has no port behind its last colon"))?)
        }
        _ => (place, default),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(fault());
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_sorted_by_what_they_need() {
        let servers = IceServers::read(
            "stun:stun.example.com, turn:turn.example.com:3479?transport=udp,turns:[2001:db8::1]:443?transport=tcp",
        )
        .unwrap();
        assert_eq!(servers.stun(), ["stun:stun.example.com"]);
        assert_eq!(
            servers.turn(),
            ["turn:turn.example.com:3479?transport=udp", "turns:[2001:db8::1]:443?transport=tcp"]
        );
        let addresses = servers.addresses();
        let found: Vec<_> = addresses.iter().map(|one| (&*one.host, one.port, one.is_stream)).collect();
        let expected = [
            ("stun.example.com", 3_478, false),
            ("turn.example.com", 3_479, false),
            ("[2001:db8::1]", 443, true),
        ];
        assert_eq!(found, expected);
        assert_eq!(IceServers::read(&servers.shown()), Ok(servers));
    }

    #[test]
    fn a_malformed_server_is_an_error() {
        for wrong in [
            "",
            "stun:",
            "http://stun.example.com",
            "stun.example.com:3478",
            "stun:stun.example.com?transport=udp",
            "turn:turn.example.com?transport=sctp",
            "turn:turn.example.com:port",
            "turn:user@turn.example.com",
            "stun:a,stun:b,stun:c,stun:d,stun:e,stun:f,stun:g,stun:h,stun:i",
        ] {
            assert!(IceServers::read(wrong).is_err(), "{wrong}");
        }
    }
}
