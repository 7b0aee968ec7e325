//! Time zones by their IANA names.

use std::str::FromStr;

use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The IANA data has no zone with this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no time zone of the IANA database; the nearest is `{nearest}`")]
pub struct UnknownZone {
    /// The most similar name that exists.
    pub nearest: Tz,
}

/// Returns the zone with that name. Case matters, as in the database.
pub fn parse_zone(name: &str) -> Result<Tz, UnknownZone> {
    Tz::from_str(name).map_err(|_| UnknownZone { nearest: nearest(name) })
}

/// Writes a zone as its name, for serde's `with`.
pub(super) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    zone.name().serialize(serializer)
}

/// Reads a zone by its name, for serde's `with`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    let shown: String = name.chars().take(COMPARED_CHARS_MAX).collect();
    parse_zone(&name)
        .map_err(|unknown| serde::de::Error::custom(format_args!("`time_zone`: {shown:?} {unknown}")))
}

/// Number of characters of a name that are compared; the longest zone has 32.
const COMPARED_CHARS_MAX: usize = 64;

/// Returns the most similar zone, ignoring case; the name of a city finds its zone, too.
fn nearest(name: &str) -> Tz {
    let name: String = name.trim().chars().take(COMPARED_CHARS_MAX).collect::<String>().to_lowercase();
    let name = name.replace(' ', "_");
    let alike = |zone: &Tz| {
        let zone = zone.name().to_lowercase();
        let city = zone.rsplit('/').next().unwrap_or(&zone);
        strsim::jaro_winkler(&name, &zone).max(strsim::jaro_winkler(&name, city))
    };
    TZ_VARIANTS
        .iter()
        .copied()
        .map(|zone| (alike(&zone), zone))
        // The first of those that are equally similar.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map_or(Tz::UTC, |(_, zone)| zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_found_by_its_name() {
        assert_eq!(parse_zone("Europe/Berlin"), Ok(Tz::Europe__Berlin));
        assert_eq!(parse_zone("UTC"), Ok(Tz::UTC));
    }

    #[test]
    fn an_unknown_zone_is_refused_with_the_nearest_name() {
        for (wrong, near) in [
            ("Europe/Berlinn", Tz::Europe__Berlin),
            ("europe/berlin", Tz::Europe__Berlin),
            ("Berlin", Tz::Europe__Berlin),
            ("New York", Tz::America__New_York),
            ("Asia/Calcuta", Tz::Asia__Calcutta),
        ] {
            assert_eq!(parse_zone(wrong), Err(UnknownZone { nearest: near }), "{wrong}");
        }
        for odd in
            ["", " ", "../../etc/passwd", "'; DROP TABLE calls; --", "🕰️", "مرحبا", &"x".repeat(1_000_000)]
        {
            assert!(parse_zone(odd).is_err(), "{odd:.40}");
        }
    }
}
