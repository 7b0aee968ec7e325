//! Caller ids of campaigns: the number for each attempt, chosen in the transaction that reserves it, and the results of each number's calls.

use std::collections::BTreeMap;

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::caller_ids::{
    Choice, RANG, RestReason, ShownTo, UNANSWERED_MAX, choose, rest, rests_until, was_answered,
};
use cordboard_campaigns::campaign::{Campaign, Contact};
use cordboard_campaigns::retries::TRIES_MAX;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::attempts;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::dialling::COUNTED_MS;
use super::rows::{of_word, unix};
use crate::store::moments::{column, day_of};
use crate::store::{Connection, StoreError, counted, grants};

/// A campaign's caller ids, with what one transaction has read about them.
pub(super) struct CallerIds {
    numbers: Vec<E164>,
    per_day_max: u32,
    /// Calls of each number today; none if not read yet.
    calls_today: Option<BTreeMap<E164, u32>>,
    /// Until when each number rests because nobody answers it, if that was read.
    rests: BTreeMap<E164, Option<UnixMs>>,
}

impl CallerIds {
    /// The caller ids of a campaign.
    pub(super) fn of(campaign: &Campaign) -> Self {
        Self {
            numbers: campaign.settings.caller_ids(),
            per_day_max: campaign.settings.caller_id_calls_per_day_max,
            calls_today: None,
            rests: BTreeMap::new(),
        }
    }

    /// Chooses the number that a new attempt shows to a contact; none if the switch decides. The error is the time until which all numbers rest.
    pub(super) fn choose(
        &mut self,
        connection: &mut Connection,
        campaign: &Campaign,
        contact: &Contact,
        now: UnixMs,
    ) -> Result<Result<Option<PhoneNumber>, UnixMs>, StoreError> {
        if self.numbers.is_empty() {
            let only = campaign.settings.from.as_deref().map(shown).transpose()?;
            return Ok(Ok(only));
        }
        let before = shown_before(connection, contact)?;
        let owner = campaign.organization_id;
        if self.calls_today.is_none() {
            // A number may have been withdrawn since the campaign was saved. If all were, the call is refused with the reason.
            let to_show = grants::to_show(connection, owner, self.numbers.clone())?;
            if !to_show.is_empty() {
                self.numbers = to_show;
            }
            self.calls_today = Some(calls_today(connection, owner, &self.numbers, now)?);
        }
        let counts = self.calls_today.get_or_insert_default();
        let to = ShownTo { contact: contact.id, number: &contact.number, before: &before };
        let rests = &mut self.rests;
        let until = |number: &E164| -> Result<Option<UnixMs>, StoreError> {
            if let Some(known) = rests.get(number) {
                return Ok(*known);
            }
            let until = unanswered_until(connection, owner, number)?;
            rests.insert(number.clone(), until);
            Ok(until)
        };
        let count = |number: &E164| counts.get(number).copied().unwrap_or_default();
        match choose(&self.numbers, &to, self.per_day_max, count, until, now)? {
            Choice::AllRest(until) => Ok(Err(until)),
            Choice::Number(number) => {
                let chosen = shown(number.as_str())?;
                *counts.entry(number).or_default() += 1;
                Ok(Ok(Some(chosen)))
            }
        }
    }
}

fn shown(number: &str) -> Result<PhoneNumber, BadRow> {
    number.parse().map_err(|fault| BadRow::new("attempts.shown", fault))
}

/// The numbers that a contact was shown, newest first.
fn shown_before(connection: &mut Connection, contact: &Contact) -> Result<Vec<E164>, StoreError> {
    let shown: Vec<String> = attempts::table
        .filter(attempts::contact_id.eq(contact.id.to_string()))
        .filter(attempts::organization_id.eq(contact.organization_id.to_string()))
        .filter(attempts::shown.is_not_null())
        .order(attempts::call_id.desc())
        .limit(TRIES_MAX.into())
        .select(attempts::shown.assume_not_null())
        .load(connection)?;
    Ok(shown.iter().filter_map(|number| number.parse().ok()).collect())
}

/// How often each of these numbers was shown today, by any campaign of the organization. A number without calls is missing.
fn calls_today(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[E164],
    now: UnixMs,
) -> Result<BTreeMap<E164, u32>, StoreError> {
    let texts: Vec<&str> = numbers.iter().map(E164::as_str).collect();
    let (day_begins, day_ends) = day_of(now);
    let rows: Vec<(Option<String>, i64)> = attempts::table
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::shown.eq_any(texts))
        .filter(attempts::reserved_at.ge(day_begins))
        .filter(attempts::reserved_at.lt(day_ends))
        .group_by(attempts::shown)
        .select((attempts::shown, count_star()))
        .load(connection)?;
    let count = |(number, count): (Option<String>, i64)| {
        Some((number?.parse::<E164>().ok()?, u32::try_from(count).unwrap_or(u32::MAX)))
    };
    Ok(rows.into_iter().filter_map(count).collect())
}

/// Until when a number rests because nobody answers it.
fn unanswered_until(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<Option<UnixMs>, StoreError> {
    let rows: Vec<(chrono::NaiveDateTime, String)> = attempts::table
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::shown.eq(number.as_str()))
        .filter(attempts::outcome.eq_any(RANG.map(Outcome::as_str)))
        .order(attempts::reserved_at.desc())
        .limit(i64::try_from(UNANSWERED_MAX).unwrap_or(i64::MAX))
        .select((attempts::reserved_at, attempts::outcome.assume_not_null()))
        .load(connection)?;
    let newest = rows
        .into_iter()
        .filter_map(|(at, outcome)| Some((unix(at), was_answered(Outcome::of_word(&outcome)?)?)));
    Ok(rests_until(&newest.collect::<Vec<_>>()))
}

/// Sums of a caller id's calls, of all campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdSums {
    /// The number.
    pub number: E164,
    /// Calls today, in UTC.
    pub calls_today: u32,
    /// Calls that rang in the last 30 days.
    pub rang: u64,
    /// Those that a person answered.
    pub answered: u64,
    /// Until when it rests, and why.
    pub rests: Option<(UnixMs, RestReason)>,
}

/// Returns the caller ids of a campaign, in the order of its settings.
pub fn caller_ids(
    connection: &mut Connection,
    campaign: &Campaign,
    now: UnixMs,
) -> Result<Vec<CallerIdSums>, StoreError> {
    let owner = campaign.organization_id;
    let numbers = campaign.settings.caller_ids();
    let today = calls_today(connection, owner, &numbers, now)?;
    let rows: Vec<(Option<String>, Option<String>, i64)> = attempts::table
        .filter(attempts::organization_id.eq(owner.to_string()))
        .filter(attempts::shown.eq_any(numbers.iter().map(E164::as_str).collect::<Vec<_>>()))
        .filter(attempts::reserved_at.ge(column(now - COUNTED_MS)))
        .group_by((attempts::shown, attempts::outcome))
        .select((attempts::shown, attempts::outcome, count_star()))
        .load(connection)?;
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (number, outcome, count) in rows {
        let (Some(number), Some(outcome)) = (number, outcome) else { continue };
        let Some(is_answered) = was_answered(of_word("attempts.outcome", outcome)?) else { continue };
        let (rang, answered) = sums.entry(number).or_default();
        *rang += counted(count);
        *answered += if is_answered { counted(count) } else { 0 };
    }
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        let calls_today = today.get(&number).copied().unwrap_or_default();
        let (rang, answered) = sums.get(number.as_str()).copied().unwrap_or_default();
        let until = unanswered_until(connection, owner, &number)?;
        let rests = rest(calls_today, campaign.settings.caller_id_calls_per_day_max, until, now);
        found.push(CallerIdSums { number, calls_today, rang, answered, rests });
    }
    Ok(found)
}
