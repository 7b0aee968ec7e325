//! Parked callers, recordings of people, variables: the actions, and Asterisk's answers.

use super::*;

/// Returns the event of a channel that enters the bridge of the car park.
fn into_the_park(id: &str, name: &str) -> String {
    format!("{}\nBridgeTechnology: holding_bridge", bridge("BridgeEnter", "park", id, name))
}

#[test]
fn a_parked_caller_has_no_company_until_fetched() {
    let mut bench = Bench::with_caller();
    bench.act(ChannelAction::Park { timeout_ms: 150_000 });
    let (id, asked) = bench.action("Park");
    assert!(asked.contains(&format!("Channel: {CALLER}\r\nTimeout: 150000")), "{asked}");
    bench.say(&format!("Response: Success\nActionID: {id}"));
    // Another caller is parked there already.
    bench.say(&newchannel("1795157300.1", "PJSIP/other-1", 6));
    bench.say(&into_the_park("1795157300.1", "PJSIP/other-1"));
    bench.say(&into_the_park(CALLER, "PJSIP/trunk-1"));
    bench.say(&format!("Event: ParkedCall\nParkeeUniqueid: {CALLER}\nParkingSpace: 701"));
    assert_eq!(bench.kinds(), ["action_done", "parked"]);

    bench.say(&newchannel("1795157300.2", "PJSIP/2002-1", 6));
    bench.say(&bridge("BridgeLeave", "park", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b2", CALLER, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b2", "1795157300.2", "PJSIP/2002-1"));
    assert_eq!(bench.facts(), [Fact::Bridged { other: "1795157300.2".to_owned() }]);
}

/// The list of channels does not show what kind their bridge is; the list of bridges does.
#[test]
fn callers_parked_together_stay_strangers_after_a_lost_link() {
    let mut bench = Bench::with_caller();
    bench.say(&newchannel("1795157300.1", "PJSIP/other-1", 6));
    bench.say(&into_the_park("1795157300.1", "PJSIP/other-1"));
    bench.say(&into_the_park(CALLER, "PJSIP/trunk-1"));
    bench.asterisk.lost(WireFault::Ended, bench.now);
    assert_eq!(bench.kinds(), ["control_lost"]);
    bench.sign_in();
    bench.say("Event: FullyBooted");
    let row = |id: &str, name: &str| {
        format!(
            "Channel: {name}\nUniqueid: {id}\nLinkedid: {id}\nChannelState: 6\nBridgeId: park\nApplication: Dial\n\
             ApplicationData: AudioSocket/127.0.0.1:9092/{AUDIO}/c(slin)"
        )
    };
    let bridge = "BridgeUniqueid: park\nBridgeType: parking\nBridgeTechnology: holding_bridge";
    let other = row("1795157300.1", "PJSIP/other-1").replace("Dial", "Park");
    bench.list_both(&[bridge], &[&row(CALLER, "PJSIP/trunk-1"), &other]);
    let facts = bench.facts();
    let [Fact::ControlAttached { channel, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(channel.bridged_with, None);
}

#[test]
fn a_parked_caller_is_fetched_through_the_dialplan() {
    let mut bench = Bench::with_caller();
    bench.act(ChannelAction::Fetch);
    let (id, asked) = bench.action("Getvar");
    assert!(asked.contains("DIALPLAN_EXISTS(cordboard-hold,back,1)"), "{asked}");
    bench.say(&format!("Response: Success\nActionID: {id}\nValue: 1"));
    let (id, asked) = bench.action("Redirect");
    assert!(asked.contains("Context: cordboard-hold\r\nExten: back"), "{asked}");
    bench.say(&format!("Response: Success\nActionID: {id}"));
    assert_eq!(bench.kinds(), ["action_done"]);
}

#[test]
fn a_recording_is_named_after_its_call_and_sequence_number() {
    let mut bench = Bench::with_caller();
    bench.act(ChannelAction::Record);
    let (_, asked) = bench.action("MixMonitor");
    assert!(asked.contains("File: cordboard-00000000-0000-0000-0000-000000000000-9.wav"), "{asked}");
    bench.act(ChannelAction::StopRecording);
    bench.action("StopMixMonitor");
}

#[test]
fn variables_are_set_in_turn_until_one_is_refused() {
    let mut bench = Bench::with_caller();
    let variables = [("a", "x y"), ("b", "${GLOBAL(z)}")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    bench.act(ChannelAction::SetVariables(variables.clone().into()));
    let (id, asked) = bench.action("Setvar");
    assert!(asked.contains("Variable: cordboard_a\r\nValue: x%20y"), "{asked}");
    bench.say(&format!("Response: Success\nActionID: {id}"));
    let (id, asked) = bench.action("Setvar");
    assert!(asked.contains("Variable: cordboard_b\r\nValue: %24%7BGLOBAL%28z%29%7D"), "{asked}");
    assert_eq!(bench.kinds(), Vec::<&str>::new());
    bench.say(&format!("Response: Success\nActionID: {id}"));
    assert_eq!(bench.kinds(), ["action_done"]);

    bench.act(ChannelAction::SetVariables(variables.into()));
    let id = bench.asked("Setvar");
    bench.say(&format!("Response: Error\nActionID: {id}\nMessage: No such channel"));
    let failed = ActionOutcome::Failed { reason: "No such channel".to_owned() };
    assert_eq!(bench.facts(), [Fact::ActionDone { effect: EffectId(9), outcome: failed }]);
    assert_eq!(bench.written(), "");
}
