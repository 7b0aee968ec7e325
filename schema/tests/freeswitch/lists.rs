//! Answers of API commands: live channels, registrations, and what exists.

use cordboard_schema::wire::esl::{
    BadChannelList, Event, Frame, LiveChannel, Registration, live_channels, yes_or_no,
};

use crate::captured;

fn answers(name: &str) -> Vec<String> {
    let frames = captured(name).into_iter();
    frames.filter_map(|frame| if let Frame::ApiResponse(text) = frame { Some(text) } else { None }).collect()
}

#[test]
fn the_live_channels_are_listed() {
    let [caller, _, nobody] = <[String; 3]>::try_from(answers("in_busy_check_caller")).unwrap();
    assert_eq!(live_channels(&nobody).unwrap(), []);
    assert_eq!(
        live_channels(&caller).unwrap(),
        [LiveChannel {
            uuid: "84a7c12f-04f9-478b-ba54-d668131cbcd5".into(),
            direction: "inbound".into(),
            created_epoch: "1795159354".into(),
            name: "sofia/internal/1002@127.0.0.1".into(),
            state: "CS_EXECUTE".into(),
            callstate: "ACTIVE".into(),
            cid_num: "1002".into(),
            dest: "6000".into(),
            application: "park".into(),
            application_data: String::new(),
            presence_id: String::new(),
            call_uuid: String::new(),
        }]
    );
}

/// The comparison of calls with channels ends calls whose channel is missing, so an incomplete list must not look like a complete
/// one.
#[test]
fn an_incomplete_list_is_refused() {
    let endless = format!("{{\"row_count\":40000,\"rows\":[{}]}}", vec!["{}"; 40_000].join(","));
    let rows = [
        ("", "can't be read"),
        ("{}", "can't be read"),
        ("-ERR no reply\n", "can't be read"),
        ("{\"row_count\":1,\"rows\":[{\"uuid\":\"a\"}", "can't be read"),
        ("{\"row_count\":2,\"rows\":[{\"uuid\":\"a\"}]}", "announces 2 rows and has 1"),
        ("{\"row_count\":2}", "announces 2 rows and has 0"),
        (&endless, "more than 32768 rows"),
    ];
    for (text, expected) in rows {
        let error: BadChannelList = live_channels(text).unwrap_err();
        assert!(error.to_string().contains(expected), "{text:.100}: {error}");
    }
    let sparse =
        live_channels("{\"row_count\":1,\"rows\":[{\"uuid\":\"a\",\"dest\":null,\"more\":1}]}").unwrap();
    assert_eq!((sparse[0].uuid.as_str(), sparse[0].dest.as_str()), ("a", ""));
}

#[test]
fn a_registration_exists_or_not() {
    let answers = answers("in_busy_check");
    let contact =
        Registration::Registered { contacts: vec!["sofia/internal/sip:1002@127.0.0.1:5082".into()] };
    assert_eq!(Registration::of(&answers[0]), Some(contact));
    assert_eq!(Registration::of("error/user_not_registered"), Some(Registration::Unregistered));
    assert_eq!(Registration::of("-ERR no reply\n"), None);
    let two = Registration::of("sofia/internal/sip:1@a:1,sofia/internal/sip:1@b:2");
    assert!(matches!(two, Some(Registration::Registered { contacts }) if contacts.len() == 2));
}

#[test]
fn only_true_and_false_are_answers() {
    let rows = [("true", Some(true)), ("false\n", Some(false)), ("-ERR x", None), ("", None), ("TRUE", None)];
    for (text, expected) in rows {
        assert_eq!(yes_or_no(text), expected, "{text:?}");
    }
}

#[test]
fn a_json_dump_is_read_like_an_event() {
    let dump = answers("in_api").into_iter().find(|text| text.starts_with("{\"Event-Name\"")).unwrap();
    let event = Event::json(dump.as_bytes());
    assert_eq!(event.unique_id(), Some("48b89628-174d-40f3-a8f7-7d2f7129ba52"));
    assert!(event.variables().count() > 50);
}
