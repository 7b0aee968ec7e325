//! Links in the weekly mail that stop it for the user to whom it was sent, whoever opens them. A token is the user's id with a signature: it is
//! stored nowhere, and can do nothing else. It does not expire while the server has its secret key: people and mail programs (RFC 8058) stop mails from
//! old ones, and a link that no longer worked would leave them only the button for spam. The worst that its holder can do is to stop mails that the
//! user can turn on again, and the audit log shows it.

use cordboard_schema::ids::UserId;

use crate::mac::{mac, same};
use crate::secret_box::SecretBox;

/// Path of the resource that stops the mails. The token follows. Mail programs post there (RFC 8058).
const ONE_CLICK: &str = "/hooks/report-mail/";
/// Path of the page with the button.
const PAGE: &str = "/report-mail";
/// Characters of a user's id in a token: a UUID without hyphens.
const ID_CHARS: usize = 32;
/// Characters of a signature in a token: 128 bits in hex, which nobody guesses.
const SIGNATURE_CHARS: usize = 32;

/// Makes these links, and checks their tokens.
#[derive(Clone)]
pub struct StopLinks {
    key: [u8; 32],
}

impl StopLinks {
    /// The links of a server with this secret key.
    pub fn of(secrets: &SecretBox) -> Self {
        Self { key: secrets.key_for("links that stop report mails") }
    }

    /// The page on which a user stops their mails with a button. Opening it changes nothing.
    pub fn page(&self, base_url: &str, user_id: UserId) -> String {
        page_of(base_url, &self.token(user_id))
    }

    /// The address to which a mail program posts to stop this user's mails.
    pub(crate) fn one_click(&self, base_url: &str, user_id: UserId) -> String {
        format!("{base_url}{ONE_CLICK}{}", self.token(user_id))
    }

    /// The user whose mails this token stops; none if it was not made here.
    pub(crate) fn user(&self, token: &str) -> Option<UserId> {
        let (id, signature) = token.split_at_checked(ID_CHARS)?;
        let user_id: UserId = id.parse().ok()?;
        same(&self.signature(user_id), signature).then_some(user_id)
    }

    fn token(&self, user_id: UserId) -> String {
        format!("{}{}", user_id.0.simple(), self.signature(user_id))
    }

    fn signature(&self, user_id: UserId) -> String {
        mac(&self.key, &user_id.to_string()).chars().take(SIGNATURE_CHARS).collect()
    }
}

/// The page with the button, for this token.
pub(crate) fn page_of(base_url: &str, token: &str) -> String {
    format!("{base_url}{PAGE}#token={token}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::config::{Config, Secret};

    fn links(key: &str) -> StopLinks {
        let secret_key = Some(Secret::new(format!("{key:0>40}")));
        StopLinks::of(&SecretBox::open(&Config { secret_key, ..Config::default() }).unwrap())
    }

    #[test]
    fn a_stop_link_is_only_of_its_user_and_server() {
        let [ada, grace] = [1, 2].map(|id| UserId(Uuid::from_u128(id)));
        let ours = links("1");
        let token = ours.token(ada);
        assert_eq!(ours.user(&token), Some(ada));
        assert_ne!(ours.token(grace), token);
        assert_eq!(links("2").user(&token), None, "another server's");
        let (id, signature) = token.split_at(ID_CHARS);
        let others = ours.token(grace);
        for wrong in [
            String::new(),
            id.to_owned(),
            format!("{}{signature}", &others[..ID_CHARS]),
            format!("{token}0"),
            token[..token.len() - 1].to_owned(),
            format!("{}é{signature}", &id[1..]),
        ] {
            assert_eq!(ours.user(&wrong), None, "{wrong}");
        }
        let page = ours.page("https://calls.example.com", ada);
        assert_eq!(page, format!("https://calls.example.com/report-mail#token={token}"));
        let one_click = ours.one_click("https://calls.example.com", ada);
        assert_eq!(one_click, format!("https://calls.example.com/hooks/report-mail/{token}"));
    }
}
