//! Any input gives a value or an error.

use cordboard_schema::wire::twilio::rest::{CallAnswer, RestError, read_answer};
use cordboard_schema::wire::twilio::signature::{
    SignedBody, SignedRequest, SigningKeys, check, check_handshake,
};
use cordboard_schema::wire::twilio::webhook::{
    DialEnded, Gathered, RecordingEvent, StreamEvent, VoiceRequest,
};
use cordboard_schema::wire::twilio::{
    CallStatus, ConferenceEvent, Form, FormFields, IncomingMessage, MessageEvent, StatusEvent, StatusOrder,
};
use cordboard_schema::wire::twilio_media::{Mark, StreamMessage};
use cordboard_schema::wire::twiml::{Parameter, Say, SipAddress, Twiml, TwimlValue, Verb};
use proptest::prelude::*;

use crate::{requests, streams};

fn read_all(form: Form) {
    let Ok(form) = &FormFields::read(form, "") else { return };
    let _ = VoiceRequest::read(form);
    let _ = StatusEvent::read(form);
    let _ = DialEnded::read(form);
    let _ = Gathered::read(form);
    let _ = StreamEvent::read(form);
    let _ = RecordingEvent::read(form);
    let _ = ConferenceEvent::read(form);
    let _ = MessageEvent::read(form);
    let _ = IncomingMessage::read(form);
}

#[test]
fn a_stream_message_cut_anywhere_is_refused() {
    for (file, messages) in streams() {
        for message in messages {
            let text = message.to_string();
            for end in 0..text.len() {
                assert!(StreamMessage::parse(&text[..end]).is_err(), "{file}: {}", &text[..end]);
            }
        }
    }
}

#[test]
fn a_form_cut_anywhere_is_read_or_refused() {
    for request in requests() {
        let body = request["body"].as_str().unwrap();
        for end in 0..body.len() {
            read_all(Form::parse(&body.as_bytes()[..end]).unwrap());
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_message_or_refused(text in ".{0,64}") {
        let _ = StreamMessage::parse(&text);
        let _ = Mark::parse(&text);
    }

    #[test]
    fn a_message_with_a_wrong_byte_is_read_or_refused(
        pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f,
    ) {
        let messages: Vec<_> = streams().into_iter().flat_map(|(_, messages)| messages).collect();
        let mut text = pick.get(&messages).to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(StreamMessage::Media(media)) = StreamMessage::parse(&String::from_utf8_lossy(&text)) {
            let _ = media.frame();
        }
    }

    #[test]
    fn any_bytes_are_a_form_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        if let Ok(form) = Form::parse(&bytes) {
            read_all(form);
        }
        let _ = read_answer::<CallAnswer>(&bytes);
        let _ = RestError::read(500, None, &bytes).to_string();
    }

    #[test]
    fn any_request_is_accepted_or_refused(url in ".{0,40}", signature in ".{0,40}", settings in ".{0,40}") {
        let keys = SigningKeys { auth_tokens: &["a"], shared_keys: &[("b", "c")] };
        let request = SignedRequest {
            url: &url,
            body: SignedBody::Raw(b"x"),
            signature: Some(&signature),
            settings: Some(&settings),
        };
        prop_assert!(check(&request, &keys).is_err() && check_handshake(&request, &keys).is_err());
    }

    #[test]
    fn any_order_of_callbacks_ends_at_the_end(
        told in prop::collection::vec((prop::sample::select(&CallStatus::ALL[..]), prop::option::of(0_u64..6)), 0..12),
    ) {
        let mut order = StatusOrder::default();
        let mut ended = None;
        for (status, sequence) in told {
            let news = order.accept(status, sequence);
            prop_assert!(!(news && ended.is_some()), "nothing is news after the end");
            prop_assert_eq!(order.newest() == Some(status) || ended.is_some() || !news, true);
            if status.is_terminal() && ended.is_none() {
                prop_assert!(news, "the end is always news");
                ended = Some(status);
            }
        }
        if ended.is_some() {
            prop_assert_eq!(order.newest(), ended);
        }
    }

    #[test]
    fn any_words_make_a_document_of_one_verb(words in any::<String>(), voice in any::<String>()) {
        let voice = TwimlValue::new(voice).ok();
        let text = TwimlValue::spoken(&words);
        let document = Twiml::new([Verb::Say(Say { text, voice, language: None })]).to_xml().unwrap();
        let inside = document.strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?>"#).unwrap();
        prop_assert_eq!(inside.matches('<').count(), if inside.contains("</Say>") { 4 } else { 3 });
        let is_plain = |c: char| c == '\t' || !c.is_control();
        prop_assert!(inside.chars().all(is_plain));
    }

    #[test]
    fn any_parameter_is_short_or_refused(name in any::<String>(), value in any::<String>()) {
        if Parameter::new(&name, &value).is_ok() {
            prop_assert!(name.chars().count() + value.chars().count() <= 500);
        }
    }

    #[test]
    fn a_sip_address_has_its_parts_in_place(user in ".{0,12}", host in ".{0,12}", value in any::<String>()) {
        if let Ok(address) = SipAddress::new(&user, &host, true, &[("X-A", &value)]) {
            let text = address.as_str();
            prop_assert_eq!(text.matches('@').count(), 1);
            prop_assert_eq!(text.matches(';').count(), 1);
            prop_assert_eq!(text.matches('?').count(), 1);
            prop_assert!(!text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '&'));
        }
    }
}
