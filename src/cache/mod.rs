//! The cache: values that expire, for the person who answers a call. In this process, and in a Redis where one
//! is configured, so that other servers and programs find them, too.
//!
//! - What this process writes it keeps itself as well. While the Redis is away, reads are answered from there, and writes fail
//!   fast with [`CacheFault`]; once it is back, or another one is in its place, all is written to it once more.
//! - Nothing here waits for longer than [`REDIS_WAIT_MS_MAX`](cordboard_schema::limits::REDIS_WAIT_MS_MAX), and nothing is
//!   lost with it that is not on record elsewhere.

mod entries;
mod memory;
mod redis;
mod shared;

use std::time::Duration;

use bytes::Bytes;
use cordboard_schema::cache_key::CacheKey;
use cordboard_schema::limits::{CACHE_VALUE_BYTES_MAX, REDIS_WAIT_MS_MAX};
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

pub use memory::MemoryCache;
pub use redis::{RedisCache, check};
pub use shared::SharedCache;

/// Result of a request to a cache.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, CacheFault>>;

/// Keeps values for a while.
pub trait Cache: Send + Sync {
    /// The value of that name, while it lives.
    fn get<'a>(&'a self, key: &'a CacheKey) -> Answer<'a, Option<Bytes>>;

    /// Keeps a value under all of these names at once, for so long; what stood there is replaced.
    fn set<'a>(&'a self, keys: &'a [CacheKey], value: Bytes, ttl: Duration) -> Answer<'a, ()>;

    /// Keeps a value where there is none of that name; whether it did.
    fn add<'a>(&'a self, key: &'a CacheKey, value: Bytes, ttl: Duration) -> Answer<'a, bool>;

    /// Has the values of these names live for so long from now on, be it longer or shorter; how many there are.
    fn expire<'a>(&'a self, keys: &'a [CacheKey], ttl: Duration) -> Answer<'a, usize>;

    /// Ends the values of these names; how many there were.
    fn delete<'a>(&'a self, keys: &'a [CacheKey]) -> Answer<'a, usize>;
}

/// Why a cache could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheFault {
    /// The value is too large.
    #[error("a value has {bytes} bytes, and {CACHE_VALUE_BYTES_MAX} can be cached")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It took too long.
    #[error(
        "the Redis did not answer within {REDIS_WAIT_MS_MAX} ms: see whether it is overloaded, or the way to it is cut"
    )]
    TimedOut,
    /// It can't be reached.
    #[error("the Redis can't be reached: {0}; start it, or set REDIS_URL to another")]
    Away(String),
    /// Its answer is none of a Redis, or none to this request.
    #[error("an answer of the Redis can't be read: see that REDIS_URL names a Redis")]
    Unreadable,
    /// It said no.
    #[error("the Redis refused: {0}")]
    Refused(String),
    /// Its address can't be used.
    #[error("REDIS_URL can't be used: {0}")]
    BadAddress(String),
}

impl CacheFault {
    /// Whether something of the answer may still come.
    fn leaves_an_answer(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Away(_) | Self::Unreadable)
    }

    /// Refuses a value that is too large.
    fn of_length(bytes: usize) -> Result<(), Self> {
        if bytes > CACHE_VALUE_BYTES_MAX { Err(Self::TooLarge { bytes }) } else { Ok(()) }
    }
}

/// State of the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CacheState {
    /// It is in this process, and no Redis is configured.
    InProcess,
    /// The Redis answers.
    Redis,
    /// The Redis does not answer: this process keeps what is written for it.
    RedisAway {
        /// Why, for operators.
        reason: String,
    },
}

impl CacheState {
    /// Whether all is as it should be.
    pub const fn is_well(&self) -> bool {
        !matches!(self, Self::RedisAway { .. })
    }
}
