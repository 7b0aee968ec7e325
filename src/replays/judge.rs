//! The judge model, asked about an example that was replayed.

use std::time::Duration;

use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::cascade::{ChatModel, ServiceSettings};
use cordboard_actors::assistant::remote::TargetError;
use cordboard_schema::extraction::{self, ExtractionField, Findings, TopicRule};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::quality::{Answers, Scorecard, by_model};
use cordboard_schema::replay::judge_model::{opinion, question};
use cordboard_schema::replay::{NoVerdict, Opinion, ReplayedCall, Undecided};
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::voice_chain::DataRegion;

use crate::config;

/// Why the judge has not answered about a call.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Another call would do.
    #[error("the call is longer than the judge model is given")]
    TooLong,
    /// It may answer better when it is asked again.
    #[error("the judge model did not answer as it was asked to")]
    BadAnswer,
    /// It can't be asked now, for this reason.
    #[error("{0}")]
    Away(String),
}

/// A judge that is configured. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Judge {
    model: ChatModel,
    /// Where it stores what it is asked, if known.
    region: Option<DataRegion>,
}

impl Judge {
    /// The judge of the section `[judge]`; none where it has no address. Blocks for some 10 ms.
    ///
    /// # Errors
    /// Address or key can't be used.
    pub fn of(section: &config::Judge) -> Result<Option<Self>, TargetError> {
        let Some(base_url) = &section.base_url else { return Ok(None) };
        let settings = ServiceSettings {
            key: section.key.as_ref().map(|key| key.expose().to_owned()),
            base_url: base_url.as_str().to_owned(),
            model: section.model.clone(),
        };
        let time = Duration::from_millis(section.timeout_ms.get().into());
        let model = ChatModel::new(&settings, ["judge.base_url", "judge.key"], time)?;
        Ok(Some(Self { model, region: section.data_region.region() }))
    }

    /// The model.
    pub fn model(&self) -> &str {
        self.model.name()
    }

    /// Region in which it stores what it is asked, if known.
    pub const fn region(&self) -> Option<DataRegion> {
        self.region
    }

    /// Whether it may be asked about calls of this profile: what is said on them stays where the profile says.
    pub fn may_hear(&self, profile: &AgentProfile) -> bool {
        profile.speech.must_stay_in.is_none_or(|wanted| self.region == Some(wanted))
    }

    /// Whether it is there and takes the key.
    ///
    /// # Errors
    /// The fault that an example would meet.
    pub async fn look(&self) -> Result<(), ProviderFault> {
        self.model.look().await
    }

    /// What it finds of these fields and topics in what was said on a call.
    ///
    /// # Errors
    /// It did not answer.
    pub async fn extract(
        &self,
        fields: &[ExtractionField],
        topics: &[TopicRule],
        lines: &[TranscriptItem],
    ) -> Result<Findings, Unanswered> {
        let asked = extraction::by_model::question(fields, topics, lines).ok_or(Unanswered::TooLong)?;
        let answer = self.model.answer(asked).await.map_err(|fault| Unanswered::Away(fault.reason))?;
        extraction::by_model::findings(fields, topics, &answer.text).ok_or(Unanswered::BadAnswer)
    }

    /// How it answers a scorecard about what was said on a call.
    ///
    /// # Errors
    /// It did not.
    pub async fn score(&self, card: &Scorecard, lines: &[TranscriptItem]) -> Result<Answers, Unanswered> {
        let asked = by_model::question(card, lines).ok_or(Unanswered::TooLong)?;
        let answer = self.model.answer(asked).await.map_err(|fault| Unanswered::Away(fault.reason))?;
        by_model::answers(card, &answer.text).ok_or(Unanswered::BadAnswer)
    }

    /// Its verdict on a call, and the tokens that it used.
    pub(super) async fn ask(
        &self,
        meaning: &str,
        call: &ReplayedCall,
    ) -> (Result<Opinion, Undecided>, TokenUsage) {
        let messages = match question(meaning, call) {
            Ok(messages) => messages,
            Err(undecided) => return (Err(undecided), TokenUsage::default()),
        };
        match self.model.answer(messages).await {
            Ok(answer) => (opinion(&answer.text), answer.usage.unwrap_or_default()),
            Err(fault) => (Err(undecided(fault)), TokenUsage::default()),
        }
    }
}

fn undecided(ProviderFault { failure, reason }: ProviderFault) -> Undecided {
    let why = match failure {
        ProviderFailure::Unauthorized => NoVerdict::Unauthorized,
        ProviderFailure::UnknownModel => NoVerdict::UnknownModel,
        ProviderFailure::RateLimited | ProviderFailure::QuotaExhausted => NoVerdict::UsedUp,
        ProviderFailure::Unreachable => NoVerdict::Unreachable,
        ProviderFailure::Stalled => NoVerdict::TimedOut,
        ProviderFailure::BadProtocol => NoVerdict::BadAnswer,
        ProviderFailure::ProviderError
        | ProviderFailure::SessionExpired
        | ProviderFailure::Disconnected
        | ProviderFailure::Panicked
        | ProviderFailure::PassedOver
        | ProviderFailure::Other => NoVerdict::Failed,
    };
    Undecided::new(why, reason)
}
