//! Credentials of TURN servers for one call, derived from a secret shared with those servers (coturn's `use-auth-secret`). The user name is the time
//! until which they are valid and an id; the password is its HMAC-SHA1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha1::Sha1;
use utoipa::ToSchema;

use crate::config::{IceServers, Secret};

/// A server as a browser's `RTCPeerConnection` takes it (W3C WebRTC, RTCIceServer).
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct IceServer {
    /// Its addresses.
    urls: Vec<String>,
    /// The user name; null if none is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The password.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

/// Returns these servers for a browser, with credentials for this id, valid until `until_s` (seconds since 1970). TURN servers without a secret are
/// left out.
pub(super) fn for_browser(
    servers: &IceServers,
    secret: Option<&Secret>,
    until_s: u64,
    id: &str,
) -> Vec<IceServer> {
    let stun = servers.stun();
    let turn = secret.map(|secret| (servers.turn(), secret)).filter(|(urls, _)| !urls.is_empty());
    let stun = (!stun.is_empty()).then_some(IceServer { urls: stun, username: None, credential: None });
    let turn = turn.and_then(|(urls, secret)| {
        let username = format!("{until_s}:{id}");
        let credential = password(secret.expose(), &username)?;
        Some(IceServer { urls, username: Some(username), credential: Some(credential) })
    });
    stun.into_iter().chain(turn).collect()
}

fn password(secret: &str, username: &str) -> Option<String> {
    // HMAC accepts a key of any length.
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(username.as_bytes());
    Some(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_what_coturn_expects() {
        // `printf 1798761600:abc | openssl dgst -sha1 -hmac north -binary | base64`
        assert_eq!(password("north", "1798761600:abc").as_deref(), Some("B+U500l41HCbvi92rgmPsdJEvrw="));
    }

    #[test]
    fn turn_servers_are_returned_only_with_credentials() {
        let servers = IceServers::read("stun:stun.example.com,turn:turn.example.com").unwrap();
        let with = for_browser(&servers, Some(&Secret::new("north")), 1_798_761_600, "abc");
        assert_eq!((&*with[0].urls[0], with[0].username.as_deref()), ("stun:stun.example.com", None));
        assert_eq!(
            (&*with[1].urls[0], with[1].username.as_deref()),
            ("turn:turn.example.com", Some("1798761600:abc"))
        );
        assert_eq!(with[1].credential.as_deref(), Some("B+U500l41HCbvi92rgmPsdJEvrw="));
        assert_eq!(for_browser(&servers, None, 1_798_761_600, "abc").len(), 1);
    }
}
