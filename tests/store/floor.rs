//! Agents, queues, and the dispositions and wrap-ups of agents.

use actix::Actor;
use cordboard::store::{
    CallbackHand, CallbackQuery, CallbackRefused, Connection, Store, StoreActor, StoreError, change,
    claimed_to_call, query,
};
use cordboard_actors::messages::LoadFloor;
use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::agent::{Agent, AgentAudio};
use cordboard_schema::audit::{self, AuditEntry};
use cordboard_schema::changed::Thing;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{
    AuditId, CallId, CallbackId, DispositionId, EffectId, OrganizationId, QueueId, UserId,
};
use cordboard_schema::permission::Role;
use cordboard_schema::queue::{Overflow, Queue, QueueMember, Strategy};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::{Callback, CallbackState, Disposition, WrapUp};
use cordboard_tables::rows::UserRow;
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::room::{Room, read};
use super::tool_writes::{open_on_weekdays, set_business};
use crate::entries::{Conversation, now};

pub(super) async fn changed<T: Send + 'static>(
    store: &Store,
    change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.change(change).await.unwrap()
}

/// Creates a user of the organization.
pub(super) async fn user(store: &Store, organization_id: OrganizationId, name: &str) -> User {
    let id = UserId(Uuid::now_v7());
    let row = UserRow {
        id: id.to_string(),
        organization_id: organization_id.to_string(),
        email: format!("{id}@example.com"),
        name: name.to_owned(),
        role: Role::Agent.as_str().to_owned(),
        status: "active".to_owned(),
        password_hash: String::new(),
        totp_secret: None,
        totp_pending: None,
        totp_step: 0,
        recovery_codes: "[]".to_owned(),
        created_at: chrono::Utc::now().naive_utc(),
        last_sign_in_at: None,
        language: None,
    };
    let made = row.user().unwrap();
    changed(store, move |connection| change::create_user(connection, &row)).await;
    made
}

pub(super) fn queue(organization_id: OrganizationId, name: &str, members: &[(UserId, u8)]) -> Queue {
    Queue {
        id: QueueId(Uuid::now_v7()),
        organization_id,
        name: name.to_owned(),
        title: "Sales, \u{1f98a}".to_owned(),
        strategy: Strategy::RingAll,
        ring_s: 120,
        skills: ["german".to_owned(), "billing".to_owned()].into(),
        members: members
            .iter()
            .map(|(user_id, tier)| QueueMember { user_id: *user_id, tier: *tier })
            .collect(),
        priority: 255,
        max_wait_s: 7_200,
        max_waiting: 1_000,
        overflow: Overflow::Extension { name: "operator".to_owned() },
        in_hours_only: true,
        tells_position: false,
        wrap_up_s: 3_600,
        wrap_up_required: true,
    }
}

pub(super) async fn another(store: &Store) -> OrganizationId {
    changed(store, |connection| change::create_organization(connection, "The other one")).await
}

#[actix::test]
async fn routers_load_users_as_agents_and_queues_with_members() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let other = another(&store).await;
    let (ada, grace) = (user(&store, first, "Ada").await, user(&store, first, "Grace").await);
    let eve = user(&store, other, "Eve").await;
    let set = Agent {
        extension: Some("200".to_owned()),
        audio: AgentAudio::Phone,
        skills: ["german".to_owned()].into(),
        calls_max: 3,
        ..Agent::new(first, grace.id, "Grace".to_owned())
    };
    let setting = set.clone();
    changed(&store, move |connection| change::set_agent(connection, &setting)).await;
    let sales = queue(first, "sales", &[(grace.id, 0), (ada.id, 7)]);
    let making = sales.clone();
    changed(&store, move |connection| change::create_queue(connection, &making)).await;

    let actor = StoreActor::new(store.clone()).start();
    let of_all = LoadFloor { organization_id: None, known: None };
    let floors = actor.send(of_all).await.unwrap().unwrap().unwrap().found;
    let of = |id| floors.iter().find(|floor| floor.organization_id == id).unwrap().clone();
    assert_eq!(floors.len(), 2);
    assert_eq!(of(first).agents, [Agent::new(first, ada.id, "Ada".to_owned()), set.clone()]);
    assert_eq!(of(first).queues, std::slice::from_ref(&sales));
    assert_eq!(of(other).agents, [Agent::new(other, eve.id, "Eve".to_owned())]);
    assert_eq!(of(other).queues, []);
    let of_one = LoadFloor { organization_id: Some(first), known: None };
    let alone = actor.send(of_one).await.unwrap().unwrap().unwrap();
    assert_eq!(alone.found, [of(first)]);

    // A queue uses the hours of the business once the business has some.
    assert_eq!(of(first).hours, None);
    set_business(&store, 0, open_on_weekdays("Europe/Berlin")).await;
    let hours = read(&store, |connection| query::floor(connection, first)).hours;
    assert_eq!(hours.map(|hours| hours.time_zone.name()), Some("Europe/Berlin"));
    assert_eq!(read(&store, |connection| query::floor(connection, other)).hours, None);

    // A user who may not sign in takes no calls; their settings stay.
    let disabled = User { status: UserStatus::Disabled, ..grace.clone() };
    changed(&store, move |connection| change::update_user(connection, &disabled)).await;
    let floor = read(&store, |connection| query::floor(connection, first));
    assert_eq!(floor.agents, [Agent::new(first, ada.id, "Ada".to_owned())]);
    assert_eq!(read(&store, |connection| query::agent(connection, first, grace.id)), Some(set));
    assert_eq!(
        read(&store, |connection| query::own_extensions(connection, first, grace.id)),
        ["200", "sales"]
    );
    assert_eq!(read(&store, |connection| query::own_extensions(connection, first, ada.id)), ["sales"]);
    assert!(read(&store, |connection| query::own_extensions(connection, other, grace.id)).is_empty());
    assert_eq!(read(&store, |connection| query::agent(connection, other, grace.id)), None);
    assert_eq!(read(&store, |connection| query::queue(connection, other, sales.id)), None);
    assert_eq!(read(&store, |connection| query::agents(connection, first, Some(ada.id), 9)).len(), 1);
}

#[actix::test]
async fn extensions_and_queue_names_are_unique_in_an_organization() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let other = another(&store).await;
    let (ada, grace) = (user(&store, first, "Ada").await, user(&store, first, "Grace").await);
    let eve = user(&store, other, "Eve").await;
    let mut outcomes = Vec::new();
    for (organization_id, user) in [(first, &ada), (first, &grace), (other, &eve), (first, &ada)] {
        let extension = Some("200".to_owned());
        let agent = Agent { extension, ..Agent::new(organization_id, user.id, user.name.clone()) };
        outcomes.push(store.change(move |connection| change::set_agent(connection, &agent)).await);
        let made = queue(organization_id, "sales", &[]);
        outcomes.push(store.change(move |connection| change::create_queue(connection, &made)).await);
    }
    let taken: Vec<bool> =
        outcomes.iter().map(|outcome| outcome.as_ref().is_err_and(StoreError::is_taken_name)).collect();
    assert_eq!(taken, [false, false, true, true, false, false, false, true]);
    assert_eq!(read(&store, |connection| query::agent_at_extension(connection, first, "200")), Some(ada.id));
    assert_eq!(read(&store, |connection| query::agent_at_extension(connection, other, "200")), Some(eve.id));
    assert!(read(&store, |connection| query::has_queue(connection, first, "sales")));
    assert!(!read(&store, |connection| query::has_queue(connection, first, "help")));
}

#[actix::test]
async fn a_queue_changes_whole_and_overflows_follow_its_name() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let ada = user(&store, first, "Ada").await;
    let mut sales = queue(first, "sales", &[(ada.id, 3)]);
    let help = Queue { overflow: Overflow::Queue { name: "sales".to_owned() }, ..queue(first, "help", &[]) };
    for made in [sales.clone(), help.clone()] {
        changed(&store, move |connection| change::create_queue(connection, &made)).await;
    }
    sales = Queue {
        name: "orders".to_owned(),
        title: String::new(),
        strategy: Strategy::LongestIdle,
        ring_s: 5,
        skills: [].into(),
        members: Vec::new(),
        priority: 0,
        max_wait_s: 10,
        max_waiting: 1,
        overflow: Overflow::Message,
        in_hours_only: false,
        tells_position: true,
        wrap_up_s: 5,
        wrap_up_required: false,
        ..sales
    };
    let changing = sales.clone();
    assert!(changed(&store, move |connection| change::update_queue(connection, &changing)).await);
    assert_eq!(read(&store, |connection| query::queue(connection, first, sales.id)), Some(sales.clone()));
    let followed = read(&store, |connection| query::queue(connection, first, help.id)).unwrap();
    assert_eq!(followed, Queue { overflow: Overflow::Queue { name: "orders".to_owned() }, ..help });

    let other = another(&store).await;
    let stolen = Queue { organization_id: other, ..sales.clone() };
    assert!(!changed(&store, move |connection| change::update_queue(connection, &stolen)).await);
    let id = sales.id;
    assert!(!changed(&store, move |connection| change::delete_queue(connection, other, id)).await);
    assert!(changed(&store, move |connection| change::delete_queue(connection, first, id)).await);
    assert_eq!(read(&store, |connection| query::queues(connection, first)).len(), 1);
}

#[actix::test]
async fn removed_users_leave_queues_and_callbacks_but_keep_wrap_ups() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let (ada, grace) = (user(&store, first, "Ada").await, user(&store, first, "Grace").await);
    let sales = queue(first, "sales", &[(grace.id, 0), (ada.id, 1)]);
    let (call_id, queue_id) = (CallId(Uuid::now_v7()), sales.id);
    let agent = Agent { extension: Some("200".to_owned()), ..Agent::new(first, ada.id, String::new()) };
    let written = wrap_up(first, call_id, ada.id, Some(queue_id));
    let (claimed, finished) = (callback(first, 1), callback(first, 2));
    let (writing, hers, done) = (written.clone(), claimed.id, finished.id);
    let (ada_id, at) = (ada.id, UnixMs(180_000));
    let make = move |connection: &mut Connection| {
        change::set_agent(connection, &agent)?;
        change::create_queue(connection, &sales)?;
        change::insert_wrap_up(connection, &writing)?;
        for callback in [claimed, finished] {
            change::insert_callback(connection, &callback)?;
            change::claim_callback(connection, (first, callback.id), ada_id, at)?.unwrap();
        }
        let hand = CallbackHand { user_id: Some(ada_id), over_others: false };
        change::finish_callback(connection, (first, done), hand, at)?.unwrap();
        change::delete_user(connection, first, ada_id)
    };
    assert!(changed(&store, make).await);
    let floor = read(&store, |connection| query::floor(connection, first));
    assert_eq!(floor.agents, [Agent::new(first, grace.id, "Grace".to_owned())]);
    assert_eq!(floor.queues[0].members, [QueueMember { user_id: grace.id, tier: 0 }]);
    assert_eq!(read(&store, |connection| query::agent_at_extension(connection, first, "200")), None);
    let kept = read(&store, |connection| query::wrap_ups(connection, first, call_id));
    assert_eq!((kept.len(), &kept[0].wrap_up), (1, &written));
    let open = read(&store, |connection| query::callback(connection, first, hers)).unwrap();
    assert_eq!((open.state, open.user_id), (CallbackState::Open, None));
    assert!(open.updated_at > at, "its last change is recorded");
    let over = read(&store, |connection| query::callback(connection, first, done)).unwrap();
    assert_eq!((over.state, over.user_id), (CallbackState::Done, Some(ada.id)));

    // A removed queue disappears from the callbacks that waited in it, and from nothing in wrap-ups.
    assert!(changed(&store, move |connection| change::delete_queue(connection, first, queue_id)).await);
    let kept = read(&store, |connection| query::wrap_ups(connection, first, call_id));
    assert_eq!(kept[0].wrap_up.queue_id, Some(queue_id));
}

#[actix::test]
async fn callbacks_claimed_but_not_called_are_open_again() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let ada = user(&store, first, "Ada").await;
    // One is only claimed, one is called, and one was about to be called when the process died.
    let [kept, called, uncalled] = ["+4930115555", "+4930125555", "+4930135555"]
        .map(|phone| Callback { phone: phone.parse().unwrap(), ..callback(first, 1) });
    let ids = [kept.id, called.id, uncalled.id];
    let (user_id, at) = (ada.id, now());
    let claim = move |connection: &mut Connection| {
        for (callback, detail) in [(&kept, None), (&called, Some(())), (&uncalled, Some(()))] {
            change::insert_callback(connection, callback)?;
            change::claim_callback(connection, (first, callback.id), user_id, at)?.unwrap();
            let entry = AuditEntry {
                id: AuditId(Uuid::now_v7()),
                organization_id: first,
                at,
                actor: audit::Actor::User(user_id),
                action: "callback.claimed".to_owned(),
                subject: callback.id.to_string(),
                address: None,
                detail: detail.map(|()| claimed_to_call(&callback.phone)).unwrap_or_default(),
            };
            change::record_audit(connection, &entry)?;
        }
        Ok::<_, StoreError>(())
    };
    changed(&store, claim).await;
    let mut call = Conversation::new(first);
    store.journal(call.live_by("100"));
    store.commit().await.unwrap();
    let made = format!(
        "UPDATE calls SET direction = 'outbound', to_party = '+4930125555' WHERE id = '{}'",
        call.call_id
    );
    changed(&store, move |connection| Ok(connection.batch_execute(&made)?)).await;
    for released in [1, 0] {
        assert_eq!(changed(&store, change::release_uncalled_callbacks).await, released);
    }
    let states =
        ids.map(|id| read(&store, |connection| query::callback(connection, first, id)).unwrap().state);
    assert_eq!(states, [CallbackState::Claimed, CallbackState::Claimed, CallbackState::Open]);
}

#[actix::test]
async fn callbacks_of_a_disabled_user_are_reopened() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let ada = user(&store, first, "Ada").await;
    let wanted = callback(first, 1);
    let (id, ada_id, at) = (wanted.id, ada.id, now());
    let claim = move |connection: &mut Connection| {
        change::insert_callback(connection, &wanted)?;
        change::claim_callback(connection, (first, id), ada_id, at)
    };
    assert!(changed(&store, claim).await.is_ok());
    let renamed = User { name: "Ada L.".to_owned(), ..ada };
    let disabled = User { status: UserStatus::Disabled, ..renamed.clone() };
    for (user, state) in [(renamed, CallbackState::Claimed), (disabled, CallbackState::Open)] {
        assert!(changed(&store, move |connection| change::update_user(connection, &user)).await);
        let stands = read(&store, |connection| query::callback(connection, first, id)).unwrap();
        assert_eq!(stands.state, state, "no one else could handle it");
    }
}

fn wrap_up(
    organization_id: OrganizationId,
    call_id: CallId,
    user_id: UserId,
    queue_id: Option<QueueId>,
) -> WrapUp {
    let note = "'; DROP TABLE wrap_ups; -- \u{1f98a}".to_owned();
    let (started_at, ended_at) = (UnixMs(1_000), UnixMs(61_000));
    let disposition_id = None;
    WrapUp { organization_id, call_id, user_id, queue_id, disposition_id, note, started_at, ended_at }
}

#[actix::test]
async fn wrap_ups_are_written_once_and_keep_the_dispositions_name() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let other = another(&store).await;
    let (ada, grace) = (user(&store, first, "Ada").await, user(&store, first, "Grace").await);
    let resolved = read(&store, |connection| query::dispositions(connection, first))[0].clone();
    let call_id = CallId(Uuid::now_v7());
    let first_words = WrapUp { disposition_id: Some(resolved.id), ..wrap_up(first, call_id, ada.id, None) };
    let again = WrapUp { note: "something else".to_owned(), ..first_words.clone() };
    for said in [first_words.clone(), again] {
        let stands = changed(&store, move |connection| change::insert_wrap_up(connection, &said)).await;
        assert_eq!((&stands.wrap_up, stands.disposition.as_deref()), (&first_words, Some("Resolved")));
    }
    let hers = WrapUp { ended_at: UnixMs(62_000), ..wrap_up(first, call_id, grace.id, None) };
    changed(&store, move |connection| change::insert_wrap_up(connection, &hers)).await;
    let id = resolved.id;
    assert!(changed(&store, move |connection| change::delete_disposition(connection, first, id)).await);
    let all = read(&store, |connection| query::wrap_ups(connection, first, call_id));
    let told: Vec<_> = all.iter().map(|one| (one.wrap_up.user_id, one.disposition.as_deref())).collect();
    assert_eq!(told, [(ada.id, Some("Resolved")), (grace.id, None)]);
    assert!(read(&store, |connection| query::wrap_ups(connection, other, call_id)).is_empty());
}

fn callback(organization_id: OrganizationId, minute: i64) -> Callback {
    Callback {
        id: CallbackId(Uuid::now_v7()),
        organization_id,
        queue_id: None,
        call_id: CallId(Uuid::now_v7()),
        customer_id: None,
        phone: "+493012345678".parse().unwrap(),
        about: "the roof".to_owned(),
        state: CallbackState::Open,
        user_id: None,
        created_at: UnixMs(minute * 60_000),
        updated_at: UnixMs(minute * 60_000),
    }
}

#[actix::test]
async fn a_caller_whom_an_agent_takes_gets_no_callback() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let ada = user(&store, first, "Ada").await;
    let mut call = Conversation::new(first);
    store.journal(call.live());
    let wanted = Callback { call_id: call.call_id, ..callback(first, 1) };
    let of_another_call = callback(first, 2);
    let (id, other) = (wanted.id, of_another_call.id);
    let make = move |connection: &mut Connection| {
        change::insert_callback(connection, &wanted)?;
        change::insert_callback(connection, &of_another_call)
    };
    changed(&store, make).await;
    let mut told = store.changes();
    let stands = |id: CallbackId| {
        let callback = read(&store, |connection| query::callback(connection, first, id)).unwrap();
        (callback.state, callback.user_id)
    };
    store.journal(call.joined(ada.id));
    store.commit().await.unwrap();
    assert_eq!(stands(id), (CallbackState::Done, Some(ada.id)));
    assert_eq!(told.recv().await.unwrap().what, Thing::Callback, "open pages are refreshed");
    // The agent has handed them back, and somebody else whom they asked for has not answered.
    let failure = HandoffFailure::NoAnswer;
    store.journal(vec![call.entry(Decision::HandoffAbandoned { handoff: EffectId(2), failure })]);
    store.commit().await.unwrap();
    assert_eq!(stands(id), (CallbackState::Done, Some(ada.id)), "nobody has promised a callback since");
    assert_eq!(stands(other), (CallbackState::Open, None));
}

#[actix::test]
async fn one_agent_gets_a_callback_and_the_others_learn_who() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let wanted = callback(first, 1);
    let id = wanted.id;
    changed(&store, move |connection| change::insert_callback(connection, &wanted)).await;
    let agents: Vec<UserId> = (0..16).map(|_| UserId(Uuid::now_v7())).collect();
    let claims = agents.iter().map(|agent| {
        let agent = *agent;
        store.change(move |connection| change::claim_callback(connection, (first, id), agent, now()))
    });
    let outcomes = futures_util::future::join_all(claims).await;
    let has = read(&store, |connection| query::callback(connection, first, id)).unwrap().user_id.unwrap();
    for (agent, outcome) in agents.iter().zip(outcomes) {
        match outcome.unwrap() {
            Ok(callback) => assert_eq!((callback.user_id, *agent), (Some(has), has)),
            Err(refused) => assert_eq!((refused, *agent == has), (CallbackRefused::Taken { by: has }, false)),
        }
    }
}

#[actix::test]
async fn a_claimed_callback_is_released_and_finished_by_its_holder() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let other = another(&store).await;
    let wanted = callback(first, 1);
    let (id, making) = (wanted.id, wanted.clone());
    changed(&store, move |connection| change::insert_callback(connection, &making)).await;
    // The call requests it again: the first request is kept.
    let again = Callback { id: CallbackId(Uuid::now_v7()), about: "a door".to_owned(), ..wanted.clone() };
    let stands = changed(&store, move |connection| change::insert_callback(connection, &again)).await;
    assert_eq!(stands, wanted);
    let (ada, grace) = (UserId(Uuid::now_v7()), UserId(Uuid::now_v7()));
    let of = |user_id, over_others| CallbackHand { user_id: Some(user_id), over_others };
    let claim = async |organization_id, user_id| {
        let claim = move |connection: &mut Connection| {
            change::claim_callback(connection, (organization_id, id), user_id, now())
        };
        changed(&store, claim).await.map(|callback| callback.user_id)
    };
    let release = async |hand| {
        let release =
            move |connection: &mut Connection| change::release_callback(connection, (first, id), hand, now());
        changed(&store, release).await.map(|callback| callback.state)
    };
    let finish = async |hand| {
        let finish =
            move |connection: &mut Connection| change::finish_callback(connection, (first, id), hand, now());
        changed(&store, finish).await.map(|callback| (callback.state, callback.user_id))
    };
    let taken = CallbackRefused::Taken { by: ada };
    assert_eq!(claim(other, ada).await, Err(CallbackRefused::NoSuch));
    for _ in 0..2 {
        assert_eq!(claim(first, ada).await, Ok(Some(ada)));
    }
    assert_eq!(claim(first, grace).await, Err(taken));
    assert_eq!(release(of(grace, false)).await, Err(taken));
    assert_eq!(finish(of(grace, false)).await, Err(taken));
    assert_eq!(release(of(grace, true)).await, Ok(CallbackState::Open));
    assert_eq!(claim(first, ada).await, Ok(Some(ada)));
    assert_eq!(release(of(ada, false)).await, Ok(CallbackState::Open));
    assert_eq!(release(of(grace, false)).await, Ok(CallbackState::Open));
    for _ in 0..2 {
        assert_eq!(finish(of(grace, false)).await, Ok((CallbackState::Done, Some(grace))));
    }
    assert_eq!(finish(of(ada, false)).await, Err(CallbackRefused::Done));
    assert_eq!(claim(first, grace).await, Err(CallbackRefused::Done));
    assert_eq!(release(of(grace, false)).await, Err(CallbackRefused::Done));
}

#[actix::test]
async fn callbacks_are_listed_by_state_longest_waiting_first() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let made: Vec<Callback> = (1..=3).map(|minute| callback(first, minute)).collect();
    let ada = UserId(Uuid::now_v7());
    let (making, claimed) = (made.clone(), made[1].id);
    let make = move |connection: &mut Connection| {
        for callback in &making {
            change::insert_callback(connection, callback)?;
        }
        change::claim_callback(connection, (first, claimed), ada, now())
    };
    changed(&store, make).await.unwrap();
    let found = |query: CallbackQuery| {
        let all = read(&store, |connection| query::callbacks(connection, first, query));
        all.iter().map(|callback| callback.id).collect::<Vec<_>>()
    };
    let any = || CallbackQuery { limit: 9, ..CallbackQuery::default() };
    let ids: Vec<CallbackId> = made.iter().map(|callback| callback.id).collect();
    assert_eq!(found(any()), ids);
    assert_eq!(found(CallbackQuery { state: Some(CallbackState::Open), ..any() }), [ids[0], ids[2]]);
    assert_eq!(found(CallbackQuery { state: Some(CallbackState::Claimed), ..any() }), [ids[1]]);
    assert!(found(CallbackQuery { state: Some(CallbackState::Done), ..any() }).is_empty());
    assert_eq!(found(CallbackQuery { user_id: Some(ada), ..any() }), [ids[1]]);
    assert_eq!(found(CallbackQuery { after: Some(ids[0]), limit: 1, ..any() }), [ids[1]]);
    assert!(found(CallbackQuery { queue_id: Some(QueueId(Uuid::now_v7())), ..any() }).is_empty());
    let newest = CallbackQuery { newest_first: true, limit: 2, ..any() };
    assert_eq!(found(newest.clone()), [ids[2], ids[1]]);
    assert_eq!(found(CallbackQuery { after: Some(ids[1]), ..newest }), [ids[0]]);
}

#[actix::test]
async fn an_organization_has_and_orders_its_own_dispositions() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let other = another(&store).await;
    let names = |organization_id| {
        let all = read(&store, |connection| query::dispositions(connection, organization_id));
        let places: Vec<u32> = all.iter().map(|one| one.position).collect();
        assert!(places.iter().copied().eq(1..=places.len() as u32), "{places:?}");
        all.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    for organization_id in [first, other] {
        assert_eq!(names(organization_id), ["Resolved", "Follow up", "Wrong number"]);
        let reasons = read(&store, |connection| query::presence_reasons(connection, organization_id));
        let reasons: Vec<&str> = reasons.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(reasons, ["Lunch", "Break", "Training"]);
    }
    let made = Disposition {
        id: DispositionId(Uuid::now_v7()),
        organization_id: first,
        name: "Sold".to_owned(),
        position: 4,
    };
    let sold = made.id;
    changed(&store, move |connection| change::create_disposition(connection, &made)).await;
    let ids: Vec<DispositionId> =
        read(&store, |connection| query::dispositions(connection, first)).iter().map(|one| one.id).collect();
    for (organization_id, order, is_done) in [
        (first, vec![ids[3], ids[0], ids[1], ids[2]], true),
        (first, vec![ids[3], ids[0], ids[1]], false),
        (first, vec![ids[3], ids[0], ids[1], ids[1]], false),
        (other, ids.clone(), false),
    ] {
        let reorder = move |connection: &mut Connection| {
            change::reorder_dispositions(connection, organization_id, &order)
        };
        assert_eq!(changed(&store, reorder).await, is_done);
    }
    assert_eq!(names(first), ["Sold", "Resolved", "Follow up", "Wrong number"]);
    let rename = |organization_id, name: &'static str| {
        store.change(move |connection| change::rename_disposition(connection, organization_id, sold, name))
    };
    assert!(rename(first, "Ordered").await.unwrap());
    assert!(!rename(other, "Stolen").await.unwrap());
    assert!(rename(first, "Resolved").await.unwrap_err().is_taken_name());
    let resolved = ids[0];
    assert!(
        !changed(&store, move |connection| change::delete_disposition(connection, other, resolved)).await
    );
    assert!(changed(&store, move |connection| change::delete_disposition(connection, first, resolved)).await);
    assert_eq!(names(first), ["Ordered", "Follow up", "Wrong number"]);
    assert_eq!(names(other), ["Resolved", "Follow up", "Wrong number"]);
}
