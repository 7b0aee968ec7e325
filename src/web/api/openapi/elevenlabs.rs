//! Webhooks of ElevenLabs.

use utoipa::OpenApi;

use crate::web::webhook::elevenlabs;

#[derive(OpenApi)]
#[openapi(
    paths(elevenlabs::post_call, elevenlabs::post_call_of_organization),
    tags((name = "elevenlabs", description = "ElevenLabs' reports of finished conversations, signed with the webhook's secret"))
)]
pub(super) struct ElevenLabs;
