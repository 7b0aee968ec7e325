//! Callers whose own phones hold the call while the connection is down, or the process dies.

use super::*;

/// The leg of the caller's audio, made by the channel driver.
const LEG: &str = "2.2";

fn leg_name() -> String {
    format!("AudioSocket/127.0.0.1:9092-{AUDIO}")
}

fn held() -> String {
    format!("Event: Hold\nChannel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6")
}

/// Returns the caller's row in a list, with its application and in this bridge or in none.
fn caller_row(application: &str, data: &str, bridge: &str) -> String {
    format!(
        "Channel: PJSIP/trunk-1\nUniqueid: {CALLER}\nChannelState: 6\nBridgeId: {bridge}\nApplication: {application}\nApplicationData: {data}"
    )
}

/// Returns the rows of the two that are bridged.
fn rows() -> [String; 2] {
    let leg = leg_name();
    [
        caller_row("Dial", &format!("AudioSocket/127.0.0.1:9092/{AUDIO}/c(slin),,g"), "b1"),
        format!("Channel: {leg}\nUniqueid: {LEG}\nLinkedid: {CALLER}\nChannelState: 6\nBridgeId: b1"),
    ]
}

impl Bench {
    /// Returns a bench with a call whose caller's phone holds it, and whose connection is down.
    fn held_and_lost() -> Self {
        let mut bench = Self::with_caller();
        bench.say(&held());
        bench.asterisk.lost(WireFault::Ended, bench.now);
        assert_eq!(bench.kinds(), ["held", "control_lost"]);
        bench.sign_in();
        bench.say("Event: FullyBooted");
        bench
    }

    /// Returns the id of the action that asks whether the phone still holds the call.
    fn asked_whether_held(&mut self) -> String {
        let (id, question) = self.action("Getvar");
        assert!(question.contains(&format!("Channel: {LEG}\r\n")), "{question}");
        assert!(question.contains("Variable: CHANNEL(onhold)"), "{question}");
        id
    }
}

/// A caller who is taken for held is not heard by anybody, and no later event would end that.
#[test]
fn a_hold_that_ends_without_a_link_is_seen() {
    for (value, expected) in [("1", vec![]), ("0", vec!["unheld"]), ("", vec!["unheld"])] {
        let mut bench = Bench::held_and_lost();
        let [caller, leg] = rows();
        bench.list(&[&caller, &leg]);
        assert_eq!(bench.kinds(), ["control_attached"]);
        let id = bench.asked_whether_held();
        bench.say(&answer(&id, &format!("Variable: CHANNEL(onhold)\nValue: {value}")));
        assert_eq!(bench.kinds(), expected, "{value:?}");
    }
}

#[test]
fn an_event_outweighs_a_later_answer_about_a_hold() {
    let mut bench = Bench::held_and_lost();
    let [caller, leg] = rows();
    bench.list(&[&caller, &leg]);
    let id = bench.asked_whether_held();
    bench.say(&held());
    bench.say(&answer(&id, "Value: 0"));
    assert_eq!(bench.kinds(), ["control_attached", "held"]);
}

/// The application has no other channel that a hold could be noted at.
#[test]
fn a_caller_whose_hold_is_unknown_counts_as_back() {
    let mut bench = Bench::held_and_lost();
    bench.list(&[&caller_row("AudioSocket", &format!("{AUDIO},127.0.0.1:9092"), "")]);
    assert_eq!(bench.kinds(), ["control_attached", "unheld"]);
    let written = bench.written();
    assert!(!written.contains("onhold"), "{written}");
}

/// An earlier process saw the hold begin, and not end.
#[test]
fn resumed_calls_check_whether_a_phone_holds_them() {
    let mut bench = Bench::up();
    bench.asterisk.list_channels(bench.now);
    let [caller, leg] = rows();
    bench.list(&[&caller, &leg]);
    let (call_id, call) = (CallId(Uuid::nil()), bench.call.clone());
    bench.take(ToSwitch::Watch { channel: AUDIO, call_id, held_from: None, phone_holds: true, call });
    assert_eq!(bench.kinds(), ["control_attached"]);
    let id = bench.asked_whether_held();
    bench.say(&answer(&id, "Value: 0"));
    assert_eq!(bench.kinds(), ["unheld"]);
}
