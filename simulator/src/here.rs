//! Everything that exists while a life of the server lasts: the server, the provider, programs, and the code that carries out the plan's happenings.

mod figures;
mod followers;
mod records;
mod second_voice;
mod supervision;
mod switch;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use chrono::TimeDelta;
use cordboard::boot::Running;
use cordboard::store::{After, Connection, query};
use cordboard_actors::world;
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId};
use cordboard_test_support::openai::{OpenAiStandIn, Trouble};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use self::second_voice::SecondStandIn;
use crate::byte_transport::Tunnel;
use crate::evidence::{Evidence, Look, Mails};
use crate::model::{self, Voice};
use crate::parties::caller::{self, Caller, Callers, ServerAddresses};
use crate::parties::desk::{self, Desk};
use crate::parties::follower::Connections;
use crate::parties::orders::Orders;
use crate::parties::program::{Program, never_reads};
use crate::parties::records::Records;
use crate::parties::services::Services;
use crate::parties::supervisor::{RightChange, Supervisor};
use crate::parties::twilio;
use crate::parties::webhooks::Webhooks;
use crate::plan::{ByteTransport, Command, DatabaseTrouble, Happening, Line, Plan, ProviderTrouble};
use crate::stage::{AGENTS, Stage, headers_of};
use crate::{faults, ledger};

/// The provider of a life.
pub(crate) struct Provider {
    stand_in: OpenAiStandIn,
    way: Tunnel,
    /// The second voice of a chain.
    second: Option<SecondStandIn>,
}

impl Provider {
    /// Starts a provider that follows the plan's script for this life.
    pub(crate) async fn open(plan: &Plan, life: usize) -> io::Result<Self> {
        let calendar = || Duration::from_millis(world::now().timestamp_millis().unsigned_abs());
        let stand_in = OpenAiStandIn::start_here(model::script(plan, Voice::First, life), calendar)?;
        let way = Tunnel::open(stand_in.address(), ByteTransport { pieces_of: None, late_ms: 0 }).await?;
        let second = plan
            .second
            .as_ref()
            .map(|_| SecondStandIn::open(plan.second_voice, model::script(plan, Voice::Second, life)));
        Ok(Self { stand_in, way, second: second.transpose()? })
    }

    /// Returns the provider's address for the server's configuration.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.way.address())
    }

    /// Returns the address of the second voice, if there is one.
    pub(crate) fn second_url(&self) -> Option<String> {
        self.second.as_ref().map(SecondStandIn::base_url)
    }
}

/// Everything that exists while a life lasts.
pub(crate) struct Here<'a> {
    pub(crate) addresses: ServerAddresses,
    /// None after it was stopped.
    server: Option<Running>,
    provider: Option<Provider>,
    webhooks: Option<Webhooks>,
    programs: Vec<Option<Program>>,
    deaf: Vec<Box<dyn Any>>,
    /// Programs and pages that only follow calls, in the order of the plan.
    followers: Vec<Connections>,
    desks: BTreeMap<usize, Desk>,
    /// Events that closed desks received, by their agents.
    closed: Vec<(usize, desk::DeskLog)>,
    /// Supervisors who were active in this life, by their indices.
    supervisors: BTreeMap<usize, Supervisor>,
    /// Changes of the supervisors' rights in this life.
    rights: Rc<RefCell<Vec<RightChange>>>,
    commands: u64,
    /// Time until which the database has trouble. Nothing queries it before then, because a query would wait and delay everything after it.
    database_troubled_until: Option<Instant>,
    pub(crate) services: Services,
    /// Orders of calls over Twilio, by their numbers.
    orders_at_twilio: Orders,
    /// Callers who have asked for no more text messages.
    stops: twilio::Stops,
    /// Records that programs write, also those of earlier lives.
    records: Records,
    callers: &'a Callers,
    stage: &'a Stage,
}

impl<'a> Here<'a> {
    /// Starts with a server that is already running; a program of each organization connects.
    pub(crate) async fn new(
        addresses: ServerAddresses,
        server: Running,
        (provider, webhooks): (Option<Provider>, Option<Webhooks>),
        callers: &'a Callers,
        stage: &'a Stage,
    ) -> Self {
        let mut programs = Vec::new();
        for organization in stage.organizations {
            programs.push(Program::connect(addresses.http, &headers_of(organization)).await);
        }
        let server = Some(server);
        Self {
            addresses,
            server,
            provider,
            webhooks,
            programs,
            deaf: Vec::new(),
            followers: Vec::new(),
            desks: BTreeMap::new(),
            closed: Vec::new(),
            supervisors: BTreeMap::new(),
            rights: Rc::default(),
            commands: 0,
            database_troubled_until: None,
            services: Services::default(),
            orders_at_twilio: Orders::default(),
            stops: twilio::Stops::default(),
            records: Records::default(),
            callers,
            stage,
        }
    }

    /// Carries out a happening. Agents and programs that would arrive while the database has trouble stay away.
    pub(crate) async fn happens(&mut self, what: &Happening) {
        if what.panics_in_a_call() || matches!(what, Happening::Database { .. }) {
            self.addresses.switch.iter().for_each(|switch| switch.may_lose_legs());
        }
        match *what {
            Happening::DeskOpens { .. } | Happening::NeverReads { .. } if self.is_database_troubled() => {}
            Happening::Database { trouble, ms } => self.trouble_database(trouble, Duration::from_millis(ms)),
            Happening::Invites { guest } if !self.is_database_troubled() => {
                self.services.invite(self.addresses.http, self.stage.organizations[0], guest).await;
            }
            Happening::Invites { .. } => {}
            Happening::TextsStop { caller, is_repeated } => {
                twilio::texts_stop(&self.stops, &self.addresses, caller, if is_repeated { 2 } else { 1 });
            }
            Happening::Writes { record, organization, written, again_ms } => {
                self.write((record, organization), (written, again_ms));
            }
            Happening::Service { trouble, ms } => self.services.strike(trouble, Duration::from_millis(ms)),
            Happening::Calls { caller, line, announced, way } => {
                self.callers.borrow_mut().entry(caller).or_insert_with(|| Caller::new(caller, line, way));
                self.connect(caller, announced);
            }
            Happening::ComesBack { caller } => self.connect(caller, false),
            Happening::Says { caller, sentence } => {
                let now_ms = self.addresses.ms_of(Instant::now());
                self.with(caller, |caller| caller.say(sentence, now_ms));
            }
            Happening::Presses { caller, key } => self.with(caller, |caller| caller.press(key)),
            Happening::FallsSilent { caller, ms } => {
                self.with(caller, |caller| caller.fall_silent(Duration::from_millis(ms)));
            }
            Happening::HangsUp { caller } => self.with(caller, Caller::hang_up),
            Happening::PageCloses { caller } => self.with(caller, |caller| caller.close_page()),
            Happening::Network { caller, trouble } => self.with(caller, |caller| caller.meet(trouble)),
            Happening::Breaks { caller } => {
                self.with(caller, |caller| caller.tunnel().iter().for_each(|tunnel| tunnel.reset()));
            }
            Happening::BreaksUnderTheWriter { caller } => self.with(caller, |caller| {
                caller.tunnel().iter().for_each(|tunnel| tunnel.reset_under_the_writer());
            }),
            Happening::Stalls { caller, ms } => self.with(caller, |caller| {
                caller.tunnel().iter().for_each(|tunnel| tunnel.stall(Duration::from_millis(ms)));
            }),
            Happening::IsDoubled { caller } => caller::double(self.callers, caller, &self.addresses).await,
            Happening::Commands { organization, caller, command } => {
                self.command(organization, caller, command).await;
            }
            Happening::NeverReads { organization } => {
                let headers = headers_of(self.stage.organizations[organization]);
                self.deaf.extend(never_reads(self.addresses.http, &headers).await);
            }
            Happening::DeskOpens { agent, manner } => {
                let Some(token) = self.stage.agents.get(agent) else { return };
                if let Some(desk) = Desk::open(self.addresses.http, token, agent, manner).await {
                    let before = self.desks.insert(agent, desk);
                    self.closed.extend(before.map(|desk| (agent, desk.close())));
                }
            }
            Happening::DeskCloses { agent } => {
                let open = self.desks.remove(&agent);
                self.closed.extend(open.map(|desk| (agent, desk.close())));
            }
            Happening::Provider { trouble } => self.strike(trouble),
            Happening::AtSwitch { act } => self.at_switch(act).await,
            Happening::Supervision { act } => self.at_supervision(act).await,
            Happening::OrdersAtTwilio { order, over, is_repeated, phone } => {
                self.order_at_twilio(order, over, if is_repeated { 2 } else { 1 }, phone);
            }
            Happening::Panics { place, after } => faults::arm(place, after),
            Happening::ClockSteps { by_ms } => world::set_calendar(TimeDelta::milliseconds(by_ms)),
            Happening::Killed { .. } | Happening::Restarted { .. } => {}
        }
    }

    fn with(&self, caller: u32, act: impl FnOnce(&mut Caller)) {
        if let Some(caller) = self.callers.borrow_mut().get_mut(&caller) {
            act(caller);
        }
    }

    fn connect(&self, caller: u32, announced: bool) {
        let (callers, addresses) = (Rc::clone(self.callers), self.addresses.clone());
        tokio::task::spawn_local(
            async move { caller::connect(&callers, caller, &addresses, announced).await },
        );
    }

    fn strike(&self, trouble: ProviderTrouble) {
        let Some(provider) = &self.provider else { return };
        match (trouble, model::trouble(trouble)) {
            (_, Some(trouble)) => provider.stand_in.strike(trouble),
            (ProviderTrouble::Leaves { ms }, None) => {
                provider.stand_in.leave();
                provider.stand_in.come_back_after(Duration::from_millis(ms));
            }
            (ProviderTrouble::Stalls { ms }, None) => {
                let length = Duration::from_millis(ms);
                provider.stand_in.strike(Trouble::Stalls(length));
                provider.way.stall(length);
            }
            (_, None) => provider.way.reset(),
        }
    }

    fn trouble_database(&mut self, trouble: DatabaseTrouble, length: Duration) {
        faults::set_database(Some(trouble));
        self.database_troubled_until = Some(Instant::now() + length);
        tokio::task::spawn_local(async move {
            sleep(length).await;
            faults::set_database(None);
        });
    }

    fn is_database_troubled(&self) -> bool {
        self.database_troubled_until.is_some_and(|until| until > Instant::now())
    }

    async fn command(&mut self, organization: usize, caller: u32, command: Command) {
        let Some(call) = self.call_of(caller).await else { return };
        self.commands += 1;
        let command = match command {
            Command::Hangup => json!({ "command": "hangup", "call_id": call }),
            Command::Hold => json!({ "command": "hold", "call_id": call }),
            Command::Unhold => json!({ "command": "unhold", "call_id": call }),
            Command::Transfer => json!({ "command": "transfer", "call_id": call, "target": "operator" }),
            Command::HandOff => {
                let target =
                    if organization == 0 && self.commands.is_multiple_of(2) { "ben" } else { "operator" };
                json!({ "command": "bridge", "call_id": call, "target": target })
            }
            Command::HandOffTo { agent } => {
                json!({ "command": "bridge", "call_id": call, "target": AGENTS[agent % AGENTS.len()].2 })
            }
            Command::Queue => json!({ "command": "bridge", "call_id": call, "target": "help" }),
            Command::Say => json!({ "command": "say", "call_id": call, "text": "One moment." }),
        };
        if let Some(program) = &self.programs[organization] {
            program.command(command, self.commands);
        }
    }

    /// Returns the caller's call; none while the database has trouble.
    async fn call_of(&self, caller: u32) -> Option<CallId> {
        if self.is_database_troubled() {
            return None;
        }
        call_of(self.server.as_ref()?, self.stage.organizations[0], self.callers, caller).await
    }

    /// Reads the row and the transcript of a caller's call from disk.
    pub(crate) async fn look(&self, caller: u32) -> Option<Look> {
        let call = self.call_of(caller).await?;
        let organizations = self.stage.organizations;
        let read = move |connection: &mut Connection| {
            for organization in organizations {
                if let Some(row) = query::call(connection, organization, call)? {
                    return Ok(Some((row, query::transcript(connection, organization, call, After::WHOLE)?)));
                }
            }
            Ok(None)
        };
        let (row, transcript) = self.server.as_ref()?.store.reads().run(read).await.ok()??;
        Some(Look { at_ms: self.addresses.ms_of(Instant::now()), row, transcript })
    }

    /// Waits until the database has no trouble: a server that is shut down before that loses rows, and logs so.
    pub(crate) async fn wait_for_database(&self) {
        if let Some(until) = self.database_troubled_until {
            sleep_until(until).await;
        }
    }

    /// Waits until nothing of a call is open; returns what still is.
    pub(crate) async fn wait_for_quiet(&self) -> Vec<Value> {
        ledger::wait_for_quiet(self.addresses.http, self.stage.organizations[0]).await
    }

    /// Waits until all webhooks are delivered, if the receiver accepts them, and all mails. The mails of earlier lives are given.
    pub(crate) async fn wait_for_deliveries(&mut self, earlier: &Mails) {
        if let Some(webhooks) = &self.webhooks {
            webhooks.wait_for_deliveries().await;
        }
        self.services.wait_for_mails(self.addresses.http, self.stage.organizations, earlier).await;
    }

    /// Shuts the server down in order.
    pub(crate) async fn stop(&mut self) -> Result<(), String> {
        self.deaf.clear();
        let Some(server) = self.server.take() else { return Ok(()) };
        server.stop(std::future::pending()).await.map_err(|error| error.to_string())
    }

    /// Saves what programs and the provider know.
    pub(crate) fn keep(&mut self, evidence: &mut Evidence) {
        for (organization, program) in self.programs.iter().enumerate() {
            let told = program.as_ref().map(Program::told).unwrap_or_default();
            evidence.programs.push((self.addresses.life, organization, told));
        }
        self.keep_followers(evidence);
        self.keep_records(evidence);
        evidence.switches.extend(self.addresses.switch.iter().map(|switch| switch.log(self.addresses.life)));
        if let Some(rest) = &self.addresses.twilio {
            evidence.twilio.orders.extend(self.orders_at_twilio.borrow().values().cloned());
            evidence.twilio.made.extend(twilio::made(rest));
            let texts = twilio::texts(rest).into_iter();
            evidence.twilio.texts.extend(texts.map(|came| (self.addresses.ms_of(came.at), came)));
            evidence.twilio.stops.extend(self.stops.borrow().iter().cloned());
            evidence.twilio.violations.extend(rest.violations());
        }
        self.services.keep(evidence);
        evidence.told_by_webhook.extend(self.webhooks.iter().flat_map(Webhooks::received));
        let life = self.addresses.life;
        let open = std::mem::take(&mut self.desks).into_iter().map(|(agent, desk)| (agent, desk.told()));
        let all = self.closed.drain(..).chain(open);
        evidence.desks.extend(all.map(|(agent, told)| (life, agent, told)));
        let supervisors = self.supervisors.iter().map(|(number, one)| (life, *number, one.log()));
        evidence.supervisors.extend(supervisors);
        evidence.rights.extend(self.rights.borrow().iter().cloned());
        if let Some(Provider { stand_in, second, .. }) = self.provider.take() {
            if let Some(second) = second {
                let connections = second.ended().into_iter().map(|connection| (life, connection));
                evidence.second_connections.extend(connections);
            }
            evidence
                .connections
                .extend(stand_in.connections().into_iter().map(|connection| (life, connection)));
            // A promise checks the stand-in's violations.
            drop(stand_in.into_violations());
        }
    }
}

/// Finds a caller's call on this server's disk; telephones call this organization.
pub(crate) async fn call_of(
    server: &Running,
    organization: OrganizationId,
    callers: &Callers,
    caller: u32,
) -> Option<CallId> {
    let (line, uuid, web_call) = {
        let callers = callers.borrow();
        let caller = callers.get(&caller)?;
        (caller.line, caller.uuid, caller.web_call.clone())
    };
    let name = match line {
        Line::Audiosocket => OutsideId::audiosocket(uuid),
        Line::Freeswitch => OutsideId::freeswitch(uuid),
        Line::Twilio => OutsideId::twilio(&caller::call_sid(uuid).parse().ok()?),
        Line::FirstBrowser | Line::SecondBrowser | Line::FirstWebrtc | Line::SecondWebrtc => {
            return web_call?.parse().ok();
        }
    };
    let find = move |connection: &mut Connection| query::call_by_outside_id(connection, organization, &name);
    Some(server.store.reads().run(find).await.ok()??.id)
}
