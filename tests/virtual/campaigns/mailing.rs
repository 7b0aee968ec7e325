//! The assistant sends a callee an e-mail.

use std::time::Duration;

use cordboard_test_support::ear::speech;
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::smtp::MailServer;
use serde_json::json;

use super::{Desk, PEOPLE, scripted, talking_by};
use crate::book::Book;
use crate::world::virtually;

/// To an address that they have confirmed; the second one on the call is refused.
#[test]
fn a_callee_who_asks_for_an_email_gets_one() {
    virtually(async || {
        let say = |text: &str| Answer::say(text, 700.0, Duration::from_millis(600));
        let mail = |is_confirmed: bool| {
            let letter = json!({
                "subject": "Our offer", "text": "Dear Ada,\nit is 7 euros.", "to": "Ada@example.com", "to_is_confirmed": is_confirmed,
            });
            Answer::call("send_email", &letter)
        };
        let script = Script::new()
            .greeting(say("Good day."))
            .turn(mail(false))
            .after_tools(mail(true))
            .after_tools(mail(true))
            .after_tools(say("It is on its way."));
        let provider = scripted(script);
        let base_url = provider.base_url();
        let mails = MailServer::start_here().unwrap();
        let port = mails.port().to_string();
        let mut settings = talking_by(&base_url).to_vec();
        settings.extend([
            ("smtp.host", "127.0.0.1"),
            ("smtp.port", port.as_str()),
            ("smtp.tls", "none"),
            ("smtp.from", "Cordboard <calls@example.com>"),
        ]);
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &settings).await;
        let settings =
            json!({ "sends_email": true, "voicemail": { "do": "talk" }, "rules": { "consent": "form 7" } });
        let campaign = desk.campaign_with(&PEOPLE[..1], &settings).await;
        let (phone, call) = desk.greets_first(&campaign).await;
        phone.say(&speech("hello_question"));
        let ended = desk.wait_events(&call, "tool_finished", 3).await;
        let outcomes: Vec<_> = ended.iter().map(|one| &one["outcome"]).collect();
        assert_eq!(outcomes, ["refused", "done", "refused"], "{ended:?}");
        desk.finished(&campaign).await;
        let taken = desk.wait("the mail", async || Some(mails.taken()).filter(|all| !all.is_empty())).await;
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].to, ["ada@example.com"]);
        let text = taken[0].lines.join("\n");
        assert!(text.contains("Our offer") && text.contains("it is 7 euros."), "{text}");
        desk.close().await;
        provider.finish();
    });
}
