//! Requests of callees: to be called back, and not to be called again. The dialler has them in its own tables, exactly once.

use std::path::Path;
use std::time::Duration;

use chrono::{FixedOffset, Local, TimeDelta, Utc};
use cordboard_test_support::dialler::{CallGiver, GivenCall};
use cordboard_test_support::mariadb::{MariaDb, Schema};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::{Setup, over_each, wait};

const LEAD: &str = "SELECT status, user FROM osdial_list WHERE lead_id=2";

/// A server whose assistant greets, and then requests these tools.
fn with_assistant(schema: Schema, tools: &[(&str, Value)]) -> (Setup, OpenAiStandIn) {
    let hello = Answer::say("Hello.", 700.0, Duration::from_millis(600));
    let hello = tools.iter().fold(hello, |hello, (name, arguments)| hello.and_call(name, arguments));
    let provider = OpenAiStandIn::start(Script::new().greeting(hello)).unwrap();
    let base_url = provider.base_url();
    let setup = Setup::of_with(
        schema,
        &[
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
            ("OPENAI_BASE_URL", &base_url),
            ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
        ],
    );
    (setup, provider)
}

/// A call of this campaign, in which the assistant requests its tools; returns the first one's outcome. Then the caller hangs up.
fn call(setup: &mut Setup, campaign_id: &str) -> (GivenCall, Value) {
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let given = giver.give(campaign_id, 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &given.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    let told = setup.event("tool_done")["outcome"].clone();
    caller.hang_up();
    setup.call_in("ended");
    giver.end(&given);
    (given, told)
}

/// Whether everything that is due for the only call was sent to the dialler.
pub(crate) fn is_delivered(database: &Path) -> bool {
    changed(database, "state = state WHERE state = 'delivered'")
}

/// Whether this changes what is due for the only call.
fn changed(database: &Path, set: &str) -> bool {
    let mut connection = connect(database);
    let sql = format!("UPDATE deliveries SET {set} AND channel = 'dialler'");
    diesel::sql_query(sql).execute(&mut connection).is_ok_and(|rows| rows == 1)
}

/// Everything is sent to the dialler once more, as after a server that was killed before it recorded that.
fn deliver_again(setup: &mut Setup) {
    let database = setup.server.data_folder().join("cordboard.db");
    wait("the dialler's data", || is_delivered(&database).then_some(()));
    setup.server.kill().unwrap();
    let again = "state = 'waiting', claimed = 0, due_at = created_at WHERE state = 'delivered'";
    assert!(changed(&database, again));
    setup.server.restart().unwrap();
    wait("the repeated data", || is_delivered(&database).then_some(()));
}

fn connect(database: &Path) -> SqliteConnection {
    SqliteConnection::establish(database.to_str().unwrap()).unwrap()
}

#[test]
fn an_opt_out_is_listed_once_and_cancels_call_backs() {
    over_each(no_more_calls);
}

fn no_more_calls(schema: Schema) {
    let (mut setup, provider) = with_assistant(schema, &[("do_not_call", json!({ "said": "Never again" }))]);
    setup.sql.change(
        "INSERT INTO osdial_callbacks (lead_id, campaign_id, status, entry_time, callback_time, user, recipient) VALUES \
         (2, 'TEST1', 'ACTIVE', NOW() - INTERVAL 1 DAY, NOW() + INTERVAL 1 DAY, '2001', 'USERONLY')",
    );
    if schema == Schema::Vicidial {
        setup.sql.change("UPDATE osdial_campaigns SET use_campaign_dnc='Y' WHERE campaign_id='TEST1'");
    }
    let (given, told) = call(&mut setup, "TEST1");
    assert_eq!(told["outcome"], "done", "{told}");
    setup.wait_for_row(LEAD, &["DNC", "1001"]);
    let log = format!("SELECT status, user, term_reason FROM osdial_log WHERE uniqueid='{}'", given.uniqueid);
    setup.wait_for_row(&log, &["DNC", "1001", "CALLER"]);
    deliver_again(&mut setup);
    assert_eq!(setup.sql.rows("SELECT phone_number FROM osdial_dnc"), [["30901820"]]);
    assert_eq!(setup.sql.rows("SELECT status FROM osdial_callbacks"), [["INACTIVE"]]);
    if schema == Schema::Vicidial {
        let own = setup.sql.rows("SELECT phone_number, campaign_id FROM osdial_campaign_dnc");
        assert_eq!(own, [["30901820", "TEST1"]]);
        let logged =
            setup.sql.rows("SELECT campaign_id, action, user FROM osdial_dnc_log ORDER BY campaign_id");
        assert_eq!(logged, [["-SYSINT-", "add", "1001"], ["TEST1", "add", "1001"]]);
    }
    provider.finish();
}

/// The status is not `DNC`: a VICIdial can give any status that meaning.
#[test]
fn a_status_that_forbids_calls_cancels_the_agreed_call_back() {
    let when = (Utc::now() + TimeDelta::days(1)).to_rfc3339();
    let tools =
        [("call_back_later", json!({ "when": when })), ("set_disposition", json!({ "status": "NEVER" }))];
    let (mut setup, provider) = with_assistant(Schema::Vicidial, &tools);
    setup.sql.change(
        "INSERT INTO osdial_statuses (status, status_name, selectable, dnc) VALUES ('NEVER', 'Never again', 'Y', 'Y')",
    );
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let given = giver.give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &given.callerid), "ok");
    let caller = setup.caller(uuid);
    let database = setup.server.data_folder().join("cordboard.db");
    let noted = r#"state = state WHERE body LIKE '%"call_back":{%' AND body LIKE '%"chosen":"NEVER"%'"#;
    wait("both requests", || changed(&database, noted).then_some(()));
    caller.hang_up();
    setup.call_in("ended");
    giver.end(&given);
    wait("the dialler's data", || is_delivered(&database).then_some(()));
    assert_eq!(setup.sql.rows(LEAD), [["NEVER", "1001"]]);
    assert_eq!(setup.sql.rows("SELECT COUNT(*) FROM osdial_callbacks"), [["0"]]);
    assert_eq!(setup.sql.rows("SELECT phone_number FROM osdial_dnc"), [["30901820"]]);
    // No campaign of ours calls them either.
    let own = setup.server.get("/api/v1/suppressions", Token::Admin).unwrap().json();
    let listed = (&own["items"][0]["number"], &own["items"][0]["evidence"]);
    assert_eq!(listed, (&json!("+4930901820"), &json!("status NEVER of the dialler's lead")), "{own}");
    provider.finish();
}

#[test]
fn a_dnc_result_is_listed_for_the_campaigns_company() {
    let arguments = json!({ "status": "DNC" });
    let (mut setup, provider) = with_assistant(Schema::Osdial, &[("set_disposition", arguments)]);
    for sql in [
        "UPDATE system_settings SET enable_multicompany='1'",
        "INSERT INTO osdial_companies (id, name) VALUES (1, 'The first')",
        "UPDATE osdial_campaigns SET campaign_id='101TEST' WHERE campaign_id='TEST1'",
        "UPDATE osdial_remote_agents SET campaign_id='101TEST' WHERE campaign_id='TEST1'",
        "UPDATE osdial_live_agents SET campaign_id='101TEST', last_update_time=NOW()+INTERVAL 60 SECOND WHERE campaign_id='TEST1'",
    ] {
        setup.sql.change(sql);
    }
    let (_, told) = call(&mut setup, "101TEST");
    assert_eq!(told["outcome"], "done", "{told}");
    setup.wait_for_row("SELECT company_id, phone_number FROM osdial_dnc_company", &["1", "30901820"]);
    setup.wait_for_row(LEAD, &["DNC", "1001"]);
    assert_eq!(setup.sql.rows("SELECT COUNT(*) FROM osdial_dnc"), [["0"]]);
    provider.finish();
}

#[test]
fn the_dialler_calls_back_once_when_a_lead_asks() {
    over_each(called_back);
}

fn called_back(schema: Schema) {
    let at = Utc::now() + TimeDelta::days(1);
    // Half past three hours behind UTC, like the lead's clock.
    let local = at.with_timezone(&FixedOffset::west_opt(12_600).unwrap());
    let when = local.format("%Y-%m-%dT%H:%M:%S").to_string();
    let arguments = json!({ "when": when, "note": "the quote" });
    let (mut setup, provider) = with_assistant(schema, &[("call_back_later", arguments)]);
    setup.sql.change("UPDATE osdial_list SET gmt_offset_now='-3.50' WHERE lead_id=2");
    // The call is a call-back itself, which completes that call-back.
    setup.sql.change(
        "INSERT INTO osdial_callbacks (lead_id, campaign_id, status, entry_time, callback_time, user, recipient) VALUES \
         (2, 'TEST1', 'LIVE', NOW() - INTERVAL 1 DAY, NOW() - INTERVAL 1 HOUR, '2001', 'ANYONE')",
    );
    let (given, told) = call(&mut setup, "TEST1");
    assert_eq!(told["outcome"], "done", "{told}");
    setup.wait_for_row(LEAD, &["CBHOLD", "1001"]);
    let log = format!("SELECT status, user FROM osdial_log WHERE uniqueid='{}'", given.uniqueid);
    setup.wait_for_row(&log, &["CALLBK", "1001"]);
    deliver_again(&mut setup);
    let rows = format!(
        "SELECT status, user, recipient, IFNULL(comments, ''), IFNULL(user_group, ''), IFNULL(list_id, 0), campaign_id, \
         callback_time = FROM_UNIXTIME({}) FROM osdial_callbacks ORDER BY callback_id",
        at.timestamp()
    );
    assert_eq!(
        setup.sql.rows(&rows),
        [
            ["INACTIVE", "2001", "ANYONE", "", "", "0", "TEST1", "0"],
            ["ACTIVE", "1001", "ANYONE", "the quote", "REMOTE", "1001", "TEST1", "1"],
        ]
    );
    assert_eq!(setup.sql.rows("SELECT COUNT(*) FROM osdial_dnc"), [["0"]]);
    provider.finish();
}

/// As after a day without the database, in which the dialler went on calling.
#[test]
fn a_lead_called_again_meanwhile_gets_no_older_call_back() {
    let when = (Utc::now() + TimeDelta::days(1)).to_rfc3339();
    let (mut setup, provider) =
        with_assistant(Schema::Vicidial, &[("call_back_later", json!({ "when": when }))]);
    setup.sql.change(
        "INSERT INTO osdial_log (uniqueid, lead_id, start_epoch, status) VALUES ('1.1', 2, UNIX_TIMESTAMP()+3600, 'DNC')",
    );
    let (_, told) = call(&mut setup, "TEST1");
    assert_eq!(told["outcome"], "done", "{told}");
    let database = setup.server.data_folder().join("cordboard.db");
    wait("the dialler's data", || is_delivered(&database).then_some(()));
    assert_eq!(setup.sql.rows("SELECT COUNT(*) FROM osdial_callbacks"), [["0"]]);
    provider.finish();
}

#[test]
fn a_call_back_past_the_campaigns_stated_limit_is_refused() {
    for (days, outcome, lead) in [(3, "refused", ["XFER", "1001"]), (2, "done", ["CBHOLD", "1001"])] {
        let (mut setup, provider, told) = loop {
            let (today, at) = (Local::now().date_naive(), Utc::now() + TimeDelta::days(days));
            let arguments = json!({ "when": at.to_rfc3339() });
            let (mut setup, provider) = with_assistant(Schema::Vicidial, &[("call_back_later", arguments)]);
            setup.sql.change("UPDATE osdial_campaigns SET callback_days_limit=3 WHERE campaign_id='TEST1'");
            let (_, told) = call(&mut setup, "TEST1");
            // The dialler counts from its own current day: after a midnight in the meantime, the time was for another day.
            if Local::now().date_naive() == today {
                break (setup, provider, told);
            }
        };
        assert_eq!(told["outcome"], outcome, "{told}");
        let reason = told["reason"].as_str().unwrap_or_default();
        assert_eq!(reason.contains("at most 3 days, today being the first"), outcome == "refused", "{told}");
        let tools = setup.event("call_started")["profile"]["custom_tools"].clone();
        let tool = tools.as_array().unwrap().iter().find(|tool| tool["name"] == "call_back_later").unwrap();
        assert!(tool.to_string().contains("At most 3 days, today being the first"), "{tool}");
        let database = setup.server.data_folder().join("cordboard.db");
        wait("the dialler's data", || is_delivered(&database).then_some(()));
        setup.wait_for_row(LEAD, &lead);
        let made = if outcome == "done" { "1" } else { "0" };
        setup.wait_for_row("SELECT COUNT(*) FROM osdial_callbacks", &[made]);
        provider.finish();
    }
}

#[test]
fn a_campaign_without_call_backs_offers_none() {
    let mut setup = Setup::open();
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let given = giver.give("TEST1", 2).expect("a line is ready");
    for (taken, offered) in [("Y", true), ("N", false)] {
        setup.sql.change(&format!("UPDATE osdial_campaigns SET scheduled_callbacks='{taken}'"));
        let uuid = Uuid::new_v4();
        assert_eq!(setup.announce(uuid, &given.callerid), "ok");
        let caller = setup.caller(uuid);
        setup.call_in("live");
        let tools = setup.event("call_started")["profile"]["custom_tools"].clone();
        let tool = tools.as_array().unwrap().iter().find(|tool| tool["name"] == "call_back_later");
        assert_eq!(tool.is_some(), offered, "{taken}: {tools}");
        caller.hang_up();
        setup.call_in("ended");
    }
}
