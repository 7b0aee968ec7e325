//! The actor of the Twilio account that is configured.

use cordboard_actors::messages::TwilioLine;
use cordboard_actors::meters::SwitchMeter;
use cordboard_actors::outside_access::OutsideAccess;
use cordboard_actors::switches::KnownSwitch;
use cordboard_actors::twilio::{RestAccess, RestSecret, TwilioActor, TwilioSettings};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::switch::SwitchKind;

use super::StartError;
use crate::config::Config;
use crate::outside_accounts::SWITCH_NAME as NAME;

/// The account, as calls and webhooks reach it.
#[derive(Clone)]
pub struct ConfiguredTwilio {
    /// The account as a switch that makes calls.
    pub switch: KnownSwitch,
    /// The way to its REST API.
    pub line: TwilioLine,
    /// The number that people who are called are shown.
    pub(super) caller_id: Option<PhoneNumber>,
}

/// Starts the actor of the account on the current arbiter, which carries no media; none where no account is configured that
/// could be asked. Reads the system's certificates, which may take some 10 ms.
pub(super) fn start(config: &Config) -> Result<Option<ConfiguredTwilio>, StartError> {
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
        way: OutsideAccess::anywhere().map_err(StartError::Tls)?,
    };
    let (switch, line) = TwilioActor::start(settings).map_err(StartError::Tls)?;
    let switch = KnownSwitch {
        name: NAME.to_owned(),
        kind: SwitchKind::Twilio,
        line: switch,
        meter,
        makes_calls: true,
        lacks_trunk: twilio.transfer_caller_id.is_none().then(|| "twilio.transfer_caller_id".to_owned()),
        rate: SampleRate::HZ_8000,
        account: None,
    };
    Ok(Some(ConfiguredTwilio { switch, line, caller_id: twilio.transfer_caller_id.clone() }))
}
