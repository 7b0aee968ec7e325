// Components of replays and examples: the state, and the turns, then and now.
import type { ComponentChildren } from "preact";
import type { Replay, ReplayedTurn, ReplaySide } from "../../api/model";
import { Icon } from "../../app/icons";
import { toolName } from "../describe";
import { w } from "./words";

/** The state of a replay: a shape, a glyph and a word. */
export function ReplayState({ state }: { state: Replay["state"] }) {
  const look = { running: "state live", done: "state ended", stopped: "state wrap", failed: "state missed" } as const;
  const glyph = { running: "voice", done: "tick", stopped: "stop", failed: "warning" } as const;
  return (
    <span class={look[state]}>
      <Icon name={glyph[state]} />
      {w.state[state]}
    </span>
  );
}

/** The turns, each with the caller's words and both answers. `acts`: the actions for a turn. */
export function Turns({ turns, acts }: { turns: ReplayedTurn[]; acts?: (turn: ReplayedTurn) => ComponentChildren }) {
  return (
    <ol class="replayed" aria-label={w.turn.list}>
      {turns.map((turn) => (
        <li key={turn.seq} class={differs(turn) ? "other" : undefined}>
          <div class="caller-said">
            <span class="by">
              <span class="who-mark caller" aria-hidden="true" />
              {w.turn.caller}
            </span>
            <p dir="auto">{callerWords(turn)}</p>
            {acts !== undefined && <div class="push">{acts(turn)}</div>}
          </div>
          <div class="then-now">
            <Answer title={w.run.then} side={turn.old} gone={turn.marks?.tools_missing ?? []} />
            {turn.new ? (
              <Answer title={w.run.now} side={turn.new} fresh={turn.marks?.tools_added ?? []} marks={turn.marks?.words} />
            ) : (
              <p class="meta">{w.turn.skipped}</p>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

export function callerWords({ kind, caller }: Pick<ReplayedTurn, "kind" | "caller">): string {
  return kind === "start" ? w.turn.start : kind === "keys" ? w.turn.keys(caller) : caller;
}

/** Whether the words or the tools of a turn differ. */
function differs({ marks }: ReplayedTurn): boolean {
  return marks != null && (marks.words === "different" || marks.tools_added.length + marks.tools_missing.length > 0);
}

function Answer(props: { title: string; side: ReplaySide; gone?: string[]; fresh?: string[]; marks?: "same" | "close" | "different" | undefined }) {
  const { side, gone = [], fresh = [], marks } = props;
  const isFresh = taker(fresh);
  const isGone = taker(gone);
  return (
    <div class="answer">
      <p class="by">
        <span class="who-mark ada" aria-hidden="true" />
        {props.title}
        {marks !== undefined && <span class={marks === "different" ? "chip on" : "chip"}>{w.turn.words[marks]}</span>}
      </p>
      <p dir="auto" class={side.said === "" ? "muted" : undefined}>
        {side.said === "" ? w.turn.silent : side.said}
      </p>
      {side.tools.map((tool, at) => {
        const mark = isFresh(tool.name) ? "added" : isGone(tool.name) ? "removed" : "";
        const name = toolName(tool.name);
        const worked = tool.outcome == null || tool.outcome.outcome === "done";
        return (
          <details key={at} class={`tool-asked ${mark}`}>
            <summary>
              <Icon name="tool" size="small" />
              {mark === "added" ? <ins>{w.turn.added(name)}</ins> : mark === "removed" ? <del>{w.turn.missing(name)}</del> : <span>{name}</span>}
              {!worked && <span class="meta">{w.turn.failed}</span>}
              {tool.answered_from != null && <span class="meta">{w.turn.answer[tool.answered_from]}</span>}
            </summary>
            <p class="mono" dir="auto">
              {JSON.stringify(tool.arguments)}
            </p>
            {tool.outcome != null && (
              <p class="mono" dir="auto">
                {"note" in tool.outcome ? tool.outcome.note : "reason" in tool.outcome ? tool.outcome.reason : tool.outcome.outcome}
              </p>
            )}
          </details>
        );
      })}
    </div>
  );
}

/** Returns a function that says of names, one after the other, whether they are among these; each counts once. */
function taker(names: string[]): (name: string) => boolean {
  const left = [...names];
  return (name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
}
