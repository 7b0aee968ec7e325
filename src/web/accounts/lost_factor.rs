//! A second factor that its user has lost. The operator removes it, or a user who may change users. The password alone opens the account from then
//! on, so all earlier sign-ins end and the user is notified.

use cordboard_schema::account::User;
use cordboard_schema::audit::AuditEntry;

use super::account_mail::{self, AccountEvent, Changer};
use crate::mail::{Mailer, Posting};
use crate::store::{Connection, StoreError, change};

/// The consequences of removing a second factor.
pub(in crate::web) struct FactorGone {
    /// The sign-ins of the user that have ended.
    pub(in crate::web) ended: Vec<String>,
    /// The mail that notifies them; none if mail is not set up or too many are queued.
    pub(in crate::web) notice: Option<Posting>,
}

/// Removes a user's second factor and its recovery codes, and ends their sign-ins. `by` is named in the mail to the user.
pub(in crate::web) fn take_away(
    connection: &mut Connection,
    mailer: &Mailer,
    (user, by): (&User, Changer<'_>),
    entry: &AuditEntry,
) -> Result<FactorGone, StoreError> {
    change::remove_totp(connection, user.organization_id, user.id)?;
    let ended = change::end_logins(connection, user.id)?;
    change::record_audit(connection, entry)?;
    let recipient = (user.organization_id, user.id);
    let notice = account_mail::write(connection, mailer, recipient, AccountEvent::FactorTakenAway(by))?;
    Ok(FactorGone { ended, notice })
}
