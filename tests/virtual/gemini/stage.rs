//! A server whose assistant is the stand-in's model.

use cordboard_test_support::gemini::{GeminiStandIn, Manners, Shared};
use cordboard_test_support::openai::Script;
use serde_json::Value;

use crate::suites::stood_in::{self, StoodIn};
use crate::world::Setting;

/// The key that only the provider may get from the server.
pub(crate) const KEY: &str = "AIza-of-the-tests-0123456789";

/// A server and its provider.
pub(crate) type Stage = stood_in::Stage<Shared>;

impl Stage {
    /// A server whose provider behaves like this, and follows the script.
    pub(crate) async fn of(manners: Manners, script: Script, more: &[Setting<'_>]) -> Self {
        let provider = GeminiStandIn::start_here(manners, script).unwrap();
        let base_url = provider.base_url();
        let known = [("GEMINI_BASE_URL", &*base_url), ("GEMINI_API_KEY", KEY)];
        Self::beside(provider, &known, more).await
    }

    /// The setup that was sent on a connection.
    pub(crate) fn setup(&self, number: usize) -> Value {
        self.connection(number).from_client("setup").next().unwrap().event["setup"].clone()
    }
}

impl StoodIn for Shared {
    const NAME: &'static str = "gemini";
    const SECRETS: &'static [&'static str] = &[KEY];
    const RETURNED: &'static str = "toolResponse";

    async fn opened(script: Script, more: &[Setting<'_>]) -> Stage {
        Stage::of(Manners::new(KEY), script, more).await
    }
}
