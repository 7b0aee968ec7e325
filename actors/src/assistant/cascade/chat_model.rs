//! A language model by itself, asked one thing in writing: for what no caller waits for.

use std::time::Duration;

use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::chat::{ChatRequest, ChunkUsage, Message};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::failures::Part;
use super::model::thoughts;
use super::services::{HttpService, client_by};
use super::settings::ServiceSettings;
use super::turns::Thought;
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::{Loss, TargetError};
use crate::outside_access::OutsideAccess;

/// Bytes of an answer; a longer one is none.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Answer of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatAnswer {
    /// Its words, as it wrote them.
    pub text: String,
    /// The tokens that it used, if it reports them.
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
    /// The model of these settings. An answer may take `time`, with the second attempt where the first has failed before its first
    /// word. `names` are those of the settings of address and key. Reads the system's certificates, which may take some 10 ms.
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

    /// The name under which what it uses is paid.
    pub fn name(&self) -> &str {
        &self.model
    }

    /// Asks, and waits for the whole answer. Dropping it ends the request.
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
                    return Err(self.service.misunderstood("an answer without end"));
                }
                Thought::Words(words) => text.push_str(&words),
                Thought::Whole { calls: _, usage } => {
                    return Ok(ChatAnswer { text, usage: usage.map(ChunkUsage::tokens) });
                }
                Thought::Failed(loss) => return Err(loss),
            }
        }
        Err(self.service.misunderstood("an answer without an end"))
    }

    /// Whether the service is there and takes the key, to judge by its list of models.
    ///
    /// # Errors
    /// The fault that a question would meet.
    pub async fn look(&self) -> Result<(), ProviderFault> {
        let looked = match client_by(&self.way) {
            Ok(client) => self.service.look(&client).await,
            Err(loss) => Err(loss),
        };
        looked.map_err(|Loss { fault, .. }| fault)
    }
}
