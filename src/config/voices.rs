//! Voices that speak with callers. The folder of each kind declares how it is reached (`actors/src/assistant`).

use std::path::PathBuf;

use cordboard_settings::section;

use super::ProviderName;

section! {
    /// The assistant.
    "assistant." Assistant {
        /// Provider that speaks with callers whose organization has no account of its own at /api/v1/integrations.
        provider: ProviderName = ProviderName::Builtin,
    } with {
        /// The assistant that is built in.
        builtin: BuiltinAssistant,
    }
}

section! {
    /// The assistant that is built in.
    "assistant.builtin." BuiltinAssistant {
        /// Folder of a Whisper model (config.json, tokenizer.json, model.safetensors), by which it writes down what callers say and hears that they ask for a person; only in a build with the feature `whisper`.
        speech: Option<PathBuf> = None,
    }
}
