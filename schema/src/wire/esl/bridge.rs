//! Two channels that are connected, and the result of calling the second one.

use super::event::Event;
use super::event_name::EventName;
use super::execute::ExecuteComplete;
use crate::switch::HandoffFailure;

/// Channels that are connected (`CHANNEL_BRIDGE`), or no longer are (`CHANNEL_UNBRIDGE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// The channel that existed first, such as a caller's.
    pub a: String,
    /// The other one. An attended transfer changes it and keeps `a`.
    pub b: String,
}

impl Bridge {
    /// Reads the event; `None` for any other.
    pub fn of(event: &Event) -> Option<Self> {
        if !matches!(event.name()?, EventName::ChannelBridge | EventName::ChannelUnbridge) {
            return None;
        }
        let [a, b] = ["Bridge-A-Unique-ID", "Bridge-B-Unique-ID"].map(|name| event.text_of(name));
        Some(Self { a: a?.to_owned(), b: b?.to_owned() })
    }

    /// Returns the channel that is connected with `channel`.
    pub fn other_than(&self, channel: &str) -> &str {
        if self.a == channel { &self.b } else { &self.a }
    }
}

/// Result of the application `bridge`. Only its end counts: while the phone rings, the variables have other values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialResult {
    /// `originate_disposition`: `SUCCESS`, or FreeSWITCH's name of the cause, as `USER_BUSY`.
    pub disposition: String,
    /// `DIALSTATUS`: the same in fewer words, as `BUSY`, `NOANSWER`, `DONTCALL`.
    pub dial_status: Option<String>,
    /// Cause from the phone or trunk, as `sip:486`.
    pub protocol_cause: Option<String>,
}

impl DialResult {
    /// Reads the event; `None` for any other, and if nothing was dialled.
    pub fn of(event: &Event) -> Option<Self> {
        if ExecuteComplete::of(event)?.application != "bridge" {
            return None;
        }
        let variable = |name| event.variable(name).filter(|value| !value.is_empty()).map(str::to_owned);
        Some(Self {
            disposition: variable("originate_disposition")?,
            dial_status: variable("DIALSTATUS"),
            protocol_cause: variable("last_bridge_proto_specific_hangup_cause"),
        })
    }

    /// Returns why nobody was reached, if that is the case.
    pub fn failure(&self) -> Option<HandoffFailure> {
        (self.disposition != "SUCCESS").then(|| HandoffFailure::from_freeswitch(&self.disposition))
    }
}
