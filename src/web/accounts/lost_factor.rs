//! A second factor that its user has lost: somebody who may change them takes it away, or the operator. Their password alone opens the
//! account from then on, so whatever was opened before ends, and they are told.

use cordboard_schema::account::User;
use cordboard_schema::audit::AuditEntry;

use crate::mail::{Mailer, Posting};
use crate::store::{Connection, StoreError, change};

const SUBJECT: &str = "Your second factor for Cordboard was removed";

/// The consequences of a second factor that is gone.
pub(in crate::web) struct FactorGone {
    /// The sign-ins of the user, which have ended.
    pub(in crate::web) ended: Vec<String>,
    /// The mail that tells them; none where no mail is set up, or too many wait.
    pub(in crate::web) notice: Option<Posting>,
}

/// Takes a user's second factor away, with its recovery codes, and ends their sign-ins. `by` is how their mail calls who does it.
pub(in crate::web) fn take_away(
    connection: &mut Connection,
    mailer: &Mailer,
    (user, by): (&User, &str),
    entry: &AuditEntry,
) -> Result<FactorGone, StoreError> {
    change::remove_totp(connection, user.organization_id, user.id)?;
    let ended = change::end_logins(connection, user.id)?;
    change::record_audit(connection, entry)?;
    let notice = mailer.brings_links().then(|| mailer.notice(user, SUBJECT, letter(&user.name, by)));
    let has_room = notice.as_ref().map_or(Ok(true), |notice| notice.write(connection))?;
    if !has_room {
        // They wait for their account: it does not wait for the mail.
        tracing::warn!(user = %user.id, "too many mails wait: nobody tells a user that their second factor was removed");
    }
    Ok(FactorGone { ended, notice: notice.filter(|_| has_room) })
}

fn letter(name: &str, by: &str) -> String {
    format!(
        "Hello {name},\n\n{by} has removed the second factor of your account, and its recovery codes. You are signed out everywhere, and \
         your password alone opens the account now.\n\nSign in and set up a new second factor on the page of your account.\n\nIf you \
         did not ask for this, set a new password at once and tell an owner of your organization.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_says_who_did_it_and_what_to_do() {
        let text = letter("Grace", "Ada (ada@example.com)");
        for part in [
            "Hello Grace,",
            "Ada (ada@example.com) has removed",
            "set up a new second factor",
            "set a new password",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
