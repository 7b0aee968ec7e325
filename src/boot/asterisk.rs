//! A connection to each Asterisk that is configured.

use std::time::Duration;

use cordboard_actors::asterisk::{AmiActor, AmiSettings, HoldPlaces};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::messages::RegistryLine;
use cordboard_actors::meters::SwitchMeter;
use cordboard_actors::switches::KnownSwitch;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::dialplan::{BadTarget, DialplanTarget};
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::wire::ami::{AmiValue, BadAmiValue, Secret};

use super::StartError;
use crate::config::Config;

/// How often a switch's channels are compared with our calls: a call whose channel is gone ends within twice this.
const COMPARE_EVERY: Duration = Duration::from_secs(5);

/// Starts the actor of every configured Asterisk, on the current arbiter, which carries no media.
pub(super) fn start_switches(
    config: &Config,
    registry: &RegistryLine,
    ledger: &Ledger,
) -> Result<Vec<KnownSwitch>, StartError> {
    let hold = hold_places().map_err(|cause| untellable("hold", &cause.to_string()))?;
    let answered: DialplanTarget = "cordboard-outbound,s,1"
        .parse()
        .map_err(|cause: BadTarget| untellable("trunk", &cause.to_string()))?;
    config
        .asterisk
        .servers
        .iter()
        .map(|(name, server)| {
            let told =
                |setting: &'static str| move |cause: BadAmiValue| untellable(setting, &cause.to_string());
            let meter = SwitchMeter::default();
            let settings = AmiSettings {
                name: name.to_owned(),
                address: format!("{}:{}", server.host, server.port.get()),
                user: AmiValue::new(server.user.as_str()).map_err(told("user"))?,
                secret: Secret::new(server.secret.expose()).map_err(told("secret"))?,
                uuid_variable: AmiValue::new(server.uuid_variable.as_str()).map_err(told("uuid_variable"))?,
                dial: server.dial.clone(),
                trunk: server.trunk.clone(),
                answered: answered.clone(),
                hold: hold.clone(),
                compare_every: Some(COMPARE_EVERY),
                live: ledger.switch_links.clone(),
                meter: meter.clone(),
            };
            let line = AmiActor::start(settings, registry.clone());
            Ok(KnownSwitch {
                name: name.to_owned(),
                kind: SwitchKind::Asterisk,
                line,
                meter,
                makes_calls: true,
                lacks_trunk: server.trunk.is_none().then(|| format!("asterisk.servers.{name}.trunk")),
                // As the dialplan that we ship connects it.
                rate: SampleRate::HZ_8000,
                account: None,
            })
        })
        .collect()
}

/// The places of the dialplan that we ship.
fn hold_places() -> Result<HoldPlaces, BadTarget> {
    let place = |extension: &str| -> Result<DialplanTarget, BadTarget> {
        format!("cordboard-hold,{extension},1").parse()
    };
    Ok(HoldPlaces { caller: place("caller")?, person: place("person")?, back: place("back")? })
}

fn untellable(setting: &str, cause: &str) -> StartError {
    StartError::Switch { setting: format!("asterisk.servers.NAME.{setting}"), cause: cause.to_owned() }
}
