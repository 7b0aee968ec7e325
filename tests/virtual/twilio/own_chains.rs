//! Chains of voices of several organizations: what one of them breaks with its own key affects no other.

use std::time::Duration;

use cordboard_test_support::gemini::{GeminiStandIn, Manners};
use cordboard_test_support::openai::{Answer, Door, OpenAiStandIn, Script};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::own_accounts::{HERS, HIS, OPEN};
use super::owner::Owner;
use super::setup::Setup;
use crate::suites::book::Book as _;
use crate::suites::provider::provider_of;
use crate::world::virtually;

const HOUSE_KEY: &str = "sk-of-the-house-0123456789";
const GEMINI_KEY: &str = "key-of-the-house-at-gemini-0123456789";
const HER_BROKEN_KEY: &str = "sk-of-ada-that-was-revoked-0123456789";
const HER_KEY: &str = "sk-of-ada-0123456789";

fn greets() -> Script {
    let said = || Answer::say("Good day.", 1000.0, Duration::from_millis(400));
    (0..8).fold(Script::new(), |script, _| script.greeting(said()))
}

/// The keys that an account's provider got, each once.
fn keys(provider: &OpenAiStandIn) -> Vec<String> {
    let connections = provider.connections();
    let headers = connections.iter().flat_map(|connection| connection.headers.iter());
    let mut keys: Vec<String> =
        headers.filter(|(name, _)| name == "authorization").map(|(_, value)| value.clone()).collect();
    keys.dedup();
    keys
}

/// The provider that has spoken on a new call of the organization, and why the first voice has not.
async fn who_speaks(owner: &Owner<'_>, number: u32) -> (String, Option<String>) {
    let (caller, id) = owner.call(number).await;
    owner.event(&id, "item_started").await;
    caller.hang_up();
    caller.finish();
    let row = owner.ended(&id).await;
    let events = owner.items(&format!("/api/v1/calls/{id}/events?limit=200")).await;
    let failed = events.iter().find(|event| event["kind"] == "assistant_failed");
    let failure = failed.map(|event| event["failure"].as_str().unwrap().to_owned());
    (row["provider"].as_str().unwrap().to_owned(), failure)
}

/// The state of OpenAI for the organization: whose account, and its circuit.
async fn openai(owner: &Owner<'_>) -> (String, String) {
    let items = owner.items("/api/v1/voices/health").await;
    let of = items.iter().find(|item| item["provider"] == "openai").unwrap();
    let word = |name: &str| of[name].as_str().unwrap().to_owned();
    (word("account"), word("circuit"))
}

/// Gives the organization's receptionist the chain: OpenAI, then Gemini.
async fn has_chain(owner: &Owner<'_>) {
    let id = owner.items("/api/v1/agent-profiles").await[0]["id"].as_str().unwrap().to_owned();
    let chain = json!({ "voices": [{ "provider": "openai" }, { "provider": "gemini" }] });
    owner.send("PATCH", &format!("/api/v1/agent-profiles/{id}"), &chain, 200).await;
}

#[test]
fn one_organizations_broken_key_opens_no_circuit_of_another() {
    virtually(async || {
        let refuses = Door::Refuse { status: 401, code: "invalid_api_key".to_owned(), retry_after_s: None };
        let (of_house, of_her_broken_key, of_her_key) =
            (provider_of(greets()), provider_of(Script::new().door(refuses)), provider_of(greets()));
        let gemini = GeminiStandIn::start_here(Manners::new(GEMINI_KEY), greets()).unwrap();
        let (openai_url, gemini_url) = (of_house.base_url(), gemini.base_url());
        let provided = [
            ("assistant.provider", "builtin"),
            ("OPENAI_API_KEY", HOUSE_KEY),
            ("OPENAI_BASE_URL", openai_url.as_str()),
            ("GEMINI_API_KEY", GEMINI_KEY),
            ("GEMINI_BASE_URL", gemini_url.as_str()),
        ];
        let setup = Setup::open(&[&OPEN[..], &provided].concat()).await;
        let (ada, bob) = (Owner::of(&setup, "ada", HERS).await, Owner::of(&setup, "bob", HIS).await);
        let sets = async |provider: &OpenAiStandIn, key: &str| {
            let own =
                json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": key } });
            let set = ada.send("PUT", "/api/v1/integrations/openai", &own, 200).await;
            assert_eq!(set["unused_because"], Value::Null, "{set}");
            // New calls use it within 2 s.
            sleep(Duration::from_millis(2_500)).await;
        };
        has_chain(&ada).await;
        has_chain(&bob).await;
        sets(&of_her_broken_key, HER_BROKEN_KEY).await;

        assert_eq!(who_speaks(&ada, 1).await, ("gemini".to_owned(), Some("unauthorized".to_owned())));
        assert_eq!(openai(&ada).await, ("own".to_owned(), "open".to_owned()));
        // It gets no request for the next of her callers; his calls use the server's account, and never hers.
        assert_eq!(who_speaks(&ada, 2).await, ("gemini".to_owned(), Some("passed_over".to_owned())));
        assert_eq!(openai(&bob).await, ("house".to_owned(), "closed".to_owned()));
        for number in [3, 4] {
            assert_eq!(who_speaks(&bob, number).await, ("openai".to_owned(), None));
        }
        assert_eq!(openai(&bob).await, ("house".to_owned(), "closed".to_owned()));
        assert_eq!(of_her_broken_key.connection_count(), 1);

        // A new key begins with a closed circuit.
        sets(&of_her_key, HER_KEY).await;
        assert_eq!(openai(&ada).await, ("own".to_owned(), "closed".to_owned()));
        assert_eq!(who_speaks(&ada, 5).await, ("openai".to_owned(), None));

        assert_eq!(keys(&of_house), [format!("Bearer {HOUSE_KEY}")]);
        assert_eq!(keys(&of_her_broken_key), [format!("Bearer {HER_BROKEN_KEY}")]);
        assert_eq!(keys(&of_her_key), [format!("Bearer {HER_KEY}")]);
        let log = setup.world().log();
        assert!(![HOUSE_KEY, GEMINI_KEY, HER_BROKEN_KEY, HER_KEY].iter().any(|key| log.contains(key)));
        setup.close().await;
        for provider in [of_house, of_her_broken_key, of_her_key] {
            provider.finish();
        }
        gemini.finish();
    });
}
