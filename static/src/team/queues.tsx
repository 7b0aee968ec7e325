// Queues: their agents, how long callers wait, and the overflow when no agent is found.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Agent, Page, Queue } from "../api/model";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { listed, number, plural } from "../app/language";
import { useAll, useLoaded } from "../app/load";
import { Confirm, Failed, Skeleton } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { QueueDialog } from "./queue-dialog";
import { durationInWords } from "./duration";
import { overflowInWords } from "./overflow";
import { w } from "./words";

/** The tab. */
export function Queues() {
  const loaded = useLoaded<Page<Queue>>("/api/v1/queues", ["queue"]);
  const agents = useAll<Agent>("/api/v1/agents", 200, ["agent", "user"]);
  const [edited, setEdited] = useState<Queue | "new" | null>(null);
  const [leaving, setLeaving] = useState<Queue | null>(null);
  const items = loaded.value?.items ?? null;
  /** Its current state while it is edited: somebody else may have changed it since. */
  const now = edited === "new" || edited === null ? null : (items?.find(({ id }) => id === edited.id) ?? edited);
  const edits = may("floor_write") === true;
  useKeptFocus(items?.length, ".tab-content:not([hidden]) .btn.primary");
  const remove = async (queue: Queue) => {
    try {
      await change("DELETE", `/api/v1/queues/${queue.id}`);
      tell(w.queues.removed(queue.title || queue.name));
    } catch (fault) {
      tell(messageOf(fault));
    }
    await loaded.again();
  };
  const add = edits && (
    <button type="button" class="btn primary" onClick={() => setEdited("new")}>
      <Icon name="add" />
      {w.queues.add}
    </button>
  );
  return (
    <>
      {items && items.length > 0 && (
        <div class="tab-top">
          <p class="read">{w.queues.lede}</p>
          {add}
        </div>
      )}
      {!items && loaded.fault === "" && <Skeleton rows={4} />}
      {loaded.fault !== "" && <Failed message={loaded.fault} onRetry={() => void loaded.again()} />}
      {items?.length === 0 && (
        <div class="empty">
          <h2>{w.queues.emptyTitle}</h2>
          <p>{w.queues.empty}</p>
          <div class="acts">{add}</div>
        </div>
      )}
      {items && items.length > 0 && (
        <div class="sheet">
          <table class="table stacks">
            <caption class="hidden">{w.queues.table}</caption>
            <thead>
              <tr>
                <th scope="col">{w.queues.queue}</th>
                <th scope="col">{w.queues.who}</th>
                <th scope="col">{w.queues.waits}</th>
                <th scope="col">{w.queues.then}</th>
                <th scope="col" class="num">
                  {w.queues.priority}
                </th>
                {edits && (
                  <th scope="col">
                    <span class="hidden">{w.queues.acts}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((queue) => (
                <Row key={queue.id} queue={queue} queues={items} edits={edits} onEdit={() => setEdited(queue)} onRemove={() => setLeaving(queue)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {edited && (
        <QueueDialog
          queue={now}
          queues={items ?? []}
          agents={agents}
          onClose={() => setEdited(null)}
          onSaved={() => void loaded.again()}
          onStale={() => void loaded.again()}
        />
      )}
      {leaving && (
        <Confirm
          title={w.queues.removeTitle(leaving.title || leaving.name)}
          text={w.queues.removeText}
          verb={common.act.remove}
          onClose={() => setLeaving(null)}
          onYes={() => void remove(leaving)}
        />
      )}
    </>
  );
}

function Row({ queue, queues, edits, onEdit, onRemove }: { queue: Queue; queues: Queue[]; edits: boolean; onEdit: () => void; onRemove: () => void }) {
  const { name, title, members, skills, strategy, max_wait_s, max_waiting, overflow, priority } = queue;
  return (
    <tr>
      <th scope="row">
        <span class="names">
          <span dir="auto">{title || name}</span>
          <span>
            <span class="plate">{name}</span>
          </span>
        </span>
      </th>
      <td>
        <span class="names">
          {members.length === 0 ? (
            <span class="state warn">
              <Icon name="warning" />
              {w.queues.noMembers}
            </span>
          ) : (
            <span>{w.queues.members(number(members.length), plural(members.length, w.queues.member))}</span>
          )}
          <span class="meta">
            {w.queues.strategies[strategy]}
            {skills.length > 0 && `, ${w.queues.needs(listed(skills))}`}
          </span>
        </span>
      </td>
      <td data-label={w.queues.waits}>
        {w.queues.upTo(durationInWords(max_wait_s), `${number(max_waiting)} ${plural(max_waiting, w.queues.callers)}`)}
      </td>
      <td data-label={w.queues.then}>
        <bdi>{overflowInWords(overflow, queues)}</bdi>
      </td>
      <td class="num" data-label={w.queues.priority}>
        {number(priority)}
      </td>
      {edits && (
        <td class="acts">
          <RowAct icon="edit" name={w.queues.edit(title || name)} onClick={onEdit} />
          <RowAct icon="remove" name={w.queues.remove(title || name)} onClick={onRemove} />
        </td>
      )}
    </tr>
  );
}
