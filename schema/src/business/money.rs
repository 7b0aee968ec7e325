//! Prices, in the minor units of a currency.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::PRICE_MINOR_MAX;

/// Price of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Price {
    /// A fixed price.
    Fixed {
        /// In minor units, such as cents.
        #[cfg_attr(feature = "openapi", schema(minimum = 0))]
        amount_minor: i64,
        /// The currency.
        currency: Currency,
    },
    /// A price between two amounts.
    FromTo {
        /// The lowest price, in minor units.
        #[cfg_attr(feature = "openapi", schema(minimum = 0))]
        from_minor: i64,
        /// The highest price, in minor units.
        #[cfg_attr(feature = "openapi", schema(minimum = 0))]
        to_minor: i64,
        /// The currency.
        currency: Currency,
    },
    /// A price for each hour.
    Hourly {
        /// In minor units, such as cents.
        #[cfg_attr(feature = "openapi", schema(minimum = 0))]
        amount_minor: i64,
        /// The currency.
        currency: Currency,
    },
    /// The price is given on request.
    #[default]
    OnRequest,
}

impl Price {
    /// Whether its amounts are valid.
    pub(super) fn is_sound(&self) -> bool {
        let is_amount = |amount: i64| (0..=PRICE_MINOR_MAX).contains(&amount);
        match self {
            Self::Fixed { amount_minor, .. } | Self::Hourly { amount_minor, .. } => is_amount(*amount_minor),
            Self::FromTo { from_minor, to_minor, .. } => {
                is_amount(*to_minor) && (0..=*to_minor).contains(from_minor)
            }
            Self::OnRequest => true,
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { amount_minor, currency } => f.write_str(&currency.amount(*amount_minor)),
            Self::FromTo { from_minor, to_minor, currency } => {
                write!(f, "{} to {}", currency.amount(*from_minor), currency.amount(*to_minor))
            }
            Self::Hourly { amount_minor, currency } => {
                write!(f, "{} an hour", currency.amount(*amount_minor))
            }
            Self::OnRequest => f.write_str("on request"),
        }
    }
}

/// A currency by its ISO 4217 code, such as `EUR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The text is not a currency's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters of ISO 4217, such as EUR")]
pub struct BadCurrency;

impl Currency {
    /// Returns the number of digits after the point: 2, except for those of ISO 4217 that have others.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// Returns an amount with its currency, such as `49.90 EUR`.
    pub fn amount(self, minor: i64) -> String {
        let digits = self.minor_digits();
        let unit = 10_i64.pow(digits);
        match (minor % unit, digits) {
            (0, _) => format!("{} {self}", minor / unit),
            (rest, digits) => {
                format!("{}.{:0width$} {self}", minor / unit, rest.abs(), width = digits as usize)
            }
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = BadCurrency;

    fn try_from(code: String) -> Result<Self, BadCurrency> {
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(BadCurrency),
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.to_owned().try_into().unwrap()
    }

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        for (code, minor, shown) in [
            ("EUR", 4_990, "49.90 EUR"),
            ("EUR", 5_000, "50 EUR"),
            ("USD", 5, "0.05 USD"),
            ("JPY", 4_990, "4990 JPY"),
            ("KWD", 1_005, "1.005 KWD"),
        ] {
            assert_eq!(currency(code).amount(minor), shown);
        }
        assert_eq!(serde_json::to_string(&currency("EUR")).unwrap(), r#""EUR""#);
        for bad in ["", "eur", "EURO", "€", "E R", "ÄÖÜ"] {
            assert_eq!(Currency::try_from(bad.to_owned()), Err(BadCurrency), "{bad}");
        }
    }

    #[test]
    fn a_price_range_from_more_to_less_is_refused() {
        let from_to =
            |from_minor, to_minor| Price::FromTo { from_minor, to_minor, currency: currency("EUR") };
        assert!(from_to(1, 2).is_sound() && !from_to(2, 1).is_sound() && !from_to(-1, 1).is_sound());
        assert!(!Price::Hourly { amount_minor: i64::MAX, currency: currency("EUR") }.is_sound());
        assert_eq!(from_to(100, 250).to_string(), "1 EUR to 2.50 EUR");
    }
}
