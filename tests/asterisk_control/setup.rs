//! A set-up: one Asterisk controlled by a Cordboard, its callers, and its people.
//!
//! Cases that disturb no other share one. The first case opens it, the last one closes it: a static would never be dropped, and its processes would
//! outlive the tests.

use std::path::Path;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use cordboard_test_support::ami::{Ami, Mark};
use cordboard_test_support::asterisk::{
    AmiUser, Asterisk, AsteriskSetup, PHONE_NUMBERS, UNREGISTERED_NUMBER,
};
use cordboard_test_support::audio::Sound;
use cordboard_test_support::book::{Book, LIMIT, text};
use cordboard_test_support::handoff_suite::{Caller, Party, Person, Switchboard};
use cordboard_test_support::server::{DIALPLAN_TOKEN, Server, Token};
use cordboard_test_support::sip::{Codec, Manner, PhoneCall, Phones, Says, SipCall};
use cordboard_test_support::tcp_proxy::TcpProxy;
use serde_json::{Value, json};

/// The number for which Asterisk has no endpoint.
const UNKNOWN_NUMBER: u16 = 2777;
/// The number of the extension `desk`.
pub(crate) const DESK: u16 = 2001;
/// How long a person who answers lets it ring, in ms.
const RINGS: Duration = Duration::from_millis(300);
/// Longer than two comparisons of the calls with the channels.
const COMPARED: Duration = Duration::from_secs(11);

/// Settings of every server here. No caller is silent long enough to be asked about it; a phone that nobody answers rings for 3 s.
const SETTINGS: [(&str, &str); 7] = [
    ("extensions.operator", "people,operator,1"),
    ("extensions.desk", "people,2001,1"),
    ("extensions.nowhere", "people,9999,1"),
    ("calls.fallback_extension", "operator"),
    ("calls.silence_prompt_s", "300"),
    ("asterisk.ring_timeout_s", "3"),
    ("log.level", "debug"),
];

/// The set-up of all cases that share one at the moment.
static SHARED: Mutex<Weak<Setup>> = Mutex::new(Weak::new());
/// The same for agents at their desks.
static SHARED_BY_DESKS: Mutex<Weak<Setup>> = Mutex::new(Weak::new());

/// One Asterisk controlled by a Cordboard.
pub(crate) struct Setup {
    // Dropped in this order: a switch that goes first would end the server's calls.
    pub(crate) server: Server,
    pub(crate) link: TcpProxy,
    pub(crate) ami: Ami,
    pub(crate) asterisk: Asterisk,
    pub(crate) phones: Phones,
    numbers: AtomicU16,
    callers: AtomicU32,
    /// It has no other cases' calls: at the end of the case nothing that belongs to calls is open.
    is_ones_own: bool,
    /// The same at the end of its last case.
    is_left_balanced: bool,
}

/// How a set-up differs from the shared one.
pub(crate) struct Plan {
    /// The manager user of the server.
    pub(crate) user: AmiUser,
    /// More settings.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// More dialplan.
    pub(crate) dialplan: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self { user: AmiUser::SERVER, settings: Vec::new(), dialplan: String::new() }
    }
}

impl Setup {
    /// The running set-up, or a new one. Its callers return to the assistant when a person leaves; key 2 rings the desk.
    pub(crate) fn shared() -> Arc<Self> {
        Self::shared_in(&SHARED, || {
            let setup = Self::open();
            setup.return_callers();
            setup
        })
    }

    /// The same for agents at their desks, where phones and offers ring for longer than any case needs.
    pub(crate) fn shared_by_desks() -> Arc<Self> {
        Self::shared_in(&SHARED_BY_DESKS, || {
            let settings = vec![("asterisk.ring_timeout_s", "30".to_owned())];
            let mut setup = Self::open_with(Plan { settings, ..Plan::default() });
            setup.is_left_balanced = true;
            setup
        })
    }

    fn shared_in(slot: &Mutex<Weak<Self>>, open: impl FnOnce() -> Self) -> Arc<Self> {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.upgrade().unwrap_or_else(|| {
            let mut setup = open();
            setup.is_ones_own = false;
            let setup = Arc::new(setup);
            *slot = Arc::downgrade(&setup);
            setup
        })
    }

    /// One for a single case.
    pub(crate) fn open() -> Self {
        Self::open_with(Plan::default())
    }

    pub(crate) fn open_with(plan: Plan) -> Self {
        let phones = Phones::start().unwrap();
        let nowhere = ([127, 0, 0, 1], 9).into();
        let mut setup = AsteriskSetup::new(nowhere, nowhere, DIALPLAN_TOKEN);
        setup.phones = Some(phones.address());
        setup.extra_dialplan = plan.dialplan;
        let asterisk = Asterisk::start(&setup).unwrap();
        let link = TcpProxy::start(asterisk.ami_address()).unwrap();
        let port = link.address().port().to_string();
        let people: Vec<_> = PHONE_NUMBERS
            .chain([UNREGISTERED_NUMBER, UNKNOWN_NUMBER])
            .map(|number| (format!("extensions.desk{number}"), format!("people,{number},1")))
            .collect();
        let of_switch = [
            ("asterisk.servers.pbx1.host", "127.0.0.1"),
            ("asterisk.servers.pbx1.port", port.as_str()),
            ("asterisk.servers.pbx1.user", plan.user.name),
            ("asterisk.servers.pbx1.secret", plan.user.secret),
            ("asterisk.servers.pbx1.trunk", "PJSIP/{number}@trunk"),
            ("dial_policy.numbers_allowed", "+4930*"),
        ];
        let people = people.iter().map(|(name, target)| (name.as_str(), target.as_str()));
        let settings: Vec<(&str, &str)> = SETTINGS
            .into_iter()
            .chain(of_switch)
            .chain(people)
            .chain(plan.settings.iter().map(|(name, value)| (*name, value.as_str())))
            .collect();
        let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
        let ami = asterisk.ami().unwrap();
        let (numbers, callers) = (AtomicU16::new(DESK + 1), AtomicU32::new(0));
        let setup = Self {
            server,
            link,
            ami,
            asterisk,
            phones,
            numbers,
            callers,
            is_ones_own: true,
            is_left_balanced: false,
        };
        setup.asterisk.lead_to(setup.server.addresses()).unwrap();
        setup.wait("the control link", || (setup.pbx()["is_connected"] == true).then_some(()));
        setup
    }

    /// The switch as an administrator sees it.
    pub(crate) fn pbx(&self) -> Value {
        let switches = self.items("/api/v1/switches");
        switches.into_iter().find(|switch| switch["name"] == "pbx1").unwrap()
    }

    /// A caller whom a person leaves returns to the assistant, key 2 rings the desk, and keys 1 and 2 lead to the operator.
    pub(crate) fn return_callers(&self) {
        let mut profile = self.items("/api/v1/agent-profiles")[0].clone();
        let id = profile["id"].as_str().unwrap().to_owned();
        let fields = profile.as_object_mut().unwrap();
        fields.remove("id");
        fields.insert("after_handoff".to_owned(), json!("return"));
        let path = format!("/api/v1/agent-profiles/{id}");
        let answer = self.server.put(&path, &profile, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        for (digits, action) in [
            ("2", json!({ "action": "request_handoff", "target": "desk" })),
            ("12", json!({ "action": "transfer_call", "target": "operator" })),
        ] {
            let body = json!({ "profile_id": id, "digits": digits, "action": action });
            let answer = self.server.post("/api/v1/dtmf-actions", &body, Token::Admin).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
    }

    /// A caller who dials this extension and is answered by the assistant.
    pub(crate) fn dial(&self, extension: &str) -> Caller<Telephone> {
        let (phone, from) = self.dialled(extension);
        let id = self.call_from(&from);
        self.event(&id, "answered");
        Caller { phone, id }
    }

    /// The telephone of a caller who dials this extension, whoever answers, and their number.
    pub(crate) fn dialled(&self, extension: &str) -> (Telephone, String) {
        let number = self.callers.fetch_add(1, Ordering::Relaxed);
        let from = format!("+1555{number:04}");
        let phone = SipCall::dial(self.asterisk.sip(), extension, &from, Codec::Pcmu, LIMIT).unwrap();
        (Telephone::Caller(phone), from)
    }

    /// The same, once its control link is up.
    pub(crate) fn controlled(&self, extension: &str) -> Caller<Telephone> {
        let caller = self.dial(extension);
        self.event(&caller.id, "control_attached");
        caller
    }

    /// A person's unused number, whose telephone does this.
    pub(crate) fn number(&self, manner: Manner) -> u16 {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        assert!(PHONE_NUMBERS.contains(&number), "more people than this set-up has");
        self.phones.will(&number.to_string(), manner);
        number
    }

    /// The journal's entries of a kind, once there are this many.
    pub(crate) fn wait_events(&self, id: &str, kind: &str, count: usize) -> Vec<Value> {
        self.wait(&format!("{count} times {kind} in the journal"), || {
            Some(self.events_of(id, kind)).filter(|events| events.len() >= count)
        })
    }

    /// Waits until the dialplan's own person has answered the caller with this number, after the mark.
    pub(crate) fn wait_operator(&self, mark: Mark, number: &str) {
        let answered = [("UserEvent", "OperatorAnswered"), ("Caller", number)];
        self.ami.wait_event(mark, LIMIT, "UserEvent", &answered).unwrap();
    }

    /// Waits until calls and channels were compared more than once, from now on.
    pub(crate) fn wait_compared(&self) {
        let since = Instant::now();
        self.wait("two comparisons", || (since.elapsed() > COMPARED).then_some(()));
    }

    /// Whether a person can be reached at this extension, as a program gets it.
    pub(crate) fn presence(&self, name: &str) -> String {
        let answer = self.ask(&format!("/api/v1/extensions/{name}/presence")).json();
        answer["state"].as_str().unwrap_or_default().to_owned()
    }

    /// The number of this caller.
    pub(crate) fn number_of(&self, caller: &Caller<Telephone>) -> String {
        text(&self.call(&caller.id)["from"])
    }

    /// The channel of this caller, by Asterisk's name.
    pub(crate) fn channel_of(&self, caller: &str) -> String {
        let channels = self.ami.list("CoreShowChannels", &[]).unwrap();
        let its =
            channels.iter().find(|row| row.get("CallerIDNum") == Some(caller) && row.get("Exten").is_some());
        its.and_then(|row| row.get("Uniqueid")).unwrap().to_owned()
    }

    /// Shows Asterisk's log and the server's calls, after a case that failed.
    fn tell(&self) {
        eprintln!("---- asterisk's log ----\n{}", self.asterisk.log());
        eprintln!("---- the server's log ----");
        self.server
            .log()
            .lines()
            .filter(|line| line.contains("call{") || line.contains("switch"))
            .for_each(|line| eprintln!("{line}"));
    }
}

/// The behaviour of a person who answers here: says nothing by themselves.
pub(crate) fn answers() -> Manner {
    Manner::Answers { after: RINGS, says: Says::nothing() }
}

impl Drop for Setup {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell();
        } else if self.is_left_balanced {
            self.server.wait_balanced(LIMIT).unwrap();
        }
    }
}

impl Book for Setup {
    fn server(&self) -> &Server {
        &self.server
    }
}

/// A telephone of the harness: a caller's, or a person's who is called.
pub(crate) enum Telephone {
    Caller(SipCall),
    Called(PhoneCall),
}

impl Telephone {
    fn party(&self) -> &dyn Party {
        match self {
            Self::Caller(phone) => phone,
            Self::Called(phone) => phone,
        }
    }
}

impl Party for Telephone {
    fn say(&self, sound: &Sound) {
        self.party().say(sound);
    }

    fn wait_said(&self) {
        self.party().wait_said();
    }

    fn press(&self, key: char) {
        self.party().press(key);
    }

    fn hang_up(&self) {
        self.party().hang_up();
    }

    fn heard(&self) -> Sound {
        self.party().heard()
    }

    fn wait_over(&self) {
        self.party().wait_over();
    }
}

impl Switchboard for Setup {
    type Phone = Telephone;

    fn caller(&self) -> Caller<Telephone> {
        self.controlled("100")
    }

    fn person(&self, how: Person) -> String {
        let number = match how {
            Person::Answers => self.number(answers()),
            Person::Busy => self.number(Manner::Busy),
            Person::Declines => self.number(Manner::Declines),
            Person::Rings => self.number(Manner::Rings),
            Person::Unregistered => UNREGISTERED_NUMBER,
            Person::Unknown => UNKNOWN_NUMBER,
        };
        format!("desk{number}")
    }

    fn desk_answers(&self) {
        self.phones.will(&DESK.to_string(), answers());
    }

    fn telephone_of(&self, name: &str) -> Telephone {
        let number =
            if name == "desk" { DESK.to_string() } else { name.trim_start_matches("desk").to_owned() };
        Telephone::Called(self.phones.wait_invite(&number, LIMIT).unwrap())
    }

    /// Asterisk carries the call by itself: the server no longer has a leg in it.
    fn assert_joined(&self, caller: &Caller<Telephone>, person: &Telephone) {
        let Telephone::Called(phone) = person else { panic!("a caller can't be the person") };
        phone.wait_answered(LIMIT).unwrap();
        self.event(&caller.id, "leg_left");
    }

    fn close(&self) {
        assert!(!self.server.log().contains("panicked"), "something panicked");
        if self.is_ones_own {
            self.server.wait_balanced(LIMIT).unwrap();
        }
    }
}
