//! The dialler's database is away, slow, or misconfigured: each fault is reported with its fix, and affects nothing else.

use std::process::Command;
use std::time::{Duration, Instant};

use cordboard_test_support::mariadb::{MariaDb, Schema};
use cordboard_test_support::server::{Answer, Server, Token};
use serde_json::json;

use crate::setup::{LIMIT, Setup, over_each, start, user};

/// The list of remote agents, as a person requests it.
pub(crate) fn asked(server: &Server) -> Answer {
    server.get("/api/v1/osdial/agents", Token::Admin).unwrap()
}

/// Asserts that the dialler is reported as unusable, with this fix.
pub(crate) fn told(answer: &Answer, code: &str, fix: &str) {
    assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some(code)), "{}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(fix), "{fix:?} is not in {detail:?}");
}

#[test]
fn a_lost_database_is_reported_and_later_used_again() {
    let mut dialler = MariaDb::start().unwrap();
    let database = dialler.dialler_database();
    let url = dialler.url(&database);
    let server = start(&[("osdial.database_url", url.as_str()), ("osdial.timeout_s", "1")]);
    assert_eq!(asked(&server).status, 200);

    dialler.halt(true).unwrap();
    let began = Instant::now();
    told(&asked(&server), "dialler_away", "osdial.timeout_s");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let ready = server.get("/readyz", Token::None).unwrap();
    assert_eq!(ready.status, 200, "calls are still accepted: {}", ready.text());
    dialler.halt(false).unwrap();
    answers_again(&server);

    dialler.stop();
    told(&asked(&server), "dialler_away", "start it, or set osdial.database_url");
    assert_eq!(server.get("/readyz", Token::None).unwrap().status, 200);
    dialler.start_again().unwrap();
    answers_again(&server);
}

/// Waits until the dialler answers.
pub(crate) fn answers_again(server: &Server) {
    let began = Instant::now();
    while asked(server).status != 200 {
        assert!(began.elapsed() < LIMIT, "{}", asked(server).text());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_server_starts_without_its_dialler() {
    let server = start(&[("osdial.database_url", "mysql://u:p@127.0.0.1:1/osdial")]);
    told(&asked(&server), "dialler_away", "can't be reached");
    let config = server.get("/api/v1/admin/config", Token::Admin).unwrap().text();
    assert!(config.contains("mysql://u:********@127.0.0.1:1/osdial"), "{config}");
}

/// The first line of `cordboard doctor` about the dialler at this address.
pub(crate) fn doctor(url: &str) -> String {
    doctor_of(Schema::Osdial, url)
}

/// The same for a dialler with these tables.
fn doctor_of(schema: Schema, url: &str) -> String {
    let prefix = [("CORDBOARD_OSDIAL__TABLE_PREFIX", schema.prefix())];
    doctor_with(url, &prefix).into_iter().next().unwrap()
}

/// All its lines, with more settings as environment variables.
pub(crate) fn doctor_with(url: &str, more: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let ports = ["HTTP__LISTEN", "AUDIOSOCKET__LISTEN", "FREESWITCH__ESL_LISTEN", "FREESWITCH__AUDIO_LISTEN"];
    let output = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .arg("doctor")
        .env("CORDBOARD_DATA_DIR", folder.path())
        .env("CORDBOARD_OSDIAL__DATABASE_URL", url)
        .envs(ports.map(|port| (format!("CORDBOARD_{port}"), "127.0.0.1:0")))
        .envs(more.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> =
        said.lines().filter(|line| line.starts_with("dialler")).map(str::to_owned).collect();
    assert!(!lines.is_empty(), "no line in\n{said}");
    lines
}

#[test]
fn the_doctor_names_faults_that_would_harm_dialler_calls() {
    let mut setup = Setup::open();
    setup.sql.change("UPDATE osdial_remote_agents SET conf_exten='87123456' WHERE user_start='1010'");
    setup.sql.change("UPDATE osdial_remote_agents SET status='ACTIVE' WHERE user_start='1010'");
    setup.sql.change("UPDATE osdial_campaigns SET use_internal_dnc='N' WHERE campaign_id='TEST1'");
    let more = [
        ("CORDBOARD_CALLS__MAX", "4"),
        ("CORDBOARD_OSDIAL__USUAL_STATUS", "NOSUCH"),
        ("CORDBOARD_OSDIAL__PROFILES", "TEST1=receptionist,test2=receptionist"),
    ];
    let said = doctor_with(&MariaDb::shared().url(&setup.database), &more);
    let says = |what: &str| {
        assert!(said.iter().any(|line| line.contains("FAILED") && line.contains(what)), "{what}: {said:?}")
    };
    says("5 lines, and calls.max is 4");
    says("1010 has the external extension \"87123456\"");
    says("no status NOSUCH");
    says("names the campaign test2");
    says("1010 is active in the campaign TEST2, which osdial.profiles does not name");
    says("TEST1 uses no do-not-call list");
    says("the campaign TEST2 is not active");
    says("the campaign TEST2 has the dial method MANUAL");
    says("have no user: 1011, 1012");
    assert_eq!(said.len(), 10, "{said:?}");
}

#[test]
fn missing_rights_are_named_by_the_doctor() {
    over_each(each_right_that_lacks_is_named);
}

fn each_right_that_lacks_is_named(schema: Schema) {
    let mut setup = Setup::of(schema);
    let database = setup.database.clone();
    let name = format!("poor_{database}");
    let who = format!("'{name}'@'127.0.0.1'");
    setup.sql.rows(&format!("CREATE USER {who} IDENTIFIED BY 'word'"));
    setup.sql.rows(&format!("GRANT SELECT ON {database}.* TO {who}"));
    let address = MariaDb::shared().address();
    let url = format!("mysql://{name}:word@{address}/{database}");
    for (table, columns) in [
        ("osdial_remote_agents", ""),
        ("osdial_live_agents", " (status)"),
        ("osdial_list", ""),
        ("osdial_log", ""),
        ("osdial_auto_calls", " (last_update_time)"),
        ("osdial_callbacks", " (status)"),
    ] {
        right_lacks(&mut setup, &url, ("UPDATE", table, columns), &who);
    }
    let further: &[&str] = match schema {
        Schema::Osdial => &["osdial_dnc_company"],
        Schema::Vicidial => &["osdial_campaign_dnc", "osdial_dnc_log"],
    };
    for table in ["osdial_callbacks", "osdial_dnc"].into_iter().chain(further.iter().copied()) {
        right_lacks(&mut setup, &url, ("INSERT", table, ""), &who);
    }
    let said = doctor_of(schema, &url);
    assert!(said.contains(" ok "), "{said}");
}

/// The doctor names this missing right, with its table and columns, and accepts them once they are granted.
fn right_lacks(setup: &mut Setup, url: &str, (right, table, columns): (&str, &str, &str), who: &str) {
    let said = doctor_of(setup.sql.schema(), url);
    let table_there = table.replace("osdial_", setup.sql.schema().prefix());
    let grant = format!("GRANT {right} ");
    assert!(
        said.contains("FAILED") && said.contains(&grant) && said.contains(&table_there),
        "{grant}{table_there}: {said}"
    );
    let database = &setup.database;
    setup.sql.rows(&format!("GRANT {right}{columns} ON {database}.{table} TO {who}"));
}

#[test]
fn the_doctor_lists_what_the_dialler_has() {
    over_each(|schema| {
        let setup = Setup::of(schema);
        let said = doctor_of(schema, &MariaDb::shared().url(&setup.database));
        let has = "2 campaigns, 3 remote agents (1 active), 2 lines logged in";
        assert!(said.contains(" ok ") && said.contains(has), "{said}");
    });
    let away = doctor("mysql://u:tiger@127.0.0.1:1/osdial");
    assert!(away.contains("FAILED") && away.contains("set osdial.database_url to another"), "{away}");
    assert!(!away.contains("tiger"), "{away}");
}

#[test]
fn missing_columns_missing_rights_and_wrong_passwords_show_the_fix() {
    let mut setup = Setup::open();
    let dialler = MariaDb::shared();
    let database = setup.database.clone();
    // One renamed column, and one dropped: lists, commands and the doctor name it. Once it is back, everything works without a restart.
    for (gone, back) in [
        ("RENAME COLUMN closer_campaigns TO other_name", "RENAME COLUMN other_name TO closer_campaigns"),
        ("DROP COLUMN closer_campaigns", "ADD COLUMN closer_campaigns text"),
    ] {
        setup.sql.rows(&format!("ALTER TABLE osdial_remote_agents {gone}"));
        told(&asked(&setup.server), "dialler_unusable", "closer_campaigns");
        let refused = setup.command("enableAgentByUserId", &user("1010"));
        told(&refused, "dialler_unusable", "closer_campaigns");
        let examined = doctor(&dialler.url(&database));
        assert!(examined.contains("FAILED") && examined.contains("closer_campaigns"), "{gone}: {examined}");
        setup.sql.rows(&format!("ALTER TABLE osdial_remote_agents {back}"));
        assert_eq!(asked(&setup.server).status, 200, "{back}");
    }
    let stands = setup.sql.rows("SELECT status FROM osdial_remote_agents WHERE user_start='1010'");
    assert_eq!(stands, [["INACTIVE"]]);

    let name = format!("lesser_{database}");
    setup.sql.rows(&format!("CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY 'word'"));
    setup.sql.rows(&format!("GRANT SELECT ON {database}.* TO '{name}'@'127.0.0.1'"));
    let url = dialler.url(&database).replace(
        &format!(
            "{}:{}",
            cordboard_test_support::mariadb::USER,
            cordboard_test_support::mariadb::PASSWORD_IN_URL
        ),
        &format!("{name}:word"),
    );
    let grant = format!("GRANT UPDATE ON `{database}`.`osdial_remote_agents` TO '{name}'@'127.0.0.1'");
    let examined = doctor(&url);
    assert!(examined.contains("FAILED") && examined.contains(&grant), "{examined}");
    let lesser = start(&[("osdial.database_url", url.as_str())]);
    assert_eq!(asked(&lesser).status, 200);
    let refused = lesser.post("/api/v1/osdial/enableAgentByUserId", &user("1010"), Token::Admin).unwrap();
    told(&refused, "dialler_unusable", &grant);

    let wrong = start(&[("osdial.database_url", url.replace(":word@", ":other@").as_str())]);
    told(&asked(&wrong), "dialler_unusable", "password");
    assert!(!asked(&wrong).text().contains("other@"));
}

#[test]
fn a_read_only_database_refuses_commands_with_the_fix() {
    // A database of its own, because the others are written to.
    let dialler = MariaDb::start().unwrap();
    let database = dialler.dialler_database();
    let mut sql = dialler.session(&database).unwrap();
    // A user with all rights may also write to a read-only database.
    sql.rows("CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'word'");
    sql.rows(&format!("GRANT SELECT, UPDATE ON {database}.* TO 'reader'@'127.0.0.1'"));
    let url = format!("mysql://reader:word@{}/{database}", dialler.address());
    let server = start(&[("osdial.database_url", url.as_str())]);
    let enable = || server.post("/api/v1/osdial/enableAgentByUserId", &user("1010"), Token::Admin).unwrap();
    let fix = "set osdial.database_url to the one that accepts changes";

    sql.rows("SET GLOBAL read_only=1");
    assert_eq!(asked(&server).status, 200);
    told(&enable(), "dialler_unusable", fix);
    let stands = sql.rows("SELECT status FROM osdial_remote_agents WHERE user_start='1010'");
    assert_eq!(stands, [["INACTIVE"]]);
    let examined = doctor(&url);
    assert!(examined.contains("FAILED") && examined.contains(fix), "{examined}");

    sql.rows("SET GLOBAL read_only=0");
    let done = enable();
    assert_eq!(done.status, 200, "{}", done.text());
}

#[test]
fn locked_rows_are_retried() {
    let mut setup = Setup::open();
    setup.sql.rows("SET SESSION innodb_lock_wait_timeout=2");
    setup.sql.rows("BEGIN");
    setup.sql.rows("SELECT 1 FROM osdial_remote_agents WHERE user_start='1010' FOR UPDATE");
    std::thread::scope(|scope| {
        let enabling = scope
            .spawn(|| setup.server.post("/api/v1/osdial/enableAgentByUserId", &user("1010"), Token::Admin));
        std::thread::sleep(Duration::from_millis(2_500));
        setup.sql.rows("COMMIT");
        let answer = enabling.join().unwrap().unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}

#[test]
fn an_organization_without_a_dialler_gets_a_clear_error() {
    let server = start(&[]);
    let answer = asked(&server);
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("no_dialler")));
    let mut program = cordboard_test_support::control::Program::connect(
        server.addresses().http,
        cordboard_test_support::server::ADMIN_TOKEN,
    );
    assert_eq!(program.refusal(json!({ "command": "subscribe", "topics": ["osdial"] })), "no_dialler");

    // Nothing is revealed about another organization's dialler.
    let setup = Setup::open_with(&[("osdial.organization", "019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11")]);
    assert_eq!(asked(&setup.server).json()["code"], "no_dialler");
}
