//! One-time tokens for audio WebSockets: who brings one was told it by us, over the control link of its channel.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cordboard_schema::limits::{STREAM_TOKEN_MS, STREAM_TOKENS_MAX};
use tokio::time::Instant;
use uuid::Uuid;

const VALID: Duration = Duration::from_millis(STREAM_TOKEN_MS);

/// The place of a channel's name in an address.
const CHANNEL_PLACE: &str = "{uuid}";

/// The tokens that are valid, and the address that they belong to. Clones share them.
#[derive(Clone)]
pub struct StreamTokens {
    base: Arc<str>,
    minted: Arc<Mutex<Minted>>,
}

#[derive(Default)]
struct Minted {
    channels: HashMap<String, Uuid>,
    /// In the order of their ends; some are used already.
    ends: VecDeque<(Instant, String)>,
}

impl StreamTokens {
    /// Tokens for the port that switches reach by this address (`freeswitch.audio_url`), as
    /// `ws://192.0.2.1:8085/{uuid}`; a channel's name is put in the place of `{uuid}`, or behind the address where it has
    /// none.
    pub fn new(base: &str) -> Self {
        let base = match base.contains(CHANNEL_PLACE) {
            true => base.to_owned(),
            false => format!("{}/{CHANNEL_PLACE}", base.trim_end_matches('/')),
        };
        Self { base: base.into(), minted: Arc::default() }
    }

    /// Where this channel is to open its stream, once, within 30 s.
    pub fn url(&self, channel: Uuid) -> String {
        let address = self.base.replace(CHANNEL_PLACE, &channel.to_string());
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}token={}", self.mint(channel))
    }

    /// A new token for this channel: 22 letters, digits, `-` and `_`.
    pub fn mint(&self, channel: Uuid) -> String {
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let now = Instant::now();
        let mut minted = self.minted();
        minted.forget_ended(now);
        minted.channels.insert(token.clone(), channel);
        minted.ends.push_back((now + VALID, token.clone()));
        token
    }

    /// Whether this is a token of the channel. It is none any more afterwards.
    pub fn redeem(&self, channel: Uuid, token: &str) -> bool {
        let mut minted = self.minted();
        minted.forget_ended(Instant::now());
        // A token that somebody tries at another channel than its own stays valid for its own.
        let is_right = minted.channels.get(token) == Some(&channel);
        is_right && minted.channels.remove(token).is_some()
    }

    fn minted(&self) -> MutexGuard<'_, Minted> {
        self.minted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Minted {
    fn forget_ended(&mut self, now: Instant) {
        while let Some((end, token)) = self.ends.front()
            && (*end <= now || self.ends.len() >= STREAM_TOKENS_MAX)
        {
            self.channels.remove(token);
            self.ends.pop_front();
        }
    }
}

impl fmt::Debug for StreamTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let valid = self.minted().channels.len();
        f.debug_struct("StreamTokens").field("base", &self.base).field("valid", &valid).finish()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const CHANNEL: Uuid = Uuid::from_u128(7);

    #[tokio::test(start_paused = true)]
    async fn a_token_opens_its_own_channel_once() {
        let tokens = StreamTokens::new("ws://127.0.0.1:8085/{uuid}");
        let token = tokens.mint(CHANNEL);
        assert!(!tokens.redeem(Uuid::from_u128(8), &token));
        assert!(!tokens.redeem(CHANNEL, "another"));
        assert!(tokens.clone().redeem(CHANNEL, &token));
        assert!(!tokens.redeem(CHANNEL, &token));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_ends_after_30_s() {
        let tokens = StreamTokens::new("ws://127.0.0.1:8085");
        let (early, late) = (tokens.mint(CHANNEL), tokens.mint(CHANNEL));
        advance(Duration::from_millis(29_999)).await;
        assert!(tokens.redeem(CHANNEL, &early));
        advance(Duration::from_millis(1)).await;
        assert!(!tokens.redeem(CHANNEL, &late));
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_bound_the_oldest_ends() {
        let tokens = StreamTokens::new("ws://127.0.0.1:8085");
        let minted: Vec<String> = (0..=STREAM_TOKENS_MAX).map(|_| tokens.mint(CHANNEL)).collect();
        assert!(!tokens.redeem(CHANNEL, &minted[0]));
        assert!(tokens.redeem(CHANNEL, minted.last().unwrap()));
        assert!(tokens.minted().ends.len() <= STREAM_TOKENS_MAX);
    }

    #[test]
    fn an_address_names_the_channel_and_a_token_that_needs_no_escape() {
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
    fn what_is_logged_of_them_holds_none() {
        let tokens = StreamTokens::new("ws://h:1");
        let token = tokens.mint(CHANNEL);
        assert!(!format!("{tokens:?}").contains(&token));
    }
}
