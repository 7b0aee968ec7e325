//! The first organization, and the drafts of agent profiles.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::changed::Thing;
use cordboard_schema::digit::Digits;
use cordboard_schema::ids::{OrganizationId, ProfileId};
use cordboard_schema::profile::{AgentProfile, DtmfAction, default_dtmf_actions};
use cordboard_schema::profile_version::Draft;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;
use cordboard_tables::rows::{BadRow, DtmfActionRow, OrganizationRow, ProfileRow};
use cordboard_tables::tables::{agent_profiles, dtmf_actions, organizations};
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError, changes, choices, profile_versions};

/// The name of a new organization's profile.
pub const FIRST_PROFILE: &str = "receptionist";

/// Instructions of that profile: suitable for any office, and short enough to edit.
const RECEPTIONIST: &str = "You are the receptionist of this office. You are warm, calm and quick to help.\n\
    - Find out what the caller wants, with one question at a time.\n\
    - Answer what you know. You know nothing of opening hours, prices or people unless it is written here: say so, and \
    offer to take a message or to connect the caller with a person.\n\
    - To connect the caller, say so in a few words and use transfer_call. To take a message, use take_message.\n\
    - When the caller says goodbye or needs nothing more, use end_call.\n\
    - Never ask for passwords or card numbers.";

/// Returns the server's first organization: the oldest, with the smallest id.
pub fn first_organization(connection: &mut Connection) -> Result<Option<OrganizationId>, StoreError> {
    let oldest = organizations::table.order(organizations::id);
    let columns = (organizations::id, organizations::created_at);
    let Some((id, made_at)) =
        oldest.select(columns).first::<(String, NaiveDateTime)>(connection).optional()?
    else {
        return Ok(None);
    };
    if let Ok(first) = id.parse::<OrganizationId>() {
        // An older organization with an invalid id may come later in the order of ids.
        let older = organizations::table.filter(organizations::created_at.le(made_at));
        let others = older.filter(organizations::id.ne(&id)).select(organizations::id);
        for other in others.load::<String>(connection)? {
            if let Err(fault) = other.parse::<OrganizationId>() {
                check_unused(connection, &other, fault)?;
            }
        }
        return Ok(Some(first));
    }
    for id in oldest.select(organizations::id).load::<String>(connection)? {
        match id.parse::<OrganizationId>() {
            Ok(id) => return Ok(Some(id)),
            Err(fault) => check_unused(connection, &id, fault)?,
        }
    }
    Ok(None)
}

/// Checks that an organization with an invalid id has no data, so that it was never the first one.
///
/// # Errors
/// It has agent profiles. If another organization were taken for the first, it could use all of the server's telephony.
fn check_unused(connection: &mut Connection, id: &str, fault: uuid::Error) -> Result<(), StoreError> {
    let own = agent_profiles::table.filter(agent_profiles::organization_id.eq(id));
    if own.select(agent_profiles::id).first::<String>(connection).optional()?.is_none() {
        return Ok(());
    }
    let reason = format!(
        "{id:?} of an organization with agent profiles is no id ({fault}), and no other organization gets the rights of the first; \
         set it right in each table that has it, or restore a backup"
    );
    Err(BadRow::new("organizations.id", reason).into())
}

/// Returns the first organization. Creates one with a receptionist if there is none.
pub(super) fn ensure_first(connection: &mut Connection) -> Result<OrganizationId, StoreError> {
    connection.begin_change()?;
    connection.finish(|connection| {
        let organization_id = match first_organization(connection)? {
            Some(id) => id,
            None => make_organization(connection, "First organization")?,
        };
        let own =
            agent_profiles::table.filter(agent_profiles::organization_id.eq(organization_id.to_string()));
        if own.select(agent_profiles::id).first::<String>(connection).optional()?.is_none() {
            make_receptionist(connection, organization_id)?;
        }
        profile_versions::publish_the_old(connection)?;
        Ok(organization_id)
    })
}

/// The drafts of the organization's profiles and what was published of them, oldest first: the oldest answers if the configuration names none.
fn drafts(connection: &mut Connection, organization_id: OrganizationId) -> Result<Vec<Draft>, StoreError> {
    let owner = organization_id.to_string();
    let actions = dtmf_actions::table
        .filter(dtmf_actions::organization_id.eq(&owner))
        .order(dtmf_actions::digit)
        .select(DtmfActionRow::as_select())
        .load(connection)?;
    let rows = agent_profiles::table
        .filter(agent_profiles::organization_id.eq(&owner))
        .order(agent_profiles::id)
        .select(ProfileRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.into_draft(&actions)).collect::<Result<_, _>>()?)
}

/// The same, without those that can't be read.
pub fn drafts_readable(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<ReadDrafts, StoreError> {
    match drafts(connection, organization_id) {
        Err(error) if error.is_of_the_row() => one_draft_after_the_other(connection, organization_id),
        read => Ok(ReadDrafts { found: read?, unreadable: Vec::new() }),
    }
}

fn one_draft_after_the_other(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<ReadDrafts, StoreError> {
    let mut read = ReadDrafts::default();
    for head in heads(connection, organization_id)? {
        let found = match head.id.parse::<ProfileId>() {
            Ok(id) => draft(connection, organization_id, id),
            Err(fault) => Err(BadRow::new("agent_profiles.id", fault).into()),
        };
        match found {
            Ok(draft) => read.found.extend(draft),
            Err(error) if error.is_of_the_row() => read.unreadable.push((head, error.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Readable drafts of profiles, and the profiles whose drafts can't be read, each with the error.
#[derive(Debug, Default)]
pub struct ReadDrafts {
    /// The readable drafts, oldest profile first.
    pub found: Vec<Draft>,
    /// The others.
    pub unreadable: Vec<(ProfileHead, String)>,
}

/// Columns of a profile that need no parsing, so they exist even if its settings can't be read.
#[derive(Clone, Debug)]
pub struct ProfileHead {
    /// The id, as in the row.
    pub id: String,
    /// The name.
    pub name: String,
    /// BCP 47 tag.
    pub language: String,
    /// Whether it may answer new calls.
    pub is_published: bool,
}

/// Returns the heads of the organization's profiles, oldest first.
pub fn heads(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<ProfileHead>, StoreError> {
    let rows: Vec<(String, String, String, i64)> = agent_profiles::table
        .filter(agent_profiles::organization_id.eq(organization_id.to_string()))
        .order(agent_profiles::id)
        .select((
            agent_profiles::id,
            agent_profiles::name,
            agent_profiles::language,
            agent_profiles::published_version,
        ))
        .load(connection)?;
    let head = |(id, name, language, version): (String, String, String, i64)| ProfileHead {
        id,
        name,
        language,
        is_published: version > 0,
    };
    Ok(rows.into_iter().map(head).collect())
}

/// Returns the draft of the profile with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
) -> Result<Option<AgentProfile>, StoreError> {
    Ok(draft(connection, organization_id, id)?.map(|draft| draft.profile))
}

/// The same, with what was published of it.
pub fn draft(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
) -> Result<Option<Draft>, StoreError> {
    let row = agent_profiles::table
        .find(id.to_string())
        .filter(agent_profiles::organization_id.eq(organization_id.to_string()))
        .select(ProfileRow::as_select())
        .first(connection)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let actions = dtmf_actions::table
        .filter(dtmf_actions::profile_id.eq(id.to_string()))
        .order(dtmf_actions::digit)
        .select(DtmfActionRow::as_select())
        .load(connection)?;
    Ok(Some(row.into_draft(&actions)?))
}

/// Adds a profile. A name that another one of the organization has is a unique violation.
pub fn create(connection: &mut Connection, profile: &AgentProfile) -> Result<(), StoreError> {
    let row = ProfileRow::new(profile, world::now().into())?;
    diesel::insert_into(agent_profiles::table).values(row).execute(connection)?;
    write_actions(connection, profile)
}

/// Changes the draft with this id, whose revision is `known`. Returns false if the organization has no such draft or revision. New calls get it once
/// it is published.
pub fn update(connection: &mut Connection, profile: &AgentProfile, known: u64) -> Result<bool, StoreError> {
    let Ok(known) = i64::try_from(known) else { return Ok(false) };
    let id = profile.id.to_string();
    // Its creation time is not updated.
    let row = ProfileRow::new(profile, world::now().into())?;
    let found = agent_profiles::table
        .find(&id)
        .filter(agent_profiles::organization_id.eq(profile.organization_id.to_string()))
        .filter(agent_profiles::revision.eq(known));
    let changed = diesel::update(found)
        .set((
            agent_profiles::name.eq(row.name),
            agent_profiles::language.eq(row.language),
            agent_profiles::tools.eq(row.tools),
            agent_profiles::instructions.eq(row.instructions),
            agent_profiles::greeting.eq(row.greeting),
            agent_profiles::speech.eq(row.speech),
            agent_profiles::handoff.eq(row.handoff),
            agent_profiles::style.eq(row.style),
            agent_profiles::notice.eq(row.notice),
            agent_profiles::extraction.eq(row.extraction),
            agent_profiles::revision.eq(known + 1),
        ))
        .execute(connection)?;
    if changed == 0 {
        return Ok(false);
    }
    diesel::delete(dtmf_actions::table.filter(dtmf_actions::profile_id.eq(id))).execute(connection)?;
    write_actions(connection, profile)?;
    Ok(true)
}

/// Profiles without a version, of all organizations.
pub(super) fn unversioned(
    connection: &mut Connection,
) -> Result<Vec<(OrganizationId, ProfileId)>, StoreError> {
    let rows: Vec<(String, String)> = agent_profiles::table
        .filter(agent_profiles::revision.eq(0))
        .select((agent_profiles::organization_id, agent_profiles::id))
        .load(connection)?;
    // A profile with an invalid id answers no calls.
    let ids = |(organization_id, id): (String, String)| {
        Some((organization_id.parse::<OrganizationId>().ok()?, id.parse::<ProfileId>().ok()?))
    };
    Ok(rows.into_iter().filter_map(ids).collect())
}

/// Removes the profile with this id, with its key map and its versions.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
) -> Result<(), StoreError> {
    let found = agent_profiles::table
        .find(id.to_string())
        .filter(agent_profiles::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}

/// Sets the action of these keys of a profile. Returns true if they had none.
pub fn set_dtmf_action(
    connection: &mut Connection,
    profile: &AgentProfile,
    on: &DtmfAction,
) -> Result<bool, StoreError> {
    let row = DtmfActionRow::new(profile, on)?;
    let found = dtmf_actions::table.find((&row.profile_id, &row.digit));
    let was_set = diesel::delete(found).execute(connection)? > 0;
    diesel::insert_into(dtmf_actions::table).values(row).execute(connection)?;
    Ok(!was_set)
}

/// Removes the action of these keys of a profile. Returns false if they had none.
pub fn unset_dtmf_action(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    digits: &Digits,
) -> Result<bool, StoreError> {
    let found = dtmf_actions::table
        .find((profile_id.to_string(), digits.to_string()))
        .filter(dtmf_actions::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

fn write_actions(connection: &mut Connection, profile: &AgentProfile) -> Result<(), StoreError> {
    for on in &profile.dtmf_actions {
        let row = DtmfActionRow::new(profile, on)?;
        diesel::insert_into(dtmf_actions::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Returns the organizations, oldest first: at most `limit` after `after`.
pub fn organizations(
    connection: &mut Connection,
    after: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<OrganizationRow>, StoreError> {
    let mut found = organizations::table
        .order(organizations::id)
        .limit(limit)
        .select(OrganizationRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(organizations::id.gt(after.to_string()));
    }
    Ok(found.load(connection)?)
}

/// Returns the organization with this id.
pub fn organization(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Option<OrganizationRow>, StoreError> {
    let found = organizations::table.find(id.to_string()).select(OrganizationRow::as_select());
    Ok(found.first(connection).optional()?)
}

/// Returns the names of these organizations, without those that don't exist.
pub fn organization_names(
    connection: &mut Connection,
    ids: &[OrganizationId],
) -> Result<BTreeMap<OrganizationId, String>, StoreError> {
    let ids = ids.iter().map(ToString::to_string);
    let rows: Vec<OrganizationRow> = organizations::table
        .filter(organizations::id.eq_any(ids))
        .select(OrganizationRow::as_select())
        .load(connection)?;
    rows.into_iter().map(|row| Ok((row.organization_id()?, row.name))).collect()
}

/// Creates an organization with a receptionist, dispositions and reasons to be away.
pub fn create_organization(connection: &mut Connection, name: &str) -> Result<OrganizationId, StoreError> {
    let id = make_organization(connection, name)?;
    make_receptionist(connection, id)?;
    Ok(id)
}

/// Renames the organization.
pub fn rename_organization(
    connection: &mut Connection,
    id: OrganizationId,
    name: &str,
) -> Result<(), StoreError> {
    let found = organizations::table.find(id.to_string());
    diesel::update(found).set(organizations::name.eq(name)).execute(connection)?;
    Ok(())
}

/// Suspends an organization from this moment on, or reactivates it with none.
pub fn suspend_organization(
    connection: &mut Connection,
    id: OrganizationId,
    at: Option<UnixMs>,
) -> Result<(), StoreError> {
    let found = organizations::table.find(id.to_string());
    diesel::update(found).set(organizations::suspended_at.eq(at.map(column))).execute(connection)?;
    // All of its campaigns pause, or continue.
    changes::note(id, Thing::Campaign, "");
    Ok(())
}

/// Tells whether an organization is suspended.
pub fn is_suspended(connection: &mut Connection, id: OrganizationId) -> Result<bool, StoreError> {
    // The time itself is not read: a value that can't be parsed would make every caller fail.
    let found = organizations::table.find(id.to_string()).filter(organizations::suspended_at.is_not_null());
    Ok(found.select(organizations::id).first::<String>(connection).optional()?.is_some())
}

/// The ids of the suspended organizations.
pub(super) fn suspended(connection: &mut Connection) -> Result<BTreeSet<String>, StoreError> {
    let found = organizations::table.filter(organizations::suspended_at.is_not_null());
    Ok(found.select(organizations::id).load::<String>(connection)?.into_iter().collect())
}

fn make_organization(connection: &mut Connection, name: &str) -> Result<OrganizationId, StoreError> {
    let id = OrganizationId(world::new_id());
    let row = OrganizationRow::new(id, name, world::now().into());
    diesel::insert_into(organizations::table).values(row).execute(connection)?;
    choices::make_first(connection, id)?;
    Ok(id)
}

fn make_receptionist(connection: &mut Connection, organization_id: OrganizationId) -> Result<(), StoreError> {
    let profile = AgentProfile {
        id: ProfileId(world::new_id()),
        organization_id,
        name: FIRST_PROFILE.to_owned(),
        language: "en".to_owned(),
        instructions: RECEPTIONIST.to_owned(),
        greeting: None,
        speech: Default::default(),
        tools: ToolName::ALL.to_vec(),
        dtmf_actions: default_dtmf_actions(),
        after_handoff: Default::default(),
        assistant_in_handoff: Default::default(),
        handoff_style: Default::default(),
        handoff_words: Default::default(),
        custom_tools: Vec::new(),
        extraction: Vec::new(),
        topics: Vec::new(),
        style: Default::default(),
        notice: None,
        version: 0,
    };
    create(connection, &profile)?;
    if let Some(draft) = draft(connection, organization_id, profile.id)? {
        profile_versions::publish(connection, &draft, Actor::System, "")?;
    }
    Ok(())
}
