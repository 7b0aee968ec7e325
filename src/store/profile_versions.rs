//! Published versions of agent profiles, which new calls use. A version is written once and never changes.

use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, ProfileId};
use cordboard_schema::limits::PROFILE_VERSIONS_MAX;
use cordboard_schema::profile::{AgentProfile, PublishedProfile};
use cordboard_schema::profile_version::{Draft, DraftSlot, Publication};
use cordboard_tables::rows::{VersionRow, published_profile};
use cordboard_tables::tables::{agent_profile_versions, agent_profiles};
use diesel::prelude::*;

use super::readable::{Faults, fault_of, organizations};
use super::{Connection, Readable, StoreError, business, custom_tools, drafts, profiles};

/// Returns the profiles that may answer new calls of the organization: the newest version of each profile, oldest profile first, with its present
/// custom tools and the business profile. If one can't be read, all of them fail.
pub fn published(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<PublishedProfile>, StoreError> {
    let mut faults = Faults::default();
    let published = published_of(connection, organization_id, &mut faults)?;
    faults.none()?;
    Ok(published)
}

/// The same, without those that can't be read.
pub fn published_readable(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Readable<Vec<PublishedProfile>>, StoreError> {
    let mut faults = Faults::default();
    let published = published_of(connection, organization_id, &mut faults)?;
    Ok(faults.with(published))
}

fn published_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    faults: &mut Faults,
) -> Result<Vec<PublishedProfile>, StoreError> {
    let owner = organization_id.to_string();
    let business = business::find(connection, organization_id);
    // Without the business profile an assistant would not know what it must never promise, nor when the business is closed, so no profile answers.
    let Some(business) = faults.note(&owner, "business_profiles", business)? else { return Ok(Vec::new()) };
    let business = business.map(|stored| stored.profile);
    let newest = agent_profile_versions::profile_id
        .eq(agent_profiles::id)
        .and(agent_profile_versions::version.eq(agent_profiles::published_version));
    let mut tools = custom_tools::offered_readable(connection, organization_id, faults)?;
    let columns = agent_profiles::table
        .inner_join(agent_profile_versions::table.on(newest))
        .filter(agent_profiles::organization_id.eq(&owner))
        .order(agent_profiles::id)
        .select((agent_profiles::name, agent_profile_versions::profile))
        .load::<(String, String)>(connection);
    let mut published = Vec::new();
    for (name, column) in faults.note(&owner, "agent_profile_versions", columns)?.unwrap_or_default() {
        let read = published_profile(&column).map_err(|fault| fault_of(&name, fault));
        let Some(mut profile) = faults.note(&owner, "agent_profile_versions", read)? else { continue };
        profile.custom_tools = tools.remove(&profile.id).unwrap_or_default();
        published.push(PublishedProfile { profile, business: business.clone() });
    }
    Ok(published)
}

/// The same for all organizations that are not suspended, the first organization's first. A suspended organization has no calls.
pub fn published_everywhere(
    connection: &mut Connection,
) -> Result<Readable<Vec<PublishedProfile>>, StoreError> {
    let (mut faults, mut published) = (Faults::default(), Vec::new());
    let suspended = profiles::suspended(connection)?;
    let all = organizations(connection)?;
    for organization_id in all.into_iter().filter(|id| !suspended.contains(&id.to_string())) {
        published.extend(published_of(connection, organization_id, &mut faults)?);
    }
    Ok(faults.with(published))
}

/// Returns a profile's draft for a test call.
pub fn for_trial(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
    slot: DraftSlot,
) -> Result<Option<PublishedProfile>, StoreError> {
    let Some(Draft { mut profile, .. }) = drafts::draft(connection, organization_id, id, slot)? else {
        return Ok(None);
    };
    profile.custom_tools =
        custom_tools::offered(connection, organization_id)?.remove(&id).unwrap_or_default();
    let business = business::find(connection, organization_id)?.map(|stored| stored.profile);
    Ok(Some(PublishedProfile { profile, business }))
}

/// Returns the profile with this name in this version, even if there are newer ones; none if there is no such profile, or no such version any more.
pub fn at_version(
    connection: &mut Connection,
    organization_id: OrganizationId,
    name: &str,
    version: u32,
) -> Result<Option<PublishedProfile>, StoreError> {
    let Readable { found, unreadable } = published_readable(connection, organization_id)?;
    let Some(newest) = found.into_iter().find(|one| one.profile.name == name) else {
        // The profile may be among the unreadable ones.
        return unreadable.into_iter().next().map_or(Ok(None), |row| Err(row.fault.into()));
    };
    let found = find(connection, organization_id, newest.profile.id, version)?;
    Ok(found.map(|(_, profile)| {
        let AgentProfile { id, name, custom_tools, .. } = newest.profile;
        PublishedProfile {
            profile: AgentProfile { id, name, custom_tools, ..profile },
            business: newest.business,
        }
    }))
}

/// Returns the versions of a profile, newest first: at most `limit` before `before`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    before: Option<u32>,
    limit: i64,
) -> Result<Vec<Publication>, StoreError> {
    let mut found = agent_profile_versions::table
        .filter(agent_profile_versions::organization_id.eq(organization_id.to_string()))
        .filter(agent_profile_versions::profile_id.eq(profile_id.to_string()))
        .order(agent_profile_versions::version.desc())
        .limit(limit)
        .select(VersionRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(agent_profile_versions::version.lt(i64::from(before)));
    }
    let rows = found.load(connection)?;
    rows.into_iter().map(|row| Ok(row.into_version()?.0)).collect()
}

/// Returns one version of a profile.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
    version: u32,
) -> Result<Option<(Publication, AgentProfile)>, StoreError> {
    let row = agent_profile_versions::table
        .find((profile_id.to_string(), i64::from(version)))
        .filter(agent_profile_versions::organization_id.eq(organization_id.to_string()))
        .select(VersionRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(VersionRow::into_version).transpose()?)
}

/// Publishes a draft as the next version, which new calls get within 2 s. If two are published at the same time, one is a unique violation.
pub fn publish(
    connection: &mut Connection,
    draft: &Draft,
    by: Actor,
    note: &str,
) -> Result<Publication, StoreError> {
    let publication = publish_next(connection, &draft.profile, draft.published_version, by, note)?;
    diesel::update(agent_profiles::table.find(draft.profile.id.to_string()))
        .set(agent_profiles::published_revision.eq(agent_profiles::revision))
        .execute(connection)?;
    Ok(publication)
}

/// Publishes this content as the version after the `newest` one. The drafts are as published or unpublished as before.
pub(super) fn publish_next(
    connection: &mut Connection,
    profile: &AgentProfile,
    newest: u32,
    by: Actor,
    note: &str,
) -> Result<Publication, StoreError> {
    let publication = Publication {
        profile_id: profile.id,
        version: newest.saturating_add(1),
        published_at: world::now().into(),
        published_by: by,
        note: note.to_owned(),
    };
    let profile = AgentProfile { version: publication.version, ..profile.clone() };
    let row = VersionRow::new(&profile, &publication)?;
    let (profile_id, version) = (row.profile_id.clone(), row.version);
    diesel::insert_into(agent_profile_versions::table).values(row).execute(connection)?;
    diesel::update(agent_profiles::table.find(&profile_id))
        .set(agent_profiles::published_version.eq(version))
        .execute(connection)?;
    let too_old = agent_profile_versions::table
        .filter(agent_profile_versions::profile_id.eq(profile_id))
        .filter(agent_profile_versions::version.le(version - PROFILE_VERSIONS_MAX));
    diesel::delete(too_old).execute(connection)?;
    Ok(publication)
}

/// Publishes profiles without a version, each as version 1.
pub(super) fn publish_the_old(connection: &mut Connection) -> Result<(), StoreError> {
    let old = profiles::unversioned(connection)?;
    for (organization_id, id) in old {
        let draft = match profiles::draft(connection, organization_id, id) {
            Err(error) if error.is_of_the_row() => {
                tracing::error!(
                    %organization_id, profile_id = %id, %error,
                    "an agent profile can't be read, and answers no calls; replace its content, or restore the row from a backup"
                );
                continue;
            }
            draft => draft?,
        };
        diesel::update(agent_profiles::table.find(id.to_string()))
            .set(agent_profiles::revision.eq(1))
            .execute(connection)?;
        if let Some(draft) = draft {
            publish(connection, &draft, Actor::System, "")?;
        }
    }
    Ok(())
}
