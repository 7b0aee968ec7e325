//! Figures of a business that moves to another time zone: they are counted again in parts, and nothing is lost or counted twice meanwhile.

use chrono::{TimeDelta, Utc};
use chrono_tz::Asia::Kolkata;
use chrono_tz::Europe::Berlin;
use cordboard::counting;
use cordboard::store::{Beginning, Connection, Store, change, query};
use cordboard_schema::limits::{FIGURES_FORGOTTEN_AT_ONCE, FIGURES_HOURS_MARKED_AT_ONCE};
use cordboard_schema::report::{Cut, Grain};
use diesel::connection::SimpleConnection;

use super::figures::{asked, at, in_zone, kept, missed, report};
use super::room::{Room, read, rows};

fn count(room: &Room, table: &str) -> i64 {
    rows(&mut room.stranger(), table)
}

/// Adds `sums` sums of hours without calls, each of another hour.
fn fill(room: &Room, store: &Store, sums: i64) {
    let owner = store.organization_id();
    let first = at("2000-01-01T00:00:00Z").to_utc();
    let row = |hour: i64| {
        let at = (first + TimeDelta::hours(hour)).format("%Y-%m-%d %H:%M:%S");
        format!("('{owner}', 'hour', 'number', '{at}', '100', '{{\"calls\":1}}')")
    };
    let rows: Vec<String> = (0..sums).map(row).collect();
    let mut stranger = room.stranger();
    for rows in rows.chunks(1_000) {
        let values = rows.join(", ");
        let insert =
            format!("INSERT INTO figures (organization_id, grain, cut, at, key, sums) VALUES {values}");
        stranger.batch_execute(&insert).unwrap();
    }
}

async fn part_of(store: &Store, part: Beginning) -> Option<Beginning> {
    let organization_id = store.organization_id();
    let begin = move |c: &mut Connection| change::begin_figures(c, organization_id, Kolkata, part);
    store.change(begin).await.unwrap()
}

fn calls(store: &Store) -> u64 {
    report(store, asked("2026-10-24", "2026-10-26", Grain::Day, Cut::All, None)).now.figures.calls
}

#[actix::test]
async fn figures_of_an_old_zone_are_deleted_in_parts() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    in_zone(&store, 0, Berlin).await;
    missed(&store, "2026-10-24T22:10:00Z");
    missed(&store, "2026-10-25T10:10:00Z");
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let compared = "UPDATE figure_zones SET compared_day = '2026-10-25'";
    room.stranger().batch_execute(compared).unwrap();
    fill(&room, &store, 2 * FIGURES_FORGOTTEN_AT_ONCE);

    // An hour that another server has counted by the old zone, and wants to store.
    missed(&store, "2026-10-25T11:10:00Z");
    store.commit().await.unwrap();
    let counted = read(&store, |c| query::count_figures(c, organization_id)).unwrap();

    in_zone(&store, 1, Kolkata).await;
    let (mut next, mut parts) = (Some(Beginning::default()), Vec::new());
    while let Some(part) = next {
        parts.push(part.clone());
        let before = count(&room, "figures");
        next = part_of(&store, part).await;
        assert!(before - count(&room, "figures") <= FIGURES_FORGOTTEN_AT_ONCE);
        if parts.len() == 1 {
            let unset = read(&store, |c| query::zone_of_figures(c, organization_id));
            assert_eq!(unset, (None, Kolkata));
            assert_eq!(calls(&store), 3, "the report counts its few hours itself");
            let late = counted.clone();
            assert!(!store.change(move |c| change::keep_figures(c, &late)).await.unwrap());
            counting::begun(&store, organization_id).await.unwrap();
            // A call that arrives meanwhile.
            missed(&store, "2026-10-25T12:40:00Z");
            store.commit().await.unwrap();
        }
    }
    assert!(parts.len() > 2, "{parts:?}");
    assert_eq!(count(&room, "figures"), 0);
    assert_eq!(count(&room, "figure_month_marks"), 0);
    assert_eq!(count(&room, "figure_zones WHERE compared_day = '2026-10-25'"), 1, "it is not reported again");
    kept(&store).await;
    let now = Utc::now().into();
    let stale = read(&store, |c| query::stale_figures(c, organization_id, now));
    assert_ne!(stale, Some(cordboard::store::Uncounted::FromScratch(Kolkata)));
    let by_hour = report(&store, asked("2026-10-25", "2026-10-25", Grain::Hour, Cut::All, None));
    assert_eq!((&*by_hour.tz, by_hour.now.figures.calls, by_hour.hours_behind), ("Asia/Kolkata", 4, 0));

    // Another server that did the same, and is late: newly counted figures stay.
    let there = count(&room, "figures");
    assert!(part_of(&store, parts.pop().unwrap()).await.is_none());
    assert_eq!((count(&room, "figures"), count(&room, "figure_marks")), (there, 0));
}

#[actix::test]
async fn hours_are_marked_in_parts_and_once() {
    let room = Room::new();
    let store = room.store();
    in_zone(&store, 0, Berlin).await;
    let hours = i64::try_from(FIGURES_HOURS_MARKED_AT_ONCE).unwrap() + 5;
    let first = at("2026-10-01T00:20:00Z").to_utc();
    for hour in 0..hours {
        missed(&store, &(first + TimeDelta::hours(hour)).to_rfc3339());
        if hour % 50 == 0 {
            store.commit().await.unwrap();
        }
    }
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!(count(&room, "figure_marks"), 0);
    let limit = i64::try_from(FIGURES_HOURS_MARKED_AT_ONCE).unwrap();
    // Twice, as when the first server died after its first part.
    for _ in 0..2 {
        let more = part_of(&store, Beginning::default()).await;
        assert_eq!((more.is_some(), count(&room, "figure_marks")), (true, limit));
    }
    in_zone(&store, 1, Kolkata).await;
    counting::all(&store).await.unwrap();
    let all = report(&store, asked("2026-09-30", "2026-10-11", Grain::Day, Cut::All, None));
    assert_eq!((i64::try_from(all.now.figures.calls).unwrap(), all.hours_behind), (hours, 0));
}
