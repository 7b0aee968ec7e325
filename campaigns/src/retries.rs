//! What follows an outcome: a retry after a growing pause, or the contact's end.

use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};

use crate::attempt::Outcome;
use crate::predictive::QUIET_MS;

/// Maximum pause: 30 days.
pub const PAUSE_S_MAX: u32 = 30 * 86_400;
/// Maximum growth of a pause per try: tenfold.
pub const GROWTH_PERCENT_MAX: u32 = 1_000;
/// Maximum tries of a contact.
pub const TRIES_MAX: u32 = 20;

/// Why a contact is no longer called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// They were talked with.
    Reached,
    /// They were not reached in the number of tries that the rules allow.
    GivenUp,
    /// There is no such number.
    WrongNumber,
    /// They are not to be called.
    Suppressed,
    /// There is no evidence that they agreed to be called, and their country requires it; or they refused.
    NoConsent,
    /// There is no hour at which they may be called, or their zone is unknown.
    NotCallable,
}

/// All of them, in the order of tables.
pub const ENDS: [End; 6] =
    [End::Reached, End::GivenUp, End::WrongNumber, End::Suppressed, End::NoConsent, End::NotCallable];

impl End {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::GivenUp => "given_up",
            Self::WrongNumber => "wrong_number",
            Self::Suppressed => "suppressed",
            Self::NoConsent => "no_consent",
            Self::NotCallable => "not_callable",
        }
    }
}

/// How often and after which pause a contact is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How often this outcome may occur before the contact is given up; 0 or 1 gives up at the first.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 20))]
    pub tries: u32,
    /// The pause after the first one, in s.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2_592_000))]
    pub pause_s: u32,
    /// Each further pause in percent of the previous one: 200 doubles it.
    #[cfg_attr(feature = "openapi", schema(minimum = 100, maximum = 1000))]
    pub growth_percent: u32,
}

impl Retry {
    const fn new(tries: u32, pause_s: u32, growth_percent: u32) -> Self {
        Self { tries, pause_s, growth_percent }
    }

    /// Whether all values are valid.
    pub const fn is_valid(&self) -> bool {
        self.tries <= TRIES_MAX
            && self.pause_s >= 1
            && self.pause_s <= PAUSE_S_MAX
            && self.growth_percent >= 100
            && self.growth_percent <= GROWTH_PERCENT_MAX
    }

    /// The pause in ms after the `nth` occurrence of this outcome.
    fn pause_ms(&self, nth: u32) -> u64 {
        let mut pause_s = u64::from(self.pause_s);
        for _ in 1..nth {
            pause_s = (pause_s * u64::from(self.growth_percent) / 100).min(PAUSE_S_MAX.into());
        }
        pause_s * 1_000
    }
}

/// How often a contact is tried, by outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Retries {
    /// Tries in total.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 20))]
    pub tries_max: u32,
    /// Whether a contact who did not answer is tried again at the hour of their day at which most people of the campaign answer, up to a day after
    /// the pause. It needs 100 calls that rang, of this campaign or another one of the organization.
    pub best_hour: bool,
    /// The line was busy.
    pub busy: Retry,
    /// Nobody answered, or a person hung up before anybody spoke. In the latter case the pause is at least 24 h.
    pub no_answer: Retry,
    /// The call was declined.
    pub declined: Retry,
    /// A mailbox answered.
    pub machine: Retry,
    /// The line failed.
    pub failed: Retry,
    /// No agent was available for them. The pause is at least 72 h: Ofcom allows no second automatic call before.
    pub abandoned: Retry,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            tries_max: 5,
            best_hour: false,
            busy: Retry::new(3, 15 * 60, 200),
            no_answer: Retry::new(3, 4 * 3_600, 200),
            declined: Retry::new(1, 86_400, 100),
            machine: Retry::new(3, 6 * 3_600, 200),
            failed: Retry::new(3, 10 * 60, 300),
            abandoned: Retry::new(2, 72 * 3_600, 100),
        }
    }
}

/// How often a contact was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Tries in total, including the newest.
    pub all: u32,
    /// Those with the newest one's outcome, including it.
    pub of_outcome: u32,
}

/// The next state of a contact after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// They may be tried again from this time on.
    Retry(UnixMs),
    /// They are no longer called.
    Done(End),
}

impl Retries {
    /// Whether all values are valid.
    pub fn is_valid(&self) -> bool {
        let rows = [self.busy, self.no_answer, self.declined, self.machine, self.failed, self.abandoned];
        (1..=TRIES_MAX).contains(&self.tries_max) && rows.iter().all(Retry::is_valid)
    }

    /// Returns what follows an outcome.
    pub fn after(&self, outcome: Outcome, tried: Tried, now: UnixMs) -> After {
        let retry = match outcome {
            Outcome::Talked => return After::Done(End::Reached),
            Outcome::WrongNumber => return After::Done(End::WrongNumber),
            // It was not a try, and nobody was disturbed.
            Outcome::NotDialled => return After::Retry(now),
            Outcome::Busy => self.busy,
            Outcome::NoAnswer | Outcome::Cancelled | Outcome::HungUpEarly => self.no_answer,
            Outcome::Declined => self.declined,
            Outcome::Machine => self.machine,
            Outcome::Failed => self.failed,
            Outcome::Abandoned => self.abandoned,
        };
        match tried.all >= self.tries_max || tried.of_outcome >= retry.tries {
            true => After::Done(End::GivenUp),
            false => {
                let least_ms = if outcome == Outcome::Abandoned { QUIET_MS } else { 0 };
                After::Retry(now + retry.pause_ms(tried.of_outcome).max(least_ms))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn after(outcome: Outcome, all: u32, of_outcome: u32) -> After {
        Retries::default().after(outcome, Tried { all, of_outcome }, NOW)
    }

    #[test]
    fn each_outcome_has_its_own_pauses_and_they_grow() {
        let minutes = |minutes: u64| After::Retry(NOW + minutes * 60_000);
        for (outcome, all, of_outcome, expected) in [
            (Outcome::Busy, 1, 1, minutes(15)),
            (Outcome::Busy, 2, 2, minutes(30)),
            (Outcome::Busy, 3, 3, After::Done(End::GivenUp)),
            (Outcome::NoAnswer, 1, 1, minutes(240)),
            (Outcome::NoAnswer, 4, 2, minutes(480)),
            (Outcome::NoAnswer, 5, 2, After::Done(End::GivenUp)),
            (Outcome::Machine, 2, 1, minutes(360)),
            (Outcome::Declined, 1, 1, After::Done(End::GivenUp)),
            (Outcome::Abandoned, 1, 1, minutes(72 * 60)),
            (Outcome::Talked, 1, 1, After::Done(End::Reached)),
            (Outcome::WrongNumber, 1, 1, After::Done(End::WrongNumber)),
            (Outcome::NotDialled, 5, 9, After::Retry(NOW)),
        ] {
            assert_eq!(after(outcome, all, of_outcome), expected, "{outcome:?} {all} {of_outcome}");
        }
    }

    #[test]
    fn no_rule_shortens_the_pause_after_abandonment_below_72_h() {
        let retries = Retries { abandoned: Retry::new(3, 60, 100), ..Retries::default() };
        let tried = Tried { all: 1, of_outcome: 1 };
        assert_eq!(retries.after(Outcome::Abandoned, tried, NOW), After::Retry(NOW + 72 * 3_600_000));
    }

    #[test]
    fn a_pause_grows_to_thirty_days_and_no_further() {
        let retry = Retry::new(TRIES_MAX, PAUSE_S_MAX - 1, GROWTH_PERCENT_MAX);
        assert!(retry.is_valid());
        assert_eq!(retry.pause_ms(TRIES_MAX), u64::from(PAUSE_S_MAX) * 1_000);
        for bad in
            [Retry::new(21, 1, 100), Retry::new(1, 0, 100), Retry::new(1, 1, 99), Retry::new(1, 1, 1_001)]
        {
            assert!(!bad.is_valid(), "{bad:?}");
        }
        assert!(!Retries { tries_max: 0, ..Retries::default() }.is_valid());
        assert!(!Retries { busy: Retry::new(0, 0, 100), ..Retries::default() }.is_valid());
    }
}
