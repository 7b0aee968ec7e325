// `/studio`: the assistants' profiles, with the version of each that callers hear.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, get, messageOf, Problem, sentence } from "../api/client";
import { may } from "../api/me";
import type { Page, Profile, ProfileList, Publication, TalkLink } from "../api/model";
import { Icon } from "../app/icons";
import { language, listed, number } from "../app/language";
import { useLoaded } from "../app/load";
import { Confirm, Failed, Heading, Skeleton, When } from "../app/parts";
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { WindowToasts } from "../app/window-toasts";
import { w as frame } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { isTag } from "./check";
import { MEMBERS } from "./draft";
import { w } from "./words";

const PATH = "/api/v1/agent-profiles";
/** From this many on there is a search field. */
const MANY = 9;
/** The newest publication is requested for up to this many rows, with a request each. */
const ASKED_MAX = 40;
const NAME_MAX = 64;

/** The page. */
export function StudioList() {
  const profiles = useLoaded<ProfileList>(PATH, ["profile"]);
  const ways = useWays();
  const [wanted, setWanted] = useState("");
  const [isMaking, setMaking] = useState(false);
  const canWrite = may("profiles_write") === true;
  const all = profiles.value?.items ?? null;
  const broken = profiles.value?.unreadable ?? [];
  const said = wanted.trim().toLowerCase();
  const shown = all?.filter(({ name }) => name.toLowerCase().includes(said)) ?? [];
  const ahead = all?.filter((profile) => profile.published_version === 0 || profile.has_unpublished_changes).length ?? 0;
  return (
    <div class="studio-page studio-list">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        {canWrite && all !== null && all.length + broken.length > 0 && (
          <div class="push">
            <button type="button" class="primary" onClick={() => setMaking(true)}>
              <Icon name="add" />
              {w.list.make}
            </button>
          </div>
        )}
      </div>
      <ZoneNote />
      {profiles.fault !== "" && <Failed message={profiles.fault} onRetry={() => void profiles.again()} />}
      {all === null && profiles.fault === "" && <Skeleton rows={4} />}
      {all !== null && all.length > 0 && <p class="lede">{w.list.sum(number(all.length), all.length, number(ahead), ahead)}</p>}
      {broken.map(({ id, name, is_published: isPublished }) => (
        <p key={id} class="error">
          <a href={`/studio/${id}`} dir="auto">
            {name}
          </a>{" "}
          {isPublished ? w.drafts.unreadable : w.drafts.neverPublished}
        </p>
      ))}
      {all?.length === 0 && broken.length === 0 && (
        <div class="empty">
          <Icon name="studio" />
          <p>{w.list.empty}</p>
          {canWrite && (
            <button type="button" class="primary" onClick={() => setMaking(true)}>
              {w.list.make}
            </button>
          )}
        </div>
      )}
      {all !== null && all.length >= MANY && (
        <span class="with-icon find">
          <Icon name="search" />
          <input type="search" aria-label={w.list.find} placeholder={w.list.find} value={wanted} onInput={({ currentTarget }) => setWanted(currentTarget.value)} />
        </span>
      )}
      {all !== null && all.length > 0 && shown.length === 0 && <p class="meta">{w.list.none}</p>}
      {shown.length > 0 && (
        <ul class="profiles" aria-label={w.list.name}>
          {shown.map((profile, at) => (
            <Row key={profile.id} profile={profile} ways={ways(profile.id)} asks={at < ASKED_MAX} canWrite={canWrite} all={all ?? []} onChanged={() => void profiles.again()} />
          ))}
        </ul>
      )}
      {isMaking && <Make onClose={() => setMaking(false)} />}
    </div>
  );
}

/** The numbers and links that lead to a profile; null if they are not known. */
function useWays(): (profile: string) => string[] | null {
  const isOpen = may("business_read") === true;
  const numbers = useLoaded<Page<{ number: string; profile_id: string | null }>>(isOpen ? "/api/v1/phone-numbers" : null, ["phone_number"]);
  const links = useLoaded<Page<TalkLink>>(isOpen ? "/api/v1/talk-links" : null, ["talk_link"]);
  if (numbers.value === null || links.value === null) return () => null;
  const [ofNumbers, ofLinks] = [numbers.value.items, links.value.items];
  return (profile) => [
    ...ofNumbers.filter((one) => one.profile_id === profile).map((one) => one.number),
    ...ofLinks.filter((one) => one.profile_id === profile && one.enabled).map(({ name }) => w.list.link(name)),
  ];
}

function Row(props: { profile: Profile; ways: string[] | null; asks: boolean; canWrite: boolean; all: Profile[]; onChanged: () => void }) {
  const { profile, ways, canWrite, all } = props;
  const { id, name, language: tag, published_version: version, has_unpublished_changes: isAhead, greeting } = profile;
  const newest = useLoaded<Page<Publication>>(props.asks && version > 0 ? `${PATH}/${id}/versions?limit=1` : null);
  const last = newest.value?.items[0];
  const [asks, setAsks] = useState(false);
  const [isCopying, setCopying] = useState(false);
  const copy = async () => {
    if (isCopying) return;
    setCopying(true);
    const taken = new Set(all.map((one) => one.name));
    let free = "";
    for (let n = 2; free === "" || taken.has(free); n += 1) free = `${[...name].slice(0, NAME_MAX - 6).join("")} ${n}`;
    // The agent is set by the API alone, and is no part of what is edited here.
    const body = Object.fromEntries(MEMBERS.map((member) => [member, profile[member]]));
    try {
      const made = await change<Profile>("POST", PATH, { ...body, agent: profile.agent, name: free, publish: false });
      const own = await get<Page<unknown>>(`${PATH}/${id}/tools`).catch(() => null);
      tell(own && own.items.length > 0 ? w.list.copiedWithout(free) : w.list.copied(free));
      if (made) go(`/studio/${made.id}`);
    } catch (fault) {
      tell(messageOf(fault));
    }
    setCopying(false);
  };
  const remove = async () => {
    try {
      await change("DELETE", `${PATH}/${id}`);
      tell(w.list.removed(name));
      document.querySelector<HTMLElement>("h1")?.focus();
      props.onChanged();
    } catch (fault) {
      tell(fault instanceof Problem ? (w.list.refused[fault.code] ?? fault.message) : messageOf(fault));
    }
  };
  return (
    <li>
      <span class="plate">{tag}</span>
      <div class="who">
        <a class="bare name" href={`/studio/${id}`} dir="auto">
          {name}
        </a>
        <p class="meta first" dir="auto">
          {greeting ? `“${greeting}”` : w.list.ownWords}
        </p>
      </div>
      <div class="how">
        {version > 0 ? (
          <span class="state live">
            <Icon name="voice" />
            {w.strip.answers(number(version))}
          </span>
        ) : (
          <span class="state wrap">
            <Icon name="edit" />
            {w.strip.draftOnly}
          </span>
        )}
        {version > 0 && isAhead && <span class="chip on">{w.list.ahead}</span>}
        <p class="meta" dir="auto">
          {waysInWords(ways, version)}
        </p>
      </div>
      <p class="meta last">
        {last && (
          <>
            {w.list.published} <When at={last.published_at} />
          </>
        )}
      </p>
      {canWrite && (
        <div class="acts">
          <button type="button" class="btn quiet square" aria-label={w.list.copyOf(name)} title={w.list.copyOf(name)} aria-disabled={isCopying} onClick={() => void copy()}>
            <Icon name="copy" />
          </button>
          <button type="button" class="btn quiet square" aria-label={w.list.removeOf(name)} title={w.list.removeOf(name)} onClick={() => setAsks(true)}>
            <Icon name="remove" />
          </button>
        </div>
      )}
      {asks && (
        <Confirm
          title={w.list.removeOf(name)}
          text={w.list.removeText}
          verb={frame.act.remove}
          onClose={() => setAsks(false)}
          onYes={() => void remove()}
        />
      )}
    </li>
  );
}

/** The first ways to a profile, and how many more there are. */
function waysInWords(ways: string[] | null, version: number): string {
  if (ways === null) return "";
  if (ways.length === 0) return version > 0 ? w.list.noWay : "";
  return listed(ways.slice(0, 3)) + (ways.length > 3 ? w.list.andMore(number(ways.length - 3)) : "");
}

/** A new profile: a name and a language. It is a draft with the usual sections and tools, and opens in the studio. */
function Make({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [name, setName] = useState("");
  const [tag, setTag] = useState<string>(language);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const [asksToLeave, setAsksToLeave] = useState(false);
  const close = () => {
    dialog.current?.close();
    onClose();
  };
  const leave = () => (name.trim() === "" ? close() : setAsksToLeave(true));
  const make = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const wrong = name.trim() === "" ? sentence(w.form.it(frame.form.required)) : isTag(tag) ? "" : w.wrong.language;
    setFault(wrong);
    if (wrong !== "") return field.current?.focus();
    const { role, rules, knowledge, closing } = w.section;
    const instructions = [role, rules, knowledge, closing].map((section) => `## ${section.name}\n${section.start}\n`).join("\n");
    const body = {
      name: name.trim(),
      language: tag,
      instructions,
      tools: ["end_call", "take_message", "request_handoff", "create_lead"],
      dtmf_actions: [{ digits: "1", action: { action: "take_message" } }],
      publish: false,
    };
    setBusy(true);
    try {
      const made = await change<Profile>("POST", PATH, body);
      dialog.current?.close();
      if (made) go(`/studio/${made.id}`);
    } catch (problem) {
      const named = problem instanceof Problem ? problem.faults[0] : undefined;
      setFault(problem instanceof Problem && problem.code === "name_taken" ? w.list.taken : named ? sentence(w.form.it(named.reason)) : messageOf(problem));
      setBusy(false);
      field.current?.focus();
    }
  };
  return (
    <dialog
      ref={dialog}
      class="studio-dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        // This event also comes from inside.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        leave();
      }}
    >
      <form onSubmit={(event) => void make(event)} noValidate>
        <h2 id={id}>{w.list.make}</h2>
        <p class="muted">{w.list.makeHint}</p>
        <div class="field">
          <label for={`${id}-name`}>{w.member.name}</label>
          <input
            id={`${id}-name`}
            ref={field}
            autofocus
            maxLength={NAME_MAX}
            autocomplete="off"
            dir="auto"
            value={name}
            aria-invalid={fault !== ""}
            aria-describedby={`${id}-fault`}
            onInput={({ currentTarget }) => {
              setName(currentTarget.value);
              setFault("");
            }}
          />
          <p id={`${id}-fault`} class="error" role="alert">
            {fault}
          </p>
        </div>
        <div class="field">
          <label for={`${id}-tag`}>{w.member.language}</label>
          <input id={`${id}-tag`} maxLength={35} autocomplete="off" value={tag} aria-describedby={`${id}-tag-hint`} onInput={({ currentTarget }) => setTag(currentTarget.value.trim())} />
          <p id={`${id}-tag-hint`} class="hint">
            {w.named.languageHint}
          </p>
        </div>
        <div class="actions">
          <button type="button" onClick={leave}>
            {frame.act.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {w.list.makeAct}
          </button>
        </div>
      </form>
      <WindowToasts />
      {asksToLeave && (
        <Confirm
          title={frame.form.unsaved}
          text=""
          verb={frame.form.leave}
          no={frame.form.stay}
          onClose={() => setAsksToLeave(false)}
          onYes={close}
        />
      )}
    </dialog>
  );
}
