//! Whether an extension can be reached.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::switch::{ExtensionChecked, ExtensionState};

use super::*;

impl Bench {
    /// Returns what a call learns of extension 2001 if its device has this state.
    fn learns(&mut self, device_state: &str) -> Option<ExtensionChecked> {
        let (call, phone) = (self.call.clone(), Phone::at(&"people,2001,1".parse().unwrap(), None));
        self.take(ToSwitch::CheckExtension { effect: EffectId(1), phone, call });
        let (id, question) = self.action("Getvar");
        assert!(question.contains("Variable: DEVICE_STATE(PJSIP/2001)"), "{question}");
        self.say(&answer(&id, &format!("Value: {device_state}")));
        let facts = self.facts();
        let [Fact::ExtensionChecked { checked, .. }] = &facts[..] else { panic!("{facts:?}") };
        checked.clone()
    }
}

#[test]
fn device_states_show_whether_an_extension_can_be_reached() {
    let table = [
        ("NOT_INUSE", Some(ExtensionState::Registered)),
        ("INUSE", Some(ExtensionState::InCall)),
        ("BUSY", Some(ExtensionState::InCall)),
        ("RINGING", Some(ExtensionState::Ringing)),
        ("ONHOLD", Some(ExtensionState::OnHold)),
        ("UNAVAILABLE", Some(ExtensionState::Unregistered)),
        ("INVALID", Some(ExtensionState::Unknown)),
        ("UNKNOWN", Some(ExtensionState::Registered)),
        ("", None),
    ];
    for (value, state) in table {
        let checked = Bench::up().learns(value);
        assert_eq!(checked.map(|checked| checked.state), state, "{value:?}");
    }
}

/// Asterisk has no device for a number that it dials through another switch, and calls it invalid. Taken at its word, nobody there
/// could ever be rung.
#[test]
fn another_switchs_phone_has_no_known_state() {
    let mut bench = Bench::up();
    bench.asterisk.settings.dial = "PJSIP/{number}@pbx2".parse().unwrap();
    let (call, phone) = (bench.call.clone(), Phone::at(&"people,2001,1".parse().unwrap(), None));
    bench.take(ToSwitch::CheckExtension { effect: EffectId(1), phone, call });
    let facts = bench.facts();
    let [Fact::ExtensionChecked { checked: Some(checked), .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(checked.state.failure(), None);
    assert_eq!(bench.written(), "", "no device state is requested");
}

/// With `device_state_busy_at` a phone that only rings counts as busy, and a phone that holds a call is in use to Asterisk.
#[test]
fn a_phones_channels_refine_its_device_state() {
    let hold =
        |event: &str, name: &str| format!("Event: {event}\nChannel: {name}\nUniqueid: 7.7\nChannelState: 6");
    let its = "PJSIP/2001-0000000a";
    let table = [
        (vec![newchannel("7.7", its, 5)], "BUSY", ExtensionState::Ringing),
        (vec![newchannel("7.7", its, 6)], "BUSY", ExtensionState::InCall),
        // It is calling another number.
        (vec![newchannel("7.7", its, 4)], "BUSY", ExtensionState::InCall),
        (vec![newchannel("7.7", its, 6), hold("Hold", its)], "INUSE", ExtensionState::OnHold),
        (vec![newchannel("7.7", its, 6), hold("Hold", its)], "BUSY", ExtensionState::OnHold),
        (
            vec![newchannel("7.7", its, 6), hold("Hold", its), hold("Unhold", its)],
            "INUSE",
            ExtensionState::InCall,
        ),
        // One channel rings while another talks.
        (
            vec![newchannel("7.7", its, 6), newchannel("7.8", "PJSIP/2001-0000000b", 5)],
            "BUSY",
            ExtensionState::InCall,
        ),
        (vec![newchannel("7.7", "PJSIP/2001-lab-0000000a", 5)], "BUSY", ExtensionState::InCall),
        // The device knows what no channel can show.
        (vec![newchannel("7.7", its, 6)], "UNAVAILABLE", ExtensionState::Unregistered),
    ];
    for (events, device_state, state) in table {
        let mut bench = Bench::up();
        events.iter().for_each(|event| bench.say(event));
        assert_eq!(bench.learns(device_state).map(|checked| checked.state), Some(state), "{events:?}");
    }
}

/// A place that does not exist has no phone. If the place can't be checked, the phone decides.
#[test]
fn a_place_is_checked_before_its_phone() {
    for (value, exists) in [("0", Some(false)), ("1", Some(true)), ("", None)] {
        let mut bench = Bench::up();
        let place: DialplanTarget = "people,2001,1".parse().unwrap();
        let (call, phone) = (bench.call.clone(), Phone::at(&place, None));
        bench.take(ToSwitch::CheckPlace { effect: EffectId(1), place, phone, call });
        let (id, question) = bench.action("Getvar");
        assert!(question.contains("Variable: DIALPLAN_EXISTS(people,2001,1)"), "{question}");
        bench.say(&answer(&id, &format!("Value: {value}")));
        if exists != Some(false) {
            let (id, question) = bench.action("Getvar");
            assert!(question.contains("Variable: DEVICE_STATE(PJSIP/2001)"), "{question}");
            bench.say(&answer(&id, "Value: UNAVAILABLE"));
        }
        let facts = bench.facts();
        let [Fact::PlaceChecked { exists: reported, extension, .. }] = &facts[..] else {
            panic!("{facts:?}")
        };
        let state = extension.as_ref().map(|checked| checked.state);
        let phone = (exists != Some(false)).then_some(ExtensionState::Unregistered);
        assert_eq!((*reported, state), (exists, phone), "{value:?}");
    }
}
