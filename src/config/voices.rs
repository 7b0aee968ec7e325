//! Who speaks with callers, and how each of them is reached.

use super::layers::Layers;
use super::listing::Listed;
use super::{AgentId, AppendMs, AudioFormatName, BaseUrl, Count, DialectName, Pairs, ProviderName, Secret};

section! {
    /// The assistant.
    "assistant." Assistant {
        /// What speaks with callers whose organization has no account of its own at /api/v1/integrations/openai.
        provider: ProviderName = ProviderName::Builtin,
    }
}

section! {
    /// OpenAI Realtime, or a server that speaks as it does.
    "openai." OpenAi {
        /// Key of the API; a server of one's own may want none.
        api_key: Option<Secret> = None,
        /// Where the API is; /realtime is added to it.
        base_url: BaseUrl = BaseUrl::openai(),
        /// The model that speaks with callers.
        realtime_model: String = "gpt-realtime-2.1".to_owned(),
        /// The model that writes down what callers say.
        transcription_model: String = "gpt-4o-mini-transcribe".to_owned(),
        /// Headers that are sent along, as api-key=... of Azure.
        headers: Option<Pairs> = None,
        /// Parameters that are added to the address, as api-version=...
        query: Option<Pairs> = None,
        /// Which shape of the API the server speaks.
        dialect: DialectName = DialectName::Auto,
        /// Which audio the server is asked for; pcm where one does not understand G.711.
        audio_format: AudioFormatName = AudioFormatName::Auto,
        /// Milliseconds without a word from a server that owes one, after which it is connected anew.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Milliseconds of the caller's voice in one message: more costs less and answers later.
        append_ms: AppendMs = AppendMs::Ms20,
    }
}

section! {
    /// Agents that are hosted at ElevenLabs.
    "elevenlabs." ElevenLabs {
        /// Key of the API; an agent that anybody may talk with wants none.
        api_key: Option<Secret> = None,
        /// Where the API is.
        base_url: BaseUrl = BaseUrl::elevenlabs(),
        /// What the webhook is signed with that tells of conversations which are over (`/elevenlabs/post-call`); none where there is no such webhook.
        webhook_secret: Option<Secret> = None,
        /// The agent that speaks with callers.
        agent_id: Option<AgentId> = None,
        /// Whether instructions, first words, language and voice of the profile go in the place of the agent's own, which has to allow that.
        overrides: bool = false,
        /// Milliseconds without a word from an agent that owes one, after which it is connected anew.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
    }
}

section! {
    /// Deepgram's Voice Agent.
    "deepgram." Deepgram {
        /// Key of the API; a server of one's own may want none.
        api_key: Option<Secret> = None,
        /// Where the API is; /v1/agent/converse is added to it.
        base_url: BaseUrl = BaseUrl::deepgram(),
        /// The model that hears callers; one that begins with flux finds the ends of their turns by itself, and knows the language by its name.
        listen_model: String = "nova-3".to_owned(),
        /// Whose model answers: open_ai, anthropic, google, groq.
        think_provider: String = "open_ai".to_owned(),
        /// The model that answers.
        think_model: String = "gpt-4o-mini".to_owned(),
        /// The voice of calls whose profile names none of Deepgram's.
        voice: String = "aura-2-thalia-en".to_owned(),
        /// Milliseconds without a word from an agent that owes one, after which it is connected anew.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
    }
}
