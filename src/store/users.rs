//! Users. Everything except signing in is limited to one organization.

use std::collections::{BTreeSet, HashMap};

use cordboard_actors::world;
use cordboard_schema::account::{EmailAddress, PageLanguage, User, UserStatus};
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::permission::Role;
use cordboard_tables::rows::{BadRow, UserRow};
use cordboard_tables::tables::{password_resets as resets, users};
use diesel::prelude::*;

use super::Connection;
use super::mails::{self, NOTICE_LINK};
use super::readable::{Faults, fault_of};
use super::{StoreError, activities, call_notes, call_views, callbacks, deliveries, invitations, notices};

/// Returns the user with this address, of any organization: for signing in, before the user is known.
pub fn by_email(connection: &mut Connection, email: &EmailAddress) -> Result<Option<UserRow>, StoreError> {
    let found = users::table.filter(users::email.eq(email.as_str()));
    Ok(found.select(UserRow::as_select()).first(connection).optional()?)
}

/// Returns the user with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<Option<UserRow>, StoreError> {
    let found = users::table
        .find(id.to_string())
        .filter(users::organization_id.eq(organization_id.to_string()))
        .select(UserRow::as_select());
    Ok(found.first(connection).optional()?)
}

/// Returns the organization's users, oldest first: at most `limit` after `after`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<User>, StoreError> {
    let mut found = users::table
        .filter(users::organization_id.eq(organization_id.to_string()))
        .order(users::id)
        .limit(limit)
        .select(UserRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(users::id.gt(after.to_string()));
    }
    Ok(found.load(connection)?.iter().map(UserRow::user).collect::<Result<_, BadRow>>()?)
}

/// The readable users of the organization, or of each, oldest first: for the router.
pub(super) fn readable(
    connection: &mut Connection,
    organization_id: Option<OrganizationId>,
    faults: &mut Faults,
) -> Result<Vec<User>, StoreError> {
    let mut found = users::table.order(users::id).select(UserRow::as_select()).into_boxed();
    if let Some(organization_id) = organization_id {
        found = found.filter(users::organization_id.eq(organization_id.to_string()));
    }
    let mut read = Vec::new();
    for row in found.load::<UserRow>(connection)? {
        let user = row.user().map_err(|fault| fault_of(&row.id, fault));
        read.extend(faults.note(&row.organization_id, "users", user)?);
    }
    Ok(read)
}

/// Returns the names of those of these users that the organization has.
pub fn names(
    connection: &mut Connection,
    organization_id: OrganizationId,
    ids: &BTreeSet<UserId>,
) -> Result<HashMap<UserId, String>, StoreError> {
    let by_text: HashMap<String, UserId> = ids.iter().map(|id| (id.to_string(), *id)).collect();
    let found: Vec<(String, String)> = users::table
        .filter(users::organization_id.eq(organization_id.to_string()))
        .filter(users::id.eq_any(by_text.keys()))
        .select((users::id, users::name))
        .load(connection)?;
    Ok(found.into_iter().filter_map(|(id, name)| Some((*by_text.get(&id)?, name))).collect())
}

/// Counts the organization's users.
pub fn count(connection: &mut Connection, organization_id: OrganizationId) -> Result<i64, StoreError> {
    let own = users::table.filter(users::organization_id.eq(organization_id.to_string()));
    Ok(own.count().get_result(connection)?)
}

/// Tells whether there is any user, in any organization: for pages, before the user is known.
pub fn is_any(connection: &mut Connection) -> Result<bool, StoreError> {
    Ok(users::table.select(users::id).first::<String>(connection).optional()?.is_some())
}

/// Counts the organization's owners who may sign in.
pub fn owners(connection: &mut Connection, organization_id: OrganizationId) -> Result<i64, StoreError> {
    let owners = users::table
        .filter(users::organization_id.eq(organization_id.to_string()))
        .filter(users::role.eq(Role::Owner.as_str()))
        .filter(users::status.eq("active"));
    Ok(owners.count().get_result(connection)?)
}

/// Adds a user. An address that another user has is a unique violation.
pub fn create(connection: &mut Connection, row: &UserRow) -> Result<(), StoreError> {
    diesel::insert_into(users::table).values(row.clone()).execute(connection)?;
    Ok(())
}

/// Sets a user's name, role and status. Callbacks claimed by a user who may no longer sign in are open again, and notices to them that wait are not
/// sent. Returns false if the organization has no such user.
pub fn update(connection: &mut Connection, user: &User) -> Result<bool, StoreError> {
    let status = match user.status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
    };
    let changed =
        diesel::update(of(user.organization_id, user.id).filter(users::email.eq(user.email.as_str())))
            .set((users::name.eq(&user.name), users::role.eq(user.role.as_str()), users::status.eq(status)))
            .execute(connection)?;
    if changed > 0 && user.status == UserStatus::Disabled {
        callbacks::release_all_of(connection, user.organization_id, user.id)?;
        let (organization_id, email) = (user.organization_id, user.email.as_str());
        deliveries::readdress(connection, organization_id, email, Err("its reader may not sign in"))?;
    }
    Ok(changed > 0)
}

/// Removes a user with their sign-ins, agent settings and memberships in queues. Callbacks that they claimed are open again. Returns false if the
/// organization has no such user.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<bool, StoreError> {
    callbacks::release_all_of(connection, organization_id, id)?;
    activities::leave(connection, organization_id, id)?;
    call_notes::forget_shares_with(connection, organization_id, id)?;
    call_views::forget_own(connection, organization_id, id)?;
    Ok(diesel::delete(of(organization_id, id)).execute(connection)? > 0)
}

/// Sets a user's password. Links for setting a new one, or for a new address, that were mailed before become invalid.
pub fn set_password(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
    password_hash: &str,
) -> Result<(), StoreError> {
    diesel::update(of(organization_id, id))
        .set(users::password_hash.eq(password_hash))
        .execute(connection)?;
    end_links(connection, organization_id, id)
}

/// Sets the address with which a user signs in. Links that were mailed to them before, and the organization's invitations to either address, become
/// invalid; their waiting reports, and notices to their address, go to the new one. An address that another user has is a unique violation.
pub fn set_email(connection: &mut Connection, user: &User, email: &EmailAddress) -> Result<(), StoreError> {
    let (organization_id, id) = (user.organization_id, user.id);
    diesel::update(of(organization_id, id)).set(users::email.eq(email.as_str())).execute(connection)?;
    end_links(connection, organization_id, id)?;
    mails::redirect_reports(connection, id, email)?;
    notices::readdress(connection, organization_id, user.email.as_str(), Some(email.as_str()))?;
    invitations::delete_to(connection, organization_id, user.email.as_str())?;
    invitations::delete_to(connection, organization_id, email.as_str())
}

/// Ends the links for a new password or a new address that were mailed to a user.
fn end_links(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<(), StoreError> {
    let mailed = resets::table
        .filter(resets::user_id.eq(id.to_string()))
        .filter(resets::organization_id.eq(organization_id.to_string()));
    diesel::delete(mailed).execute(connection)?;
    Ok(())
}

/// Stores the language of a user's pages; none lets their browser decide.
pub fn set_language(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
    language: Option<PageLanguage>,
) -> Result<(), StoreError> {
    let word = language.map(UserRow::language_word).transpose()?;
    diesel::update(of(organization_id, id)).set(users::language.eq(word)).execute(connection)?;
    Ok(())
}

/// Stores that a user has signed in.
pub fn note_sign_in(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<(), StoreError> {
    let now = Some(world::now().naive_utc());
    diesel::update(of(organization_id, id)).set(users::last_sign_in_at.eq(now)).execute(connection)?;
    Ok(())
}

/// Offers a second factor, or none. It counts only once it is confirmed.
pub fn offer_totp(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
    sealed: Option<&str>,
) -> Result<(), StoreError> {
    diesel::update(of(organization_id, id)).set(users::totp_pending.eq(sealed)).execute(connection)?;
    Ok(())
}

/// Activates the second factor that was offered to a user, with the hashes of its recovery codes. The code of this step has confirmed it, and steps
/// of an earlier factor no longer count. Returns false if it is not offered any more.
pub fn confirm_totp(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
    (sealed, step): (&str, i64),
    recovery_codes: &[String],
) -> Result<bool, StoreError> {
    let codes = recovery_codes_json(recovery_codes)?;
    let offered = of(organization_id, id).filter(users::totp_pending.eq(sealed));
    let confirmed = diesel::update(offered)
        .set((
            users::totp_secret.eq(Some(sealed)),
            users::totp_pending.eq(None::<String>),
            users::totp_step.eq(step),
            users::recovery_codes.eq(codes),
        ))
        .execute(connection)?;
    Ok(confirmed > 0)
}

/// Removes a user's second factor with its recovery codes, and any offer.
pub fn remove_totp(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<(), StoreError> {
    diesel::update(of(organization_id, id))
        .set((
            users::totp_secret.eq(None::<String>),
            users::totp_pending.eq(None::<String>),
            users::recovery_codes.eq(recovery_codes_json(&[])?),
        ))
        .execute(connection)?;
    Ok(())
}

/// Tells whether a mail with this `link_hash` is a notice to somebody who is still a user.
pub(super) fn is_notified(connection: &mut Connection, link_hash: &str) -> Result<bool, StoreError> {
    let Some(id) = link_hash.strip_prefix(NOTICE_LINK) else { return Ok(false) };
    let found = users::table.find(id).select(users::id);
    Ok(found.first::<String>(connection).optional()?.is_some())
}

/// Uses the code of this step. Returns false if it, or a later one, was used before.
pub fn take_totp_step(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
    step: i64,
) -> Result<bool, StoreError> {
    let unused = of(organization_id, id).filter(users::totp_step.lt(step));
    Ok(diesel::update(unused).set(users::totp_step.eq(step)).execute(connection)? > 0)
}

/// Uses the recovery code with this hash. Returns false if there is none.
pub fn take_recovery_code(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: UserId,
    hash: &str,
) -> Result<bool, StoreError> {
    let Some(row) = find(connection, organization_id, id)? else { return Ok(false) };
    let mut codes = row.recovery_codes()?;
    let Some(place) = codes.iter().position(|code| code == hash) else { return Ok(false) };
    codes.remove(place);
    // If two servers use one code at the same time, only one of them finds the codes unchanged.
    let unchanged = of(organization_id, id).filter(users::recovery_codes.eq(row.recovery_codes));
    let left = recovery_codes_json(&codes)?;
    Ok(diesel::update(unchanged).set(users::recovery_codes.eq(left)).execute(connection)? > 0)
}

fn recovery_codes_json(codes: &[String]) -> Result<String, StoreError> {
    Ok(serde_json::to_string(codes).map_err(|fault| BadRow::new("users.recovery_codes", fault))?)
}

/// The user with this id in this organization.
#[diesel::dsl::auto_type]
fn of(organization_id: OrganizationId, id: UserId) -> _ {
    let (id, organization_id): (String, String) = (id.to_string(), organization_id.to_string());
    users::table.filter(users::id.eq(id)).filter(users::organization_id.eq(organization_id))
}
