//! `/api/v1/notices`: who is notified at once of new leads, missed calls and failed hand-offs, by e-mail or text message.

use actix_web::web;
use cordboard_schema::limits::NOTICE_RECIPIENTS_MAX;
use cordboard_schema::notice::{NoticeSettings, Recipients};
use cordboard_schema::permission::Permission;

use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Bytes of an e-mail address (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// Shows who is notified of what.
#[utoipa::path(
    get,
    operation_id = "show_notices",
    path = "/api/v1/notices",
    tag = "webhooks",
    responses((status = 200, description = "The notices and the users who get them", body = NoticeSettings))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<NoticeSettings>, ApiError> {
    let organization_id = caller.organization_id;
    let read = move |connection: &mut Connection| query::notice_settings(connection, organization_id);
    Ok(web::Json(state.store.reads().run(read).await?))
}

/// Sets who is notified of what: the body takes the place of what was there. Whoever sets it must be allowed to read what the notices say.
#[utoipa::path(
    put,
    operation_id = "set_notices",
    path = "/api/v1/notices",
    tag = "webhooks",
    request_body = NoticeSettings,
    responses(
        (status = 200, description = "Set", body = NoticeSettings),
        (status = 400, description = "The body is no JSON object"),
        (status = 403, description = "The caller may not change notices, or not read what is told (`forbidden`)"),
        (status = 413, description = "The body is too long"),
        (status = 415, description = "The body is not `application/json`"),
        (status = 422, description = "A value that can't be taken, as a number without its country"),
    )
)]
pub(crate) async fn set(
    state: web::Data<WebState>,
    caller: Caller,
    body: Body<NoticeSettings>,
) -> Result<web::Json<NoticeSettings>, ApiError> {
    let settings = body.into_inner();
    let NoticeSettings { new_lead, missed_call, failed_handoff, webhook_off, alarm, figures_changed } =
        &settings;
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
    let told = [
        (new_lead, Permission::LeadsRead),
        (missed_call, Permission::CallsRead),
        (failed_handoff, Permission::CallsRead),
        (alarm, Permission::CallsSupervise),
        (figures_changed, Permission::DashboardRead),
    ];
    for (to, needed) in told {
        if !to.is_empty() {
            caller.demand(needed)?;
        }
    }
    let organization_id = caller.organization_id;
    let (setting, entry) = (settings.clone(), caller.did("notices.set", organization_id, ""));
    let set = move |connection: &mut Connection| {
        change::set_notice_settings(connection, organization_id, &setting)?;
        change::record_audit(connection, &entry)
    };
    state.store.change(set).await?;
    Ok(web::Json(settings))
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

/// Whether a text has the form of an address; whether somebody reads there only a letter shows.
fn is_email(text: &str) -> bool {
    let is_plain =
        text.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>,;:\"\\()[]".contains(c));
    let has_parts = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
    });
    text.len() <= EMAIL_BYTES_MAX && is_plain && has_parts
}

/// Whether a text is a number as E.164 has it.
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
    fn addresses_and_numbers_have_the_form_of_some() {
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
