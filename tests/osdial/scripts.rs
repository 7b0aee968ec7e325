//! The scripts that we ship: an administrator runs the output of one of them, and the others send commands to the server.

use std::process::{Command, Output};

use cordboard_test_support::free_ports::free_ports;
use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN, Server};
use serde_json::Value;

use crate::setup::{Setup, start};

/// A script of `deploy/osdial`, for this server if it needs one.
fn run(script: &str, arguments: &[&str], server: Option<(&Server, &str)>) -> Output {
    let mut command = Command::new("sh");
    command.arg(format!("{}/deploy/osdial/{script}", env!("CARGO_MANIFEST_DIR"))).args(arguments);
    if let Some((server, token)) = server {
        let url = format!("http://{}", server.addresses().http);
        command.env("CORDBOARD_URL", url).env("CORDBOARD_TOKEN", token);
    }
    command.output().unwrap()
}

/// Its output; it must succeed.
fn printed(script: &str, arguments: &[&str], server: Option<(&Server, &str)>) -> String {
    let Output { status, stdout, stderr } = run(script, arguments, server);
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{script} {arguments:?}: {out}{err}");
    out.into_owned()
}

#[test]
fn remote_agents_are_registered_started_and_stopped_by_the_scripts() {
    let mut setup = Setup::open();
    let register = ["TEST1", "3000", "120", "127.0.0.1", "8801"];
    // The second run creates nothing twice.
    for _ in 0..2 {
        for statement in printed("register-agents.sh", &register, None).lines() {
            setup.sql.rows(statement.trim_end_matches(';'));
        }
    }
    let agents = "SELECT user_start, number_of_lines, conf_exten, campaign_id, status FROM osdial_remote_agents \
                  WHERE user_start LIKE '3_00' ORDER BY user_start";
    let stand = |status| [["3000", "100", "8801", "TEST1", status], ["3100", "20", "8801", "TEST1", status]];
    assert_eq!(setup.sql.rows(agents), stand("INACTIVE"));
    let users = setup.sql.rows("SELECT COUNT(*) FROM osdial_users WHERE user BETWEEN '3000' AND '3119'");
    assert_eq!(users, [["120"]]);

    let by = Some((&setup.server, ADMIN_TOKEN));
    let started = printed("agents.sh", &["start", "campaign", "TEST1"], by);
    let affected: Value = serde_json::from_str(&started).unwrap();
    assert!(affected["affected"].as_array().unwrap().len() >= 2, "{started}");
    assert_eq!(setup.sql.rows(agents), stand("ACTIVE"));
    printed("agents.sh", &["stop", "user", "3100"], by);
    assert_eq!(setup.sql.rows(agents), [stand("ACTIVE")[0], stand("INACTIVE")[1]]);

    let refused = run("agents.sh", &["start", "user", "99999"], by);
    assert!(!refused.status.success());
    let wrong = [
        ("register-agents.sh", &["TEST1", "7", "1", "127.0.0.1", "8801"][..]),
        ("register-agents.sh", &["TEST1", "3000", "1", "127.0.0.1", "8801'; DROP TABLE x"][..]),
        ("agents.sh", &["start", "campaign", "TEST1\"}"][..]),
        ("lease-port.sh", &["not-a-uuid"][..]),
    ];
    for (script, arguments) in wrong {
        let output = run(script, arguments, by);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{script} {arguments:?}");
    }
}

#[test]
fn the_script_leases_a_port() {
    let ports = free_ports(2).unwrap();
    let range = format!("{}-{}", ports.start, ports.end - 1);
    let server = start(&[("audiosocket.port_range", range.as_str())]);
    let uuid = "019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11";
    let leased = printed("lease-port.sh", &[uuid], Some((&server, DIALPLAN_TOKEN)));
    let port = leased.trim_end().rsplit_once(' ').map(|(_, port)| port.to_owned()).unwrap_or_default();
    assert!(ports.contains(&port.parse::<u16>().unwrap()), "{leased}");
    let refused = run("lease-port.sh", &[], Some((&server, "no token")));
    assert!(!refused.status.success());
}
