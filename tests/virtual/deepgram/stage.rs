//! A server whose assistant is the stand-in's agent.

use cordboard_test_support::deepgram::{DeepgramStandIn, Manners, Shared};
use cordboard_test_support::openai::Script;

use crate::suites::stood_in::{self, StoodIn};
use crate::world::Setting;

/// The key that only the provider may get from the server.
pub(crate) const KEY: &str = "dg-of-the-tests-0123456789";

/// A server and its provider.
pub(crate) type Stage = stood_in::Stage<Shared>;

impl Stage {
    /// A server whose provider behaves like this, and follows the script.
    pub(crate) async fn of(manners: Manners, script: Script, more: &[Setting<'_>]) -> Self {
        let provider = DeepgramStandIn::start_here(manners, script).unwrap();
        let base_url = provider.base_url();
        let known = [("DEEPGRAM_BASE_URL", &*base_url), ("DEEPGRAM_API_KEY", KEY)];
        Self::beside(provider, &known, more).await
    }
}

impl StoodIn for Shared {
    const NAME: &'static str = "deepgram";
    const SECRETS: &'static [&'static str] = &[KEY];
    const RETURNED: &'static str = "FunctionCallResponse";

    async fn opened(script: Script, more: &[Setting<'_>]) -> Stage {
        Stage::of(Manners::new(KEY), script, more).await
    }
}
