//! A server that Twilio calls.

use std::path::Path;

use cordboard_test_support::book::Book;
use cordboard_test_support::driving::block_on;
use cordboard_test_support::server::{Server, Token};
use cordboard_test_support::twilio::{Account, Caller, Posted};
use cordboard_test_support::twilio_rest::Rest;
use serde_json::Value;

const PUBLIC_BASE: &str = "https://calls.example.com";
const TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";
pub(crate) const FROM: &str = "+15550100002";
pub(crate) const TO: &str = "+15550100001";

pub(crate) struct Setup {
    server: Server,
    rest: Rest,
}

impl Setup {
    /// With more settings.
    pub(crate) fn open(more: &[(&str, &str)]) -> Self {
        let rest = Rest::start(Account::SID, Account::SID, TOKEN).unwrap();
        let api = rest.base_url();
        let settings = [
            ("twilio.api_base_url", api.as_str()),
            ("http.public_base_url", PUBLIC_BASE),
            ("TWILIO_ACCOUNT_SID", Account::SID),
            ("TWILIO_AUTH_TOKEN", TOKEN),
            ("calls.silence_prompt_s", "300"),
            ("calls.meet_timeout_s", "3"),
            ("log.level", "debug"),
        ];
        let settings: Vec<(&str, &str)> = settings.iter().chain(more).copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        Self { server, rest }
    }

    /// Kills the server and starts it again.
    pub(crate) fn restart(&mut self) {
        self.server.restart().unwrap();
    }

    /// The account's API.
    pub(crate) fn rest(&self) -> &Rest {
        &self.rest
    }

    /// The account whose webhooks are sent here.
    pub(crate) fn account(&self) -> Account {
        let http = self.server.addresses().http;
        Account {
            http,
            public_base: PUBLIC_BASE.to_owned(),
            auth_token: TOKEN.to_owned(),
            sid: Account::SID.to_owned(),
        }
    }

    /// A caller who was answered, and the id of their call.
    pub(crate) fn call(&self, number: u32) -> (Caller, String) {
        let caller = Caller::dial(&self.account(), &sid(number), FROM, TO);
        let id = self.wait("the call", || self.id_of(number));
        self.event(&id, "answered");
        (caller, id)
    }

    /// The answer of one of our webhooks about this call from `FROM`, with more fields; it must be TwiML.
    #[track_caller]
    pub(crate) fn asked(&self, path: &str, number: u32, more: &[(&str, &str)]) -> String {
        let mut fields = Account::fields(&sid(number), FROM, TO, "in-progress");
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let Posted { status, content_type, body } = block_on(self.account().post(path, &fields)).unwrap();
        assert_eq!((status, content_type.as_str()), (200, "text/xml; charset=utf-8"), "{path}: {body}");
        body
    }

    /// The answer to a new call from `FROM` to `TO`.
    #[track_caller]
    pub(crate) fn rings(&self, number: u32) -> String {
        self.asked("/twilio/voice", number, &[("CallStatus", "ringing")])
    }

    /// Twilio reports that a call is over.
    #[track_caller]
    pub(crate) fn is_over(&self, number: u32, status: &str) {
        let fields = Account::fields(&sid(number), FROM, TO, status);
        assert_eq!(block_on(self.account().post("/twilio/status", &fields)).unwrap().status, 204);
    }

    /// Assigns the number `TO` to the first organization, answered by its receptionist, with these settings.
    #[track_caller]
    pub(crate) fn has_number(&self, settings: Value) -> Value {
        let mut body = settings;
        body["number"] = TO.into();
        body["profile_id"] = self.items("/api/v1/agent-profiles")[0]["id"].clone();
        let made = self.server.post("/api/v1/phone-numbers", &body, Token::Admin).unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()
    }

    /// The id of the call with this SID at Twilio.
    pub(crate) fn id_of(&self, number: u32) -> Option<String> {
        let name = sid(number);
        let is_it = |call: &Value| call["outside_ids"][0]["value"] == name.as_str();
        let call = self.calls().into_iter().find(is_it)?;
        call["id"].as_str().map(str::to_owned)
    }

    /// The end of a test: nothing panicked, and nothing of a call is left.
    pub(crate) fn close(self) {
        self.server.wait_balanced(cordboard_test_support::book::LIMIT).unwrap();
        self.rest.finish();
        assert!(!self.server.log().contains("panicked"), "something panicked");
        assert!(!self.server.log().contains(TOKEN), "the log contains the token");
    }
}

impl Book for Setup {
    fn server(&self) -> &Server {
        &self.server
    }
}

/// The SID of a call at Twilio.
pub(crate) fn sid(number: u32) -> String {
    format!("CA{number:032x}")
}
