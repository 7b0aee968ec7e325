//! One-time tokens: each is given to one party, for one purpose, and is valid for a limited time.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cordboard_schema::limits::STREAM_TOKENS_MAX;
use tokio::time::Instant;

/// The valid tokens, each for one purpose. Clones share the same tokens.
pub(crate) struct OneTimeTokens<For> {
    valid: Duration,
    minted: Arc<Mutex<Minted<For>>>,
}

struct Minted<For> {
    tokens: HashMap<String, For>,
    /// In the order of their expiry; some are used already.
    ends: VecDeque<(Instant, String)>,
}

impl<For: PartialEq> OneTimeTokens<For> {
    /// Creates tokens that are valid for this long.
    pub(crate) fn new(valid: Duration) -> Self {
        let minted = Minted { tokens: HashMap::new(), ends: VecDeque::new() };
        Self { valid, minted: Arc::new(Mutex::new(minted)) }
    }

    /// Creates a token for this purpose: 22 letters, digits, `-` and `_`.
    pub(crate) fn mint(&self, what: For) -> String {
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let now = Instant::now();
        let mut minted = self.minted();
        minted.forget_ended(now);
        minted.tokens.insert(token.clone(), what);
        minted.ends.push_back((now + self.valid, token.clone()));
        token
    }

    /// Whether this is a token for that purpose. If so, it is not valid afterwards; a token that is tried for another
    /// purpose stays valid.
    pub(crate) fn redeem(&self, what: &For, token: &str) -> bool {
        let mut minted = self.minted();
        minted.forget_ended(Instant::now());
        minted.tokens.get(token) == Some(what) && minted.tokens.remove(token).is_some()
    }
}

impl<For> OneTimeTokens<For> {
    /// Takes the purpose of this token, if it is valid. The token is not valid afterwards.
    pub(crate) fn take(&self, token: &str) -> Option<For> {
        let mut minted = self.minted();
        minted.forget_ended(Instant::now());
        minted.tokens.remove(token)
    }

    /// Applies `see` to the purpose of this token, if it is valid. The token stays valid.
    pub(crate) fn peek<T>(&self, token: &str, see: impl FnOnce(&For) -> T) -> Option<T> {
        let mut minted = self.minted();
        minted.forget_ended(Instant::now());
        minted.tokens.get(token).map(see)
    }

    /// Number of valid tokens.
    pub(crate) fn valid(&self) -> usize {
        self.minted().tokens.len()
    }

    fn minted(&self) -> MutexGuard<'_, Minted<For>> {
        self.minted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<For> Clone for OneTimeTokens<For> {
    fn clone(&self) -> Self {
        Self { valid: self.valid, minted: Arc::clone(&self.minted) }
    }
}

impl<For> fmt::Debug for OneTimeTokens<For> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimeTokens").field("valid", &self.valid()).finish()
    }
}

impl<For> Minted<For> {
    fn forget_ended(&mut self, now: Instant) {
        while let Some((end, token)) = self.ends.front()
            && (*end <= now || self.ends.len() >= STREAM_TOKENS_MAX)
        {
            self.tokens.remove(token);
            self.ends.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const VALID: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_token_is_valid_once_for_its_own_purpose() {
        let tokens = OneTimeTokens::new(VALID);
        let token = tokens.mint(7);
        assert!(!tokens.redeem(&8, &token));
        assert!(!tokens.redeem(&7, "another"));
        assert!(tokens.clone().redeem(&7, &token));
        assert!(!tokens.redeem(&7, &token));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_gives_its_purpose_once() {
        let tokens = OneTimeTokens::new(VALID);
        let (token, late) = (tokens.mint(7), tokens.mint(8));
        assert_eq!((tokens.take("another"), tokens.take(&token), tokens.take(&token)), (None, Some(7), None));
        advance(VALID).await;
        assert_eq!(tokens.take(&late), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_ends_with_its_time() {
        let tokens = OneTimeTokens::new(VALID);
        let (early, late) = (tokens.mint(7), tokens.mint(7));
        advance(Duration::from_millis(29_999)).await;
        assert!(tokens.redeem(&7, &early));
        advance(Duration::from_millis(1)).await;
        assert!(!tokens.redeem(&7, &late));
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_the_bound_the_oldest_ends() {
        let tokens = OneTimeTokens::new(VALID);
        let minted: Vec<String> = (0..=STREAM_TOKENS_MAX).map(|_| tokens.mint(7)).collect();
        assert!(!tokens.redeem(&7, &minted[0]));
        assert!(tokens.redeem(&7, minted.last().unwrap()));
        assert!(tokens.minted().ends.len() <= STREAM_TOKENS_MAX);
    }

    #[test]
    fn log_output_contains_no_tokens() {
        let tokens = OneTimeTokens::new(VALID);
        let token = tokens.mint(7);
        assert!(!format!("{tokens:?}").contains(&token));
        assert!(token.len() == 22 && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }
}
