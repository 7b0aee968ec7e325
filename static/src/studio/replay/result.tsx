// A replay of a past call: its progress, the results then and now, and the turns side by side.
import { useState } from "preact/hooks";
import { messageOf } from "../../api/client";
import type { Replay, ReplayedTurn } from "../../api/model";
import { Icon } from "../../app/icons";
import { listed, number } from "../../app/language";
import { Failed, Skeleton, When } from "../../app/parts";
import { tell } from "../../app/toasts";
import { money } from "../../words/call";
import { saysWhich, useStudio } from "../context";
import { w as studio } from "../words";
import { Keep } from "./keep";
import { callerWords, ReplayState, Turns } from "./parts";
import { begin, pathOf, useReplay } from "./run";
import { addressOf, open } from "./views";
import { w } from "./words";

export function Result({ of }: { of: string }) {
  const { id, slot, keeper, canWrite } = useStudio();
  const { replay, fault, again, stop } = useReplay(id, of);
  const [keeps, setKeeps] = useState<{ turn: ReplayedTurn | null } | null>(null);
  const [isBeginning, setBeginning] = useState(false);
  const once = async () => {
    if (!replay?.call_id || isBeginning) return;
    setBeginning(true);
    try {
      open(id, "replay", (await begin(keeper, pathOf(id, "replays"), { call_id: replay.call_id, ...saysWhich(slot) })).id);
    } catch (problem) {
      tell(messageOf(problem));
    }
    setBeginning(false);
  };
  if (fault !== "") return <Failed message={fault} onRetry={again} />;
  if (replay === null) return <Skeleton rows={8} />;
  const turns = replay.call?.turns ?? [];
  const isRunning = replay.state === "running";
  const isOlder = replay.version == null && replay.draft === slot && replay.draft_revision !== keeper.revision;
  return (
    <section class="result" aria-labelledby="replay-name">
      <div class="top">
        <a class="bare" href={addressOf(id, "replay")}>
          <Icon name="back" size="small" />
          {w.run.back}
        </a>
        <h2 id="replay-name">{w.run.title}</h2>
        <span role="status">
          <ReplayState state={replay.state} />
        </span>
        <div class="push acts">
          {replay.call_id != null && <a href={`/calls/${replay.call_id}`}>{w.run.of}</a>}
          {canWrite && isRunning && (
            <button type="button" onClick={() => void stop().catch((problem: unknown) => tell(messageOf(problem)))}>
              <Icon name="stop" />
              {w.run.stop}
            </button>
          )}
          {canWrite && !isRunning && (
            <button type="button" class="primary" aria-disabled={isBeginning} onClick={() => void once()}>
              {w.run.again}
            </button>
          )}
        </div>
      </div>
      <p class="meta">
        {replay.version == null ? (replay.draft === "b" ? w.run.draftB : w.run.draft)(number(replay.draft_revision)) : studio.version(number(replay.version))} · <When at={replay.started_at} /> ·{" "}
        <span dir="auto">{w.run.by(replay.asked_by === "" ? w.run.program : replay.asked_by)}</span>
        {replay.cost_micros > 0 && ` · ${w.run.cost(money(replay.cost_micros, replay.currency))}`}
        {isOlder && ` · ${w.run.older}`}
      </p>
      {isRunning ? (
        <p class="under-way">
          <progress aria-label={w.run.progress} max={replay.steps} value={replay.steps_done} />
          <span class="meta figure">{replay.steps_done === 0 ? w.run.waits : w.run.steps(replay.steps_done, replay.steps)}</span>
        </p>
      ) : (
        <Verdict replay={replay} />
      )}
      {replay.state === "failed" && (
        <div class="notice bad" role="alert">
          <p dir="auto">{replay.reason}</p>
        </div>
      )}
      {replay.provider === "builtin" && (
        <div class="notice">
          <p>{w.run.builtin}</p>
        </div>
      )}
      <Turns
        turns={turns}
        acts={(turn) =>
          canWrite && !isRunning && turn.new && turn.kind !== "keys" ? (
            <button type="button" class="btn quiet small" aria-label={w.turn.keepOf(callerWords(turn))} onClick={() => setKeeps({ turn })}>
              {w.turn.keep}
            </button>
          ) : null
        }
      />
      {replay.call?.end != null && replay.call.end !== "whole" && <p class="meta ends">{w.run.end[replay.call.end]}</p>}
      {canWrite && !isRunning && turns.length > 0 && (
        <button type="button" onClick={() => setKeeps({ turn: null })}>
          {w.turn.keepCall}
        </button>
      )}
      {keeps !== null && replay.call_id != null && <Keep call={replay.call_id} turn={keeps.turn} onClose={() => setKeeps(null)} />}
    </section>
  );
}

/** The summary sentence, and the call's results then and now. */
function Verdict({ replay }: { replay: Replay }) {
  if (!replay.call) return null;
  const { old_outcomes: then, new_outcomes: now, turns } = replay.call;
  const words = (outcomes: typeof then) => (outcomes.length === 0 ? w.run.nothing : listed(outcomes.map((outcome) => w.outcome[outcome])));
  const isSame = then.join() === now.join();
  return (
    <>
      <p class="lede">{replay.turns_changed === 0 ? w.run.sameAll : w.run.differs(number(replay.turns_changed), replay.turns_changed, turns.length)}</p>
      <dl class="facts outcomes" aria-label={w.run.outcome}>
        <div>
          <dt>{w.run.then}</dt>
          <dd>{words(then)}</dd>
        </div>
        <div>
          <dt>{w.run.now}</dt>
          <dd>
            {words(now)} <span class={isSame ? "chip" : "chip on"}>{isSame ? w.run.sameOutcome : w.run.otherOutcome}</span>
          </dd>
        </div>
      </dl>
    </>
  );
}
