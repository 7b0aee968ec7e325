// `/audit`: who did what, and when. The filters are in the address.
import { may } from "../api/me";
import type { Actor, ApiToken, AuditEntry, Page, User } from "../api/model";
import { Earlier, Further } from "../app/further";
import { initials } from "../app/initials";
import { Icon } from "../app/icons";
import { locale } from "../app/language";
import { useAll, useLoaded } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query } from "../app/router";
import { w } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { dayInFull, fullTime, timeOfDay } from "../words/time";
import { aboutOf, type Filter, useLog } from "./book";
import { t } from "./words";

/** Known users and tokens, for names instead of ids. */
interface Known {
  users: User[];
  tokens: ApiToken[];
  /** Whether the lists are complete: then anybody missing from them no longer exists. */
  isWhole: boolean;
}

/** The page. */
export default function AuditPage() {
  const asked = new URLSearchParams(query.value);
  const filter: Filter = { who: asked.get("who") ?? "", about: asked.get("about") ?? "" };
  const users = useAll<User>(may("users_read") ? "/api/v1/users" : null, 200, ["user"]);
  const tokens = useLoaded<Page<ApiToken>>(may("tokens_write") ? "/api/v1/api-tokens" : null);
  const known: Known = {
    users: users.value ?? [],
    tokens: tokens.value?.items ?? [],
    isWhole: users.value !== null && tokens.value?.next_cursor === null,
  };
  const log = useLog(filter);
  const { items } = log;
  const isNarrow = filter.who !== "" || filter.about !== "";
  const ask = (to: Partial<Filter>) => {
    const wanted = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...filter, ...to })) if (value !== "") wanted.set(name, value);
    const text = wanted.toString();
    go(text === "" ? "/audit" : `/audit?${text}`);
  };
  return (
    <div class="house-page audit-page">
      <div class="intro">
        <Heading title={w.rooms.audit}>{w.rooms.audit}</Heading>
        <p class="soft">{t.intro}</p>
        <ZoneNote />
      </div>
      <div class="narrowed">
        <label class="field">
          <span class="label">{t.who}</span>
          <select value={filter.who} onChange={(event) => ask({ who: event.currentTarget.value })}>
            <option value="">{t.everybody}</option>
            {known.users.length > 0 && (
              <optgroup label={t.people}>
                {known.users.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
            {known.tokens.length > 0 && (
              <optgroup label={t.programs}>
                {known.tokens.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label={t.others}>
              <option value="installation">{t.installation}</option>
              <option value="system">{t.system}</option>
            </optgroup>
          </select>
        </label>
        <label class="field">
          <span class="label">{t.about}</span>
          <select value={filter.about} onChange={(event) => ask({ about: event.currentTarget.value })}>
            <option value="">{t.everything}</option>
            {Object.entries(t.nouns)
              .toSorted(([, a], [, b]) => a.localeCompare(b, locale))
              .map(([about, noun]) => (
                <option key={about} value={about}>
                  {noun}
                </option>
              ))}
          </select>
        </label>
        {isNarrow && (
          <button type="button" class="plain" onClick={() => go("/audit")}>
            <Icon name="cross" />
            {t.clear}
          </button>
        )}
      </div>
      {items === null && log.fault === "" && <Skeleton rows={8} />}
      {items !== null && items.length === 0 && !log.busy && log.fault === "" && (
        <div class="empty">
          <h2 class="lede">{isNarrow ? t.noMatch : t.none}</h2>
          {!isNarrow && <p>{t.noneText}</p>}
        </div>
      )}
      <Earlier list={log} />
      {items !== null && items.length > 0 && (
        <section class="lines" aria-label={t.lines}>
          {byDay(items).map(({ name, entries }) => (
            <section key={name} aria-label={name}>
              <h2>{name}</h2>
              <ol>
                {entries.map((entry) => (
                  <Line key={entry.id} entry={entry} known={known} />
                ))}
              </ol>
            </section>
          ))}
        </section>
      )}
      {log.fault !== "" && <Failed message={log.fault} onRetry={() => void log.again()} />}
      <Further list={log} />
    </div>
  );
}

function byDay(entries: AuditEntry[]): { name: string; entries: AuditEntry[] }[] {
  const days: { name: string; entries: AuditEntry[] }[] = [];
  for (const entry of entries) {
    const name = dayInFull(new Date(entry.at));
    const last = days.at(-1);
    if (last?.name === name) last.entries.push(entry);
    else days.push({ name, entries: [entry] });
  }
  return days;
}

/** Longer details are folded. */
const DETAIL_CHARS = 140;

function Line({ entry, known }: { entry: AuditEntry; known: Known }) {
  const { actor, at, address } = entry;
  const who = actorName(actor, known);
  const isKnown = actor.kind === "user" && known.users.some(({ id }) => id === actor.id);
  // A name that is shown already is not repeated.
  const isNamed = [...known.users, ...known.tokens].some(({ id, name }) => id === entry.subject && name === entry.detail);
  const detail = isNamed ? "" : entry.detail;
  return (
    <li>
      <time dateTime={at} title={fullTime(new Date(at))}>
        {timeOfDay(new Date(at))}
      </time>
      <span class="who">
        {isKnown ? (
          <span class="face agent" aria-hidden="true">
            {initials(who)}
          </span>
        ) : (
          <span class="face" aria-hidden="true">
            <Icon name={actor.kind === "system" ? "robot" : actor.kind === "user" ? "person" : "key"} size="small" />
          </span>
        )}
        <bdi>{who}</bdi>
      </span>
      <span class="what">
        <span class="action">{actionWords(entry.action)}</span> <Subject entry={entry} known={known} />
        {detail !== "" && detail.length <= DETAIL_CHARS && (
          <span class="meta" dir="auto">
            {detail}
          </span>
        )}
        {detail.length > DETAIL_CHARS && (
          <details>
            <summary class="open">
              <Icon name="next" size="small" />
              {t.detail}
            </summary>
            <p class="meta" dir="auto">
              {detail}
            </p>
          </details>
        )}
      </span>
      {address !== null && (
        <span class="meta from" title={t.fromAddress(address)}>
          {address}
        </span>
      )}
    </li>
  );
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** The object of the action: a link if it has a page, its name if that is known, otherwise the beginning of its id. */
function Subject({ entry, known }: { entry: AuditEntry; known: Known }) {
  const { subject, action, actor } = entry;
  const about = aboutOf(action);
  if (subject === "") return null;
  if ((about === "call" || about === "recording") && UUID.test(subject)) {
    return (
      <a href={`/calls/${subject}`} title={subject}>
        {subject.slice(-8)}
      </a>
    );
  }
  if (actor.kind === "user" && actor.id === subject) return null;
  const name =
    known.users.find(({ id }) => id === subject)?.name ?? known.tokens.find(({ id }) => id === subject)?.name ?? null;
  if (name !== null) return <bdi>{name}</bdi>;
  return UUID.test(subject) ? (
    <code class="meta" title={subject}>
      {subject.slice(-8)}
    </code>
  ) : (
    <bdi>{subject}</bdi>
  );
}

function actorName(actor: Actor, { users, tokens, isWhole }: Known): string {
  switch (actor.kind) {
    case "installation":
      return t.installation;
    case "system":
      return t.system;
    case "user":
      return users.find(({ id }) => id === actor.id)?.name ?? (isWhole ? t.formerUser : t.someUser);
    case "api_token": {
      const name = tokens.find(({ id }) => id === actor.id)?.name;
      if (name !== undefined) return t.program(name);
      return isWhole ? t.formerToken : t.someToken;
    }
  }
}

/** The text for an action; the server's own name for an unknown one. */
function actionWords(action: string): string {
  const whole = t.whole[action];
  if (whole !== undefined) return whole;
  const [about = "", did = ""] = action.split(".");
  const noun = t.nouns[about];
  const verb = t.verbs[did];
  return noun === undefined || verb === undefined ? action : t.said(noun, verb);
}
