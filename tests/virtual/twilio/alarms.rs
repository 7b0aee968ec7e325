//! Alarms of live calls reach people who are not at a desk: by webhook, mail and text message.

use std::time::Duration;

use cordboard_test_support::receiver::{Received, Receiver};
use cordboard_test_support::server::Token;
use cordboard_test_support::smtp::MailServer;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::setup::{Setup, TO};
use crate::suites::book::{Book, until};
use crate::world::virtually;

#[test]
fn an_alarm_is_sent_once_by_webhook_mail_and_text() {
    virtually(async || {
        let (receiver, mails) = (Receiver::start_here().unwrap(), MailServer::start_here().unwrap());
        let port = mails.port().to_string();
        let setup = Setup::open(&[
            ("smtp.host", "127.0.0.1"),
            ("smtp.port", &port),
            ("smtp.tls", "none"),
            ("smtp.from", "Cordboard <calls@example.com>"),
            ("outbound.allow", "127.0.0.0/8"),
            ("outbound.plain_http", "true"),
            ("TWILIO_TRANSFER_CALLER_ID", TO),
            ("dial_policy.numbers_allowed", "+1555*"),
        ])
        .await;
        let to = json!({ "email": ["owner@example.com"], "sms": ["+15550100007"] });
        let rule = json!({ "name": "Nobody speaks", "enabled": true, "on": "silence", "longer_than_s": 6 });
        for (path, body) in
            [("/api/v1/notices", json!({ "alarm": to })), ("/api/v1/alarm-rules", json!({ "rules": [rule] }))]
        {
            let answer = setup.server().put(path, &body, Token::Admin).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let webhook = json!({ "url": receiver.url("/ok"), "events": ["alarm.raised"] });
        assert_eq!(setup.server().post("/api/v1/webhooks", &webhook, Token::Admin).await.status, 201);

        let (caller, id) = setup.call(1).await;
        let told = until("all three", async || {
            let texts = setup.rest().came("POST", "/Messages.json");
            let (told, mailed) = (receiver.received(), mails.taken());
            (!texts.is_empty() && !told.is_empty() && !mailed.is_empty()).then_some(())
        });
        told.await;
        // The caller is silent for as long again, and longer.
        sleep(Duration::from_secs(60)).await;
        let received = receiver.received();
        let [Received { body, .. }] = &received[..] else { panic!("{received:?}") };
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["type"], "alarm.raised");
        assert_eq!(
            (&body["data"]["call_id"], &body["data"]["rule"], &body["data"]["detail"]),
            (&json!(id), &json!("Nobody speaks"), &json!("nobody has said anything for 6 s"))
        );
        assert_eq!(body["data"]["cause"], json!({ "on": "silence", "longer_than_s": 6 }));
        let [mail] = &mails.taken()[..] else { panic!("{:?}", mails.taken()) };
        assert_eq!(mail.to, ["owner@example.com"]);
        assert!(mail.lines.iter().any(|line| line == "Subject: Alarm: Nobody speaks"), "{mail:?}");
        let [text] = &setup.rest().came("POST", "/Messages.json")[..] else { panic!("more than one text") };
        assert_eq!((text.get("From"), text.get("To")), (Some(TO), Some("+15550100007")));
        assert!(text.get("Body").unwrap().contains("Nobody speaks"), "{text:?}");
        caller.hang_up();
        setup.ended(&id).await;
        setup.close().await;
    });
}
