use std::net::Ipv4Addr;

use super::*;

const ADA: Option<&str> = Some("ada@example.com");

fn at(number: u32) -> Place {
    Place { address: IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number)), device: None }
}

fn home() -> Place {
    Place { address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), device: None }
}

/// Signs in with the right password, if an attempt is allowed.
fn signs_in(guard: &mut Guard, place: Place, now: Instant) -> bool {
    let begun = guard.begin(ADA, place, now);
    begun.map(|begun| guard.password_was_right(&begun)).is_ok()
}

/// Counts the wrong attempts that were checked, with one attempt each second.
fn guesses(guard: &mut Guard, place: Place, (from, seconds): (Instant, u64)) -> usize {
    (0..seconds).filter(|second| guard.begin(ADA, place, from + SECOND * *second as u32).is_ok()).count()
}

#[test]
fn invitations_pause_after_60_per_organization_or_3_per_address() {
    let (mut guard, start) = (Guard::new(), Instant::now());
    let strangers = OrganizationId(uuid::Uuid::from_u128(1));
    let invites = |guard: &mut Guard, by, number: u32| {
        guard.begin_invitation(by, &format!("somebody{number}@example.com"), start).is_ok()
    };
    assert_eq!((0..100).filter(|number| invites(&mut guard, strangers, *number)).count(), 60);
    let others = OrganizationId(uuid::Uuid::from_u128(2));
    assert_eq!((0..10).filter(|_| invites(&mut guard, others, 200)).count(), 3);
    assert!(guard.begin_mail("somebody200@example.com", start).is_ok(), "they can request a link themselves");
}

#[test]
fn one_address_registers_few_organizations_in_a_day() {
    let (mut guard, start) = (Guard::new(), Instant::now());
    let mut made = |number: u32, minute: u32| {
        guard.begin_registration(at(number).address, start + MINUTE * minute).is_ok()
    };
    assert_eq!((0..100).filter(|_| made(1, 0)).count(), 10, "at once");
    let later = (1..24 * 60).filter(|minute| made(1, *minute)).count();
    assert!((20..=30).contains(&later), "{later}");
    assert!(made(2, 24 * 60), "of another address");
}

#[test]
fn an_owner_can_sign_in_while_1000_addresses_guess() {
    let (mut guard, start) = (Guard::new(), Instant::now());
    guard.is_familiar_now("ada@example.com", home().address, start);
    let device = Place { device: Some(DeviceId(1)), ..at(5) };
    let (mut right, mut by_device, mut checked) = (0, 0, 0);
    for minute in 0..24 * 60 {
        let now = start + MINUTE * minute;
        for number in 0..1_000 {
            checked += u32::from(guard.begin(ADA, at(number), now).is_ok());
        }
        right += u32::from(signs_in(&mut guard, home(), now));
        by_device += u32::from(signs_in(&mut guard, device, now));
    }
    println!(
        "in a day: 1,440,000 guesses from 1,000 addresses, {checked} of them checked; the owner signed in {right} times from their address, \
         {by_device} times with their browser, of 1,440 each"
    );
    assert_eq!((right, by_device), (1_440, 1_440));
    assert!(checked <= 350, "{checked}");
}

#[test]
fn one_address_is_slowed_with_growing_pauses_per_account() {
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
    assert!(guard.begin(None, at(1), now).is_err(), "a text that is no account counts as well");
    guard.is_familiar_now("ada@example.com", at(1).address, now);
    assert!(signs_in(&mut guard, at(1), now), "the owner at the same address");
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
fn right_attempts_do_not_count() {
    let (mut guard, now) = (Guard::new(), Instant::now());
    assert!((0..100).all(|_| signs_in(&mut guard, at(1), now)));
}

#[test]
fn all_strangers_together_guess_few_codes_a_year() {
    let (mut guard, start) = (Guard::new(), Instant::now());
    guard.is_familiar_now("ada@example.com", home().address, start);
    let mut tried = 0;
    for quarter in 0..365 * 96_u32 {
        let now = start + 15 * MINUTE * quarter;
        let Ok(begun) = guard.begin(ADA, at(quarter), now) else { continue };
        guard.password_was_right(&begun);
        tried += u32::from(guard.begin_code(&begun, now).is_ok());
    }
    println!("codes guessed in a year with the password, one every quarter of an hour: {tried}");
    assert!(tried <= 390, "{tried}");
    let now = start + MINUTE;
    let own = guard.begin(ADA, home(), now).unwrap();
    assert!(guard.begin_code(&own, now).is_ok(), "the owner's do not wait for them");
}

#[test]
fn a_familiar_place_is_forgotten_after_a_while() {
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
fn crowds_neither_grow_the_tables_nor_displace_attacked_accounts() {
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
