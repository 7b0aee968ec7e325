//! Voices that speak with callers. The folder of each kind declares its settings (`actors/src/assistant`).

use std::path::PathBuf;

use cordboard_settings::section;

use super::ProviderName;

section! {
    /// The assistant.
    "assistant." Assistant {
        /// Provider that speaks with callers of organizations that have no account of their own at /api/v1/integrations.
        provider: ProviderName = ProviderName::Builtin,
    } with {
        /// The built-in assistant.
        builtin: BuiltinAssistant,
    }
}

section! {
    /// The built-in assistant.
    "assistant.builtin." BuiltinAssistant {
        /// Folder of a Whisper model (config.json, tokenizer.json, model.safetensors), with which it transcribes callers and recognizes requests for
        /// a person; only in a build with the feature `whisper`.
        speech: Option<PathBuf> = None,
    }
}
