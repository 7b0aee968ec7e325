//! A VICIdial's agent API, as far as it controls calls of remote agents: HTTP, and the dialler's tables, changed as the real one changes them. It
//! is written for these tests, from what VICIdial 2.14 does (docs/AGENT_API.txt and www/agc/api.php of its public sources).

#![allow(clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use form_urlencoded::parse;
use tokio::net::TcpStream;

use crate::driving::{Door, drive};
use crate::http::{answer, read_request};
use crate::mariadb::{MariaDb, Session};

/// The user that may control calls.
pub const USER: &str = "6666";
/// Its password.
pub const PASSWORD: &str = "Ag3nt+api";
/// The group that takes calls.
pub const INGROUP: &str = "SALESLINE";

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Normally.
    Works,
    /// It works, but its PHP prints warnings before each answer: 10 kB of them.
    ShowsWarnings,
    /// It carries out one request, and closes the connection without an answer; from then on it works.
    LosesOneAnswer,
    /// It carries out requests, and does not answer while the connection is open.
    KeepsItsAnswer,
    /// It does not carry out or answer anything while the connection is open.
    Hangs,
    /// Its web server fails.
    Fails,
    /// Its user may not control calls.
    GivesNoRight,
    /// It is switched off in the system's settings.
    IsOff,
    /// Another page is at its address.
    IsAnotherPage,
}

/// The API. It ends with the process.
#[derive(Debug, Clone)]
pub struct AgentApi {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    session: Session,
    manner: Manner,
    asked: Vec<BTreeMap<String, String>>,
}

impl AgentApi {
    /// Starts it over a dialler's database, on a free port of this machine.
    ///
    /// # Errors
    /// No port is available.
    ///
    /// # Panics
    /// The database is unreachable.
    pub fn start(server: &MariaDb, database: &str) -> io::Result<Self> {
        let session = server.session(database).unwrap_or_else(|error| panic!("{error}"));
        let state = State { session, manner: Manner::Works, asked: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let mut door = Door::open()?;
        let (address, shared) = (door.address(), Arc::clone(&state));
        let serving = door.serving(move |stream| serve(stream, Arc::clone(&shared)))?;
        drive(door.held_open(serving));
        Ok(Self { address, state })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/agc/api.php", self.address)
    }

    /// Sets how it answers from now on.
    pub fn behave(&self, manner: Manner) {
        lock(&self.state).manner = manner;
    }

    /// The forms that it has received so far.
    #[must_use]
    pub fn asked(&self) -> Vec<BTreeMap<String, String>> {
        lock(&self.state).asked.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut connection: TcpStream, state: Arc<Mutex<State>>) {
    let Some(request) = read_request(&mut connection, &mut Vec::new()).await else { return };
    let form: BTreeMap<String, String> = parse(&request.body).into_owned().collect();
    let (said, is_silent) = {
        let mut state = lock(&state);
        let is_silent = matches!(state.manner, Manner::KeepsItsAnswer | Manner::Hangs);
        // After it was carried out: a test that sees the form here sees its effect, too.
        let said = answer_of(&mut state, &form);
        state.asked.push(form);
        (said, is_silent)
    };
    if is_silent {
        pending::<()>().await;
    }
    let Some((status, text)) = said else { return };
    let headers =
        [("Content-Type", "text/html; charset=utf-8".to_owned()), ("Connection", "close".to_owned())];
    // It doesn't matter if a client breaks off.
    let _ = answer(&mut connection, status, &headers, text.as_bytes()).await;
}

/// The answer to a form; `None` where there is no answer.
fn answer_of(state: &mut State, form: &BTreeMap<String, String>) -> Option<(u16, String)> {
    let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (user, password) = (of("user"), of("pass"));
    let said = match state.manner {
        Manner::Fails => return Some((500, "Internal Server Error".to_owned())),
        Manner::IsAnotherPage => return Some((200, "<html>It works!</html>".to_owned())),
        _ if of("source").len() < 2 => "ERROR: Invalid Source - ".to_owned(),
        // It repeats the password, twice.
        _ if (user, password) != (USER, PASSWORD) => format!(
            "ERROR: Invalid Username/Password: |{user}|{password}|0|1|BAD|0|api|SELECT 1 FROM users WHERE user='{user}' AND pass='{password}'|"
        ),
        Manner::IsOff => "ERROR: System API NOT ACTIVE".to_owned(),
        _ if of("function") != "ra_call_control" => "ERROR: NO FUNCTION SPECIFIED".to_owned(),
        Manner::GivesNoRight => {
            let value = of("value");
            format!(
                "ERROR: auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION - {value}|{user}|ra_call_control|ADMIN"
            )
        }
        Manner::Works => controlled(&mut state.session, &of),
        Manner::ShowsWarnings => {
            let warning =
                "<br />\n<b>Warning</b>:  Undefined variable in <b>api.php</b> on line <b>303</b><br />\n";
            format!("{}{}", warning.repeat(120), controlled(&mut state.session, &of))
        }
        Manner::Hangs => return None,
        Manner::KeepsItsAnswer => {
            controlled(&mut state.session, &of);
            return None;
        }
        Manner::LosesOneAnswer => {
            controlled(&mut state.session, &of);
            state.manner = Manner::Works;
            return None;
        }
    };
    Some((200, format!("{said}\n")))
}

/// Does something with a call, and returns the message.
fn controlled<'a>(session: &mut Session, of: &impl Fn(&str) -> &'a str) -> String {
    let (agent, value, stage) = (of("agent_user"), of("value"), of("stage"));
    if [agent, value, stage].contains(&"") {
        return format!("ERROR: ra_call_control not valid - {value}|{agent}|{stage}");
    }
    for word in [agent, value, of("status")] {
        assert!(
            word.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{word:?} is not a word of the dialler"
        );
    }
    let lines = session.rows(&format!("SELECT COUNT(*) FROM osdial_live_agents WHERE user='{agent}'"));
    if lines[0][0] == "0" {
        return format!("ERROR: agent_user is not logged in - {agent}");
    }
    let calls =
        session.rows(&format!("SELECT uniqueid, lead_id FROM osdial_auto_calls WHERE callerid='{value}'"));
    let Some([uniqueid, lead_id]) = calls.first().map(Vec::as_slice) else {
        return format!("ERROR: no active call found - {value}");
    };
    let (number, ingroup) = (of("phone_number"), of("ingroup_choices"));
    let done = match stage {
        "HANGUP" => format!("hungup - {agent}|{value}|HANGUP"),
        "EXTENSIONTRANSFER" if number.len() < 2 => {
            return format!("ERROR: phone_number is not valid - {number}");
        }
        "EXTENSIONTRANSFER" => format!("transfer - {agent}|{value}|{number}"),
        "INGROUPTRANSFER" if ingroup != INGROUP => return format!("ERROR: ingroup is not valid - {ingroup}"),
        "INGROUPTRANSFER" => format!("transfer - {agent}|{value}|"),
        _ => return format!("ERROR: stage is not valid - {stage}"),
    };
    let status = if of("status").is_empty() { "RAXFER" } else { of("status") };
    for sql in [
        format!(
            "UPDATE osdial_log SET status='{status}', user='{agent}', length_in_sec=UNIX_TIMESTAMP()-start_epoch, \
             end_epoch=UNIX_TIMESTAMP() WHERE uniqueid='{uniqueid}' AND lead_id={lead_id}"
        ),
        format!("UPDATE osdial_list SET status='{status}' WHERE lead_id={lead_id}"),
        format!(
            "UPDATE osdial_live_agents SET status='READY', lead_id=0, uniqueid='', callerid='', channel='' WHERE callerid='{value}'"
        ),
        format!("DELETE FROM osdial_auto_calls WHERE callerid='{value}'"),
    ] {
        session.change(&sql);
    }
    format!("SUCCESS: ra_call_control {done}")
}
