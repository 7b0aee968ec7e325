//! Meaning of messages, read from captures.

use cordboard_schema::caller_line::LineKind;
use cordboard_schema::digit::Digit;
use cordboard_schema::limits::{AMI_WORD_BYTES_MAX, ANNOUNCED_VARIABLES_BYTES_MAX, ANNOUNCED_VARIABLES_MAX};
use cordboard_schema::switch::{ExtensionState, HandoffFailure};
use cordboard_schema::wire::ami::{
    AmiEvent, Answer, Bridging, CallAnnounced, ChannelLine, DialEnded, Ended, KeyReleased, Message,
    Originated, Parked, audiosocket_in_name, extension_state_of, hangup_cause, holding_bridge,
    phone_state_of, uuid_of_ours,
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
fn a_channels_end_has_words_common_to_all_switches() {
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

/// The results of originates, from the captures themselves.
#[test]
fn an_originates_failure_comes_from_its_channel_not_its_reason() {
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

#[test]
fn the_sip_answer_that_ended_a_channel_is_read() {
    for (scenario, status) in
        [("originate-not-found", Some(404)), ("originate-declined", Some(603)), ("originate-ok", None)]
    {
        let messages = messages(scenario);
        let mut hangups = messages.iter().filter(|message| message.event() == Some(AmiEvent::Hangup));
        let found = hangups.find_map(|message| Ended::of(message)?.sip_status);
        assert_eq!(found, status, "{scenario}");
    }
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
fn ids_show_our_channels_and_names_show_drivers() {
    let ours =
        messages("originate-ok").iter().find_map(|message| uuid_of_ours(ChannelLine::of(message)?.unique_id));
    assert!(ours.is_some_and(|uuid| !uuid.is_nil()));
    assert_eq!((uuid_of_ours("1795157377.0"), uuid_of_ours("cb-7")), (None, None));
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
fn a_parked_channel_has_a_space_and_no_partner() {
    let messages = messages("park");
    let parked: Vec<_> = messages.iter().filter_map(Parked::of).collect();
    assert_eq!(parked[0], Parked { unique_id: "1795157589.49", space: "701" });
    let steps: Vec<_> = messages.iter().filter_map(Bridging::of).collect();
    assert!(!steps.is_empty() && steps.iter().all(|step| step.is_holding), "{steps:?}");
}

#[test]
fn expected_refusals_are_distinguished_from_faults() {
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
    let hints = [
        (-1, None),
        (0, Some(ExtensionState::Registered)),
        (1, Some(ExtensionState::InCall)),
        (2, Some(ExtensionState::InCall)),
        (3, None),
        (4, Some(ExtensionState::Unregistered)),
        (8, Some(ExtensionState::Ringing)),
        (9, Some(ExtensionState::Ringing)),
        (16, Some(ExtensionState::OnHold)),
        (17, Some(ExtensionState::OnHold)),
    ];
    for (status, state) in hints {
        assert_eq!(extension_state_of(status), state, "{status}");
    }
}

#[test]
fn a_name_in_latin_1_keeps_its_letters() {
    let said = message("Event: Newchannel\nCallerIDName: gr\u{fc}n");
    assert_eq!(said.get("CallerIDName"), Some("gr\u{fc}n"));
    let errors = messages("errors");
    assert!(errors.iter().any(|message| message.headers().any(|(_, value)| value.contains("grün"))));
}

#[test]
fn a_dialplans_variables_are_kept_up_to_a_limit() {
    let announced = |variables: &str| {
        let event = "Event: UserEvent\nUserEvent: CordboardCall";
        let uuid = "AudioSocketUUID: 6fb2d2ee-7c31-4cc8-a5e1-9a44c0c3d0bf";
        CallAnnounced::of(&message(&format!("{event}\n{uuid}\n{variables}"))).unwrap().variables
    };
    let many: Vec<String> = (0..=ANNOUNCED_VARIABLES_MAX).map(|number| format!("V{number}: x")).collect();
    let kept = announced(&many.join("\n"));
    assert_eq!(kept.len(), ANNOUNCED_VARIABLES_MAX);
    assert!(!kept.contains_key(&format!("V{ANNOUNCED_VARIABLES_MAX}")), "the last one is one too many");
    // The name counts as well.
    let longest = "x".repeat(ANNOUNCED_VARIABLES_BYTES_MAX - 1);
    assert_eq!(announced(&format!("A: {longest}"))["A"].len(), longest.len());
    assert!(announced(&format!("A: {longest}x")).is_empty());
    assert_eq!(announced(&format!("A: {longest}\nB: y")).len(), 1, "they count together");
}

#[test]
fn an_answer_is_success_list_farewell_or_refusal_with_reason() {
    let rows = [
        ("Response: Success", Answer::Success, None),
        ("Response: Success\nEventList: start", Answer::List, None),
        ("Response: Goodbye", Answer::Goodbye, None),
        ("Response: Error\nMessage: No.", Answer::Error("No."), Some("No.")),
        ("Response: Error", Answer::Error("no reason was given"), Some("no reason was given")),
    ];
    for (lines, answer, failure) in rows {
        let told = message(lines);
        assert_eq!(Answer::of(&told), answer);
        assert_eq!(Answer::of(&told).failure(), failure);
        assert!(!Answer::of(&told).is_not_permitted() && !Answer::of(&told).is_no_channel(), "{lines}");
    }
}

#[test]
fn a_message_names_its_action_and_a_lists_end() {
    let entry = message("Event: CoreShowChannel\nExten:\nAccountCode: <unknown>\nActionID: 7");
    assert_eq!((entry.action_id(), entry.ends_list()), (Some("7"), false));
    assert_eq!((entry.text_of("Exten"), entry.text_of("AccountCode")), (None, None), "they are empty");
    let end = message("Event: CoreShowChannelsComplete\nEventList: Complete");
    assert_eq!((end.action_id(), end.ends_list()), (None, true));
}

#[test]
fn a_channel_has_its_state_and_its_connection() {
    let channel = |state: u32| {
        let uuid = "c4c63063-37d5-4809-abcd-3489e515ba7e";
        message(&format!("Channel: AudioSocket/127.0.0.1:1-{uuid}\nUniqueid: 1.2\nChannelState: {state}"))
    };
    for (state, told) in
        [(0, [false; 3]), (4, [false, true, false]), (5, [false, true, true]), (6, [true, false, false])]
    {
        let message = channel(state);
        let line = ChannelLine::of(&message).unwrap();
        assert_eq!([line.is_up, line.is_ringing, line.is_rung], told, "state {state}");
        assert_eq!(line.audiosocket(), "c4c63063-37d5-4809-abcd-3489e515ba7e".parse().ok());
    }
    let phone = message("Channel: PJSIP/2001-1\nUniqueid: 1.2");
    assert_eq!(ChannelLine::of(&phone).unwrap().audiosocket(), None);
}

#[test]
fn a_bridge_of_parked_channels_is_known_by_its_technology() {
    let holding = message("Event: BridgeListItem\nBridgeUniqueid: park-1\nBridgeTechnology: holding_bridge");
    assert_eq!(holding_bridge(&holding), Some("park-1"));
    let simple = message("Event: BridgeListItem\nBridgeUniqueid: b\nBridgeTechnology: simple_bridge");
    assert_eq!(holding_bridge(&simple), None);
}

/// The rows that no capture has.
#[test]
fn the_cause_counts_before_the_words_of_the_result() {
    let of = HandoffFailure::from_asterisk;
    for (cause, failure) in [
        (1, HandoffFailure::Unallocated),
        (3, HandoffFailure::Unallocated),
        (17, HandoffFailure::Busy),
        (18, HandoffFailure::NoAnswer),
        (19, HandoffFailure::NoAnswer),
        (20, HandoffFailure::Unregistered),
        (21, HandoffFailure::Declined),
        (27, HandoffFailure::Unavailable),
        (28, HandoffFailure::BadTarget),
        (34, HandoffFailure::Congestion),
        (41, HandoffFailure::Unavailable),
        (44, HandoffFailure::Congestion),
    ] {
        assert_eq!(of(Some(cause), Some("BUSY"), false), failure, "{cause}");
        assert_eq!(of(Some(cause), None, false), failure, "{cause}");
        assert_eq!(of(Some(cause), Some("ANSWER"), false), HandoffFailure::Declined, "{cause}");
        assert_eq!(of(Some(cause), None, true), HandoffFailure::NoAnswer, "it timed out");
    }
    for (status, failure) in [
        (Some("ANSWER"), HandoffFailure::Declined),
        (Some("BUSY"), HandoffFailure::Busy),
        (Some("NOANSWER"), HandoffFailure::NoAnswer),
        (Some("CONGESTION"), HandoffFailure::Congestion),
        (Some("CHANUNAVAIL"), HandoffFailure::Unregistered),
        (None, HandoffFailure::Unregistered),
    ] {
        assert_eq!(of(None, status, false), failure, "{status:?}");
    }
    assert_eq!(of(Some(16), None, false), HandoffFailure::Congestion, "a cause without a row");
}

/// A process that was restarted hears only about the end of the called channel.
#[test]
fn a_causes_name_and_number_mean_the_same_failure() {
    let of = |cause: &str| HandoffFailure::of_hangup(Some(LineKind::ControlledLeg), cause);
    for number in [1, 3, 17, 18, 19, 20, 21, 22, 27, 28, 34, 41, 44, 99] {
        let by_number = HandoffFailure::from_asterisk(Some(number), None, false);
        assert_eq!(of(&hangup_cause(number).0), by_number, "{number}");
    }
    assert_eq!(of("user_busy"), HandoffFailure::Busy);
    // SIP's 410.
    assert_eq!(of("number_changed"), HandoffFailure::Unallocated);
    assert_eq!(of("no such cause"), HandoffFailure::Congestion);
}

#[test]
fn overlong_or_unprintable_ids_and_numbers_count_as_none() {
    let of =
        |lines: &str| ChannelLine::of(&message(lines)).map(|line| (line.name.len(), line.caller.is_some()));
    let (longest, longer) = ("x".repeat(AMI_WORD_BYTES_MAX), "x".repeat(AMI_WORD_BYTES_MAX + 1));
    assert_eq!(
        of(&format!("Event: Newchannel\nUniqueid: {longest}\nChannel: {longest}\nCallerIDNum: 1")),
        Some((512, true))
    );
    assert_eq!(of(&format!("Event: Newchannel\nUniqueid: {longer}")), None);
    assert_eq!(of("Event: Newchannel\nUniqueid: 1\u{1b}[2J"), None);
    assert_eq!(
        of(&format!("Event: Newchannel\nUniqueid: 1\nChannel: {longer}\nCallerIDNum: {longer}")),
        Some((0, false))
    );
    let announced = |from: &str| {
        let event = "Event: UserEvent\nUserEvent: CordboardCall\nUniqueid: 1";
        let uuid = "AudioSocketUUID: 6fb2d2ee-7c31-4cc8-a5e1-9a44c0c3d0bf";
        CallAnnounced::of(&message(&format!("{event}\n{uuid}\nFrom: {from}"))).unwrap().from
    };
    assert_eq!(announced(&longest), Some(longest.clone()));
    assert_eq!(announced(&longer), None);
}

#[test]
fn overlong_reasons_are_shortened() {
    let told = message(&format!("Response: Error\nMessage: {}", "x".repeat(200_000)));
    assert_eq!(Answer::of(&told).failure().map(str::len), Some(1_024));
}
