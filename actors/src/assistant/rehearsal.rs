//! An assistant that is used in text, as in a replay: nobody hears it, and it is on no call.
//!
//! It gets the same prompt and tools as a call's assistant, and answers in text. The code that uses it also answers its tool
//! calls.

use std::sync::Arc;

use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::usage::TokenUsage;
use futures_util::future::LocalBoxFuture;

use super::provider::{Account, ProviderFault};
use super::sounds::{Prompt, SoundSet};
use super::turn::Turns;
use crate::tools::ToolDefinition;

/// Text input of an assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RehearsalInput {
    /// The call begins: the assistant greets.
    Greet,
    /// The caller says this.
    Caller(String),
    /// Results of all tools that it called, in order.
    Results(Vec<(WrittenCall, String)>),
}

/// A tool call of an assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenCall {
    /// The provider's id.
    pub call_id: String,
    /// The tool, as the model wrote it.
    pub name: String,
    /// The arguments, as the model wrote them.
    pub arguments: String,
}

/// An answer in text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenAnswer {
    /// The words.
    pub text: String,
    /// The tool calls. The assistant gets their results before anything else.
    pub calls: Vec<WrittenCall>,
    /// Its usage, with the model.
    pub usage: Option<(String, TokenUsage)>,
}

/// A conversation in text with a provider.
pub trait Written: std::fmt::Debug {
    /// Adds words that were said before it joined.
    ///
    /// # Errors
    /// The connection is lost.
    fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault>;

    /// Adds a tool that it called before it joined, with its result.
    ///
    /// # Errors
    /// The connection is lost.
    fn recall_tool(&mut self, call: WrittenCall, output: String) -> Result<(), ProviderFault>;

    /// Tells it what happened on the call.
    ///
    /// # Errors
    /// The connection is lost.
    fn happened(&mut self, what: &str) -> Result<(), ProviderFault>;

    /// Sends an input, and waits for the answer. Fails if there is none.
    fn answer(&mut self, input: RehearsalInput) -> LocalBoxFuture<'_, Result<WrittenAnswer, ProviderFault>>;

    /// Closes the conversation.
    fn close(self: Box<Self>) -> LocalBoxFuture<'static, ()>;
}

/// An assistant that is used in text.
#[derive(Debug)]
pub struct Rehearsal {
    name: &'static str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Provider(Box<dyn Written>),
    Builtin { turns: Turns, prompts: Arc<SoundSet<Prompt>> },
}

impl Rehearsal {
    /// Returns an assistant of an account's provider.
    ///
    /// # Errors
    /// The fault that a call would meet, or the provider only supports sound.
    pub async fn with(
        account: &dyn Account,
        profile: Arc<AgentProfile>,
        tools: &[ToolDefinition],
    ) -> Result<Self, ProviderFault> {
        let conversation = account.converse_in_writing(profile, tools).await?;
        Ok(Self { name: account.name(), kind: Kind::Provider(conversation) })
    }

    /// Returns the built-in assistant: it answers any input with the words of its recordings, in order.
    pub fn with_builtin(prompts: Arc<SoundSet<Prompt>>) -> Self {
        Self { name: "builtin", kind: Kind::Builtin { turns: Turns::new(), prompts } }
    }

    /// Returns the assistant's name, for example `builtin`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns whether it understands words.
    pub fn understands_words(&self) -> bool {
        matches!(self.kind, Kind::Provider(_))
    }

    /// Adds words that were said before it joined.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault> {
        match &mut self.kind {
            Kind::Provider(conversation) => conversation.recall(is_caller, words),
            Kind::Builtin { .. } => Ok(()),
        }
    }

    /// Adds a tool that it called before it joined, with its result.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn recall_tool(&mut self, call: WrittenCall, output: String) -> Result<(), ProviderFault> {
        match &mut self.kind {
            Kind::Provider(conversation) => conversation.recall_tool(call, output),
            Kind::Builtin { .. } => Ok(()),
        }
    }

    /// Tells it what happened on the call.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn happened(&mut self, what: &str) -> Result<(), ProviderFault> {
        match &mut self.kind {
            Kind::Provider(conversation) => conversation.happened(what),
            Kind::Builtin { .. } => Ok(()),
        }
    }

    /// Sends an input, and waits for the answer.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn answer(&mut self, input: RehearsalInput) -> Result<WrittenAnswer, ProviderFault> {
        match &mut self.kind {
            Kind::Provider(conversation) => conversation.answer(input).await,
            Kind::Builtin { turns, prompts } => {
                let said = match input {
                    RehearsalInput::Greet => turns.say(Line::Greeting),
                    RehearsalInput::Caller(_) => {
                        turns.caller_started();
                        turns.caller_finished(false).into_iter().collect()
                    }
                    RehearsalInput::Results(_) => Vec::new(),
                };
                let words: Vec<&str> = said.iter().map(|prompt| prompts.get(*prompt).text()).collect();
                Ok(WrittenAnswer { text: words.join(" "), ..Default::default() })
            }
        }
    }

    /// Closes the conversation with its provider.
    pub async fn close(self) {
        if let Kind::Provider(conversation) = self.kind {
            conversation.close().await;
        }
    }
}
