//! Twilio's REST API as Cordboard sees it. It checks every request against the API's OpenAPI document, answers from the examples, and can be
//! overloaded, fail, or not answer.
//!
//! It is written from Twilio's documents alone (`tests/captures/twilio`). A request that breaks the document is a violation ([`Rest::finish`]).

mod document;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::driving::{Door, drive};
use crate::http::{Request, answer, read_request};
use crate::twilio::{Caller, Lead, form};
use crate::waiting::{TimedOut, wait_until};

/// The fault of a request instead of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There are too many requests; it is not carried out.
    TooMany {
        /// The seconds after which it may be retried.
        retry_after_s: u32,
    },
    /// It is carried out, and answered with a web server's error page in HTML.
    DoneAndFails,
    /// It is carried out, and the connection is closed without an answer.
    DoneAndSilent,
    /// It is refused with this status and code.
    Refuses(u16, u32),
}

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// The path below the account.
    pub path: String,
    /// The fields of its form.
    pub form: Vec<(String, String)>,
    /// The SID of what it made or asked for, where it was carried out.
    pub sid: Option<String>,
    /// When it had arrived, by the clock of the API's runtime.
    pub at: Instant,
}

impl Came {
    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The API of one account, on a port of its own. It ends on drop.
#[derive(Debug)]
pub struct Rest {
    door: Door,
    state: Arc<Mutex<State>>,
}

/// A request, as the API reads it.
#[derive(Debug)]
struct ReadRequest {
    method: String,
    /// Without its query.
    path: String,
    query: Vec<(String, String)>,
    authorization: Option<String>,
    form: Vec<(String, String)>,
}

impl From<Request> for ReadRequest {
    fn from(request: Request) -> Self {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        Self {
            path: path.to_owned(),
            query: form(query),
            authorization: request.header("authorization").map(str::to_owned),
            form: form(&String::from_utf8_lossy(&request.body)),
            method: request.method,
        }
    }
}

/// A message that came to the account.
#[derive(Debug)]
struct Text {
    sid: String,
    from: String,
    to: String,
    body: String,
    /// In the form of RFC 2822.
    sent_at: String,
}

#[derive(Debug, Default)]
struct State {
    account: String,
    authorization: String,
    troubles: VecDeque<Trouble>,
    /// The fault of each request for which `troubles` has nothing.
    lasting_trouble: Option<Trouble>,
    came: Vec<Came>,
    made: u32,
    /// The sound of every recording, as WAV.
    sound: Vec<u8>,
    /// The SID of the finished recording of a call, by the SID of the call.
    recordings: Vec<(String, String)>,
    /// Callers who can be redirected, by the SIDs of their calls.
    callers: Vec<(String, Caller)>,
    /// The numbers that the account has, each with the address that gets its messages, which may be empty.
    numbers: Vec<(String, String)>,
    /// Messages that came to the account, oldest first.
    texts: Vec<Text>,
    /// The most messages on a page of the list, whatever is asked for.
    page_max: Option<usize>,
    /// The status of every message that is asked for, and its error code.
    message_status: Option<(&'static str, Option<u32>)>,
    /// The status of every call that is asked for.
    call_status: Option<&'static str>,
    violations: Vec<String>,
}

impl Rest {
    /// An API that accepts this user of this account, on a thread of its own.
    ///
    /// # Errors
    /// No port is available.
    pub fn start(account: &str, user: &str, secret: &str) -> io::Result<Self> {
        let mut rest = Self::open(account, user, secret)?;
        drive(rest.serving()?);
        Ok(rest)
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// No port is available.
    pub fn start_here(account: &str, user: &str, secret: &str) -> io::Result<Self> {
        let mut rest = Self::open(account, user, secret)?;
        tokio::spawn(rest.serving()?);
        Ok(rest)
    }

    /// The same API, at the same address and with everything that it knows, in the current runtime; the runtime in which it was started has ended.
    ///
    /// # Errors
    /// The port is lost.
    pub fn goes_on_here(self) -> io::Result<Self> {
        let mut rest = Self { door: self.door.again()?, state: self.state };
        tokio::spawn(rest.serving()?);
        Ok(rest)
    }

    fn open(account: &str, user: &str, secret: &str) -> io::Result<Self> {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{secret}")));
        let state = State { account: account.to_owned(), authorization, ..State::default() };
        Ok(Self { door: Door::open()?, state: Arc::new(Mutex::new(state)) })
    }

    fn serving(&mut self) -> io::Result<impl Future<Output = ()> + Send + use<>> {
        let state = Arc::clone(&self.state);
        self.door.serving(move |stream| serve(stream, Arc::clone(&state)))
    }

    /// Its address.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.door.address())
    }

    /// Makes a caller known to the API: they do what it is asked to do with their call.
    pub fn holds(&self, call: &str, caller: &Caller) {
        self.state().callers.push((call.to_owned(), caller.clone()));
    }

    /// Adds a number to the account.
    pub fn has_number(&self, number: &str) {
        self.brings_texts(number, "");
    }

    /// Adds a number to the account, whose messages are brought to this address.
    pub fn brings_texts(&self, number: &str, address: &str) {
        self.state().numbers.push((number.to_owned(), address.to_owned()));
    }

    /// A message comes to the account, later than all before: with this SID, from and to these numbers, sent at this time in the form of RFC 2822. No
    /// webhook is requested.
    pub fn gets_text(&self, sid: &str, (from, to): (&str, &str), body: &str, sent_at: &str) {
        let [sid, from, to, body, sent_at] = [sid, from, to, body, sent_at].map(str::to_owned);
        self.state().texts.push(Text { sid, from, to, body, sent_at });
    }

    /// Pages of lists of messages have this many at most.
    pub fn pages_have(&self, messages: usize) {
        self.state().page_max = Some(messages);
    }

    /// Sets the status of every message that is asked for, and its error code.
    pub fn messages_are(&self, status: &'static str, error_code: Option<u32>) {
        self.state().message_status = Some((status, error_code));
    }

    /// The faults of the next requests, one entry each.
    pub fn trouble(&self, troubles: &[Trouble]) {
        self.state().troubles.extend(troubles);
    }

    /// The fault of each request from now on; `None` for normal answers.
    pub fn behaves(&self, trouble: Option<Trouble>) {
        self.state().lasting_trouble = trouble;
    }

    /// Sets the sound of every recording, as a WAV file.
    pub fn sounds(&self, wav: Vec<u8>) {
        self.state().sound = wav;
    }

    /// Every call that is asked for has this status from now on.
    pub fn calls_are(&self, status: &'static str) {
        self.state().call_status = Some(status);
    }

    /// A call has a finished recording of 3 s from now on.
    pub fn records(&self, call: &str, recording: &str) {
        self.state().recordings.push((call.to_owned(), recording.to_owned()));
    }

    /// The requests to paths with this prefix, in order, including refused ones.
    #[must_use]
    pub fn came(&self, method: &str, path: &str) -> Vec<Came> {
        let is_it = |came: &&Came| came.method == method && came.path.starts_with(path);
        self.state().came.iter().filter(is_it).cloned().collect()
    }

    /// Waits for a request that is carried out.
    ///
    /// # Errors
    /// None comes.
    pub fn wait_done(&self, method: &str, path: &str, limit: Duration) -> Result<Came, TimedOut> {
        wait_until(&format!("{method} {path} at Twilio"), limit, || {
            self.came(method, path).into_iter().find(|came| came.sid.is_some())
        })
    }

    /// The violations so far.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    /// Ends a test.
    ///
    /// # Panics
    /// A rule was broken.
    pub fn finish(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers the requests of one connection until it ends.
async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut rest = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut rest).await {
        let reply = state.lock().unwrap_or_else(PoisonError::into_inner).reply(&request.into());
        match reply {
            Some((status, headers, body)) if answer(&mut stream, status, &headers, &body).await => {}
            _ => return,
        }
    }
}

type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

impl State {
    /// The answer; `None` where the connection is closed without one.
    fn reply(&mut self, request: &ReadRequest) -> Option<Reply> {
        let below = format!("/2010-04-01/Accounts/{}", self.account);
        let Some(path) = request.path.strip_prefix(&below).map(str::to_owned) else {
            self.violations.push(format!("{} does not belong to the account", request.path));
            return Some(error(404, 20404));
        };
        let mut came = Came {
            method: request.method.clone(),
            path,
            form: request.form.clone(),
            sid: None,
            at: Instant::now(),
        };
        if request.authorization.as_deref() != Some(&self.authorization) {
            self.came.push(came);
            return Some(error(401, 20003));
        }
        let is_sound =
            request.method == "GET" && came.path.starts_with("/Recordings/") && came.path.ends_with(".wav");
        if !is_sound {
            self.violations.extend(document::faults(request));
        }
        let trouble = self.troubles.pop_front().or(self.lasting_trouble);
        if let Some(Trouble::TooMany { retry_after_s }) = trouble {
            self.came.push(came);
            let (status, mut headers, body) = error(429, 20429);
            headers.push(("Retry-After", retry_after_s.to_string()));
            return Some((status, headers, body));
        }
        if let Some(Trouble::Refuses(status, code)) = trouble {
            self.came.push(came);
            return Some(error(status, code));
        }
        if is_sound {
            self.came.push(came);
            return Some((200, vec![("Content-Type", "audio/x-wav".to_owned())], self.sound.clone()));
        }
        let listed = match came.path.as_str() {
            "/IncomingPhoneNumbers.json" => Some(self.listed(request)),
            "/Messages.json" if came.method == "GET" => Some(self.listed_texts(request)),
            path if came.method == "GET" => path
                .strip_prefix("/Calls/")
                .and_then(|rest| rest.strip_suffix("/Recordings.json"))
                .map(|call| self.recordings_of(call)),
            _ => None,
        };
        if let Some(listed) = listed {
            self.came.push(came);
            let headers = vec![("Content-Type", "application/json".to_owned())];
            return Some((200, headers, listed.to_string().into_bytes()));
        }
        if !self.lead(&came) {
            self.came.push(came);
            return Some(error(400, 21220));
        }
        let (status, body) = self.carry_out(&mut came);
        self.came.push(came);
        match trouble {
            Some(Trouble::DoneAndFails) => {
                Some((500, vec![("Content-Type", "text/html".to_owned())], "<html>Oops</html>".into()))
            }
            Some(Trouble::DoneAndSilent) => None,
            _ => Some((status, vec![("Content-Type", "application/json".to_owned())], body.into_bytes())),
        }
    }

    /// The recordings of a call.
    fn recordings_of(&self, call: &str) -> Value {
        let of_call = self.recordings.iter().filter(|(own, _)| own == call);
        let recordings: Vec<Value> = of_call
            .map(|(_, sid)| json!({ "sid": sid, "call_sid": call, "status": "completed", "duration": "3" }))
            .collect();
        json!({ "page": 0, "page_size": 50, "recordings": recordings })
    }

    /// The account's numbers that match the request, in the form of `ListIncomingPhoneNumber`.
    fn listed(&self, request: &ReadRequest) -> Value {
        let wanted = request.query.iter().find(|(name, _)| name == "PhoneNumber").map(|(_, value)| value);
        let is_it = |(number, _): &&(String, String)| wanted.is_none_or(|wanted| wanted == number);
        let entry = |(at, (number, sms_url)): (usize, &(String, String))| {
            json!({
                "sid": format!("PN{:032x}", at + 1), "account_sid": self.account, "phone_number": number,
                "friendly_name": number, "capabilities": { "voice": true, "sms": true, "mms": false, "fax": false },
                "sms_application_sid": "", "sms_method": "POST", "sms_url": sms_url, "status": "in-use",
            })
        };
        let listed: Vec<Value> = self.numbers.iter().filter(is_it).enumerate().map(entry).collect();
        let uri = format!("/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", self.account);
        json!({
            "end": listed.len().saturating_sub(1), "first_page_uri": uri, "incoming_phone_numbers": listed,
            "next_page_uri": null, "page": 0, "page_size": 50, "previous_page_uri": null, "start": 0, "uri": uri,
        })
    }

    /// A page of the account's messages, newest first, in the form of `ListMessage`. The filter for the time of sending is documented for days.
    fn listed_texts(&mut self, request: &ReadRequest) -> Value {
        let asked =
            |name: &str| request.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let since = asked("DateSent>").unwrap_or_default();
        if !since.is_empty() && !is_day(since) {
            self.violations.push(format!("DateSent> is {since:?}: its format is YYYY-MM-DD"));
        }
        let size = asked("PageSize").map_or(Ok(50), str::parse::<usize>);
        let size = size.ok().filter(|size| (1..=1_000).contains(size)).unwrap_or_else(|| {
            self.violations.push("PageSize is from 1 to 1000".to_owned());
            50
        });
        let size = self.page_max.map_or(size, |max| size.min(max));
        let first = match asked("PageToken") {
            Some(token) => {
                token.strip_prefix("PA").and_then(|first| first.parse().ok()).unwrap_or_else(|| {
                    self.violations.push(format!("{token:?} is no page of the list"));
                    0
                })
            }
            None => 0,
        };
        let is_listed = |text: &&Text| day(&text.sent_at).as_str() >= since;
        let all: Vec<&Text> = self.texts.iter().rev().filter(is_listed).collect();
        let path = format!("/2010-04-01/Accounts/{}/Messages.json", self.account);
        let mut example = document::example("send SMS");
        example["account_sid"] = json!(self.account);
        let entry = |text: &&Text| {
            let mut message = example.clone();
            let members = [
                ("sid", &text.sid),
                ("from", &text.from),
                ("to", &text.to),
                ("body", &text.body),
                ("date_created", &text.sent_at),
                ("date_updated", &text.sent_at),
                ("date_sent", &text.sent_at),
            ];
            for (member, value) in members {
                message[member] = json!(value);
            }
            message["uri"] = json!(format!("{}/{}.json", path.trim_end_matches(".json"), text.sid));
            (message["direction"], message["status"]) = (json!("inbound"), json!("received"));
            message
        };
        let listed: Vec<Value> = all.iter().skip(first).take(size).map(entry).collect();
        let page = first / size;
        let query = format!("DateSent%3E={since}&PageSize={size}");
        let end = first + listed.len();
        let next = format!("{path}?{query}&Page={}&PageToken=PA{end}", page + 1);
        json!({
            "end": end.saturating_sub(1), "first_page_uri": format!("{path}?{query}&Page=0"), "messages": listed,
            "next_page_uri": (end < all.len()).then_some(next), "page": page, "page_size": size,
            "previous_page_uri": null, "start": first, "uri": format!("{path}?{query}&Page={page}"),
        })
    }

    /// Redirects a caller, where the request asks for that; false where their call is over.
    fn lead(&self, came: &Came) -> bool {
        let call = came.path.strip_prefix("/Calls/").and_then(|rest| rest.strip_suffix(".json"));
        let caller = call.and_then(|call| self.callers.iter().rev().find(|(own, _)| own == call));
        let (Some((_, caller)), "POST") = (caller, came.method.as_str()) else { return true };
        match (came.get("Twiml"), came.get("Url")) {
            (Some(twiml), _) => caller.lead(Lead::Twiml(twiml.to_owned())),
            (None, Some(url)) => caller.lead(Lead::Url(url.to_owned())),
            // It does no harm to end a call that is already over.
            (None, None) => {
                caller.lead(Lead::End);
                true
            }
        }
    }

    /// Carries out the request, and answers as in the examples.
    fn carry_out(&mut self, came: &mut Came) -> (u16, String) {
        let (example, prefix) = match came.path.as_str() {
            path if path.starts_with("/Messages") => ("send SMS", "SM"),
            path if path.ends_with("/Participants.json") => ("add participant", "CA"),
            _ => ("create call", "CA"),
        };
        let mut body = document::example(example);
        let is_participant = came.path.ends_with("/Participants.json");
        let is_made = matches!(came.path.as_str(), "/Calls.json" | "/Messages.json") || is_participant;
        let is_new = came.method == "POST" && is_made;
        let sid = if is_new {
            self.made += 1;
            format!("{prefix}{:032x}", 0xface_0000_u32 + self.made)
        } else {
            let last = came.path.rsplit('/').next().unwrap_or_default();
            last.trim_end_matches(".json").to_owned()
        };
        body[if is_participant { "call_sid" } else { "sid" }] = json!(sid);
        for (field, member) in [("To", "to"), ("From", "from"), ("Body", "body"), ("Status", "status")] {
            if let Some(value) = came.get(field) {
                body[member] = json!(value);
            }
        }
        if let Some((status, error_code)) =
            self.message_status.filter(|_| came.path.starts_with("/Messages/"))
        {
            (body["status"], body["error_code"]) = (json!(status), json!(error_code));
        }
        let is_asked = came.method == "GET" && came.path.starts_with("/Calls/");
        if let Some(status) = self.call_status.filter(|_| is_asked) {
            body["status"] = json!(status);
        }
        came.sid = Some(sid);
        (if is_new { 201 } else { 200 }, body.to_string())
    }
}

/// Whether a text is a day in the form of ISO 8601.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(is_number)
}

/// The day of a time in the form of RFC 2822, in UTC, in the form of ISO 8601.
fn day(time: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = time.split(' ').skip(1);
    let (date, month, year) = (words.next(), words.next(), words.next());
    let month = MONTHS.iter().position(|known| Some(*known) == month).map_or(0, |before| before + 1);
    format!("{}-{month:02}-{:0>2}", year.unwrap_or_default(), date.unwrap_or_default())
}

fn error(status: u16, code: u32) -> Reply {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let body: Value = json!({ "code": code, "message": "No.", "more_info": more_info, "status": status });
    (status, vec![("Content-Type", "application/json".to_owned())], body.to_string().into_bytes())
}
