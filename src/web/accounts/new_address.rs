//! A new e-mail address of a user: confirmed by a link that was mailed there, set by somebody who may change users, or by the operator. Anybody who reads
//! the mail of an address can set a new password, so the previous address is notified, its links end, and so do other sign-ins.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cordboard_schema::account::{EmailAddress, User};
use cordboard_schema::audit::AuditEntry;

use super::account_mail::{self, AccountEvent, AddressEvent};
use super::one_time;
use crate::mail::{Mailer, Posting};
use crate::store::{ADDRESS_LINK, Connection, StoreError, change};

/// The token of a link that confirms a new address: `SECRET.SIGN_IN.ADDRESS`. The row has a hash of the whole, so nobody can exchange a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct AddressToken {
    /// The token, as the link carries it.
    pub(in crate::web) text: String,
    /// The new address.
    pub(in crate::web) email: EmailAddress,
    /// Id of the sign-in that requested it, which stays.
    pub(in crate::web) sign_in: Option<String>,
}

impl AddressToken {
    /// Makes a new token.
    pub(in crate::web) fn new(email: EmailAddress, sign_in: Option<String>) -> Self {
        let address = BASE64_URL_SAFE_NO_PAD.encode(email.as_str());
        let text = format!("{}.{}.{address}", one_time::secret(), sign_in.as_deref().unwrap_or_default());
        Self { text, email, sign_in }
    }

    /// Reads a token. It counts only if there is a row with its hash.
    pub(in crate::web) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.').skip(1);
        let (sign_in, address) = (parts.next()?, parts.next()?);
        let address = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(address).ok()?).ok()?;
        let email = EmailAddress::parse(&address).ok()?;
        let sign_in = (!sign_in.is_empty()).then(|| sign_in.to_owned());
        Some(Self { text: text.to_owned(), email, sign_in })
    }

    /// Its hash, as the row of the link has it.
    pub(in crate::web) fn hash(&self) -> String {
        format!("{ADDRESS_LINK}{}", one_time::hash(&self.text))
    }
}

/// The consequences of a new address.
pub(in crate::web) struct AddressSet {
    /// The sign-ins of the user that have ended.
    pub(in crate::web) ended: Vec<String>,
    /// The mail to the previous address; none if mail is not set up or too many are queued.
    pub(in crate::web) notice: Option<Posting>,
}

/// Sets a user's new address, and ends their sign-ins except `kept`. The mail about the event goes to the previous address.
pub(in crate::web) fn set(
    connection: &mut Connection,
    mailer: &Mailer,
    (user, email): (&User, &EmailAddress),
    (event, kept): (AddressEvent<'_>, Option<&str>),
    entry: &AuditEntry,
) -> Result<AddressSet, StoreError> {
    let recipient = (user.organization_id, user.id);
    // Before the address changes: the mail goes to the one that is stored.
    let notice = account_mail::write(connection, mailer, recipient, AccountEvent::Address(event))?;
    change::set_email(connection, user, email)?;
    let ended = change::end_other_logins(connection, user.id, kept)?;
    change::record_audit(connection, entry)?;
    Ok(AddressSet { ended, notice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_token_survives_a_link_and_others_are_refused() {
        let email = EmailAddress::parse("a.b+c'd&e=f#g%h@example.com").unwrap();
        for sign_in in [None, Some("0198c1f2-7b1a-7000-8000-000000000000".to_owned())] {
            let made = AddressToken::new(email.clone(), sign_in);
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            assert!(made.text.bytes().all(is_plain), "a mail or a browser may change {}", made.text);
            let read = AddressToken::parse(&made.text).unwrap();
            assert_eq!((&read, read.hash()), (&made, made.hash()));
            assert_ne!(read.hash(), one_time::hash(&made.text), "it sets no password");
        }
        let nobody = BASE64_URL_SAFE_NO_PAD.encode("nobody");
        for bad in ["", ".", "..", "secret", "secret..%", "secret..YQ==", &format!("secret..{nobody}")] {
            assert_eq!(AddressToken::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn each_part_of_an_address_token_is_in_its_hash() {
        let [ada, eve] = ["ada@example.com", "eve@example.com"].map(|to| EmailAddress::parse(to).unwrap());
        let made = AddressToken::new(ada, None);
        let (before, _) = made.text.rsplit_once('.').unwrap();
        let other = format!("{before}.{}", BASE64_URL_SAFE_NO_PAD.encode(eve.as_str()));
        let other = AddressToken::parse(&other).unwrap();
        assert_eq!(other.email, eve);
        assert_ne!(other.hash(), made.hash());
    }
}
