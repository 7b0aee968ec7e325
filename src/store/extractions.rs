//! The findings that were extracted from calls, and the calls that are still to be processed.
//!
//! A call whose profile extracts something is noted as due in the transaction that ends it, until its findings are stored: if a process dies in
//! between, the next one continues.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cordboard_schema::changed::Thing;
use cordboard_schema::extraction::{
    CallExtraction, CallTopic, ExtractedBy, ExtractedField, ExtractedValue, FieldKind, Findings,
};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{call_extractions, extractions_due};
use diesel::prelude::*;

use super::moments::column;
use super::text::kept_text;
use super::{Connection, StoreError, Unreadable, changes, figures, profile_versions};

/// `call_extractions.kind` for a topic; for values it is the kind of the field.
pub(super) const TOPIC: &str = "topic";
/// `call_extractions.value` for yes and no.
const YES_NO: [&str; 2] = ["no", "yes"];

/// A call that is still to be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueExtraction {
    /// The organization of the call.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// Number of failed requests to a model.
    pub asked: u32,
}

/// The findings that were extracted from a call.
#[derive(Clone, Debug)]
pub struct FoundOfCall {
    /// The profile that defines fields and topics.
    pub profile: Arc<AgentProfile>,
    /// Values and topics.
    pub findings: Findings,
    /// The finder: rules or a model.
    pub by: ExtractedBy,
    /// When.
    pub at: UnixMs,
}

/// Notes a call as due if it has just ended, was answered, and its profile extracts something.
pub(super) fn note_due(
    connection: &mut Connection,
    before: Option<&Call>,
    after: &Call,
) -> Result<(), StoreError> {
    let has_ended = after.ended_at.is_some() && before.is_none_or(|before| before.ended_at.is_none());
    let is_asked = after.tally.as_ref().is_some_and(|tally| tally.is_extracted);
    if !has_ended || !is_asked || after.answered_at.is_none() {
        return Ok(());
    }
    diesel::insert_into(extractions_due::table)
        .values((
            extractions_due::call_id.eq(after.id.to_string()),
            extractions_due::organization_id.eq(after.organization_id.to_string()),
            extractions_due::asked.eq(0),
        ))
        .execute(connection)?;
    Ok(())
}

/// Returns the first `limit` due calls of all organizations: those without failed requests to a model first, then the oldest. Organizations that have
/// none among them follow in the same way: one with thousands of due calls hides no other.
pub fn due(
    connection: &mut Connection,
    limit: i64,
) -> Result<Vec<Result<DueExtraction, Unreadable>>, StoreError> {
    let mut rows: Vec<(String, String, i64)> = Vec::new();
    loop {
        let read: BTreeSet<String> = rows.iter().map(|(organization, ..)| organization.clone()).collect();
        let more: Vec<(String, String, i64)> = extractions_due::table
            .filter(extractions_due::organization_id.ne_all(read))
            .order((extractions_due::asked, extractions_due::call_id))
            .limit(limit)
            .select((extractions_due::organization_id, extractions_due::call_id, extractions_due::asked))
            .load(connection)?;
        let is_all = more.is_empty() || i64::try_from(more.len()).unwrap_or(i64::MAX) < limit;
        rows.extend(more);
        if is_all {
            break;
        }
    }
    let parsed = |organization_id: &str, call_id: &str, asked: i64| {
        Ok::<_, BadRow>(DueExtraction {
            organization_id: organization_id
                .parse()
                .map_err(|fault| BadRow::new("extractions_due.organization_id", fault))?,
            call_id: call_id.parse().map_err(|fault| BadRow::new("extractions_due.call_id", fault))?,
            asked: u32::try_from(asked).unwrap_or(u32::MAX),
        })
    };
    let rows = rows.into_iter().map(|(organization, call_id, asked)| {
        parsed(&organization, &call_id, asked).map_err(|fault| Unreadable { organization, fault })
    });
    Ok(rows.collect())
}

/// Counts a failed request to a model about a call.
pub fn note_asked(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<(), StoreError> {
    let due = extractions_due::table
        .find(call_id.to_string())
        .filter(extractions_due::organization_id.eq(organization_id.to_string()));
    diesel::update(due).set(extractions_due::asked.eq(extractions_due::asked + 1)).execute(connection)?;
    Ok(())
}

/// Stores the findings of a call, if there could be any, and ends its being due. Returns false, and stores nothing, if it was not due any more:
/// another server was faster, or its words are deleted.
pub fn keep(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    found: Option<&FoundOfCall>,
) -> Result<bool, StoreError> {
    let due = extractions_due::table
        .find(call_id.to_string())
        .filter(extractions_due::organization_id.eq(organization_id.to_string()));
    if diesel::delete(due).execute(connection)? == 0 {
        return Ok(false);
    }
    if let Some(FoundOfCall { profile, findings, by, at }) = found {
        let mut insert = |kind: &str, (place, name, title): (usize, &str, &str), value: Option<String>| {
            diesel::insert_into(call_extractions::table)
                .values((
                    call_extractions::call_id.eq(call_id.to_string()),
                    call_extractions::kind.eq(kind),
                    call_extractions::name.eq(name),
                    call_extractions::organization_id.eq(organization_id.to_string()),
                    call_extractions::profile_id.eq(profile.id.to_string()),
                    call_extractions::version.eq(i64::from(profile.version)),
                    call_extractions::place.eq(i64::try_from(place).unwrap_or(i64::MAX)),
                    call_extractions::title.eq(title),
                    call_extractions::value.eq(value.as_deref().map(kept_text)),
                    call_extractions::found_by.eq(by.as_str()),
                    call_extractions::at.eq(column(*at)),
                ))
                .execute(connection)
        };
        for (place, topic) in profile.topics.iter().enumerate() {
            if findings.topics.contains(&topic.name) {
                insert(TOPIC, (place, &topic.name, &topic.title), None)?;
            }
        }
        for (place, field) in profile.extraction.iter().enumerate() {
            if let Some(value) = findings.fields.get(&field.name).filter(|value| field.accepts(value)) {
                let value = Some(written(value));
                insert(field.kind.as_str(), (place, &field.name, &field.title), value)?;
            }
        }
        figures::mark_call(connection, organization_id, call_id)?;
    }
    changes::note(organization_id, Thing::Extraction, call_id);
    Ok(true)
}

/// A value as its column stores it.
fn written(value: &ExtractedValue) -> String {
    match value {
        ExtractedValue::YesNo(yes) => YES_NO[usize::from(*yes)].to_owned(),
        ExtractedValue::Number(number) => number.to_string(),
        ExtractedValue::Text(text) => text.clone(),
    }
}

fn read(kind: FieldKind, value: String) -> Result<ExtractedValue, BadRow> {
    let bad = |reason: &dyn std::fmt::Display| BadRow::new("call_extractions.value", reason);
    Ok(match kind {
        FieldKind::Choice | FieldKind::Text => ExtractedValue::Text(value),
        FieldKind::Number => ExtractedValue::Number(value.parse::<f64>().map_err(|fault| bad(&fault))?),
        FieldKind::YesNo => {
            let place = YES_NO.iter().position(|word| *word == value);
            ExtractedValue::YesNo(place.ok_or_else(|| bad(&"neither yes nor no"))? == 1)
        }
    })
}

/// Kind, name, title, value, who found it, the profile's id and version, and when.
type Columns = (String, String, String, Option<String>, String, String, i64, chrono::NaiveDateTime);

/// Returns what was extracted from a call, if anything, and whether it is still to be processed.
pub fn of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<(Option<CallExtraction>, bool), StoreError> {
    // The organization is checked after the query, as in `topics`.
    let rows: Vec<(String, Columns)> = call_extractions::table
        .filter(call_extractions::call_id.eq(call_id.to_string()))
        .order(call_extractions::place)
        .select((
            call_extractions::organization_id,
            (
                call_extractions::kind,
                call_extractions::name,
                call_extractions::title,
                call_extractions::value,
                call_extractions::found_by,
                call_extractions::profile_id,
                call_extractions::version,
                call_extractions::at,
            ),
        ))
        .load(connection)?;
    let owner = organization_id.to_string();
    let mut found: Option<CallExtraction> = None;
    let own = rows.into_iter().filter(|(organization, _)| *organization == owner);
    for (_, (kind, name, title, value, by, profile_id, version, at)) in own {
        let by = from_word("call_extractions.found_by", by)?;
        if found.is_none() {
            let profile_id =
                profile_id.parse().map_err(|fault| BadRow::new("call_extractions.profile_id", fault))?;
            let version =
                u32::try_from(version).map_err(|fault| BadRow::new("call_extractions.version", fault))?;
            let at = at.and_utc().into();
            found = Some(CallExtraction { profile_id, version, at, topics: Vec::new(), fields: Vec::new() });
        }
        let Some(all) = &mut found else { continue };
        if kind == TOPIC {
            all.topics.push(CallTopic { name, title, by });
        } else {
            let kind = from_word("call_extractions.kind", kind)?;
            let value = read(kind, value.unwrap_or_default())?;
            all.fields.push(ExtractedField { name, title, kind, value, by });
        }
    }
    let due: i64 = extractions_due::table
        .filter(extractions_due::call_id.eq(call_id.to_string()))
        .filter(extractions_due::organization_id.eq(organization_id.to_string()))
        .count()
        .get_result(connection)?;
    Ok((found, due > 0))
}

fn from_word<T: serde::de::DeserializeOwned>(column: &'static str, word: String) -> Result<T, BadRow> {
    serde_json::from_value(word.into()).map_err(|fault| BadRow::new(column, fault))
}

/// Returns the titles of the topics of these calls, in the order of their profiles.
pub fn topics(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calls: &[CallId],
) -> Result<BTreeMap<CallId, Vec<String>>, StoreError> {
    // The organization is checked after the query: otherwise SQLite would scan all its topics by their index instead of looking up these calls.
    let rows: Vec<(String, String, String)> = call_extractions::table
        .filter(call_extractions::call_id.eq_any(calls.iter().map(ToString::to_string)))
        .filter(call_extractions::kind.eq(TOPIC))
        .order((call_extractions::call_id, call_extractions::place))
        .select((call_extractions::organization_id, call_extractions::call_id, call_extractions::title))
        .load(connection)?;
    let owner = organization_id.to_string();
    let mut found: BTreeMap<CallId, Vec<String>> = BTreeMap::new();
    for (_, call_id, title) in rows.into_iter().filter(|(organization, ..)| *organization == owner) {
        if let Ok(call_id) = call_id.parse() {
            found.entry(call_id).or_default().push(title);
        }
    }
    Ok(found)
}

/// The titles in an organization's published profiles.
#[derive(Debug, Default)]
pub(super) struct AskedTitles {
    /// Titles of topics, by name.
    pub(super) topics: BTreeMap<String, String>,
    /// Titles of fields, by profile id and name.
    pub(super) fields: BTreeMap<(String, String), String>,
}

/// The titles in the organization's published profiles. If several profiles have a topic with one name, the oldest profile's title is used.
pub(super) fn titles(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<AskedTitles, StoreError> {
    let mut titles = AskedTitles::default();
    for published in profile_versions::published(connection, organization_id)? {
        let AgentProfile { id, topics, extraction, .. } = published.profile;
        for topic in topics {
            titles.topics.entry(topic.name).or_insert(topic.title);
        }
        for field in extraction {
            titles.fields.insert((id.to_string(), field.name), field.title);
        }
    }
    Ok(titles)
}

/// Returns the names and titles of the topics in the organization's published profiles, ordered by title.
pub fn known_topics(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut known: Vec<(String, String)> = titles(connection, organization_id)?.topics.into_iter().collect();
    known.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    Ok(known)
}

/// The findings of a call that figures count.
#[derive(Clone, Debug, Default)]
pub(super) struct Countable {
    /// Names of the topics.
    pub(super) topics: Vec<String>,
    /// Names of fields with their values: choices, yes and no.
    pub(super) fields: Vec<(String, String)>,
}

/// The findings of these calls that figures count, by call.
pub(super) fn countable(
    connection: &mut Connection,
    calls: &[&str],
) -> Result<HashMap<String, Countable>, StoreError> {
    let kinds = [TOPIC, FieldKind::Choice.as_str(), FieldKind::YesNo.as_str()];
    let rows: Vec<(String, String, String, Option<String>)> = call_extractions::table
        .filter(call_extractions::call_id.eq_any(calls))
        .filter(call_extractions::kind.eq_any(kinds))
        .select((
            call_extractions::call_id,
            call_extractions::kind,
            call_extractions::name,
            call_extractions::value,
        ))
        .load(connection)?;
    let mut found: HashMap<String, Countable> = HashMap::new();
    for (call_id, kind, name, value) in rows {
        let of_call = found.entry(call_id).or_default();
        match value {
            Some(value) if kind != TOPIC => of_call.fields.push((name, value)),
            _ => of_call.topics.push(name),
        }
    }
    Ok(found)
}

/// Deletes texts and numbers that callers said, and the notes of which of these calls are due: their words are deleted. Topics, choices, yes and no
/// stay, because figures count them.
pub(super) fn forget_words(connection: &mut Connection, calls: &[String]) -> Result<(), StoreError> {
    diesel::delete(extractions_due::table.filter(extractions_due::call_id.eq_any(calls)))
        .execute(connection)?;
    let said = [FieldKind::Text.as_str(), FieldKind::Number.as_str()];
    let words = call_extractions::table
        .filter(call_extractions::call_id.eq_any(calls))
        .filter(call_extractions::kind.eq_any(said));
    diesel::delete(words).execute(connection)?;
    Ok(())
}

/// Deletes everything that was extracted from these calls, which are deleted.
pub(super) fn forget(connection: &mut Connection, calls: &[String]) -> Result<(), StoreError> {
    diesel::delete(call_extractions::table.filter(call_extractions::call_id.eq_any(calls)))
        .execute(connection)?;
    Ok(())
}

/// The newest calls with a topic whose ids are in the range, newest first, at most `limit`.
pub(super) fn with_topic(
    connection: &mut Connection,
    organization_id: OrganizationId,
    topic: &str,
    ids: &std::ops::Range<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    Ok(call_extractions::table
        .filter(call_extractions::organization_id.eq(organization_id.to_string()))
        .filter(call_extractions::kind.eq(TOPIC))
        .filter(call_extractions::name.eq(topic))
        .filter(call_extractions::call_id.ge(ids.start.to_string()))
        .filter(call_extractions::call_id.lt(ids.end.to_string()))
        .order(call_extractions::call_id.desc())
        .limit(limit)
        .select(call_extractions::call_id)
        .load(connection)?)
}
