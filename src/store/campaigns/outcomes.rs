//! Sums of a campaign's calls: cost by outcome, calls that reached the goal, and the same by variant.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::Campaign;
use cordboard_campaigns::variant::Variant;
use cordboard_schema::appointment::AppointmentStatus;
use cordboard_schema::outbound::DetectedBy;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{appointments, attempts, calls, leads, wrap_ups};
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::detection::{self, DetectionSums};
use super::rows::of_word;
use crate::store::moments::column;
use crate::store::{Connection, StoreError, counted};

/// Calls of one outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeSums {
    /// How many.
    pub count: u64,
    /// How many of them have a record that retention has left.
    pub kept: u64,
    /// Their cost, in millionths of the currency.
    pub cost_micros: u64,
    /// Time of their talks, in ms.
    pub talk_ms: u64,
}

/// Calls of one variant since the comparison began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VariantSums {
    /// Calls that are over.
    pub attempts: u64,
    /// Those that a person answered.
    pub answered: u64,
    /// Those of them that reached the goal.
    pub reached: u64,
}

/// Sums of a campaign's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Calls that are over, by what became of them.
    pub by_outcome: BTreeMap<Outcome, OutcomeSums>,
    /// Contacts who were talked with.
    pub contacts_talked: u64,
    /// Calls that reached the goal.
    pub reached: u64,
    /// The same by variant, where the campaign has two: A and B.
    pub variants: Option<[VariantSums; 2]>,
    /// The words of detectors of mailboxes on them, and how often the call went on otherwise.
    pub detections: BTreeMap<DetectedBy, DetectionSums>,
}

/// Calls of a campaign on which somebody was talked with, from a moment on.
macro_rules! talked {
    ($owner:expr, $id:expr, $since:expr) => {
        attempts::table
            .filter(attempts::campaign_id.eq($id))
            .filter(attempts::organization_id.eq($owner))
            .filter(attempts::reserved_at.ge($since))
            .filter(attempts::outcome.eq(Outcome::Talked.as_str()))
    };
}

/// Sums of the campaign's calls.
pub fn outcomes(connection: &mut Connection, campaign: &Campaign) -> Result<Outcomes, StoreError> {
    let (owner, id) = (campaign.organization_id.to_string(), campaign.id.to_string());
    let their_calls =
        calls::id.eq(attempts::call_id).and(calls::organization_id.eq(attempts::organization_id));
    let rows: Vec<(Option<String>, i64, i64, i64, i64)> = attempts::table
        .left_join(calls::table.on(their_calls))
        .filter(attempts::campaign_id.eq(&id))
        .filter(attempts::organization_id.eq(&owner))
        .group_by(attempts::outcome)
        .select((
            attempts::outcome,
            count_star(),
            sql::<BigInt>("COUNT(calls.id)"),
            // A sum of BIGINTs is a NUMERIC to PostgreSQL, which SQLite has not.
            sql::<BigInt>("CAST(COALESCE(SUM(calls.cost_micros), 0) AS BIGINT)"),
            sql::<BigInt>("CAST(COALESCE(SUM(calls.talk_ms), 0) AS BIGINT)"),
        ))
        .load(connection)?;
    let mut found = Outcomes::default();
    for (outcome, count, kept, cost_micros, talk_ms) in rows {
        let Some(outcome) = outcome else { continue };
        let sums = OutcomeSums {
            count: counted(count),
            kept: counted(kept),
            cost_micros: counted(cost_micros),
            talk_ms: counted(talk_ms),
        };
        found.by_outcome.insert(of_word("attempts.outcome", outcome)?, sums);
    }
    let always = column(UnixMs(0));
    let talked_with: i64 = talked!(&owner, &id, always)
        .select(sql::<BigInt>("COUNT(DISTINCT contact_id)"))
        .get_result(connection)?;
    found.contacts_talked = counted(talked_with);
    found.reached = reached(connection, campaign, always)?.into_iter().map(|(_, count)| count).sum();
    found.detections = detection::sums(connection, campaign)?;
    if let Some(since) = campaign.compared_since {
        found.variants = Some(variants(connection, campaign, column(since))?);
    }
    Ok(found)
}

/// Calls since then that reached the goal, by variant.
fn reached(
    connection: &mut Connection,
    campaign: &Campaign,
    since: NaiveDateTime,
) -> Result<Vec<(Option<Variant>, u64)>, StoreError> {
    let (owner, id) = (campaign.organization_id.to_string(), campaign.id.to_string());
    let rows: Vec<(Option<String>, i64)> = match campaign.settings.goal {
        Some(goal) => {
            let closed_so = wrap_ups::table
                .filter(wrap_ups::organization_id.eq(&owner))
                .filter(wrap_ups::disposition_id.eq(goal.to_string()))
                .select(wrap_ups::call_id);
            talked!(&owner, &id, since)
                .filter(attempts::call_id.eq_any(closed_so))
                .group_by(attempts::variant)
                .select((attempts::variant, count_star()))
                .load(connection)?
        }
        None => {
            let agreed = [AppointmentStatus::Confirmed.as_str(), AppointmentStatus::Moved.as_str()];
            let booked = appointments::table
                .filter(appointments::organization_id.eq(&owner))
                .filter(appointments::call_id.is_not_null())
                .filter(appointments::status.eq_any(agreed))
                .select(appointments::call_id.assume_not_null());
            let made = leads::table
                .filter(leads::organization_id.eq(&owner))
                .filter(leads::call_id.is_not_null())
                .select(leads::call_id.assume_not_null());
            talked!(&owner, &id, since)
                .filter(attempts::call_id.eq_any(booked).or(attempts::call_id.eq_any(made)))
                .group_by(attempts::variant)
                .select((attempts::variant, count_star()))
                .load(connection)?
        }
    };
    let read = |(variant, count): (Option<String>, i64)| {
        let variant = variant.map(|word| of_word("attempts.variant", word)).transpose()?;
        Ok::<_, BadRow>((variant, counted(count)))
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
}

fn variants(
    connection: &mut Connection,
    campaign: &Campaign,
    since: NaiveDateTime,
) -> Result<[VariantSums; 2], StoreError> {
    let rows: Vec<(Option<String>, Option<String>, i64)> = attempts::table
        .filter(attempts::campaign_id.eq(campaign.id.to_string()))
        .filter(attempts::organization_id.eq(campaign.organization_id.to_string()))
        .filter(attempts::reserved_at.ge(since))
        .filter(attempts::variant.is_not_null())
        .group_by((attempts::variant, attempts::outcome))
        .select((attempts::variant, attempts::outcome, count_star()))
        .load(connection)?;
    let mut sums = [VariantSums::default(); 2];
    for (variant, outcome, count) in rows {
        let (Some(variant), Some(outcome)) = (variant, outcome) else { continue };
        let of = &mut sums[place(of_word("attempts.variant", variant)?)];
        of.attempts += counted(count);
        if outcome == Outcome::Talked.as_str() {
            of.answered += counted(count);
        }
    }
    for (variant, count) in reached(connection, campaign, since)? {
        if let Some(variant) = variant {
            sums[place(variant)].reached += count;
        }
    }
    Ok(sums)
}

const fn place(variant: Variant) -> usize {
    match variant {
        Variant::A => 0,
        Variant::B => 1,
    }
}
