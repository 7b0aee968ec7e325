//! Callees who ask not to be called again, to the assistant or by a key. (In words that rules recognize: `campaigns.rs`.)

use std::time::Duration;

use cordboard_test_support::ear::speech;
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};

use super::next_step::give_tools;
use super::{Desk, PEOPLE, scripted, talking_by};
use crate::book::Book;
use crate::world::virtually;

/// The first of the people is on the list, by this way and with this evidence from this call, and another campaign with both people calls only the
/// second.
async fn is_called_by_nobody(desk: &Desk, call: &str, (way, evidence): (&str, &str)) {
    let listed = desk.items("/api/v1/suppressions").await;
    let [told] = &listed[..] else { panic!("{listed:?}") };
    let told = ["number", "source", "evidence", "call_id"].map(|name| told[name].clone());
    assert_eq!(told, [PEOPLE[0], way, evidence, call].map(Value::from));
    let other = desk.campaign(&PEOPLE[..2], json!({})).await;
    desk.act(&other, "start").await;
    desk.finished(&other).await;
    let ended = |at: usize, end: &str, tries| (PEOPLE[at].to_owned(), end.to_owned(), tries);
    assert_eq!(desk.ends(&other).await, [ended(0, "suppressed", 0), ended(1, "reached", 1)]);
    assert_eq!(desk.dialled(), PEOPLE[..2].iter().map(|number| ((*number).to_owned(), 1)).collect());
}

#[test]
fn no_campaign_calls_contacts_who_told_the_assistant_to_stop() {
    virtually(async || {
        let say = |text: &str| Answer::say(text, 700.0, Duration::from_millis(600));
        let script = Script::new()
            .greeting(say("Good day."))
            .turn(Answer::call("do_not_call", &json!({ "said": "Leave me alone" })))
            .after_tools(say("You are not called again."))
            .greeting(say("Good day."));
        let provider = scripted(script);
        let base_url = provider.base_url();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &talking_by(&base_url)).await;
        give_tools(&desk, &["do_not_call", "end_call"]).await;
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        let (phone, call) = desk.greets_first(&campaign).await;
        phone.say(&speech("hello_question"));
        let told = desk.event(&call, "tool_finished").await;
        assert_eq!(told["outcome"], "done", "{told}");
        desk.finished(&campaign).await;
        is_called_by_nobody(&desk, &call, ("assistant", "Leave me alone")).await;
        desk.close().await;
        provider.finish();
    });
}

/// They hear that they won't be called again, and the call ends.
#[test]
fn no_campaign_calls_a_contact_who_pressed_the_key() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let profile = desk.items("/api/v1/agent-profiles").await[0]["id"].clone();
        let key = json!({ "profile_id": profile, "digits": "7", "action": { "action": "do_not_call" } });
        let made = desk.post("/api/v1/dtmf-actions", &key, Token::Admin).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        desk.act(&campaign, "start").await;
        let phone = desk.wait("their phone", async || desk.switch.leg_at(PEOPLE[0])).await;
        let call = desk.calls().await[0]["id"].as_str().unwrap().to_owned();
        desk.wait_says(&call, "greeting").await;
        phone.press('7');
        desk.wait_says(&call, "not_called_again").await;
        let row = desk.ended(&call).await;
        assert_eq!(row["hangup_by"], "assistant", "{row}");
        desk.finished(&campaign).await;
        is_called_by_nobody(&desk, &call, ("key", "7")).await;
        desk.close().await;
    });
}
