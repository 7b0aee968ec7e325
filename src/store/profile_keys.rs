//! The action of one key, set by itself. It counts on the next calls and in both drafts, whatever else of the drafts is not published yet.

use cordboard_schema::audit::Actor;
use cordboard_schema::digit::Digits;
use cordboard_schema::profile::{AgentProfile, DtmfAction};
use cordboard_schema::profile_version::{Draft, DraftSlot};
use cordboard_tables::tables::agent_profiles;
use diesel::prelude::*;

use super::{Connection, StoreError, drafts, profile_versions, profiles};

/// The action of these keys was changed in the first draft, which was `before`: changes it in the second draft and in what callers get, too.
pub fn keys_changed(
    connection: &mut Connection,
    before: &Draft,
    digits: &Digits,
    by: Actor,
) -> Result<(), StoreError> {
    let AgentProfile { id, organization_id, .. } = before.profile;
    let second = match drafts::draft(connection, organization_id, id, DraftSlot::B) {
        // It can only be discarded.
        Err(error) if error.is_of_the_row() => None,
        second => second?,
    };
    let changed = i64::try_from(before.revision.saturating_add(1)).unwrap_or(i64::MAX);
    diesel::update(agent_profiles::table.find(id.to_string()))
        .set(agent_profiles::revision.eq(changed))
        .execute(connection)?;
    let Some(first) = profiles::draft(connection, organization_id, id)? else { return Ok(()) };
    let set_in = |profile: AgentProfile| with_keys_of(&first.profile, digits, profile);
    let is_of_second = second.as_ref().is_some_and(Draft::is_published);
    if let Some(Draft { profile, revision, .. }) = second {
        drafts::update(connection, DraftSlot::B, &set_in(profile), revision)?;
    }
    if before.is_published() {
        profile_versions::publish(connection, &first, by, "")?;
        return Ok(());
    }
    let published = match profile_versions::find(connection, organization_id, id, before.published_version) {
        // No call gets it.
        Err(error) if error.is_of_the_row() => None,
        published => published?,
    };
    let Some((_, published)) = published else { return Ok(()) };
    let publication =
        profile_versions::publish_next(connection, &set_in(published), before.published_version, by, "")?;
    if is_of_second {
        drafts::second_is_published(connection, &publication)?;
    }
    Ok(())
}

/// Returns a profile with the action that these keys have in the first draft, in the order that keys have there.
fn with_keys_of(first: &AgentProfile, digits: &Digits, mut profile: AgentProfile) -> AgentProfile {
    let action = first.dtmf_actions.iter().find(|on| on.digits == *digits).cloned();
    let actions = &mut profile.dtmf_actions;
    actions.retain(|on| on.digits != *digits);
    actions.extend(action);
    let place = |on: &DtmfAction| first.dtmf_actions.iter().position(|known| known.digits == on.digits);
    // Keys that the first draft does not have come last.
    actions.sort_by_key(|on| place(on).unwrap_or(usize::MAX));
    profile
}
