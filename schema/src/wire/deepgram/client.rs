//! Messages that we send.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::audio::{Law, WireFormat};

/// The agent's speech recognition.
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    /// The model, as `nova-3` or `flux-general-en`.
    pub model: String,
    /// The spoken language, as `de`.
    pub language: Option<String>,
}

/// A function of ours that the agent may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: Arc<Value>,
}

/// The agent's language model.
#[derive(Clone, Debug, PartialEq)]
pub struct Think {
    /// Provider of the model, as `open_ai`.
    pub provider: String,
    /// The model.
    pub model: String,
    /// The model's instructions.
    pub prompt: String,
    /// Functions that it may call.
    pub functions: Vec<Function>,
}

/// The agent's speech.
#[derive(Clone, Debug, PartialEq)]
pub struct Speak {
    /// Voice and model in one, as `aura-2-thalia-en`.
    pub model: String,
    /// Speed of speech in percent; none for the default.
    pub speed_percent: Option<u16>,
}

/// An entry of a conversation that is continued.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryMessage {
    /// Spoken words.
    Said {
        /// Whether the agent said them; otherwise the caller did.
        by_agent: bool,
        /// The words.
        content: String,
    },
    /// A function call with its result.
    Called {
        /// Id of the request.
        id: String,
        /// The function.
        name: String,
        /// Its arguments, as JSON text.
        arguments: String,
        /// The function's result.
        response: String,
    },
}

/// The first message of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Audio that we send.
    pub input: WireFormat,
    /// Audio that we receive, without a container.
    pub output: WireFormat,
    /// The spoken language, as `de`.
    pub language: Option<String>,
    /// Settings of its speech recognition.
    pub listen: Listen,
    /// Settings of its language model.
    pub think: Think,
    /// Settings of its speech.
    pub speak: Speak,
    /// Its greeting, word for word; none if it waits.
    pub greeting: Option<String>,
    /// The conversation so far.
    pub messages: Vec<HistoryMessage>,
}

/// A message, except for audio.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientMessage {
    /// Configures the agent, once.
    Settings(Box<Settings>),
    /// Keeps the connection open while no audio is sent.
    KeepAlive,
    /// Replaces the model's instructions.
    UpdatePrompt {
        /// The complete instructions.
        prompt: String,
    },
    /// Replaces the language model from now on.
    UpdateThink(Box<Think>),
    /// Makes the agent say something, word for word. Refused while somebody speaks.
    InjectAgentMessage {
        /// The words.
        message: String,
    },
    /// Adds words of the caller, which the agent answers.
    InjectUserMessage {
        /// The words.
        content: String,
    },
    /// Answers a function call, once.
    FunctionCallResponse {
        /// Id of the request.
        id: String,
        /// The function.
        name: String,
        /// The function's result.
        content: String,
    },
}

impl ClientMessage {
    /// Returns the message as it is sent.
    pub fn to_text(&self) -> String {
        match self {
            Self::Settings(settings) => settings.to_json(),
            Self::KeepAlive => json!({ "type": "KeepAlive" }),
            Self::UpdatePrompt { prompt } => json!({ "type": "UpdatePrompt", "prompt": prompt }),
            Self::UpdateThink(think) => json!({ "type": "UpdateThink", "think": think.to_json() }),
            Self::InjectAgentMessage { message } => {
                json!({ "type": "InjectAgentMessage", "message": message })
            }
            Self::InjectUserMessage { content } => json!({ "type": "InjectUserMessage", "content": content }),
            Self::FunctionCallResponse { id, name, content } => {
                json!({ "type": "FunctionCallResponse", "id": id, "name": name, "content": content })
            }
        }
        .to_string()
    }
}

impl Settings {
    fn to_json(&self) -> Value {
        let Self { input, output, language, listen, think, speak, greeting, messages } = self;
        let mut agent = json!({
            "listen": { "provider": listen.to_json() },
            "think": think.to_json(),
            "speak": { "provider": speak.to_json() },
        });
        if let Some(language) = language {
            agent["language"] = json!(language);
        }
        if let Some(greeting) = greeting {
            agent["greeting"] = json!(greeting);
        }
        if !messages.is_empty() {
            let messages: Vec<Value> = messages.iter().map(HistoryMessage::to_json).collect();
            agent["context"] = json!({ "messages": messages });
        }
        json!({
            "type": "Settings",
            "tags": ["cordboard"],
            "audio": {
                "input": { "encoding": encoding(*input), "sample_rate": input.rate.hz() },
                "output": { "encoding": encoding(*output), "sample_rate": output.rate.hz(), "container": "none" },
            },
            "agent": agent,
        })
    }
}

const fn encoding(format: WireFormat) -> &'static str {
    match format.law {
        Some(Law::Mu) => "mulaw",
        Some(Law::A) => "alaw",
        None => "linear16",
    }
}

impl Listen {
    fn to_json(&self) -> Value {
        let mut provider = json!({ "type": "deepgram", "model": self.model });
        // Models that detect turns by themselves use another version of the API. They know the language from their name, or from
        // a hint.
        if self.model.starts_with("flux") {
            provider["version"] = json!("v2");
            if let (Some(language), true) = (&self.language, self.model.contains("multi")) {
                provider["language_hints"] = json!([language]);
            }
        } else {
            provider["version"] = json!("v1");
            if let Some(language) = &self.language {
                provider["language"] = json!(language);
            }
        }
        provider
    }
}

impl Think {
    fn to_json(&self) -> Value {
        let functions = self.functions.iter().map(|Function { name, description, parameters }| {
            json!({ "name": name, "description": description, "parameters": **parameters })
        });
        json!({
            "provider": { "type": self.provider, "model": self.model },
            "prompt": self.prompt,
            "functions": functions.collect::<Vec<Value>>(),
        })
    }
}

impl Speak {
    fn to_json(&self) -> Value {
        let mut provider = json!({ "type": "deepgram", "model": self.model });
        if let Some(percent) = self.speed_percent {
            provider["speed"] = json!(f64::from(percent) / 100.0);
        }
        provider
    }
}

impl HistoryMessage {
    fn to_json(&self) -> Value {
        match self {
            Self::Said { by_agent, content } => {
                let role = if *by_agent { "assistant" } else { "user" };
                json!({ "type": "History", "role": role, "content": content })
            }
            Self::Called { id, name, arguments, response } => json!({ "type": "History", "function_calls": [{
                "id": id, "name": name, "client_side": true, "arguments": arguments, "response": response,
            }] }),
        }
    }
}
