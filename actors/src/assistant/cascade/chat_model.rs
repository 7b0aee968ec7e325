//! A language model on its own, asked a single thing in text, for work that no caller waits for.

use std::time::Duration;

use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::chat::{ChatRequest, ChunkUsage, Message};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::failures::Part;
use super::model::thoughts;
use super::services::{HttpService, client_by};
use super::settings::ServiceSettings;
use super::turns::{Thought, WITHHELD};
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::{Loss, TargetError};
use crate::outside_access::OutsideAccess;

/// Longest answer in bytes; a longer one is an error.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A model's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatAnswer {
    /// The text, as the model wrote it.
    pub text: String,
    /// The tokens used, if the model reports them.
    pub usage: Option<TokenUsage>,
}

/// A model that is asked by chat completions.
#[derive(Clone, Debug)]
pub struct ChatModel {
    way: OutsideAccess,
    service: HttpService,
    model: String,
    time: Duration,
}

impl ChatModel {
    /// Returns the model of these settings. An answer may take `time`, including a retry if the first attempt failed before its
    /// first word. `names` are the names of the settings of address and key. Loads the system's certificates, which may take some
    /// 10 ms.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn new(
        settings: &ServiceSettings,
        names: [&'static str; 2],
        time: Duration,
    ) -> Result<Self, TargetError> {
        let service = HttpService::new(Part::Llm, settings, names)?;
        let way = OutsideAccess::anywhere().map_err(TargetError::Tls)?;
        Ok(Self { way, service, model: settings.model.clone(), time })
    }

    /// Returns the name under which usage is billed.
    pub fn name(&self) -> &str {
        &self.model
    }

    /// Asks, and waits for the whole answer. Dropping the future cancels the request.
    ///
    /// # Errors
    /// The service refuses, fails, or does not answer in time; or the answer is too long.
    pub async fn answer(&self, messages: Vec<Message>) -> Result<ChatAnswer, ProviderFault> {
        let asked = timeout(self.time, self.whole_answer(messages)).await;
        asked.unwrap_or_else(|_| Err(self.service.stalled(self.time))).map_err(|Loss { fault, .. }| fault)
    }

    async fn whole_answer(&self, messages: Vec<Message>) -> Result<ChatAnswer, Loss> {
        let request = ChatRequest { model: self.model.clone(), messages, tools: Vec::new(), limit: None };
        let client = client_by(&self.way)?;
        let mut thoughts = thoughts(client, self.service.clone(), request.to_text(), self.time);
        let mut text = String::new();
        while let Some(thought) = thoughts.next().await {
            match thought {
                Thought::Words(words) if text.len() + words.len() > ANSWER_BYTES_MAX => {
                    return Err(self.service.misunderstood("an endless answer"));
                }
                Thought::Words(words) => text.push_str(&words),
                Thought::Whole { calls: _, usage } => {
                    return Ok(ChatAnswer { text, usage: usage.map(ChunkUsage::tokens) });
                }
                Thought::Withheld { usage: Some(usage) } => {
                    return Ok(ChatAnswer { text, usage: Some(usage.tokens()) });
                }
                Thought::Withheld { usage: None } => return Err(self.service.gave_up(WITHHELD)),
                Thought::Failed(loss) => return Err(loss),
            }
        }
        Err(self.service.misunderstood("an answer without its end"))
    }

    /// Checks whether the service is reachable and accepts the key, by requesting its list of models.
    ///
    /// # Errors
    /// The fault that a question would meet.
    pub async fn check(&self) -> Result<(), ProviderFault> {
        let checked = match client_by(&self.way) {
            Ok(client) => self.service.check(&client).await,
            Err(loss) => Err(loss),
        };
        checked.map_err(|Loss { fault, .. }| fault)
    }
}
