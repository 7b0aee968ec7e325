//! An assistant that is asked in writing, as a replay does: nobody hears it, and it is on no call.
//!
//! It is told what a call's assistant is told (the same prompt, the same tools), and gives its answers as text. Tools that it
//! asks for are answered by whoever asks it.

use std::sync::Arc;

use cordboard_schema::line::Line;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::usage::TokenUsage;

use super::openai::{OpenAi, WrittenConversation};
use super::provider::ProviderFault;
use super::sounds::{Prompt, SoundSet};
use super::turn::Turns;
use crate::tools::ToolDefinition;

/// What an assistant is told in writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The call begins: it is to greet.
    Greet,
    /// The caller says this.
    Caller(String),
    /// What the tools gave that it asked for, all of them, in their order.
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
    /// The tools that it asks for. It is told their results before anything else.
    pub calls: Vec<WrittenCall>,
    /// What it used, with the model.
    pub usage: Option<(String, TokenUsage)>,
}

/// An assistant that is asked in writing.
#[derive(Debug)]
pub struct Rehearsal(Kind);

#[derive(Debug)]
enum Kind {
    OpenAi(Box<WrittenConversation>),
    Builtin { turns: Turns, prompts: Arc<SoundSet<Prompt>> },
}

impl Rehearsal {
    /// One of OpenAI, or of a server that speaks as it does.
    ///
    /// # Errors
    /// What a call would meet.
    pub async fn with_openai(
        openai: &OpenAi,
        profile: Arc<AgentProfile>,
        tools: &[ToolDefinition],
    ) -> Result<Self, ProviderFault> {
        let conversation = openai.converse_in_writing(profile, tools).await?;
        Ok(Self(Kind::OpenAi(Box::new(conversation))))
    }

    /// The built-in one: it gives the words of its recordings, in their order, whatever it is told.
    pub fn with_builtin(prompts: Arc<SoundSet<Prompt>>) -> Self {
        Self(Kind::Builtin { turns: Turns::new(), prompts })
    }

    /// Whether it understands words.
    pub fn understands_words(&self) -> bool {
        matches!(self.0, Kind::OpenAi(_))
    }

    /// Has it know what was said before it came.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault> {
        match &mut self.0 {
            Kind::OpenAi(conversation) => conversation.recall(is_caller, words),
            Kind::Builtin { .. } => Ok(()),
        }
    }

    /// Tells it something, and waits for its answer.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn answer(&mut self, told: Told) -> Result<WrittenAnswer, ProviderFault> {
        match &mut self.0 {
            Kind::OpenAi(conversation) => conversation.answer(told).await,
            Kind::Builtin { turns, prompts } => {
                let said = match told {
                    Told::Greet => turns.say(Line::Greeting),
                    Told::Caller(_) => {
                        turns.caller_started();
                        turns.caller_finished().into_iter().collect()
                    }
                    Told::Results(_) => Vec::new(),
                };
                let words: Vec<&str> = said.iter().map(|prompt| prompts.get(*prompt).text()).collect();
                Ok(WrittenAnswer { text: words.join(" "), ..Default::default() })
            }
        }
    }

    /// Says goodbye to its provider.
    pub async fn close(self) {
        if let Kind::OpenAi(conversation) = self.0 {
            conversation.close().await;
        }
    }
}
