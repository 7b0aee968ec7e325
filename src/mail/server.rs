//! The mail server of the configuration: one connection for each mail, on a thread that may block.

use std::net::Ipv4Addr;

use cordboard_actors::tls;
use cordboard_schema::limits::MAILS_AT_ONCE;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use super::talk::{Route, Security};
use super::{Mail, MailError, NotMailed};
use crate::config::{BaseUrl, Host, MailTls, Smtp};
use crate::report_mails::StopLinks;
use crate::secret_box::SecretBox;
use crate::store::REPORT_LINK;

/// Returns how the mail server with this name is reached.
pub(super) fn route(host: &Host, smtp: &Smtp) -> Result<Route, MailError> {
    let security = match smtp.tls {
        MailTls::None => Security::Nothing,
        MailTls::StartTls => {
            let parameters = TlsParameters::new(host.to_string());
            Security::StartTls(parameters.map_err(|error| MailError::Tls(error.to_string()))?)
        }
        MailTls::Wrapper => {
            let name = ServerName::try_from(host.to_string());
            let name = name.map_err(|error| MailError::Tls(error.to_string()))?;
            Security::Wrapper(tls::client_config().map_err(MailError::Tls)?, name)
        }
    };
    let credentials = smtp.user.as_ref().zip(smtp.password.as_ref());
    let from = smtp.from.as_deref().and_then(|from| from.parse::<Mailbox>().ok());
    Ok(Route {
        host: host.to_string(),
        port: u16::try_from(smtp.port.get()).unwrap_or(u16::MAX),
        security,
        credentials: credentials
            .map(|(user, password)| Credentials::new(user.clone(), password.expose().to_owned())),
        greets_as: from.map_or_else(ClientId::default, |from| greeting_of(&from)),
    })
}

/// Our name in the greeting: the domain of the sender's address. Without a name the library greets as `[127.0.0.1]`, which some mail servers refuse,
/// and relays know the account of a sender without a password by one of its domains.
fn greeting_of(from: &Mailbox) -> ClientId {
    let domain = in_ascii(from.email.domain());
    let is_name = domain.contains('.')
        && domain.parse::<Ipv4Addr>().is_err()
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if is_name { ClientId::Domain(domain) } else { ClientId::default() }
}

/// Returns a domain in its `xn--` form if it has other letters than ASCII.
fn in_ascii(domain: &str) -> String {
    if domain.is_ascii() {
        return domain.to_owned();
    }
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(name)) => name,
        _ => domain.to_owned(),
    }
}

/// Parses an address. Its domain is in ASCII then: mail servers need an extension for others, and not all have it.
fn mailbox(text: &str) -> Result<Mailbox, String> {
    let Mailbox { name, email } = text.parse::<Mailbox>().map_err(|error| error.to_string())?;
    let email = Address::new(email.user(), in_ascii(email.domain())).map_err(|error| error.to_string())?;
    Ok(Mailbox::new(name, email))
}

/// The mail server, and what waits for it.
pub(super) struct MailServer {
    route: Route,
    from: Mailbox,
    /// Encrypts and decrypts the texts of waiting mails.
    pub(super) secrets: SecretBox,
    /// Our public address without a trailing slash, if it is encrypted: mail programs use no other (RFC 8058).
    public: Option<String>,
    /// One permit for each letter that may be sent at the same time. The courier counts mails with a link itself.
    pub(super) letters: Semaphore,
    /// Notified when a mail with a link was stored here.
    pub(super) posted: Notify,
}

impl MailServer {
    /// Returns the mail server of the configuration; none if it names none.
    pub(super) fn of(
        smtp: &Smtp,
        public: Option<&BaseUrl>,
        secrets: SecretBox,
    ) -> Result<Option<Self>, MailError> {
        let Some(host) = &smtp.host else { return Ok(None) };
        let from = smtp.from.clone().unwrap_or_default();
        let from = mailbox(&from).map_err(MailError::From)?;
        let route = route(host, smtp)?;
        let public = public.filter(|base| base.is_encrypted());
        Ok(Some(Self {
            route,
            from,
            secrets,
            public: public.map(|base| base.trimmed().to_owned()),
            letters: Semaphore::new(MAILS_AT_ONCE),
            posted: Notify::new(),
        }))
    }

    /// Tries a mail once, and returns the server's answer if it has accepted the mail. The id is the same at each attempt.
    pub(super) async fn send(&self, id: &str, mail: &Mail) -> Result<String, NotMailed> {
        self.send_with(id, mail, None).await
    }

    /// Does the same with a mail that waited with this `link_hash`.
    pub(super) async fn send_waiting(
        &self,
        id: &str,
        mail: &Mail,
        link_hash: &str,
    ) -> Result<String, NotMailed> {
        self.send_with(id, mail, self.stop_address(link_hash)).await
    }

    /// The address with which a mail program stops such mails; only weekly reports have one.
    fn stop_address(&self, link_hash: &str) -> Option<String> {
        let user_id = link_hash.strip_prefix(REPORT_LINK)?.parse().ok()?;
        Some(StopLinks::of(&self.secrets).one_click(self.public.as_deref()?, user_id))
    }

    async fn send_with(
        &self,
        id: &str,
        mail: &Mail,
        stop_address: Option<String>,
    ) -> Result<String, NotMailed> {
        let message = self.message(id, mail, stop_address).map_err(NotMailed::Never)?;
        #[cfg(feature = "fault-injection")]
        super::fault::pass_slowly().await;
        let route = self.route.clone();
        // The mail server may be a task of this thread.
        match spawn_blocking(move || route.bring(message.envelope(), &message.formatted())).await {
            Ok(Ok(answer)) => {
                let words: Vec<&str> = answer.message().collect();
                Ok(format!("{} {}", answer.code(), words.join(" ")))
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(NotMailed::Never(panic.to_string())),
        }
    }

    fn message(&self, id: &str, mail: &Mail, stop_address: Option<String>) -> Result<Message, String> {
        let header = |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(&mail.to)?)
            .subject(mail.subject.clone())
            // Some mail servers refuse mails without it, and programs show a mail that comes twice with the same one only once.
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // Notes of absence are not sent to mails that are marked so (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN);
        if let Some(address) = stop_address {
            message = message
                .raw_header(header("List-Unsubscribe", format!("<{address}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        message.body(mail.text.clone()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_name_the_senders_domain_if_it_has_one() {
        let domain = |name: &str| ClientId::Domain(name.to_owned());
        for (from, greets_as) in [
            ("Cordboard <calls@mail.example.com>", domain("mail.example.com")),
            ("calls@b\u{fc}cher.example", domain("xn--bcher-kva.example")),
            ("calls@localhost", ClientId::default()),
            ("calls@127.0.0.1", ClientId::default()),
        ] {
            let from = from.parse::<Mailbox>().unwrap_or_else(|error| panic!("{from}: {error}"));
            assert_eq!(greeting_of(&from), greets_as, "{from:?}");
        }
    }

    #[test]
    fn domains_of_addresses_are_written_in_ascii() {
        for (text, address) in [
            ("Ada <ada@example.com>", "ada@example.com"),
            ("info@M\u{fc}ller.example", "info@xn--mller-kva.example"),
            ("b\u{fc}ro@example.com", "b\u{fc}ro@example.com"),
        ] {
            assert_eq!(mailbox(text).unwrap().email.to_string(), address);
        }
        assert!(mailbox("nobody").is_err());
    }
}
