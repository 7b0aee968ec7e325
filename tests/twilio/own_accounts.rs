//! Organizations with accounts of their own: each is served by its own, and nobody by another's.

use std::time::Duration;

use cordboard_test_support::book::Book;
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Script};
use cordboard_test_support::twilio::Caller;
use serde_json::json;

use crate::house::{FROM, House, TO, sid};
use crate::owner::Owner;

const HERS: &str = "+15550100005";
const HOUSE_KEY: &str = "sk-of-the-house-0123456789";
const HER_KEY: &str = "sk-of-ada-0123456789";

/// Whoever serves a number has one session more, and says so at its beginning.
fn provider(hz: f64) -> OpenAiStandIn {
    let said = Answer::say("Good day.", hz, Duration::from_millis(400));
    OpenAiStandIn::start(Script::new().greeting(said)).unwrap()
}

/// The keys that a provider was shown, each once.
fn keys(provider: &OpenAiStandIn) -> Vec<String> {
    let connections = provider.connections();
    let headers = connections.iter().flat_map(|connection| connection.headers.iter());
    let mut keys: Vec<String> =
        headers.filter(|(name, _)| name == "authorization").map(|(_, value)| value.clone()).collect();
    keys.dedup();
    keys
}

#[test]
fn an_organizations_key_serves_its_own_callers_and_nobody_elses() {
    let (house_provider, her_provider) = (provider(1000.0), provider(1300.0));
    let base_url = house_provider.base_url();
    let house = House::open(&[
        ("registration", "open"),
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", HOUSE_KEY),
        ("OPENAI_BASE_URL", base_url.as_str()),
        ("outbound.allow", "127.0.0.0/8"),
        ("outbound.plain_http", "true"),
    ]);
    house.has_number(json!({}));
    let ada = Owner::of(&house, "ada", HERS);
    let body =
        json!({ "settings": { "base_url": her_provider.base_url() }, "secrets": { "api_key": HER_KEY } });
    ada.send("PUT", "/api/v1/integrations/openai", &body, 200);
    ada.wait_answered(800);

    for (number, to) in [(1, HERS), (2, TO), (3, HERS)] {
        let caller = Caller::dial(&house.account(), &sid(number), FROM, to);
        let greeted = |provider: &OpenAiStandIn| {
            let greetings = provider.connections();
            greetings.iter().filter(|of| of.from_client("response.create").count() > 0).count()
        };
        let (provider, before) = if to == TO { (&house_provider, 0) } else { (&her_provider, number / 2) };
        house.wait("the greeting", || (greeted(provider) > before as usize).then_some(()));
        caller.hang_up();
        caller.finish();
    }
    assert_eq!(keys(&her_provider), [format!("Bearer {HER_KEY}")]);
    assert_eq!(keys(&house_provider), [format!("Bearer {HOUSE_KEY}")]);
    let log = house.server().log();
    assert!(!log.contains(HER_KEY) && !log.contains(HOUSE_KEY), "the log shows a key");
    house.close();
    her_provider.finish();
    house_provider.finish();
}
