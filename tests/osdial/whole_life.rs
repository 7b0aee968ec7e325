//! A remote agent's whole life against the real Asterisk, with the dialplan that is shipped: the dialler's own processes are stand-ins, all
//! else is real.

use std::time::Duration;

use cordboard_test_support::ami::{Ami, Mark};
use cordboard_test_support::asterisk::{Asterisk, AsteriskSetup};
use cordboard_test_support::dialler::RemoteAgentProcess;
use cordboard_test_support::dialler_switch::{DiallerSwitch, send};
use cordboard_test_support::mariadb::MariaDb;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::DIALPLAN_TOKEN;
use serde_json::json;

use crate::setup::{LIMIT, Setup};

/// A customer is dialled, and sent into the dialler's dialplan once they have answered.
fn dial(ami: &Ami, extension: &str, key: &str) {
    let headers = [
        ("Channel", "Local/900@customers/n"),
        ("Context", "osdial"),
        ("Exten", extension),
        ("Priority", "1"),
        ("Account", key),
        ("CallerID", "30901820"),
        ("Async", "true"),
    ];
    ami.action("Originate", &headers).unwrap();
}

#[test]
fn the_dialler_calls_the_assistant_knows_the_lead_says_what_became_of_it_and_is_free_for_the_next() {
    let talk = |status: &str| {
        let hello = Answer::say("Hello.", 700.0, Duration::from_millis(600))
            .and_call("set_disposition", &json!({ "status": status }))
            .and_call("end_call", &json!({}));
        Script::new().greeting(hello)
    };
    let provider = OpenAiStandIn::start(Script::new()).unwrap();
    let base_url = provider.base_url();
    let mut setup = Setup::open_with(&[
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
        ("OPENAI_BASE_URL", &base_url),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
        ("log.level", "debug"),
    ]);
    setup.change_profile(&json!({ "greeting": "Hello {{lead.first_name}} {{lead.last_name}}!" }));
    for sql in [
        "DELETE FROM osdial_live_agents",
        "DELETE FROM osdial_auto_calls",
        "DELETE FROM osdial_log",
        "UPDATE osdial_remote_agents SET number_of_lines=1",
    ] {
        setup.sql.change(sql);
    }
    let switch = DiallerSwitch::start(MariaDb::shared(), &setup.database);
    let addresses = setup.server.addresses();
    let mut pbx = AsteriskSetup::new(addresses.audiosocket, addresses.http, DIALPLAN_TOKEN);
    pbx.extra_dialplan = switch.dialplan();
    let asterisk = Asterisk::start(&pbx).unwrap();
    let ami = asterisk.ami().unwrap();
    let _process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);

    // One line: the second customer gets it only once the first call has left it free.
    for (lead_id, key, status, name) in [
        (2, "V1127010203000000002", "SALE", "Jürgen Müller"),
        (1, "V1127010204000000001", "AIOK", "Ann Ascii"),
    ] {
        setup.wait_for_lines(&["1001 READY"], LIMIT);
        provider.rewrite(talk(status));
        send(&mut setup.sql, "TEST1", lead_id, key);
        dial(&ami, "8368", key);
        setup.wait_for_row(
            &format!("SELECT status, user FROM osdial_list WHERE lead_id={lead_id}"),
            &[status, "1001"],
        );
        let log = format!(
            "SELECT status, user, comments, term_reason, end_epoch>0, length_in_sec<10 FROM osdial_log WHERE callerid='{key}'"
        );
        setup.wait_for_row(&log, &[status, "1001", "REMOTE", "AGENT", "1", "1"]);
        let greeting = setup.event("call_started")["profile"]["greeting"].clone();
        assert_eq!(greeting, format!("Hello {name}!"));
        setup.wait_for_row(&format!("SELECT COUNT(*) FROM osdial_auto_calls WHERE callerid='{key}'"), &["0"]);
    }
    setup.wait_for_lines(&["1001 READY"], LIMIT);

    // A call that no line has never reaches an assistant: the shipped dialplan leads it to the dialler's safe harbour.
    let calls = setup.calls().len();
    dial(&ami, "8801", "V1127010205000000003");
    let harbour = ami.wait_event(Mark::START, LIMIT, "UserEvent", &[("UserEvent", "SafeHarbour")]);
    assert_eq!(harbour.unwrap().get("Account"), Some("V1127010205000000003"));
    assert_eq!(setup.calls().len(), calls);
    provider.finish();
}
