// The live calls: a small board.
import { useEffect } from "preact/hooks";
import { follow, live } from "../calls/book";
import { ALL } from "../calls/filters";
import type { Call } from "../api/model";
import { Cord } from "../app/cord";
import { Icon } from "../app/icons";
import { serverNow } from "../app/now";
import { callName, stateWords } from "../words/call";
import { length } from "../words/time";
import { w } from "./words";

/** How many of the longest calls are shown. */
const SHOWN = 5;

/** The live calls. */
export function Board() {
  useEffect(() => follow(() => ALL), []);
  const calls = live.value ?? [];
  const shown = [...calls].sort((one, other) => (one.started_at < other.started_at ? -1 : 1)).slice(0, SHOWN);
  return (
    <section class="ebonite nowbox" aria-labelledby="now-title">
      <div class="now-top">
        <h2 id="now-title">{w.now.title}</h2>
        <span class="meta" role="status">
          {calls.length > 0 && w.now.count(calls.length)}
        </span>
        {calls.length > 0 && (
          <a class="btn small push" href="/calls?show=live">
            {w.now.all}
          </a>
        )}
      </div>
      {shown.length === 0 ? (
        <div class="nobody">
          <span class="jack" aria-hidden="true" />
          <Cord kind="loose" />
          <span class="jack" aria-hidden="true" />
          <p class="soft">{w.now.quiet}</p>
        </div>
      ) : (
        <ul>
          {shown.map((call) => (
            <Row key={call.id} call={call} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ call }: { call: Call }) {
  const agent = call.agents.find(({ outcome }) => outcome === "talking");
  // Somebody on a phone has no name here.
  const person = agent?.name ?? (agent || call.with_person ? w.now.somebody : null);
  const isLive = call.state === "live";
  const isLost = call.state === "interrupted";
  const kind = !isLive ? "ring" : person !== null ? "agent" : "ada";
  return (
    <li>
      <a class="live-row" href={`/calls/${call.id}`}>
        <span class="live-who">
          <strong>{callName(call)}</strong>
        </span>
        <span class={isLive ? "jack in caller" : "jack in ring"} aria-hidden="true" />
        <Cord kind={kind} isTalking={isLive} />
        <span class={isLive ? `jack in ${kind}` : "jack"} aria-hidden="true" />
        <span class="live-to">{person ?? w.now.assistant}</span>
        <span class={isLost ? "state missed" : isLive ? (person !== null ? "state live" : "state ada") : "state ringing"}>
          <Icon name={isLost ? "warning" : isLive ? "voice" : "ring"} />
          <span>{isLost ? stateWords.interrupted : isLive ? w.now.live : w.now.ringing}</span>
          <time>{length(serverNow.value - Date.parse(call.started_at))}</time>
        </span>
      </a>
    </li>
  );
}
