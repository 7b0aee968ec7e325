//! The addresses of one peer, and the datagrams to them. Nothing is sent to an address that never sent a check with the right password. An address
//! that did is checked in return. Its answer shows that it receives what is sent to it (RFC 7675). Until then no more bytes are sent to it than came
//! from it; the rest waits for the answer.
//!
//! So an attacker who knows the password and forges a stranger's address on their datagrams makes that stranger receive no more than the attacker
//! sends.
//!
//! No datagrams of an address are accepted before it has answered; only its last check is kept until then. So an attacker who replays a check of the
//! peer from elsewhere gets none of the sound there: the answer must be signed with the peer's password, which they do not know.
//!
//! An address that has answered is checked again every 5 s (RFC 7675, section 5.1). If it does not answer for 30 s, it is lost: nothing is sent there
//! and nothing is accepted from there until ICE restarts. A peer at such an address counts as silent.
//!
//! A silent peer is checked every 0.5 s, and counts as present if it answers. A browser (Firefox) sends no sound from a microphone that has ended,
//! and its own checks may be 6 s apart.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::remote::Remote;
use crate::stun::Transaction;

/// Maximum addresses of one peer: a browser has one for each of its networks, for each of our sockets and TCP addresses.
const ADDRESSES_MAX: usize = 16;

/// Maximum bytes that wait for an address to answer: the server's records of a handshake.
const WAITING_BYTES_MAX: usize = 8_192;

/// Recent checks, one of which must be answered. These are the checks of five seconds, because a distant browser repeats its own until our answer
/// arrives, and ours waits for its answer.
const QUESTIONS_MAX: usize = 50;

/// Shortest pause between two checks of an address.
const QUESTION_EVERY: Duration = Duration::from_millis(100);

/// Pause between two checks of an address that has answered, before a random factor of 0.8 to 1.2 (RFC 7675, section 5.1).
const CONSENT_EVERY: Duration = Duration::from_secs(5);

/// Pause between two checks of an address whose peer is quiet.
const QUIET_EVERY: Duration = Duration::from_millis(500);

/// Time without an answer after which an address is lost (RFC 7675, section 5.1).
const CONSENT_FOR: Duration = Duration::from_secs(30);

/// If nothing arrives from an address for this long, while the peer's sound arrives from another one, our sound goes to the latter. A browser checks
/// its path every 2.5 s or every 5 s, and its sound arrives at least every 400 ms during silence.
const LEFT_FOR: Duration = Duration::from_secs(3);

struct Address {
    at: Remote,
    /// When something last arrived from here.
    heard_at: Option<Instant>,
    /// Total count of the peer's datagrams when something last arrived from here.
    heard: u64,
    bytes_in: u64,
    bytes_out: u64,
    /// The last answer; none before the first, and none once it is too old.
    answered_at: Option<Instant>,
    /// It has answered once, and no longer does. It is not used again with the same credentials.
    is_lost: bool,
    /// ICE has restarted, and it has not answered with the new credentials.
    is_of_before: bool,
    asked: VecDeque<Transaction>,
    asked_at: Option<Instant>,
    /// Time between the last check and the next, after it has answered.
    pause: Duration,
    waiting: VecDeque<Vec<u8>>,
    /// Its last check, until it has answered ours.
    held: Option<Vec<u8>>,
}

/// State of a peer's addresses.
#[derive(Default)]
pub(crate) struct Consent {
    addresses: Vec<Address>,
    /// Number of datagrams from all of them.
    heard: u64,
    /// Origin and time of the peer's last sound.
    sound: Option<(Remote, Instant)>,
    /// Addresses that were passed to ICE, which forgets none of them.
    passed_to_ice: Vec<Remote>,
}

impl Consent {
    /// Whether this address has sent a check with the right password.
    pub(crate) fn knows(&self, at: Remote) -> bool {
        self.addresses.iter().any(|address| address.at == at)
    }

    /// Notes bytes from a known address.
    pub(crate) fn received(&mut self, at: Remote, now: Instant, bytes: usize) {
        self.heard += 1;
        let heard = self.heard;
        if let Some(address) = self.of(at) {
            address.heard = heard;
            address.heard_at = Some(now);
            address.bytes_in += bytes as u64;
        }
    }

    /// Notes that sound of the peer from there was decrypted.
    pub(crate) fn sounded(&mut self, at: Remote, now: Instant) {
        self.sound = Some((at, now));
    }

    /// Returns the destination of a datagram that ICE sends to `to` and that answers no check: the origin of the peer's sound, if `to` is lost or
    /// nothing arrives from there any more. A router that restarts gives a browser another address without the browser knowing, and ICE leaves the
    /// old one only 15 s after its last check.
    pub(crate) fn way(&self, to: Remote) -> Remote {
        let Some((from, at)) = self.sound.filter(|(from, _)| self.has_answered(*from)) else { return to };
        let address = self.addresses.iter().find(|address| address.at == to);
        let last = address.filter(|address| !address.is_lost).and_then(|address| address.heard_at);
        if last.is_none_or(|last| at.saturating_duration_since(last) >= LEFT_FOR) { from } else { to }
    }

    /// Returns the known address that ICE means by this one. ICE names one of our addresses, and several of them may lead to one socket.
    pub(crate) fn path(&self, to: Remote) -> Remote {
        let mut known = self.addresses.iter().map(|address| address.at);
        let other = |known: &Remote| known.over == to.over && known.at == to.at;
        if self.knows(to) { to } else { known.find(other).unwrap_or(to) }
    }

    /// Whether this address has shown that it receives what is sent to it.
    pub(crate) fn has_answered(&self, at: Remote) -> bool {
        self.addresses.iter().any(|address| address.at == at && address.has_answered())
    }

    /// Keeps the check of an address that has not answered.
    pub(crate) fn hold(&mut self, at: Remote, question: &[u8]) {
        if let Some(address) = self.of(at) {
            address.held = Some(question.to_vec());
        }
    }

    /// Takes the check that was kept for this address.
    pub(crate) fn take_held(&mut self, at: Remote) -> Option<Vec<u8>> {
        self.of(at)?.held.take()
    }

    /// Whether this address may be passed to ICE: at most `most` different ones until ICE restarts.
    pub(crate) fn may_pass_to_ice(&mut self, at: Remote, most: usize) -> bool {
        if self.passed_to_ice.contains(&at) {
            return true;
        }
        let has_room = self.passed_to_ice.len() < most;
        if has_room {
            self.passed_to_ice.push(at);
        }
        has_room
    }

    /// Notes that ICE has restarted with other credentials, and knows no address.
    pub(crate) fn restart(&mut self) {
        self.passed_to_ice.clear();
        for address in &mut self.addresses {
            address.is_lost = false;
            address.is_of_before = true;
            address.asked.clear();
            address.asked_at = None;
            address.held = None;
        }
    }

    /// Forgets the address, because it is another peer's now.
    pub(crate) fn forget(&mut self, at: Remote) {
        self.addresses.retain(|address| address.at != at);
    }

    /// Admits an address that sent a check with the right password. Returns the address that is dropped for it.
    pub(crate) fn admit(&mut self, at: Remote) -> Option<Remote> {
        if self.knows(at) {
            return None;
        }
        let forgotten = if self.addresses.len() == ADDRESSES_MAX { self.least_used() } else { None };
        if let Some(forgotten) = forgotten {
            self.forget(forgotten);
        }
        self.addresses.push(Address {
            at,
            heard_at: None,
            heard: self.heard,
            bytes_in: 0,
            bytes_out: 0,
            answered_at: None,
            is_lost: false,
            is_of_before: false,
            asked: VecDeque::new(),
            asked_at: None,
            pause: CONSENT_EVERY,
            waiting: VecDeque::new(),
            held: None,
        });
        forgotten
    }

    /// Returns the address that has been silent the longest, preferably one that has not answered. A browser repeatedly opens TCP streams in addition
    /// to the path of its sound, and that path stays.
    fn least_used(&self) -> Option<Remote> {
        let by_use = |address: &&Address| (address.has_answered(), address.heard);
        self.addresses.iter().min_by_key(by_use).map(|address| address.at)
    }

    /// Whether an address should be checked now.
    pub(crate) fn is_check_due(&self, at: Remote, now: Instant) -> bool {
        self.addresses.iter().any(|address| address.at == at && address.is_check_due(now))
    }

    /// The addresses that have answered and should be checked again now.
    pub(crate) fn due(&self, now: Instant) -> Vec<Remote> {
        let is_due = |address: &&Address| address.has_answered() && address.is_check_due(now);
        self.addresses.iter().filter(is_due).map(|address| address.at).collect()
    }

    /// The same for a silent peer: only its answers show that it is there.
    pub(crate) fn due_of_quiet(&self, now: Instant) -> Vec<Remote> {
        let is_due =
            |address: &&Address| address.has_answered() && address.is_last_check_older(now, QUIET_EVERY);
        self.addresses.iter().filter(is_due).map(|address| address.at).collect()
    }

    /// Withdraws consent from addresses whose last answer is too old.
    pub(crate) fn expire(&mut self, now: Instant) {
        let is_old = |last: Instant| now.saturating_duration_since(last) >= CONSENT_FOR;
        for address in self.addresses.iter_mut().filter(|address| address.answered_at.is_some_and(is_old)) {
            address.answered_at = None;
            address.is_lost = !address.is_of_before;
            // It starts again like an address that has never answered.
            (address.bytes_in, address.bytes_out) = (0, 0);
            address.asked.clear();
            address.waiting.clear();
        }
    }

    /// Notes that a check is sent to this address now, if allowed. Its transaction is random, which also determines when an answering address is
    /// checked again.
    pub(crate) fn ask(&mut self, at: Remote, now: Instant, transaction: Transaction, bytes: usize) -> bool {
        let Some(address) = self.of(at) else { return false };
        if !address.has_room(bytes) {
            return false;
        }
        address.bytes_out += bytes as u64;
        address.asked_at = Some(now);
        let chance = u32::from(u16::from_be_bytes([transaction[0], transaction[1]]));
        address.pause = CONSENT_EVERY * (800 + chance * 400 / u32::from(u16::MAX)) / 1_000;
        if address.asked.len() == QUESTIONS_MAX {
            address.asked.pop_front();
        }
        address.asked.push_back(transaction);
        true
    }

    /// Whether this check was sent to this address.
    pub(crate) fn has_sent_check(&self, at: Remote, transaction: Transaction) -> bool {
        self.addresses.iter().any(|address| address.at == at && address.asked.contains(&transaction))
    }

    /// Notes an answer. The waiting datagrams are sent now.
    pub(crate) fn answered(
        &mut self,
        at: Remote,
        now: Instant,
        transaction: Transaction,
    ) -> VecDeque<Vec<u8>> {
        let Some(address) = self.of(at) else { return VecDeque::new() };
        if !address.asked.contains(&transaction) {
            return VecDeque::new();
        }
        address.answered_at = Some(now);
        address.is_of_before = false;
        address.asked.clear();
        std::mem::take(&mut address.waiting)
    }

    /// Decides on a datagram to this address: if it is returned, it is sent now.
    pub(crate) fn send(&mut self, at: Remote, datagram: Vec<u8>) -> Option<Vec<u8>> {
        let address = self.of(at).filter(|address| !address.is_lost)?;
        if address.has_room(datagram.len()) {
            address.bytes_out += datagram.len() as u64;
            return Some(datagram);
        }
        let waiting: usize = address.waiting.iter().map(Vec::len).sum();
        if waiting + datagram.len() <= WAITING_BYTES_MAX {
            address.waiting.push_back(datagram);
        }
        None
    }

    fn of(&mut self, at: Remote) -> Option<&mut Address> {
        self.addresses.iter_mut().find(|address| address.at == at)
    }
}

impl Address {
    fn has_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    fn is_check_due(&self, now: Instant) -> bool {
        let pause = if self.has_answered() { self.pause } else { QUESTION_EVERY };
        !self.is_lost && self.is_last_check_older(now, pause)
    }

    /// Whether the last check, if any, is at least `pause` ago.
    fn is_last_check_older(&self, now: Instant, pause: Duration) -> bool {
        self.asked_at.is_none_or(|last| now.saturating_duration_since(last) >= pause)
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.has_answered() || self.bytes_out + bytes as u64 <= self.bytes_in
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn address(last: u8) -> Remote {
        Remote::udp(SocketAddr::from(([192, 0, 2, last], 5_000)))
    }

    #[test]
    fn an_unanswering_address_gets_no_more_than_it_sent() {
        let mut consent = Consent::default();
        assert_eq!(consent.send(address(1), vec![0; 10]), None, "a stranger");
        consent.admit(address(1));
        consent.received(address(1), Instant::now(), 100);
        assert!(consent.send(address(1), vec![0; 80]).is_some());
        assert_eq!(consent.send(address(1), vec![0; 21]), None);
        assert!(!consent.ask(address(1), Instant::now(), [1; 12], 21));
        assert!(consent.ask(address(1), Instant::now(), [1; 12], 20));
        assert!(consent.answered(address(1), Instant::now(), [2; 12]).is_empty(), "a guess");
        assert!(consent.answered(address(2), Instant::now(), [1; 12]).is_empty(), "another address");
        assert_eq!(consent.answered(address(1), Instant::now(), [1; 12]), [vec![0; 21]]);
        assert!(consent.send(address(1), vec![0; 1_000]).is_some());
    }

    #[test]
    fn answering_addresses_are_not_dropped_for_strangers() {
        let mut consent = Consent::default();
        consent.admit(address(0));
        consent.received(address(0), Instant::now(), 100);
        consent.ask(address(0), Instant::now(), [0; 12], 20);
        consent.answered(address(0), Instant::now(), [0; 12]);
        for last in 1..=200 {
            consent.admit(address(last));
        }
        assert!(consent.knows(address(0)));
        assert!(consent.addresses.len() <= ADDRESSES_MAX);
    }

    #[test]
    fn an_address_with_sound_stays_however_many_others_answer() {
        let mut consent = Consent::default();
        for last in 0..100 {
            // Sound from the first one.
            consent.received(address(0), Instant::now(), 100);
            let forgotten = consent.admit(address(last));
            assert_ne!(forgotten, Some(address(0)), "for {last}");
            consent.received(address(last), Instant::now(), 100);
            assert!(consent.ask(address(last), Instant::now(), [last; 12], 20));
            consent.answered(address(last), Instant::now(), [last; 12]);
        }
        assert!(consent.has_answered(address(0)) && consent.has_answered(address(99)));
        assert!(!consent.knows(address(1)));
        assert!(consent.addresses.len() <= ADDRESSES_MAX);
    }

    #[test]
    fn an_answer_after_four_seconds_counts() {
        let (mut consent, began) = (Consent::default(), Instant::now());
        consent.admit(address(1));
        for number in 0..80 {
            let now = began + number * Duration::from_millis(50);
            consent.received(address(1), now, 100);
            if consent.is_check_due(address(1), now) {
                assert!(consent.ask(address(1), now, [number as u8; 12], 100));
            }
        }
        consent.answered(address(1), began + Duration::from_secs(4), [0; 12]);
        assert!(consent.has_answered(address(1)));
    }

    #[test]
    fn sound_follows_the_peers_own_to_an_address_that_answered() {
        let mut consent = Consent::default();
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        for last in 1..=3 {
            consent.admit(address(last));
            consent.received(address(last), began, 100);
        }
        for last in 1..=2 {
            assert!(consent.ask(address(last), began, [last; 12], 20));
            consent.answered(address(last), began, [last; 12]);
        }
        consent.sounded(address(1), began);
        assert_eq!(consent.way(address(1)), address(1));
        consent.sounded(address(2), after(2_999));
        assert_eq!(consent.way(address(1)), address(1), "it may come back");
        consent.sounded(address(2), after(3_000));
        assert_eq!(consent.way(address(1)), address(2));
        assert_eq!(consent.way(address(9)), address(2), "a forgotten one");
        consent.received(address(1), after(3_500), 100);
        assert_eq!(consent.way(address(1)), address(1), "something comes from there");
        consent.sounded(address(3), after(9_000));
        assert_eq!(consent.way(address(1)), address(1), "nothing has answered there");
    }

    #[test]
    fn an_address_that_reaches_another_socket_is_another_path() {
        let mut consent = Consent::default();
        consent.admit(address(1).through(1));
        assert!(!consent.knows(address(1)));
        assert_eq!(consent.path(address(1)), address(1).through(1));
        consent.admit(address(1));
        assert_eq!(consent.path(address(1)), address(1));
        assert_eq!(consent.path(address(1).through(1)), address(1).through(1));
        assert_eq!(consent.path(address(2)), address(2));
    }

    #[test]
    fn the_last_check_of_an_address_waits_for_its_answer() {
        let mut consent = Consent::default();
        consent.hold(address(1), &[6]);
        assert_eq!(consent.take_held(address(1)), None, "a stranger");
        consent.admit(address(1));
        consent.hold(address(1), &[7]);
        consent.hold(address(1), &[8]);
        consent.received(address(1), Instant::now(), 100);
        assert!(consent.ask(address(1), Instant::now(), [1; 12], 20));
        assert!(consent.has_sent_check(address(1), [1; 12]) && !consent.has_sent_check(address(2), [1; 12]));
        assert!(!consent.has_answered(address(1)));
        consent.answered(address(1), Instant::now(), [1; 12]);
        assert!(consent.has_answered(address(1)));
        assert_eq!(consent.take_held(address(1)), Some(vec![8]));
        assert_eq!(consent.take_held(address(1)), None);
        consent.forget(address(1));
        assert!(!consent.knows(address(1)));
    }

    /// An address that answers the check with this transaction at once, and can be checked at any time.
    fn answer(consent: &mut Consent, at: Remote, now: Instant, transaction: Transaction) {
        assert!(consent.ask(at, now, transaction, 100));
        consent.answered(at, now, transaction);
        assert!(consent.has_answered(at));
    }

    fn with_an_answer_of(at: Remote, now: Instant) -> Consent {
        let mut consent = Consent::default();
        consent.admit(at);
        consent.received(at, now, 100);
        answer(&mut consent, at, now, [0; 12]);
        consent
    }

    #[test]
    fn answering_addresses_are_asked_again_after_four_to_six_seconds() {
        let began = Instant::now();
        for (chance, pause_ms) in [(0, 4_000), (0x80, 5_000), (0xff, 6_000)] {
            let mut consent = with_an_answer_of(address(1), began);
            answer(&mut consent, address(1), began, [chance; 12]);
            let after = |ms| began + Duration::from_millis(ms);
            assert!(consent.due(after(pause_ms - 1)).is_empty(), "{chance}");
            assert_eq!(consent.due(after(pause_ms)), [address(1)], "{chance}");
        }
        let mut consent = Consent::default();
        consent.admit(address(2));
        assert!(consent.due(began + Duration::from_secs(60)).is_empty(), "it has not answered");
    }

    #[test]
    fn addresses_of_a_quiet_peer_are_asked_twice_a_second() {
        let began = Instant::now();
        let mut consent = with_an_answer_of(address(1), began);
        consent.admit(address(2));
        for asked in [0_u64, 500, 1_000] {
            let after = |ms: u64| began + Duration::from_millis(asked + ms);
            assert!(consent.due_of_quiet(after(499)).is_empty(), "{asked}");
            assert_eq!(consent.due_of_quiet(after(500)), [address(1)], "the other one has not answered");
            assert!(consent.ask(address(1), after(500), [1; 12], 100));
        }
        consent.expire(began + Duration::from_secs(30));
        assert!(consent.due_of_quiet(began + Duration::from_secs(31)).is_empty(), "it is lost");
    }

    #[test]
    fn thirty_seconds_without_answer_lose_an_address_until_ice_restarts() {
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        let mut consent = with_an_answer_of(address(1), began);
        answer(&mut consent, address(1), after(7_000), [1; 12]);
        assert!(consent.ask(address(1), after(12_000), [2; 12], 100));
        consent.expire(after(36_999));
        assert!(consent.send(address(1), vec![0; 100]).is_some());
        consent.expire(after(37_000));
        consent.received(address(1), after(37_000), 1_000);
        assert!(!consent.has_answered(address(1)));
        assert_eq!(consent.send(address(1), vec![0; 1]), None);
        assert!(!consent.is_check_due(address(1), after(60_000)));
        consent.answered(address(1), after(60_000), [2; 12]);
        assert!(!consent.has_answered(address(1)), "an answer that comes too late");

        consent.restart();
        assert!(consent.is_check_due(address(1), after(60_000)));
        answer(&mut consent, address(1), after(60_000), [3; 12]);
        assert!(consent.send(address(1), vec![0; 10_000]).is_some());
    }

    #[test]
    fn an_address_expiring_during_an_ice_restart_is_asked_again() {
        let began = Instant::now();
        let mut consent = with_an_answer_of(address(1), began);
        consent.restart();
        let later = began + Duration::from_secs(30);
        consent.expire(later);
        assert!(!consent.has_answered(address(1)));
        assert_eq!(consent.send(address(1), vec![0; 1]), None, "nothing has come from there since");
        consent.received(address(1), later, 100);
        assert!(consent.is_check_due(address(1), later));
        answer(&mut consent, address(1), later, [1; 12]);
        assert_eq!(consent.send(address(1), vec![0; 200]), Some(vec![0; 200]));
    }

    #[test]
    fn sound_leaves_a_lost_address_that_is_still_heard() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut consent = with_an_answer_of(address(1), began);
        consent.admit(address(2));
        consent.received(address(2), after(29), 100);
        answer(&mut consent, address(2), after(29), [1; 12]);
        consent.sounded(address(2), after(29));
        consent.received(address(1), after(30), 100);
        assert_eq!(consent.way(address(1)), address(1));
        consent.expire(after(30));
        assert_eq!(consent.way(address(1)), address(2));
    }

    #[test]
    fn ice_hears_of_128_addresses_as_often_as_they_ask() {
        let mut consent = Consent::default();
        for _ in 0..2 {
            let passed = (1..=200).filter(|last| consent.may_pass_to_ice(address(*last), 128)).count();
            assert_eq!(passed, 128);
        }
        consent.restart();
        assert!(consent.may_pass_to_ice(address(200), 128));
    }
}
