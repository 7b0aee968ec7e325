//! Decides whether an attempt at a password or a code may be made now or has to wait. Pure: the time is an argument.
//!
//! A limit by account alone can be abused: an attacker who guesses locks its owner out. A limit by address alone is useless, because addresses are
//! cheap. So an attempt is counted by account and address together, and treated according to whether somebody has signed in to this account from
//! there before:
//!
//! - *Familiar* is an address from which somebody signed in to this account, or a browser that did (it has a cookie that nobody else can make,
//!   [`super::device`]). A familiar place has a count of its own and ignores all others. Attempts of strangers, from one address or from a thousand,
//!   never make it wait. A browser's count is separate from its address's, so guesses from the owner's own network, or through a proxy that is not
//!   trusted, don't lock out the owner's browser either.
//! - All others are *strangers* to the account. A stranger waits by three counts: its address for this account; all strangers together for this
//!   account, so that a thousand addresses guess no faster than one; and its address for all accounts, against one password that is tried on many. In
//!   the long run all strangers together have one guess every 5 minutes, about 300 a day, however many they are.
//!
//! The cost: while somebody guesses, the owner can't sign in from a new network with a new browser. A password reset link makes the address from
//! which it is used familiar, so the owner can get in by their mailbox.
//!
//! A code is only asked for after the right password. An attacker who guesses codes therefore knows the password, and six digits are few. For an
//! account's codes the pauses grow up to a day, for all strangers together: 17 guesses in the first two days and one a day from then on. In a year
//! that is about 380 of a million codes, of which three are valid at a time: about 1 in 900. They are counted in memory. A restart, which no stranger
//! can cause, gives five more guesses. A count in the database would be a write for each guess, which helps an attacker who wants to keep the writer
//! busy.
//!
//! An attempt counts from its beginning, so many at once don't evade the limit; the count of a right one is undone. A refused attempt counts nowhere.
//! All tables are bounded. Entries with the fewest wrong attempts are evicted first, so a crowd of invented accounts pushes out none that is under
//! attack.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Duration;

use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::limits::{FAMILIAR_MS, FAMILIAR_PLACES_MAX, SIGN_IN_TALLIES_MAX};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long to wait after a number of wrong attempts: not at all for the first few, then twice as long each time.
#[derive(Clone, Copy, Debug)]
struct Pauses {
    /// Wrong attempts without a pause.
    free: u32,
    first: Duration,
    longest: Duration,
    /// Quiet time after which all attempts are forgotten.
    forgotten: Duration,
}

/// A familiar place, for one account.
const OF_FAMILIAR: Pauses = Pauses { free: 5, first: MINUTE, longest: HOUR, forgotten: DAY };
/// A stranger's address, for one account.
const OF_PAIR: Pauses = Pauses { free: 5, first: MINUTE, longest: HOUR, forgotten: DAY };
/// All strangers, for one account.
const OF_STRANGERS: Pauses =
    Pauses { free: 20, first: SECOND, longest: Duration::from_secs(300), forgotten: DAY };
/// A stranger's address, for all accounts: an office with one address has many users who mistype.
const OF_ADDRESS: Pauses =
    Pauses { free: 20, first: Duration::from_secs(10), longest: HOUR, forgotten: HOUR };
/// Codes of one account: of a familiar place, or of all strangers.
const OF_CODES: Pauses = Pauses {
    free: 5,
    first: Duration::from_secs(30),
    longest: DAY,
    forgotten: Duration::from_secs(30 * 24 * 3_600),
};
/// Passwords and codes with which a signed-in user proves their identity.
const OF_PROOFS: Pauses = Pauses { free: 5, first: Duration::from_secs(30), longest: HOUR, forgotten: DAY };
/// Mails requested for one address.
const OF_MAILS: Pauses = Pauses { free: 3, first: MINUTE, longest: HOUR, forgotten: DAY };
/// Invitations of one organization. Where strangers may register, each is a mail with their words to an address of their choice.
const OF_INVITERS: Pauses = Pauses { free: 60, first: MINUTE, longest: HOUR, forgotten: DAY };
/// Organizations that strangers register from one address. Each stays, and may send invitations.
const OF_REGISTRATIONS: Pauses = Pauses { free: 10, first: MINUTE, longest: HOUR, forgotten: DAY };

impl Pauses {
    fn after(&self, wrong: u32) -> Duration {
        match wrong.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(beyond) => self.first.saturating_mul(1 << beyond.min(24)).min(self.longest),
        }
    }
}

/// A browser that somebody signed in with, by the id that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::web) struct DeviceId(pub(in crate::web) u64);

/// Source of an attempt.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Place {
    /// The address, as [`crate::web::attempts::household`] takes it.
    pub(in crate::web) address: IpAddr,
    /// The browser, if it has proved that it is one of this account.
    pub(in crate::web) device: Option<DeviceId>,
}

/// Relation of a place to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Standing {
    Device(DeviceId),
    Address(IpAddr),
    Stranger,
}

/// An attempt that may be made, and where it is counted.
#[derive(Clone, Debug)]
pub(in crate::web) struct SignInAttempt {
    account: Option<String>,
    address: IpAddr,
    standing: Standing,
}

impl SignInAttempt {
    /// Whether somebody has signed in from there before.
    pub(in crate::web) fn is_familiar(&self) -> bool {
        self.standing != Standing::Stranger
    }
}

/// The client has to wait this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Wait(pub(in crate::web) u64);

/// Recent wrong attempts, and familiar places.
#[derive(Debug)]
pub(in crate::web) struct Guard {
    familiar: Tallies<(String, Standing)>,
    pairs: Tallies<(String, IpAddr)>,
    strangers: Tallies<String>,
    addresses: Tallies<IpAddr>,
    codes: Tallies<(String, Standing)>,
    proofs: Tallies<UserId>,
    mails: Tallies<String>,
    inviters: Tallies<OrganizationId>,
    invited: Tallies<String>,
    registrations: Tallies<IpAddr>,
    places: HashMap<(String, IpAddr), Instant>,
}

impl Guard {
    /// Starts with no wrong attempts and no familiar places.
    pub(in crate::web) fn new() -> Self {
        Self {
            familiar: Tallies::new(OF_FAMILIAR),
            pairs: Tallies::new(OF_PAIR),
            strangers: Tallies::new(OF_STRANGERS),
            addresses: Tallies::new(OF_ADDRESS),
            codes: Tallies::new(OF_CODES),
            proofs: Tallies::new(OF_PROOFS),
            mails: Tallies::new(OF_MAILS),
            inviters: Tallies::new(OF_INVITERS),
            invited: Tallies::new(OF_MAILS),
            registrations: Tallies::new(OF_REGISTRATIONS),
            places: HashMap::new(),
        }
    }

    /// Counts an attempt at the password of this account; `None` stands for a text that can't be an account.
    ///
    /// # Errors
    /// The attempt has to wait.
    pub(in crate::web) fn begin(
        &mut self,
        account: Option<&str>,
        place: Place,
        now: Instant,
    ) -> Result<SignInAttempt, Wait> {
        let standing = account.map_or(Standing::Stranger, |account| self.standing(account, place, now));
        let begun = SignInAttempt { account: account.map(str::to_owned), address: place.address, standing };
        if let (Some(account), true) = (&begun.account, begun.is_familiar()) {
            self.familiar.attempt((account.clone(), standing), now)?;
            return Ok(begun);
        }
        let waits = [
            self.addresses.wait_s(&place.address, now),
            begun.account.as_ref().and_then(|account| self.strangers.wait_s(account, now)),
            begun.pair().and_then(|pair| self.pairs.wait_s(&pair, now)),
        ];
        if let Some(longest) = waits.into_iter().flatten().max() {
            return Err(Wait(longest));
        }
        self.addresses.tried(place.address, now);
        if let (Some(account), Some(pair)) = (begun.account.clone(), begun.pair()) {
            self.strangers.tried(account, now);
            self.pairs.tried(pair, now);
        }
        Ok(begun)
    }

    /// The password was right: the attempt does not count. The place is not familiar yet, because a code may still be asked for.
    pub(in crate::web) fn password_was_right(&mut self, begun: &SignInAttempt) {
        let Some(account) = &begun.account else { return };
        if begun.is_familiar() {
            self.familiar.take_back(&(account.clone(), begun.standing));
            return;
        }
        self.addresses.take_back(&begun.address);
        self.strangers.take_back(account);
        if let Some(pair) = begun.pair() {
            self.pairs.take_back(&pair);
        }
    }

    /// Counts an attempt at a code of this account.
    ///
    /// # Errors
    /// The attempt has to wait.
    pub(in crate::web) fn begin_code(&mut self, begun: &SignInAttempt, now: Instant) -> Result<(), Wait> {
        let Some(account) = begun.account.clone() else { return Ok(()) };
        self.codes.attempt((account, begun.standing), now)
    }

    /// The code was right: the attempt does not count.
    pub(in crate::web) fn code_was_right(&mut self, begun: &SignInAttempt) {
        if let Some(account) = begun.account.clone() {
            self.codes.take_back(&(account, begun.standing));
        }
    }

    /// Somebody signed in to this account from this place, or used a link that only they have.
    pub(in crate::web) fn is_familiar_now(&mut self, account: &str, address: IpAddr, now: Instant) {
        let places = &mut self.places;
        if places.len() >= FAMILIAR_PLACES_MAX
            && let Some(oldest) = places.iter().min_by_key(|(_, since)| **since).map(|(key, _)| key.clone())
        {
            places.remove(&oldest);
        }
        places.insert((account.to_owned(), address), now);
    }

    /// Counts an attempt of a signed-in user to prove their identity.
    ///
    /// # Errors
    /// They have to wait.
    pub(in crate::web) fn begin_proof(&mut self, user: UserId, now: Instant) -> Result<(), Wait> {
        self.proofs.attempt(user, now)
    }

    /// The user has proved their identity: the attempt does not count.
    pub(in crate::web) fn was_proven(&mut self, user: UserId) {
        self.proofs.take_back(&user);
    }

    /// Counts a requested mail.
    ///
    /// # Errors
    /// There were too many to this address.
    pub(in crate::web) fn begin_mail(&mut self, to: &str, now: Instant) -> Result<(), Wait> {
        self.mails.attempt(to.to_owned(), now)
    }

    /// Counts an invitation by this organization to this address. It is counted separately from what the address requests for itself, so an invited
    /// user can still request a new password.
    ///
    /// # Errors
    /// There were too many by the organization, or to the address.
    pub(in crate::web) fn begin_invitation(
        &mut self,
        by: OrganizationId,
        to: &str,
        now: Instant,
    ) -> Result<(), Wait> {
        self.inviters.attempt(by, now)?;
        self.invited.attempt(to.to_owned(), now)
    }

    /// Counts an organization that a stranger registers from this address.
    ///
    /// # Errors
    /// There were too many from there.
    pub(in crate::web) fn begin_registration(&mut self, address: IpAddr, now: Instant) -> Result<(), Wait> {
        self.registrations.attempt(address, now)
    }

    fn standing(&self, account: &str, Place { address, device }: Place, now: Instant) -> Standing {
        if let Some(device) = device {
            return Standing::Device(device);
        }
        let since = self.places.get(&(account.to_owned(), address));
        let lasts = Duration::from_millis(FAMILIAR_MS);
        match since {
            Some(since) if now.saturating_duration_since(*since) < lasts => Standing::Address(address),
            _ => Standing::Stranger,
        }
    }
}

impl SignInAttempt {
    fn pair(&self) -> Option<(String, IpAddr)> {
        self.account.clone().map(|account| (account, self.address))
    }
}

/// Wrong attempts under one key.
#[derive(Clone, Copy, Debug)]
struct Tally {
    wrong: u32,
    last: Instant,
}

/// Wrong attempts, by key.
#[derive(Debug)]
struct Tallies<K> {
    pauses: Pauses,
    all: HashMap<K, Tally>,
}

impl<K: Clone + Eq + Hash> Tallies<K> {
    fn new(pauses: Pauses) -> Self {
        Self { pauses, all: HashMap::new() }
    }

    /// Counts an attempt, or returns how long it has to wait.
    fn attempt(&mut self, key: K, now: Instant) -> Result<(), Wait> {
        match self.wait_s(&key, now) {
            Some(wait_s) => Err(Wait(wait_s)),
            None => {
                self.tried(key, now);
                Ok(())
            }
        }
    }

    /// Seconds to wait, if this key may not try now.
    fn wait_s(&self, key: &K, now: Instant) -> Option<u64> {
        let tally = self.all.get(key)?;
        let left = self.pauses.after(tally.wrong).checked_sub(now.saturating_duration_since(tally.last))?;
        (!left.is_zero()).then(|| left.as_secs() + 1)
    }

    fn tried(&mut self, key: K, now: Instant) {
        self.make_room(&key, now);
        let forgotten = self.pauses.forgotten;
        let tally = self.all.entry(key).or_insert(Tally { wrong: 0, last: now });
        if now.saturating_duration_since(tally.last) >= forgotten {
            tally.wrong = 0;
        }
        *tally = Tally { wrong: tally.wrong.saturating_add(1), last: now };
    }

    fn take_back(&mut self, key: &K) {
        if let Some(tally) = self.all.get_mut(key) {
            tally.wrong = tally.wrong.saturating_sub(1);
            if tally.wrong == 0 {
                self.all.remove(key);
            }
        }
    }

    fn make_room(&mut self, key: &K, now: Instant) {
        if self.all.len() < SIGN_IN_TALLIES_MAX || self.all.contains_key(key) {
            return;
        }
        let forgotten = self.pauses.forgotten;
        self.all.retain(|_, tally| now.saturating_duration_since(tally.last) < forgotten);
        if self.all.len() < SIGN_IN_TALLIES_MAX {
            return;
        }
        let least = self.all.iter().min_by_key(|(_, tally)| (tally.wrong, tally.last));
        if let Some(least) = least.map(|(key, _)| key.clone()) {
            self.all.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests;
