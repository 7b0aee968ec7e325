//! A callee agrees with the assistant on a time, and is called again then.

use std::time::Duration;

use cordboard_test_support::ear::speech;
use cordboard_test_support::openai::{Answer, Script};
use serde_json::json;
use tokio::time::sleep;

use super::{Desk, PEOPLE, scripted, talking_by};
use crate::book::Book;
use crate::world::{calendar_goes_on, virtually};

/// It is eleven o'clock on Tuesday, 4 May 2027. A time at night is refused, three in the afternoon is not.
#[test]
fn a_callee_is_called_again_at_the_agreed_time() {
    virtually(async || {
        let say = |text: &str| Answer::say(text, 700.0, Duration::from_millis(600));
        let again = |when: &str| {
            Answer::call("call_back_later", &json!({ "when": when, "note": "They have the quote." }))
        };
        let script = Script::new()
            .greeting(say("Good day."))
            .greeting(say("Good day again."))
            .turn(again("2027-05-05T02:00"))
            .after_tools(again("2027-05-04T15:00"))
            .after_tools(say("Until three, then."));
        let provider = scripted(script);
        let base_url = provider.base_url();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_with(folder.path(), &talking_by(&base_url)).await;
        let campaign = desk.campaign(&PEOPLE[..1], json!({})).await;
        let (phone, call) = desk.greets_first(&campaign).await;
        let tools = desk.event(&call, "call_started").await["profile"]["custom_tools"].to_string();
        assert!(tools.contains("it was Tuesday, 4 May 2027, 11:0"), "{tools}");
        phone.say(&speech("hello_question"));
        let ended = desk.wait_events(&call, "tool_finished", 2).await;
        assert_eq!([&ended[0]["outcome"], &ended[1]["outcome"]], ["refused", "done"], "{ended:?}");
        let told = |at: usize, name: &str| ended[at][name].as_str().unwrap_or_default().to_owned();
        assert!(told(0, "reason").ends_with("Wednesday, 5 May 2027, 09:00 (Europe/Berlin)"), "{ended:?}");
        assert!(told(1, "note").ends_with("Tuesday, 4 May 2027, 15:00 (Europe/Berlin)"), "{ended:?}");
        // Until a minute before.
        sleep(Duration::from_secs(60)).await;
        let contact = desk.items(&format!("{campaign}/contacts")).await.remove(0);
        assert_eq!(
            [&contact["state"], &contact["last_outcome"], &contact["next_at"]],
            ["waiting", "talked", "2027-05-04T13:00:00.000Z"],
            "{contact}"
        );
        assert_eq!(contact["variables"]["call_back_note"], "They have the quote.", "{contact}");
        calendar_goes_on(Duration::from_secs(4 * 3_600 - 180)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]]);
        sleep(Duration::from_secs(240)).await;
        assert_eq!(desk.switch.dialled(), [PEOPLE[0]; 2]);
        desk.finished(&campaign).await;
        assert_eq!(desk.ends(&campaign).await, [(PEOPLE[0].to_owned(), "reached".to_owned(), 2)]);
        desk.close().await;
        provider.finish();
    });
}
