//! Who speaks with callers, and how each of them is reached.

use std::path::PathBuf;

use super::layers::Layers;
use super::listing::Listed;
use super::{
    AgentId, AppendMs, AudioFormatName, BaseUrl, Count, DialectName, Pairs, ProviderName, RecognizerName,
    RegionName, Secret, SpeechFormatName, SpeechName,
};

section! {
    /// The assistant.
    "assistant." Assistant {
        /// What speaks with callers whose organization has no account of its own at /api/v1/integrations/openai.
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
        /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
        data_region: RegionName = RegionName::Unknown,
    }
}

section! {
    /// OpenAI's Live API.
    "openai_live." OpenAiLive {
        /// Key of the API. Without one openai.api_key is taken, where the address is that of openai.base_url.
        api_key: Option<Secret> = None,
        /// Where the API is; /live/sessions is added to it.
        base_url: BaseUrl = BaseUrl::openai(),
        /// Headers that are sent along, as api-key=... of Azure.
        headers: Option<Pairs> = None,
        /// The model that hears and speaks.
        model: String = "gpt-live-1".to_owned(),
        /// The voice of calls whose profile names none of the API's.
        voice: String = "marin".to_owned(),
        /// The model of the Responses API that does what is delegated: it calls the tools.
        task_model: String = "gpt-4.1-mini".to_owned(),
        /// Milliseconds in which a server sends nothing at all, or nothing of what it was asked for, after which it is connected anew.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
        data_region: RegionName = RegionName::Unknown,
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
        /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
        data_region: RegionName = RegionName::Unknown,
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
        /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
        data_region: RegionName = RegionName::Unknown,
    }
}

section! {
    /// Gemini's Live API.
    "gemini." Gemini {
        /// Key of the API; a server of one's own may want none.
        api_key: Option<Secret> = None,
        /// Where the API is; the path of BidiGenerateContent is added to it.
        base_url: BaseUrl = BaseUrl::gemini(),
        /// The model that hears, thinks and speaks; without models/.
        model: String = "gemini-2.5-flash-native-audio-preview-09-2025".to_owned(),
        /// The voice of calls whose profile names none of Gemini's.
        voice: String = "Kore".to_owned(),
        /// Milliseconds without a word from a model that owes one, after which it is connected anew.
        stall_timeout_ms: Count<500, 60_000> = Count::new(4_000),
        /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
        data_region: RegionName = RegionName::Unknown,
    }
}

section! {
    /// An assistant that is put together of three services: speech recognition, a language model, speech synthesis.
    "cascade." Cascade {
        /// How speech is recognized: by Deepgram's streaming protocol, or by OpenAI's transcription, which servers of one's own speak.
        recognizer: RecognizerName = RecognizerName::Deepgram,
        /// Where speech is recognized; /v1/listen is added to it, or /audio/transcriptions where the recognizer is openai.
        recognizer_url: BaseUrl = BaseUrl::deepgram_listen(),
        /// Key of the recognition; a server of one's own may want none.
        recognizer_key: Option<Secret> = None,
        /// The model that recognizes.
        recognizer_model: String = "nova-3".to_owned(),
        /// Where answers are found, by OpenAI's chat completions or a server that speaks them; /chat/completions is added to it.
        llm_base_url: BaseUrl = BaseUrl::openai(),
        /// Key of the language model; a server of one's own may want none.
        llm_key: Option<Secret> = None,
        /// The model that answers.
        llm_model: String = "gpt-4.1-mini".to_owned(),
        /// How answers are spoken: by OpenAI's speech API, which servers of one's own speak, or by ElevenLabs' streaming speech.
        speech: SpeechName = SpeechName::OpenAi,
        /// Where answers are spoken; /audio/speech is added to it, or /v1/text-to-speech/VOICE/stream-input where the speech is elevenlabs. With elevenlabs the default stands for https://api.elevenlabs.io.
        speech_base_url: BaseUrl = BaseUrl::openai(),
        /// Key of the speech; a server of one's own may want none.
        speech_key: Option<Secret> = None,
        /// The model that speaks; with elevenlabs the default stands for eleven_flash_v2_5.
        speech_model: String = "gpt-4o-mini-tts".to_owned(),
        /// The voice of calls whose profile names none; with elevenlabs the id of one.
        speech_voice: String = "alloy".to_owned(),
        /// How OpenAI's speech is asked for; wav where a server's samples have another rate than 24 kHz.
        speech_format: SpeechFormatName = SpeechFormatName::Pcm,
        /// Milliseconds of silence behind a whole sentence after which the caller's turn is over; behind words that are none it is longer.
        pause_ms: Count<200, 3_000> = Count::new(400),
        /// Milliseconds of speech that interrupt the assistant where no word of it is recognized yet; a word that says something interrupts at once.
        barge_in_ms: Count<200, 5_000> = Count::new(700),
        /// Milliseconds without a word from a part that owes one, after which it counts as lost.
        stall_timeout_ms: Count<500, 60_000> = Count::new(8_000),
        /// Where the account keeps what it hears, as its contract says; profiles whose data must stay there are served by it.
        data_region: RegionName = RegionName::Unknown,
    }
}
