//! Callers who are held from a person, and the calls that hear of one channel after each other.

use super::*;

const NEXT: Uuid = Uuid::from_u128(0x33);

/// What a list says of the two, in this bridge or in none.
fn rows(bridge: &str) -> [String; 2] {
    [(CALLER.to_owned(), "PJSIP/trunk-1"), (person(), "PJSIP/2001-1")].map(|(id, name)| {
        format!(
            "Channel: {name}\nUniqueid: {id}\nChannelState: 6\nBridgeId: {bridge}\nApplication: MusicOnHold"
        )
    })
}

impl Desk {
    fn part(&mut self) {
        self.say(&bridge("BridgeLeave", "b2", CALLER, "PJSIP/trunk-1"));
        self.say(&bridge("BridgeLeave", "b2", &person(), "PJSIP/2001-1"));
    }

    fn held() -> Self {
        let mut desk = Self::with_person();
        desk.act(ChannelAction::Hold { channel: PERSON });
        let id = desk.asked("Getvar");
        desk.say(&answer(&id, "Value: 1"));
        let id = desk.asked("Redirect");
        desk.part();
        desk.say(&answer(&id, ""));
        assert_eq!(desk.kinds(), ["action_done"]);
        desk
    }

    fn lose_and_sign_in(&mut self) {
        self.asterisk.lost(WireFault::Ended, self.now);
        self.sign_in();
        self.say("Event: FullyBooted");
        assert_eq!(self.kinds(), ["control_lost"]);
    }
}

/// The dialplan is still looked at, so that the two talk yet.
#[test]
fn a_list_between_the_order_to_hold_and_the_parting_does_not_make_it_somebody_leaving() {
    let mut desk = Desk::with_person();
    desk.act(ChannelAction::Hold { channel: PERSON });
    let id = desk.asked("Getvar");
    desk.asterisk.list_channels(desk.now);
    let [caller, person] = rows("b2");
    desk.list(&[&caller, &person]);
    desk.say(&answer(&id, "Value: 1"));
    desk.asked("Redirect");
    desk.part();
    assert_eq!(desk.kinds(), Vec::<&str>::new(), "the parting is ours");
}

#[test]
fn a_caller_who_is_held_is_so_still_when_the_connection_is_back() {
    let mut desk = Desk::held();
    desk.lose_and_sign_in();
    let [caller, person_row] = rows("");
    desk.list(&[&caller, &person_row]);
    let facts = desk.facts();
    let [Fact::ControlAttached { channel, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(channel.bridged_with, Some(PERSON.to_string()));

    desk.say(&hangup("Hangup", &person(), 16));
    assert_eq!(desk.facts(), [Fact::Unbridged]);
}

#[test]
fn a_caller_whose_person_left_while_the_connection_was_away_goes_back_to_the_dialplan() {
    let mut desk = Desk::held();
    desk.lose_and_sign_in();
    let [caller, _] = rows("");
    desk.list(&[&caller]);
    let facts = desk.facts();
    let [Fact::ControlAttached { channel, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(channel.bridged_with, None);
    let (_, redirect) = desk.action("Redirect");
    assert!(
        redirect.contains("Exten: back") && redirect.contains(&format!("Channel: {CALLER}")),
        "{redirect}"
    );
}

/// A caller comes back to us, on the same channel and another connection, before their last call is done.
#[test]
fn a_call_that_is_done_does_not_deafen_the_next_one_on_its_channel() {
    let mut desk = Desk::with_caller();
    let call = desk.call.clone();
    desk.take(ToSwitch::Watch { channel: NEXT, call_id: CallId(Uuid::nil()), call });
    desk.say(&announced(CALLER).replace(&AUDIO.to_string(), &NEXT.to_string()));
    assert_eq!(desk.kinds(), ["announced", "control_attached"]);
    assert_eq!(desk.asterisk.watched[&AUDIO].channel, None);
    desk.take(ToSwitch::Unwatch { channel: AUDIO });
    desk.say(&hangup("Hangup", CALLER, 16));
    assert_eq!(desk.kinds(), ["hangup"]);
}
