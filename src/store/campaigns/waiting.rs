//! The waiting contacts of a campaign, with their earlier calls, for a forecast.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::ContactState;
use cordboard_campaigns::judge::Consent;
use cordboard_campaigns::simulation::{Earlier, Person};
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{attempts, contacts, suppressions};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::dialling::{COUNTED_MS, rang_at};
use super::rows::{of_word, unix};
use crate::store::moments::column;
use crate::store::{Connection, StoreError};

/// Contacts that one statement looks up.
const AT_ONCE: usize = 500;

/// A waiting contact: id, number, zone, consent, and when it is due.
type WaitingRow = (String, String, Option<String>, String, NaiveDateTime);
/// An attempt: number, when it was reserved, dialled and closed, outcome.
type CalledRow = (String, NaiveDateTime, Option<NaiveDateTime>, Option<NaiveDateTime>, Option<String>);

/// Returns at most `limit` waiting contacts of a campaign, those that are due first. A contact whose number or zone can't be read is left out, as in
/// dialling.
pub fn waiting(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    now: UnixMs,
    limit: usize,
) -> Result<Vec<Person>, StoreError> {
    let rows: Vec<WaitingRow> = contacts::table
        .filter(contacts::campaign_id.eq(campaign_id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .filter(contacts::state.eq(ContactState::Waiting.as_str()))
        .order((contacts::next_at, contacts::id))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((contacts::id, contacts::number, contacts::zone, contacts::consent, contacts::next_at))
        .load(connection)?;
    let mut people = Vec::with_capacity(rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let ids: Vec<&str> = rows.iter().map(|(id, ..)| id.as_str()).collect();
        let numbers: Vec<&str> = rows.iter().map(|(_, number, ..)| number.as_str()).collect();
        let spellings = spellings(&numbers);
        let suppressed = suppressed(connection, organization_id, &spellings)?;
        let by_number = calls_to_numbers(connection, organization_id, &spellings, now)?;
        let mut tries = tries(connection, organization_id, &ids)?;
        for (id, number, zone, consent, next_at) in rows {
            let zone = zone.as_deref().map(str::parse::<Tz>).transpose();
            let (Ok(known), Ok(zone)) = (number.parse::<E164>(), zone) else {
                tracing::debug!(contact_id = id, "a contact can't be read: the forecast leaves it out");
                continue;
            };
            let plain = known.clone().without_national_zero();
            let calls = by_number.get(&plain).cloned().unwrap_or_default();
            let tries = tries.remove(id).unwrap_or_default();
            people.push(Person {
                suppressed_from: suppressed.contains(&plain).then_some(UnixMs(0)),
                number: known,
                zone,
                consent: Consent::of(consent),
                earlier: Earlier { tries, not_before: Some(unix(*next_at)), ..calls },
            });
        }
    }
    Ok(people)
}

/// The texts by which these numbers may be stored. One that can't be read has none.
fn spellings(numbers: &[&str]) -> Vec<String> {
    let read = |number: &str| number.parse::<E164>().ok();
    numbers.iter().copied().filter_map(read).flat_map(|number| number.spellings()).collect()
}

/// The number of a row without the national zero.
fn plain(number: &str) -> Option<E164> {
    Some(number.parse::<E164>().ok()?.without_national_zero())
}

/// Those of the numbers with these spellings that are on the do-not-call list, without the national zero.
fn suppressed(
    connection: &mut Connection,
    organization_id: OrganizationId,
    spellings: &[String],
) -> Result<HashSet<E164>, StoreError> {
    let listed: Vec<String> = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .filter(suppressions::number.eq_any(spellings))
        .select(suppressions::number)
        .load(connection)?;
    Ok(listed.iter().filter_map(|number| plain(number)).collect())
}

/// Calls to the numbers with these spellings, as far back as they count, of any campaign of the organization. The numbers are
/// without the national zero.
fn calls_to_numbers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    spellings: &[String],
    now: UnixMs,
) -> Result<HashMap<E164, Earlier>, StoreError> {
    let rows: Vec<CalledRow> = attempts::table
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::number.eq_any(spellings))
        .filter(attempts::reserved_at.gt(column(now - COUNTED_MS)))
        .select((
            attempts::number,
            attempts::reserved_at,
            attempts::dialled_at,
            attempts::closed_at,
            attempts::outcome,
        ))
        .load(connection)?;
    let mut calls: HashMap<E164, Earlier> = HashMap::new();
    for (number, reserved_at, dialled_at, closed_at, outcome) in rows {
        let Some(number) = plain(&number) else { continue };
        let of = calls.entry(number).or_default();
        of.dialled.push(rang_at(reserved_at, dialled_at));
        if outcome.as_deref() == Some(Outcome::Abandoned.as_str()) {
            of.abandoned_at = of.abandoned_at.max(closed_at.map(unix));
        }
    }
    Ok(calls)
}

/// Closed attempts for each of these contacts, by outcome. An outcome that can't be read, as from a later version, is left out.
fn tries(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &[&str],
) -> Result<HashMap<String, BTreeMap<Outcome, u32>>, StoreError> {
    let rows: Vec<(String, Option<String>, i64)> = attempts::table
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::contact_id.eq_any(ids))
        .filter(attempts::outcome.is_not_null())
        .group_by((attempts::contact_id, attempts::outcome))
        .select((attempts::contact_id, attempts::outcome, count_star()))
        .load(connection)?;
    let mut tries: HashMap<String, BTreeMap<Outcome, u32>> = HashMap::new();
    for (contact, outcome, count) in rows {
        let Some(outcome) = outcome else { continue };
        let Ok(outcome) = of_word("attempts.outcome", outcome) else {
            tracing::debug!(contact_id = contact, "an outcome can't be read: the forecast leaves it out");
            continue;
        };
        tries.entry(contact).or_default().insert(outcome, u32::try_from(count).unwrap_or(u32::MAX));
    }
    Ok(tries)
}
