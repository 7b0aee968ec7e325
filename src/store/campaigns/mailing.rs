//! E-mails that assistants send to callees: one for each call, to the address on the campaign's list or one that the callee confirmed. They are
//! written to the outbox, and sent like all other letters.

use std::collections::BTreeMap;

use cordboard_schema::account::EmailAddress;
use cordboard_schema::delivery::Letter;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::time::UnixMs;

use super::dialling::under_way;
use crate::store::{Connection, StoreError, deliveries};

/// Names of the variable with a contact's address; the first that exists is used.
const ADDRESS: [&str; 4] = ["email", "e_mail", "email_address", "mail"];

/// An e-mail that an assistant wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailWanted {
    /// The organization that owns the call.
    pub organization_id: OrganizationId,
    /// The call of a campaign.
    pub call_id: CallId,
    /// An address that the callee confirmed; none uses the list's address.
    pub to: Option<EmailAddress>,
    /// Subject and text.
    pub letter: Letter,
    /// The present time.
    pub at: UnixMs,
}

/// The result of queueing an e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailQueued {
    /// It is queued, to this address.
    To(String),
    /// It is not; the reason, in words for the assistant.
    Not(String),
}

/// Queues an e-mail to the callee of a campaign's call, if none was queued during this call.
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

/// The contact's address on the list.
fn of_list(variables: &BTreeMap<String, String>) -> Option<EmailAddress> {
    ADDRESS.iter().find_map(|name| EmailAddress::parse(variables.get(*name)?).ok())
}
