//! Things that users made and that continue without them: who owns them, and what happens to them when the user is removed.

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::belonging::{Belonging, BelongingKind, MadeBy, Needs};
use cordboard_schema::ids::{ContactLinkId, InvitationId, OrganizationId, TalkLinkId, UserId, WebhookId};
use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::permission::Permission;
use cordboard_tables::rows::{BadRow, UserRow};
use cordboard_tables::tables::{
    api_tokens, calendar_feeds, contact_links, integrations, invitations, talk_links, webhooks,
};
use diesel::prelude::*;

use super::webhooks::host_of;
use super::{Connection, StoreError, users};

/// Why a webhook is off whose maker was removed.
const MAKER_GONE: &str = "the user who made it was removed";

/// A kind of thing whose maker is stored. An API token stores its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The link to the organization's calendar.
    CalendarFeed,
    /// An invitation.
    Invitation(InvitationId),
    /// A talk link.
    TalkLink(TalkLinkId),
    /// A contact link.
    ContactLink(ContactLinkId),
    /// A webhook.
    Webhook(WebhookId),
    /// An account at a service.
    Integration(IntegrationKind),
}

/// The maker of belongings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// This user.
    User(UserId),
    /// Things without a known maker.
    Unknown,
}

/// Stores who made a thing, in the transaction that makes it; none for the admin token.
pub fn note_maker(
    connection: &mut Connection,
    organization_id: OrganizationId,
    made: Made,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    let (organization, by) = (organization_id.to_string(), by.map(|id| id.to_string()));
    match made {
        Made::CalendarFeed => {
            let feed = calendar_feeds::table.find(organization);
            diesel::update(feed).set(calendar_feeds::made_by.eq(by)).execute(connection)?;
        }
        Made::Invitation(id) => {
            let one = invitations::table
                .filter(invitations::organization_id.eq(organization))
                .filter(invitations::id.eq(id.to_string()));
            diesel::update(one).set(invitations::made_by.eq(by)).execute(connection)?;
        }
        Made::TalkLink(id) => {
            let one = talk_links::table
                .filter(talk_links::organization_id.eq(organization))
                .filter(talk_links::id.eq(id.to_string()));
            diesel::update(one).set(talk_links::made_by.eq(by)).execute(connection)?;
        }
        Made::ContactLink(id) => {
            let one = contact_links::table
                .filter(contact_links::organization_id.eq(organization))
                .filter(contact_links::id.eq(id.to_string()));
            diesel::update(one).set(contact_links::made_by.eq(by)).execute(connection)?;
        }
        Made::Webhook(id) => {
            let one = webhooks::table
                .filter(webhooks::organization_id.eq(organization))
                .filter(webhooks::id.eq(id.to_string()));
            diesel::update(one).set(webhooks::made_by.eq(by)).execute(connection)?;
        }
        Made::Integration(kind) => {
            let one = integrations::table.find((organization, kind.as_str()));
            diesel::update(one).set(integrations::made_by.eq(by)).execute(connection)?;
        }
    }
    Ok(())
}

/// The user who made something, if they may sign in. Otherwise what they made is no longer valid.
pub(super) fn active_maker(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = users::find(connection, organization_id, id)?;
    let user = row.map(|row| row.user()).transpose()?;
    Ok(user.filter(|user| user.status == UserStatus::Active))
}

/// Returns the things that a user made, by kind and then by age.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Belonging>, StoreError> {
    let mut all = Vec::new();
    for (kind, found) in [
        (BelongingKind::ApiToken, tokens(connection, organization_id, maker)?),
        (BelongingKind::CalendarFeed, feeds(connection, organization_id, maker)?),
        (BelongingKind::Invitation, waiting_invitations(connection, organization_id, maker)?),
        (BelongingKind::TalkLink, links(connection, organization_id, maker)?),
        (BelongingKind::ContactLink, contact_posts(connection, organization_id, maker)?),
        (BelongingKind::Webhook, hooks(connection, organization_id, maker)?),
        (BelongingKind::Integration, accounts(connection, organization_id, maker)?),
    ] {
        all.extend(found.into_iter().map(|Found { id, name, created_at, needs }| Belonging {
            kind,
            id,
            name,
            created_at: created_at.and_utc().into(),
            made: match maker {
                Maker::User(_) => MadeBy::ByThem,
                Maker::Unknown => MadeBy::BeforeMakers,
            },
            without_maker: kind.without_maker(),
            needs: needs.unwrap_or_else(|| Needs::Permissions([kind.made_with()].into_iter().collect())),
        }));
    }
    Ok(all)
}

/// A row that was found.
struct Found {
    id: String,
    name: String,
    created_at: NaiveDateTime,
    /// The permission that a new owner needs, if it is not the one to make such a thing.
    needs: Option<Needs>,
}

impl From<(String, String, NaiveDateTime)> for Found {
    fn from((id, name, created_at): (String, String, NaiveDateTime)) -> Self {
        Self { id, name, created_at, needs: None }
    }
}

/// The rows of a table in the organization that have the wanted maker.
macro_rules! made_by {
    ($table:ident, $maker:ident, $organization_id:expr, $wanted:expr) => {{
        let of_all =
            $table::table.filter($table::organization_id.eq($organization_id.to_string())).into_boxed();
        match $wanted {
            Maker::User(id) => of_all.filter($table::$maker.eq(id.to_string())),
            Maker::Unknown => of_all.filter($table::$maker.is_null()),
        }
    }};
}

fn tokens(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, String, NaiveDateTime, String)> =
        made_by!(api_tokens, created_by, organization_id, maker)
            .order(api_tokens::id)
            .select((api_tokens::id, api_tokens::name, api_tokens::created_at, api_tokens::scopes))
            .load(connection)?;
    let found = rows.into_iter().map(|(id, name, created_at, scopes)| {
        let scopes: Vec<Permission> =
            serde_json::from_str(&scopes).map_err(|fault| BadRow::new("api_tokens.scopes", fault))?;
        let needs = Some(Needs::Permissions(scopes.into_iter().collect()));
        Ok::<_, StoreError>(Found { id, name, created_at, needs })
    });
    found.collect()
}

fn feeds(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, NaiveDateTime)> = made_by!(calendar_feeds, made_by, organization_id, maker)
        .select((calendar_feeds::organization_id, calendar_feeds::created_at))
        .load(connection)?;
    let named = |(id, created_at)| Found::from((id, "appointments".to_owned(), created_at));
    Ok(rows.into_iter().map(named).collect())
}

fn waiting_invitations(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, Option<String>, NaiveDateTime, String)> =
        made_by!(invitations, made_by, organization_id, maker)
            .filter(invitations::email.is_not_null())
            .filter(invitations::expires_at.gt(world::now().naive_utc()))
            .order(invitations::id)
            .select((invitations::id, invitations::email, invitations::created_at, invitations::role))
            .load(connection)?;
    let found = rows.into_iter().map(|(id, email, created_at, role)| {
        let role =
            serde_json::from_value(role.into()).map_err(|fault| BadRow::new("invitations.role", fault))?;
        let needs = Some(Needs::MakingA(role));
        Ok::<_, StoreError>(Found { id, name: email.unwrap_or_default(), created_at, needs })
    });
    found.collect()
}

fn links(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, String, NaiveDateTime)> = made_by!(talk_links, made_by, organization_id, maker)
        .order(talk_links::id)
        .select((talk_links::id, talk_links::name, talk_links::created_at))
        .load(connection)?;
    Ok(rows.into_iter().map(Found::from).collect())
}

fn contact_posts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, String, NaiveDateTime)> = made_by!(contact_links, made_by, organization_id, maker)
        .order(contact_links::id)
        .select((contact_links::id, contact_links::name, contact_links::created_at))
        .load(connection)?;
    Ok(rows.into_iter().map(Found::from).collect())
}

fn hooks(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, String, NaiveDateTime)> = made_by!(webhooks, made_by, organization_id, maker)
        .order(webhooks::id)
        .select((webhooks::id, webhooks::url, webhooks::created_at))
        .load(connection)?;
    Ok(rows.into_iter().map(|(id, url, at)| Found::from((id, host_of(&url), at))).collect())
}

fn accounts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    maker: Maker,
) -> Result<Vec<Found>, StoreError> {
    let rows: Vec<(String, NaiveDateTime)> = made_by!(integrations, made_by, organization_id, maker)
        .order(integrations::kind)
        .select((integrations::kind, integrations::updated_at))
        .load(connection)?;
    Ok(rows.into_iter().map(|(kind, at)| Found::from((kind.clone(), kind, at))).collect())
}

/// Gives everything that a user made to another user of the organization. The caller has checked that they may own it.
pub fn hand_over(
    connection: &mut Connection,
    organization_id: OrganizationId,
    from: UserId,
    to: UserId,
) -> Result<(), StoreError> {
    set_maker(connection, organization_id, from, Some(to))
}

/// Ends what a user made, as [`BelongingKind::without_maker`] specifies. The rest belongs to the organization from then on.
pub fn end(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<(), StoreError> {
    let (organization, by) = (organization_id.to_string(), id.to_string());
    let tokens = api_tokens::table
        .filter(api_tokens::organization_id.eq(organization.clone()))
        .filter(api_tokens::created_by.eq(by.clone()));
    diesel::delete(tokens).execute(connection)?;
    let feeds = calendar_feeds::table
        .filter(calendar_feeds::organization_id.eq(organization.clone()))
        .filter(calendar_feeds::made_by.eq(by.clone()));
    diesel::delete(feeds).execute(connection)?;
    let invited = invitations::table
        .filter(invitations::organization_id.eq(organization.clone()))
        .filter(invitations::made_by.eq(by.clone()));
    diesel::delete(invited).execute(connection)?;
    let links = talk_links::table
        .filter(talk_links::organization_id.eq(organization.clone()))
        .filter(talk_links::made_by.eq(by.clone()));
    diesel::update(links).set(talk_links::enabled.eq(false)).execute(connection)?;
    super::contact_links::switch_off_made_by(connection, organization_id, id)?;
    let hooks = webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .filter(webhooks::made_by.eq(by))
        .filter(webhooks::enabled.eq(true));
    let off = (webhooks::enabled.eq(false), webhooks::off_reason.eq(Some(MAKER_GONE)));
    diesel::update(hooks).set(off).execute(connection)?;
    set_maker(connection, organization_id, id, None)
}

fn set_maker(
    connection: &mut Connection,
    organization_id: OrganizationId,
    from: UserId,
    to: Option<UserId>,
) -> Result<(), StoreError> {
    macro_rules! give {
        ($table:ident, $maker:ident) => {
            let theirs = $table::table
                .filter($table::organization_id.eq(organization_id.to_string()))
                .filter($table::$maker.eq(from.to_string()));
            diesel::update(theirs).set($table::$maker.eq(to.map(|id| id.to_string()))).execute(connection)?;
        };
    }
    give!(api_tokens, created_by);
    give!(calendar_feeds, made_by);
    give!(invitations, made_by);
    give!(talk_links, made_by);
    give!(contact_links, made_by);
    give!(webhooks, made_by);
    give!(integrations, made_by);
    Ok(())
}
