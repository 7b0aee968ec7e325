//! Servers that start together on an empty PostgreSQL, and those that can't start.

use std::sync::Barrier;

use cordboard::store::{DatabaseState, Store, check};
use cordboard_test_support::postgres::{empty_database, shared, url_at};

use crate::postgres::room::settings_at;

#[actix::test]
async fn servers_that_start_together_migrate_once_and_have_one_organization() {
    let url = shared().unwrap().url(&empty_database().unwrap(), "?sslmode=disable");
    let settings = settings_at(&url);
    assert!(matches!(check(&settings).unwrap(), DatabaseState::Pending(_)));
    let ready = Barrier::new(4);
    let organizations: Vec<_> = std::thread::scope(|scope| {
        let start = || {
            ready.wait();
            Store::open(&settings).unwrap().organization_id()
        };
        let starting: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        starting.into_iter().map(|starting| starting.join().unwrap()).collect()
    });
    assert!(organizations.windows(2).all(|pair| pair[0] == pair[1]), "{organizations:?}");
    assert_eq!(check(&settings).unwrap(), DatabaseState::Current);
}

#[test]
fn connection_errors_are_reported_without_the_password() {
    let server = shared().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, cause) in [
        (server.url("no_such_database", ""), "does not exist"),
        (server.url("postgres", "").replace("p'ss", "wrong"), "authentication failed"),
        (url_at(closed, "postgres", ""), "refused"),
        (server.url("postgres", "?sslmode=require"), "does not speak TLS"),
    ] {
        let said = check(&settings_at(&url)).unwrap_err().to_string();
        assert!(said.contains(cause), "{said}");
        assert!(!said.contains("p'ss") && !said.contains("wrong"), "{said}");
    }
}
