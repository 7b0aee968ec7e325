//! An assistant's actions on calls of a VICIdial through its agent API: hanging up with a status, and transferring callers.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_test_support::dialler::{CallGiver, GivenCall};
use cordboard_test_support::mariadb::{MariaDb, Schema};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::Token;
use cordboard_test_support::vicidial_api::{AgentApi, INGROUP, Manner, PASSWORD, USER};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::{Setup, start, wait};

const LEAD: &str = "SELECT status, user FROM osdial_list WHERE lead_id=2";

/// A VICIdial with its API, and a server with these additional settings.
fn setup(more: &[(&str, &str)]) -> (Setup, AgentApi) {
    let dialler = MariaDb::shared();
    let database = dialler.database_of(Schema::Vicidial);
    let api = AgentApi::start(dialler, &database).unwrap();
    let (database_url, api_url) = (dialler.url(&database), api.url());
    let mut settings = vec![
        ("osdial.database_url", database_url.as_str()),
        ("osdial.table_prefix", Schema::Vicidial.prefix()),
        ("osdial.agent_api_url", api_url.as_str()),
        ("osdial.agent_api_user", USER),
        ("osdial.agent_api_password", PASSWORD),
    ];
    settings.extend(more);
    (Setup::over(dialler, database, &settings), api)
}

/// A call that an assistant has.
fn connected(setup: &mut Setup) -> (GivenCall, cordboard_test_support::audiosocket::Caller) {
    let given = CallGiver::new(MariaDb::shared(), &setup.database).give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &given.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    setup.wait_for_row(LEAD, &["XFER", "1001"]);
    (given, caller)
}

/// The log's row for a call.
fn log(given: &GivenCall) -> String {
    format!("SELECT status, user, comments, term_reason FROM osdial_log WHERE uniqueid='{}'", given.uniqueid)
}

/// A form with these fields, as the API must receive it.
fn form(given: &GivenCall, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = [
        ("source", "cordboard"),
        ("user", USER),
        ("pass", PASSWORD),
        ("function", "ra_call_control"),
        ("agent_user", given.user.as_str()),
        ("value", given.callerid.as_str()),
    ];
    own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn hanging_up_does_not_wait_while_the_api_is_retried() {
    let (mut setup, api) = setup(&[("osdial.usual_status", "NI")]);
    api.behave(Manner::Fails);
    let (given, caller) = connected(&mut setup);
    let id = setup.call_in("live")["id"].as_str().unwrap().to_owned();
    let ended = setup.server.post(&format!("/api/v1/calls/{id}/hangup"), &json!({}), Token::Admin).unwrap();
    assert_eq!(ended.status, 202, "{}", ended.text());
    setup.call_in("ended");
    wait("the end of the audio", || caller.ended());
    wait("a request that failed", || (!api.asked().is_empty()).then_some(()));
    assert_eq!(setup.sql.rows(LEAD), [["XFER", "1001"]]);

    api.behave(Manner::ShowsWarnings);
    setup.wait_for_row(&log(&given), &["NI", "1001", "REMOTE", "AGENT"]);
    setup.wait_for_row(LEAD, &["NI", "1001"]);
    let asked = api.asked();
    assert!(asked.len() >= 2, "{asked:?}");
    let wanted = form(&given, &[("stage", "HANGUP"), ("status", "NI")]);
    assert!(asked.iter().all(|one| *one == wanted), "{asked:?}");
    let live = format!("SELECT COUNT(*) FROM osdial_auto_calls WHERE callerid='{}'", given.callerid);
    assert_eq!(setup.sql.rows(&live), [["0"]]);
}

#[test]
fn the_api_is_not_asked_when_the_caller_hangs_up() {
    let (mut setup, api) = setup(&[("osdial.usual_status", "NI")]);
    let (given, caller) = connected(&mut setup);
    caller.hang_up();
    setup.call_in("ended");
    CallGiver::new(MariaDb::shared(), &setup.database).end(&given);
    setup.wait_for_row(&log(&given), &["NI", "1001", "REMOTE", "CALLER"]);
    assert!(api.asked().is_empty(), "{:?}", api.asked());
}

/// A server whose assistant greets, and then uses tools.
fn with_assistant(answer: Answer) -> (Setup, AgentApi, OpenAiStandIn) {
    let provider = OpenAiStandIn::start(Script::new().greeting(answer)).unwrap();
    let base_url = provider.base_url();
    let (setup, api) = setup(&[
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
        ("OPENAI_BASE_URL", &base_url),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
        ("osdial.transfers", &format!("sales=ingroup:{INGROUP},desk=extension:8600,closed=ingroup:NOSUCH")),
        ("calls.resume_window_s", "1"),
    ]);
    (setup, api, provider)
}

fn greeting(arguments: &Value) -> Answer {
    Answer::say("Hello.", 700.0, Duration::from_millis(600)).and_call("pass_caller_on", arguments)
}

#[test]
fn an_assistant_transfers_callers_to_a_group_with_a_status() {
    let arguments = json!({ "place": "sales", "status": "SALE" });
    let (mut setup, api, provider) = with_assistant(greeting(&arguments));
    // A request whose answer was lost is not repeated.
    api.behave(Manner::LosesOneAnswer);
    let given = CallGiver::new(MariaDb::shared(), &setup.database).give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &given.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    let started = setup.event("call_started");
    let tools = started["profile"]["custom_tools"].as_array().unwrap();
    let tool = tools.iter().find(|tool| tool["name"] == "pass_caller_on").expect("it is offered");
    let properties = &tool["parameters"]["properties"];
    assert_eq!(properties["place"]["enum"], json!(["sales", "desk", "closed"]));
    assert!(properties["status"]["enum"].as_array().unwrap().contains(&json!("SALE")), "{properties}");

    wait("both requests", || (api.asked().len() == 2).then_some(()));
    let wanted =
        form(&given, &[("stage", "INGROUPTRANSFER"), ("status", "SALE"), ("ingroup_choices", INGROUP)]);
    assert_eq!(api.asked(), [wanted.clone(), wanted]);
    setup.wait_for_row(&log(&given), &["SALE", "1001", "REMOTE", "NONE"]);
    // The dialler takes the caller's channel away.
    caller.hang_up();
    setup.call_in("ended");
    assert_eq!(api.asked().len(), 2, "a transferred caller is not hung up");
    provider.finish();
}

/// A call whose server was killed while it requested a transfer from the API, which behaves in this way.
fn killed_while_it_asks(manner: Manner) -> (Setup, OpenAiStandIn, GivenCall) {
    let (mut setup, api, provider) = with_assistant(greeting(&json!({ "place": "sales", "status": "SALE" })));
    api.behave(manner);
    let given = CallGiver::new(MariaDb::shared(), &setup.database).give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &given.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    wait("a request", || (api.asked().len() == 1).then_some(()));
    setup.server.kill().unwrap();
    drop(caller);
    (setup, provider, given)
}

/// Waits until nothing is due to the dialler any more.
fn wait_settled(setup: &Setup) {
    let database = setup.server.data_folder().join("cordboard.db");
    wait("the dialler's data", || crate::wishes::is_delivered(&database).then_some(()));
}

#[test]
fn a_transfer_during_a_kill_keeps_its_result() {
    for is_with_group in [false, true] {
        let (mut setup, provider, given) = killed_while_it_asks(Manner::KeepsItsAnswer);
        let uniqueid = &given.uniqueid;
        setup.sql.change("UPDATE osdial_list SET status='NI', user='2001' WHERE lead_id=2");
        let mut wanted = ["SALE", "1001", "REMOTE", "NONE"];
        if is_with_group {
            setup.sql.change(&format!(
                "INSERT INTO osdial_closer_log (lead_id, campaign_id, uniqueid) VALUES (2, '{INGROUP}', '{uniqueid}')"
            ));
            setup
                .sql
                .change(&format!("UPDATE osdial_log SET term_reason='CALLER' WHERE uniqueid='{uniqueid}'"));
            wanted[3] = "CALLER";
        }
        setup.server.restart().unwrap();
        wait_settled(&setup);
        assert_eq!(setup.sql.rows(LEAD), [["NI", "2001"]]);
        assert_eq!(setup.sql.rows(&log(&given)), [wanted]);
        provider.finish();
    }
}

#[test]
fn a_failed_transfer_during_a_kill_keeps_the_assistants_result() {
    let (mut setup, provider, given) = killed_while_it_asks(Manner::Hangs);
    CallGiver::new(MariaDb::shared(), &setup.database).end(&given);
    assert_eq!(setup.sql.rows(&log(&given)), [["XFER", "1001", "REMOTE", "CALLER"]]);
    setup.server.restart().unwrap();
    wait_settled(&setup);
    assert_eq!(setup.sql.rows(&log(&given)), [["SALE", "1001", "REMOTE", "AGENT"]]);
    assert_eq!(setup.sql.rows(LEAD), [["SALE", "1001"]]);
    provider.finish();
}

#[test]
fn a_failed_transfer_is_reported_and_recorded() {
    let (mut setup, api, provider) = with_assistant(greeting(&json!({ "place": "closed" })));
    let given = CallGiver::new(MariaDb::shared(), &setup.database).give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &given.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    let told = setup.event("tool_done")["outcome"].clone();
    assert_eq!(told["outcome"], "failed", "{told}");
    let reason = told["reason"].as_str().unwrap();
    assert!(reason.contains("NOSUCH") && reason.contains("osdial.transfers"), "{reason}");
    assert_eq!(api.asked().len(), 1, "another request could not help");
    caller.hang_up();
    setup.call_in("ended");
    CallGiver::new(MariaDb::shared(), &setup.database).end(&given);
    setup.wait_for_row(&log(&given), &["XFER", "1001", "REMOTE", "CALLER"]);
    provider.finish();
}

#[test]
fn the_doctor_says_whether_the_api_lets_us_control_calls() {
    let dialler = MariaDb::shared();
    let database = dialler.database_of(Schema::Vicidial);
    let api = AgentApi::start(dialler, &database).unwrap();
    let url = api.url();
    let doctor = |url: &str, password: &str| {
        let more = [
            ("CORDBOARD_OSDIAL__TABLE_PREFIX", Schema::Vicidial.prefix()),
            ("CORDBOARD_OSDIAL__AGENT_API_URL", url),
            ("CORDBOARD_OSDIAL__AGENT_API_USER", USER),
            ("CORDBOARD_OSDIAL__AGENT_API_PASSWORD", password),
        ];
        let said = crate::faults::doctor_with(&dialler.url(&database), &more);
        said.into_iter().find(|line| line.contains("/agc/")).expect("a line about the API")
    };
    let good = doctor(&url, PASSWORD);
    assert!(good.contains(" ok ") && good.contains("lets us control calls"), "{good}");
    let wrong = doctor(&url, "t1ger");
    assert!(wrong.contains("FAILED") && wrong.contains("osdial.agent_api_password"), "{wrong}");
    assert!(!wrong.contains("t1ger") && !wrong.contains("SELECT"), "{wrong}");
    for (manner, fix) in [
        (Manner::GivesNoRight, "add ra_call_control"),
        (Manner::IsOff, "system settings"),
        (Manner::Fails, "osdial.agent_api_url"),
        (Manner::IsAnotherPage, "osdial.agent_api_url"),
    ] {
        api.behave(manner);
        let said = doctor(&url, PASSWORD);
        assert!(said.contains("FAILED") && said.contains(fix), "{manner:?}: {said}");
    }
    let away = doctor("http://127.0.0.1:1/agc/api.php", PASSWORD);
    assert!(away.contains("FAILED") && away.contains("osdial.agent_api_url"), "{away}");
}

#[test]
fn the_password_of_the_api_is_never_shown() {
    let server = start(&[
        ("osdial.database_url", "mysql://u:p@127.0.0.1:1/asterisk"),
        ("osdial.agent_api_url", "http://127.0.0.1:1/agc/api.php"),
        ("osdial.agent_api_user", USER),
        ("osdial.agent_api_password", "t1ger"),
    ]);
    let config = server.get("/api/v1/admin/config", Token::Admin).unwrap().text();
    assert!(config.contains("agent_api_password") && !config.contains("t1ger"), "{config}");
}
