//! Content of webhooks.

use cordboard_schema::call::Direction;
use cordboard_schema::limits::{
    TWILIO_FORM_BYTES_MAX, TWILIO_PARTY_CHARS_MAX, TWILIO_SMS_CHARS_MAX, TWILIO_VALUE_BYTES_MAX,
};
use cordboard_schema::wire::twilio::webhook::{
    Caller, DialEnded, DialOutcome, Gathered, RecordingEvent, RecordingStatus, StreamEvent, StreamEventKind,
    VoiceRequest,
};
use cordboard_schema::wire::twilio::{
    BadForm, CallStatus, ConferenceEvent, ConferenceEventKind, Form, FormFields, IncomingMessage,
    MessageEvent, MessageStatus, StatusEvent, StatusOrder,
};

use crate::requests;

/// Returns the forms of the examples whose names begin with `name`.
fn named(name: &str) -> Vec<FormFields> {
    let forms: Vec<FormFields> = requests()
        .iter()
        .filter(|request| request["name"].as_str().unwrap().starts_with(name))
        .map(|request| form_of(request["body"].as_str().unwrap().as_bytes()).unwrap())
        .collect();
    assert!(!forms.is_empty(), "no example is named {name}");
    forms
}

fn form_of(body: &[u8]) -> Result<FormFields, BadForm> {
    FormFields::read(Form::parse(body)?, "")
}

fn one(name: &str) -> FormFields {
    named(name).remove(0)
}

#[test]
fn an_inbound_call_names_caller_and_number() {
    let calls: Vec<VoiceRequest> =
        named("incoming").iter().filter_map(|form| VoiceRequest::read(form).ok()).collect();
    let [plain, anonymous, sip] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!(plain.call.as_str(), "CA22222222222222222222222222222222");
    assert_eq!(plain.account.as_str(), "AC11111111111111111111111111111111");
    assert_eq!((plain.from.shown(), plain.to.as_str()), (Some("+15550100002"), "+15550100001"));
    assert_eq!((plain.status, plain.direction), (Some(CallStatus::Ringing), Direction::Inbound));
    assert_eq!(plain.verified.as_deref(), Some("TN-Validation-Passed-A"));
    assert_eq!(anonymous.from, Caller::Anonymous);
    assert_eq!(sip.from.shown(), Some("sip:1001@example.sip.twilio.com"));
    assert_eq!(sip.sip_headers.get("X-Call-Ref").map(String::as_str), Some("cb-7f31"));
}

#[test]
fn callers_who_hide_are_anonymous() {
    let words = ["", " ", "anonymous", "Anonymous", "Restricted", "+266696687", "+7378742833", "unknown"];
    let addresses = ["sip:anonymous@anonymous.invalid", "sips:Anonymous@pbx.example"];
    for hidden in words.into_iter().chain(addresses) {
        assert_eq!(Caller::of(hidden), Caller::Anonymous, "{hidden}");
    }
    let long = "1".repeat(1_000);
    assert_eq!(Caller::of(&long).shown().unwrap().len(), TWILIO_PARTY_CHARS_MAX);
    assert_eq!(Caller::of("+1\r\n5").shown(), Some("+15"));
}

#[test]
fn a_call_without_a_name_is_refused() {
    let form = form_of(b"AccountSid=AC11111111111111111111111111111111&To=%2B1555").unwrap();
    assert_eq!(VoiceRequest::read(&form), Err(BadForm::Missing { field: "CallSid" }));
    assert_eq!(form_of(b"CallSid=CA1&To=1"), Err(BadForm::Unreadable { field: "CallSid" }));
}

#[test]
fn a_call_follows_its_status_callbacks_in_any_order() {
    let mut events: Vec<StatusEvent> =
        named("outbound status").iter().map(|form| StatusEvent::read(form).unwrap()).collect();
    let completed = events.iter().find(|event| event.status == CallStatus::Completed).unwrap();
    assert_eq!(
        (completed.duration_s, completed.sip_code, completed.sequence),
        (Some(42), Some(200), Some(3))
    );
    let busy = events.iter().find(|event| event.status == CallStatus::Busy).unwrap();
    assert_eq!(busy.sip_code, Some(486));
    events.retain(|event| !event.status.is_terminal() || event.status == CallStatus::Completed);
    assert_eq!(events.len(), 4);
    events.reverse();
    let mut order = StatusOrder::default();
    let news: Vec<CallStatus> = events
        .iter()
        .chain(&events)
        .filter(|event| order.accept(event.status, event.sequence))
        .map(|event| event.status)
        .collect();
    assert_eq!(news, [CallStatus::Completed]);
}

#[test]
fn verbs_say_how_they_ended() {
    let missed = DialEnded::read(&one("Dial action, agent")).unwrap();
    assert_eq!(missed.outcome, DialOutcome::NoAnswer);
    assert_eq!(missed.dialled.unwrap().as_str(), "CA55555555555555555555555555555555");
    let room = DialEnded::read(&one("Dial action, conference")).unwrap();
    assert_eq!((room.outcome, room.bridged), (DialOutcome::Ended, true));
    let keys = Gathered::read(&one("Gather action")).unwrap();
    assert_eq!((keys.digits.as_deref(), keys.speech), (Some("1"), None));
    assert!(VoiceRequest::read(&one("Connect action")).is_ok());
    let words = b"CallSid=CA22222222222222222222222222222222&SpeechResult=+yes+please&Confidence=0.9";
    let words = Gathered::read(&form_of(words).unwrap()).unwrap();
    assert_eq!((words.speech.as_deref(), words.confidence), (Some("yes please"), Some(0.9)));
    let nothing = b"CallSid=CA22222222222222222222222222222222&Confidence=NaN";
    assert_eq!(Gathered::read(&form_of(nothing).unwrap()).unwrap().confidence, None);
}

#[test]
fn streams_report_their_state() {
    assert_eq!(StreamEvent::read(&one("stream started")).unwrap().kind, StreamEventKind::Started);
    let failed = StreamEvent::read(&one("stream error")).unwrap();
    assert_eq!(failed.kind, StreamEventKind::Failed("Connection closed".to_owned()));
}

#[test]
fn a_conference_says_who_came_and_went() {
    let events: Vec<ConferenceEvent> =
        named("conference").iter().map(|form| ConferenceEvent::read(form).unwrap()).collect();
    let seen: Vec<_> =
        events.iter().map(|event| (&event.kind, event.label.as_deref().unwrap_or(""))).collect();
    use ConferenceEventKind::{Ended, Joined, Left, Started};
    assert_eq!(
        seen,
        [(&Joined, "agent"), (&Started, "caller"), (&Joined, "caller"), (&Left, "agent"), (&Ended, "")]
    );
    assert!(events.iter().all(|event| event.room == "cb-7f31"));
    assert_eq!(events[3].reason.as_deref(), Some("participant_hung_up"));
    assert_eq!(events[4].call.as_ref().unwrap().as_str(), "CA22222222222222222222222222222222");
}

#[test]
fn recordings_and_messages_report_their_status() {
    let recording = RecordingEvent::read(&one("recording completed")).unwrap();
    assert_eq!(
        (recording.status, recording.duration_s, recording.channels),
        (RecordingStatus::Completed, Some(41), Some(2))
    );
    assert!(recording.url.unwrap().ends_with(recording.recording.as_str()));
    let message = IncomingMessage::read(&one("incoming SMS")).unwrap();
    assert_eq!(message.body, "Grüße + 100% & ok?");
    let status = MessageEvent::read(&one("SMS status")).unwrap();
    assert_eq!((status.status, status.error_code), (MessageStatus::Undelivered, Some(30003)));
    let sid = "SM77777777777777777777777777777777";
    let long = format!(
        "MessageSid={sid}&AccountSid=AC11111111111111111111111111111111&From=1&To=2&Body={}",
        "x".repeat(5_000)
    );
    let long = IncomingMessage::read(&form_of(long.as_bytes()).unwrap()).unwrap();
    assert_eq!(long.body.len(), TWILIO_SMS_CHARS_MAX);
}

#[test]
fn words_missing_in_the_examples_are_read() {
    let call = "CallSid=CA22222222222222222222222222222222";
    for (word, outcome) in [
        ("completed", DialOutcome::Completed),
        ("busy", DialOutcome::Busy),
        ("no-answer", DialOutcome::NoAnswer),
        ("failed", DialOutcome::Failed),
        ("canceled", DialOutcome::Canceled),
        ("answered", DialOutcome::Ended),
    ] {
        let form = form_of(format!("{call}&DialCallStatus={word}").as_bytes()).unwrap();
        assert_eq!(DialEnded::read(&form).unwrap().outcome, outcome, "{word}");
    }
    let recording = "RecordingSid=RE66666666666666666666666666666666";
    for (word, status) in [
        ("in-progress", Some(RecordingStatus::InProgress)),
        ("completed", Some(RecordingStatus::Completed)),
        ("absent", Some(RecordingStatus::Absent)),
        ("failed", Some(RecordingStatus::Failed)),
        ("lost", None),
    ] {
        let form = form_of(format!("{recording}&RecordingStatus={word}").as_bytes()).unwrap();
        assert_eq!(RecordingEvent::read(&form).ok().map(|event| event.status), status, "{word}");
    }
    let account = "AccountSid=AC11111111111111111111111111111111";
    for (word, direction) in [
        ("inbound", Direction::Inbound),
        ("outbound-api", Direction::Outbound),
        ("outbound-dial", Direction::Outbound),
    ] {
        let form = form_of(format!("{call}&{account}&To=%2B1555&Direction={word}").as_bytes()).unwrap();
        assert_eq!(VoiceRequest::read(&form).unwrap().direction, direction, "{word}");
    }
}

#[test]
fn a_form_without_exactly_one_valid_account_names_none() {
    let account = "AC11111111111111111111111111111111";
    let named = |body: &str| Form::parse(body.as_bytes()).unwrap().account();
    assert_eq!(named(&format!("AccountSid={account}")).unwrap().as_str(), account);
    for bad in ["", "AccountSid=", "AccountSid=AC1", &format!("AccountSid={account}&AccountSid={account}")] {
        assert_eq!(named(bad), None, "{bad}");
    }
}

#[test]
fn the_longest_form_and_the_longest_value_are_read() {
    let of_bytes = |bytes: usize| Form::parse(format!("A={}", "x".repeat(bytes - 2)).as_bytes());
    assert!(of_bytes(TWILIO_FORM_BYTES_MAX).is_ok());
    assert_eq!(
        of_bytes(TWILIO_FORM_BYTES_MAX + 1),
        Err(BadForm::TooLong { bytes: TWILIO_FORM_BYTES_MAX + 1 })
    );
    let spoken = |bytes: usize| {
        let words = format!("CallSid=CA22222222222222222222222222222222&SpeechResult={}", "x".repeat(bytes));
        Gathered::read(&form_of(words.as_bytes()).unwrap())
    };
    assert!(spoken(TWILIO_VALUE_BYTES_MAX).is_ok());
    let bytes = TWILIO_VALUE_BYTES_MAX + 1;
    assert_eq!(spoken(bytes), Err(BadForm::ValueTooLong { field: "SpeechResult", bytes }));
}
