//! Counts by word, for what happens a few times per call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// The most different words that are kept. Most are ours; a switch may send others, and they must not fill the memory.
const WORDS_MAX: usize = 64;

/// Stands for words for which there was no room.
const OTHER: &str = "other";

/// Counters, one for each value of a label.
#[derive(Debug)]
pub(super) struct Tally {
    label: &'static str,
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    pub(super) fn by(label: &'static str) -> Self {
        Self { label, counts: Mutex::default() }
    }

    pub(super) fn count(&self, word: &str) {
        self.count_more(word, 1);
    }

    pub(super) fn count_more(&self, word: &str, times: u64) {
        let mut counts = self.counts();
        if let Some(count) = counts.get_mut(word) {
            *count += times;
            return;
        }
        let word = if counts.len() < WORDS_MAX { word } else { OTHER };
        *counts.entry(word.to_owned()).or_default() += times;
    }

    /// Returns all counts, by word.
    pub(super) fn all(&self) -> Vec<(String, u64)> {
        self.counts().iter().map(|(word, count)| (word.clone(), *count)).collect()
    }

    /// Only additions happen under the lock, so a poisoned one can still be used.
    fn counts(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EncodeMetric for Tally {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (word, count) in self.all() {
            let label = [(self.label, word.as_str())];
            encoder.encode_family(&label)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_words_do_not_fill_the_memory() {
        let tally = Tally::by("cause");
        for number in 0..1_000 {
            tally.count(&format!("cause {number}"));
        }
        tally.count("cause 0");
        let all = tally.all();
        assert_eq!(all.len(), WORDS_MAX + 1);
        assert_eq!(all.iter().map(|(_, count)| count).sum::<u64>(), 1_001);
        assert!(all.contains(&("cause 0".to_owned(), 2)));
    }
}
