// The selected call, next to the board: how to take part, who speaks, the transcript, and hanging up.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { may, me } from "../api/me";
import { Icon } from "../app/icons";
import { serverNow } from "../app/now";
import { Failed, Skeleton, StateBadge } from "../app/parts";
import { HangUp } from "../call/controls";
import { agentName } from "../call/people";
import { openRecord } from "../call/record";
import { Transcript } from "../call/transcript";
import { length } from "../words/time";
import { type BoardCall, standOf, talkerOf } from "./calls";
import { Ear } from "./ear";
import { CallLanes } from "./lanes";
import { SupervisionPanel } from "./panel";
import { sinceOf, STANDS, whoOf, withOf } from "./shape";
import { w } from "./words";

/** The drawer. `one`: the call on the board; undefined once it is over. */
export function Drawer(props: { id: string; one: BoardCall | undefined; nameOf: (id: string) => string; onClose: () => void }) {
  const { id, one, onClose } = props;
  const record = useMemo(() => openRecord(id), [id]);
  const ear = useMemo(() => new Ear(id), [id]);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(
    () => () => {
      ear.close();
      record.close();
    },
    [record, ear],
  );
  // A keyboard user who opens it gets the focus in it.
  useEffect(() => head.current?.focus(), [id]);
  const call = record.call.value ?? one?.call ?? null;
  const agent = call ? talkerOf(call) : undefined;
  const shown = one && STANDS[standOf(one)];
  return (
    <aside
      class="board-drawer sheet"
      aria-labelledby="board-drawer"
      onKeyDown={(event) => {
        // In a dialog over it, the key answers that dialog.
        const isAnswer = event.target instanceof Element && event.target.closest("dialog") !== null;
        if (event.key !== "Escape" || event.defaultPrevented || isAnswer) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div class="drawer-top">
        <div>
          <h2 id="board-drawer" ref={head} tabIndex={-1} dir="auto">
            {one ? whoOf(one) : call ? whoOf({ call, heldSince: null, ears: new Map(), isFresh: false }) : ""}
          </h2>
          <p class="meta">{one ? w.board.withWhom(withOf(one, props.nameOf)) : ""}</p>
        </div>
        {one && shown ? (
          <span class={`state ${shown.look}`}>
            <Icon name={shown.icon} />
            <span>{shown.word}</span>
            <time>{length(serverNow.value - sinceOf(one))}</time>
          </span>
        ) : (
          call && <StateBadge call={call} />
        )}
        <button type="button" class="btn quiet square" aria-label={w.board.close} title={w.board.close} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </div>
      {record.fault.value !== "" && <Failed message={record.fault.value} onRetry={record.reload} />}
      {call && (call.state === "live" || call.state === "interrupted") && me.value?.user && (
        <div class="mode ebonite">
          <SupervisionPanel call={call} ear={ear} />
          <CallLanes story={record.story} ear={ear} agent={agent ? (agent.name ?? w.board.somebody) : null} />
        </div>
      )}
      {call && call.state === "ended" && <p class="drawer-over">{w.board.over}</p>}
      {record.loaded.value && call ? (
        <Transcript
          story={record.story.value}
          playback={null}
          since={Date.parse(call.started_at)}
          isLive={call.state !== "ended"}
          nameOf={(userId) => agentName(call, userId)}
        />
      ) : (
        record.fault.value === "" && <Skeleton rows={4} />
      )}
      <div class="drawer-acts">
        <a class="btn" href={`/calls/${id}`}>
          {w.board.page}
        </a>
        {call && call.state !== "ended" && may("calls_control") && <HangUp call={call} />}
      </div>
    </aside>
  );
}
