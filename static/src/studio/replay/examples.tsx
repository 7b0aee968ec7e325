// A profile's examples: what is expected, the result of the last run, and why.
import { useEffect, useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import type { Example, ExampleResult, Page, Replay, ReplaySummary } from "../../api/model";
import { Icon } from "../../app/icons";
import { useKeptFocus } from "../../app/kept-focus";
import { number } from "../../app/language";
import { useLoaded } from "../../app/load";
import { Confirm, Failed, Skeleton, When } from "../../app/parts";
import { tell } from "../../app/toasts";
import { w as frame } from "../../app/words";
import { saysWhich, useStudio } from "../context";
import { toolName } from "../describe";
import { Keep } from "./keep";
import { ReplayState, Turns } from "./parts";
import { begin, pathOf, useReplay } from "./run";
import { addressOf } from "./views";
import { w } from "./words";

/** The newest run of the profile's examples, and the one that was started here. */
function useLastRun(id: string) {
  const list = useLoaded<Page<ReplaySummary>>(pathOf(id, "replays?kind=examples&limit=1"));
  const [begun, setBegun] = useState<string | null>(null);
  const run = useReplay(id, begun ?? list.value?.items[0]?.id ?? null);
  const again = () => (list.value === null ? void list.again() : run.again());
  return { ...run, fault: list.fault || run.fault, again, isKnown: list.value !== null, setBegun };
}

/** The result of an example in a run; none if the run was about other expectations, because the example was changed since. */
function resultOf(replay: Replay | null, { id, expectations }: Example): ExampleResult | undefined {
  const result = replay?.examples.find(({ example_id }) => example_id === id);
  // One that could not be run has no checks.
  if (!result || result.checks.length === 0) return result;
  const { tools, words, forbidden, meaning } = expectations;
  const of = (kind: ExampleResult["checks"][number]["kind"], texts: string[]) => texts.map((text) => `${kind} ${text}`);
  const wanted = [...of("tool", tools), ...of("words", words), ...of("forbidden", forbidden), ...of("meaning", meaning === null ? [] : [meaning])];
  const judged = result.checks.map((check) => `${check.kind} ${check.wanted}`);
  return JSON.stringify(judged.sort()) === JSON.stringify(wanted.sort()) ? result : undefined;
}

export function Examples() {
  const { id, slot, keeper, canWrite } = useStudio();
  const examples = useLoaded<Page<Example>>(pathOf(id, "examples"));
  const run = useLastRun(id);
  const { replay } = run;
  const [fault, setFault] = useState("");
  const [opened, setOpened] = useState<Example | null>(null);
  const [removes, setRemoves] = useState<Example | null>(null);
  const isRunning = replay?.state === "running";
  const [isBeginning, setBeginning] = useState(false);
  useKeptFocus(examples.value ? `${isRunning} ${examples.value.items.length}` : undefined, ".examples .top .acts button");
  const runAll = async () => {
    if (isBeginning) return;
    setBeginning(true);
    setFault("");
    try {
      run.setBegun((await begin(keeper, pathOf(id, "example-runs"), saysWhich(slot))).id);
    } catch (problem) {
      setFault(messageOf(problem));
    }
    setBeginning(false);
  };
  const remove = async (example: Example) => {
    try {
      await change("DELETE", pathOf(id, `examples/${example.id}`));
      await examples.again();
    } catch (problem) {
      tell(messageOf(problem));
    }
  };
  if (examples.fault !== "") return <Failed message={examples.fault} onRetry={() => void examples.again()} />;
  if (examples.value === null) return <Skeleton rows={6} />;
  const all = examples.value.items;
  // As it is now: somebody else may have changed it.
  const changes = opened && (all.find(({ id: one }) => one === opened.id) ?? opened);
  if (all.length === 0) {
    return (
      <div class="empty">
        <p>{w.example.empty}</p>
        <a class="btn" href={addressOf(id, "replay")}>
          {w.example.toCalls}
        </a>
      </div>
    );
  }
  return (
    <section class="examples" aria-labelledby="examples-name">
      <div class="top">
        <h2 id="examples-name">{w.example.title}</h2>
        <p class="muted">{w.example.lede}</p>
        <div class="push acts">
          {isRunning && (
            <button type="button" onClick={() => void run.stop().catch((problem: unknown) => tell(messageOf(problem)))}>
              <Icon name="stop" />
              {w.run.stop}
            </button>
          )}
          {canWrite && !isRunning && (
            <button type="button" class="primary" aria-disabled={isBeginning} onClick={() => void runAll()}>
              {w.example.run}
            </button>
          )}
        </div>
      </div>
      <p class="error" role="alert">
        {fault}
      </p>
      {run.fault !== "" && <Failed message={run.fault} onRetry={run.again} />}
      {replay && <LastRun replay={replay} />}
      <ul class="example-list" aria-label={w.example.title}>
        {all.map((example) => (
          <li key={example.id}>
            <div class="top">
              <h3 dir="auto">{example.name}</h3>
              <span class="chip">{example.turn_seq == null ? w.example.whole : w.example.one}</span>
              <VerdictBadge result={resultOf(replay, example)} />
              <div class="push acts">
                <a href={`/calls/${example.call_id}`}>{w.run.of}</a>
                {canWrite && (
                  <>
                    <button type="button" class="btn quiet small" aria-label={w.example.editOf(example.name)} onClick={() => setOpened(example)}>
                      {frame.act.edit}
                    </button>
                    <button type="button" class="btn quiet small" aria-label={w.example.removeOf(example.name)} onClick={() => setRemoves(example)}>
                      {frame.act.remove}
                    </button>
                  </>
                )}
              </div>
            </div>
            <Why example={example} result={resultOf(replay, example)} />
          </li>
        ))}
      </ul>
      {changes !== null && (
        <Keep
          key={changes.id}
          call={changes.call_id}
          turn={null}
          example={changes}
          onClose={() => setOpened(null)}
          onDone={() => void examples.again()}
          onStale={() => void examples.renew()}
        />
      )}
      {removes !== null && (
        <Confirm
          title={w.example.removeOf(removes.name)}
          text={w.example.removeText}
          verb={frame.act.remove}
          onClose={() => setRemoves(null)}
          onYes={() => void remove(removes)}
        />
      )}
    </section>
  );
}

/** The subject and the state of the newest run. */
function LastRun({ replay }: { replay: Replay }) {
  const { slot, keeper } = useStudio();
  const ofDraft = () => (replay.draft !== slot ? w.example.ofOther : replay.draft_revision === keeper.revision ? w.example.ofDraft : w.example.ofOlder);
  const of = replay.version != null ? w.example.ofVersion(number(replay.version)) : ofDraft();
  return (
    <div class="last-run">
      <p>
        <span role="status">
          <ReplayState state={replay.state} />
        </span>{" "}
        <span class="meta">
          {w.example.lastRun} {of}, <When at={replay.started_at} />
        </span>
      </p>
      {replay.state === "running" && (
        <p class="under-way">
          <progress aria-label={w.run.progress} max={replay.steps} value={replay.steps_done} />
          <span class="meta figure">{w.example.running(number(replay.steps_done), number(replay.steps))}</span>
        </p>
      )}
      {replay.reason != null && (
        <div class="notice bad" role="alert">
          <p dir="auto">{replay.reason}</p>
        </div>
      )}
    </div>
  );
}

/** The result of an example: a shape, a glyph and a word. */
function VerdictBadge({ result }: { result: ExampleResult | undefined }) {
  if (!result) return <span class="meta">{w.example.verdict.none}</span>;
  return (
    <span class={result.verdict === "passed" ? "state live" : "state missed"}>
      <Icon name={result.verdict === "passed" ? "tick" : result.verdict === "failed" ? "cross" : "warning"} />
      {w.example.verdict[result.verdict]}
    </span>
  );
}

/** Each expectation; after a run, whether it was met, and the sentence that says so. */
function Why({ example, result }: { example: Example; result: ExampleResult | undefined }) {
  if (!result || result.checks.length === 0) {
    const { tools, words, forbidden, meaning } = example.expectations;
    return (
      <>
        {result?.reason != null && (
          <p class="error" dir="auto">
            {result.reason}
          </p>
        )}
        <dl class="facts">
          <Expected title={w.example.tools} texts={tools.map(toolName)} />
          <Expected title={w.example.words} texts={words} />
          <Expected title={w.example.forbidden} texts={forbidden} />
          <Expected title={w.example.meaning} texts={meaning === null ? [] : [meaning]} />
        </dl>
      </>
    );
  }
  return (
    <>
      <ul class="checks">
        {result.checks.map((check, at) => (
          <li key={at} class={check.met ? "good" : check.no_verdict === "no_judge" ? undefined : "bad"}>
            <Icon name={check.met ? "tick" : check.no_verdict == null ? "cross" : "warning"} />
            <div>
              <p dir="auto">{checkInWords(check)}</p>
              {check.reason != null && check.no_verdict == null && (
                <p class="meta">
                  {w.example.check.judge}: <q dir="auto">{check.reason}</q>
                </p>
              )}
              {check.no_verdict != null && (
                <p class="meta">
                  {w.example.noVerdict[check.no_verdict]}
                  {check.no_verdict !== "no_judge" && (
                    <>
                      {" "}
                      <span dir="auto">({check.reason})</span>
                    </>
                  )}
                </p>
              )}
              {check.sentence != null && (
                <p class="meta">
                  {!check.met && check.kind !== "forbidden" ? w.example.check.last : w.example.check.sentence}: <q dir="auto">{check.sentence}</q>
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
      <details class="example-said">
        <summary>{w.example.said}</summary>
        <Turns turns={result.call.turns} />
      </details>
    </>
  );
}

function Expected({ title, texts }: { title: string; texts: string[] }) {
  if (texts.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd dir="auto">{texts.join(" · ")}</dd>
    </div>
  );
}

function checkInWords({ kind, wanted, met, no_verdict }: ExampleResult["checks"][number]): string {
  switch (kind) {
    case "tool":
      return met ? w.example.check.toolMet(toolName(wanted)) : w.example.check.toolMissing(toolName(wanted));
    case "words":
      return met ? w.example.check.wordsMet(wanted) : w.example.check.wordsMissing(wanted);
    case "forbidden":
      return met ? w.example.check.forbiddenMet(wanted) : w.example.check.forbiddenSaid(wanted);
    case "meaning":
      return met ? w.example.check.meant(wanted) : no_verdict != null ? w.example.check.notJudged(wanted) : w.example.check.notMeant(wanted);
  }
}

/** In the publishing dialog: the result of the last run of the examples, and its draft. Empty if there are none. */
export function ExamplesBefore({ onLeave }: { onLeave: () => void }) {
  const { id, slot, keeper } = useStudio();
  const examples = useLoaded<Page<Example>>(pathOf(id, "examples"));
  const { replay, isKnown } = useLastRun(id);
  const [left, setLeft] = useState(false);
  useEffect(() => {
    if (left) onLeave();
  }, [left]);
  const all = examples.value?.items ?? [];
  const count = all.length;
  if (count === 0 || !isKnown) return null;
  const results = all.flatMap((example) => resultOf(replay, example) ?? []);
  const isOfDraft = replay !== null && replay.version == null && replay.draft === slot && replay.draft_revision === keeper.revision && replay.state === "done";
  // One that was added or changed after the run was not part of it.
  const isOfThis = isOfDraft && results.length === count;
  const failed = results.filter(({ verdict }) => verdict !== "passed");
  const passed = results.length - failed.length;
  return (
    <section class={!isOfThis || failed.length > 0 ? "notice warn" : "notice"} aria-label={w.publish.title}>
      <p>
        {!isOfThis
          ? w.publish.never(number(count), count)
          : failed.length === 0
            ? `${w.publish.passed(number(passed), passed)}.`
            : `${w.publish.passed(number(passed), passed)}, ${w.publish.failed(number(failed.length))}: ${failed.map(({ name }) => name).join(", ")}.`}
      </p>
      <a href={addressOf(id, "examples")} onClick={() => setLeft(true)}>
        {w.publish.all}
      </a>
    </section>
  );
}
