//! `/ws/desk`: an agent's desk, over one WebSocket. `schema/src/wire/desk.rs` has its messages.
//!
//! ```text
//! socket ──commands──> SocketActor<DeskSocket> ──asked──> router
//! socket <──snapshot, numbered events──┴──────line── router
//! ```

mod begin;
mod run;
mod shown;

use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::CloseCode;
use chrono::{DateTime, Utc};
use cordboard_actors::line::{DeskMailbox, Seat};
use cordboard_actors::messages::{DeskLine, RouterLine, Seated, ToDesk};
use cordboard_actors::world;
use cordboard_schema::agent::{Intent, MISSED_A_CALL};
use cordboard_schema::ids::{DeskId, OrganizationId, UserId};
use cordboard_schema::permission::Role;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::control::{Answer, CommandId, NotACommand, Request};
use cordboard_schema::wire::desk::{DESK_VERSION, DeskCommand, DeskEvent, DeskMessage};
use cordboard_schema::wrap_up::{Disposition, PresenceReason};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;
use utoipa::IntoParams;

use super::actor::{Served, SocketActor};
use super::control::not_a_command;
use super::writer::Order;
pub(in crate::web) use run::say;

use crate::store::{Connection, StoreError, query};
use crate::web::WebState;
use crate::web::accounts::SignedIn;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// How long the router may take to answer. It never waits for anything.
const ROUTER_WAIT: Duration = Duration::from_secs(5);

/// How an agent opens their desk.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeskOpening {
    /// Set when a desk reconnects whose agent was away before: the reason, or empty if they gave none. If they count as offline meanwhile, for
    /// instance after a restart of the server, they are away again and not available.
    away: Option<String>,
    /// True when a desk reconnects whose user was available before. If they count as offline meanwhile, they are available again, also a user whose
    /// desk begins as away, such as a supervisor. `away` has precedence.
    available: Option<bool>,
    /// Since when an agent who is available again had been idle: the later of `presence_since` and `activity_since`. Within 15 s of a restart of
    /// the server it counts for the order in which agents are asked.
    idle_since: Option<DateTime<Utc>>,
}

/// Opens a desk.
///
/// A WebSocket of JSON messages (`DeskRequest` and `DeskMessage`): first a `snapshot` of the floor, then numbered events; commands of the desk with
/// an `id` of its choice, and one answer to each. While an agent has a desk open, calls can be offered to them. Only for users: a program has no
/// desk.
#[utoipa::path(
    get,
    operation_id = "open_desk",
    path = "/ws/desk",
    tag = "desk",
    params(DeskOpening),
    responses(
        (status = 101, description = "The desk is open"),
        (status = 400, description = "A parameter is unknown"),
        (status = 403, description = "The request is not a user's (`not_allowed`), or has a session's cookie and comes from a page of another site"),
        (status = 426, description = "The request does not open a WebSocket"),
        (status = 429, description = "Your organization or you have used up your share of desks (`share_used_up`)"),
        (status = 503, description = "Too many desks are open"),
    )
)]
pub(crate) async fn desk(
    state: web::Data<WebState>,
    caller: Caller,
    opening: Query<DeskOpening>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Some(user_id) = caller.user_id() else {
        return Err(ApiError::NotAllowed("a desk is a user's: sign in".to_owned()));
    };
    let share = state.shares.desks.take(&caller)?;
    let opening = opening.into_inner();
    let idle_since = opening.idle_since.map(UnixMs::from);
    let back_as = presence_before(&state, caller.organization_id, opening).await?;
    let place = state.sockets.place(&state.ledger.desks, share);
    let served = DeskSocket {
        router: state.router.clone(),
        organization_id: caller.organization_id,
        user_id,
        back_as,
        idle_since,
        seat: None,
        seq: 0,
        profiles_available: true,
    };
    SocketActor::open(served, WebState::clone(&state), caller, place, (&request, body))
}

/// An agent's desk.
struct DeskSocket {
    router: RouterLine,
    organization_id: OrganizationId,
    user_id: UserId,
    /// The agent's presence before this desk lost its connection, if the desk says so.
    back_as: Option<Intent>,
    /// Since when they had been idle then.
    idle_since: Option<UnixMs>,
    /// Its place at the router, once it has one. Dropping this notifies the router, however the socket ends.
    seat: Option<Seat>,
    /// The number of the last event.
    seq: u64,
    /// Whether customer profiles can be read, as last reported.
    profiles_available: bool,
}

/// The lists of a snapshot that the router does not have.
struct Lists {
    presence_reasons: Vec<PresenceReason>,
    dispositions: Vec<Disposition>,
}

impl DeskSocket {
    /// Whether this is its seat.
    fn sits_at(&self, desk: DeskId) -> bool {
        self.seat.as_ref().is_some_and(|seat| seat.desk() == desk)
    }

    /// Numbers an event.
    fn numbered(&mut self, event: DeskEvent) -> Order {
        self.seq += 1;
        let message = DeskMessage { seq: self.seq, at: world::now().into(), event };
        // All its parts can be serialized.
        Order::Answer(serde_json::to_string(&message).unwrap_or_default().into())
    }
}

impl DeskSocket {
    /// Numbers an event that is serialized already.
    fn numbered_text(&mut self, event: &str) -> Order {
        self.seq += 1;
        let at: UnixMs = world::now().into();
        let event = event.strip_prefix('{').unwrap_or_default();
        Order::Answer(format!(r#"{{"seq":{},"at":"{}",{event}"#, self.seq, at.to_rfc3339()).into())
    }
}

impl Served for DeskSocket {
    fn opened(socket: &mut SocketActor<Self>, ctx: &mut Context<SocketActor<Self>>) {
        socket.sit_down(None, ctx);
        socket.follow_profiles(ctx);
    }

    fn looked_at(socket: &mut SocketActor<Self>, signed_in: &SignedIn, ctx: &mut Context<SocketActor<Self>>) {
        if signed_in.ends_soon() {
            let DeskSocket { organization_id, user_id, .. } = socket.served;
            ctx.spawn(signed_in.clone().prolong_in_call(organization_id, user_id).into_actor(socket));
        }
    }

    fn take(socket: &mut SocketActor<Self>, text: &str, ctx: &mut Context<SocketActor<Self>>) {
        match Request::<DeskCommand>::parse(text) {
            Err(NotACommand { id, fault }) => socket.refuse(id, &not_a_command(fault)),
            Ok(Request { id, .. }) if socket.is_busy(&id) => {}
            Ok(Request { id, command: DeskCommand::Snapshot {} }) => socket.sit_down(Some(id), ctx),
            Ok(Request { id, command: DeskCommand::Ping {} }) => socket.answer(&Answer::done(id, json!({}))),
            Ok(Request { id, command }) => {
                let (state, caller) = (socket.state.clone(), socket.caller.clone());
                let DeskSocket { user_id, .. } = socket.served;
                socket.answer_after(
                    id,
                    async move { run::run(&state, &caller, user_id, command).await },
                    ctx,
                );
            }
        }
    }
}

impl SocketActor<DeskSocket> {
    /// Takes a seat at the router, a new one if there was one, and sends a snapshot; after the answer to the command.
    ///
    /// The snapshot shows the moment at which the router gives it its seat. Events of the previous seat are sent until the new one is requested, and
    /// none from then on: a snapshot that is older than an event would take a call that was just accepted from its desk for a moment, and with it
    /// the agent's audio. So everything that may take long is read before.
    fn sit_down(&mut self, asked: Option<CommandId>, ctx: &mut Context<Self>) {
        self.in_flight += 1;
        let (state, organization_id) = (self.state.clone(), self.served.organization_id);
        let work = async move { choices(&state, organization_id).await };
        ctx.spawn(work.into_actor(self).map(move |lists, this, ctx| match lists {
            Ok((presence_reasons, dispositions)) => {
                this.request_seat(asked, Lists { presence_reasons, dispositions }, ctx);
            }
            Err(error) => {
                this.in_flight -= 1;
                match asked {
                    Some(id) => this.refuse(Some(id), &error),
                    None => this.cannot_open(&error),
                }
            }
        }));
    }

    /// Requests a seat. The previous one is given up at once.
    fn request_seat(&mut self, asked: Option<CommandId>, lists: Lists, ctx: &mut Context<Self>) {
        // A user who only supervises begins as an observer.
        let usual = match self.caller.role {
            Some(Role::Agent) => Intent::Available,
            _ => Intent::Away { reason: None },
        };
        let intent = self.served.back_as.clone().unwrap_or(usual);
        let DeskSocket { organization_id, user_id, idle_since, .. } = self.served;
        let (line, mailbox) = DeskLine::open();
        let (seat, seated) =
            self.served.router.sit_down(organization_id, user_id, (intent, idle_since), line);
        let desk = seat.desk();
        // The previous seat is dropped after the request, so the agent stays.
        self.served.seat = Some(seat);
        let work = async move { timeout(ROUTER_WAIT, seated).await.ok().flatten() };
        ctx.spawn(work.into_actor(self).map(move |seated, this, ctx| {
            this.in_flight -= 1;
            if let Some(seated) = seated {
                return this.seated(asked, desk, (seated, mailbox, lists), ctx);
            }
            // Events may have come that nobody gets any more.
            let error = away();
            if let Some(id) = asked {
                this.refuse(Some(id), &error);
            }
            this.cannot_open(&error);
        }));
    }

    fn cannot_open(&mut self, error: &ApiError) {
        tracing::warn!(%error, "a desk can't be opened");
        self.close(CloseCode::Again, "the desk can't be opened at the moment: connect again");
    }

    fn seated(
        &mut self,
        asked: Option<CommandId>,
        desk: DeskId,
        (seated, mailbox, lists): (Seated, DeskMailbox, Lists),
        ctx: &mut Context<Self>,
    ) {
        let Lists { presence_reasons, dispositions } = lists;
        if let Some(id) = asked {
            self.answer(&Answer::done(id, json!({})));
        }
        self.served.profiles_available = self.state.cache().state().is_well();
        let snapshot = self.served.numbered(DeskEvent::Snapshot {
            version: DESK_VERSION,
            me: self.served.user_id,
            agents: seated.agents.into_iter().map(shown::agent).collect(),
            queues: seated.queues.into_iter().map(shown::queue).collect(),
            offers: seated.offers.into_iter().map(shown::offer).collect(),
            calls: seated.work.calls,
            wrap_ups: seated.work.wrap_ups.into_iter().map(shown::wrap_up).collect(),
            presence_reasons,
            dispositions,
            profiles_available: self.served.profiles_available,
        });
        self.order(snapshot);
        let events = stream::unfold(mailbox, |mut mailbox| async { Some((mailbox.recv().await?, mailbox)) });
        let events = actix::fut::wrap_stream::<_, Self>(events);
        let events = actix::fut::ActorStreamExt::map(events, move |message: ToDesk, this: &mut Self, _| {
            // Events that still come for a previous seat are in the snapshot.
            if this.served.sits_at(desk) {
                let event = match message {
                    ToDesk::Changed(news) => this.served.numbered_text(shown::changed_in_json(&news)),
                    message => this.served.numbered(shown::event(message)),
                };
                this.order(event);
            }
        });
        let read = actix::fut::ActorStreamExt::finish(events);
        ctx.spawn(read.map(move |(), this, _| {
            if this.served.sits_at(desk) {
                this.close(
                    CloseCode::Again,
                    "too slow: too many messages are waiting to be read; connect again",
                );
            }
        }));
    }

    /// Reports to the desk whenever customer profiles become unreadable, or readable again.
    fn follow_profiles(&mut self, ctx: &mut Context<Self>) {
        let changes = stream::unfold(self.state.cache().watch(), |mut states| async {
            states.changed().await.ok()?;
            Some(((), states))
        });
        let events = actix::fut::ActorStreamExt::map(
            actix::fut::wrap_stream::<_, Self>(changes),
            |(), this: &mut Self, _| {
                let available = this.state.cache().state().is_well();
                // Before its first snapshot the desk knows nothing, and the snapshot contains this.
                if this.served.seq > 0 && this.served.profiles_available != available {
                    this.served.profiles_available = available;
                    let event = this.served.numbered(DeskEvent::Profiles { available });
                    this.order(event);
                }
            },
        );
        ctx.spawn(actix::fut::ActorStreamExt::finish(events));
    }
}

/// The presence of a desk that reconnects. If the reason is no longer on the list, its agent is away without one.
async fn presence_before(
    state: &WebState,
    organization_id: OrganizationId,
    DeskOpening { away, available, .. }: DeskOpening,
) -> Result<Option<Intent>, ApiError> {
    let Some(reason) = away else {
        return Ok(available.unwrap_or_default().then_some(Intent::Available));
    };
    let is_ours = reason.is_empty() || reason == MISSED_A_CALL;
    let (listed, _) = if is_ours { Default::default() } else { choices(state, organization_id).await? };
    let is_known = reason == MISSED_A_CALL || listed.iter().any(|known| known.name == reason);
    Ok(Some(Intent::Away { reason: is_known.then_some(reason) }))
}

async fn choices(
    state: &WebState,
    organization_id: OrganizationId,
) -> Result<(Vec<PresenceReason>, Vec<Disposition>), ApiError> {
    let read = move |connection: &mut Connection| {
        let reasons = query::presence_reasons(connection, organization_id)?;
        Ok::<_, StoreError>((reasons, query::dispositions(connection, organization_id)?))
    };
    Ok(state.store.reads().run(read).await?)
}

fn away() -> ApiError {
    ApiError::Unavailable("desks can't be served at the moment: try again".to_owned())
}
