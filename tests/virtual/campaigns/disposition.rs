//! The assistant records the business outcome of a campaign's call.

use std::time::Duration;

use cordboard_test_support::ear::speech;
use cordboard_test_support::openai::{Answer, Script};
use serde_json::json;

use super::{Desk, PEOPLE, scripted, talking_by};
use crate::book::Book;
use crate::world::virtually;

/// An unknown disposition is refused with the list of valid ones; the goal is one.
#[test]
fn the_assistants_disposition_counts_for_the_goal() {
    virtually(async || {
        let say = |text: &str| Answer::say(text, 700.0, Duration::from_millis(600));
        let ended = |name: &str| Answer::call("set_disposition", &json!({ "disposition": name }));
        let script = Script::new()
            .greeting(say("Good day."))
            .turn(ended("Sold"))
            .after_tools(ended("Resolved"))
            .after_tools(say("Thank you."));
        let provider = scripted(script);
        let base_url = provider.base_url();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &talking_by(&base_url)).await;
        let resolved = desk.items("/api/v1/dispositions").await.remove(0);
        assert_eq!(resolved["name"], "Resolved");
        let settings = json!({
            "goal": resolved["id"], "voicemail": { "do": "talk" }, "rules": { "consent": "form 7" },
        });
        let campaign = desk.campaign_with(&PEOPLE[..1], &settings).await;
        let (phone, call) = desk.greets_first(&campaign).await;
        phone.say(&speech("hello_question"));
        let ended = desk.wait_events(&call, "tool_finished", 2).await;
        assert_eq!([&ended[0]["outcome"], &ended[1]["outcome"]], ["refused", "done"], "{ended:?}");
        let why = ended[0]["reason"].as_str().unwrap();
        assert!(why.ends_with("one of Resolved, Follow up, Wrong number"), "{why}");
        desk.finished(&campaign).await;
        let shown = desk.ask(&format!("{campaign}/outcomes")).await.json();
        let expected = json!([{
            "id": resolved["id"], "name": "Resolved", "count": 1, "by_assistant": 1, "by_agents": 0,
        }]);
        assert_eq!((&shown["dispositions"], &shown["reached"]), (&expected, &json!(1)), "{shown}");
        let contact = desk.items(&format!("{campaign}/contacts")).await.remove(0);
        let contact =
            desk.ask(&format!("{campaign}/contacts/{}", contact["id"].as_str().unwrap())).await.json();
        let said = json!({ "id": resolved["id"], "name": "Resolved", "by": "assistant" });
        assert_eq!(contact["attempts"][0]["disposition"], said, "{contact}");
        let file = desk.ask(&format!("{campaign}/contacts.csv")).await.text();
        assert!(file.contains(",Resolved,assistant,"), "{file}");
        desk.close().await;
        provider.finish();
    });
}
