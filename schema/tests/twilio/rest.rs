//! The REST API: our requests against its specification, its answers from its examples.

use std::collections::BTreeSet;

use cordboard_schema::limits::TWILIO_ANSWER_BYTES_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::rest::{
    AddParticipant, BadAnswer, CallAnswer, CallEnd, CallInstructions, ConferenceList, ConferenceStatus,
    CreateCall, ListedMessage, MachineDetection, MessageAnswer, MessageList, MessageSender, Method,
    NumberList, ParticipantAnswer, ParticipantName, RecordingAnswer, RecordingChange, RecordingList,
    RestError, RestErrorKind, RestRequest, SendMessage, StartRecording, UpdateCall, UpdateParticipant,
    read_answer,
};
use cordboard_schema::wire::twilio::{AccountSid, CallSid, CallStatus, ConferenceSid, MessageStatus};
use serde_json::{Value, json};

use crate::capture;

fn account() -> AccountSid {
    "AC11111111111111111111111111111111".parse().unwrap()
}

fn call() -> CallSid {
    "CA22222222222222222222222222222222".parse().unwrap()
}

fn conference() -> ConferenceSid {
    "CF44444444444444444444444444444444".parse().unwrap()
}

/// Panics if the API's specification does not have the path, the method, or a name, or if a required name is missing.
fn is_in_the_document(request: &RestRequest) {
    let document = capture("twilio-api-v2010-subset.openapi.json");
    let whole = request.full_path(&account());
    let path = whole.split('?').next().unwrap();
    let paths = document["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len()
            && template.iter().zip(&path).all(|(part, said)| {
                part == said
                    || (part.starts_with('{')
                        && !said.is_empty()
                        && part.ends_with(".json") == said.ends_with(".json"))
            })
    };
    let method = match request.method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Delete => "delete",
    };
    let operation = paths.iter().find(|(template, _)| fits(template)).map(|(_, methods)| &methods[method]);
    let operation = operation.filter(|operation| operation.is_object());
    let operation = operation.unwrap_or_else(|| panic!("the API has no {method} {path}"));
    let schema = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
    let names: BTreeSet<&str> = request.form.pairs().iter().map(|(name, _)| *name).collect();
    for (name, value) in request.form.pairs() {
        let property =
            schema["properties"].get(name).unwrap_or_else(|| panic!("{method} {path} has no {name}"));
        let is = |kind: &str| property["type"] == kind;
        let fits = match () {
            () if is("boolean") => matches!(value.as_str(), "true" | "false"),
            () if is("integer") => value.parse::<u32>().is_ok(),
            () => match property["enum"].as_array() {
                Some(words) => words.contains(&json!(value)),
                None => true,
            },
        };
        assert!(fits, "{path}: {name}={value}");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(names.contains(name.as_str().unwrap()), "{method} {path} needs {name}");
    }
}

#[test]
fn an_account_owns_only_numbers_that_it_lists_exactly() {
    let number: E164 = "+15550100001".parse().unwrap();
    let request = RestRequest::find_number(&number);
    is_in_the_document(&request);
    assert_eq!(request.path, "/IncomingPhoneNumbers.json?PhoneNumber=%2B15550100001");
    let list = |number: &str, account: &str| {
        let body = json!({ "incoming_phone_numbers": [{ "phone_number": number, "account_sid": account }], "page": 0 });
        read_answer::<NumberList>(body.to_string().as_bytes()).unwrap()
    };
    let own = account();
    assert!(list("+15550100001", own.as_str()).has(&own, &number));
    assert!(!list("+155501000011", own.as_str()).has(&own, &number), "a number with the same beginning");
    assert!(
        !list("+15550100001", &format!("AC{}", "9".repeat(32))).has(&own, &number),
        "another account's number"
    );
}

#[test]
fn a_number_names_the_address_of_its_incoming_messages() {
    let number: E164 = "+15550100001".parse().unwrap();
    let url = "https://calls.example.com/twilio/message";
    let list = |application: Value| {
        let of = |number: &str, url: &str| {
            json!({
                "phone_number": number, "account_sid": account().as_str(),
                "sms_url": url, "sms_application_sid": application.clone(),
            })
        };
        let numbers = [of("+155501000011", "https://other.example.com"), of("+15550100001", url)];
        let body = json!({ "incoming_phone_numbers": numbers });
        read_answer::<NumberList>(body.to_string().as_bytes()).unwrap()
    };
    for none in [Value::Null, json!("")] {
        assert_eq!(list(none).sms_url(&number), Some(url));
    }
    let application = json!(format!("AP{}", "7".repeat(32)));
    assert_eq!(list(application).sms_url(&number), None, "the application's address counts");
    assert_eq!(list(Value::Null).sms_url(&"+15550100009".parse().unwrap()), None);
}

/// A moment of 20 November 2026.
fn moment(time: &str) -> UnixMs {
    format!("2026-11-20T{time}Z").parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// A page of the account's list with a message that came in, and one that was sent before it.
fn messages(next_page_uri: Value) -> Result<MessageList, BadAnswer> {
    let came = json!({
        "sid": "SM77777777777777777777777777777777", "account_sid": account().as_str(), "direction": "inbound",
        "from": "+15550100002", "to": "+15550100001", "body": "Stop", "num_media": "2", "status": "received",
        "date_sent": "Fri, 20 Nov 2026 06:42:00 +0000", "date_created": "Fri, 20 Nov 2026 06:41:59 +0000",
    });
    let mut sent = came.clone();
    sent["direction"] = json!("outbound-api");
    sent["date_sent"] = json!("Fri, 20 Nov 2026 06:40:00 +0000");
    let body = json!({ "messages": [came, sent], "next_page_uri": next_page_uri, "page": 0 });
    read_answer(body.to_string().as_bytes())
}

#[test]
fn a_listed_message_is_read_as_its_webhook_says_it() {
    let list = messages(Value::Null).unwrap();
    let [came, sent] = &list.messages[..] else { panic!("{list:?}") };
    let (message, came_at) = came.incoming().unwrap();
    assert_eq!(
        (message.message.as_str(), message.account),
        ("SM77777777777777777777777777777777", account())
    );
    assert_eq!((message.from.as_str(), message.to.as_str()), ("+15550100002", "+15550100001"));
    assert_eq!((message.body.as_str(), message.media, came_at), ("Stop", 2, moment("06:42:00")));
    assert_eq!(sent.incoming(), None, "it was sent from the account");
    let unsent = ListedMessage { date_sent: None, body: None, ..came.clone() };
    assert_eq!(
        unsent.incoming().map(|(message, at)| (message.body, at)),
        Some((String::new(), moment("06:41:59")))
    );
    let long = ListedMessage { body: Some("x".repeat(1_601)), ..came.clone() };
    assert_eq!(long.incoming().map(|(message, _)| message.body.len()), Some(1_600));
    for bad in [
        ListedMessage { sid: Some("SM1".to_owned()), ..came.clone() },
        ListedMessage { from: None, ..came.clone() },
        ListedMessage { date_sent: Some("2026-11-20".to_owned()), date_created: None, ..came.clone() },
    ] {
        assert_eq!(bad.incoming(), None, "{bad:?}");
    }
}

#[test]
fn a_list_goes_on_until_its_messages_are_too_old() {
    let first = RestRequest::list_messages(moment("23:59:59"));
    is_in_the_document(&first);
    assert_eq!(first.path, "/Messages.json?DateSent%3E=2026-11-20&PageSize=200");
    let query = "DateSent%3E=2026-11-20&PageSize=200&Page=1&PageToken=PASM7";
    let uri = format!("/2010-04-01/Accounts/{}/Messages.json?{query}", account());
    let list = messages(json!(uri)).unwrap();
    let next = list.next_since(moment("06:42:00")).map(RestRequest::more_messages);
    assert_eq!(next.map(|next| next.path), Some(format!("/Messages.json?{query}")));
    assert_eq!(list.next_since(moment("06:42:01")), None, "the rest is older");
    assert_eq!(messages(Value::Null).unwrap().next_since(UnixMs(0)), None);
    for strange in
        ["https://twilio.example/Calls.json?Page=1", "/Messages.json?a b", "/Messages.json?a#b", ""]
    {
        assert!(messages(json!(strange)).is_err(), "{strange}");
    }
    assert!(messages(json!(format!("/Messages.json?{}", "x".repeat(2_049)))).is_err());
}

fn create() -> CreateCall {
    CreateCall {
        to: "+15550100002".to_owned(),
        from: "+15550100001".to_owned(),
        instructions: CallInstructions::Url("https://calls.example.com/twilio/voice?a=1&b=2".to_owned()),
        status_callback: Some("https://calls.example.com/twilio/status".to_owned()),
        timeout_s: Some(30),
        time_limit_s: Some(3_600),
        machine_detection: Some(MachineDetection::DetectMessageEnd),
    }
}

fn participant() -> AddParticipant {
    AddParticipant {
        to: "sip:1001@pbx.example.com".to_owned(),
        from: "+15550100001".to_owned(),
        label: "agent".to_owned(),
        start_on_enter: true,
        end_on_exit: false,
        timeout_s: Some(20),
        coaches: Some(call()),
        muted: true,
        status_callback: Some("https://calls.example.com/twilio/status".to_owned()),
        conference_callback: Some("https://calls.example.com/twilio/conference".to_owned()),
    }
}

#[test]
fn every_request_is_one_of_the_api() {
    let text = |text: &str| text.to_owned();
    let twiml = CallInstructions::inline(text("<Response/>")).unwrap();
    let message = |sender| SendMessage::new(text("+1555"), sender, text("Grüße & so")).unwrap();
    let update = UpdateParticipant {
        muted: Some(true),
        hold: Some(false),
        announce_url: Some(text("https://x.example")),
        end_on_exit: Some(true),
        coaching: Some(false),
    };
    let label = ParticipantName::Label(text("agent"));
    let requests = [
        create().request(),
        CreateCall { instructions: twiml.clone(), ..create() }.request(),
        UpdateCall::Redirect(twiml).request(&call()),
        UpdateCall::End(CallEnd::Completed).request(&call()),
        UpdateCall::End(CallEnd::Canceled).request(&call()),
        RestRequest::fetch_call(&call()),
        RestRequest::find_conference("cb-7f31"),
        RestRequest::end_conference(&conference()),
        participant().request("cb-7f31"),
        update.request(&conference(), &ParticipantName::Call(call())),
        RestRequest::fetch_participant(&conference(), &label),
        UpdateParticipant::remove(&conference(), &label),
        message(MessageSender::Number(text("+1556")))
            .with_status_callback(text("https://x.example"))
            .request(),
        message(MessageSender::Service(text("MG1"))).request(),
        RestRequest::fetch_message(&"SM77777777777777777777777777777777".parse().unwrap()),
        StartRecording { status_callback: Some(text("https://x.example")) }.request(&call()),
        RecordingChange::Pause.request(&call()),
        RecordingChange::Resume.request(&call()),
        RecordingChange::Stop.request(&call()),
        RestRequest::fetch_recording(&"RE66666666666666666666666666666666".parse().unwrap()),
        RestRequest::find_recordings(&call()),
        RestRequest::delete_recording(&"RE66666666666666666666666666666666".parse().unwrap()),
    ];
    for request in &requests {
        is_in_the_document(request);
    }
    let creates: Vec<&str> =
        requests.iter().filter(|request| !request.repeatable).map(|request| request.path.as_str()).collect();
    let recordings = format!("/Calls/{}/Recordings.json", call());
    assert_eq!(
        creates,
        [
            "/Calls.json",
            "/Calls.json",
            "/Conferences/cb-7f31/Participants.json",
            "/Messages.json",
            "/Messages.json",
            &recordings
        ]
    );
}

#[test]
fn forms_are_urlencoded_with_one_pair_per_list_entry() {
    let form = create().request().form.encode();
    assert!(form.starts_with("To=%2B15550100002&From=%2B15550100001&Url=https%3A%2F%2F"), "{form}");
    assert!(form.contains("StatusCallbackEvent=initiated&StatusCallbackEvent=ringing&"), "{form}");
    let path = participant().request("a/../b c?").path;
    assert_eq!(path, "/Conferences/a%2F..%2Fb%20c%3F/Participants.json");
    let find = RestRequest::find_conference("a b&c").full_path(&account());
    assert!(find.ends_with("/Conferences.json?FriendlyName=a+b%26c&Status=in-progress"), "{find}");
}

#[test]
fn invalid_requests_are_refused() {
    let number = || MessageSender::Number("+1".to_owned());
    assert!(SendMessage::new("+1".to_owned(), number(), String::new()).is_err());
    assert!(SendMessage::new("+1".to_owned(), number(), "ü".repeat(1_601)).is_err());
    assert!(SendMessage::new("+1".to_owned(), number(), "ü".repeat(1_600)).is_ok());
    assert!(CallInstructions::inline("x".repeat(4_000)).is_some());
    assert_eq!(CallInstructions::inline("x".repeat(4_001)), None);
}

#[test]
fn the_answers_of_the_examples_are_read() {
    let answers = capture("examples/rest-success.json");
    let body = |name: &str| {
        let found = answers.as_array().unwrap().iter().find(|answer| answer["name"] == name);
        found.unwrap()["body"].to_string().into_bytes()
    };
    let made: CallAnswer = read_answer(&body("create call")).unwrap();
    assert_eq!((made.sid, made.status, made.duration), (call(), CallStatus::Queued, None));
    let added: ParticipantAnswer = read_answer(&body("add participant")).unwrap();
    assert_eq!((added.conference_sid, added.label.as_deref()), (conference(), Some("agent")));
    let sent: MessageAnswer = read_answer(&body("send SMS")).unwrap();
    assert_eq!((sent.status, sent.num_segments.as_deref()), (MessageStatus::Queued, Some("1")));
    let list = json!({ "page": 0, "conferences": [{ "sid": conference().as_str(), "status": "in-progress", "friendly_name": null }] });
    let list: ConferenceList = read_answer(list.to_string().as_bytes()).unwrap();
    assert_eq!(list.conferences[0].status, ConferenceStatus::InProgress);
    let recording =
        json!({ "sid": "RE66666666666666666666666666666666", "status": "in-progress", "duration": null });
    assert!(read_answer::<RecordingAnswer>(recording.to_string().as_bytes()).is_ok());
    let completed = json!({ "sid": recording["sid"], "status": "completed", "duration": "3" });
    let list = json!({ "page": 0, "recordings": [recording, completed] });
    let list: RecordingList = read_answer(list.to_string().as_bytes()).unwrap();
    assert_eq!(list.completed(), Some((&list.recordings[1].sid, 3_000)));
    assert_eq!(RecordingList { recordings: Vec::new() }.completed(), None);
    assert!(read_answer::<CallAnswer>(b"{}").is_err());
    assert!(read_answer::<CallAnswer>(b"<html>").is_err());
    let of_bytes = |bytes: usize| {
        let mut answer = body("create call");
        answer.resize(bytes, b' ');
        read_answer::<CallAnswer>(&answer)
    };
    assert!(of_bytes(TWILIO_ANSWER_BYTES_MAX).is_ok());
    let bytes = TWILIO_ANSWER_BYTES_MAX + 1;
    assert!(matches!(of_bytes(bytes), Err(BadAnswer::TooLong { bytes: told, .. }) if told == bytes));
}

#[test]
fn the_errors_of_the_examples_are_distinguished() {
    let file = capture("examples/rest-errors.json");
    let errors = file["errors"].as_array().unwrap();
    let kinds: Vec<RestErrorKind> = errors
        .iter()
        .map(|error| {
            let body = match error["body_text"].as_str() {
                Some(text) => text.to_owned(),
                None => error["body"].to_string(),
            };
            let retry = error["headers"]["Retry-After"].as_str();
            let read = RestError::read(error["status"].as_u64().unwrap() as u16, retry, body.as_bytes());
            assert_eq!(read.code, error["body"]["code"].as_u64().map(|code| code as u32));
            assert_eq!(read.retry_after_s, retry.map(|_| 1));
            assert_eq!(read.did_nothing(), read.kind == RestErrorKind::TooMany);
            assert!(!read.message.is_empty());
            read.kind
        })
        .collect();
    use RestErrorKind::{BadNumber, CallEnded, Failed, NotFound, TooMany, Unauthorized};
    assert_eq!(kinds, [Unauthorized, NotFound, TooMany, CallEnded, BadNumber, TooMany, Failed]);
}

#[test]
fn an_error_says_what_to_do() {
    let body = json!({ "code": 20003, "message": "Authenticate\n" }).to_string();
    let error = RestError::read(401, None, body.as_bytes());
    assert_eq!(
        error.to_string(),
        "Twilio answered 401, code 20003: Authenticate; check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    );
    let opted_out = RestError::read(400, None, json!({ "code": 21610 }).to_string().as_bytes());
    assert_eq!(opted_out.kind, RestErrorKind::OptedOut);
    for code in [21215, 21216, 21219, 21408, 21608] {
        let error = RestError::read(400, None, json!({ "code": code }).to_string().as_bytes());
        assert_eq!(error.kind, RestErrorKind::NotPermitted, "{code}");
    }
    let address = RestError::read(400, None, json!({ "code": 21205 }).to_string().as_bytes());
    assert_eq!(address.kind, RestErrorKind::Refused, "the error is about an address, not about the number");
    let of_bytes = |bytes: usize| {
        let mut body = json!({ "message": "no" }).to_string().into_bytes();
        body.resize(bytes, b' ');
        RestError::read(400, None, &body).message
    };
    assert_eq!(of_bytes(TWILIO_ANSWER_BYTES_MAX), "no");
    assert_eq!(of_bytes(TWILIO_ANSWER_BYTES_MAX + 1), "no reason was given");
    let bare = RestError::read(418, Some("soon"), b"");
    assert_eq!((bare.kind, bare.code, bare.retry_after_s), (RestErrorKind::Refused, None, None));
}
