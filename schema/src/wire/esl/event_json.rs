//! An event in JSON: one object. Its arrays are array variables, and its `_body` is the body.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::event::{Event, EventWriter};

const BODY: &str = "_body";

/// Reads the object up to the first error.
pub(super) fn read(json: &str) -> Event {
    let mut writer = EventWriter::with_capacity(json.len());
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // The writer has the readable part, and the frame was found by its length, so the rest is skipped.
    let _ends_early = deserializer.deserialize_map(Headers(&mut writer)).is_err();
    writer.finish()
}

/// Writes all headers of an object, including repeated ones.
struct Headers<'a>(&'a mut EventWriter);

impl<'de> Visitor<'de> for Headers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event's headers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut value = String::new();
        while let Some(name) = map.next_key::<String>()? {
            value.clear();
            map.next_value_seed(Text(&mut value))?;
            if name == BODY {
                self.0.body(std::mem::take(&mut value));
            } else {
                self.0.header(&name, &value);
            }
        }
        Ok(())
    }
}

/// Writes a value in the form of the plain format. FreeSWITCH sends only strings and arrays of strings.
struct Text<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header's value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.push_str(&number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.push_str(&number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.push_str(&number.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let start = self.0.len();
        self.0.push_str("ARRAY::");
        let first = self.0.len();
        while items.next_element_seed(Text(self.0))?.is_some() {
            self.0.push_str("|:");
        }
        // Removes the separator after the last item, or the mark of an empty array.
        self.0.truncate(if self.0.len() > first { self.0.len() - 2 } else { start });
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
