//! Our commands: the captured bytes of a program that a real FreeSWITCH understood, and nothing that could be two commands.

use std::net::Ipv4Addr;

use cordboard_schema::switch::UNANSWERED_CAUSES;
use cordboard_schema::wire::esl::{
    Answered, ApiCommand, Application, BadValue, BreakScope, Command, DialText, EslValue, EslWord, EventName,
    ExecuteOrder, Execution, HoldChange, Originate, Password, Repetition, StreamMix, Subclass, Trunk,
    UnicastRoute,
};

use crate::bytes;

fn value(text: &str) -> EslValue {
    EslValue::new(text).unwrap()
}

fn word(text: &str) -> EslWord {
    EslWord::new(text).unwrap()
}

fn dial(text: &str) -> DialText {
    DialText::new(text).unwrap()
}

fn execute(application: Application, argument: &str, order: ExecuteOrder, id: Option<&str>) -> Command {
    let argument = Some(value(argument)).filter(|argument| !argument.as_str().is_empty());
    let times = Repetition::Once;
    Command::Execute(Execution { channel: None, application, argument, order, times, id: id.map(word) })
}

fn encoded(commands: &[Command]) -> String {
    let mut bytes = Vec::new();
    commands.iter().for_each(|command| command.encode(&mut bytes));
    String::from_utf8(bytes).unwrap()
}

fn sent(name: &str) -> String {
    String::from_utf8(bytes(&format!("{name}.app2fs.bin"))).unwrap()
}

/// Everything that the program of a dual-mode call sent, from `connect` to `exit`.
#[test]
fn a_whole_call_is_sent_as_it_was_captured() {
    let channel = || word("0534c708-50b7-46f5-ab38-551b421a9679");
    let spool = "/var/spool/pbx/0534c708-50b7-46f5-ab38-551b421a9679_0.tmp.r16";
    let commands = [
        Command::Connect,
        Command::Linger { seconds: 5 },
        Command::Subscribe {
            events: vec![
                EventName::ChannelAnswer,
                EventName::ChannelExecuteComplete,
                EventName::ChannelBridge,
                EventName::ChannelUnbridge,
                EventName::ChannelHold,
                EventName::ChannelUnhold,
                EventName::ChannelHangup,
                EventName::ChannelHangupComplete,
                EventName::Dtmf,
                EventName::PlaybackStop,
            ],
            subclasses: Subclass::ALL[..5].to_vec(),
        },
        execute(Application::Answer, "", ExecuteOrder::AtOnce, None),
        Command::Filter { header: word("Unique-ID"), value: channel().into() },
        Command::Api(ApiCommand::StreamStart {
            channel: channel(),
            url: word("ws://127.0.0.1:8030/audio/0534c708-50b7-46f5-ab38-551b421a9679"),
            mix: StreamMix::Mono,
            rate_hz: 16_000,
            metadata: Some(value(r#"{"call_id":"0534c708-50b7-46f5-ab38-551b421a9679"}"#)),
        }),
        execute(Application::Playback, spool, ExecuteOrder::Queued, Some("say-1")),
        Command::Api(ApiCommand::Break { channel: channel(), scope: BreakScope::Current }),
        execute(
            Application::Playback,
            "tone_stream://%(500,500,440);loops=20",
            ExecuteOrder::AtOnce,
            Some("moh-1"),
        ),
        Command::Api(ApiCommand::StreamStop {
            channel: channel(),
            text: Some(value(r#"{"event":"handover"}"#)),
        }),
        execute(Application::Playback, "/var/lib/pbx/prompts/short.wav", ExecuteOrder::AtOnce, Some("bye-1")),
        Command::Hangup { channel: None, cause: word("NORMAL_CLEARING") },
        Command::Exit,
    ];
    // The order of the subclasses is the program's own.
    let subclasses = "mod_audio_stream::connect mod_audio_stream::disconnect mod_audio_stream::error \
        mod_audio_stream::json mod_audio_stream::play";
    assert!(sent("ai_call_flow.out").contains(subclasses));
    assert_eq!(encoded(&commands), sent("ai_call_flow.out"));
}

/// The other half: the inbound connection that calls the person.
#[test]
fn calling_a_human_is_sent_as_it_was_captured() {
    let caller = || word("0534c708-50b7-46f5-ab38-551b421a9679");
    let human = "cccccccc-0000-4000-8000-000000000001";
    let set = |name: &str, to: &str| {
        let value = Some(value(to));
        Command::Api(ApiCommand::SetVariable { channel: caller(), name: word(name), value })
    };
    let commands = [
        Command::Auth(Password(value("ClueCon"))),
        Command::Subscribe {
            events: vec![
                EventName::BackgroundJob,
                EventName::ChannelAnswer,
                EventName::ChannelBridge,
                EventName::ChannelUnbridge,
                EventName::ChannelHangupComplete,
            ],
            subclasses: vec![Subclass::SofiaRegister, Subclass::SofiaUnregister],
        },
        Command::Api(ApiCommand::SofiaContact { address: word("1002@127.0.0.1") }),
        Command::BackgroundApi {
            command: ApiCommand::Originate(Originate {
                channel: dial(human),
                timeout_s: 10,
                variables: vec![
                    (dial("origination_caller_id_number"), dial("1001")),
                    (dial("cordboard_call"), dial("0534c708-50b7-46f5-ab38-551b421a9679")),
                ],
                target: dial("user/1002@127.0.0.1"),
                answered: Answered::Park,
            }),
            job: word("job-human-1"),
        },
        set("hangup_after_bridge", "false"),
        set("park_after_bridge", "true"),
        Command::Api(ApiCommand::Bridge { channel: caller(), other: word(human) }),
    ];
    assert_eq!(encoded(&commands), sent("ai_call_flow.in"));
}

#[test]
fn each_command_is_one_that_was_captured() {
    let channel = || word("6af96ec8-35f0-4f9c-ad5a-06b519ac4c2a");
    let api = |name: &str, command: ApiCommand| (name.to_owned(), Command::Api(command));
    let here = Ipv4Addr::LOCALHOST;
    let route = UnicastRoute { local_ip: here, local_port: 9_301, remote_ip: here, remote_port: 9_300 };
    let rows = [
        ("uni_basic".to_owned(), Command::Unicast { channel: None, route }),
        (
            "out_app_hangup_busy_preanswer".to_owned(),
            Command::Hangup { channel: None, cause: word("USER_BUSY") },
        ),
        (
            "in_sendmsg_dual".to_owned(),
            Command::Execute(Execution {
                channel: Some(word("856f3c09-329a-4073-bba8-9806267f17e0")),
                application: Application::Playback,
                argument: Some(value("/var/lib/pbx/prompts/short.wav")),
                order: ExecuteOrder::AtOnce,
                times: Repetition::Once,
                id: Some(word("in-9")),
            }),
        ),
        (
            "ai_call_bridge_flow".to_owned(),
            execute(
                Application::Bridge,
                "{originate_timeout=10}user/1002@127.0.0.1",
                ExecuteOrder::Queued,
                Some("br-1"),
            ),
        ),
        ("in_filter".to_owned(), Command::FilterDelete { header: word("Unique-ID"), value: None }),
        ("in_filter".to_owned(), Command::FilterDelete { header: word("all"), value: None }),
        (
            "in_filter".to_owned(),
            Command::FilterDelete {
                header: word("Unique-ID"),
                value: Some(value("cb44dfd3-208d-4e45-a335-d246e0a1b9bb")),
            },
        ),
        (
            "in_filter".to_owned(),
            Command::Filter { header: word("Event-Name"), value: value("/^CHANNEL_HANGUP/") },
        ),
        ("out_errors".to_owned(), Command::Unsubscribe { events: vec![EventName::ChannelAnswer] }),
        api("in_api", ApiCommand::Status),
    ];
    for (name, command) in &rows {
        let text = String::from_utf8(command.to_bytes()).unwrap();
        assert!(sent(name).contains(&text), "{name} has no {text:?}");
    }
    let words = |command: ApiCommand| command.to_string();
    let transfer = |context: Option<&str>, back_to: Option<&str>| ApiCommand::Transfer {
        channel: channel(),
        extension: word("9196"),
        context: context.map(word),
        back_to: back_to.map(|address| DialText::new(address).unwrap()),
    };
    let c = "6af96ec8-35f0-4f9c-ad5a-06b519ac4c2a";
    for (command, expected) in [
        (ApiCommand::Exists { channel: channel() }, format!("uuid_exists {c}")),
        (ApiCommand::Break { channel: channel(), scope: BreakScope::All }, format!("uuid_break {c} all")),
        (
            ApiCommand::Kill { channel: channel(), cause: word("USER_BUSY") },
            format!("uuid_kill {c} USER_BUSY"),
        ),
        (transfer(None, None), format!("uuid_transfer {c} 9196")),
        (transfer(Some("default"), None), format!("uuid_transfer {c} 9196 XML default")),
        (
            transfer(Some("default"), Some("192.0.2.7:8022")),
            format!(
                "uuid_transfer {c} 9196 'XML,inline:m:^:set:cordboard_unrouted=9196^socket:192.0.2.7:8022 async full\
                 {}^hangup:NO_ROUTE_DESTINATION' default",
                "^sleep:2000^socket:192.0.2.7:8022 async full".repeat(14)
            ),
        ),
        (
            ApiCommand::ReturnRefused {
                channel: channel(),
                extension: word("9196"),
                back_to: DialText::new("192.0.2.7:8022").unwrap(),
            },
            format!(
                "uuid_setvar {c} transfer_on_fail {} \\'m:^:unset:transfer_on_fail^set:cordboard_unrouted=9196\
                 ^socket:192.0.2.7:8022 async full{}^hangup:NORMAL_TEMPORARY_FAILURE\\' inline",
                UNANSWERED_CAUSES.map(str::to_ascii_uppercase).join(","),
                "^sleep:2000^socket:192.0.2.7:8022 async full".repeat(14)
            ),
        ),
        (ApiCommand::ParkAgain { channel: channel() }, format!("uuid_transfer {c} 'park' inline")),
        (ApiCommand::Hold { channel: channel(), change: HoldChange::Hold }, format!("uuid_hold {c}")),
        (ApiCommand::Hold { channel: channel(), change: HoldChange::Unhold }, format!("uuid_hold off {c}")),
        (ApiCommand::SendDtmf { channel: channel(), digits: word("12#") }, format!("uuid_send_dtmf {c} 12#")),
        (
            ApiCommand::SetVariable { channel: channel(), name: word("foo"), value: None },
            format!("uuid_setvar {c} foo"),
        ),
        (ApiCommand::GetVariable { channel: channel(), name: word("foo") }, format!("uuid_getvar {c} foo")),
        (ApiCommand::Dump { channel: channel() }, format!("uuid_dump {c} json")),
        (ApiCommand::ShowChannels, "show channels as json".into()),
        (ApiCommand::ShowChannelsLike { text: word("@1001") }, "show channels like @1001 as json".into()),
        (
            ApiCommand::UserExists { user: word("1002"), domain: word("127.0.0.1") },
            "user_exists id 1002 127.0.0.1".into(),
        ),
    ] {
        assert_eq!(words(command), expected);
    }
    let parked = sent("uni_pab");
    assert!(parked.contains(" 'park' inline\n\n"), "the way to start unicast again: {parked}");
}

/// In any requested order of events, `CUSTOM` and its subclasses are last.
#[test]
fn custom_events_are_subscribed_last() {
    let subscribe = |events, subclasses| encoded(&[Command::Subscribe { events, subclasses }]);
    let mixed = subscribe(vec![EventName::Custom, EventName::Dtmf], vec![Subclass::SofiaRegister]);
    assert_eq!(mixed, "event plain DTMF CUSTOM sofia::register\n\n");
    assert_eq!(subscribe(vec![EventName::Dtmf], vec![]), "event plain DTMF\n\n");
    assert_eq!(subscribe(vec![], vec![Subclass::SofiaExpire]), "event plain CUSTOM sofia::expire\n\n");
}

#[test]
fn values_that_could_be_commands_are_refused() {
    let long = "x".repeat(8_193);
    let rows = [
        ("a\nexit", BadValue::LineEnd { at: 1 }),
        ("a\rb", BadValue::LineEnd { at: 1 }),
        ("\0", BadValue::LineEnd { at: 0 }),
        ("x=${system(id)}", BadValue::Expansion { at: 2 }),
        (&long, BadValue::TooLong { bytes: 8_193 }),
    ];
    for (text, expected) in rows {
        assert_eq!(EslValue::new(text), Err(expected), "{text:?}");
        assert_eq!(EslWord::new(text), Err(expected), "{text:?}");
        assert_eq!(DialText::new(text), Err(expected), "{text:?}");
    }
    for text in ["", "two words", "Zoë \"x\" 100%", "$1 {a} 'b' \\", &long[1..]] {
        assert!(EslValue::new(text).is_ok(), "{text:?}");
    }
    assert_eq!(EslWord::new(""), Err(BadValue::Empty));
    for (text, at, found) in
        [("a b", 1, ' '), ("a\tb", 1, '\t'), ("'", 0, '\''), ("ä\"", 2, '"'), ("\\n", 0, '\\')]
    {
        assert_eq!(EslWord::new(text), Err(BadValue::Separator { at, found }), "{text:?}");
    }
    for text in ["a,b", "a|b", "u/1:_:u/2", "{x", "x}", "[x", "&x", "a=b", "^^:", "a;b", "(x", "<x", "$x"] {
        assert!(matches!(DialText::new(text), Err(BadValue::Separator { .. })), "{text:?}");
    }
    for text in ["user/1002@127.0.0.1", "sofia/gateway/gw-1/+4930123456", "sofia/internal/1@[::1]"] {
        assert_eq!(DialText::new(text).is_ok(), !text.contains('['), "{text:?}");
    }
    assert_eq!(BadValue::LineEnd { at: 1 }.to_string(), "a value has a line break or a NUL at byte 1");
    assert_eq!(
        BadValue::Expansion { at: 2 }.to_string(),
        "a value has ${ at byte 2, which FreeSWITCH would expand"
    );
}

#[test]
fn a_password_is_sent_and_never_shown() {
    let command = Command::Auth(Password(value("s3cret")));
    assert_eq!(command.to_bytes(), b"auth s3cret\n\n");
    assert_eq!(format!("{command:?}"), "Auth(Password)");
}

#[test]
fn an_answered_call_gets_a_control_connection() {
    let originate = Originate {
        channel: dial("11111111-2222-4333-8444-888888888888"),
        timeout_s: 10,
        variables: Vec::new(),
        target: dial("user/1002@127.0.0.1"),
        answered: Answered::Socket(dial("127.0.0.1:8022")),
    };
    let captured = "originate {origination_uuid=11111111-2222-4333-8444-888888888888}user/1002@127.0.0.1 \
                    '&socket(127.0.0.1:8022 async full)'";
    let ours = originate.to_string();
    assert_eq!(ours.replace(",originate_timeout=10", ""), captured);
    assert!(sent("in_bgapi_originate").contains(captured), "as a real FreeSWITCH accepted it");
}

#[test]
fn trunks_have_one_number_place_and_no_switch_syntax() {
    let number = "+493012345".parse().unwrap();
    for text in ["sofia/gateway/my-gw/{number}", "sofia/external/{number}@sip.example.com:5060"] {
        let trunk: Trunk = text.parse().unwrap();
        assert_eq!(trunk.dial(&number).unwrap().as_str(), text.replace("{number}", "+493012345"));
        assert_eq!(trunk.to_string(), text);
    }
    let of_bytes = |bytes: usize| format!("sofia/{}/{{number}}", "x".repeat(bytes - "sofia//{number}".len()));
    assert!(of_bytes(255).parse::<Trunk>().is_ok());
    let long = of_bytes(256);
    let bad = [
        "",
        "{number}",
        "sofia/gateway/gw",
        "sofia/{number}/{number}",
        "sofia/gateway/gw/{number},x",
        "sofia/a b/{number}",
        "{a=b}sofia/gw/{number}",
        "sofia/gw/{number}|x",
        "sofia/gw/{number}\n",
        "sofia/${gw}/{number}",
        &long,
    ];
    for text in bad {
        assert!(text.parse::<Trunk>().is_err(), "{text:?}");
    }
}
