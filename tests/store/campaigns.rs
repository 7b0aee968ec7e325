//! People whom a campaign may call, given other calls to the same number; the variant that they get; and the outcomes of calls.

use std::collections::BTreeMap;

use cordboard::store::{
    CalledAgain, Closing, Connection, DeliveryQuery, DetectionSums, EmailQueued, EmailWanted, OutcomeSums,
    Previewed, Progress, VariantSums, change, query,
};
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::{Calls, Hourly, Learned, WeekHour};
use cordboard_campaigns::caller_ids::RestReason;
use cordboard_campaigns::campaign::{Contact, ContactState, Suppression, SuppressionSource};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::retries::End;
use cordboard_campaigns::rules::Mode;
use cordboard_campaigns::variant::Variant;
use cordboard_schema::account::EmailAddress;
use cordboard_schema::changed::Thing;
use cordboard_schema::customer::Customer;
use cordboard_schema::delivery::Letter;
use cordboard_schema::ids::{
    CallId, CampaignId, ContactId, CustomerId, DispositionId, OrganizationId, UserId,
};
use cordboard_schema::outbound::DetectedBy;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use diesel::connection::SimpleConnection;

use super::campaign_rows::{campaign_row, contact_row};
use super::room::{Room, read};

const HOUR_MS: u64 = 3_600_000;

/// A Thursday, noon in Berlin.
fn noon() -> UnixMs {
    UnixMs::from("2026-10-29T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap())
}

/// Adds a running campaign with one waiting contact.
fn add_waiting(room: &Room, owner: OrganizationId, number: &str) {
    let at = "2026-10-29 08:00:00";
    let rows = [campaign_row(owner, "{}", &at), contact_row(owner, owner, number, ("waiting", 0), &at)];
    room.stranger().batch_execute(&rows.concat()).unwrap();
}

#[actix::test]
async fn no_campaign_calls_an_abandoned_number_for_72_h() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let noon = noon();
    let ended_at = noon - 71 * HOUR_MS;
    let at = ended_at.to_utc().format("%Y-%m-%d %H:%M:%S");
    room.stranger()
        .batch_execute(&format!(
            "{}{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('0197a000-0000-7000-8000-000000000001', '{owner}', 'another', 'somebody', '+493010000001', '{at}', '{at}', 'abandoned')",
            campaign_row(owner, "{}", &at),
            contact_row(owner, owner, "+493010000001", ("waiting", 0), &at),
        ))
        .unwrap();
    let campaign = CampaignId(owner.0);
    let look = async |now| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let looked = store.change(reserve).await.unwrap();
        (looked.reserved.len(), looked.next)
    };
    let until = ended_at + 72 * HOUR_MS;
    assert_eq!(look(noon).await, (0, Some(until)));
    assert_eq!(look(until).await, (1, None));
}

/// A server was killed between the reservation and the call, which the next one made a day later. France admits one call in 24 h.
#[actix::test]
async fn a_call_counts_from_when_it_was_dialled() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let noon = noon();
    add_waiting(&room, owner, "+33140000001");
    let dialled_at = noon - 2 * HOUR_MS;
    let text = |at: UnixMs| at.to_utc().format("%Y-%m-%d %H:%M:%S").to_string();
    let (reserved, dialled) = (text(noon - 26 * HOUR_MS), text(dialled_at));
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, dialled_at, closed_at, outcome) \
             VALUES ('0197a000-0000-7000-8000-000000000001', '{owner}', '{owner}', '{owner}', '+33140000001', '{reserved}', '{dialled}', '{dialled}', \
             'no_answer')"
        ))
        .unwrap();
    let campaign = CampaignId(owner.0);
    let people = read(&store, |connection| query::waiting_contacts(connection, owner, campaign, noon, 5));
    assert_eq!(people.iter().map(|person| &*person.earlier.dialled).collect::<Vec<_>>(), [[dialled_at]]);
    let look = async |now| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let looked = store.change(reserve).await.unwrap();
        (looked.reserved.len(), looked.next)
    };
    let until = dialled_at + 24 * HOUR_MS;
    assert_eq!(look(noon).await, (0, Some(until)));
    assert_eq!(look(until).await, (1, None));
}

/// An attempt has the number as its own contact has it. France admits one call in 24 h; after an abandoned call there is none for 72 h.
#[actix::test]
async fn calls_count_for_all_spellings_of_a_number() {
    for (number, called, outcome, hours, rest_hours) in [
        ("+33140000001", "+330140000001", "no_answer", 2, 24),
        ("+493010000001", "+4903010000001", "abandoned", 71, 72),
    ] {
        let room = Room::new();
        let store = room.store();
        let owner = store.organization_id();
        let noon = noon();
        add_waiting(&room, owner, number);
        let called_at = noon - hours * HOUR_MS;
        let at = called_at.to_utc().format("%Y-%m-%d %H:%M:%S");
        room.stranger()
            .batch_execute(&format!(
                "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, dialled_at, closed_at, outcome) \
                 VALUES ('0197a000-0000-7000-8000-000000000001', '{owner}', 'another', 'somebody', '{called}', '{at}', '{at}', '{at}', '{outcome}')"
            ))
            .unwrap();
        let campaign = CampaignId(owner.0);
        let people = read(&store, |connection| query::waiting_contacts(connection, owner, campaign, noon, 5));
        let abandoned_at = (outcome == "abandoned").then_some(called_at);
        let earlier: Vec<_> =
            people.iter().map(|person| (&*person.earlier.dialled, person.earlier.abandoned_at)).collect();
        assert_eq!(earlier, [(&[called_at][..], abandoned_at)]);
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
        let looked = store.change(reserve).await.unwrap();
        assert_eq!((looked.reserved.len(), looked.next), (0, Some(called_at + rest_hours * HOUR_MS)));
    }
}

/// A network may report a number with the zero that is dialled only within its country.
#[actix::test]
async fn a_forecast_knows_suppressed_numbers_in_other_spellings() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let noon = noon();
    add_waiting(&room, owner, "+493010000001");
    let suppression = Suppression {
        organization_id: owner,
        number: "+4903010000001".parse().unwrap(),
        source: SuppressionSource::Key,
        evidence: String::new(),
        call_id: None,
        created_at: noon,
    };
    let suppress = move |connection: &mut Connection| change::add_suppression(connection, &suppression);
    assert!(store.change(suppress).await.unwrap());
    let people =
        read(&store, |connection| query::waiting_contacts(connection, owner, CampaignId(owner.0), noon, 5));
    assert_eq!(people.iter().map(|person| person.suppressed_from).collect::<Vec<_>>(), [Some(UnixMs(0))]);
}

#[actix::test]
async fn contacts_wait_again_once_their_number_is_off_the_list() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let number: E164 = "+493010000001".parse().unwrap();
    let noon = noon();
    add_waiting(&room, owner, number.as_str());
    let campaign = CampaignId(owner.0);
    let suppression = Suppression {
        organization_id: owner,
        number: number.clone(),
        source: SuppressionSource::Api,
        evidence: String::new(),
        call_id: None,
        created_at: noon,
    };
    let suppress = move |connection: &mut Connection| change::add_suppression(connection, &suppression);
    assert!(store.change(suppress).await.unwrap());
    let reserved = async || {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
        store.change(reserve).await.unwrap().reserved.len()
    };
    assert_eq!(reserved().await, 0);
    let progress = || read(&store, |connection| query::campaign_progress(connection, owner, campaign));
    assert_eq!(progress().ends, BTreeMap::from([(End::Suppressed, 1)]));

    let stranger = OrganizationId(uuid::Uuid::from_u128(7));
    for (organization, is_there) in [(stranger, false), (owner, true)] {
        let number = number.clone();
        let remove =
            move |connection: &mut Connection| change::remove_suppression(connection, organization, &number);
        assert_eq!(store.change(remove).await.unwrap(), is_there);
    }
    assert_eq!(progress().contacts, BTreeMap::from([(ContactState::Waiting, 1)]));
    let start = move |connection: &mut Connection| {
        let mut finished = query::campaign(connection, owner, campaign)?.unwrap();
        finished.state = CampaignState::Running;
        change::update_campaign(connection, &finished)
    };
    store.change(start).await.unwrap();
    assert_eq!(reserved().await, 1);
}

#[actix::test]
async fn campaigns_of_a_suspended_organization_rest_until_it_resumes() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let noon = noon();
    add_waiting(&room, owner, "+493010000001");
    let campaign = CampaignId(owner.0);
    let (mut changes, mut reserved) = (store.changes(), Vec::new());
    for (since, called) in [(Some(noon), 0), (None, 1)] {
        let suspend =
            move |connection: &mut Connection| change::suspend_organization(connection, owner, since);
        store.change(suspend).await.unwrap();
        let told = changes.recv().await.unwrap();
        assert_eq!(
            (told.organization_id, told.what),
            (owner, Thing::Campaign),
            "all campaigns are read again"
        );
        assert_eq!(read(&store, query::started_campaigns).len(), called);
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
        reserved = store.change(reserve).await.unwrap().reserved;
        assert_eq!(reserved.len(), called);
    }
    let call_id = reserved[0].call_id;
    let is_still_called = || {
        let look = |connection: &mut Connection| query::still_to_dial(connection, owner, call_id, noon);
        read(&store, look).is_some()
    };
    assert!(is_still_called());
    let suspend =
        move |connection: &mut Connection| change::suspend_organization(connection, owner, Some(noon));
    store.change(suspend).await.unwrap();
    assert!(!is_still_called(), "the attempt was never dialled");
}

/// An earlier version may have listed it that way.
#[actix::test]
async fn a_number_listed_with_its_national_zero_is_not_called() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let [number, as_dialled_there]: [E164; 2] =
        ["+447911123456", "+4407911123456"].map(|text| text.parse().unwrap());
    let noon = UnixMs::from("2026-10-29T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    add_waiting(&room, owner, number.as_str());
    let suppression = Suppression {
        organization_id: owner,
        number: as_dialled_there,
        source: SuppressionSource::Api,
        evidence: String::new(),
        call_id: None,
        created_at: noon,
    };
    let suppress = move |connection: &mut Connection| change::add_suppression(connection, &suppression);
    assert!(store.change(suppress).await.unwrap());
    let campaign = CampaignId(owner.0);
    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
    assert_eq!(store.change(reserve).await.unwrap().reserved, []);
    let ends = read(&store, |connection| query::campaign_progress(connection, owner, campaign)).ends;
    assert_eq!(ends, BTreeMap::from([(End::Suppressed, 1)]));
    let remove = move |connection: &mut Connection| change::remove_suppression(connection, owner, &number);
    assert!(store.change(remove).await.unwrap());
}

/// Its number became unreadable while the agent had it.
#[actix::test]
async fn an_agent_with_an_unreadable_contact_gets_the_next_one() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let (noon, at) = (noon(), "2026-10-29 08:00:00");
    let settings = r#"{ "queue": "sales", "rules": { "mode": "preview" } }"#;
    let later = OrganizationId(uuid::Uuid::from_u128(u128::MAX));
    let rows = [
        campaign_row(owner, settings, &at),
        contact_row(owner, owner, "+493010000001", ("waiting", 0), &at),
        contact_row(owner, later, "+493010000002", ("waiting", 0), &at),
    ];
    room.stranger().batch_execute(&rows.concat()).unwrap();
    let previewed = async || {
        let preview = move |connection: &mut Connection| {
            change::preview_contact(connection, owner, CampaignId(owner.0), UserId(owner.0), noon)
        };
        match store.change(preview).await.unwrap() {
            Ok(Previewed::Contact(contact, _)) => contact.number.to_string(),
            other => panic!("nobody is previewed: {other:?}"),
        }
    };
    assert_eq!(previewed().await, "+493010000001");
    let spoil = "UPDATE contacts SET number = '+266696687' WHERE number = '+493010000001'";
    room.stranger().batch_execute(spoil).unwrap();
    assert_eq!(previewed().await, "+493010000002");
}

/// Two variants, of which the second reaches the goal more often: costs by outcome, contacts, goals, and since when contacts are counted.
#[actix::test]
async fn costs_are_shown_by_outcome_and_goals_by_variant() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let goal = DispositionId(uuid::Uuid::from_u128(9));
    let (before, at) = ("2026-10-28 11:00:00", "2026-10-29 11:00:00");
    let mut rows = format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at, compared_since) \
         VALUES ('{owner}', '{owner}', 'Spring sale', 'running', '{{}}', '2025-06-01 00:00:00', '{before}', '{at}');"
    );
    // Contact, variant, outcome, cost, talk time, whether a record is kept, and the time.
    let calls = [
        (1, "'a'", Outcome::NoAnswer, 1_000, 0, true, at),
        (1, "'a'", Outcome::Talked, 90_000, 60_000, true, at),
        (2, "'a'", Outcome::Talked, 70_000, 30_000, true, at),
        (3, "'b'", Outcome::Machine, 12_000, 8_000, true, at),
        (4, "'b'", Outcome::Talked, 50_000, 20_000, true, at),
        (5, "'b'", Outcome::Talked, 0, 0, false, at),
        // From before there were two variants, and from an earlier comparison.
        (6, "NULL", Outcome::Talked, 40_000, 20_000, true, before),
        (7, "'a'", Outcome::Talked, 40_000, 20_000, true, before),
    ];
    for (nth, (contact, variant, _, cost, talk, is_kept, at)) in calls.into_iter().enumerate() {
        let call = format!("0197a000-0000-7000-8000-00000000000{nth}");
        let since = if variant == "NULL" { "NULL".to_owned() } else { format!("'{at}'") };
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, variant, compared_since) \
             VALUES ('{call}', '{owner}', '{owner}', '0197b000-0000-7000-8000-00000000000{contact}', '+49301000000{contact}', '{at}', {variant}, \
             {since});"
        );
        if is_kept {
            rows += &format!(
                "INSERT INTO calls (id, organization_id, state, direction, started_at, profile_id, next, last_seq, cost_micros, talk_ms) \
                 VALUES ('{call}', '{owner}', 'ended', 'outbound', '{at}', 'p', '{{}}', 1, {cost}, {talk});"
            );
        }
    }
    // An appointment of call 2 was cancelled; call 4 made a lead, call 5 a lead and an appointment, and call 7 an appointment.
    for (nth, status) in [(2, "cancelled"), (5, "confirmed")] {
        rows += &format!(
            "INSERT INTO appointments (id, organization_id, call_id, resource, service, starts_at, ends_at, zone, status, name, address, notes, \
             sequence, created_at, updated_at) VALUES ('appointment {nth}', '{owner}', '0197a000-0000-7000-8000-00000000000{nth}', 'main', 'roof', \
             '{at}', '{at}', 'UTC', '{status}', 'Ada', '', '', 0, '{at}', '{at}');"
        );
    }
    for nth in [4, 5, 7] {
        rows += &format!(
            "INSERT INTO leads (id, organization_id, call_id, name, need, urgency, budget, address, status, notes, created_at, updated_at) \
             VALUES ('lead {nth}', '{owner}', '0197a000-0000-7000-8000-00000000000{nth}', 'Ada', '', '', '', '', 'new', '', '{at}', '{at}');"
        );
    }
    rows += &format!(
        "INSERT INTO wrap_ups (call_id, user_id, organization_id, disposition_id, note, started_at, ended_at) \
         VALUES ('0197a000-0000-7000-8000-000000000001', 'grace', '{owner}', '{goal}', '', '{at}', '{at}')"
    );
    room.stranger().batch_execute(&rows).unwrap();
    let now = noon();
    for (nth, (_, _, outcome, ..)) in calls.into_iter().enumerate() {
        let call: CallId = format!("0197a000-0000-7000-8000-00000000000{nth}").parse().unwrap();
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, owner, call, Closing::Ended(outcome), now)
        };
        assert!(store.change(close).await.unwrap());
    }
    let id = CampaignId(owner.0);
    let look = async |goal: Option<DispositionId>| {
        let read = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, owner, id)?.unwrap();
            campaign.settings.goal = goal;
            query::campaign_outcomes(connection, &campaign)
        };
        store.reads().run(read).await.unwrap()
    };
    let found = look(None).await;
    let sums = |count, kept, cost_micros, talk_ms| OutcomeSums { count, kept, cost_micros, talk_ms };
    let expected = [
        (Outcome::Talked, sums(6, 5, 290_000, 150_000)),
        (Outcome::Machine, sums(1, 1, 12_000, 8_000)),
        (Outcome::NoAnswer, sums(1, 1, 1_000, 0)),
    ];
    assert_eq!(found.by_outcome, BTreeMap::from(expected));
    assert_eq!((found.contacts_talked, found.reached), (6, 3));
    let of = |attempts, answered, reached| VariantSums { attempts, answered, reached };
    assert_eq!(found.variants, Some([of(3, 2, 0), of(3, 2, 2)]));
    let by_agents = look(Some(goal)).await;
    assert_eq!((by_agents.reached, by_agents.variants), (1, Some([of(3, 2, 1), of(3, 2, 0)])));
}

/// A detector was wrong if the call continued differently: a tone after a person, a person who speaks after our message for a mailbox.
#[actix::test]
async fn wrong_mailbox_detections_are_counted_by_detector() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 11:00:00";
    let mut rows = format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
         VALUES ('{owner}', '{owner}', 'Spring sale', 'running', '{{}}', '2025-06-01 00:00:00', '{at}');"
    );
    let (line_person, own_person) =
        (r#"{"kind":"answered_by","who":"human"}"#, r#"{"kind":"answered_by","who":"human","by":"own"}"#);
    let own_machine = r#"{"kind":"answered_by","who":"machine","by":"own"}"#;
    let own_unsure = r#"{"kind":"answered_by","who":"unknown","by":"own"}"#;
    let (tone, speaks) = (r#"{"kind":"voicemail_tone"}"#, r#"{"kind":"speech_started"}"#);
    let says = r#"{"kind":"item_started","leg":1,"item":1,"line":null}"#;
    let calls: [&[&str]; 9] = [
        &[],
        &[line_person, says, speaks],
        &[own_person, says, speaks],
        // The detector's first word counts.
        &[own_person, says, tone, own_machine],
        &[own_machine],
        // The mailbox's own greeting.
        &[own_machine, speaks, tone, says],
        &[own_machine, tone, says, speaks],
        &[own_unsure, tone],
        &[tone, own_person],
    ];
    let id =
        |nth: usize| CallId(uuid::Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0000_0000 + nth as u128));
    for (nth, events) in calls.into_iter().enumerate() {
        let call = id(nth);
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('{call}', '{owner}', '{owner}', '{call}', '+49301000000{nth}', '{at}'); \
             INSERT INTO calls (id, organization_id, state, direction, started_at, profile_id, next, last_seq, cost_micros, talk_ms) \
             VALUES ('{call}', '{owner}', 'ended', 'outbound', '{at}', 'p', '{{}}', 1, 0, 0);"
        );
        for (seq, event) in (1..).zip(events) {
            let kind = event.split('"').nth(3).unwrap();
            rows += &format!(
                "INSERT INTO call_events (call_id, seq, organization_id, at, kind, data) \
                 VALUES ('{call}', {seq}, '{owner}', '{at}', '{kind}', '{event}');"
            );
        }
    }
    room.stranger().batch_execute(&rows).unwrap();
    let now = noon();
    for nth in 0..9 {
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, owner, id(nth), Closing::Ended(Outcome::Talked), now)
        };
        assert!(store.change(close).await.unwrap());
    }
    let mailbox = DispositionId(uuid::Uuid::from_u128(9));
    // An agent has closed two calls as a mailbox's: one that was taken for a person, and one that is known to be wrong already.
    let closed: String = [1, 3]
        .into_iter()
        .map(|nth| {
            format!(
                "INSERT INTO wrap_ups (call_id, user_id, organization_id, disposition_id, note, started_at, ended_at) \
                 VALUES ('{}', 'grace', '{owner}', '{mailbox}', '', '{at}', '{at}');",
                id(nth)
            )
        })
        .collect();
    room.stranger().batch_execute(&closed).unwrap();
    let look = async |mailbox_disposition: Option<DispositionId>| {
        let read = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, owner, CampaignId(owner.0))?.unwrap();
            campaign.settings.mailbox_disposition = mailbox_disposition;
            query::campaign_outcomes(connection, &campaign)
        };
        store.reads().run(read).await.unwrap().detections
    };
    let found = look(None).await;
    let of_line = DetectionSums { people: 1, ..DetectionSums::default() };
    let own = DetectionSums { people: 3, people_wrong: 1, machines: 3, machines_wrong: 1, unknown: 1 };
    assert_eq!(found, BTreeMap::from([(DetectedBy::Line, of_line), (DetectedBy::Own, own)]));
    let of_line = DetectionSums { people_wrong: 1, ..of_line };
    assert_eq!(
        look(Some(mailbox)).await,
        BTreeMap::from([(DetectedBy::Line, of_line), (DetectedBy::Own, own)])
    );
}

#[actix::test]
async fn tries_still_count_after_their_rows_are_deleted() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 11:00:00";
    room.stranger()
        .batch_execute(&format!(
            "{}{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('{owner}', '{owner}', '{owner}', '{owner}', '+493010000001', '{at}')",
            campaign_row(owner, "{}", &at),
            contact_row(owner, owner, "+493010000001", ("calling", 4), &at),
        ))
        .unwrap();
    let now = noon();
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, CallId(owner.0), Closing::Ended(Outcome::NoAnswer), now)
    };
    assert!(store.change(close).await.unwrap());
    let read = move |connection: &mut Connection| {
        query::contact(connection, owner, CampaignId(owner.0), ContactId(owner.0))
    };
    let contact = store.reads().run(read).await.unwrap().unwrap();
    assert_eq!((contact.tries, contact.state, contact.end), (5, ContactState::Done, Some(End::GivenUp)));
}

/// The word comes from a newer version that knows more words.
#[actix::test]
async fn an_unreadable_word_of_a_detector_leaves_no_attempt_open() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 11:00:00";
    room.stranger()
        .batch_execute(&format!(
            "{}{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('{owner}', '{owner}', '{owner}', '{owner}', '+493010000001', '{at}'); \
             INSERT INTO calls (id, organization_id, state, direction, started_at, profile_id, next, last_seq, cost_micros, talk_ms) \
             VALUES ('{owner}', '{owner}', 'ended', 'outbound', '{at}', 'p', '{{}}', 1, 0, 0); \
             INSERT INTO call_events (call_id, seq, organization_id, at, kind, data) \
             VALUES ('{owner}', 1, '{owner}', '{at}', 'answered_by', '{{\"kind\":\"answered_by\",\"who\":\"parrot\"}}')",
            campaign_row(owner, "{}", &at),
            contact_row(owner, owner, "+493010000001", ("calling", 0), &at),
        ))
        .unwrap();
    let now = noon();
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, CallId(owner.0), Closing::Ended(Outcome::Talked), now)
    };
    assert!(store.change(close).await.unwrap());
    let found: Progress =
        read(&store, |connection| query::campaign_progress(connection, owner, CampaignId(owner.0)));
    assert_eq!((found.open, found.ends), (0, BTreeMap::from([(End::Reached, 1)])));
}

/// They come from a newer version. An open attempt keeps every campaign from calling its number.
#[actix::test]
async fn unreadable_rows_leave_no_attempt_open() {
    let (at, now) = ("2026-10-29 11:00:00", noon());
    for (damage, closing, state) in [
        ("attempts SET variant = 'parrot'", Closing::Ended(Outcome::Talked), ContactState::Done),
        ("attempts SET number = 'parrot'", Closing::NotDialled(now), ContactState::Waiting),
        ("contacts SET zone = 'Mars/Base'", Closing::Ended(Outcome::Talked), ContactState::Done),
        ("contacts SET zone = 'Mars/Base'", Closing::NotDialled(now), ContactState::Waiting),
        ("campaigns SET settings = 'parrot'", Closing::Ended(Outcome::Busy), ContactState::Waiting),
    ] {
        let room = Room::new();
        let store = room.store();
        let owner = store.organization_id();
        room.stranger()
            .batch_execute(&format!(
                "{}{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
                 VALUES ('{owner}', '{owner}', '{owner}', '{owner}', '+493010000001', '{at}'); UPDATE {damage}",
                campaign_row(owner, "{}", &at),
                contact_row(owner, owner, "+493010000001", ("calling", 0), &at),
            ))
            .unwrap();
        let call_id = CallId(owner.0);
        let open = || {
            let open = read(&store, query::open_attempts);
            open.iter().map(|attempt| attempt.call_id).collect::<Vec<_>>()
        };
        assert_eq!(open(), [call_id], "{damage}");
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, owner, call_id, closing, now)
        };
        assert!(store.change(close).await.unwrap(), "{damage}");
        assert_eq!(open(), [], "{damage}");
        let found: Progress =
            read(&store, |connection| query::campaign_progress(connection, owner, CampaignId(owner.0)));
        assert_eq!((found.open, found.contacts), (0, BTreeMap::from([(state, 1)])), "{damage}");
    }
}

/// The word comes from a newer version that knows more words.
#[actix::test]
async fn a_forecast_ignores_an_unreadable_outcome() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 11:00:00";
    let tries: String = ["busy", "parrot", "busy"]
        .iter()
        .enumerate()
        .map(|(nth, outcome)| {
            format!(
                "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
                 VALUES ('0197a000-0000-7000-8000-00000000000{nth}', '{owner}', '{owner}', '{owner}', '+493010000001', '{at}', '{at}', '{outcome}'); "
            )
        })
        .collect();
    let contact = contact_row(owner, owner, "+493010000001", ("waiting", 3), &at);
    let rows = format!("{}{contact}{tries}", campaign_row(owner, "{}", &at));
    room.stranger().batch_execute(&rows).unwrap();
    let now = UnixMs::from("2026-10-29T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let people =
        read(&store, |connection| query::waiting_contacts(connection, owner, CampaignId(owner.0), now, 5));
    let tries: Vec<_> = people.iter().map(|person| person.earlier.tries.clone()).collect();
    assert_eq!(tries, [BTreeMap::from([(Outcome::Busy, 2)])]);
}

/// A contact has the variant of their first try, even if the share has changed by then.
#[actix::test]
async fn a_contact_keeps_the_variant_that_they_were_given() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 11:00:00";
    let settings = |share| format!(r#"{{"variant": {{"profile": "other", "share_permille": {share}}}}}"#);
    let mut rows = format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at, compared_since) \
         VALUES ('{owner}', '{owner}', 'Spring sale', 'running', '{}', '{at}', '{at}', '{at}');",
        settings(999)
    );
    for nth in 0..9 {
        rows += &contact_row(
            owner,
            format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
            format_args!("+49301000000{nth}"),
            ("waiting", 0),
            &at,
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    let noon = noon();
    let reserved = async |now| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 9);
        let mut given: Vec<_> = store
            .change(reserve)
            .await
            .unwrap()
            .reserved
            .into_iter()
            .map(|one| (one.number, one.variant))
            .collect();
        given.sort();
        given
    };
    let first = reserved(noon).await;
    assert_eq!(first.len(), 9);
    assert!(first.iter().filter(|(_, variant)| *variant == Some(Variant::B)).count() >= 8, "{first:?}");
    let again = format!(
        "UPDATE attempts SET closed_at = '{at}', outcome = 'busy'; UPDATE contacts SET state = 'waiting'; UPDATE campaigns SET settings = '{}'",
        settings(1)
    );
    room.stranger().batch_execute(&again).unwrap();
    assert_eq!(reserved(noon + HOUR_MS).await, first, "they keep their variant");
    let anew = format!(
        "UPDATE attempts SET closed_at = '{at}', outcome = 'busy'; UPDATE contacts SET state = 'waiting'; \
         UPDATE campaigns SET compared_since = '2026-10-29 12:30:00'"
    );
    room.stranger().batch_execute(&anew).unwrap();
    let others = reserved(noon + 25 * HOUR_MS).await;
    assert_eq!(others.len(), 9);
    assert!(others.iter().all(|(_, variant)| *variant == Some(Variant::A)), "{others:?}");
}

/// Calls of every campaign count for a number. A number that has made its calls of the day rests, and so does one whose calls are not answered.
#[actix::test]
async fn resting_caller_ids_are_unused_and_attempts_keep_theirs() {
    const TOWNS: [&str; 2] = ["+493012345", "+4989123456"];
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    let mut rows = format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
         VALUES ('{owner}', '{owner}', 'Spring sale', 'running', '{{\"caller_ids\": [\"{}\", \"{}\"], \"caller_id_calls_per_day_max\": 2}}', \
         '{at}', '{at}');",
        TOWNS[0], TOWNS[1]
    );
    for nth in 0..3 {
        rows += &contact_row(
            owner,
            format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
            format_args!("+49301000000{nth}"),
            ("waiting", 0),
            &at,
        );
    }
    // Of another campaign: a conversation with the first number, and 20 unanswered calls with the second.
    for nth in 0..21 {
        let (shown, outcome) = if nth == 0 { (TOWNS[0], "talked") } else { (TOWNS[1], "no_answer") };
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome, shown) \
             VALUES ('0197a000-0000-7000-8000-0000000001{nth:02}', '{owner}', 'another', 'somebody', '+4930999', '2026-10-28 18:{nth:02}:00', \
             '2026-10-28 18:{nth:02}:30', '{outcome}', '{shown}');"
        );
    }
    // A clock that was ahead has left a call with the first number: it is not one of today's.
    rows += &format!(
        "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, shown) \
         VALUES ('0197a000-0000-7000-8000-000000000199', '{owner}', 'another', 'somebody', '+4930999', '2026-11-30 08:00:00', '{}');",
        TOWNS[0]
    );
    rows += "UPDATE attempts SET reserved_at = '2026-10-29 08:00:00' WHERE outcome = 'talked'";
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    let time = |text: &str| UnixMs::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let (noon, midnight) = (time("2026-10-29T11:00:00Z"), time("2026-10-30T00:00:00Z"));
    let unanswered_until = time("2026-10-29T18:20:00Z");
    let reserve = async || {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
        let looked = store.change(reserve).await.unwrap();
        assert_eq!((looked.reserved.len(), looked.all_rest_until), (1, Some(unanswered_until)));
        let reserved = looked.reserved[0].clone();
        assert_eq!(reserved.shown.as_ref().map(ToString::to_string).as_deref(), Some(TOWNS[0]));
        reserved
    };
    let first = reserve().await;
    let read = move |connection: &mut Connection| {
        let campaign = query::campaign(connection, owner, campaign)?.unwrap();
        query::campaign_caller_ids(connection, &campaign, noon)
    };
    let told: Vec<_> = store
        .reads()
        .run(read)
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.number.to_string(), one.calls_today, one.rang, one.answered, one.rests))
        .collect();
    let expected = [
        (TOWNS[0].to_owned(), 2, 1, 1, Some((midnight, RestReason::DayMaximum))),
        (TOWNS[1].to_owned(), 0, 20, 0, Some((unanswered_until, RestReason::Unanswered))),
    ];
    assert_eq!(told, expected);

    // An attempt that was never dialled keeps its number; a forgotten attempt was not a call.
    let call_id = first.call_id;
    let still = move |connection: &mut Connection| query::still_to_dial(connection, owner, call_id, noon);
    assert_eq!(store.reads().run(still).await.unwrap(), Some(first));
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, call_id, Closing::NotDialled(noon), noon)
    };
    assert!(store.change(close).await.unwrap());
    assert_ne!(reserve().await.call_id, call_id);
}

/// A number may be withdrawn after the campaign was saved: the others are shown, even if they are less close.
#[actix::test]
async fn a_withdrawn_caller_id_is_never_shown() {
    let room = Room::new();
    let store = room.store();
    // Not the first organization, which has every number.
    let owner: OrganizationId = "ffffffff-0000-7000-8000-000000000001".parse().unwrap();
    let at = "2026-10-29 08:00:00";
    let rows = format!(
        "INSERT INTO organizations (id, name, created_at) VALUES ('{owner}', 'Miller', '{at}'); \
         INSERT INTO grants (organization_id, kind, name) VALUES ('{owner}', 'caller_id', '+4989123456'); \
         {}{}",
        campaign_row(owner, "{\"caller_ids\": [\"+493012345\", \"+4989123456\"]}", &at),
        contact_row(owner, "0197a000-0000-7000-8000-000000000001", "+493010000001", ("waiting", 0), &at),
    );
    room.stranger().batch_execute(&rows).unwrap();
    let noon = noon();
    let reserve = move |connection: &mut Connection| {
        change::reserve_attempts(connection, owner, CampaignId(owner.0), noon, 5)
    };
    let looked = store.change(reserve).await.unwrap();
    let shown: Vec<_> =
        looked.reserved.iter().map(|one| one.shown.as_ref().map(ToString::to_string)).collect();
    assert_eq!(shown, [Some("+4989123456".to_owned())]);
}

/// No calls at ten in Berlin were answered, and all calls at six: a contact who did not answer at noon is tried again at six. The calls come from an
/// earlier version, which recorded no hours.
#[actix::test]
async fn unanswered_calls_are_retried_at_the_hour_people_answer() {
    let calls = [("2026-10-28 09:10:00", "no_answer", 60), ("2026-10-28 17:10:00", "talked", 60)];
    // Four hours later it would be four in the afternoon; a contact whose line was busy is there.
    assert_eq!(tried_again(&calls, None, None).await, [6 * HOUR_MS, HOUR_MS / 4]);
    // A new campaign knows what other campaigns of its organization have learned, but nothing of another organization.
    let other = "0197a000-0000-7000-8000-00000000000c";
    assert_eq!(tried_again(&calls, None, Some(other)).await, [6 * HOUR_MS, HOUR_MS / 4]);
    assert_eq!(tried_again(&calls, Some(other), Some(other)).await, [4 * HOUR_MS, HOUR_MS / 4]);
}

/// At four a tenth answered, and at six two fifths. In July everyone answered at ten: that is too long ago.
#[actix::test]
async fn all_calls_of_recent_months_show_when_people_answer() {
    let calls = [
        ("2026-07-28 08:10:00", "talked", 300),
        ("2026-10-28 15:10:00", "no_answer", 180),
        ("2026-10-28 15:10:00", "talked", 20),
        ("2026-10-28 17:10:00", "no_answer", 420),
        ("2026-10-28 17:10:00", "talked", 280),
    ];
    assert_eq!(tried_again(&calls, None, None).await, [6 * HOUR_MS, HOUR_MS / 4]);
}

/// A number of New York whose owner is in Los Angeles, on their third try.
#[actix::test]
async fn a_call_counts_by_its_contacts_hour_and_try() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let at = "2026-10-29 08:00:00";
    let rows = format!(
        "{}INSERT INTO contacts (id, organization_id, campaign_id, number, zone, variables, consent, state, next_at, tries, created_at, updated_at) \
         VALUES ('0197a000-0000-7000-8000-000000000001', '{owner}', '{owner}', '+12125550123', 'America/Los_Angeles', '{{}}', 'form 7', 'waiting', \
         '{at}', 2, '{at}', '{at}');",
        campaign_row(owner, "{}", &at),
    );
    room.stranger().batch_execute(&rows).unwrap();
    // A Thursday, eleven in Los Angeles.
    let now = UnixMs::from("2026-10-29T18:10:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
    let looked = store.change(reserve).await.unwrap();
    let [attempt] = &looked.reserved[..] else { panic!("{looked:?}") };
    let call_id = attempt.call_id;
    let learned = move |connection: &mut Connection| {
        let campaign = query::campaign(connection, owner, campaign)?.unwrap();
        query::learned_hours(connection, &campaign, now)
    };
    assert_eq!(read(&store, learned), Learned::default(), "the call is not over");
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, call_id, Closing::Ended(Outcome::NoAnswer), now)
    };
    assert!(store.change(close).await.unwrap());
    let mut own = Hourly::default();
    own.add(WeekHour::of_number(11).unwrap(), 3, Calls { rang: 1, answered: 0 });
    assert_eq!(read(&store, learned), Learned { own, others: Hourly::default() });
}

/// An earlier version has left two calls open and 450 closed. One of the two ends before the calls are summed, the other one afterwards.
#[actix::test]
async fn earlier_versions_calls_are_summed_by_hour_while_campaigns_run() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let noon = noon();
    let (at, called_at) = ("2026-10-29 11:00:00", "2026-10-28 17:10:00");
    let mut rows = campaign_row(owner, "{}", &at);
    for nth in 0..450 {
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('0197a000-0000-7000-8000-00000001{nth:04}', '{owner}', '{owner}', 'somebody {nth}', '+49301000{nth:04}', \
             '{called_at}', '{called_at}', 'talked');"
        );
    }
    for nth in 1..=2 {
        rows += &format!(
            "{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('0197a000-0000-7000-8000-00000000000{nth}', '{owner}', '{owner}', '0197a000-0000-7000-8000-00000000000{nth}', \
             '+4930200000{nth}', '{called_at}');",
            contact_row(
                owner,
                format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
                format_args!("+4930200000{nth}"),
                ("calling", 0),
                &at
            ),
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let close = async |nth: u128| {
        let id = CallId(uuid::Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0000_0000 + nth));
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, owner, id, Closing::Ended(Outcome::NoAnswer), noon)
        };
        assert!(store.change(close).await.unwrap());
    };
    let learned = || {
        let own = |connection: &mut Connection| {
            let campaign = query::campaign(connection, owner, campaign)?.unwrap();
            query::learned_hours(connection, &campaign, noon)
        };
        read(&store, own).own.all()
    };
    close(1).await;
    assert_eq!(learned(), Calls::default());
    assert_eq!(read(&store, query::attempts_without_hour), 452);
    let mut parts = Vec::new();
    loop {
        let part = store.change(change::fill_some_hours).await.unwrap();
        if part == 0 {
            break;
        }
        parts.push(part);
    }
    assert!(parts.len() > 2 && parts.iter().sum::<u64>() == 452, "{parts:?}");
    assert_eq!(learned(), Calls { rang: 451, answered: 450 });
    close(2).await;
    assert_eq!(learned(), Calls { rang: 452, answered: 450 });
}

/// Returns the pauses until contacts are tried again who did not answer at noon in Berlin, or whose line was busy then, after this many calls at
/// these moments. The calls are of this organization and campaign, or of another one.
async fn tried_again(
    calls: &[(&str, &str, usize)],
    organization: Option<&str>,
    of_campaign: Option<&str>,
) -> Vec<u64> {
    let room = Room::new();
    let owner = room.store().organization_id();
    let campaign = CampaignId(owner.0);
    let noon = noon();
    let at = "2026-10-29 11:00:00";
    let mut rows = campaign_row(owner, "{\"rules\": {\"retries\": {\"best_hour\": true}}}", &at);
    if let Some(other) = organization {
        rows +=
            &format!("INSERT INTO organizations (id, name, created_at) VALUES ('{other}', 'Other', '{at}');");
    }
    let own = owner.to_string();
    let (organization, of_campaign) = (organization.unwrap_or(&own), of_campaign.unwrap_or(&own));
    let each = calls.iter().flat_map(|call| std::iter::repeat_n(call, call.2));
    for (nth, (at, outcome, _)) in each.enumerate() {
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('0197a000-0000-7000-8000-00000001{nth:04}', '{organization}', '{of_campaign}', 'somebody {nth}', '+49301000{nth:04}', \
             '{at}', '{at}', '{outcome}');"
        );
    }
    for nth in 1..=2 {
        rows += &format!(
            "{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('0197a000-0000-7000-8000-00000000000{nth}', '{owner}', '{owner}', '0197a000-0000-7000-8000-00000000000{nth}', \
             '+4930200000{nth}', '{at}');",
            contact_row(
                owner,
                format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
                format_args!("+4930200000{nth}"),
                ("calling", 0),
                &at
            ),
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let store = room.store();
    while store.change(change::fill_some_hours).await.unwrap() > 0 {}
    let mut next = Vec::new();
    for (nth, outcome) in [(1_u128, Outcome::NoAnswer), (2, Outcome::Busy)] {
        let id = uuid::Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0000_0000 + nth);
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, owner, CallId(id), Closing::Ended(outcome), noon)?;
            query::contact(connection, owner, campaign, ContactId(id))
        };
        next.push(store.change(close).await.unwrap().unwrap().next_at.ms_since(noon));
    }
    next
}

/// A later version may no longer know a time zone.
#[actix::test]
async fn an_unreadable_contact_does_not_block_other_contacts() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for nth in 0..2 {
        rows += &contact_row(
            owner,
            format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
            format_args!("+49301000000{nth}"),
            ("waiting", 0),
            &at,
        );
    }
    rows += "UPDATE contacts SET zone = 'Mars/Base' WHERE number = '+493010000000'";
    room.stranger().batch_execute(&rows).unwrap();
    let noon = noon();
    let look = async |now: UnixMs| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let looked = store.change(reserve).await.unwrap();
        let numbers = looked.reserved.into_iter().map(|attempt| attempt.number.to_string());
        (numbers.collect::<Vec<_>>(), looked.next)
    };
    let later = noon + HOUR_MS;
    assert_eq!(look(noon).await, (vec!["+493010000001".to_owned()], Some(later)));
    room.stranger().batch_execute("UPDATE contacts SET zone = NULL").unwrap();
    assert_eq!(look(later).await, (vec!["+493010000000".to_owned()], None));
}

/// A file is added in parts, and the audit log only reports the last part.
#[actix::test]
async fn campaigns_learn_of_each_part_of_a_list() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let at = "2026-10-29 08:00:00";
    room.stranger().batch_execute(&campaign_row(owner, "{}", &at)).unwrap();
    let mut changes = store.changes();
    for told in [true, false] {
        let add = move |connection: &mut Connection| {
            let somebody = Contact {
                id: ContactId(uuid::Uuid::now_v7()),
                organization_id: owner,
                campaign_id: campaign,
                number: "+493010000001".parse().unwrap(),
                variables: BTreeMap::new(),
                zone: None,
                consent: "form 7".to_owned(),
                state: ContactState::Waiting,
                end: None,
                next_at: UnixMs(0),
                tries: 0,
                last_outcome: None,
                created_at: UnixMs(0),
            };
            change::add_contacts(connection, owner, campaign, &[somebody])
        };
        let added = store.change(add).await.unwrap();
        assert_eq!(added.added, usize::from(told), "the second time they are known contacts");
        let changed = changes.try_recv().ok().map(|changed| (changed.what, changed.id));
        assert_eq!(changed, told.then(|| (Thing::Campaign, campaign.to_string())));
    }
}

/// Both are called and talked with. One agrees on the next afternoon, and the calendar is set back by an hour before the calls end.
#[actix::test]
async fn contacts_are_called_again_only_at_an_agreed_time() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for nth in 0..2 {
        rows += &contact_row(
            owner,
            format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
            format_args!("+49301000000{nth}"),
            ("waiting", 0),
            &at,
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let noon = noon();
    let look = async |now: UnixMs| {
        let reserve =
            move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, now, 5);
        let looked = store.change(reserve).await.unwrap();
        (looked.reserved, looked.next)
    };
    let (reserved, _) = look(noon).await;
    let calls: Vec<CallId> = reserved.iter().map(|attempt| attempt.call_id).collect();
    let [first, second] = calls[..] else { panic!("{calls:?}") };
    let request = async |call: CallId, text: &'static str, now: UnixMs| {
        let note = move |connection: &mut Connection| {
            change::call_again(connection, owner, call, (text, "The quote"), now)
        };
        store.change(note).await.unwrap()
    };
    let CalledAgain::Not(why) = request(first, "2026-10-30T07:00", noon).await else { panic!("before nine") };
    assert!(why.ends_with("Friday, 30 October 2026, 09:00 (Europe/Berlin)"), "{why}");
    let told = "Friday, 30 October 2026, 15:00 (Europe/Berlin)".to_owned();
    assert_eq!(request(first, "2026-10-30T15:00", noon).await, CalledAgain::At(told));
    for call in [first, second] {
        let close = move |connection: &mut Connection| {
            let closing = Closing::Ended(Outcome::Talked);
            change::close_attempt(connection, owner, call, closing, noon - HOUR_MS)
        };
        assert!(store.change(close).await.unwrap());
    }
    let agreed = noon + 27 * HOUR_MS;
    let (early, next) = look(agreed - 1).await;
    assert_eq!((early.len(), next), (0, Some(agreed)));
    let (again, _) = look(agreed).await;
    let numbers: Vec<String> = again.iter().map(|attempt| attempt.number.to_string()).collect();
    assert_eq!(numbers, ["+493010000000"]);
    let told = again[0].variables.get("call_back_note").map(String::as_str);
    assert_eq!(told, Some("The quote"), "the call's agent knows it");
    // Nothing can be agreed on a finished call.
    assert!(matches!(request(first, "2026-10-30T15:00", noon).await, CalledAgain::Not(_)));
    // The second call ends ten minutes after its beginning, and after the time that they agree on.
    let (second, over) = (again[0].call_id, agreed + HOUR_MS / 6);
    assert!(matches!(request(second, "2026-10-30T15:05", agreed).await, CalledAgain::At(_)));
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, second, Closing::Ended(Outcome::Talked), over)
    };
    assert!(store.change(close).await.unwrap());
    assert_eq!(look(over).await.0.len(), 1);
}

/// An owner gives the campaign to agents, and stops it then, while an assistant of it still talks.
#[actix::test]
async fn agreed_calls_survive_another_mode_and_stopped_campaigns_promise_none() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let noon = noon();
    add_waiting(&room, owner, "+493010000001");
    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
    let call = store.change(reserve).await.unwrap().reserved.remove(0).call_id;
    let request = async || {
        let note = move |connection: &mut Connection| {
            change::call_again(connection, owner, call, ("2026-10-30T15:00", ""), noon)
        };
        store.change(note).await.unwrap()
    };
    let set = async |state: CampaignState| {
        let set = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, owner, campaign)?.unwrap();
            campaign.state = state;
            campaign.settings.rules.mode = Mode::Preview;
            change::update_campaign(connection, &campaign)
        };
        store.change(set).await.unwrap();
    };
    assert!(matches!(request().await, CalledAgain::At(_)));
    set(CampaignState::Stopped).await;
    let CalledAgain::Not(why) = request().await else { panic!("a call was promised that nobody makes") };
    assert!(why.contains("stopped"), "{why}");
    set(CampaignState::Running).await;
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, call, Closing::Ended(Outcome::Talked), noon + 60_000)
    };
    assert!(store.change(close).await.unwrap());
    let progress = read(&store, |connection| query::campaign_progress(connection, owner, campaign));
    assert_eq!(progress.contacts, BTreeMap::from([(ContactState::Waiting, 1)]));
}

/// Germany allows two calls a day: the first was at six on Friday evening, the second is on Saturday. A day after the first is Saturday evening, when
/// no one may be called, and on Sunday no one may be called either.
#[actix::test]
async fn a_refused_time_is_answered_with_a_possible_one() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let evening = "2026-10-30 17:00:00";
    room.stranger()
        .batch_execute(&format!(
            "{}{}INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('0197a000-0000-7000-8000-000000000001', '{owner}', 'another', 'somebody', '+493010000001', '{evening}', '{evening}', \
             'no_answer')",
            campaign_row(owner, "{}", &evening),
            contact_row(owner, owner, "+493010000001", ("waiting", 0), &evening),
        ))
        .unwrap();
    let saturday = UnixMs::from("2026-10-31T11:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, saturday, 5);
    let call = store.change(reserve).await.unwrap().reserved.remove(0).call_id;
    let request = async |text: &'static str| {
        let note = move |connection: &mut Connection| {
            change::call_again(connection, owner, call, (text, ""), saturday)
        };
        store.change(note).await.unwrap()
    };
    let CalledAgain::Not(why) = request("2026-10-31T15:00").await else {
        panic!("a third call on one day was allowed")
    };
    assert!(why.ends_with("Monday, 2 November 2026, 09:00 (Europe/Berlin)"), "{why}");
    let told = "Monday, 2 November 2026, 09:00 (Europe/Berlin)".to_owned();
    assert_eq!(request("2026-11-02T09:00").await, CalledAgain::At(told));
}

/// To the address of the list, or one that they have confirmed; the outbox has it once, however often it is requested.
#[actix::test]
async fn campaigns_that_allow_it_send_one_email_per_call() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let campaign = CampaignId(owner.0);
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for (nth, variables) in [r#"{"email": "Ada@example.com"}"#, "{}"].into_iter().enumerate() {
        rows += &format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('0197a000-0000-7000-8000-00000000000{nth}', '{owner}', '{owner}', '+49301000000{nth}', '{variables}', 'form 7', 'waiting', \
             '{at}', 0, '{at}', '{at}');"
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let noon = noon();
    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 5);
    let reserved = store.change(reserve).await.unwrap().reserved;
    let calls: Vec<CallId> = reserved.iter().map(|attempt| attempt.call_id).collect();
    let [ada, bo] = calls[..] else { panic!("{calls:?}") };
    let send = async |call_id: CallId, to: Option<&str>| {
        let to = to.map(|address| EmailAddress::parse(address).unwrap());
        let letter = Letter::new("Our offer".to_owned(), "Dear Ada,".to_owned());
        let wanted = EmailWanted { organization_id: owner, call_id, to, letter, at: noon };
        let queue = move |connection: &mut Connection| change::queue_campaign_email(connection, wanted);
        store.change(queue).await.unwrap()
    };
    let not = |why: &str| EmailQueued::Not(why.to_owned());
    assert_eq!(send(ada, None).await, not("this campaign sends no e-mails any more"));
    let allow = r#"UPDATE campaigns SET settings = '{"sends_email": true}'"#;
    room.stranger().batch_execute(allow).unwrap();
    assert_eq!(send(ada, None).await, EmailQueued::To("ada@example.com".to_owned()));
    for again in [None, Some("eve@example.com")] {
        assert_eq!(send(ada, again).await, not("an e-mail was sent on this call, and there is one at most"));
    }
    let unknown = send(bo, None).await;
    assert!(matches!(&unknown, EmailQueued::Not(why) if why.contains("ask for it")), "{unknown:?}");
    assert_eq!(send(bo, Some("bo@example.com")).await, EmailQueued::To("bo@example.com".to_owned()));
    let wanted = DeliveryQuery { webhook_id: None, before: None, limit: 10 };
    let written = read(&store, move |connection| query::deliveries(connection, owner, wanted));
    let mut targets: Vec<_> = written.iter().map(|one| (one.target.as_str(), one.event.as_str())).collect();
    targets.sort_unstable();
    assert_eq!(targets, [("ada@example.com", "campaign.email"), ("bo@example.com", "campaign.email")]);
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, bo, Closing::Ended(Outcome::Talked), noon)
    };
    assert!(store.change(close).await.unwrap());
    assert_eq!(send(bo, None).await, not("this call is of no campaign, or it is over"));

    // A customer who is deleted gets none, although their address was only said on the call.
    let number = Some("+493010000001".parse().unwrap());
    let customer = Customer::new(CustomerId(owner.0), owner, number, noon);
    let id = customer.id;
    store.change(move |connection| change::create_customer(connection, &customer)).await.unwrap();
    let forget = move |connection: &mut Connection| change::forget_customer(connection, owner, id);
    assert!(store.change(forget).await.unwrap());
    let left = read(&store, move |connection| query::deliveries(connection, owner, wanted));
    assert_eq!(left.iter().map(|one| one.target.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
}

#[actix::test]
async fn progress_counts_contacts_and_attempts_through_all_their_states() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let at = "2026-10-29 08:00:00";
    let mut rows = campaign_row(owner, "{}", &at);
    for nth in 0..4 {
        rows += &contact_row(
            owner,
            format_args!("0197a000-0000-7000-8000-00000000000{nth}"),
            format_args!("+49301000000{nth}"),
            ("waiting", 0),
            &at,
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let campaign = CampaignId(owner.0);
    let noon = noon();
    let progress = async || {
        let read = move |connection: &mut Connection| query::campaign_progress(connection, owner, campaign);
        store.reads().run(read).await.unwrap()
    };
    let waiting = |count| (ContactState::Waiting, count);
    let expected = Progress { contacts: BTreeMap::from([waiting(4)]), ..Progress::default() };
    assert_eq!(progress().await, expected);

    let reserve =
        move |connection: &mut Connection| change::reserve_attempts(connection, owner, campaign, noon, 2);
    let reserved = store.change(reserve).await.unwrap().reserved;
    let calling = (ContactState::Calling, 2);
    let expected =
        Progress { contacts: BTreeMap::from([waiting(2), calling]), open: 2, ..Progress::default() };
    assert_eq!(progress().await, expected);

    let closings = [Closing::Ended(Outcome::Talked), Closing::NotDialled(noon)];
    for (attempt, closing) in reserved.into_iter().zip(closings) {
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, owner, attempt.call_id, closing, noon)
        };
        assert!(store.change(close).await.unwrap());
    }
    let outcomes = BTreeMap::from([(Outcome::Talked, 1)]);
    let expected = Progress {
        contacts: BTreeMap::from([waiting(3), (ContactState::Done, 1)]),
        ends: BTreeMap::from([(End::Reached, 1)]),
        outcomes: outcomes.clone(),
        open: 0,
    };
    assert_eq!(progress().await, expected);

    // Attempts outlive their contacts.
    let delete =
        move |connection: &mut Connection| change::delete_some_contacts(connection, owner, campaign, 10);
    assert_eq!(store.change(delete).await.unwrap(), 4);
    assert_eq!(progress().await, Progress { outcomes, ..Progress::default() });
}
