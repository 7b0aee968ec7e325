//! Phone numbers of an organization: the profile that answers a number, and the treatment of calls that are not answered.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, PhoneNumberId, ProfileId};
use crate::known_caller::KnownCaller;
use crate::phone::E164;
use crate::wire::twilio::{AccountSid, BadSid};

/// A phone number of an organization: a DID, and how calls to it are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Did {
    /// Its id.
    pub id: PhoneNumberId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The number; unique on the server.
    pub number: E164,
    /// The profile that answers.
    pub profile_id: ProfileId,
    /// How calls are answered, and what happens to calls that are not.
    pub answering: Answering,
    /// Proof that the number is the organization's.
    pub proof: Proof,
}

impl Did {
    /// Whether calls and messages to the number through this account reach the organization. The account is the server's if none
    /// is named, else an organization's own. Calls through an organization's own account concern only that organization, so that
    /// nobody can take calls from others with a number that they have not proved.
    pub fn is_reached_by(&self, own: Option<(OrganizationId, &AccountSid)>) -> bool {
        match (own, &self.proof) {
            (None, proof) => *proof == Proof::Operator,
            (Some((organization_id, _)), _) if organization_id != self.organization_id => false,
            (Some((_, account)), Proof::Account(proved)) => account == proved,
            (Some(_), Proof::Operator | Proof::None) => true,
        }
    }

    /// Whether this account has proved the number, because it owns it.
    pub fn is_proved_by(&self, account: &AccountSid) -> bool {
        matches!(&self.proof, Proof::Account(proved) if proved == account)
    }
}

/// Proof that a number is its organization's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The operator of the server assigned it: it is a number of the server's account.
    Operator,
    /// The organization's own account of this name at Twilio lists it.
    Account(AccountSid),
    /// Unknown: the row is older than this rule.
    None,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Account(account) => f.write_str(account.as_str()),
            Self::None => f.write_str("none"),
        }
    }
}

impl FromStr for Proof {
    type Err = BadSid;

    fn from_str(text: &str) -> Result<Self, BadSid> {
        Ok(match text {
            "operator" => Self::Operator,
            "none" => Self::None,
            account => Self::Account(account.parse()?),
        })
    }
}

/// How calls to a number are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answering {
    /// Display name of the number, such as `Main line`; may be empty.
    pub label: String,
    /// Protocol between the number's provider and Cordboard.
    pub mode: AnsweringMode,
    /// Treatment of callers outside the business's hours; null if the assistant answers at all hours.
    #[serde(default)]
    pub closed: Option<Instead>,
    /// Treatment of callers when there is no capacity for a call.
    #[serde(default)]
    pub no_capacity: Instead,
    /// Treatment of blocked callers.
    #[serde(default = "hang_up")]
    pub blocked: Instead,
    /// Blocked callers.
    #[serde(default)]
    pub blocked_callers: Vec<E164>,
    /// Whether callers who hide their number are blocked.
    #[serde(default)]
    pub block_anonymous: bool,
}

fn hang_up() -> Instead {
    Instead::HangUp
}

impl Answering {
    /// Whether this caller is blocked. None is a caller who hides their number, or whose number does not identify them.
    pub fn blocks(&self, caller: Option<&KnownCaller>) -> bool {
        caller.map_or(self.block_anonymous, |caller| self.blocked_callers.contains(caller.number()))
    }

    /// Returns all treatments of calls that are not answered, each with its field.
    pub fn instead(&self) -> impl Iterator<Item = (&'static str, &Instead)> {
        let closed = self.closed.iter().map(|instead| ("closed", instead));
        closed.chain([("no_capacity", &self.no_capacity), ("blocked", &self.blocked)])
    }
}

/// Protocol between a number's provider and Cordboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnsweringMode {
    /// Audio both ways, over Media Streams.
    #[default]
    MediaStreams,
    /// In turns, over `<Gather>`.
    Gather,
}

/// Treatment of a caller whom no assistant answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Instead {
    /// The call is rejected.
    #[default]
    HangUp,
    /// The caller hears these words; then the call ends.
    Say {
        /// The words.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
        text: String,
    },
    /// The caller hears these words; then a message is recorded.
    Voicemail {
        /// The words.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
        text: String,
    },
    /// Another party is called: an extension, or a number that the dial policy allows.
    Forward {
        /// The party.
        target: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_reached_by_the_account_that_proved_it() {
        use uuid::Uuid;
        let (own, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        let account = |digit: &str| format!("AC{}", digit.repeat(32)).parse::<AccountSid>().unwrap();
        let (first, second) = (account("a"), account("b"));
        let did = |proof| Did {
            id: PhoneNumberId(Uuid::nil()),
            organization_id: own,
            number: "+15550100001".parse().unwrap(),
            profile_id: ProfileId(Uuid::nil()),
            answering: Answering {
                label: String::new(),
                mode: AnsweringMode::default(),
                closed: None,
                no_capacity: Instead::default(),
                blocked: Instead::HangUp,
                blocked_callers: Vec::new(),
                block_anonymous: false,
            },
            proof,
        };
        for (proof, installation, by_first, by_second) in [
            (Proof::Operator, true, true, true),
            (Proof::Account(first.clone()), false, true, false),
            (Proof::None, false, true, true),
        ] {
            assert_eq!(proof.to_string().parse(), Ok(proof.clone()));
            let did = did(proof.clone());
            assert_eq!(did.is_reached_by(None), installation, "{proof}");
            assert_eq!(did.is_reached_by(Some((own, &first))), by_first, "{proof}");
            assert_eq!(did.is_reached_by(Some((own, &second))), by_second, "{proof}");
            assert!(!did.is_reached_by(Some((other, &first))), "{proof}");
        }
    }

    #[test]
    fn a_caller_is_blocked_by_number_or_for_hiding_it() {
        let nuisance: E164 = "+49301234567".parse().unwrap();
        let mut answering = Answering {
            label: String::new(),
            mode: AnsweringMode::default(),
            closed: None,
            no_capacity: Instead::default(),
            blocked: Instead::HangUp,
            blocked_callers: vec![nuisance.clone()],
            block_anonymous: false,
        };
        let own = ["+49301234500".parse().unwrap()].into_iter().collect();
        let blocks =
            |answering: &Answering, number: &str| answering.blocks(KnownCaller::parse(number, &own).as_ref());
        assert!(blocks(&answering, "+49 30 1234567"));
        assert!(!blocks(&answering, "+49301234568") && !blocks(&answering, "anonymous"));
        answering.block_anonymous = true;
        assert!(!blocks(&answering, "+49301234568"));
        for number in ["anonymous", "", "+", "100", "+49301234500"] {
            assert!(blocks(&answering, number), "{number:?}");
        }
    }
}
