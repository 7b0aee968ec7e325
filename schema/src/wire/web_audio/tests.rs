use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn hello(version: u32, rate: u32) -> Hello {
    Hello { version, token: Some(Presented::new("secret")), resume: None, rate }
}

#[test]
fn messages_of_a_browser_are_read() {
    let read = |text: &str| BrowserMessage::parse(text).unwrap();
    let hello_text = r#"{"type":"hello","version":1,"token":"secret","rate":24000}"#;
    assert_eq!(read(hello_text), BrowserMessage::Hello(hello(1, 24_000)));
    assert_eq!(
        read(r#"{"type":"dtmf","digit":"5"}"#),
        BrowserMessage::Dtmf { digit: Digit::try_from('5').unwrap() }
    );
    assert_eq!(
        read(r#"{"type":"mark","name":"cb-0-960"}"#),
        BrowserMessage::Mark { name: "cb-0-960".to_owned() }
    );
    assert_eq!(
        read(r#"{"type":"typed","text":"When do you open?"}"#),
        BrowserMessage::Typed { text: "When do you open?".to_owned(), number: None }
    );
    assert_eq!(
        read(r#"{"type":"typed","text":"When do you open?","number":3}"#),
        BrowserMessage::Typed { text: "When do you open?".to_owned(), number: Some(3) }
    );
    assert_eq!(read(r#"{"type":"person"}"#), BrowserMessage::Person);
    assert_eq!(read(r#"{"type":"bye"}"#), BrowserMessage::Bye);
    assert_eq!(read(r#"{"type":"smile","how":"broadly"}"#), BrowserMessage::Other);
}

#[test]
fn errors_about_bad_messages_show_no_values() {
    for text in [
        "",
        "[]",
        "{}",
        "secret",
        r#"{"type":7}"#,
        r#"{"type":"hello"}"#,
        r#"{"type":"dtmf","digit":"secret"}"#,
        r#"{"type":"hello","version":1,"token":{"secret":1},"rate":24000}"#,
        r#"{"type":"mark"}"#,
    ] {
        let error = BrowserMessage::parse(text).unwrap_err();
        assert!(matches!(error, BadMessage::Malformed { .. }), "{text}: {error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    let long = format!(r#"{{"type":"bye","padding":"{}"}}"#, "x".repeat(WEB_AUDIO_TEXT_BYTES_MAX));
    assert!(matches!(BrowserMessage::parse(&long), Err(BadMessage::TooLong { .. })));
    let mut longest = r#"{"type":"bye"}"#.to_owned();
    longest.push_str(&" ".repeat(WEB_AUDIO_TEXT_BYTES_MAX - longest.len()));
    assert_eq!(BrowserMessage::parse(&longest).unwrap(), BrowserMessage::Bye);
}

#[test]
fn a_hello_shows_its_rate_and_no_secret() {
    assert_eq!(hello(1, 24_000).check(), Ok(SampleRate::HZ_24000));
    assert_eq!(hello(1, 16_000).check(), Ok(SampleRate::HZ_16000));
    assert_eq!(hello(1, 48_000).check(), Err(BadHello::Rate(48_000)));
    assert_eq!(hello(2, 24_000).check(), Err(BadHello::Version(2)));
    assert!(!format!("{:?}", hello(1, 24_000)).contains("secret"));
    let longest = "x".repeat(WEB_AUDIO_TOKEN_CHARS_MAX);
    assert_eq!(Presented::new(longest.clone()).text(), Some(&*longest));
    assert_eq!(Presented::new("x".repeat(WEB_AUDIO_TOKEN_CHARS_MAX + 1)).text(), None);
}

#[test]
fn our_messages_have_the_documented_form() {
    let ready = ServerMessage::Ready {
        version: VERSION,
        call_id: CallId(Uuid::from_u128(1)),
        rate: 24_000,
        resume: Presented::new("r"),
        return_ms: Some(10_000),
        typed: Some(0),
    };
    let mark = ServerMessage::Mark { name: "cb-0-1".to_owned() };
    let texts = [ready, ServerMessage::Clear, mark, ServerMessage::Typed { number: 3 }]
        .map(|message| message.to_text());
    assert_eq!(
        texts,
        [
            r#"{"type":"ready","version":1,"call_id":"00000000-0000-0000-0000-000000000001","rate":24000,"resume":"r","return_ms":10000,"typed":0}"#,
            r#"{"type":"clear"}"#,
            r#"{"type":"mark","name":"cb-0-1"}"#,
            r#"{"type":"typed","number":3}"#,
        ]
    );
    let bye = ServerMessage::bye(ByeCause::NoCall, "The call is over.").to_text();
    assert_eq!(bye, r#"{"type":"bye","cause":"no_call","words":"The call is over."}"#);
}

#[test]
fn overlong_sound_and_odd_bytes_add_no_samples() {
    let mut samples = vec![1];
    let long = vec![0; WEB_AUDIO_SOUND_BYTES_MAX + 2];
    assert!(matches!(read_sound(&long, &mut samples), Err(BadMessage::TooLoud { .. })));
    assert!(read_sound(&[], &mut samples).is_ok());
    assert_eq!(samples, [1]);
    let mut longest = Vec::new();
    assert!(read_sound(&long[2..], &mut longest).is_ok());
    assert_eq!(longest.len(), WEB_AUDIO_SOUND_BYTES_MAX / 2);
    read_sound(&[0x34, 0x12, 0xff, 0xff], &mut samples).unwrap();
    assert_eq!(samples, [1, 0x1234, -1]);
    read_sound(&[0x01, 0x00, 0x7f], &mut samples).unwrap();
    assert_eq!(samples, [1, 0x1234, -1, 1]);
}

proptest! {
    #[test]
    fn any_input_is_read_or_refused(text in ".*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = BrowserMessage::parse(&text);
        let mut samples = Vec::new();
        prop_assert!(read_sound(&bytes, &mut samples).is_ok());
        prop_assert_eq!(samples.len(), bytes.len() / 2);
    }

    #[test]
    fn a_text_cut_anywhere_is_read_or_refused(at in 0_usize..70) {
        let whole = r#"{"type":"hello","version":1,"token":"secret","rate":24000}"#;
        let cut = &whole[..at.min(whole.len())];
        prop_assert_eq!(BrowserMessage::parse(cut).is_ok(), cut == whole);
    }

    #[test]
    fn sound_is_read_as_it_was_written(samples in prop::collection::vec(any::<i16>(), 0..500)) {
        let mut read = Vec::new();
        read_sound(&write_sound(&samples), &mut read).unwrap();
        prop_assert_eq!(read, samples);
    }

    #[test]
    fn messages_are_read_as_they_were_written(
        (version, rate, token, name) in (any::<u32>(), any::<u32>(), ".{0,40}", ".{0,40}"),
    ) {
        let hello = Hello { version, token: Some(Presented::new(token)), resume: None, rate };
        for message in [BrowserMessage::Hello(hello), BrowserMessage::Mark { name }, BrowserMessage::Bye] {
            let text = serde_json::to_string(&message).unwrap();
            prop_assert_eq!(BrowserMessage::parse(&text).unwrap(), message);
        }
    }
}

#[test]
fn typed_text_is_kept_as_text_within_a_bound() {
    let kept = |text: &str| read_typed(text);
    assert_eq!(kept("  Hello,\u{7}\nthere \t"), Some("Hello,\nthere".to_owned()));
    assert_eq!(kept("<script>alert(1)</script>"), Some("<script>alert(1)</script>".to_owned()));
    assert_eq!(kept(" \n\u{0} "), None);
    assert_eq!(kept("Lamp\t2\t15"), Some("Lamp 2 15".to_owned()), "cells of a table");
    let longest = "🦊".repeat(TYPED_CHARS_MAX);
    assert_eq!(kept(&longest), Some(longest.clone()));
    assert_eq!(kept(&format!("{longest}x")), None);
    // The longest text is also a message that can be read.
    let message =
        serde_json::to_string(&BrowserMessage::Typed { text: longest, number: Some(u32::MAX) }).unwrap();
    assert!(BrowserMessage::parse(&message).is_ok());
    // The same in the form of programs that keep to ASCII.
    let escaped = format!(r#"{{"type": "typed", "text": "{}"}}"#, r"\ud83e\udd8a".repeat(TYPED_CHARS_MAX));
    let BrowserMessage::Typed { text, .. } = BrowserMessage::parse(&escaped).unwrap() else {
        panic!("{escaped}")
    };
    assert_eq!(read_typed(&text).map(|text| text.chars().count()), Some(TYPED_CHARS_MAX));
}
