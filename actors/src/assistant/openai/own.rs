//! The configuration's extra headers and parameters for OpenAI, for an organization's own account.

use url::Url;

/// Headers that identify the configuration's account: they don't apply to another one.
const HEADERS_OF_ACCOUNT: [&str; 3] = ["authorization", "openai-organization", "openai-project"];
/// Name that some servers use instead of `Authorization`, as a header or in the query.
const KEY_NAME: &str = "api-key";

/// Returns the configuration's headers or query for an organization's own account. They may hold secrets, so they are sent only
/// to the configuration's own server. Values that identify its account are left out or replaced with the organization's key.
pub(in crate::assistant) fn own_pairs(
    pairs: Vec<(String, String)>,
    is_same_server: bool,
    key: Option<&str>,
) -> Vec<(String, String)> {
    let own = |(name, value): (String, String)| {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if HEADERS_OF_ACCOUNT.into_iter().any(is) {
            None
        } else if is(KEY_NAME) {
            key.map(|key| (name, key.to_owned()))
        } else {
            Some((name, value))
        }
    };
    pairs.into_iter().filter(|_| is_same_server).filter_map(own).collect()
}

/// Returns whether two base URLs are the same.
pub(in crate::assistant) fn is_same_base(one: &str, other: &str) -> bool {
    let base = |text: &str| Url::parse(text).ok().map(|url| url.as_str().trim_end_matches('/').to_owned());
    base(one).is_some_and(|one| base(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use cordboard_settings::{BaseUrl, Pairs, Secret, SettingValue};

    use super::super::kind::Section;

    fn section(headers: &str, query: &str) -> Section {
        let pairs = |text: &str| Some(Pairs::parse(text).unwrap());
        Section {
            base_url: BaseUrl::parse("https://x.openai.azure.com/openai").unwrap(),
            headers: pairs(headers),
            query: pairs(query),
            api_key: Some(Secret::new("sk-house")),
            ..Section::default()
        }
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn configured_headers_and_query_reach_only_the_configured_server() {
        let section = section("X-Gate=tiger-77", "api-version=2025");
        let key = || Some("sk-own".to_owned());
        let elsewhere =
            section.own_settings("https://x.openai.azure.com.evil.example/openai".to_owned(), key());
        assert_eq!((elsewhere.headers, elsewhere.query), (vec![], vec![]));
        assert_eq!(elsewhere.api_key.as_deref(), Some("sk-own"));
        let there = section.own_settings("https://X.openai.azure.com/openai/".to_owned(), key());
        assert_eq!(there.headers, pairs(&[("X-Gate", "tiger-77")]));
        assert_eq!(there.query, pairs(&[("api-version", "2025")]));
    }

    #[test]
    fn an_accounts_own_key_replaces_every_configured_key() {
        let headers =
            "Authorization=Bearer house,OpenAI-Organization=org-house,API-Key=house,OpenAI-Project=house";
        let section = section(headers, "api-key=house");
        let base = "https://x.openai.azure.com/openai";
        let own = section.own_settings(base.to_owned(), Some("sk-own".to_owned()));
        assert_eq!(
            (own.headers, own.query),
            (pairs(&[("API-Key", "sk-own")]), pairs(&[("api-key", "sk-own")]))
        );
        let without = section.own_settings(base.to_owned(), None);
        assert_eq!((without.headers, without.query, without.api_key), (vec![], vec![], None));
    }
}
