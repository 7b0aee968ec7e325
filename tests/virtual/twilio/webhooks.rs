//! Accepted webhooks, and their answers.

use std::time::Duration;

use cordboard_test_support::twilio::{Account, Posted, sign};

use super::setup::{FROM, OTHER_TOKEN, PUBLIC_BASE, Setup, TO, sid};
use crate::suites::book::Book as _;
use crate::world::{virtually, when};

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
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let account = setup.account();
        let right = sign(&account.auth_token, &format!("{PUBLIC_BASE}/twilio/voice"), &fields(1));
        let of_another_address =
            sign(&account.auth_token, &format!("http://{}/twilio/voice", account.http), &fields(1));
        for path in ["/twilio/voice", "/twilio/next", "/twilio/status"] {
            for headers in [
                vec![],
                vec![("X-Twilio-Signature", "")],
                vec![("X-Twilio-Signature", "AAAA")],
                vec![("X-Twilio-Signature", of_another_address.as_str())],
                // A proxy's headers have no effect.
                vec![("X-Twilio-Signature", of_another_address.as_str()), ("X-Forwarded-Proto", "http")],
                vec![
                    ("X-Twilio-Signature", right.as_str()),
                    ("X-Twilio-Webhooks-Signature-Settings", "key=a,algorithm=HMAC_SHA256"),
                ],
            ] {
                let posted = account.post_with(path, &fields(1), &headers).await.unwrap();
                assert_eq!(posted.status, 403, "{path} {headers:?}: {}", posted.body);
            }
        }
        let mut changed = fields(1);
        changed[3].1 = "+19005550100".to_owned();
        let posted =
            account.post_with("/twilio/voice", &changed, &[("X-Twilio-Signature", &right)]).await.unwrap();
        assert_eq!(posted.status, 403);
        assert_eq!(
            setup.account_of("another token").post("/twilio/voice", &fields(1)).await.unwrap().status,
            403
        );
        assert!(setup.calls().await.is_empty());
        setup.close().await;
    });
}

#[test]
fn a_repeated_request_gets_one_answer_and_makes_one_call() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let first = twiml(setup.account().post("/twilio/voice", &fields(1)).await);
        assert!(
            first.contains("<Connect><Stream url=\"wss://calls.example.com/call\"><Parameter name=\"token\""),
            "{first}"
        );
        assert!(first.ends_with(
            "<Redirect method=\"POST\">https://calls.example.com/twilio/next</Redirect></Response>"
        ));
        for _ in 0..3 {
            assert_eq!(twiml(setup.account().post("/twilio/voice", &fields(1)).await), first);
        }
        let other = twiml(setup.account_of(OTHER_TOKEN).post("/twilio/voice", &fields(2)).await);
        assert_ne!(other, first, "each call has a token of its own");
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        setup.ended(&id).await;
        let journal = setup.journal(&id).await;
        assert_eq!(when(&journal, "ended") - when(&journal, "call_started"), Duration::from_secs(3));
        assert_eq!(twiml(setup.account().post("/twilio/voice", &fields(1)).await), first);
        // Calls are listed in order of arrival: where the last one is listed, all are.
        twiml(setup.account().post("/twilio/voice", &fields(3)).await);
        setup.wait("the last call", async || setup.id_of(3).await).await;
        assert_eq!(setup.calls().await.len(), 3, "no call is made twice, or again when it is over");
        setup.close().await;
    });
}

#[test]
fn numbers_lead_to_their_profile_and_unlisted_ones_are_rejected() {
    virtually(async || {
        let more = [("twilio.numbers.+15550100009", "receptionist"), ("twilio.unlisted", "refuse")];
        let setup = Setup::open(&more).await;
        let unlisted = twiml(setup.account().post("/twilio/voice", &fields(1)).await);
        assert!(unlisted.contains("<Reject reason=\"rejected\"/>"), "{unlisted}");
        let listed = Account::fields(&sid(2), "anonymous", "+15550100009", "ringing");
        assert!(twiml(setup.account().post("/twilio/voice", &listed).await).contains("<Stream"));
        setup.wait("the call", async || setup.id_of(2).await).await;
        let [call] = &setup.calls().await[..] else { panic!("{:?}", setup.calls().await) };
        assert_eq!((call["to"].as_str(), call["from"].as_str()), (Some("+15550100009"), None));
        setup.close().await;
    });
}

#[test]
fn a_server_without_room_is_busy() {
    virtually(async || {
        let setup = Setup::open(&[("calls.max", "1")]).await;
        assert!(twiml(setup.account().post("/twilio/voice", &fields(1)).await).contains("<Stream"));
        let busy = twiml(setup.account().post("/twilio/voice", &fields(2)).await);
        assert!(busy.contains("<Reject reason=\"busy\"/>"), "{busy}");
        setup.close().await;
    });
}

#[test]
fn a_request_about_an_unknown_call_ends_it() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        assert!(twiml(setup.account().post("/twilio/next", &fields(7)).await).contains("<Hangup/>"));
        assert_eq!(setup.account().post("/twilio/next", &[]).await.unwrap().status, 400);
        assert_eq!(setup.account().post("/twilio/status", &fields(7)).await.unwrap().status, 204);
        let long = vec![("Body".to_owned(), "x".repeat(70_000))];
        assert_eq!(setup.account().post("/twilio/voice", &long).await.unwrap().status, 413);
        assert!(setup.calls().await.is_empty());
        setup.close().await;
    });
}
