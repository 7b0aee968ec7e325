use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::*;

/// Members that serde leaves out according to the sources, by type and variant.
type LeftOut = BTreeMap<(String, String), BTreeSet<String>>;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The name after one of these words, if a line begins a type or a variant with it.
fn after<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let line = line
        .strip_prefix("pub")
        .map_or(line, |rest| rest.trim_start_matches("(crate)").trim_start_matches("(super)"));
    let rest = line.trim_start().strip_prefix(word)?.strip_prefix(' ')?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

fn snake(name: &str) -> String {
    let mut made = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !made.is_empty() {
            made.push('_');
        }
        made.extend(c.to_lowercase());
    }
    made
}

fn read(source: &str, found: &mut LeftOut) {
    let (mut of, mut variant, mut is_skipped, mut is_enum, mut in_events) =
        (String::new(), String::new(), false, false, false);
    for line in source.lines() {
        let indented = line.len() - line.trim_start().len();
        let begins = line.trim_start().split(' ').next().unwrap_or_default();
        let opens = line.ends_with('{') && begins.starts_with(char::is_uppercase);
        if line.starts_with("events! {") {
            in_events = true;
        } else if let Some(name) = after(line, "struct").or_else(|| after(line, "enum")) {
            (of, variant, is_enum, in_events) =
                (name.to_owned(), String::new(), line.contains("enum "), false);
        } else if in_events && indented == 4 && opens {
            (of, variant, is_enum) = (begins.to_owned(), String::new(), true);
        } else if is_enum && opens {
            variant = line.split('"').nth(1).map_or_else(|| snake(begins), str::to_owned);
        }
        is_skipped |= line.contains("skip_serializing_if");
        // A field may follow its attribute on the same line.
        let field = line.trim().rsplit_once(")] ").map_or(line.trim(), |(_, field)| field);
        if is_skipped
            && let Some((name, _)) = field.trim_start_matches("pub ").split_once(": ")
            && name.chars().all(|c| c.is_lowercase() || c == '_' || c.is_numeric())
        {
            is_skipped = false;
            found.entry((of.clone(), variant.clone())).or_default().insert(name.to_owned());
        }
    }
}

/// The list has exactly the members that serde may leave out of the documents' answers.
#[test]
fn the_list_of_left_out_members_matches_the_sources() {
    let (mut files, mut found) = (Vec::new(), LeftOut::new());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["schema/src", "call/src", "actors/src", "src"]
        .iter()
        .for_each(|folder| sources(&root.join(folder), &mut files));
    files.iter().for_each(|file| read(&fs::read_to_string(file).unwrap(), &mut found));
    let answered: BTreeSet<String> = crate::web::documents()
        .iter()
        .flat_map(|text| {
            let document: Value = serde_json::from_slice(text).unwrap();
            document["components"]["schemas"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        })
        .collect();
    // Programs send these; no answer has them.
    let sent = ["CallList", "OutboundCall", "ProfileChange"];
    found.retain(|(of, _), _| answered.contains(of) && !sent.contains(&of.as_str()));
    let listed: LeftOut = LEFT_OUT
        .iter()
        .map(|(of, variant, members)| {
            let members = members.iter().map(|member| (*member).to_owned()).collect();
            (((*of).to_owned(), (*variant).to_owned()), members)
        })
        .collect();
    assert_eq!(listed, found);
}

#[test]
fn sent_and_answered_types_that_differ_have_two_schemas() {
    let taken = json!({
        "Same": { "type": "string" },
        "Style": {
            "type": "object",
            "properties": { "pace": { "type": "integer" }, "of": { "$ref": "#/components/schemas/Same" } },
            "additionalProperties": false,
        },
        "Outer": {
            "type": "object",
            "properties": { "style": { "$ref": "#/components/schemas/Style" } },
            "required": ["style"],
        },
        "LevelBody": { "type": "object", "properties": { "level": {} } },
    });
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let all = names(&["Outer", "LevelBody"]);
    let both = BothWays::of(taken.as_object().unwrap(), all.clone(), all);
    let made: Vec<&str> = both.schemas.keys().map(String::as_str).collect();
    assert_eq!(made, ["LevelBody", "LevelView", "Outer", "OuterBody", "Same", "Style", "StyleBody"]);
    assert_eq!(both.schemas["StyleBody"], taken["Style"]);
    assert_eq!(both.schemas["Style"]["required"], json!(["of", "pace"]));
    assert_eq!(both.schemas["Style"].get("additionalProperties"), None);
    assert_eq!(both.schemas["OuterBody"]["properties"]["style"]["$ref"], "#/components/schemas/StyleBody");
    assert_eq!(both.schemas["Outer"]["properties"]["style"]["$ref"], "#/components/schemas/Style");
    assert_eq!(both.schemas["LevelBody"].get("required"), None);
    assert_eq!(both.schemas["LevelView"]["required"], json!(["level"]));
}

/// If two types had the same name, the document would have one schema for both.
#[test]
fn types_in_the_documents_have_unique_names() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["schema/src", "src/web"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        let (mut is_described, mut other_name) = (false, None);
        for line in fs::read_to_string(&file).unwrap().lines() {
            if line.trim_start().starts_with("#[") {
                is_described |= line.contains("ToSchema");
                let name = line.split("schema(as = ").nth(1).and_then(|rest| rest.split([')', ',']).next());
                other_name = name.map(str::to_owned).or(other_name);
            } else if let Some(name) = after(line, "struct").or_else(|| after(line, "enum")) {
                if is_described && !name.is_empty() {
                    let name = other_name.take().unwrap_or_else(|| name.to_owned());
                    places.entry(name).or_default().push(file.clone());
                }
                (is_described, other_name) = (false, None);
            }
        }
    }
    assert!(places.len() > 100, "{}", places.len());
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
