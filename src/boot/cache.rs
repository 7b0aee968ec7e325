//! The cache, and the tasks that write callers' profiles and sessions into it: on the arbiter for outside connections, which carries no audio.

use actix::{Actor, ArbiterHandle, Recipient};
use cordboard_actors::messages::CacheProfile;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::StartError;
use super::outside::ReachingOut;
use crate::cache::{RedisCache, SharedCache};
use crate::config::Config;
use crate::customer_profiles::ProfileBuilder;
use crate::store::Store;

/// Calls whose newest profiles wait to be registered for renewal: more than the hand-offs that begin at one moment.
const WRITTEN_WAITING_MAX: usize = 1_024;

/// The parts that cache.
pub(super) struct Caching {
    /// For handlers.
    pub(super) cache: SharedCache,
    /// For calls.
    pub(super) profiles: Recipient<CacheProfile>,
}

impl Caching {
    /// Starts them. A Redis that does not answer does not prevent the start.
    pub(super) async fn start(
        config: &Config,
        store: &Store,
        reaching_out: &mut ReachingOut,
    ) -> Result<Self, StartError> {
        let arbiter = reaching_out.arbiter();
        let cache = match &config.redis_url {
            Some(url) => SharedCache::with_redis(RedisCache::new(url, runtime_of(&arbiter).await?)?),
            None => SharedCache::in_process(),
        };
        let (written, renewed) = mpsc::channel(WRITTEN_WAITING_MAX);
        let session_ttl = config.calls.session_ttl_s.duration();
        reaching_out.keep_sessions(store, &cache, session_ttl, renewed)?;
        let builder = ProfileBuilder::new(store.clone(), cache.clone(), written);
        let profiles = ProfileBuilder::start_in_arbiter(&arbiter, move |_| builder).recipient();
        Ok(Self { cache, profiles })
    }
}

/// Returns the runtime of an arbiter.
pub(super) async fn runtime_of(arbiter: &ArbiterHandle) -> Result<Handle, StartError> {
    let (sender, receiver) = oneshot::channel();
    arbiter.spawn(async move {
        // The receiver exists and waits.
        let _ = sender.send(Handle::current());
    });
    receiver.await.map_err(|_| ended())
}

fn ended() -> StartError {
    StartError::Task("the arbiter for outside connections has ended".to_owned())
}
