//! Permissions to send audio over `/ws/audio`.
//!
//! A known party gets a one-time token, and shows it in the first message on its socket. The leg then sends it a
//! `resume`, which opens the party's next connection if this one breaks. Each connection has its own `resume`, and
//! only the newest is valid; the one before it as well, if the connection ended before anything came over it: its
//! party may not have got the newest. It is signed, so that it is still valid after a restart of the server.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_schema::ids::{CallId, OrganizationId, ProfileId, SignInId, TalkLinkId, UserId};
use cordboard_schema::limits::{
    WEB_AUDIO_EVICTION_MS_MAX, WEB_AUDIO_RESUMES_MAX, WEB_AUDIO_TOKEN_CHARS_MAX, WEB_AUDIO_TOKEN_MS,
};
use cordboard_schema::page_origin::PageTag;
use cordboard_schema::wire::web_audio::Resume;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::admission::Carrier;
use super::live_lines::LiveLines;
use super::received_texts::ReceivedTexts;
use crate::one_time_tokens::OneTimeTokens;
use crate::sign_ins::{EndedSignIns, OpenedBy};

/// The party whose audio a token admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioGrant {
    /// A visitor over a talk link. Their call has begun, and waits for them.
    Visitor {
        /// The organization that owns the link.
        organization: OrganizationId,
        /// The profile that answers.
        profile: ProfileId,
        /// The link; none if a user of the organization tries the assistant.
        link: Option<TalkLinkId>,
        /// The call.
        call: CallId,
        /// Our name for the visitor, as in the call's outside id.
        name: Uuid,
        /// The other site whose page has requested the call; none for our own pages.
        page: Option<PageTag>,
        /// The sign-in or API token of the user of the organization who tries the assistant; none for a visitor.
        opened_by: Option<OpenedBy>,
    },
    /// An agent who has the call, or a supervisor.
    Agent {
        /// The agent.
        user: UserId,
        /// Their sign-in: the audio ends with it.
        opened_by: Option<OpenedBy>,
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

    /// The agent whose audio it is; none for a caller.
    pub fn agent(&self) -> Option<UserId> {
        match self {
            Self::Visitor { .. } => None,
            Self::Agent { user, .. } => Some(*user),
        }
    }

    /// The sign-in or API token that has opened it: the audio ends with that. None for a visitor.
    pub fn opened_by(&self) -> Option<OpenedBy> {
        match self {
            Self::Visitor { opened_by, .. } | Self::Agent { opened_by, .. } => *opened_by,
        }
    }

    /// The only other site whose pages may use it.
    pub fn page(&self) -> Option<PageTag> {
        match self {
            Self::Visitor { page, .. } => *page,
            Self::Agent { .. } => None,
        }
    }
}

/// The origin of a connection, as its browser reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameFrom {
    /// Not from a page: a program, which could claim any page.
    Program,
    /// From a page of this server.
    Here,
    /// From a page of another site.
    Page(PageTag),
}

impl CameFrom {
    /// Whether a token that was given to a page of that site, or to none, may be shown from here.
    fn may_show(self, given_to: Option<PageTag>) -> bool {
        match self {
            Self::Program => true,
            Self::Here => given_to.is_none(),
            Self::Page(page) => given_to == Some(page),
        }
    }
}

/// The owner of a connection, for the `resume` that brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) call: CallId,
    pub(super) agent: Option<UserId>,
    pub(super) opened_by: Option<OpenedBy>,
    pub(super) page: Option<PageTag>,
    pub(super) carrier: Carrier,
}

/// Parties that may come in, and owners of live connections. Clones share the same state.
#[derive(Clone)]
pub struct AudioPasses {
    tokens: OneTimeTokens<AudioGrant>,
    key: Arc<[u8; 32]>,
    parties: Arc<Mutex<Parties>>,
    lines: LiveLines,
    ended: EndedSignIns,
}

#[derive(Default)]
struct Parties {
    by_name: HashMap<Uuid, Party>,
    /// In the order in which they first came.
    order: VecDeque<Uuid>,
}

struct Party {
    /// The number of the newest `resume`.
    newest: u64,
    /// The number of the `resume` before it, if nobody may have got the newest.
    former: Option<u64>,
    /// Orders its connection to end, and knows whether there is one.
    evict: watch::Sender<bool>,
    opened_by: Option<OpenedBy>,
    /// How its newest connection is carried.
    carrier: Carrier,
    texts: ReceivedTexts,
}

/// The place of a party whose connection is up. Dropping it means that the connection is gone.
#[derive(Debug)]
pub(super) struct Place {
    passes: AudioPasses,
    name: Uuid,
    /// The number of its `resume`.
    number: u64,
    /// The number of the `resume` with which it came.
    before: Option<u64>,
    /// Whether anything has come from the party: it has its `resume`.
    is_read: Arc<AtomicBool>,
    evicted: watch::Receiver<bool>,
    ended: EndedSignIns,
    opened_by: Option<OpenedBy>,
    texts: ReceivedTexts,
}

impl AudioPasses {
    /// Creates an empty table. Each `resume` is signed with this key, which the server derives from its secret key.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            tokens: OneTimeTokens::new(Duration::from_millis(WEB_AUDIO_TOKEN_MS)),
            key: Arc::new(key),
            parties: Arc::default(),
            lines: LiveLines::default(),
            ended: EndedSignIns::default(),
        }
    }

    /// Quality of the live connections.
    pub fn live_lines(&self) -> &LiveLines {
        &self.lines
    }

    /// Sign-ins that have ended: audio that one has opened ends with it.
    pub fn ended_sign_ins(&self) -> &EndedSignIns {
        &self.ended
    }

    /// Sign-ins and API tokens that have opened live audio.
    pub fn sign_ins_in_use(&self) -> HashSet<SignInId> {
        let parties = self.parties();
        let live = parties.by_name.values().filter(|party| !party.evict.is_closed());
        live.filter_map(|party| party.opened_by).map(|by| by.sign_in).collect()
    }

    /// The sign-in or API token for which a valid token or `resume` was given; none for a visitor's.
    pub fn sign_in_of(&self, presented: &str) -> Option<SignInId> {
        let of_token = self.tokens.peek(presented, |grant| grant.opened_by().map(|by| by.sign_in));
        of_token.unwrap_or_else(|| Resume::open(presented, &self.key).and_then(|resume| resume.sign_in))
    }

    /// Creates a token for the audio of this party: 22 letters, digits, `-` and `_`, valid once within a minute.
    pub fn mint(&self, grant: AudioGrant) -> String {
        self.tokens.mint(grant)
    }

    /// Returns the party of a token that is shown from there. The token is not valid afterwards.
    pub(super) fn redeem(&self, token: &str, from: CameFrom) -> Option<AudioGrant> {
        self.tokens.take(token).filter(|grant| self.admits(grant, from))
    }

    /// Whether this is a valid token or `resume` that may be shown from there. It is not used up.
    pub fn opens(&self, presented: &str, from: CameFrom) -> bool {
        let is_token = || self.tokens.peek(presented, |grant| self.admits(grant, from)).unwrap_or(false);
        presented.len() <= WEB_AUDIO_TOKEN_CHARS_MAX
            && (is_token() || self.returns(presented, from).is_some())
    }

    fn admits(&self, grant: &AudioGrant, from: CameFrom) -> bool {
        from.may_show(grant.page()) && !self.ended.has(grant.opened_by())
    }

    /// Returns the party of a `resume` that is shown from there. The `resume` stays valid until the next one is made,
    /// so that a party that is refused may try again.
    pub(super) fn returns(&self, resume: &str, from: CameFrom) -> Option<Resume> {
        let resume = Resume::open(resume, &self.key).filter(|resume| from.may_show(resume.page))?;
        if self.ended.has(opened_by(&resume)) {
            return None;
        }
        let parties = self.parties();
        let is_valid = parties
            .by_name
            .get(&resume.name)
            .is_none_or(|party| party.newest == resume.number || party.former == Some(resume.number));
        is_valid.then_some(resume)
    }

    /// A party's connection is up. Returns its next `resume`, and its place. Earlier ones are no longer valid while it is
    /// up, nor afterwards if anything has come over it.
    pub(super) fn seated(
        &self,
        name: Uuid,
        Seat { call, agent, opened_by, page, carrier }: Seat,
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
        let known = parties.by_name.get(&name);
        let number = known.map(|party| party.newest).max(before).map_or(0, |newest| newest + 1);
        let texts = known.map_or_else(|| ReceivedTexts::of(before.is_some()), |party| party.texts.clone());
        let (evict, evicted) = watch::channel(false);
        let party = Party { newest: number, former: None, evict, opened_by, carrier, texts: texts.clone() };
        parties.by_name.insert(name, party);
        let sign_in = opened_by.map(|by| by.sign_in);
        let resume = Resume { name, call, agent, sign_in, page, number }.seal(&self.key);
        let (passes, is_read, ended) = (self.clone(), Arc::default(), self.ended.clone());
        (resume, Place { passes, name, number, before, is_read, evicted, ended, opened_by, texts })
    }

    /// How the newest connection of a party is carried; none for a party that this server does not know.
    pub(super) fn carrier_of(&self, name: Uuid) -> Option<Carrier> {
        self.parties().by_name.get(&name).map(|party| party.carrier)
    }

    /// Ends the connection that a party has come back from, and waits until it is gone, for 1 s at most.
    pub(super) async fn evict(&self, name: Uuid) {
        let evict = self.parties().by_name.get(&name).map(|party| party.evict.clone());
        let Some(evict) = evict else { return };
        evict.send_replace(true);
        let limit = Duration::from_millis(WEB_AUDIO_EVICTION_MS_MAX);
        if timeout(limit, evict.closed()).await.is_err() {
            tracing::warn!(%name, "the former connection of a browser that has come back does not end");
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

/// The sign-in or API token that has opened the audio of a `resume`. A token that was switched off for a while brings
/// nothing back.
pub(super) fn opened_by(resume: &Resume) -> Option<OpenedBy> {
    resume.sign_in.map(|sign_in| OpenedBy { sign_in, since: 0 })
}

impl Place {
    /// To be set once anything has come from the party.
    pub(super) fn is_read(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_read)
    }

    /// The party's texts that the call has, from all its connections.
    pub(super) fn texts(&self) -> ReceivedTexts {
        self.texts.clone()
    }

    /// Waits until the sign-in or API token that has opened the audio has ended.
    pub(super) fn signed_out(&self) -> impl Future<Output = ()> + use<> {
        let (ended, opened_by) = (self.ended.clone(), self.opened_by);
        async move { ended.over(opened_by).await }
    }

    /// Waits until the party comes back over another connection.
    pub(super) async fn evicted(&mut self) {
        if self.evicted.wait_for(|is_evicted| *is_evicted).await.is_err() {
            // Dropped from the full table: nothing will evict it.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Place {
    /// A party that may not have got its newest `resume` comes back with the one that it has.
    fn drop(&mut self) {
        if self.before.is_none() || self.is_read.load(Ordering::Relaxed) {
            return;
        }
        let mut parties = self.passes.parties();
        let party = parties.by_name.get_mut(&self.name).filter(|party| party.newest == self.number);
        if let Some(party) = party {
            party.former = self.before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::received_texts::TextOrder;

    const NAME: Uuid = Uuid::from_u128(1);
    const CALL: CallId = CallId(Uuid::from_u128(2));
    const SEAT: Seat =
        Seat { call: CALL, agent: None, opened_by: None, page: None, carrier: Carrier::Socket };
    const HERE: CameFrom = CameFrom::Here;

    #[test]
    fn only_the_newest_resume_is_valid() {
        let passes = AudioPasses::new([7; 32]);
        let (first, _place) = passes.seated(NAME, SEAT, None);
        assert_eq!(
            passes.returns(&first, HERE),
            Some(Resume { name: NAME, call: CALL, agent: None, sign_in: None, page: None, number: 0 })
        );
        assert!(passes.returns(&first, HERE).is_some(), "it was not used yet");
        let (second, _place) = passes.seated(NAME, SEAT, Some(0));
        assert_eq!(passes.returns(&first, HERE), None);
        assert_eq!(passes.returns(&second, HERE).unwrap().number, 1);
    }

    #[test]
    fn a_resume_is_valid_once_even_after_a_restart() {
        let (before, after) = (AudioPasses::new([7; 32]), AudioPasses::new([7; 32]));
        before.seated(NAME, SEAT, None);
        let (newest, _place) = before.seated(NAME, SEAT, Some(0));
        let resume = after.returns(&newest, HERE).unwrap();
        let (next, _place) = after.seated(NAME, SEAT, Some(resume.number));
        assert_eq!(after.returns(&newest, HERE), None);
        assert_eq!(after.returns(&next, HERE).unwrap().number, 2);
        assert_eq!(AudioPasses::new([8; 32]).returns(&next, HERE), None, "it is another server's");
    }

    #[test]
    fn texts_are_known_to_later_connections_until_a_restart() {
        let [before, after] = [(); 2].map(|()| AudioPasses::new([7; 32]));
        let (_, first) = before.seated(NAME, SEAT, None);
        first.texts().received(3);
        drop(first);
        let (_, next) = before.seated(NAME, SEAT, Some(0));
        assert_eq!((next.texts().newest(), next.texts().order_of(7)), (3, TextOrder::TooEarly));
        let (_, returned) = after.seated(NAME, SEAT, Some(1));
        assert_eq!((returned.texts().newest(), returned.texts().order_of(7)), (0, TextOrder::Next));
    }

    #[test]
    fn audio_passes_end_with_their_sign_in() {
        let passes = AudioPasses::new([7; 32]);
        let [ours, other] = [1, 2].map(|id| OpenedBy { sign_in: SignInId(Uuid::from_u128(id)), since: 0 });
        let grant = |by| AudioGrant::Agent {
            user: UserId(Uuid::from_u128(3)),
            opened_by: Some(by),
            call: CALL,
            name: NAME,
        };
        let (token, kept) = (passes.mint(grant(ours)), passes.mint(grant(other)));
        let (resume, place) = passes.seated(NAME, Seat { opened_by: Some(ours), ..SEAT }, None);
        assert_eq!(passes.sign_ins_in_use(), HashSet::from([ours.sign_in]));
        assert_eq!([&token, &resume].map(|shown| passes.sign_in_of(shown)), [Some(ours.sign_in); 2]);
        passes.ended_sign_ins().add(ours.sign_in);
        assert!(![&token, &resume].into_iter().any(|shown| passes.opens(shown, HERE)));
        assert_eq!((passes.redeem(&token, HERE), passes.returns(&resume, HERE)), (None, None));
        assert!(passes.redeem(&kept, HERE).is_some());
        drop(place);
        assert!(passes.sign_ins_in_use().is_empty());
    }

    #[test]
    fn many_browsers_do_not_grow_the_table() {
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
    async fn coming_back_ends_the_former_connection() {
        let passes = AudioPasses::new([7; 32]);
        let (_, mut place) = passes.seated(NAME, SEAT, None);
        let standing = tokio::spawn(async move { place.evicted().await });
        passes.evict(NAME).await;
        standing.await.unwrap();
        passes.evict(Uuid::from_u128(9)).await;
    }

    #[test]
    fn a_pass_for_one_site_is_refused_on_others() {
        let passes = AudioPasses::new([7; 32]);
        let (one, other) = (CameFrom::Page([1; 8]), CameFrom::Page([2; 8]));
        let grant = |page| AudioGrant::Visitor {
            organization: OrganizationId(Uuid::from_u128(3)),
            profile: ProfileId(Uuid::from_u128(4)),
            link: None,
            call: CALL,
            name: NAME,
            page,
            opened_by: None,
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
