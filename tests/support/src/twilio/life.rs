//! A call's life at Twilio: what its documents say, one verb after the other.

use std::collections::VecDeque;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::document::{Verb, verbs};
use super::stream::{StreamEnd, carry};
use super::{Account, Caller, Posted, Wish};

/// How long a server that does not answer is waited for.
const AWAY_LIMIT: Duration = Duration::from_secs(60);

/// A call, lived on a thread of its own.
pub(super) struct Life {
    account: Account,
    caller: Caller,
    call: String,
    from: String,
    to: String,
    streams: u32,
    /// The address of the first webhook, and the status that it says.
    first: (String, &'static str),
    /// Where its status is told.
    status_path: String,
}

impl Life {
    pub(super) fn new(account: Account, caller: Caller, call: &str, from: &str, to: &str) -> Self {
        Self {
            first: (format!("{}/twilio/voice", account.public_base), "ringing"),
            status_path: "/twilio/status".to_owned(),
            account,
            caller,
            call: call.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            streams: 0,
        }
    }

    /// The same for a call that the server made, which was answered.
    pub(super) fn that_was_made(self, first: &str, status: &str) -> Self {
        let status_path = status.strip_prefix(&self.account.public_base).unwrap_or(status).to_owned();
        Self { first: (first.to_owned(), "in-progress"), status_path, ..self }
    }

    pub(super) fn run(mut self) {
        let (first, status) = self.first.clone();
        let mut to_do = self.ask(&first, status);
        while let Some(verb) = to_do.pop_front() {
            match verb {
                Verb::Stream { url, parameters } => {
                    self.streams += 1;
                    let (call, number) = (self.call.clone(), self.streams);
                    match carry(&self.account, &self.caller, &call, number, &url, &parameters) {
                        // The next verb.
                        StreamEnd::ByServer | StreamEnd::Broken => {}
                        StreamEnd::HungUp => return self.over(),
                        // Elsewhere: nothing is told here.
                        StreamEnd::Redirected => return,
                    }
                }
                Verb::Redirect(url) => to_do = self.ask(&url, "in-progress"),
                Verb::Dial { to, action } => {
                    let ended = {
                        let mut state = self.caller.state();
                        state.went_to = Some(to);
                        let ended = state.dials_end.pop_front();
                        // They talk, and are let go when who was dialled hangs up.
                        state.is_let_go |= ended.is_none();
                        ended.unwrap_or_else(|| "completed".to_owned())
                    };
                    let Some(action) = action else {
                        self.caller.broke("a <Dial> without an action drops whoever is not reached");
                        return;
                    };
                    to_do = self.ask_with(&action, "in-progress", &[("DialCallStatus", &ended)]);
                }
                Verb::Say => {}
                Verb::Hangup | Verb::Reject => break,
            }
        }
        self.caller.state().is_let_go = true;
        self.over();
    }

    /// What a webhook answers. Where nobody does, it is asked once more when the test says so.
    fn ask(&self, url: &str, status: &str) -> VecDeque<Verb> {
        self.ask_with(url, status, &[])
    }

    /// The same, with more fields.
    fn ask_with(&self, url: &str, status: &str, more: &[(&str, &str)]) -> VecDeque<Verb> {
        let path = url.strip_prefix(&self.account.public_base).unwrap_or(url).to_owned();
        let mut fields = Account::fields(&self.call, &self.from, &self.to, status);
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let until = Instant::now() + AWAY_LIMIT;
        loop {
            match self.account.post(&path, &fields) {
                Some(Posted { status: 200, content_type, body }) => {
                    if !content_type.starts_with("text/xml") {
                        self.caller.broke(format!("{path} answered {content_type}"));
                    }
                    self.caller.state().documents.push(body.clone());
                    let read = verbs(&body).unwrap_or_else(|wrong| {
                        self.caller.broke(format!("{path}: {wrong}: {body}"));
                        Vec::new()
                    });
                    return read.into();
                }
                Some(Posted { status, body, .. }) => {
                    self.caller.broke(format!("{path} answered {status}: {body}"));
                    return VecDeque::new();
                }
                None => {}
            }
            loop {
                if Instant::now() > until {
                    return VecDeque::new();
                }
                match self.caller.state().wishes.pop_front() {
                    Some(Wish::AskAgain) => break,
                    Some(Wish::HangUp) => return VecDeque::new(),
                    _ => {}
                }
                sleep(Duration::from_millis(10));
            }
        }
    }

    /// The call is over: it is told late, twice, and behind what was before it.
    fn over(&self) {
        for (status, sequence) in
            [("completed", "3"), ("in-progress", "2"), ("completed", "3"), ("ringing", "1")]
        {
            let mut fields = Account::fields(&self.call, &self.from, &self.to, status);
            fields.push(("SequenceNumber".to_owned(), sequence.to_owned()));
            fields.push(("CallbackSource".to_owned(), "call-progress-events".to_owned()));
            let posted = self.account.post(&self.status_path, &fields);
            if let Some(Posted { status: answered, body, .. }) = posted
                && answered != 204
            {
                self.caller.broke(format!("the status {status} was answered with {answered}: {body}"));
            }
        }
    }
}
