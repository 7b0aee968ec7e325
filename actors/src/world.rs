//! The calendar, ids and random numbers: the system's in production, and those of a simulated world on a thread that has one.
//!
//! A run of a world can be repeated: its calendar begins at a given moment and continues with the runtime's clock,
//! which a test pauses; its ids and random numbers come from a seed. Secrets (keys, tokens, salts) never come from
//! here.

use std::cell::RefCell;
use std::marker::PhantomData;

use chrono::{DateTime, TimeDelta, Utc};
use rand::distr::{Distribution, StandardUniform};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;
use uuid::{Builder, Uuid};

thread_local! {
    /// The world of this thread. None in production.
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// Calendar and random numbers of one thread.
struct World {
    origin: DateTime<Utc>,
    began: Instant,
    chance: StdRng,
    /// The number of ids so far; it keeps those of one millisecond in order.
    ids: u32,
}

impl World {
    fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.began.elapsed()).unwrap_or(TimeDelta::MAX);
        self.origin.checked_add_signed(passed).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn new_id(&mut self) -> Uuid {
        self.ids = self.ids.wrapping_add(1);
        let mut rest = [0; 10];
        self.chance.fill(&mut rest[7..]);
        // After the three bytes that contain the version and the variant.
        rest[3..7].copy_from_slice(&self.ids.to_be_bytes());
        let ms = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(ms, &rest).into_uuid()
    }
}

/// A thread's own world, which ends when this is dropped.
#[derive(Debug)]
#[must_use = "the world ends when this is dropped"]
pub struct WorldGuard(PhantomData<*const ()>);

/// Begins a world on this thread: its calendar says `origin` now, and its random numbers follow from `seed`.
pub fn enter(origin: DateTime<Utc>, seed: u64) -> WorldGuard {
    let world = World { origin, began: Instant::now(), chance: StdRng::seed_from_u64(seed), ids: 0 };
    WORLD.set(Some(world));
    WorldGuard(PhantomData)
}

impl Drop for WorldGuard {
    fn drop(&mut self) {
        WORLD.set(None);
    }
}

/// Whether this thread has its own world.
pub fn is_entered() -> bool {
    WORLD.with_borrow(Option::is_some)
}

/// Moves the calendar of this thread's world by this much, like an operator who sets a machine's clock. Without a
/// world nothing happens.
pub fn set_calendar(by: TimeDelta) {
    WORLD.with_borrow_mut(|world| {
        if let Some(world) = world {
            world.origin = world.origin.checked_add_signed(by).unwrap_or(world.origin);
        }
    });
}

/// The time of the calendar.
pub fn now() -> DateTime<Utc> {
    WORLD.with_borrow(|world| world.as_ref().map_or_else(without_a_world, World::now))
}

#[cfg(not(feature = "fault-injection"))]
fn without_a_world() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(feature = "fault-injection")]
fn without_a_world() -> DateTime<Utc> {
    Utc::now() + crate::days_ahead::get()
}

/// A new unique id that sorts after all earlier ones (version 7).
pub fn new_id() -> Uuid {
    WORLD.with_borrow_mut(|world| world.as_mut().map_or_else(Uuid::now_v7, World::new_id))
}

/// A random id that does not reveal when it was made (version 4).
pub fn random_id() -> Uuid {
    Builder::from_random_bytes(random()).into_uuid()
}

/// A random value. Not for secrets: see the file's first comment.
pub fn random<T>() -> T
where
    StandardUniform: Distribution<T>,
{
    WORLD.with_borrow_mut(|world| world.as_mut().map_or_else(rand::random, |world| world.chance.random()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn origin() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_worlds_calendar_continues_with_the_clock() {
        let _world = enter(origin(), 1);
        assert_eq!(now(), origin());
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        assert_eq!(now(), origin() + TimeDelta::days(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_worlds_calendar_can_be_set() {
        set_calendar(TimeDelta::days(1));
        let _world = enter(origin(), 1);
        set_calendar(TimeDelta::hours(-2));
        assert_eq!(now(), origin() - TimeDelta::hours(2));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(now(), origin() - TimeDelta::minutes(119));
    }

    #[test]
    fn a_seed_gives_the_same_ids_and_the_same_chance() {
        let draw = |seed| {
            let _world = enter(origin(), seed);
            (random::<u64>(), random_id(), random::<f64>())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn ids_of_one_moment_keep_their_order_and_version() {
        let _world = enter(origin(), 1);
        let ids: Vec<Uuid> = (0..1_000).map(|_| new_id()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(random_id().get_version_num(), 4);
    }

    #[test]
    fn without_a_world_the_system_decides() {
        assert!(!is_entered());
        let (before, simulated, after) = (Utc::now(), now(), Utc::now());
        assert!((before..=after).contains(&simulated));
        assert_ne!(random_id(), random_id());
        drop(enter(origin(), 1));
        assert!(!is_entered());
    }
}
