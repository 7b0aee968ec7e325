//! Cost of campaigns with 1,000,000 contacts: `cargo bench --bench campaign_figures [-- CONTACTS]`, at least 30,000.
//!
//! Five campaigns import their contacts like a file, in both kinds of database. Then attempts are reserved and closed one after another, and the data
//! of pages is read: while everybody waits, while a filter leaves out half, and after nine of ten were called. The tables go to standard output, and
//! progress to standard error.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a measurement stops where it fails"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{
    Closing, Connection, ContactQuery, Store, StoreError, StoreSettings, change, migrate, query,
};
use cordboard_actors::world;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Campaign, CampaignSettings, Contact, ContactState};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::filter::ContactFilter;
use cordboard_campaigns::retries::Retries;
use cordboard_campaigns::rules::Rules;
use cordboard_schema::ids::{CampaignId, ContactId, OrganizationId};
use cordboard_schema::time::UnixMs;
use cordboard_test_support::postgres;
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};

const CONTACTS: usize = 1_000_000;
/// With fewer, nobody waits any more before all attempts are reserved.
const CONTACTS_MIN: usize = 30_000;
const CAMPAIGNS: usize = 5;
/// Contacts that one change of the store adds, as from a file.
const ADDED_AT_ONCE: usize = 2_000;
/// Attempts that are reserved, and closed.
const ATTEMPTS: usize = 2_000;
/// Reads of each kind.
const READS: usize = 100;
/// Contacts of a page, and one more that shows whether there is another page.
const PAGE: i64 = 51;
/// Contacts whose calls are looked up at once for the file of a list.
const OF_FILE: usize = 500;
/// 4 May 2027, 11:00 in Berlin, a Tuesday.
const NOW: UnixMs = UnixMs(1_809_421_200_000);
/// When the campaigns were made: 1 January 2026. Ids of contacts and calls are of the day of the measurement.
const MADE: UnixMs = UnixMs(1_767_225_600_000);

/// Marks nine of ten waiting contacts as called, each once, with a call of the same id. Of 30 talks one makes a lead.
const CALL_MOST: [&str; 7] = [
    "INSERT INTO calls (id, organization_id, state, direction, to_party, started_at, answered_at, ended_at, hangup_cause, hangup_by, \
     profile_id, next, last_seq, provider, cost_micros, talk_ms) SELECT id, organization_id, 'ended', 'outbound', number, created_at, \
     created_at, created_at, 'normal_clearing', 'caller', 'profile', '{}', 1, 'openai', 40000, 50000 FROM contacts \
     WHERE state = 'waiting' AND number NOT LIKE '%0'",
    "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, dialled_at, closed_at, outcome, \
     callee_hour, callee_try) \
     SELECT id, organization_id, campaign_id, id, number, created_at, created_at, created_at, CASE WHEN number LIKE '%1' THEN 'no_answer' \
     WHEN number LIKE '%2' THEN 'busy' WHEN number LIKE '%3' THEN 'machine' ELSE 'talked' END, 9 + LENGTH(variables) % 11, 1 \
     FROM contacts WHERE state = 'waiting' AND number NOT LIKE '%0'",
    "INSERT INTO leads (id, organization_id, call_id, name, need, urgency, budget, address, status, notes, created_at, updated_at) \
     SELECT id, organization_id, id, 'Ann', 'A roof', '', '', '', 'new', '', created_at, created_at FROM contacts \
     WHERE state = 'waiting' AND (number LIKE '%14' OR number LIKE '%54')",
    // The server adds these when it closes each of them.
    "DELETE FROM attempt_sums; DELETE FROM attempt_hours",
    "INSERT INTO attempt_hours (organization_id, month, campaign_id, hour, nth, rang, answered) SELECT organization_id, '2027-05', campaign_id, \
     callee_hour, callee_try, COUNT(*), CAST(SUM(CASE WHEN outcome = 'talked' THEN 1 ELSE 0 END) AS BIGINT) FROM attempts \
     WHERE outcome IN ('talked', 'machine', 'no_answer') GROUP BY organization_id, campaign_id, callee_hour, callee_try; \
     INSERT INTO attempt_hours (organization_id, month, campaign_id, hour, nth, rang, answered) SELECT organization_id, month, '', hour, nth, \
     SUM(rang), SUM(answered) FROM attempt_hours GROUP BY organization_id, month, hour, nth",
    "INSERT INTO attempt_sums (campaign_id, organization_id, outcome, variant, compared_since, detected_by, detected_as, detection_wrong, \
     count, kept, cost_micros, talk_ms) SELECT a.campaign_id, a.organization_id, a.outcome, '', '1970-01-01 00:00:00', '', '', FALSE, \
     COUNT(*), COUNT(c.id), CAST(COALESCE(SUM(c.cost_micros), 0) AS BIGINT), CAST(COALESCE(SUM(c.talk_ms), 0) AS BIGINT) \
     FROM attempts AS a LEFT JOIN calls AS c ON c.id = a.call_id WHERE a.outcome IS NOT NULL \
     GROUP BY a.campaign_id, a.organization_id, a.outcome; \
     UPDATE campaigns SET contacts_talked = (SELECT COUNT(DISTINCT a.contact_id) FROM attempts AS a \
     WHERE a.campaign_id = campaigns.id AND a.outcome = 'talked')",
    "UPDATE contacts SET state = 'done', tries = 1, \
     end_reason = CASE WHEN number LIKE '%1' OR number LIKE '%2' OR number LIKE '%3' THEN 'given_up' ELSE 'reached' END, \
     last_outcome = CASE WHEN number LIKE '%1' THEN 'no_answer' WHEN number LIKE '%2' THEN 'busy' WHEN number LIKE '%3' THEN 'machine' \
     ELSE 'talked' END WHERE state = 'waiting' AND number NOT LIKE '%0'",
];

fn main() {
    let contacts = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(CONTACTS);
    assert!(contacts >= CONTACTS_MIN, "at least {CONTACTS_MIN} contacts");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    let system = actix::System::new();
    system.block_on(measure("SQLite", &StoreSettings::file(&file), contacts, |sql| {
        let mut connection = SqliteConnection::establish(&file.display().to_string()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
        connection.batch_execute(sql).unwrap();
    }));
    let url = postgres::shared().unwrap().url(&postgres::empty_database().unwrap(), "?sslmode=disable");
    let settings = StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap()));
    system.block_on(measure("PostgreSQL", &settings, contacts, |sql| {
        PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap();
    }));
}

async fn measure(name: &str, settings: &StoreSettings, contacts: usize, run: impl Fn(&str)) {
    // On a server that has run for a while, PostgreSQL has done this by itself.
    let settle = || {
        if name == "PostgreSQL" {
            run("VACUUM ANALYZE");
        }
    };
    migrate(settings).unwrap();
    let store = Store::open(settings).unwrap();
    let before = resident_mib();
    let mut campaigns = Vec::with_capacity(CAMPAIGNS);
    for number in 0..CAMPAIGNS {
        let campaign = campaign(store.organization_id(), number);
        let made = campaign.clone();
        let make = move |connection: &mut Connection| change::create_campaign(connection, &made);
        store.change(make).await.unwrap();
        campaigns.push(campaign);
    }
    let began = Instant::now();
    let each = contacts / CAMPAIGNS;
    for (place, campaign) in campaigns.iter().enumerate() {
        take_in(&store, campaign, place * each..(place + 1) * each).await;
        eprintln!("{name}: campaign {} of {CAMPAIGNS} has its contacts, {:.0?}", place + 1, began.elapsed());
    }
    let rate = (each * CAMPAIGNS) as f64 / began.elapsed().as_secs_f64();
    settle();
    println!("\n{name}: {rate:.0} contacts a second are taken in");
    println!(
        "| {name}, {contacts} contacts | | p50, ms | p99, ms | longest, ms |\n| --- | --- | --- | --- | --- |"
    );
    look(&store, &campaigns, "all wait").await;
    let with_a_one = r#"{"conditions": [{"variable": "last_name", "is": "contains", "value": "1"}]}"#;
    filter(&store, &campaigns, with_a_one, "a filter is applied").await;
    settle();
    look(&store, &campaigns, "a filter leaves out half").await;
    filter(&store, &campaigns, "{}", "a filter is taken away").await;
    settle();
    let began = Instant::now();
    for (step, sql) in CALL_MOST.iter().enumerate() {
        run(sql);
        eprintln!(
            "{name}: nine of ten are called, step {} of {}, {:.0?}",
            step + 1,
            CALL_MOST.len(),
            began.elapsed()
        );
    }
    settle();
    look(&store, &campaigns, "9 of 10 were called").await;
    println!("{name}: {before} MiB resident before, {} MiB behind", resident_mib());
}

/// A campaign that runs.
fn campaign(organization_id: OrganizationId, number: usize) -> Campaign {
    let retries = Retries { best_hour: true, ..Retries::default() };
    let rules = Rules { consent: "form 7".to_owned(), retries, ..Rules::default() };
    Campaign {
        id: CampaignId(world::new_id()),
        organization_id,
        name: format!("Campaign {number}"),
        state: CampaignState::Running,
        settings: CampaignSettings { rules, ..CampaignSettings::default() },
        trouble: None,
        compared_since: None,
        created_at: MADE,
        updated_at: MADE,
    }
}

/// A contact with a number in Berlin.
fn contact(campaign: &Campaign, number: usize) -> Contact {
    let facts = [("first_name", "Ann".to_owned()), ("last_name", format!("Miller {number}"))];
    Contact {
        id: ContactId(world::new_id()),
        organization_id: campaign.organization_id,
        campaign_id: campaign.id,
        number: number_of(number).parse().unwrap(),
        variables: facts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        zone: None,
        consent: String::new(),
        state: ContactState::Waiting,
        end: None,
        next_at: NOW,
        tries: 0,
        last_outcome: None,
        created_at: NOW,
    }
}

fn number_of(number: usize) -> String {
    format!("+4930{}", 10_000_000 + number)
}

/// Adds contacts to a campaign, like a file of them.
async fn take_in(store: &Store, campaign: &Campaign, numbers: std::ops::Range<usize>) {
    let (organization_id, id) = (campaign.organization_id, campaign.id);
    for first in numbers.clone().step_by(ADDED_AT_ONCE) {
        let behind = (first + ADDED_AT_ONCE).min(numbers.end);
        let people: Vec<Contact> = (first..behind).map(|number| contact(campaign, number)).collect();
        loop {
            let people = people.clone();
            let add = move |connection: &mut Connection| {
                change::add_contacts(connection, organization_id, id, &people)
            };
            match store.change(add).await {
                Ok(taken) => break assert_eq!(taken.added, behind - first),
                // On a busy machine it exceeded the time limit, and was rolled back.
                Err(StoreError::NoConnection(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Sets another filter on campaigns, and prints how long each part of applying it to their lists takes.
async fn filter(store: &Store, campaigns: &[Campaign], filter: &str, state: &str) {
    let mut parts = Vec::new();
    for campaign in campaigns {
        let (organization_id, id) = (campaign.organization_id, campaign.id);
        let filter: ContactFilter = serde_json::from_str(filter).unwrap();
        let set = move |connection: &mut Connection| {
            let mut campaign = query::campaign(connection, organization_id, id)?.unwrap();
            campaign.settings.filter = filter;
            change::update_campaign(connection, &campaign)
        };
        store.change(set).await.unwrap();
        loop {
            let apply = move |connection: &mut Connection| {
                change::apply_filter_to_some(connection, organization_id, id)
            };
            let began = Instant::now();
            let has_more = store.change(apply).await.unwrap();
            parts.push(began.elapsed());
            if !has_more {
                break;
            }
        }
    }
    tell("a part of 500 contacts", state, parts);
}

/// Reserves and closes attempts, reads the data of pages, and prints how long each took.
async fn look(store: &Store, campaigns: &[Campaign], state: &str) {
    let organization_id = store.organization_id();
    let (mut reserving, mut closing, mut choosing) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..ATTEMPTS {
        let (id, now) = (campaigns[turn % campaigns.len()].id, NOW + turn as u64);
        let reserve = move |connection: &mut Connection| {
            change::reserve_attempts(connection, organization_id, id, now, 1)
        };
        let began = Instant::now();
        let looked = store.change(reserve).await.unwrap();
        reserving.push(began.elapsed());
        let call_id = looked.reserved[0].call_id;
        // Each campaign has both kinds.
        let is_tried_again = turn / campaigns.len() % 2 == 1;
        let outcome = if is_tried_again { Outcome::NoAnswer } else { Outcome::Talked };
        let close = move |connection: &mut Connection| {
            let closing = Closing::Ended(outcome);
            change::close_attempt(connection, organization_id, call_id, closing, now)
        };
        let began = Instant::now();
        assert!(store.change(close).await.unwrap());
        let took = if is_tried_again { &mut choosing } else { &mut closing };
        took.push(began.elapsed());
    }
    tell("an attempt is reserved", state, reserving);
    tell("it is closed", state, closing);
    tell("it is closed, and the hour of the next try chosen", state, choosing);
    eprintln!("{state}: attempts are measured");

    let campaign = &campaigns[0];
    let id = campaign.id;
    let all = ContactQuery { limit: PAGE, ..ContactQuery::default() };
    let of_number = ContactQuery { number: Some(number_of(4_711).parse().unwrap()), ..all.clone() };
    // No contact has it, so without an index all would be read.
    let of_outcome = ContactQuery { outcome: Some(Outcome::Abandoned), ..all.clone() };
    let page = |wanted: &ContactQuery| {
        read(store, |connection: &mut Connection| query::contacts(connection, organization_id, id, wanted))
    };
    let progress =
        read(store, |connection: &mut Connection| query::campaign_progress(connection, organization_id, id));
    tell("progress", state, progress);
    tell("first page of contacts", state, page(&all));
    tell("the contact of a number", state, page(&of_number));
    tell("a page of contacts by outcome", state, page(&of_outcome));
    let outcomes = read(store, |connection: &mut Connection| query::campaign_outcomes(connection, campaign));
    tell("outcomes and their cost", state, outcomes);
    let rate = |connection: &mut Connection| query::abandon_rate(connection, organization_id, id, NOW);
    tell("abandon rate", state, read(store, rate));
    let some = ContactQuery { limit: OF_FILE as i64, ..ContactQuery::default() };
    let listed = |connection: &mut Connection| query::contacts(connection, organization_id, id, &some);
    let people = store.reads().run_blocking(listed).unwrap();
    let calls = |connection: &mut Connection| query::calls_to_contacts(connection, organization_id, &people);
    tell("calls to 500 contacts, for the file", state, read(store, calls));
    check(store, campaign);
}

/// Asserts that the measured answers are right: outcomes equal the progress.
fn check(store: &Store, campaign: &Campaign) {
    let both = |connection: &mut Connection| {
        let progress = query::campaign_progress(connection, campaign.organization_id, campaign.id)?;
        Ok((progress, query::campaign_outcomes(connection, campaign)?))
    };
    let (progress, found) = store.reads().run_blocking(both).unwrap();
    let by_outcome: BTreeMap<Outcome, u64> =
        found.by_outcome.iter().map(|(outcome, sums)| (*outcome, sums.count)).collect();
    assert_eq!(by_outcome, progress.outcomes);
    println!("<!-- {} calls reached the goal, of {} talks -->", found.reached, found.contacts_talked);
}

/// Returns how long each of some reads takes.
fn read<T>(store: &Store, query: impl Fn(&mut Connection) -> Result<T, StoreError>) -> Vec<Duration> {
    let once = |_| {
        let began = Instant::now();
        store.reads().run_blocking(&query).unwrap();
        began.elapsed()
    };
    (0..READS).map(once).collect()
}

fn tell(what: &str, state: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let ms = |percent: usize| took[(took.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1_000.0;
    println!("| {what} | {state} | {:.1} | {:.1} | {:.1} |", ms(50), ms(99), ms(100));
}

/// Resident memory of this process, in MiB.
fn resident_mib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() / 1024
}
