//! Text messages that no webhook has brought, because no server ran, or Twilio could not reach it: Twilio soon gives such a webhook up. So Twilio is
//! asked for the messages that came, at the start and each hour, and they are stored as those of webhooks are.
//!
//! ```text
//! each account ─ its list of messages, newest first ─> those that came in and are not stored, oldest first ─> owner of the number ─> the store
//! ```
//! At the start, the list is read from the time on at which the last server has certainly looked. An account none of whose messages are stored has had
//! no server. A number of the account may belong to another program: only messages to numbers whose webhook is ours are stored.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use cordboard_actors::messages::TwilioLine;
use cordboard_actors::twilio::RestFault;
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    TEXT_MISSED_ACCOUNTS, TEXT_MISSED_LOOK_MS_MAX, TEXT_MISSED_MS_MAX, TEXT_MISSED_OVERLAP_MS,
    TEXT_MISSED_POLL_MS, TEXT_MISSED_RETRY_MS, TWILIO_LIST_PAGES_MAX,
};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::rest::{ListedMessage, MessageList, NumberList, RestRequest};
use cordboard_schema::wire::twilio::{AccountSid, IncomingMessage};
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::messages::{incoming, keep, owner};
use crate::config::Secret;
use crate::outside_accounts::OutsideAccounts;
use crate::repeated_failure::RepeatedFailure;
use crate::store::{Connection, StoreError, TextsOf, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// The path of our webhook for incoming messages.
const WEBHOOK: &str = "/twilio/message";
/// The newest message shows when the last server ran. Those of this time before the first look don't count: this process may have written them.
const STARTING_MS: u64 = 60_000;

/// An account that gets messages.
struct Source {
    /// The organization whose own account it is; `None` for the configuration's.
    own: Option<OrganizationId>,
    /// The owner of its messages.
    of: TextsOf,
    line: TwilioLine,
}

/// When a look at an account's messages began.
#[derive(Clone, Copy)]
struct Look {
    at: UnixMs,
    /// The same, whatever becomes of the machine's clock.
    began: Instant,
}

/// The looks at an account's messages.
struct Looks {
    /// The last one that succeeded.
    last: Option<Look>,
    failures: RepeatedFailure,
}

impl Look {
    fn begins_now() -> Self {
        Self { at: world::now().into(), began: Instant::now() }
    }

    fn is_old(self, now: UnixMs) -> bool {
        self.passed_ms(now) >= TEXT_MISSED_POLL_MS
    }

    /// The milliseconds since then. A clock that was set back has shown fewer, and so has a machine that was suspended.
    fn passed_ms(self, now: UnixMs) -> u64 {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        passed.max(now.ms_since(self.at))
    }
}

/// Why an account's messages can't be fetched, or not all of them.
#[derive(Debug, thiserror::Error)]
enum NotFetched {
    #[error(transparent)]
    Twilio(#[from] RestFault),
    #[error(transparent)]
    Here(#[from] ApiError),
    #[error("Twilio's answers took longer than {} min", TEXT_MISSED_LOOK_MS_MAX / 60_000)]
    Late,
}

impl From<StoreError> for NotFetched {
    fn from(error: StoreError) -> Self {
        Self::Here(error.into())
    }
}

impl Looks {
    const fn none() -> Self {
        let failures = RepeatedFailure::of("fetching text messages that no webhook has brought");
        Self { last: None, failures }
    }

    fn are_due(&self, now: UnixMs) -> bool {
        self.last.is_none_or(|last| last.is_old(now))
    }
}

/// Fetches the messages of all accounts that no webhook has brought: at once those since the last server, and then each hour. An account that fails
/// is asked again sooner. `looked` is set once all have been asked for the first time.
pub(in crate::web) async fn fetch(state: &WebState, looked: &watch::Sender<bool>) -> Infallible {
    let began = UnixMs::from(world::now()) - STARTING_MS;
    let mut looks = BTreeMap::<Option<OrganizationId>, Looks>::new();
    loop {
        let looking = sources(state).into_iter().map(|source| {
            let of_account = looks.remove(&source.own).unwrap_or_else(Looks::none);
            look(state, source, of_account, began)
        });
        let of_accounts: Vec<_> =
            stream::iter(looking).buffer_unordered(TEXT_MISSED_ACCOUNTS).collect().await;
        looks = of_accounts.into_iter().collect();
        looked.send_replace(true);
        sleep(Duration::from_millis(TEXT_MISSED_RETRY_MS)).await;
    }
}

/// Looks once at an account's messages, if that is due.
async fn look(
    state: &WebState,
    source: Source,
    mut looks: Looks,
    began: UnixMs,
) -> (Option<OrganizationId>, Looks) {
    let present = Look::begins_now();
    if !looks.are_due(present.at) {
        return (source.own, looks);
    }
    let limit = Duration::from_millis(TEXT_MISSED_LOOK_MS_MAX);
    let fetched = timeout(limit, fetch_from(state, &source, (looks.last, began))).await;
    let done = looks.failures.note(fetched.unwrap_or(Err(NotFetched::Late)), |error| {
        let organization_id = source.own.map(tracing::field::display);
        tracing::warn!(organization_id, %error, "text messages that no webhook has brought can't be fetched from Twilio; trying again every few minutes");
    });
    if done.is_some() {
        looks.last = Some(present);
    }
    (source.own, looks)
}

/// The accounts that get messages, the configuration's first. If several have the same name and the same token, the first gets the webhooks, and so the
/// messages. The name alone proves nothing: any organization may enter that of another's account.
fn sources(state: &WebState) -> Vec<Source> {
    let accounts = state.outside_accounts.as_ref();
    let mut own = accounts.map(OutsideAccounts::twilio_accounts).unwrap_or_default();
    own.sort_unstable_by_key(|account| account.organization_id);
    let with_own = own.iter().map(|account| account.organization_id).collect();
    let line = state.twilio_calls.clone();
    let configured = line.map(|line| Source { own: None, of: TextsOf::AllBut(with_own), line });
    let mut tokens = BTreeMap::<AccountSid, Vec<Secret>>::new();
    let of_configuration = &state.configuration.config.switches.twilio;
    if let Some(sid) = of_configuration.account_sid.clone().filter(|_| configured.is_some()) {
        let both = [&of_configuration.auth_token, &of_configuration.second_auth_token];
        tokens.insert(sid, both.into_iter().flatten().cloned().collect());
    }
    let own = own.into_iter().filter(|account| {
        let known = tokens.entry(account.sid.clone()).or_default();
        let is_known = account.tokens.iter().any(|token| known.contains(token));
        known.extend(account.tokens.iter().cloned());
        !is_known
    });
    let own = own.map(|account| {
        let id = account.organization_id;
        Source { own: Some(id), of: TextsOf::One(id), line: account.line.clone() }
    });
    configured.into_iter().chain(own).collect()
}

/// Fetches an account's messages since the last look, or since the last server.
async fn fetch_from(
    state: &WebState,
    source: &Source,
    (last, began): (Option<Look>, UnixMs),
) -> Result<(), NotFetched> {
    let now = UnixMs::from(world::now());
    let since = match last {
        Some(last) => now - last.passed_ms(now) - TEXT_MISSED_OVERLAP_MS,
        None => {
            let of = source.of.clone();
            let read = move |connection: &mut Connection| query::newest_text(connection, &of, began);
            let Some(newest) = state.store.reads().run(read).await? else { return Ok(()) };
            // The server that stored it has looked within the hour before.
            newest - TEXT_MISSED_POLL_MS - TEXT_MISSED_OVERLAP_MS
        }
    };
    let since = since.max(now - TEXT_MISSED_MS_MAX);
    let missed = missed(state, source, since).await?;
    store(state, source, missed).await
}

/// Returns the messages that came to an account since then and are not stored, oldest first.
async fn missed(
    state: &WebState,
    source: &Source,
    since: UnixMs,
) -> Result<Vec<(IncomingMessage, UnixMs)>, NotFetched> {
    let mut missed = Vec::new();
    let mut request = RestRequest::list_messages(since);
    for page in 1.. {
        let list: MessageList = source.line.ask(request).await?;
        let came = list.messages.iter().filter_map(ListedMessage::incoming);
        let came = came.filter(|(_, sent_at)| *sent_at >= since).collect();
        missed.append(&mut not_stored(state, source.own, came).await?);
        let Some(next) = list.next_since(since) else { break };
        if page == TWILIO_LIST_PAGES_MAX {
            let organization_id = source.own.map(tracing::field::display);
            tracing::warn!(
                organization_id,
                "Twilio has more messages than are looked through for those that no webhook has brought: older ones are not fetched"
            );
            break;
        }
        request = RestRequest::more_messages(next);
    }
    // The list has the newest first, also of those of the same second.
    missed.reverse();
    missed.sort_by_key(|(_, sent_at)| *sent_at);
    Ok(missed)
}

/// Returns those of these messages that are not stored.
async fn not_stored(
    state: &WebState,
    own: Option<OrganizationId>,
    mut came: Vec<(IncomingMessage, UnixMs)>,
) -> Result<Vec<(IncomingMessage, UnixMs)>, StoreError> {
    let sids: Vec<String> = came.iter().map(|(message, _)| message.message.to_string()).collect();
    if sids.is_empty() {
        return Ok(came);
    }
    let read = move |connection: &mut Connection| query::stored_texts(connection, own, &sids);
    let stored = state.store.reads().run(read).await?;
    came.retain(|(message, _)| !stored.contains(message.message.as_str()));
    Ok(came)
}

/// Stores these messages in their order. One that can't be stored delays no other.
async fn store(
    state: &WebState,
    source: &Source,
    missed: Vec<(IncomingMessage, UnixMs)>,
) -> Result<(), NotFetched> {
    let mut receivers = BTreeMap::<String, Option<OrganizationId>>::new();
    let (mut fetched, mut outcome) = (0_u32, Ok(()));
    for (message, sent_at) in missed {
        let receiver = match receivers.get(&message.to) {
            Some(known) => *known,
            None => {
                let receiver = receiver(state, source, &message.to).await?;
                receivers.insert(message.to.clone(), receiver);
                receiver
            }
        };
        let Some(organization_id) = receiver else { continue };
        // Twilio's clock may be ahead.
        let sent_at = sent_at.min(world::now().into());
        match keep(state, incoming(organization_id, message, (None, Some(sent_at)))).await {
            Ok(is_stored) => fetched += u32::from(is_stored),
            Err(error) => outcome = Err(error.into()),
        }
    }
    if fetched > 0 {
        let organization_id = source.own.map(tracing::field::display);
        tracing::info!(organization_id, fetched, "text messages that no webhook has brought are fetched");
    }
    outcome
}

/// Returns the organization that gets the messages to a number; none if their webhook is not ours.
async fn receiver(state: &WebState, source: &Source, to: &str) -> Result<Option<OrganizationId>, NotFetched> {
    let Ok(number) = to.parse::<E164>() else { return Ok(None) };
    let Some(base) = &state.configuration.config.http.public_base_url else { return Ok(None) };
    let Some(owner) = owner(state, source.own, to).await? else { return Ok(None) };
    let list: NumberList = source.line.ask(RestRequest::find_number(&number)).await?;
    let is_ours = list.sms_url(&number).is_some_and(|address| is_same(address, &base.joined(WEBHOOK)));
    Ok(is_ours.then_some(owner))
}

/// Tells whether two addresses lead to the same place, whatever their query.
fn is_same(one: &str, other: &str) -> bool {
    let place = |address: &str| {
        let url = Url::parse(address).ok()?;
        Some((url.host_str()?.to_owned(), url.port_or_known_default(), url.path().to_owned()))
    };
    place(one).is_some_and(|one| place(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_our_webhook_is_ours() {
        let own = "https://calls.example.com/twilio/message";
        for same in [
            own,
            "https://Calls.Example.com:443/twilio/message",
            "https://calls.example.com/twilio/message?a=b",
        ] {
            assert!(is_same(same, own), "{same}");
        }
        for other in [
            "https://demo.twilio.com/welcome/sms/reply",
            "https://calls.example.com/other/message",
            "https://calls.example.com:8443/twilio/message",
            "calls.example.com/twilio/message",
            "",
        ] {
            assert!(!is_same(other, own), "{other}");
        }
    }
}
