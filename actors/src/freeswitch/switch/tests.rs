//! A switch, and time that passes: no socket, no clock.

use std::time::Duration;

use cordboard_schema::dial::DialTarget;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId};
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::wire::esl::{DialText, EslValue, Password, Reply};

use serde_json::{from_value, json};

use super::*;
use crate::line::CallMailbox;
use crate::live_count::LiveCount;
use crate::messages::{CallLine, ChannelAction, ToSwitch};
use crate::meters::SwitchMeter;

/// A switch, and the time.
pub(super) struct Bench {
    pub(super) switch: Freeswitch,
    pub(super) now: UnixMs,
}

impl Bench {
    /// Returns a bench whose first connection is due.
    pub(super) fn open(compare_every: Option<Duration>) -> Self {
        let settings = SwitchSettings {
            name: "pbx1".to_owned(),
            address: "pbx.example:8021".to_owned(),
            password: Password(EslValue::new("ClueCon").unwrap()),
            our_address: Some(DialText::new("192.0.2.7:8022").unwrap()),
            way_back: Some(DialText::new("192.0.2.7:8022").unwrap()),
            music: EslValue::new("local_stream://moh").unwrap(),
            trunk: Some("sofia/gateway/outside/{number}".parse().unwrap()),
            compare_every,
            meter: SwitchMeter::default(),
            live: LiveCount::new(),
        };
        let now = UnixMs(1_000_000);
        Self { switch: Freeswitch::new(settings, 7, || 0.0, now), now }
    }

    /// Returns a bench that is connected, with its opening answered.
    pub(super) fn connected(compare_every: Option<Duration>) -> Self {
        let mut bench = Self::open(compare_every);
        bench.sign_in();
        bench
    }

    /// The same for a switch without a trunk.
    fn without_trunk() -> Self {
        let mut bench = Self::open(None);
        bench.switch.settings.trunk = None;
        bench.sign_in();
        bench
    }

    pub(super) fn sign_in(&mut self) {
        self.run_until_step("Connect");
        self.switch.connected(self.now);
        self.frame(Frame::AuthRequest);
        self.frame(reply("+OK accepted"));
        for _ in 0..4 {
            self.frame(reply("+OK"));
        }
        self.frame(Frame::ApiResponse("pbx.example".to_owned()));
        self.switch.take_output();
    }

    pub(super) fn frame(&mut self, frame: Frame) {
        self.switch.received(frame, self.now);
    }

    /// Lets the time pass to the next deadline. Returns how many ms that took.
    pub(super) fn pass(&mut self) -> u64 {
        let next = self.switch.next_deadline().unwrap_or(self.now).max(self.now);
        let passed = next.ms_since(self.now);
        self.now = next;
        self.switch.tick(next);
        passed
    }

    /// Lets the time pass until this step of the actor. Returns how many ms that took.
    fn run_until_step(&mut self, step: &str) -> u64 {
        let mut passed = 0;
        for _ in 0..100 {
            while let Some(next) = self.switch.next_step() {
                if format!("{next:?}").starts_with(step) {
                    return passed;
                }
            }
            passed += self.pass();
        }
        panic!("the step {step} is missing");
    }

    pub(super) fn written(&mut self) -> String {
        String::from_utf8(self.switch.take_output()).unwrap()
    }

    pub(super) fn take(&mut self, message: ToSwitch) {
        self.switch.take(message, self.now);
    }
}

pub(super) fn reply(text: &str) -> Frame {
    Frame::Reply(Reply { text: text.to_owned(), job_uuid: None })
}

pub(super) fn facts(mailbox: &mut CallMailbox) -> Vec<Fact> {
    let mut facts = Vec::new();
    while let Ok(message) = mailbox.try_recv() {
        if let crate::messages::ToCall::Fact(fact) = message {
            facts.push(fact);
        }
    }
    facts
}

pub(super) fn phone() -> Phone {
    Phone::at(&"default,1002,1".parse().unwrap(), None)
}

const CHANNEL: Uuid = Uuid::from_u128(1);

#[test]
fn the_password_is_shown_nowhere() {
    let bench = Bench::open(None);
    assert!(!format!("{:?}", bench.switch).contains("ClueCon"));
}

#[test]
fn ordering_a_person_twice_rings_once_and_reports_progress() {
    let mut bench = Bench::connected(None);
    let (call, mut mailbox) = CallLine::open();
    let handoff = EffectId(5);
    let ring = |call: &CallLine| ToSwitch::Ring {
        handoff,
        channel: CHANNEL,
        phone: phone(),
        caller_number: None,
        timeout_ms: 20_000,
        call: call.clone(),
    };
    bench.take(ring(&call));
    assert!(bench.written().contains("bgapi originate"));
    let progress = format!("Event-Name: CHANNEL_PROGRESS\nUnique-ID: {CHANNEL}\n\n");
    bench.frame(Frame::Event(Event::plain(progress.as_bytes())));
    bench.take(ring(&call));
    assert_eq!(bench.written(), "");
    assert_eq!(facts(&mut mailbox), [Fact::HandoffRinging { handoff }, Fact::HandoffRinging { handoff }]);
}

#[test]
fn an_outside_number_is_rung_over_the_trunk_only() {
    let (call, mut mailbox) = CallLine::open();
    let target: DialTarget = from_value(json!({ "dial": "number", "number": "+49301234" })).unwrap();
    let handoff = EffectId(5);
    let ring = || ToSwitch::Ring {
        handoff,
        channel: CHANNEL,
        phone: Phone::of(&target, Some("pbx.example")),
        caller_number: None,
        timeout_ms: 20_000,
        call: call.clone(),
    };
    let mut bench = Bench::connected(None);
    bench.take(ring());
    let written = bench.written();
    assert!(written.contains("}sofia/gateway/outside/+49301234 &park"), "{written}");
    let mut inside = Bench::without_trunk();
    inside.take(ring());
    assert_eq!(inside.written(), "");
    let failure = cordboard_schema::switch::HandoffFailure::Trunk;
    assert_eq!(facts(&mut mailbox), [Fact::HandoffFailed { handoff, failure }]);
}

#[test]
fn a_silent_switch_is_probed_and_lost_five_seconds_later() {
    let mut bench = Bench::connected(None);
    assert_eq!(bench.pass(), 30_000);
    assert_eq!(bench.written(), "api status\n\n");
    bench.frame(Frame::ApiResponse("UP".to_owned()));
    assert_eq!(bench.pass(), 30_000);
    assert_eq!(bench.written(), "api status\n\n");
    assert_eq!(bench.run_until_step("Disconnect"), 5_000);
    assert_eq!(bench.switch.shown().fault.unwrap(), "it left a command unanswered for 5000 ms");
    assert_eq!(bench.run_until_step("Connect"), 250);
}

#[test]
fn a_heartbeat_postpones_the_probe() {
    let mut bench = Bench::connected(None);
    for _ in 0..10 {
        bench.now = bench.now + 20_000;
        bench.switch.tick(bench.now);
        bench.frame(Frame::Event(Event::plain(
            b"Event-Name: HEARTBEAT\nSession-Count: 2\nMax-Sessions: 9\nUptime-msec: 1\n\n",
        )));
    }
    assert_eq!(bench.written(), "");
    assert_eq!(bench.switch.shown().channels, Some(2));
    assert_eq!(bench.pass(), 30_000);
}

#[test]
fn any_command_unanswered_for_ten_seconds_ends_the_connection() {
    let mut bench = Bench::connected(None);
    let (call, mut mailbox) = CallLine::open();
    bench.take(ToSwitch::Watch {
        channel: CHANNEL,
        call_id: CallId(Uuid::nil()),
        held_from: None,
        phone_holds: false,
        call,
    });
    assert_eq!(bench.run_until_step("Disconnect"), 10_000);
    assert_eq!(facts(&mut mailbox), [], "nothing was reported of its channel");
}

#[test]
fn a_wrong_password_is_retried_only_after_a_minute() {
    let mut bench = Bench::open(Some(Duration::from_secs(5)));
    bench.run_until_step("Connect");
    bench.switch.connected(bench.now);
    bench.frame(Frame::AuthRequest);
    bench.frame(reply("-ERR invalid"));
    bench.run_until_step("Disconnect");
    // Later events change nothing, and neither does the death of the actor.
    bench.now = bench.now + 10_000;
    bench.switch.lose(LinkFault::ActorDied, bench.now);
    bench.switch.lose(LinkFault::Ended(String::new()), bench.now);
    assert!(bench.switch.shown().fault.unwrap().contains("password"));
    assert_eq!(bench.run_until_step("Connect"), 50_000);
}

#[test]
fn a_switch_silent_during_login_is_left_after_five_seconds() {
    let mut bench = Bench::open(None);
    bench.run_until_step("Connect");
    assert_eq!(bench.run_until_step("Disconnect"), 5_000, "while it connects");
    bench.run_until_step("Connect");
    bench.switch.connected(bench.now);
    assert_eq!(bench.run_until_step("Disconnect"), 5_000, "while it signs in");
    bench.run_until_step("Connect");
    bench.switch.connected(bench.now);
    bench.frame(Frame::AuthRequest);
    assert_eq!(bench.run_until_step("Disconnect"), 5_000, "while it checks the password");
}

#[test]
fn an_unanswered_extension_check_finds_nothing_after_two_seconds() {
    let mut bench = Bench::connected(None);
    let (call, mut mailbox) = CallLine::open();
    bench.take(ToSwitch::CheckExtension { effect: EffectId(3), phone: phone(), call });
    assert_eq!(bench.pass(), 2_000);
    assert_eq!(facts(&mut mailbox), [Fact::ExtensionChecked { effect: EffectId(3), checked: None }]);
    // Answers that arrive too late are ignored, and later answers are not taken for them.
    for late in ["true", "error/user_not_registered", "{\"row_count\": 0}"] {
        bench.frame(Frame::ApiResponse(late.to_owned()));
    }
    assert_eq!(facts(&mut mailbox), []);
    assert!(bench.switch.shown().is_connected);
}

#[test]
fn a_ring_without_events_times_out_and_is_hung_up() {
    let mut bench = Bench::connected(None);
    let (call, mut mailbox) = CallLine::open();
    let handoff = EffectId(5);
    bench.take(ToSwitch::Ring {
        handoff,
        channel: CHANNEL,
        phone: phone(),
        caller_number: None,
        timeout_ms: 20_000,
        call,
    });
    bench.frame(reply("+OK"));
    bench.frame(reply("+OK Job-UUID: x"));
    bench.written();
    let began = bench.now;
    let ended = loop {
        bench.pass();
        let facts = facts(&mut mailbox);
        if !facts.is_empty() {
            break facts;
        }
        // The switch is alive.
        bench.frame(Frame::ApiResponse("UP".to_owned()));
    };
    let failure = cordboard_schema::switch::HandoffFailure::Timeout;
    assert_eq!(ended, [Fact::HandoffFailed { handoff, failure }]);
    assert_eq!(bench.now.ms_since(began), 30_000);
    assert!(bench.written().contains(&format!("api uuid_kill {CHANNEL} ORIGINATOR_CANCEL\n\n")));
}

#[test]
fn actions_without_an_answer_have_an_unknown_outcome() {
    let mut bench = Bench::connected(None);
    let (call, mut mailbox) = CallLine::open();
    let action = ChannelAction::Hold { channel: CHANNEL };
    bench.take(ToSwitch::Act { channel: CHANNEL, effect: EffectId(9), action, call });
    bench.frame(reply("+OK Job-UUID: x"));
    assert_eq!(bench.pass(), 10_000);
    assert_eq!(
        facts(&mut mailbox),
        [Fact::ActionDone { effect: EffectId(9), outcome: ActionOutcome::Unknown }]
    );
}

#[test]
fn comparisons_run_every_five_seconds_also_after_a_loss() {
    let mut bench = Bench::connected(Some(Duration::from_secs(5)));
    bench.pass();
    assert_eq!(bench.written(), "api show channels as json\n\n");
    for _ in 0..3 {
        bench.frame(Frame::ApiResponse("{\"row_count\": 0}\n".to_owned()));
        assert_eq!(bench.pass(), 5_000);
        assert_eq!(bench.written(), "api show channels as json\n\n");
    }
    bench.switch.lose(LinkFault::Ended(String::new()), bench.now);
    bench.sign_in();
    let waited = bench.pass();
    assert!(waited <= 5_000 && bench.written().contains("show channels"), "{waited}");
}

#[test]
fn too_many_unanswered_commands_end_the_connection() {
    let mut bench = Bench::connected(None);
    let (call, _mailbox) = CallLine::open();
    bench.take(ToSwitch::Watch {
        channel: CHANNEL,
        call_id: CallId(Uuid::nil()),
        held_from: None,
        phone_holds: false,
        call,
    });
    for _ in 0..9_000 {
        bench.take(ToSwitch::Listen { channel: CHANNEL, listening: Listening::Inbound });
        bench.take(ToSwitch::Listen { channel: CHANNEL, listening: Listening::Outbound });
    }
    bench.switch.tick(bench.now);
    assert_eq!(bench.switch.shown().fault.unwrap(), "it has stopped reading");
}
