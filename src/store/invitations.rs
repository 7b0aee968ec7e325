//! Tokens that are used once and then deleted: invitations, including the setup token, and links for setting a new password or confirming a new e-mail
//! address.

use chrono::{DateTime, Utc};
use cordboard_schema::account::Invitation;
use cordboard_schema::giving::{Giver, Right};
use cordboard_schema::ids::{InvitationId, OrganizationId};
use cordboard_schema::permission::{Permission, Role};
use cordboard_tables::rows::{BadRow, InvitationRow, PasswordResetRow};
use cordboard_tables::tables::{invitations, password_resets as resets};
use diesel::prelude::*;

use super::belongings::active_maker;
use super::{Connection, StoreError, profiles, report_mails, users};

/// Prefix of a link's hash among those for new passwords if it confirms a new e-mail address. No hash of a password link begins with it, so the one
/// kind of token never opens what the other does.
pub const ADDRESS_LINK: &str = "email:";

/// Returns the organization's open invitations, oldest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    now: DateTime<Utc>,
) -> Result<Vec<Invitation>, StoreError> {
    let rows = invitations::table
        .filter(invitations::organization_id.eq(organization_id.to_string()))
        .filter(invitations::expires_at.gt(now.naive_utc()))
        .filter(invitations::email.is_not_null())
        .order(invitations::id)
        .select(InvitationRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(InvitationRow::into_invitation).collect::<Result<_, _>>()?)
}

/// Adds an invitation. Only the hash of its token is stored. Expired ones are deleted.
pub fn create(connection: &mut Connection, invitation: &Invitation, hash: String) -> Result<(), StoreError> {
    let row = InvitationRow::new(invitation, hash)?;
    diesel::delete(invitations::table.filter(invitations::expires_at.le(row.created_at)))
        .execute(connection)?;
    diesel::insert_into(invitations::table).values(row).execute(connection)?;
    Ok(())
}

/// Returns the invitation whose token has this hash, of any organization, so that the invited person can see it before accepting.
pub fn find(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<Invitation>, StoreError> {
    let found = find_one(connection, hash, now, true)?;
    Ok(found.map(InvitationRow::into_invitation).transpose()?)
}

/// Replaces earlier setup tokens by a new one.
pub fn set_setup_token(
    connection: &mut Connection,
    invitation: &Invitation,
    hash: String,
) -> Result<(), StoreError> {
    diesel::delete(invitations::table.filter(invitations::email.is_null())).execute(connection)?;
    create(connection, invitation, hash)
}

/// Accepts the invitation whose token has this hash. A token works once.
pub fn take(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<Invitation>, StoreError> {
    take_one(connection, hash, now, true)
}

/// Tells whether there is a valid setup token with this hash.
pub fn setup_token_holds(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(find_one(connection, hash, now, false)?.is_some())
}

/// Uses the setup token with this hash, which works once, and returns the organization that gets an owner.
pub fn take_setup_token(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<OrganizationId>, StoreError> {
    Ok(take_one(connection, hash, now, false)?.map(|setup| setup.organization_id))
}

fn take_one(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
    has_email: bool,
) -> Result<Option<Invitation>, StoreError> {
    let Some(row) = find_one(connection, hash, now, has_email)? else { return Ok(None) };
    // If two servers use it at once, only one of them deletes it.
    let taken = invitations::table.filter(invitations::id.eq(row.id.clone()));
    if diesel::delete(taken).execute(connection)? == 0 {
        return Ok(None);
    }
    Ok(Some(row.into_invitation()?))
}

fn find_one(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
    has_email: bool,
) -> Result<Option<InvitationRow>, StoreError> {
    let found = invitations::table
        .filter(invitations::token_hash.eq(hash))
        .filter(invitations::expires_at.gt(now.naive_utc()))
        .select(InvitationRow::as_select());
    let found = found.first(connection).optional()?;
    let Some(row) = found.filter(|row: &InvitationRow| row.email.is_some() == has_email) else {
        return Ok(None);
    };
    Ok(is_still_given(connection, &row)?.then_some(row))
}

/// Tells whether the inviter could still make the invitation. Invitations without a known maker are always valid. The setup token makes only the
/// first owner, and no other, however that owner was created.
fn is_still_given(connection: &mut Connection, row: &InvitationRow) -> Result<bool, StoreError> {
    let owner =
        row.organization_id.parse().map_err(|fault| BadRow::new("invitations.organization_id", fault))?;
    if profiles::is_suspended(connection, owner)? {
        return Ok(false);
    }
    if row.email.is_none() {
        let Invitation { organization_id, .. } = row.clone().into_invitation()?;
        return Ok(users::owners(connection, organization_id)? == 0);
    }
    let made_by: Option<String> =
        invitations::table.find(row.id.clone()).select(invitations::made_by).first(connection)?;
    let Some(maker) = made_by else { return Ok(true) };
    let maker = maker.parse().map_err(|fault| BadRow::new("invitations.made_by", fault))?;
    let Invitation { organization_id, role, .. } = row.clone().into_invitation()?;
    let Some(maker) = active_maker(connection, organization_id, maker)? else { return Ok(false) };
    let giver = Giver { permissions: maker.role.permissions(), role: Some(maker.role) };
    Ok(maker.role.may(Permission::UsersWrite) && giver.may_give(Right::Role(role)).is_ok())
}

/// Returns the role that an invitation of the organization gives.
pub fn role_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: InvitationId,
) -> Result<Option<Role>, StoreError> {
    let found = invitations::table
        .filter(invitations::id.eq(id.to_string()))
        .filter(invitations::organization_id.eq(organization_id.to_string()))
        .select(InvitationRow::as_select());
    let row = found.first(connection).optional()?;
    Ok(row.map(InvitationRow::into_invitation).transpose()?.map(|invitation| invitation.role))
}

/// Revokes an invitation. Returns false if the organization has none with this id.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: InvitationId,
) -> Result<bool, StoreError> {
    let found = invitations::table
        .filter(invitations::id.eq(id.to_string()))
        .filter(invitations::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// Deletes the organization's invitations to an address of a user, or to one that a user had.
pub(super) fn delete_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    email: &str,
) -> Result<(), StoreError> {
    let found = invitations::table
        .filter(invitations::email.eq(email))
        .filter(invitations::organization_id.eq(organization_id.to_string()));
    diesel::delete(found).execute(connection)?;
    Ok(())
}

/// Adds a link for setting a new password, or for confirming a new address. Earlier ones of the user for the same purpose, and expired ones, are
/// deleted. Anybody may request a password for an address, so that must not end a link for a new address.
pub fn create_reset(connection: &mut Connection, row: &PasswordResetRow) -> Result<(), StoreError> {
    diesel::delete(resets::table.filter(resets::expires_at.le(row.created_at))).execute(connection)?;
    let theirs = resets::user_id.eq(row.user_id.clone());
    let addresses = format!("{ADDRESS_LINK}%");
    if row.token_hash.starts_with(ADDRESS_LINK) {
        let earlier = theirs.and(resets::token_hash.like(addresses));
        diesel::delete(resets::table.filter(earlier)).execute(connection)?;
    } else {
        let earlier = theirs.and(resets::token_hash.not_like(addresses));
        diesel::delete(resets::table.filter(earlier)).execute(connection)?;
    }
    diesel::insert_into(resets::table).values(row.clone()).execute(connection)?;
    Ok(())
}

/// Uses the link whose token has this hash. A token works once.
pub fn take_reset(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<PasswordResetRow>, StoreError> {
    let found = resets::table
        .filter(resets::token_hash.eq(hash))
        .filter(resets::expires_at.gt(now.naive_utc()))
        .select(PasswordResetRow::as_select());
    let Some(row) = found.first(connection).optional()? else { return Ok(None) };
    let taken = diesel::delete(resets::table.filter(resets::token_hash.eq(hash))).execute(connection)?;
    Ok((taken > 0).then_some(row))
}

/// Tells whether the link whose token has this hash is valid, as an invitation or for a new password or address.
pub(super) fn link_holds(
    connection: &mut Connection,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(find_one(connection, hash, now, true)?.is_some()
        || report_mails::is_wanted(connection, hash)?
        || users::is_notified(connection, hash)?
        || reset_holds(connection, hash, now)?)
}

/// Tells whether there is a valid link for a new password, or a new address, whose token has this hash.
pub fn reset_holds(connection: &mut Connection, hash: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let found: i64 = resets::table
        .filter(resets::token_hash.eq(hash))
        .filter(resets::expires_at.gt(now.naive_utc()))
        .count()
        .get_result(connection)?;
    Ok(found > 0)
}
