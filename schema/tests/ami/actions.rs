//! Our actions, against captures and against the values that Asterisk refuses.

use cordboard_schema::limits::AMI_LINE_BYTES_MAX;
use cordboard_schema::wire::ami::{Action, AmiValue, BadAmiValue, Destination, Originate, Secret};
use uuid::Uuid;

use crate::bytes;

fn value(text: &str) -> AmiValue {
    AmiValue::new(text).unwrap()
}

fn text(action: &Action) -> String {
    let mut bytes = Vec::new();
    action.encode("1", &mut bytes);
    String::from_utf8(bytes).unwrap()
}

/// The secret is not sent over the wire. The key that is sent was computed by another program from the same challenge.
#[test]
fn a_challenge_is_answered_as_captured() {
    let asked = String::from_utf8(bytes("login-md5.app2ami.bin")).unwrap();
    let told = String::from_utf8(bytes("login-md5.ami2app.bin")).unwrap();
    let line = |text: &str, name: &str| -> String {
        let found = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap()
    };
    let key = Secret::new("secret").unwrap().key_for(&line(&told, "Challenge"));
    assert_eq!(key.as_str(), line(&asked, "Key"));
    let login = text(&Action::Login { user: value("user"), key });
    assert!(
        login.contains("AuthType: MD5\r\n") && login.contains("Events: system,call,user,dtmf\r\n"),
        "{login}"
    );
    assert!(!login.contains("secret") && !format!("{:?}", Secret::new("secret").unwrap()).contains("secret"));
}

#[test]
fn actions_are_lines_with_the_action_and_its_id_first() {
    let channel = value("1.2");
    let rows = [
        (Action::Ping, "Action: Ping\r\nActionID: 1\r\n\r\n"),
        (
            Action::Hangup { channel: channel.clone(), cause: 16 },
            "Action: Hangup\r\nActionID: 1\r\nChannel: 1.2\r\nCause: 16\r\n\r\n",
        ),
        (
            Action::Bridge { channel: channel.clone(), with: value("cb-x") },
            "Action: Bridge\r\nActionID: 1\r\nChannel1: 1.2\r\nChannel2: cb-x\r\nTone: no\r\n\r\n",
        ),
        (
            Action::Redirect {
                channel: channel.clone(),
                target: "human,2001,1".parse().unwrap(),
                extra: Some((value("1.3"), "hold,s,2".parse().unwrap())),
            },
            "Action: Redirect\r\nActionID: 1\r\nChannel: 1.2\r\nContext: human\r\nExten: 2001\r\nPriority: 1\r\n\
             ExtraChannel: 1.3\r\nExtraContext: hold\r\nExtraExten: s\r\nExtraPriority: 2\r\n\r\n",
        ),
        (
            Action::PlayDtmf { channel, digit: '#'.try_into().unwrap(), duration_ms: 100 },
            "Action: PlayDTMF\r\nActionID: 1\r\nChannel: 1.2\r\nDigit: #\r\nDuration: 100\r\n\r\n",
        ),
    ];
    for (action, expected) in rows {
        assert_eq!(text(&action), expected);
    }
}

/// A synchronous originate would block every other action of the connection.
#[test]
fn an_originate_never_waits_for_its_answer() {
    let uuid = Uuid::from_u128(7);
    let originate = Originate {
        dial: value("PJSIP/2001"),
        channel_id: AmiValue::channel_of_ours(uuid),
        onward: Destination::Application { name: "Wait", data: value("30") },
        caller_id: Some(value("<5551234>")),
        timeout_ms: 20_000,
        with_early_media: false,
        variables: vec![(value("CALL_UUID"), uuid.into())],
    };
    let expected = "Action: Originate\r\nActionID: 1\r\nChannel: PJSIP/2001\r\nApplication: Wait\r\nData: 30\r\n\
                    CallerID: <5551234>\r\nTimeout: 20000\r\nAsync: true\r\n\
                    ChannelId: cb-00000000-0000-0000-0000-000000000007\r\n\
                    Variable: CALL_UUID=00000000-0000-0000-0000-000000000007\r\n\r\n";
    assert_eq!(text(&Action::Originate(Box::new(originate))), expected);
}

#[test]
fn no_outside_text_ends_or_overfills_a_line() {
    assert_eq!(AmiValue::new("a\r\nAction: Command"), Err(BadAmiValue::Control { at: 1 }));
    assert_eq!(AmiValue::new("a\nb"), Err(BadAmiValue::Control { at: 1 }));
    assert_eq!(AmiValue::new("\0"), Err(BadAmiValue::Control { at: 0 }));
    assert_eq!(AmiValue::new("x".repeat(1_001)), Err(BadAmiValue::TooLong { bytes: 1_001 }));
    let longest = Action::Getvar { channel: None, variable: value(&"x".repeat(1_000)) };
    assert!(text(&longest).lines().all(|line| line.len() <= AMI_LINE_BYTES_MAX));
}

#[test]
fn an_action_names_the_user_class_that_permits_it() {
    let originate = Originate {
        dial: value("PJSIP/2001"),
        channel_id: value("cb-x"),
        onward: Destination::Application { name: "Wait", data: value("30") },
        caller_id: None,
        timeout_ms: 1,
        with_early_media: false,
        variables: Vec::new(),
    };
    let rows = [
        (Action::Challenge, None),
        (Action::Ping, None),
        (Action::ListCommands, None),
        (Action::BridgeList, None),
        (Action::CoreShowChannels, Some("system")),
        (Action::MixMonitor { channel: value("1.2"), file: value("a.wav") }, Some("system")),
        (Action::Originate(Box::new(originate)), Some("originate")),
        (Action::UserEvent { name: "CordboardPing" }, Some("user")),
        (Action::Hangup { channel: value("1.2"), cause: 16 }, Some("call")),
        (Action::Park { channel: value("1.2"), timeout_ms: 1 }, Some("call")),
    ];
    for (action, class) in rows {
        assert_eq!(action.permission(), class, "{}", action.name());
    }
}
