//! Settings of Asterisks under control: the switches whose manager interface (AMI) we connect to, and the start of their actors.

use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::dialplan::{BadTarget, DialplanTarget};
use cordboard_schema::switch::{AsteriskPolicy, SwitchKind};
use cordboard_schema::wire::ami::{AmiValue, BadAmiValue, Secret as AmiSecret};
use cordboard_settings::{Count, Host, Layers, Listed, Seconds, Secret, ServerSettings, Servers, section};

use super::{AmiSettings, BadTemplate, DialTemplate, HoldPlaces};
use crate::messages::RegistryLine;
use crate::meters::SwitchMeter;
use crate::switches::{KnownSwitch, NamedSwitch, SwitchFault, SwitchPlace, SwitchSection};

/// How often a switch's channels are compared with our calls. A call whose channel is gone ends within twice this time.
const COMPARE_EVERY: Duration = Duration::from_secs(5);

/// The variable in the dialplan that we ship.
const UUID_VARIABLE: &str = "CORDBOARD_UUID";

/// Default port of Asterisk's manager interface.
const AMI_PORT: Count<1, 65_535> = Count::new(5038);

/// An Asterisk whose manager interface we connect to.
#[derive(Clone, Debug, PartialEq)]
pub struct AsteriskServer {
    /// Its host.
    pub host: Host,
    /// The port of its manager interface.
    pub port: Count<1, 65_535>,
    /// The user of `manager.conf`.
    pub user: String,
    /// The user's secret.
    pub secret: Secret,
    /// How an extension is rung.
    pub dial: DialTemplate,
    /// How an outside number is called.
    pub trunk: Option<DialTemplate>,
    /// The variable in which its dialplan keeps the UUID of a channel's AudioSocket connection.
    pub uuid_variable: String,
}

/// The Asterisks that we connect to, by our names for them.
pub type AsteriskServers = Servers<AsteriskServer>;

impl ServerSettings for AsteriskServer {
    const PREFIX: &'static str = "asterisk.servers.";
    const FIELDS: &'static [&'static str] =
        &["host", "port", "user", "secret", "dial", "trunk", "uuid_variable"];
    const NEEDED: &'static [&'static str] = &["host", "user", "secret"];
    const WHAT: &'static str = "an Asterisk";

    fn take(layers: &mut Layers, of: &dyn Fn(&str) -> String) -> Option<Self> {
        let host = layers.take(&of("host"));
        let (user, secret) = (layers.take(&of("user")), layers.take(&of("secret")));
        let port = layers.take(&of("port")).unwrap_or(AMI_PORT);
        let dial = layers.take(&of("dial")).or_else(|| default_dial().ok());
        let trunk = layers.take(&of("trunk"));
        let uuid_variable = layers.take(&of("uuid_variable")).unwrap_or_else(|| UUID_VARIABLE.to_owned());
        Some(Self { host: host?, port, user: user?, secret: secret?, dial: dial?, trunk, uuid_variable })
    }

    fn listed(server: Option<&Self>, of: &dyn Fn(&str) -> String) -> Vec<Listed> {
        let host_doc = "The host of an Asterisk whose manager interface (AMI) Cordboard connects to, under a name of your own for it.";
        let port_doc = "The port of its manager interface.";
        let user_doc = "The user of its manager.conf; it needs read = system,call,user,agent,dtmf and write = \
                        system,call,originate,user.";
        let secret_doc = "The secret of that user.";
        let dial_doc = "What it dials to ring an extension; {number} is replaced by the extension.";
        let trunk_doc = "What it dials to call an outside number over its trunk, as PJSIP/{number}@trunk; if unset, it \
                         makes no calls to numbers.";
        let variable_doc = "The channel variable in which its dialplan keeps the UUID that it gives AudioSocket. It finds \
                            callers whom the dialplan does not announce.";
        let Some(server) = server else {
            return vec![
                Listed::of(&of("host"), host_doc, &None::<Host>),
                Listed::of(&of("port"), port_doc, &AMI_PORT),
                Listed::of(&of("user"), user_doc, &None::<String>),
                Listed::of(&of("secret"), secret_doc, &None::<Secret>),
                Listed::of(&of("dial"), dial_doc, &default_dial().ok()),
                Listed::of(&of("trunk"), trunk_doc, &None::<DialTemplate>),
                Listed::of(&of("uuid_variable"), variable_doc, &UUID_VARIABLE.to_owned()),
            ];
        };
        vec![
            Listed::of(&of("host"), host_doc, &server.host),
            Listed::of(&of("port"), port_doc, &server.port),
            Listed::of(&of("user"), user_doc, &server.user),
            Listed::of(&of("secret"), secret_doc, &Some(server.secret.clone())),
            Listed::of(&of("dial"), dial_doc, &server.dial),
            Listed::of(&of("trunk"), trunk_doc, &server.trunk),
            Listed::of(&of("uuid_variable"), variable_doc, &server.uuid_variable),
        ]
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.secret.expose().to_owned()]
    }
}

/// Returns how most Asterisks ring their telephones.
fn default_dial() -> Result<DialTemplate, BadTemplate> {
    "PJSIP/{number}".parse()
}

section! {
    /// Asterisk under control.
    "asterisk." AsteriskSection {
        /// How long a person's phone rings at a hand-off.
        ring_timeout_s: Seconds<1, 300> = Seconds::new(20),
        /// How long a parked caller waits to be fetched, before they come back to the assistant.
        park_timeout_s: Seconds<5, 3_600> = Seconds::new(120),
        /// Whether Asterisk records (MixMonitor, on its own machine) callers and people who talk without us.
        record_people: bool = false,
    } with {
        /// The switches whose manager interface we connect to.
        servers: AsteriskServers,
    }
}

impl AsteriskSection {
    /// Returns the policy for calls whose callers an Asterisk has.
    pub fn policy(&self) -> AsteriskPolicy {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        AsteriskPolicy {
            ring_timeout_ms: ms(self.ring_timeout_s.duration()),
            park_timeout_ms: ms(self.park_timeout_s.duration()),
            record_people: self.record_people,
        }
    }
}

impl SwitchSection for AsteriskSection {
    fn kind(&self) -> SwitchKind {
        SwitchKind::Asterisk
    }

    fn named(&self) -> Vec<NamedSwitch<'_>> {
        NamedSwitch::all_of(&self.servers, AsteriskServer::WHAT)
    }

    fn start(
        &self,
        SwitchPlace { registry, ledger, installation, .. }: &SwitchPlace<'_>,
    ) -> Result<Vec<KnownSwitch>, SwitchFault> {
        let hold = hold_places().map_err(|cause| unusable("hold", &cause.to_string()))?;
        let answered: DialplanTarget = "cordboard-outbound,s,1"
            .parse()
            .map_err(|cause: BadTarget| unusable("trunk", &cause.to_string()))?;
        self.servers
            .iter()
            .map(|(name, server)| {
                let invalid =
                    |setting: &'static str| move |cause: BadAmiValue| unusable(setting, &cause.to_string());
                let meter = SwitchMeter::default();
                let settings = AmiSettings {
                    name: name.to_owned(),
                    address: server.host.with_port(server.port.get()),
                    user: AmiValue::new(server.user.as_str()).map_err(invalid("user"))?,
                    secret: AmiSecret::new(server.secret.expose()).map_err(invalid("secret"))?,
                    uuid_variable: AmiValue::new(server.uuid_variable.as_str())
                        .map_err(invalid("uuid_variable"))?,
                    dial: server.dial.clone(),
                    trunk: server.trunk.clone(),
                    answered: answered.clone(),
                    hold: hold.clone(),
                    installation: AmiValue::from(*installation),
                    compare_every: Some(COMPARE_EVERY),
                    live: ledger.switch_links.clone(),
                    meter: meter.clone(),
                };
                let line = settings.start(RegistryLine::clone(registry));
                Ok(KnownSwitch {
                    name: name.to_owned(),
                    kind: SwitchKind::Asterisk,
                    line,
                    meter,
                    makes_calls: true,
                    missing_trunk_setting: server
                        .trunk
                        .is_none()
                        .then(|| format!("asterisk.servers.{name}.trunk")),
                    // The rate with which the dialplan that we ship connects it.
                    rate: SampleRate::HZ_8000,
                    account: None,
                })
            })
            .collect()
    }
}

/// Returns the places of the dialplan that we ship.
fn hold_places() -> Result<HoldPlaces, BadTarget> {
    let place = |extension: &str| -> Result<DialplanTarget, BadTarget> {
        format!("cordboard-hold,{extension},1").parse()
    };
    Ok(HoldPlaces { caller: place("caller")?, person: place("person")?, back: place("back")? })
}

fn unusable(setting: &str, cause: &str) -> SwitchFault {
    SwitchFault { setting: format!("asterisk.servers.NAME.{setting}"), cause: cause.to_owned() }
}
