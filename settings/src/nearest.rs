//! Finds the known name that a mistyped name probably means.

use cordboard_schema::extension::is_extension_name;

/// Names that differ by more than a third of the written name are not suggested.
const DISTANCE_SHARE: usize = 3;

/// Returns the known name nearest to the written one, if it is near enough: by spelling, otherwise by its last part (`asterisk.drain_timeout_s`
/// probably means `calls.drain_timeout_s`).
pub(crate) fn nearest<'a>(written: &str, known: &'a [String]) -> Option<&'a str> {
    let by_spelling = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, _)| *distance <= (written.len() / DISTANCE_SHARE).max(1))
        .min()
        .map(|(_, name)| name.as_str());
    by_spelling.or_else(|| {
        let last_part = written.rsplit(['.', '_']).next()?;
        let same_end = |name: &&String| name.ends_with(&format!(".{last_part}"));
        let same_last = |name: &&String| name.rsplit('.').next() == written.rsplit('.').next();
        known.iter().find(same_last).or_else(|| known.iter().find(same_end)).map(String::as_str)
    })
}

/// Returns the form, such as `extensions.<name>`, of a setting whose chosen name is invalid: `extensions.Operator`.
pub(crate) fn form_of<'a>(written: &str, known: &'a [String]) -> Option<&'a str> {
    known.iter().map(String::as_str).find(|form| {
        let Some((before, after)) = form.split_once("<name>") else { return false };
        let own = written.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        own.is_some_and(|own| !own.is_empty() && !is_extension_name(own))
    })
}

#[cfg(test)]
mod tests {
    use super::{form_of, nearest};

    #[test]
    fn an_invalid_chosen_name_gets_its_form() {
        let known = ["http.listen", "extensions.<name>", "asterisk.servers.<name>.host"].map(str::to_owned);
        for (written, form) in [
            ("extensions.Operator", Some("extensions.<name>")),
            ("asterisk.servers.PBX1.host", Some("asterisk.servers.<name>.host")),
            ("asterisk.servers.PBX1.hots", None),
            ("extensions.operator", None),
            ("http.listen", None),
        ] {
            assert_eq!(form_of(written, &known), form, "{written}");
        }
    }

    #[test]
    fn a_typo_finds_the_nearest_name() {
        let known = ["http.listen", "calls.max", "calls.drain_timeout_s", "extensions.<name>"]
            .map(str::to_owned)
            .to_vec();
        for (written, meant) in [
            ("http.lisen", Some("http.listen")),
            ("http_listen", Some("http.listen")),
            ("call.max", Some("calls.max")),
            ("asterisk.drain_timeout_s", Some("calls.drain_timeout_s")),
            ("weather", None),
        ] {
            assert_eq!(nearest(written, &known), meant, "{written}");
        }
    }
}
