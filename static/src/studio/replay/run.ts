// Replays in progress: starting, polling and stopping them.
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf } from "../../api/client";
import type { Replay } from "../../api/model";
import type { DraftKeeper } from "../draft";
import { w as studio } from "../words";

/** The time between two requests, in ms. */
const ASKED_EVERY_MS = 700;

export const pathOf = (profile: string, rest: string) => `/api/v1/agent-profiles/${profile}/${rest}`;

/** Starts a replay with what is on the page: a pending change is sent first. Throws an error whose message is for people. */
export async function begin(keeper: DraftKeeper, path: string, body: unknown): Promise<Replay> {
  if (keeper.isAhead() && !(await keeper.flush())) throw new Error(studio.hear.notSaved);
  const begun = await change<Replay>("POST", path, body);
  if (begun === null) throw new Error(studio.hear.noCall);
  return begun;
}

/** The current state of a replay; polled until it is over. */
export function useReplay(profile: string, id: string | null): { replay: Replay | null; fault: string; again: () => void; stop: () => Promise<void> } {
  const [replay, setReplay] = useState<Replay | null>(null);
  const [fault, setFault] = useState("");
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (id === null) return setReplay(null);
    let timer = 0;
    let isOver = false;
    setFault("");
    const look = async () => {
      try {
        const now = await get<Replay>(pathOf(profile, `replays/${id}`));
        if (isOver) return;
        setReplay(now);
        if (now.state === "running") timer = setTimeout(() => void look(), ASKED_EVERY_MS);
      } catch (problem) {
        if (!isOver) setFault(messageOf(problem));
      }
    };
    setReplay((was) => (was?.id === id ? was : null));
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [profile, id, asked]);
  const again = () => setAsked(asked + 1);
  const stop = async () => {
    const stopped = await change<Replay>("POST", pathOf(profile, `replays/${id ?? ""}/stop`));
    if (stopped) setReplay(stopped);
    again();
  };
  return { replay, fault, again, stop };
}
