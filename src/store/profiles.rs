//! The first organization, and agent profiles.

use chrono::Utc;
use cordboard_schema::digit::Digits;
use cordboard_schema::ids::{OrganizationId, ProfileId};
use cordboard_schema::profile::{AgentProfile, DtmfAction, default_dtmf_actions};
use cordboard_schema::rows::{BadRow, DtmfActionRow, OrganizationRow, ProfileRow};
use cordboard_schema::tables::{agent_profiles, dtmf_actions, organizations};
use cordboard_schema::tool::ToolName;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Connection, StoreError, custom_tools};

/// Name of the profile that a new organization has.
pub const FIRST_PROFILE: &str = "receptionist";

/// Instructions of that profile: good for any office, and short enough to be made one's own.
const RECEPTIONIST: &str = "You are the receptionist of this office. You are warm, calm and quick to help.\n\
    - Find out what the caller wants, with one question at a time.\n\
    - Answer what you know. You know nothing of opening hours, prices or people unless it is written here: say so, and \
    offer to take a message or to connect the caller with a person.\n\
    - To connect the caller, say so in a few words and use transfer_call. To take a message, use take_message.\n\
    - When the caller says goodbye or needs nothing more, use end_call.\n\
    - Never ask for passwords or card numbers.";

/// The installation's first organization: the oldest, whose id is the smallest.
pub fn first_organization(connection: &mut Connection) -> Result<Option<OrganizationId>, StoreError> {
    let row = organizations::table
        .order(organizations::id)
        .select(OrganizationRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(|row| row.organization_id()).transpose()?)
}

/// The first organization, made with a receptionist where there is none.
pub(super) fn ensure_first(connection: &mut Connection) -> Result<OrganizationId, StoreError> {
    connection.begin_change()?;
    connection.finish(|connection| {
        let organization_id = match first_organization(connection)? {
            Some(id) => id,
            None => make_organization(connection, "First organization")?,
        };
        if list(connection, organization_id)?.is_empty() {
            make_receptionist(connection, organization_id)?;
        }
        Ok(organization_id)
    })
}

/// The organization's profiles, the oldest first: that one answers where the configuration names none.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<AgentProfile>, StoreError> {
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
    let mut tools = custom_tools::offered(connection, organization_id)?;
    let complete = |row: ProfileRow| {
        let mut profile = row.into_profile(&actions)?;
        profile.custom_tools = tools.remove(&profile.id).unwrap_or_default();
        Ok::<_, StoreError>(profile)
    };
    rows.into_iter().map(complete).collect()
}

/// The profiles of all organizations: the first organization's first, and of each the oldest first.
pub fn list_everywhere(connection: &mut Connection) -> Result<Vec<AgentProfile>, StoreError> {
    let ids: Vec<String> =
        organizations::table.order(organizations::id).select(organizations::id).load(connection)?;
    let mut profiles = Vec::new();
    for id in ids {
        let id = id.parse().map_err(|fault| BadRow::new("organizations.id", fault))?;
        profiles.extend(list(connection, id)?);
    }
    Ok(profiles)
}

/// The profile of that id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
) -> Result<Option<AgentProfile>, StoreError> {
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
    Ok(Some(row.into_profile(&actions)?))
}

/// Adds a profile. A name that another one of the organization has is a unique violation.
pub fn create(connection: &mut Connection, profile: &AgentProfile) -> Result<(), StoreError> {
    let row = ProfileRow::new(profile, Utc::now().into())?;
    diesel::insert_into(agent_profiles::table).values(row).execute(connection)?;
    write_actions(connection, profile)
}

/// Changes the profile of that id; false if the organization has none. Live calls keep the copy that they started with.
pub fn update(connection: &mut Connection, profile: &AgentProfile) -> Result<bool, StoreError> {
    let id = profile.id.to_string();
    // Made when it was made: only that column stays.
    let row = ProfileRow::new(profile, Utc::now().into())?;
    let found = agent_profiles::table
        .find(&id)
        .filter(agent_profiles::organization_id.eq(profile.organization_id.to_string()));
    let changed = diesel::update(found)
        .set((
            agent_profiles::name.eq(row.name),
            agent_profiles::language.eq(row.language),
            agent_profiles::tools.eq(row.tools),
            agent_profiles::instructions.eq(row.instructions),
            agent_profiles::greeting.eq(row.greeting),
            agent_profiles::speech.eq(row.speech),
            agent_profiles::handoff.eq(row.handoff),
        ))
        .execute(connection)?;
    if changed == 0 {
        return Ok(false);
    }
    diesel::delete(dtmf_actions::table.filter(dtmf_actions::profile_id.eq(id))).execute(connection)?;
    write_actions(connection, profile)?;
    Ok(true)
}

/// Removes the profile of that id; its DTMF map goes with it.
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

/// Has these keys of a profile do this, whatever they did before; true if they did nothing.
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

/// Has these keys of a profile do nothing; false if they did nothing before.
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

/// The installation's organizations, the oldest first: those behind `after`, at most `limit`.
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

/// The organization of that id.
pub fn organization(
    connection: &mut Connection,
    id: OrganizationId,
) -> Result<Option<OrganizationRow>, StoreError> {
    let found = organizations::table.find(id.to_string()).select(OrganizationRow::as_select());
    Ok(found.first(connection).optional()?)
}

/// Makes an organization with a receptionist.
pub fn create_organization(connection: &mut Connection, name: &str) -> Result<OrganizationId, StoreError> {
    let id = make_organization(connection, name)?;
    make_receptionist(connection, id)?;
    Ok(id)
}

/// Gives the organization another name.
pub fn rename_organization(
    connection: &mut Connection,
    id: OrganizationId,
    name: &str,
) -> Result<(), StoreError> {
    let found = organizations::table.find(id.to_string());
    diesel::update(found).set(organizations::name.eq(name)).execute(connection)?;
    Ok(())
}

fn make_organization(connection: &mut Connection, name: &str) -> Result<OrganizationId, StoreError> {
    let id = OrganizationId(Uuid::now_v7());
    let row = OrganizationRow::new(id, name, Utc::now().into());
    diesel::insert_into(organizations::table).values(row).execute(connection)?;
    Ok(id)
}

fn make_receptionist(connection: &mut Connection, organization_id: OrganizationId) -> Result<(), StoreError> {
    let profile = AgentProfile {
        id: ProfileId(Uuid::now_v7()),
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
        custom_tools: Vec::new(),
    };
    create(connection, &profile)
}
