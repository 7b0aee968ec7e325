// Creating or changing a queue.
import { useId, useState } from "preact/hooks";
import { change } from "../api/client";
import type { Agent, Extension, Overflow, Page, Queue } from "../api/model";
import { QueueBody } from "../api/rules";
import { Dialog } from "../app/dialog";
import { LeverField, NumberField, RecordForm, TextField } from "../app/form/fields";
import { type Draft, type Faults, useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { filled } from "../app/form/rules";
import { number } from "../app/language";
import { type Loaded, useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { overflowInWords } from "./overflow";
import { Tags } from "./tags";
import { w } from "./words";

/** The body to send: the queue without its id. */
type Body = Omit<Queue, "id" | "revision">;

const BLANK: Body = {
  name: "",
  title: "",
  strategy: "longest_idle",
  ring_s: 20,
  skills: [],
  members: [],
  priority: 0,
  max_wait_s: 300,
  max_waiting: 20,
  overflow: { to: "message" },
  in_hours_only: false,
  tells_position: true,
  wrap_up_s: 60,
  wrap_up_required: false,
};
/** For more people than this there is a search field. */
const FIND_FROM = 8;
const PRIORITY_MAX = 255;
const NUMBERS = ["ring_s", "max_wait_s", "max_waiting", "priority", "wrap_up_s"];
const RULES = filled({ ...QueueBody, priority: { ...QueueBody.priority, maximum: PRIORITY_MAX } }, ...NUMBERS);

/** The dialog; without a queue it creates one. `onStale` reloads the queue when somebody else has changed it. */
export function QueueDialog(props: {
  queue: Queue | null;
  queues: Queue[];
  agents: Loaded<Agent[]>;
  onClose: () => void;
  onSaved: () => void;
  onStale: () => void;
}) {
  const { queue, queues, agents, onClose, onSaved, onStale } = props;
  const draft = useDraft<Body>({
    value: queue ? bodyOf(queue) : BLANK,
    follows: true,
    rules: RULES,
    check: ({ name }): Faults => (/^[a-z0-9_-]{1,79}$/.test(name) || name.trim() === "" ? {} : { name: w.queues.nameHint }),
    send: async (value) => {
      if (queue) await putInPlaceOf<Queue>(`/api/v1/queues/${queue.id}`, queue, value, onStale);
      else await change("POST", "/api/v1/queues", value);
      onSaved();
    },
  });
  const { title, name } = draft.value;
  /** The technical name follows the title until the user types one. */
  const [follows, setFollows] = useState(queue === null);
  const called = title.trim() || name;
  const known = [...new Set((agents.value ?? []).flatMap(({ skills }) => skills))].sort();
  return (
    <Dialog size="wide" title={queue ? w.queues.editTitle(queue.title || queue.name) : w.queues.add} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm
        draft={draft}
        {...(queue ? {} : { verb: w.queues.create })}
        onCancel={onClose}
        onSaved={() => {
          tell(queue ? w.queues.saved(called) : w.queues.made(called));
          onClose();
        }}
      >
        <Names draft={draft} follows={follows} onOwnName={() => setFollows(false)} />
        <fieldset class="group">
          <legend>{w.queues.asked}</legend>
          <Members draft={draft} agents={agents} />
          <Strategies draft={draft} />
          <div class="pair">
            <Tags
              label={w.queues.skills}
              hint={w.queues.skillsHint}
              tags={draft.value.skills}
              known={known}
              fault={draft.faults.skills}
              onChange={(tags) => draft.set("skills", tags)}
            />
            <NumberField draft={draft} name="ring_s" label={w.queues.ring} unit={w.queues.seconds} />
          </div>
        </fieldset>
        <fieldset class="group">
          <legend>{w.queues.waiting}</legend>
          <div class="pair">
            <NumberField draft={draft} name="max_wait_s" label={w.queues.maxWait} unit={w.queues.seconds} />
            <NumberField draft={draft} name="max_waiting" label={w.queues.maxWaiting} />
            <NumberField draft={draft} name="priority" label={w.queues.priorityField} hint={w.queues.priorityHint} />
          </div>
          <LeverField draft={draft} name="tells_position" label={w.queues.tells} />
        </fieldset>
        <fieldset class="group">
          <legend>{w.queues.nobody}</legend>
          <OverflowField draft={draft} queues={queues.filter(({ id }) => id !== queue?.id)} />
          <LeverField draft={draft} name="in_hours_only" label={w.queues.inHoursOnly} />
        </fieldset>
        <fieldset class="group">
          <legend>{w.queues.after}</legend>
          <div class="pair">
            <NumberField draft={draft} name="wrap_up_s" label={w.queues.wrapUp} unit={w.queues.seconds} />
          </div>
          <LeverField draft={draft} name="wrap_up_required" label={w.queues.wrapUpRequired} />
        </fieldset>
      </RecordForm>
    </Dialog>
  );
}

function bodyOf({ id: _, revision: __, ...body }: Queue): Body {
  return body;
}

/** `Support, first line` becomes `support-first-line`. */
function slugOf(title: string): string {
  return title
    .normalize("NFKD")
    // The marks of letters such as ä, which are characters of their own now.
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9]+/g, " ")
    .trim()
    .replace(/ /g, "-")
    .slice(0, 79);
}

function Names({ draft, follows, onOwnName }: { draft: Draft<Body>; follows: boolean; onOwnName: () => void }) {
  const named: Draft<Body> = {
    ...draft,
    set: (field, to) => {
      draft.set(field, to);
      if (field === "name") onOwnName();
      if (field === "title" && follows) draft.set("name", slugOf(String(to)));
    },
  };
  return (
    <div class="pair">
      <TextField draft={named} name="title" label={w.queues.title} />
      <TextField draft={named} name="name" label={w.queues.name} hint={w.queues.nameHint} />
    </div>
  );
}

/** All agents, and when the members of the queue are offered a call. */
function Members({ draft, agents }: { draft: Draft<Body>; agents: Loaded<Agent[]> }) {
  const [sought, setSought] = useState("");
  const { members, skills } = draft.value;
  const all = agents.value;
  if (!all) return agents.fault === "" ? <Skeleton rows={3} /> : <Failed message={agents.fault} onRetry={() => void agents.again()} />;
  const put = (to: Body["members"]) => draft.set("members", to);
  const tierOf = (id: string) => members.find(({ user_id }) => user_id === id)?.tier;
  const fits = all.filter(({ name, user_id }) => name.toLocaleLowerCase().includes(sought.trim().toLocaleLowerCase()) || tierOf(user_id) !== undefined);
  const tiers = [...w.queues.tiers.keys(), ...members.map(({ tier }) => tier).filter((tier) => tier >= w.queues.tiers.length)];
  return (
    <fieldset class="members" aria-describedby="members-fault">
      <legend class="label">{w.queues.people}</legend>
      {all.length > FIND_FROM && (
        <input type="search" aria-label={w.queues.find} placeholder={w.queues.find} value={sought} onInput={(event) => setSought(event.currentTarget.value)} />
      )}
      <ul>
        {fits.map(({ user_id: id, name, skills: own }) => {
          const tier = tierOf(id);
          const lacking = skills.filter((skill) => !own.includes(skill));
          return (
            <li key={id}>
              <label>
                <input
                  type="checkbox"
                  class="tick"
                  checked={tier !== undefined}
                  onChange={(event) =>
                    put(event.currentTarget.checked ? [...members, { user_id: id, tier: 0 }] : members.filter(({ user_id }) => user_id !== id))
                  }
                />
                <span dir="auto">{name}</span>
              </label>
              {tier !== undefined && lacking.length > 0 && <span class="meta">{w.queues.lacks(lacking.join(", "))}</span>}
              {tier !== undefined && (
                <select
                  aria-label={w.queues.tier(name)}
                  value={String(tier)}
                  onChange={(event) => put(members.map((one) => (one.user_id === id ? { ...one, tier: Number(event.currentTarget.value) } : one)))}
                >
                  {[...new Set(tiers)].map((at) => (
                    <option key={at} value={String(at)}>
                      {w.queues.tiers[at] ?? w.queues.laterTier(number(at + 1))}
                    </option>
                  ))}
                </select>
              )}
            </li>
          );
        })}
      </ul>
      {fits.length === 0 && <p class="hint">{w.queues.nobodyFits}</p>}
      <p id="members-fault" class="error" role="alert">
        {draft.faults.members ?? ""}
      </p>
    </fieldset>
  );
}

function Strategies({ draft }: { draft: Draft<Body> }) {
  const id = useId();
  return (
    <fieldset class="field">
      <legend>{w.queues.strategy}</legend>
      <div class="segmented">
        {(["longest_idle", "ring_all"] as const).map((strategy) => (
          <label key={strategy}>
            <input
              type="radio"
              name={id}
              checked={draft.value.strategy === strategy}
              aria-describedby={`${id}-hint`}
              onChange={() => draft.set("strategy", strategy)}
            />
            {w.queues.strategies[strategy]}
          </label>
        ))}
      </div>
      <p id={`${id}-hint`} class="hint">
        {w.queues.strategyHints[draft.value.strategy]}
      </p>
    </fieldset>
  );
}

/** The overflow for a caller when no agent is found. */
function OverflowField({ draft, queues }: { draft: Draft<Body>; queues: Queue[] }) {
  const extensions = useLoaded<Page<Extension>>("/api/v1/extensions");
  const id = useId();
  const { overflow } = draft.value;
  const fault = draft.faults.overflow;
  const value = "name" in overflow ? `${overflow.to}:${overflow.name}` : overflow.to;
  const known = extensions.value?.items ?? [];
  const set = (chosen: string) => {
    const [to, ...name] = chosen.split(":");
    draft.set("overflow", (name.length === 0 ? { to } : { to, name: name.join(":") }) as Overflow);
  };
  const isListed =
    !("name" in overflow) || (overflow.to === "queue" ? queues : known).some(({ name }) => name === overflow.name);
  return (
    <div class="field">
      <label for={id}>{w.queues.instead}</label>
      <select
        id={id}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault ${id}-hint`}
        onChange={(event) => set(event.currentTarget.value)}
      >
        <option value="message">{w.queues.overflow.message}</option>
        <option value="callback">{w.queues.overflow.callback}</option>
        {!isListed && <option value={value}>{overflowInWords(overflow, queues)}</option>}
        {queues.length > 0 && (
          <optgroup label={w.queues.ofQueues}>
            {queues.map(({ name, title }) => (
              <option key={name} value={`queue:${name}`}>
                {title || name}
              </option>
            ))}
          </optgroup>
        )}
        {known.length > 0 && (
          <optgroup label={w.queues.ofExtensions}>
            {known.map(({ name, title }) => (
              <option key={name} value={`extension:${name}`}>
                {title === "" ? name : `${title} · ${name}`}
              </option>
            ))}
          </optgroup>
        )}
      </select>
      <p id={`${id}-fault`} class="error" role="alert">
        {fault ?? ""}
      </p>
      {extensions.fault !== "" && <Failed message={extensions.fault} onRetry={() => void extensions.again()} />}
      <p id={`${id}-hint`} class="hint">
        {w.queues.nobodyHint}
      </p>
    </div>
  );
}
