//! A set-up: one FreeSWITCH controlled by a Cordboard, its callers, and its people.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::Book;
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{self, Action, Extension, FreeSwitch, Phone, Script};
use cordboard_test_support::server::Server;
use serde_json::{Value, json};

use crate::way::AudioTransport;

/// Settings of every server here. No caller is silent long enough to be asked about it; a phone that nobody answers rings for 3 s.
const SETTINGS: [(&str, &str); 5] = [
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("freeswitch.ring_timeout_s", "3"),
    ("log.level", "debug"),
];

/// The numbers of people whom a case can ring.
const PEOPLE: std::ops::Range<u32> = 2001..2013;
/// How often the dialplan tries to reach an absent server, every 2 s.
const TRIES: usize = 15;

/// One FreeSWITCH controlled by a Cordboard.
pub(crate) struct Setup {
    // Dropped in this order: a switch that goes first would end the server's calls.
    pub(crate) server: Server,
    pub(crate) switch: FreeSwitch,
    way: AudioTransport,
    numbers: AtomicU32,
    opened: Instant,
}

/// A caller whose call was answered.
pub(crate) struct Caller {
    pub(crate) phone: freeswitch::Call,
    pub(crate) id: String,
}

/// A person who can be rung.
pub(crate) struct Person {
    /// The name of their extension, for commands and keys.
    pub(crate) name: String,
    pub(crate) number: String,
}

impl Setup {
    /// One for a single case.
    pub(crate) fn open(way: AudioTransport) -> Self {
        Self::open_among(way, &[])
    }

    /// With more settings.
    pub(crate) fn open_among(way: AudioTransport, more: &[(&str, &str)]) -> Self {
        let operator = [Action::answer(), Action::park()];
        let settings = freeswitch::Settings::default().with_number("operator", operator);
        let switch = FreeSwitch::start(settings).unwrap();
        let (host, port) = (switch.esl_address().ip().to_string(), switch.esl_address().port().to_string());
        let people: Vec<_> = PEOPLE
            .map(|number| (format!("extensions.desk{number}"), format!("internal,{number},1")))
            .collect();
        let of_switch = [
            ("freeswitch.servers.pbx1.host", host.as_str()),
            ("freeswitch.servers.pbx1.port", &port),
            ("freeswitch.servers.pbx1.password", switch.password()),
        ];
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
        let setup =
            Self { server, switch, way, numbers: AtomicU32::new(PEOPLE.start), opened: Instant::now() };
        setup.wait("the inbound link", || {
            (setup.items("/api/v1/switches")[0]["is_connected"] == true).then_some(())
        });
        setup
    }

    /// A person to whom callers can be handed.
    pub(crate) fn person(&self, phone: Phone) -> Person {
        self.person_with(|extension| Some(extension.phone(phone)))
    }

    /// A person whose extension is created with this number; without one, the switch does not know the number.
    pub(crate) fn person_with(&self, made: impl FnOnce(Extension) -> Option<Extension>) -> Person {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        assert!(PEOPLE.contains(&number), "more people than this set-up has");
        let number = number.to_string();
        made(Extension::new(&number)).into_iter().for_each(|extension| self.switch.set_extension(extension));
        Person { name: format!("desk{number}"), number }
    }

    /// The leg at a person's telephone, once it exists.
    pub(crate) fn leg_at(&self, number: &str) -> freeswitch::Call {
        self.wait(&format!("a leg at {number}"), || self.switch.leg_at(number))
    }

    /// A caller who was answered; their dialplan is the shipped one.
    pub(crate) fn caller(&self) -> Caller {
        self.dial(self.shipped_dialplan())
    }

    /// A caller whose number runs this dialplan, once they are answered.
    pub(crate) fn dial(&self, actions: Vec<Action>) -> Caller {
        let phone = self.switch.call(Script::to("5000").runs(actions));
        let id = self.wait("the call", || self.id_of(phone.uuid()));
        self.event(&id, "answered");
        Caller { phone, id }
    }

    /// The dialplan's address of this server.
    pub(crate) fn socket(&self) -> Action {
        Action::socket(self.server.addresses().esl)
    }

    /// The shipped dialplan: it retries if the server is away, and then goes to a person.
    pub(crate) fn shipped_dialplan(&self) -> Vec<Action> {
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

    /// How often the assistant has answered what the caller said.
    fn replies(&self, caller: &Caller) -> usize {
        self.events_of(&caller.id, "item_started").iter().filter(|event| event["line"].is_null()).count()
    }

    /// The caller says something, and is answered: the conversation continues.
    #[track_caller]
    pub(crate) fn converses(&self, caller: &Caller) {
        let before = self.replies(caller);
        caller.phone.say(&speech("thanks_bye"));
        self.wait("a reply", || (self.replies(caller) > before).then_some(()));
    }

    /// Checks who ended the call, and with which cause.
    #[track_caller]
    pub(crate) fn assert_ended(&self, caller: &Caller, cause: &str, by: &str) {
        let row = self.ended(&caller.id);
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&json!(cause), &json!(by)), "{row}");
    }

    /// Shows the requests to the switch, after a case that failed.
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

    /// The end of a case: nothing panicked, and no rule of the switch was broken.
    #[track_caller]
    pub(crate) fn close(&self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
        let violations = self.switch.violations();
        assert!(violations.is_empty(), "against the rules of the switch: {violations:#?}");
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        }
    }
}

impl Book for Setup {
    fn server(&self) -> &Server {
        &self.server
    }
}

impl Caller {
    /// Everything that was heard so far.
    pub(crate) fn heard(&self) -> Sound {
        self.phone.heard().words()
    }
}
