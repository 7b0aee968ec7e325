//! A list that is changed while its campaign runs.

use cordboard_test_support::server::Token;
use serde_json::json;

use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::world::virtually;

#[test]
fn a_running_list_accepts_additions_except_suppressed_numbers() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = desk.campaign(&PEOPLE[..3], json!({ "at_once_max": 1, "per_minute_max": 600 })).await;
        desk.act(&campaign, "start").await;
        desk.wait("the first call", async || (desk.switch.dialled().len() == 1).then_some(())).await;
        let first = desk.switch.dialled().remove(0);
        let never = PEOPLE[..3].iter().rfind(|number| **number != first).unwrap();
        // Two new people, and one who is being called.
        let added = json!([{ "number": PEOPLE[3] }, { "number": PEOPLE[4] }, { "number": first }]);
        let path = format!("{campaign}/contacts");
        let answer = desk.post(&path, &json!({ "contacts": added }), Token::Admin).await.json();
        assert_eq!((&answer["added"], &answer["known"]), (&json!(2), &json!(1)), "{answer}");
        desk.does("/api/v1/suppressions", &json!({ "number": never })).await;
        desk.finished(&campaign).await;
        for (number, end, tries) in desk.ends(&campaign).await {
            let expected = if number == **never { ("suppressed", 0) } else { ("reached", 1) };
            assert_eq!((end.as_str(), tries), expected, "{number}");
        }
        let called = PEOPLE.iter().filter(|number| *number != never);
        assert_eq!(desk.dialled(), called.map(|number| ((*number).to_owned(), 1)).collect());
        desk.close().await;
    });
}
