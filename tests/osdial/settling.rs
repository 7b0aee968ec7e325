//! The results of leads: written after the call, exactly once, even if the server or the database fails in the meantime.

use std::path::Path;

use cordboard_test_support::dialler::CallGiver;
use cordboard_test_support::mariadb::{MariaDb, Schema};
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use uuid::Uuid;

use crate::setup::{Setup, over_each, wait};

const LEAD: &str = "SELECT status, user FROM osdial_list WHERE lead_id=2";

/// Whether an attempt to write what is due to the dialler has failed, and the next one is pending.
fn has_failed_once(database: &Path) -> bool {
    let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let waits = "UPDATE deliveries SET attempts = attempts WHERE channel = 'dialler' AND claimed = 0 AND attempts > 0";
    diesel::sql_query(waits).execute(&mut connection).is_ok_and(|rows| rows == 1)
}

#[test]
fn an_unwritten_record_survives_a_restart_and_is_written() {
    let mut dialler = MariaDb::start().unwrap();
    let database = dialler.dialler_database();
    let url = dialler.url(&database);
    let settings =
        [("osdial.database_url", url.as_str()), ("osdial.usual_status", "SALE"), ("osdial.timeout_s", "1")];
    let mut setup = Setup::over(&dialler, database.clone(), &settings);
    let call = CallGiver::new(&dialler, &database).give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &call.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    setup.wait_for_row(LEAD, &["XFER", "1001"]);

    dialler.stop();
    caller.hang_up();
    // Nothing delays the end of the call.
    setup.call_in("ended");
    // An attempt that was in progress when the server was killed is repeated a minute later.
    let database_of_calls = setup.server.data_folder().join("cordboard.db");
    wait("a try that failed", || has_failed_once(&database_of_calls).then_some(()));
    setup.server.kill().unwrap();
    dialler.start_again().unwrap();
    setup.sql = dialler.session(&database).unwrap();
    CallGiver::new(&dialler, &database).end(&call);
    setup.server.restart().unwrap();
    setup.wait_for_row(LEAD, &["SALE", "1001"]);
    let log = format!(
        "SELECT status, user, comments, term_reason, end_epoch>0 FROM osdial_log WHERE callerid='{}'",
        call.callerid
    );
    setup.wait_for_row(&log, &["SALE", "1001", "REMOTE", "CALLER", "1"]);
}

#[test]
fn a_lead_called_again_keeps_the_newer_calls_result() {
    over_each(the_newer_call_counts);
}

fn the_newer_call_counts(schema: Schema) {
    let mut setup = Setup::of_with(schema, &[("osdial.usual_status", "NI")]);
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let call = giver.give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &call.callerid), "ok");
    let caller = setup.caller(uuid);
    setup.call_in("live");
    setup.wait_for_row(LEAD, &["XFER", "1001"]);
    setup.sql.change(
        "INSERT INTO osdial_log (uniqueid, lead_id, start_epoch, status) VALUES ('1.1', 2, UNIX_TIMESTAMP()+60, 'SALE')",
    );
    setup.sql.change("UPDATE osdial_list SET status='SALE', user='2001' WHERE lead_id=2");
    caller.hang_up();
    setup.call_in("ended");
    giver.end(&call);
    let log = format!("SELECT status, user FROM osdial_log WHERE uniqueid='{}'", call.uniqueid);
    setup.wait_for_row(&log, &["NI", "1001"]);
    assert_eq!(setup.sql.rows(LEAD), [["SALE", "2001"]]);
}

#[test]
fn the_dialler_does_not_forget_a_live_call() {
    over_each(a_live_call_is_kept);
}

fn a_live_call_is_kept(schema: Schema) {
    let mut setup = Setup::of(schema);
    let mut giver = CallGiver::new(MariaDb::shared(), &setup.database);
    let call = giver.give("TEST1", 2).expect("a line is ready");
    let uuid = Uuid::new_v4();
    assert_eq!(setup.announce(uuid, &call.callerid), "ok");
    let _caller = setup.caller(uuid);
    setup.call_in("live");
    setup.wait_for_row(LEAD, &["XFER", "1001"]);
    setup.sql.change(&format!(
        "UPDATE osdial_auto_calls SET last_update_time=NOW()-INTERVAL 9 MINUTE WHERE callerid='{}'",
        call.callerid
    ));
    // A server that was restarted reports this at once; a running one every 4 minutes (`src/osdial/live.rs` has the test).
    setup.server.kill().unwrap();
    setup.server.restart().unwrap();
    let fresh = format!(
        "SELECT COUNT(*) FROM osdial_auto_calls WHERE callerid='{}' AND last_update_time > NOW()-INTERVAL 1 MINUTE",
        call.callerid
    );
    setup.wait_for_row(&fresh, &["1"]);
}
