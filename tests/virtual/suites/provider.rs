//! A provider of speech, as a task.

use std::time::Duration;

use cordboard_actors::world;
use cordboard_test_support::openai::{OpenAiStandIn, Script};

/// A provider that follows the script.
pub(crate) fn provider_of(script: Script) -> OpenAiStandIn {
    let calendar = || Duration::from_millis(world::now().timestamp_millis().unsigned_abs());
    OpenAiStandIn::start_here(script, calendar).unwrap()
}
