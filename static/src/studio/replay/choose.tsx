// The choice of a past call: a list with search, and the earlier replays.
import { useState } from "preact/hooks";
import { messageOf } from "../../api/client";
import type { Call, ReplaySummary } from "../../api/model";
import { Earlier, Further } from "../../app/further";
import { number } from "../../app/language";
import { useList } from "../../app/load";
import { Failed, Skeleton, StateBadge, When } from "../../app/parts";
import { callerName, callName, duration } from "../../words/call";
import { fullTime, length } from "../../words/time";
import { saysWhich, useStudio } from "../context";
import { Panel } from "../parts";
import { begin, pathOf } from "./run";
import { ReplayState } from "./parts";
import { addressOf, open } from "./views";
import { w } from "./words";

export function Choose() {
  const { id, slot, keeper, canWrite } = useStudio();
  const [words, setWords] = useState("");
  const [found, setFound] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState("");
  const calls = useList<Call>(`/api/v1/calls?state=ended&limit=25${found === "" ? "" : `&q=${encodeURIComponent(found)}`}`);
  const before = useList<ReplaySummary>(pathOf(id, "replays?kind=call&limit=10"));
  const replay = async (call: Call) => {
    if (busy !== "") return;
    setBusy(call.id);
    setFault("");
    try {
      open(id, "replay", (await begin(keeper, pathOf(id, "replays"), { call_id: call.id, ...saysWhich(slot) })).id);
    } catch (problem) {
      setFault(messageOf(problem));
    } finally {
      setBusy("");
    }
  };
  return (
    <div class="choose">
      <section aria-labelledby="which-call">
        <h2 id="which-call" class="lede">
          {w.choose.title}
        </h2>
        <p class="muted">{w.choose.lede}</p>
        <form
          role="search"
          class="find"
          onSubmit={(event) => {
            event.preventDefault();
            setFound(words.trim());
          }}
        >
          <label for="said">{w.choose.search}</label>
          <input id="said" type="search" dir="auto" maxLength={200} placeholder={w.choose.searchHint} value={words} onInput={({ currentTarget }) => setWords(currentTarget.value)} />
          <button type="submit">{w.choose.find}</button>
          {found !== "" && (
            <button
              type="button"
              class="btn quiet"
              onClick={() => {
                setWords("");
                setFound("");
              }}
            >
              {w.choose.clear}
            </button>
          )}
        </form>
        <p class="error" role="alert">
          {fault}
        </p>
        {calls.items === null && calls.fault === "" && <Skeleton rows={6} />}
        {calls.items?.length === 0 && (
          <div class="empty">
            <p>{found === "" ? w.choose.empty : w.choose.none}</p>
          </div>
        )}
        <Earlier list={calls} />
        {calls.items !== null && calls.items.length > 0 && (
          <ul class="past-calls" aria-label={w.choose.list}>
            {calls.items.map((call) => (
              <li key={call.id}>
                <div class="who">
                  <a href={`/calls/${call.id}`} title={w.choose.open} dir="auto">
                    {callerName(call)}
                  </a>
                  <span class="meta figure">
                    <When at={call.started_at} /> · {length(duration(call, 0) ?? 0)}
                  </span>
                </div>
                <StateBadge call={call} />
                {canWrite && (
                  <button type="button" class="btn small" aria-label={w.choose.replayOf(`${callName(call)}, ${fullTime(new Date(call.started_at))}`)} aria-disabled={busy !== ""} onClick={() => void replay(call)}>
                    {w.choose.replay}
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
        {calls.fault !== "" && <Failed message={calls.fault} onRetry={() => void calls.again()} />}
        <Further key={found} list={calls} quiet />
      </section>
      <Panel title={w.before.title}>
        {before.fault !== "" && <Failed message={before.fault} onRetry={() => void before.again()} />}
        {before.items?.length === 0 && <p class="meta">{w.before.none}</p>}
        <ul class="before-list">
          {before.items?.map((replay) => (
            <li key={replay.id}>
              <a href={addressOf(id, "replay", replay.id)} aria-label={w.before.open(fullTime(new Date(replay.started_at)))}>
                <When at={replay.started_at} />
              </a>
              <ReplayState state={replay.state} />
              <span class="meta">
                {replay.turns_changed === 0 ? w.before.same : w.before.changed(number(replay.turns_changed), replay.turns_changed)}
                {replay.asked_by !== "" && <span dir="auto"> · {replay.asked_by}</span>}
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
