//! One FreeSWITCH with a Cordboard behind it, its callers, and its people, all as tasks of one thread.

use std::cell::Cell;
use std::ops::Range;
use std::time::Duration;

use cordboard_test_support::freeswitch::{self, Action, Extension, FreeSwitch, Phone, Rule, Script};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::phone;
use super::way::AudioTransport;
use crate::book::Book;
use crate::suites::handoff::{Caller, Person, Switchboard};
use crate::world::{Setting, World};

/// The variable in which the stand-in's dialplan stores where a call was sent.
pub(crate) const WENT_TO: &str = "went_to";
/// The variable in which it stores that a caller has left the mailbox's greeting, which plays without end until a key stops it.
pub(crate) const LEFT_GREETING: &str = "left_greeting";
/// The extension that key 2 rings.
const DESK_OF_KEY_2: &str = "1003";
/// How long an unanswered phone rings that is called for 3 s: FreeSWITCH's clock of whole seconds is 400 ms early.
const RINGS: Duration = Duration::from_millis(2_600);
/// How a person's phone behaves who answers.
pub(crate) const ANSWERS: Phone = Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None };

/// The settings of every server here. No silence of a caller is long enough for a prompt.
const SETTINGS: [Setting<'static>; 7] = [
    ("dial_policy.numbers_allowed", "+4930*"),
    ("extensions.operator", "people,operator,1"),
    ("extensions.desk", "internal,1003,1"),
    ("extensions.nowhere", "internal,9999,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("freeswitch.ring_timeout_s", "3"),
];

/// The numbers of people whom a case can call.
const PEOPLE: Range<u32> = 2001..2013;
/// How often the dialplan tries to reach a server that is down, every 2 s.
const TRIES: usize = 15;

/// Whether the server also connects to the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// With the right password.
    Known,
    /// With a password that the switch refuses.
    WrongPassword,
    /// `freeswitch.servers` is empty.
    None,
}

/// One FreeSWITCH with a Cordboard behind it.
pub(crate) struct Setup {
    pub(crate) server: World,
    pub(crate) switch: FreeSwitch,
    way: AudioTransport,
    /// How many people and callers there were.
    numbers: Cell<u32>,
    callers: Cell<u128>,
    folder: TempDir,
}

/// A caller of this switch.
pub(crate) type Callee = Caller<freeswitch::Call>;

/// A person who can be called.
pub(crate) struct Somebody {
    /// The name of their extension in commands and keys.
    pub(crate) name: String,
    pub(crate) number: String,
}

impl Setup {
    /// A setup whose callers return to the assistant when a person leaves. Key 2 rings [`DESK_OF_KEY_2`], and keys 1 and 2 pressed one after the
    /// other
    /// lead to the operator.
    pub(crate) async fn open(way: AudioTransport) -> Self {
        Self::open_among(way, &[]).await
    }

    /// The same with more settings.
    pub(crate) async fn open_among(way: AudioTransport, more: &[Setting<'_>]) -> Self {
        let setup = Self::open_with(way, Inbound::Known, more).await;
        setup.change_profile("after_handoff", &json!("return")).await;
        setup.set_key("2", &json!({ "action": "request_handoff", "target": "desk" })).await;
        setup.set_key("12", &json!({ "action": "transfer_call", "target": "operator" })).await;
        setup
    }

    /// A setup whose profile is unchanged.
    pub(crate) async fn open_with(way: AudioTransport, inbound: Inbound, more: &[Setting<'_>]) -> Self {
        let sent_on = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
        let mailbox = [
            Action::answer(),
            Action::set(WENT_TO, "people,mailbox,1"),
            Action::playback("tone_stream://%(1000,0,440);loops=-1"),
            Action::set(LEFT_GREETING, "true"),
            Action::park(),
        ];
        let settings = freeswitch::Settings::default()
            .with_number("operator", sent_on)
            .with_number("mailbox", mailbox)
            .with_gateway("outside");
        let folder = tempfile::tempdir().unwrap();
        let switch = phone::start(settings, folder.path());
        let (host, port) = (switch.esl_address().ip().to_string(), switch.esl_address().port().to_string());
        let password = if inbound == Inbound::Known { switch.password() } else { "another" };
        let people: Vec<_> = PEOPLE
            .map(|number| (format!("extensions.desk{number}"), format!("internal,{number},1")))
            .collect();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", password),
            ("freeswitch.servers.pbx1.trunk", "sofia/gateway/outside/{number}"),
        ];
        let of_switch = of_switch.into_iter().filter(|_| inbound != Inbound::None);
        let people = people.iter().map(|(name, target)| (name.as_str(), target.as_str()));
        let settings: Vec<Setting<'_>> = SETTINGS
            .into_iter()
            .chain([("freeswitch.audio", way.setting())])
            .chain(of_switch)
            .chain(people)
            .chain(more.iter().copied())
            .collect();
        let server = World::open(folder.path(), &settings).await;
        let numbers = Cell::new(PEOPLE.start);
        let setup = Self { server, switch, way, numbers, callers: Cell::new(0), folder };
        if inbound == Inbound::Known {
            setup.wait_connected().await;
        }
        setup
    }

    /// Another FreeSWITCH at the address of the first, to which the server has no connection.
    pub(crate) fn another_switch(&self) -> FreeSwitch {
        phone::start(freeswitch::Settings::default(), self.folder.path())
    }

    /// The switch as an administrator sees it.
    pub(crate) async fn pbx(&self) -> Value {
        self.items("/api/v1/switches").await[0].clone()
    }

    /// Waits until the server is connected to the switch.
    pub(crate) async fn wait_connected(&self) {
        let is_connected = async || (self.pbx().await["is_connected"] == true).then_some(());
        self.wait("the inbound link", is_connected).await;
    }

    pub(crate) async fn change_profile(&self, field: &str, value: &Value) {
        let mut profile = self.items("/api/v1/agent-profiles").await[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.insert(field.to_owned(), value.clone());
        let answer = self.server.put(&path, &profile, Token::Admin).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn set_key(&self, digits: &str, action: &Value) {
        let profile = self.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let body = json!({ "profile_id": profile, "digits": digits, "action": action });
        let answer = self.post("/api/v1/dtmf-actions", &body, Token::Admin).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// A person whom callers can be handed to.
    pub(crate) fn somebody(&self, phone: Phone) -> Somebody {
        self.somebody_with(|extension| Some(extension.phone(phone)))
    }

    /// A person whose extension `made` makes from one with this number; `None` if the switch has no such number.
    pub(crate) fn somebody_with(&self, made: impl FnOnce(Extension) -> Option<Extension>) -> Somebody {
        let number = self.numbers.replace(self.numbers.get() + 1);
        assert!(PEOPLE.contains(&number), "more people than there are numbers");
        let number = number.to_string();
        made(Extension::new(&number)).into_iter().for_each(|extension| self.switch.set_extension(extension));
        Somebody { name: format!("desk{number}"), number }
    }

    /// The leg at a person's telephone, once it is there.
    pub(crate) async fn leg_at(&self, number: &str) -> freeswitch::Call {
        self.wait(&format!("a leg at {number}"), async || self.switch.leg_at(number)).await
    }

    /// A caller whose number runs this, after they were answered.
    pub(crate) async fn dial(&self, script: Script, actions: Vec<Action>) -> Callee {
        let caller = self.rings(script, actions).await;
        self.event(&caller.id, "answered").await;
        caller
    }

    /// Like [`Setup::dial`], as soon as the server has a call for them.
    pub(crate) async fn rings(&self, script: Script, actions: Vec<Action>) -> Callee {
        self.rings_at(&self.switch, script, actions).await
    }

    /// The same, for a caller of this switch.
    pub(crate) async fn rings_at(&self, switch: &FreeSwitch, script: Script, actions: Vec<Action>) -> Callee {
        let uuid = Uuid::from_u128(self.callers.replace(self.callers.get() + 1) + 1).to_string();
        let phone = switch.call(script.uuid(&uuid).runs(actions));
        let id = self.wait_written("the call", async || self.id_of(&uuid).await).await;
        Caller { phone, id }
    }

    /// The action that hands a call to this server.
    pub(crate) fn socket(&self) -> Action {
        Action::socket(self.server.addresses.esl)
    }

    /// The shipped dialplan: it retries where the server is down, and then goes to a person.
    fn shipped_dialplan(&self) -> Vec<Action> {
        let first = [
            Action::set("send_silence_when_idle", self.way.idle_silence()),
            Action::set("continue_on_fail", "true"),
            Action::set("hangup_after_bridge", "false"),
            Action::app("ring_ready", ""),
        ];
        let tries = std::iter::repeat_n([self.socket(), Action::sleep(2000)], TRIES).flatten();
        first.into_iter().chain(tries).chain([Action::bridge("user/1002@127.0.0.1")]).collect()
    }

    /// The control connections of a call, as an administrator sees them.
    pub(crate) async fn controls_of(&self, id: &str) -> Value {
        let tree = self.ask("/api/v1/admin/actors").await.json();
        let call = tree["calls"].as_array().unwrap().iter().find(|call| call["call_id"] == *id);
        call.map_or(Value::Null, |call| call["controls"].clone())
    }

    /// Forgives violations of these rules, and no others.
    pub(crate) fn forgive(&self, rule: Rule) {
        let violations = self.switch.take_violations();
        assert!(violations.iter().all(|violation| violation.rule == rule), "{violations:#?}");
    }
}

impl Book for Setup {
    fn server(&self) -> &World {
        &self.server
    }
}

impl Switchboard for Setup {
    const RINGS: Duration = RINGS;

    type Phone = freeswitch::Call;

    async fn caller(&self) -> Callee {
        self.dial(Script::to("5000"), self.shipped_dialplan()).await
    }

    fn person(&self, how: Person) -> String {
        let person = match how {
            Person::Answers => self.somebody(ANSWERS),
            Person::Busy => self.somebody(Phone::Busy),
            Person::Declines => self.somebody(Phone::Declines),
            Person::Rings => self.somebody(Phone::Rings),
            Person::Unregistered => self.somebody_with(|extension| Some(extension.unregistered())),
            Person::Unknown => self.somebody_with(|_| None),
        };
        person.name
    }

    async fn telephone_of(&self, name: &str) -> freeswitch::Call {
        let number = if name == "desk" { DESK_OF_KEY_2 } else { name.trim_start_matches("desk") };
        self.leg_at(number).await
    }

    /// The switch carries the call by itself: our audio has ended.
    fn assert_joined(&self, caller: &Callee, person: &freeswitch::Call) {
        assert_eq!(caller.phone.bridged_to().as_deref(), Some(person.uuid()));
        assert!(!caller.phone.is_streaming() && !caller.phone.has_unicast(), "our audio goes on");
    }

    async fn close(self) {
        let Self { server, switch, .. } = self;
        server.close().await;
        switch.finish();
    }
}
