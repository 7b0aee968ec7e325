//! Calls, and commands to live ones.

use utoipa::OpenApi;

use crate::web::api::{
    alarms, call_connections, call_notes, call_shares, call_tags, call_views, calls, calls_csv, commands,
    extraction, journal, outbound, quality, recording, supervision, supervision_policy, wav,
};
use crate::web::live;

#[derive(OpenApi)]
#[openapi(
    paths(
        calls::list,
        calls::show,
        outbound::create,
        commands::say,
        commands::dtmf,
        commands::hangup,
        commands::hold,
        commands::park,
        commands::variables,
        commands::unhold,
        commands::transfer,
        commands::handoff,
        supervision::supervise,
        supervision::leave,
        supervision::take_over,
        supervision::hint,
        quality::card,
        quality::set_card,
        quality::score,
        quality::set_score,
        quality::by_model,
        quality::quality,
        alarms::list,
        alarms::acknowledge,
        alarms::rules,
        alarms::set_rules,
        supervision_policy::show,
        supervision_policy::set,
        journal::events,
        journal::transcript,
        call_connections::list,
        extraction::show,
        extraction::topics,
        recording::recording,
        live::live,
        calls_csv::export,
        call_tags::show,
        call_tags::set,
        call_tags::change_some,
        call_tags::known,
        call_notes::list,
        call_notes::create,
        call_notes::update,
        call_notes::delete,
        call_shares::list,
        call_shares::create,
        call_shares::mine,
        call_shares::done,
        call_views::list,
        call_views::create,
        call_views::update,
        call_views::delete,
    ),
    components(schemas(cordboard_schema::call_list::CountedAs, wav::Channel)),
    tags(
        (name = "calls", description = "Calls: what happened on them, and commands to them"),
        (name = "supervision", description = "Hearing live calls, speaking in them, taking them over")
    )
)]
pub(super) struct Calls;
