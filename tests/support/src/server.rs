//! The real binary under test: started as a user starts it, used over its ports, killed without warning.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::described::{self, Exchange};
use crate::free_ports::free_ports;
use crate::process::{Holdings, LoggedChild, last_lines};
use crate::waiting::{TimedOut, wait_until, wait_until_easing};

/// The server is ready within a second; a busy test machine is not.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Another test may take a port that was free a moment ago: then other ports are tried.
const START_ATTEMPTS: u32 = 3;
/// No answer of the API takes longer: `/next` waits at most 2 s for the database.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// The server closes a connection after 15 s without a request, and a client does the same by itself. A request that is sent at that moment gets
/// no answer, so a client opens a new connection well before.
const IDLE_LIMIT: Duration = Duration::from_secs(2);
/// How often a wait checks whether the ledger balances. No test needs the exact moment.
const BALANCE_LOOK: Duration = Duration::from_millis(25);
/// A server's own database in its data folder.
const DATABASE: &str = "cordboard.db";
/// Settings that place the database elsewhere.
const ELSEWHERE: [&str; 2] = ["data_dir", "DATABASE_URL"];
/// Databases with their tables and no rows, by the program that made them; `None` where it made none.
static TABLES: Mutex<BTreeMap<PathBuf, Option<Arc<[u8]>>>> = Mutex::new(BTreeMap::new());

/// The tokens that every server of a test has.
pub const ADMIN_TOKEN: &str = "admin-token-of-the-tests-0123456789";
/// Like [`ADMIN_TOKEN`], for `/calls/expect` and `/next`.
pub const DIALPLAN_TOKEN: &str = "dialplan-token-of-the-tests-0123456789";

/// Why the server does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An error of one of our files or processes.
    #[error("server harness: {0}")]
    Io(#[from] io::Error),
    /// It was started and is not ready.
    #[error("the server is not ready: {reason}; its output:\n{log}")]
    NotReady {
        /// The wait that failed.
        reason: String,
        /// The end of its output.
        log: String,
    },
    /// A request failed below HTTP.
    #[error("{request}: {reason}")]
    Http {
        /// Method and path.
        request: String,
        /// The fault.
        reason: String,
    },
    /// It did not end in time.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// An HTTP answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` when it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The token of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The administrator's.
    Admin,
    /// The dialplan's.
    Dialplan,
    /// None at all.
    None,
}

/// Addresses at which the server listens, from its own line on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// HTTP.
    pub http: SocketAddr,
    /// AudioSocket.
    pub audiosocket: SocketAddr,
    /// The event socket that a FreeSWITCH's dialplan connects to.
    pub esl: SocketAddr,
    /// The port that a FreeSWITCH's audio stream connects to.
    pub audio_stream: SocketAddr,
}

/// A running server with a folder of its own. Killed on drop; its output is shown when the test failed.
#[derive(Debug)]
pub struct Server {
    // Dropped in this order: first the process, then the folder that it writes to.
    process: LoggedChild,
    addresses: Addresses,
    binary: PathBuf,
    settings: Vec<(String, String)>,
    starts: u32,
    http: ureq::Agent,
    folder: TempDir,
}

impl Server {
    /// Starts `binary serve` on free ports with an empty data folder and waits until `/readyz` is OK. The ports are outside the range that the kernel
    /// gives to others, so that a restarted server finds them free. `settings` are named as in the configuration file: `("calls.max", "2")`; names
    /// in capitals are those of environment variables: `("OPENAI_API_KEY", "sk-…")`.
    ///
    /// # Errors
    /// [`ServerError::NotReady`] with the end of its output.
    pub fn start(binary: &Path, settings: &[(&str, &str)]) -> Result<Self, ServerError> {
        let mut attempt = 1;
        loop {
            match Self::start_once(binary, settings) {
                Err(ServerError::NotReady { log, .. })
                    if attempt < START_ATTEMPTS && log.contains("Address already in use") =>
                {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn start_once(binary: &Path, settings: &[(&str, &str)]) -> Result<Self, ServerError> {
        let folder = tempfile::Builder::new().prefix("cordboard-server-").tempdir()?;
        let names = ["http.listen", "audiosocket.listen", "freeswitch.esl_listen", "freeswitch.audio_listen"];
        let ports = free_ports(4)?.map(|port| format!("127.0.0.1:{port}"));
        let listening = names.map(ToOwned::to_owned).into_iter().zip(ports);
        let own = [("admin_token", ADMIN_TOKEN), ("dialplan_token", DIALPLAN_TOKEN)];
        let told = own.iter().chain(settings);
        let told = told.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings: Vec<(String, String)> = listening.chain(told).collect();
        let http = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_LIMIT))
            .http_status_as_error(false)
            .max_idle_age(IDLE_LIMIT)
            .build()
            .new_agent();
        if !settings.iter().any(|(name, _)| ELSEWHERE.contains(&name.as_str())) {
            lay_tables(binary, &folder.path().join("data"))?;
        }
        let process = spawn(binary, folder.path(), &settings, 1)?;
        let (process, addresses) = wait_ready(process, &http)?;
        described::learn(addresses.http);
        Ok(Self { process, addresses, binary: binary.to_owned(), settings, starts: 1, http, folder })
    }

    /// Starts it again with the same data folder and the same ports. If it still runs, it is killed first.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> Result<(), ServerError> {
        let process = self.spawn_again()?;
        (self.process, self.addresses) = wait_ready(process, &self.http)?;
        Ok(())
    }

    /// Starts it again in the same way, and kills it after this time, however far its start has come.
    ///
    /// # Errors
    /// An error of one of our files or processes.
    pub fn restart_and_kill(&mut self, after: Duration) -> Result<(), ServerError> {
        self.process = self.spawn_again()?;
        thread::sleep(after);
        Ok(self.process.kill()?)
    }

    fn spawn_again(&mut self) -> Result<LoggedChild, ServerError> {
        self.process.kill()?;
        self.starts += 1;
        let mut settings = self.settings.clone();
        settings.push(("http.listen".to_owned(), self.addresses.http.to_string()));
        let addresses = self.addresses;
        settings.push(("audiosocket.listen".to_owned(), addresses.audiosocket.to_string()));
        settings.push(("freeswitch.esl_listen".to_owned(), addresses.esl.to_string()));
        settings.push(("freeswitch.audio_listen".to_owned(), addresses.audio_stream.to_string()));
        Ok(spawn(&self.binary, self.folder.path(), &settings, self.starts)?)
    }

    /// Addresses at which it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Its process id, to inspect `/proc`.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The data folder.
    #[must_use]
    pub fn data_folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `GET` of a path.
    ///
    /// # Errors
    /// No answer came; a bad status is an answer.
    pub fn get(&self, path: &str, token: Token) -> Result<Answer, ServerError> {
        let mut request = self.http.get(self.url(path));
        if let Some(authorization) = authorization(token) {
            request = request.header("Authorization", authorization);
        }
        answer("GET", path, &[], request.call())
    }

    /// `POST` of JSON to a path.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn post(&self, path: &str, body: &Value, token: Token) -> Result<Answer, ServerError> {
        let mut request = self.http.post(self.url(path));
        if let Some(authorization) = authorization(token) {
            request = request.header("Authorization", authorization);
        }
        answer("POST", path, &bytes_of(body), request.send_json(body))
    }

    /// `POST` of JSON to a path, with an idempotency key.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn post_once(
        &self,
        path: &str,
        body: &Value,
        token: Token,
        key: &str,
    ) -> Result<Answer, ServerError> {
        let mut request = self.http.post(self.url(path)).header("Idempotency-Key", key);
        if let Some(authorization) = authorization(token) {
            request = request.header("Authorization", authorization);
        }
        answer("POST", path, &bytes_of(body), request.send_json(body))
    }

    /// `PUT` of JSON to a path.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn put(&self, path: &str, body: &Value, token: Token) -> Result<Answer, ServerError> {
        let mut request = self.http.put(self.url(path));
        if let Some(authorization) = authorization(token) {
            request = request.header("Authorization", authorization);
        }
        answer("PUT", path, &bytes_of(body), request.send_json(body))
    }

    /// `POST` of JSON to a path, by the installation's operator on behalf of this organization.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn post_in(&self, organization: &str, path: &str, body: &Value) -> Result<Answer, ServerError> {
        let request = self.http.post(self.url(path)).header("X-Organization", organization);
        let request = request.header("Authorization", format!("Bearer {ADMIN_TOKEN}"));
        answer("POST", path, &bytes_of(body), request.send_json(body))
    }

    /// A request of a signed-in user, or of nobody; a null body is sent as no body.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn send(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: &Value,
    ) -> Result<Answer, ServerError> {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        if let Some(token) = bearer {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let sent = if body.is_null() { Vec::new() } else { bytes_of(body) };
        let request = request.header("Content-Type", "application/json").body(sent.clone());
        let request = request.map_err(|error| failed(method, path, &error))?;
        answer(method, path, &sent, self.http.run(request))
    }

    /// Its count of open resources of a kind, or `None` where it knows no such kind.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn open_of(&self, kind: &str) -> Result<Option<u64>, ServerError> {
        let ledger = self.ledger()?;
        Ok(ledger.iter().find(|row| row["kind"] == kind).and_then(|row| row["open"].as_u64()))
    }

    /// Waits until its ledger balances: everything that was opened for calls, and for the ways to them, is closed.
    ///
    /// # Errors
    /// It does not within `limit`.
    pub fn wait_balanced(&self, limit: Duration) -> Result<(), ServerError> {
        let is_of_calls = |row: &&Value| {
            let leads_to_calls = |kind: &str| kind.starts_with("handshakes") || kind == "audio_ports";
            row["is_of_calls"] == true || row["kind"].as_str().is_some_and(leads_to_calls)
        };
        let is_open = |row: &Value| row["open"] != 0 || row["opened"] != row["closed"];
        let balanced = || match self.ledger() {
            Ok(ledger) => {
                let mut of_calls = ledger.iter().filter(is_of_calls).peekable();
                (of_calls.peek().is_some() && !of_calls.any(is_open)).then_some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        };
        match wait_until_easing(BALANCE_LOOK, "a ledger that balances", limit, balanced) {
            Ok(answer) => answer,
            Err(late) => {
                let open = self.ledger()?.into_iter().filter(|row| is_of_calls(&row) && is_open(row));
                let open: Vec<String> = open.map(|row| row.to_string()).collect();
                Err(TimedOut { awaited: format!("{}: {}", late.awaited, open.join("; ")), limit }.into())
            }
        }
    }

    fn ledger(&self) -> Result<Vec<Value>, ServerError> {
        let shown = self.get("/api/v1/admin/actors", Token::Admin)?.json();
        Ok(shown["ledger"].as_array().cloned().unwrap_or_default())
    }

    /// Sends SIGTERM: the server drains.
    ///
    /// # Errors
    /// It does not run.
    pub fn terminate(&self) -> io::Result<()> {
        self.process.terminate()
    }

    /// Sends SIGKILL and waits for the end.
    ///
    /// # Errors
    /// The kernel does not know it.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// It still runs after `limit`.
    pub fn wait_ended(&mut self, limit: Duration) -> Result<ExitStatus, TimedOut> {
        self.process.wait_ended(limit)
    }

    /// Makes every write beyond this file size in bytes fail, as on a full disk, until it is called with `None`.
    ///
    /// # Errors
    /// It does not run.
    pub fn limit_file_size(&self, max_bytes: Option<u64>) -> io::Result<()> {
        self.process.limit_file_size(max_bytes)
    }

    /// Open files, sockets and threads now.
    ///
    /// # Errors
    /// It does not run.
    pub fn holdings(&self) -> io::Result<Holdings> {
        self.process.holdings()
    }

    /// Its output since its last start: standard output, then standard error.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.stdout_text() + &self.process.stderr_text()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addresses.http)
    }
}

/// Puts a database with all tables and no rows into a new data folder. A start over an empty folder runs every migration for the same result.
/// `tests/command_line` and `tests/demo` test that; here it would cost a third of a start, some 400 times.
fn lay_tables(binary: &Path, data: &Path) -> io::Result<()> {
    let mut known = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(binary.to_owned()).or_insert_with(|| tables_of(binary).ok()).clone();
    drop(known);
    let Some(tables) = made else { return Ok(()) };
    // With the server's permissions: it reports a folder that others may read.
    DirBuilder::new().mode(0o700).create(data)?;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(data.join(DATABASE))?;
    file.write_all(&tables)
}

/// The database that this program makes.
fn tables_of(binary: &Path) -> io::Result<Arc<[u8]>> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let mut migrate = Command::new(binary);
    migrate.arg("migrate").current_dir(folder.path()).env_clear().env("CORDBOARD_DATA_DIR", &data);
    migrate.output()?;
    Ok(fs::read(data.join(DATABASE))?.into())
}

/// Starts it with only the settings in its environment, in a folder without a `.env`.
fn spawn(binary: &Path, folder: &Path, settings: &[(String, String)], start: u32) -> io::Result<LoggedChild> {
    let mut command = Command::new(binary);
    command
        .args(["serve", "--print-addresses"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("CORDBOARD_DATA_DIR", folder.join("data"));
    for (name, value) in settings {
        let capitals = name.to_uppercase();
        let variable =
            if *name == capitals { capitals } else { format!("CORDBOARD_{}", capitals.replace('.', "__")) };
        command.env(variable, value);
    }
    LoggedChild::spawn(&format!("cordboard-{start}"), &mut command, folder)
}

fn wait_ready(mut process: LoggedChild, http: &ureq::Agent) -> Result<(LoggedChild, Addresses), ServerError> {
    let outcome = wait_until("readiness at /readyz", START_LIMIT, || {
        if let Ok(Some(status)) = process.ended() {
            return Some(Err(format!("it ended with {status}")));
        }
        let addresses = process.stdout_text().lines().find_map(addresses_in)?;
        let ready = http.get(format!("http://{}/readyz", addresses.http)).call();
        ready.is_ok_and(|answer| answer.status() == 200).then_some(Ok(addresses))
    });
    match outcome.map_err(|late| late.to_string()).and_then(|outcome| outcome) {
        Ok(addresses) => Ok((process, addresses)),
        Err(reason) => {
            let log = last_lines(&(process.stdout_text() + &process.stderr_text()));
            Err(ServerError::NotReady { reason, log })
        }
    }
}

/// The line of `--print-addresses`.
fn addresses_in(line: &str) -> Option<Addresses> {
    let line: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| line.get(name)?.as_str()?.parse().ok();
    let (http, audiosocket) = (address("http")?, address("audiosocket")?);
    Some(Addresses { http, audiosocket, esl: address("esl")?, audio_stream: address("audio_stream")? })
}

fn authorization(token: Token) -> Option<String> {
    match token {
        Token::Admin => Some(format!("Bearer {ADMIN_TOKEN}")),
        Token::Dialplan => Some(format!("Bearer {DIALPLAN_TOKEN}")),
        Token::None => None,
    }
}

fn bytes_of(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

fn failed(method: &str, path: &str, reason: &impl ToString) -> ServerError {
    ServerError::Http { request: format!("{method} {path}"), reason: reason.to_string() }
}

/// Checks the answer against the API's document.
#[track_caller]
fn answer(
    method: &str,
    path: &str,
    sent: &[u8],
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, ServerError> {
    let answer = answer.map_err(|error| failed(method, path, &error))?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get("content-type").and_then(|told| told.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let body = answer.into_body().into_with_config().limit(u64::MAX).read_to_vec();
    let body = body.map_err(|error| failed(method, path, &error))?;
    let content_type = content_type.as_deref();
    described::check_exchange(Exchange { method, path, sent, status, content_type, body: &body });
    Ok(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_addresses_is_recognized() {
        let line = r#"{"http":"127.0.0.1:1234","audiosocket":"127.0.0.1:2345","esl":"127.0.0.1:1","audio_stream":"127.0.0.1:2"}"#;
        let addresses = addresses_in(line).unwrap();
        assert_eq!((addresses.http.port(), addresses.audiosocket.port()), (1234, 2345));
        assert_eq!(addresses_in("cordboard 0.1.0"), None);
        assert_eq!(addresses_in(r#"{"http":"127.0.0.1:1234"}"#), None);
    }

    #[test]
    fn a_server_that_ends_at_once_reports_why() {
        let error = Server::start(Path::new("/bin/ls"), &[]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("it ended with exit status: 2") && text.contains("print-addresses"), "{text}");
    }
}
