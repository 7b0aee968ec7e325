//! Profiles of callers, built from the records and cached for the person who takes over a call, under every name of the caller.

use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};
use bytes::Bytes;
use cordboard_actors::messages::{CacheProfile, ProfileKept};
use cordboard_schema::cache_key::{CacheKey, KeyExtension, KeySpace};
use cordboard_schema::customer_profile::{
    CachedProfile, CustomerData, ProfileOutcome, ProfileRequest, build_customer_profile, choose,
};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::PROFILE_TTL_S;
use tokio::sync::mpsc;

use crate::cache::{Cache, CacheFault, SharedCache};
use crate::store::{Store, query};

/// How long a profile lives after it was written or renewed.
pub(crate) const PROFILE_TTL: Duration = Duration::from_secs(PROFILE_TTL_S);

/// The keys of a call's profiles, for their renewal.
pub(crate) type Written = (CallId, Vec<CacheKey>);

/// Builds and caches profiles. Runs on an arbiter that carries no audio.
pub struct ProfileBuilder {
    store: Store,
    cache: SharedCache,
    written: mpsc::Sender<Written>,
}

impl ProfileBuilder {
    /// Makes a builder that reads from `store`, and reports what it has written so that it is renewed.
    pub(crate) fn new(store: Store, cache: SharedCache, written: mpsc::Sender<Written>) -> Self {
        Self { store, cache, written }
    }
}

impl Actor for ProfileBuilder {
    type Context = Context<Self>;
}

impl Handler<CacheProfile> for ProfileBuilder {
    type Result = ResponseFuture<ProfileKept>;

    fn handle(&mut self, request: CacheProfile, _: &mut Context<Self>) -> Self::Result {
        let (store, cache, written) = (self.store.clone(), self.cache.clone(), self.written.clone());
        Box::pin(async move {
            let call_id = request.call_id;
            match write(&store, &cache, request).await {
                Ok((kept, keys)) => {
                    // Without renewal, a profile still lives for an hour.
                    let _ = written.try_send((call_id, keys));
                    kept
                }
                Err(reason) => ProfileKept { outcome: ProfileOutcome::Failed { reason }, brief: None },
            }
        })
    }
}

async fn write(
    store: &Store,
    cache: &SharedCache,
    request: CacheProfile,
) -> Result<(ProfileKept, Vec<CacheKey>), String> {
    let CacheProfile { organization_id, call_id, extensions } = request;
    let configured = store.configured_numbers().clone();
    let read =
        move |connection: &mut _| query::known_of_call(connection, organization_id, call_id, &configured);
    let known = store.reads().run(read).await.map_err(|error| error.to_string())?;
    let known = known.ok_or("the call is not on record")?;
    let profile = build_customer_profile(&known);
    let space = KeySpace::of(organization_id, store.organization_id());
    let named = extensions.iter().filter_map(|extension| KeyExtension::new(extension).ok());
    let keys: Vec<CacheKey> = named
        .flat_map(|extension| space.customer_keys(&extension, profile.call_sid.as_ref(), call_id))
        .collect();
    let brief = Some(profile.summary.clone());
    let value = serde_json::to_vec(&CachedProfile { organization_id, profile });
    let value = value.map_err(|error| error.to_string())?;
    let outcome = match cache.set(&keys, Bytes::from(value), PROFILE_TTL).await {
        Ok(()) => ProfileOutcome::Cached,
        Err(fault @ CacheFault::TooLarge { .. }) => return Err(fault.to_string()),
        Err(fault) => ProfileOutcome::CachedHere { reason: fault.to_string() },
    };
    Ok((ProfileKept { outcome, brief }, keys))
}

/// Looks for a profile under each key in turn, until one matches.
///
/// # Errors
/// Fails if the cache can't be read.
pub async fn look_up(
    cache: &SharedCache,
    first: OrganizationId,
    organization_id: OrganizationId,
    asked: &ProfileRequest,
) -> Result<Option<CustomerData>, CacheFault> {
    for (found_by, key) in asked.keys(&KeySpace::of(organization_id, first)) {
        let Some(value) = cache.get(&key).await? else { continue };
        let Ok(found) = serde_json::from_slice::<CachedProfile>(&value) else {
            // Other programs may write there. It is not a profile of Cordboard.
            tracing::warn!(?found_by, "a value in the cache is not a profile");
            continue;
        };
        if let Some(data) = choose(asked, organization_id, found_by, found) {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
