//! Usage of a voice AI, and its cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Maximum charge of one usage report, in millionths of the currency: ten million units. A provider that reports more has
/// miscounted, and the sum of such charges would fit no column: the call could not be stored, and the day's costs could not be
/// read.
pub const CHARGE_MICROS_MAX: u64 = 10_000_000_000_000;

/// Tokens of one answer or one transcription, as the provider counted them. A cancelled answer is billed, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct TokenUsage {
    /// Text read, without the cached part.
    pub text_input: u64,
    /// Text read from the provider's cache.
    pub text_input_cached: u64,
    /// Audio heard, without the cached part.
    pub audio_input: u64,
    /// Audio from the provider's cache.
    pub audio_input_cached: u64,
    /// Text written.
    pub text_output: u64,
    /// Audio spoken.
    pub audio_output: u64,
    /// Audio that was billed by its length, in ms, as some transcriptions are.
    pub audio_ms: u64,
}

/// Prices of a model, in millionths of the currency, for a million tokens or for a minute. Kinds without a price are free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ModelPrice {
    /// Price of a million tokens of text read.
    pub text_input: u64,
    /// Price of a million tokens of text from the cache.
    pub text_input_cached: u64,
    /// Price of a million tokens of audio heard.
    pub audio_input: u64,
    /// Price of a million tokens of audio from the cache.
    pub audio_input_cached: u64,
    /// Price of a million tokens of text written.
    pub text_output: u64,
    /// Price of a million tokens of audio spoken.
    pub audio_output: u64,
    /// Price of a minute of audio, if it is billed by its length.
    pub audio_minute: u64,
}

impl TokenUsage {
    /// Returns the cost of this usage, in millionths of the currency, rounded up once, and at most [`CHARGE_MICROS_MAX`].
    pub fn cost_micros(&self, price: &ModelPrice) -> u64 {
        let tokens = [
            (self.text_input, price.text_input),
            (self.text_input_cached, price.text_input_cached),
            (self.audio_input, price.audio_input),
            (self.audio_input_cached, price.audio_input_cached),
            (self.text_output, price.text_output),
            (self.audio_output, price.audio_output),
        ];
        let paid = tokens.iter().map(|(count, price)| u128::from(*count) * u128::from(*price));
        let by_token = paid.fold(0, u128::saturating_add);
        let by_length = u128::from(self.audio_ms) * u128::from(price.audio_minute);
        // Both in millionths of a millionth: a minute is 60,000 ms.
        let cost = by_token.saturating_add(by_length.saturating_mul(1_000_000) / 60_000);
        u64::try_from(cost.div_ceil(1_000_000)).unwrap_or(u64::MAX).min(CHARGE_MICROS_MAX)
    }
}

/// Returns the price of a model. A model with a date after its name (`gpt-realtime-2025-08-28`) has the price of the plain name.
pub fn price_of<'a>(prices: &'a BTreeMap<String, ModelPrice>, model: &str) -> Option<&'a ModelPrice> {
    prices.get(model).or_else(|| prices.get(without_date(model)?))
}

/// Returns the name before `-YYYY-MM-DD`.
fn without_date(model: &str) -> Option<&str> {
    let (name, date) = model.split_at_checked(model.len().checked_sub("-YYYY-MM-DD".len())?)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_date.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_sums_its_parts_and_rounds_up_once() {
        let price = ModelPrice {
            text_input: 4_000_000,
            audio_input: 32_000_000,
            audio_output: 64_000_000,
            audio_minute: 6_000,
            ..ModelPrice::default()
        };
        let usage =
            TokenUsage { text_input: 100, audio_input: 600, audio_output: 1_000, ..TokenUsage::default() };
        assert_eq!(usage.cost_micros(&price), 400 + 19_200 + 64_000);
        let minute_and_half = TokenUsage { audio_ms: 90_000, ..TokenUsage::default() };
        assert_eq!(minute_and_half.cost_micros(&price), 9_000);
        let a_token = TokenUsage { text_input_cached: 1, text_input: 1, ..TokenUsage::default() };
        let cheap = ModelPrice { text_input: 1, text_input_cached: 1, ..ModelPrice::default() };
        assert_eq!(a_token.cost_micros(&cheap), 1, "usage with a price is never free");
    }

    #[test]
    fn an_absurd_report_is_charged_up_to_a_limit() {
        let price = ModelPrice { audio_output: 64_000_000, ..ModelPrice::default() };
        let dear = TokenUsage { audio_output: 1_000_000_000, ..TokenUsage::default() };
        assert_eq!(dear.cost_micros(&price), 64_000_000_000);
        let absurd = TokenUsage {
            text_input: u64::MAX,
            text_input_cached: u64::MAX,
            audio_input: u64::MAX,
            audio_input_cached: u64::MAX,
            text_output: u64::MAX,
            audio_output: u64::MAX,
            audio_ms: u64::MAX,
        };
        assert_eq!(absurd.cost_micros(&price), CHARGE_MICROS_MAX);
        let everything = ModelPrice {
            text_input: u64::MAX,
            text_input_cached: u64::MAX,
            audio_input: u64::MAX,
            audio_input_cached: u64::MAX,
            text_output: u64::MAX,
            audio_output: u64::MAX,
            audio_minute: u64::MAX,
        };
        assert_eq!(absurd.cost_micros(&everything), CHARGE_MICROS_MAX);
        assert!(CHARGE_MICROS_MAX.checked_mul(900_000).is_some_and(|sum| i64::try_from(sum).is_ok()));
    }

    #[test]
    fn a_models_price_ignores_the_date_in_its_name() {
        assert_eq!(without_date("gpt-realtime-2025-08-28"), Some("gpt-realtime"));
        for name in ["gpt-realtime", "gpt-realtime-mini", "", "é-2025-08-2x", "2025-08-28"] {
            assert_eq!(without_date(name), None, "{name}");
        }
    }
}
