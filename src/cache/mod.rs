//! The cache: values that expire, for the person who answers a call. It is in this process, and in Redis if configured, so that other servers and
//! programs find the values, too.
//!
//! This process also keeps what it writes. While Redis is unreachable, reads are answered from this copy, and writes fail fast with [`CacheFault`].
//! When Redis is back, or replaced by another one, everything is written to it again.
//! Nothing here waits longer than [`REDIS_WAIT_MS_MAX`](cordboard_schema::limits::REDIS_WAIT_MS_MAX), and everything in the cache is also stored
//! elsewhere.

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
    /// Returns the value with this name, while it lives.
    fn get<'a>(&'a self, key: &'a CacheKey) -> Answer<'a, Option<Bytes>>;

    /// Stores a value under all of these names at once, for this long. Existing values are replaced.
    fn set<'a>(&'a self, keys: &'a [CacheKey], value: Bytes, ttl: Duration) -> Answer<'a, ()>;

    /// Stores a value if there is none with this name. Returns whether it did.
    fn add<'a>(&'a self, key: &'a CacheKey, value: Bytes, ttl: Duration) -> Answer<'a, bool>;

    /// Sets the remaining life of the values with these names, longer or shorter. Returns how many there are.
    fn expire<'a>(&'a self, keys: &'a [CacheKey], ttl: Duration) -> Answer<'a, usize>;

    /// Deletes the values with these names. Returns how many there were.
    fn delete<'a>(&'a self, keys: &'a [CacheKey]) -> Answer<'a, usize>;
}

/// Why the cache failed.
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
        "Redis did not answer within {REDIS_WAIT_MS_MAX} ms: check whether it is overloaded, or the connection to it is broken"
    )]
    TimedOut,
    /// It can't be reached.
    #[error("Redis can't be reached: {0}; start it, or set REDIS_URL to another one")]
    Unreachable(String),
    /// Its answer is not one of Redis, or does not fit the request.
    #[error("an answer of Redis can't be read: check that REDIS_URL names a Redis server")]
    Unreadable,
    /// It refused.
    #[error("Redis refused: {0}")]
    Refused(String),
    /// Its address can't be used.
    #[error("REDIS_URL can't be used: {0}; set it to redis://HOST:PORT, or unset it")]
    BadAddress(String),
}

impl CacheFault {
    /// Returns whether a part of the answer may still arrive.
    fn leaves_an_answer(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Unreachable(_) | Self::Unreadable)
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
    /// It is in this process, and Redis is not configured.
    InProcess,
    /// Redis answers.
    Redis,
    /// Redis does not answer. This process keeps values for it.
    RedisAway {
        /// The reason, for operators.
        reason: String,
    },
}

impl CacheState {
    /// Whether everything works.
    pub const fn is_well(&self) -> bool {
        !matches!(self, Self::RedisAway { .. })
    }
}
