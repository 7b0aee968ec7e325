//! Ports and dial strings as settings write them.

use cordboard_schema::limits::AUDIO_PORTS_MAX;
use cordboard_settings::SettingValue;

use super::{BadTemplate, DialTemplate, PortRange};

impl SettingValue for PortRange {
    fn expected() -> String {
        format!("two ports with a - between them, as 9100-9199; {AUDIO_PORTS_MAX} ports at most")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let is_none = || format!("{text:?} is no range of ports");
        let (first, last) = text.split_once('-').ok_or_else(is_none)?;
        let port = |text: &str| text.trim().parse::<u16>().map_err(|_| is_none());
        Self::new(port(first)?, port(last)?).map_err(|cause| cause.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for DialTemplate {
    fn expected() -> String {
        "a dial string with {number} in it, as PJSIP/{number}".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|fault: BadTemplate| fault.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}
