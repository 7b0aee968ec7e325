//! A call's life at Twilio: what its documents ask for, one verb after the other.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::document::{Verb, verbs};
use super::stream::{StreamEnd, carry};
use super::{Account, Caller, Lead, Posted, TestRequest, rooms};

/// How long it waits for a server that does not answer.
const AWAY_LIMIT: Duration = Duration::from_secs(60);

/// A call, for the code that drives it.
pub(super) struct Life {
    account: Account,
    caller: Caller,
    call: String,
    from: String,
    to: String,
    streams: u32,
    /// The address of the first webhook, and the status in it.
    first: (String, &'static str),
    /// The path for its status.
    status_path: String,
}

/// The result of a question.
enum Gathered {
    HungUp,
    Key(char),
    Led(Lead),
}

/// How a caller left a conference.
enum Conferred {
    HungUp,
    Led(Lead),
    /// The call is over.
    Over,
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

    /// The same for an answered call that the server made.
    pub(super) fn that_was_made(self, first: &str, status: &str) -> Self {
        let status_path = status.strip_prefix(&self.account.public_base).unwrap_or(status).to_owned();
        Self { first: (first.to_owned(), "in-progress"), status_path, ..self }
    }

    pub(super) async fn run(self) {
        let caller = self.caller.clone();
        self.live().await;
        caller.state().is_over = true;
    }

    async fn live(mut self) {
        let (first, status) = self.first.clone();
        let mut to_do = self.ask(&first, status).await;
        while let Some(verb) = to_do.pop_front() {
            match verb {
                Verb::Stream { url, parameters } => {
                    self.streams += 1;
                    let (call, number) = (self.call.clone(), self.streams);
                    match carry(&self.account, &self.caller, &call, number, &url, &parameters).await {
                        // Goes on with the next verb.
                        StreamEnd::ByServer | StreamEnd::Broken => {}
                        StreamEnd::HungUp => return self.over().await,
                        // The caller is elsewhere: nothing is reported here.
                        StreamEnd::Redirected => return,
                        StreamEnd::Led(lead) => match self.led(lead).await {
                            Some(next) => to_do = next,
                            None => return self.over().await,
                        },
                    }
                }
                Verb::Redirect(url) => to_do = self.ask(&url, "in-progress").await,
                Verb::Dial { to, action } => {
                    let ended = {
                        let mut state = self.caller.state();
                        state.went_to = Some(to);
                        let ended = state.dials_end.pop_front();
                        // They talk, and the call ends when the dialled party hangs up.
                        state.is_let_go |= ended.is_none();
                        ended.unwrap_or_else(|| "completed".to_owned())
                    };
                    let Some(action) = action else {
                        self.caller.broke("a <Dial> without an action drops whoever is not reached");
                        return;
                    };
                    to_do = self.ask_with(&action, "in-progress", &[("DialCallStatus", &ended)]).await;
                }
                Verb::Conference { room, label, callback, ends_with_them, action } => {
                    match self.confer(&room, &label, &callback, ends_with_them).await {
                        Conferred::HungUp => {
                            // The action is requested even if the caller has left.
                            if let Some(action) = action {
                                self.ask(&action, "completed").await;
                            }
                            return self.over().await;
                        }
                        Conferred::Led(lead) => match self.led(lead).await {
                            Some(next) => to_do = next,
                            None => return self.over().await,
                        },
                        Conferred::Over => {
                            if let Some(action) = action {
                                to_do = self.ask(&action, "in-progress").await;
                            }
                        }
                    }
                }
                Verb::Gather(action) => match self.gather().await {
                    Gathered::HungUp => return self.over().await,
                    Gathered::Key(key) => {
                        to_do = self.ask_with(&action, "in-progress", &[("Digits", &key.to_string())]).await;
                    }
                    Gathered::Led(lead) => match self.led(lead).await {
                        Some(next) => to_do = next,
                        None => return self.over().await,
                    },
                },
                Verb::Say => {}
                Verb::Hangup | Verb::Reject => break,
            }
        }
        self.caller.state().is_let_go = true;
        self.over().await;
    }

    /// The next document for a caller whom the server redirects; `None` where the call ends.
    async fn led(&self, lead: Lead) -> Option<VecDeque<Verb>> {
        match lead {
            Lead::Twiml(text) => {
                self.caller.state().documents.push(text.clone());
                Some(self.read(&text, "the REST API"))
            }
            Lead::Url(url) => Some(self.ask(&url, "in-progress").await),
            Lead::End => None,
        }
    }

    /// Asks for something until the caller answers, or is redirected.
    async fn gather(&self) -> Gathered {
        loop {
            match self.caller.next_request().await {
                TestRequest::HangUp => return Gathered::HungUp,
                TestRequest::Lead(lead) => return Gathered::Led(lead),
                TestRequest::Press(key) => return Gathered::Key(key),
                _ => {}
            }
        }
    }

    /// Keeps the caller in a conference until they leave it.
    async fn confer(&self, room: &str, label: &str, callback: &str, ends_with_them: bool) -> Conferred {
        let broke = |wrong: Vec<String>| wrong.into_iter().for_each(|rule| self.caller.broke(rule));
        broke(rooms::enter(&self.account, room, (label, &self.call), callback).await);
        let how = loop {
            tokio::select! {
                biased;
                request = self.caller.next_request() => match request {
                    TestRequest::HangUp => break Conferred::HungUp,
                    TestRequest::Lead(lead) => break Conferred::Led(lead),
                    _ => {}
                },
                () = rooms::until_ended(&self.account, room) => return Conferred::Over,
            }
        };
        broke(rooms::leave(&self.account, room, label, ends_with_them).await);
        how
    }

    /// Parses the verbs of a document.
    fn read(&self, text: &str, whose: &str) -> VecDeque<Verb> {
        let read = verbs(text).unwrap_or_else(|wrong| {
            self.caller.broke(format!("{whose}: {wrong}: {text}"));
            Vec::new()
        });
        read.into()
    }

    /// The answer of a webhook. Where there is none, it is requested once more when the test asks for that.
    async fn ask(&self, url: &str, status: &str) -> VecDeque<Verb> {
        self.ask_with(url, status, &[]).await
    }

    /// The same, with more fields.
    async fn ask_with(&self, url: &str, status: &str, more: &[(&str, &str)]) -> VecDeque<Verb> {
        let path = url.strip_prefix(&self.account.public_base).unwrap_or(url).to_owned();
        let mut fields = Account::fields(&self.call, &self.from, &self.to, status);
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let until = Instant::now() + AWAY_LIMIT;
        loop {
            match self.account.post(&path, &fields).await {
                Some(Posted { status: 200, content_type, body }) => {
                    if !content_type.starts_with("text/xml") {
                        self.caller.broke(format!("{path} answered {content_type}"));
                    }
                    self.caller.state().documents.push(body.clone());
                    return self.read(&body, &path);
                }
                Some(Posted { status, body, .. }) => {
                    self.caller.broke(format!("{path} answered {status}: {body}"));
                    return VecDeque::new();
                }
                None => {}
            }
            loop {
                match timeout_at(until, self.caller.next_request()).await {
                    Ok(TestRequest::AskAgain) => break,
                    Ok(TestRequest::HangUp) | Err(_) => return VecDeque::new(),
                    Ok(_) => {}
                }
            }
        }
    }

    /// Ends the call: that is reported late, twice, and after earlier events.
    async fn over(&self) {
        for (status, sequence) in
            [("completed", "3"), ("in-progress", "2"), ("completed", "3"), ("ringing", "1")]
        {
            let mut fields = Account::fields(&self.call, &self.from, &self.to, status);
            fields.push(("SequenceNumber".to_owned(), sequence.to_owned()));
            fields.push(("CallbackSource".to_owned(), "call-progress-events".to_owned()));
            let posted = self.account.post(&self.status_path, &fields).await;
            if let Some(Posted { status: answered, body, .. }) = posted
                && answered != 204
            {
                self.caller.broke(format!("the status {status} was answered with {answered}: {body}"));
            }
        }
    }
}
