//! The actor of the Twilio account that is configured.

use cordboard_actors::messages::TwilioLine;
use cordboard_actors::meters::SwitchMeter;
use cordboard_actors::twilio::{RestAccess, RestSecret, TwilioActor, TwilioSettings};

use super::{StartError, SwitchOfHouse};
use crate::config::Config;
use crate::store::TextHouse;

/// The account's name among the switches.
const NAME: &str = "twilio";

/// The account, as calls and webhooks reach it.
#[derive(Clone)]
pub struct TwilioOfHouse {
    /// The account as a switch that makes calls.
    pub switch: SwitchOfHouse,
    /// The way to its REST API.
    pub line: TwilioLine,
    /// How tools have text messages written down.
    pub(super) texts: TextHouse,
}

/// Starts the actor of the account on the current arbiter, which carries no media; none where no account is configured that
/// could be asked. Reads the system's certificates, which may take some 10 ms.
pub(super) fn start(config: &Config) -> Result<Option<TwilioOfHouse>, StartError> {
    let twilio = &config.twilio;
    let key = twilio.api_key.clone().zip(twilio.api_key_secret.as_ref());
    let (Some(account), Some(base)) = (&twilio.account_sid, &config.http.public_base_url) else {
        return Ok(None);
    };
    let token = twilio.auth_token.as_ref().map(|token| (account.to_string(), token));
    let (Some((user, secret)), true) = (key.or(token), twilio.auth_token.is_some()) else {
        return Ok(None);
    };
    let meter = SwitchMeter::default();
    let settings = TwilioSettings {
        name: NAME.to_owned(),
        access: RestAccess {
            base_url: twilio.api_base_url.as_str().to_owned(),
            account: account.clone(),
            user,
            secret: RestSecret::new(secret.expose()),
        },
        public_base: base.as_str().trim_end_matches('/').to_owned(),
        caller_id: twilio.transfer_caller_id.clone(),
        sip_domain: twilio.sip_domain.as_ref().map(ToString::to_string),
        meter: meter.clone(),
    };
    let (switch, line) = TwilioActor::start(settings).map_err(StartError::Tls)?;
    let has_trunk = twilio.transfer_caller_id.is_some();
    let switch = SwitchOfHouse { name: NAME.to_owned(), line: switch, meter, has_trunk };
    let caller_id = twilio.transfer_caller_id.as_ref().and_then(|number| number.as_str().parse().ok());
    Ok(Some(TwilioOfHouse { switch, line, texts: TextHouse { caller_id } }))
}
