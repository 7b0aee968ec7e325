//! An assistant that is asked in writing, as a replay does: nobody hears it, and it is on no call.
//!
//! It gets the same as a call's assistant (the same prompt, the same tools), and gives its answers as text. The code that asks it
//! also answers its tools.

use std::sync::Arc;

use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::usage::TokenUsage;
use futures_util::future::LocalBoxFuture;

use super::provider::{Account, ProviderFault};
use super::sounds::{Prompt, SoundSet};
use super::turn::Turns;
use crate::tools::ToolDefinition;

/// Written input of an assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RehearsalInput {
    /// The call begins: it is to greet.
    Greet,
    /// The caller says this.
    Caller(String),
    /// Results of all the tools that it asked for, in their order.
    Results(Vec<(WrittenCall, String)>),
}

/// A tool that an assistant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenCall {
    /// The provider's id.
    pub call_id: String,
    /// The tool, as the model wrote it.
    pub name: String,
    /// The arguments, as the model wrote them.
    pub arguments: String,
}

/// An answer in writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenAnswer {
    /// The words.
    pub text: String,
    /// The tools that it asks for. It gets their results before anything else.
    pub calls: Vec<WrittenCall>,
    /// Its usage, with the model.
    pub usage: Option<(String, TokenUsage)>,
}

/// A conversation in writing with a provider.
pub trait Written: std::fmt::Debug {
    /// Has it know what was said before it came.
    ///
    /// # Errors
    /// The connection is lost.
    fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault>;

    /// Tells it something, and waits for its answer. It fails where none comes.
    fn answer(&mut self, told: RehearsalInput) -> LocalBoxFuture<'_, Result<WrittenAnswer, ProviderFault>>;

    /// Says goodbye.
    fn close(self: Box<Self>) -> LocalBoxFuture<'static, ()>;
}

/// An assistant that is asked in writing.
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
    /// One of an account's provider.
    ///
    /// # Errors
    /// The fault that a call would meet, or the provider converses by sound alone.
    pub async fn with(
        account: &dyn Account,
        profile: Arc<AgentProfile>,
        tools: &[ToolDefinition],
    ) -> Result<Self, ProviderFault> {
        let conversation = account.converse_in_writing(profile, tools).await?;
        Ok(Self { name: account.name(), kind: Kind::Provider(conversation) })
    }

    /// The built-in one: it gives the words of its recordings, in their order, for any input.
    pub fn with_builtin(prompts: Arc<SoundSet<Prompt>>) -> Self {
        Self { name: "builtin", kind: Kind::Builtin { turns: Turns::new(), prompts } }
    }

    /// Name of the assistant, as `builtin`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it understands words.
    pub fn understands_words(&self) -> bool {
        matches!(self.kind, Kind::Provider(_))
    }

    /// Has it know what was said before it came.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault> {
        match &mut self.kind {
            Kind::Provider(conversation) => conversation.recall(is_caller, words),
            Kind::Builtin { .. } => Ok(()),
        }
    }

    /// Tells it something, and waits for its answer.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn answer(&mut self, told: RehearsalInput) -> Result<WrittenAnswer, ProviderFault> {
        match &mut self.kind {
            Kind::Provider(conversation) => conversation.answer(told).await,
            Kind::Builtin { turns, prompts } => {
                let said = match told {
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

    /// Says goodbye to its provider.
    pub async fn close(self) {
        if let Kind::Provider(conversation) = self.kind {
            conversation.close().await;
        }
    }
}
