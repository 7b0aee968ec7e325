//! Asterisk: the switches whose manager interface (AMI) we connect to.

use std::time::Duration;

use cordboard_actors::asterisk::DialTemplate;
use cordboard_schema::switch::AsteriskPolicy;

use super::{Asterisk, Config, Count, HostName, Secret};
use cordboard_settings::{Layers, Listed, ServerSettings, Servers};

/// The variable of the dialplan that we ship.
const UUID_VARIABLE: &str = "CORDBOARD_UUID";

/// Default port of Asterisk's manager interface.
const AMI_PORT: Count<1, 65_535> = Count::new(5038);

/// An Asterisk whose manager interface we connect to.
#[derive(Clone, Debug, PartialEq)]
pub struct AsteriskServer {
    /// Its host.
    pub host: HostName,
    /// The port of its manager interface.
    pub port: Count<1, 65_535>,
    /// The user of `manager.conf`.
    pub user: String,
    /// Its secret.
    pub secret: Secret,
    /// How an extension is rung.
    pub dial: DialTemplate,
    /// How a number is called.
    pub trunk: Option<DialTemplate>,
    /// The variable in which its dialplan keeps the UUID of a channel's AudioSocket connection.
    pub uuid_variable: String,
}

/// The Asterisks that we connect to, by the names that we have for them.
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
        let host_doc = "Where an Asterisk is whose manager interface (AMI) Cordboard connects to, by a name of your own for it.";
        let port_doc = "The port of its manager interface.";
        let user_doc = "The user of its manager.conf; it needs read = system,call,user,agent,dtmf and write = \
                        system,call,originate,user.";
        let secret_doc = "The secret of that user.";
        let dial_doc = "What it dials to ring an extension; {number} stands for it.";
        let trunk_doc = "What it dials to call a number over its line to the outside, as PJSIP/{number}@trunk; unset, \
                         it makes no calls to numbers.";
        let variable_doc = "The channel variable in which its dialplan keeps the UUID that it gives AudioSocket: by it a \
                            caller is found whom the dialplan does not announce.";
        let Some(server) = server else {
            return vec![
                Listed::of(&of("host"), host_doc, &None::<HostName>),
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
}

/// How most Asterisks ring their telephones.
fn default_dial() -> Result<DialTemplate, cordboard_actors::asterisk::BadTemplate> {
    "PJSIP/{number}".parse()
}

impl Asterisk {
    /// A switch's name says which one is meant, whatever its kind.
    pub(super) fn contradictions(&self, config: &Config, layers: &mut Layers) {
        for (name, _) in self.servers.iter() {
            if config.freeswitch.servers.iter().any(|(other, _)| other == name) {
                layers.contradiction(
                    &format!("{}{name}.host", AsteriskServer::PREFIX),
                    format!("there is a FreeSWITCH of the name {name} as well"),
                    "give one of them another name".to_owned(),
                );
            }
        }
    }

    /// Policy of calls whose callers an Asterisk holds.
    pub fn policy(&self) -> AsteriskPolicy {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        AsteriskPolicy {
            ring_timeout_ms: ms(self.ring_timeout_s.duration()),
            park_timeout_ms: ms(self.park_timeout_s.duration()),
            record_people: self.record_people,
        }
    }
}
