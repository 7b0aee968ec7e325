//! The JSON schemas of custom tools: their limits, and their compilation, which costs shared processor time.
//!
//! Organizations write them, so a schema is limited before anything is compiled (patterns, parts, depth, no references), and all its patterns
//! together have a maximum compiled size. It is compiled and used on a thread that carries no sound, one at a time. Compiled schemas are kept by
//! their texts, for the calls that use them and for the user who saves them again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_actors::shares::{Amount, Claim, Reach, Shares, UsedUp};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    CUSTOM_TOOL_PATTERN_BYTES_MAX, CUSTOM_TOOL_PATTERN_CACHE_BYTES_MAX, CUSTOM_TOOL_PATTERNS_MAX,
    CUSTOM_TOOL_SCHEMA_BYTES_MAX, CUSTOM_TOOL_SCHEMA_DEPTH_MAX, CUSTOM_TOOL_SCHEMA_PARTS_MAX,
    TOOL_SCHEMA_WAIT_MS, TOOL_SCHEMAS_KEPT_MAX, TOOL_SCHEMAS_OF_ORGANIZATION_WAITING_MAX,
    TOOL_SCHEMAS_WAITING_MAX,
};
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::priority;

/// Characters of a fault that is reported.
const FAULT_CHARS_MAX: usize = 500;

/// Keywords that refer to other documents, or to the schema itself.
const REFERENCES: [&str; 4] = ["$ref", "$dynamicRef", "$recursiveRef", "$schema"];

/// Why a schema can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaFault {
    /// It is not accepted. The reason follows the word `it`.
    #[error("it {0}")]
    Bad(String),
    /// Too many schemas of the organization wait.
    #[error("{share} schemas of this organization wait to be read, its share: try again in a moment")]
    ShareUsedUp {
        /// How many wait.
        share: usize,
    },
    /// The machine has no time for it now.
    #[error("too many schemas wait to be read: try again in a moment")]
    Busy,
}

/// Compiled schemas, and the turn of the next one. Cheap to clone.
#[derive(Clone)]
pub struct ToolSchemas(Arc<Inner>);

struct Inner {
    kept: Mutex<CompiledSchemas>,
    turn: Arc<Semaphore>,
    waiting: Shares<OrganizationId>,
}

/// Recently compiled schemas, by their texts.
#[derive(Default)]
struct CompiledSchemas {
    by_text: HashMap<String, (u64, Arc<Validator>)>,
    /// Counts the uses. The one that was used longest ago is removed first.
    uses: u64,
    /// How many were compiled.
    compiled: u64,
}

impl Default for ToolSchemas {
    fn default() -> Self {
        let amount = Amount { total: TOOL_SCHEMAS_WAITING_MAX, reserve: 0 };
        let (turn, waiting) = (Arc::new(Semaphore::new(1)), Shares::new(amount));
        Self(Arc::new(Inner { kept: Mutex::default(), turn, waiting }))
    }
}

impl fmt::Debug for ToolSchemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolSchemas").field("kept", &self.kept().by_text.len()).finish()
    }
}

impl ToolSchemas {
    /// Checks whether a schema is accepted.
    ///
    /// # Errors
    /// Fails if it is not a valid schema, or there is no time to read it.
    pub async fn check(&self, organization_id: OrganizationId, schema: Value) -> Result<(), SchemaFault> {
        self.ask(organization_id, schema, |_| ()).await
    }

    /// Returns the arguments if they fit the schema, otherwise the reason why they don't.
    ///
    /// # Errors
    /// Fails if the schema is invalid, or there is no time to read it.
    pub async fn fit(
        &self,
        organization_id: OrganizationId,
        schema: Value,
        arguments: Value,
    ) -> Result<Result<Value, String>, SchemaFault> {
        let fit = move |validator: &Validator| match validator.validate(&arguments) {
            Ok(()) => Ok(arguments),
            Err(fault) => Err(cut(&fault.to_string())),
        };
        self.ask(organization_id, schema, fit).await
    }

    /// Uses the compiled schema on another thread. That keeps its turn until it is done, even if nobody waits any more.
    async fn ask<T: Send + 'static>(
        &self,
        organization_id: OrganizationId,
        schema: Value,
        question: impl FnOnce(&Validator) -> T + Send + 'static,
    ) -> Result<T, SchemaFault> {
        let claim = Claim { holder: organization_id, share: TOOL_SCHEMAS_OF_ORGANIZATION_WAITING_MAX };
        let place = self.0.waiting.take(&[claim], Reach::Usual).map_err(|used_up| match used_up {
            UsedUp::Share { share, .. } => SchemaFault::ShareUsedUp { share },
            UsedUp::Total { .. } | UsedUp::AllButReserve { .. } => SchemaFault::Busy,
        })?;
        let turn = Arc::clone(&self.0.turn).acquire_owned();
        let turn = timeout(Duration::from_millis(TOOL_SCHEMA_WAIT_MS), turn).await;
        let Ok(Ok(turn)) = turn else { return Err(SchemaFault::Busy) };
        let schemas = self.clone();
        let work = move || {
            let _until_done = (place, turn);
            schemas.compiled(&schema).map(|validator| question(&validator))
        };
        let failed = |_| Err(SchemaFault::Bad("can't be read: its reading failed".to_owned()));
        priority::blocking(work).await.unwrap_or_else(failed)
    }

    fn compiled(&self, schema: &Value) -> Result<Arc<Validator>, SchemaFault> {
        let text = schema.to_string();
        if let Some(validator) = self.kept().find(&text) {
            return Ok(validator);
        }
        let validator = Arc::new(compile(schema, text.len()).map_err(SchemaFault::Bad)?);
        self.kept().keep(text, Arc::clone(&validator));
        Ok(validator)
    }

    /// How many schemas were compiled since the start.
    #[cfg(test)]
    fn compiled_so_far(&self) -> u64 {
        self.kept().compiled
    }

    /// Only plain assignments happen under the lock, so a poisoned one is still good.
    fn kept(&self) -> MutexGuard<'_, CompiledSchemas> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CompiledSchemas {
    fn find(&mut self, text: &str) -> Option<Arc<Validator>> {
        let (used, validator) = self.by_text.get_mut(text)?;
        self.uses += 1;
        *used = self.uses;
        Some(Arc::clone(validator))
    }

    fn keep(&mut self, text: String, validator: Arc<Validator>) {
        if self.by_text.len() >= TOOL_SCHEMAS_KEPT_MAX {
            let oldest = self.by_text.iter().min_by_key(|(_, (used, _))| *used).map(|(text, _)| text.clone());
            oldest.map(|text| self.by_text.remove(&text));
        }
        self.uses += 1;
        self.compiled += 1;
        self.by_text.insert(text, (self.uses, validator));
    }
}

/// Contents of a schema.
#[derive(Clone, Copy, Debug, Default)]
struct SchemaContents {
    patterns: usize,
    parts: usize,
}

impl SchemaContents {
    /// Counts a value and everything in it.
    fn count(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        self.parts += 1;
        if depth > CUSTOM_TOOL_SCHEMA_DEPTH_MAX {
            return Err(format!("is nested deeper than {CUSTOM_TOOL_SCHEMA_DEPTH_MAX} levels"));
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if REFERENCES.contains(&name.as_str()) {
                        return Err(format!("has a {name}: write what it means in its place"));
                    }
                    match (name.as_str(), value) {
                        ("pattern", Value::String(_)) => self.patterns += 1,
                        ("patternProperties", Value::Object(by_pattern)) => self.patterns += by_pattern.len(),
                        ("unevaluatedProperties" | "unevaluatedItems", _) => {
                            return Err(format!(
                                "has {name}, which reads everything again at each level: use additionalProperties or items"
                            ));
                        }
                        _ => {}
                    }
                    self.count(value, depth + 1)?;
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.count(item, depth + 1)),
            _ => Ok(()),
        }
    }
}

/// Compiles a schema whose text has this many bytes. Patterns must match in linear time, and references are not allowed, so no schema can loop.
fn compile(schema: &Value, bytes: usize) -> Result<Validator, String> {
    if bytes > CUSTOM_TOOL_SCHEMA_BYTES_MAX {
        return Err(format!("has {bytes} bytes, and may have {CUSTOM_TOOL_SCHEMA_BYTES_MAX}"));
    }
    let mut held = SchemaContents::default();
    held.count(schema, 0)?;
    let SchemaContents { patterns, parts } = held;
    if patterns > CUSTOM_TOOL_PATTERNS_MAX {
        return Err(format!("has {patterns} patterns, and may have {CUSTOM_TOOL_PATTERNS_MAX}"));
    }
    if parts > CUSTOM_TOOL_SCHEMA_PARTS_MAX {
        return Err(format!("has {parts} values, and may have {CUSTOM_TOOL_SCHEMA_PARTS_MAX}"));
    }
    // All patterns together have the same room, however many there are.
    let each = CUSTOM_TOOL_PATTERN_BYTES_MAX / patterns.max(1);
    let patterns =
        PatternOptions::regex().size_limit(each).dfa_size_limit(CUSTOM_TOOL_PATTERN_CACHE_BYTES_MAX);
    jsonschema::options()
        .with_pattern_options(patterns)
        .should_validate_formats(false)
        .build(schema)
        .map_err(|fault| format!("can't be read: {}", cut(&fault.to_string())))
}

fn cut(text: &str) -> String {
    text.chars().take(FAULT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const OURS: OrganizationId = OrganizationId(Uuid::nil());

    fn with_patterns(count: usize, pattern: &str) -> Value {
        let properties: serde_json::Map<_, _> = (0..count)
            .map(|number| {
                // Each pattern is different, because equal ones are compiled once.
                (number.to_string(), json!({ "pattern": pattern.replace('#', &number.to_string()) }))
            })
            .collect();
        json!({ "type": "object", "properties": properties })
    }

    fn read(schema: &Value) -> Result<Validator, String> {
        compile(schema, schema.to_string().len())
    }

    #[test]
    fn a_schema_is_read_where_it_ends_somewhere() {
        let schema = json!({ "type": "object", "properties": { "a": { "pattern": "^(a+)+$" } } });
        let validator = read(&schema).unwrap();
        assert!(validator.is_valid(&json!({ "a": "aaa" })));
        assert!(!validator.is_valid(&json!({ "a": format!("{}!", "a".repeat(5_000)) })), "in linear time");
        for bad in [
            json!({ "type": 17 }),
            json!({ "$ref": "#" }),
            json!({ "properties": { "a": { "$ref": "https://example.com/schema" } } }),
            json!({ "properties": { "a": { "pattern": "(" } } }),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_schema_beyond_a_limit_is_refused_with_the_limit() {
        let nested = (0..CUSTOM_TOOL_SCHEMA_DEPTH_MAX).fold(json!({}), |inner, _| json!({ "not": inner }));
        let deep = json!({ "not": nested });
        let wide = json!({ "enum": (0..CUSTOM_TOOL_SCHEMA_PARTS_MAX).collect::<Vec<_>>() });
        let by_name = json!({ "patternProperties": with_patterns(17, "x")["properties"] });
        for (bad, expected) in [
            (with_patterns(17, "x"), "17 patterns, and may have 16"),
            (by_name, "34 patterns, and may have 16"),
            (deep, "nested deeper than 24"),
            (wide, "values, and may have 1024"),
            (json!({ "description": "x".repeat(9_000) }), "may have 8192"),
            (json!({ "properties": { "a": { "$dynamicRef": "#x" } } }), "$dynamicRef"),
            (json!({ "unevaluatedProperties": false }), "unevaluatedProperties"),
            (with_patterns(16, r"^\PL{20}N$"), "can't be read"),
        ] {
            let Err(reason) = read(&bad) else { panic!("{expected}") };
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
        for good in [with_patterns(16, r"^[a-z0-9-]{1,40}$"), with_patterns(16, r"^\p{L}+$"), nested] {
            read(&good).unwrap();
        }
    }

    #[tokio::test]
    async fn a_schema_is_compiled_once_for_all_users() {
        let schemas = ToolSchemas::default();
        let schema = with_patterns(1, "^a+$");
        schemas.check(OURS, schema.clone()).await.unwrap();
        for _ in 0..3 {
            let fits = schemas.fit(OURS, schema.clone(), json!({ "0": "aa" })).await.unwrap();
            assert_eq!(fits, Ok(json!({ "0": "aa" })));
        }
        let fault = schemas.fit(OURS, schema.clone(), json!({ "0": "b" })).await.unwrap();
        assert!(fault.is_err());
        assert_eq!(schemas.compiled_so_far(), 1);
        schemas.check(OURS, with_patterns(1, "^b+$")).await.unwrap();
        assert_eq!(schemas.compiled_so_far(), 2, "another version is another schema");
        for number in 0..TOOL_SCHEMAS_KEPT_MAX {
            schemas.check(OURS, json!({ "title": number.to_string() })).await.unwrap();
        }
        assert_eq!(schemas.kept().by_text.len(), TOOL_SCHEMAS_KEPT_MAX);
    }

    #[tokio::test]
    async fn each_organization_has_its_share_of_turns() {
        let schemas = ToolSchemas::default();
        let turn = Arc::clone(&schemas.0.turn).acquire_owned().await.unwrap();
        let ask = |number| {
            let schemas = schemas.clone();
            tokio::spawn(
                async move { schemas.check(OrganizationId(Uuid::from_u128(number)), json!({})).await },
            )
        };
        let waiting: Vec<_> = (0..TOOL_SCHEMAS_OF_ORGANIZATION_WAITING_MAX).map(|_| ask(1)).collect();
        while schemas.0.waiting.now() < waiting.len() {
            tokio::task::yield_now().await;
        }
        let refused = ask(1).await.unwrap().unwrap_err();
        assert_eq!(refused, SchemaFault::ShareUsedUp { share: waiting.len() });
        let other = ask(2);
        drop(turn);
        assert_eq!(other.await.unwrap(), Ok(()));
        for asked in waiting {
            assert_eq!(asked.await.unwrap(), Ok(()));
        }
        assert_eq!(schemas.0.waiting.now(), 0);
    }
}
