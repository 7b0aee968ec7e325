//! A server whose dialler is a database of its own for each test.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::control::Program;
use cordboard_test_support::mariadb::{MariaDb, Schema, Session};
use cordboard_test_support::server::{ADMIN_TOKEN, Answer, Server, Token};
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longer than anything takes here.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// See the module's description.
pub(crate) struct Setup {
    pub(crate) server: Server,
    pub(crate) database: String,
    pub(crate) sql: Session,
}

impl Setup {
    /// With the rows of the schema.
    pub(crate) fn open() -> Self {
        Self::open_with(&[])
    }

    /// The same with more settings.
    pub(crate) fn open_with(more: &[(&str, &str)]) -> Self {
        Self::of_with(Schema::Osdial, more)
    }

    /// With the rows of either dialler's tables. Statements use OSdial's names.
    pub(crate) fn of(schema: Schema) -> Self {
        Self::of_with(schema, &[])
    }

    /// The same with more settings.
    pub(crate) fn of_with(schema: Schema, more: &[(&str, &str)]) -> Self {
        let dialler = MariaDb::shared();
        let database = dialler.database_of(schema);
        let url = dialler.url(&database);
        let mut settings =
            vec![("osdial.database_url", url.as_str()), ("osdial.table_prefix", schema.prefix())];
        settings.extend(more);
        let sql = dialler.session(&database).unwrap();
        Self { server: start(&settings), database, sql }
    }

    /// The same over a separate MariaDB, whose address is in the settings.
    pub(crate) fn over(dialler: &MariaDb, database: String, settings: &[(&str, &str)]) -> Self {
        let sql = dialler.session(&database).unwrap();
        Self { server: start(settings), database, sql }
    }

    /// Sends a command about the dialler's agents over HTTP.
    pub(crate) fn command(&self, name: &str, body: &Value) -> Answer {
        self.server.post(&format!("/api/v1/osdial/{name}"), body, Token::Admin).unwrap()
    }

    /// The same, which must succeed: returns what it affected.
    pub(crate) fn done(&self, name: &str, body: &Value) -> Value {
        let answer = self.command(name, body);
        assert_eq!(answer.status, 200, "{name} {body}: {}", answer.text());
        answer.json()["affected"].clone()
    }

    /// The same, which must be refused: status and code.
    pub(crate) fn refused(&self, name: &str, body: &Value) -> (u16, String) {
        let answer = self.command(name, body);
        (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    /// A list.
    pub(crate) fn list(&self, path: &str) -> Value {
        let answer = self.server.get(&format!("/api/v1/osdial/{path}"), Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// A program on the control socket.
    pub(crate) fn program(&self) -> Program {
        Program::connect(self.server.addresses().http, ADMIN_TOKEN)
    }

    /// The answer to a dialplan about a call with this name at the dialler.
    pub(crate) fn announce(&self, uuid: Uuid, key: &str) -> String {
        let path = format!("/api/v1/calls/expect?uuid={uuid}&from=2025550101&to=8801&dialler_call={key}");
        let answer = self.server.get(&path, Token::Dialplan).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    }

    /// A caller who connects the audio of an announced call.
    pub(crate) fn caller(&self, uuid: Uuid) -> Caller {
        Caller::connect(self.server.addresses().audiosocket, uuid, 8_000).unwrap()
    }

    /// The calls, newest first.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let answer = self.server.get("/api/v1/calls?limit=50", Token::Admin).unwrap();
        answer.json()["items"].as_array().unwrap().clone()
    }

    /// The newest call once it has this state.
    pub(crate) fn call_in(&self, state: &str) -> Value {
        wait(&format!("a call that is {state}"), || {
            self.calls().into_iter().next().filter(|call| call["state"] == state)
        })
    }

    /// The newest call's first entry of a kind.
    pub(crate) fn event(&self, kind: &str) -> Value {
        wait(&format!("a {kind}"), || {
            let id = self.calls().first()?["id"].as_str()?.to_owned();
            let answer =
                self.server.get(&format!("/api/v1/calls/{id}/events?limit=200"), Token::Admin).unwrap();
            answer.json()["items"].as_array()?.iter().find(|event| event["kind"] == kind).cloned()
        })
    }

    /// Changes the only profile.
    pub(crate) fn change_profile(&self, changes: &Value) {
        let answer = self.server.get("/api/v1/agent-profiles", Token::Admin).unwrap();
        let mut profile = answer.json()["items"][0].clone();
        let id = profile["id"].as_str().unwrap().to_owned();
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.extend(changes.as_object().unwrap().clone());
        let put = self.server.put(&format!("/api/v1/agent-profiles/{id}"), &profile, Token::Admin).unwrap();
        assert_eq!(put.status, 200, "{}", put.text());
    }

    /// Waits until a query returns exactly this row.
    pub(crate) fn wait_for_row(&mut self, sql: &str, wanted: &[&str]) {
        let mut last = Vec::new();
        let look = || {
            last = self.sql.rows(sql);
            (last == [wanted]).then_some(())
        };
        wait_until("a row", LIMIT, look).unwrap_or_else(|_| panic!("{last:?} and not {wanted:?}: {sql}"));
    }

    /// Waits until these are the only lines of remote agents, in these states: `1001 READY`.
    pub(crate) fn wait_for_lines(&mut self, wanted: &[&str], limit: Duration) {
        let began = Instant::now();
        loop {
            let lines = self.lines();
            if lines == wanted {
                return;
            }
            assert!(began.elapsed() < limit, "{lines:?} and not {wanted:?} within {limit:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The current lines of remote agents, by user.
    pub(crate) fn lines(&mut self) -> Vec<String> {
        let rows = self.sql.rows(
            "SELECT user, status FROM osdial_live_agents WHERE extension LIKE 'R/%' AND user NOT LIKE 'va%' ORDER BY user",
        );
        rows.iter().map(|row| row.join(" ")).collect()
    }

    /// Waits until the audit log has exactly these entries of commands to the dialler: action and subject.
    pub(crate) fn assert_audited(&self, wanted: &[&str]) {
        let shown = |entry: &Value| {
            format!("{} {}", entry["action"].as_str().unwrap(), entry["subject"].as_str().unwrap())
        };
        let began = Instant::now();
        loop {
            let answer = self.server.get("/api/v1/audit-log?limit=200", Token::Admin).unwrap();
            let items = answer.json()["items"].as_array().unwrap().clone();
            let lines: Vec<String> =
                items.iter().rev().map(shown).filter(|line| line.starts_with("osdial.")).collect();
            if lines == wanted {
                return;
            }
            assert!(began.elapsed() < LIMIT, "{lines:?} and not {wanted:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Runs a test over the tables of each dialler, in parallel. The threads are named after the schemas, so that a failure shows which.
pub(crate) fn over_each(test: impl Fn(Schema) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for schema in Schema::EACH {
            let named = thread::Builder::new().name(format!("{schema:?}"));
            named.spawn_scoped(scope, move || test(schema)).unwrap();
        }
    });
}

/// Waits until a value is available.
pub(crate) fn wait<T>(awaited: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_until(awaited, LIMIT, look).unwrap_or_else(|late| panic!("{late}"))
}

/// A server with these settings.
pub(crate) fn start(settings: &[(&str, &str)]) -> Server {
    Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), settings).unwrap()
}

/// Parameters that name a campaign.
pub(crate) fn campaign(id: &str) -> Value {
    json!({ "campaign_id": id })
}

/// Parameters that name a remote agent.
pub(crate) fn user(id: &str) -> Value {
    json!({ "user_id": id })
}

/// The first users and statuses in the result of a command: `1001 ACTIVE`.
pub(crate) fn statuses(affected: &Value) -> Vec<String> {
    let shown = |agent: &Value| {
        format!("{} {}", agent["user_start"].as_str().unwrap(), agent["status"].as_str().unwrap())
    };
    affected.as_array().unwrap().iter().map(shown).collect()
}
