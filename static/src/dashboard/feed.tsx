// News from calls: leads, messages, callers who were not answered.
import type { Call, Page } from "../api/model";
import type { components } from "../api/types";
import { get, messageOf } from "../api/client";
import { may } from "../api/me";
import { Icon, type IconName } from "../app/icons";
import { Failed, When } from "../app/parts";
import { callName } from "../words/call";
import { useEffect, useRef, useState } from "preact/hooks";
import { useFollowed } from "../app/followed";
import { useEnded } from "./ended";
import { w } from "./words";

type Schemas = components["schemas"];
interface Happening {
  key: string;
  at: string;
  icon: IconName;
  tone: "mark" | "bad" | "";
  words: string;
  href: string;
}

const EACH = 4;
const SHOWN = 6;

/** The news, and a sentence for people if some of it can't be read at the moment; otherwise empty. */
interface Found {
  rows: Happening[];
  fault: string;
}

/** The newest of each kind that the user may read, all together. What can't be read at the moment is left out. */
async function newest(): Promise<Found> {
  let fault = "";
  const failed = (problem: unknown) => {
    fault = messageOf(problem);
    return [];
  };
  const list = <T,>(allowed: boolean | null, path: string): Promise<T[]> =>
    allowed ? get<Page<T>>(path).then(({ items }) => items, failed) : Promise.resolve([]);
  const [leads, messages, missed] = await Promise.all([
    list<Schemas["Lead"]>(may("leads_read"), `/api/v1/leads?limit=${EACH}`),
    list<Schemas["Message"]>(may("messages_read"), `/api/v1/messages?direction=inbound&limit=${EACH}`),
    list<Call>(may("calls_read"), `/api/v1/calls?counted=missed&limit=${EACH}`),
  ]);
  const all: Happening[] = [
    ...leads.map((lead) => ({
      key: `lead ${lead.id}`,
      at: lead.created_at,
      icon: "leads" as const,
      tone: "mark" as const,
      words: w.feed.lead(nameOf(lead)),
      href: `/leads/${lead.id}`,
    })),
    ...messages.map((message) => ({
      key: `message ${message.id}`,
      at: message.created_at,
      icon: "inbox" as const,
      tone: "" as const,
      words: w.feed.message(nameOf(message)),
      href: "/inbox",
    })),
    ...missed.map((call) => ({
      key: `call ${call.id}`,
      at: call.started_at,
      icon: "end" as const,
      tone: "bad" as const,
      words: w.feed.missed(callName(call)),
      href: `/calls/${call.id}`,
    })),
  ];
  return { rows: all.sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, SHOWN), fault };
}

/** The name for people: a subject, a name, a number. */
function nameOf(row: object): string {
  for (const member of ["name", "need", "from", "phone"]) {
    const value = (row as Record<string, unknown>)[member];
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return w.feed.somebody;
}

/** The list, with times in `zone`. */
export function Feed({ zone }: { zone: string }) {
  const [found, setFound] = useState<Found | null>(null);
  const turn = useRef(0);
  const ended = useEnded();
  const look = () => {
    turn.current += 1;
    const mine = turn.current;
    void newest().then((now) => turn.current === mine && setFound(now));
  };
  useEffect(() => {
    look();
    return () => {
      turn.current += 1;
    };
  }, [ended]);
  useFollowed(["lead", "message"], look);
  return (
    <section class="sheet feed" aria-labelledby="feed-title">
      <div class="top">
        <h2 id="feed-title">{w.feed.title}</h2>
      </div>
      {found?.rows.length === 0 &&
        (found.fault === "" ? <p class="none soft">{w.feed.none}</p> : <Failed message={found.fault} onRetry={look} />)}
      <ol class="timeline feed-list">
        {found?.rows.map(({ key, at, icon, tone, words, href }) => (
          <li key={key} class={tone}>
            <When at={at} zone={zone} />
            <span class="at">
              <Icon name={icon} />
            </span>
            <p>
              <a class="bare" href={href}>
                {words}
              </a>
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
