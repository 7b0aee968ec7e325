//! Servers connected to a switch: a real Asterisk, for tests that watch telephones while a desk is open, and the stand-in of FreeSWITCH. Each is
//! started when a script first uses it.

mod asterisk;
mod freeswitch;
mod services;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use cordboard_test_support::audio::tone;
use cordboard_test_support::desk::hears_something;
use cordboard_test_support::handoff_suite::Party;
use cordboard_test_support::server::Server;
use serde_json::{Value, json};

use self::asterisk::AtAsterisk;
use self::freeswitch::AtFreeSwitch;
use self::services::Services;
use crate::panic_text;
use crate::setup::index;

/// The extensions that have a telephone at every switch. It rings until it is picked up.
const EXTENSIONS: std::ops::RangeInclusive<u16> = 2001..=2009;
/// The voice of all speakers: a tone, with its pitch in Hz, its peak and its length.
const VOICE_HZ: f64 = 600.0;
const VOICE_PEAK: f64 = 8_000.0;
const VOICE_LENGTH: Duration = Duration::from_secs(3);
/// The sample rate of their sound, in Hz.
const RATE: u32 = 8_000;

/// Settings of every server here. A telephone rings for longer than a test needs to check the card.
const SETTINGS: [(&str, &str); 3] =
    [("dial_policy.numbers_allowed", "+4930*"), ("calls.silence_prompt_s", "600"), ("log.level", "debug")];

/// A switch with a server.
trait Switch {
    /// The server.
    fn server(&self) -> &Server;
    /// Services for callers who ask in words; `None` if no test has such callers at this switch.
    fn services(&self) -> Option<&Services> {
        None
    }
    /// Makes a caller call from this number.
    fn call(&mut self, from: &str) -> Box<dyn Telephone>;
    /// Waits until the telephone of an extension or of an outside number rings.
    fn wait_rings(&mut self, number: &str);
    /// Waits until the telephone no longer rings.
    fn wait_quiet(&mut self, number: &str);
    /// Picks the telephone up.
    fn pick_up(&mut self, number: &str) -> Box<dyn Telephone>;
    /// Forbidden actions on the switch.
    fn rules_broken(&self) -> Vec<String>;
}

/// A telephone of the switch, and the person at it.
trait Telephone: Party {
    /// The keys that were sent to the telephone.
    fn keys(&self) -> String;
}

/// The switches that scripts have used, and the telephones in calls there.
#[derive(Default)]
pub(crate) struct Switches {
    // Telephones are dropped first.
    telephones: Vec<Box<dyn Telephone>>,
    open: BTreeMap<String, Box<dyn Switch>>,
}

impl Switches {
    /// Whether this is the name of a switch.
    pub(crate) fn has(name: &str) -> bool {
        ["asterisk", "freeswitch"].contains(&name)
    }

    /// Answers a script's request at a switch. A panic here fails this test and not the tests after it.
    pub(crate) fn answer(&mut self, name: &str, question: &Value) -> Result<Value, String> {
        catch_unwind(AssertUnwindSafe(|| self.done(name, question)))
            .map_err(|panic| panic_text(panic.as_ref()))?
    }

    fn done(&mut self, name: &str, question: &Value) -> Result<Value, String> {
        let switch = self.open.entry(name.to_owned()).or_insert_with(|| match name {
            "asterisk" => Box::new(AtAsterisk::open()),
            _ => Box::new(AtFreeSwitch::open()),
        });
        if let Some(answer) = switch.services().and_then(|services| services.answer(question)) {
            return Ok(answer);
        }
        let text = |name: &str| question[name].as_str().unwrap_or_default();
        let telephone = || self.telephones.get(index(question)).ok_or_else(|| "no such telephone".to_owned());
        match text("ask") {
            "open" => return Ok(json!(format!("http://{}", switch.server().addresses().http))),
            "log" => return Ok(json!(switch.server().log())),
            "rules_broken" => {
                let of_services = switch.services().map(Services::rules_broken).unwrap_or_default();
                return Ok(json!([switch.rules_broken(), of_services].concat()));
            }
            "keys" => return Ok(json!(telephone()?.keys())),
            "call" => {
                self.telephones.push(switch.call(text("from")));
                return Ok(json!(self.telephones.len() - 1));
            }
            "pick_up" => {
                self.telephones.push(switch.pick_up(text("number")));
                return Ok(json!(self.telephones.len() - 1));
            }
            "rings" => switch.wait_rings(text("number")),
            "quiet" => switch.wait_quiet(text("number")),
            "press" => {
                let telephone = telephone()?;
                text("digits").chars().for_each(|digit| telephone.press(digit));
            }
            "say" => telephone()?.say(&tone(VOICE_HZ, VOICE_PEAK, VOICE_LENGTH, RATE)),
            "hears" => hears_something(telephone()?.as_ref()),
            "hang_up" => telephone()?.hang_up(),
            "over" => telephone()?.wait_over(),
            other => return Err(format!("the servers with a switch have no request {other:?}")),
        }
        Ok(Value::Null)
    }
}

/// Starts a server with these additional settings, whose extensions are in this context of the switch.
fn start(context: &str, more: &[(&str, &str)]) -> Server {
    let extensions: Vec<_> =
        EXTENSIONS.map(|number| (format!("extensions.{number}"), format!("{context},{number},1"))).collect();
    let extensions = extensions.iter().map(|(name, place)| (name.as_str(), place.as_str()));
    let settings: Vec<(&str, &str)> =
        SETTINGS.into_iter().chain(extensions).chain(more.iter().copied()).collect();
    Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap()
}
