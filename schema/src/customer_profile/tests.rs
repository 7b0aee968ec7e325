use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::appointment::MAIN_RESOURCE;
use crate::call::CallState;
use crate::dialplan::NextStep;
use crate::ids::{ActivityId, AppointmentId, OutsideId, ProfileId};
use crate::limits::CACHE_VALUE_BYTES_MAX;
use crate::signed_identity::SignedIdentity;

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
const NOW: UnixMs = UnixMs(1_763_800_000_000);

/// Returns an empty profile.
pub(super) fn profile() -> CustomerProfile {
    build_customer_profile(&known(call()))
}

pub(super) fn line(role: Role, content: &str) -> ProfileLine {
    ProfileLine { role, content: content.to_owned(), at: NOW }
}

pub(super) fn activity(activity_type: ActivityType, action: ActivityAction, title: &str) -> ProfileActivity {
    ProfileActivity { activity_type, action, title: title.to_owned(), at: NOW }
}

fn call() -> Call {
    Call {
        id: CallId(Uuid::from_u128(7)),
        organization_id: ORGANIZATION,
        state: CallState::Live,
        direction: Direction::Inbound,
        from: None,
        to: None,
        identity: None,
        leg_kind: None,
        outside_ids: vec![OutsideId::audiosocket(Uuid::from_u128(9))],
        started_at: NOW,
        answered_at: Some(NOW),
        ended_at: None,
        hangup_cause: None,
        hangup_by: None,
        failure: None,
        profile_id: ProfileId(Uuid::from_u128(8)),
        recording: None,
        recording_ms: None,
        recording_lost_ms: 0,
        next: NextStep::Hangup,
        last_seq: 1,
        provider: None,
        cost_micros: 0,
        agents: Vec::new(),
        tally: None,
    }
}

fn known(call: Call) -> KnownOfCall {
    KnownOfCall {
        at: NOW,
        call,
        lines: Vec::new(),
        activities: Vec::new(),
        appointments: Vec::new(),
        by_number: None,
        by_words: None,
        said_name: String::new(),
        earlier: Vec::new(),
        contact: BTreeMap::new(),
    }
}

fn said(role: Role, text: &str) -> TranscriptItem {
    TranscriptItem { seq: 1, at: NOW, role, text: text.to_owned(), interrupted: false }
}

fn customer(number: u128, name: &str, phone: &str) -> Customer {
    let phone = phone.parse().ok();
    let mut customer = Customer::new(CustomerId(Uuid::from_u128(number)), ORGANIZATION, phone, NOW);
    customer.name = name.to_owned();
    customer.email = format!("{number}@example.com");
    customer
}

fn written(title: &str, at: UnixMs) -> Activity {
    Activity {
        id: ActivityId(Uuid::from_u128(1)),
        organization_id: ORGANIZATION,
        call_id: None,
        activity_type: ActivityType::Todo,
        action: ActivityAction::Created,
        title: title.to_owned(),
        at,
        audio: None,
        due_at: None,
        notes: String::new(),
        owner_id: None,
        updated_at: at,
    }
}

#[test]
fn the_json_is_what_others_read() {
    let sid = "CA0123456789abcdef0123456789abcdef";
    let at_twilio = Call {
        from: Some("+493012345678".to_owned()),
        outside_ids: vec![OutsideId::twilio(&sid.parse().unwrap())],
        ..call()
    };
    let earlier = Call { id: CallId(Uuid::from_u128(6)), ended_at: Some(NOW), ..call() };
    let profile = build_customer_profile(&KnownOfCall {
        lines: vec![said(Role::Caller, "<img src=x onerror=alert(1)>")],
        activities: vec![written("Call back", NOW)],
        by_number: Some(customer(3, "Anna", "+493012345678")),
        earlier: vec![EarlierCall::of(&earlier, Some("hello"), (&[], &[]), NOW)],
        ..known(at_twilio)
    });
    let cached = CachedProfile { organization_id: ORGANIZATION, profile };
    let json = serde_json::to_value(&cached).unwrap();
    insta::assert_json_snapshot!(json);
    assert_eq!(serde_json::from_value::<CachedProfile>(json).unwrap(), cached);
}

#[test]
fn a_lapsed_hold_is_shown_as_no_longer_held() {
    let hold = Appointment {
        id: AppointmentId(Uuid::from_u128(5)),
        organization_id: ORGANIZATION,
        customer_id: None,
        lead_id: None,
        call_id: Some(call().id),
        resource: MAIN_RESOURCE.to_owned(),
        service: "Inspection".to_owned(),
        starts_at: NOW + 86_400_000,
        ends_at: NOW + 90_000_000,
        zone: "UTC".to_owned(),
        status: AppointmentStatus::Held,
        hold_until: Some(NOW + 900_000),
        name: String::new(),
        phone: None,
        address: String::new(),
        notes: String::new(),
        sequence: 0,
        created_at: NOW,
        updated_at: NOW,
    };
    let title = |at| {
        let known = KnownOfCall { at, appointments: vec![hold.clone()], ..known(call()) };
        build_customer_profile(&known).activities[0].title.clone()
    };
    assert_eq!(title(NOW + 899_999), "Appointment held: Inspection");
    assert_eq!(title(NOW + 900_000), "Appointment no longer held: Inspection");
}

#[test]
fn customers_are_found_by_number_before_what_was_said() {
    let from = Call { from: Some("+493012345678".to_owned()), ..call() };
    let (anna, bert) = (customer(3, "Anna", "+493012345678"), customer(4, "Bert", "+493087654321"));
    let of = |by_number: Option<&Customer>, by_words: Option<&Customer>| {
        let known = KnownOfCall {
            by_number: by_number.cloned(),
            by_words: by_words.cloned(),
            said_name: "Somebody".to_owned(),
            ..known(from.clone())
        };
        let ProfileCustomer { name, phone, known_by, .. } = build_customer_profile(&known).customer;
        (name, phone, known_by)
    };
    let found = |name: &str, phone: &str, known_by| (name.to_owned(), phone.to_owned(), known_by);
    assert_eq!(of(Some(&anna), Some(&bert)), found("Anna", "+493012345678", KnownBy::Number));
    assert_eq!(of(None, Some(&bert)), found("Bert", "+493087654321", KnownBy::Words));
    assert_eq!(of(None, None), found("Somebody", "+493012345678", KnownBy::Nothing));
}

#[test]
fn a_visitor_is_known_only_by_the_sites_signature() {
    let identity = SignedIdentity {
        name: "Åsa Öberg".to_owned(),
        email: "asa@example.com".to_owned(),
        id: Some("4711".to_owned()),
        by: "Our website".to_owned(),
    };
    // Text from a page is not a number, whatever it looks like.
    let named = Call { from: Some("Web visitor".to_owned()), identity: Some(Box::new(identity)), ..call() };
    let known = KnownOfCall { by_words: Some(customer(4, "Bert", "+493087654321")), ..known(named) };
    let mut found = build_customer_profile(&known).customer;
    let expected = ProfileCustomer {
        id: None,
        name: "Åsa Öberg".to_owned(),
        email: "asa@example.com".to_owned(),
        phone: "Web visitor".to_owned(),
        known_by: KnownBy::Site,
        verified_by: Some("Our website".to_owned()),
    };
    assert_eq!(found, expected);
    found.brought_up_to_date(None);
    assert_eq!(found, expected, "a customer on record does not change it");
}

#[test]
fn campaign_contacts_have_their_lists_name_and_facts() {
    let called = Call { direction: Direction::Outbound, to: Some("+493012345678".to_owned()), ..call() };
    let of = |said: &str, facts: &[(&str, &str)], by_number: Option<Customer>| {
        let contact = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let said_name = said.to_owned();
        build_customer_profile(&KnownOfCall { said_name, contact, by_number, ..known(called.clone()) })
    };
    let facts = [("first_name", "Ada"), ("last_name", "Lovelace"), ("order", "17")];
    let profile = of("", &facts, None);
    assert_eq!(
        (profile.customer.name.as_str(), profile.customer.known_by),
        ("Ada Lovelace", KnownBy::Nothing)
    );
    assert_eq!(profile.variables["order"], "17");
    // A name that the caller says has priority over one on a list, and so does that of a customer on record.
    assert_eq!(of("Augusta", &facts, None).customer.name, "Augusta");
    let anna = customer(3, "Anna", "+493012345678");
    assert_eq!(of("", &facts, Some(anna)).customer.name, "Anna");
    let long = "x".repeat(10_000);
    let many: Vec<String> = (0..200).map(|nth| format!("fact_{nth}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), long.as_str())).collect();
    let variables = of("", &many, None).variables;
    assert_eq!(variables.len(), PROFILE_VARIABLES_MAX);
    assert!(variables.values().all(|value| value.chars().count() == PROFILE_TEXT_CHARS_MAX));
}

#[test]
fn on_outbound_calls_the_called_party_is_the_customer() {
    let called = Call {
        direction: Direction::Outbound,
        from: Some("+493000000".to_owned()),
        to: Some("+493012345678".to_owned()),
        ..call()
    };
    assert_eq!(build_customer_profile(&known(called)).customer.phone, "+493012345678");
}

#[test]
fn the_newest_of_a_long_call_is_kept_in_order() {
    let mut long = known(call());
    long.lines = (0..500).map(|n| said(Role::Caller, &format!("line {n}"))).collect();
    long.activities = (0..80).rev().map(|n| written(&format!("to-do {n}"), NOW + n)).collect();
    let profile = build_customer_profile(&long);
    let contents: Vec<&str> = profile.conversation_history.iter().map(|line| line.content.as_str()).collect();
    assert_eq!((contents.len(), contents[0], contents[199]), (200, "line 300", "line 499"));
    let titles: Vec<&str> = profile.activities.iter().map(|activity| activity.title.as_str()).collect();
    assert_eq!((titles.len(), titles[0], titles[49]), (50, "to-do 30", "to-do 79"));
    long.lines = (0..50).map(|_| said(Role::Caller, &"x".repeat(3_000))).collect();
    let profile = build_customer_profile(&long);
    assert_eq!(profile.conversation_history.len(), 10);
    assert!(profile.conversation_history[0].content.ends_with("x…"));
}

proptest! {
    #[test]
    fn every_profile_fits_the_cache(character in any::<char>(), lines in 0..300_usize) {
        let endless: String = std::iter::repeat_n(character, 5_000).collect();
        let mut known = known(Call { from: Some(endless.clone()), ..call() });
        known.lines = (0..lines).map(|_| said(Role::Caller, &endless)).collect();
        known.activities = (0..200).map(|_| written(&endless, NOW)).collect();
        known.by_words = Some(customer(3, &endless, ""));
        let before = EarlierCall::of(&known.call, Some(&endless), (&known.activities, &[]), NOW);
        known.earlier = std::iter::repeat_n(before, 9).collect();
        let profile = build_customer_profile(&known);
        let cached = CachedProfile { organization_id: ORGANIZATION, profile };
        prop_assert!(serde_json::to_vec(&cached).unwrap().len() <= CACHE_VALUE_BYTES_MAX);
    }
}
