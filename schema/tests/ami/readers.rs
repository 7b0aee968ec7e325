//! What messages mean, by what was captured.

use cordboard_schema::digit::Digit;
use cordboard_schema::switch::{ExtensionState, HandoffFailure};
use cordboard_schema::wire::ami::{
    AmiEvent, Answer, Bridging, CallAnnounced, ChannelLine, DialEnded, Ended, KeyReleased, Message,
    Originated, Parked, audiosocket_in_name, extension_state_of, phone_state_of, uuid_of_ours,
};

use crate::{message, messages};

fn first<T>(scenario: &str, read: impl Fn(&Message) -> Option<T>) -> T {
    messages(scenario).iter().find_map(read).unwrap()
}

#[test]
fn a_dialplan_says_which_channel_an_audiosocket_belongs_to() {
    let announced = first("inbound-ai-transfer", CallAnnounced::of);
    assert_eq!(announced.unique_id.as_deref(), Some("1795157377.0"));
    assert_eq!((announced.from.as_deref(), announced.to.as_deref()), (Some("5551234"), Some("100")));
    let said = message(
        "Event: UserEvent\nChannel: PJSIP/a\nUniqueid: 1.1\nCallerIDNum: 7\nExten: s\nUserEvent: CordboardCall\n\
         AudioSocketUUID: 6fb2d2ee-7c31-4cc8-a5e1-9a44c0c3d0bf\nFrom: +4930\nTo: 5551000\nCampaign: C1",
    );
    let announced = CallAnnounced::of(&said).unwrap();
    assert_eq!((announced.from.as_deref(), announced.to.as_deref()), (Some("+4930"), Some("5551000")));
    assert_eq!(
        announced.variables.into_iter().collect::<Vec<_>>(),
        [("Campaign".to_owned(), "C1".to_owned())]
    );
    let stranger = message("Event: UserEvent\nUserEvent: CordboardCall\nAudioSocketUUID: no-uuid");
    assert_eq!(CallAnnounced::of(&stranger), None);
}

#[test]
fn how_a_channel_ended_is_told_in_the_words_of_all_switches() {
    let cases = [
        ("originate-busy", 17, "user_busy"),
        ("originate-declined", 21, "call_rejected"),
        ("originate-not-found", 1, "unallocated_number"),
        ("originate-unavailable", 19, "no_answer"),
        ("originate-congestion", 34, "normal_circuit_congestion"),
        ("inbound-ai-caller-hangup", 0, "normal_clearing"),
    ];
    for (scenario, cause, name) in cases {
        let messages = messages(scenario);
        let end =
            messages.iter().filter(|message| message.event() == Some(AmiEvent::Hangup)).find_map(Ended::of);
        let end = end.unwrap();
        assert_eq!((end.cause, end.hangup_cause().0.as_str()), (cause, name), "{scenario}");
    }
}

/// The protocol note's table of originates, from the captures themselves.
#[test]
fn why_an_originate_failed_is_read_from_the_channel_and_not_from_its_reason() {
    let cases = [
        ("originate-busy", HandoffFailure::Busy),
        ("originate-declined", HandoffFailure::Declined),
        ("originate-not-found", HandoffFailure::Unallocated),
        ("originate-unavailable", HandoffFailure::NoAnswer),
        ("originate-congestion", HandoffFailure::Congestion),
        ("originate-no-answer", HandoffFailure::NoAnswer),
        ("originate-trunk-dead", HandoffFailure::NoAnswer),
        ("originate-unregistered", HandoffFailure::Unregistered),
        ("originate-no-endpoint", HandoffFailure::Unregistered),
        ("originate-bad-tech", HandoffFailure::Unregistered),
        ("local-busy", HandoffFailure::Busy),
        ("local-no-answer", HandoffFailure::NoAnswer),
    ];
    for (scenario, failure) in cases {
        let messages = messages(scenario);
        let result = messages.iter().find_map(Originated::of).unwrap();
        assert!(!result.is_answered, "{scenario}");
        let dialled = messages.iter().find_map(DialEnded::of).map(|ended| ended.status.to_owned());
        let cause = messages
            .iter()
            .filter(|message| message.event() == Some(AmiEvent::Hangup))
            .find_map(|message| Ended::of(message).map(|ended| ended.cause));
        let found = HandoffFailure::from_asterisk(cause, dialled.as_deref(), result.has_timed_out);
        assert_eq!(found, failure, "{scenario}: {cause:?} {dialled:?}");
    }
    assert!(first("originate-ok", Originated::of_answered));
}

trait Answered {
    fn of_answered(message: &Message) -> Option<bool>;
}

impl Answered for Originated<'_> {
    fn of_answered(message: &Message) -> Option<bool> {
        Originated::of(message).map(|result| result.is_answered)
    }
}

#[test]
fn channels_of_ours_are_known_by_their_ids_and_those_of_the_driver_by_their_names() {
    let ours =
        messages("originate-ok").iter().find_map(|message| uuid_of_ours(ChannelLine::of(message)?.unique_id));
    assert!(ours.is_some());
    let uuid = "c4c63063-37d5-4809-abcd-3489e515ba7e";
    let name = format!("AudioSocket/127.0.0.1:19092-{uuid}");
    assert_eq!(audiosocket_in_name(&name), Some(uuid.parse().unwrap()));
    assert_eq!(audiosocket_in_name("PJSIP/trunk-00000001"), None);
    assert_eq!(audiosocket_in_name("AudioSocket/short"), None);
}

#[test]
fn keys_are_those_that_the_caller_pressed() {
    let messages = messages("inbound-ai-transfer");
    let keys: Vec<Digit> = messages.iter().filter_map(KeyReleased::of).map(|key| key.digit).collect();
    let digit = |letter: char| Digit::try_from(letter).unwrap();
    assert_eq!(keys, [digit('1'), digit('5')]);
    assert!(messages.iter().filter_map(KeyReleased::of).all(|key| key.duration_ms.is_some()));
}

#[test]
fn two_channels_of_a_bridge_enter_it_and_leave_it() {
    let messages = messages("transfer-human-first");
    let steps: Vec<_> =
        messages.iter().filter_map(Bridging::of).map(|step| (step.bridge.to_owned(), step.enters)).collect();
    let [(first, true), (second, true), .., (_, false), (last, false)] = &steps[..] else {
        panic!("{steps:?}")
    };
    assert!(first == second && last == first, "{steps:?}");
}

#[test]
fn a_parked_channel_is_told_with_its_space_and_is_with_nobody() {
    let messages = messages("park");
    let parked: Vec<_> = messages.iter().filter_map(Parked::of).collect();
    assert_eq!(parked[0], Parked { unique_id: "1795157589.49", space: "701" });
    let steps: Vec<_> = messages.iter().filter_map(Bridging::of).collect();
    assert!(!steps.is_empty() && steps.iter().all(|step| step.is_holding), "{steps:?}");
}

#[test]
fn answers_that_are_no_faults_are_told_from_those_that_are() {
    let missing = message("Response: Error\nMessage: No such channel");
    assert!(Answer::of(&missing).is_no_channel());
    let refused = message("Response: Error\nActionID: 1\nMessage: Permission denied");
    assert!(Answer::of(&refused).is_not_permitted());
    let denied = messages("permission-denied");
    assert!(denied.iter().any(|message| message.is_answer() && Answer::of(message).is_not_permitted()));
    let list = messages("status-lists");
    assert!(list.iter().any(|message| message.is_answer() && Answer::of(message) == Answer::List));
    assert!(list.iter().filter(|message| message.ends_list()).count() >= 3);
}

#[test]
fn states_of_phones_in_every_spelling() {
    let table = [
        ("NOT_INUSE", Some(ExtensionState::Registered)),
        ("Not in use", Some(ExtensionState::Registered)),
        ("INUSE", Some(ExtensionState::InCall)),
        ("In use", Some(ExtensionState::InCall)),
        ("BUSY", Some(ExtensionState::InCall)),
        ("RINGING", Some(ExtensionState::Ringing)),
        ("ONHOLD", Some(ExtensionState::OnHold)),
        ("On Hold", Some(ExtensionState::OnHold)),
        ("UNAVAILABLE", Some(ExtensionState::Unregistered)),
        ("INVALID", Some(ExtensionState::Unknown)),
        ("UNKNOWN", None),
        ("", None),
    ];
    for (text, state) in table {
        assert_eq!(phone_state_of(text), state, "{text:?}");
    }
    assert_eq!(extension_state_of(-1), None);
    assert_eq!(extension_state_of(9), Some(ExtensionState::Ringing));
}

#[test]
fn a_name_in_latin_1_keeps_its_letters() {
    let said = message("Event: Newchannel\nCallerIDName: gr\u{fc}n");
    assert_eq!(said.get("CallerIDName"), Some("gr\u{fc}n"));
    let errors = messages("errors");
    assert!(errors.iter().any(|message| message.headers().any(|(_, value)| value.contains("grün"))));
}
