//! Two variants of the profile that talks, on the same list, and the choice of one for each contact.

use cordboard_schema::ids::ContactId;
use serde::{Deserialize, Serialize};

use crate::simulation::Chance;

/// Maximum number of a profile's version.
pub const VERSION_MAX: u32 = 1_000_000;

/// One of the two variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// The campaign's own profile.
    A,
    /// The second profile.
    B,
}

impl Variant {
    /// The word in tables and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// The second variant: its profile, and the share of contacts who get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VariantB {
    /// The name of the agent profile; null for that of the campaign.
    #[serde(default)]
    pub profile: Option<String>,
    /// The published version of the profile; null for the newest at each call.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000))]
    pub version: Option<u32>,
    /// How many of 1,000 contacts get it.
    #[serde(default = "half")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 999, default = 500))]
    pub share_permille: u16,
}

const fn half() -> u16 {
    500
}

impl VariantB {
    /// Returns the variant of a contact: always the same, on every machine and in every version, while the share is the same. With a greater share,
    /// all contacts with B keep it.
    pub fn of(&self, contact: ContactId) -> Variant {
        let (high, low) = contact.0.as_u64_pair();
        let place = Chance::new(high ^ low).below(1_000);
        if place < u64::from(self.share_permille) { Variant::B } else { Variant::A }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(share_permille: u16) -> VariantB {
        VariantB { profile: None, version: Some(2), share_permille }
    }

    /// Ids of a list that is imported within a second: their timestamps are nearly equal.
    fn contacts() -> impl Iterator<Item = ContactId> {
        let id = |nth: u128| {
            format!("{:032x}", (0x0197_a000_0000 << 80) | (nth << 64) | (nth * 7_919)).parse().unwrap()
        };
        (0..10_000).map(id)
    }

    #[test]
    fn the_set_share_of_contacts_gets_it() {
        for share in [1, 100, 500, 900] {
            let count = contacts().filter(|contact| with(share).of(*contact) == Variant::B).count();
            let expected = usize::from(share) * 10;
            assert!(count.abs_diff(expected) < 160, "{count} of 10000 where {share} of 1000 are to");
        }
    }

    #[test]
    fn a_contact_keeps_its_variant_as_the_share_grows() {
        let known = "0197a000-0000-7000-8000-000000000001".parse().unwrap();
        // Written down, because another version must not assign others.
        assert_eq!([100, 500, 999].map(|share| with(share).of(known)), [Variant::A, Variant::B, Variant::B]);
        for contact in contacts() {
            if with(300).of(contact) == Variant::B {
                assert_eq!(with(600).of(contact), Variant::B);
            }
        }
    }

    #[test]
    fn half_is_the_usual_share() {
        let read: VariantB = serde_json::from_str(r#"{"version": 2}"#).unwrap();
        assert_eq!(read, with(500));
        assert!(serde_json::from_str::<VariantB>(r#"{"versoin": 2}"#).is_err());
    }
}
