//! A conversation in text with the language model of a cascade: the instructions of a call's model, without its sound.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::REPLAY_ANSWER_MS_MAX;
use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::wire::chat::{ChatRequest, ChatTool, Message, ToolRequest};
use futures_util::future::{LocalBoxFuture, ready};
use futures_util::{FutureExt, StreamExt};
use reqwest::Client;
use tokio::time::timeout;

use super::model::thoughts;
use super::services::HttpService;
use super::turns::{Thought, WITHHELD, spoken_words};
use crate::assistant::provider::ProviderFault;
use crate::assistant::rehearsal::{RehearsalInput, Written, WrittenAnswer, WrittenCall};
use crate::assistant::remote::Loss;
use crate::assistant::remote::agent::asks::from_the_system;
use crate::assistant::remote::words::{line_instructions, session_instructions};

/// Longest answer in bytes; a longer one is an error.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Timeout of an answer.
const ANSWER_MAX: Duration = Duration::from_millis(REPLAY_ANSWER_MS_MAX);

/// See the module's description.
pub(super) struct WrittenConversation {
    client: Client,
    service: HttpService,
    model: String,
    profile: Arc<AgentProfile>,
    tools: Vec<ChatTool>,
    messages: Vec<Message>,
    /// Number of ids invented for servers whose tool calls have no id.
    invented: u64,
}

impl fmt::Debug for WrittenConversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrittenConversation").field("model", &self.model).finish_non_exhaustive()
    }
}

impl WrittenConversation {
    /// Returns a conversation with this model, as an assistant of this profile that has these tools.
    pub(super) fn new(
        (client, service, model): (Client, HttpService, String),
        profile: Arc<AgentProfile>,
        tools: Vec<ChatTool>,
    ) -> Self {
        let messages = vec![Message::System(session_instructions(&profile))];
        Self { client, service, model, profile, tools, messages, invented: 0 }
    }

    /// Adds words of the caller, or of the telephone system. Some models' templates accept no two consecutive messages of one
    /// side.
    fn hears(&mut self, words: &str) {
        match self.messages.last_mut() {
            Some(Message::User(known)) => {
                known.push('\n');
                known.push_str(words);
            }
            _ => self.messages.push(Message::User(words.to_owned())),
        }
    }

    fn says(&mut self, text: &str, calls: Vec<ToolRequest>) {
        if !text.is_empty() || !calls.is_empty() {
            self.messages.push(Message::Assistant { text: text.to_owned(), calls });
        }
    }

    /// Adds the input. Returns the answer if all of it is known already.
    fn take_input(&mut self, input: RehearsalInput) -> Option<WrittenAnswer> {
        match input {
            RehearsalInput::Greet => match self.profile.greeting.clone() {
                Some(greeting) => {
                    self.says(&greeting, Vec::new());
                    return Some(WrittenAnswer { text: greeting, ..WrittenAnswer::default() });
                }
                None => {
                    let task = line_instructions(Line::Greeting, &self.profile);
                    self.hears(&from_the_system(&task));
                }
            },
            RehearsalInput::Caller(words) => self.hears(&words),
            RehearsalInput::Results(results) => {
                let result =
                    |(call, content): (WrittenCall, String)| Message::Tool { id: call.call_id, content };
                self.messages.extend(results.into_iter().map(result));
            }
        }
        None
    }

    async fn respond(&mut self) -> Result<WrittenAnswer, Loss> {
        let request = ChatRequest {
            model: self.model.clone(),
            messages: self.messages.clone(),
            tools: self.tools.clone(),
            limit: self.service.limit(&self.profile.speech),
        };
        let (client, service) = (self.client.clone(), self.service.clone());
        let mut thoughts = thoughts(client, service, request.to_text(), ANSWER_MAX);
        let mut text = String::new();
        while let Some(thought) = thoughts.next().await {
            match thought {
                Thought::Words(words) if text.len() + words.len() > ANSWER_BYTES_MAX => {
                    return Err(self.service.misunderstood("an endless answer"));
                }
                Thought::Words(words) => text.push_str(&words),
                Thought::Withheld { usage: Some(usage) } => {
                    let usage = Some((self.model.clone(), usage.tokens()));
                    return Ok(WrittenAnswer { usage, ..WrittenAnswer::default() });
                }
                Thought::Withheld { usage: None } => return Err(self.service.gave_up(WITHHELD)),
                Thought::Failed(loss) => return Err(loss),
                Thought::Whole { mut calls, usage } => {
                    for call in calls.iter_mut().filter(|call| call.id.is_empty()) {
                        self.invented += 1;
                        call.id = format!("call_{}", self.invented);
                    }
                    let text = spoken_words(&text);
                    self.says(&text, calls.clone());
                    let written =
                        |ToolRequest { id, name, arguments }| WrittenCall { call_id: id, name, arguments };
                    return Ok(WrittenAnswer {
                        text,
                        calls: calls.into_iter().map(written).collect(),
                        usage: usage.map(|usage| (self.model.clone(), usage.tokens())),
                    });
                }
            }
        }
        Err(self.service.misunderstood("an answer without its end"))
    }
}

impl Written for WrittenConversation {
    fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault> {
        if is_caller {
            self.hears(words);
        } else {
            self.says(words, Vec::new());
        }
        Ok(())
    }

    fn recall_tool(&mut self, call: WrittenCall, output: String) -> Result<(), ProviderFault> {
        let WrittenCall { call_id, name, arguments } = call;
        self.says("", vec![ToolRequest { id: call_id.clone(), name, arguments }]);
        self.messages.push(Message::Tool { id: call_id, content: output });
        Ok(())
    }

    fn happened(&mut self, what: &str) -> Result<(), ProviderFault> {
        self.hears(&from_the_system(what));
        Ok(())
    }

    fn answer(&mut self, input: RehearsalInput) -> LocalBoxFuture<'_, Result<WrittenAnswer, ProviderFault>> {
        async move {
            if let Some(answer) = self.take_input(input) {
                return Ok(answer);
            }
            let late = self.service.stalled(ANSWER_MAX);
            let answered = timeout(ANSWER_MAX, self.respond()).await.unwrap_or(Err(late));
            answered.map_err(|Loss { fault, .. }| fault)
        }
        .boxed_local()
    }

    fn close(self: Box<Self>) -> LocalBoxFuture<'static, ()> {
        ready(()).boxed_local()
    }
}
