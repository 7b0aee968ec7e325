//! One-time tokens for audio WebSockets: a peer that has one got it from us, over the control link of its channel.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::STREAM_TOKEN_MS;
use uuid::Uuid;

use crate::one_time_tokens::OneTimeTokens;

const VALID: Duration = Duration::from_millis(STREAM_TOKEN_MS);

/// Placeholder of the channel's name in an address.
const CHANNEL_PLACE: &str = "{uuid}";

/// The valid tokens, and the address that they belong to. Clones share them.
#[derive(Clone)]
pub struct StreamTokens {
    base: Arc<str>,
    tokens: OneTimeTokens<Uuid>,
}

impl StreamTokens {
    /// Returns tokens for the port that switches reach by this address (`freeswitch.audio_url`), as `ws://192.0.2.1:8085/{uuid}`. A
    /// channel's name replaces `{uuid}`, or is added to the end of an address without it.
    pub fn new(base: &str) -> Self {
        let base = match base.contains(CHANNEL_PLACE) {
            true => base.to_owned(),
            false => format!("{}/{CHANNEL_PLACE}", base.trim_end_matches('/')),
        };
        Self { base: base.into(), tokens: OneTimeTokens::new(VALID) }
    }

    /// Returns the address at which this channel opens its stream, once, within 30 s.
    pub fn url(&self, channel: Uuid) -> String {
        let address = self.base.replace(CHANNEL_PLACE, &channel.to_string());
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}token={}", self.mint(channel))
    }

    /// Returns a new token for this channel: 22 letters, digits, `-` and `_`.
    pub fn mint(&self, channel: Uuid) -> String {
        self.tokens.mint(channel)
    }

    /// Returns whether this is a valid token of the channel. It is no longer valid afterwards.
    pub fn redeem(&self, channel: Uuid, token: &str) -> bool {
        self.tokens.redeem(&channel, token)
    }
}

impl fmt::Debug for StreamTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamTokens").field("base", &self.base).field("valid", &self.tokens.valid()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: Uuid = Uuid::from_u128(7);

    #[test]
    fn addresses_name_the_channel_and_an_escape_free_token() {
        for (base, expected) in [
            ("ws://h:1/{uuid}", "ws://h:1/00000000-0000-0000-0000-000000000007?token="),
            ("ws://h:1/audio/", "ws://h:1/audio/00000000-0000-0000-0000-000000000007?token="),
            ("ws://h:1/{uuid}?a=b", "ws://h:1/00000000-0000-0000-0000-000000000007?a=b&token="),
        ] {
            let url = StreamTokens::new(base).url(CHANNEL);
            let token = url.strip_prefix(expected).unwrap_or_else(|| panic!("{url}"));
            assert!(
                token.len() == 22 && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            );
        }
    }

    #[test]
    fn logged_tokens_contain_no_secrets() {
        let tokens = StreamTokens::new("ws://h:1");
        let token = tokens.mint(CHANNEL);
        assert!(!format!("{tokens:?}").contains(&token));
    }
}
