//! A server with callers of one kind.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use cordboard_test_support::book::{Book, text};
use cordboard_test_support::browser;
use cordboard_test_support::server::{Server, Token};
use cordboard_test_support::twilio::{self, Account};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kind::Kind;
use crate::lines::Line;

/// Rate of browsers, in Hz.
const BROWSERS_RATE: u32 = 24_000;

/// Settings of every server here. No silence of a caller is long enough to be asked about.
const SETTINGS: [(&str, &str); 4] = [
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("log.level", "debug"),
];

/// The server's address for Twilio, and the key of its signatures.
const PUBLIC_BASE: &str = "https://calls.example.com";
const AUTH_TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";

/// Settings of a server that Twilio calls.
const OF_TWILIO: [(&str, &str); 4] = [
    ("http.public_base_url", PUBLIC_BASE),
    ("TWILIO_ACCOUNT_SID", Account::SID),
    ("TWILIO_AUTH_TOKEN", AUTH_TOKEN),
    ("FREEPBX_DOMAIN", "pbx.example.com"),
];

/// A server, and what its callers come through.
pub(crate) struct Stage {
    /// The callers of a Twilio, by their names there.
    callers: RefCell<BTreeMap<Uuid, twilio::Caller>>,
    /// The visitors of a talk link, each with their call where the server has reported it.
    visitors: RefCell<BTreeMap<Uuid, (browser::Caller, Option<String>)>>,
    /// The token of that link.
    link: OnceCell<String>,
    pub(crate) server: Server,
    pub(crate) kind: Kind,
}

/// A caller, and the call that the server has of them.
pub(crate) struct Call {
    pub(crate) line: Box<dyn Line>,
    pub(crate) id: String,
    /// The switch's name of it.
    pub(crate) uuid: Uuid,
}

impl Stage {
    pub(crate) fn open(kind: Kind) -> Self {
        Self::open_with(kind, &[])
    }

    /// With more settings.
    pub(crate) fn open_with(kind: Kind, more: &[(&str, &str)]) -> Self {
        let of_twilio = OF_TWILIO.iter().filter(|_| kind == Kind::Twilio);
        let settings = SETTINGS.iter().chain(of_twilio).chain(more);
        let settings: Vec<(&str, &str)> = settings.copied().collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        Self {
            callers: RefCell::default(),
            visitors: RefCell::default(),
            link: OnceCell::new(),
            server,
            kind,
        }
    }

    /// A caller who is answered.
    pub(crate) fn call(&self) -> Call {
        let uuid = Uuid::new_v4();
        let line = self.line(uuid);
        let id = self.wait("the call", || self.id_of(uuid));
        self.event(&id, "answered");
        Call { line, id, uuid }
    }

    /// A caller who comes, whatever becomes of them.
    pub(crate) fn line(&self, uuid: Uuid) -> Box<dyn Line> {
        match self.kind {
            Kind::Twilio => {
                let account = self.account();
                let caller = twilio::Caller::dial(&account, &call_sid(uuid), "+15550100002", "+15550100001");
                self.callers.borrow_mut().insert(uuid, caller.clone());
                Box::new(caller)
            }
            Kind::Web => {
                let (visitor, id) = self.visit();
                self.visitors.borrow_mut().insert(uuid, (visitor.clone(), id));
                Box::new(visitor)
            }
        }
    }

    /// Somebody opens the talk link and talks; where there is no room they are told so at once.
    fn visit(&self) -> (browser::Caller, Option<String>) {
        let path = format!("/api/v1/talk/{}/calls", self.link());
        let answer = self.server.post(&path, &json!({}), Token::None).unwrap();
        match answer.status {
            201 => {
                let begun = answer.json();
                let (token, id) = (text(&begun["token"]), text(&begun["call_id"]));
                let server = self.server.addresses().http;
                (browser::Caller::connect(server, &token, BROWSERS_RATE), Some(id))
            }
            status => {
                assert_eq!(status, 503, "{}", answer.text());
                (browser::Caller::turned_away(BROWSERS_RATE), None)
            }
        }
    }

    /// The token of a talk link of this server.
    fn link(&self) -> &str {
        self.link.get_or_init(|| {
            let profiles = self.server.get("/api/v1/agent-profiles", Token::Admin).unwrap().json();
            let profile_id = &profiles["items"][0]["id"];
            let link = json!({ "name": "Our website", "profile_id": profile_id });
            let made = self.server.post("/api/v1/talk-links", &link, Token::Admin).unwrap();
            assert_eq!(made.status, 201, "{}", made.text());
            text(&made.json()["url"]).rsplit('/').next().unwrap().to_owned()
        })
    }

    /// The account whose webhooks lead to this server.
    fn account(&self) -> Account {
        Account {
            http: self.server.addresses().http,
            public_base: PUBLIC_BASE.to_owned(),
            auth_token: AUTH_TOKEN.to_owned(),
            sid: Account::SID.to_owned(),
        }
    }

    /// The call that the switch knows by this name.
    pub(crate) fn id_of(&self, uuid: Uuid) -> Option<String> {
        if let Some((_, id)) = self.visitors.borrow().get(&uuid) {
            // One that was refused got no id, and is the only one of its cause.
            let is_theirs = |call: &&Value| match id {
                Some(id) => call["id"] == id.as_str(),
                None => call["hangup_cause"] == "no_capacity",
            };
            return self.calls().iter().find(is_theirs).map(|call| text(&call["id"]));
        }
        let name = call_sid(uuid);
        let knows = |call: &Value| {
            call["outside_ids"]
                .as_array()
                .is_some_and(|ids| ids.iter().any(|id| id["value"] == name.as_str()))
        };
        let call = self.calls().into_iter().find(knows)?;
        call["id"].as_str().map(str::to_owned)
    }

    /// Target of the caller when the call is over, as their switch is told.
    pub(crate) fn next_of(&self, call: &Call) -> String {
        match self.kind {
            Kind::Web => {
                let path = format!("/api/v1/calls/{}/next", call.id);
                self.server.get(&path, Token::Dialplan).unwrap().text().trim().to_owned()
            }
            Kind::Twilio => match self.callers.borrow()[&call.uuid].went_to().as_deref() {
                None => "hangup".to_owned(),
                Some("sip:operator@pbx.example.com") => "goto people,operator,1".to_owned(),
                Some(elsewhere) => elsewhere.to_owned(),
            },
        }
    }

    /// The call as it is now.
    pub(crate) fn call_of(&self, call: &Call) -> Value {
        Book::call(self, &call.id)
    }

    /// The caller's switch brings them back to a server that was killed: their line from now on.
    pub(crate) fn comes_back(&self, call: &Call) -> Box<dyn Line> {
        match self.kind {
            Kind::Twilio => {
                let caller = self.callers.borrow()[&call.uuid].clone();
                caller.ask_again();
                Box::new(caller)
            }
            Kind::Web => {
                let back = self.visitors.borrow()[&call.uuid].0.come_back(self.server.addresses().http);
                self.visitors.borrow_mut().insert(call.uuid, (back.clone(), Some(call.id.clone())));
                Box::new(back)
            }
        }
    }

    /// Asks something of a call that it is expected to do.
    #[track_caller]
    pub(crate) fn ask_of(&self, call: &Call, what: &str, body: &Value) {
        let path = format!("/api/v1/calls/{}/{what}", call.id);
        let answer = self.server.post(&path, body, Token::Admin).unwrap();
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }

    /// Has a program end the call.
    pub(crate) fn end(&self, call: &Call) {
        self.ask_of(call, "hangup", &json!({}));
    }

    /// The end of a test: nothing panicked, and no stand-in was mistreated.
    pub(crate) fn close(self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
        self.callers.into_inner().values().for_each(twilio::Caller::finish);
        self.visitors.into_inner().values().for_each(|(visitor, _)| visitor.finish());
    }
}

/// Twilio's name of a call.
fn call_sid(uuid: Uuid) -> String {
    format!("CA{}", uuid.simple())
}

impl Book for Stage {
    fn server(&self) -> &Server {
        &self.server
    }
}
