//! Cost of a report of a year: `cargo bench --bench report_figures [-- [kept] CALLS]`, by default 1,000,000 calls.
//!
//! Calls of a year are inserted into both kinds of database as rows. All are counted as at a first start, and then reports are read. With `kept` no
//! calls are inserted, but the sums of that many, by hour and by day, from which months are made as in the server. Reports read nothing else.
//!
//! On a busy machine a report also waits until its thread has a core. So the longest reports are also given without that wait. The wait of
//! PostgreSQL's own process is included in both.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement stops where it fails")]

use std::time::{Duration, Instant};

use cordboard::config::{Database, PostgresUrl};
use cordboard::counting;
use cordboard::store::{Ask, Connection, Store, StoreSettings, migrate, query};
use cordboard_schema::report::{Cut, Grain};
use cordboard_test_support::postgres;
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};

const CALLS: u64 = 1_000_000;
const YEAR_S: u64 = 365 * 86_400;
/// Reports of each kind.
const READS: usize = 300;

const COLUMNS: &str = "id, organization_id, state, direction, from_party, to_party, started_at, answered_at, ended_at, \
     hangup_cause, hangup_by, profile_id, next, last_seq, provider, cost_micros, talk_ms, tally";
/// After the call's number `n` and its time `t`: eight of our numbers, four profiles; one of ten calls is missed.
const VALUES: &str = "'ended', 'inbound', '+4930' || (n % 5000), '10' || (n % 8), t, CASE WHEN n % 10 > 0 THEN t END, t, \
     CASE WHEN n % 10 > 0 THEN 'normal_clearing' ELSE 'no_audio' END, 'caller', 'profile-' || (n % 4), '{}', 1, 'openai', \
     40000, CASE WHEN n % 10 > 0 THEN 90000 END, '{\"version\":2,\"replies\":{\"' || (90 + n % 23) || '\":3,\"' || (110 + n % 17) || '\":1}}'";

fn main() {
    let calls = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(CALLS);
    let fill = match std::env::args().any(|text| text == "kept") {
        true => Fill::Sums,
        false => Fill::Calls,
    };
    println!(
        "| database, {calls} calls; p50 / p99 ms (p99 without the wait for a core) | put in, s | counted, s | a year by day | by number | by agent | of one key | a month by hour |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    measure("SQLite", &StoreSettings::file(&file), (fill, calls), |sql| {
        SqliteConnection::establish(&file.display().to_string()).unwrap().batch_execute(sql).unwrap();
    });
    let url = postgres::shared().unwrap().url(&postgres::empty_database().unwrap(), "?sslmode=disable");
    let settings = StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap()));
    measure("PostgreSQL", &settings, (fill, calls), |sql| {
        PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap();
    });
}

/// Contents of the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    /// Calls, which are then counted.
    Calls,
    /// The sums that counting them would leave.
    Sums,
}

fn measure(name: &str, settings: &StoreSettings, (fill, calls): (Fill, u64), run: impl Fn(&str)) {
    migrate(settings).unwrap();
    let store = Store::open(settings).unwrap();
    let organization_id = store.organization_id();
    let organization = organization_id.to_string();
    let began = Instant::now();
    match fill {
        Fill::Calls => run(&filling(name, calls, &organization)),
        Fill::Sums => kept(calls, &organization).iter().for_each(|sql| run(sql)),
    }
    let put_in = began.elapsed();
    let began = Instant::now();
    actix::System::new().block_on(async { counting::all(&store).await.unwrap() });
    let counted = began.elapsed();
    let times = |from: &str, by, cut, key: Option<&str>| {
        let ask = Ask {
            from: from.parse().unwrap(),
            to: "2025-12-31".parse().unwrap(),
            by,
            cut,
            key: key.map(str::to_owned),
            currency: "EUR".to_owned(),
        };
        let times: Vec<(Duration, Duration)> = (0..READS)
            .map(|_| {
                let (ask, before, began) = (ask.clone(), waited_for_core(), Instant::now());
                let read = |connection: &mut Connection| query::report(connection, organization_id, ask);
                let report = store.reads().run_blocking(read).unwrap();
                assert!(report.now.figures.calls > 0 && report.hours_behind == 0);
                let took = began.elapsed();
                (took, took.saturating_sub(waited_for_core().saturating_sub(before)))
            })
            .collect();
        let ms = |mut times: Vec<Duration>, percent: usize| {
            times.sort_unstable();
            times[(READS * percent).div_ceil(100) - 1].as_secs_f64() * 1_000.0
        };
        let (took, worked): (Vec<Duration>, Vec<Duration>) = times.into_iter().unzip();
        format!("{:.1} / {:.1} ({:.1})", ms(took.clone(), 50), ms(took, 99), ms(worked, 99))
    };
    let year = |cut, key| times("2025-01-01", Grain::Day, cut, key);
    let (all, by_number, by_agent) = (year(Cut::All, None), year(Cut::Number, None), year(Cut::Agent, None));
    // Inserted calls have no agents.
    let of_one = match fill {
        Fill::Calls => year(Cut::Number, Some("103")),
        Fill::Sums => year(Cut::Agent, Some("agent-7")),
    };
    let hours = times("2025-12-01", Grain::Hour, Cut::All, None);
    let (put_in, counted) = (put_in.as_secs_f64(), counted.as_secs_f64());
    println!(
        "| {name} | {put_in:.0} | {counted:.0} | {all} | {by_number} | {by_agent} | {of_one} | {hours} |"
    );
}

/// Time in which this thread was ready and had no core.
fn waited_for_core() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(told.split_whitespace().nth(1).unwrap().parse().unwrap())
}

/// Returns the statement that inserts this many calls into the year 2025.
fn filling(name: &str, calls: u64, organization: &str) -> String {
    let ms = YEAR_S * 1_000 / calls;
    if name == "SQLite" {
        return format!(
            "INSERT INTO calls ({COLUMNS}) WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < {calls} - 1), \
             moment AS (SELECT n, strftime('%Y-%m-%d %H:%M:%f', 1735689600 + n * {ms} / 1000.0, 'unixepoch') AS t FROM number) \
             SELECT printf('call-%012d', n), '{organization}', {VALUES} FROM moment;"
        );
    }
    format!(
        "INSERT INTO calls ({COLUMNS}) SELECT 'call-' || lpad(n::text, 12, '0'), '{organization}', {VALUES} FROM \
         (SELECT n, TIMESTAMP '2025-01-01' + n * INTERVAL '{ms} milliseconds' AS t FROM generate_series(0, {calls} - 1) AS n) AS moment; ANALYZE;"
    )
}

/// Returns the statements that insert the sums of this many calls of the year 2025, and as many of the year before, by day, and by hour for the last
/// two months: eight of our numbers, four profiles of two versions, four queues, forty agents, three providers, five campaigns, twenty topics, twelve
/// fields with two values.
fn kept(calls: u64, organization: &str) -> Vec<String> {
    let keys: [(Cut, u64); 10] = [
        (Cut::All, 1),
        (Cut::Number, 8),
        (Cut::Profile, 4),
        (Cut::Version, 8),
        (Cut::Queue, 4),
        (Cut::Agent, 40),
        (Cut::Provider, 3),
        (Cut::Campaign, 5),
        (Cut::Topic, 20),
        (Cut::Extraction, 24),
    ];
    let first: chrono::NaiveDate = "2024-01-01".parse().unwrap();
    let mut statements = vec![format!(
        "INSERT INTO figure_zones (organization_id, zone, settled_until) VALUES ('{organization}', 'UTC', '2026-01-01 00:00:00')"
    )];
    for day in 0..731 {
        let date = first + chrono::Days::new(day);
        let mut rows = Vec::new();
        for (cut, keys) in keys {
            for key in 0..keys {
                let name = if cut == Cut::All { String::new() } else { format!("{}-{key}", cut.as_str()) };
                let mut row = |grain: Grain, hour: u64, calls| {
                    let sums = sums(calls, day + key);
                    rows.push(format!(
                        "('{organization}', '{}', '{}', '{date} {hour:02}:00:00', '{name}', '{sums}')",
                        grain.as_str(),
                        cut.as_str()
                    ));
                };
                row(Grain::Day, 0, calls / 365 / keys);
                // Reports by hour cover a month at most, and compare it with the month before.
                if day >= 366 + 304 && matches!(cut, Cut::All | Cut::Number) {
                    (0..24).for_each(|hour| row(Grain::Hour, hour, calls / 365 / 24 / keys));
                }
            }
        }
        statements.push(format!(
            "INSERT INTO figures (organization_id, grain, cut, at, key, sums) VALUES {}",
            rows.join(", ")
        ));
    }
    statements
}

/// Returns the sums of this many calls as the server writes them: waits and replies in some sixty steps each.
fn sums(calls: u64, seed: u64) -> String {
    let spread = |from: u64| {
        let steps = (0..60).map(|step| format!("\"{}\":{}", from + step, (calls + seed) / 60 + step));
        steps.collect::<Vec<_>>().join(",")
    };
    format!(
        "{{\"calls\":{calls},\"inbound\":{calls},\"answered\":{0},\"contained\":{1},\"handed_over\":{2},\"missed\":{2},\"handoffs\":{2},\"bridged\":{2},\
         \"failures\":{{\"no_answer\":{3},\"busy\":{3}}},\"waits\":{{{4}}},\"replies\":{{{5}}},\"talk\":[{6},{0}],\"handling\":[{6},{2}],\"cost_micros\":{6},\
         \"outcomes\":{{\"normal_clearing\":{1},\"call_transferred\":{2},\"no_audio\":{2}}},\"leads\":{3},\"bookings\":{3},\"conversed\":[{6},{0}],\
         \"silent_ms\":{1},\"interruptions\":{0},\"settled\":{0},\"resolved\":{1}}}",
        calls * 9 / 10,
        calls * 7 / 10,
        calls / 10,
        calls / 50,
        spread(150),
        spread(90),
        calls * 90_000,
    )
}
