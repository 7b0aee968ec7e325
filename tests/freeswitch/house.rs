//! A house: one FreeSWITCH with a Cordboard behind it, its callers, and its people.
//!
//! Cases that disturb nobody share one for each way of audio. Whoever comes first opens it, whoever leaves last closes it:
//! a static would never be dropped, and the server would outlive the tests.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use cordboard_test_support::audio::{SILENCE_RMS, Sound, rms};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{self, Action, Extension, FreeSwitch, Phone, Script};
use cordboard_test_support::server::{Server, Token};
use serde_json::{Value, json};

use crate::way::Way;

/// The variable in which the stand-in's dialplan says where a call was sent.
pub(crate) const WENT_TO: &str = "went_to";
/// Whom key 2 rings.
pub(crate) const DESK_OF_KEY_2: &str = "1003";

/// Settings of every server here. No silence of a caller is long enough to be asked about; a phone that nobody answers
/// rings for 3 s.
const SETTINGS: [(&str, &str); 8] = [
    ("dial_policy.numbers_allowed", "+4930*"),
    ("extensions.operator", "people,operator,1"),
    ("extensions.desk", "internal,1003,1"),
    ("extensions.nowhere", "internal,9999,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("freeswitch.ring_timeout_s", "3"),
    ("log.level", "debug"),
];

/// The numbers of people whom a case can have rung.
const PEOPLE: std::ops::Range<u32> = 2001..2013;
/// How often the dialplan tries to reach a server that is away, every 2 s.
const TRIES: usize = 15;

/// The houses of all cases that share one at the moment.
static WEBSOCKET: Mutex<Weak<House>> = Mutex::new(Weak::new());
static UNICAST: Mutex<Weak<House>> = Mutex::new(Weak::new());

/// Whether the server connects to the switch, too.
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
pub(crate) struct House {
    // Dropped in this order: a switch that goes first would end the server's calls.
    pub(crate) server: Server,
    pub(crate) switch: FreeSwitch,
    way: Way,
    numbers: AtomicU32,
    opened: Instant,
}

/// A caller whose call is answered.
pub(crate) struct Caller {
    pub(crate) phone: freeswitch::Call,
    pub(crate) id: String,
}

/// Somebody who can be rung.
pub(crate) struct Person {
    /// The name of their extension, as commands and keys know it.
    pub(crate) name: String,
    pub(crate) number: String,
}

impl House {
    /// The house of this way that stands, or a new one. Its callers come back to the assistant when a person leaves; key 2
    /// rings [`DESK_OF_KEY_2`], and keys 1 and 2 one after the other lead to the operator.
    pub(crate) fn shared(way: Way) -> Arc<Self> {
        let slot = match way {
            Way::Websocket => &WEBSOCKET,
            Way::Unicast => &UNICAST,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.upgrade().unwrap_or_else(|| {
            let house = Arc::new(Self::open(way));
            house.change_profile("after_handoff", &json!("return"));
            house.set_key("2", &json!({ "action": "request_handoff", "target": "desk" }));
            house.set_key("12", &json!({ "action": "transfer_call", "target": "operator" }));
            *slot = Arc::downgrade(&house);
            house
        })
    }

    /// One for a case of its own.
    pub(crate) fn open(way: Way) -> Self {
        Self::open_with(way, Inbound::Known)
    }

    pub(crate) fn open_with(way: Way, inbound: Inbound) -> Self {
        Self::open_among(way, inbound, &[])
    }

    /// With more settings.
    pub(crate) fn open_among(way: Way, inbound: Inbound, more: &[(&str, &str)]) -> Self {
        let sent_on = [Action::answer(), Action::set(WENT_TO, "people,operator,1"), Action::park()];
        let settings =
            freeswitch::Settings::default().with_number("operator", sent_on).with_gateway("outside");
        let switch = FreeSwitch::start(settings).unwrap();
        let port = switch.esl_address().port().to_string();
        let password = if inbound == Inbound::Known { switch.password() } else { "another" };
        let people: Vec<_> = PEOPLE
            .map(|number| (format!("extensions.desk{number}"), format!("internal,{number},1")))
            .collect();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", "127.0.0.1"),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", password),
            ("freeswitch.servers.pbx1.trunk", "sofia/gateway/outside/{number}"),
        ];
        let of_switch = of_switch.into_iter().filter(|_| inbound != Inbound::None);
        let audio = ("freeswitch.audio", way.setting());
        let people = people.iter().map(|(name, target)| (name.as_str(), target.as_str()));
        let settings: Vec<(&str, &str)> = SETTINGS
            .into_iter()
            .chain([audio])
            .chain(of_switch)
            .chain(people)
            .chain(more.iter().copied())
            .collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let house =
            Self { server, switch, way, numbers: AtomicU32::new(PEOPLE.start), opened: Instant::now() };
        if inbound == Inbound::Known {
            house.wait("the inbound link", || (house.pbx()["is_connected"] == true).then_some(()));
        }
        house
    }

    /// The switch as an administrator sees it.
    pub(crate) fn pbx(&self) -> Value {
        self.items("/api/v1/switches")[0].clone()
    }

    fn change_profile(&self, field: &str, value: &Value) {
        let mut profile = self.items("/api/v1/agent-profiles")[0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.insert(field.to_owned(), value.clone());
        let answer = self.server.put(&path, &profile, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn set_key(&self, digits: &str, action: &Value) {
        let profile = self.items("/api/v1/agent-profiles")[0]["id"].clone();
        let body = json!({ "profile_id": profile, "digits": digits, "action": action });
        let answer = self.server.post("/api/v1/dtmf-actions", &body, Token::Admin).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// Somebody whom callers can be handed to.
    pub(crate) fn person(&self, phone: Phone) -> Person {
        self.person_with(|extension| Some(extension.phone(phone)))
    }

    /// Somebody whose extension is made of one on this number; none: the switch knows no such number.
    pub(crate) fn person_with(&self, made: impl FnOnce(Extension) -> Option<Extension>) -> Person {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        assert!(PEOPLE.contains(&number), "more people than this house has");
        let number = number.to_string();
        made(Extension::new(&number)).into_iter().for_each(|extension| self.switch.set_extension(extension));
        Person { name: format!("desk{number}"), number }
    }

    /// The leg at somebody's telephone, once it is there.
    pub(crate) fn leg_at(&self, number: &str) -> freeswitch::Call {
        self.wait(&format!("a leg at {number}"), || self.switch.leg_at(number))
    }

    /// A caller who is answered; their dialplan is the shipped one.
    pub(crate) fn caller(&self) -> Caller {
        self.dial(Script::to("5000"), self.shipped_dialplan())
    }

    /// A caller whose number runs this.
    pub(crate) fn dial(&self, script: Script, actions: Vec<Action>) -> Caller {
        let caller = self.rings(script, actions);
        self.event(&caller.id, "answered");
        caller
    }

    /// As [`House::dial`], as soon as the server has a call of them.
    pub(crate) fn rings(&self, script: Script, actions: Vec<Action>) -> Caller {
        let phone = self.switch.call(script.runs(actions));
        let id = self.wait("the call", || self.id_of(phone.uuid()));
        Caller { phone, id }
    }

    /// The way to this server.
    pub(crate) fn socket(&self) -> Action {
        Action::socket(self.server.addresses().esl)
    }

    /// What the shipped dialplan does: it tries again where the server is away, and then goes to a person.
    fn shipped_dialplan(&self) -> Vec<Action> {
        let first =
            [Action::set("send_silence_when_idle", self.way.idle_silence()), Action::app("ring_ready", "")];
        let tries = std::iter::repeat_n([self.socket(), Action::sleep(2000)], TRIES).flatten();
        first.into_iter().chain(tries).chain([Action::bridge("user/1002@127.0.0.1")]).collect()
    }

    fn id_of(&self, uuid: &str) -> Option<String> {
        let knows = |call: &Value| {
            call["outside_ids"].as_array().is_some_and(|ids| ids.iter().any(|id| id["value"] == uuid))
        };
        let call = self.calls().into_iter().find(knows)?;
        call["id"].as_str().map(str::to_owned)
    }

    /// Asks something of a call that it is expected to do.
    #[track_caller]
    pub(crate) fn ask_of(&self, caller: &Caller, what: &str, body: &Value) {
        let path = format!("/api/v1/calls/{}/{what}", caller.id);
        let answer = self.server.post(&path, body, Token::Admin).unwrap();
        assert_eq!(answer.status, 202, "{path}: {}", answer.text());
    }

    /// The control connections of a call, as an administrator sees them.
    pub(crate) fn controls_of(&self, caller: &Caller) -> Value {
        let tree = self.ask("/api/v1/admin/actors").json();
        let call = tree["calls"].as_array().unwrap().iter().find(|call| call["call_id"] == *caller.id);
        call.map_or(Value::Null, |call| call["controls"].clone())
    }

    /// Waits for so many entries of a kind, and gives all of them.
    #[track_caller]
    pub(crate) fn wait_events(&self, caller: &Caller, kind: &str, count: usize) -> Vec<Value> {
        self.wait(&format!("{count} times {kind} in the journal"), || {
            Some(self.events_of(&caller.id, kind)).filter(|events| events.len() >= count)
        })
    }

    /// How often the assistant has answered what the caller said.
    pub(crate) fn replies(&self, caller: &Caller) -> usize {
        self.events_of(&caller.id, "item_started").iter().filter(|event| event["line"].is_null()).count()
    }

    /// The caller says something, and is answered: the conversation goes on.
    #[track_caller]
    pub(crate) fn converses(&self, caller: &Caller) {
        let before = self.replies(caller);
        caller.phone.say(&speech("thanks_bye"));
        self.wait("a reply", || (self.replies(caller) > before).then_some(()));
    }

    /// Checks whose word ended the call, and with which cause.
    #[track_caller]
    pub(crate) fn assert_ended(&self, caller: &Caller, cause: &str, by: &str) {
        let row = self.ended(&caller.id);
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&json!(cause), &json!(by)), "{row}");
    }

    /// Shows what was asked of the switch, for a case that failed.
    fn tell(&self) {
        eprintln!("---- commands to the switch: s, connection, command ----");
        for sent in self.switch.sent() {
            let at = sent.at.saturating_duration_since(self.opened).as_secs_f64();
            let headers: Vec<&str> = sent.command.headers.iter().map(|(_, value)| value.as_str()).collect();
            eprintln!("{at:8.3} {:3} {} {}", sent.connection, sent.command.line, headers.join(" | "));
        }
        let log = self.server.log();
        let of_calls = log.lines().filter(|line| line.contains("call{"));
        eprintln!("---- calls in the server's log ----");
        of_calls.for_each(|line| eprintln!("{line}"));
    }

    /// The end of a case: nothing panicked, and the switch was not mistreated.
    #[track_caller]
    pub(crate) fn close(&self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
        let violations = self.switch.violations();
        assert!(violations.is_empty(), "against the rules of the notes: {violations:#?}");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        }
    }
}

impl Book for House {
    fn server(&self) -> &Server {
        &self.server
    }
}

impl Caller {
    /// All that was heard so far.
    pub(crate) fn heard(&self) -> Sound {
        self.phone.heard().words()
    }

    /// Waits until sound of this length was heard since that moment: silence is none.
    #[track_caller]
    pub(crate) fn wait_sound(&self, since: Instant, length: Duration) {
        let frames = usize::try_from(length.as_millis() / 20).unwrap();
        let loud = |heard: &freeswitch::Heard| {
            heard
                .frames
                .iter()
                .filter(|frame| frame.at >= since && rms(&frame.samples) >= SILENCE_RMS)
                .nth(frames)
                .map(drop)
        };
        self.phone.wait_heard(&format!("{length:?} of sound in the caller's ear"), LIMIT, loud).unwrap();
    }
}
