//! The report of a mailbox detector about the call of an attempt, from the call's journal, and whether the rest of the call contradicts it.
//! Nothing else can show how often detectors are wrong.

use std::collections::BTreeMap;

use cordboard_campaigns::campaign::Campaign;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::outbound::{AnsweredBy, DetectedBy};
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{attempts, call_events, wrap_ups};
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::outcomes::first_call;
use super::rows::of_word;
use super::sums::{Sum, SumKey};
use crate::store::{Connection, StoreError, counted};

/// A detector's report about one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detected {
    /// The detector.
    pub(super) by: DetectedBy,
    /// The answering party, as it reported.
    pub(super) who: AnsweredBy,
    /// The call contradicts the report: a mailbox's tone followed a person, or somebody spoke after us on a mailbox.
    pub(super) is_wrong: bool,
}

/// Returns the first detector's report about this call; none if there is none.
pub(super) fn of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<Detected>, StoreError> {
    let first = |kind: &'static str, after: i64| {
        call_events::table
            .filter(call_events::call_id.eq(call_id.to_string()))
            .filter(call_events::organization_id.eq(organization_id.to_string()))
            .filter(call_events::kind.eq(kind))
            .filter(call_events::seq.gt(after))
            .order(call_events::seq)
            .select((call_events::seq, call_events::data))
    };
    let answered: Option<(i64, String)> = first("answered_by", -1).first(connection).optional()?;
    let Some((answered_seq, data)) = answered else { return Ok(None) };
    let fact: Fact = serde_json::from_str(&data).map_err(|fault| BadRow::new("call_events.data", fault))?;
    let Fact::AnsweredBy { who, by } = fact else { return Ok(None) };
    let mut next = |kind: &'static str, after: i64| -> Result<Option<i64>, StoreError> {
        let found: Option<(i64, String)> = first(kind, after).first(connection).optional()?;
        Ok(found.map(|(seq, _)| seq))
    };
    let is_wrong = match who {
        AnsweredBy::Human => next("voicemail_tone", answered_seq)?.is_some(),
        AnsweredBy::Machine => match next("item_started", answered_seq)? {
            Some(spoken_seq) => next("speech_started", spoken_seq)?.is_some(),
            None => false,
        },
        AnsweredBy::Unknown => false,
    };
    Ok(Some(Detected { by, who, is_wrong }))
}

/// Calls with reports of one detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DetectionSums {
    /// Reported as a person.
    pub people: u64,
    /// Those with a mailbox's tone, or that an agent closed as a mailbox.
    pub people_wrong: u64,
    /// Reported as a mailbox.
    pub machines: u64,
    /// Those on which somebody spoke after us.
    pub machines_wrong: u64,
    /// Reported as unknown.
    pub unknown: u64,
}

/// The sums of all ended calls of a campaign, by detector.
pub(super) fn sums(
    connection: &mut Connection,
    campaign: &Campaign,
    summed: &[(SumKey, Sum)],
) -> Result<BTreeMap<DetectedBy, DetectionSums>, StoreError> {
    let mut sums: BTreeMap<DetectedBy, DetectionSums> = BTreeMap::new();
    for (key, sum) in summed.iter().filter(|(key, _)| !key.detected_by.is_empty()) {
        let of = sums.entry(of_word("attempt_sums.detected_by", key.detected_by.clone())?).or_default();
        let count = counted(sum.count);
        let wrong = if key.detection_wrong { count } else { 0 };
        let who: AnsweredBy = of_word("attempt_sums.detected_as", key.detected_as.clone())?;
        match who {
            AnsweredBy::Human => (of.people, of.people_wrong) = (of.people + count, of.people_wrong + wrong),
            AnsweredBy::Machine => {
                (of.machines, of.machines_wrong) = (of.machines + count, of.machines_wrong + wrong);
            }
            AnsweredBy::Unknown => of.unknown += count,
        }
    }
    for (by, count) in closed_as_mailbox(connection, campaign)? {
        sums.entry(by).or_default().people_wrong += count;
    }
    Ok(sums)
}

/// Campaign, detector, its report, whether that was wrong, and the number of such calls.
type DetectionCount = (String, Option<String>, Option<String>, Option<bool>, i64);

/// Calls that a detector reported as answered by a person, and that an agent closed as a mailbox. Calls with a mailbox's tone are left out, because
/// they already count as wrong.
fn closed_as_mailbox(
    connection: &mut Connection,
    campaign: &Campaign,
) -> Result<Vec<(DetectedBy, u64)>, StoreError> {
    let Some(disposition) = campaign.settings.mailbox_disposition else { return Ok(Vec::new()) };
    let (owner, id) = (campaign.organization_id.to_string(), campaign.id.to_string());
    let closed_so = wrap_ups::table
        .filter(wrap_ups::organization_id.eq(&owner))
        .filter(wrap_ups::disposition_id.eq(disposition.to_string()))
        .filter(wrap_ups::call_id.ge(first_call(campaign)))
        .select(wrap_ups::call_id);
    // The calls are looked up by their ids: they are far fewer than all attempts.
    let rows: Vec<DetectionCount> = attempts::table
        .filter(attempts::organization_id.eq(&owner))
        .filter(attempts::call_id.eq_any(closed_so))
        .group_by((
            attempts::campaign_id,
            attempts::detected_by,
            attempts::detected_as,
            attempts::detection_wrong,
        ))
        .select((
            attempts::campaign_id,
            attempts::detected_by,
            attempts::detected_as,
            attempts::detection_wrong,
            count_star(),
        ))
        .load(connection)?;
    let mut closed = Vec::new();
    for (of_campaign, by, who, is_wrong, count) in rows {
        let is_person = who.as_deref() == Some(AnsweredBy::Human.as_str()) && is_wrong == Some(false);
        if let Some(by) = by.filter(|_| is_person && of_campaign == id) {
            closed.push((of_word("attempts.detected_by", by)?, counted(count)));
        }
    }
    Ok(closed)
}
