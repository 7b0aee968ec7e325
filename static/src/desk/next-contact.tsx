// Preview campaigns: the agent sees one contact after another, and has them called or skips them. Loaded after the page.
import { signal } from "@preact/signals";
import { Fragment } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { CalledContact, Campaign, Preview, SkipReason } from "../api/model";
import { Icon } from "../app/icons";
import { useAll } from "../app/load";
import { serverNow } from "../app/now";
import { w as campaigns } from "../campaigns/words";
import { length, lengthInWords, shortTime } from "../words/time";
import { begin, mayBegin } from "./dialling";
import { desk, isLive, mine } from "./store";
import { w } from "./words/parts";

/** The contact that the agent is previewing. */
interface Shown {
  campaign: Campaign;
  contact: CalledContact;
  /** Until when, ms since 1970. */
  until: number;
  /** The time that remained when the contact was shown, in ms. */
  timeMs: number;
}

/** The contact; it stays while the agent is on other pages. */
const shown = signal<Shown | null>(null);
/** The text that is shown instead of a contact. */
const said = signal("");

const REASONS = ["not_now", "wrong_data", "for_somebody_else", "other"] as const satisfies readonly SkipReason[];
/** Variables that hold a contact's name. */
const NAMES = ["name", "first_name", "last_name"];

/** The panel; empty if no campaign calls for the agent's queues, and while they have a call or a wrap-up. */
export function NextContact() {
  const all = useAll<Campaign>(may("leads_read") ? "/api/v1/campaigns" : null, undefined, ["campaign"]);
  const now = desk.value;
  if (!now) return null;
  const mineAre = new Set(now.queues.filter(({ members }) => members.includes(now.me)).map(({ name }) => name));
  const isMine = ({ state, settings }: Campaign) =>
    state === "running" && settings.rules.mode === "preview" && settings.queue !== null && mineAre.has(settings.queue);
  const running = (all.value ?? []).filter(isMine);
  const isBusy = now.calls.length > 0 || now.offers.length > 0 || now.wrapUps.length > 0;
  if (isBusy || (running.length === 0 && shown.value === null)) return null;
  return <Panel running={running} />;
}

function Panel({ running }: { running: Campaign[] }) {
  const { value } = shown;
  const [fault, setFault] = useState("");
  const [isAsking, setAsking] = useState(false);
  const top = useRef<HTMLHeadingElement>(null);
  const leftMs = value ? value.until - serverNow.value : 0;
  useEffect(() => {
    if (value === null || leftMs > 0) return;
    shown.value = null;
    said.value = w.next.over;
  }, [value, leftMs > 0]);
  const does = async (act: () => Promise<void>) => {
    setAsking(true);
    setFault("");
    try {
      await act();
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setAsking(false);
      // The pressed button is gone.
      top.current?.focus({ preventScroll: true });
    }
  };
  const failed = (words: string) => {
    setFault(words);
    // The pressed button is gone, or lost the focus while it was disabled.
    if (words !== "") top.current?.focus({ preventScroll: true });
  };
  return (
    <section class="next-contact panel" aria-label={w.next.title}>
      <div class="top">
        <h2 ref={top} tabIndex={-1}>
          {w.next.title}
        </h2>
        {value && (
          <span class="n figure push" role="timer" aria-label={w.next.left}>
            {length(leftMs)}
          </span>
        )}
      </div>
      <p class="meta" role="status">
        {value ? w.next.isYours(nameOf(value.contact), lengthInWords(value.timeMs)) : said.value}
      </p>
      {fault !== "" && (
        <p class="error" role="alert">
          {fault}
        </p>
      )}
      {value ? (
        <Contact shown={value} isOff={isAsking || !mayBegin()} does={does} onFault={failed} />
      ) : (
        <p class="ways">
          {running.map((campaign) => (
            <button key={campaign.id} type="button" disabled={isAsking || !isFree()} onClick={() => void does(() => ask(campaign))}>
              {running.length === 1 ? w.next.show : w.next.showOf(campaign.name)}
            </button>
          ))}
        </p>
      )}
    </section>
  );
}

function Contact(props: { shown: Shown; isOff: boolean; does: (act: () => Promise<void>) => Promise<void>; onFault: (words: string) => void }) {
  const { campaign, contact } = props.shown;
  const id = useId();
  const [reason, setReason] = useState<SkipReason>("not_now");
  const path = `/api/v1/campaigns/${campaign.id}/preview/${contact.id}`;
  const call = async () => {
    props.onFault("");
    let isAsked = false;
    const fault = await begin(() => {
      isAsked = true;
      return change("POST", `${path}/call`);
    });
    props.onFault(fault);
    // The microphone was refused first: nobody is called, and the contact stays with the agent.
    if (!isAsked) return;
    // A contact who is called is shown as the call; one who may not be called is no longer the agent's.
    shown.value = null;
    said.value = "";
  };
  const skip = async () => {
    await change("POST", `${path}/skip`, { reason });
    shown.value = null;
    await ask(campaign);
  };
  return (
    <>
      <h3 class="name">
        <bdi>{nameOf(contact)}</bdi> <span class="meta">{campaign.name}</span>
      </h3>
      <dl class="facts">
        <dt>{w.next.number}</dt>
        <dd class="n">{contact.number}</dd>
        {Object.entries(contact.variables).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </Fragment>
        ))}
        <dt>{w.next.tries}</dt>
        <dd>{contact.attempts.length === 0 ? w.next.noTries : contact.attempts.map(tried).join("; ")}</dd>
      </dl>
      <p class="ways">
        <button type="button" class="primary" disabled={props.isOff} aria-label={w.next.callName(nameOf(contact))} onClick={() => void call()}>
          <Icon name="calls" />
          {w.next.call}
        </button>
        <label class="hidden" for={id}>
          {w.next.why}
        </label>
        <select id={id} value={reason} onChange={(event) => setReason(event.currentTarget.value as SkipReason)}>
          {REASONS.map((one) => (
            <option key={one} value={one}>
              {w.next.reasons[one]}
            </option>
          ))}
        </select>
        <button type="button" disabled={props.isOff} onClick={() => void props.does(skip)}>
          {w.next.skip}
        </button>
      </p>
    </>
  );
}

/** Whether a contact can be shown now. */
function isFree(): boolean {
  return isLive.value && mine.value?.is_free === true;
}

/** Requests the next contact of a campaign. */
async function ask(campaign: Campaign): Promise<void> {
  const next = await change<Preview>("POST", `/api/v1/campaigns/${campaign.id}/preview`);
  const { contact = null, until = null, next_at = null } = next ?? {};
  const untilMs = Date.parse(until ?? "");
  shown.value = contact && { campaign, contact, until: untilMs, timeMs: untilMs - serverNow.peek() };
  if (contact) said.value = "";
  else said.value = next_at === null ? w.next.none : w.next.noneBefore(shortTime(new Date(next_at), new Date(serverNow.peek())));
}

/** A contact's name; the number if no name is known. */
function nameOf({ number, variables }: CalledContact): string {
  return NAMES.map((name) => variables[name] ?? "").filter((part) => part !== "").join(" ") || number;
}

/** An earlier call: when, and its outcome. */
function tried({ reserved_at, outcome }: CalledContact["attempts"][number]): string {
  const at = shortTime(new Date(reserved_at), new Date(serverNow.peek()));
  return outcome === null ? at : `${at}: ${campaigns.outcomes[outcome]}`;
}
