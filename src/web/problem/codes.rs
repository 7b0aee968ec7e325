//! All codes of problems, for programs and for the catalogues of the pages (`static/src/api/words`). A code that is not listed here is not in the
//! API's document, and the pages have no words for it.

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

/// The codes, sorted. Codes that were in a release stay.
pub(super) const CODES: &[&str] = &[
    "address_refused",
    "agent_of_call",
    "already_held",
    "already_written",
    "answer_not_kept",
    "bad_input",
    "bad_signature",
    "bad_target",
    "being_deleted",
    "body_too_long",
    "busy",
    "call_is_live",
    "call_over",
    "caller_ids_rest",
    "caller_left",
    "calls_live",
    "campaign_runs",
    "campaign_state",
    "cancelled",
    "cannot_speak_text",
    "changed_meanwhile",
    "claimed",
    "colleague_not_there",
    "configured",
    "congestion",
    "consult_under_way",
    "daily_cap",
    "declined",
    "dial_limit",
    "dialler_away",
    "dialler_unusable",
    "done",
    "draft_exists",
    "edited_meanwhile",
    "email_taken",
    "everything",
    "extension_taken",
    "failed",
    "failing",
    "forbidden",
    "foreign_origin",
    "handoff_under_way",
    "has_totp",
    "idempotency_key_in_use",
    "idempotency_key_reused",
    "identity_bad_signature",
    "identity_expired",
    "identity_no_secret",
    "identity_unreadable",
    "in_call",
    "in_use",
    "incapable",
    "invalid",
    "kept_free",
    "keys_taken",
    "last_owner",
    "last_profile",
    "line_in_call",
    "lines_still_ready",
    "method_not_allowed",
    "name_taken",
    "never_published",
    "no_agent",
    "no_agent_to_hear",
    "no_answer",
    "no_consult",
    "no_csrf_token",
    "no_dialler",
    "no_duration",
    "no_examples",
    "no_first_words",
    "no_hours",
    "no_mail",
    "no_mail_server",
    "no_port_range",
    "no_preview",
    "no_secret",
    "no_sign_in",
    "no_such_target",
    "no_switch",
    "no_trunk",
    "no_upgrade",
    "no_user",
    "no_voice",
    "no_words",
    "no_wrap_up",
    "not_allowed",
    "not_available",
    "not_callable",
    "not_conversing",
    "not_found",
    "not_held",
    "not_in_call",
    "not_json",
    "not_of_queue",
    "not_offered",
    "not_previewed",
    "not_suspended",
    "not_undone",
    "not_your_call",
    "number_taken",
    "offer_gone",
    "offline",
    "organization_suspended",
    "other_region",
    "others_in_call",
    "outcome_unknown",
    "phone_taken",
    "ports_used_up",
    "profile_has_number",
    "profile_has_talk_link",
    "profile_in_use",
    "profile_not_cached",
    "range_not_satisfiable",
    "rate_limited",
    "refused",
    "share_used_up",
    "shared_already",
    "sign_in_over",
    "slot_taken",
    "subscription_under_way",
    "switched_off",
    "talks_by_phone",
    "timed_out",
    "timeout",
    "too_long",
    "too_many",
    "too_many_attempts",
    "too_many_calls",
    "too_many_requests",
    "too_many_supervisors",
    "too_slow",
    "totp_required",
    "trunk",
    "unallocated",
    "unauthorized",
    "unavailable",
    "unknown_service",
    "unreachable",
    "unregistered",
    "uri_too_long",
    "voicemail",
    "which_switch",
    "wrap_up_due",
    "wrong_credentials",
];

/// Describes a code in the API's document.
pub(super) fn schema() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some("What is wrong, in one word for programs, such as `not_found`."))
        .enum_values(Some(CODES.iter().copied()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Words in a source after `opening`, as the first argument or value.
    fn words<'a>(source: &'a str, opening: &str) -> Vec<&'a str> {
        let found = source.split(opening).skip(1);
        found.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect()
    }

    fn collect(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap_or_default();
                for opening in ["conflict(", " code: "] {
                    found.extend(words(source, opening).into_iter().map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn every_code_of_the_sources_is_known_and_sorted() {
        assert!(CODES.is_sorted(), "out of order");
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
        let mut found = Vec::new();
        collect(&web, &mut found);
        assert!(found.len() > 80, "the sources can't be parsed as expected: {found:?}");
        found.retain(|code| !CODES.contains(&&**code));
        assert!(found.is_empty(), "add them to CODES, and words to static/src/api/words: {found:?}");
    }
}
