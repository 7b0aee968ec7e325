//! A time without a provider: the number of attempts to reconnect, and their time limits.
//!
//! If another voice can take over the call, the provider is tried once, and for a short time: the caller hears the other voice
//! before they notice that the first one is gone.

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;

use super::loss::Retry;
use crate::assistant::provider::ProviderFault;

/// Longest absence of the provider before the assistant gives up, in ms.
const OUTAGE_MS_MAX: u64 = 6_000;
/// Timeout of one attempt, from dialing to a session that is set up, in ms.
pub(in crate::assistant) const ATTEMPT_MS_MAX: u64 = 3_000;
/// Timeout of the first connection of a call that has another voice, in ms: the caller hears it ring meanwhile.
const FIRST_WITH_NEXT_MS_MAX: u64 = 2_000;
/// Timeout of a reconnect of a call that has another voice, in ms. Together with the time that the next voice needs to connect
/// and answer, the caller hears something within 1.5 s of the loss.
const AGAIN_WITH_NEXT_MS_MAX: u64 = 600;
/// Attempts to connect after which the assistant gives up ...
const ATTEMPTS_MAX: u32 = 4;
/// ... if this time has passed: a provider that restarts refuses for a second or so, and refusals are immediate.
const OUTAGE_MS_MIN: u64 = 2_000;
/// Pause before the second attempt; doubles with each ...
const PAUSE_MS: u64 = 250;
/// ... up to this.
const PAUSE_MS_MAX: u64 = 500;

/// A caller's patience with a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// No other voice can take over.
    #[default]
    Usual,
    /// Another voice of the chain takes over.
    Short,
}

impl Patience {
    /// Returns the patience with a voice, depending on whether another one follows it.
    pub const fn of(has_next: bool) -> Self {
        if has_next { Self::Short } else { Self::Usual }
    }
}

/// A time without a provider.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Outage {
    /// When it began.
    pub(in crate::assistant) since: UnixMs,
    /// Number of attempts that were started.
    pub(in crate::assistant) attempts: u32,
    /// When the next attempt is made; `None` while one is running.
    pub(in crate::assistant) next_at: Option<UnixMs>,
    /// The last fault.
    pub(in crate::assistant) fault: ProviderFault,
    /// Timeout of an attempt, in ms.
    attempt_ms_max: u64,
}

/// The action that is due in an outage.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) enum Due {
    /// Nothing yet.
    Nothing,
    /// Another attempt to connect.
    Attempt,
    /// It has lasted too long: the assistant gives up, for this reason.
    End(ProviderFault),
}

impl Outage {
    /// Returns the state before the first attempt, which is due.
    pub(in crate::assistant) fn at_first(patience: Patience, now: UnixMs) -> Self {
        let fault = ProviderFault::new(ProviderFailure::Unreachable, "the provider does not answer");
        let attempt_ms_max = match patience {
            Patience::Usual => ATTEMPT_MS_MAX,
            Patience::Short => FIRST_WITH_NEXT_MS_MAX,
        };
        Self { since: now, attempts: 0, next_at: Some(now), fault, attempt_ms_max }
    }

    /// Returns the state after the loss of a connection; an attempt is due at once.
    pub(in crate::assistant) fn after(fault: ProviderFault, patience: Patience, now: UnixMs) -> Self {
        let attempt_ms_max = match patience {
            Patience::Usual => ATTEMPT_MS_MAX,
            Patience::Short => AGAIN_WITH_NEXT_MS_MAX,
        };
        Self { since: now, attempts: 0, next_at: Some(now), fault, attempt_ms_max }
    }

    /// Returns the state after a connection that was left before its end, at a moment when nobody waits: the next one may take as
    /// long as a first connection, and that is no reason to change to another voice. An attempt is due at once.
    pub(in crate::assistant) fn after_leaving(fault: ProviderFault, patience: Patience, now: UnixMs) -> Self {
        Self { fault, ..Self::at_first(patience, now) }
    }

    /// Returns the timeout of an attempt, in ms, from dialing to a session that is set up.
    pub(in crate::assistant) fn attempt_ms_max(&self) -> u64 {
        self.attempt_ms_max
    }

    /// Returns the action that is due now. An attempt that is due counts as started.
    pub(in crate::assistant) fn take_due(&mut self, now: UnixMs) -> Due {
        if now.ms_since(self.since) >= OUTAGE_MS_MAX {
            return Due::End(self.fault.clone());
        }
        if self.next_at.take_if(|at| *at <= now).is_none() {
            return Due::Nothing;
        }
        self.attempts += 1;
        Due::Attempt
    }

    /// Returns when [`take_due`](Self::take_due) may have something, at the latest.
    pub(in crate::assistant) fn deadline(&self) -> UnixMs {
        let end = self.since + OUTAGE_MS_MAX;
        self.next_at.map_or(end, |at| at.min(end))
    }

    /// Handles a failed attempt. Returns whether another one is made; if not, [`fault`](Self::fault) is the reason to give up.
    /// `jitter` is 0 to 1,000.
    pub(in crate::assistant) fn failed(
        &mut self,
        (fault, retry): (ProviderFault, Retry),
        (has_one_attempt, jitter): (bool, u64),
        now: UnixMs,
    ) -> bool {
        let (attempts, away_ms) = (self.attempts, now.ms_since(self.since));
        self.fault = fault;
        if retry == Retry::RateOrQuota && attempts > 1 {
            // A pause did not help.
            self.fault.failure = ProviderFailure::QuotaExhausted;
        }
        let is_over = (attempts >= ATTEMPTS_MAX && away_ms >= OUTAGE_MS_MIN) || away_ms >= OUTAGE_MS_MAX;
        if retry == Retry::Never || is_over || has_one_attempt {
            return false;
        }
        let pause_ms = (PAUSE_MS << attempts.saturating_sub(1).min(8)).min(PAUSE_MS_MAX);
        self.next_at = Some(now + pause_ms / 2 + pause_ms * jitter / 1_000);
        true
    }
}

/// Returns a number from 0 to 1,000 that is not secret; `chance` is the generator's state.
pub(in crate::assistant) fn random_per_mille(chance: &mut u64) -> u64 {
    *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*chance >> 33) % 1_001
}
