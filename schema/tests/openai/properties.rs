//! Any input gives an event or an error.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::wire::openai::{AudioFormat, ServerEvent, decode_audio};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::server_messages;

/// A JSON value of any shape.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Collects the path of every member of a value.
fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (name, member) in members {
        let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        paths(member, &path, found);
        found.push(path);
    }
}

proptest! {
    #[test]
    fn a_capture_cut_anywhere_is_read_or_refused(pick in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let messages = server_messages();
        let text = pick.get(&messages).to_string();
        let mut end = cut.index(text.len() + 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert_eq!(ServerEvent::parse(&text[..end]).is_ok(), end == text.len());
    }

    #[test]
    fn a_capture_with_any_value_replaced_is_read_or_refused(
        pick in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), value in any_json(),
    ) {
        let messages = server_messages();
        let mut message = pick.get(&messages).clone();
        let mut found = Vec::new();
        paths(&message, "", &mut found);
        let path: &String = place.get(&found);
        *message.pointer_mut(path).unwrap() = value;
        let _ = ServerEvent::parse(&message.to_string());
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,64}", kind in ".{0,32}") {
        let _ = ServerEvent::parse(&text);
        let unknown = json!({ "type": kind, "delta": text }).to_string();
        prop_assert!(ServerEvent::parse(&unknown).is_ok());
    }

    #[test]
    fn any_base64_is_audio_or_refused(text in "[A-Za-z0-9+/=]{0,64}") {
        for format in [AudioFormat::Pcmu, AudioFormat::Pcma, AudioFormat::Pcm { rate: SampleRate::HZ_24000 }] {
            let _ = decode_audio(&text, format);
        }
    }
}
