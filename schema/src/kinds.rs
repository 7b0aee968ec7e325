//! The kinds of legs, of switches, and of names that other systems give calls. Each is declared by one line.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller_line::LineKind;
use crate::ids::OutsideId;
use crate::limits::{TWILIO_DETECTION_S_MAX, TWILIO_QUEUED_MS_MAX};

/// Carrier of a leg's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegCarrier {
    /// A connection to a port of its own, or datagrams there.
    Port,
    /// A WebSocket of the HTTP server.
    Http,
    /// This process.
    Process,
}

/// Declares the kinds of legs: their descriptions, their words in journals and the API, their names in the ledger of open
/// resources, the lines of callers who have such a leg, and their carriers. A new kind is one line below.
macro_rules! leg_kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident: $word:literal, $counted:expr, $line:ident, $carrier:ident; )+) => {
        /// Kind of a leg's connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum LegKind {
            $( $(#[doc = $doc])+ $kind, )+
        }

        impl LegKind {
            /// All kinds.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Returns its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            /// Returns its name in the ledger of open resources; none if it is counted elsewhere.
            pub const fn counted_as(self) -> Option<&'static str> {
                match self { $( Self::$kind => $counted, )+ }
            }

            /// Returns the kind of line of callers who have such a leg.
            pub const fn line(self) -> LineKind {
                match self { $( Self::$kind => LineKind::$line, )+ }
            }

            /// Returns the carrier of its audio.
            pub const fn carrier(self) -> LegCarrier {
                match self { $( Self::$kind => LegCarrier::$carrier, )+ }
            }
        }
    };
}

leg_kinds! {
    /// Asterisk's AudioSocket.
    Audiosocket: "audiosocket", Some("legs_audiosocket"), Leg, Port;
    /// A channel of a FreeSWITCH.
    Freeswitch: "freeswitch", Some("legs_freeswitch"), Channel, Port;
    /// A media stream of Twilio.
    Twilio: "twilio", Some("legs_twilio"), Documents, Http;
    /// A browser over `/ws/audio`.
    Web: "web", Some("legs_web"), Page, Http;
    /// A browser over WebRTC.
    Webrtc: "webrtc", Some("legs_webrtc"), Page, Port;
    /// The AI on the call.
    Assistant: "assistant", None, Leg, Process;
}

/// How many switches of a kind there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// Any number, each with a name in the configuration.
    Named,
    /// One account, whose name is the kind's word. An organization's own account replaces the configuration's.
    Account,
}

/// Numbers that a switch can show to people who are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownNumbers {
    /// Any number, such as the caller's.
    Any,
    /// Only the account's own number.
    Own,
}

/// Declares the kinds of switches. Each has a word in journals and the API. It declares the kind of names that it gives (`names`,
/// which no other kind of switch gives), how callers on its channels are reached (`line`), how many there can be (`servers`),
/// which numbers it can show (`shows`), whether it tells mailboxes from people (`detects`), how long it may keep a call before it
/// dials (`queued_ms`), and how much later than the answer it reports the answer if it has to find out first who answered
/// (`detection_ms`). A new kind is one line below.
macro_rules! switch_kinds {
    ($(
        $(#[$meta:meta])+
        $kind:ident: $word:literal {
            names: $names:ident, line: $line:ident, servers: $servers:ident, shows: $shows:ident,
            detects: $detects:literal, queued_ms: $queued:expr, detection_ms: $detection:expr
        }
    )+) => {
        /// Kind of a switch that makes calls for us.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum SwitchKind {
            $( $(#[$meta])+ $kind, )+
        }

        impl SwitchKind {
            /// All kinds.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Returns its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            /// Returns the kind of the names that it gives.
            const fn names(self) -> OutsideKind {
                match self { $( Self::$kind => OutsideKind::$names, )+ }
            }

            /// Returns how callers on channels of such a switch are reached.
            pub const fn line(self) -> LineKind {
                match self { $( Self::$kind => LineKind::$line, )+ }
            }

            /// Returns how many there can be.
            pub const fn servers(self) -> Servers {
                match self { $( Self::$kind => Servers::$servers, )+ }
            }

            /// Returns the numbers that it can show to people who are called.
            pub const fn shows(self) -> ShownNumbers {
                match self { $( Self::$kind => ShownNumbers::$shows, )+ }
            }

            /// Whether such a switch can tell a mailbox from a person on request, in every usual setup.
            pub const fn detects_mailboxes(self) -> bool {
                match self { $( Self::$kind => $detects, )+ }
            }

            /// Returns how long it may keep a call in its own queue before it dials, in ms.
            pub const fn queued_ms_max(self) -> u64 {
                match self { $( Self::$kind => $queued, )+ }
            }

            /// Returns how much later than the answer it reports the answer, in ms, if it has to find out first who answered.
            pub const fn detection_ms_max(self) -> u64 {
                match self { $( Self::$kind => $detection, )+ }
            }
        }
    };
}

switch_kinds! {
    /// FreeSWITCH, by ESL.
    #[default]
    Freeswitch: "freeswitch" {
        names: Freeswitch, line: Channel, servers: Named, shows: Any, detects: false, queued_ms: 0, detection_ms: 0
    }
    /// Asterisk, by AMI.
    Asterisk: "asterisk" {
        names: Audiosocket, line: ControlledLeg, servers: Named, shows: Any, detects: true, queued_ms: 0, detection_ms: 0
    }
    /// Twilio, by REST.
    Twilio: "twilio" {
        names: Twilio, line: Documents, servers: Account, shows: Own, detects: true,
        queued_ms: TWILIO_QUEUED_MS_MAX, detection_ms: TWILIO_DETECTION_S_MAX as u64 * 1_000
    }
}

impl SwitchKind {
    /// Returns the kind of switch that gives names of this kind; none if no switch gives them.
    pub fn of_names(names: OutsideKind) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.names() == names)
    }

    /// Returns the name of a call that such a switch makes for us on the channel that we named: its control or its audio arrives
    /// under that name.
    pub fn outside_id(self, channel: Uuid) -> OutsideId {
        OutsideId::new(self.names(), channel)
    }

    /// Returns the channel on such a switch that has this name; none if the name is of another kind.
    pub fn channel(self, outside_id: &OutsideId) -> Option<Uuid> {
        outside_id.channel(self.names())
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the name of the only switch of this kind; none if each has a name of its own.
    pub const fn only_name(self) -> Option<&'static str> {
        match self.servers() {
            Servers::Named => None,
            Servers::Account => Some(self.as_str()),
        }
    }
}

/// Declares the kinds of names. Each has a word in journals and the API. It says whether such a name alone shows that somebody
/// called (`shows_caller`), and whether such callers are visitors of a page, who never take the last of an organization's
/// capacity for calls (`is_visitor`). It names the product that gives such names (`product`); none if no caller arrives with one.
/// A new kind is one line below.
macro_rules! outside_kinds {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident: $word:literal {
            shows_caller: $shows:literal, is_visitor: $visitor:literal
            $(, product: $product:ident = $product_doc:literal)?
        }
    )+) => {
        /// The kind of system that gave a name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum OutsideKind {
            $( $(#[doc = $doc])+ $kind, )+
        }

        impl OutsideKind {
            /// All kinds.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Returns its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            /// Whether such a name alone shows that somebody called.
            pub const fn shows_caller(self) -> bool {
                match self { $( Self::$kind => $shows, )+ }
            }

            /// Whether callers with such a name are visitors of a page, who never take the last of an organization's capacity for
            /// calls.
            pub const fn is_visitor(self) -> bool {
                match self { $( Self::$kind => $visitor, )+ }
            }
        }

        /// Kind of switch that a caller arrived through.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ProfileSource {
            $( $( #[doc = $product_doc] $product, )? )+
            /// No switch has a name for the call.
            Cordboard,
        }

        impl ProfileSource {
            /// Returns the product of callers with names of this kind.
            pub const fn of(names: Option<OutsideKind>) -> Self {
                match names {
                    $( $( Some(OutsideKind::$kind) => Self::$product, )? )+
                    _ => Self::Cordboard,
                }
            }
        }
    };
}

outside_kinds! {
    /// The UUID of an AudioSocket connection (Asterisk).
    Audiosocket: "audiosocket" { shows_caller: false, is_visitor: false, product: Asterisk = "Asterisk, by AudioSocket." }
    /// The UUID of a FreeSWITCH channel.
    Freeswitch: "freeswitch" { shows_caller: true, is_visitor: false, product: Freeswitch = "FreeSWITCH." }
    /// The CallSid of a call at Twilio; for a call that we make, also our own UUID.
    Twilio: "twilio" { shows_caller: true, is_visitor: false, product: Twilio = "Twilio." }
    /// Our own UUID for a caller in a browser.
    Web: "web" { shows_caller: false, is_visitor: true, product: Web = "A browser." }
    /// The id of the conversation that an agent at ElevenLabs has with the caller.
    Elevenlabs: "elevenlabs" { shows_caller: false, is_visitor: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_legs_and_names_have_their_json_words() {
        for kind in LegKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for kind in OutsideKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn switch_kinds_have_json_words_and_names_of_their_own() {
        for kind in SwitchKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            let name = kind.outside_id(Uuid::from_u128(7));
            assert_eq!(SwitchKind::of_names(name.kind), Some(kind));
        }
    }
}
