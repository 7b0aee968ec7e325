//! The spellings of a URL that may have been signed. Text is cut, never encoded again: the signed text is the one that was sent.

/// Returns the URL without a port, and with one: its own, or the default of its scheme.
pub(super) fn spellings(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        // A colon inside brackets is part of an address.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, if matches!(scheme, "https" | "wss") { "443" } else { "80" }),
    };
    vec![format!("{scheme}://{host}{tail}"), format!("{scheme}://{host}:{port}{tail}")]
}

/// Returns the URL with a slash added to the end of its path, or removed from it.
pub(super) fn with_other_end(url: &str) -> String {
    let (path, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    match path.strip_suffix('/') {
        Some(path) => format!("{path}{query}"),
        None => format!("{path}/{query}"),
    }
}

/// Returns the value of the first parameter of this name in the query.
pub(super) fn query_value(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_spelled_with_and_without_its_port() {
        let spelled = |url: &str| spellings(url).join(" ");
        assert_eq!(spelled("https://a.example/x?y#z"), "https://a.example/x?y https://a.example:443/x?y");
        assert_eq!(spelled("http://a.example:8080"), "http://a.example http://a.example:8080");
        assert_eq!(spelled("wss://[::1]/call"), "wss://[::1]/call wss://[::1]:443/call");
        assert_eq!(spelled("wss://[::1]:81?x=a:b"), "wss://[::1]?x=a:b wss://[::1]:81?x=a:b");
        assert_eq!(spelled("no url"), "no url");
    }

    #[test]
    fn a_final_slash_is_added_or_removed() {
        assert_eq!(with_other_end("wss://a/call"), "wss://a/call/");
        assert_eq!(with_other_end("wss://a/call/?x=/"), "wss://a/call?x=/");
    }
}
