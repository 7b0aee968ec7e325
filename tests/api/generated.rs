//! Requests that Schemathesis generates from the API document, against the real server: what the document allows is answered as it says, and what it
//! forbids is refused.

use std::path::Path;

use cordboard_test_support::schemathesis;
use cordboard_test_support::server::{ADMIN_TOKEN, Server};

/// Takes minutes: only with `tests/run --full`.
#[test]
fn generated_requests_are_answered_as_documented() {
    if std::env::var_os("CORDBOARD_TEST_FULL").is_none() {
        return;
    }
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &[("log.level", "warn")]).unwrap();
    // These never end, open sockets, or stop the server.
    schemathesis::run(
        server.addresses().http,
        ADMIN_TOKEN,
        "^(/api/v1/live|/api/v1/admin/drain|/ws/.*|/call)$",
    );
}
