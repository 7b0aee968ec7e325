//! Who may try a password or a code now, and who waits. Pure: the moment is an argument.
//!
//! A limit for an account alone is a weapon: whoever guesses keeps its owner out. A limit for an address alone is none, for
//! addresses are cheap. So an attempt is counted by account and address together, and what is said of it depends on whether
//! somebody has signed in to this account from there before:
//!
//! - *Familiar* is an address from which this account was signed in to, or a browser that was (it keeps a cookie that nobody else
//!   can make, [`super::device`]). A familiar one has a count of its own and looks at no other. What strangers do, from one
//!   address or from a thousand, never makes it wait. A browser's count is apart from its address's: so guesses from the owner's own
//!   network, or from behind a proxy that nobody trusts, don't keep the owner's browser out either.
//! - All others are *strangers* to the account. One waits by three counts: its address for this account; all strangers
//!   together for this account, so that a thousand addresses guess no faster than one; its address for all accounts, against one
//!   password that is tried on many. In the long run all strangers together have one guess in 5 minutes, some 300 a day, however many
//!   they are.
//!
//! What that costs: while somebody guesses, the owner can't come from a new network with a new browser. A link to a new password
//! makes the address familiar that it is used from, so the owner's mailbox is the way in.
//!
//! A code is only asked for behind the right password, so whoever guesses codes knows that, and six digits are few. For
//! an account's codes the pauses grow up to a day, for all strangers together: 17 guesses in the first two days, one a day from
//! then on, in a year some 380 of a million codes, of which three hold at a time: about 1 in 900. They are counted in memory: a
//! restart, which no stranger can bring about, gives five more guesses. A count in the database would be a write for each guess,
//! which is worth more to who wants to keep the writer busy.
//!
//! An attempt counts from its beginning on, so that many at once are no way round; one that was right is taken back. One that is
//! refused counts nowhere. All tables are bounded: those with the fewest wrong attempts go first, so that a crowd of
//! invented accounts pushes out none that is attacked.

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

/// How long one waits who was wrong so often: not at all for the first few times, then twice as long each time.
#[derive(Clone, Copy, Debug)]
struct Pauses {
    /// Wrong attempts without a pause.
    free: u32,
    first: Duration,
    longest: Duration,
    /// Quiet after which all of it is forgotten.
    forgotten: Duration,
}

/// A familiar place, for one account.
const OF_FAMILIAR: Pauses = Pauses { free: 5, first: MINUTE, longest: HOUR, forgotten: DAY };
/// A stranger's address, for one account.
const OF_PAIR: Pauses = Pauses { free: 5, first: MINUTE, longest: HOUR, forgotten: DAY };
/// All strangers, for one account.
const OF_STRANGERS: Pauses =
    Pauses { free: 20, first: SECOND, longest: Duration::from_secs(300), forgotten: DAY };
/// A stranger's address, for all accounts: an office behind one address has many who mistype.
const OF_ADDRESS: Pauses =
    Pauses { free: 20, first: Duration::from_secs(10), longest: HOUR, forgotten: HOUR };
/// Codes of one account: of a familiar place, or of all strangers.
const OF_CODES: Pauses = Pauses {
    free: 5,
    first: Duration::from_secs(30),
    longest: DAY,
    forgotten: Duration::from_secs(30 * 24 * 3_600),
};
/// Passwords and codes by which a signed-in user shows that it is them.
const OF_PROOFS: Pauses = Pauses { free: 5, first: Duration::from_secs(30), longest: HOUR, forgotten: DAY };
/// Mails that somebody asks for, to one address.
const OF_MAILS: Pauses = Pauses { free: 3, first: MINUTE, longest: HOUR, forgotten: DAY };
/// Invitations of one organization: where strangers may register, each is a mail with their words to an address of their choice.
const OF_INVITERS: Pauses = Pauses { free: 60, first: MINUTE, longest: HOUR, forgotten: DAY };

impl Pauses {
    fn after(&self, wrong: u32) -> Duration {
        match wrong.checked_sub(self.free) {
            None => Duration::ZERO,
            Some(beyond) => self.first.saturating_mul(1 << beyond.min(24)).min(self.longest),
        }
    }
}

/// A browser that somebody signed in with, by the name that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::web) struct DeviceId(pub(in crate::web) u64);

/// Where an attempt comes from.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Place {
    /// The address, as [`crate::web::attempts::household`] takes it.
    pub(in crate::web) address: IpAddr,
    /// The browser, where it has shown that it is one of this account.
    pub(in crate::web) device: Option<DeviceId>,
}

/// What a place is to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Standing {
    Device(DeviceId),
    Address(IpAddr),
    Stranger,
}

/// An attempt that may be made, and where it is counted.
#[derive(Clone, Debug)]
pub(in crate::web) struct Begun {
    account: Option<String>,
    address: IpAddr,
    standing: Standing,
}

impl Begun {
    /// Whether somebody has signed in from there before.
    pub(in crate::web) fn is_familiar(&self) -> bool {
        self.standing != Standing::Stranger
    }
}

/// Somebody has to wait for so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Wait(pub(in crate::web) u64);

/// What was wrong of late, and who is familiar.
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
    places: HashMap<(String, IpAddr), Instant>,
}

impl Guard {
    /// Nobody was wrong yet, and nobody is familiar.
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
            places: HashMap::new(),
        }
    }

    /// Counts an attempt at the password of this account; none is what can be no account.
    ///
    /// # Errors
    /// Whoever makes it has to wait.
    pub(in crate::web) fn begin(
        &mut self,
        account: Option<&str>,
        place: Place,
        now: Instant,
    ) -> Result<Begun, Wait> {
        let standing = account.map_or(Standing::Stranger, |account| self.standing(account, place, now));
        let begun = Begun { account: account.map(str::to_owned), address: place.address, standing };
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

    /// The password was right: the attempt does not count. Who has it is not familiar yet, for a code may be asked for.
    pub(in crate::web) fn password_was_right(&mut self, begun: &Begun) {
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
    /// Whoever makes it has to wait.
    pub(in crate::web) fn begin_code(&mut self, begun: &Begun, now: Instant) -> Result<(), Wait> {
        let Some(account) = begun.account.clone() else { return Ok(()) };
        self.codes.attempt((account, begun.standing), now)
    }

    /// The code was right: the attempt does not count.
    pub(in crate::web) fn code_was_right(&mut self, begun: &Begun) {
        if let Some(account) = begun.account.clone() {
            self.codes.take_back(&(account, begun.standing));
        }
    }

    /// Somebody signed in to this account from there, or used a link that only they have.
    pub(in crate::web) fn is_familiar_now(&mut self, account: &str, address: IpAddr, now: Instant) {
        let places = &mut self.places;
        if places.len() >= FAMILIAR_PLACES_MAX
            && let Some(oldest) = places.iter().min_by_key(|(_, since)| **since).map(|(key, _)| key.clone())
        {
            places.remove(&oldest);
        }
        places.insert((account.to_owned(), address), now);
    }

    /// Counts an attempt of a signed-in user to show that it is them.
    ///
    /// # Errors
    /// They have to wait.
    pub(in crate::web) fn begin_proof(&mut self, user: UserId, now: Instant) -> Result<(), Wait> {
        self.proofs.attempt(user, now)
    }

    /// The user has shown that it is them: the attempt does not count.
    pub(in crate::web) fn was_proven(&mut self, user: UserId) {
        self.proofs.take_back(&user);
    }

    /// Counts a mail that somebody asks for.
    ///
    /// # Errors
    /// There were too many to this address.
    pub(in crate::web) fn begin_mail(&mut self, to: &str, now: Instant) -> Result<(), Wait> {
        self.mails.attempt(to.to_owned(), now)
    }

    /// Counts an invitation by this organization to this address. It is counted apart from what the address asks for itself, so
    /// that nobody who is invited waits for a new password.
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

impl Begun {
    fn pair(&self) -> Option<(String, IpAddr)> {
        self.account.clone().map(|account| (account, self.address))
    }
}

/// Wrong attempts of one.
#[derive(Clone, Copy, Debug)]
struct Tally {
    wrong: u32,
    last: Instant,
}

/// Wrong attempts by what they are counted by.
#[derive(Debug)]
struct Tallies<K> {
    pauses: Pauses,
    all: HashMap<K, Tally>,
}

impl<K: Clone + Eq + Hash> Tallies<K> {
    fn new(pauses: Pauses) -> Self {
        Self { pauses, all: HashMap::new() }
    }

    /// Counts an attempt, or says how long it has to wait.
    fn attempt(&mut self, key: K, now: Instant) -> Result<(), Wait> {
        match self.wait_s(&key, now) {
            Some(wait_s) => Err(Wait(wait_s)),
            None => {
                self.tried(key, now);
                Ok(())
            }
        }
    }

    /// Seconds to wait, where this one may not try now.
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
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const ADA: Option<&str> = Some("ada@example.com");

    fn at(number: u32) -> Place {
        Place { address: IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number)), device: None }
    }

    fn home() -> Place {
        Place { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), device: None }
    }

    /// Signs in rightly, where that may be tried.
    fn signs_in(guard: &mut Guard, place: Place, now: Instant) -> bool {
        let begun = guard.begin(ADA, place, now);
        begun.map(|begun| guard.password_was_right(&begun)).is_ok()
    }

    /// Wrong attempts that were looked at, of one each second.
    fn guesses(guard: &mut Guard, place: Place, (from, seconds): (Instant, u64)) -> usize {
        (0..seconds).filter(|second| guard.begin(ADA, place, from + SECOND * *second as u32).is_ok()).count()
    }

    #[test]
    fn an_organization_invites_60_and_an_address_is_invited_3_times_before_there_are_pauses() {
        let (mut guard, start) = (Guard::new(), Instant::now());
        let strangers = OrganizationId(uuid::Uuid::from_u128(1));
        let invites = |guard: &mut Guard, by, number: u32| {
            guard.begin_invitation(by, &format!("somebody{number}@example.com"), start).is_ok()
        };
        assert_eq!((0..100).filter(|number| invites(&mut guard, strangers, *number)).count(), 60);
        let others = OrganizationId(uuid::Uuid::from_u128(2));
        assert_eq!((0..10).filter(|_| invites(&mut guard, others, 200)).count(), 3);
        assert!(
            guard.begin_mail("somebody200@example.com", start).is_ok(),
            "they may ask for a link themselves"
        );
    }

    #[test]
    fn an_owner_signs_in_each_minute_of_a_day_while_1000_addresses_guess() {
        let (mut guard, start) = (Guard::new(), Instant::now());
        guard.is_familiar_now("ada@example.com", home().address, start);
        let device = Place { device: Some(DeviceId(1)), ..at(5) };
        let (mut right, mut by_device, mut looked_at) = (0, 0, 0);
        for minute in 0..24 * 60 {
            let now = start + MINUTE * minute;
            for number in 0..1_000 {
                looked_at += u32::from(guard.begin(ADA, at(number), now).is_ok());
            }
            right += u32::from(signs_in(&mut guard, home(), now));
            by_device += u32::from(signs_in(&mut guard, device, now));
        }
        println!(
            "in a day: 1,440,000 guesses from 1,000 addresses, {looked_at} looked at; the owner signed in {right} times from \
             their address, {by_device} times with their browser, of 1,440 each"
        );
        assert_eq!((right, by_device), (1_440, 1_440));
        assert!(looked_at <= 350, "{looked_at}");
    }

    #[test]
    fn one_address_is_slowed_with_growing_pauses_and_not_for_other_accounts() {
        let (mut guard, start) = (Guard::new(), Instant::now());
        let day = guesses(&mut guard, at(1), (start, 24 * 3_600));
        assert!((25..40).contains(&day), "{day}");
        let (mut guard, later) = (Guard::new(), start + SECOND);
        assert_eq!(guesses(&mut guard, at(1), (start, 1)), 1);
        for _ in 0..4 {
            guard.begin(ADA, at(1), start).unwrap();
        }
        assert_eq!(guard.begin(ADA, at(1), later).unwrap_err(), Wait(60));
        assert!(guard.begin(ADA, at(2), later).is_ok(), "another address");
        assert!(guard.begin(Some("eve@example.com"), at(1), later).is_ok(), "another account");
        assert!(guard.begin(ADA, at(1), start + DAY).is_ok());
        assert!(guard.begin(ADA, at(1), start + DAY).is_ok(), "a day's quiet is forgotten");
    }

    #[test]
    fn one_password_for_many_accounts_is_slowed_by_address() {
        let (mut guard, now) = (Guard::new(), Instant::now());
        let tried = (0..100).filter(|number| {
            let account = format!("{number}@example.com");
            guard.begin(Some(&account), at(1), now).is_ok()
        });
        assert_eq!(tried.count(), 20);
        assert!(guard.begin(None, at(1), now).is_err(), "what is no account counts as well");
        guard.is_familiar_now("ada@example.com", at(1).address, now);
        assert!(signs_in(&mut guard, at(1), now), "the owner behind the same address");
    }

    #[test]
    fn guesses_at_home_slow_the_address_and_not_the_browser() {
        let (mut guard, now) = (Guard::new(), Instant::now());
        guard.is_familiar_now("ada@example.com", home().address, now);
        assert!((0..10).any(|_| guard.begin(ADA, home(), now).is_err()));
        let browser = Place { device: Some(DeviceId(7)), ..home() };
        assert!(signs_in(&mut guard, browser, now));
    }

    #[test]
    fn what_was_right_does_not_count() {
        let (mut guard, now) = (Guard::new(), Instant::now());
        assert!((0..100).all(|_| signs_in(&mut guard, at(1), now)));
    }

    #[test]
    fn codes_are_guessed_a_few_times_a_year_by_all_strangers_together() {
        let (mut guard, start) = (Guard::new(), Instant::now());
        guard.is_familiar_now("ada@example.com", home().address, start);
        let mut tried = 0;
        for quarter in 0..365 * 96_u32 {
            let now = start + 15 * MINUTE * quarter;
            let Ok(begun) = guard.begin(ADA, at(quarter), now) else { continue };
            guard.password_was_right(&begun);
            tried += u32::from(guard.begin_code(&begun, now).is_ok());
        }
        println!("codes guessed in a year by who has the password, each quarter of an hour: {tried}");
        assert!(tried <= 390, "{tried}");
        let now = start + MINUTE;
        let own = guard.begin(ADA, home(), now).unwrap();
        assert!(guard.begin_code(&own, now).is_ok(), "the owner's do not wait for them");
    }

    #[test]
    fn a_familiar_place_is_one_for_a_while() {
        let (mut guard, start) = (Guard::new(), Instant::now());
        guard.is_familiar_now("ada@example.com", home().address, start);
        assert!(guard.begin(ADA, home(), start).unwrap().is_familiar());
        assert!(!guard.begin(Some("eve@example.com"), home(), start).unwrap().is_familiar());
        let later = start + Duration::from_millis(FAMILIAR_MS);
        assert!(!guard.begin(ADA, home(), later).unwrap().is_familiar());
    }

    #[test]
    fn mails_and_proofs_are_slowed_too() {
        let (mut guard, now) = (Guard::new(), Instant::now());
        let user = UserId(uuid::Uuid::now_v7());
        assert_eq!((0..9).filter(|_| guard.begin_mail("ada@example.com", now).is_ok()).count(), 3);
        assert_eq!((0..9).filter(|_| guard.begin_proof(user, now).is_ok()).count(), 5);
        guard.was_proven(user);
        assert!(guard.begin_proof(user, now).is_ok());
    }

    #[test]
    fn no_crowd_grows_the_tables_or_pushes_out_who_is_attacked() {
        let (mut tallies, start) = (Tallies::new(OF_STRANGERS), Instant::now());
        for _ in 0..25 {
            tallies.tried(u32::MAX, start);
        }
        for number in 0..SIGN_IN_TALLIES_MAX as u32 + 100 {
            tallies.tried(number, start + SECOND);
        }
        assert_eq!(tallies.all.len(), SIGN_IN_TALLIES_MAX);
        assert!(tallies.wait_s(&u32::MAX, start + SECOND).is_some());
        let mut guard = Guard::new();
        for number in 0..FAMILIAR_PLACES_MAX as u32 + 10 {
            guard.is_familiar_now(
                "ada@example.com",
                at(number).address,
                start + Duration::from_millis(number.into()),
            );
        }
        assert_eq!(guard.places.len(), FAMILIAR_PLACES_MAX);
    }
}
