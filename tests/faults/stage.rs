//! The server of a test, and what its users and operators see of it.

use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use cordboard_test_support::audiosocket::Caller;
use cordboard_test_support::server::{ADMIN_TOKEN, Answer, DIALPLAN_TOKEN, Server, Token};
use cordboard_test_support::waiting::wait_until;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use uuid::Uuid;

use crate::holdings::Held;

/// Time in which everything that a test waits for has to happen, and in which everything of a call has to be gone.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
/// Most memory of a crowd that an allocator keeps, in MB.
const MEMORY_KEPT_MB: u64 = 64;
/// Log lines at most: a stranger causes no more than a few for each connection.
const LOG_LINES_MAX: usize = 10_000;
/// Rate of all callers here, in Hz: that of Asterisk with G.711.
pub(crate) const RATE: u32 = 8000;

/// The test that loads the machine fully and the tests that compare sound in real time do not run at the same time.
static LOAD: RwLock<()> = RwLock::new(());

/// Held by a test that compares sound in real time.
pub(crate) fn without_load() -> RwLockReadGuard<'static, ()> {
    LOAD.read().unwrap_or_else(PoisonError::into_inner)
}

/// Held by the test that loads the machine.
pub(crate) fn with_load() -> RwLockWriteGuard<'static, ()> {
    LOAD.write().unwrap_or_else(PoisonError::into_inner)
}

/// Number of strangers in a crowd: a tenth by default.
pub(crate) fn crowd(full: usize) -> usize {
    if std::env::var_os("CORDBOARD_TEST_FULL").is_some() { full } else { full / 10 }
}

/// Counts of `/readyz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) calls: u64,
    pub(crate) legs: u64,
    pub(crate) assistants: u64,
}

impl Census {
    pub(crate) const NOBODY: Self = Self { calls: 0, legs: 0, assistants: 0 };
}

/// The server, and its callers' address.
pub(crate) struct Stage {
    pub(crate) server: Server,
}

impl Stage {
    /// Starts a server; `settings` are as in the configuration file.
    pub(crate) fn open(settings: &[(&str, &str)]) -> Self {
        Self::open_with(Path::new(env!("CARGO_BIN_EXE_cordboard")), settings)
    }

    /// The same with a program that becomes the server.
    pub(crate) fn open_with(program: &Path, settings: &[(&str, &str)]) -> Self {
        raise_open_files();
        let server = Server::start(program, settings).unwrap();
        let stage = Self { server };
        // Opens the connection for further requests.
        stage.wait_calls(0);
        stage
    }

    /// Connects a caller on a leg with this UUID.
    pub(crate) fn caller(&self, uuid: Uuid) -> Caller {
        Caller::connect(self.server.addresses().audiosocket, uuid, RATE).unwrap()
    }

    /// Returns the API's answer to an administrator at a path that must exist.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.server.get(path, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Returns the status of `/readyz`, and its reasons in one line.
    pub(crate) fn readiness(&self) -> (u16, String) {
        let answer = self.server.get("/readyz", Token::None).unwrap();
        (answer.status, answer.json()["reasons"].to_string())
    }

    /// Waits until `/readyz` answers 503 with a reason that contains these words.
    pub(crate) fn wait_not_ready(&self, because: &str) {
        let said = wait_until("a 503 of /readyz", LIMIT, || {
            Some(self.readiness()).filter(|(status, _)| *status == 503)
        });
        let (_, reasons) = said.unwrap();
        assert!(reasons.contains(because), "{reasons}");
    }

    /// Waits until `/readyz` answers 200.
    pub(crate) fn wait_ready(&self) {
        wait_until("a 200 of /readyz", LIMIT, || (self.readiness().0 == 200).then_some(())).unwrap();
    }

    /// Returns the census of live things.
    pub(crate) fn census(&self) -> Census {
        let said = self.server.get("/readyz", Token::Admin).unwrap().json();
        let count = |what: &str| said["calls"][what].as_u64().unwrap();
        Census { calls: count("calls"), legs: count("legs"), assistants: count("assistants") }
    }

    /// Waits until `count` calls are live, each with its leg and its assistant.
    pub(crate) fn wait_calls(&self, count: u64) {
        let wanted = Census { calls: count, legs: count, assistants: count };
        let mut seen = Census::NOBODY;
        let reached = wait_until("a census as wanted", LIMIT, || {
            seen = self.census();
            (seen == wanted).then_some(())
        });
        reached.unwrap_or_else(|late| panic!("{late}: {seen:?}, not {wanted:?}"));
    }

    /// Returns every call in the store, newest first.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let mut calls = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.json(&format!("/api/v1/calls?limit=200{cursor}"));
            calls.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return calls,
            }
        }
    }

    /// Waits until the newest call of that UUID is in the store and as wanted; returns it.
    pub(crate) fn wait_call(&self, uuid: Uuid, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let name = uuid.to_string();
        let of_uuid = |call: &Value| {
            call["outside_ids"].as_array().unwrap().iter().any(|outside_id| outside_id["value"] == name)
        };
        let mut seen = Value::Null;
        let found = wait_until(what, LIMIT, || {
            seen = self.calls().into_iter().find(of_uuid).unwrap_or_default();
            (!seen.is_null() && wanted(&seen)).then(|| seen.clone())
        });
        found.unwrap_or_else(|late| panic!("{late}: {seen}"))
    }

    /// Returns the call of that UUID once it is over and its recording is closed.
    pub(crate) fn wait_ended(&self, uuid: Uuid) -> Value {
        self.wait_call(uuid, "the end of the call", |call| call["state"] == "ended")
    }

    /// Returns the journal of a call. No entry may be missing.
    pub(crate) fn journal(&self, call: &Value) -> Vec<Value> {
        let id = call["id"].as_str().unwrap();
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let page = self.json(&format!("/api/v1/calls/{id}/events?limit=200&cursor={}", entries.len()));
            entries.extend(page["items"].as_array().unwrap().clone());
            if page["next_cursor"].is_null() {
                break;
            }
        }
        let numbers: Vec<u64> = entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>(), "entries are missing");
        entries
    }

    /// Returns the dialplan's answer about a caller.
    pub(crate) fn next(&self, uuid: Uuid) -> Answer {
        self.server.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).unwrap()
    }

    /// Returns the server's current resources.
    pub(crate) fn held(&self) -> Held {
        Held::of(self.server.process_id())
    }

    /// Waits until no caller is left, and nothing is held that was not held `before`.
    pub(crate) fn wait_nothing_left(&self, before: Held) {
        self.wait_calls(0);
        self.server.wait_balanced(LIMIT).unwrap();
        let mut held = self.held();
        println!("{before:?} before, {held:?} at the end of the last call");
        let gone = |limit: Duration, what: &str, is_gone: &dyn Fn(Held) -> bool, held: &mut Held| {
            let waited = wait_until(what, limit, || {
                *held = self.held();
                is_gone(*held).then_some(())
            });
            waited.unwrap_or_else(|late| panic!("{late}: {held:?}, {before:?} before"));
        };
        let files_gone = |held: Held| held.sockets <= before.sockets && held.files <= before.files;
        gone(LIMIT, "the end of sockets and files", &files_gone, &mut held);
        gone(LIMIT, "the end of threads", &|held| held.threads <= before.threads, &mut held);
        assert!(held.memory_mb <= before.memory_mb + MEMORY_KEPT_MB, "{held:?}, {before:?} before");
        wait_until("an idle server", LIMIT, || self.held().is_idle().then_some(())).unwrap();
    }

    /// Ends a test: the log has no panic and no token, and has not been flooded.
    pub(crate) fn close(self) {
        let log = self.server.log();
        assert!(log.lines().count() < LOG_LINES_MAX, "{} lines in the log", log.lines().count());
        for secret in [ADMIN_TOKEN, DIALPLAN_TOKEN] {
            assert!(!log.contains(secret), "the log shows a token");
        }
        // The test server's panic hook logs without the word.
        let panics =
            log.lines().filter(|line| line.contains("panicked") || line.contains("cordboard::telemetry"));
        assert_eq!(panics.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

/// A crowd needs more open files than the 1,024 that many systems allow a process at first. The server inherits the limit.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}
