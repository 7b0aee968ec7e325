//! A remote agent's whole life with the real Asterisk and the shipped dialplan: only the dialler's own processes are stand-ins.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use cordboard_test_support::ami::{Ami, Mark};
use cordboard_test_support::asterisk::{Asterisk, AsteriskSetup};
use cordboard_test_support::dialler::RemoteAgentProcess;
use cordboard_test_support::dialler_switch::{DiallerSwitch, send};
use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::mariadb::MariaDb;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::server::{DIALPLAN_TOKEN, Token};
use serde_json::{Value, json};

use crate::setup::{LIMIT, Setup, wait};

/// Dials a customer, and sends them into the dialler's dialplan once they have answered.
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

/// A dialler with one line of an assistant, its Asterisk, and the model.
struct House {
    setup: Setup,
    provider: OpenAiStandIn,
    ami: Ami,
    _asterisk: Asterisk,
    _process: RemoteAgentProcess,
}

impl House {
    /// With more settings of the server.
    fn open(more: &[(&str, &str)]) -> Self {
        Self::open_with(more, "")
    }

    /// The same with more lines in the globals of the dialplan.
    fn open_with(more: &[(&str, &str)], globals: &str) -> Self {
        let provider = OpenAiStandIn::start(Script::new()).unwrap();
        let base_url = provider.base_url();
        let settings = [
            ("assistant.provider", "openai"),
            ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
            ("OPENAI_BASE_URL", &base_url),
            ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
            ("log.level", "debug"),
        ];
        let mut setup = Setup::open_with(&[&settings, more].concat());
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
        pbx.extra_dialplan = switch.dialplan(globals);
        let asterisk = Asterisk::start(&pbx).unwrap();
        let ami = asterisk.ami().unwrap();
        let process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);
        Self { setup, provider, ami, _asterisk: asterisk, _process: process }
    }

    /// The dialler calls a lead once the line is free. The assistant greets, and then requests these tools.
    fn calls(&mut self, lead_id: u32, key: &str, tools: &[(&str, Value)]) {
        self.setup.wait_for_lines(&["1001 READY"], LIMIT);
        let hello = Answer::say("Hello.", 700.0, Duration::from_millis(600));
        let hello = tools.iter().fold(hello, |hello, (name, arguments)| hello.and_call(name, arguments));
        self.provider.rewrite(Script::new().greeting(hello));
        send(&mut self.setup.sql, "TEST1", lead_id, key);
        dial(&self.ami, "8368", key);
    }

    /// Waits until the dialler's data about a lead and the log of its call have these values, and the call is in none of its tables any more.
    fn becomes(&mut self, lead_id: u32, key: &str, (lead, log): ([&str; 2], [&str; 3])) {
        let of_lead = format!("SELECT status, user FROM osdial_list WHERE lead_id={lead_id}");
        self.setup.wait_for_row(&of_lead, &lead);
        let of_call =
            format!("SELECT status, user, comments FROM osdial_log WHERE callerid='{key}' AND end_epoch>0");
        self.setup.wait_for_row(&of_call, &log);
        let live = format!("SELECT COUNT(*) FROM osdial_auto_calls WHERE callerid='{key}'");
        self.setup.wait_for_row(&live, &["0"]);
    }

    /// Waits until a channel of this call has reached a place in the dialplan that reports it.
    fn comes_to(&self, place: &str, key: &str) {
        let event = self.ami.wait_event(Mark::START, LIMIT, "UserEvent", &[("UserEvent", place)]);
        assert_eq!(event.unwrap().get("Account"), Some(key));
    }
}

#[test]
fn the_assistant_knows_a_diallers_lead_and_sets_its_disposition() {
    let mut house = House::open(&[]);
    house.setup.change_profile(&json!({ "greeting": "Hello {{lead.first_name}} {{lead.last_name}}!" }));
    // There is one line: the second customer gets it only once the first call is over.
    for (lead_id, key, status, name) in [
        (2, "V1127010203000000002", "SALE", "Jürgen Müller"),
        (1, "V1127010204000000001", "AIOK", "Ann Ascii"),
    ] {
        house.calls(
            lead_id,
            key,
            &[("set_disposition", json!({ "status": status })), ("end_call", json!({}))],
        );
        house.becomes(lead_id, key, ([status, "1001"], [status, "1001", "REMOTE"]));
        let log = format!("SELECT term_reason, length_in_sec<10 FROM osdial_log WHERE callerid='{key}'");
        house.setup.wait_for_row(&log, &["AGENT", "1"]);
        let greeting = house.setup.event("call_started")["profile"]["greeting"].clone();
        assert_eq!(greeting, format!("Hello {name}!"));
    }
    house.setup.wait_for_lines(&["1001 READY"], LIMIT);

    // A call without a line never reaches an assistant: the shipped dialplan sends it to the dialler's safe harbour.
    let calls = house.setup.calls().len();
    dial(&house.ami, "8801", "V1127010205000000003");
    house.comes_to("SafeHarbour", "V1127010205000000003");
    assert_eq!(house.setup.calls().len(), calls);
    house.provider.finish();
}

#[test]
fn each_call_uses_the_port_that_its_dialplan_leased() {
    let ports = free_ports(2).unwrap();
    let range = format!("{}-{}", ports.start, ports.end - 1);
    let settings = [("audiosocket.port_range", range.as_str())];
    let mut house = House::open_with(&settings, "CORDBOARD_OSDIAL_PORTS_HOST = 127.0.0.1");
    house.setup.change_profile(&json!({ "greeting": "Hello {{lead.first_name}} {{lead.last_name}}!" }));
    for (number, lead_id, key, status, name) in [
        (1, 2, "V1127010208000000002", "SALE", "Jürgen Müller"),
        (2, 1, "V1127010209000000001", "AIOK", "Ann Ascii"),
    ] {
        house.calls(
            lead_id,
            key,
            &[("set_disposition", json!({ "status": status })), ("end_call", json!({}))],
        );
        house.becomes(lead_id, key, ([status, "1001"], [status, "1001", "REMOTE"]));
        let greeting = house.setup.event("call_started")["profile"]["greeting"].clone();
        assert_eq!(greeting, format!("Hello {name}!"));
        // The call used its port, and has returned it.
        let over = format!("cordboard_audio_port_leases_total{{end=\"call_over\"}} {number}");
        wait("the end of a lease", || {
            let figures = house.setup.server.get("/metrics", Token::Admin).ok()?.text();
            figures.lines().any(|line| line == over).then_some(())
        });
    }
    house.setup.wait_for_lines(&["1001 READY"], LIMIT);

    // Somebody else has both ports: the caller goes to the dialler's safe harbour, and no assistant starts for them.
    let calls = house.setup.calls().len();
    for _ in 0..2 {
        let lease = house.setup.server.post("/api/v1/audio-ports", &json!({}), Token::Admin).unwrap();
        assert_eq!(lease.status, 201, "{}", lease.text());
    }
    let key = "V1127010210000000002";
    house.calls(2, key, &[]);
    house.comes_to("SafeHarbour", key);
    assert_eq!(house.setup.calls().len(), calls);
    house.provider.finish();
}

#[test]
fn the_dialler_keeps_call_backs_and_its_dialplan_transfers_callers() {
    let mut house =
        House::open(&[("extensions.operator", "people,operator,1"), ("extensions.closer", "osdial,8399,1")]);
    house.setup.change_profile(&json!({ "tools": ["end_call", "transfer_call"] }));
    let when = (Utc::now() + TimeDelta::days(1)).to_rfc3339();
    let key = "V1127010206000000002";
    house.calls(
        2,
        key,
        &[("call_back_later", json!({ "when": when, "note": "the quote" })), ("end_call", json!({}))],
    );
    house.becomes(2, key, (["CBHOLD", "1001"], ["CALLBK", "1001", "REMOTE"]));
    let made = "SELECT status, user, recipient, comments FROM osdial_callbacks WHERE lead_id=2";
    assert_eq!(house.setup.sql.rows(made), [["ACTIVE", "1001", "ANYONE", "the quote"]]);

    // The line gets its next call, whose caller is transferred to a person, and is free once that is over.
    let key = "V1127010207000000001";
    house.calls(
        1,
        key,
        &[("set_disposition", json!({ "status": "AIOK" })), ("transfer_call", json!({ "target": "closer" }))],
    );
    house.comes_to("Person", key);
    house.becomes(1, key, (["AIOK", "1001"], ["AIOK", "1001", "REMOTE"]));
    house.setup.wait_for_lines(&["1001 READY"], LIMIT);
    house.provider.finish();
}
