//! The examples in the documents, run as a reader would run them: each `sh` block without `no-run`, in a shell, next to a running server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cordboard_test_support::server::{ADMIN_TOKEN, Server};
use cordboard_test_support::shell;

/// The text of each block that begins with this line.
fn blocks(document: &str, first: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if line == first {
                found.push(block.join("\n"));
            }
        }
    }
    found
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = vec![root.join("README.md")];
    all.extend(fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    all.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    all.sort();
    all
}

#[test]
fn blocks_are_found_by_kind_and_end_at_their_fence() {
    let document = "a\n```sh\nb\nc\n```\n```sh no-run\nd\n```\n```toml\ne\n```\n```sh\nf\n```\n";
    assert_eq!(blocks(document, "```sh"), ["b\nc", "f"]);
}

#[test]
fn the_examples_of_the_documents_run() {
    let binary = Path::new(env!("CARGO_BIN_EXE_cordboard"));
    let server = Server::start(binary, &[]).unwrap();
    let programs = shell::programs().unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", programs.path().display(), binary.parent().unwrap().display());
    let http = server.addresses().http.to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut run = 0;
    for document in documents() {
        for block in blocks(&fs::read_to_string(&document).unwrap(), "```sh") {
            let output = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &block])
                .current_dir(&folder)
                .env_clear()
                .envs([
                    ("PATH", path.as_str()),
                    ("token", ADMIN_TOKEN),
                    ("CORDBOARD_ADMIN_TOKEN", ADMIN_TOKEN),
                ])
                .envs([("api", format!("http://{http}/api/v1")), ("CORDBOARD_HTTP__LISTEN", http.clone())])
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
            assert!(output.status.success(), "{}:\n{block}\n{}", document.display(), said.concat());
            run += 1;
        }
    }
    assert!(run > 5, "only {run} examples were found");
}
