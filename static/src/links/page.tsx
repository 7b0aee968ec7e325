// `/talk-links`: addresses at which anybody can talk with the assistant in their browser. They are created and switched off here.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, messageOf, Problem, sentence } from "../api/client";
import type { MadeTalkLink, Page, TalkLink } from "../api/model";
import { TalkLinkBody } from "../api/rules";
import { useFollowed } from "../app/followed";
import { copy } from "../app/copy";
import { Dialog } from "../app/dialog";
import { NumberField, RecordForm, SelectField, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { patchInPlaceOf } from "../app/form/revised";
import { filled } from "../app/form/rules";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number, plural } from "../app/language";
import { leaving } from "../app/leaving";
import { Confirm, Failed, Heading, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { w as frame } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { WidgetPanel } from "./widget-panel";
import { w } from "./words";

interface Profile {
  id: string;
  name: string;
}

const NAME_LETTERS_MAX = 100;

const links = signal<TalkLink[] | null>(null);
const profiles = signal<Profile[]>([]);
const fault = signal("");

/** Counts the requests: only the newest one's answer is shown. */
let round = 0;

async function look(): Promise<void> {
  round += 1;
  const own = round;
  try {
    const [all, known] = await Promise.all([
      get<Page<TalkLink>>("/api/v1/talk-links"),
      get<Page<Profile>>("/api/v1/agent-profiles"),
    ]);
    if (own !== round) return;
    links.value = all.items;
    profiles.value = known.items;
    fault.value = "";
  } catch (error) {
    if (own === round) fault.value = messageOf(error);
  }
}

/** The page. */
export default function TalkLinksPage() {
  const [made, setMade] = useState<MadeTalkLink | null>(null);
  useEffect(() => {
    void look();
    return () => {
      links.value = null;
    };
  }, []);
  useFollowed(["talk_link", "profile"], () => void look());
  const all = links.value;
  useKeptFocus(all?.length, ".links-page h1");
  return (
    <div class="links-page">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="read">{w.lead}</p>
      </div>
      <ZoneNote />
      {fault.value !== "" && <Failed message={fault.value} onRetry={() => void look()} />}
      {all === null && fault.value === "" && <Skeleton rows={4} />}
      {all && (
        <div class="columns">
          <section class="panel" aria-labelledby="all-links">
            <div class="top">
              <h2 id="all-links">{w.all}</h2>
              {all.length > 0 && <span class="meta">{number(all.length)}</span>}
            </div>
            {all.length === 0 && (
              <div class="empty">
                <h3>{w.none}</h3>
                <p>{w.noneText}</p>
              </div>
            )}
            <ul class="rows">
              {all.map((link) => (
                <Row key={link.id} link={link} token={made?.id === link.id ? tokenOf(made) : null} onRemoved={() => setMade((shown) => (shown?.id === link.id ? null : shown))} />
              ))}
            </ul>
          </section>
          <section class="sheet" aria-labelledby="new-link">
            <div class="top">
              <h2 id="new-link">{w.make}</h2>
            </div>
            <NewLink onMade={setMade} />
            <div role="status" aria-label={w.address}>
              {made && <Address made={made} />}
            </div>
          </section>
        </div>
      )}
    </div>
  );
}

/** The token in a link's address. */
const tokenOf = ({ url }: MadeTalkLink) => new URL(url).pathname.split("/").at(-1) ?? null;

function Row({ link, token, onRemoved }: { link: TalkLink; token: string | null; onRemoved: () => void }) {
  const [asks, setAsks] = useState(false);
  const [isWidgetOpen, setWidgetOpen] = useState(false);
  const [edits, setEdits] = useState(false);
  const { id, name, profile_id, enabled, calls_max, calls_per_hour_max, last_used_at } = link;
  const profile = profiles.value.find((one) => one.id === profile_id)?.name ?? "";
  /** Returns whether it was done. */
  const act = async (work: () => Promise<unknown>, done: string): Promise<boolean> => {
    let isDone = false;
    try {
      await work();
      isDone = true;
      tell(done);
    } catch (error) {
      tell(messageOf(error));
    }
    await look();
    return isDone;
  };
  const turn = () =>
    act(
      () =>
        change("PATCH", `/api/v1/talk-links/${id}`, { enabled: !enabled }),
      enabled ? w.isOff(name) : w.isOn(name),
    );
  const remove = async () => {
    // As long as the link exists, its address stays: the server shows it once.
    if (await act(() => change("DELETE", `/api/v1/talk-links/${id}`), w.isRemoved(name))) onRemoved();
  };
  return (
    <li>
      <div class="about">
        <p class="title">
          <span class="name" dir="auto">{name}</span>
          <span class="on-off">
            <span class={enabled ? "lamp on live" : "lamp"} aria-hidden="true" />
            {enabled ? w.on : w.off}
          </span>
        </p>
        <p class="meta">
          {profile !== "" && `${w.answers(profile)} · `}
          {w.limits(`${number(calls_max)} ${plural(calls_max, w.call)}`, number(calls_per_hour_max))}
          {" · "}
          {last_used_at ? <>{w.lastUsed} <When at={last_used_at} /></> : w.unused}
        </p>
      </div>
      <p class="ways">
        <button
          type="button"
          aria-expanded={isWidgetOpen}
          aria-label={w.widget.of(name)}
          onClick={() => (isWidgetOpen ? leaving(() => setWidgetOpen(false)) : setWidgetOpen(true))}
        >
          {w.widget.verb}
        </button>
        <button type="button" aria-label={w.editWhat(name)} onClick={() => setEdits(true)}>
          {frame.act.edit}
        </button>
        <button type="button" aria-label={enabled ? w.switchOffWhat(name) : w.switchOnWhat(name)} onClick={() => void turn()}>
          {enabled ? w.switchOff : w.switchOn}
        </button>
        <button type="button" class="danger" aria-label={w.removeWhat(name)} onClick={() => setAsks(true)}>
          {w.remove}
        </button>
      </p>
      {isWidgetOpen && <WidgetPanel link={link} token={token} onSaved={look} />}
      {edits && <Edit link={link} onClose={() => setEdits(false)} />}
      {asks && (
        <Confirm
          title={w.removeAsk(name)}
          text={w.removeText}
          verb={w.remove}
          onClose={() => setAsks(false)}
          onYes={() => void remove()}
        />
      )}
    </li>
  );
}

const RULES = filled(TalkLinkBody, "calls_max", "calls_per_hour_max");

/** The changeable parts of a link. An emptied number is null. */
interface Edited {
  name: string;
  profile_id: string;
  calls_max: number | null;
  calls_per_hour_max: number | null;
}

/** The window in which a link's name, its assistant and its limits are changed. */
function Edit({ link, onClose }: { link: TalkLink; onClose: () => void }) {
  const draft = useDraft<Edited>({
    value: { name: link.name, profile_id: link.profile_id, calls_max: link.calls_max, calls_per_hour_max: link.calls_per_hour_max },
    rules: RULES,
    follows: true,
    send: (value) => patchInPlaceOf(`/api/v1/talk-links/${link.id}`, link, value, () => void look()),
  });
  return (
    <Dialog title={w.editWhat(link.name)} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm
        draft={draft}
        label={w.editWhat(link.name)}
        onCancel={onClose}
        onSaved={() => {
          tell(w.isSaved(draft.value.name.trim()));
          onClose();
          void look();
        }}
      >
        <p class="hint">{w.editHint}</p>
        <TextField draft={draft} name="name" label={w.name} />
        <SelectField draft={draft} name="profile_id" label={w.who} choices={profiles.value.map(({ id, name: title }) => ({ value: id, label: title }))} />
        <NumberField draft={draft} name="calls_max" label={w.callsMax} />
        <NumberField draft={draft} name="calls_per_hour_max" label={w.callsPerHour} />
      </RecordForm>
    </Dialog>
  );
}

function NewLink({ onMade }: { onMade: (made: MadeTalkLink) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [profile, setProfile] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    // Its address is shown once: a second link would replace the first one's.
    if (busy) return;
    setBusy(true);
    try {
      const body = { name, profile_id: profile || profiles.value[0]?.id };
      const made = await change<MadeTalkLink>("POST", "/api/v1/talk-links", body);
      setError("");
      setName("");
      if (made) onMade(made);
      await look();
    } catch (problem) {
      const wrong = problem instanceof Problem ? problem.faults[0] : undefined;
      setError(wrong ? sentence(wrong.field === "name" ? w.faults.name(wrong.reason) : w.faults.profile(wrong.reason)) : messageOf(problem));
      field.current?.focus();
    }
    setBusy(false);
  };
  return (
    <form class="body" onSubmit={(event) => void submit(event)} noValidate>
      <div class="field">
        <label for="link-name">{w.name}</label>
        <input
          id="link-name"
          ref={field}
          maxLength={NAME_LETTERS_MAX}
          autocomplete="off"
          value={name}
          aria-invalid={error !== ""}
          aria-describedby="link-error"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for="link-profile">{w.who}</label>
        <select id="link-profile" value={profile || profiles.value[0]?.id} onChange={(event) => setProfile(event.currentTarget.value)}>
          {profiles.value.map(({ id, name: title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <p id="link-error" class="error" role="alert">
        {error}
      </p>
      <button type="submit" class="primary" aria-disabled={busy}>
        {w.verb}
      </button>
    </form>
  );
}

/** Its address, which the server shows once. */
function Address({ made }: { made: MadeTalkLink }) {
  return (
    <div class="body made">
      <p>{w.once(made.name)}</p>
      <p class="address">
        <a href={made.url}>{made.url}</a>
      </p>
      <button type="button" onClick={() => void copy(made.url)}>
        <Icon name="copy" />
        {w.copy}
      </button>
    </div>
  );
}
