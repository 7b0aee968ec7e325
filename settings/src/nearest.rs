//! The known name that a user who mistyped probably meant.

/// Names further apart than a third of the written one are not worth suggesting.
const DISTANCE_SHARE: usize = 3;

/// The known name nearest to the one written, if one is near enough: by spelling, else by its last part
/// (`asterisk.drain_timeout_s` is most likely `calls.drain_timeout_s`).
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

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
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
