//! Remote agents that are moved to other campaigns.

use std::time::Duration;

use cordboard_test_support::dialler::{CallGiver, RemoteAgentProcess};
use cordboard_test_support::mariadb::{MariaDb, Schema};
use serde_json::{Value, json};

use crate::setup::{Setup, over_each};

fn assigned(of: &[(&str, &str)]) -> Value {
    let one =
        |(user_id, campaign_id): &(&str, &str)| json!({ "user_id": user_id, "campaign_id": campaign_id });
    json!({ "assignments": of.iter().map(one).collect::<Vec<_>>() })
}

fn campaigns(setup: &mut Setup) -> Vec<String> {
    let rows = setup.sql.rows(
        "SELECT user_start, campaign_id, status FROM osdial_remote_agents WHERE user_start NOT LIKE 'va%' ORDER BY user_start",
    );
    rows.iter().map(|row| row.join(" ")).collect()
}

#[test]
fn agents_assigned_together_take_calls_of_their_new_campaign() {
    let mut setup = Setup::open();
    setup.sql.change(
        "UPDATE osdial_live_agents SET status='READY', lead_id=0, uniqueid='', callerid='' WHERE user='1002'",
    );
    let _process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);
    let affected =
        setup.done("assignAgents", &assigned(&[("1001", "TEST2"), ("1010", "TEST1"), ("1020", "TEST1")]));
    let changed: Vec<bool> =
        affected.as_array().unwrap().iter().map(|one| one["was_changed"].as_bool().unwrap()).collect();
    assert_eq!(changed, [true, true, false], "{affected}");
    assert_eq!(campaigns(&mut setup), ["1001 TEST2 ACTIVE", "1010 TEST1 INACTIVE", "1020 TEST1 INACTIVE"]);
    setup.wait_for_lines(&["1001 READY", "1002 READY"], Duration::from_secs(13));
    let given = CallGiver::new(MariaDb::shared(), &setup.database).give("TEST2", 5).expect("they are ready");
    assert!(["1001", "1002"].contains(&given.user.as_str()));
    setup.assert_audited(&["osdial.assigned 1001 to TEST2, 1010 to TEST1, 1020 to TEST1"]);
}

#[test]
fn one_line_in_a_call_stops_the_whole_assignment() {
    over_each(nobody_in_a_call_is_given_away);
}

fn nobody_in_a_call_is_given_away(schema: Schema) {
    let mut setup = Setup::of(schema);
    let before = campaigns(&mut setup);
    // 1002 is in a call.
    let refused = setup.command("assignAgents", &assigned(&[("1010", "TEST1"), ("1001", "TEST2")]));
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("line_in_call")),
        "{}",
        refused.text()
    );
    assert!(refused.json()["detail"].as_str().unwrap().contains("1002"));
    assert_eq!(campaigns(&mut setup), before);
    assert_eq!(setup.lines(), ["1001 READY", "1002 INCALL"]);
}

#[test]
fn a_call_given_meanwhile_stops_the_whole_assignment() {
    let mut setup = Setup::open();
    setup.sql.change(
        "UPDATE osdial_live_agents SET status='READY', lead_id=0, uniqueid='', callerid='' WHERE user='1002'",
    );
    let before = campaigns(&mut setup);
    // The dialler gives a call to each line that is paused, as if it had done so a moment before.
    setup.sql.change(
        "CREATE TRIGGER claims BEFORE UPDATE ON osdial_live_agents FOR EACH ROW \
         SET NEW.status = IF(NEW.user='1002' AND NEW.status='PAUSED', 'QUEUE', NEW.status)",
    );
    let refused = setup.command("assignAgents", &assigned(&[("1010", "TEST1"), ("1001", "TEST2")]));
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("line_in_call")),
        "{}",
        refused.text()
    );
    assert_eq!(campaigns(&mut setup), before);
    assert_eq!(setup.lines(), ["1001 READY", "1002 QUEUE"], "the free line waits for calls again");
}

#[test]
fn one_failure_undoes_the_whole_assignment() {
    over_each(the_others_are_taken_back);
}

fn the_others_are_taken_back(schema: Schema) {
    let mut setup = Setup::of(schema);
    let before = campaigns(&mut setup);
    // A row that the dialler's database refuses: the column accepts no such value.
    setup.sql.change(
        "CREATE TRIGGER fails BEFORE UPDATE ON osdial_remote_agents FOR EACH ROW \
         SET NEW.number_of_lines = IF(NEW.user_start='1020', 9999, NEW.number_of_lines)",
    );
    let refused = setup.command("assignAgents", &assigned(&[("1010", "TEST1"), ("1020", "TEST2")]));
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (503, &json!("dialler_unusable")),
        "{}",
        refused.text()
    );
    assert!(refused.json()["detail"].as_str().unwrap().contains("number_of_lines"), "{}", refused.text());
    assert_eq!(campaigns(&mut setup), before);
    // The audit log names who tried it.
    setup.assert_audited(&["osdial.assigned 1010 to TEST1, 1020 to TEST2"]);
}

#[test]
fn an_invalid_assignment_is_refused() {
    let setup = Setup::open();
    for (body, refusal) in [
        (assigned(&[]), (422, "invalid")),
        (assigned(&[("1010", "TEST1"), ("1010", "TEST2")]), (422, "invalid")),
        (assigned(&[("1010", "NOBODY")]), (404, "not_found")),
        (assigned(&[("9999", "TEST1")]), (404, "not_found")),
        (assigned(&[("1010", "test1")]), (404, "not_found")),
        (assigned(&[("vaTEST1001", "TEST2")]), (422, "invalid")),
        (assigned(&vec![("1010", "TEST1"); 1_001]), (422, "invalid")),
    ] {
        assert_eq!(setup.refused("assignAgents", &body), (refusal.0, refusal.1.to_owned()), "{body}");
    }
}
