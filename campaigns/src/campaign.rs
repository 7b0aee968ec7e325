//! A campaign, its contacts and attempts, and the numbers that must not be called, as they are stored and shown.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, DispositionId, OrganizationId};
use cordboard_schema::limits::{
    ANSWER_TIMEOUT_S_MAX, ANSWER_TIMEOUT_S_MIN, PROFILE_NAME_CHARS_MAX, SAY_CHARS_MAX,
};
use cordboard_schema::outbound::{
    BadCall, CheckedCall, MailboxDetection, OnVoicemail, OutboundCall, ToQueue,
};
use cordboard_schema::phone::{BadE164, E164};
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};

use crate::attempt::{AttemptState, Outcome};
use crate::caller_ids::{CALLER_IDS_MAX, CALLS_PER_DAY, CALLS_PER_DAY_MAX};
use crate::dialler::CampaignState;
use crate::filter::ContactFilter;
use crate::predictive::PATIENCE_MS;
use crate::retries::End;
use crate::rules::{Mode, Rules};
use crate::variant::{VERSION_MAX, Variant, VariantB};

/// A list of people who are called, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// The state that its owner has set.
    pub state: CampaignState,
    /// How it calls.
    pub settings: CampaignSettings,
    /// Why the newest call could not be made, in words; null if it could. It is tried again automatically.
    pub trouble: Option<String>,
    /// Since when its two variants are compared: earlier calls used other profiles; null if there is one variant.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub compared_since: Option<UnixMs>,
    /// When it was created.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When its owner last changed it.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

/// How a campaign calls: who talks, over which trunk, how often and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CampaignSettings {
    /// The name of the agent profile that talks; null for the default one.
    pub profile: Option<String>,
    /// The published version of that profile; null for the newest at each call.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000))]
    pub version: Option<u32>,
    /// The second variant, with a share of the contacts: both are compared. Only if assistants talk.
    pub variant: Option<VariantB>,
    /// The disposition that a call should have, set by an agent's wrap-up or, without one, by the assistant; null for an appointment or a lead that
    /// was made on the call. Variants are compared by it.
    pub goal: Option<DispositionId>,
    /// The switch that dials, by its name in the configuration; null for `calls.switch`, or the only one.
    pub switch: Option<String>,
    /// The number that the called phone is shown, if `caller_ids` is empty; null leaves that to the switch.
    #[cfg_attr(feature = "openapi", schema(max_length = 25, example = "+493098765"))]
    pub from: Option<String>,
    /// Numbers with their country code, one of which each call shows: the one that the contact saw before, otherwise the most local one, otherwise
    /// the one that was used least today. A number whose newest 20 calls rang unanswered rests for 24 h.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub caller_ids: Vec<String>,
    /// Maximum calls within a day (UTC) for each of `caller_ids`, across campaigns; then the number rests until the next day.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000))]
    pub caller_id_calls_per_day_max: u32,
    /// How long a phone rings, in s.
    #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 120))]
    pub answer_timeout_s: u16,
    /// What happens to a call that a mailbox answers.
    pub voicemail: OnVoicemail,
    /// The detector that distinguishes a mailbox from a person, if `voicemail` is not `talk`.
    pub mailbox_detection: MailboxDetection,
    /// The disposition with which agents close a call that a mailbox has answered: a detector that recognized a person was wrong there. Null counts
    /// none.
    pub mailbox_disposition: Option<DispositionId>,
    /// Whether an assistant may send the callee an e-mail, one per call, if a mail server is set: to the address in the list's column `email`, or to
    /// one that the callee has said and confirmed.
    pub sends_email: bool,
    /// In the modes `predictive` and `preview`: the name of the queue whose agents talk with people who answer, in their browsers. A predictive call
    /// is accepted for an available agent; a previewed one belongs to the agent who requests it.
    pub queue: Option<String>,
    /// In the modes `predictive` and `preview`: the message for people for whom no agent is available (predictive: within 2 s): who has called, and
    /// the number for calling back. It must not sell anything.
    #[cfg_attr(feature = "openapi", schema(max_length = 2000))]
    pub abandoned_message: String,
    /// Conditions on contacts: contacts who don't meet them are left out while they don't.
    pub filter: ContactFilter,
    /// How fast, when and how often it calls.
    pub rules: Rules,
}

/// Minimum time that a phone rings if agents talk, in s (16 CFR 310.4(b)(4)(ii)).
const RINGS_S_MIN: u16 = 15;

impl Default for CampaignSettings {
    fn default() -> Self {
        let OutboundCall { profile, switch, from, answer_timeout_s, .. } = OutboundCall::to(String::new());
        Self {
            profile,
            version: None,
            variant: None,
            goal: None,
            switch,
            from,
            caller_ids: Vec::new(),
            caller_id_calls_per_day_max: CALLS_PER_DAY,
            answer_timeout_s,
            voicemail: OnVoicemail::HangUp,
            mailbox_detection: MailboxDetection::default(),
            mailbox_disposition: None,
            sends_email: false,
            queue: None,
            abandoned_message: String::new(),
            filter: ContactFilter::default(),
            rules: Rules::default(),
        }
    }
}

impl CampaignSettings {
    /// Returns the call to a contact who gets this variant and is shown this number, if all its values are valid.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn call(
        &self,
        variant: Option<Variant>,
        number: &E164,
        shown: Option<String>,
        variables: BTreeMap<String, String>,
    ) -> Result<CheckedCall, Vec<BadCall>> {
        let call = OutboundCall {
            to: number.to_string(),
            from: shown,
            profile: self.talks(variant).0.map(str::to_owned),
            variables,
            switch: self.switch.clone(),
            answer_timeout_s: self.answer_timeout_s,
            voicemail: self.voicemail.clone(),
            mailbox_detection: self.mailbox_detection,
        };
        let on_answer = self.agents_queue().map(|queue| ToQueue {
            queue: queue.to_owned(),
            within_ms: PATIENCE_MS,
            message: self.abandoned_message.clone(),
        });
        // People who are called from a list can ask to be removed from every list.
        call.check().map(|call| CheckedCall { heeds_opt_out: true, on_answer, ..call })
    }

    /// The profile that talks with a contact who gets this variant, and its version.
    pub fn talks(&self, variant: Option<Variant>) -> (Option<&str>, Option<u32>) {
        match (variant, &self.variant) {
            (Some(Variant::B), Some(other)) => {
                (other.profile.as_deref().or(self.profile.as_deref()), other.version)
            }
            _ => (self.profile.as_deref(), self.version),
        }
    }

    /// The variant for a contact who has none yet; none if there is only one.
    pub fn variant_of(&self, contact: ContactId) -> Option<Variant> {
        self.variant.as_ref().map(|other| other.of(contact))
    }

    /// The numbers, one of which each call shows; empty if it shows `from`.
    pub fn caller_ids(&self) -> Vec<E164> {
        self.caller_ids.iter().filter_map(|number| number.parse().ok()).collect()
    }

    /// The queue whose agents talk with people who answer, if agents talk.
    pub fn agents_queue(&self) -> Option<&str> {
        self.queue.as_deref().filter(|_| self.rules.mode.has_agents())
    }

    /// The queue for whose agents calls are dialled ahead, if they are.
    pub fn predictive_queue(&self) -> Option<&str> {
        self.queue.as_deref().filter(|_| self.rules.mode == Mode::Predictive)
    }

    /// The queue whose agents see each contact before the call, if they do.
    pub fn preview_queue(&self) -> Option<&str> {
        self.queue.as_deref().filter(|_| self.rules.mode == Mode::Preview)
    }

    /// Everything that is wrong with the values for agents. If assistants talk they may be left out.
    fn faults_of_agents(&self) -> Vec<(&'static str, String)> {
        let has_agents = self.rules.mode.has_agents();
        let message = &self.abandoned_message;
        let is_sayable = message.chars().count() <= SAY_CHARS_MAX
            && !message.chars().any(|c| c.is_control() && !c.is_whitespace());
        let rings = RINGS_S_MIN..=ANSWER_TIMEOUT_S_MAX;
        let checks = [
            (!has_agents || self.queue.is_some(), "queue", "must name a queue that there is".to_owned()),
            (
                is_sayable && !(has_agents && message.trim().is_empty()),
                "abandoned_message",
                BadCall::Message.to_string(),
            ),
            // The call's own check has reported a time outside of its range.
            (
                !has_agents
                    || rings.contains(&self.answer_timeout_s)
                    || self.answer_timeout_s < ANSWER_TIMEOUT_S_MIN
                    || self.answer_timeout_s > ANSWER_TIMEOUT_S_MAX,
                "answer_timeout_s",
                format!("must be {RINGS_S_MIN} to {ANSWER_TIMEOUT_S_MAX}"),
            ),
        ];
        checks.into_iter().filter(|(is_good, ..)| !is_good).map(|(_, field, why)| (field, why)).collect()
    }

    /// Everything that is wrong with the caller ids.
    fn faults_of_caller_ids(&self) -> Vec<(&'static str, String)> {
        let numbers: BTreeSet<E164> = self.caller_ids().into_iter().collect();
        let are_numbers = self.caller_ids.len() <= CALLER_IDS_MAX && numbers.len() == self.caller_ids.len();
        let is_count = (1..=CALLS_PER_DAY_MAX).contains(&self.caller_id_calls_per_day_max);
        let checks = [
            (
                are_numbers,
                "caller_ids",
                format!(
                    "must be at most {CALLER_IDS_MAX} numbers with their country code, each once, as +493012345678"
                ),
            ),
            (is_count, "caller_id_calls_per_day_max", format!("must be 1 to {CALLS_PER_DAY_MAX}")),
        ];
        checks.into_iter().filter(|(is_good, ..)| !is_good).map(|(_, field, why)| (field, why)).collect()
    }

    /// What is wrong with the version of a variant's profile.
    fn fault_of_version(&self, variant: Variant) -> Option<String> {
        match self.talks(Some(variant)) {
            (_, Some(version)) if !(1..=VERSION_MAX).contains(&version) => {
                Some(format!("must be 1 to {VERSION_MAX}"))
            }
            (None, Some(_)) => Some("must be left out where no profile is named".to_owned()),
            _ => None,
        }
    }

    /// Everything that is wrong with versions and the second variant.
    fn faults_of_variants(&self) -> Vec<(&'static str, String)> {
        let mut faults = vec![("version", self.fault_of_version(Variant::A))];
        if let Some(other) = &self.variant {
            let is_name = other.profile.as_deref().is_none_or(|name| {
                (1..=PROFILE_NAME_CHARS_MAX).contains(&name.chars().count())
                    && !name.chars().any(char::is_control)
            });
            let is_share = (1..=999).contains(&other.share_permille);
            let is_same = self.talks(Some(Variant::A)) == self.talks(Some(Variant::B));
            let said = |is_wrong: bool, why: &str| is_wrong.then(|| why.to_owned());
            faults.extend([
                ("variant.profile", (!is_name).then(|| BadCall::Profile.to_string())),
                ("variant.version", self.fault_of_version(Variant::B)),
                ("variant.share_permille", said(!is_share, "must be 1 to 999")),
                ("variant", said(is_same, "must name another profile or version than the campaign does")),
                (
                    "variant",
                    said(
                        self.rules.mode.has_agents(),
                        "must be left out where agents talk: no assistant does",
                    ),
                ),
            ]);
        }
        faults.into_iter().filter_map(|(field, why)| Some((field, why?))).collect()
    }

    /// Everything that is wrong with them, except for the filter ([`ContactFilter::faults`]): the value's name, and what is wrong in words that
    /// follow it.
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        // A placeholder number: real ones are checked with their contacts.
        let bad = match "+493000000".parse() {
            Ok(number) => {
                self.call(None, &number, self.from.clone(), BTreeMap::new()).err().unwrap_or_default()
            }
            Err(_) => Vec::new(),
        };
        let of_call = bad.iter().map(|fault| (fault.field(), fault.to_string()));
        of_call
            .chain(self.faults_of_caller_ids())
            .chain(self.faults_of_agents())
            .chain(self.faults_of_variants())
            .chain(self.rules.faults().into_iter().map(|fault| (fault.field(), fault.to_string())))
            .collect()
    }
}

impl Campaign {
    /// Replaces the settings. A comparison starts again if other profiles talk from now on. Another share or goal does not restart it.
    pub fn set(&mut self, settings: CampaignSettings, now: UnixMs) {
        let talk = |settings: &CampaignSettings| {
            let of = |variant| {
                let (profile, version) = settings.talks(Some(variant));
                (profile.map(str::to_owned), version)
            };
            settings.variant.as_ref().map(|_| (of(Variant::A), of(Variant::B)))
        };
        let (before, after) = (talk(&self.settings), talk(&settings));
        self.compared_since = match after {
            None => None,
            Some(_) if before == after && self.compared_since.is_some() => self.compared_since,
            Some(_) => Some(now),
        };
        self.settings = settings;
    }
}

/// State of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// They are called when it is their turn.
    Waiting,
    /// The campaign's filter excludes them: they are not called until it includes them.
    LeftOut,
    /// An attempt is open.
    Calling,
    /// They are no longer called.
    Done,
}

impl ContactState {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::LeftOut => "left_out",
            Self::Calling => "calling",
            Self::Done => "done",
        }
    }
}

/// A contact on a campaign's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// The organization that owns them.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The campaign whose list they are on.
    pub campaign_id: CampaignId,
    /// Their number. A list has it once.
    pub number: E164,
    /// Facts about them for the assistant, by name: `{{lead.NAME}}` in its instructions.
    pub variables: BTreeMap<String, String>,
    /// Their time zone, if given; otherwise that of their number counts.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "Europe/Berlin"))]
    pub zone: Option<Tz>,
    /// The evidence that they agreed to be called; a word that only says no, such as `no` or `false`, if they refused; empty if nothing is known.
    pub consent: String,
    /// Their state.
    pub state: ContactState,
    /// Why they are no longer called.
    pub end: Option<End>,
    /// They are not called before this time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub next_at: UnixMs,
    /// How often they were called.
    pub tries: u32,
    /// Outcome of the newest try.
    pub last_outcome: Option<Outcome>,
    /// When they were added.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
}

/// A contact as lists show it, also if its number can't be read: an earlier version may have accepted it, or a disk may have changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedContact {
    /// Their id.
    pub id: ContactId,
    /// The organization that owns them.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The campaign whose list they are on.
    pub campaign_id: CampaignId,
    /// Their number. A list has it once.
    pub number: String,
    /// Whether the number can't be read: then it is shown as it is stored, and nobody is called.
    pub is_unreadable: bool,
    /// Facts about them for the assistant, by name: `{{lead.NAME}}` in its instructions.
    pub variables: BTreeMap<String, String>,
    /// Their time zone, if given; otherwise that of their number counts.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "Europe/Berlin"))]
    pub zone: Option<Tz>,
    /// The evidence that they agreed to be called; a word that only says no, such as `no` or `false`, if they refused; empty if nothing is known.
    pub consent: String,
    /// Their state.
    pub state: ContactState,
    /// Why they are no longer called.
    pub end: Option<End>,
    /// They are not called before this time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub next_at: UnixMs,
    /// How often they were called.
    pub tries: u32,
    /// Outcome of the newest try.
    pub last_outcome: Option<Outcome>,
    /// When they were added.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
}

impl ListedContact {
    /// Returns the contact.
    ///
    /// # Errors
    /// Its number can't be read.
    pub fn into_contact(self) -> Result<Contact, BadE164> {
        Ok(Contact {
            number: self.number.parse()?,
            id: self.id,
            organization_id: self.organization_id,
            campaign_id: self.campaign_id,
            variables: self.variables,
            zone: self.zone,
            consent: self.consent,
            state: self.state,
            end: self.end,
            next_at: self.next_at,
            tries: self.tries,
            last_outcome: self.last_outcome,
            created_at: self.created_at,
        })
    }
}

impl From<Contact> for ListedContact {
    fn from(contact: Contact) -> Self {
        Self {
            number: contact.number.into(),
            is_unreadable: false,
            id: contact.id,
            organization_id: contact.organization_id,
            campaign_id: contact.campaign_id,
            variables: contact.variables,
            zone: contact.zone,
            consent: contact.consent,
            state: contact.state,
            end: contact.end,
            next_at: contact.next_at,
            tries: contact.tries,
            last_outcome: contact.last_outcome,
            created_at: contact.created_at,
        }
    }
}

/// An attempt to reach a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Its call. The id is assigned before anybody is dialled, so the call may not exist.
    pub call_id: CallId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Its campaign.
    pub campaign_id: CampaignId,
    /// The callee.
    pub contact_id: ContactId,
    /// Their number.
    pub number: String,
    /// Whether the number can't be read: then it is shown as it is stored.
    pub is_unreadable: bool,
    /// The number that they are shown; null if that is left to the switch.
    #[cfg_attr(feature = "openapi", schema(example = "+493098765"))]
    pub shown: Option<String>,
    /// The variant that they got; null if the campaign had one.
    pub variant: Option<Variant>,
    /// Its state.
    pub state: AttemptState,
    /// When it was reserved.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub reserved_at: UnixMs,
    /// When it was closed.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub closed_at: Option<UnixMs>,
    /// Its outcome.
    pub outcome: Option<Outcome>,
    /// How its call ended for the business; null if it was not set.
    pub disposition: Option<AttemptDisposition>,
}

/// How the call of an attempt ended for the business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptDisposition {
    /// The disposition. It may have been removed since.
    pub id: DispositionId,
    /// Its name when it was chosen.
    pub name: String,
    /// Who set it last. An agent's choice replaces that of the assistant.
    pub by: DispositionBy,
}

/// Who set how a call ended for the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DispositionBy {
    /// The assistant, during the call.
    Assistant,
    /// An agent, in the wrap-up.
    Agent,
}

impl DispositionBy {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assistant => "assistant",
            Self::Agent => "agent",
        }
    }
}

/// Who or what added a suppression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuppressionSource {
    /// A person, or a program.
    Api,
    /// The party on a call, to the assistant.
    Assistant,
    /// The party on a call, by a key.
    Key,
    /// A person whom a campaign called, in words that were recognized.
    Words,
}

impl SuppressionSource {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Assistant => "assistant",
            Self::Key => "key",
            Self::Words => "words",
        }
    }
}

/// A number that no campaign may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The organization whose list it is on.
    pub organization_id: OrganizationId,
    /// The number.
    pub number: E164,
    /// Its source.
    pub source: SuppressionSource,
    /// The words that were said, or written.
    pub evidence: String,
    /// The call on which it was requested.
    pub call_id: Option<CallId>,
    /// When it was added.
    pub created_at: UnixMs,
}

/// An entry of the do-not-call list as lists show it, also if its number can't be read: an earlier version may have accepted it, or a disk may have
/// changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedSuppression {
    /// The number.
    pub number: String,
    /// Whether the number can't be read: then it is shown as it is stored, and suppresses nobody.
    pub is_unreadable: bool,
    /// Its source.
    pub source: SuppressionSource,
    /// The words that were said, or written.
    pub evidence: String,
    /// The call on which it was requested.
    pub call_id: Option<CallId>,
    /// When it was added.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
}

impl From<Suppression> for ListedSuppression {
    fn from(suppression: Suppression) -> Self {
        let Suppression { number, source, evidence, call_id, created_at, .. } = suppression;
        Self { number: number.into(), is_unreadable: false, source, evidence, call_id, created_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_may_be_left_out_and_bad_ones_are_named() {
        // This is also how it was stored before there were agents.
        let usual: CampaignSettings = serde_json::from_str("{}").unwrap();
        assert_eq!((usual.faults(), usual.voicemail), (vec![], OnVoicemail::HangUp));
        let bad = CampaignSettings {
            profile: Some(String::new()),
            from: Some("me".to_owned()),
            answer_timeout_s: 0,
            rules: Rules { at_once_max: 0, ..Rules::default() },
            ..CampaignSettings::default()
        };
        let fields: Vec<_> = bad.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["from", "profile", "answer_timeout_s", "rules.at_once_max"]);
        let predictive = Rules { mode: Mode::Predictive, ..Rules::default() };
        let incomplete = CampaignSettings {
            rules: predictive.clone(),
            answer_timeout_s: 14,
            abandoned_message: " ".to_owned(),
            ..CampaignSettings::default()
        };
        let fields: Vec<_> = incomplete.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["queue", "abandoned_message", "answer_timeout_s"]);
        let whole = CampaignSettings {
            rules: predictive,
            answer_timeout_s: 15,
            queue: Some("sales".to_owned()),
            abandoned_message: "This was Miller, 030 1234.".to_owned(),
            ..CampaignSettings::default()
        };
        assert_eq!(whole.faults(), []);
        let number = "+493012345".parse().unwrap();
        let to = whole.call(None, &number, None, BTreeMap::new()).unwrap().on_answer.unwrap();
        assert_eq!((to.queue.as_str(), to.within_ms), ("sales", 2_000));
        let preview = Rules { mode: Mode::Preview, ..Rules::default() };
        let previewed = CampaignSettings { rules: preview, ..whole.clone() };
        assert_eq!((previewed.preview_queue(), previewed.predictive_queue()), (Some("sales"), None));
        assert_eq!((whole.preview_queue(), whole.predictive_queue()), (None, Some("sales")));
        assert_eq!(previewed.call(None, &number, None, BTreeMap::new()).unwrap().on_answer.unwrap(), to);
        let incomplete = CampaignSettings { queue: None, abandoned_message: String::new(), ..previewed };
        let fields: Vec<_> = incomplete.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["queue", "abandoned_message"]);
        let by_assistants = CampaignSettings { rules: Rules::default(), ..whole };
        assert_eq!(by_assistants.call(None, &number, None, BTreeMap::new()).unwrap().on_answer, None);
        let long = CampaignSettings { abandoned_message: "x".repeat(2_001), ..by_assistants };
        let fields: Vec<_> = long.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["abandoned_message"], "it is kept for a change of the mode");
    }

    #[test]
    fn caller_ids_need_a_country_code_and_may_not_repeat() {
        let with = |numbers: &[&str]| CampaignSettings {
            caller_ids: numbers.iter().map(|number| (*number).to_owned()).collect(),
            ..CampaignSettings::default()
        };
        let good = with(&["+49 30 12345", "+4989123456"]);
        assert_eq!(good.faults(), []);
        let numbers: Vec<String> = good.caller_ids().into_iter().map(String::from).collect();
        assert_eq!(numbers, ["+493012345", "+4989123456"]);
        let many: Vec<String> = (0..=CALLER_IDS_MAX).map(|nth| format!("+4930{nth:06}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(with(&many[1..]).faults(), []);
        for bad in
            [with(&many), with(&["030 12345"]), with(&["+493012345", "+49 30 12345"]), with(&["operator"])]
        {
            let fields: Vec<_> = bad.faults().into_iter().map(|(field, _)| field).collect();
            assert_eq!(fields, ["caller_ids"]);
        }
        for count in [0, CALLS_PER_DAY_MAX + 1] {
            let bad = CampaignSettings { caller_id_calls_per_day_max: count, ..good.clone() };
            let fields: Vec<_> = bad.faults().into_iter().map(|(field, _)| field).collect();
            assert_eq!(fields, ["caller_id_calls_per_day_max"]);
        }
    }

    #[test]
    fn a_second_variant_must_differ_and_its_faults_are_named() {
        let with = |variant: &str| CampaignSettings {
            profile: Some("receptionist".to_owned()),
            variant: Some(serde_json::from_str(variant).unwrap()),
            ..CampaignSettings::default()
        };
        let fields = |settings: &CampaignSettings| {
            settings.faults().into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        let other = with(r#"{ "version": 3, "share_permille": 300 }"#);
        assert_eq!(fields(&other), [""; 0]);
        let number = "+493012345".parse().unwrap();
        for (variant, talks) in [
            (None, (Some("receptionist"), None)),
            (Some(Variant::A), (Some("receptionist"), None)),
            (Some(Variant::B), (Some("receptionist"), Some(3))),
        ] {
            assert_eq!(other.talks(variant), talks);
            let called = other.call(variant, &number, None, BTreeMap::new()).unwrap().profile;
            assert_eq!(called.as_deref(), talks.0);
        }
        assert_eq!(fields(&with("{}")), ["variant"], "the same profile twice");
        assert_eq!(fields(&with(r#"{ "profile": "receptionist" }"#)), ["variant"]);
        assert_eq!(
            fields(&with(r#"{ "profile": "", "version": 0, "share_permille": 0 }"#)),
            ["variant.profile", "variant.version", "variant.share_permille"]
        );
        let rules = Rules { mode: Mode::Predictive, ..Rules::default() };
        let by_agents = CampaignSettings {
            rules,
            queue: Some("sales".to_owned()),
            abandoned_message: "This was Miller.".to_owned(),
            ..other
        };
        assert_eq!(fields(&by_agents), ["variant"]);
    }

    #[test]
    fn a_comparison_restarts_with_new_profiles() {
        let id = "0197a000-0000-7000-8000-000000000001";
        let at = |minute: u64| UnixMs(1_772_409_600_000) + minute * 60_000;
        let mut campaign = Campaign {
            id: id.parse().unwrap(),
            organization_id: id.parse().unwrap(),
            name: "Renewals".to_owned(),
            state: CampaignState::Draft,
            settings: CampaignSettings::default(),
            trouble: None,
            compared_since: None,
            created_at: at(0),
            updated_at: at(0),
        };
        let with = |version, share_permille| CampaignSettings {
            variant: Some(VariantB { profile: None, version: Some(version), share_permille }),
            ..CampaignSettings::default()
        };
        for (minute, settings, since) in [
            (1, with(3, 500), Some(1)),
            (2, with(3, 100), Some(1)),
            (3, with(4, 100), Some(3)),
            (4, CampaignSettings { version: Some(3), ..with(4, 100) }, Some(4)),
            (5, CampaignSettings::default(), None),
            (6, with(4, 100), Some(6)),
        ] {
            campaign.set(settings, at(minute));
            assert_eq!(campaign.compared_since, since.map(at), "minute {minute}");
        }
    }
}
