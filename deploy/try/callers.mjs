// Simulates callers, one after the other, for `packages` next to this file: each opens a connection, and is answered or not.
//
//   node callers.mjs http|audiosocket PORT COUNT EACH_MS
//
// An HTTP caller requests /healthz and is answered by a 200; an AudioSocket caller names a call, and is answered by the first sound. Prints one
// JSON object: the numbers of answered and failed callers, the errors, the longest wait, and how many waited for longer than a second.

import { randomBytes } from "node:crypto";
import { connect } from "node:net";

// When to give up: a restart lets live calls end first.
const LIMIT_MS = 120_000;
const LONG_MS = 1_000;

const [kind, port, count, eachMs] = process.argv.slice(2);
const kinds = {
  http: {
    hello: () => "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    isAnswer: (bytes) => bytes.toString("latin1").startsWith("HTTP/1.1 200"),
    goodbye: Buffer.alloc(0),
  },
  // A message is its kind, the length of its payload in two bytes, and the payload: 0x01 is the call's id, 0x10 sound, 0x00 the hang-up.
  audiosocket: {
    hello: () => Buffer.concat([Buffer.from([0x01, 0x00, 0x10]), randomBytes(16)]),
    isAnswer: (bytes) => bytes[0] === 0x10,
    goodbye: Buffer.from([0x00, 0x00, 0x00]),
  },
};
const { hello, isAnswer, goodbye } = kinds[kind];

// Resolves to the error text, or to undefined if the caller was answered.
const call = () =>
  new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.setTimeout(LIMIT_MS);
    const end = (fault) => {
      resolve(fault);
      socket.end(goodbye);
      socket.resume();
    };
    socket.once("connect", () => socket.write(hello()));
    socket.once("data", (bytes) => end(isAnswer(bytes) ? undefined : `another answer: ${bytes.subarray(0, 12).toString("latin1")}`));
    socket.once("timeout", () => {
      resolve("no answer");
      socket.destroy();
    });
    socket.once("error", (error) => resolve(error.code));
    socket.once("close", () => resolve("closed without an answer"));
  });

const waits = [];
const why = {};
const measured = async () => {
  const began = performance.now();
  const fault = await call();
  if (fault === undefined) waits.push(performance.now() - began);
  else why[fault] = (why[fault] ?? 0) + 1;
};

const calls = [];
for (let number = 0; number < Number(count); number += 1) {
  calls.push(measured());
  await new Promise((resolve) => setTimeout(resolve, Number(eachMs)));
}
await Promise.all(calls);
const report = {
  answered: waits.length,
  failed: calls.length - waits.length,
  why,
  longest_ms: Math.round(Math.max(0, ...waits)),
  waited: waits.filter((wait) => wait > LONG_MS).length,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
