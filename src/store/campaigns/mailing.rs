//! E-mails that assistants send to callees: one on a call, to the address of the campaign's list or one that the callee has confirmed. They are
//! written down in the outbox, and sent as every letter is.

use std::collections::BTreeMap;

use cordboard_schema::account::EmailAddress;
use cordboard_schema::delivery::Letter;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::time::UnixMs;

use super::dialling::under_way;
use crate::store::{Connection, StoreError, deliveries};

/// Names of the variable with a contact's address, the first that is there.
const ADDRESS: [&str; 4] = ["email", "e_mail", "email_address", "mail"];

/// An e-mail that an assistant wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailWanted {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The call of a campaign.
    pub call_id: CallId,
    /// An address that the callee has confirmed; none takes that of the list.
    pub to: Option<EmailAddress>,
    /// Its words.
    pub letter: Letter,
    /// When that is.
    pub at: UnixMs,
}

/// Result of that wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailQueued {
    /// It is written down, to this address.
    To(String),
    /// It is not; why, in words for the assistant.
    Not(String),
}

/// Writes down an e-mail to the callee of a campaign's call, if none was written down on this call.
pub fn queue_email(connection: &mut Connection, wanted: EmailWanted) -> Result<EmailQueued, StoreError> {
    let EmailWanted { organization_id, call_id, to, letter, at } = wanted;
    let not = |why: &str| Ok(EmailQueued::Not(why.to_owned()));
    let (_, campaign, contact) = match under_way(connection, organization_id, call_id)? {
        Ok(called) => called,
        Err(why) => return not(why),
    };
    if !campaign.settings.sends_email {
        return not("this campaign sends no e-mails any more");
    }
    let Some(to) = to.or_else(|| of_list(&contact.variables)) else {
        return not(
            "no e-mail address of this person is known: ask for it, spell it back, and give it as `to`",
        );
    };
    Ok(match deliveries::write_of_call(connection, (organization_id, call_id), to.as_str(), &letter, at)? {
        Ok(()) => EmailQueued::To(to.to_string()),
        Err(why) => EmailQueued::Not(why.to_owned()),
    })
}

/// The address that a contact's list has of them.
fn of_list(variables: &BTreeMap<String, String>) -> Option<EmailAddress> {
    ADDRESS.iter().find_map(|name| EmailAddress::parse(variables.get(*name)?).ok())
}
