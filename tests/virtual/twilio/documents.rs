//! Callers without a stream: served turn by turn, connected with people, and brought back where nobody was reached.

use cordboard_test_support::book::text;
use cordboard_test_support::twilio::{Account, Posted};
use serde_json::json;

use super::setup::{FROM, OTHER_TOKEN, Setup, TO, sid};
use crate::suites::book::Book as _;
use crate::world::{begun, virtually, when};

const OPERATOR: (&str, &str) = ("extensions.operator", "internal,2001,1");
const HOST: (&str, &str) = ("FREEPBX_DOMAIN", "pbx.example.com");
const TURN: &str = "/twilio/process-audio";
const TRANSFER: &str = "/twilio/transfer?extension=operator";

/// A server whose number is answered turn by turn, with more settings.
async fn gathering_house(more: &[(&str, &str)]) -> Setup {
    let settings: Vec<(&str, &str)> = [OPERATOR, HOST].into_iter().chain(more.iter().copied()).collect();
    let setup = Setup::open(&settings).await;
    setup.has_number(json!({ "mode": "gather" })).await;
    setup
}

#[test]
fn a_caller_is_served_turn_by_turn_until_reaching_somebody() {
    virtually(async || {
        let setup = gathering_house(&[]).await;
        let greeting = setup.rings(1).await;
        let asked = "<Gather action=\"https://calls.example.com/twilio/process-audio\"";
        assert!(greeting.contains(asked) && greeting.contains("input=\"dtmf speech\""), "{greeting}");
        assert!(greeting.contains("press 0 or say operator"), "{greeting}");
        let unknown = setup.asked(TURN, 1, &[("Digits", "7")]).await;
        assert!(unknown.contains(asked) && unknown.contains("That key does nothing here."), "{unknown}");
        let again = setup.asked(TURN, 1, &[("Digits", "#")]).await;
        assert_eq!(again, unknown, "hash repeats");
        let answer = setup
            .asked(TURN, 1, &[("SpeechResult", "I want to talk to a <person>!"), ("Confidence", "0.9")])
            .await;
        let redirect = "<Redirect method=\"POST\">https://calls.example.com/twilio/transfer?extension=operator</Redirect>";
        assert!(answer.contains(redirect), "{answer}");
        let dial = setup.asked(TRANSFER, 1, &[]).await;
        assert!(dial.contains("<Sip>sip:2001@pbx.example.com</Sip>"), "{dial}");
        assert!(dial.contains("answerOnBridge=\"true\""), "{dial}");
        let back = setup.asked("/twilio/dialled", 1, &[("DialCallStatus", "no-answer")]).await;
        assert!(back.contains(asked) && back.contains("I can&apos;t reach that person"), "{back}");
        setup.asked(TURN, 1, &[("Digits", "0")]).await;
        setup.asked(TRANSFER, 1, &[]).await;
        let talked = setup.asked("/twilio/dialled", 1, &[("DialCallStatus", "completed")]).await;
        assert!(talked.contains("<Hangup/>"), "{talked}");
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), row["answered_at"].is_null()),
            (Some("call_transferred"), false)
        );
        assert_eq!(setup.event(&id, "transfer_failed").await["failure"], "no_answer");
        let said: Vec<(String, String)> = setup
            .transcript(&id)
            .await
            .iter()
            .map(|line| (text(&line["role"]), text(&line["text"])))
            .collect();
        assert!(said[0].1.contains("To leave a message, press 1"), "{said:?}");
        assert!(
            said.contains(&("caller".to_owned(), "I want to talk to a <person>!".to_owned())),
            "{said:?}"
        );
        assert_eq!(setup.events_of(&id, "key_pressed").await.len(), 2, "hash and 0");
        setup.close().await;
    });
}

#[test]
fn a_caller_silent_twice_is_hung_up_on() {
    virtually(async || {
        let setup = gathering_house(&[]).await;
        setup.rings(1).await;
        assert!(setup.asked(TURN, 1, &[]).await.contains("Are you still there?"));
        assert!(setup.asked(TURN, 1, &[("SpeechResult", "What do you cost?")]).await.contains("<Gather"));
        assert!(
            setup.asked(TURN, 1, &[]).await.contains("Are you still there?"),
            "a word restarts the count"
        );
        let goodbye = setup.asked(TURN, 1, &[]).await;
        assert!(goodbye.contains("I hang up now. Goodbye.</Say><Hangup/>"), "{goodbye}");
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        assert_eq!(setup.ended(&id).await["hangup_cause"], "caller_silent");
        assert!(setup.asked(TURN, 1, &[("Digits", "0")]).await.contains("<Hangup/>"), "it is over");
        setup.close().await;
    });
}

#[test]
fn nobody_is_connected_with_an_invalid_extension() {
    virtually(async || {
        let setup = gathering_house(&[("dial_policy.numbers_allowed", "+1555*")]).await;
        setup.rings(1).await;
        for wanted in ["nobody", "%2B15550100009", "2001%40evil.example", "", "operator%0d%0a"] {
            let answer = setup.asked(&format!("/twilio/transfer?extension={wanted}"), 1, &[]).await;
            assert!(answer.contains("<Gather") && !answer.contains("<Dial"), "{wanted}: {answer}");
        }
        let by_number = setup.asked("/twilio/transfer?extension=2001", 1, &[]).await;
        assert!(by_number.contains("<Sip>sip:2001@pbx.example.com</Sip>"), "{by_number}");
        setup.is_over(1, "completed").await;
        let stranger = setup.asked(TRANSFER, 2, &[]).await;
        assert!(stranger.contains("<Say language=\"en-US\">") && !stranger.contains("<Dial"), "{stranger}");
        let nothing = Account::fields(&sid(1), FROM, TO, "in-progress");
        assert_eq!(setup.account().post("/twilio/transfer", &nothing).await.unwrap().status, 400);
        setup.close().await;
    });
}

#[test]
fn transfers_use_the_configured_address() {
    virtually(async || {
        let base = ("VOICE_ASSISTANT_TRANSFER_BASE_URL", "https://transfers.example.com/");
        let setup = gathering_house(&[base]).await;
        setup.rings(1).await;
        let answer = setup.asked(TURN, 1, &[("Digits", "0")]).await;
        assert!(
            answer.contains(">https://transfers.example.com/twilio/transfer?extension=operator<"),
            "{answer}"
        );
        let fields = Account::fields(&sid(1), FROM, TO, "in-progress");
        assert_eq!(
            setup.account().post(TRANSFER, &fields).await.unwrap().status,
            403,
            "signed for another address"
        );
        let account = Account { public_base: "https://transfers.example.com".to_owned(), ..setup.account() };
        let Posted { status, body, .. } = account.post(TRANSFER, &fields).await.unwrap();
        assert!(status == 200 && body.contains("<Dial"), "{body}");
        setup.is_over(1, "completed").await;
        setup.close().await;
    });
}

#[test]
fn forged_turns_are_refused_and_repeated_ones_count_once() {
    virtually(async || {
        let setup = gathering_house(&[]).await;
        setup.rings(1).await;
        let fields = Account::fields(&sid(1), FROM, TO, "in-progress");
        let right = cordboard_test_support::twilio::sign(
            OTHER_TOKEN,
            "https://calls.example.com/twilio/dialled",
            &fields,
        );
        for path in [TURN, TRANSFER, "/twilio/recorded", "/twilio/recording"] {
            for signature in ["", "AAAA", right.as_str()] {
                let headers = [("X-Twilio-Signature", signature)];
                assert_eq!(
                    setup.account().post_with(path, &fields, &headers).await.unwrap().status,
                    403,
                    "{path}"
                );
            }
        }
        // A connection that broke: the same request once more, with its token.
        let signature = cordboard_test_support::twilio::sign(
            &setup.account().auth_token,
            "https://calls.example.com/twilio/process-audio",
            &fields,
        );
        let headers = [("X-Twilio-Signature", signature.as_str()), ("I-Twilio-Idempotency-Token", "once")];
        let silent = async || setup.account().post_with(TURN, &fields, &headers).await.unwrap().body;
        let first = silent().await;
        assert!(first.contains("Are you still there?"), "{first}");
        assert_eq!(silent().await, first, "it is not heard as a second silence");
        setup.is_over(1, "completed").await;
        setup.close().await;
    });
}

#[test]
fn a_transfer_reaching_nobody_returns_the_caller_to_the_assistant() {
    virtually(async || {
        let setup = Setup::open(&[OPERATOR, HOST]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_said(&id, "greeting").await;
        caller.dial_ends("busy");
        caller.press('0');
        setup.wait_said(&id, "transfer_refused").await;
        assert_eq!(caller.went_to().as_deref(), Some("sip:2001@pbx.example.com"));
        let failed = setup.event(&id, "transfer_failed").await;
        assert_eq!((&failed["target"], &failed["failure"]), (&json!("operator"), &json!("busy")));
        assert_eq!(caller.streams().len(), 2, "{:?}", caller.documents());
        let journal = setup.journal(&id).await;
        let told = when(&journal, "transfer_failed");
        assert_eq!((when(&journal, "resumed"), begun(&journal, "transfer_refused")), (told, told));
        assert_eq!(setup.row(&id).await["state"], "live");
        // The next one is answered, and they talk.
        caller.press('0');
        let row = setup.ended(&id).await;
        assert_eq!(row["hangup_cause"], "call_transferred");
        assert_eq!(setup.calls().await.len(), 1);
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn the_document_speaks_and_names_the_profiles_language() {
    virtually(async || {
        let setup = gathering_house(&[]).await;
        setup.change_profile(&json!({ "language": "de-AT", "greeting": null })).await;
        let greeting = setup.rings(1).await;
        let said = "<Say language=\"de-DE\">Guten Tag und herzlich willkommen. Für operator drücken Sie 0 oder sagen Sie operator.";
        assert!(greeting.contains(said) && greeting.contains(" language=\"de-AT\""), "{greeting}");
        let unknown = setup.asked(TURN, 1, &[("Digits", "7")]).await;
        assert!(
            unknown.contains("<Say language=\"de-DE\">Diese Taste hat hier keine Funktion."),
            "{unknown}"
        );
        let message =
            setup.asked(TURN, 1, &[("SpeechResult", "Ich möchte eine Nachricht hinterlassen")]).await;
        let record = "<Say language=\"de-DE\">Bitte sprechen Sie Ihre Nachricht nach dem Ton.</Say><Record";
        assert!(message.contains(record), "{message}");
        let thanks = setup.asked("/twilio/recorded", 1, &[]).await;
        assert!(thanks.contains("<Say language=\"de-DE\">Ihre Nachricht ist gespeichert."), "{thanks}");
        // A caller whose call is over is thanked in the language of its number.
        let again = setup.asked("/twilio/recorded", 7, &[]).await;
        assert!(again.contains("<Say language=\"de-DE\">Ihre Nachricht ist gespeichert."), "{again}");
        setup.is_over(1, "completed").await;

        setup.change_profile(&json!({ "language": "pl-PL", "greeting": "Dzień dobry." })).await;
        let greeting = setup.rings(2).await;
        let parts = "<Say language=\"pl-PL\">Dzień dobry.</Say><Say language=\"en-US\">For operator, press 0 or say operator.";
        assert!(greeting.contains(parts) && greeting.contains("<Gather"), "{greeting}");
        setup.is_over(2, "completed").await;
        setup.close().await;
    });
}
