//! Messages of an Asterisk, and time that passes: no socket, no clock.

mod asked;
mod compared;
mod held;
mod joined;
mod limits;
mod parked;
mod phone;
mod rung;

use std::time::Duration;

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId};
use cordboard_schema::switch::ControlLink;
use cordboard_schema::wire::ami::{AmiValue, Decoder, Secret};

use super::*;
use crate::asterisk::HoldPlaces;
use crate::line::{CallLine, CallMailbox};
use crate::live_count::LiveCount;
use crate::messages::{ChannelAction, Phone, ToCall, ToSwitch};
use crate::meters::SwitchMeter;

pub(super) const AUDIO: Uuid = Uuid::from_u128(0x11);
pub(super) const PERSON: Uuid = Uuid::from_u128(0x22);
pub(super) const CALLER: &str = "1795157377.0";

/// An Asterisk, the time, and a call that may be on it.
pub(super) struct Bench {
    pub(super) asterisk: Asterisk,
    pub(super) now: UnixMs,
    pub(super) call: CallLine,
    mailbox: CallMailbox,
}

impl Bench {
    /// Returns a bench whose first connection is due.
    pub(super) fn open() -> Self {
        let settings = AmiSettings {
            name: "pbx1".to_owned(),
            address: "pbx.example:5038".to_owned(),
            user: AmiValue::new("cordboard").unwrap(),
            secret: Secret::new("hush").unwrap(),
            uuid_variable: AmiValue::new("CORDBOARD_UUID").unwrap(),
            dial: "PJSIP/{number}".parse().unwrap(),
            trunk: Some("PJSIP/{number}@trunk".parse().unwrap()),
            answered: "cordboard-outbound,s,1".parse().unwrap(),
            hold: HoldPlaces {
                caller: "cordboard-hold,caller,1".parse().unwrap(),
                person: "cordboard-hold,person,1".parse().unwrap(),
                back: "cordboard-hold,back,1".parse().unwrap(),
            },
            installation: AmiValue::from(7_u64),
            compare_every: Some(Duration::from_secs(5)),
            live: LiveCount::default(),
            meter: SwitchMeter::default(),
        };
        let now = UnixMs(1_000_000);
        let (call, mailbox) = CallLine::open();
        Self { asterisk: Asterisk::new(settings, 7, || 0.0, now), now, call, mailbox }
    }

    /// Returns a bench that is signed in, knows its channels, and has no actions under way.
    pub(super) fn up() -> Self {
        let mut bench = Self::open();
        bench.sign_in();
        bench.say("Event: FullyBooted");
        bench.list(&[]);
        bench
    }

    pub(super) fn sign_in(&mut self) {
        self.until_connecting();
        self.asterisk.connected(self.now);
        self.asterisk.received(Frame::Banner("Asterisk Call Manager/11.0.0".to_owned()), self.now);
        let challenge = self.asked("Challenge");
        self.say(&format!("Response: Success\nActionID: {challenge}\nChallenge: 123456789"));
        let login = self.asked("Login");
        self.say(&format!("Response: Success\nActionID: {login}\nMessage: Authentication accepted"));
    }

    /// Answers the request for a list of channels, and the one for bridges, if there was one, with none.
    pub(super) fn list(&mut self, rows: &[&str]) {
        self.list_both(&[], rows);
    }

    /// The same with these bridges.
    pub(super) fn list_both(&mut self, bridges: &[&str], rows: &[&str]) {
        let written = self.written();
        let id_of = |name: &str| {
            let first = format!("Action: {name}");
            let block = written.split("\r\n\r\n").find(|block| block.lines().next() == Some(&first))?;
            Some(block.lines().find_map(|line| line.strip_prefix("ActionID: "))?.to_owned())
        };
        if let Some(id) = id_of("BridgeList") {
            self.say(&format!("Response: Success\nActionID: {id}\nEventList: start"));
            for bridge in bridges {
                self.say(&format!("Event: BridgeListItem\nActionID: {id}\n{bridge}"));
            }
            self.say(&format!("Event: BridgeListComplete\nActionID: {id}\nEventList: Complete"));
        }
        let id = id_of("CoreShowChannels").unwrap_or_else(|| panic!("no list is requested: {written:?}"));
        self.say(&format!("Response: Success\nActionID: {id}\nEventList: start"));
        for row in rows {
            self.say(&format!("Event: CoreShowChannel\nActionID: {id}\n{row}"));
        }
        self.say(&format!("Event: CoreShowChannelsComplete\nActionID: {id}\nEventList: Complete"));
    }

    /// Refuses the list of channels to our user.
    pub(super) fn refuse_lists(&mut self) {
        for block in self.written().split("\r\n\r\n").filter(|block| !block.is_empty()) {
            let id = block.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap();
            self.say(&format!("Response: Error\nActionID: {id}\nMessage: Permission denied"));
        }
    }

    /// Receives these lines from Asterisk.
    pub(super) fn say(&mut self, lines: &str) {
        for frame in frames(lines) {
            self.asterisk.received(frame, self.now);
        }
    }

    /// Lets the time pass to the next deadline. Returns how many ms that took.
    pub(super) fn pass(&mut self) -> u64 {
        let next = self.asterisk.next_deadline().unwrap_or(self.now).max(self.now);
        let passed = next.ms_since(self.now);
        self.now = next;
        self.asterisk.tick(next);
        passed
    }

    pub(super) fn until_connecting(&mut self) -> u64 {
        let mut passed = 0;
        for _ in 0..50 {
            while let Some(step) = self.asterisk.next_step() {
                if matches!(step, ActorStep::Connect) {
                    return passed;
                }
            }
            passed += self.pass();
        }
        panic!("no connection is made");
    }

    pub(super) fn written(&mut self) -> String {
        String::from_utf8(self.asterisk.take_output()).unwrap()
    }

    /// Returns the id of the only written action of this name.
    pub(super) fn asked(&mut self, name: &str) -> String {
        let (id, _) = self.action(name);
        id
    }

    /// The same, with all its lines.
    pub(super) fn action(&mut self, name: &str) -> (String, String) {
        let written = self.written();
        let first = format!("Action: {name}\r\n");
        let block = written.split("\r\n\r\n").find(|block| format!("{block}\r\n").starts_with(&first));
        let block = block.unwrap_or_else(|| panic!("no {name} in {written:?}"));
        let id = block.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap();
        (id.to_owned(), block.to_owned())
    }

    pub(super) fn take(&mut self, message: ToSwitch) {
        self.asterisk.take(message, self.now);
    }

    pub(super) fn watch(&mut self) {
        self.watch_over(AUDIO, None);
    }

    /// Has the call of this connection watch its caller's channel, which it holds from this person.
    pub(super) fn watch_over(&mut self, channel: Uuid, held_from: Option<Uuid>) {
        let (call_id, call) = (CallId(Uuid::nil()), self.call.clone());
        self.take(ToSwitch::Watch { channel, call_id, held_from, phone_holds: false, call });
    }

    pub(super) fn act(&mut self, action: ChannelAction) {
        let call = self.call.clone();
        self.take(ToSwitch::Act { channel: AUDIO, effect: EffectId(9), action, call });
    }

    pub(super) fn facts(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let Ok(message) = self.mailbox.try_recv() {
            if let ToCall::Fact(fact) = message {
                facts.push(fact);
            }
        }
        facts
    }

    pub(super) fn kinds(&mut self) -> Vec<&'static str> {
        self.facts().iter().map(Fact::kind).collect()
    }

    /// Returns a bench with a call whose caller is known.
    pub(super) fn with_caller() -> Self {
        let mut bench = Self::up();
        bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
        bench.say(&dial_begin());
        bench.watch();
        assert_eq!(bench.kinds(), ["control_attached"]);
        bench.written();
        bench
    }

    /// The same, with a person whom we have rung.
    fn with_person() -> Self {
        let mut bench = Self::with_caller();
        bench.say(&newchannel(&person(), "PJSIP/2001-1", 6));
        bench.say(&bridge("BridgeEnter", "b2", CALLER, "PJSIP/trunk-1"));
        bench.say(&bridge("BridgeEnter", "b2", &person(), "PJSIP/2001-1"));
        assert_eq!(bench.facts(), [Fact::Bridged { other: PERSON.to_string() }]);
        bench
    }
}

fn frames(lines: &str) -> Vec<Frame> {
    let text = format!("Asterisk Call Manager/11.0.0\r\n{}\r\n\r\n", lines.trim().replace('\n', "\r\n"));
    let mut decoder = Decoder::new();
    let mut input = text.as_bytes();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.decode(&mut input).unwrap() {
        frames.extend(matches!(frame, Frame::Message(_)).then_some(frame));
    }
    frames
}

pub(super) fn person() -> String {
    AmiValue::channel_of_ours(PERSON).to_string()
}

pub(super) fn newchannel(id: &str, name: &str, state: u32) -> String {
    format!(
        "Event: Newchannel\nChannel: {name}\nChannelState: {state}\nCallerIDNum: 5551234\nExten: 100\nUniqueid: {id}\nLinkedid: {id}"
    )
}

pub(super) fn dial_begin() -> String {
    format!(
        "Event: DialBegin\nUniqueid: {CALLER}\nDestChannel: AudioSocket/127.0.0.1:9092-{AUDIO}\nDestUniqueid: 2.2"
    )
}

pub(super) fn announced(id: &str) -> String {
    format!(
        "Event: UserEvent\nChannel: PJSIP/trunk-1\nUniqueid: {id}\nUserEvent: CordboardCall\nAudioSocketUUID: {AUDIO}\nFrom: +4930\nCampaign: C1"
    )
}

pub(super) fn bridge(event: &str, bridge: &str, id: &str, name: &str) -> String {
    format!("Event: {event}\nBridgeUniqueid: {bridge}\nChannel: {name}\nUniqueid: {id}")
}

pub(super) fn hangup(event: &str, id: &str, cause: u16) -> String {
    format!("Event: {event}\nChannel: PJSIP/x\nUniqueid: {id}\nCause: {cause}")
}

pub(super) fn answer(id: &str, lines: &str) -> String {
    format!("Response: Success\nActionID: {id}\n{lines}")
}

#[test]
fn a_calls_channel_is_marked_and_its_announcement_comes_first() {
    let mut bench = Bench::up();
    bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    bench.say(&announced(CALLER));
    bench.watch();
    let written = bench.written();
    assert!(written.contains("Variable: CORDBOARD_CALL\r\n"), "{written}");
    let facts = bench.facts();
    let Fact::Announced { announcement } = &facts[0] else { panic!("{facts:?}") };
    assert_eq!(announcement.from.as_deref(), Some("+4930"));
    assert_eq!(announcement.variables["Campaign"], "C1");
}

#[test]
fn a_stranger_announcing_our_uuid_takes_over_no_call() {
    let mut bench = Bench::with_caller();
    bench.say(&newchannel("9.9", "PJSIP/stranger-1", 6));
    bench.say(&announced("9.9"));
    bench.take(ToSwitch::ChannelIs { channel: AUDIO, unique_id: "9.9".to_owned() });
    bench.say(&hangup("Hangup", "9.9", 17));
    assert_eq!(bench.kinds(), Vec::<&str>::new());
}

#[test]
fn who_hung_up_and_why() {
    let table = [
        // The cause of an earlier attempt sticks to a caller who has said goodbye.
        (
            vec![hangup("HangupRequest", CALLER, 21), hangup("Hangup", CALLER, 21)],
            HangupBy::Caller,
            "normal_clearing",
        ),
        (
            vec![hangup("HangupRequest", CALLER, 0), hangup("Hangup", CALLER, 0)],
            HangupBy::Caller,
            "normal_clearing",
        ),
        (
            vec![hangup("SoftHangupRequest", CALLER, 16), hangup("Hangup", CALLER, 0)],
            HangupBy::Switch,
            "normal_clearing",
        ),
        (vec![hangup("Hangup", CALLER, 34)], HangupBy::Switch, "normal_circuit_congestion"),
    ];
    for (events, by, cause) in table {
        let mut bench = Bench::with_caller();
        events.iter().for_each(|event| bench.say(event));
        let expected = Fact::Hangup { by, cause: HangupCause(cause.to_owned()) };
        assert_eq!(bench.facts(), [expected]);
    }
}

#[test]
fn a_lost_link_is_reported_and_pending_outcomes_are_unknown() {
    let mut bench = Bench::with_caller();
    bench.act(ChannelAction::HangUp(HangupCause::normal_clearing()));
    bench.asterisk.lost(WireFault::Ended, bench.now);
    let facts = bench.facts();
    assert!(matches!(facts[0], Fact::ControlLost { link: ControlLink::Inbound, .. }), "{facts:?}");
    assert!(matches!(facts[1], Fact::ActionDone { outcome: ActionOutcome::Unknown, .. }), "{facts:?}");
    bench.act(ChannelAction::HangUp(HangupCause::normal_clearing()));
    assert!(matches!(&bench.facts()[..], [Fact::ActionDone { outcome: ActionOutcome::Failed { .. }, .. }]));
    assert_eq!(bench.written(), "", "nothing is sent to a dead link");

    bench.sign_in();
    bench.say("Event: FullyBooted");
    let row = format!(
        "Channel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6\nApplication: Dial\nApplicationData: AudioSocket/127.0.0.1:9092/{AUDIO}/c(slin),,g"
    );
    bench.list(&[&row]);
    assert_eq!(bench.kinds(), ["control_attached"]);
}

/// When a caller is sent to a place that does not exist, Asterisk hangs them up and reports success.
#[test]
fn a_caller_is_sent_only_to_a_place_that_exists() {
    for (value, is_sent) in [("1", true), ("", true), ("0", false)] {
        let mut bench = Bench::with_caller();
        bench.act(ChannelAction::Transfer("people,2001,1".parse().unwrap()));
        let (id, question) = bench.action("Getvar");
        assert!(question.contains("Variable: DIALPLAN_EXISTS(people,2001,1)"), "{question}");
        bench.say(&answer(&id, &format!("Variable: DIALPLAN_EXISTS(people,2001,1)\nValue: {value}")));
        if !is_sent {
            let facts = bench.facts();
            let [Fact::ActionDone { outcome: ActionOutcome::Failed { reason }, .. }] = &facts[..] else {
                panic!("{facts:?}")
            };
            assert_eq!(reason, "the dialplan has no people,2001,1");
            continue;
        }
        let (id, redirect) = bench.action("Redirect");
        assert!(redirect.contains("Context: people") && redirect.contains(&format!("Channel: {CALLER}")));
        bench.say(&answer(&id, "Message: Redirect successful"));
        assert!(matches!(&bench.facts()[..], [Fact::ActionDone { outcome: ActionOutcome::Done, .. }]));
    }
}

#[test]
fn a_held_caller_hears_music_and_nobody_has_left() {
    let mut bench = Bench::with_person();
    bench.act(ChannelAction::Hold { channel: PERSON });
    let ordered = bench.written();
    let named = "Variable: CORDBOARD_HELD_BY\r\nValue: 7\r\n";
    for channel in [CALLER, &person()] {
        assert!(ordered.contains(&format!("Channel: {channel}\r\n{named}")), "{ordered}");
    }
    let question = ordered.split("Action: Getvar\r\nActionID: ").nth(1).and_then(|rest| rest.lines().next());
    bench.say(&answer(question.unwrap(), "Value: 1"));
    let (id, redirect) = bench.action("Redirect");
    assert!(redirect.contains("Exten: caller") && redirect.contains("ExtraExten: person"), "{redirect}");
    assert!(redirect.contains(&format!("ExtraChannel: {}", person())), "{redirect}");
    bench.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    bench.say(&answer(&id, "Message: Dual Redirect successful"));
    assert_eq!(bench.kinds(), ["action_done"], "we separated them ourselves");

    bench.act(ChannelAction::Unhold { channel: PERSON });
    let id = bench.asked("Bridge");
    bench.say(&answer(&id, "Message: Channels have been bridged"));
    bench.say(&bridge("BridgeEnter", "b3", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b3", &person(), "PJSIP/2001-1"));
    assert_eq!(bench.kinds(), ["action_done"], "they still talk");
    bench.say(&bridge("BridgeLeave", "b3", &person(), "PJSIP/2001-1"));
    assert_eq!(bench.facts(), [Fact::Unbridged]);
}

/// A person transfers the caller with their own phone, as captured (`atxfer-chan-features`): Asterisk takes the person out of the
/// bridge before it adds the next one.
#[test]
fn a_channel_replacing_a_bridged_person_has_the_caller() {
    let mut bench = Bench::with_person();
    bench.say(&newchannel("7.7", "PJSIP/2002-1", 6));
    bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    let enters = bridge("BridgeEnter", "b2", "7.7", "PJSIP/2002-1");
    bench.say(&format!("{enters}\nSwapUniqueid: {}", person()));
    assert_eq!(bench.facts(), [Fact::Unbridged, Fact::Bridged { other: "7.7".to_owned() }]);
    bench.say(&hangup("HangupRequest", &person(), 16));
    bench.say(&hangup("Hangup", &person(), 16));
    assert_eq!((bench.kinds().len(), bench.written().as_str()), (0, ""), "the caller stays with them");
    bench.say(&bridge("BridgeLeave", "b2", "7.7", "PJSIP/2002-1"));
    assert_eq!(bench.facts(), [Fact::Unbridged]);
}

/// A person transfers the caller with their phone, as captured (`blindtransfer-chan`): Asterisk reports that before it separates
/// them.
#[test]
fn a_transfer_by_a_phone_reports_no_separation() {
    let leaves = |bench: &mut Bench| {
        bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
        bench.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
        bench.say(&hangup("Hangup", &person(), 16));
    };
    let sends_on = |result: &str| {
        format!(
            "Event: BlindTransfer\nResult: {result}\nTransfererUniqueid: {}\nTransfereeUniqueid: {CALLER}\nExtension: 2002",
            person()
        )
    };
    let mut bench = Bench::with_person();
    bench.say(&sends_on("Success"));
    leaves(&mut bench);
    assert_eq!((bench.facts(), bench.written().as_str()), (Vec::new(), ""), "the next person is rung");
    bench.say(&newchannel("7.7", "PJSIP/2002-1", 6));
    bench.say(&bridge("BridgeEnter", "b3", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b3", "7.7", "PJSIP/2002-1"));
    assert_eq!(bench.facts(), [Fact::Bridged { other: "7.7".to_owned() }]);
    bench.say(&bridge("BridgeLeave", "b3", "7.7", "PJSIP/2002-1"));
    assert_eq!(bench.facts(), [Fact::Unbridged], "a later separation is reported");

    let mut refused = Bench::with_person();
    refused.say(&sends_on("Not Permitted"));
    leaves(&mut refused);
    assert_eq!(refused.facts(), [Fact::Unbridged]);

    // The place is our own: a new call has the caller, and the old one is notified.
    let mut again = Bench::with_person();
    again.say(&sends_on("Success"));
    leaves(&mut again);
    let newer = Uuid::from_u128(0x33);
    again.watch_over(newer, None);
    again.say(&announced(CALLER).replace(&AUDIO.to_string(), &newer.to_string()));
    assert_eq!(again.kinds(), ["unbridged", "announced", "control_attached"]);
}

/// The connection is lost, and is back, while the next person's phone rings.
#[test]
fn a_reconnect_after_a_transfer_reports_no_separation() {
    let mut bench = Bench::with_person();
    bench.say(&format!(
        "Event: BlindTransfer\nResult: Success\nTransfererUniqueid: {}\nTransfereeUniqueid: {CALLER}\nExtension: 2002",
        person()
    ));
    bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    bench.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
    bench.say(&hangup("Hangup", &person(), 16));
    let row = format!(
        "Channel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6\nApplication: Dial\nApplicationData: PJSIP/2002"
    );
    for _ in 0..2 {
        bench.asterisk.lost(WireFault::Ended, bench.now);
        bench.sign_in();
        bench.say("Event: FullyBooted");
        assert_eq!(bench.kinds(), ["control_lost"]);
        bench.list(&[&row]);
        let facts = bench.facts();
        let [Fact::ControlAttached { channel, .. }] = &facts[..] else { panic!("{facts:?}") };
        assert_eq!(channel.bridged_with, Some(PERSON.to_string()));
    }
    bench.say(&newchannel("7.7", "PJSIP/2002-1", 6));
    bench.say(&bridge("BridgeEnter", "b3", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b3", "7.7", "PJSIP/2002-1"));
    assert_eq!(bench.facts(), [Fact::Bridged { other: "7.7".to_owned() }]);
    bench.say(&bridge("BridgeLeave", "b3", "7.7", "PJSIP/2002-1"));
    assert_eq!(bench.facts(), [Fact::Unbridged]);
}

/// The list was made before the two were separated, and arrives after that.
#[test]
fn an_outdated_list_joins_nobody_again() {
    let mut bench = Bench::with_person();
    bench.asterisk.list_channels(bench.now);
    let id = bench.asked("CoreShowChannels");
    bench.act(ChannelAction::Hold { channel: PERSON });
    bench.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    bench.say(&format!("Response: Success\nActionID: {id}\nEventList: start"));
    for (id_of, name) in [(CALLER.to_owned(), "PJSIP/trunk-1"), (person(), "PJSIP/2001-1")] {
        bench.say(&format!("Event: CoreShowChannel\nActionID: {id}\nChannel: {name}\nUniqueid: {id_of}\nChannelState: 6\nBridgeId: b2"));
    }
    bench.say(&format!("Event: CoreShowChannelsComplete\nActionID: {id}\nEventList: Complete"));
    assert_eq!(bench.kinds(), Vec::<&str>::new());
    let held_from = bench.asterisk.watched[&AUDIO].held_from.as_ref().map(|held| held.person.to_string());
    assert_eq!(held_from, Some(person()));
}

#[test]
fn a_held_caller_whose_person_leaves_returns_to_the_dialplan() {
    let mut bench = Bench::with_person();
    bench.act(ChannelAction::Hold { channel: PERSON });
    let id = bench.asked("Getvar");
    bench.say(&answer(&id, "Value: 1"));
    let id = bench.asked("Redirect");
    bench.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    bench.say(&answer(&id, ""));
    bench.facts();
    bench.say(&hangup("Hangup", &person(), 16));
    assert_eq!(bench.facts(), [Fact::Unbridged]);
    let (_, redirect) = bench.action("Redirect");
    assert!(
        redirect.contains("Exten: back") && redirect.contains(&format!("Channel: {CALLER}")),
        "{redirect}"
    );
}

/// A list lags, and a list that was cut is incomplete: only the switch's answer about this very channel ends a call.
#[test]
fn a_call_ends_only_when_the_switch_denies_its_channel() {
    for (answered, kinds) in [
        ("Response: Error\nMessage: No such channel", vec!["channel_gone"]),
        ("Response: Success\nEventList: start", vec![]),
    ] {
        let mut bench = Bench::with_caller();
        bench.asterisk.list_channels(bench.now);
        bench.list(&[]);
        let (id, question) = bench.action("Status");
        assert!(question.contains(&format!("Channel: {CALLER}")), "{question}");
        let (first, rest) = answered.split_once('\n').unwrap();
        bench.say(&format!("{first}\nActionID: {id}\n{rest}"));
        assert_eq!(bench.kinds(), kinds);
    }
}

/// An answered channel and its caller arrive before the call; 5 s later the announcement has expired.
#[test]
fn early_announcements_are_kept_for_some_seconds() {
    let mut bench = Bench::up();
    bench.say(&newchannel(CALLER, "PJSIP/trunk-1", 6));
    bench.say(&announced(CALLER));
    bench.now = bench.now + 5_000;
    bench.asterisk.tick(bench.now);
    bench.watch();
    assert_eq!(bench.kinds(), ["control_attached"], "the channel is still known, its announcement is not");
}
