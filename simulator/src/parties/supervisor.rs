//! Supervisors (`docs/agents.md`, "Supervise calls"): they hear live calls in their browser, and speak there, each with a tone of their own. They
//! take calls over, and end the conversation at a desk of their own.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::supervision::SupervisionMode;
use cordboard_test_support::audio::tone;
use cordboard_test_support::audiosocket::TimedFrame;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::browser::{Browser, RATE};
use super::caller::ServerAddresses;
use super::desk::Desk;
use crate::http;
use crate::plan::{Manner, TakenOverEnd};
use crate::stage::{SUPERVISORS, SupervisorAccount, headers_of};

/// Tones of supervisors, in Hz: each between two of the model's tones, where speech and music have little energy.
const TONES_HZ: [f64; SUPERVISORS.len()] = [3_102.5, 2_992.5, 2_882.5];
/// Amplitude of a tone: louder than all others, so that it stands out in a mix.
const AMPLITUDE: f64 = 9_000.0;

/// Returns the tone that identifies a supervisor, in Hz.
#[must_use]
pub(crate) fn tone_hz(supervisor: usize) -> f64 {
    TONES_HZ[supervisor % TONES_HZ.len()]
}

/// Requests, sound and words of a supervisor in a life of the server.
#[derive(Clone, Debug, Default)]
pub struct SupervisorLog {
    /// Answered requests.
    pub requests: Vec<SupervisionRequest>,
    /// Answered requests to take a call over.
    pub take_overs: Vec<TakeOverRequest>,
    /// Their audio in calls.
    pub ears: Vec<Ear>,
}

/// A request to take part in a call. Times are in ms from the beginning of the world.
#[derive(Clone, Debug)]
pub struct SupervisionRequest {
    /// When it was sent.
    pub asked_ms: u64,
    /// The call.
    pub call: CallId,
    /// The mode.
    pub mode: SupervisionMode,
    /// The answer's status.
    pub status: u16,
}

/// A request to take a call over. Times are in ms from the beginning of the world.
#[derive(Clone, Debug)]
pub struct TakeOverRequest {
    /// When it was sent.
    pub asked_ms: u64,
    /// When it was answered.
    pub answered_ms: u64,
    /// The call.
    pub call: CallId,
    /// The answer's status.
    pub status: u16,
}

/// Audio of a supervisor in a call. Times are in ms from the beginning of the world.
#[derive(Clone, Debug)]
pub struct Ear {
    /// The call.
    pub call: CallId,
    /// When its connection was established.
    pub began_ms: u64,
    /// The heard sound, a frame each 20 ms.
    pub heard: Vec<TimedFrame>,
    /// When they spoke: beginning and end.
    pub said: Vec<(u64, u64)>,
}

/// A change of the supervisors' rights.
#[derive(Clone, Debug)]
pub struct RightChange {
    /// Indices of the supervisors who have the right.
    pub whose: Vec<usize>,
    /// Whether they may supervise from now on.
    pub may: bool,
    /// Whether the change is by the organization's policy; otherwise by the role.
    pub is_policy: bool,
    /// When it takes effect, in ms from the beginning of the world: after the answer, or, if the right is given back, from the request on.
    pub at_ms: u64,
}

/// A supervisor in a life of the server.
#[derive(Debug)]
pub(crate) struct Supervisor(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    number: usize,
    token: String,
    headers: [String; 1],
    addresses: ServerAddresses,
    requests: RefCell<Vec<SupervisionRequest>>,
    take_overs: RefCell<Vec<TakeOverRequest>>,
    /// Their desk, from the first call that they want to take over.
    desk: RefCell<Option<Desk>>,
    ears: RefCell<Vec<LiveEar>>,
}

#[derive(Debug)]
struct LiveEar {
    call: CallId,
    browser: Browser,
    said: Vec<(u64, u64)>,
}

impl LiveEar {
    fn is_open(&self) -> bool {
        self.browser.over_at().is_none()
    }
}

impl Supervisor {
    pub(crate) fn new(number: usize, account: &SupervisorAccount, addresses: &ServerAddresses) -> Self {
        Self(Rc::new(Inner {
            number,
            token: account.token.clone(),
            headers: [format!("authorization: Bearer {}", account.token)],
            addresses: addresses.clone(),
            requests: RefCell::default(),
            take_overs: RefCell::default(),
            desk: RefCell::default(),
            ears: RefCell::default(),
        }))
    }

    /// Requests to take part in a call in this mode, and opens the audio if none is open, in the background.
    pub(crate) fn supervises(&self, call: CallId, mode: SupervisionMode) {
        tokio::task::spawn_local(supervises(Rc::clone(&self.0), call, mode));
    }

    /// Says something in a call that they hear.
    pub(crate) fn says(&self, call: CallId, length: Duration) {
        let now_ms = self.0.now_ms();
        let mut ears = self.0.ears.borrow_mut();
        let Some(ear) = ears.iter_mut().rfind(|ear| ear.call == call && ear.is_open()) else { return };
        // Nothing is sent before that.
        if ear.browser.page().ready.is_none() {
            return;
        }
        let from_ms = ear.said.last().map_or(now_ms, |(_, until_ms)| now_ms.max(*until_ms));
        ear.said.push((from_ms, from_ms + length.as_millis() as u64));
        ear.browser.say(&tone(tone_hz(self.0.number), AMPLITUDE, length, RATE));
    }

    /// Leaves a call, in the background.
    pub(crate) fn leaves(&self, call: CallId) {
        let inner = Rc::clone(&self.0);
        tokio::task::spawn_local(async move {
            // The server refuses supervisors who do not hear the call.
            let _ = http::ask(inner.addresses.http, "DELETE", &path(call), &inner.headers, None).await;
        });
    }

    /// Requests to take a call over, in the background.
    pub(crate) fn takes_over(&self, call: CallId) {
        tokio::task::spawn_local(takes_over(Rc::clone(&self.0), call));
    }

    /// Ends their conversation in a call that they have taken over. If they have not taken it over, they only lose their own sound.
    pub(crate) fn is_done(&self, call: CallId, how: TakenOverEnd) {
        let command = match how {
            TakenOverEnd::HandsBack => {
                json!({ "command": "hand_back", "call_id": call, "note": "All is well." })
            }
            TakenOverEnd::HangsUp => json!({ "command": "hang_up", "call_id": call }),
            TakenOverEnd::LosesSound => {
                let ears = self.0.ears.borrow();
                let theirs = ears.iter().filter(|ear| ear.call == call && ear.is_open());
                return theirs.for_each(|ear| ear.browser.hang_up());
            }
        };
        if let Some(desk) = &*self.0.desk.borrow() {
            desk.command(command);
        }
    }

    /// Returns the log so far.
    pub(crate) fn log(&self) -> SupervisorLog {
        let ear = |ear: &LiveEar| Ear {
            call: ear.call,
            began_ms: self.0.addresses.ms_of(ear.browser.began()),
            heard: ear.browser.page().heard.clone(),
            said: ear.said.clone(),
        };
        SupervisorLog {
            requests: self.0.requests.borrow().clone(),
            take_overs: self.0.take_overs.borrow().clone(),
            ears: self.0.ears.borrow().iter().map(ear).collect(),
        }
    }
}

impl Inner {
    fn now_ms(&self) -> u64 {
        self.addresses.ms_of(Instant::now())
    }
}

async fn supervises(inner: Rc<Inner>, call: CallId, mode: SupervisionMode) {
    let (asked_ms, body) = (inner.now_ms(), json!({ "mode": mode }));
    let answer = http::ask(inner.addresses.http, "PUT", &path(call), &inner.headers, Some(&body)).await;
    let Ok(answer) = answer else { return };
    let status = answer.status;
    inner.requests.borrow_mut().push(SupervisionRequest { asked_ms, call, mode, status });
    let hears = inner.ears.borrow().iter().any(|ear| ear.call == call && ear.is_open());
    if status != 200 || hears {
        return;
    }
    let begun = answer.json();
    let Some(token) = begun["token"].as_str() else { return };
    if let Some(browser) = Browser::connect(inner.addresses.http, ("token", token)).await {
        inner.ears.borrow_mut().push(LiveEar { call, browser, said: Vec::new() });
    }
}

async fn takes_over(inner: Rc<Inner>, call: CallId) {
    // Their desk takes no offered call.
    let manner = Manner { answers_after_ms: 0, takes: None, talks_ms: 0, hands_back: false, consult: None };
    if inner.desk.borrow().is_none() {
        // No agent's tone is sent from this desk.
        let voice = inner.number;
        let desk = Desk::open(inner.addresses.http, &inner.token, voice, manner).await;
        *inner.desk.borrow_mut() = desk;
    }
    let (asked_ms, path) = (inner.now_ms(), format!("{}/take-over", path(call)));
    let answer = http::ask(inner.addresses.http, "POST", &path, &inner.headers, None).await;
    if let Ok(answer) = answer {
        let (answered_ms, status) = (inner.now_ms(), answer.status);
        inner.take_overs.borrow_mut().push(TakeOverRequest { asked_ms, answered_ms, call, status });
    }
}

fn path(call: CallId) -> String {
    format!("/api/v1/calls/{call}/supervision")
}

/// Makes a supervisor an agent. Returns whether the server did so.
pub(crate) async fn is_demoted(
    server: SocketAddr,
    number: usize,
    account: &SupervisorAccount,
    organizations: [OrganizationId; 2],
) -> bool {
    let (name, organization, _) = SUPERVISORS[number];
    let body = json!({ "name": name, "role": "agent", "status": "active" });
    let path = format!("/api/v1/users/{}", account.user);
    is_done(server, &path, organizations[organization], &body).await
}

/// Sets an organization's policy: all supervisors may take part in every mode, or only administrators. Returns whether the server did so.
pub(crate) async fn policy(server: SocketAddr, organization: OrganizationId, is_open: bool) -> bool {
    let least = if is_open { "supervisor" } else { "admin" };
    let body = json!({
        "listen": least, "whisper": least, "barge": least, "take_over": least, "silent": false, "tell_caller": false,
    });
    is_done(server, "/api/v1/supervision-policy", organization, &body).await
}

async fn is_done(server: SocketAddr, path: &str, organization: OrganizationId, body: &Value) -> bool {
    let answer = http::ask(server, "PUT", path, &headers_of(organization), Some(body)).await;
    answer.is_ok_and(|answer| answer.status == 200)
}
