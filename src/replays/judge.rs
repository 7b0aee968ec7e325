//! The judge model: judges replayed examples and ended calls.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::cascade::{ChatModel, ServiceSettings};
use cordboard_actors::assistant::remote::TargetError;
use cordboard_schema::extraction::{self, ExtractionField, Findings, TopicRule};
use cordboard_schema::fold::TranscriptItem;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::judging::NotJudged;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::quality::{Answers, Scorecard, by_model};
use cordboard_schema::replay::judge_model::{opinion, question};
use cordboard_schema::replay::{NoVerdict, Opinion, ReplayedCall, Undecided};
use cordboard_schema::usage::{ModelPrice, TokenUsage, price_of};
use cordboard_schema::voice_chain::DataRegion;
use cordboard_schema::wire::chat::Message;

use crate::config;
use crate::store::{CallToJudge, Connection, Store, StoreError, change, query};

/// Approximate bytes of a token of text.
const BYTES_OF_TOKEN: usize = 4;

/// Why the judge has not answered about a call.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// A shorter call would work.
    #[error("the call is too long for the judge model")]
    TooLong,
    /// It may answer better on another attempt.
    #[error("the judge model did not answer in the requested form")]
    BadAnswer,
    /// It can't be asked now, for this reason.
    #[error("{0}")]
    Unreachable(String),
}

/// A configured judge. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Judge {
    model: ChatModel,
    /// Region in which it stores what it receives, if known.
    region: Option<DataRegion>,
    /// Prices of its tokens.
    price: ModelPrice,
    /// Cost of a day's calls from which on it is not asked about them, in millionths of the currency.
    daily_cap_micros: Option<u64>,
}

/// A call that pays for the judge's answers about it.
#[derive(Clone, Copy)]
pub struct ChargedCall<'a> {
    /// Store with the call.
    pub store: &'a Store,
    /// Organization of the call.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
}

impl ChargedCall<'_> {
    /// Charges the cost of an answer instead of the sum that was reserved for it, both in millionths of the currency.
    async fn charge(&self, reserved_micros: u64, cost_micros: u64) -> Result<(), StoreError> {
        if reserved_micros == cost_micros {
            return Ok(());
        }
        let (organization_id, call_id) = (self.organization_id, self.call_id);
        let micros = (reserved_micros, cost_micros);
        let charge = move |connection: &mut Connection| {
            change::charge_judge(connection, organization_id, call_id, micros)
        };
        self.store.change(charge).await
    }
}

/// An answer of the judge about a call.
#[derive(Debug)]
pub struct Judged<T> {
    /// The answer, or why there is none.
    pub answer: Result<T, Unanswered>,
    /// Its cost in millionths of the currency, whatever the answer.
    pub cost_micros: u64,
}

impl Judge {
    /// Makes the judge of the section `[judge]`; none if it has no address. Blocks for some 10 ms.
    ///
    /// # Errors
    /// Fails if address or key can't be used.
    pub fn of(section: &config::Judge) -> Result<Option<Self>, TargetError> {
        let Some(base_url) = &section.base_url else { return Ok(None) };
        let settings = ServiceSettings {
            key: section.key.as_ref().map(|key| key.expose().to_owned()),
            base_url: base_url.as_str().to_owned(),
            model: section.model.clone(),
        };
        let time = Duration::from_millis(section.timeout_ms.get().into());
        let model = ChatModel::new(&settings, ["judge.base_url", "judge.key"], time)?;
        let (region, price) = (section.data_region.region(), ModelPrice::default());
        Ok(Some(Self { model, region, price, daily_cap_micros: None }))
    }

    /// Sets these prices. The judge is no longer asked about calls of a day that have cost `daily_cap_micros` (of the currency). A model without a
    /// price costs nothing.
    pub fn paid(self, prices: &BTreeMap<String, ModelPrice>, daily_cap_micros: Option<u64>) -> Self {
        let price = price_of(prices, self.model()).copied().unwrap_or_default();
        Self { price, daily_cap_micros, ..self }
    }

    /// The model.
    pub fn model(&self) -> &str {
        self.model.name()
    }

    /// Region in which it stores what it receives, if known.
    pub const fn region(&self) -> Option<DataRegion> {
        self.region
    }

    /// Whether it may be asked about calls of this profile: their words must stay in the profile's region.
    pub fn may_hear(&self, profile: &AgentProfile) -> bool {
        profile.speech.must_stay_in.is_none_or(|wanted| self.region == Some(wanted))
    }

    /// Returns why it is not asked about a call; none if it may be asked.
    ///
    /// # Errors
    /// Fails if the database can't be read.
    pub async fn not_asked(
        &self,
        store: &Store,
        call: &CallToJudge,
    ) -> Result<Option<NotJudged>, StoreError> {
        if !self.may_hear(&call.profile) {
            return Ok(Some(NotJudged::OtherRegion));
        }
        let Some(cap) = self.daily_cap_micros else { return Ok(None) };
        let (organization_id, began_at) = (call.profile.organization_id, call.began_at);
        let read =
            move |connection: &mut Connection| query::spent_on_day_of(connection, organization_id, began_at);
        Ok((store.reads().run(read).await? >= cap).then_some(NotJudged::DailyCap))
    }

    /// Checks whether it answers and accepts the key.
    ///
    /// # Errors
    /// Fails with the fault that an example would have.
    pub async fn check(&self) -> Result<(), ProviderFault> {
        self.model.check().await
    }

    /// Returns its findings for these fields and topics in the words of a call, which pays for the answer.
    ///
    /// # Errors
    /// Fails if the call can't be charged.
    pub async fn extract(
        &self,
        charged: &ChargedCall<'_>,
        fields: &[ExtractionField],
        topics: &[TopicRule],
        lines: &[TranscriptItem],
    ) -> Result<Judged<Findings>, StoreError> {
        let asked = extraction::by_model::question(fields, topics, lines);
        self.answered(charged, asked, |text| extraction::by_model::findings(fields, topics, text)).await
    }

    /// Returns its answers to a scorecard about a call, which pays for the answer.
    ///
    /// # Errors
    /// Fails if the call can't be charged.
    pub async fn score(
        &self,
        charged: &ChargedCall<'_>,
        card: &Scorecard,
        lines: &[TranscriptItem],
    ) -> Result<Judged<Answers>, StoreError> {
        self.answered(charged, by_model::question(card, lines), |text| by_model::answers(card, text)).await
    }

    /// Returns its answer to a question, parsed by `read`; calls that are too long are not asked about. The call is charged for the question before
    /// it is sent, so an answer that nobody waits for any more, because the process or its client is gone, is paid for, too.
    async fn answered<T>(
        &self,
        charged: &ChargedCall<'_>,
        asked: Option<Vec<Message>>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Judged<T>, StoreError> {
        let Some(asked) = asked else {
            return Ok(Judged { answer: Err(Unanswered::TooLong), cost_micros: 0 });
        };
        let reserved_micros = self.reading_micros(&asked);
        charged.charge(0, reserved_micros).await?;
        let (answer, cost_micros) = match self.model.answer(asked).await {
            Ok(answer) => (read(&answer.text).ok_or(Unanswered::BadAnswer), self.cost_micros(answer.usage)),
            Err(fault) => (Err(Unanswered::Unreachable(fault.reason)), 0),
        };
        charged.charge(reserved_micros, cost_micros).await?;
        Ok(Judged { answer, cost_micros })
    }

    /// Estimates the cost of reading a question.
    fn reading_micros(&self, asked: &[Message]) -> u64 {
        let bytes: usize = asked
            .iter()
            .map(|message| match message {
                Message::System(text) | Message::User(text) => text.len(),
                Message::Assistant { .. } | Message::Tool { .. } => 0,
            })
            .sum();
        let text_input = bytes.div_ceil(BYTES_OF_TOKEN) as u64;
        self.cost_micros(Some(TokenUsage { text_input, ..TokenUsage::default() }))
    }

    /// Returns the cost of an answer, as far as it reports its tokens.
    fn cost_micros(&self, usage: Option<TokenUsage>) -> u64 {
        usage.unwrap_or_default().cost_micros(&self.price)
    }

    /// Returns its verdict on a call, and the cost in millionths of the currency.
    pub(super) async fn ask(&self, meaning: &str, call: &ReplayedCall) -> (Result<Opinion, Undecided>, u64) {
        let messages = match question(meaning, call) {
            Ok(messages) => messages,
            Err(undecided) => return (Err(undecided), 0),
        };
        match self.model.answer(messages).await {
            Ok(answer) => (opinion(&answer.text), self.cost_micros(answer.usage)),
            Err(fault) => (Err(undecided(fault)), 0),
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
