//! Faults of a simulated call, in thousandths of the occasions on which they could happen.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How frequent each fault is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// A connection breaks; drawn each time the caller could do something.
    pub(crate) breaks: u32,
    /// A connection breaks or closes before it is a leg.
    pub(crate) breaks_early: u32,
    /// The end of a leg is never reported.
    pub(crate) end_unseen: u32,
    /// The assistant does not connect.
    pub(crate) assistant_absent: u32,
    /// The assistant fails when it gets an order.
    pub(crate) assistant_fails: u32,
    /// The assistant never reports the outcome of an utterance.
    pub(crate) item_lost: u32,
    /// The words of a speech are never reported.
    pub(crate) words_lost: u32,
    /// The recording can't be written.
    pub(crate) unrecorded: u32,
    /// The store refuses a message.
    pub(crate) store_refuses: u32,
    /// The store never answers.
    pub(crate) store_silent: u32,
    /// The process dies; drawn at every event.
    pub(crate) dies: u32,
    /// The call is ended from outside by a program, a drain or a stop; drawn at every event.
    pub(crate) ended_from_outside: u32,
}

impl Faults {
    /// A world without faults. The caller may still do anything.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Some faults often, others never, depending on the seed.
    pub(crate) fn any(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(!seed);
        let mut often = |most: u32| if random.random_bool(0.4) { random.random_range(0..=most) } else { 0 };
        Self {
            breaks: often(400),
            breaks_early: often(400),
            end_unseen: often(500),
            assistant_absent: often(300),
            assistant_fails: often(100),
            item_lost: often(300),
            words_lost: often(500),
            unrecorded: often(500),
            store_refuses: often(500),
            store_silent: often(500),
            dies: often(60),
            ended_from_outside: often(40),
        }
    }
}
