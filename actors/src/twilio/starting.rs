//! Start of Twilio's parts: the actor of the configured account.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::switch::SwitchKind;
use cordboard_settings::{BaseUrl, Layers};

use super::rest::{RestAccess, RestSecret};
use super::rest_actor::{TwilioActor, TwilioSettings};
use super::section::{TwilioSection, VARIABLES};
use crate::messages::TwilioLine;
use crate::meters::SwitchMeter;
use crate::outside_access::OutsideAccess;
use crate::switches::{KnownSwitch, NamedSwitch, SettingsAround, SwitchFault, SwitchPlace, SwitchSection};

/// The account's name among the switches.
const NAME: &str = SwitchKind::Twilio.as_str();

impl SwitchSection for TwilioSection {
    fn kind(&self) -> SwitchKind {
        SwitchKind::Twilio
    }

    /// The account is known by its kind's name, and an organization may have an account of its own.
    fn named(&self) -> Vec<NamedSwitch<'_>> {
        Vec::new()
    }

    fn variables(&self) -> &'static [(&'static str, &'static str)] {
        VARIABLES
    }

    fn contradictions(&self, around: &SettingsAround<'_>, layers: &mut Layers) {
        self.complain(around, layers);
    }

    /// Starts nothing here. Text messages use the account too, before there are calls: see [`TwilioSection::start_account`].
    fn start(&self, _place: &SwitchPlace<'_>) -> Result<Vec<KnownSwitch>, SwitchFault> {
        Ok(Vec::new())
    }
}

/// The configured account, as calls and webhooks use it.
#[derive(Clone)]
pub struct ConfiguredTwilio {
    /// The account as a switch that makes calls.
    pub switch: KnownSwitch,
    /// The line to its REST API.
    pub line: TwilioLine,
    /// The number that is shown to people whom we call.
    pub caller_id: Option<PhoneNumber>,
}

impl TwilioSection {
    /// Starts the actor of the account on the current arbiter, which carries no media. Returns none if no account with credentials
    /// is configured. Reads the system's certificates, which may take some 10 ms.
    ///
    /// # Errors
    /// Why TLS can't be set up, as a text.
    pub fn start_account(
        &self,
        public_base_url: Option<&BaseUrl>,
    ) -> Result<Option<ConfiguredTwilio>, String> {
        let key = self.api_key.clone().zip(self.api_key_secret.as_ref());
        let (Some(account), Some(base)) = (&self.account_sid, public_base_url) else {
            return Ok(None);
        };
        let token = self.auth_token.as_ref().map(|token| (account.to_string(), token));
        let (Some((user, secret)), true) = (key.or(token), self.auth_token.is_some()) else {
            return Ok(None);
        };
        let meter = SwitchMeter::default();
        let settings = TwilioSettings {
            name: NAME.to_owned(),
            access: RestAccess {
                base_url: self.api_base_url.as_str().to_owned(),
                account: account.clone(),
                user,
                secret: RestSecret::new(secret.expose()),
            },
            public_base: base.trimmed().to_owned(),
            caller_id: self.transfer_caller_id.clone(),
            sip_domain: self.sip_domain.as_ref().map(ToString::to_string),
            meter: meter.clone(),
            way: OutsideAccess::anywhere()?,
        };
        let (switch, line) = TwilioActor::start(settings)?;
        let switch = KnownSwitch {
            name: NAME.to_owned(),
            kind: SwitchKind::Twilio,
            line: switch,
            meter,
            makes_calls: true,
            missing_trunk_setting: self
                .transfer_caller_id
                .is_none()
                .then(|| "twilio.transfer_caller_id".to_owned()),
            rate: SampleRate::HZ_8000,
            account: None,
        };
        Ok(Some(ConfiguredTwilio { switch, line, caller_id: self.transfer_caller_id.clone() }))
    }
}
