//! A server whose assistant is the stand-in's model.

use std::time::Duration;

use cordboard_actors::world;
use cordboard_test_support::openai::Script;
use cordboard_test_support::openai_live::{Manners, OpenAiLiveStandIn, Shared};
use serde_json::Value;

use crate::suites::stood_in::{self, StoodIn};
use crate::world::Setting;

/// The key that only the provider may get from the server.
pub(crate) const KEY: &str = "sk-live-of-the-tests-0123456789";

/// The calendar of the tests, since 1970.
pub(crate) fn calendar() -> Duration {
    Duration::from_millis(world::now().timestamp_millis().unsigned_abs())
}

/// A server and its provider.
pub(crate) type Stage = stood_in::Stage<Shared>;

impl Stage {
    /// A server whose provider behaves like this, and follows the script.
    pub(crate) async fn of(manners: Manners, script: Script, more: &[Setting<'_>]) -> Self {
        let provider = OpenAiLiveStandIn::start_here(manners, script, calendar).unwrap();
        let base_url = provider.base_url();
        let known = [("openai_live.base_url", &*base_url), ("openai_live.api_key", KEY)];
        Self::beside(provider, &known, more).await
    }

    /// The session that was requested on a connection.
    pub(crate) fn session(&self, number: usize) -> Value {
        self.connection(number).from_client("session.start").next().unwrap().event["session"].clone()
    }
}

impl StoodIn for Shared {
    const NAME: &'static str = "openai-live";
    const SECRETS: &'static [&'static str] = &[KEY];
    const RETURNED: &'static str = "response.item.create";
    const QUIET_MS: u64 = 140;

    async fn opened(script: Script, more: &[Setting<'_>]) -> Stage {
        Stage::of(Manners::new(KEY), script, more).await
    }
}
