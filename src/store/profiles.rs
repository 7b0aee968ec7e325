//! The first organization, and agent profiles.

use chrono::Utc;
use cordboard_schema::ids::{OrganizationId, ProfileId};
use cordboard_schema::profile::{AgentProfile, default_dtmf_actions};
use cordboard_schema::rows::{DtmfActionRow, OrganizationRow, ProfileRow};
use cordboard_schema::tables::{agent_profiles, dtmf_actions, organizations};
use cordboard_schema::tool::ToolName;
use diesel::prelude::*;
use uuid::Uuid;

use super::StoreError;
use super::pool::Connection;

/// Name of the profile that a new organization has.
pub const FIRST_PROFILE: &str = "receptionist";

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
    connection.immediate_transaction(|connection| {
        let organization_id = match first_organization(connection)? {
            Some(id) => id,
            None => make_organization(connection)?,
        };
        if list(connection, organization_id)?.is_empty() {
            make_receptionist(connection, organization_id)?;
        }
        Ok(organization_id)
    })
}

/// The organization's profiles, by name.
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
        .order(agent_profiles::name)
        .select(ProfileRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.into_profile(&actions)).collect::<Result<_, _>>()?)
}

fn make_organization(connection: &mut Connection) -> Result<OrganizationId, StoreError> {
    let id = OrganizationId(Uuid::now_v7());
    let row = OrganizationRow::new(id, "First organization", Utc::now().into());
    diesel::insert_into(organizations::table).values(row).execute(connection)?;
    Ok(id)
}

fn make_receptionist(connection: &mut Connection, organization_id: OrganizationId) -> Result<(), StoreError> {
    let profile = AgentProfile {
        id: ProfileId(Uuid::now_v7()),
        organization_id,
        name: FIRST_PROFILE.to_owned(),
        language: "en".to_owned(),
        instructions: String::new(),
        greeting: None,
        speech: Default::default(),
        tools: ToolName::ALL.to_vec(),
        dtmf_actions: default_dtmf_actions(),
    };
    let row = ProfileRow::new(&profile, Utc::now().into())?;
    diesel::insert_into(agent_profiles::table).values(row).execute(connection)?;
    for on in &profile.dtmf_actions {
        let row = DtmfActionRow::new(&profile, on)?;
        diesel::insert_into(dtmf_actions::table).values(row).execute(connection)?;
    }
    Ok(())
}
