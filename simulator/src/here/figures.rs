//! Reads the figures of both organizations: reports, and how far the journals were written at that moment.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use cordboard::store::{Ask, CallQuery, Connection, StoreError, Uncounted, query};
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::report::{Cut, Grain};
use cordboard_schema::time::UnixMs;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Here;
use crate::evidence::FiguresLook;
use crate::http;
use crate::play::ORIGIN;
use crate::stage::headers_of;

/// Most calls of a report.
const CALLS_MAX: i64 = 10_000;
/// Time in which everything is counted after the world's end. The server looks for changed hours every 15 s, and what agents write after their calls
/// changes their hours later than the rest.
const COUNTED_LIMIT: Duration = Duration::from_secs(60);
/// Pause between two checks whether everything is counted.
const LOOK: Duration = Duration::from_millis(500);
/// Most reports that are requested: if something is written while a report is made, another one is requested.
const REPORTS_MAX: usize = 5;

impl Here<'_> {
    /// Reads reports of this moment, each with what was written then; none while the database has trouble.
    pub(crate) async fn look_at_figures(&self) -> Vec<FiguresLook> {
        let mut looks = Vec::new();
        if self.is_database_troubled() {
            return looks;
        }
        let Some((server, (from, to))) = self.server.as_ref().zip(days()) else { return looks };
        for organization in self.stage.organizations {
            // A single turn of the thread: nothing is written between the report and the rows.
            let read = move |connection: &mut Connection| {
                let ask =
                    Ask { from, to, by: Grain::Hour, cut: Cut::Agent, key: None, currency: "EUR".to_owned() };
                let report = query::report(connection, organization, ask)?;
                Ok((report, written(connection, organization)?))
            };
            let Ok((report, written)) = server.store.reads().run(read).await else { continue };
            looks.push(FiguresLook {
                at_ms: self.addresses.ms_of(Instant::now()),
                organization,
                report: serde_json::to_value(report).unwrap_or_default(),
                written,
                is_counted: None,
            });
        }
        looks
    }

    /// Reads the API's reports after the world's end, once all changes are counted.
    pub(crate) async fn figures_at_end(&self) -> Vec<FiguresLook> {
        let began = Instant::now();
        let mut is_counted = self.is_counted().await;
        while !is_counted && began.elapsed() < COUNTED_LIMIT {
            sleep(LOOK).await;
            is_counted = self.is_counted().await;
        }
        let mut looks = Vec::new();
        for organization in self.stage.organizations {
            looks.extend(self.report_at_rest(organization, is_counted).await);
        }
        looks
    }

    /// Whether no hour of either organization has changed since it was counted.
    async fn is_counted(&self) -> bool {
        let Some(server) = &self.server else { return false };
        for organization in self.stage.organizations {
            let read = move |connection: &mut Connection| {
                query::stale_figures(connection, organization, UnixMs::from(world::now()))
            };
            let stale = server.store.reads().run(read).await;
            // A month's figures are made when the month is over.
            if !matches!(stale, Ok(None | Some(Uncounted::Month))) {
                return false;
            }
        }
        true
    }

    /// Reads a report of the API while nothing is written; none if something is always being written.
    async fn report_at_rest(&self, organization: OrganizationId, is_counted: bool) -> Option<FiguresLook> {
        let (from, to) = days()?;
        let path = format!("/api/v1/metrics/report?from={from}&to={to}&by=hour&cut=agent");
        for _ in 0..REPORTS_MAX {
            let before = self.written(organization).await?;
            let answer =
                http::ask(self.addresses.http, "GET", &path, &headers_of(organization), None).await.ok()?;
            if self.written(organization).await? == before {
                return Some(FiguresLook {
                    at_ms: self.addresses.ms_of(Instant::now()),
                    organization,
                    report: if answer.status == 200 { answer.json() } else { Value::Null },
                    written: before,
                    is_counted: Some(is_counted),
                });
            }
        }
        None
    }

    async fn written(&self, organization: OrganizationId) -> Option<BTreeMap<CallId, u64>> {
        let read = move |connection: &mut Connection| written(connection, organization);
        self.server.as_ref()?.store.reads().run(read).await.ok()
    }
}

/// Returns the calls on disk, each with the place of the newest entry in its journal.
fn written(
    connection: &mut Connection,
    organization: OrganizationId,
) -> Result<BTreeMap<CallId, u64>, StoreError> {
    let query = CallQuery { limit: CALLS_MAX, ..CallQuery::default() };
    let rows = query::calls(connection, organization, query)?;
    Ok(rows.into_iter().map(|row| (row.id, row.last_seq)).collect())
}

/// Returns the day of a world with its neighbours: the calendar steps by hours.
fn days() -> Option<(NaiveDate, NaiveDate)> {
    let day = ORIGIN.parse::<DateTime<Utc>>().ok()?.date_naive();
    Some((day.checked_sub_days(Days::new(1))?, day.checked_add_days(Days::new(1))?))
}
