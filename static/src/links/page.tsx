// `/talk-links`: addresses at which anybody can talk with the assistant in their browser. They are made and switched off here.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, messageOf, Problem, sentence } from "../api/client";
import type { MadeTalkLink, Page, TalkLink } from "../api/model";
import { Icon } from "../app/icons";
import { Confirm, Failed, Heading, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";

interface Profile {
  id: string;
  name: string;
}

const NAME_LETTERS_MAX = 100;

const links = signal<TalkLink[] | null>(null);
const profiles = signal<Profile[]>([]);
const fault = signal("");

async function look(): Promise<void> {
  try {
    const [all, known] = await Promise.all([
      get<Page<TalkLink>>("/api/v1/talk-links"),
      get<Page<Profile>>("/api/v1/agent-profiles"),
    ]);
    links.value = all.items;
    profiles.value = known.items;
    fault.value = "";
  } catch (error) {
    fault.value = messageOf(error);
  }
}

/** The page. */
export function TalkLinksPage() {
  const [made, setMade] = useState<MadeTalkLink | null>(null);
  useEffect(() => {
    void look();
    return () => {
      links.value = null;
    };
  }, []);
  const all = links.value;
  return (
    <>
      <div class="head">
        <Heading title="Talk links">Talk links</Heading>
      </div>
      <p class="muted">Whoever has the address of a talk link can talk with your assistant in their browser, without signing in.</p>
      {fault.value !== "" && <Failed message={fault.value} onRetry={() => void look()} />}
      {all === null && fault.value === "" && <Skeleton rows={4} />}
      {all && (
        <div class="links">
          <section class="sheet" aria-labelledby="all-links">
            <div class="head">
              <h2 id="all-links">Your talk links</h2>
            </div>
            {all.length === 0 && <p class="none muted">There is none yet.</p>}
            <ul class="rows">
              {all.map((link) => (
                <Row key={link.id} link={link} onRemoved={() => setMade((shown) => (shown?.id === link.id ? null : shown))} />
              ))}
            </ul>
          </section>
          <section class="sheet" aria-labelledby="new-link">
            <div class="head">
              <h2 id="new-link">New talk link</h2>
            </div>
            <NewLink onMade={setMade} />
            <div role="status" aria-label="New address">
              {made && <Address made={made} />}
            </div>
          </section>
        </div>
      )}
    </>
  );
}

function Row({ link, onRemoved }: { link: TalkLink; onRemoved: () => void }) {
  const [asks, setAsks] = useState(false);
  const { id, name, profile_id, enabled, calls_max, calls_per_hour_max, last_used_at } = link;
  const profile = profiles.value.find((one) => one.id === profile_id)?.name ?? "";
  const act = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      tell(done);
    } catch (error) {
      tell(messageOf(error));
    }
    await look();
  };
  const turn = () =>
    act(
      () =>
        change("PUT", `/api/v1/talk-links/${id}`, { name, profile_id, enabled: !enabled, calls_max, calls_per_hour_max }),
      enabled ? `Nobody can talk over “${name}” any more. Calls that go on are not ended.` : `“${name}” is on again.`,
    );
  const remove = async (answer: "yes" | "no") => {
    setAsks(false);
    if (answer === "no") return;
    await act(() => change("DELETE", `/api/v1/talk-links/${id}`), `“${name}” is removed.`);
    onRemoved();
  };
  return (
    <li>
      <span class="name">{name}</span>
      <span class={enabled ? "badge live" : "badge"}>
        <Icon name={enabled ? "dot" : "cross"} />
        {enabled ? "On" : "Off"}
      </span>
      <span class="meta">
        {profile !== "" && `${profile} answers · `}
        {calls_max === 1 ? "1 call" : `${calls_max} calls`} at once, {calls_per_hour_max} an hour from one address
      </span>
      <span class="meta">{last_used_at ? <>last used <When at={last_used_at} /></> : "not used yet"}</span>
      <p class="ways">
        <button type="button" aria-label={`${enabled ? "Switch off" : "Switch on"} ${name}`} onClick={() => void turn()}>
          {enabled ? "Switch off" : "Switch on"}
        </button>
        <button type="button" class="danger" aria-label={`Remove ${name}`} onClick={() => setAsks(true)}>
          Remove
        </button>
      </p>
      {asks && (
        <Confirm
          title={`Remove “${name}”?`}
          text="Its address leads nowhere from then on, and can’t be brought back."
          verb="Remove"
          onAnswer={(answer) => void remove(answer)}
        />
      )}
    </li>
  );
}

function NewLink({ onMade }: { onMade: (made: MadeTalkLink) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [profile, setProfile] = useState("");
  const [error, setError] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const body = { name, profile_id: profile || profiles.value[0]?.id };
      const made = await change<MadeTalkLink>("POST", "/api/v1/talk-links", body);
      setError("");
      setName("");
      if (made) onMade(made);
      await look();
    } catch (problem) {
      const wrong = problem instanceof Problem ? problem.faults[0] : undefined;
      setError(wrong ? sentence(`the ${wrong.field === "name" ? "name" : "profile"} ${wrong.reason}`) : messageOf(problem));
      field.current?.focus();
    }
  };
  return (
    <form class="body" onSubmit={(event) => void submit(event)} noValidate>
      <div class="field">
        <label for="link-name">Name, as visitors see it</label>
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
        <label for="link-profile">Who answers</label>
        <select id="link-profile" value={profile} onChange={(event) => setProfile(event.currentTarget.value)}>
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
      <button type="submit" class="primary">
        Make a talk link
      </button>
    </form>
  );
}

/** Its address, which the server shows once. */
function Address({ made }: { made: MadeTalkLink }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.url);
      tell("The address is copied.");
    } catch {
      tell("Your browser does not copy it: mark the address and copy it yourself.");
    }
  };
  return (
    <div class="body">
      <p>
        The address of “{made.name}”. It is shown this once: keep it.
      </p>
      <p class="address">
        <a href={made.url}>{made.url}</a>
      </p>
      <button type="button" onClick={() => void copy()}>
        Copy the address
      </button>
    </div>
  );
}
