//! A second factor that its user has lost: somebody who may change them takes it away, or the operator. Their password alone opens the
//! account from then on, so whatever was opened before ends, and they are told.

use cordboard_schema::account::User;
use cordboard_schema::audit::AuditEntry;

use super::account_mail::{self, AccountEvent, Remover};
use crate::mail::{Mailer, Posting};
use crate::store::{Connection, StoreError, change};

/// The consequences of a second factor that is gone.
pub(in crate::web) struct FactorGone {
    /// The sign-ins of the user, which have ended.
    pub(in crate::web) ended: Vec<String>,
    /// The mail that tells them; none where no mail is set up, or too many wait.
    pub(in crate::web) notice: Option<Posting>,
}

/// Takes a user's second factor away, with its recovery codes, and ends their sign-ins. `by` is named in the mail that tells them.
pub(in crate::web) fn take_away(
    connection: &mut Connection,
    mailer: &Mailer,
    (user, by): (&User, Remover<'_>),
    entry: &AuditEntry,
) -> Result<FactorGone, StoreError> {
    change::remove_totp(connection, user.organization_id, user.id)?;
    let ended = change::end_logins(connection, user.id)?;
    change::record_audit(connection, entry)?;
    let whose = (user.organization_id, user.id);
    let notice = account_mail::write(connection, mailer, whose, AccountEvent::FactorTakenAway(by))?;
    Ok(FactorGone { ended, notice })
}
