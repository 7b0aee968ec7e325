//! Sums of a campaign's calls: cost by outcome, calls that reached the goal, and both by variant.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Campaign, DispositionBy};
use cordboard_campaigns::variant::Variant;
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::ids::{CallId, DispositionId};
use cordboard_schema::outbound::DetectedBy;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{appointments, attempts, leads, wrap_ups};
use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use super::detection::{self, DetectionSums};
use super::rows::of_word;
use super::sums::{self, SumKey};
use crate::store::moments::column;
use crate::store::{Connection, StoreError, counted};

/// By how much the clock may have been set between a campaign's creation and its first call, in ms.
const CLOCK_SET_MS: u64 = 24 * 3_600_000;

/// Calls of one outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeSums {
    /// Number of calls.
    pub count: u64,
    /// Those whose records retention has not deleted.
    pub kept: u64,
    /// Their cost, in millionths of the currency.
    pub cost_micros: u64,
    /// Their talk time in ms.
    pub talk_ms: u64,
}

/// Calls with one disposition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DispositionSums {
    /// Calls with the assistant's choice, if no agent chose another.
    pub by_assistant: u64,
    /// Calls with an agent's choice.
    pub by_agents: u64,
}

/// Calls of one variant since the comparison began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VariantSums {
    /// Ended calls.
    pub attempts: u64,
    /// Those that a person answered.
    pub answered: u64,
    /// Those that reached the goal.
    pub reached: u64,
}

/// Sums of a campaign's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Ended calls, by outcome.
    pub by_outcome: BTreeMap<Outcome, OutcomeSums>,
    /// Ended calls by disposition, if there is one.
    pub dispositions: BTreeMap<DispositionId, DispositionSums>,
    /// Contacts on whose calls somebody talked.
    pub contacts_talked: u64,
    /// Calls that reached the goal.
    pub reached: u64,
    /// The sums by variant, if the campaign has two: A and B.
    pub variants: Option<[VariantSums; 2]>,
    /// Reports of detectors of mailboxes, and how often the call contradicted them.
    pub detections: BTreeMap<DetectedBy, DetectionSums>,
}

/// Returns the sums of the campaign's calls.
pub fn outcomes(connection: &mut Connection, campaign: &Campaign) -> Result<Outcomes, StoreError> {
    let summed = sums::of_campaign(connection, campaign)?;
    let mut reached = reached(connection, campaign)?;
    for (key, sum) in summed.iter().filter(|(key, _)| reaches_by_assistant(campaign, key)) {
        let variant = match key.variant.as_str() {
            "" => None,
            word => Some(of_word("attempt_sums.variant", word.to_owned())?),
        };
        let compared_since = Some(key.compared_since).filter(|since| *since != column(UnixMs(0)));
        *reached.entry((variant, compared_since)).or_default() += counted(sum.count);
    }
    let mut found = Outcomes {
        contacts_talked: counted(sums::contacts_talked(connection, campaign)?),
        reached: reached.values().sum(),
        detections: detection::sums(connection, campaign, &summed)?,
        ..Outcomes::default()
    };
    for (key, sum) in &summed {
        let outcome = of_word("attempt_sums.outcome", key.outcome.clone())?;
        let of: &mut OutcomeSums = found.by_outcome.entry(outcome).or_default();
        of.count += counted(sum.count);
        of.kept += counted(sum.kept);
        of.cost_micros = of.cost_micros.saturating_add(counted(sum.cost_micros));
        of.talk_ms = of.talk_ms.saturating_add(counted(sum.talk_ms));
        if !key.disposition_id.is_empty() {
            let id = key.disposition_id.parse::<DispositionId>();
            let id = id.map_err(|fault| BadRow::new("attempt_sums.disposition_id", fault))?;
            let by: DispositionBy = of_word("attempt_sums.disposition_by", key.disposition_by.clone())?;
            let of = found.dispositions.entry(id).or_default();
            match by {
                DispositionBy::Assistant => of.by_assistant += counted(sum.count),
                DispositionBy::Agent => of.by_agents += counted(sum.count),
            }
        }
    }
    if let Some(since) = campaign.compared_since.map(column) {
        let mut variants = [VariantSums::default(); 2];
        for (key, sum) in summed.iter().filter(|(key, _)| key.compared_since == since) {
            let of = &mut variants[place(of_word("attempt_sums.variant", key.variant.clone())?)];
            of.attempts += counted(sum.count);
            if key.outcome == Outcome::Talked.as_str() {
                of.answered += counted(sum.count);
            }
        }
        for ((variant, compared_since), count) in reached {
            if let (Some(variant), true) = (variant, compared_since == Some(since)) {
                variants[place(variant)].reached += count;
            }
        }
        found.variants = Some(variants);
    }
    Ok(found)
}

/// A variant, and since when it is compared.
type Compared = (Option<Variant>, Option<NaiveDateTime>);

/// Campaign, outcome, variant, and since when it is compared, with the number of such attempts.
type ReachedRow = (String, Option<String>, Option<String>, Option<NaiveDateTime>, i64);

/// The campaign's attempts for these calls, by what they count for. The calls are looked up by their ids, and their columns are checked after that: a
/// campaign has far fewer calls that reached a goal than attempts.
macro_rules! on_calls {
    ($connection:expr, $owner:expr, $calls:expr) => {{
        let rows: Vec<ReachedRow> = attempts::table
            .filter(attempts::organization_id.eq($owner))
            .filter($calls)
            .group_by((attempts::campaign_id, attempts::outcome, attempts::variant, attempts::compared_since))
            .select((
                attempts::campaign_id,
                attempts::outcome,
                attempts::variant,
                attempts::compared_since,
                count_star(),
            ))
            .load($connection)?;
        rows
    }};
}

/// Tells whether these attempts reached a goal that is a disposition, by their assistant's choice. Agents' choices are counted from their wrap-ups.
fn reaches_by_assistant(campaign: &Campaign, key: &SumKey) -> bool {
    let is_goal = campaign.settings.goal.is_some_and(|goal| goal.to_string() == key.disposition_id);
    is_goal
        && key.disposition_by == DispositionBy::Assistant.as_str()
        && key.outcome == Outcome::Talked.as_str()
}

/// Calls that reached the goal by agents' wrap-ups, or by what was made during them, by variant and comparison.
fn reached(connection: &mut Connection, campaign: &Campaign) -> Result<BTreeMap<Compared, u64>, StoreError> {
    let (owner, id) = (campaign.organization_id.to_string(), campaign.id.to_string());
    let first = first_call(campaign);
    let rows = match campaign.settings.goal {
        Some(goal) => {
            let closed_so = wrap_ups::table
                .filter(wrap_ups::organization_id.eq(&owner))
                .filter(wrap_ups::disposition_id.eq(goal.to_string()))
                .filter(wrap_ups::call_id.ge(&first))
                .select(wrap_ups::call_id);
            on_calls!(connection, &owner, attempts::call_id.eq_any(closed_so))
        }
        None => {
            let agreed = AppointmentStatus::AGREED.map(AppointmentStatus::as_str);
            let booked = || {
                appointments::table
                    .filter(appointments::organization_id.eq(&owner))
                    .filter(appointments::call_id.ge(&first))
                    .filter(appointments::status.eq_any(agreed))
                    .select(appointments::call_id.assume_not_null())
            };
            let made = leads::table
                .filter(leads::organization_id.eq(&owner))
                .filter(leads::call_id.ge(&first))
                .select(leads::call_id.assume_not_null());
            let mut rows = on_calls!(connection, &owner, attempts::call_id.eq_any(booked()));
            // Each call counts once.
            let made_alone = attempts::call_id.eq_any(made).and(not(attempts::call_id.eq_any(booked())));
            rows.extend(on_calls!(connection, &owner, made_alone));
            rows
        }
    };
    let mut found: BTreeMap<Compared, u64> = BTreeMap::new();
    for (of_campaign, outcome, variant, compared_since, count) in rows {
        if of_campaign == id && outcome.as_deref() == Some(Outcome::Talked.as_str()) {
            let variant = variant.map(|word| of_word("attempts.variant", word)).transpose()?;
            *found.entry((variant, compared_since)).or_default() += counted(count);
        }
    }
    Ok(found)
}

/// The lowest id that calls of a campaign can have: ids begin with their time. The clock may have been set in between.
pub(super) fn first_call(campaign: &Campaign) -> String {
    CallId::first_at(campaign.created_at - CLOCK_SET_MS).to_string()
}

const fn place(variant: Variant) -> usize {
    match variant {
        Variant::A => 0,
        Variant::B => 1,
    }
}
