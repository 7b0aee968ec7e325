//! `/api/v1/notices`: who is notified immediately of new leads, missed calls and failed hand-offs, by e-mail or text message.

use actix_web::web;
use cordboard_schema::limits::NOTICE_RECIPIENTS_MAX;
use cordboard_schema::notice::{NoticeSettings, Recipients};
use cordboard_schema::permission::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{Connection, StoreError, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};
use crate::web::revision::{self, IfMatch, Revised};

/// Bytes of an e-mail address (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// Recipients of each kind of notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticesView {
    #[serde(flatten)]
    settings: NoticeSettings,
    /// Revision: a new value after each change.
    revision: String,
}

impl From<NoticeSettings> for NoticesView {
    fn from(settings: NoticeSettings) -> Self {
        let view = Self { settings, revision: String::new() };
        Self { revision: revision::of(&view), ..view }
    }
}

impl Revised for NoticesView {
    const WHAT: &'static str = "notices";

    fn revision(&self) -> &str {
        &self.revision
    }
}

/// Recipients of notices. A kind that is left out has no recipients with `PUT`, and keeps its recipients with `PATCH`. The recipients of a given kind
/// are replaced as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticesBody {
    /// Recipients for a new lead.
    new_lead: Option<Recipients>,
    /// Recipients for a missed call: one that ended before anybody, including the assistant, was connected.
    missed_call: Option<Recipients>,
    /// Recipients when a person was asked to take over and could not be reached.
    failed_handoff: Option<Recipients>,
    /// Recipients when a webhook was switched off because it had not answered for days.
    webhook_off: Option<Recipients>,
    /// Recipients for an alarm of a live call.
    alarm: Option<Recipients>,
    /// Recipients when a day's figures differ from the usual ones by more than chance.
    figures_changed: Option<Recipients>,
    /// Revision that this change is based on, as it was shown; any if left out. `If-Match` can carry it instead.
    revision: Option<String>,
}

impl NoticesBody {
    /// Returns these settings with the given members replaced.
    fn applied_to(self, there: NoticeSettings) -> NoticeSettings {
        NoticeSettings {
            new_lead: self.new_lead.unwrap_or(there.new_lead),
            missed_call: self.missed_call.unwrap_or(there.missed_call),
            failed_handoff: self.failed_handoff.unwrap_or(there.failed_handoff),
            webhook_off: self.webhook_off.unwrap_or(there.webhook_off),
            alarm: self.alarm.unwrap_or(there.alarm),
            figures_changed: self.figures_changed.unwrap_or(there.figures_changed),
        }
    }
}

/// Shows who is notified of what.
#[utoipa::path(
    get,
    operation_id = "show_notices",
    path = "/api/v1/notices",
    tag = "webhooks",
    responses((status = 200, description = "The notices and their recipients", body = NoticesView))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<NoticesView>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::notice_settings(connection, organization_id);
    Ok(web::Json(state.store.reads().run(read).await?.into()))
}

/// Sets who is notified of what. The body replaces the previous settings. The user must be allowed to read what the notices say.
#[utoipa::path(
    put,
    operation_id = "set_notices",
    path = "/api/v1/notices",
    tag = "webhooks",
    params(IfMatch),
    request_body = NoticesBody,
    responses(
        (status = 200, description = "Set", body = NoticesView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The caller may not change notices, or may not read what they say (`forbidden`)"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a number without its country code"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<NoticesBody>,
) -> Result<web::Json<NoticesView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let settings = body.applied_to(NoticeSettings::default());
    let set = move |connection: &mut Connection| {
        // Settings that can't be read have no revision: a request without one replaces them.
        if asked.is_of_one() {
            let there = query::notice_settings(connection, caller.organization_id)?;
            if let Err(late) = asked.demand(&NoticesView::from(there)) {
                return Ok(Err(late));
            }
        }
        kept(connection, &caller, &NoticeSettings::default(), settings)
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Changes who is notified for the given kinds; the rest keep their recipients. The user must be allowed to read the notices whose recipients they
/// change.
#[utoipa::path(
    patch,
    operation_id = "change_notices",
    path = "/api/v1/notices",
    tag = "webhooks",
    params(IfMatch),
    request_body = NoticesBody,
    responses(
        (status = 200, description = "Changed", body = NoticesView),
        (status = 400, description = "The body is not a JSON object"),
        (status = 403, description = "The caller may not change notices, or may not read what they say (`forbidden`)"),
        (status = 409, description = revision::edited_meanwhile!()),
        (status = 422, description = "A value is invalid, for instance a number without its country code"),
    )
)]
pub(crate) async fn patch(
    state: web::Data<WebState>,
    caller: Caller,
    if_match: IfMatch,
    body: Body<NoticesBody>,
) -> Result<web::Json<NoticesView>, ApiError> {
    let body = body.into_inner();
    let asked = if_match.or(body.revision.clone());
    let set = move |connection: &mut Connection| {
        let there = query::notice_settings(connection, caller.organization_id)?;
        if let Err(late) = asked.demand(&NoticesView::from(there.clone())) {
            return Ok(Err(late));
        }
        let settings = body.applied_to(there.clone());
        kept(connection, &caller, &there, settings)
    };
    Ok(web::Json(state.store.change(set).await??.into()))
}

/// Stores the settings, if they are valid and the caller of the API may read the notices whose recipients they change.
fn kept(
    connection: &mut Connection,
    caller: &Caller,
    before: &NoticeSettings,
    settings: NoticeSettings,
) -> Result<Result<NoticeSettings, ApiError>, StoreError> {
    if let Err(refused) = checked(caller, before, &settings) {
        return Ok(Err(refused));
    }
    let organization_id = caller.organization_id;
    change::set_notice_settings(connection, organization_id, &settings)?;
    change::record_audit(connection, &caller.did("notices.set", organization_id, ""))?;
    Ok(Ok(settings))
}

fn checked(caller: &Caller, before: &NoticeSettings, settings: &NoticeSettings) -> Result<(), ApiError> {
    let NoticeSettings { new_lead, missed_call, failed_handoff, webhook_off, alarm, figures_changed } =
        settings;
    let parts = [
        ("new_lead", new_lead),
        ("missed_call", missed_call),
        ("failed_handoff", failed_handoff),
        ("webhook_off", webhook_off),
        ("alarm", alarm),
        ("figures_changed", figures_changed),
    ];
    let faults: Vec<Fault> = parts.into_iter().flat_map(|(field, to)| faults(field, to)).collect();
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    let recipients = [
        (new_lead, &before.new_lead, Permission::LeadsRead),
        (missed_call, &before.missed_call, Permission::CallsRead),
        (failed_handoff, &before.failed_handoff, Permission::CallsRead),
        (alarm, &before.alarm, Permission::CallsSupervise),
        (figures_changed, &before.figures_changed, Permission::DashboardRead),
    ];
    for (to, was, needed) in recipients {
        if !to.is_empty() && to != was {
            caller.demand(needed)?;
        }
    }
    Ok(())
}

fn faults(field: &'static str, to: &Recipients) -> Vec<Fault> {
    let mut faults = Vec::new();
    if to.email.len() > NOTICE_RECIPIENTS_MAX || to.sms.len() > NOTICE_RECIPIENTS_MAX {
        faults.push(Fault::of(
            field,
            format!("must have at most {NOTICE_RECIPIENTS_MAX} recipients of a kind"),
        ));
    }
    if !to.email.iter().all(|address| is_email(address)) {
        faults.push(Fault::of(field, "must have e-mail addresses, as owner@example.com"));
    }
    if !to.sms.iter().all(|number| is_number(number)) {
        faults.push(Fault::of(field, "must have numbers with their country, as +4930123456"));
    }
    faults
}

/// Whether a text has the form of an address; only a mail shows whether somebody reads it.
fn is_email(text: &str) -> bool {
    let is_plain =
        text.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>,;:\"\\()[]".contains(c));
    let has_parts = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
    });
    text.len() <= EMAIL_BYTES_MAX && is_plain && has_parts
}

/// Whether a text is an E.164 number.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_checked_by_their_form() {
        for address in ["owner@example.com", "o'neil+x@mail.example", "ü@bücher.example"] {
            assert!(is_email(address), "{address}");
        }
        for address in ["", "owner", "@example.com", "a@", "a@b@c", "a b@c", "A <a@b>", "a@b\r\nBcc: c@d"] {
            assert!(!is_email(address), "{address:?}");
        }
        for number in ["+4930123456", "+15550100"] {
            assert!(is_number(number), "{number}");
        }
        for number in ["", "4930123456", "+0123456", "+49 30 123456", "+123", "+1234567890123456"] {
            assert!(!is_number(number), "{number:?}");
        }
    }
}
