//! Talk links, by which visitors talk with the assistant in their browser.

use chrono::{DateTime, Utc};
use cordboard_schema::ids::{OrganizationId, ProfileId, TalkLinkId};
use cordboard_schema::page_origin::PageOrigin;
use cordboard_schema::talk_link::TalkLink;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::TalkLinkRow;
use cordboard_tables::tables::talk_links;
use diesel::prelude::*;

use super::{Connection, StoreError, profiles};

/// Returns the organization's links, oldest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<TalkLink>, StoreError> {
    let rows = talk_links::table
        .filter(talk_links::organization_id.eq(organization_id.to_string()))
        .order(talk_links::id)
        .select(TalkLinkRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(TalkLinkRow::into_link).collect::<Result<_, _>>()?)
}

/// Returns the link with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: TalkLinkId,
) -> Result<Option<TalkLink>, StoreError> {
    let row = talk_links::table
        .find(id.to_string())
        .filter(talk_links::organization_id.eq(organization_id.to_string()))
        .select(TalkLinkRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(TalkLinkRow::into_link).transpose()?)
}

/// Returns the link whose token has this hash, unless its organization is suspended. The token is how a visitor finds an organization, so all
/// organizations are searched.
pub fn by_hash(connection: &mut Connection, hash: &str) -> Result<Option<TalkLink>, StoreError> {
    let row = talk_links::table
        .filter(talk_links::token_hash.eq(hash))
        .select(TalkLinkRow::as_select())
        .first(connection)
        .optional()?;
    let Some(link) = row.map(TalkLinkRow::into_link).transpose()? else { return Ok(None) };
    let is_suspended = profiles::is_suspended(connection, link.organization_id)?;
    Ok((!is_suspended).then_some(link))
}

/// Tells whether the widget of any link may be on pages of this origin. The request does not name a link yet, so all links are searched, and nothing
/// else is returned. A link that was switched off counts: it begins no calls, but its visitors return to those that it has.
pub fn is_listed(connection: &mut Connection, origin: &PageOrigin) -> Result<bool, StoreError> {
    let listed = format!("%{}%", TalkLinkRow::listed(std::slice::from_ref(origin)));
    let found = talk_links::table
        .filter(talk_links::origins.like(listed))
        .select(talk_links::id)
        .first::<String>(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Tells whether this profile answers a link.
pub fn has_profile(
    connection: &mut Connection,
    organization_id: OrganizationId,
    profile_id: ProfileId,
) -> Result<bool, StoreError> {
    let count: i64 = talk_links::table
        .filter(talk_links::organization_id.eq(organization_id.to_string()))
        .filter(talk_links::profile_id.eq(profile_id.to_string()))
        .count()
        .get_result(connection)?;
    Ok(count > 0)
}

/// Adds a link whose token has this hash.
pub fn create(connection: &mut Connection, link: &TalkLink, hash: String) -> Result<(), StoreError> {
    diesel::insert_into(talk_links::table).values(TalkLinkRow::new(link, hash)).execute(connection)?;
    Ok(())
}

/// Changes a link, except its token and when it was used. Returns false if the organization has none with that id.
pub fn update(connection: &mut Connection, link: &TalkLink) -> Result<bool, StoreError> {
    let row = TalkLinkRow::new(link, String::new());
    let found = talk_links::table.find(row.id).filter(talk_links::organization_id.eq(row.organization_id));
    let changed = diesel::update(found)
        .set((
            talk_links::name.eq(row.name),
            talk_links::profile_id.eq(row.profile_id),
            talk_links::enabled.eq(row.enabled),
            talk_links::calls_max.eq(row.calls_max),
            talk_links::calls_per_hour_max.eq(row.calls_per_hour_max),
            talk_links::origins.eq(row.origins),
            talk_links::widget_position.eq(row.widget_position),
            talk_links::widget_accent.eq(row.widget_accent),
            talk_links::widget_greeting.eq(row.widget_greeting),
        ))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Returns the sealed signing secret of a link; `None` if it has none. The caller has checked access to the link.
pub fn signing_secret(connection: &mut Connection, link: &TalkLink) -> Result<Option<String>, StoreError> {
    let found: Option<Option<String>> = talk_links::table
        .find(link.id.to_string())
        .filter(talk_links::organization_id.eq(link.organization_id.to_string()))
        .select(talk_links::signing_secret)
        .first(connection)
        .optional()?;
    Ok(found.flatten())
}

/// Gives the link with this id a sealed signing secret that was made at this moment, or removes its secret. Returns false if the organization has no
/// such link.
pub fn set_signing_secret(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: TalkLinkId,
    secret: Option<(String, UnixMs)>,
) -> Result<bool, StoreError> {
    let found = talk_links::table
        .find(id.to_string())
        .filter(talk_links::organization_id.eq(organization_id.to_string()));
    let (sealed, made_at) = secret.unzip();
    let changed = diesel::update(found)
        .set((
            talk_links::signing_secret.eq(sealed),
            talk_links::signing_secret_made_at.eq(made_at.map(|at| at.to_utc().naive_utc())),
        ))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Stores when the link was last used.
pub fn note_use(connection: &mut Connection, id: TalkLinkId, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(talk_links::table.find(id.to_string()))
        .set(talk_links::last_used_at.eq(at.naive_utc()))
        .execute(connection)?;
    Ok(())
}

/// Removes the link with this id. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: TalkLinkId,
) -> Result<bool, StoreError> {
    let found = talk_links::table
        .find(id.to_string())
        .filter(talk_links::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}
