//! An organization's own account at Twilio: its keys, its REST API, and the number that it shows to people who are called.

use std::borrow::Cow;
use std::sync::Arc;

use cordboard_actors::messages::{SwitchLine, ToTwilio, TwilioLine};
use cordboard_actors::meters::SwitchMeter;
use cordboard_actors::switches::{KnownSwitch, KnownSwitches};
use cordboard_actors::twilio::{RestAccess, RestFault, RestSecret, TwilioActor, TwilioSettings};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{Integration, TwilioIntegration};
use cordboard_schema::phone::E164;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::wire::twilio::rest::{NumberList, RestRequest};
use cordboard_schema::wire::twilio::{AccountSid, BadSid};
use url::Url;

use super::opened::{OpenError, open};
use super::{OutsideAccounts, Served};
use crate::config::Secret;
use crate::outside_http::BadAddress;
use crate::web::Outside;

/// The account's name among the switches of its organization's calls. It replaces the configuration's account with this name.
pub const SWITCH_NAME: &str = SwitchKind::Twilio.as_str();

/// Beginning of the names of Twilio's API, as `api.twilio.com` and, in a region, `api.dublin.ie1.twilio.com`.
const API: &str = "api.";
/// The end of these names. Other names of this domain show files that Twilio's customers have uploaded.
const TWILIO: &str = ".twilio.com";

/// Account that serves an organization's calls, text messages and people.
pub type OwnTwilio = Served<Arc<TwilioAccount>>;

/// An organization's own account.
pub struct TwilioAccount {
    /// Organization of the account.
    pub organization_id: OrganizationId,
    /// Its name.
    pub sid: AccountSid,
    /// Its auth tokens, by which its webhooks are verified.
    pub tokens: Vec<Secret>,
    /// The number that is shown to people who are called. Texts are sent from it if the organization has no other number.
    pub caller_id: Option<PhoneNumber>,
    /// The host of extensions.
    pub sip_domain: Option<String>,
    /// The account as a switch that makes calls.
    pub switch: KnownSwitch,
    /// The connection to its REST API.
    pub line: TwilioLine,
    /// The integration from which it was made.
    integration: Integration,
}

impl TwilioAccount {
    /// Whether its API is Twilio's, or at a host that the configuration names as such. An organization chooses the address, and an answer of its own
    /// server proves nothing.
    pub fn is_at_twilio(&self, configured: &str) -> bool {
        is_of_twilio(self.integration.settings.base_url(), configured)
    }

    /// Whether the account has this number, according to its API.
    ///
    /// # Errors
    /// Fails if the API does not answer that.
    pub async fn has_number(&self, number: &E164) -> Result<bool, RestFault> {
        let list: NumberList = self.line.ask(RestRequest::find_number(number)).await?;
        Ok(list.has(&self.sid, number))
    }
}

/// Whether the API at this address is Twilio's, or the configured one. The path of a request is appended to the address: with a path or a query of its
/// own, it could lead to a file that the organization has stored there, and the file could claim any number.
fn is_of_twilio(address: &str, configured: &str) -> bool {
    let url = |text: &str| Url::parse(text).ok();
    let Some(own) = url(address) else { return false };
    if own.query().is_some() || own.fragment().is_some() {
        return false;
    }
    let path = own.path().trim_end_matches('/');
    if own.host_str().is_some_and(|host| host.starts_with(API) && host.ends_with(TWILIO)) {
        return own.scheme() == "https" && own.port().is_none() && path.is_empty();
    }
    let is_same = |configured: Url| {
        configured.scheme() == own.scheme()
            && configured.host() == own.host()
            && configured.path().trim_end_matches('/') == path
    };
    url(configured).is_some_and(is_same)
}

impl std::fmt::Debug for TwilioAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { organization_id, sid, .. } = self;
        f.debug_struct("TwilioAccount")
            .field("organization_id", organization_id)
            .field("sid", sid)
            .finish_non_exhaustive()
    }
}

impl OutsideAccounts {
    /// The switches of an organization: the configuration's, in which its own account, or one that can't be used, replaces the account of the
    /// configuration.
    pub fn switches<'a>(
        &self,
        organization_id: OrganizationId,
        configured: &'a KnownSwitches,
    ) -> Cow<'a, KnownSwitches> {
        let own = match self.twilio(organization_id) {
            OwnTwilio::Configured => return Cow::Borrowed(configured),
            OwnTwilio::Own(own) => Some(own.switch.clone()),
            OwnTwilio::Unusable => None,
        };
        let others = configured.iter().filter(|switch| switch.kind != SwitchKind::Twilio).cloned();
        Cow::Owned(others.chain(own).collect())
    }

    /// Returns an organization's own account with this name, as a switch.
    pub fn own_switch(&self, organization_id: OrganizationId, account: &AccountSid) -> Option<KnownSwitch> {
        self.own_twilio(organization_id, account).map(|own| own.switch.clone())
    }
}

/// Settings that all accounts share.
#[derive(Clone)]
pub(super) struct TwilioAccounts {
    /// The address at which Twilio reaches this server, without a trailing slash.
    pub(super) public_base: Option<String>,
    /// Decrypts keys, and says which addresses may be connected to.
    pub(super) outside: Outside,
}

/// Why an account can't be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Secret(#[from] OpenError),
    #[error("base_url {0}")]
    Address(#[from] BadAddress),
    #[error(transparent)]
    Sid(#[from] BadSid),
    #[error("it has an API key without its secret: set api_key_secret")]
    NoKeySecret,
    #[error("http.public_base_url is not set: Twilio can't reach this server")]
    NoPublicBase,
    #[error("{0}")]
    Tls(String),
}

impl TwilioAccounts {
    /// Returns the account of an integration; none if nothing is set up yet. If it is the same account as before, it keeps its actor, whatever else
    /// has changed, because people and calls are known there.
    ///
    /// # Errors
    /// Fails, in words, if it can't be used.
    pub(super) fn of(
        &self,
        integration: &Integration,
        twilio: &TwilioIntegration,
        before: &OwnTwilio,
    ) -> Result<Option<Arc<TwilioAccount>>, String> {
        let before = match before {
            OwnTwilio::Own(before) if before.integration == *integration => {
                return Ok(Some(Arc::clone(before)));
            }
            OwnTwilio::Own(before) => Some(&**before),
            OwnTwilio::Configured | OwnTwilio::Unusable => None,
        };
        let made = self.make(integration, twilio, before).map_err(|why| why.to_string())?;
        Ok(made.map(Arc::new))
    }

    fn make(
        &self,
        integration: &Integration,
        twilio: &TwilioIntegration,
        before: Option<&TwilioAccount>,
    ) -> Result<Option<TwilioAccount>, Unusable> {
        let secret = |name: &str| open(&self.outside.secrets, integration, name);
        // Without it, no webhook of the account could be told from a forgery, so nothing is set up yet.
        let Some(token) = secret("auth_token")? else { return Ok(None) };
        let sid: AccountSid = twilio.account_sid.parse()?;
        let (user, password) = match &twilio.api_key_sid {
            Some(key) => (key.clone(), secret("api_key_secret")?.ok_or(Unusable::NoKeySecret)?),
            None => (sid.to_string(), token.clone()),
        };
        self.outside.http.address(&twilio.base_url)?;
        let organization_id = integration.organization_id;
        let meter = before.map_or_else(SwitchMeter::default, |before| before.switch.meter.clone());
        let settings = TwilioSettings {
            name: format!("{SWITCH_NAME} of {organization_id}"),
            access: RestAccess {
                base_url: twilio.base_url.clone(),
                account: sid.clone(),
                user,
                secret: RestSecret::new(password.expose()),
            },
            public_base: self.public_base.clone().ok_or(Unusable::NoPublicBase)?,
            caller_id: twilio.caller_id.clone(),
            sip_domain: twilio.sip_domain.clone(),
            meter: meter.clone(),
            way: self.outside.http.way(),
        };
        let account = Some(sid.clone());
        let (switch, line) = lines(settings, before.filter(|before| before.sid == sid))?;
        Ok(Some(TwilioAccount {
            organization_id,
            sid,
            tokens: std::iter::once(token).chain(secret("second_auth_token")?).collect(),
            caller_id: twilio.caller_id.clone(),
            sip_domain: twilio.sip_domain.clone(),
            switch: KnownSwitch {
                name: SWITCH_NAME.to_owned(),
                kind: SwitchKind::Twilio,
                line: switch,
                meter,
                makes_calls: true,
                missing_trunk_setting: twilio
                    .caller_id
                    .is_none()
                    .then(|| "caller_id of the integration twilio".to_owned()),
                rate: SampleRate::HZ_8000,
                account,
            },
            line,
            integration: integration.clone(),
        }))
    }
}

/// Returns the lines to the account's actor: the existing one with its new settings, or a new one.
fn lines(
    settings: TwilioSettings,
    before: Option<&TwilioAccount>,
) -> Result<(SwitchLine, TwilioLine), Unusable> {
    if let Some(before) = before
        && before.line.tell(ToTwilio::Reconfigure(Box::new(settings.clone()))).is_ok()
    {
        return Ok((before.switch.line.clone(), before.line.clone()));
    }
    TwilioActor::start(settings).map_err(Unusable::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twilios_api_and_the_configured_one_prove_numbers() {
        let usual = "https://api.twilio.com";
        for own in [
            usual,
            "https://api.twilio.com/",
            "https://API.Twilio.com:443",
            "https://api.dublin.ie1.twilio.com",
            "https://api.sydney.au1.twilio.com/",
        ] {
            assert!(is_of_twilio(own, usual), "{own}");
        }
        for own in [
            "http://api.twilio.com",
            "https://api.twilio.com:8443",
            "https://twilio.com",
            "https://mcs.us1.twilio.com",
            "https://mcs.us1.twilio.com/v1/Services/IS1/Media/ME1/Content?x=",
            "https://media.us1.twilio.com/ME1?Expires=1&x=",
            "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1?x=",
            "https://api.twilio.com/elsewhere",
            "https://api.twilio.com?x=",
            "https://api.twilio.com#x",
            "https://api.twilio.com.example.com",
            "https://apitwilio.com",
            "https://api.example.com",
            "no address",
        ] {
            assert!(!is_of_twilio(own, usual), "{own}");
        }
        let gateway = "http://10.0.0.7:8090/twilio/";
        for (own, expected) in [
            ("http://10.0.0.7:8091/twilio", true),
            ("https://api.twilio.com", true),
            ("http://10.0.0.7:8090", false),
            ("http://10.0.0.7:8090/files", false),
            ("http://10.0.0.7:8090/twilio?x=", false),
            ("https://10.0.0.7:8090/twilio", false),
            ("http://10.0.0.8:8090/twilio", false),
        ] {
            assert_eq!(is_of_twilio(own, gateway), expected, "{own}");
        }
    }
}
