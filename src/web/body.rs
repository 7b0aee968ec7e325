//! JSON bodies as the API accepts them: an object, and objects wherever the document has one.
//!
//! serde's derive accepts an array in place of an object, with its members in order. A document with names never means that: `[null, null]` would
//! create a customer.
//!
//! A program that changes a thing reads it, changes a member, and sends the whole back. So a body may have the members that only the server sets
//! ([`ThingBody`]): they are ignored, unless a change gives one that never changes another value. A member that the thing does not have is refused
//! everywhere, because it is a mistake in writing.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::problem::{ApiError, Fault};

/// Why a body can't give a member another value; it follows the member's name.
const FIXED: &str = "can't be changed: only the server sets it";

/// A parsed JSON body. Anything but an object is a bad request. The members that `I` names are ignored.
pub(crate) struct Body<T, I = Nothing> {
    body: T,
    /// Those of these members that it had.
    ignored: Map<String, Value>,
    read_only: PhantomData<I>,
}

/// The body of a request that makes or changes a thing. It may have all that the API shows of such a thing.
pub(crate) type ThingBody<T> = Body<T, T>;

/// Members of a thing that the API shows and that only the server sets. A body may have them, with any value. `openapi/read_only.rs` adds them to
/// the document.
pub(crate) trait ReadOnly {
    /// Their names. `headers.ends_with` is a member of `headers`, or of each of its items if it is a list.
    const NAMES: &'static [&'static str];
    /// Those of them that never change: a `PATCH` that gives one another value is refused ([`Body::demand_unchanged`]).
    const FIXED: &'static [&'static str] = &[];
}

/// No members that are ignored.
pub(crate) enum Nothing {}

impl ReadOnly for Nothing {
    const NAMES: &'static [&'static str] = &[];
}

impl<T, I> Body<T, I> {
    /// The body.
    pub(crate) fn into_inner(self) -> T {
        self.body
    }
}

impl<T, I: ReadOnly> Body<T, I> {
    /// Refuses a body that gives a member that never changes another value than this thing has: what its program wants would not be done.
    pub(crate) fn demand_unchanged(&self, there: &impl Serialize) -> Result<(), ApiError> {
        let there = serde_json::to_value(there).unwrap_or_default();
        let differs = |name: &str| {
            self.ignored.get(name).zip(there.get(name)).is_some_and(|(sent, there)| !is_same(sent, there))
        };
        let changed = I::FIXED.iter().filter(|name| differs(name));
        let faults: Vec<Fault> = changed.map(|name| Fault::of(*name, FIXED)).collect();
        if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
    }
}

/// Whether these are the same value, or the same id in another spelling.
fn is_same(one: &Value, other: &Value) -> bool {
    let id = |value: &Value| value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    one == other || id(one).is_some_and(|one| id(other) == Some(one))
}

impl<T, I> Deref for Body<T, I> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: DeserializeOwned + 'static, I: ReadOnly + 'static> FromRequest for Body<T, I> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = web::Json::<BodyKind<T, I>>::from_request(request, payload);
        Box::pin(async move {
            match read.await?.into_inner() {
                BodyKind::Object(body) => Ok(body),
                BodyKind::Other => {
                    Err(ApiError::BadInput("the body must be a JSON object".to_owned()).into())
                }
            }
        })
    }
}

/// A JSON body that may be left out.
pub(crate) struct BodyIfAny<T>(Option<T>);

impl<T> BodyIfAny<T> {
    /// The body, if there was one.
    pub(crate) fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for BodyIfAny<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // RFC 9112, section 6: one of these two fields says that there is a body.
        let headers = request.headers();
        let has_length = headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
        if !has_length && !headers.contains_key(TRANSFER_ENCODING) {
            return Box::pin(async { Ok(Self(None)) });
        }
        let body = <Body<T> as FromRequest>::from_request(request, payload);
        Box::pin(async move { Ok(Self(Some(body.await?.into_inner()))) })
    }
}

/// Reads a value in the same way as a part of a body.
///
/// # Errors
/// serde's error, for instance if an array is in place of an object.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    T::deserialize(Strict(value))
}

thread_local! {
    /// The member of the body that this thread is reading; after a failure, the member that failed.
    static MEMBER: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The member that failed in the last body read on this thread, if it was a member: serde's errors don't name it. It is read when the error's answer
/// is made, which happens in the same step as reading the body.
pub(super) fn member_that_failed() -> Option<String> {
    MEMBER.take()
}

/// The members of a body; their names are noted while they are read.
struct Noted<'a, A> {
    members: A,
    /// The names of members that are ignored.
    read_only: &'static [&'static str],
    /// Those that were read.
    ignored: &'a mut Map<String, Value>,
    /// Those of the present member's own members.
    read_only_within: Vec<&'static str>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Noted<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        MEMBER.set(None);
        while let Some(name) = self.members.next_key::<String>()? {
            if self.read_only.contains(&name.as_str()) {
                let value = self.members.next_value()?;
                self.ignored.insert(name, value);
                continue;
            }
            let known = seed.deserialize(IntoDeserializer::<A::Error>::into_deserializer(name.as_str()))?;
            let within = |path: &'static str| path.strip_prefix(name.as_str())?.strip_prefix('.');
            self.read_only_within = self.read_only.iter().copied().filter_map(within).collect();
            MEMBER.set(Some(name));
            return Ok(Some(known));
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let value = if self.read_only_within.is_empty() {
            self.members.next_value_seed(Strict(seed))?
        } else {
            let mut value: Value = self.members.next_value()?;
            self.read_only_within.iter().for_each(|path| remove(&mut value, path));
            Strict(seed).deserialize(value).map_err(A::Error::custom)?
        };
        MEMBER.set(None);
        Ok(value)
    }
}

/// Removes a member from a value, or from each item of a list.
fn remove(value: &mut Value, path: &str) {
    match (value, path.split_once('.')) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| remove(item, path)),
        (Value::Object(members), Some((member, rest))) => {
            if let Some(value) = members.get_mut(member) {
                remove(value, rest);
            }
        }
        (Value::Object(members), None) => {
            members.remove(path);
        }
        _ => {}
    }
}

/// Kind of a body.
enum BodyKind<T, I> {
    Object(Body<T, I>),
    /// JSON, but not an object.
    Other,
}

impl<'de, T: Deserialize<'de>, I: ReadOnly> Deserialize<'de> for BodyKind<T, I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole(PhantomData))
    }
}

struct Whole<T, I>(PhantomData<(T, I)>);

impl<'de, T: Deserialize<'de>, I: ReadOnly> Visitor<'de> for Whole<T, I> {
    type Value = BodyKind<T, I>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let mut ignored = Map::new();
        let members =
            Noted { members, read_only: I::NAMES, ignored: &mut ignored, read_only_within: Vec::new() };
        let body = T::deserialize(MapAccessDeserializer::new(members))?;
        Ok(BodyKind::Object(Body { body, ignored, read_only: PhantomData }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(BodyKind::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(BodyKind::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(BodyKind::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(BodyKind::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(BodyKind::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(BodyKind::Other)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(BodyKind::Other)
    }
}

/// A part of the way from JSON to a value, on which structs are read from objects only. It does not cover parts that serde reads twice, such as the
/// variants of an enum tagged by a member.
struct Strict<T>(T);

/// Visitor that makes a struct from an object.
struct OfObject<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OfObject<V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(to)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(members))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        self.0.variant_seed(seed).map(|(name, variant)| (name, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Strict(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, OfObject(visitor))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(to)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.0.visit_bool(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.0.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.0.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        self.0.visit_f64(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.0.visit_str(value)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        self.0.visit_borrowed_str(value)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<V::Value, E> {
        self.0.visit_string(value)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(deserializer))
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Strict(variant))
    }
}

/// Types that are read as usual, except for their members.
macro_rules! read_within {
    ($($read:ident($($name:ident: $kind:ty),*),)*) => {
        $(
            fn $read<V: Visitor<'de>>(self, $($name: $kind,)* visitor: V) -> Result<V::Value, D::Error> {
                self.0.$read($($name,)* Strict(visitor))
            }
        )*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, OfObject(visitor))
    }

    read_within! {
        deserialize_any(),
        deserialize_bool(),
        deserialize_i8(),
        deserialize_i16(),
        deserialize_i32(),
        deserialize_i64(),
        deserialize_u8(),
        deserialize_u16(),
        deserialize_u32(),
        deserialize_u64(),
        deserialize_f32(),
        deserialize_f64(),
        deserialize_char(),
        deserialize_str(),
        deserialize_string(),
        deserialize_bytes(),
        deserialize_byte_buf(),
        deserialize_option(),
        deserialize_unit(),
        deserialize_unit_struct(name: &'static str),
        deserialize_newtype_struct(name: &'static str),
        deserialize_seq(),
        deserialize_tuple(len: usize),
        deserialize_tuple_struct(name: &'static str, len: usize),
        deserialize_map(),
        deserialize_enum(name: &'static str, variants: &'static [&'static str]),
        deserialize_identifier(),
        deserialize_ignored_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tool {
        name: String,
        #[serde(default)]
        headers: Vec<Header>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Header {
        name: String,
    }

    impl ReadOnly for Tool {
        const NAMES: &'static [&'static str] = &["id", "headers.ends_with"];
    }

    fn read_as<I: ReadOnly>(text: &str) -> Result<Option<Tool>, String> {
        match serde_json::from_str::<BodyKind<Tool, I>>(text) {
            Ok(BodyKind::Object(Body { body: tool, .. })) => Ok(Some(tool)),
            Ok(BodyKind::Other) => Ok(None),
            Err(fault) => Err(fault.to_string()),
        }
    }

    #[test]
    fn members_of_the_server_are_ignored_and_unknown_ones_refused() {
        let shown =
            r#"{"id": {"any": []}, "name": "stock", "headers": [{"name": "x-key", "ends_with": "shop"}]}"#;
        let tool = read_as::<Tool>(shown).unwrap().unwrap();
        assert_eq!(tool.name, "stock");
        assert_eq!(tool.headers, [Header { name: "x-key".to_owned() }]);
        assert!(read_as::<Nothing>(shown).unwrap_err().contains("unknown field `id`"));
        for (mistaken, unknown) in [
            (r#"{"name": "stock", "nmae": "x"}"#, "`nmae`"),
            (r#"{"name": "stock", "ends_with": "shop"}"#, "`ends_with`"),
            (r#"{"name": "stock", "headers": [{"name": "x", "id": 1}]}"#, "`id`"),
            (r#"{"name": "stock", "headers": [["x"]]}"#, "headers"),
        ] {
            let fault = read_as::<Tool>(mistaken).unwrap_err();
            let member = member_that_failed().unwrap_or_default();
            assert!(format!("{member}: {fault}").contains(unknown), "{mistaken}: {member}: {fault}");
        }
        assert_eq!(read_as::<Tool>("[\"stock\"]"), Ok(None));
    }
}
