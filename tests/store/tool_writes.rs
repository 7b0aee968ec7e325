//! Writes of assistants' tools: once for each run, only for the caller, and never two at one time.

use actix::{Actor, Addr};
use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use cordboard::store::{
    ActivityQuery, AppointmentQuery, Attempted, CallbackQuery, Connection, CustomerQuery, LeadQuery, Store,
    StoreActor, StoreError, SuppressionQuery, TextSettings, change, query,
};
use cordboard_actors::messages::{NotWritten, WriteDone, WriteForCall};
use cordboard_actors::tools::{CallbackRequest, EstimateRequest, LeadWords, OptOut, ToolRequest, ToolWrite};
use cordboard_campaigns::campaign::SuppressionSource;
use cordboard_schema::appointment::{Appointment, AppointmentStatus, MAIN_RESOURCE};
use cordboard_schema::customer::Customer;
use cordboard_schema::customer_profile::build_customer_profile;
use cordboard_schema::delivery::DeliveryState;
use cordboard_schema::dialler_call::DiallerCall;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{AppointmentId, CustomerId, EffectId, OrganizationId, QueueId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::{
    CAPACITY_MAX, DIALLER_AHEAD_MS_MAX, TOOL_WRITES_PER_CALL_MAX, TOOL_WRITES_PER_DAY_MAX,
};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolName;
use cordboard_schema::wrap_up::CallbackState;
use cordboard_schema::written::Written;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::floor::{another, changed, queue, user};
use super::profiles::{ANYBODY, with_own_numbers};
use super::room::Room;
use crate::entries::Conversation;

/// A store with one call on disk, with the requests of that call.
pub(super) struct Desk {
    pub(super) store: Store,
    actor: Addr<StoreActor>,
    call: Conversation,
    runs: u64,
    room: Room,
}

impl Desk {
    pub(super) async fn open() -> Self {
        let room = Room::new();
        let store = room.store();
        Self::at(room, store).await
    }

    /// The same for this store.
    async fn at(room: Room, store: Store) -> Self {
        set_business(&store, 0, open_on_weekdays("UTC")).await;
        let mut call = Conversation::new(store.organization_id());
        store.journal(call.live());
        store.commit().await.unwrap();
        let caller_id = Some("+15550100001".parse().unwrap());
        let actor = StoreActor::new(store.clone())
            .with_texts(move |_| {
                Some(TextSettings { caller_id: caller_id.clone(), ..TextSettings::default() })
            })
            .start();
        Self { store, actor, call, runs: 0, room }
    }

    /// Returns the next run of a tool.
    pub(super) async fn run(&mut self, write: ToolWrite) -> Result<WriteDone, NotWritten> {
        self.runs += 1;
        self.run_as(self.runs, write).await
    }

    async fn run_as(&self, run: u64, write: ToolWrite) -> Result<WriteDone, NotWritten> {
        let Conversation { organization_id, call_id, .. } = self.call;
        self.actor
            .send(WriteForCall { organization_id, call_id, effect: EffectId(run), write })
            .await
            .unwrap()
    }

    /// Creates another call from the same number.
    pub(super) async fn next_call(&mut self) {
        self.next_call_by("+49301234").await;
    }

    /// Creates another call, of a caller whom a switch reports this way.
    async fn next_call_by(&mut self, from: &str) {
        self.call = Conversation::new(self.store.organization_id());
        self.store.journal(self.call.live_by(from));
        self.store.commit().await.unwrap();
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection, OrganizationId) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let organization_id = self.store.organization_id();
        self.store.reads().run(move |connection| read(connection, organization_id)).await.unwrap()
    }
}

/// A business that is open from 9 to 17 on weekdays, and takes an hour for an inspection.
pub(super) fn open_on_weekdays(zone: &str) -> Value {
    let day = json!([{ "from": "09:00", "to": "17:00" }]);
    json!({
        "time_zone": zone,
        "hours": { "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day },
        "services": [{ "name": "Inspection", "duration_minutes": 60 }, { "name": "Renovation" }],
    })
}

/// A confirmed appointment of an hour, of an unknown person.
fn appointment(organization_id: OrganizationId, starts_at: DateTime<Utc>) -> Appointment {
    let now = UnixMs::from(Utc::now());
    Appointment {
        id: AppointmentId(uuid::Uuid::now_v7()),
        organization_id,
        customer_id: None,
        lead_id: None,
        call_id: None,
        resource: MAIN_RESOURCE.to_owned(),
        service: "Inspection".to_owned(),
        starts_at: starts_at.into(),
        ends_at: (starts_at + TimeDelta::hours(1)).into(),
        zone: "UTC".to_owned(),
        status: AppointmentStatus::Confirmed,
        hold_until: None,
        name: String::new(),
        phone: None,
        address: String::new(),
        notes: String::new(),
        sequence: 0,
        created_at: now,
        updated_at: now,
    }
}

/// Replaces the organization's business profile of the revision `known`.
pub(super) async fn set_business(store: &Store, known: u64, profile: Value) {
    let profile = serde_json::from_value(profile).unwrap();
    let organization_id = store.organization_id();
    let set = move |connection: &mut Connection| {
        change::set_business_profile(connection, organization_id, known, &profile)
    };
    assert!(store.change(set).await.unwrap());
}

/// The request of a model.
pub(super) fn asked(tool: &str, arguments: Value) -> ToolWrite {
    match ToolRequest::parse(tool, &arguments, &ToolName::ALL) {
        Ok(ToolRequest::Write(_, write)) => write,
        other => panic!("{tool}: {other:?}"),
    }
}

/// Ten o'clock on a weekday a week from now.
pub(super) fn slot() -> DateTime<Utc> {
    let now = Utc::now();
    let mut days = (7..14).map(|days| now + TimeDelta::days(days));
    let monday = days.find(|day| day.weekday() == Weekday::Mon).unwrap();
    monday.date_naive().and_hms_opt(10, 0, 0).unwrap().and_utc()
}

pub(super) fn refusal(outcome: Result<WriteDone, NotWritten>) -> String {
    match outcome {
        Err(NotWritten::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

pub(super) fn held(outcome: Result<WriteDone, NotWritten>) -> AppointmentId {
    match outcome.unwrap().written {
        Some(Written::AppointmentHeld(id)) => id,
        other => panic!("{other:?}"),
    }
}

#[actix::test]
async fn a_call_has_one_lead_that_later_words_change() {
    let mut desk = Desk::open().await;
    let missing = refusal(desk.run(asked("create_lead", json!({ "name": "Ada" }))).await);
    assert!(missing.contains("need"), "{missing}");
    let first = asked("create_lead", json!({ "name": "Åsa 🦊", "need": "=a roof", "urgency": "soon" }));
    let made = desk.run(first.clone()).await.unwrap();
    assert!(matches!(made.written, Some(Written::LeadCreated(_))), "{made:?}");
    // The same run again, as after a restart of the call.
    assert_eq!(desk.run_as(desk.runs, first).await.unwrap(), made);
    let later = desk
        .run(asked("create_lead", json!({ "budget": "10,000", "need": "a roof and a door" })))
        .await
        .unwrap();
    assert!(matches!(later.written, Some(Written::LeadUpdated(_))), "{later:?}");
    let list = |connection: &mut Connection, id| {
        query::leads(connection, id, LeadQuery { limit: 9, ..LeadQuery::default() })
    };
    let leads = desk.read(list).await;
    assert_eq!(leads.len(), 1);
    let lead = &leads[0];
    assert_eq!(
        (lead.name.as_str(), lead.need.as_str(), lead.urgency.as_str(), lead.budget.as_str()),
        ("Åsa 🦊", "a roof and a door", "soon", "10,000")
    );
    assert_eq!((lead.call_id, lead.phone.as_ref().unwrap().as_str()), (Some(desk.call.call_id), "+49301234"));
    let caller = KnownCaller::at(lead.phone.clone().unwrap(), &OwnNumbers::default()).unwrap();
    let customer =
        desk.read(move |connection, id| query::customer_known_as(connection, id, &caller)).await.unwrap();
    assert_eq!(
        (Some(customer.id), customer.name.as_str(), customer.verified),
        (lead.customer_id, "Åsa 🦊", false)
    );

    // A caller from a number may be another person: the known facts stay.
    desk.next_call().await;
    desk.run(asked("create_lead", json!({ "name": "Eve", "need": "a gate" }))).await.unwrap();
    let leads = desk.read(list).await;
    assert_eq!((leads.len(), leads[0].customer_id), (2, Some(customer.id)));
    let id = customer.id;
    let again = desk
        .read(move |connection, organization| query::customer(connection, organization, id))
        .await
        .unwrap();
    assert_eq!(again.name, "Åsa 🦊");
}

#[actix::test]
async fn estimates_can_be_found_held_confirmed_moved_and_cancelled() {
    let mut desk = Desk::open().await;
    let at = slot();
    let day = json!({ "action": "free_slots", "service": "Inspection", "from": at, "to": at + TimeDelta::hours(8) });
    let free = desk.run(asked("book_estimate", day.clone())).await.unwrap();
    assert!(free.written.is_none() && free.note.contains("T10:00:00Z"), "{free:?}");
    let hold = |hours| {
        asked(
            "book_estimate",
            json!({ "action": "hold", "service": "Inspection", "starts_at": at + TimeDelta::hours(hours), "name": "محمد" }),
        )
    };
    let id = held(desk.run(hold(0)).await);
    let free = desk.run(asked("book_estimate", day)).await.unwrap();
    assert!(!free.note.contains("T10:00:00Z") && !free.note.contains("T10:30:00Z"), "{free:?}");
    let its_own = refusal(desk.run(hold(0)).await);
    assert!(its_own.contains("not free") && its_own.contains(&id.to_string()), "{its_own}");
    // At night, and in the past.
    for hours in [-3, 12, -24 * 30] {
        assert!(refusal(desk.run(hold(hours)).await).contains("not free"), "{hours}");
    }
    let of = |action: &str| json!({ "action": action, "appointment": id, "starts_at": at + TimeDelta::minutes(30) });
    let booked = desk.run(asked("book_estimate", of("confirm"))).await.unwrap();
    assert_eq!(booked.written, Some(Written::AppointmentBooked(id)));
    // A report would count a second booking.
    let again = desk.run(asked("book_estimate", of("confirm"))).await.unwrap();
    assert!(again.written.is_none() && again.note.contains("confirmed already"), "{again:?}");
    let moved = desk.run(asked("book_estimate", of("move"))).await.unwrap();
    assert_eq!(moved.written, Some(Written::AppointmentMoved(id)));
    // A caller with this number may cancel it on another call.
    desk.next_call().await;
    let cancelled = desk.run(asked("book_estimate", of("cancel"))).await.unwrap();
    assert_eq!(cancelled.written, Some(Written::AppointmentCancelled(id)));
    assert!(refusal(desk.run(asked("book_estimate", of("confirm"))).await).contains("called off"));
    held(desk.run(hold(0)).await);
}

/// "Is ten o'clock free?" A model may ask until ten or until half past ten, though the service takes an hour.
#[actix::test]
async fn a_search_shorter_than_the_service_finds_its_time() {
    let mut desk = Desk::open().await;
    let at = slot();
    let until = |minutes| {
        let to = at + TimeDelta::minutes(minutes);
        let arguments = json!({ "action": "free_slots", "service": "Inspection", "from": at, "to": to });
        asked("book_estimate", arguments)
    };
    for minutes in [0, 30] {
        let free = desk.run(until(minutes)).await.unwrap();
        assert!(free.note.contains("T10:00:00Z") && !free.note.contains("T10:30:00Z"), "{free:?}");
    }
    let before = desk.run(until(-30)).await.unwrap();
    assert!(before.note.contains("nothing is free"), "{before:?}");
    let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": at });
    held(desk.run(asked("book_estimate", hold)).await);
    let taken = desk.run(until(30)).await.unwrap();
    assert!(taken.note.contains("nothing is free"), "{taken:?}");
}

/// "Can I come half an hour later?" What the appointment takes itself is free for it.
#[actix::test]
async fn an_appointment_can_be_moved_into_its_own_time() {
    let mut desk = Desk::open().await;
    let at = slot();
    let later = at + TimeDelta::minutes(30);
    let hold = |at| json!({ "action": "hold", "service": "Inspection", "starts_at": at });
    let id = held(desk.run(asked("book_estimate", hold(at))).await);
    desk.run(asked("book_estimate", json!({ "action": "confirm", "appointment": id }))).await.unwrap();
    held(desk.run(asked("book_estimate", hold(at + TimeDelta::hours(2)))).await);
    // On another call, which finds it by the number.
    desk.next_call().await;
    let times = |id: Option<AppointmentId>, from, minutes| {
        let to = from + TimeDelta::minutes(minutes);
        let service = id.is_none().then_some("Inspection");
        asked(
            "book_estimate",
            json!({ "action": "free_slots", "service": service, "from": from, "to": to, "appointment": id }),
        )
    };
    let new = desk.run(times(None, at, 120)).await.unwrap();
    assert!(new.note.contains("T11:00:00Z") && !new.note.contains("T10:30:00Z"), "{new:?}");
    let moved = desk.run(times(Some(id), at, 180)).await.unwrap();
    assert!(moved.note.contains("T10:30:00Z") && moved.note.contains("T11:00:00Z"), "{moved:?}");
    assert!(!moved.note.contains("T10:00:00Z"), "its present time: {moved:?}");
    assert!(!moved.note.contains("T12:00:00Z"), "another appointment's time: {moved:?}");
    let quarter = desk.run(times(Some(id), at + TimeDelta::minutes(15), 60)).await.unwrap();
    assert!(quarter.note.contains("T10:15:00Z"), "{quarter:?}");
    let asked_for = json!({ "action": "move", "appointment": id, "starts_at": later });
    let done = desk.run(asked("book_estimate", asked_for)).await.unwrap();
    assert_eq!(done.written, Some(Written::AppointmentMoved(id)));
    // Nobody else learns by an id when an appointment is.
    desk.next_call_by("+49301235").await;
    assert!(refusal(desk.run(times(Some(id), at, 180)).await).contains("no appointment with that id"));
}

#[actix::test]
async fn what_an_earlier_call_has_booked_is_in_its_summary() {
    let mut desk = Desk::open().await;
    let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": slot() });
    let id = held(desk.run(asked("book_estimate", hold)).await);
    desk.run(asked("book_estimate", json!({ "action": "confirm", "appointment": id }))).await.unwrap();
    desk.store.journal(desk.call.ended(NextStep::Hangup));
    desk.next_call().await;
    let call_id = desk.call.call_id;
    let known = desk
        .read(move |connection, id| query::known_of_call(connection, id, call_id, &OwnNumbers::default()))
        .await
        .unwrap();
    let summary = &known.earlier[0].summary;
    assert!(summary.ends_with("Written down: event created (Appointment booked: Inspection)."), "{summary}");
}

#[actix::test]
async fn a_name_for_any_held_time_is_the_callers() {
    let mut desk = Desk::open().await;
    desk.next_call_by("anonymous").await;
    for (hours, name) in [(0, ""), (1, "Ada")] {
        let at = slot() + TimeDelta::hours(hours);
        let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": at, "name": name });
        held(desk.run(asked("book_estimate", hold)).await);
    }
    let call_id = desk.call.call_id;
    let known = desk
        .read(move |connection, id| query::known_of_call(connection, id, call_id, &OwnNumbers::default()))
        .await;
    assert_eq!(build_customer_profile(&known.unwrap()).customer.name, "Ada");
}

/// "Is a quarter past ten free?"
#[actix::test]
async fn a_search_finds_the_quarter_that_was_named() {
    let mut desk = Desk::open().await;
    let at = slot() + TimeDelta::minutes(15);
    let free_at = |at, minutes| {
        let to = at + TimeDelta::minutes(minutes);
        let arguments = json!({ "action": "free_slots", "service": "Inspection", "from": at, "to": to });
        asked("book_estimate", arguments)
    };
    for minutes in [0, 60, 180] {
        let free = desk.run(free_at(at, minutes)).await.unwrap();
        assert!(free.note.contains("T10:15:00Z"), "{free:?}");
    }
    let odd = desk.run(free_at(at + TimeDelta::minutes(2), 60)).await.unwrap();
    assert!(odd.note.contains("nothing is free"), "{odd:?}");
    let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": at });
    held(desk.run(asked("book_estimate", hold)).await);
    let taken = desk.run(free_at(at, 60)).await.unwrap();
    assert!(taken.note.contains("nothing is free"), "{taken:?}");
}

#[actix::test]
async fn a_calls_third_held_time_frees_the_oldest() {
    let mut desk = Desk::open().await;
    let hold = |hours| {
        let at = slot() + TimeDelta::hours(hours);
        asked("book_estimate", json!({ "action": "hold", "service": "Inspection", "starts_at": at }))
    };
    let oldest = held(desk.run(hold(3)).await);
    let agreed = held(desk.run(hold(0)).await);
    let of = |action: &str, id| asked("book_estimate", json!({ "action": action, "appointment": id }));
    desk.run(of("confirm", agreed)).await.unwrap();
    held(desk.run(hold(1)).await);
    // A request for a time that is not free changes nothing.
    assert!(refusal(desk.run(hold(0)).await).contains("not free"));
    let third = desk.run(hold(2)).await.unwrap();
    assert!(third.note.contains("T13:00:00Z is held no more"), "{third:?}");
    assert!(refusal(desk.run(of("confirm", oldest)).await).contains("called off"));
    let statuses = desk.read(move |connection, id| {
        let query = AppointmentQuery { limit: 9, ..AppointmentQuery::default() };
        Ok(query::appointments(connection, id, query)?.into_iter().map(|one| one.status).collect::<Vec<_>>())
    });
    assert_eq!(
        statuses.await,
        [
            AppointmentStatus::Confirmed,
            AppointmentStatus::Held,
            AppointmentStatus::Held,
            AppointmentStatus::Cancelled
        ]
    );
    // Another caller can have it.
    desk.next_call().await;
    held(desk.run(hold(3)).await);
}

#[actix::test]
async fn unknown_services_are_refused_with_the_offered_ones() {
    let mut desk = Desk::open().await;
    let ask = |action: &str, service: &str| {
        asked("book_estimate", json!({ "action": action, "service": service, "starts_at": slot() }))
    };
    for action in ["free_slots", "hold"] {
        let unknown = refusal(desk.run(ask(action, "Massage")).await);
        assert!(unknown.contains("no such service") && unknown.contains("Inspection"), "{unknown}");
        let endless = refusal(desk.run(ask(action, "renovation")).await);
        assert!(endless.contains("how long it takes") && endless.contains("Inspection"), "{endless}");
    }
    // It is written with the business's spelling.
    let id = held(desk.run(ask("hold", "inspection")).await);
    let kept =
        desk.read(move |connection, organization| query::appointment(connection, organization, id)).await;
    assert_eq!(kept.unwrap().service, "Inspection");
    set_business(&desk.store, 1, json!({ "services": [{ "name": "Inspection", "duration_minutes": 60 }] }))
        .await;
    for action in ["free_slots", "hold"] {
        let closed = refusal(desk.run(ask(action, "Inspection")).await);
        assert!(closed.contains("has not set its opening hours"), "{closed}");
    }
    // An earlier appointment can still be cancelled.
    let cancel = asked("book_estimate", json!({ "action": "cancel", "appointment": id }));
    assert_eq!(desk.run(cancel).await.unwrap().written, Some(Written::AppointmentCancelled(id)));
}

#[actix::test]
async fn holidays_the_business_own_zone_and_its_horizon_count() {
    let mut desk = Desk::open().await;
    let at = slot();
    let mut profile = open_on_weekdays("Pacific/Auckland");
    profile["holidays"] = json!([{ "name": "Inventory", "from": at.date_naive() }]);
    set_business(&desk.store, 1, profile).await;
    let day = json!({
        "action": "free_slots", "service": "Inspection",
        "from": at - TimeDelta::hours(34), "to": at + TimeDelta::hours(34),
    });
    let free = desk.run(asked("book_estimate", day)).await.unwrap();
    assert!(free.note.contains("Pacific/Auckland") && free.note.contains("T09:00:00+1"), "{free:?}");
    assert!(!free.note.contains(&at.date_naive().to_string()), "the holiday: {free:?}");
    let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": at });
    assert!(
        refusal(desk.run(asked("book_estimate", hold.clone())).await).contains("not free"),
        "at night there"
    );
    // Nor can a time be booked that is further ahead than the business allows.
    let mut profile = open_on_weekdays("UTC");
    profile["bookings"] = json!({ "horizon_days": 1 });
    set_business(&desk.store, 2, profile).await;
    let late = json!({
        "action": "free_slots", "service": "Inspection", "from": at, "to": at + TimeDelta::hours(8),
    });
    let none = desk.run(asked("book_estimate", late)).await.unwrap();
    assert!(none.note.contains("nothing can be booked from"), "{none:?}");
    assert!(refusal(desk.run(asked("book_estimate", hold)).await).contains("not free"), "too far ahead");
}

#[actix::test]
async fn times_ending_in_a_taken_quarter_hour_are_refused() {
    let mut desk = Desk::open().await;
    let mut profile = open_on_weekdays("UTC");
    profile["services"] = json!([{ "name": "Check", "duration_minutes": 50 }]);
    set_business(&desk.store, 1, profile).await;
    let (organization_id, at) = (desk.store.organization_id(), slot());
    // Manually booked at any minute: it takes the quarter of an hour from 10:45 on.
    let mut by_hand = appointment(organization_id, at + TimeDelta::minutes(50));
    by_hand.ends_at = (at + TimeDelta::minutes(70)).into();
    changed(&desk.store, move |connection| {
        change::create_appointment(connection, &by_hand, UnixMs::from(Utc::now()))
    })
    .await;
    let hold = |at: DateTime<Utc>| {
        asked("book_estimate", json!({ "action": "hold", "service": "Check", "starts_at": at }))
    };
    assert!(refusal(desk.run(hold(at)).await).contains("not free"));
    held(desk.run(hold(at - TimeDelta::minutes(15))).await);
}

#[actix::test]
async fn expired_holds_that_nobody_can_confirm_are_let_go() {
    let desk = Desk::open().await;
    let (organization_id, now) = (desk.store.organization_id(), UnixMs::from(Utc::now()));
    let hold = || Appointment {
        status: AppointmentStatus::Held,
        hold_until: Some(now),
        ..appointment(organization_id, slot())
    };
    let holds: Vec<Appointment> = (0..CAPACITY_MAX + 3).map(|_| hold()).collect();
    let oldest: Vec<AppointmentId> = holds.iter().take(2).map(|hold| hold.id).collect();
    for hold in holds {
        changed(&desk.store, move |connection| change::create_appointment(connection, &hold, now)).await;
    }
    let cancelled = desk.read(move |connection, id| {
        let status = Some(AppointmentStatus::Cancelled);
        query::appointments(
            connection,
            id,
            AppointmentQuery { status, limit: 9, ..AppointmentQuery::default() },
        )
    });
    let cancelled: Vec<AppointmentId> = cancelled.await.iter().map(|one| one.id).collect();
    assert_eq!(cancelled, oldest);
}

#[actix::test]
async fn an_appointment_is_moved_among_those_of_its_resource() {
    let mut desk = Desk::open().await;
    let (organization_id, at) = (desk.store.organization_id(), slot());
    let call_id = desk.call.call_id;
    let of = |resource: &str, hours| Appointment {
        resource: resource.to_owned(),
        ..appointment(organization_id, at + TimeDelta::hours(hours))
    };
    let theirs = Appointment { call_id: Some(call_id), ..of("chair", 0) };
    let id = theirs.id;
    // The first hour after it is taken by others, the second by the resource itself.
    let all = [theirs, of(MAIN_RESOURCE, 1), of("chair", 2)];
    changed(&desk.store, move |connection| {
        for one in &all {
            change::create_appointment(connection, one, UnixMs::from(Utc::now()))?;
        }
        Ok(())
    })
    .await;
    let to = |hours| {
        let at = at + TimeDelta::hours(hours);
        asked("book_estimate", json!({ "action": "move", "appointment": id, "starts_at": at }))
    };
    assert!(refusal(desk.run(to(2)).await).contains("not free"));
    assert_eq!(desk.run(to(1)).await.unwrap().written, Some(Written::AppointmentMoved(id)));
}

#[actix::test]
async fn a_later_call_has_its_own_callers_appointments_only() {
    let mut desk = Desk::open().await;
    let (organization_id, at, now) = (desk.store.organization_id(), slot(), Utc::now());
    let book = |arguments: Value| asked("book_estimate", arguments);
    let hold = json!({
        "action": "hold", "service": "Inspection", "starts_at": at, "name": "Ada", "notes": "the key is under the mat",
    });
    let booked = held(desk.run(book(hold.clone())).await);
    desk.run(book(json!({ "action": "confirm", "appointment": booked }))).await.unwrap();
    let caller = KnownCaller::at("+49301234".parse().unwrap(), &OwnNumbers::default()).unwrap();
    let customer =
        desk.read(move |connection, id| query::customer_known_as(connection, id, &caller)).await.unwrap();
    let other = another(&desk.store).await;
    let from = |organization_id, starts_at, phone: &str| Appointment {
        phone: Some(phone.parse().unwrap()),
        ..appointment(organization_id, starts_at)
    };
    let later = |hours| at + TimeDelta::hours(hours);
    let by_hand = Appointment { customer_id: Some(customer.id), ..appointment(organization_id, later(1)) };
    let running = from(organization_id, now - TimeDelta::minutes(10), "+49301234");
    let over = from(organization_id, now - TimeDelta::hours(2), "+49301234");
    let lapsed = Appointment {
        status: AppointmentStatus::Held,
        hold_until: Some((now - TimeDelta::minutes(1)).into()),
        ..from(organization_id, later(4), "+49301234")
    };
    let of_another = from(organization_id, later(2), "+49305678");
    let of_nobody = appointment(organization_id, later(3));
    let elsewhere = from(other, at, "+49301234");
    let theirs = [running.id, booked, by_hand.id];
    let hidden = [&over, &lapsed, &of_another, &of_nobody, &elsewhere].map(|one| one.id);
    let not_theirs = [&of_another, &of_nobody, &elsewhere].map(|one| one.id);
    let all = [by_hand, running, over, lapsed, of_another, of_nobody, elsewhere];
    changed(&desk.store, move |connection| {
        for one in &all {
            change::create_appointment(connection, one, UnixMs::from(Utc::now()))?;
        }
        Ok(())
    })
    .await;

    desk.next_call().await;
    let find = || book(json!({ "action": "find_appointments" }));
    let found = desk.run(find()).await.unwrap();
    assert_eq!(found.written, None);
    let places = theirs.map(|id| found.note.find(&id.to_string()));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{found:?}");
    assert!(found.note.contains(&format!("Monday, {}T10:00:00Z, Inspection", at.date_naive())), "{found:?}");
    assert!(!hidden.iter().any(|id| found.note.contains(&id.to_string())), "{found:?}");
    assert!(!["Ada", "key", "+49"].iter().any(|word| found.note.contains(word)), "{found:?}");
    let own = refusal(desk.run(book(hold)).await);
    assert!(own.contains("the caller has it already") && own.contains(&booked.to_string()), "{own}");
    let to = |action: &str, id: AppointmentId| {
        book(json!({ "action": action, "appointment": id, "starts_at": later(5) }))
    };
    let moved = desk.run(to("move", theirs[2])).await.unwrap();
    assert_eq!(moved.written, Some(Written::AppointmentMoved(theirs[2])), "the customer's");
    let call_id = desk.call.call_id;
    let known = desk
        .read(move |connection, id| query::known_of_call(connection, id, call_id, &OwnNumbers::default()));
    let shown = build_customer_profile(&known.await.unwrap()).activities;
    let titles: Vec<&str> = shown.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["Appointment moved: Inspection"], "to the person who takes the call");
    let taken = refusal(desk.run(to("move", booked)).await);
    assert!(taken.contains("the caller has it already") && taken.contains(&theirs[2].to_string()), "{taken}");
    for action in ["move", "cancel"] {
        assert!(refusal(desk.run(to(action, hidden[0])).await).contains("is over"), "{action}");
    }
    for id in not_theirs {
        assert!(refusal(desk.run(to("cancel", id)).await).contains("no appointment"), "{id}");
    }

    desk.next_call_by("+49305678").await;
    let found = desk.run(find()).await.unwrap();
    assert!(found.note.contains(&not_theirs[0].to_string()), "{found:?}");
    assert!(!theirs.iter().any(|id| found.note.contains(&id.to_string())), "{found:?}");
    assert!(refusal(desk.run(to("move", booked)).await).contains("no appointment"));
    desk.next_call_by("anonymous").await;
    let found = desk.run(find()).await.unwrap();
    assert!(found.note.contains("shows no number"), "{found:?}");
}

/// An agent typed the number as it is dialled within the country. Nobody is a customer.
#[actix::test]
async fn an_appointment_stored_with_the_national_zero_is_its_callers() {
    let mut desk = Desk::open().await;
    let (organization_id, at) = (desk.store.organization_id(), slot());
    let typed =
        Appointment { phone: Some("+44 07911 123456".parse().unwrap()), ..appointment(organization_id, at) };
    let id = typed.id;
    changed(&desk.store, move |connection| {
        change::create_appointment(connection, &typed, UnixMs::from(Utc::now()))
    })
    .await;
    desk.next_call_by("+447911123456").await;
    let found = desk.run(asked("book_estimate", json!({ "action": "find_appointments" }))).await.unwrap();
    assert!(found.note.contains(&id.to_string()), "{found:?}");
    let cancel = asked("book_estimate", json!({ "action": "cancel", "appointment": id }));
    assert_eq!(desk.run(cancel).await.unwrap().written, Some(Written::AppointmentCancelled(id)));
}

/// Returns how many of sixteen calls get a time that all want at the same moment.
async fn winners(desk: &Desk, service: &str, starts_at: DateTime<Utc>) -> usize {
    let mut asked = Vec::new();
    for _ in 0..16 {
        let mut call = Conversation::new(desk.store.organization_id());
        desk.store.journal(call.live());
        desk.store.commit().await.unwrap();
        let request = EstimateRequest::Hold {
            service: service.to_owned(),
            starts_at,
            name: String::new(),
            address: String::new(),
            notes: String::new(),
        };
        let (organization_id, call_id) = (call.organization_id, call.call_id);
        let write = ToolWrite::Estimate(request);
        asked.push(desk.actor.send(WriteForCall { organization_id, call_id, effect: EffectId(1), write }));
    }
    let mut held = 0;
    for outcome in asked {
        match outcome.await.unwrap() {
            Ok(_) => held += 1,
            Err(fault) => assert!(fault.to_string().contains("not free"), "{fault}"),
        }
    }
    held
}

#[actix::test]
async fn sixteen_calls_share_the_places_of_a_wanted_slot() {
    let desk = Desk::open().await;
    let at = slot();
    assert_eq!(winners(&desk, "Inspection", at).await, 1);
    let mut profile = open_on_weekdays("UTC");
    profile["services"] = json!([
        { "name": "Inspection", "duration_minutes": 60, "capacity": 3 },
        { "name": "Class", "duration_minutes": 60, "capacity": 8, "begins_together": true, "resource": "Room" },
    ]);
    set_business(&desk.store, 1, profile).await;
    assert_eq!(winners(&desk, "Inspection", at).await, 2, "one of three places was taken");
    assert_eq!(winners(&desk, "Class", at).await, 8);
    assert_eq!(winners(&desk, "Class", at + TimeDelta::minutes(30)).await, 0, "another class is in the room");
    let query = |resource: &'static str| {
        desk.read(move |connection, id| {
            let held = Some(AppointmentStatus::Held);
            let all = AppointmentQuery { status: held, limit: 99, ..AppointmentQuery::default() };
            let all = query::appointments(connection, id, all)?;
            Ok(all.into_iter().filter(|one| one.resource == resource).count())
        })
    };
    assert_eq!((query(MAIN_RESOURCE).await, query("Room").await), (3, 8));
}

#[actix::test]
async fn tools_refuse_other_callers_and_other_organizations_records() {
    let mut desk = Desk::open().await;
    let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": slot() });
    let id = held(desk.run(asked("book_estimate", hold)).await);
    let todo = desk.run(asked("create_todo", json!({ "title": "call back" }))).await.unwrap();
    let Some(Written::ActivityCreated(todo)) = todo.written else { panic!("{todo:?}") };
    let confirm = asked("book_estimate", json!({ "action": "confirm", "appointment": id }));

    // A caller from another number.
    let mut stranger = Conversation::new(desk.store.organization_id());
    let mut entries = stranger.live();
    if let Event::Fact(Fact::CallStarted { announced, .. }) = &mut entries[0].event {
        *announced = None;
    }
    desk.store.journal(entries);
    desk.store.commit().await.unwrap();
    let ours = std::mem::replace(&mut desk.call, stranger);
    assert!(refusal(desk.run(confirm.clone()).await).contains("no appointment"));
    let complete = asked("complete_todo", json!({ "id": todo }));
    assert!(refusal(desk.run(complete.clone()).await).contains("no todo"));
    desk.call = ours;
    assert!(
        refusal(desk.run(asked("update_event", json!({ "id": todo, "title": "x" }))).await)
            .contains("no event")
    );
    assert_eq!(desk.run(complete).await.unwrap().written, Some(Written::ActivityCompleted(todo)));

    // Another organization with the call's id.
    let request = WriteForCall {
        organization_id: OrganizationId(uuid::Uuid::now_v7()),
        call_id: desk.call.call_id,
        effect: EffectId(99),
        write: confirm,
    };
    assert!(refusal(desk.actor.send(request).await.unwrap()).contains("not known"));
}

#[actix::test]
async fn events_and_to_dos_of_a_call_are_limited() {
    let mut desk = Desk::open().await;
    let event = desk.run(asked("create_event", json!({ "title": "Visit", "at": slot() }))).await.unwrap();
    let Some(Written::ActivityCreated(id)) = event.written else { panic!("{event:?}") };
    assert!(event.note.contains(&id.to_string()), "{event:?}");
    let changed =
        desk.run(asked("update_event", json!({ "id": id, "title": "Visit of two" }))).await.unwrap();
    assert_eq!(changed.written, Some(Written::ActivityUpdated(id)));
    for _ in 2..TOOL_WRITES_PER_CALL_MAX {
        desk.run(asked("create_todo", json!({ "title": "one more" }))).await.unwrap();
    }
    let last = desk.run(asked("create_todo", json!({ "title": "too many" }))).await;
    assert!(refusal(last).contains("may write no more"));
    let list = ActivityQuery { limit: 100, ..ActivityQuery::default() };
    let all = desk.read(move |connection, id| query::activities(connection, id, list)).await;
    assert_eq!(all.len() as i64, TOOL_WRITES_PER_CALL_MAX - 1);
    assert_eq!(all.last().unwrap().title, "Visit of two");
}

#[actix::test]
async fn changing_a_to_do_keeps_unnamed_members() {
    let mut desk = Desk::open().await;
    let made =
        desk.run(asked("create_todo", json!({ "title": "call back", "due_at": slot() }))).await.unwrap();
    let Some(Written::ActivityCreated(todo)) = made.written else { panic!("{made:?}") };
    let change = json!({ "id": todo, "title": "call back twice", "notes": "after six" });
    let changed = desk.run(asked("update_todo", change)).await.unwrap();
    assert_eq!(changed.written, Some(Written::ActivityUpdated(todo)));
    let list = ActivityQuery { limit: 9, ..ActivityQuery::default() };
    let all = desk.read(move |connection, id| query::activities(connection, id, list)).await;
    let [todo] = &all[..] else { panic!("{all:?}") };
    assert_eq!((todo.title.as_str(), todo.notes.as_str()), ("call back twice", "after six"));
    assert_eq!(todo.due_at, Some(slot().into()));
}

#[actix::test]
async fn an_organizations_writes_by_calls_are_limited_per_day() {
    let mut desk = Desk::open().await;
    let todo = || asked("create_todo", json!({ "title": "one more" }));
    desk.run(todo()).await.unwrap();
    // As by the calls of a busy day, one short of the limit.
    let more = TOOL_WRITES_PER_DAY_MAX - 2;
    let others = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) \
         INSERT INTO tool_writes (call_id, effect_id, organization_id, at, written) \
         SELECT call_id, effect_id + 1000 + i, organization_id, at, written FROM tool_writes, n"
    );
    desk.room.stranger().batch_execute(&others).unwrap();
    desk.next_call().await;
    desk.run(todo()).await.unwrap();
    assert!(refusal(desk.run(todo()).await).contains("take a message instead"));
    // A request not to be called again is still accepted.
    let stop = desk.run(OptOut::in_words("Stop calling me!").write()).await.unwrap();
    assert_eq!(stop.written, Some(Written::NumberSuppressed));
}

#[actix::test]
async fn a_callback_is_on_its_queues_list_once() {
    let mut desk = Desk::open().await;
    let organization_id = desk.store.organization_id();
    let sales = queue(organization_id, "sales", &[]);
    let making = sales.clone();
    changed(&desk.store, move |connection| change::create_queue(connection, &making)).await;
    let other = another(&desk.store).await;
    let theirs = queue(other, "theirs", &[]);
    let making = theirs.clone();
    changed(&desk.store, move |connection| change::create_queue(connection, &making)).await;
    let lead = json!({ "name": "Ada", "need": "a roof", "phone": "+4930999999" });
    desk.run(asked("create_lead", lead)).await.unwrap();

    let request = |queue: QueueId, phone: &str| {
        let phone = phone.parse().unwrap();
        ToolWrite::Callback(CallbackRequest { queue_id: queue, phone, about: "a roof 🦊".to_owned() })
    };
    let done = desk.run(request(sales.id, "+4930999999")).await.unwrap();
    assert_eq!(done.written, None);
    desk.run_as(desk.runs, request(sales.id, "+4930999999")).await.unwrap();
    desk.run(request(sales.id, "+4930888888")).await.unwrap();
    let list = |connection: &mut Connection, id| {
        query::callbacks(connection, id, CallbackQuery { limit: 9, ..CallbackQuery::default() })
    };
    let callbacks = desk.read(list).await;
    assert_eq!(callbacks.len(), 1, "one for each call");
    let callback = &callbacks[0];
    assert_eq!(
        (callback.queue_id, callback.call_id, callback.phone.as_str(), callback.about.as_str()),
        (Some(sales.id), desk.call.call_id, "+4930999999", "a roof 🦊")
    );
    assert!(callback.customer_id.is_some(), "the customer with this number is linked");
    assert_eq!((callback.state, callback.user_id), (CallbackState::Open, None));

    // A removed queue or another organization's, and a call that may write no more.
    desk.next_call().await;
    for _ in 0..TOOL_WRITES_PER_CALL_MAX {
        desk.run(asked("create_todo", json!({ "title": "one more" }))).await.unwrap();
    }
    desk.run(request(theirs.id, "+4930777777")).await.unwrap();
    let callbacks = desk.read(list).await;
    assert_eq!((callbacks.len(), callbacks[1].queue_id, callbacks[1].customer_id), (2, None, None));
}

#[actix::test]
async fn a_done_callback_opens_only_if_noted_again() {
    let mut desk = Desk::open().await;
    let organization_id = desk.store.organization_id();
    let ada = user(&desk.store, organization_id, "Ada").await;
    let sales = queue(organization_id, "sales", &[]);
    let (queue_id, making) = (sales.id, sales);
    changed(&desk.store, move |connection| change::create_queue(connection, &making)).await;
    let request = || {
        let phone = "+4930999999".parse().unwrap();
        ToolWrite::Callback(CallbackRequest { queue_id, phone, about: "a roof".to_owned() })
    };
    let noted = |run: u64| {
        let phone = "+4930999999".parse().unwrap();
        Decision::CallbackNoted { effect: EffectId(run), queue_id, phone }
    };
    let list = |connection: &mut Connection, id| {
        query::callbacks(connection, id, CallbackQuery { limit: 9, ..CallbackQuery::default() })
    };
    desk.store.journal(vec![desk.call.entry(noted(1))]);
    desk.store.commit().await.unwrap();
    desk.run(request()).await.unwrap();
    assert_eq!(desk.read(list).await[0].state, CallbackState::Open);
    desk.store.journal(desk.call.joined(ada.id));
    desk.store.commit().await.unwrap();
    // The same run again, as after a crash.
    desk.run_as(1, request()).await.unwrap();
    let callback = desk.read(list).await[0].clone();
    assert_eq!((callback.state, callback.user_id), (CallbackState::Done, Some(ada.id)));
    // The agent has handed them back, and the queue fails once more.
    desk.store.journal(vec![desk.call.entry(noted(2))]);
    desk.store.commit().await.unwrap();
    desk.run(request()).await.unwrap();
    let callback = desk.read(list).await[0].clone();
    assert_eq!((callback.state, callback.user_id), (CallbackState::Open, None));
    // A person on a phone takes over: nobody is left to call back.
    desk.store.journal(vec![desk.call.entry(Decision::HandoffBridged { handoff: EffectId(3) })]);
    desk.store.commit().await.unwrap();
    let callback = desk.read(list).await[0].clone();
    assert_eq!((callback.state, callback.user_id), (CallbackState::Done, None));

    // A process died before it wrote a callback, and an agent had the caller before the next one does.
    desk.next_call().await;
    let mut entries = vec![desk.call.entry(noted(3))];
    entries.extend(desk.call.joined(ada.id));
    desk.store.journal(entries);
    desk.store.commit().await.unwrap();
    desk.run(request()).await.unwrap();
    assert_eq!(desk.read(list).await.len(), 1, "nobody calls back a caller whom an agent had");
}

#[actix::test]
async fn an_opt_out_is_listed_with_what_was_said() {
    let mut desk = Desk::open().await;
    let list = |connection: &mut Connection, id| {
        query::suppressions(connection, id, &SuppressionQuery { limit: 9, ..SuppressionQuery::default() })
    };
    // However much the call has written.
    for _ in 0..TOOL_WRITES_PER_CALL_MAX {
        desk.run(asked("create_todo", json!({ "title": "one more" }))).await.unwrap();
    }
    let request = asked("do_not_call", json!({ "said": format!("Please\nno more.{}", "x".repeat(900)) }));
    let done = desk.run(request.clone()).await.unwrap();
    assert_eq!(done.written, Some(Written::NumberSuppressed));
    // The same run again, as after a restart of the call, and another one: the first evidence stays.
    assert_eq!(desk.run_as(desk.runs, request).await.unwrap(), done);
    desk.run(OptOut::in_words("Stop calling me!").write()).await.unwrap();
    let listed = desk.read(list).await;
    assert_eq!(listed.len(), 1);
    let one = &listed[0];
    let said = (one.number.as_str(), one.source, one.call_id);
    assert_eq!(said, ("+49301234", SuppressionSource::Assistant, Some(desk.call.call_id)));
    assert!(one.evidence.starts_with("Please no more.x") && one.evidence.chars().count() == 300);
    for (from, way, source, evidence) in [
        ("+49301235", OptOut::by_keys(&"9".parse().unwrap()), SuppressionSource::Key, "9"),
        ("+49301236", OptOut::in_words("Stop calling me!"), SuppressionSource::Words, "Stop calling me!"),
    ] {
        desk.next_call_by(from).await;
        desk.run(way.write()).await.unwrap();
        let newest = desk.read(list).await.pop().unwrap();
        assert_eq!((newest.number.as_str(), newest.source, &*newest.evidence), (from, source, evidence));
    }
    // Without a known number nothing can be promised.
    desk.next_call_by("anonymous").await;
    let refused = refusal(desk.run(asked("do_not_call", json!({}))).await);
    assert!(refused.contains("not known"), "{refused}");
}

#[actix::test]
async fn a_full_list_takes_callees_and_numbers_on_it() {
    let mut desk = Desk::open().await;
    desk.run(OptOut::in_words("Stop calling me!").write()).await.unwrap();
    desk.next_call_by("+49301235").await;
    for (numbers, most, takes) in [
        ("+49301236", 2, true),
        ("+49301236", 1, false),
        // The number is listed; a call was with it, on which an agent may have heard the request.
        ("+49301234", 1, true),
        ("+49301235", 1, true),
        ("+49301234 +49301235", 1, true),
        ("+49301234 +49301236", 1, false),
    ] {
        let may_add = move |connection: &mut Connection, id| {
            let numbers: Vec<E164> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
            query::may_add_suppression(connection, id, &numbers, most)
        };
        assert_eq!(desk.read(may_add).await, takes, "{numbers} beside {most}");
    }
}

/// A claim of all that is due to a dialler.
async fn claimed_for_dialler(store: &Store) -> Attempted {
    let at = UnixMs::from(Utc::now()) + 1_000;
    let owner = store.organization_id().to_string();
    let claim = move |connection: &mut Connection| {
        change::claim_deliveries(connection, (&owner, "dialler"), 9, at, at + 60_000)
    };
    let delivery = store.change(claim).await.unwrap().pop().unwrap();
    Attempted { delivery, state: DeliveryState::Delivered, due_at: at, status: None, answer: String::new() }
}

/// Creates another call, which a dialler gave us and which is over, of a caller whom a switch reports this way.
async fn dialled_call(desk: &mut Desk, from: &str) {
    live_dialled_call(desk, from).await;
    let end = desk.call.ended(NextStep::Hangup);
    desk.store.journal(end);
    desk.store.commit().await.unwrap();
}

/// The same while it is live.
async fn live_dialled_call(desk: &mut Desk, from: &str) {
    let dialled = DiallerCall {
        key: "V0102030405000000002".to_owned(),
        server: "10.0.0.1".to_owned(),
        unique_id: "1400000000.12".to_owned(),
        user: "1001".to_owned(),
        lead_id: 2,
        campaign_id: "TEST1".to_owned(),
        usual_status: None,
    };
    desk.call = Conversation::new(desk.store.organization_id());
    let mut entries = desk.call.live_by(from);
    if let Event::Fact(Fact::CallStarted { announced: Some(announced), .. }) = &mut entries[0].event {
        announced.variables = dialled.variables();
    }
    desk.store.journal(entries);
    desk.store.commit().await.unwrap();
}

#[actix::test]
async fn an_opt_out_is_listed_despite_an_unreadable_dialler_record() {
    let mut desk = Desk::open().await;
    dialled_call(&mut desk, "+49301237").await;
    let spoil = "UPDATE deliveries SET body = 'no record' WHERE channel = 'dialler'";
    desk.room.stranger().batch_execute(spoil).unwrap();
    let done = desk.run(OptOut::in_words("Stop calling me!").write()).await.unwrap();
    assert_eq!(done.written, Some(Written::NumberSuppressed));
    assert!(done.note.contains("a person has to enter it there"), "{done:?}");
    let listed = desk
        .read(|connection, id| {
            let all = SuppressionQuery { limit: 9, ..SuppressionQuery::default() };
            query::suppressions(connection, id, &all)
        })
        .await;
    assert_eq!(listed.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), ["+49301237"]);
}

#[actix::test]
async fn the_dialler_learns_of_an_opt_out_whenever_it_comes() {
    let mut desk = Desk::open().await;
    dialled_call(&mut desk, "anonymous").await;
    let call_id = desk.call.call_id;
    let pending = move |connection: &mut Connection, id| query::pending_result(connection, id, call_id);
    assert!(!desk.read(pending).await.unwrap().wants_no_calls());

    // While the result is being written, and after that. The dialler knows the number, although we do not.
    for _ in 0..2 {
        let under_way = claimed_for_dialler(&desk.store).await;
        let done = desk.run(OptOut::in_words("Stop calling me!").write()).await.unwrap();
        assert!(done.note.contains("dialler") && done.written.is_none(), "{done:?}");
        let finish = move |connection: &mut Connection| change::finish_delivery(connection, &under_way);
        desk.store.change(finish).await.unwrap();
        assert!(desk.read(pending).await.expect("it is reported again").wants_no_calls());
    }
    let last = claimed_for_dialler(&desk.store).await;
    desk.store.change(move |connection| change::finish_delivery(connection, &last)).await.unwrap();
    assert_eq!(desk.read(pending).await, None);
    desk.run(OptOut::in_words("Stop calling me!").write()).await.unwrap();
    assert!(desk.read(pending).await.expect("it is reported again").wants_no_calls());
}

#[actix::test]
async fn results_postponed_by_a_clock_running_ahead_are_brought_back() {
    let mut desk = Desk::open().await;
    live_dialled_call(&mut desk, "+49301237").await;
    let latest = UnixMs::from(Utc::now()) + DIALLER_AHEAD_MS_MAX;
    let far = move |connection: &mut Connection, _| query::dialler_results_too_far_ahead(connection, latest);
    assert_eq!(desk.read(far).await, Vec::<String>::new(), "the result of a live call is due in a year");
    let end = desk.call.ended(NextStep::Hangup);
    desk.store.journal(end);
    desk.store.commit().await.unwrap();
    assert_eq!(desk.read(far).await, Vec::<String>::new());
    let put_off = "UPDATE deliveries SET due_at = '2099-01-01 00:00:00' WHERE channel = 'dialler'";
    desk.room.stranger().batch_execute(put_off).unwrap();
    let ids = desk.read(far).await;
    assert_eq!(ids, [desk.call.call_id.0.to_string()]);

    let soon = UnixMs::from(Utc::now());
    let back =
        move |connection: &mut Connection| change::bring_deliveries_back(connection, &ids, latest, soon);
    desk.store.change(back).await.unwrap();
    assert_eq!(claimed_for_dialler(&desk.store).await.delivery.id.0, desk.call.call_id.0);
}

#[actix::test]
async fn a_leads_customer_set_by_a_user_stays() {
    let room = Room::new();
    let store = with_own_numbers(&room).await;
    let mut desk = Desk::at(room, store).await;
    desk.next_call_by(ANYBODY[0]).await;
    desk.run(asked("create_lead", json!({ "name": "Ada", "need": "a roof" }))).await.unwrap();
    let all = |connection: &mut Connection, id| {
        query::leads(connection, id, LeadQuery { limit: 9, ..LeadQuery::default() })
    };
    let mut lead = desk.read(all).await.remove(0);
    let (id, now) = (CustomerId(uuid::Uuid::now_v7()), UnixMs::from(Utc::now()));
    let ada = Customer::new(id, desk.store.organization_id(), None, now);
    lead.customer_id = Some(id);
    changed(&desk.store, move |connection| {
        change::create_customer(connection, &ada)?;
        assert!(change::update_lead(connection, &lead, lead.updated_at)?);
        Ok(())
    })
    .await;
    desk.run(asked("create_lead", json!({ "budget": "10,000" }))).await.unwrap();
    let lead = desk.read(all).await.remove(0);
    assert_eq!((lead.customer_id, lead.budget.as_str()), (Some(id), "10,000"));
}

#[actix::test]
async fn words_of_every_kind_are_kept_unchanged() {
    let mut desk = Desk::open().await;
    let odd = "'; DROP TABLE leads; -- <script>alert(1)</script> =1+1 🦊 محمد";
    let words = LeadWords { name: odd.to_owned(), need: odd.to_owned(), ..LeadWords::default() };
    desk.run(ToolWrite::Lead(words)).await.unwrap();
    let leads = desk
        .read(|connection, id| query::leads(connection, id, LeadQuery { limit: 9, ..LeadQuery::default() }))
        .await;
    assert_eq!((leads[0].name.as_str(), leads[0].need.as_str()), (odd, odd));
}

#[actix::test]
async fn a_caller_who_names_their_own_number_is_texted_there() {
    let mut desk = Desk::open().await;
    // No dial policy admits any number; the switch reports the zero that is dialled only within the country.
    desk.next_call_by("+4407911123456").await;
    for (words, to) in [("One", None), ("Two", Some("+44 7911 123456")), ("Three", Some("+44 07911 123456"))]
    {
        let done = desk.run(asked("send_sms", json!({ "text": words, "to": to }))).await.unwrap();
        assert!(done.note.contains("to +447911123456 "), "{to:?}: {done:?}");
    }
    let other = json!({ "text": "Four", "to": "+44 7911 123457" });
    assert!(refusal(desk.run(asked("send_sms", other)).await).contains("dial policy"));
}

#[actix::test]
async fn ambiguous_callers_are_not_linked_to_customers() {
    let room = Room::new();
    let store = with_own_numbers(&room).await;
    let mut desk = Desk::at(room, store).await;
    let at = slot();
    for (number, from) in ANYBODY.into_iter().enumerate() {
        desk.next_call_by(from).await;
        let made = desk.run(asked("create_lead", json!({ "name": "Ada", "need": "a roof" }))).await.unwrap();
        assert!(matches!(made.written, Some(Written::LeadCreated(_))), "{from:?}: {made:?}");
        let start = at + TimeDelta::days(number as i64 / 7) + TimeDelta::hours(number as i64 % 7 - 1);
        let request = json!({ "action": "hold", "service": "Inspection", "starts_at": start, "name": "Ada" });
        let appointment = held(desk.run(asked("book_estimate", request)).await);
        // The next caller with the same report is not linked to it.
        desk.next_call_by(from).await;
        let cancel = json!({ "action": "cancel", "appointment": appointment });
        let refused = refusal(desk.run(asked("book_estimate", cancel)).await);
        assert!(refused.contains("no appointment"), "{from:?}: {refused}");
        let refused = refusal(desk.run(asked("send_sms", json!({ "text": "Hello" }))).await);
        assert!(refused.contains("hides their number"), "{from:?}: {refused}");
    }
    let leads = desk
        .read(|connection, id| query::leads(connection, id, LeadQuery { limit: 99, ..LeadQuery::default() }))
        .await;
    assert_eq!(leads.len(), ANYBODY.len());
    assert!(leads.iter().all(|lead| lead.customer_id.is_none() && lead.phone.is_none()));
    let customers = CustomerQuery { limit: 9, ..CustomerQuery::default() };
    assert_eq!(desk.read(|connection, id| query::customers(connection, id, customers)).await, []);
    // One of our own numbers can't be called back, nor get a text.
    for own in ["+493098765000", "+493098765001"] {
        let (queue_id, phone) = (QueueId(uuid::Uuid::now_v7()), own.parse().unwrap());
        let request = CallbackRequest { queue_id, phone, about: String::new() };
        let refused = refusal(desk.run(ToolWrite::Callback(request)).await);
        assert!(refused.contains("one of our own"), "{refused}");
        let refused = refusal(desk.run(asked("send_sms", json!({ "text": "Hello", "to": own }))).await);
        assert!(refused.contains("own"), "{refused}");
    }
}
