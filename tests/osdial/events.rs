//! Changes of the dialler's tables, whoever makes them, as control sockets receive them.

use std::time::{Duration, Instant};

use cordboard_test_support::control::Program;
use cordboard_test_support::live::Viewer;
use cordboard_test_support::mariadb::{MariaDb, Schema};
use cordboard_test_support::server::ADMIN_TOKEN;
use serde_json::{Value, json};

use crate::setup::{Setup, over_each, user};

/// The promised delay.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

/// A program that has received all current rows.
fn follower(setup: &Setup) -> Program {
    let mut program = setup.program();
    program.done(json!({ "command": "subscribe", "topics": ["osdial"] }));
    assert_eq!(program.event()["kind"], "snapshot");
    let mut kinds = Vec::new();
    while kinds.len() < 5 {
        let event = program.event();
        kinds.push(event["change"]["what"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(kinds, ["campaigns", "lists", "live_agents", "remote_agents", "statuses"]);
    program
}

/// The next change, checked to have come in time.
fn change(program: &mut Program, began: Instant) -> Value {
    let event = program.event();
    let took = began.elapsed();
    assert!(took <= TOLD_WITHIN, "{took:?}: {event}");
    assert_eq!(event["kind"], "osdial");
    assert!(event["seq"].as_u64().is_some());
    event["change"].clone()
}

#[test]
fn pages_that_follow_are_notified_within_2_s() {
    over_each(pages_are_told);
}

fn pages_are_told(schema: Schema) {
    let mut setup = Setup::of(schema);
    let mut viewer = Viewer::open(setup.server.addresses().http, "?topics=osdial", ADMIN_TOKEN);
    assert_eq!(viewer.event()["kind"], "snapshot");
    // All rows, because nobody has followed before.
    for _ in 0..5 {
        assert_eq!(viewer.event()["kind"], "osdial");
    }
    let began = Instant::now();
    setup.sql.change("UPDATE osdial_remote_agents SET status='ACTIVE' WHERE user_start='1010'");
    let event = viewer.event();
    assert!(began.elapsed() <= TOLD_WITHIN, "{:?}: {event}", began.elapsed());
    assert_eq!(event["change"]["what"], "remote_agents", "{event}");
    assert_eq!(event["change"]["changed"][0]["status"], "ACTIVE", "{event}");
}

#[test]
fn subscribers_are_notified_of_every_change_within_2_s() {
    let mut setup = Setup::open();
    let mut program = follower(&setup);
    for (sql, what, field, value) in [
        (
            "UPDATE osdial_remote_agents SET status='ACTIVE' WHERE user_start='1010'",
            "remote_agents",
            "status",
            json!("ACTIVE"),
        ),
        (
            "UPDATE osdial_live_agents SET status='QUEUE' WHERE user='1001'",
            "live_agents",
            "status",
            json!("QUEUE"),
        ),
        (
            "UPDATE osdial_campaigns SET campaign_name='Späti' WHERE campaign_id='TEST1'",
            "campaigns",
            "campaign_name",
            json!("Späti"),
        ),
        ("UPDATE osdial_lists SET active='Y' WHERE list_id=1002", "lists", "is_active", json!(true)),
    ] {
        let began = Instant::now();
        setup.sql.change(sql);
        let told = change(&mut program, began);
        assert_eq!(told["what"], what, "{told}");
        assert_eq!(told["changed"].as_array().unwrap().len(), 1, "only what changed: {told}");
        assert_eq!(told["changed"][0][field], value, "{told}");
    }
    let began = Instant::now();
    setup.sql.change("DELETE FROM osdial_live_agents WHERE user='1001'");
    let told = change(&mut program, began);
    assert_eq!(told, json!({ "what": "live_agents", "changed": [], "gone": [1] }));

    let began = Instant::now();
    setup.sql.change(
        "INSERT INTO osdial_statuses (status, status_name, selectable) VALUES ('NEWONE', 'A new one', 'Y')",
    );
    let told = change(&mut program, began);
    assert_eq!(told["what"], "statuses");
    assert_eq!(told["changed"].as_array().unwrap().len(), 18);

    // Two lines that swap places look the same to a checksum that is too simple.
    setup.sql.change("UPDATE osdial_live_agents SET status='QUEUE' WHERE user='1002'");
    change(&mut program, Instant::now());
    let began = Instant::now();
    setup.sql.change("UPDATE osdial_live_agents SET status=IF(user='1002','READY','QUEUE') WHERE user IN ('1002','vaTEST1001')");
    assert_eq!(change(&mut program, began)["changed"].as_array().unwrap().len(), 2);

    // Our own commands are reported in the same way.
    let began = Instant::now();
    setup.done("enableAgentByUserId", &user("1020"));
    let told = change(&mut program, began);
    assert_eq!(told["changed"][0]["user_start"], "1020");
}

#[test]
fn a_reconnecting_program_gets_what_it_missed() {
    let mut setup = Setup::open();
    let mut program = follower(&setup);
    setup.sql.change("UPDATE osdial_lists SET active='Y' WHERE list_id=1002");
    let seen = program.event()["seq"].as_u64().unwrap();
    drop(program);
    setup.sql.change("UPDATE osdial_lists SET active='N' WHERE list_id=1002");
    std::thread::sleep(TOLD_WITHIN);
    let mut program = setup.program();
    let told = program.done(json!({ "command": "subscribe", "topics": ["osdial"], "after": seen }));
    assert_eq!(told["resumed"], true);
    let event = program.event();
    assert_eq!(event["change"]["changed"][0]["is_active"], false, "{event}");
}

#[test]
fn changes_raise_one_query_per_second_to_at_most_five() {
    // A database server of its own, because the count includes all its clients.
    let server = MariaDb::start().unwrap();
    let database = server.dialler_database();
    let url = server.url(&database);
    let ours = crate::setup::start(&[("osdial.database_url", url.as_str())]);
    let mut program = Program::connect(ours.addresses().http, cordboard_test_support::server::ADMIN_TOKEN);
    program.done(json!({ "command": "subscribe", "topics": ["osdial"] }));
    for _ in 0..6 {
        let _ = program.event();
    }
    let mut sql = server.session(&database).unwrap();
    let mut asked = |changes: bool| {
        let count = |sql: &mut cordboard_test_support::mariadb::Session| -> i32 {
            // The statements of this session count, too: two of them between two reads of the counter.
            sql.rows("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1].parse().unwrap()
        };
        let before = count(&mut sql);
        let began = Instant::now();
        let mut number = 0;
        while began.elapsed() < Duration::from_secs(5) {
            if changes {
                number += 1;
                sql.change(&format!("UPDATE osdial_live_agents SET calls_today={number} WHERE user='1001'"));
                sql.change(&format!("UPDATE osdial_remote_agents SET closer_campaigns='{number} -'"));
                sql.change(&format!("UPDATE osdial_campaigns SET campaign_name='{number}'"));
                sql.change(&format!("UPDATE osdial_lists SET list_name='{number}'"));
                sql.change(&format!("UPDATE osdial_statuses SET status_name='{number}'"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        (f64::from(count(&mut sql) - before), began.elapsed().as_secs_f64())
    };
    // Two more are from the counting.
    let (quiet, seconds) = asked(false);
    assert!((3.0..=seconds + 2.0).contains(&quiet), "{quiet} in {seconds} s");
    // From a poll on, which has reported this change: the next one is a second later.
    server.session(&database).unwrap().change("UPDATE osdial_statuses SET status_name='before'");
    let _ = program.event();
    let (busy, seconds) = asked(true);
    assert!(busy <= 5.0 * seconds, "{busy} in {seconds} s");
}
