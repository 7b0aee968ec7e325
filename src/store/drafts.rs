//! The drafts of a profile: the first one is in the profile's row, and there may be a second one.

use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, ProfileId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::{Draft, DraftSlot, Publication};
use cordboard_tables::rows::SecondDraftRow;
use cordboard_tables::tables::{agent_profiles, second_drafts};
use diesel::prelude::*;

use super::{Connection, StoreError, profile_versions, profiles};

/// Returns a draft of the profile with this id; none if the organization has no such profile, or the profile has no second draft.
pub fn draft(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
    slot: DraftSlot,
) -> Result<Option<Draft>, StoreError> {
    let Some(first) = profiles::draft(connection, organization_id, id)? else { return Ok(None) };
    if slot == DraftSlot::A {
        return Ok(Some(first));
    }
    let row = second_drafts::table
        .find(id.to_string())
        .filter(second_drafts::organization_id.eq(organization_id.to_string()))
        .select(SecondDraftRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(|row| row.into_draft(&first)).transpose()?)
}

/// Creates the second draft of a profile with this content. Returns false if it has one.
pub fn begin(connection: &mut Connection, profile: &AgentProfile) -> Result<bool, StoreError> {
    let row = SecondDraftRow::new(profile, world::now().into())?;
    let known: i64 = second_drafts::table.find(row.profile_id.clone()).count().get_result(connection)?;
    if known > 0 {
        return Ok(false);
    }
    diesel::insert_into(second_drafts::table).values(row).execute(connection)?;
    Ok(true)
}

/// Changes a draft whose revision is `known`. Returns false if there is no such draft or revision.
pub fn update(
    connection: &mut Connection,
    slot: DraftSlot,
    profile: &AgentProfile,
    known: u64,
) -> Result<bool, StoreError> {
    if slot == DraftSlot::A {
        return profiles::update(connection, profile, known);
    }
    let Ok(known) = i64::try_from(known) else { return Ok(false) };
    let found = second_drafts::table
        .find(profile.id.to_string())
        .filter(second_drafts::organization_id.eq(profile.organization_id.to_string()))
        .filter(second_drafts::revision.eq(known));
    let changed = diesel::update(found)
        .set((
            second_drafts::profile.eq(SecondDraftRow::column(profile)?),
            second_drafts::revision.eq(known + 1),
        ))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Publishes a draft as the next version of its profile. The other draft stays unchanged and unpublished.
pub fn publish(
    connection: &mut Connection,
    slot: DraftSlot,
    draft: &Draft,
    by: Actor,
    note: &str,
) -> Result<Publication, StoreError> {
    let publication = profile_versions::publish(connection, draft, by, note)?;
    if slot == DraftSlot::B {
        diesel::update(agent_profiles::table.find(draft.profile.id.to_string()))
            .set(agent_profiles::published_revision.eq(0))
            .execute(connection)?;
        second_is_published(connection, &publication)?;
    }
    Ok(publication)
}

/// The second draft, as it is now, was published as this version.
pub(super) fn second_is_published(
    connection: &mut Connection,
    publication: &Publication,
) -> Result<(), StoreError> {
    diesel::update(second_drafts::table.find(publication.profile_id.to_string()))
        .set((
            second_drafts::published_revision.eq(second_drafts::revision),
            second_drafts::published_version.eq(i64::from(publication.version)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Why a draft is not discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDiscarded {
    /// Nothing was published, so the draft is the profile's only content.
    NothingPublished,
    /// It was changed meanwhile.
    EditedMeanwhile,
}

/// Discards a draft. The second one is deleted; the first becomes the published version again.
pub fn discard(
    connection: &mut Connection,
    slot: DraftSlot,
    draft: &Draft,
) -> Result<Result<(), NotDiscarded>, StoreError> {
    let AgentProfile { id, organization_id, .. } = draft.profile;
    if slot == DraftSlot::B {
        delete_second(connection, organization_id, id)?;
        return Ok(Ok(()));
    }
    let published = profile_versions::find(connection, organization_id, id, draft.published_version)?;
    let Some((_, published)) = published else { return Ok(Err(NotDiscarded::NothingPublished)) };
    put_back(connection, published, draft.revision)
}

/// Discards a draft whose row can't be read, from its readable columns. The first draft becomes the published version again, with the profile's
/// present name.
pub fn discard_unreadable(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
    slot: DraftSlot,
) -> Result<Result<(), NotDiscarded>, StoreError> {
    if slot == DraftSlot::B {
        // The second draft may be readable although the first is not.
        profiles::draft(connection, organization_id, id)?;
        delete_second(connection, organization_id, id)?;
        return Ok(Ok(()));
    }
    let found: Option<(String, i64, i64)> = agent_profiles::table
        .find(id.to_string())
        .filter(agent_profiles::organization_id.eq(organization_id.to_string()))
        .select((agent_profiles::name, agent_profiles::revision, agent_profiles::published_version))
        .first(connection)
        .optional()?;
    let Some((name, revision, version)) = found else { return Ok(Err(NotDiscarded::NothingPublished)) };
    let version = u32::try_from(version).unwrap_or_default();
    let published = profile_versions::find(connection, organization_id, id, version)?;
    let Some((_, published)) = published else { return Ok(Err(NotDiscarded::NothingPublished)) };
    put_back(connection, AgentProfile { name, ..published }, u64::try_from(revision).unwrap_or_default())
}

fn delete_second(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ProfileId,
) -> Result<(), StoreError> {
    let found = second_drafts::table
        .find(id.to_string())
        .filter(second_drafts::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}

/// Replaces the first draft, if it has this revision, by what was published.
fn put_back(
    connection: &mut Connection,
    published: AgentProfile,
    revision: u64,
) -> Result<Result<(), NotDiscarded>, StoreError> {
    let id = published.id.to_string();
    if !profiles::update(connection, &AgentProfile { version: 0, ..published }, revision)? {
        return Ok(Err(NotDiscarded::EditedMeanwhile));
    }
    diesel::update(agent_profiles::table.find(id))
        .set(agent_profiles::published_revision.eq(agent_profiles::revision))
        .execute(connection)?;
    Ok(Ok(()))
}
