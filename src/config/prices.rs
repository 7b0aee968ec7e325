//! Prices of models, and money: decimal amounts of a currency, stored in millionths.

use std::collections::BTreeMap;
use std::fmt;

use cordboard_actors::assistant::VOICES;
use cordboard_actors::assistant::kind::{ModelEnd, ShippedPrice};
use cordboard_schema::usage::{ModelPrice, price_of};

use cordboard_settings::{Layers, Listed, SettingValue};

const PREFIX: &str = "prices.";
/// Maximum decimals of an amount.
const DECIMALS: usize = 6;
/// Maximum characters of the whole part: a million millions fits into 64 bits as millionths.
const WHOLE_CHARS_MAX: usize = 12;

/// An amount of money, to a millionth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// Makes an amount of this many millionths.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The amount in millionths.
    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Amount {
    /// Shows two decimals, and as many more as the amount has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:06}", self.0 % 1_000_000);
        let (first_two, more) = decimals.split_at(2);
        write!(f, "{}.{first_two}{}", self.0 / 1_000_000, more.trim_end_matches('0'))
    }
}

impl SettingValue for Amount {
    fn expected() -> String {
        "an amount of costs.currency with a point and up to 6 decimals, such as 4.00".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not an amount");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) {
            return Err(wrong());
        }
        if whole.len() > WHOLE_CHARS_MAX || decimals.len() > DECIMALS {
            return Err(format!("{text} is too large or has too many decimals"));
        }
        let micros = format!("{whole}{decimals:0<DECIMALS$}").parse().map_err(|_| wrong())?;
        Ok(Self(micros))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A currency, as three letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency(String);

impl Currency {
    /// US dollars, the currency of the shipped prices.
    pub fn dollars() -> Self {
        Self("USD".to_owned())
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for Currency {
    fn expected() -> String {
        "a currency's three letters, such as USD".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is not a currency"))
        }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// One price of a model: its name, what it is for, and its place in the struct.
struct PriceField {
    name: &'static str,
    of: &'static str,
    at: fn(&mut ModelPrice) -> &mut u64,
}

const FIELDS: [PriceField; 7] = [
    PriceField { name: "text_input", of: "a million tokens of text read", at: |price| &mut price.text_input },
    PriceField {
        name: "text_input_cached",
        of: "a million tokens of text read from the provider's cache",
        at: |price| &mut price.text_input_cached,
    },
    PriceField {
        name: "audio_input",
        of: "a million tokens of audio heard",
        at: |price| &mut price.audio_input,
    },
    PriceField {
        name: "audio_input_cached",
        of: "a million tokens of audio from the provider's cache",
        at: |price| &mut price.audio_input_cached,
    },
    PriceField {
        name: "text_output",
        of: "a million tokens of text written",
        at: |price| &mut price.text_output,
    },
    PriceField {
        name: "audio_output",
        of: "a million tokens of audio spoken",
        at: |price| &mut price.audio_output,
    },
    PriceField {
        name: "audio_minute",
        of: "a minute of audio, if the model is billed by duration",
        at: |price| &mut price.audio_minute,
    },
];

/// The shipped prices in US dollars, in the order of [`FIELDS`]: the providers' price lists when this version was made. Providers change them without
/// notice.
fn shipped() -> impl Iterator<Item = &'static ShippedPrice> {
    VOICES.iter().flat_map(|kind| kind.prices)
}

/// Returns when its provider ends a model, if that was announced when this version was made, and what to do before.
pub(crate) fn announced_end(model: &str) -> Option<ModelEnd> {
    let declared = VOICES.iter().flat_map(|kind| kind.ends).find(|end| end.model == model).copied();
    let of_price = || {
        let shipped = shipped().find(|shipped| shipped.model == model)?;
        Some(ModelEnd { model: shipped.model, day: shipped.ends?, instead: "name another model" })
    };
    declared.or_else(of_price)
}

/// Prices of models, by their names (`[prices.<model>]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices(BTreeMap<String, ModelPrice>);

impl Prices {
    /// Returns the prices by model, for a call's policy.
    pub fn by_model(&self) -> BTreeMap<String, ModelPrice> {
        self.0.clone()
    }

    /// Returns the price of a model, as a call finds it; none if it is not known.
    pub fn get(&self, model: &str) -> Option<&ModelPrice> {
        price_of(&self.0, model)
    }

    /// Reads the prices: the shipped ones, overridden by the sources. A dated name has the plain name's prices for the kinds that are not set for it.
    pub(super) fn read(layers: &mut Layers) -> Self {
        let mut set = Vec::new();
        for written in layers.names_below(PREFIX) {
            // A model's name can contain points, a price's name can't. A value that is not a price stays among the unknown settings.
            let Some((model, name)) = written.rsplit_once('.') else { continue };
            let Some(field) = FIELDS.iter().find(|field| field.name == name) else { continue };
            if let Some(amount) = layers.take::<Amount>(&format!("{PREFIX}{written}")) {
                set.push((model.to_owned(), field, amount));
            }
        }
        // A plain name is shorter than a dated one: its prices are complete by the time that a dated name starts with them.
        set.sort_by_key(|(model, ..)| model.len());
        let mut prices = Self::default();
        for (model, field, amount) in set {
            let start = prices.get(&model).copied().unwrap_or_default();
            let price = prices.0.entry(model).or_insert(start);
            *(field.at)(price) = amount.micros();
        }
        prices
    }

    /// None: the price of a model is not a secret.
    pub(super) fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Lists the prices as settings. Free models are not listed.
    pub(super) fn list(&self) -> Vec<Listed> {
        let mut listed = Vec::new();
        for (model, price) in &self.0 {
            let mut price = *price;
            for field in &FIELDS {
                let amount = Amount::from_micros(*(field.at)(&mut price));
                if amount > Amount::default() {
                    let name = format!("{PREFIX}{model}.{}", field.name);
                    listed.push(Listed::of(&name, &format!("Price of {model}: {}.", field.of), &amount));
                }
            }
        }
        listed
    }
}

impl Default for Prices {
    fn default() -> Self {
        let price = |amounts: &[&str; 7]| {
            let mut price = ModelPrice::default();
            for (field, amount) in FIELDS.iter().zip(amounts) {
                *(field.at)(&mut price) = Amount::parse(amount).unwrap_or_default().micros();
            }
            price
        };
        Self(
            shipped()
                .map(|ShippedPrice { model, dollars, .. }| ((*model).to_owned(), price(dollars)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_to_the_millionth() {
        let good = [("4", 4_000_000), ("4.00", 4_000_000), ("0.006", 6_000), ("0.000001", 1), ("0", 0)];
        for (text, micros) in good {
            assert_eq!(Amount::parse(text), Ok(Amount::from_micros(micros)), "{text}");
        }
        for bad in ["", ".", "4.", ".5", "-1", "1e3", "1,50", "0.0000001", "9999999999999", "4 USD", "+1"] {
            assert!(Amount::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_amount_is_shown_as_it_is_read() {
        for (micros, text) in [(4_000_000, "4.00"), (400_000, "0.40"), (6_000, "0.006"), (1, "0.000001")] {
            assert_eq!(Amount::from_micros(micros).to_string(), text);
            assert_eq!(Amount::parse(text), Ok(Amount::from_micros(micros)));
        }
    }

    #[test]
    fn every_shipped_price_is_an_amount() {
        for ShippedPrice { model, dollars, .. } in shipped() {
            for amount in dollars {
                assert!(Amount::parse(amount).is_ok(), "{model}: {amount}");
            }
        }
        let prices = Prices::default();
        assert_eq!(prices.get("gpt-realtime").map(|price| price.audio_output), Some(64_000_000));
        assert_eq!(prices.get("whisper-1").map(|price| price.audio_minute), Some(6_000));
    }
}
