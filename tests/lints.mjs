// Prints the messages of the compiler and clippy about a build, and fails if there are any: a warning is an error.
//
//   cargo test --no-run --message-format=json | node tests/lints.mjs
//
// Cargo repeats the messages of crates that it did not rebuild.

import { createInterface } from "node:readline";

const said = new Set();
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.startsWith("{")) continue;
  const message = JSON.parse(line);
  // A file that is in several targets gets the message for each.
  if (message.reason === "compiler-message") said.add(message.message.rendered);
}
for (const text of said) console.log(text);
process.exit(said.size === 0 ? 0 : 1);
