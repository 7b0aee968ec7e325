//! The query of a request. A refusal names the parameter, and says how a time is written in an address.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::DateTime;
use cordboard_schema::phone::{BadE164, E164};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use url::form_urlencoded;

use super::problem::ApiError;

/// The parameters of a request.
pub(crate) struct Query<T>(T);

impl<T> Query<T> {
    /// The parameters.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self).map_err(ApiError::BadInput))
    }
}

/// Reads a query, or says in words why it can't be read.
fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    match web::Query::<Named<T>>::from_query(query) {
        Ok(named) => Ok(named.into_inner().0),
        Err(QueryPayloadError::Deserialize(fault)) => {
            let mut why = fault.to_string();
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            let named = pairs.find(|(name, _)| why.starts_with(&format!("`{name}` ")));
            let fix = named
                .and_then(|(_, value)| fix_of_time(&value, &why).or_else(|| fix_of_number(&value, &why)));
            if let Some(fix) = fix {
                why.push_str(fix);
            }
            Err(why)
        }
        Err(fault) => Err(fault.to_string()),
    }
}

/// How the time is written that this value means, if it is nearly one.
fn fix_of_time(value: &str, why: &str) -> Option<&'static str> {
    let is_time = |text: String| DateTime::parse_from_rfc3339(&text).is_ok();
    // A `+` in an address stands for a blank.
    let lost_plus = value.rsplit_once(' ').is_some_and(|(time, offset)| is_time(format!("{time}+{offset}")));
    // Days without an hour have other faults.
    let lacks_zone = why.ends_with("premature end of input")
        && (is_time(format!("{value}Z")) || is_time(format!("{value}T00:00:00Z")));
    match (lost_plus, lacks_zone) {
        (true, _) => Some("; write the `+` of its offset as `%2B`"),
        (_, true) => Some("; a time has its hour and its zone, as `2026-11-21T14:03:07Z`"),
        _ => None,
    }
}

/// How the number is written that this value means, if only its `+` is missing.
fn fix_of_number(value: &str, why: &str) -> Option<&'static str> {
    (why.ends_with(&BadE164.to_string()) && has_lost_plus(value)).then_some("; write its `+` as `%2B`")
}

/// Refuses the number of a parameter if its `+` is missing because it was not encoded: the number would find nothing, or be refused for the country
/// code that its client has written.
pub(super) fn demand_plus(name: &str, number: Option<&str>) -> Result<(), ApiError> {
    if number.is_some_and(has_lost_plus) {
        let reason =
            format!("`{name}` begins with a blank: in an address, write the `+` of a number as `%2B`");
        return Err(ApiError::BadInput(reason));
    }
    Ok(())
}

/// Whether this is a number whose `+`, which stands for a blank in an address, was not written as `%2B`.
fn has_lost_plus(value: &str) -> bool {
    value.strip_prefix(' ').is_some_and(|digits| format!("+{digits}").parse::<E164>().is_ok())
}

/// Parameters whose faults have their names: serde's errors don't name them.
struct Named<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Whole(PhantomData))
    }
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Whole<T> {
    type Value = Named<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, parameters: A) -> Result<Self::Value, A::Error> {
        let parameters = Parameters { parameters, name: String::new() };
        T::deserialize(MapAccessDeserializer::new(parameters)).map(Named)
    }
}

/// The parameters while they are read, and the name of the present one.
struct Parameters<A> {
    parameters: A,
    name: String,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Parameters<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(name) = self.parameters.next_key::<String>()? else { return Ok(None) };
        let known = seed.deserialize(IntoDeserializer::<A::Error>::into_deserializer(name.as_str()))?;
        self.name = name;
        Ok(Some(known))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let Self { parameters, name } = self;
        let value = parameters.next_value_seed(seed);
        value.map_err(|fault| A::Error::custom(format_args!("`{name}` is not as it must be: {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, Utc};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        since: Option<DateTime<Utc>>,
        day: Option<NaiveDate>,
        phone: Option<E164>,
        #[serde(alias = "cursor")]
        after: Option<u64>,
    }

    #[test]
    fn a_query_is_read_as_usual() {
        let list: List = read("since=2026-11-21T14:03:07%2B02:00&day=2026-11-21&cursor=7").unwrap();
        assert_eq!(list.since.unwrap().to_rfc3339(), "2026-11-21T12:03:07+00:00");
        assert_eq!((list.day.unwrap().to_string(), list.after), ("2026-11-21".to_owned(), Some(7)));
        assert_eq!(read::<List>(""), Ok(List { since: None, day: None, phone: None, after: None }));
    }

    #[test]
    fn faults_name_their_parameter_and_the_fix_of_a_time() {
        for (query, parts) in [
            ("since=2026-11-21T14:03:07+02:00", ["`since` is not as it must be", "`%2B`"]),
            ("after=1&since=2026-11-21", ["`since` is not as it must be", "its zone"]),
            ("since=2026-11-21T14:03:07", ["`since` is not as it must be", "its zone"]),
            ("cursor=x", ["`cursor` is not as it must be", "invalid digit"]),
            ("day=2026-13-01", ["`day` is not as it must be", "out of range"]),
            ("limits=3", ["unknown field `limits`", "`since`"]),
            ("day=2026-11-21&day=2026-11-22", ["duplicate field `day`", ""]),
        ] {
            let why = read::<List>(query).unwrap_err();
            assert!(parts.iter().all(|part| why.contains(part)), "{query}: {why}");
        }
        let lost_plus = read::<List>("phone=+4930123456").unwrap_err();
        assert!(
            lost_plus.contains("`phone` is not as it must be") && lost_plus.contains("`%2B`"),
            "{lost_plus}"
        );
        for other in ["phone=4930123456", "phone=+12", "after=+4930123456"] {
            let why = read::<List>(other).unwrap_err();
            assert!(!why.contains("`%2B`"), "{other}: {why}");
        }
        let of_day = read::<List>("day=2026-11-21T14:03:07").unwrap_err();
        assert!(!of_day.contains("zone"), "a day has none: {of_day}");
    }
}
