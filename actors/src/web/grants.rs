//! Rights to send audio over `/ws/audio`.
//!
//! A party that we know already gets a one-time token, and shows it in the first message on its socket. The leg then sends it a
//! `resume`, which opens the next connection of the same party if this one breaks. Each connection has another one, and only the
//! newest is valid. It is signed, so that it is valid after a restart of the server as well.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::{CallId, OrganizationId, ProfileId, TalkLinkId, UserId};
use cordboard_schema::limits::{
    WEB_AUDIO_EVICTION_MS_MAX, WEB_AUDIO_RESUMES_MAX, WEB_AUDIO_TOKEN_CHARS_MAX, WEB_AUDIO_TOKEN_MS,
};
use cordboard_schema::page_origin::PageTag;
use cordboard_schema::wire::web_audio::Resume;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::live_lines::LiveLines;
use crate::one_time_tokens::OneTimeTokens;

/// The party whose audio a token brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioGrant {
    /// A visitor's, over a talk link. Their call has begun, and waits for it.
    Visitor {
        /// The organization that owns the link.
        organization: OrganizationId,
        /// The profile that answers.
        profile: ProfileId,
        /// The link; none if somebody of the organization tries the assistant.
        link: Option<TalkLinkId>,
        /// The call.
        call: CallId,
        /// Our name for the visitor, as in the call's outside id.
        name: Uuid,
        /// The other site whose page has asked for the call; none of a page of ours.
        page: Option<PageTag>,
    },
    /// An agent's, who has the call.
    Agent {
        /// The agent.
        user: UserId,
        /// The call.
        call: CallId,
        /// Our name for this audio of theirs.
        name: Uuid,
    },
}

impl AudioGrant {
    /// The call that the audio joins.
    pub fn call(&self) -> CallId {
        match self {
            Self::Visitor { call, .. } | Self::Agent { call, .. } => *call,
        }
    }

    /// Our name for the party, by which the call knows it.
    pub fn name(&self) -> Uuid {
        match self {
            Self::Visitor { name, .. } | Self::Agent { name, .. } => *name,
        }
    }

    /// The agent whose audio it is; none of a caller's.
    pub fn agent(&self) -> Option<UserId> {
        match self {
            Self::Visitor { .. } => None,
            Self::Agent { user, .. } => Some(*user),
        }
    }

    /// The other site on whose pages alone it is good.
    pub fn page(&self) -> Option<PageTag> {
        match self {
            Self::Visitor { page, .. } => *page,
            Self::Agent { .. } => None,
        }
    }
}

/// Origin of a connection, as its browser reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameFrom {
    /// From no page: a program, which could claim any.
    Program,
    /// From a page of this server.
    Here,
    /// From a page of another site.
    Page(PageTag),
}

impl CameFrom {
    /// Whether a token that was given to a page of that site, or to none, may be shown from here.
    fn may_show(self, told: Option<PageTag>) -> bool {
        match self {
            Self::Program => true,
            Self::Here => told.is_none(),
            Self::Page(page) => told == Some(page),
        }
    }
}

/// Owner of a connection, for the `resume` that brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) call: CallId,
    pub(super) agent: Option<UserId>,
    pub(super) page: Option<PageTag>,
}

/// Parties that may come in, and owners of live connections. Clones share it.
#[derive(Clone)]
pub struct AudioPasses {
    tokens: OneTimeTokens<AudioGrant>,
    key: Arc<[u8; 32]>,
    parties: Arc<Mutex<Parties>>,
    lines: LiveLines,
}

#[derive(Default)]
struct Parties {
    by_name: HashMap<Uuid, Party>,
    /// In the order in which they came first.
    order: VecDeque<Uuid>,
}

struct Party {
    /// The number of the newest `resume`.
    newest: u64,
    /// Tells its connection to go, and knows whether one stands.
    evict: watch::Sender<bool>,
}

/// The place of a party whose connection is up; dropping it says that the connection is gone.
#[derive(Debug)]
pub(super) struct Place(watch::Receiver<bool>);

impl AudioPasses {
    /// None yet. Each `resume` is signed with this key, which a server derives from its secret key.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            tokens: OneTimeTokens::new(Duration::from_millis(WEB_AUDIO_TOKEN_MS)),
            key: Arc::new(key),
            parties: Arc::default(),
            lines: LiveLines::default(),
        }
    }

    /// Quality of the live connections.
    pub fn live_lines(&self) -> &LiveLines {
        &self.lines
    }

    /// A new token for the audio of this party: 22 letters, digits, `-` and `_`, good once within a minute.
    pub fn mint(&self, grant: AudioGrant) -> String {
        self.tokens.mint(grant)
    }

    /// The party whose audio a token brings that is shown from there. The token is not valid afterwards.
    pub(super) fn redeem(&self, token: &str, from: CameFrom) -> Option<AudioGrant> {
        self.tokens.take(token).filter(|grant| from.may_show(grant.page()))
    }

    /// Whether this is the token or the `resume` of anybody who may show it from there. It is not used up.
    pub fn opens(&self, presented: &str, from: CameFrom) -> bool {
        let is_token = || self.tokens.look(presented, |grant| from.may_show(grant.page())).unwrap_or(false);
        presented.len() <= WEB_AUDIO_TOKEN_CHARS_MAX
            && (is_token() || self.returns(presented, from).is_some())
    }

    /// The party that a `resume` brings back that is shown from there. It stays valid until the next one is made, so
    /// that a party that is refused may try again.
    pub(super) fn returns(&self, resume: &str, from: CameFrom) -> Option<Resume> {
        let resume = Resume::open(resume, &self.key).filter(|resume| from.may_show(resume.page))?;
        let parties = self.parties();
        let is_newest = parties.by_name.get(&resume.name).is_none_or(|party| party.newest == resume.number);
        is_newest.then_some(resume)
    }

    /// A party's connection is up: its next `resume`, and its place. No earlier `resume` is good any more.
    pub(super) fn seated(
        &self,
        name: Uuid,
        Seat { call, agent, page }: Seat,
        before: Option<u64>,
    ) -> (String, Place) {
        let mut parties = self.parties();
        if !parties.by_name.contains_key(&name) {
            if parties.order.len() >= WEB_AUDIO_RESUMES_MAX
                && let Some(oldest) = parties.order.pop_front()
            {
                parties.by_name.remove(&oldest);
            }
            parties.order.push_back(name);
        }
        let known = parties.by_name.get(&name).map(|party| party.newest);
        let number = known.max(before).map_or(0, |newest| newest + 1);
        let (evict, place) = watch::channel(false);
        parties.by_name.insert(name, Party { newest: number, evict });
        (Resume { name, call, agent, page, number }.seal(&self.key), Place(place))
    }

    /// Sends away the connection that a party has come back from, and waits until it is gone, for 1 s at most.
    pub(super) async fn evict(&self, name: Uuid) {
        let evict = self.parties().by_name.get(&name).map(|party| party.evict.clone());
        let Some(evict) = evict else { return };
        evict.send_replace(true);
        let limit = Duration::from_millis(WEB_AUDIO_EVICTION_MS_MAX);
        if timeout(limit, evict.closed()).await.is_err() {
            tracing::warn!(%name, "the connection that a browser has come back from does not go");
        }
    }

    fn parties(&self) -> MutexGuard<'_, Parties> {
        self.parties.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AudioPasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioPasses").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl Place {
    /// Waits until the party comes over another connection.
    pub(super) async fn evicted(&mut self) {
        if self.0.wait_for(|is_evicted| *is_evicted).await.is_err() {
            // Forgotten among many others: nobody sends it away.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Uuid = Uuid::from_u128(1);
    const CALL: CallId = CallId(Uuid::from_u128(2));
    const SEAT: Seat = Seat { call: CALL, agent: None, page: None };
    const HERE: CameFrom = CameFrom::Here;

    #[test]
    fn the_newest_resume_alone_is_good_until_the_next_is_made() {
        let passes = AudioPasses::new([7; 32]);
        let (first, _place) = passes.seated(NAME, SEAT, None);
        assert_eq!(
            passes.returns(&first, HERE),
            Some(Resume { name: NAME, call: CALL, agent: None, page: None, number: 0 })
        );
        assert!(passes.returns(&first, HERE).is_some(), "nothing was made of it yet");
        let (second, _place) = passes.seated(NAME, SEAT, Some(0));
        assert_eq!(passes.returns(&first, HERE), None);
        assert_eq!(passes.returns(&second, HERE).unwrap().number, 1);
    }

    #[test]
    fn a_resume_is_good_at_the_next_start_and_only_once() {
        let (before, after) = (AudioPasses::new([7; 32]), AudioPasses::new([7; 32]));
        before.seated(NAME, SEAT, None);
        let (newest, _place) = before.seated(NAME, SEAT, Some(0));
        let resume = after.returns(&newest, HERE).unwrap();
        let (next, _place) = after.seated(NAME, SEAT, Some(resume.number));
        assert_eq!(after.returns(&newest, HERE), None);
        assert_eq!(after.returns(&next, HERE).unwrap().number, 2);
        assert_eq!(AudioPasses::new([8; 32]).returns(&next, HERE), None, "another server's");
    }

    #[test]
    fn no_crowd_of_browsers_grows_the_table() {
        let passes = AudioPasses::new([7; 32]);
        for name in 0..=WEB_AUDIO_RESUMES_MAX as u128 {
            passes.seated(Uuid::from_u128(name), SEAT, None);
        }
        let parties = passes.parties();
        assert_eq!(
            (parties.by_name.len(), parties.order.len()),
            (WEB_AUDIO_RESUMES_MAX, WEB_AUDIO_RESUMES_MAX)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_back_sends_the_connection_before_away() {
        let passes = AudioPasses::new([7; 32]);
        let (_, mut place) = passes.seated(NAME, SEAT, None);
        let standing = tokio::spawn(async move { place.evicted().await });
        passes.evict(NAME).await;
        standing.await.unwrap();
        passes.evict(Uuid::from_u128(9)).await;
    }

    #[test]
    fn what_a_page_of_one_site_was_told_is_good_on_its_pages_alone() {
        let passes = AudioPasses::new([7; 32]);
        let (one, other) = (CameFrom::Page([1; 8]), CameFrom::Page([2; 8]));
        let grant = |page| AudioGrant::Visitor {
            organization: OrganizationId(Uuid::from_u128(3)),
            profile: ProfileId(Uuid::from_u128(4)),
            link: None,
            call: CALL,
            name: NAME,
            page,
        };
        for (page, good, bad) in [
            (Some([1; 8]), [one, CameFrom::Program], [other, HERE]),
            (None, [HERE, CameFrom::Program], [one, other]),
        ] {
            let resume = passes.seated(NAME, Seat { page, ..SEAT }, None).0;
            for from in good {
                let token = passes.mint(grant(page));
                assert!(passes.opens(&token, from) && passes.opens(&resume, from), "{from:?}");
                assert_eq!(passes.redeem(&token, from), Some(grant(page)), "{from:?}");
            }
            for from in bad {
                let token = passes.mint(grant(page));
                assert!(!passes.opens(&token, from) && !passes.opens(&resume, from), "{from:?}");
                assert_eq!(
                    (passes.redeem(&token, from), passes.returns(&resume, from)),
                    (None, None),
                    "{from:?}"
                );
            }
        }
    }
}
