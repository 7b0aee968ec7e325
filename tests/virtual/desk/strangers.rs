//! Desks of another organization: for every command its calls, offers, callbacks and colleagues look as if they did not exist.

use std::collections::BTreeSet;

use cordboard_test_support::control::TaskProgram;
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::Stage;
use crate::suites::desks::stands;
use crate::world::virtually;

/// Every command, and its members: CALL, OFFER, CALLBACK and COLLEAGUE stand for those of another organization. None needs more than a user's
/// desk, so agents have them all.
const COMMANDS: &[(&str, &str)] = &[
    ("snapshot", "{}"),
    ("ping", "{}"),
    ("set_presence", r#"{"presence": {"intent": "available"}}"#),
    ("set_next_presence", r#"{"presence": null}"#),
    ("accept", r#"{"offer_id": "OFFER"}"#),
    ("decline", r#"{"offer_id": "OFFER"}"#),
    ("audio", r#"{"call_id": "CALL"}"#),
    ("hang_up", r#"{"call_id": "CALL"}"#),
    ("hold", r#"{"call_id": "CALL"}"#),
    ("unhold", r#"{"call_id": "CALL"}"#),
    ("mute", r#"{"call_id": "CALL"}"#),
    ("unmute", r#"{"call_id": "CALL"}"#),
    ("send_dtmf", r#"{"call_id": "CALL", "digits": "1"}"#),
    ("hand_back", r#"{"call_id": "CALL"}"#),
    ("transfer", r#"{"call_id": "CALL", "target": "COLLEAGUE"}"#),
    ("consult", r#"{"call_id": "CALL", "target": "COLLEAGUE"}"#),
    ("join_consult", r#"{"call_id": "CALL"}"#),
    ("complete_consult", r#"{"call_id": "CALL"}"#),
    ("cancel_consult", r#"{"call_id": "CALL"}"#),
    ("talk_now", r#"{"call_id": "CALL"}"#),
    ("dial", r#"{"callback_id": "CALLBACK"}"#),
    ("call_colleague", r#"{"target": "COLLEAGUE"}"#),
    ("need_help", r#"{"call_id": "CALL"}"#),
    ("help_over", "{}"),
];

/// The rows of an organization that are requested.
struct Rows {
    call: Value,
    offer: Value,
    callback: Value,
    colleague: Value,
}

impl Rows {
    /// Rows that do not exist.
    fn absent() -> Self {
        let id = || json!(Uuid::now_v7().to_string());
        Self { call: id(), offer: json!(4_711), callback: id(), colleague: json!("nobody") }
    }

    fn values(&self) -> [(&'static str, &Value); 4] {
        [
            ("\"CALL\"", &self.call),
            ("\"OFFER\"", &self.offer),
            ("\"CALLBACK\"", &self.callback),
            ("\"COLLEAGUE\"", &self.colleague),
        ]
    }
}

/// The answer to a desk, without the ids that it named.
async fn told(desk: &mut TaskProgram, (name, members): (&str, &str), rows: &Rows) -> String {
    let text = rows
        .values()
        .iter()
        .fold(members.to_owned(), |text, (name, value)| text.replace(name, &value.to_string()));
    let mut command: Value = serde_json::from_str(&text).unwrap();
    command["command"] = json!(name);
    let answer = desk.ask(command).await;
    let told = json!({ "ok": answer["ok"], "error": answer["error"] }).to_string();
    rows.values().iter().fold(told, |told, (name, value)| told.replace(&value.to_string(), name))
}

#[test]
fn every_command_has_a_row_here() {
    virtually(async || {
        let setup = super::setup::Setup::open().await;
        let document = setup.look("/api/openapi.json").await.unwrap();
        let mut there = BTreeSet::new();
        for variant in document["components"]["schemas"]["DeskCommand"]["oneOf"].as_array().unwrap() {
            let name = &variant["properties"]["command"];
            let name = name["const"].as_str().or_else(|| name["enum"][0].as_str());
            there.insert(name.unwrap_or_else(|| panic!("no name: {variant}")).to_owned());
        }
        let rows: BTreeSet<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(rows, there, "each command of desks needs a row in this file");
    });
}

#[test]
fn every_command_treats_other_organizations_rows_as_absent() {
    virtually(async || {
        let stage = Stage::open().await;
        let mut ada = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let offer = ada.event_of("offered").await["offer"]["id"].clone();
        let theirs = Rows {
            call: visitor.call_id.clone(),
            offer: offer.clone(),
            callback: json!(Uuid::now_v7().to_string()),
            colleague: json!("operator"),
        };
        let stranger = stage.setup.stranger().await;
        let (mut eve, _) = stage.setup.desk(&stranger).await;
        let absent = Rows::absent();
        let names_a_row = |members: &str| absent.values().iter().any(|(name, _)| members.contains(name));
        let mut asked = 0;
        for command in COMMANDS.iter().copied().filter(|(_, members)| names_a_row(members)) {
            let (foreign, missing) =
                (told(&mut eve, command, &theirs).await, told(&mut eve, command, &absent).await);
            assert_eq!(foreign, missing, "{}", command.0);
            assert!(foreign.contains("\"ok\":false"), "{}: {foreign}", command.0);
            asked += 1;
        }
        assert!(asked >= 19, "{asked}");
        // Nothing of it has reached the call's owner.
        ada.done(json!({ "command": "accept", "offer_id": offer })).await;
        let _audio = stage.audio(&mut ada, &visitor.call_id).await;
        stands(&mut ada, &visitor.call_id, "talking").await;
    });
}
