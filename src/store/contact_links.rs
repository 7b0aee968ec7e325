//! Contact links, by which other services add contacts to a campaign's list.

use chrono::NaiveDateTime;
use cordboard_campaigns::emptied::Emptied;
use cordboard_schema::changed::Thing;
use cordboard_schema::contact_link::{ContactLink, ContactRefusal};
use cordboard_schema::ids::{CampaignId, ContactLinkId, OrganizationId, UserId};
use cordboard_schema::limits::CONTACT_REFUSALS_KEPT;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::ContactLinkRow;
use cordboard_tables::tables::contact_links;
use diesel::prelude::*;

use super::{Connection, StoreError, changes, profiles};

/// Returns the links of a campaign, oldest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
) -> Result<Vec<ContactLink>, StoreError> {
    let rows = contact_links::table
        .filter(contact_links::campaign_id.eq(campaign_id.to_string()))
        .filter(contact_links::organization_id.eq(organization_id.to_string()))
        .order(contact_links::id)
        .select(ContactLinkRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(ContactLinkRow::into_link).collect::<Result<_, _>>()?)
}

/// Returns the link with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    id: ContactLinkId,
) -> Result<Option<ContactLink>, StoreError> {
    let row = contact_links::table
        .find(id.to_string())
        .filter(contact_links::campaign_id.eq(campaign_id.to_string()))
        .filter(contact_links::organization_id.eq(organization_id.to_string()))
        .select(ContactLinkRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(ContactLinkRow::into_link).transpose()?)
}

/// Returns the link whose secret has this hash, with its sealed signing secret, unless its organization is suspended. The secret is how a service
/// finds an organization, so all organizations are searched.
pub fn by_hash(
    connection: &mut Connection,
    hash: &str,
) -> Result<Option<(ContactLink, Option<String>)>, StoreError> {
    let found: Option<(ContactLinkRow, Option<String>)> = contact_links::table
        .filter(contact_links::secret_hash.eq(hash))
        .select((ContactLinkRow::as_select(), contact_links::signing_secret))
        .first(connection)
        .optional()?;
    let Some((row, sealed)) = found else { return Ok(None) };
    let link = row.into_link()?;
    let is_suspended = profiles::is_suspended(connection, link.organization_id)?;
    Ok((!is_suspended).then_some((link, sealed)))
}

/// The expiries of a campaign's enabled links, including expired ones; none for a link that does not expire.
pub(super) fn ends(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
) -> Result<Vec<Option<UnixMs>>, StoreError> {
    let ends: Vec<Option<NaiveDateTime>> = contact_links::table
        .filter(contact_links::campaign_id.eq(campaign_id.to_string()))
        .filter(contact_links::organization_id.eq(organization_id.to_string()))
        .filter(contact_links::enabled.eq(true))
        .select(contact_links::expires_at)
        .load(connection)?;
    Ok(ends.into_iter().map(|end| end.map(|at| at.and_utc().into())).collect())
}

/// Tells whether one of a campaign's links can add contacts at this moment.
pub fn any_open(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    now: UnixMs,
) -> Result<bool, StoreError> {
    Ok(Emptied::of(true, &ends(connection, organization_id, campaign_id)?, now).waits())
}

/// Disables the links that a user made. The dialler then checks whether their campaigns are over.
pub(super) fn switch_off_made_by(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<(), StoreError> {
    let theirs = contact_links::table
        .filter(contact_links::organization_id.eq(organization_id.to_string()))
        .filter(contact_links::made_by.eq(id.to_string()))
        .filter(contact_links::enabled.eq(true));
    let campaigns: Vec<String> = theirs.clone().select(contact_links::campaign_id).load(connection)?;
    diesel::update(theirs).set(contact_links::enabled.eq(false)).execute(connection)?;
    campaigns.into_iter().for_each(|id| changes::note(organization_id, Thing::Campaign, id));
    Ok(())
}

/// Adds a link whose secret has this hash.
pub fn create(connection: &mut Connection, link: &ContactLink, hash: String) -> Result<(), StoreError> {
    let row = ContactLinkRow::new(link, hash)?;
    diesel::insert_into(contact_links::table).values(row).execute(connection)?;
    changes::note(link.organization_id, Thing::Campaign, link.campaign_id);
    Ok(())
}

/// Changes a link, except its secret and its counts. Returns false if the campaign has none with that id.
pub fn update(connection: &mut Connection, link: &ContactLink) -> Result<bool, StoreError> {
    let row = ContactLinkRow::new(link, String::new())?;
    let found = contact_links::table
        .find(row.id)
        .filter(contact_links::campaign_id.eq(row.campaign_id))
        .filter(contact_links::organization_id.eq(row.organization_id));
    let changed = diesel::update(found)
        .set((
            contact_links::name.eq(row.name),
            contact_links::enabled.eq(row.enabled),
            contact_links::expires_at.eq(row.expires_at),
            contact_links::mapping.eq(row.mapping),
            contact_links::signature_header.eq(row.signature_header),
        ))
        .execute(connection)?;
    if changed > 0 {
        changes::note(link.organization_id, Thing::Campaign, link.campaign_id);
    }
    Ok(changed > 0)
}

/// Gives the link with this id a sealed signing secret that was made at this moment, or removes its secret. Returns false if the campaign has no such
/// link.
pub fn set_signing_secret(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (campaign_id, id): (CampaignId, ContactLinkId),
    secret: Option<(String, UnixMs)>,
) -> Result<bool, StoreError> {
    let found = contact_links::table
        .find(id.to_string())
        .filter(contact_links::campaign_id.eq(campaign_id.to_string()))
        .filter(contact_links::organization_id.eq(organization_id.to_string()));
    let (sealed, made_at) = secret.unzip();
    let changed = diesel::update(found)
        .set((
            contact_links::signing_secret.eq(sealed),
            contact_links::signing_secret_made_at.eq(made_at.map(|at| at.to_utc().naive_utc())),
        ))
        .execute(connection)?;
    if changed > 0 {
        changes::note(organization_id, Thing::Campaign, campaign_id);
    }
    Ok(changed > 0)
}

/// The results of one body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostOutcome {
    /// Contacts that were added.
    pub added: usize,
    /// Contacts that were on the list already.
    pub known: usize,
    /// Contacts that were refused.
    pub refused: usize,
    /// Why, newest first.
    pub refusals: Vec<ContactRefusal>,
}

/// Counts the results of a body that was received at this moment, and keeps the newest refusals.
pub fn note_post(
    connection: &mut Connection,
    link: &ContactLink,
    at: UnixMs,
    outcome: PostOutcome,
) -> Result<(), StoreError> {
    let found = contact_links::table
        .find(link.id.to_string())
        .filter(contact_links::organization_id.eq(link.organization_id.to_string()));
    let kept: Option<String> = found.clone().select(contact_links::refusals).first(connection).optional()?;
    // The link may have been removed meanwhile.
    let Some(kept) = kept else { return Ok(()) };
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let PostOutcome { added, known, refused, mut refusals } = outcome;
    refusals.extend(ContactLinkRow::refusals(&kept)?);
    refusals.truncate(CONTACT_REFUSALS_KEPT);
    diesel::update(found)
        .set((
            contact_links::last_used_at.eq(at.to_utc().naive_utc()),
            contact_links::added.eq(contact_links::added + count(added)),
            contact_links::known.eq(contact_links::known + count(known)),
            contact_links::refused.eq(contact_links::refused + count(refused)),
            contact_links::refusals.eq(ContactLinkRow::written(&refusals)?),
        ))
        .execute(connection)?;
    // Only for pages: a refused body does not make the dialler look at the campaign. Added contacts are noted where they are added.
    changes::note(link.organization_id, Thing::Contact, link.campaign_id);
    Ok(())
}

/// Removes the link with this id. Returns false if the campaign has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    id: ContactLinkId,
) -> Result<bool, StoreError> {
    let found = contact_links::table
        .find(id.to_string())
        .filter(contact_links::campaign_id.eq(campaign_id.to_string()))
        .filter(contact_links::organization_id.eq(organization_id.to_string()));
    let is_there = diesel::delete(found).execute(connection)? > 0;
    if is_there {
        changes::note(organization_id, Thing::Campaign, campaign_id);
    }
    Ok(is_there)
}

/// Removes all links of a campaign that is removed.
pub(super) fn delete_of_campaign(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
) -> Result<(), StoreError> {
    let found = contact_links::table
        .filter(contact_links::campaign_id.eq(campaign_id.to_string()))
        .filter(contact_links::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}
