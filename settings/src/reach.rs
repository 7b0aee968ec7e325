//! Settings for switches: where a switch reaches us, and what it plays. Each becomes part of a command to the switch or of a dialplan, so each has a
//! strict alphabet: no character that separates arguments, begins an expression or ends a line.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::host::{Host, HostName};
use crate::listing::SettingValue;

/// The longest path or address, in characters.
const TEXT_CHARS_MAX: usize = 512;

/// A host and a port: `cordboard.example:8022` or `[2001:db8::7]:8022`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    host: Host,
    port: u16,
}

impl HostPort {
    /// Makes a host and a port of a bound address.
    pub fn of(address: SocketAddr) -> Self {
        Self { host: Host::of(address.ip()), port: address.port() }
    }

    /// The host.
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The form that the application `socket` of FreeSWITCH reads. It looks up everything before the last colon, so an IPv6 address has no brackets.
    pub fn for_socket_application(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host.with_port(self.port))
    }
}

impl SettingValue for HostPort {
    fn expected() -> String {
        "a host and port, such as cordboard.example:8022 or [2001:db8::7]:8022".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a host and port");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        // Without brackets, the port may be a part of the address.
        let is_clear = host.starts_with('[') || !host.contains(':');
        let host = Host::parse(host).ok().filter(|_| is_clear).ok_or_else(wrong)?;
        // `parse` alone would accept a sign.
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        match port.parse() {
            Ok(port @ 1..) if is_number => Ok(Self { host, port }),
            _ => Err(wrong()),
        }
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// The address of a WebSocket: `ws://10.0.0.7:8085`. A call's audio address begins with it, and its path is the channel's UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamUrl(String);

impl StreamUrl {
    /// The address, without a trailing `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme, the host and the port: `ws://10.0.0.7:8085`.
    pub fn origin(&self) -> &str {
        let begin = self.0.find("://").map_or(0, |at| at + "://".len());
        let path = self.0[begin..].find('/').map_or(self.0.len(), |at| begin + at);
        &self.0[..path]
    }

    /// The host alone; an IPv6 address in its brackets.
    pub fn host(&self) -> &str {
        let authority = self.origin().split_once("://").map_or("", |(_, authority)| authority);
        match authority.find(']') {
            Some(end) => &authority[..=end],
            None => authority.split_once(':').map_or(authority, |(host, _)| host),
        }
    }

    /// Whether the host is an IPv6 address.
    pub fn is_ipv6(&self) -> bool {
        self.host().starts_with('[')
    }
}

impl fmt::Display for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&HostPort> for StreamUrl {
    fn from(address: &HostPort) -> Self {
        Self(format!("ws://{address}"))
    }
}

impl SettingValue for StreamUrl {
    fn expected() -> String {
        "an address with ws or wss and no query, such as ws://10.0.0.7:8085".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not an address of an audio stream");
        let rest = text.strip_prefix("ws://").or_else(|| text.strip_prefix("wss://")).ok_or_else(wrong)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_bracketed = || authority.starts_with('[') && Host::parse(authority).is_ok();
        let is_host =
            HostName::parse(authority).is_ok() || HostPort::parse(authority).is_ok() || is_bracketed();
        let is_path_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '~');
        if is_host && text.len() <= TEXT_CHARS_MAX && path.chars().all(is_path_letter) {
            Ok(Self(text.trim_end_matches('/').to_owned()))
        } else {
            Err(wrong())
        }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// A folder from the switch's point of view: an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchFolder(PathBuf);

impl SwitchFolder {
    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl SettingValue for SwitchFolder {
    fn expected() -> String {
        "an absolute path of letters, digits and _ - . /, such as /srv/cordboard/prompts".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('/') && is_playable(text) {
            Ok(Self(PathBuf::from(text)))
        } else {
            Err(format!("{text:?} is not a path that a switch accepts"))
        }
    }

    fn shown(&self) -> String {
        self.0.display().to_string()
    }
}

/// A sound that a switch plays: one of its files or streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchSound(String);

impl SwitchSound {
    /// FreeSWITCH's own music on hold.
    pub fn moh() -> Self {
        Self("local_stream://moh".to_owned())
    }

    /// The sound in the form that the switch accepts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for SwitchSound {
    fn expected() -> String {
        "a file or stream of the switch in letters, digits and _ - . : /, such as local_stream://moh"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        // `::` would name an application to run instead of a sound.
        if is_playable(text) && !text.contains("::") {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is not a sound that a switch accepts"))
        }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// Returns whether a text can be an argument of `playback`.
pub fn is_playable(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    (1..=TEXT_CHARS_MAX).contains(&text.len()) && text.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn takes<V: SettingValue>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(V::parse(text).map(|value| value.shown()), Ok((*text).to_owned()));
        }
        for text in bad {
            assert!(V::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn addresses_for_the_switch_are_plain_host_and_port() {
        takes::<HostName>(&["pbx", "pbx-1.example", "10.0.0.7"], &["", "-x", "a_b", "[::1]", "a b", "a\n"]);
        takes::<Host>(
            &["pbx", "10.0.0.7", "2001:db8::7"],
            &[
                "",
                "[pbx]",
                "[10.0.0.7]",
                "2001:db8::7:g",
                "[2001:db8::7",
                "[2001:db8::7]:1",
                "fe80::1%eth0",
                "a b",
            ],
        );
        takes::<HostPort>(
            &["10.0.0.7:8022", "pbx.example:1", "[2001:db8::7]:8022"],
            &["pbx", "pbx:", ":8022", "pbx:0", "pbx:+1", "pbx:65536", "a|b:1", "a:1|b:1", "a:1 async"],
        );
    }

    #[test]
    fn an_ipv6_address_has_brackets_where_a_port_follows() {
        let host = Host::parse("[2001:DB8::7]").unwrap();
        assert_eq!((host.as_str(), host.in_address()), ("2001:db8::7", "[2001:db8::7]".to_owned()));
        assert_eq!(host.with_port(5_038), "[2001:db8::7]:5038");
        assert_eq!(Host::parse("::ffff:10.0.0.7").unwrap().with_port(1), "10.0.0.7:1");
        let address = HostPort::parse("[2001:db8::7]:8022").unwrap();
        assert_eq!(address.for_socket_application(), "2001:db8::7:8022");
        assert_eq!(StreamUrl::from(&address).as_str(), "ws://[2001:db8::7]:8022");
        for bad in ["2001:db8::7:8022", "::1:1", "[::1]", "[::1]1", "[::1:1"] {
            assert!(HostPort::parse(bad).is_err(), "{bad}");
        }
        for (url, host) in [
            ("wss://[2001:db8::7]:8089/ws", "[2001:db8::7]"),
            ("wss://[2001:db8::7]/ws", "[2001:db8::7]"),
            ("wss://pbx.example:8089/ws", "pbx.example"),
        ] {
            let url = StreamUrl::parse(url).unwrap();
            assert_eq!((url.host(), url.is_ipv6()), (host, host.starts_with('[')));
        }
        for bad in ["ws://2001:db8::7", "ws://[2001:db8::7", "ws://[pbx]", "ws://[::1]x"] {
            assert!(StreamUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn audio_addresses_are_those_that_the_module_accepts() {
        takes::<StreamUrl>(
            &["ws://10.0.0.7:8085", "wss://voice.example", "ws://h:1/audio/v1"],
            &[
                "",
                "http://h:1",
                "ws://",
                "ws://a_b:1",
                "ws://h:1?x=1",
                "ws://h:1/a?x",
                "ws://u@h:1",
                "ws://h:1/a b",
            ],
        );
        assert_eq!(StreamUrl::parse("ws://h:1/").map(|url| url.to_string()), Ok("ws://h:1".to_owned()));
    }

    #[test]
    fn sounds_for_the_switch_can_run_nothing() {
        takes::<SwitchSound>(
            &["local_stream://moh", "/var/lib/moh.wav"],
            &["", "a b", "park::x", "a,b", "{x=1}a", "$${moh}", "a\nb", "a|b", "a!b"],
        );
        takes::<SwitchFolder>(&["/var/lib/cordboard/prompts"], &["prompts", "/a b", "/a\n", "/a'b", ""]);
    }
}
