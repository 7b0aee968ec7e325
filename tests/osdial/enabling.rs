//! Remote agents are enabled and disabled while the dialler's own process runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::dialler::{CallGiver, RemoteAgentProcess};
use cordboard_test_support::mariadb::{MariaDb, Schema};
use cordboard_test_support::waiting::wait_until;
use serde_json::json;

use crate::setup::{LIMIT, Setup, campaign, over_each, statuses, user, wait};

/// The promised delay for a line of an enabled agent.
const READY_WITHIN: Duration = Duration::from_secs(5);
/// How long lines are paused repeatedly: longer than a turn of the dialler (`docs/osdial.md`).
const PAUSED_FOR: Duration = Duration::from_millis(2_600);

#[test]
fn a_groups_lines_are_ready_within_5_s_until_disabled() {
    let mut setup = Setup::open();
    let _process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);
    let enabled = setup.done("enableAgentByCampaignId", &campaign("TEST2"));
    assert_eq!(statuses(&enabled), ["1010 ACTIVE"]);
    assert_eq!(enabled[0]["was_changed"], true);
    let mut all = vec!["1001 READY", "1002 INCALL"];
    all.extend(["1010 READY", "1011 READY", "1012 READY"]);
    setup.wait_for_lines(&all, READY_WITHIN);

    let disabled = setup.done("disableAgentByUserId", &user("1010"));
    assert_eq!(statuses(&disabled), ["1010 INACTIVE"]);
    assert!(!setup.lines().iter().any(|line| line.starts_with("101") && line.ends_with("READY")));
    // Long turns of the dialler delete them.
    setup.wait_for_lines(&["1001 READY", "1002 INCALL"], Duration::from_secs(12));

    // Immediately again: lines that were paused a moment ago are READY without the dialler's long turn.
    setup.done("enableAgentByUserId", &user("1010"));
    setup.wait_for_lines(&all, READY_WITHIN);
    setup.done("disableAgentByUserId", &user("1010"));
    setup.done("enableAgentByUserId", &user("1010"));
    setup.wait_for_lines(&all, READY_WITHIN);
}

#[test]
fn a_disabled_agent_keeps_the_live_call_alone() {
    let mut setup = Setup::open();
    setup.sql.change("UPDATE osdial_remote_agents SET number_of_lines=60 WHERE user_start='1010'");
    let process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    setup.done("enableAgentByUserId", &user("1010"));
    let ready = "SELECT COUNT(*) FROM osdial_live_agents WHERE campaign_id='TEST2' AND status='READY'";
    setup.wait_for_row(ready, &["60"]);
    let call = wait("a call on a line that is ready", || giver.give("TEST2", 5));

    // A turn that has read lines as READY writes READY once more. Calls come without a pause while the agents are disabled, and afterwards.
    process.wait_for_a_turn_under_way();
    let (is_over, began) = (AtomicBool::new(false), Instant::now());
    let (answer, answered, given) = thread::scope(|scope| {
        let giving = scope.spawn(|| {
            let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
            let mut given = Vec::new();
            // This stops even if nothing is left to end it.
            while !is_over.load(Ordering::Relaxed) && began.elapsed() < 10 * LIMIT {
                // The line of this call was READY at this moment or later.
                let since = Instant::now();
                given.extend(giver.give("TEST2", 6).map(|call| (since, call)));
                thread::sleep(Duration::from_millis(50));
            }
            given
        });
        let answer = setup.command("disableAgentByCampaignId", &campaign("TEST2"));
        let answered = Instant::now();
        // The turn in progress is over, and another one.
        for _ in 0..3 {
            process.wait_for_a_turn_under_way();
        }
        is_over.store(true, Ordering::Relaxed);
        (answer, answered, giving.join().unwrap())
    });
    assert_eq!(answer.status, 200, "{}", answer.text());
    let behind = given.iter().filter(|(since, _)| *since > answered).count();
    // A longer turn, as on a stalled machine, writes lines as READY after the last pause: then they are the dialler's.
    let is_judged = process.longest_turn() < PAUSED_FOR;
    assert!(
        behind == 0 || !is_judged,
        "{behind} calls were given after the answer, of {} in all",
        given.len()
    );

    // The rows of lines with calls were never paused: they still have them.
    let calls = given.iter().map(|(_, call)| call).chain([&call]);
    let keys: Vec<String> = calls.map(|call| format!("'{}'", call.callerid)).collect();
    let kept = format!(
        "SELECT COUNT(*) FROM osdial_live_agents WHERE status IN ('QUEUE', 'INCALL') AND callerid IN ({})",
        keys.join(", ")
    );
    assert_eq!(setup.sql.rows(&kept), [[keys.len().to_string()]], "of {keys:?}");
    // The next long turn logs the call as the agent's.
    let logged = format!("SELECT status, user FROM osdial_log WHERE uniqueid='{}'", call.uniqueid);
    setup.wait_for_row(&logged, &["XFER", call.user.as_str()]);
    giver.end(&call);
    assert_eq!(giver.logged(&call), ("XFER".to_owned(), call.user.clone()));
}

#[test]
fn commands_can_be_repeated_and_spare_the_diallers_own_agents() {
    over_each(twice_is_the_same);
}

fn twice_is_the_same(schema: Schema) {
    let mut setup = Setup::of(schema);
    for round in 0..2 {
        let enabled = setup.done("enableAgentByCampaignId", &campaign("TEST1"));
        assert_eq!(statuses(&enabled), ["1001 ACTIVE", "1020 ACTIVE"]);
        assert_eq!(
            [&enabled[0]["was_changed"], &enabled[1]["was_changed"]],
            [&json!(false), &json!(round == 0)]
        );
        assert_eq!(
            enabled[0]["lines"],
            json!([{ "user": "1001", "status": "READY" }, { "user": "1002", "status": "INCALL" }])
        );
        assert_eq!(enabled[1]["lines"], json!([{ "user": "1020", "status": null }]));
    }
    for _ in 0..2 {
        let disabled = setup.done("disableAgentByCampaignId", &campaign("TEST1"));
        assert_eq!(statuses(&disabled), ["1001 INACTIVE", "1020 INACTIVE"]);
        assert_eq!(disabled[0]["lines"][0], json!({ "user": "1001", "status": "PAUSED" }));
        assert_eq!(disabled[0]["lines"][1], json!({ "user": "1002", "status": "INCALL" }), "it stays");
    }
    let own = setup.sql.rows(
        "SELECT r.status, l.status FROM osdial_remote_agents r JOIN osdial_live_agents l ON l.user=r.user_start \
         WHERE r.user_start='vaTEST1001'",
    );
    assert_eq!(own, [["ACTIVE", "READY"]], "the dialler's own agent");
    let person = setup.sql.rows("SELECT status FROM osdial_live_agents WHERE user='2001'");
    assert_eq!(person, [["PAUSED"]]);
    let enabled = ["osdial.enabled campaign TEST1"; 2];
    setup.assert_audited(&[enabled, ["osdial.disabled campaign TEST1"; 2]].concat());
}

/// A VICIdial's columns may be NULL for a line without a call.
#[test]
fn an_idle_paused_line_is_ready_at_once() {
    over_each(|schema| {
        let mut setup = Setup::of(schema);
        let no_call = match schema {
            Schema::Osdial => "''",
            Schema::Vicidial => "NULL",
        };
        setup.sql.change(&format!(
            "UPDATE osdial_live_agents SET status='PAUSED', uniqueid={no_call}, callerid={no_call} WHERE user='1001'"
        ));
        let enabled = setup.done("enableAgentByUserId", &user("1001"));
        assert_eq!(enabled[0]["lines"][0], json!({ "user": "1001", "status": "READY" }));
        assert_eq!(enabled[0]["lines"][1], json!({ "user": "1002", "status": "INCALL" }), "it stays");
    });
}

#[test]
fn an_unknown_agent_is_an_error_and_changes_nothing() {
    over_each(nobody_is_an_error);
}

fn nobody_is_an_error(schema: Schema) {
    let mut setup = Setup::of(schema);
    let before = rows(&mut setup);
    for (name, body, refusal) in [
        ("enableAgentByCampaignId", campaign("NOBODY"), (404, "not_found")),
        // Ids are compared exactly: the database itself would accept these.
        ("disableAgentByCampaignId", campaign("test1"), (404, "not_found")),
        ("disableAgentByCampaignId", campaign("TEST1 "), (404, "not_found")),
        ("enableAgentByUserId", user("9999"), (404, "not_found")),
        ("disableAgentByUserId", user("1002"), (404, "not_found")),
        ("disableAgentByUserId", user("1001 "), (422, "invalid")),
        ("disableAgentByUserId", user("vaTEST1001"), (422, "invalid")),
        ("enableAgentByUserId", user("7"), (422, "invalid")),
        ("enableAgentByUserId", user(""), (422, "invalid")),
        ("enableAgentByCampaignId", campaign("' OR 1=1 -- "), (404, "not_found")),
        ("enableAgentByCampaignId", campaign(&"x".repeat(21)), (422, "invalid")),
        ("enableAgentByCampaignId", json!({ "campaign": "TEST1" }), (422, "invalid")),
    ] {
        assert_eq!(setup.refused(name, &body), (refusal.0, refusal.1.to_owned()), "{name} {body}");
    }
    assert_eq!(rows(&mut setup), before);
    setup.assert_audited(&[]);
}

fn rows(setup: &mut Setup) -> Vec<Vec<String>> {
    let mut rows = setup.sql.rows("SELECT user_start, status, campaign_id FROM osdial_remote_agents");
    rows.extend(setup.sql.rows("SELECT user, status, campaign_id FROM osdial_live_agents"));
    rows
}

#[test]
fn the_last_of_overlapping_enable_and_disable_commands_wins() {
    let mut setup = Setup::open();
    let _process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);
    setup.done("enableAgentByUserId", &user("1010"));
    setup.wait_for_lines(
        &["1001 READY", "1002 INCALL", "1010 READY", "1011 READY", "1012 READY"],
        READY_WITHIN,
    );
    let mut beside = MariaDb::shared().session(&setup.database).unwrap();
    thread::scope(|scope| {
        let disabling = scope.spawn(|| setup.command("disableAgentByUserId", &user("1010")));
        // It is disabled, and its lines are paused for longer than a turn of the dialler.
        let status = "SELECT status FROM osdial_remote_agents WHERE user_start='1010'";
        let is_disabled = || (beside.rows(status)[0][0] == "INACTIVE").then_some(());
        wait_until("the disabling", READY_WITHIN, is_disabled).unwrap();
        let enabled = setup.done("enableAgentByUserId", &user("1010"));
        assert_eq!(statuses(&enabled), ["1010 ACTIVE"]);
        let answer = disabling.join().unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["affected"][0]["status"], "ACTIVE", "the answer has its current state");
    });
    setup.wait_for_lines(
        &["1001 READY", "1002 INCALL", "1010 READY", "1011 READY", "1012 READY"],
        READY_WITHIN,
    );
}
