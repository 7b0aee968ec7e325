//! Nobody is called without evidence of their consent, where their country demands it.

use cordboard_test_support::server::Token;
use serde_json::json;

use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::world::virtually;

/// Germany demands it. One contact has their own; one is called once the campaign has evidence for everybody; one has refused, and is never called.
#[test]
fn nobody_is_called_without_evidence_of_their_consent() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let settings =
            |consent: &str| json!({ "voicemail": { "do": "talk" }, "rules": { "consent": consent } });
        let campaign = desk.campaign_with(&PEOPLE[..1], &settings("")).await;
        let agreed = json!([
            { "number": PEOPLE[1], "consent": "form 7 of 3 May" }, { "number": PEOPLE[2], "consent": "no" },
        ]);
        desk.does(&format!("{campaign}/contacts"), &json!({ "contacts": agreed })).await;
        desk.act(&campaign, "start").await;
        desk.finished(&campaign).await;
        let ended = |at: usize, end: &str, tries| (PEOPLE[at].to_owned(), end.to_owned(), tries);
        let refused = || ended(2, "no_consent", 0);
        assert_eq!(
            desk.ends(&campaign).await,
            [ended(0, "no_consent", 0), ended(1, "reached", 1), refused()]
        );
        assert_eq!(desk.switch.dialled(), [PEOPLE[1]]);
        let file = desk.ask(&format!("{campaign}/contacts.csv")).await.text();
        assert!(file.contains(",form 7 of 3 May,"), "the evidence stays with them: {file}");

        let body = json!({ "name": "Renewals", "settings": settings("They said so on the telephone.") });
        assert_eq!(desk.server.put(&campaign, &body, Token::Admin).await.status, 200);
        desk.act(&campaign, "start").await;
        desk.finished(&campaign).await;
        assert_eq!(desk.ends(&campaign).await, [ended(0, "reached", 1), ended(1, "reached", 1), refused()]);
        assert_eq!(desk.dialled(), [PEOPLE[0], PEOPLE[1]].map(|person| (person.to_owned(), 1)).into());
        desk.close().await;
    });
}
