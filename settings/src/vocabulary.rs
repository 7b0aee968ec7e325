//! Types of settings from the vocabulary of telephony.

use cordboard_schema::call::Unannounced;
use cordboard_schema::dial::{BadNumber, PhoneNumber};
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::switch::{FreeswitchAudio, FreeswitchMode};
use cordboard_schema::wire::esl::{BadTrunk, Trunk};
use cordboard_schema::wire::twilio::{AccountSid, BadSid};

use crate::listing::SettingValue;

impl SettingValue for Unannounced {
    fn expected() -> String {
        "accept or refuse".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "accept" => Ok(Self::Accept),
            "refuse" => Ok(Self::Refuse),
            _ => Err(format!("{text:?} is not one of its words")),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Accept => "accept".to_owned(),
            Self::Refuse => "refuse".to_owned(),
        }
    }
}

impl SettingValue for FreeswitchMode {
    fn expected() -> String {
        "dual or audio or esl".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "dual" => Ok(Self::Dual),
            "audio" => Ok(Self::Audio),
            "esl" => Ok(Self::Esl),
            _ => Err(format!("{text:?} is not one of its words")),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Dual => "dual".to_owned(),
            Self::Audio => "audio".to_owned(),
            Self::Esl => "esl".to_owned(),
        }
    }
}

impl SettingValue for FreeswitchAudio {
    fn expected() -> String {
        "websocket or unicast".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "websocket" => Ok(Self::Websocket),
            "unicast" => Ok(Self::Unicast),
            _ => Err(format!("{text:?} is not one of its words")),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Websocket => "websocket".to_owned(),
            Self::Unicast => "unicast".to_owned(),
        }
    }
}

impl SettingValue for Trunk {
    fn expected() -> String {
        "a dial string in which {number} stands for the number, such as sofia/gateway/NAME/{number}"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|fault: BadTrunk| fault.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for AccountSid {
    fn expected() -> String {
        "an account's SID, AC and 32 hexadecimal digits".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: BadSid| error.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for PhoneNumber {
    fn expected() -> String {
        "a number that begins with +, such as +15550100001".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: BadNumber| error.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for OrganizationId {
    fn expected() -> String {
        "the id of an organization, as /api/v1/organization shows it".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is not an id"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl SettingValue for DialplanTarget {
    fn expected() -> String {
        "context,exten,priority, such as internal,2001,1, of letters, digits, _ and - (in context also . and in exten * # +)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse::<Self>().map_err(|error| error.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}
