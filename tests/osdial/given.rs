//! Calls that the dialler gives to a line: who answers them, and what happens to those without a known lead.

use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::dialler::CallGiver;
use cordboard_test_support::mariadb::{MariaDb, Schema};
use cordboard_test_support::server::Token;
use serde_json::json;
use uuid::Uuid;

use crate::setup::{Setup, over_each, wait};

/// The destination of calls that go back.
const FALLBACK: [(&str, &str); 3] = [
    ("extensions.harbour", "osdial,8307,1"),
    ("extensions.operator", "people,operator,1"),
    ("osdial.fallback_extension", "harbour"),
];
const BACK: &str = "goto osdial,8307,1";
const LOG: &str = "SELECT status, user, comments, term_reason FROM osdial_log WHERE uniqueid=";
const LEAD: &str = "SELECT status, user FROM osdial_list WHERE lead_id=2";

/// Checks that the server refuses this audio connection.
fn is_refused(setup: &Setup, uuid: Uuid) {
    let before = setup.calls().len();
    let caller: Caller = setup.caller(uuid);
    wait("the end of the connection", || caller.ended());
    let live = setup.calls().into_iter().filter(|call| call["state"] == "live").count();
    assert_eq!((setup.calls().len(), live), (before, 0), "somebody answered");
}

#[test]
fn the_assistant_knows_leads_and_short_talks_are_not_drops() {
    over_each(the_lead_is_known);
}

fn the_lead_is_known(schema: Schema) {
    let mut setup = Setup::of(schema);
    // A field that was added by hand: VICIdial has the fields of a list in a separate table.
    let added = match schema {
        Schema::Osdial => [
            "ALTER TABLE osdial_list ADD shoe_size varchar(10)",
            "UPDATE osdial_list SET shoe_size='43' WHERE lead_id=2",
        ],
        Schema::Vicidial => [
            "INSERT INTO custom_1001 (lead_id, shoe_size) VALUES (2, '43')",
            "UPDATE osdial_list SET entry_list_id=1001 WHERE lead_id=2",
        ],
    };
    for sql in added {
        setup.sql.change(sql);
    }
    let told = "{{lead.first_name}} {{lead.last_name}} of {{lead.city}}, size {{lead.shoe_size}}, {{lead.phone_number}}, \
                {{campaign.name}}, {{lead.email}}.";
    setup.change_profile(&json!({ "instructions": format!("You call {told}") }));
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let call = giver.give("TEST1", 2).expect("a line is ready");

    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &call.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    let started = setup.event("call_started");
    let told = started["profile"]["instructions"].as_str().unwrap();
    let expected = "You call Jürgen Müller of Köln, size 43, 30901820, Test campaign one, .";
    assert!(told.contains(expected), "{told}");
    let tool = &started["profile"]["custom_tools"][0];
    assert_eq!(tool["name"], "set_disposition");
    let statuses = tool["parameters"]["properties"]["status"]["enum"].as_array().unwrap();
    let has = |status: &str| statuses.iter().any(|one| one == status);
    assert!(has("SALE") && has("AIOK") && has("DNC"), "{statuses:?}");
    for other in ["CALLBK", "NEW", "XFER"] {
        assert!(!has(other), "{other} among {statuses:?}");
    }

    // Long before the dialler's own turn of 10 s.
    let of_call = format!("{LOG}'{}'", call.uniqueid);
    setup.wait_for_row(&of_call, &["XFER", "1001", "REMOTE", "NONE"]);
    setup.wait_for_row(LEAD, &["XFER", "1001"]);
    caller.hang_up();
    setup.call_in("ended");
    giver.end(&call);
    setup.wait_for_row(&of_call, &["XFER", "1001", "REMOTE", "CALLER"]);
    assert_eq!(setup.sql.rows(LEAD), [["XFER", "1001"]]);
}

#[test]
fn calls_of_unknown_leads_go_back_without_an_assistant() {
    let mut setup = Setup::open_with(&FALLBACK);
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let over = giver.give("TEST1", 2).expect("a line is ready");
    setup.sql.change(&format!(
        "UPDATE osdial_live_agents SET status='READY', lead_id=0, uniqueid='', callerid='' WHERE callerid='{}'",
        over.callerid
    ));
    let leadless = "V0102030405000000077";
    setup.sql.change(&format!(
        "UPDATE osdial_live_agents SET lead_id=77, callerid='{leadless}' WHERE user='1002'"
    ));
    for key in ["", "V", "V0102030405000000002", "V%27%20OR%201%3D1", &over.callerid, leadless] {
        let uuid = Uuid::new_v4();
        assert_eq!(setup.announce(uuid, key), BACK, "{key}");
        is_refused(&setup, uuid);
    }
    // A call that does not come from the dialler is answered as usual.
    let uuid = Uuid::new_v4();
    let path = format!("/api/v1/calls/expect?uuid={uuid}&from=1&to=100");
    assert_eq!(setup.server.get(&path, Token::Dialplan).unwrap().text(), "ok");
    let _caller = setup.caller(uuid);
    setup.call_in("live");
}

#[test]
fn a_campaign_has_its_profile_or_none() {
    let settings =
        [&FALLBACK[..], &[("osdial.profiles", "TEST1=receptionist,TEST2=Nobody of this name")]].concat();
    let mut setup = Setup::open_with(&settings);
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let call = giver.give("TEST1", 2).expect("a line is ready");
    let name =
        setup.server.get("/api/v1/agent-profiles", Token::Admin).unwrap().json()["items"][0]["name"].clone();
    assert_eq!(name, "receptionist");
    assert_eq!(setup.announce(Uuid::new_v4(), &call.callerid), "ok");
    for campaign_id in ["TEST2", "TEST3"] {
        setup.sql.change(&format!("REPLACE INTO osdial_campaigns (campaign_id) VALUES ('{campaign_id}')"));
        setup.sql.change(&format!(
            "UPDATE osdial_live_agents SET campaign_id='{campaign_id}' WHERE callerid='{}'",
            call.callerid
        ));
        let uuid = Uuid::new_v4();
        assert_eq!(setup.announce(uuid, &call.callerid), BACK, "{campaign_id}");
    }
}

#[test]
fn a_slow_or_lost_database_delays_no_caller_long() {
    let mut dialler = MariaDb::start().unwrap();
    let database = dialler.dialler_database();
    let url = dialler.url(&database);
    let settings = [&FALLBACK[..], &[("osdial.database_url", url.as_str())]].concat();
    let setup = Setup::over(&dialler, database, &settings);
    for is_halted in [true, false] {
        match is_halted {
            true => dialler.halt(true).unwrap(),
            false => {
                dialler.halt(false).unwrap();
                dialler.stop();
            }
        }
        let (uuid, began) = (Uuid::new_v4(), Instant::now());
        assert_eq!(setup.announce(uuid, "V0102030405000000002"), BACK);
        // The limit is 1 s; a busy machine takes longer.
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        is_refused(&setup, uuid);
    }
}

#[test]
fn a_call_beyond_the_number_of_assistants_goes_back() {
    let settings = [&FALLBACK[..], &[("calls.max", "1")]].concat();
    let mut setup = Setup::open_with(&settings);
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    setup.sql.change(
        "UPDATE osdial_live_agents SET status='READY', lead_id=0, uniqueid='', callerid='' WHERE user='1002'",
    );
    let (first, second) = (giver.give("TEST1", 2).unwrap(), giver.give("TEST1", 3).unwrap());
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &first.callerid), "ok");
    let _caller = setup.caller(uuid);
    setup.call_in("live");
    let too_many = Uuid::new_v4();
    assert_eq!(setup.announce(too_many, &second.callerid), BACK);
    let stranger = setup.caller(too_many);
    wait("the end of the connection", || stranger.ended());
    let live = setup.calls().into_iter().filter(|call| call["state"] == "live").count();
    assert_eq!(live, 1);
}
