// Prints what the compiler and clippy have to say of a build, and fails where they have anything to say: a warning is an error.
//
//   cargo test --no-run --message-format=json | node tests/lints.mjs
//
// Cargo says it again of what it did not build anew.

import { createInterface } from "node:readline";

const said = new Set();
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.startsWith("{")) continue;
  const message = JSON.parse(line);
  // A file that is in several targets is said of each.
  if (message.reason === "compiler-message") said.add(message.message.rendered);
}
for (const text of said) console.log(text);
process.exit(said.size === 0 ? 0 : 1);
