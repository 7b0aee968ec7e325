//! The sums of a campaign's calls match its rows, whatever happens to the rows.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard::store::{
    Closing, Connection, DetectionSums, DispositionChosen, DispositionSums, OutcomeSums, Outcomes, Store,
    VariantSums, change, query,
};
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::best_hour::{Calls, Hourly, Learned, WeekHour};
use cordboard_campaigns::campaign::Campaign;
use cordboard_schema::call::Direction;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, CampaignId, DispositionId, OrganizationId, UserId};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::{Disposition, WrapUp};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use uuid::Uuid;

use super::room::{Room, call, read};
use crate::entries::{Conversation, now};

/// Longest wait until a statement waits for a row.
const LIMIT: Duration = Duration::from_secs(20);

const DAY_MS: u64 = 24 * 3_600_000;
/// When all attempts were reserved: 2025-06-02 00:00 UTC.
const RESERVED_AT: UnixMs = UnixMs(1_748_822_400_000);

/// A row of a count of attempts and their calls.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    word: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    kept: i64,
    #[diesel(sql_type = BigInt)]
    cost_micros: i64,
    #[diesel(sql_type = BigInt)]
    talk_ms: i64,
}

/// Returns all attempts and their calls, grouped by a word.
fn grouped(room: &Room, word: &str) -> Vec<(String, OutcomeSums)> {
    let query = format!(
        "SELECT {word} AS word, COUNT(*) AS count, COUNT(c.id) AS kept, CAST(COALESCE(SUM(c.cost_micros), 0) AS BIGINT) AS cost_micros, \
         CAST(COALESCE(SUM(c.talk_ms), 0) AS BIGINT) AS talk_ms FROM attempts AS a LEFT JOIN calls AS c ON c.id = a.call_id \
         AND c.organization_id = a.organization_id WHERE a.outcome IS NOT NULL AND {word} IS NOT NULL GROUP BY {word}"
    );
    let rows: Vec<Row> = diesel::sql_query(query).load(&mut room.stranger()).unwrap();
    let read = |row: Row| {
        let sums = OutcomeSums {
            count: row.count.try_into().unwrap(),
            kept: row.kept.try_into().unwrap(),
            cost_micros: row.cost_micros.try_into().unwrap(),
            talk_ms: row.talk_ms.try_into().unwrap(),
        };
        (row.word, sums)
    };
    rows.into_iter().map(read).collect()
}

/// Returns the answer of `/outcomes`, counted from all rows. The campaign has no goals.
fn by_rows(room: &Room) -> Outcomes {
    let count = |word: &str| -> BTreeMap<String, u64> {
        grouped(room, word).into_iter().map(|(word, sums)| (word, sums.count)).collect()
    };
    let by_variant = count("a.variant || ' ' || a.outcome");
    let of = |variant: &str| VariantSums {
        attempts: by_variant
            .iter()
            .filter(|(word, _)| word.starts_with(variant))
            .map(|(_, count)| count)
            .sum(),
        answered: by_variant.get(&format!("{variant} talked")).copied().unwrap_or_default(),
        reached: 0,
    };
    let detected = count("a.detected_by || ' ' || a.detected_as");
    let people = detected.get("own human").copied();
    let mut dispositions: BTreeMap<DispositionId, DispositionSums> = BTreeMap::new();
    for (word, count) in count("a.disposition_id || ' ' || a.disposition_by") {
        let (id, by) = word.split_once(' ').unwrap();
        let of = dispositions.entry(id.parse().unwrap()).or_default();
        match by {
            "assistant" => of.by_assistant += count,
            "agent" => of.by_agents += count,
            _ => panic!("{word}"),
        }
    }
    Outcomes {
        by_outcome: grouped(room, "a.outcome")
            .into_iter()
            .map(|(word, sums)| (Outcome::of_word(&word).unwrap(), sums))
            .collect(),
        dispositions,
        contacts_talked: count("CASE WHEN a.outcome = 'talked' THEN a.contact_id END").len() as u64,
        reached: 0,
        variants: Some([of("a"), of("b")]),
        detections: people
            .map(|people| (DetectedBy::Own, DetectionSums { people, ..DetectionSums::default() }))
            .into_iter()
            .collect(),
    }
}

/// Returns the calls by hour and try, counted from all rows.
fn hours_by_rows(room: &Room) -> Hourly {
    let query = "SELECT CAST(callee_hour AS TEXT) || ' ' || CAST(callee_try AS TEXT) AS word, COUNT(*) AS count, \
         CAST(SUM(CASE WHEN outcome IN ('talked', 'abandoned') THEN 1 ELSE 0 END) AS BIGINT) AS kept, CAST(0 AS BIGINT) AS cost_micros, \
         CAST(0 AS BIGINT) AS talk_ms FROM attempts WHERE outcome IN ('talked', 'abandoned', 'machine', 'no_answer') AND callee_hour >= 0 \
         GROUP BY callee_hour, callee_try";
    let rows: Vec<Row> = diesel::sql_query(query).load(&mut room.stranger()).unwrap();
    let mut hourly = Hourly::default();
    for row in rows {
        let (hour, nth) = row.word.split_once(' ').unwrap();
        let hour = WeekHour::of_number(hour.parse().unwrap()).unwrap();
        let calls = Calls { rang: row.count.try_into().unwrap(), answered: row.kept.try_into().unwrap() };
        hourly.add(hour, nth.parse().unwrap(), calls);
    }
    hourly
}

/// Returns the answer of `/outcomes`, which has to match the rows.
fn told(room: &Room, store: &Store, when: &str) -> Outcomes {
    let owner = store.organization_id();
    let found = read(store, |connection| {
        let campaign = query::campaign(connection, owner, CampaignId(owner.0))?.unwrap();
        query::campaign_outcomes(connection, &campaign)
    });
    assert_eq!(found, by_rows(room), "{when}");
    let learned = |months_later: u64| {
        read(store, |connection| {
            let campaign = query::campaign(connection, owner, CampaignId(owner.0))?.unwrap();
            query::learned_hours(connection, &campaign, RESERVED_AT + months_later * 30 * DAY_MS)
        })
    };
    assert_eq!(learned(1), Learned { own: hours_by_rows(room), others: Hourly::default() }, "{when}");
    assert_eq!(learned(4), Learned::default(), "{when}: they are too old");
    found
}

/// Returns the journal of an answered outbound call with this cost, with its end.
fn made(said: &mut Conversation, cost_micros: u64) -> Vec<JournalEntry> {
    let mut entries = said.live();
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Outbound;
    }
    entries.push(said.entry(Fact::AnsweredBy { who: AnsweredBy::Human, by: DetectedBy::Own }));
    entries.push(charged(said, cost_micros));
    entries.extend(said.ended(NextStep::Hangup));
    entries
}

fn charged(said: &mut Conversation, cost_micros: u64) -> JournalEntry {
    said.entry(Decision::Charged { model: "m".to_owned(), cost_micros })
}

async fn write(store: &Store, entries: Vec<JournalEntry>) {
    store.journal(entries);
    store.commit().await.unwrap();
}

/// Whether it was open.
async fn close(store: &Store, call_id: CallId, outcome: Outcome) -> bool {
    let owner = store.organization_id();
    let close = move |connection: &mut Connection| {
        change::close_attempt(connection, owner, call_id, Closing::Ended(outcome), now())
    };
    store.change(close).await.unwrap()
}

/// Outcomes that an assistant reports.
async fn choose(store: &Store, call_id: CallId, name: &'static str) -> DispositionChosen {
    let owner = store.organization_id();
    let choose = move |connection: &mut Connection| {
        change::choose_campaign_disposition(connection, owner, call_id, name)
    };
    store.change(choose).await.unwrap()
}

/// An outcome that an agent reports in a wrap-up.
async fn wrap_up(store: &Store, call_id: CallId, chosen: &Disposition) {
    let wrap_up = WrapUp {
        organization_id: store.organization_id(),
        call_id,
        user_id: UserId(Uuid::now_v7()),
        queue_id: None,
        disposition_id: Some(chosen.id),
        note: String::new(),
        started_at: now(),
        ended_at: now(),
    };
    let write = move |connection: &mut Connection| change::insert_wrap_up(connection, &wrap_up);
    store.change(write).await.unwrap();
}

#[actix::test]
async fn sums_of_calls_match_their_rows_after_every_change() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let mut calls: Vec<Conversation> = (0..6).map(|_| Conversation::new(owner)).collect();
    let mut rows = format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at, compared_since) VALUES \
         ('{owner}', '{owner}', 'Spring sale', 'running', '{{}}', '2025-06-01 00:00:00', '2025-06-01 00:00:00', '2025-06-02 00:00:00');"
    );
    // The first two are tries to reach one contact.
    let people: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    for (nth, contact) in people.iter().enumerate() {
        rows += &format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('{contact}', '{owner}', '{owner}', '+49301000000{nth}', '{{}}', 'form 7', 'calling', '2025-06-02 00:00:00', 0, \
             '2025-06-02 00:00:00', '2025-06-02 00:00:00');"
        );
    }
    for (nth, said) in calls.iter().enumerate() {
        let (contact, call_id) = (people[nth.saturating_sub(1)], said.call_id);
        let variant = if nth % 2 == 0 { "a" } else { "b" };
        // The second is the second try of its contact, and the zone of the fourth is not known.
        let hour = match nth {
            3 => "-1",
            _ if nth % 2 == 0 => "10",
            _ => "34",
        };
        let nth_try = if nth == 1 { 2 } else { 1 };
        rows += &format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, variant, compared_since, \
             callee_hour, callee_try) VALUES ('{call_id}', '{owner}', '{owner}', '{contact}', '+493010000001', '2025-06-02 00:00:00', \
             '{variant}', '2025-06-02 00:00:00', {hour}, {nth_try});"
        );
    }
    room.stranger().batch_execute(&rows).unwrap();
    let nothing = told(&room, &store, "nothing is closed");
    assert_eq!((nothing.by_outcome.len(), nothing.contacts_talked), (0, 0));

    let outcomes = [Outcome::Talked, Outcome::Talked, Outcome::Talked, Outcome::NoAnswer];
    for (nth, outcome) in outcomes.into_iter().enumerate() {
        let entries = made(&mut calls[nth], 1_000);
        write(&store, entries).await;
        assert!(close(&store, calls[nth].call_id, outcome).await);
        told(&room, &store, &format!("attempt {nth} is closed"));
    }
    let talked = |found: &Outcomes| found.by_outcome.get(&Outcome::Talked).copied().unwrap_or_default();
    let found = told(&room, &store, "four are closed");
    assert_eq!((talked(&found).count, talked(&found).cost_micros, found.contacts_talked), (3, 3_000, 2));

    assert!(!close(&store, calls[0].call_id, Outcome::Busy).await);
    assert_eq!(told(&room, &store, "one is closed twice"), found);

    let known = read(&store, |connection| query::dispositions(connection, owner));
    let [resolved, follow_up, _] = &known[..] else { panic!("{known:?}") };
    let ids: Vec<CallId> = calls.iter().map(|said| said.call_id).collect();
    let by_assistant = |count| DispositionSums { by_assistant: count, by_agents: 0 };
    let by_agents = |count| DispositionSums { by_assistant: 0, by_agents: count };
    assert_eq!(choose(&store, ids[0], "Resolved").await, DispositionChosen::Noted);
    let said = told(&room, &store, "an assistant says how a call ended").dispositions;
    assert_eq!(said, BTreeMap::from([(resolved.id, by_assistant(1))]));
    assert_eq!(choose(&store, ids[0], "Follow up").await, DispositionChosen::Noted);
    assert_eq!(choose(&store, ids[4], "Resolved").await, DispositionChosen::Noted);
    let said = told(&room, &store, "it says another, and one of a call that is not over").dispositions;
    assert_eq!(said, BTreeMap::from([(follow_up.id, by_assistant(1))]));
    wrap_up(&store, ids[0], resolved).await;
    assert_eq!(choose(&store, ids[0], "Follow up").await, DispositionChosen::AgentHas);
    let said = told(&room, &store, "an agent says another").dispositions;
    assert_eq!(said, BTreeMap::from([(resolved.id, by_agents(1))]));
    let names = known.iter().map(|one| one.name.clone()).collect();
    assert_eq!(choose(&store, ids[1], "Sold").await, DispositionChosen::NoSuch(names));
    let of_no_campaign = CallId(Uuid::now_v7());
    assert_eq!(choose(&store, of_no_campaign, "Resolved").await, DispositionChosen::NoCampaign);

    let late = charged(&mut calls[0], 70);
    write(&store, vec![late.clone()]).await;
    write(&store, vec![late]).await;
    assert_eq!(talked(&told(&room, &store, "a cost arrives late, twice")).cost_micros, 3_070);
    for micros in [(0, 30), (30, 4)] {
        let id = calls[1].call_id;
        let charge = move |connection: &mut Connection| change::charge_judge(connection, owner, id, micros);
        store.change(charge).await.unwrap();
    }
    assert_eq!(talked(&told(&room, &store, "a judge has cost something")).cost_micros, 3_074);

    // The next server closes what the previous one left open: one attempt with a journal, one without.
    let entries = made(&mut calls[4], 500);
    write(&store, entries).await;
    drop(store);
    let store = room.store();
    assert!(close(&store, calls[4].call_id, Outcome::Talked).await);
    assert!(close(&store, calls[5].call_id, Outcome::Failed).await);
    let found = told(&room, &store, "another server has closed them");
    assert_eq!((talked(&found).count, found.contacts_talked), (4, 3));
    let both = DispositionSums { by_assistant: 1, by_agents: 1 };
    assert_eq!(found.dispositions, BTreeMap::from([(resolved.id, both)]));

    let campaign = CampaignId(owner.0);
    let delete =
        move |connection: &mut Connection| change::delete_some_contacts(connection, owner, campaign, 10);
    assert_eq!(store.change(delete).await.unwrap(), 5);
    assert_eq!(told(&room, &store, "their contacts are deleted"), found);

    // Records go first, because tries are counted for 30 days.
    for (days, kept, tries) in [(1, 0, 4), (40, 0, 0)] {
        let at = now() + days * DAY_MS;
        let delete =
            move |connection: &mut Connection| change::delete_calls(connection, owner, (at, at), 100);
        store.change(delete).await.unwrap();
        let found = told(&room, &store, &format!("what is {days} days old is deleted"));
        assert_eq!((talked(&found).kept, talked(&found).count), (kept, tries));
    }
    assert_eq!(told(&room, &store, "all is deleted"), nothing);
}

/// Returns a count that a query selects.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Waits until a statement of this PostgreSQL waits for a row.
async fn somebody_waits(room: &Room) {
    let query = "SELECT COUNT(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut stranger = room.stranger();
    let looking = async {
        while diesel::sql_query(query).get_result::<Count>(&mut stranger).unwrap().count == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, looking).await.unwrap();
}

/// Creates a campaign with the organization's id and one call in progress.
fn has_call(room: &Room, owner: OrganizationId, call_id: CallId) {
    let contact = Uuid::now_v7();
    let rows = format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at, compared_since) VALUES \
         ('{owner}', '{owner}', 'Spring sale', 'running', '{{}}', '2025-06-01 00:00:00', '2025-06-01 00:00:00', '2025-06-02 00:00:00'); \
         INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
         VALUES ('{contact}', '{owner}', '{owner}', '+493010000001', '{{}}', 'form 7', 'calling', '2025-06-02 00:00:00', 0, \
         '2025-06-02 00:00:00', '2025-06-02 00:00:00'); \
         INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, variant, compared_since, \
         callee_hour, callee_try) VALUES ('{call_id}', '{owner}', '{owner}', '{contact}', '+493010000001', '2025-06-02 00:00:00', 'a', \
         '2025-06-02 00:00:00', 10, 1)"
    );
    room.stranger().batch_execute(&rows).unwrap();
}

/// Closes a campaign's call while another server has inserted, but not committed, a row that closing adds to. Returns the campaign.
async fn closed_beside(
    room: &Room,
    store: &Store,
    insert: impl FnOnce(OrganizationId) -> String,
) -> Campaign {
    let owner = store.organization_id();
    let call_id = CallId(Uuid::now_v7());
    has_call(room, owner, call_id);
    let mut other = room.stranger();
    other.batch_execute(&format!("BEGIN; {}", insert(owner))).unwrap();
    let closing = actix_rt::spawn({
        let store = store.clone();
        async move { close(&store, call_id, Outcome::Talked).await }
    });
    // SQLite has one writer at a time: its change begins after the other's.
    if matches!(other, Connection::Postgres(_)) {
        somebody_waits(room).await;
    }
    other.batch_execute("COMMIT").unwrap();
    assert!(closing.await.unwrap());
    read(store, |connection| query::campaign(connection, owner, CampaignId(owner.0))).unwrap()
}

#[actix::test]
async fn simultaneous_inserts_of_an_hour_make_one_row() {
    let room = Room::new();
    let store = room.store();
    // The sum of the organization's campaigns, to which another campaign adds a call.
    let insert = |owner| {
        format!(
            "INSERT INTO attempt_hours (organization_id, month, campaign_id, hour, nth, rang, answered) \
             VALUES ('{owner}', '2025-06', '', 10, 1, 1, 1)"
        )
    };
    let campaign = closed_beside(&room, &store, insert).await;
    let learned =
        read(&store, |connection| query::learned_hours(connection, &campaign, RESERVED_AT + 30 * DAY_MS));
    let one = |calls| {
        let mut hourly = Hourly::default();
        hourly.add(WeekHour::of_number(10).unwrap(), 1, calls);
        hourly
    };
    let call = Calls { rang: 1, answered: 1 };
    assert_eq!(learned, Learned { own: one(call), others: one(call) });
}

#[actix::test]
async fn simultaneous_inserts_of_an_outcome_make_one_row() {
    let room = Room::new();
    let store = room.store();
    // Another call of the campaign, which another server closes.
    let insert = |owner| {
        format!(
            "INSERT INTO attempt_sums (campaign_id, organization_id, outcome, variant, compared_since, detected_by, detected_as, \
             detection_wrong, disposition_id, disposition_by, count, kept, cost_micros, talk_ms) \
             VALUES ('{owner}', '{owner}', 'talked', 'a', '2025-06-02 00:00:00', '', '', FALSE, '', '', 1, 1, 70, 9000)"
        )
    };
    let campaign = closed_beside(&room, &store, insert).await;
    let found = read(&store, |connection| query::campaign_outcomes(connection, &campaign));
    let both = OutcomeSums { count: 2, kept: 1, cost_micros: 70, talk_ms: 9_000 };
    assert_eq!(found.by_outcome, BTreeMap::from([(Outcome::Talked, both)]));
}

#[actix::test]
async fn a_sum_at_its_maximum_accepts_further_costs() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let mut said = Conversation::new(owner);
    has_call(&room, owner, said.call_id);
    let mut entries = said.live();
    entries.push(charged(&mut said, 1_000));
    entries.extend(said.ended(NextStep::Hangup));
    write(&store, entries).await;
    // Calls that have cost nearly as much as a sum can hold.
    let sum = format!(
        "INSERT INTO attempt_sums (campaign_id, organization_id, outcome, variant, compared_since, detected_by, detected_as, \
         detection_wrong, disposition_id, disposition_by, count, kept, cost_micros, talk_ms) \
         VALUES ('{owner}', '{owner}', 'talked', 'a', '2025-06-02 00:00:00', '', '', FALSE, '', '', 1, 1, {}, 9000)",
        i64::MAX - 10
    );
    room.stranger().batch_execute(&sum).unwrap();
    let told = || {
        let found = read(&store, |connection| {
            let campaign = query::campaign(connection, owner, CampaignId(owner.0))?.unwrap();
            query::campaign_outcomes(connection, &campaign)
        });
        let talked = found.by_outcome[&Outcome::Talked];
        (talked.count, talked.cost_micros)
    };
    assert!(close(&store, said.call_id, Outcome::Talked).await);
    assert_eq!(told(), (2, i64::MAX.unsigned_abs()));
    let late = charged(&mut said, 70);
    write(&store, vec![late]).await;
    assert_eq!(told(), (2, i64::MAX.unsigned_abs()));
    assert_eq!(call(&store, said.call_id).unwrap().cost_micros, 1_070);

    // A cost that is subtracted again makes it smaller.
    let (id, at) = (said.call_id, now() + DAY_MS);
    let delete = move |connection: &mut Connection| change::delete_calls(connection, owner, (at, at), 100);
    store.change(delete).await.unwrap();
    assert!(call(&store, id).is_none());
    assert_eq!(told(), (2, i64::MAX.unsigned_abs() - 1_070));
}
