//! A stand-in for the store: the router's source of agents and queues.

use std::collections::BTreeSet;
use std::time::Duration;

use actix::{Actor, Context, Handler, MessageResult};
use cordboard_actors::messages::{AtRevision, LoadFloor, LoadOpenWrapUps, OpenWrapUp, Revision, StoreFault};
use cordboard_schema::agent::{Agent, AgentAudio};
use cordboard_schema::ids::{OrganizationId, QueueId, UserId};
use cordboard_schema::queue::{Floor, Overflow, Queue, QueueMember, Strategy};
use tokio::time::sleep;

use super::{ADA, BEN, CY, HOUSE, OTHER_HOUSE};

/// Has two agents and a queue, and their wrap-ups; answers after a while if it is slow.
pub(super) struct StandInStore {
    pub(super) slow_once: Option<Duration>,
    pub(super) wrap_ups: Vec<OpenWrapUp>,
}

impl Actor for StandInStore {
    type Context = Context<Self>;
}

impl Handler<LoadFloor> for StandInStore {
    type Result = actix::ResponseFuture<Result<Option<AtRevision<Vec<Floor>>>, StoreFault>>;

    fn handle(&mut self, _: LoadFloor, _: &mut Context<Self>) -> Self::Result {
        let wait = self.slow_once.take().unwrap_or_default();
        Box::pin(async move {
            sleep(wait).await;
            let found = vec![floor(HOUSE, &[(ADA, "Ada"), (BEN, "Ben")]), floor(OTHER_HOUSE, &[])];
            Ok(Some(AtRevision { revision: Revision(1), found }))
        })
    }
}

impl Handler<LoadOpenWrapUps> for StandInStore {
    type Result = MessageResult<LoadOpenWrapUps>;

    fn handle(&mut self, LoadOpenWrapUps { since }: LoadOpenWrapUps, _: &mut Context<Self>) -> Self::Result {
        MessageResult(Ok(self.wrap_ups.iter().copied().filter(|wrap_up| wrap_up.since >= since).collect()))
    }
}

pub(super) fn floor(organization_id: OrganizationId, people: &[(UserId, &str)]) -> Floor {
    let agent = |&(user_id, name): &(UserId, &str)| Agent {
        organization_id,
        user_id,
        name: name.to_owned(),
        extension: Some(name.to_lowercase()),
        audio: AgentAudio::Browser,
        skills: BTreeSet::new(),
        calls_max: 1,
    };
    let mut agents: Vec<Agent> = people.iter().map(agent).collect();
    if organization_id == HOUSE {
        agents.push(Agent { audio: AgentAudio::Phone, ..agent(&(CY, "Cy")) });
    }
    let queue = Queue {
        id: QueueId(organization_id.0),
        organization_id,
        name: "sales".to_owned(),
        title: String::new(),
        strategy: Strategy::RingAll,
        ring_s: 20,
        skills: BTreeSet::new(),
        members: people.iter().map(|&(user_id, _)| QueueMember { user_id, tier: 0 }).collect(),
        priority: 0,
        max_wait_s: 300,
        max_waiting: 10,
        overflow: Overflow::Message,
        in_hours_only: false,
        tells_position: true,
        wrap_up_s: 60,
        wrap_up_required: false,
    };
    Floor { organization_id, agents, queues: vec![queue], hours: None }
}

pub(super) fn at_once() -> StandInStore {
    StandInStore { slow_once: None, wrap_ups: Vec::new() }
}
