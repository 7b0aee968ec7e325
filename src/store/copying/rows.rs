//! Parses the rows of a chunk from untrusted JSON: a bounded number of rows of scalar values.

use std::fmt;
use std::marker::PhantomData;

use cordboard_schema::limits::{RESTORE_COLUMNS_MAX, RESTORE_ROWS_MAX};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

/// Parsed rows.
pub(super) struct Rows(pub(super) Vec<Vec<Value>>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows: Vec<Row> = deserializer.deserialize_seq(AtMost::new(RESTORE_ROWS_MAX))?;
        Ok(Self(
            rows.into_iter().map(|Row(row)| row.into_iter().map(|Single(value)| value).collect()).collect(),
        ))
    }
}

struct Row(Vec<Single>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AtMost::new(RESTORE_COLUMNS_MAX)).map(Self)
    }
}

/// A list with a maximum length: each member takes far more memory than its two bytes of JSON.
struct AtMost<T> {
    max: usize,
    of: PhantomData<T>,
}

impl<T> AtMost<T> {
    fn new(max: usize) -> Self {
        Self { max, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMost<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {} members", self.max)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut taken = Vec::new();
        while let Some(member) = members.next_element()? {
            if taken.len() == self.max {
                return Err(A::Error::custom(format_args!("a list has more than {} members", self.max)));
            }
            taken.push(member);
        }
        Ok(taken)
    }
}

/// A value that is neither a list nor an object: no column holds those.
struct Single(Value);

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfOneColumn).map(Self)
    }
}

struct OfOneColumn;

impl Visitor<'_> for OfOneColumn {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false or null")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<Vec<Value>>, String> {
        serde_json::from_str::<Rows>(json).map(|rows| rows.0).map_err(|error| error.to_string())
    }

    #[test]
    fn parsed_rows_equal_the_written_ones() {
        let json = r#"[["a\u0000\"b",1,-9223372036854775808,18446744073709551615,0.5,true,null],[]]"#;
        assert_eq!(
            serde_json::to_value(read(json).unwrap()).unwrap(),
            serde_json::from_str::<Value>(json).unwrap()
        );
    }

    #[test]
    fn nested_lists_and_too_many_rows_are_refused() {
        for json in [r#"[[["a"]]]"#, r#"[[{"a":1}]]"#, r#"["a"]"#, r#"{"a":[]}"#, "[[1],2]"] {
            read(json).unwrap_err();
        }
        let rows = |count: usize| format!("[{}]", vec!["[1]"; count].join(","));
        assert_eq!(read(&rows(RESTORE_ROWS_MAX)).unwrap().len(), RESTORE_ROWS_MAX);
        let refused = read(&rows(RESTORE_ROWS_MAX + 1)).unwrap_err();
        assert!(refused.contains("more than 500 members"), "{refused}");
        let wide = format!("[[{}]]", vec!["1"; RESTORE_COLUMNS_MAX + 1].join(","));
        let refused = read(&wide).unwrap_err();
        assert!(refused.contains("more than 256 members"), "{refused}");
    }
}
