//! Mails that notify users of changes to their own account, in the language of their pages: if somebody else made the change, the user has to learn
//! of it. Each mail is written in the transaction of the change, so there is a mail exactly if the change is made.

mod letters;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_schema::account::PageLanguage;
use cordboard_schema::ids::{OrganizationId, UserId};

use crate::mail::{Mailer, Posting};
use crate::store::{Connection, StoreError, query};

/// An event of an account that its user is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum AccountEvent<'a> {
    /// The password was changed with the previous one.
    PasswordChanged,
    /// The password was reset by a mailed link.
    PasswordReset,
    /// A second factor was confirmed.
    FactorAdded,
    /// The user removed their second factor with their password.
    FactorRemoved,
    /// Somebody else removed the second factor.
    FactorTakenAway(Changer<'a>),
    /// Something about the e-mail address.
    Address(AddressEvent<'a>),
}

/// An event of the e-mail address with which a user signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum AddressEvent<'a> {
    /// The user requested this new address, which is not confirmed yet.
    Requested(&'a str),
    /// This new address was confirmed by the link that was mailed there.
    Confirmed(&'a str),
    /// Somebody else set this new address.
    Set(Changer<'a>, &'a str),
    /// Another user requested the address of this one.
    Wanted,
}

/// The user or operator who changed another user's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Changer<'a> {
    /// A user, by name and address.
    Person(&'a str),
    /// The operator, on the machine.
    Operator,
}

/// Writes the mail that notifies this user of an event of their account, in its transaction. Writes none if mail is not set up, if the user no longer
/// exists, or if too many mails are queued.
pub(in crate::web) fn write(
    connection: &mut Connection,
    mailer: &Mailer,
    (organization_id, user_id): (OrganizationId, UserId),
    event: AccountEvent<'_>,
) -> Result<Option<Posting>, StoreError> {
    if !mailer.brings_links() {
        return Ok(None);
    }
    let Some(row) = query::user(connection, organization_id, user_id)? else { return Ok(None) };
    let (user, language) = (row.user()?, row.language().unwrap_or(PageLanguage::En));
    let at = language.moment(world::now(), zone(connection, organization_id)?);
    let (subject, text) = letters::letter(language, event, &user.name, &at);
    let notice = mailer.notice(&user, subject, text);
    if notice.write(connection)? {
        return Ok(Some(notice));
    }
    // A change to an account does not wait for a mail.
    tracing::warn!(user = %user_id, "too many mails are queued: a user is not notified of a change to their account");
    Ok(None)
}

/// The organization's time zone. A business profile that can't be read must not prevent a new password.
fn zone(connection: &mut Connection, organization_id: OrganizationId) -> Result<Tz, StoreError> {
    match query::business_profile(connection, organization_id) {
        Ok(found) => Ok(found.map_or(Tz::UTC, |business| business.profile.time_zone)),
        Err(StoreError::BadRow(_)) => Ok(Tz::UTC),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audit::Actor;

    use super::*;
    use crate::store::{Store, StoreSettings};
    use crate::web::{NewAccount, add_user};

    #[actix_web::test]
    async fn no_mail_is_queued_when_mail_is_not_set_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let account = NewAccount::ada(store.organization_id());
        let ada = add_user(&store, account, Actor::Installation).await.unwrap();
        let write_mail = move |connection: &mut Connection| {
            let recipient = (ada.organization_id, ada.id);
            let notice = write(connection, &Mailer::disabled(), recipient, AccountEvent::PasswordChanged)?;
            Ok((notice.is_none(), query::next_mail_due(connection)?))
        };
        assert_eq!(store.change(write_mail).await.unwrap(), (true, None));
    }
}
