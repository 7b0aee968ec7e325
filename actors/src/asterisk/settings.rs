//! Dial strings as settings.

use cordboard_settings::SettingValue;

use super::{BadTemplate, DialTemplate};

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
