//! Subjects of calls: calls that are still to be looked at, and findings.
//!
//! A call whose profile asks for something is put down as due in the transaction that ends it, and is so until what was found of it is kept:
//! a process that dies in between leaves it to the next one.

use std::collections::{BTreeMap, HashMap};
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
use super::{Connection, StoreError, Unreadable, changes, figures, profile_versions};

/// `call_extractions.kind` of a topic; those of values are the kinds of their fields.
pub(super) const TOPIC: &str = "topic";
/// `call_extractions.value` of yes and no.
const YES_NO: [&str; 2] = ["no", "yes"];

/// A call that is still to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueExtraction {
    /// Organization of the call.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// How often a model was asked about it in vain.
    pub asked: u32,
}

/// Findings about a call.
#[derive(Clone, Debug)]
pub struct FoundOfCall {
    /// The profile that asked for it.
    pub profile: Arc<AgentProfile>,
    /// Values and topics.
    pub findings: Findings,
    /// Their finder.
    pub by: ExtractedBy,
    /// When.
    pub at: UnixMs,
}

/// Puts a call down as due, where it has just ended, somebody answered it and its profile asks for something.
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

/// Calls of all organizations that are still to be looked at: those about which no model was asked in vain first, then the oldest.
pub fn due(
    connection: &mut Connection,
    limit: i64,
) -> Result<Vec<Result<DueExtraction, Unreadable>>, StoreError> {
    let rows: Vec<(String, String, i64)> = extractions_due::table
        .order((extractions_due::asked, extractions_due::call_id))
        .limit(limit)
        .select((extractions_due::organization_id, extractions_due::call_id, extractions_due::asked))
        .load(connection)?;
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

/// Notes that a model was asked about a call in vain.
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

/// Keeps what was found of a call, if anything could be looked at, and has it due no longer. False where it was not due any more: another
/// server was faster, or its words are deleted. Nothing is kept then.
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
                    call_extractions::value.eq(value),
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
            if let Some(value) = findings.fields.get(&field.name).filter(|value| field.takes(value)) {
                let value = Some(written(value));
                insert(field.kind.as_str(), (place, &field.name, &field.title), value)?;
            }
        }
        figures::mark_call(connection, organization_id, call_id)?;
    }
    changes::note(organization_id, Thing::Extraction, call_id);
    Ok(true)
}

/// A value as its column has it.
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

/// Kind, name, title, value, who has found it, the profile's id and version, and when.
type Columns = (String, String, String, Option<String>, String, String, i64, chrono::NaiveDateTime);

/// The findings of a call, if there are any, and whether it is still to be looked at.
pub fn of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<(Option<CallExtraction>, bool), StoreError> {
    // The organization is compared behind the query, as in `topics`.
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

/// The titles of the topics of these calls, in the order of their profiles.
pub fn topics(
    connection: &mut Connection,
    organization_id: OrganizationId,
    calls: &[CallId],
) -> Result<BTreeMap<CallId, Vec<String>>, StoreError> {
    // The organization is compared behind the query: SQLite would go through all its topics by their index instead of looking up these calls.
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

/// Titles of what an organization's published profiles ask for.
#[derive(Debug, Default)]
pub(super) struct AskedTitles {
    /// Topics, by their names.
    pub(super) topics: BTreeMap<String, String>,
    /// Fields, by the ids of their profiles and their names.
    pub(super) fields: BTreeMap<(String, String), String>,
}

/// The titles of what the organization's published profiles ask for now. Of topics that have one name the oldest profile's title counts.
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

/// The topics that the organization's published profiles look for: names and titles, in the order of their titles.
pub fn known_topics(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut known: Vec<(String, String)> = titles(connection, organization_id)?.topics.into_iter().collect();
    known.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    Ok(known)
}

/// Countable parts of what was found of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Countable {
    /// Names of its topics.
    pub(super) topics: Vec<String>,
    /// Names of fields with their values: choices, yes and no.
    pub(super) fields: Vec<(String, String)>,
}

/// Countable parts of what was found of these calls, by call.
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

/// Forgets the words and numbers that callers said, and which of these calls are to be looked at: what was said on them is deleted. Their topics,
/// choices, yes and no stay with the calls, by which they are counted.
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

/// Forgets all that was found of these calls: they are deleted.
pub(super) fn forget(connection: &mut Connection, calls: &[String]) -> Result<(), StoreError> {
    diesel::delete(call_extractions::table.filter(call_extractions::call_id.eq_any(calls)))
        .execute(connection)?;
    Ok(())
}

/// The newest calls with a topic whose ids lie from one to before another, the newest first, at most `limit`.
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
