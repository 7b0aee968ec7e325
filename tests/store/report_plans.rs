//! The cost of a report in SQLite: its sums are found by their key, and two of them share a page.

use cordboard::store::{Ask, StoreSettings, migrate, query};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::report::{Cut, Grain};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::plans::plans;

#[test]
fn a_report_only_reads_the_sums_of_its_days() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    migrate(&StoreSettings::file(&file)).unwrap();
    let organization_id = OrganizationId(Uuid::now_v7());
    let is_counted = format!(
        "PRAGMA foreign_keys = OFF; INSERT INTO figure_zones (organization_id, zone) VALUES ('{organization_id}', 'UTC')"
    );
    SqliteConnection::establish(&file.display().to_string()).unwrap().batch_execute(&is_counted).unwrap();
    for (from, by, cut, key) in [
        ("2025-01-01", Grain::Day, Cut::All, None),
        ("2025-01-01", Grain::Day, Cut::Agent, None),
        ("2025-01-01", Grain::Day, Cut::Agent, Some("ada")),
        ("2025-12-01", Grain::Hour, Cut::Number, Some("100")),
    ] {
        let date = |text: &str| text.parse().unwrap();
        let ask = Ask {
            from: date(from),
            to: date("2025-12-31"),
            by,
            cut,
            key: key.map(str::to_owned),
            currency: "EUR".to_owned(),
        };
        let plans = plans(&file.display().to_string(), |connection| {
            query::report(connection, organization_id, ask).unwrap();
        });
        let of_sums: Vec<_> = plans.iter().filter(|plan| plan.statement.contains("FROM `figures`")).collect();
        assert!(of_sums.len() >= 3, "months and days of all, and rows: {} statements", of_sums.len());
        for plan in of_sums {
            let by_key = "SEARCH figures USING INDEX sqlite_autoindex_figures_1 \
                 (organization_id=? AND grain=? AND cut=? AND at>? AND at<?)";
            assert_eq!(plan.steps, [by_key], "{by:?}, {cut:?}, {key:?}: {}", plan.statement);
        }
    }
}

#[derive(QueryableByName)]
struct Pages {
    #[diesel(sql_type = BigInt)]
    page_count: i64,
}

#[test]
fn sums_of_two_busy_days_share_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    migrate(&StoreSettings::file(&file)).unwrap();
    let mut sqlite = SqliteConnection::establish(&file.display().to_string()).unwrap();
    let mut pages = |sql: &str| {
        sqlite.batch_execute(sql).unwrap();
        diesel::sql_query("PRAGMA page_count").get_result::<Pages>(&mut sqlite).unwrap().page_count
    };
    let organization = Uuid::now_v7();
    let before = pages(&format!(
        "INSERT INTO organizations (id, name, created_at) VALUES ('{organization}', 'Busy', '2026-11-20 00:00:00')"
    ));
    // Waits and replies are in some sixty steps each: 1.6 KB of a page of 4 KB.
    let after = pages(&format!(
        "WITH RECURSIVE day(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM day WHERE n < 364) \
         INSERT INTO figures (organization_id, grain, cut, at, key, sums) SELECT '{organization}', 'day', 'number', \
         datetime('2025-01-01', n || ' days'), '100', printf('{{\"waits\":\"%.*c\"}}', 1600, 'x') FROM day"
    ));
    let added = after - before;
    // Two thirds of a page each, with their keys.
    assert!(added * 3 < 365 * 2, "{added} pages for 365 sums");
}
