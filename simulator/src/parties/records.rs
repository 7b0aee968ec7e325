//! Programs that write records over the HTTP API. Each request has a key. It is sent twice, as by a program that has lost the first answer; one that
//! gets no answer is sent again, also to the next server.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::caller::ServerAddresses;
use crate::http;
use crate::model::slot_begins;
use crate::plan::{Rebooking, RecordPlan};
use crate::stage::{headers_of, service};

/// How often a request has to be answered.
const ANSWERS: usize = 2;
/// Most attempts in a life.
const TRIES_MAX: usize = 40;
/// Pause before a request without an answer is sent again.
const PAUSE: Duration = Duration::from_millis(700);
/// Time for the last answers after the world's end.
const WRITTEN_LIMIT: Duration = Duration::from_secs(40);
/// Pause between two checks for that.
const LOOK: Duration = Duration::from_millis(100);

/// Records, by their numbers.
pub(crate) type Records = Rc<RefCell<BTreeMap<u32, RecordLog>>>;

/// An answer, with its times in ms from the beginning of the world.
#[derive(Clone, Debug)]
pub struct Reply {
    /// When it was requested.
    pub asked_ms: u64,
    /// When it arrived.
    pub answered_ms: u64,
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Value,
}

impl Reply {
    /// Whether the program need not send the request again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status < 500 && self.body["code"] != "idempotency_key_in_use"
    }

    /// Whether the request was carried out.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.status < 300
    }
}

/// A record, as the program that writes it knows it.
#[derive(Clone, Debug)]
pub struct RecordLog {
    /// Its number.
    pub record: u32,
    /// The organization of the program: 0 or 1.
    pub organization: usize,
    /// The record.
    pub written: RecordPlan,
    /// Time until an answered request is sent once more, in ms.
    pub again_ms: u64,
    /// When it was first requested, in ms from the beginning of the world.
    pub asked_ms: u64,
    /// Answers to the request for it.
    pub replies: Vec<Reply>,
    /// Answers to the request for its change.
    pub changes: Vec<Reply>,
    /// Whether the program needs nothing more.
    pub is_over: bool,
}

impl RecordLog {
    /// Returns the name of a record, which no other has.
    #[must_use]
    pub fn name(&self) -> String {
        format!("Record {} of a program", self.record)
    }

    /// Returns the id of what was made; none if nothing was.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.replies.iter().find(|reply| reply.is_done())?.body["id"].as_str()
    }

    /// Returns the path and the body of its request.
    fn request(&self) -> (&'static str, Value) {
        let name = self.name();
        match self.written {
            RecordPlan::Lead => ("/api/v1/leads", json!({ "name": name, "need": "a new fence" })),
            RecordPlan::Task => ("/api/v1/activities", json!({ "type": "todo", "title": name })),
            RecordPlan::Appointment { service: index, slot, .. } => {
                let (service, starts_at) = (service(index).name, slot_begins(slot));
                ("/api/v1/appointments", json!({ "service": service, "starts_at": starts_at, "name": name }))
            }
        }
    }

    /// Returns the body of the request for its change, if it is to be changed.
    fn change(&self) -> Option<Value> {
        let RecordPlan::Appointment { then, .. } = self.written else { return None };
        Some(match then? {
            Rebooking::Moves { slot } => json!({ "starts_at": slot_begins(slot) }),
            Rebooking::Cancels => json!({ "status": "cancelled" }),
        })
    }
}

/// Writes a record, in the background.
pub(crate) fn begin(
    records: &Records,
    addresses: &ServerAddresses,
    organizations: [OrganizationId; 2],
    (record, organization): (u32, usize),
    (written, again_ms): (RecordPlan, u64),
) {
    let log = RecordLog {
        record,
        organization,
        written,
        again_ms,
        asked_ms: addresses.ms_of(Instant::now()),
        replies: Vec::new(),
        changes: Vec::new(),
        is_over: false,
    };
    let program = Program::of(records, addresses, organizations, &log);
    records.borrow_mut().insert(record, log);
    tokio::task::spawn_local(async move { program.write().await });
}

/// Continues with the records of earlier lives that are not over.
pub(crate) fn go_on(records: &Records, addresses: &ServerAddresses, organizations: [OrganizationId; 2]) {
    let open: Vec<RecordLog> = records.borrow().values().filter(|log| !log.is_over).cloned().collect();
    for log in open {
        let program = Program::of(records, addresses, organizations, &log);
        tokio::task::spawn_local(async move { program.write().await });
    }
}

/// Waits until all are written.
pub(crate) async fn wait(records: &Records) {
    let began = Instant::now();
    while began.elapsed() < WRITTEN_LIMIT && !records.borrow().values().all(|log| log.is_over) {
        sleep(LOOK).await;
    }
}

/// A program that writes a record.
struct Program {
    records: Records,
    addresses: ServerAddresses,
    headers: Vec<String>,
    record: u32,
}

impl Program {
    fn of(
        records: &Records,
        addresses: &ServerAddresses,
        organizations: [OrganizationId; 2],
        log: &RecordLog,
    ) -> Self {
        Self {
            records: Rc::clone(records),
            addresses: addresses.clone(),
            headers: headers_of(organizations[log.organization % organizations.len()]),
            record: log.record,
        }
    }

    async fn write(&self) {
        let Some(log) = self.records.borrow().get(&self.record).cloned() else { return };
        let (path, body) = log.request();
        let key = [format!("idempotency-key: record-{}", self.record)];
        let with_key = [&self.headers[..], &key[..]].concat();
        let mut answers = log.replies.iter().filter(|reply| reply.is_final()).count();
        for _ in 0..TRIES_MAX {
            if answers >= ANSWERS {
                break;
            }
            let mut pause = PAUSE;
            if let Some(reply) = self.ask("POST", path, &with_key, &body).await {
                if reply.is_final() {
                    answers += 1;
                    pause = Duration::from_millis(log.again_ms);
                }
                self.note(|log| log.replies.push(reply));
            }
            sleep(pause).await;
        }
        let id = self.records.borrow().get(&self.record).and_then(|log| log.id().map(str::to_owned));
        if let (Some(id), Some(body)) = (id, log.change()) {
            let path = format!("/api/v1/appointments/{id}");
            for _ in 0..TRIES_MAX {
                if let Some(reply) = self.ask("PATCH", &path, &self.headers, &body).await {
                    let is_final = reply.is_final();
                    self.note(|log| log.changes.push(reply));
                    if is_final {
                        break;
                    }
                }
                sleep(PAUSE).await;
            }
        }
        self.note(|log| log.is_over = true);
    }

    async fn ask(&self, method: &str, path: &str, headers: &[String], body: &Value) -> Option<Reply> {
        let asked_ms = self.addresses.ms_of(Instant::now());
        let answer = http::ask(self.addresses.http, method, path, headers, Some(body)).await.ok()?;
        let answered_ms = self.addresses.ms_of(Instant::now());
        Some(Reply { asked_ms, answered_ms, status: answer.status, body: answer.json() })
    }

    fn note(&self, change: impl FnOnce(&mut RecordLog)) {
        if let Some(log) = self.records.borrow_mut().get_mut(&self.record) {
            change(log);
        }
    }
}
