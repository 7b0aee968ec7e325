//! Forecasts of campaigns at one moment. (`tests/api/campaigns.rs` tests what they accept, refuse and count.)

use cordboard_test_support::server::Token;
use serde_json::json;

use super::{Desk, PEOPLE};
use crate::book::Book;
use crate::world::virtually;

/// A forecast begins at the moment of the request, so the same request at a later moment is a different one.
#[test]
fn the_same_question_gets_the_same_answer_without_calls() {
    virtually(async || {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(folder.path()).await;
        let campaign = desk.campaign(&PEOPLE, json!({})).await;
        let forecast = async || {
            let answer = desk.post(&format!("{campaign}/forecast"), &json!({}), Token::Admin).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()
        };
        let first = forecast().await;
        assert_eq!((&first["waiting"], &first["contacts"]), (&json!(5), &json!(5)), "{first}");
        assert_eq!(forecast().await, first);
        assert_eq!(desk.switch.dialled(), [""; 0]);
        desk.close().await;
    });
}
