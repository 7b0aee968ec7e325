//! The dialler's database answers, but each piece of its answers comes late: calls are not affected, and everybody else is notified in time.

use std::time::{Duration, Instant};

use cordboard_test_support::control::Program;
use cordboard_test_support::mariadb::MariaDb;
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use cordboard_test_support::tcp_proxy::TcpProxy;
use serde_json::json;
use uuid::Uuid;

use crate::faults::{answers_again, asked, doctor, told};
use crate::setup::{LIMIT, Setup, user, wait};

/// A dialler's database whose answers can be delayed, its name, and its address through the delaying proxy.
fn behind_a_way() -> (TcpProxy, String, String) {
    let dialler = MariaDb::shared();
    let database = dialler.dialler_database();
    let way = TcpProxy::start(dialler.address()).unwrap();
    let url = dialler.url(&database).replace(&dialler.address().to_string(), &way.address().to_string());
    (way, database, url)
}

#[test]
fn answers_later_than_the_timeout_harm_no_call() {
    let (way, database, url) = behind_a_way();
    let settings = [
        ("osdial.database_url", url.as_str()),
        ("osdial.timeout_s", "2"),
        ("osdial.connections_max", "4"),
        ("extensions.harbour", "osdial,8307,1"),
        ("osdial.fallback_extension", "harbour"),
    ];
    let mut setup = Setup::over(MariaDb::shared(), database.clone(), &settings);
    assert_eq!(asked(&setup.server).status, 200);
    let mut program = setup.program();
    program.done(json!({ "command": "subscribe", "topics": ["osdial"] }));
    program.event_of("osdial");
    let first = setup.caller(Uuid::from_u128(1));
    let first_call = setup.call_in("live")["id"].clone();

    way.answers_late(Duration::from_secs(3));
    // A command is refused within the timeouts of its connection and its first statement.
    let began = Instant::now();
    let refused = setup.command("enableAgentByUserId", &user("1010"));
    told(&refused, "dialler_away", "osdial.timeout_s");
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    // A person who is dialled does not have to wait, and other calls begin as usual.
    let said = setup.announce(Uuid::from_u128(2), "V1127010203000000002");
    assert_eq!(said, "goto osdial,8307,1");
    let second = setup.caller(Uuid::from_u128(3));
    wait("the second call", || {
        let calls = setup.calls();
        let live = calls.iter().filter(|call| call["state"] == "live");
        (live.count() == 2).then_some(())
    });
    assert!(setup.calls().iter().any(|call| call["id"] == first_call), "the first call is gone");
    assert_eq!(setup.server.get("/readyz", Token::None).unwrap().status, 200);
    let examined = doctor(&url);
    assert!(examined.contains("FAILED") && examined.contains("did not answer within"), "{examined}");

    // A following program causes repeated reads: each is given up before the next, and none is left over.
    wait("a look that was given up", || {
        setup.server.log().contains("the dialler's tables can't be checked").then_some(())
    });
    let connected = way.connections();
    wait("further looks", || (way.connections() > connected + 1).then_some(()));
    let open = format!("SELECT COUNT(*) FROM information_schema.processlist WHERE db='{database}'");
    let open: u32 = setup.sql.rows(&open)[0][0].parse().unwrap();
    // Our own connections, up to the limit at once, and those that the database does not know yet to be closed.
    assert!(open <= 1 + 4 + 4, "{open} connections");

    way.answers_late(Duration::ZERO);
    answers_again(&setup.server);
    setup.done("enableAgentByUserId", &user("1010"));
    setup.sql.change("UPDATE osdial_lists SET list_name='later' WHERE list_id=1001");
    while !program.event_of("osdial").to_string().contains("later") {}
    drop((first, second));
}

#[test]
fn late_answers_within_the_timeout_are_awaited() {
    let (way, database, url) = behind_a_way();
    let settings = [("osdial.database_url", url.as_str()), ("osdial.timeout_s", "20")];
    let setup = Setup::over(MariaDb::shared(), database, &settings);
    way.answers_late(Duration::from_millis(300));
    let began = Instant::now();
    assert_eq!(asked(&setup.server).status, 200);
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    setup.done("enableAgentByUserId", &user("1010"));
    setup.done("disableAgentByUserId", &user("1010"));
    let mut program = Program::connect(setup.server.addresses().http, ADMIN_TOKEN);
    program.done(json!({ "command": "subscribe", "topics": ["osdial"] }));
    program.event_of("osdial");
}
