//! A server with a dialler: a MariaDB with an OSdial's tables, and the dialler's process that keeps the lines of remote agents.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cordboard_test_support::dialler::RemoteAgentProcess;
use cordboard_test_support::mariadb::{MariaDb, Session};
use cordboard_test_support::server::Server;
use serde_json::{Value, json};

use crate::panic_text;

/// A running server with its dialler.
pub(crate) struct AtDialler {
    server: Server,
    sql: Session,
    _process: RemoteAgentProcess,
}

impl AtDialler {
    fn open() -> Self {
        let dialler = MariaDb::shared();
        let database = dialler.dialler_database();
        let url = dialler.url(&database);
        let settings = [("osdial.database_url", url.as_str())];
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let process = RemoteAgentProcess::start(dialler, &database);
        Self { server, sql: dialler.session(&database).unwrap(), _process: process }
    }

    /// Answers a script's request; the first one starts the server. A panic here fails this test and not the tests after it.
    pub(crate) fn answer(opened: &mut Option<Self>, question: &Value) -> Result<Value, String> {
        catch_unwind(AssertUnwindSafe(|| opened.get_or_insert_with(Self::open).done(question)))
            .map_err(|panic| panic_text(panic.as_ref()))?
    }

    fn done(&mut self, question: &Value) -> Result<Value, String> {
        match question["ask"].as_str().unwrap_or_default() {
            "open" => Ok(json!(format!("http://{}", self.server.addresses().http))),
            "log" => Ok(json!(self.server.log())),
            "change" => {
                self.sql.change(question["sql"].as_str().unwrap_or_default());
                Ok(Value::Null)
            }
            other => Err(format!("the server with a dialler has no request {other:?}")),
        }
    }
}
