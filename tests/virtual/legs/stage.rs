//! A server with callers of one kind.

use std::cell::{Cell, RefCell};

use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::TaskCaller;
use cordboard_test_support::browser;
use cordboard_test_support::freeswitch::{self, Action, FreeSwitch, Script};
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::{self, Account};
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::kind::Kind;
use crate::book::Book;
use crate::freeswitch::phone;
use crate::suites::handoff::Party;
use crate::world::{Setting, World};

/// The settings of every server here. No silence of a caller is long enough for a prompt.
const SETTINGS: [Setting<'static>; 3] = [
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
];

/// The server's public address for Twilio, over which its signatures are computed.
const PUBLIC_BASE: &str = "https://calls.example.com";
const AUTH_TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";

/// The browsers' sample rate, in Hz.
const BROWSERS_RATE: u32 = 24_000;

/// How often the dialplan tries to reach a server that is down, every 2 s.
const TRIES: usize = 15;

/// The variable in which the stand-in's dialplan stores where a call was sent.
const WENT_TO: &str = "went_to";

/// A server, and what its callers use to reach it.
pub(crate) struct Stage {
    pub(crate) server: World,
    switch: Option<FreeSwitch>,
    /// Twilio's API, which redirects its callers.
    twilio: Option<Rest>,
    /// The token of a talk link.
    link: Option<String>,
    callers: Cell<u128>,
    /// Callers whose stand-ins know rules that the server may break.
    strict: RefCell<Vec<Line>>,
    _folder: TempDir,
}

/// A caller's telephone, or their page.
pub(crate) enum Line {
    AudioSocket(TaskCaller),
    Freeswitch(freeswitch::Call),
    Twilio(twilio::Caller),
    Web(browser::Caller),
}

/// A caller, and the server's call for them.
pub(crate) struct Call {
    pub(crate) line: Line,
    pub(crate) id: String,
    /// Its name at the switch.
    pub(crate) uuid: Uuid,
}

impl Stage {
    pub(crate) async fn open(kind: Kind) -> Self {
        Self::open_with(kind, &[]).await
    }

    /// With more settings.
    pub(crate) async fn open_with(kind: Kind, more: &[Setting<'_>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let switch = matches!(kind, Kind::Websocket | Kind::Unicast).then(|| {
            let told = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
            phone::start(freeswitch::Settings::default().with_number("operator", told), folder.path())
        });
        let esl = switch.as_ref().map(FreeSwitch::esl_address);
        let host = esl.map(|esl| esl.ip().to_string()).unwrap_or_default();
        let port = esl.map(|esl| esl.port().to_string()).unwrap_or_default();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", "ClueCon"),
            ("freeswitch.audio", if kind == Kind::Unicast { "unicast" } else { "websocket" }),
        ];
        let of_switch = of_switch.iter().filter(|_| esl.is_some());
        let twilio =
            (kind == Kind::Twilio).then(|| Rest::start_here(Account::SID, Account::SID, AUTH_TOKEN).unwrap());
        let api = twilio.as_ref().map(Rest::base_url).unwrap_or_default();
        let of_twilio = [
            ("twilio.api_base_url", api.as_str()),
            ("http.public_base_url", PUBLIC_BASE),
            ("TWILIO_ACCOUNT_SID", Account::SID),
            ("TWILIO_AUTH_TOKEN", AUTH_TOKEN),
            ("FREEPBX_DOMAIN", "pbx.example.com"),
        ];
        let of_twilio = of_twilio.iter().filter(|_| kind == Kind::Twilio);
        let settings = SETTINGS.iter().chain(of_switch).chain(of_twilio).chain(more);
        let settings: Vec<Setting<'_>> = settings.copied().collect();
        let server = World::open(folder.path(), &settings).await;
        let link = if kind == Kind::Web { Some(talk_link(&server).await) } else { None };
        let (callers, strict) = (Cell::new(0), RefCell::default());
        Self { server, switch, twilio, link, callers, strict, _folder: folder }
    }

    /// A caller who is answered.
    pub(crate) async fn call(&self) -> Call {
        let call = self.comes().await;
        self.event(&call.id, "answered").await;
        call
    }

    /// A caller who connects, whether or not they are answered.
    pub(crate) async fn comes(&self) -> Call {
        let uuid = Uuid::from_u128(self.callers.replace(self.callers.get() + 1) + 1);
        let mut name = uuid.to_string();
        let line = match (&self.switch, &self.twilio, &self.link) {
            (Some(switch), ..) => Line::Freeswitch(switch.call(self.script(uuid))),
            (None, Some(twilio), _) => {
                name = format!("CA{}", uuid.simple());
                let caller =
                    twilio::Caller::dial_here(&self.account(), &name, "+15550100002", "+15550100001");
                twilio.holds(&name, &caller);
                self.strict.borrow_mut().push(Line::Twilio(caller.clone()));
                Line::Twilio(caller)
            }
            (None, None, Some(link)) => return self.visits(link, uuid).await,
            (None, None, None) => Line::AudioSocket(self.server.caller(uuid).await),
        };
        let id = self.wait_written("the call", async || self.id_of(&name).await).await;
        Call { line, id, uuid }
    }

    /// A visitor opens the talk link and talks; where there is no room they learn it at once.
    async fn visits(&self, link: &str, uuid: Uuid) -> Call {
        let path = format!("/api/v1/talk/{link}/calls");
        let answer = self.server.post(&path, &json!({}), Token::None).await;
        if answer.status != 201 {
            assert_eq!(answer.status, 503, "{}", answer.text());
            // They got no id, and theirs is the only call with this cause.
            let is_theirs = |call: &Value| call["hangup_cause"] == "no_capacity";
            let refused =
                self.wait("the refused call", async || self.calls().await.into_iter().find(is_theirs));
            let id = refused.await["id"].as_str().unwrap().to_owned();
            return Call { line: Line::Web(browser::Caller::turned_away(BROWSERS_RATE)), id, uuid };
        }
        let begun = answer.json();
        let (server, token) = (self.server.addresses.http, begun["token"].as_str().unwrap());
        let visitor = browser::Caller::connect_here(server, token, BROWSERS_RATE).await;
        self.strict.borrow_mut().push(Line::Web(visitor.clone()));
        let id = begun["call_id"].as_str().unwrap().to_owned();
        // They know the id before the call is on disk.
        let is_theirs = |call: &Value| call["id"] == id.as_str();
        self.wait_written("the call", async || self.calls().await.into_iter().find(is_theirs)).await;
        Call { line: Line::Web(visitor), id, uuid }
    }

    /// The account whose webhooks go to this server.
    fn account(&self) -> Account {
        Account {
            http: self.server.addresses.http,
            public_base: PUBLIC_BASE.to_owned(),
            auth_token: AUTH_TOKEN.to_owned(),
            sid: Account::SID.to_owned(),
        }
    }

    /// A call to a number with the shipped dialplan: it retries where the server is down, and then goes to a person.
    fn script(&self, uuid: Uuid) -> Script {
        let to_server = [Action::socket(self.server.addresses.esl), Action::sleep(2000)];
        let first = [Action::set("send_silence_when_idle", "400"), Action::app("ring_ready", "")];
        let last = [Action::bridge("user/1002@127.0.0.1")];
        let tries = std::iter::repeat_n(to_server, TRIES).flatten();
        let actions: Vec<Action> = first.into_iter().chain(tries).chain(last).collect();
        Script::to("5000").uuid(&uuid.to_string()).runs(actions)
    }

    /// The place to which the switch is told to send the caller when the call is over.
    pub(crate) async fn next_of(&self, call: &Call) -> String {
        match &call.line {
            Line::AudioSocket(_) => self.next_by(&call.uuid.to_string()).await,
            Line::Web(_) => self.next_by(&call.id).await,
            Line::Freeswitch(phone) => {
                let went_to = phone.variable(WENT_TO);
                went_to.map_or_else(|| "hangup".to_owned(), |place| format!("goto {place}"))
            }
            Line::Twilio(caller) => match caller.went_to().as_deref() {
                None => "hangup".to_owned(),
                Some("sip:operator@pbx.example.com") => "goto people,operator,1".to_owned(),
                Some(elsewhere) => elsewhere.to_owned(),
            },
        }
    }

    /// The same, for a dialplan that asks with this name.
    async fn next_by(&self, name: &str) -> String {
        let path = format!("/api/v1/calls/{name}/next");
        self.server.get(&path, Token::Dialplan).await.text().trim().to_owned()
    }

    /// A program ends the call.
    pub(crate) async fn end(&self, call: &Call) {
        self.ask_of(&call.id, "hangup", &json!({})).await;
    }

    /// Waits until the other side has released the caller.
    pub(crate) async fn let_go(&self, call: &Call) {
        self.wait("the end of the caller's leg", async || call.line.is_over().then_some(())).await;
    }

    /// The call once it is over; the caller ended it in order.
    pub(crate) async fn left(&self, call: &Call) -> Value {
        let row = self.ended(&call.id).await;
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"caller".into()));
        row
    }

    /// Ends a test: nothing panicked, and no rule of the switch or of a caller was broken.
    pub(crate) async fn close(self) {
        if let Some(switch) = self.goes_down().await {
            switch.finish();
        }
    }

    /// The server shuts down, and says goodbye to every caller. The switch goes on.
    pub(crate) async fn goes_down(self) -> Option<FreeSwitch> {
        let Self { server, switch, twilio, strict, .. } = self;
        server.close().await;
        twilio.iter().for_each(Rest::finish);
        strict.into_inner().iter().for_each(Line::finish);
        switch
    }
}

/// The token of a talk link of this server.
async fn talk_link(server: &World) -> String {
    let profiles = server.get("/api/v1/agent-profiles", Token::Admin).await.json();
    let link = json!({ "name": "Our website", "profile_id": profiles["items"][0]["id"] });
    let made = server.post("/api/v1/talk-links", &link, Token::Admin).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["url"].as_str().and_then(|url| url.rsplit('/').next()).unwrap().to_owned()
}

impl Line {
    /// The server kept to the rules of this caller's protocol.
    fn finish(&self) {
        match self {
            Self::Twilio(caller) => caller.finish(),
            Self::Web(visitor) => visitor.finish(),
            Self::AudioSocket(_) | Self::Freeswitch(_) => {}
        }
    }
}

impl Book for Stage {
    fn server(&self) -> &World {
        &self.server
    }
}

impl Party for Line {
    fn say(&self, sound: &Sound) {
        match self {
            Self::AudioSocket(caller) => caller.say(sound),
            Self::Freeswitch(phone) => Party::say(phone, sound),
            Self::Twilio(caller) => caller.say(sound),
            Self::Web(visitor) => visitor.say(sound),
        }
    }

    fn has_said(&self) -> bool {
        match self {
            Self::AudioSocket(caller) => caller.has_said(),
            Self::Freeswitch(phone) => phone.has_said(),
            Self::Twilio(caller) => caller.has_said(),
            Self::Web(visitor) => visitor.has_said(),
        }
    }

    fn press(&self, key: char) {
        match self {
            Self::AudioSocket(caller) => caller.press(key),
            Self::Freeswitch(phone) => phone.press(key),
            Self::Twilio(caller) => caller.press(key),
            Self::Web(visitor) => visitor.press(key),
        }
    }

    fn hang_up(&self) {
        match self {
            Self::AudioSocket(caller) => caller.hang_up(),
            Self::Freeswitch(phone) => phone.hang_up(),
            Self::Twilio(caller) => caller.hang_up(),
            Self::Web(visitor) => visitor.hang_up(),
        }
    }

    fn heard(&self) -> Sound {
        match self {
            Self::AudioSocket(caller) => caller.heard(),
            Self::Freeswitch(phone) => Party::heard(phone),
            Self::Twilio(caller) => caller.heard(),
            Self::Web(visitor) => visitor.heard(),
        }
    }

    /// Whether the other side has released the caller, who may have been sent elsewhere.
    fn is_over(&self) -> bool {
        match self {
            Self::AudioSocket(caller) => caller.ended().is_some(),
            Self::Freeswitch(phone) => Party::is_over(phone) || phone.variable(WENT_TO).is_some(),
            Self::Twilio(caller) => caller.is_over(),
            Self::Web(visitor) => visitor.is_let_go(),
        }
    }
}
