//! Lines of a killed server: the next start, or the watchdog, returns them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cordboard_test_support::dialler::RemoteAgentProcess;
use cordboard_test_support::mariadb::MariaDb;
use cordboard_test_support::server::Token;

use crate::setup::{Setup, wait};

const ACTIVE: &str = "SELECT user_start FROM osdial_remote_agents WHERE status='ACTIVE' ORDER BY user_start";
const READY: &str = "SELECT COUNT(*) FROM osdial_live_agents WHERE status='READY' AND extension LIKE 'R/%' AND user NOT LIKE 'va%'";

#[test]
fn agents_of_a_killed_server_are_inactive() {
    let mut setup = Setup::open_with(&[("osdial.agent_extensions", "8801")]);
    setup.sql.change("UPDATE osdial_remote_agents SET status='ACTIVE' WHERE user_start='1010'");
    setup.server.terminate().unwrap();
    setup.server.wait_ended(crate::setup::LIMIT).unwrap();
    setup.server.restart().unwrap();
    assert_eq!(setup.sql.rows(ACTIVE), [["1001"], ["1010"], ["vaTEST1001"]], "it ended in order");

    setup.server.kill().unwrap();
    assert_eq!(setup.sql.rows(ACTIVE).len(), 3);
    setup.server.restart().unwrap();
    // The one with another extension belongs to somebody else.
    let active =
        "SELECT GROUP_CONCAT(user_start ORDER BY user_start) FROM osdial_remote_agents WHERE status='ACTIVE'";
    setup.wait_for_row(active, &["1010,vaTEST1001"]);
    let mid_call = setup.sql.rows("SELECT status FROM osdial_live_agents WHERE user='1002'");
    assert_eq!(mid_call, [["INCALL"]], "a call that runs goes on");
}

/// How often this server has answered successfully, including the answer before this one.
fn answers(setup: &Setup) -> i64 {
    let figures = setup.server.get("/metrics", Token::Admin).unwrap().text();
    let figure =
        figures.lines().find_map(|line| line.strip_prefix("cordboard_http_requests_total{status=\"2xx\"} "));
    figure.unwrap_or_else(|| panic!("{figures}")).parse().unwrap()
}

#[test]
fn the_watchdog_returns_a_dead_servers_lines_within_10_s() {
    let mut setup = Setup::open();
    let _process = RemoteAgentProcess::start(MariaDb::shared(), &setup.database);
    let url = MariaDb::shared().url(&setup.database);
    let before = answers(&setup);
    let mut watchdog = Command::new(Path::new(env!("CARGO_BIN_EXE_cordboard")))
        .args(["osdial", "watchdog"])
        .env_clear()
        .env("CORDBOARD_HTTP__LISTEN", setup.server.addresses().http.to_string())
        .env("CORDBOARD_OSDIAL__DATABASE_URL", url)
        .env("CORDBOARD_DATA_DIR", setup.server.data_folder())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // It does not touch a live server: it asks the server this often in the time for which one may be silent, and longer.
    let mut looks = 0;
    wait("five questions", || {
        looks += 1;
        (answers(&setup) - before - looks >= 5).then_some(())
    });
    assert_eq!(setup.sql.rows(ACTIVE), [["1001"], ["vaTEST1001"]]);

    setup.server.kill().unwrap();
    let killed = Instant::now();
    setup.wait_for_row(
        "SELECT GROUP_CONCAT(user_start) FROM osdial_remote_agents WHERE status='ACTIVE'",
        &["vaTEST1001"],
    );
    setup.wait_for_row(READY, &["0"]);
    let took = killed.elapsed();
    watchdog.kill().unwrap();
    watchdog.wait().unwrap();
    assert!(took < Duration::from_secs(10), "{took:?}");
}
