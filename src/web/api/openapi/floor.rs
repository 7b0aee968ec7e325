//! The floor: agents, queues, choices of agents, notes, and callbacks.

use utoipa::OpenApi;

use crate::web::api::{agents, callbacks, dispositions, presence_reasons, queues, wrap_up_drafts, wrap_ups};

#[derive(OpenApi)]
#[openapi(
    paths(
        agents::list,
        agents::show,
        agents::set,
        queues::list,
        queues::show,
        queues::create,
        queues::update,
        queues::delete,
        dispositions::list,
        dispositions::show,
        dispositions::create,
        dispositions::update,
        dispositions::delete,
        dispositions::order,
        presence_reasons::list,
        presence_reasons::show,
        presence_reasons::create,
        presence_reasons::update,
        presence_reasons::delete,
        presence_reasons::order,
        wrap_ups::list,
        wrap_ups::create,
        wrap_up_drafts::show,
        wrap_up_drafts::set,
        callbacks::list,
        callbacks::show,
        callbacks::claim,
        callbacks::release,
        callbacks::finish,
    ),
    components(schemas(cordboard_schema::ids::PresenceReasonId)),
    tags((name = "floor", description = "Agents, their queues, and the work after a call"))
)]
pub(super) struct Floor;
