//! What is taken of webhooks, and what they are answered.

use cordboard_test_support::book::Book;
use cordboard_test_support::twilio::{Account, Posted, sign};

use crate::house::{FROM, House, OTHER_TOKEN, PUBLIC_BASE, TO, sid};

fn fields(number: u32) -> Vec<(String, String)> {
    Account::fields(&sid(number), FROM, TO, "ringing")
}

#[track_caller]
fn twiml(posted: Option<Posted>) -> String {
    let Posted { status, content_type, body } = posted.unwrap();
    assert_eq!((status, content_type.as_str()), (200, "text/xml; charset=utf-8"), "{body}");
    body
}

#[test]
fn a_forged_request_is_refused_and_makes_nothing() {
    let house = House::open(&[]);
    let account = house.account();
    let right = sign(&account.auth_token, &format!("{PUBLIC_BASE}/twilio/voice"), &fields(1));
    let of_another_address =
        sign(&account.auth_token, &format!("http://{}/twilio/voice", account.http), &fields(1));
    for path in ["/twilio/voice", "/twilio/next", "/twilio/status"] {
        for headers in [
            vec![],
            vec![("X-Twilio-Signature", "")],
            vec![("X-Twilio-Signature", "AAAA")],
            vec![("X-Twilio-Signature", of_another_address.as_str())],
            // What a proxy's headers say counts for nothing.
            vec![("X-Twilio-Signature", of_another_address.as_str()), ("X-Forwarded-Proto", "http")],
            vec![
                ("X-Twilio-Signature", right.as_str()),
                ("X-Twilio-Webhooks-Signature-Settings", "key=a,algorithm=HMAC_SHA256"),
            ],
        ] {
            let posted = account.post_with(path, &fields(1), &headers).unwrap();
            assert_eq!(posted.status, 403, "{path} {headers:?}: {}", posted.body);
        }
    }
    let mut changed = fields(1);
    changed[3].1 = "+19005550100".to_owned();
    let posted = account.post_with("/twilio/voice", &changed, &[("X-Twilio-Signature", &right)]).unwrap();
    assert_eq!(posted.status, 403);
    assert_eq!(house.account_of("another token").post("/twilio/voice", &fields(1)).unwrap().status, 403);
    assert!(house.calls().is_empty());
    house.close();
}

#[test]
fn a_request_that_comes_twice_gets_one_answer_and_makes_one_call() {
    let house = House::open(&[]);
    let first = twiml(house.account().post("/twilio/voice", &fields(1)));
    assert!(
        first.contains("<Connect><Stream url=\"wss://calls.example.com/call\"><Parameter name=\"token\""),
        "{first}"
    );
    assert!(
        first.ends_with(
            "<Redirect method=\"POST\">https://calls.example.com/twilio/next</Redirect></Response>"
        )
    );
    for _ in 0..3 {
        assert_eq!(twiml(house.account().post("/twilio/voice", &fields(1))), first);
    }
    let other = twiml(house.account_of(OTHER_TOKEN).post("/twilio/voice", &fields(2)));
    assert_ne!(other, first, "each call has a token of its own");
    let id = house.wait("the call", || house.id_of(1));
    house.ended(&id);
    assert_eq!(twiml(house.account().post("/twilio/voice", &fields(1))), first);
    // Calls are listed in the order of their coming: where the last is there, all are.
    twiml(house.account().post("/twilio/voice", &fields(3)));
    house.wait("the last call", || house.id_of(3));
    assert_eq!(house.calls().len(), 3, "no call is made twice, nor anew when it is over");
    house.close();
}

#[test]
fn a_number_leads_to_its_profile_and_one_that_is_not_listed_to_nobody() {
    let more = [("twilio.numbers.+15550100009", "receptionist"), ("twilio.unlisted", "refuse")];
    let house = House::open(&more);
    let unlisted = twiml(house.account().post("/twilio/voice", &fields(1)));
    assert!(unlisted.contains("<Reject reason=\"rejected\"/>"), "{unlisted}");
    let listed = Account::fields(&sid(2), "anonymous", "+15550100009", "ringing");
    assert!(twiml(house.account().post("/twilio/voice", &listed)).contains("<Stream"));
    house.wait("the call", || house.id_of(2));
    let [call] = &house.calls()[..] else { panic!("{:?}", house.calls()) };
    assert_eq!((call["to"].as_str(), call["from"].as_str()), (Some("+15550100009"), None));
    house.close();
}

#[test]
fn a_server_without_room_is_busy() {
    let house = House::open(&[("calls.max", "1")]);
    assert!(twiml(house.account().post("/twilio/voice", &fields(1))).contains("<Stream"));
    let busy = twiml(house.account().post("/twilio/voice", &fields(2)));
    assert!(busy.contains("<Reject reason=\"busy\"/>"), "{busy}");
    house.close();
}

#[test]
fn a_question_about_a_call_that_nobody_knows_ends_it() {
    let house = House::open(&[]);
    assert!(twiml(house.account().post("/twilio/next", &fields(7))).contains("<Hangup/>"));
    assert_eq!(house.account().post("/twilio/next", &[]).unwrap().status, 400);
    assert_eq!(house.account().post("/twilio/status", &fields(7)).unwrap().status, 204);
    let long = vec![("Body".to_owned(), "x".repeat(70_000))];
    assert_eq!(house.account().post("/twilio/voice", &long).unwrap().status, 413);
    assert!(house.calls().is_empty());
    house.close();
}
