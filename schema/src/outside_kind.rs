//! The kinds of names that the outside gives calls, each declared once: its word, and what is known of a call by such a name.

use serde::{Deserialize, Serialize};

/// Declares the kinds of names. Each has a word in journals and at the API, says whether such a name alone shows that somebody called
/// (`shows_caller`), and names the product whose name it is (`product`); none where no caller comes by it. A new kind is one line below.
macro_rules! outside_kinds {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident: $word:literal { shows_caller: $shows:literal $(, product: $product:ident = $product_doc:literal)? }
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
    Audiosocket: "audiosocket" { shows_caller: false, product: Asterisk = "An Asterisk, by AudioSocket." }
    /// The UUID of a FreeSWITCH channel.
    Freeswitch: "freeswitch" { shows_caller: true, product: Freeswitch = "A FreeSWITCH." }
    /// The CallSid of a call at Twilio; of one that we make our own UUID as well.
    Twilio: "twilio" { shows_caller: true, product: Twilio = "Twilio." }
    /// A UUID of ours for who talks with us in a browser.
    Web: "web" { shows_caller: false, product: Web = "A browser." }
    /// The id of the conversation that an agent at ElevenLabs has with the caller.
    Elevenlabs: "elevenlabs" { shows_caller: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_word_that_json_has() {
        for kind in OutsideKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
