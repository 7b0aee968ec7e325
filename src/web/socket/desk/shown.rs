//! The router's events, in the form for desks.

use cordboard_actors::desk::{DueWrapUp, Offer, OfferEnd, PresenceNow};
use cordboard_actors::messages::{FloorUpdate, QueueNow, ToDesk};
use cordboard_schema::wire::desk::{AgentNow, DeskEvent, DeskOffer, DeskQueue, DeskWrapUp, OfferGone};

pub(super) fn event(message: ToDesk) -> DeskEvent {
    match message {
        ToDesk::Changed(news) => changed(&news),
        ToDesk::Floor { agents, queues } => DeskEvent::Floor {
            agents: agents.into_iter().map(agent).collect(),
            queues: queues.into_iter().map(queue).collect(),
        },
        ToDesk::Offered(now) => DeskEvent::Offered { offer: offer(now) },
        ToDesk::OfferGone { offer, end } => {
            let (why, taken_by) = match end {
                OfferEnd::Accepted => (OfferGone::Accepted, None),
                OfferEnd::Declined => (OfferGone::Declined, None),
                OfferEnd::TakenBy { name } => (OfferGone::TakenBy, name),
                OfferEnd::Missed => (OfferGone::Missed, None),
                OfferEnd::Withdrawn => (OfferGone::Withdrawn, None),
            };
            DeskEvent::OfferGone { offer_id: offer, why, taken_by }
        }
        ToDesk::NotReached { call_id, to, failure } => DeskEvent::NotReached { call_id, to, failure },
        ToDesk::Work(work) => {
            DeskEvent::Work { calls: work.calls, wrap_ups: work.wrap_ups.into_iter().map(wrap_up).collect() }
        }
    }
}

/// Changes of the floor, serialized once for all its desks.
pub(super) fn changed_in_json(news: &FloorUpdate) -> &str {
    // All its parts can be serialized.
    news.written.get_or_init(|| serde_json::to_string(&changed(news)).unwrap_or_default().into())
}

fn changed(news: &FloorUpdate) -> DeskEvent {
    DeskEvent::Changed {
        agents: news.agents.iter().cloned().map(agent).collect(),
        queues: news.queues.iter().cloned().map(queue).collect(),
    }
}

pub(super) fn agent(now: PresenceNow) -> AgentNow {
    AgentNow {
        user_id: now.agent.user_id,
        name: now.agent.name,
        extension: now.agent.extension,
        audio: now.agent.audio,
        skills: now.agent.skills,
        presence: now.intent,
        presence_since: now.intent_since,
        next_presence: now.next,
        activity: now.activity,
        activity_since: now.activity_since,
        is_free: now.is_free,
        needs_help: now.help,
    }
}

pub(super) fn queue(now: QueueNow) -> DeskQueue {
    DeskQueue {
        id: now.queue.id,
        name: now.queue.name,
        title: now.queue.title,
        members: now.queue.members.into_iter().map(|member| member.user_id).collect(),
        waiting: now.waiting,
        longest_since: now.longest_since,
        wrap_up_s: now.queue.wrap_up_s,
        wrap_up_required: now.queue.wrap_up_required,
    }
}

pub(super) fn offer(now: Offer) -> DeskOffer {
    DeskOffer {
        id: now.id,
        call_id: now.request.call_id,
        queue_id: now.queue_id,
        by: now.by,
        reason: now.reason,
        waits_since: now.waits_since,
        since: now.since,
        until: now.until,
    }
}

pub(super) fn wrap_up(due: DueWrapUp) -> DeskWrapUp {
    DeskWrapUp { call_id: due.call_id, queue_id: due.queue_id, since: due.since }
}
