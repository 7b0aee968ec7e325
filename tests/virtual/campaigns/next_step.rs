//! Next steps after a campaign's call, other than a later call and an e-mail: an appointment, a text message, and a person from a queue.

use std::time::Duration;

use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::{Extension, Phone};
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::Rest;
use serde_json::{Value, json};

use super::agents::{at_work, client, queue};
use super::{Desk, PEOPLE, scripted, talking_by};
use crate::book::Book;
use crate::suites::desks::{audio, hears_something, invited, stands};
use crate::world::virtually;

/// The token of the account that sends text messages, and the number that they come from.
const AUTH_TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";
const SHOWN: &str = "+15550100001";

/// The business, which is open on working days.
async fn describe_business(desk: &Desk) {
    let day = json!([{ "from": "08:00", "to": "17:00" }]);
    let service = json!({ "name": "Estimate", "duration_minutes": 45, "price": { "type": "on_request" } });
    let business = json!({
        "revision": 0, "trade": "plumber", "name": "Miller", "time_zone": "Europe/Berlin", "services": [service],
        "hours": { "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
                   "saturday": [], "sunday": [] },
    });
    let answer = desk.server.put("/api/v1/business-profile", &business, Token::Admin).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// The receptionist may do this and nothing else.
pub(super) async fn give_tools(desk: &Desk, tools: &[&str]) {
    let mut profile = desk.items("/api/v1/agent-profiles").await[0].clone();
    let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    profile.as_object_mut().unwrap().remove("id");
    profile["tools"] = json!(tools);
    let answer = desk.server.put(&path, &profile, Token::Admin).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// It is Tuesday, 4 May 2027. Once the appointment is confirmed, the call has reached its goal.
#[test]
fn interested_callees_get_appointments_text_messages_and_informed_agents() {
    virtually(async || {
        let hold = json!({
            "action": "hold", "service": "Estimate", "starts_at": "2027-05-10T09:00:00+02:00", "name": "Ada",
        });
        let asked = json!({ "target": "sales", "reason": "wants to know the price" });
        let script = Script::new()
            .greeting(Answer::say("Good day.", 700.0, Duration::from_millis(600)))
            .turn(Answer::call("book_estimate", &hold))
            .after_tools(Answer::call("send_sms", &json!({ "text": "Monday at nine." })))
            .after_tools(Answer::call("request_handoff", &asked));
        let provider = scripted(script);
        let base_url = provider.base_url();
        let rest = Rest::start_here(Account::SID, Account::SID, AUTH_TOKEN).unwrap();
        let api = rest.base_url();
        let mut settings = talking_by(&base_url).to_vec();
        settings.extend([
            ("calls.switch", "pbx1"),
            ("http.public_base_url", "https://calls.example.com"),
            ("twilio.api_base_url", api.as_str()),
            ("TWILIO_ACCOUNT_SID", Account::SID),
            ("TWILIO_AUTH_TOKEN", AUTH_TOKEN),
            ("TWILIO_TRANSFER_CALLER_ID", SHOWN),
        ]);
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &settings).await;
        let patient = Phone::Answers { after: Duration::from_millis(500), hangs_up_after: None };
        desk.switch.set_extension(Extension::new(PEOPLE[0]).phone(patient));
        describe_business(&desk).await;
        give_tools(&desk, &["book_estimate", "send_sms", "request_handoff", "end_call"]).await;
        let ada = invited(client(&desk), ADMIN_TOKEN, "Ada", "agent").await;
        queue(&desk, &[&ada]).await;
        let mut adas = at_work(&desk, &ada).await;
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        let (phone, call) = desk.greets_first(&campaign).await;
        phone.say(&speech("hello_question"));

        let done = desk.wait_events(&call, "tool_finished", 2).await;
        assert_eq!([&done[0]["outcome"], &done[1]["outcome"]], ["done", "done"], "{done:?}");
        let text = desk
            .wait("the text message", async || rest.came("POST", "/Messages.json").into_iter().next())
            .await;
        assert_eq!(
            (text.get("To"), text.get("From"), text.get("Body")),
            (Some(PEOPLE[0]), Some(SHOWN), Some("Monday at nine."))
        );

        // It rings at her desk, and her card shows what the list knows about them, and what was done on this call.
        let offer = adas.event_of("offered").await["offer"].clone();
        assert_eq!(offer["call_id"], call);
        let path = format!("/api/customer/data?extension=sales&call_id={call}");
        let card = client(&desk).send("GET", &path, Some(&ada.token), &Value::Null).await;
        assert_eq!(card.status, 200, "{}", card.text());
        let card = card.json();
        assert_eq!(card["variables"], json!({ "first_name": format!("Ann {}", PEOPLE[0]) }), "{card}");
        assert_eq!(card["activities"][0]["title"], "Appointment held: Estimate", "{card}");
        adas.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        let call_id = json!(call);
        stands(&mut adas, &call_id, "connecting").await;
        let voice = audio(client(&desk), &mut adas, &call_id).await;
        stands(&mut adas, &call_id, "talking").await;
        phone.say(&speech("hello_question"));
        hears_something(&voice).await;
        phone.hang_up();
        desk.finished(&campaign).await;
        assert_eq!(desk.ends(&campaign).await, [(PEOPLE[0].to_owned(), "reached".to_owned(), 1)]);

        let reached = async || desk.ask(&format!("{campaign}/outcomes")).await.json()["reached"].clone();
        assert_eq!(reached().await, 0, "nobody has agreed on the appointment yet");
        let appointment = desk.items("/api/v1/appointments").await.remove(0);
        assert_eq!((&appointment["call_id"], &appointment["status"]), (&call_id, &json!("held")));
        let path = format!("/api/v1/appointments/{}", appointment["id"].as_str().unwrap());
        let confirmed =
            client(&desk).send("PATCH", &path, Some(ADMIN_TOKEN), &json!({ "status": "confirmed" })).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        assert_eq!(reached().await, 1);
        desk.close().await;
        rest.finish();
        provider.finish();
    });
}
