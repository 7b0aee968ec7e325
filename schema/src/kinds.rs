//! The kinds of legs, of switches, and of names that the outside gives calls, each declared by one line.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller_line::LineKind;
use crate::ids::OutsideId;
use crate::limits::{TWILIO_DETECTION_S_MAX, TWILIO_QUEUED_MS_MAX};

/// Carrier of a leg's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegCarrier {
    /// A connection to a port of the kind's own, or datagrams there.
    Port,
    /// A WebSocket of the HTTP server.
    Http,
    /// This process.
    Process,
}

/// Declares the kinds of legs: their descriptions, their words in journals and at the API, their names in the ledger of open things,
/// the lines of callers who have such a leg, and its carrier. A new kind is one line below.
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
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            /// Its name in the ledger of what is open; none of one that is counted elsewhere.
            pub const fn counted_as(self) -> Option<&'static str> {
                match self { $( Self::$kind => $counted, )+ }
            }

            /// Kind of line of callers who have such a leg.
            pub const fn line(self) -> LineKind {
                match self { $( Self::$kind => LineKind::$line, )+ }
            }

            /// Carrier of its audio.
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

/// How many switches of a kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// Any number, each with a name in the configuration.
    Named,
    /// One account, which has the kind's word as its name. An organization's own account takes the place of the configuration's.
    Account,
}

/// Numbers that a switch can show to people who are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownNumbers {
    /// Any number, as the caller's.
    Any,
    /// The account's own number alone.
    Own,
}

/// Declares the kinds of switches. Each has a word in journals and at the API, and declares the names from outside that it gives
/// (`names`, which no other kind of switch gives), how callers are reached whose channel it has (`line`), how many of it there are (`servers`),
/// which numbers it can show (`shows`), whether it tells mailboxes from people (`detects`), how long it may keep a call before it dials
/// (`queued_ms`), and how much later than the answer it says that somebody has answered, where it is to find out first who that is
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
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            /// Kind of the names that it gives.
            const fn names(self) -> OutsideKind {
                match self { $( Self::$kind => OutsideKind::$names, )+ }
            }

            /// How callers are reached whose channel such a switch has.
            pub const fn line(self) -> LineKind {
                match self { $( Self::$kind => LineKind::$line, )+ }
            }

            /// How many there are.
            pub const fn servers(self) -> Servers {
                match self { $( Self::$kind => Servers::$servers, )+ }
            }

            /// The numbers that it can show to people who are called.
            pub const fn shows(self) -> ShownNumbers {
                match self { $( Self::$kind => ShownNumbers::$shows, )+ }
            }

            /// Whether such a switch can tell a mailbox from a person when it is asked to, as every one of them is set up.
            pub const fn detects_mailboxes(self) -> bool {
                match self { $( Self::$kind => $detects, )+ }
            }

            /// How long it may keep a call in a queue of its own before it dials, in ms.
            pub const fn queued_ms_max(self) -> u64 {
                match self { $( Self::$kind => $queued, )+ }
            }

            /// How much later than the answer it says that somebody has answered, in ms, where it is to find out first who that is.
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
    /// The kind of switch that gives names of this kind; none of names that no switch gives.
    pub fn of_names(names: OutsideKind) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.names() == names)
    }

    /// Name that the outside gives a call that such a switch makes for us, whose channel we have named so: the name under which
    /// its control or its audio comes.
    pub fn outside_id(self, channel: Uuid) -> OutsideId {
        OutsideId::new(self.names(), channel)
    }

    /// The channel on such a switch that has this name; none where the name is another kind's.
    pub fn channel(self, outside_id: &OutsideId) -> Option<Uuid> {
        outside_id.channel(self.names())
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The name of the only switch of this kind; none where each has a name of its own.
    pub const fn only_name(self) -> Option<&'static str> {
        match self.servers() {
            Servers::Named => None,
            Servers::Account => Some(self.as_str()),
        }
    }
}

/// Declares the kinds of names. Each has a word in journals and at the API, says whether such a name alone shows that somebody called
/// (`shows_caller`), and whether such callers are visitors of a page, who never take the last of an organization's room for calls (`is_visitor`). It names
/// the product whose name it is (`product`); none where no caller comes by it. A new kind is one line below.
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
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// Its word, as serde writes it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$kind => $word, )+ }
            }

            /// Whether such a name alone shows that somebody called.
            pub const fn shows_caller(self) -> bool {
                match self { $( Self::$kind => $shows, )+ }
            }

            /// Whether callers with such a name are visitors of a page, who never take the last of an organization's room for calls.
            pub const fn is_visitor(self) -> bool {
                match self { $( Self::$kind => $visitor, )+ }
            }
        }

        /// Kind of switch that a caller came by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ProfileSource {
            $( $( #[doc = $product_doc] $product, )? )+
            /// No switch has a name for the call.
            Cordboard,
        }

        impl ProfileSource {
            /// The product of callers with names of this kind.
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
    Audiosocket: "audiosocket" { shows_caller: false, is_visitor: false, product: Asterisk = "An Asterisk, by AudioSocket." }
    /// The UUID of a FreeSWITCH channel.
    Freeswitch: "freeswitch" { shows_caller: true, is_visitor: false, product: Freeswitch = "A FreeSWITCH." }
    /// The CallSid of a call at Twilio; of one that we make our own UUID as well.
    Twilio: "twilio" { shows_caller: true, is_visitor: false, product: Twilio = "Twilio." }
    /// A UUID of ours for who talks with us in a browser.
    Web: "web" { shows_caller: false, is_visitor: true, product: Web = "A browser." }
    /// The id of the conversation that an agent at ElevenLabs has with the caller.
    Elevenlabs: "elevenlabs" { shows_caller: false, is_visitor: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_legs_and_names_have_the_words_of_json() {
        for kind in LegKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for kind in OutsideKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn switch_kinds_have_the_words_of_json_and_own_names() {
        for kind in SwitchKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            let name = kind.outside_id(Uuid::from_u128(7));
            assert_eq!(SwitchKind::of_names(name.kind), Some(kind));
        }
    }
}
