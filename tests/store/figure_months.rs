//! Sums of months match those of their days: for any first and last day of a report, in any zone, however late a row arrives.

use chrono::{NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use cordboard::counting;
use cordboard::store::{Store, change, query};
use cordboard_schema::report::{Cut, Grain, Report};
use diesel::connection::SimpleConnection;

use super::figures::{answered, asked, at, begun, in_zone, kept, missed, missed_by, report};
use super::room::{Room, read};

/// Returns reports of these days that sum many days.
fn reports(store: &Store, from: &str, to: &str) -> Vec<Report> {
    let asked_of = [(Cut::All, None), (Cut::Number, None), (Cut::Number, Some("200")), (Cut::Version, None)];
    let mut found: Vec<Report> =
        asked_of.iter().map(|(cut, key)| report(store, asked(from, to, Grain::Day, *cut, *key))).collect();
    found.push(report(store, asked(to, to, Grain::Hour, Cut::Number, Some("100"))));
    found
}

/// Marks every day as changed: reports then read days, and no months.
fn mark_all_days(room: &Room) {
    room.stranger()
        .batch_execute(
            "DELETE FROM figure_month_marks; INSERT INTO figure_month_marks (organization_id, at, id) \
             SELECT organization_id, at, 'changed' FROM figures WHERE grain = 'day' AND cut = 'all'",
        )
        .unwrap();
}

/// Adds 1,000 calls to each stored month, which none of its days has.
fn falsify_months(room: &Room) {
    room.stranger()
        .batch_execute("UPDATE figures SET sums = '{\"calls\":1000}' WHERE grain = 'month' AND cut = 'all'")
        .unwrap();
}

fn calls(store: &Store, from: &str, to: &str) -> u64 {
    report(store, asked(from, to, Grain::Day, Cut::All, None)).now.figures.calls
}

#[actix::test]
async fn reports_by_months_and_days_agree_for_any_span() {
    // Clocks go back in October in Berlin, and forward by half an hour in Lord Howe; in Havana they go back across the midnight at which November
    // begins. In India and Newfoundland days begin at half past.
    for zone in [
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::Asia__Kolkata,
        Tz::Australia__Lord_Howe,
        Tz::America__Havana,
        Tz::America__St_Johns,
    ] {
        let room = Room::new();
        let store = room.store();
        in_zone(&store, 0, zone).await;
        for month in 6..=12 {
            let first = chrono::NaiveDate::from_ymd_opt(2020, month, 1).unwrap();
            let midnight = zone.from_local_datetime(&first.and_time(NaiveTime::MIN)).earliest().unwrap();
            for minutes in [0, 30, 90, 24 * 60, 14 * 24 * 60] {
                let began = (midnight + TimeDelta::minutes(minutes)).to_utc();
                missed(&store, &began.to_rfc3339());
                answered(&store, &(began - TimeDelta::seconds(1)).to_rfc3339());
            }
        }
        // The hours around the changes of the clocks.
        for began in
            ["2020-10-25T00:30:00Z", "2020-10-25T01:30:00Z", "2020-10-03T15:29:59Z", "2020-10-03T15:30:00Z"]
        {
            answered(&store, began);
        }
        store.commit().await.unwrap();
        counting::all(&store).await.unwrap();
        let mut spans =
            vec![("2020-10-31", "2020-10-31"), ("2020-10-01", "2020-10-31"), ("2020-07-01", "2020-12-31")];
        for from in ["2020-08-31", "2020-09-01", "2020-09-02"] {
            spans.extend(["2020-10-30", "2020-10-31", "2020-11-01", "2020-11-30"].map(|to| (from, to)));
        }
        let by_months: Vec<_> = spans.iter().map(|(from, to)| reports(&store, from, to)).collect();
        mark_all_days(&room);
        for ((from, to), by_months) in spans.iter().zip(by_months) {
            assert_eq!(by_months, reports(&store, from, to), "{zone}, from {from} to {to}");
        }
        // And the sums are read; otherwise the checks above would show nothing.
        counting::all(&store).await.unwrap();
        falsify_months(&room);
        assert_eq!(calls(&store, "2020-09-01", "2020-11-30"), 3_000, "{zone}");
    }
}

#[actix::test]
async fn a_stored_month_is_read_if_wholly_requested() {
    let room = Room::new();
    let store = room.store();
    in_zone(&store, 0, Tz::Europe__Berlin).await;
    missed(&store, "2020-10-10T10:00:00Z");
    answered(&store, "2020-11-20T10:00:00Z");
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    falsify_months(&room);
    for (from, to, expected) in [
        ("2020-10-01", "2020-11-30", 2_000),
        ("2020-09-30", "2020-12-01", 2_000),
        ("2020-10-02", "2020-11-30", 1_001),
        ("2020-10-01", "2020-11-29", 1_001),
        ("2020-10-02", "2020-11-29", 2),
        ("2020-10-10", "2020-10-10", 1),
    ] {
        assert_eq!(calls(&store, from, to), expected, "from {from} to {to}");
    }
    let december = report(&store, asked("2020-12-01", "2020-12-31", Grain::Day, Cut::All, None));
    assert_eq!(december.before.figures.calls, 1_000, "from the 31st of October to the 30th of November");

    // The business moves to another zone, and nothing of its old months is left.
    in_zone(&store, 1, Tz::Asia__Kolkata).await;
    counting::all(&store).await.unwrap();
    assert_eq!(calls(&store, "2020-10-01", "2020-11-30"), 2);
}

#[actix::test]
async fn a_late_call_counts_in_its_month_at_once() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    in_zone(&store, 0, Tz::Europe__Berlin).await;
    begun(&store).await;
    missed(&store, "2020-10-10T10:00:00Z");
    answered(&store, "2020-11-20T10:00:00Z");
    store.commit().await.unwrap();
    let told = || {
        let numbers = report(&store, asked("2020-10-01", "2020-11-30", Grain::Day, Cut::Number, None));
        let missed = numbers.keys.iter().find(|found| found.key == "200").unwrap().now.calls;
        (numbers.now.figures.calls, missed)
    };
    counting::all(&store).await.unwrap();
    assert_eq!(told(), (2, 1));
    missed(&store, "2020-10-20T10:00:00Z");
    store.commit().await.unwrap();
    assert_eq!(told(), (3, 2), "before its hour is counted");
    kept(&store).await;
    assert_eq!(told(), (3, 2), "before its month is summed again");
    counting::all(&store).await.unwrap();
    assert_eq!(told(), (3, 2), "after its month is summed");

    // A month is summed when it is over, in its zone.
    missed(&store, "2020-10-20T11:00:00Z");
    store.commit().await.unwrap();
    kept(&store).await;
    let count = |now: &str| {
        let now = at(now);
        read(&store, |c| query::count_month(c, organization_id, now))
    };
    let keep = async |counted| store.change(move |c| change::keep_month(c, &counted)).await.unwrap();
    assert!(count("2020-10-31T22:59:59Z").is_none());
    let older = count("2020-10-31T23:00:00Z").unwrap();

    // Of two servers that sum it, the one that has seen less stores nothing.
    missed(&store, "2020-10-20T12:00:00Z");
    store.commit().await.unwrap();
    kept(&store).await;
    let newer = count("2020-10-31T23:00:00Z").unwrap();
    assert!(!keep(older).await, "it knows nothing of the call at twelve");
    assert_eq!(told(), (5, 4));
    assert!(keep(newer.clone()).await);
    assert!(!keep(newer).await, "the month was summed");
    assert_eq!(told(), (5, 4));
    assert!(count("2020-10-31T23:00:00Z").is_none(), "nothing is left to sum");

    // If another day changes meanwhile, the month is summed again.
    missed(&store, "2020-10-21T10:00:00Z");
    store.commit().await.unwrap();
    kept(&store).await;
    let older = count("2020-10-31T23:00:00Z").unwrap();
    // Another caller: a second call within a week changes the day of the first one, too.
    missed_by(&store, "+493010000009", "2020-10-22T10:00:00Z");
    store.commit().await.unwrap();
    kept(&store).await;
    assert!(keep(older).await);
    assert_eq!(told(), (7, 6));
    counting::all(&store).await.unwrap();
    assert_eq!(told(), (7, 6));
    assert!(count("2020-10-31T23:00:00Z").is_none(), "nothing is left to sum");
}
