//! The indexes with which SQLite finds a page of a list with any filters, and rows that belong to many calls. Without the right index it reads all
//! rows of an organization in the requested order, or all rows of some days. `docs/figures.md` has the costs.

use std::collections::BTreeMap;

use chrono::Utc;
use chrono_tz::Tz;
use cordboard::store::{
    ActivityQuery, AppointmentQuery, CallQuery, CallbackQuery, Connection, LeadOwner, LeadQuery,
    MessageQuery, StoreSettings, Waiting, change, migrate, query,
};
use cordboard_actors::messages::WriteForCall;
use cordboard_actors::tools::{EstimateRequest, ToolWrite};
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::audit::Actor;
use cordboard_schema::call::Direction;
use cordboard_schema::call_agent::AgentOutcome;
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::dashboard::{
    CallFigures, Dashboard, HandoffFigures, LeadFigures, LocalDay, local_days,
};
use cordboard_schema::ids::{
    ApiTokenId, CallId, CampaignId, CustomerId, EffectId, MessageId, OrganizationId, UserId,
};
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::limits::DOUBLES_MAX;
use cordboard_schema::message::MessageStatus;
use cordboard_schema::retention::{Retention, RetentionCounts};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::CallbackState;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use uuid::Uuid;

use super::plans::plans;

/// Returns the steps of the statements of `ask` on this table, in a database without rows.
fn steps(table: &str, ask: impl FnOnce(&mut Connection, OrganizationId)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    migrate(&StoreSettings::file(&file)).unwrap();
    let organization_id = OrganizationId(Uuid::now_v7());
    let plans = plans(&file.display().to_string(), |connection| ask(connection, organization_id));
    let from = format!("FROM `{table}`");
    plans.into_iter().filter(|plan| plan.statement.contains(&from)).flat_map(|plan| plan.steps).collect()
}

/// The same for a list of calls.
fn of_calls(table: &str, wanted: CallQuery) -> Vec<String> {
    steps(table, |connection, organization_id| {
        let wanted = CallQuery { limit: 51, ..wanted };
        assert!(query::calls(connection, organization_id, wanted).unwrap().is_empty());
    })
}

const DAY_MS: u64 = 86_400_000;

/// The list of a year.
fn of_a_year(wanted: CallQuery) -> CallQuery {
    let until = UnixMs(1_795_000_000_000);
    CallQuery { since: Some(until - 365 * DAY_MS), until: Some(until), ..wanted }
}

#[test]
fn indexes_find_calls_by_kind_number_and_cause() {
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
fn filters_that_name_calls_are_used_before_days() {
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
fn an_index_finds_calls_by_agent_outcome() {
    let wanted = CallQuery { agent_outcome: Some(AgentOutcome::Missed), ..CallQuery::default() };
    let by_outcome = "SEARCH call_agents USING COVERING INDEX call_agents_by_outcome \
         (organization_id=? AND outcome=? AND call_id>? AND call_id<?)";
    // After that the agents of the found calls are read; here there are none.
    assert_eq!(of_calls("call_agents", wanted).first().map(String::as_str), Some(by_outcome));
}

/// The dashboard of the days from this one to 2026-11-20.
fn dashboard_from(connection: &mut Connection, organization_id: OrganizationId, from: &str) {
    let (from, to) = (from.parse().unwrap(), "2026-11-20".parse().unwrap());
    let days: Vec<LocalDay> = local_days(Tz::UTC, from, to).collect();
    let frame = Dashboard {
        from,
        to,
        tz: "UTC".to_owned(),
        currency: "EUR".to_owned(),
        calls: CallFigures::default(),
        handoffs: HandoffFigures::default(),
        leads: LeadFigures::default(),
        bookings: BTreeMap::new(),
        days: Vec::new(),
    };
    query::dashboard(connection, organization_id, frame, &days, UnixMs(0)).unwrap();
}

#[test]
fn days_of_calls_are_counted_a_month_at_a_time() {
    let by_start =
        "SEARCH calls USING INDEX calls_by_start (organization_id=? AND started_at>? AND started_at<?)";
    let statement = [by_start, "USE TEMP B-TREE FOR GROUP BY"];
    for (from, statements) in [("2026-11-20", 1), ("2026-10-21", 1), ("2026-08-21", 3)] {
        let of = |table: &str| {
            steps(table, |connection, organization_id| dashboard_from(connection, organization_id, from))
        };
        assert_eq!(of("calls"), statement.repeat(statements), "from {from}");
        for (table, once) in [("call_events", 1), ("leads", 1), ("appointments", 0)] {
            let searches = of(table).iter().filter(|step| step.starts_with("SEARCH ")).count();
            assert_eq!(searches, statements + once, "{table} from {from}");
        }
    }
}

#[test]
fn open_items_are_found_without_reading_the_done_ones() {
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
    let found = steps("activities", |connection, organization_id| {
        let wanted = ActivityQuery {
            is_open: Some(false),
            last_done_first: true,
            limit: 51,
            ..ActivityQuery::default()
        };
        assert!(query::activities(connection, organization_id, wanted).unwrap().is_empty());
    });
    assert_eq!(found, ["SEARCH activities USING INDEX activities_done (organization_id=?)"], "in its order");
    let found = steps("callbacks", |connection, organization_id| {
        let state = Some(CallbackState::Done);
        let wanted = CallbackQuery { state, last_done_first: true, limit: 51, ..CallbackQuery::default() };
        assert!(query::callbacks(connection, organization_id, wanted).unwrap().is_empty());
    });
    assert_eq!(found, ["SEARCH callbacks USING INDEX callbacks_done (organization_id=?)"], "in its order");
    let direction = Some(Direction::Inbound);
    let done =
        MessageQuery { direction, is_done: Some(true), last_done_first: true, ..MessageQuery::default() };
    let found = of_messages(done);
    assert!(matches!(&found[..], [step] if step.contains("INDEX messages_last_done ")), "{found:?}");
    let found = steps("alarms", |connection, organization_id| {
        assert!(query::alarms(connection, organization_id, true, None, 51).unwrap().is_empty());
    });
    assert_eq!(found, ["SEARCH alarms USING INDEX alarms_open (organization_id=?)"]);
}

#[test]
fn an_inbox_is_counted_without_done_items() {
    for (table, index, statements) in [
        ("activities", "activities_to_be_done (organization_id=?)", 5),
        ("messages", "messages_to_be_done (organization_id=? AND id>?)", 1),
    ] {
        let found = steps(table, |connection, organization_id| {
            let waiting = query::inbox(connection, organization_id, None, UnixMs(0)).unwrap();
            assert_eq!(waiting, Waiting::default());
        });
        assert_eq!(found.len(), statements, "{found:?}");
        assert!(found.iter().all(|step| step.ends_with(index)), "{found:?}");
    }
    let found = steps("callbacks", |connection, organization_id| {
        query::inbox(connection, organization_id, None, UnixMs(0)).unwrap();
    });
    let by_state = "callbacks_by_state (organization_id=? AND state=?)";
    assert!(found.first().is_some_and(|step| step.ends_with(by_state)), "{found:?}");
}

/// The list of text messages.
fn of_messages(wanted: MessageQuery) -> Vec<String> {
    steps("messages", |connection, organization_id| {
        let wanted = MessageQuery { limit: 51, ..wanted };
        assert!(query::messages(connection, organization_id, wanted).unwrap().is_empty());
    })
}

#[test]
fn texts_are_found_by_status_unless_something_narrows_more() {
    let failed = MessageQuery { status: Some(MessageStatus::Failed), ..MessageQuery::default() };
    let by_status = "SEARCH messages USING INDEX messages_of_status (organization_id=? AND status=?";
    assert_eq!(of_messages(failed), [format!("{by_status})")]);
    let before = Some(MessageId(Uuid::now_v7()));
    assert_eq!(of_messages(MessageQuery { before, ..failed }), [format!("{by_status} AND id<?)")]);
    for (wanted, index) in [
        (
            MessageQuery { customer_id: Some(CustomerId(Uuid::now_v7())), ..failed },
            "messages_of_customer (customer_id=? AND organization_id=?)",
        ),
        (
            MessageQuery { call_id: Some(CallId(Uuid::now_v7())), ..failed },
            "messages_of_call (organization_id=? AND call_id=?)",
        ),
        (
            MessageQuery { direction: Some(Direction::Inbound), is_done: Some(false), ..failed },
            "messages_to_be_done (organization_id=?)",
        ),
    ] {
        assert_eq!(of_messages(wanted), [format!("SEARCH messages USING INDEX {index}")]);
    }
}

#[test]
fn inbound_texts_are_found_without_outbound_ones() {
    let inbound = MessageQuery { direction: Some(Direction::Inbound), ..MessageQuery::default() };
    let before = Some(MessageId(Uuid::now_v7()));
    let done = "SEARCH messages USING INDEX messages_done (organization_id=?";
    let open = "SEARCH messages USING INDEX messages_to_be_done (organization_id=?";
    let is_done = Some(true);
    assert_eq!(of_messages(MessageQuery { is_done, ..inbound }), [format!("{done})")]);
    assert_eq!(of_messages(inbound), [format!("{done})"), format!("{open})")]);
    let next_page = [format!("{done} AND id<?)"), format!("{open} AND id<?)")];
    assert_eq!(of_messages(MessageQuery { before, ..inbound }), next_page);
}

#[test]
fn the_audit_log_is_found_by_actor_or_subject() {
    let id = Uuid::now_v7();
    let by_actor = "SEARCH audit_log USING INDEX audit_log_of_actor (organization_id=? AND actor=?)";
    let by_subject = "SEARCH audit_log USING INDEX audit_log_of_subject (organization_id=? AND <expr>=?)";
    let about = || Some("retention".to_owned());
    for (actors, about, found) in [
        (vec![Actor::System], None, vec![by_actor]),
        (vec![Actor::User(UserId(id)), Actor::ApiToken(ApiTokenId(id))], None, vec![by_actor, by_actor]),
        (vec![], None, vec!["SEARCH audit_log USING INDEX audit_log_of_organization (organization_id=?)"]),
        (vec![], about(), vec![by_subject]),
        (vec![Actor::System], about(), vec![by_actor]),
    ] {
        let filter = query::AuditFilter { actors, about };
        let steps = steps("audit_log", |connection, organization_id| {
            assert!(query::audit_log(connection, organization_id, &filter, None, 51).unwrap().is_empty());
        });
        assert_eq!(steps, found);
    }
}

#[test]
fn activities_are_found_by_their_owner_or_their_call() {
    let of = |wanted: ActivityQuery| {
        steps("activities", |connection, organization_id| {
            let owner_id = Some(UserId(Uuid::now_v7()));
            let wanted = ActivityQuery { owner_id, limit: 51, ..wanted };
            assert!(query::activities(connection, organization_id, wanted).unwrap().is_empty());
        })
    };
    let by_owner = "SEARCH activities USING INDEX activities_of_owner (organization_id=? AND owner_id=?)";
    assert_eq!(of(ActivityQuery::default()), [by_owner]);
    assert_eq!(of(ActivityQuery { is_open: Some(true), ..ActivityQuery::default() }), [by_owner]);
    let of_call = ActivityQuery { call_id: Some(CallId(Uuid::now_v7())), ..ActivityQuery::default() };
    assert_eq!(of(of_call), ["SEARCH activities USING INDEX activities_of_call (call_id=?)"]);
}

#[test]
fn appointments_are_found_by_state_unless_something_narrows_more() {
    let of = |wanted: AppointmentQuery| {
        steps("appointments", |connection, organization_id| {
            let status = Some(AppointmentStatus::Held);
            let wanted = AppointmentQuery { status, limit: 51, ..wanted };
            assert!(query::appointments(connection, organization_id, wanted).unwrap().is_empty());
        })
    };
    let by_status = "SEARCH appointments USING INDEX appointments_by_status (organization_id=? AND status=?";
    let (all, from, to) = (AppointmentQuery::default(), Some(UnixMs(0)), Some(UnixMs(DAY_MS.cast_signed())));
    assert_eq!(of(all), [format!("{by_status})")]);
    let of_a_day = AppointmentQuery { from, to, ..all };
    assert_eq!(of(of_a_day), [format!("{by_status} AND starts_at>? AND starts_at<?)")]);
    let of_customer = AppointmentQuery { customer_id: Some(CustomerId(Uuid::now_v7())), ..all };
    let by_customer =
        "SEARCH appointments USING INDEX appointments_of_customer (customer_id=? AND organization_id=?)";
    assert_eq!(of(of_customer), [by_customer]);
    let of_call = AppointmentQuery { call_id: Some(CallId(Uuid::now_v7())), ..all };
    let by_call = "SEARCH appointments USING INDEX appointments_of_call (organization_id=? AND call_id=?)";
    assert_eq!(of(of_call), [by_call]);
}

#[test]
fn leads_are_found_by_owner_or_without_one() {
    for owner in [LeadOwner::User("ada".to_owned()), LeadOwner::Unassigned] {
        let found = steps("leads", |connection, organization_id| {
            let wanted = LeadQuery { owner: Some(owner), limit: 51, ..LeadQuery::default() };
            assert!(query::leads(connection, organization_id, wanted).unwrap().is_empty());
        });
        assert_eq!(found, ["SEARCH leads USING INDEX leads_of_owner (organization_id=? AND owner_id=?)"]);
    }
}

#[test]
fn records_of_deleted_calls_are_found_by_the_calls_ids() {
    const CALLS: i64 = 100;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db").display().to_string();
    migrate(&StoreSettings::file(&file)).unwrap();
    let organization_id = OrganizationId(Uuid::now_v7());
    SqliteConnection::establish(&file)
        .unwrap()
        .batch_execute(&format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{organization_id}', 'Busy', '2020-01-01 00:00:00'); \
             INSERT INTO calls (id, organization_id, state, direction, started_at, ended_at, profile_id, next, last_seq) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CALLS}) \
             SELECT '00000000-0000-7000-8000-' || (100000000000 + i), '{organization_id}', 'ended', 'inbound', \
             '2020-01-01 00:00:00', '2020-01-01 00:00:00', '{organization_id}', '{{}}', 1 FROM n"
        ))
        .unwrap();
    let plans = plans(&file, |connection| {
        let now = UnixMs(1_795_000_000_000);
        let gone =
            change::delete_calls(connection, organization_id, (now - 30 * DAY_MS, now), CALLS).unwrap();
        assert_eq!(gone.records[0].1.len(), 100);
    });
    let by_call = "(organization_id=? AND call_id=?)";
    for (statement, index) in [
        ("UPDATE `leads`", by_call),
        ("UPDATE `appointments`", by_call),
        ("UPDATE `messages`", by_call),
        ("DELETE FROM `callbacks`", by_call),
        ("DELETE FROM `idempotency_keys`", "idempotency_keys_by_age (created_at<?)"),
    ] {
        let found: Vec<_> = plans.iter().filter(|plan| plan.statement.starts_with(statement)).collect();
        let [plan] = found[..] else { panic!("{} statements begin with {statement}", found.len()) };
        let [step] = &plan.steps[..] else { panic!("{statement}: {:?}", plan.steps) };
        assert!(step.starts_with("SEARCH ") && step.ends_with(index), "{statement}: {step}");
    }
}

#[test]
fn the_customers_of_many_doubles_are_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db").display().to_string();
    migrate(&StoreSettings::file(&file)).unwrap();
    let organization_id = OrganizationId(Uuid::now_v7());
    SqliteConnection::establish(&file)
        .unwrap()
        .batch_execute(&format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{organization_id}', 'Busy', '2020-01-01 00:00:00'); \
             INSERT INTO customers (id, organization_id, name, email, address, notes, language, tags, verified, sms_opted_out, \
             search, created_at, updated_at) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) \
             SELECT '00000000-0000-7000-8000-' || (100000000000 + i), '{organization_id}', '', 'ada@example.com', '', '', '', \
             '[]', false, false, '', '2020-01-01 00:00:00', '2020-01-01 00:00:00' FROM n"
        ))
        .unwrap();
    let plans = plans(&file, |connection| {
        let own = OwnNumbers::default();
        let (found, _) = query::likely_doubles(connection, organization_id, None, &own).unwrap();
        assert_eq!(found.len(), DOUBLES_MAX);
    });
    let of_customers: Vec<_> =
        plans.iter().filter(|plan| plan.statement.contains("FROM `customers`")).collect();
    assert_eq!(of_customers.len(), 2, "all compared customers, and the similar ones");
    let by_id = "SEARCH customers USING INDEX customers_of_organization (organization_id=? AND id=?)";
    assert_eq!(of_customers[1].steps, [by_id]);
    let of_numbers = plans.iter().find(|plan| plan.statement.contains("FROM `customer_numbers`")).unwrap();
    let by_customer = "SEARCH customer_numbers USING INDEX customer_numbers_of_customer (customer_id>?)";
    assert_eq!(of_numbers.steps, [by_customer], "not all numbers of the organization");
}

#[test]
fn appointments_of_a_caller_are_found_without_those_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db").display().to_string();
    migrate(&StoreSettings::file(&file)).unwrap();
    let (organization_id, call_id) = (OrganizationId(Uuid::now_v7()), CallId(Uuid::now_v7()));
    SqliteConnection::establish(&file)
        .unwrap()
        .batch_execute(&format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{organization_id}', 'Busy', '2020-01-01 00:00:00'); \
             INSERT INTO customers (id, organization_id, name, phone, email, address, notes, language, tags, verified, sms_opted_out, \
             search, created_at, updated_at) VALUES ('{organization_id}', '{organization_id}', '', '+493012345678', '', '', '', '', \
             '[]', false, false, '', '2020-01-01 00:00:00', '2020-01-01 00:00:00'); \
             INSERT INTO calls (id, organization_id, state, direction, from_party, started_at, profile_id, next, last_seq) \
             VALUES ('{call_id}', '{organization_id}', 'live', 'inbound', '+493012345678', '2020-01-01 00:00:00', \
             '{organization_id}', '{{}}', 1)"
        ))
        .unwrap();
    let plans = plans(&file, |connection| {
        let write = ToolWrite::Estimate(EstimateRequest::FindAppointments);
        let asked = WriteForCall { organization_id, call_id, effect: EffectId(1), write };
        let found =
            change::write_for_tool(connection, asked, (None, &OwnNumbers::default()), Utc::now()).unwrap();
        assert!(found.is_ok_and(|found| found.note.contains("no upcoming appointment")));
    });
    let of_appointments = plans.iter().filter(|plan| plan.statement.contains("FROM `appointments`"));
    let steps: Vec<&[String]> = of_appointments.map(|plan| &plan.steps[..]).collect();
    let by = |index: &str| vec![format!("SEARCH appointments USING INDEX {index} AND starts_at>?)")];
    assert_eq!(
        steps,
        [
            by("appointments_of_call (organization_id=? AND call_id=?"),
            by("appointments_of_number (organization_id=? AND phone=?"),
            // The same number with the zero that is dialled only within the country.
            by("appointments_of_number (organization_id=? AND phone=?"),
            by("appointments_of_customer (customer_id=? AND organization_id=?"),
        ]
    );
}

#[test]
fn earlier_calls_to_a_contact_are_found_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db").display().to_string();
    migrate(&StoreSettings::file(&file)).unwrap();
    let organization_id = OrganizationId(Uuid::now_v7());
    SqliteConnection::establish(&file)
        .unwrap()
        .batch_execute(&format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{organization_id}', 'Busy', '2020-01-01 00:00:00'); \
             INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             VALUES ('{organization_id}', '{organization_id}', 'Renewals', 'running', '{{}}', '2020-01-01 00:00:00', '2020-01-01 00:00:00'); \
             INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, updated_at) \
             VALUES ('{organization_id}', '{organization_id}', '{organization_id}', '+493010000001', '{{}}', 'form 7', 'waiting', \
             '2020-01-01 00:00:00', 0, '2020-01-01 00:00:00', '2020-01-01 00:00:00')"
        ))
        .unwrap();
    let plans = plans(&file, |connection| {
        // A Thursday, noon in Berlin.
        let (noon, campaign) = (UnixMs(1_793_271_600_000), CampaignId(organization_id.0));
        let people = query::waiting_contacts(connection, organization_id, campaign, noon, 5).unwrap();
        assert_eq!(people.len(), 1);
        let due = change::reserve_attempts(connection, organization_id, campaign, noon, 5).unwrap();
        assert_eq!(due.reserved.len(), 1);
    });
    let of_numbers = plans.iter().filter(|plan| {
        plan.statement.contains("FROM `attempts`") && plan.statement.contains("`attempts`.`number`")
    });
    let is_read = |step: &&String| step.starts_with("SEARCH ") || step.starts_with("SCAN ");
    let steps: Vec<&String> = of_numbers.flat_map(|plan| &plan.steps).filter(is_read).collect();
    assert_eq!(steps.len(), 3, "those of a forecast, those that count, and the abandoned one: {steps:?}");
    for step in steps {
        let by_number = "SEARCH attempts USING INDEX attempts_of_number (organization_id=? AND number=?";
        assert!(step.starts_with(by_number), "{step}");
    }
}

#[test]
fn old_records_are_found_without_sorting_or_other_organizations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db").display().to_string();
    migrate(&StoreSettings::file(&file)).unwrap();
    let (organization_id, since) = (OrganizationId(Uuid::now_v7()), UnixMs(1_795_000_000_000));
    SqliteConnection::establish(&file)
        .unwrap()
        .batch_execute(&format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{organization_id}', 'Busy', '2020-01-01 00:00:00'); \
             INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             VALUES ('{organization_id}', '{organization_id}', 'Renewals', 'draft', '{{}}', '2020-01-01 00:00:00', '2020-01-01 00:00:00')"
        ))
        .unwrap();
    let plans = plans(&file, |connection| {
        let days = Retention {
            recordings_days: Some(30),
            customers_days: Some(30),
            audit_log_days: Some(90),
            ..Retention::default()
        };
        let due = query::retention_due(connection, organization_id, &days, since).unwrap();
        assert_eq!(due, RetentionCounts::default());
        let sound = query::old_recordings(connection, organization_id, Some(since), None, 20).unwrap();
        assert!(sound.is_empty());
        let people = query::old_contacts(connection, organization_id, since, None, 20).unwrap();
        assert!(people.ids.is_empty());
        let entries = query::old_audit_entries(connection, organization_id, since, None, 100).unwrap();
        assert!(entries.ids.is_empty());
        let gone = change::delete_records_of_customers(connection, organization_id, since, 20).unwrap();
        assert_eq!(gone.others, 0);
    });
    for (table, step, times) in [
        ("recordings", "COVERING INDEX recordings_of_organization (organization_id=? AND call_id<?)", 1),
        ("recordings", "INDEX recordings_of_organization (organization_id=? AND call_id<?)", 1),
        ("contacts", "INDEX contacts_of_campaign (campaign_id=? AND id<?)", 1),
        ("contacts", "INDEX contacts_of_campaign (campaign_id=? AND id>? AND id<?)", 1),
        ("audit_log", "INDEX audit_log_of_organization (organization_id=? AND id<?)", 1),
        ("audit_log", "INDEX audit_log_of_organization (organization_id=? AND id>? AND id<?)", 1),
        ("appointments", "INDEX appointments_by_start (organization_id=? AND starts_at<?)", 2),
        ("deliveries", "INDEX deliveries_of_organization (organization_id=? AND state=? AND id<?)", 1),
    ] {
        let wanted = format!("SEARCH {table} USING {step}");
        let found: Vec<_> = plans.iter().filter(|plan| plan.steps.contains(&wanted)).collect();
        assert_eq!(found.len(), times, "{wanted}");
        for plan in found {
            let sorts = plan.steps.iter().any(|step| step.starts_with("USE TEMP B-TREE"));
            assert!(!sorts, "{}: {:?}", plan.statement, plan.steps);
        }
    }
}

#[test]
fn due_deliveries_are_found_by_their_organization_and_target() {
    let found = steps("deliveries", |connection, organization_id| {
        let organization_id = organization_id.to_string();
        let now = UnixMs(1_795_000_000_000);
        assert!(query::due_targets(connection, &organization_id, now).unwrap().is_empty());
        assert!(
            change::claim_deliveries(connection, (&organization_id, "webhook:1"), 1, now, now)
                .unwrap()
                .is_empty()
        );
    });
    let index = "deliveries_due_of_target (organization_id=? AND state=?";
    assert_eq!(
        found,
        [
            format!("SEARCH deliveries USING COVERING INDEX {index})"),
            format!("SEARCH deliveries USING INDEX {index} AND target=? AND due_at<?)"),
        ]
    );
}
