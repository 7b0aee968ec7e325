//! Documents: exactly those of the examples, every verb, and values that a document can't contain.

use cordboard_schema::limits::{
    TWILIO_PARAMETER_CHARS_MAX, TWIML_BYTES_MAX, TWIML_VALUE_CHARS_MAX, TWIML_VERBS_MAX,
};
use cordboard_schema::wire::twiml::{
    BadTwiml, Conference, Connect, Dial, DialTarget, Gather, GatherInput, HttpUrl, Parameter, PhoneNumber,
    Play, Prompt, Record, RejectReason, Say, SipAddress, Stream, StreamUrl, Twiml, TwimlValue, Verb,
};

use crate::capture;

fn url(text: &str) -> HttpUrl {
    HttpUrl::new(text).unwrap()
}

fn value(text: &str) -> TwimlValue {
    TwimlValue::new(text).unwrap()
}

fn xml(verbs: impl IntoIterator<Item = Verb>) -> String {
    Twiml::new(verbs).to_xml().unwrap()
}

/// Checks a document against the examples, with empty elements written as we do.
#[track_caller]
fn is_the_example(name: &str, verbs: impl IntoIterator<Item = Verb>) {
    let file = capture("examples/twiml.json");
    let theirs = file[name].as_str().unwrap().replace(" />", "/>");
    assert_eq!(xml(verbs), theirs, "{name}");
}

fn stream() -> Stream {
    Stream {
        url: StreamUrl::new("wss://calls.example.com/twilio/media").unwrap(),
        name: Some(value("ai")),
        status_callback: Some(url("/twilio/stream-status")),
        parameters: vec![
            Parameter::new("callRef", "cb-7f31").unwrap(),
            Parameter::new("token", "one-time-token").unwrap(),
        ],
    }
}

fn room() -> Conference {
    Conference {
        room: value("cb-7f31"),
        label: Some(value("caller")),
        start_on_enter: true,
        end_on_exit: true,
        muted: false,
        silent_wait: true,
        status_callback: Some(url("/twilio/conference")),
    }
}

fn whisper() -> Gather {
    Gather {
        input: GatherInput::Dtmf,
        action: url("/twilio/whisper-accept"),
        num_digits: Some(1),
        every_key: false,
        timeout_s: Some(8),
        language: None,
        hints: None,
        action_on_empty_result: false,
        prompts: vec![Prompt::Say(Say::words("Call from Anna & Bob <VIP>. Press 1 to accept."))],
    }
}

#[test]
fn the_documents_of_the_examples_are_written_as_there() {
    let connect = Connect { action: Some(url("/twilio/stream-ended")), stream: stream() };
    is_the_example(
        "answer with AI stream",
        [Verb::Connect(connect), Verb::Redirect(url("/twilio/fallback"))],
    );
    let into_room = Dial {
        action: Some(url("/twilio/dial-ended")),
        ..Dial::to(DialTarget::Conference(Box::new(room())))
    };
    is_the_example("caller into conference", [Verb::Dial(Box::new(into_room))]);
    is_the_example("agent whisper", [Verb::Gather(whisper()), Verb::Hangup]);
    let headers = [("X-Call-Ref", "cb-7f31"), ("X-Lang", "de")];
    let address = SipAddress::new("1001", "pbx.example.com", true, &headers).unwrap();
    let to_extension = Dial {
        action: Some(url("/twilio/dial-ended")),
        caller_id: Some(PhoneNumber::new("+15550100001").unwrap()),
        answer_on_bridge: true,
        timeout_s: Some(20),
        ..Dial::to(DialTarget::Sip(address))
    };
    is_the_example("dial SIP extension", [Verb::Dial(Box::new(to_extension))]);
    let say = Say { voice: Some(value("Polly.Joanna")), ..Say::words("All agents are busy. Goodbye.") };
    is_the_example("say and hang up", [Verb::Say(say), Verb::Hangup]);
    is_the_example("reject", [Verb::Reject(RejectReason::Busy)]);
}

#[test]
fn the_other_verbs_are_written() {
    let number =
        Dial { time_limit_s: Some(3_600), ..Dial::to(DialTarget::Number(PhoneNumber::new("112").unwrap())) };
    let gather = Gather {
        input: GatherInput::DtmfAndSpeech,
        language: Some(value("de-DE")),
        hints: Some(value("ja, nein")),
        action_on_empty_result: true,
        num_digits: None,
        every_key: false,
        timeout_s: None,
        prompts: vec![Prompt::Play(Play::File(url("https://x.example/a.wav?b=1&c=2"))), Prompt::Pause(1)],
        ..whisper()
    };
    let record =
        Record { action: url("/done"), status_callback: Some(url("/kept")), max_length_s: 120, timeout_s: 5 };
    let verbs = [
        Verb::Pause(2),
        Verb::Play(Play::Digits(value("ww123#"))),
        Verb::Gather(gather),
        Verb::Record(record),
        Verb::Dial(Box::new(number)),
    ];
    assert_eq!(
        xml(verbs),
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?><Response><Pause length="2"/><Play digits="ww123#"/>"#,
            r#"<Gather action="/twilio/whisper-accept" actionOnEmptyResult="true" hints="ja, nein" input="dtmf speech" language="de-DE" speechTimeout="auto">"#,
            r#"<Play>https://x.example/a.wav?b=1&amp;c=2</Play><Pause length="1"/></Gather>"#,
            r#"<Record action="/done" maxLength="120" playBeep="true" recordingStatusCallback="/kept" timeout="5"/>"#,
            r#"<Dial timeLimit="3600"><Number>112</Number></Dial></Response>"#,
        )
    );
    assert_eq!(xml([]), r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#);
    assert_eq!(xml([Verb::Reject(RejectReason::Rejected)]).matches("rejected").count(), 1);
}

#[test]
fn no_text_breaks_out_of_a_value() {
    let evil = r#""/><Dial>+1900</Dial><Say x='"#;
    let say = Say { voice: Some(value(evil)), ..Say::words(evil) };
    let document = xml([Verb::Say(say)]);
    assert_eq!(document.matches('<').count(), 5, "{document}");
    for text in ["a\rb", "a\nb", "\0", "a\u{1b}", "\u{85}", "\u{2028}", "\u{ffff}"] {
        assert!(matches!(TwimlValue::new(text), Err(BadTwiml::Control { .. })), "{text:?}");
        assert!(!TwimlValue::spoken(text).as_str().contains(|c: char| c.is_control()), "{text:?}");
        assert!(Parameter::new("a", text).is_err() && HttpUrl::new(format!("/{text}")).is_err(), "{text:?}");
    }
    assert!(TwimlValue::new("ü".repeat(TWIML_VALUE_CHARS_MAX)).is_ok());
    assert_eq!(
        TwimlValue::new("x".repeat(TWIML_VALUE_CHARS_MAX + 1)),
        Err(BadTwiml::ValueTooLong { chars: TWIML_VALUE_CHARS_MAX + 1 })
    );
    assert_eq!(TwimlValue::spoken(&"ü".repeat(9_999)).as_str().chars().count(), TWIML_VALUE_CHARS_MAX);
}

#[test]
fn a_parameter_has_500_characters_at_most() {
    let fits = "x".repeat(TWILIO_PARAMETER_CHARS_MAX - 5);
    assert!(Parameter::new("token", &fits).is_ok());
    let over = format!("{fits}ü");
    assert_eq!(Parameter::new("token", &over), Err(BadTwiml::ParameterTooLong { chars: 501 }));
    assert_eq!(Parameter::new("", "x"), Err(BadTwiml::NoName));
}

#[test]
fn addresses_must_have_the_right_scheme() {
    for wrong in ["", "javascript:x", "ftp://x", "x.example/a", "https://a b"] {
        assert_eq!(HttpUrl::new(wrong), Err(BadTwiml::NotAnAddress), "{wrong}");
    }
    for wrong in ["ws://x.example/call", "https://x.example/call", "wss://", "wss://x.example/call?token=1"] {
        assert_eq!(StreamUrl::new(wrong), Err(BadTwiml::NotAStreamAddress), "{wrong}");
    }
    for wrong in ["", "+", "1", "+1-555", "+15550100001,2", "sip:1@x", "+1234567890123456"] {
        assert_eq!(PhoneNumber::new(wrong), Err(BadTwiml::NotANumber), "{wrong}");
    }
    for (user, host) in [
        ("", "x"),
        ("1", ""),
        ("1@y", "x"),
        ("1", "x;y"),
        ("1", "x:0"),
        ("1", "x:y"),
        ("1?", "x"),
        ("1&", "x"),
    ] {
        assert_eq!(SipAddress::new(user, host, false, &[]), Err(BadTwiml::NotASipAddress), "{user}@{host}");
    }
    for header in [("Call-Ref", "x"), ("X-A:b", "x"), ("X-A=", "x"), ("X-&", "x")] {
        assert!(SipAddress::new("1", "x", false, &[header]).is_err(), "{header:?}");
    }
    let address =
        SipAddress::new("100*", "10.0.0.5:5061", false, &[("X-Note", "a b&c=d\r\nVia: e")]).unwrap();
    assert_eq!(address.as_str(), "sip:100*@10.0.0.5:5061?X-Note=a%20b%26c%3Dd%0D%0AVia%3A%20e");
}

#[test]
fn a_document_that_twilio_would_refuse_is_refused() {
    let late = [Verb::Pause(1), Verb::Reject(RejectReason::Busy)];
    assert_eq!(Twiml::new(late).to_xml(), Err(BadTwiml::LateReject));
    let many = vec![Verb::Hangup; TWIML_VERBS_MAX + 1];
    assert_eq!(Twiml::new(many).to_xml(), Err(BadTwiml::TooManyVerbs { verbs: TWIML_VERBS_MAX + 1 }));
    let long = vec![Verb::Say(Say::words(&"&".repeat(4_096))); 4];
    assert!(matches!(Twiml::new(long).to_xml(), Err(BadTwiml::TooLong { .. })));
}

#[test]
fn the_length_of_a_document_includes_gather_prompts() {
    let silent = Gather { prompts: Vec::new(), ..whisper() };
    assert!(Twiml::new(vec![Verb::Gather(silent.clone()); TWIML_VERBS_MAX]).to_xml().is_ok());
    let asks = |prompts: usize| {
        Twiml::new([Verb::Gather(Gather { prompts: vec![Prompt::Pause(1); prompts], ..silent.clone() })])
    };
    assert!(asks(TWIML_VERBS_MAX - 1).to_xml().is_ok());
    let verbs = TWIML_VERBS_MAX + 1;
    assert_eq!(asks(TWIML_VERBS_MAX).to_xml(), Err(BadTwiml::TooManyVerbs { verbs }));
    // Each `&` is written with five bytes, each letter with one.
    let of_letters = |letters: usize| {
        let says = |text: String| Verb::Say(Say { text: value(&text), voice: None, language: None });
        let verbs = (0..3).map(|_| says("&".repeat(4_096))).chain([says("x".repeat(letters))]);
        Twiml::new(verbs).to_xml()
    };
    let letters = TWIML_BYTES_MAX - of_letters(1).unwrap().len() + 1;
    assert_eq!(of_letters(letters).unwrap().len(), TWIML_BYTES_MAX);
    assert_eq!(of_letters(letters + 1), Err(BadTwiml::TooLong { bytes: TWIML_BYTES_MAX + 1 }));
}
