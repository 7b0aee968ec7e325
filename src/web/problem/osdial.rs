//! Errors of a dialler.

use actix_web::http::StatusCode;

use crate::osdial::OsdialError;

/// The code for programs.
pub(super) const fn code(error: &OsdialError) -> &'static str {
    match error {
        OsdialError::TimedOut { .. }
        | OsdialError::Unreachable(_)
        | OsdialError::Locked(_)
        | OsdialError::ApiUnreachable(_) => "dialler_away",
        OsdialError::NotLetIn(_)
        | OsdialError::NoDatabase(_)
        | OsdialError::NoTable(_)
        | OsdialError::NoColumn(_)
        | OsdialError::NoRight { .. }
        | OsdialError::ReadOnly(_)
        | OsdialError::NoCharset(_)
        | OsdialError::Refused { .. }
        | OsdialError::ApiRefused { .. }
        | OsdialError::TooMuch
        | OsdialError::Unreadable(_) => "dialler_unusable",
        OsdialError::CannotStore(_) | OsdialError::NotOurs { .. } => "invalid",
        OsdialError::NoCampaign(_)
        | OsdialError::NoAgent(_)
        | OsdialError::NoLead(_)
        | OsdialError::NotGiven { .. }
        | OsdialError::NotLogged { .. } => "not_found",
        OsdialError::InCall { .. } => "line_in_call",
        OsdialError::ChangedMeanwhile { .. } => "changed_meanwhile",
        OsdialError::StillReady { .. } => "lines_still_ready",
        OsdialError::NotUndone { .. } => "not_undone",
        OsdialError::Ending => "unavailable",
    }
}

/// The status.
pub(super) const fn status(error: &OsdialError) -> StatusCode {
    match error {
        OsdialError::CannotStore(_) | OsdialError::NotOurs { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        OsdialError::NoCampaign(_)
        | OsdialError::NoAgent(_)
        | OsdialError::NoLead(_)
        | OsdialError::NotGiven { .. }
        | OsdialError::NotLogged { .. } => StatusCode::NOT_FOUND,
        OsdialError::InCall { .. } | OsdialError::ChangedMeanwhile { .. } => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
