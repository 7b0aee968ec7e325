//! Parsing of an event's text: percent-encoding, JSON, bodies, and malformed events.

use cordboard_schema::wire::esl::{Event, EventName, Frame, Subclass, array_items, decode_percent};

use crate::{captured, captured_events, frames};

/// Returns an event-plain with this inner text.
fn plain(inner: &[u8]) -> Event {
    let head = format!("Content-Length: {}\nContent-Type: text/event-plain\n\n", inner.len());
    lone_event(&[head.as_bytes(), inner].concat())
}

fn json(inner: &[u8]) -> Event {
    let head = format!("Content-Length: {}\nContent-Type: text/event-json\n\n", inner.len());
    lone_event(&[head.as_bytes(), inner].concat())
}

fn lone_event(bytes: &[u8]) -> Event {
    match <[Frame; 1]>::try_from(frames(bytes)).unwrap() {
        [Frame::Event(event)] => event,
        [other] => panic!("{other:?} is no event"),
    }
}

fn headers(event: &Event) -> Vec<(&str, &str)> {
    event.headers().collect()
}

/// One variable has every ASCII character that is not a letter or digit; `uuid_getvar` returned its real value.
#[test]
fn escaped_characters_are_decoded() {
    let punctuation = r##"A!"#$%&'()*+,-./:;<=>?@[]^_`{|}~ \Z"##;
    let frames = captured("out_escape_table");
    let answer = frames.iter().find_map(|frame| match frame {
        Frame::ApiResponse(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(answer, Some(punctuation), "the value that the switch returns");
    let events = captured_events("out_escape_table");
    assert_eq!(events[1].variable("punct"), Some(punctuation));
    assert_eq!(events[1].get("Application-Data"), Some(format!("punct={punctuation}").as_str()));
}

/// The value `a%0Ab 100%` can't be distinguished from `a`, newline, `b 100%` in the plain format; in JSON it can.
#[test]
fn the_percent_ambiguity_is_that_of_the_plain_format() {
    let events = captured_events("out_percent_ambiguity");
    let values: Vec<&str> = events.iter().filter_map(|event| event.variable("lit")).collect();
    assert_eq!(values.first(), Some(&"a\nb 100%"), "plain");
    assert_eq!(values.last(), Some(&"a%0Ab 100%"), "JSON");
}

#[test]
fn only_valid_percent_encoding_is_decoded() {
    let rows = [
        ("", ""),
        ("plain", "plain"),
        ("a%20b", "a b"),
        ("a+b", "a+b"),
        ("%2B%2b", "++"),
        ("100%", "100%"),
        ("100%2", "100%2"),
        ("%zz%4", "%zz%4"),
        ("%%41", "%A"),
        ("%4%41", "%4A"),
        ("Zo%C3%AB", "Zoë"),
        ("Zo%EB", "Zo\u{fffd}"),
        ("%E2%82", "\u{fffd}"),
    ];
    for (encoded, expected) in rows {
        assert_eq!(decode_percent(encoded), expected, "{encoded}");
    }
}

/// Two values whose bytes would form one character together stay two broken ones, and no text is cut inside a character.
#[test]
fn invalid_utf_8_is_replaced_in_place() {
    let event = plain(b"A: x%C3\nB: \xa9y\nC\xff: z\n\n");
    assert_eq!(headers(&event), [("A", "x\u{fffd}"), ("B", "\u{fffd}y"), ("C\u{fffd}", "z")]);
    assert_eq!(json(b"{\"A\":\"x\xc3\",\"B\":\"y\"}").get("A"), Some("x\u{fffd}"));
}

#[test]
fn bodies_are_counted_in_bytes() {
    let customs: Vec<Event> = captured_events("out_event_body")
        .into_iter()
        .filter(|event| event.get("Event-Subclass") == Some("cordboard::test"))
        .collect();
    let body = "line one\nline two: with colon\n\nafter blank ü€";
    let bodies: Vec<_> = customs.iter().map(Event::body).collect();
    assert_eq!(bodies, [Some(body), Some(body)], "in the plain format and in JSON");
    assert_eq!(customs[0].get("X-Utf8"), Some("ü€"));
    assert_eq!(customs[1].get("X-Note"), Some("tab\tand \"quote\""));
    let repeated: Vec<_> = customs[1].headers().filter(|(name, _)| *name == "X-Dup").collect();
    assert_eq!(repeated, [("X-Dup", "1"), ("X-Dup", "2")]);
}

#[test]
fn both_formats_give_the_same_event() {
    let names = ["Event-Name", "Unique-ID", "Caller-Caller-ID-Name", "variable_switch_r_sdp", "Application"];
    let kinds = |events: &[Event]| -> Vec<(Option<EventName>, Vec<bool>)> {
        let has = |event: &Event| names.map(|name| event.text_of(name).is_some()).to_vec();
        events.iter().map(|event| (event.name(), has(event))).collect()
    };
    let plain = captured_events("out_basic_plain");
    let json = captured_events("out_basic_json");
    // The calls differ only in the format and the order of two events at their end.
    assert_eq!(kinds(&plain)[..8], kinds(&json)[..8]);
    for event in plain.iter().chain(&json) {
        assert_eq!(event.get("Caller-Caller-ID-Name"), Some("Phone 1001"));
        let sdp = event.variable("switch_r_sdp").unwrap_or("v=0\r\n");
        assert!(sdp.starts_with("v=0\r\n"), "{sdp:?}");
        assert!(event.number("Event-Date-Timestamp") > Some(1_795_000_000_000_000_u64));
    }
}

#[test]
fn arrays_are_read_in_both_formats() {
    let array = |name| {
        let events = captured_events(name).into_iter();
        let mut arrays = events.filter_map(|event| event.variable("originate_causes").map(str::to_owned));
        let value = arrays.next().unwrap();
        array_items(&value).map(|item| item.rsplit(';').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(array("out_bridge_b_hangs_up"), ["NONE", "NONE"]);
    assert_eq!(array("out_json_bridge"), ["NONE", "NONE"]);
    let items = |value| array_items(value).collect::<Vec<_>>();
    assert_eq!(items("one"), ["one"]);
    assert_eq!(items("a|:b"), ["a|:b"], "not an array without its mark");
    assert_eq!(items("ARRAY::a|:|:c"), ["a", "", "c"]);
}

/// Lengths that do not fit, and lines that are not headers: the frame was found by its own length, so all of it can be read.
#[test]
fn a_malformed_event_keeps_what_can_be_read() {
    let name = b"Event-Name: CUSTOM\n".as_slice();
    let rows: &[(&[u8], Option<&str>)] = &[
        (b"\n", None),
        (b"", None),
        (b"no colon\n\n", None),
        (b"Content-Length: 4\n\nbody", Some("body")),
        (b"Content-Length: 2\n\nbody", Some("body")),
        (b"Content-Length: 400\n\nbody", Some("body")),
        (b"Content-Length: 99999999999999999999999\n\nbody", Some("body")),
        (b"Content-Length: x\n\nbody", Some("body")),
        (b"Content-Length: 5\n\n", None),
        (b"\nbody", Some("body")),
    ];
    for (rest, body) in rows {
        let event = plain(&[name, rest].concat());
        let shown = String::from_utf8_lossy(rest);
        assert_eq!((event.name(), event.body()), (Some(EventName::Custom), *body), "{shown:?}");
    }
    for inner in [b"".as_slice(), b"\n", b"\n\n", b"\n\n\n", b"::::", b": x\n"] {
        assert_eq!(headers(&plain(inner)), [], "{inner:?}");
    }
    assert_eq!(headers(&plain(b"Empty: \nNone:\n\n")), [("Empty", ""), ("None", "")]);
}

#[test]
fn json_is_read_as_far_as_it_is_valid() {
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let rows: &[(&[u8], Headers<'_>)] = &[
        (b"", &[]),
        (b"[1]", &[]),
        (b"\"x\"", &[]),
        (br#"{"a":"1","b":"#, &[("a", "1")]),
        (br#"{"a":"1","b":"2""#, &[("a", "1"), ("b", "2")]),
        (
            br#"{"a":1,"b":-2,"c":1.5,"d":true,"e":null,"f":{"g":[]}}"#,
            &[("a", "1"), ("b", "-2"), ("c", "1.5"), ("d", "true"), ("e", ""), ("f", "")],
        ),
        (br#"{"a":["x","y"],"b":[],"c":["z"]}"#, &[("a", "ARRAY::x|:y"), ("b", ""), ("c", "ARRAY::z")]),
        (br#"{"a":"\u00e9\n"}"#, &[("a", "é\n")]),
    ];
    for (inner, expected) in rows {
        assert_eq!(headers(&json(inner)), *expected, "{}", String::from_utf8_lossy(inner));
    }
    let deep = [b"{\"a\":\"1\",\"b\":".as_slice(), &b"[".repeat(100_000)].concat();
    assert_eq!(headers(&json(&deep)), [("a", "1")]);
}

#[test]
fn headers_beyond_the_limit_are_ignored() {
    let many: String = (0..5_000).map(|n| format!("H{n}: %41{n}\n")).collect();
    let event = plain(format!("{many}\nbody").as_bytes());
    assert_eq!(event.headers().count(), 4_096);
    assert_eq!((event.get("H4095"), event.get("H4096"), event.body()), (Some("A4095"), None, Some("body")));
}

#[test]
fn the_first_header_of_a_name_counts_in_whatever_case() {
    let event = plain(b"Event-Name: DTMF\nunique-id: a\nUnique-ID: b\nvariable_X: 1\nvariable_x: 2\n\n");
    assert_eq!(event.unique_id(), Some("a"));
    assert_eq!(event.variable("X"), Some("1"));
    assert_eq!(event.variables().collect::<Vec<_>>(), [("X", "1"), ("x", "2")]);
    assert_eq!(plain(b"Unique-ID: \n\n").unique_id(), None, "an empty id is none");
}

#[test]
fn names_on_the_wire_are_read_as_they_are_written() {
    for name in EventName::ALL {
        assert_eq!(EventName::of(name.as_str()), Some(*name));
    }
    for subclass in Subclass::ALL {
        assert_eq!(Subclass::of(subclass.as_str()), Some(*subclass));
    }
    let event = plain(b"Event-Subclass: mod_audio_stream%3A%3Aplay\nEvent-Name: CUSTOM\n\n");
    assert_eq!((event.name(), event.subclass()), (Some(EventName::Custom), Some(Subclass::AudioStreamPlay)));
    assert_eq!(plain(b"Event-Name: RE_SCHEDULE\n\n").name(), None);
}

/// A log line shows what happened to which channel, and never a number of a party.
#[test]
fn an_event_shows_no_values() {
    let event = plain(b"Event-Name: DTMF\nUnique-ID: u-1\nDTMF-Digit: 7\nCaller-ANI: 4930123456\n\n");
    assert_eq!(
        format!("{event:?}"),
        r#"Event { name: "DTMF", subclass: None, unique_id: Some("u-1"), headers: 4, body_bytes: None }"#
    );
}
