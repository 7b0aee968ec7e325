// The calls of the board as a table: the same as the cords, and all of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import { serverNow } from "../app/now";
import { useRows } from "../app/rows";
import { length } from "../words/time";
import { type BoardCall, standOf } from "./calls";
import { sinceOf, STANDS, whoOf, withOf } from "./shape";
import { w } from "./words";

/** The table. `chosen`: the call of the drawer; `names`: changes when an assistant is renamed. */
export function Table(props: {
  calls: readonly BoardCall[];
  nameOf: (profileId: string) => string;
  earOf: (userId: string) => string;
  chosen: string | null;
  onOpen: (id: string) => void;
}) {
  const { calls, chosen } = props;
  // A row is rendered again only if its call has changed: there may be hundreds.
  const rows = useRows(calls, [props.nameOf, props.earOf, chosen], (one) => (
    <Row key={one.call.id} one={one} {...props} isChosen={chosen === one.call.id} />
  ));
  return (
    <div class="scroll board-table">
      <table aria-label={w.board.liveTable}>
        <thead>
          <tr>
            <th scope="col">{w.board.columns.caller}</th>
            <th scope="col">{w.board.columns.state}</th>
            <th scope="col">{w.board.columns.line}</th>
            <th scope="col">{w.board.columns.with}</th>
            <th scope="col">{w.board.columns.heard}</th>
            <th scope="col" class="number">
              {w.board.columns.time}
            </th>
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
      {calls.length === 0 && <p class="soft">{w.board.nobody}</p>}
    </div>
  );
}

function Row(props: {
  one: BoardCall;
  nameOf: (id: string) => string;
  earOf: (id: string) => string;
  isChosen: boolean;
  onOpen: (id: string) => void;
}) {
  const { one, isChosen } = props;
  const { word, icon, look } = STANDS[standOf(one)];
  const classes = [isChosen ? "now" : "", one.isFresh ? "fresh" : ""].filter(Boolean).join(" ");
  return (
    <tr class={classes || undefined}>
      <th scope="row">
        <button
          type="button"
          class="row-open"
          data-call={one.call.id}
          {...(isChosen ? { "aria-current": "true" as const } : {})}
          onClick={() => props.onOpen(one.call.id)}
        >
          <span dir="auto">{whoOf(one)}</span>
        </button>
      </th>
      <td>
        <span class={`state ${look}`}>
          <Icon name={icon} />
          {word}
        </span>
      </td>
      <td>{one.call.to ?? "–"}</td>
      <td>{withOf(one, props.nameOf)}</td>
      <td>{[...one.ears.keys()].map(props.earOf).join(", ") || "–"}</td>
      <td class="number figure">
        <Since at={sinceOf(one)} />
      </td>
    </tr>
  );
}

/** Callbacks for whether an element is visible. */
const watched = new WeakMap<Element, (isSeen: boolean) => void>();
const observer = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) watched.get(target)?.(isIntersecting);
});

/** A time that updates itself while it is visible: its row is not rendered again, and hundreds out of sight cost nothing. */
function Since({ at }: { at: number }) {
  const box = useRef<HTMLTimeElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    watched.set(current, setSeen);
    observer.observe(current);
    return () => observer.unobserve(current);
  }, []);
  return <time ref={box}>{length((isSeen ? serverNow.value : serverNow.peek()) - at)}</time>;
}
