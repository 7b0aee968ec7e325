// Leads as cards in five columns. A card is moved with the mouse, or picked up by its handle: then the arrow keys choose a column and Enter drops it
// there. Pressing the column's button also drops it.
import { useEffect, useRef, useState } from "preact/hooks";
import { may, myId } from "../api/me";
import type { Lead, LeadStatus } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { Skeleton } from "../app/parts";
import { Earlier, Further } from "../app/further";
import { useRows } from "../app/rows";
import { nameOf, useColleagues } from "../people/colleagues";
import { amount, sums } from "../words/money";
import { called, CameFrom, Face } from "../people/parts";
import { edited, statusIcons } from "./change";
import { STATUSES } from "./filters";
import type { Columns } from "./page";
import { w } from "./words";

/** A lead that is being moved, where it comes from, and where it would be dropped. */
interface Taken {
  lead: Lead;
  to: LeadStatus;
  by: "mouse" | "handle";
}

const isOver = ({ status }: Lead) => status === "won" || status === "lost";
const handleId = (lead: Lead) => `move-${lead.id}`;

/** For each lead being moved, its state after the moves so far: they are sent one after the other, even if the board is rendered again in the
 * meantime. */
const moves = new Map<string, Promise<Lead>>();

/** The board. */
export function Board({ columns }: { columns: Columns }) {
  const [taken, setTaken] = useState<Taken | null>(null);
  const [said, setSaid] = useState("");
  const wanted = useRef<string | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    document.getElementById(wanted.current)?.focus();
    wanted.current = null;
  });

  const show = (lead: Lead) => {
    for (const other of STATUSES) if (other !== lead.status) columns[other].change((items) => items.filter(({ id }) => id !== lead.id));
    columns[lead.status].change((items) =>
      items.some(({ id }) => id === lead.id)
        ? items.map((one) => (one.id === lead.id ? lead : one))
        : [...items, lead].sort((one, other) => (one.id < other.id ? 1 : -1)),
    );
  };
  const put = async ({ lead, to, by }: Taken) => {
    setTaken(null);
    if (by === "handle") wanted.current = handleId(lead);
    if (to === lead.status) return setSaid(w.stays(called(lead), w.statuses[to]));
    // Later than what the columns have, whose next answers may still be from before the move.
    show({ ...lead, status: to, updated_at: new Date(Date.parse(lead.updated_at) + 1).toISOString() });
    const before = moves.get(lead.id) ?? Promise.resolve(lead);
    const move = before.then(async (stands) => (await edited(stands, { status: to })) ?? stands);
    moves.set(lead.id, move);
    const now = await move;
    // It was moved again in the meantime: the result of that move is shown.
    if (moves.get(lead.id) !== move) return;
    moves.delete(lead.id);
    if (by === "handle") wanted.current = handleId(lead);
    show(now);
    if (now.status === to) setSaid(w.moved(called(lead), w.statuses[to]));
  };
  const take = (lead: Lead, by: Taken["by"]) => {
    setTaken({ lead, to: lead.status, by });
    if (by === "handle") setSaid(w.takenUp(called(lead)));
  };
  const key = (event: KeyboardEvent) => {
    if (taken?.by !== "handle") return;
    const at = STATUSES.indexOf(taken.to);
    const isBackward = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const to = STATUSES[event.key === isBackward ? at - 1 : at + 1];
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      if (to) {
        setTaken({ ...taken, to });
        setSaid(w.over(w.statuses[to]));
      }
    } else if (event.key === "Escape") {
      event.preventDefault();
      setTaken(null);
      setSaid(w.givenUp(called(taken.lead), w.statuses[taken.lead.status]));
    }
  };
  const own = async (lead: Lead) => {
    const now = await edited(lead, { owner_id: myId() });
    if (!now) return;
    // The button disappears once its card has an owner.
    const card = document.getElementById(handleId(lead))?.closest("article");
    if (card?.contains(document.activeElement)) wanted.current = handleId(lead);
    show(now);
  };
  return (
    <>
      <p class="hidden" role="status">
        {said}
      </p>
      <div class="lead-board" onKeyDown={key}>
        {STATUSES.map((status) => (
          <Column
            key={status}
            status={status}
            columns={columns}
            taken={taken}
            onTake={take}
            onOver={() => taken && taken.to !== status && setTaken({ ...taken, to: status })}
            onPut={(how) => taken && void put(how === "here" ? { ...taken, to: status } : taken)}
            onLeave={() => setTaken(null)}
            onOwn={(lead) => void own(lead)}
          />
        ))}
      </div>
    </>
  );
}

function Column(props: {
  status: LeadStatus;
  columns: Columns;
  taken: Taken | null;
  onTake: (lead: Lead, by: Taken["by"]) => void;
  onOver: () => void;
  onPut: (how: "here" | "chosen") => void;
  onLeave: () => void;
  onOwn: (lead: Lead) => void;
}) {
  const { status, taken } = props;
  const list = props.columns[status];
  const leads = list.items ?? [];
  const isPart = list.hasMore || list.hasEarlier;
  const colleagues = useColleagues();
  const title = `leads-${status}`;
  const canBePutHere = taken?.by === "handle" && taken.lead.status !== status;
  const isTarget = taken !== null && taken.to === status && taken.lead.status !== status;
  const acts = useRef(props);
  acts.current = props;
  const takenId = taken?.lead.id ?? null;
  const cards = useRows(leads, [colleagues, takenId], (lead) => (
    <li key={lead.id}>
      <Card
        lead={lead}
        owner={lead.owner_id === null ? null : nameOf(colleagues, lead.owner_id)}
        isTaken={takenId === lead.id}
        onTake={(by) => acts.current.onTake(lead, by)}
        onPut={() => acts.current.onPut("chosen")}
        onLeave={() => acts.current.onLeave()}
        onOwn={() => acts.current.onOwn(lead)}
      />
    </li>
  ));
  return (
    <section
      class={isTarget ? "col over" : "col"}
      aria-labelledby={title}
      onDragOver={(event) => {
        if (taken?.by !== "mouse") return;
        event.preventDefault();
        props.onOver();
      }}
      onDrop={(event) => {
        event.preventDefault();
        if (taken?.by === "mouse") props.onPut("here");
      }}
    >
      <div class="col-top">
        <h2 id={title}>
          <Icon name={statusIcons[status]} size="small" />
          {w.statuses[status]}
        </h2>
        {list.items && (
          <span class="count">
            {number(leads.length)}
            {isPart && "+"}
          </span>
        )}
        <span class="meta n push">
          {sums(leads)}
          {isPart && leads.length > 0 && "+"}
        </span>
      </div>
      {canBePutHere && (
        <button type="button" class="btn small put-here" onClick={() => props.onPut("here")}>
          {w.putHere}
          <span class="hidden">: {w.statuses[status]}</span>
        </button>
      )}
      {list.items === null && list.fault === "" && <Skeleton rows={4} />}
      <Earlier list={list} of={w.statuses[status]} />
      <ul>{cards}</ul>
      <Further list={list} of={w.statuses[status]} quiet />
    </section>
  );
}

function Card(props: {
  lead: Lead;
  owner: string | null;
  isTaken: boolean;
  onTake: (by: Taken["by"]) => void;
  onPut: () => void;
  onLeave: () => void;
  onOwn: () => void;
}) {
  const { lead, owner, isTaken } = props;
  const name = called(lead);
  // Until a next step is set, the caller's urgency says the most.
  const next = lead.next_step || lead.urgency;
  const canEdit = may("leads_write") === true;
  return (
    <article
      class={isTaken ? "card lead taken" : "card lead"}
      draggable={canEdit}
      onDragStart={(event) => {
        event.dataTransfer?.setData("text/plain", name);
        if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
        // The browser takes the drag image before the card fades.
        requestAnimationFrame(() => props.onTake("mouse"));
      }}
      onDragEnd={props.onLeave}
    >
      <div class="lead-top">
        <h3>
          <a class="bare" href={`/leads/${lead.id}`} draggable={false}>
            <bdi>{name}</bdi>
          </a>
        </h3>
        {lead.value_minor !== null && lead.currency !== null && <span class="n lead-value">{amount(lead.value_minor, lead.currency)}</span>}
      </div>
      {lead.need !== "" && (
        <p class="soft lead-need">
          <bdi>{lead.need}</bdi>
        </p>
      )}
      {next !== "" && (
        <p class="lead-next">
          <Icon name={isOver(lead) ? statusIcons[lead.status] : "wait"} size="small" />
          <span><bdi>{next}</bdi></span>
        </p>
      )}
      <div class="lead-foot">
        <CameFrom callId={lead.call_id} at={lead.created_at} />
        {canEdit && (
          <button
            type="button"
            id={handleId(lead)}
            class="btn quiet square grip"
            aria-label={w.move(name)}
            aria-pressed={isTaken}
            title={w.moveHint}
            onClick={() => (isTaken ? props.onPut() : props.onTake("handle"))}
          >
            <Icon name="grip" size="small" />
          </button>
        )}
        {owner !== null ? (
          <Face name={owner} />
        ) : (
          canEdit &&
          myId() !== null && (
            <button type="button" class="btn small" onClick={props.onOwn}>
              {w.take}
              <span class="hidden"> {name}</span>
            </button>
          )
        )}
      </div>
    </article>
  );
}
