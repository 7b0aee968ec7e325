//! By which index SQLite finds a page of a list, whatever its filters are: without the right one it goes through all rows of an organization in the order
//! that is wanted, or reads all of some days. `docs/figures.md` says what that costs.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use cordboard::store::{
    ActivityQuery, CallQuery, Connection, LeadOwner, LeadQuery, MessageQuery, StoreSettings, migrate, query,
};
use cordboard_schema::call::Direction;
use cordboard_schema::call_agent::AgentOutcome;
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::dashboard::{
    CallFigures, Dashboard, HandoffFigures, LeadFigures, LocalDay, local_days,
};
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::plans::plans;

/// The steps of the statements that `ask` sends of this table, on a database without rows.
fn steps(table: &str, ask: impl FnOnce(&mut Connection, OrganizationId)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    migrate(&StoreSettings::file(&file)).unwrap();
    let organization_id = OrganizationId(Uuid::now_v7());
    let plans = plans(&file.display().to_string(), |connection| ask(connection, organization_id));
    let from = format!("FROM `{table}`");
    plans.into_iter().filter(|plan| plan.statement.contains(&from)).flat_map(|plan| plan.steps).collect()
}

/// The same of a list of calls.
fn of_calls(table: &str, wanted: CallQuery) -> Vec<String> {
    steps(table, |connection, organization_id| {
        let wanted = CallQuery { limit: 51, ..wanted };
        assert!(query::calls(connection, organization_id, wanted).unwrap().is_empty());
    })
}

const DAY_MS: u64 = 86_400_000;

/// That list of a year.
fn of_a_year(wanted: CallQuery) -> CallQuery {
    let until = UnixMs(1_795_000_000_000);
    CallQuery { since: Some(until - 365 * DAY_MS), until: Some(until), ..wanted }
}

#[test]
fn calls_of_a_kind_a_number_and_a_cause_are_found_by_it() {
    let counted = |counted| CallQuery { counted: Some(counted), ..CallQuery::default() };
    let number = || CallQuery { number: Some("100".to_owned()), ..CallQuery::default() };
    let cause = |cause: &str| CallQuery { cause: Some(cause.to_owned()), ..CallQuery::default() };
    for (wanted, index) in [
        (counted(CountedAs::HandedOver), "calls_handed_over (organization_id=?"),
        (counted(CountedAs::Missed), "calls_missed (organization_id=? AND direction=?"),
        (number(), "calls_by_number (organization_id=? AND <expr>=?"),
        (cause("normal_clearing"), "calls_by_cause (organization_id=? AND <expr>=?"),
        (cause("unknown"), "calls_by_cause (organization_id=? AND <expr>=?"),
    ] {
        let begin = format!("SEARCH calls USING INDEX {index}");
        assert_eq!(of_calls("calls", wanted.clone()), [format!("{begin})")]);
        assert_eq!(of_calls("calls", of_a_year(wanted)), [format!("{begin} AND id>? AND id<?)")]);
    }
}

#[test]
fn a_filter_that_names_calls_is_not_given_up_for_the_days() {
    for wanted in [
        CallQuery { agent_id: Some(UserId(Uuid::now_v7())), ..CallQuery::default() },
        CallQuery { tag: Some("sale".to_owned()), ..CallQuery::default() },
    ] {
        let found = of_calls("calls", of_a_year(wanted));
        let first = "SEARCH calls USING INDEX calls_of_organization (organization_id=? AND id=?)";
        assert_eq!(found.first().map(String::as_str), Some(first));
    }
}

#[test]
fn calls_with_an_outcome_of_some_agent_are_found_by_it() {
    let wanted = CallQuery { agent_outcome: Some(AgentOutcome::Missed), ..CallQuery::default() };
    let by_outcome = "SEARCH call_agents USING COVERING INDEX call_agents_by_outcome \
         (organization_id=? AND outcome=? AND call_id>? AND call_id<?)";
    // Behind it the agents of the calls that were found are asked for, which are none here.
    assert_eq!(of_calls("call_agents", wanted).first().map(String::as_str), Some(by_outcome));
}

#[test]
fn a_day_s_calls_are_counted_by_their_rows_alone() {
    let date = "2026-11-20".parse().unwrap();
    let days: Vec<LocalDay> = local_days(Tz::UTC, date, date).collect();
    let frame = Dashboard {
        from: date,
        to: date,
        tz: "UTC".to_owned(),
        currency: "EUR".to_owned(),
        calls: CallFigures::default(),
        handoffs: HandoffFigures::default(),
        leads: LeadFigures::default(),
        bookings: BTreeMap::new(),
        days: Vec::new(),
    };
    let found = steps("calls", |connection, organization_id| {
        query::dashboard(connection, organization_id, frame, &days).unwrap();
    });
    let by_start =
        "SEARCH calls USING INDEX calls_by_start (organization_id=? AND started_at>? AND started_at<?)";
    assert_eq!(found, [by_start, "USE TEMP B-TREE FOR GROUP BY"]);
}

#[test]
fn what_is_to_be_done_is_found_without_what_is_done() {
    let found = steps("messages", |connection, organization_id| {
        let direction = Some(Direction::Inbound);
        let wanted = MessageQuery { direction, is_done: Some(false), limit: 51, ..MessageQuery::default() };
        assert!(query::messages(connection, organization_id, wanted).unwrap().is_empty());
    });
    assert_eq!(found, ["SEARCH messages USING INDEX messages_to_be_done (organization_id=?)"]);
    let found = steps("activities", |connection, organization_id| {
        let wanted = ActivityQuery { is_open: Some(true), limit: 51, ..ActivityQuery::default() };
        assert!(query::activities(connection, organization_id, wanted).unwrap().is_empty());
    });
    assert_eq!(found, ["SEARCH activities USING INDEX activities_to_be_done (organization_id=?)"]);
    let found = steps("alarms", |connection, organization_id| {
        assert!(query::alarms(connection, organization_id, true, None, 51).unwrap().is_empty());
    });
    assert_eq!(found, ["SEARCH alarms USING INDEX alarms_open (organization_id=?)"]);
}

#[test]
fn leads_are_found_by_their_owner_or_as_nobody_s() {
    for owner in [LeadOwner::User("ada".to_owned()), LeadOwner::Nobody] {
        let found = steps("leads", |connection, organization_id| {
            let wanted = LeadQuery { owner: Some(owner), limit: 51, ..LeadQuery::default() };
            assert!(query::leads(connection, organization_id, wanted).unwrap().is_empty());
        });
        assert_eq!(found, ["SEARCH leads USING INDEX leads_of_owner (organization_id=? AND owner_id=?)"]);
    }
}
