// An agent's notes on a call during and after it. The server saves them as they are typed, so that they are available wherever the agent opens the
// wrap-up. This browser keeps what the server has not accepted yet.
import { effect, signal } from "@preact/signals";
import { change, get, Problem } from "../api/client";
import type { WrapUpDraft } from "../api/model";
import { session } from "../api/session";
import { keepUnsaved, unsaved } from "../api/unsaved";
import { tell } from "../app/toasts";
import { nameOn } from "./people";
import { desk } from "./store";
import { w } from "./words";

/** The notes on one call. */
export interface Draft {
  note: string;
  disposition: string | null;
  /** The revision of the server's draft that this one is based on; absent if that is not known. */
  tag?: string;
}

/** The maximum number of dispositions that have a key. */
export const KEYS_MAX = 9;

/** They are saved once nothing was typed for this long, in ms. */
const PAUSE_MS = 400;
/** A server that did not answer is asked again after this long, in ms. */
const RETRY_MS = 3_000;
/** By then the server knows a call that has just begun: if it still doesn't, the call is gone. In ms. */
const UNKNOWN_MS = 15_000;
const NOTHING: Draft = { note: "", disposition: null };

const drafts = signal<Record<string, Draft>>({});
/** Calls whose notes are being loaded. */
const loading = new Set<string>();
/** Calls whose notes wait for a pause. */
const waiting = new Map<string, ReturnType<typeof setTimeout>>();
/** Calls whose notes are being saved. */
const saving = new Map<string, Promise<void>>();
/** Calls that the server does not know, and since when. */
const unknown = new Map<string, number>();

// The notes of the previous user belong to nobody else.
let author: string | undefined;
effect(() => {
  const now = session.value?.user?.id;
  if (now === author) return;
  author = now;
  for (const timer of waiting.values()) clearTimeout(timer);
  waiting.clear();
  unknown.clear();
  drafts.value = {};
});

const pathOf = (callId: string) => `/api/v1/calls/${encodeURIComponent(callId)}/wrap-up-draft`;
const nameOf = (callId: string) => `wrap_up.${callId}`;
const tagOf = ({ updated_at }: WrapUpDraft) => `"${updated_at ?? ""}"`;

/** The notes on this call so far. */
export function draftOf(callId: string): Draft {
  return drafts.value[callId] ?? NOTHING;
}

function show(callId: string, draft: Draft): void {
  drafts.value = { ...drafts.value, [callId]: draft };
}

/** Stores what was typed. */
export function write(callId: string, change: Partial<Draft>): void {
  const draft = { ...draftOf(callId), ...change };
  show(callId, draft);
  keepUnsaved(nameOf(callId), draft);
  saveIn(callId, PAUSE_MS);
}

/** Chooses a disposition by its key, 1 to 9. Returns whether there was one. */
export function chooseByKey(callId: string, key: number): boolean {
  const disposition = desk.value?.dispositions[key - 1];
  if (!disposition || key > KEYS_MAX) return false;
  write(callId, { disposition: disposition.id });
  return true;
}

/** Restores what was written about this call, here or elsewhere. `joins`: what was written elsewhere is added to what is here. */
export async function load(callId: string, joins = false): Promise<void> {
  const left = !joins && unsaved<Draft>(nameOf(callId));
  if (left) {
    show(callId, left);
    saveIn(callId, PAUSE_MS);
    return;
  }
  if (loading.has(callId)) return;
  const [before, of] = [joins ? undefined : drafts.value[callId], author];
  loading.add(callId);
  try {
    const theirs = await get<WrapUpDraft>(pathOf(callId));
    const { note, disposition_id } = theirs;
    const tag = tagOf(theirs);
    unknown.delete(callId);
    const now = drafts.value[callId];
    if (author !== of) return;
    if (now === before) show(callId, { note, disposition: disposition_id, tag });
    // An agent who has begun to type loses nothing of what they had written elsewhere.
    else if (now && !before)
      write(callId, { note: now.note.includes(note) ? now.note : `${note}\n${now.note}`, disposition: now.disposition ?? disposition_id, tag });
  } catch (fault) {
    if (author !== of) return;
    if (isAway(callId, fault)) setTimeout(() => void load(callId), RETRY_MS);
    else if (isOfNoCall(fault)) lose(callId);
  } finally {
    loading.delete(callId);
  }
}

/** The agent comes back to this window, perhaps from another one or another computer in which they have changed the notes. Without this, the older
 * ones here would be sent as the wrap-up. */
export async function loadAgain(callId: string): Promise<void> {
  // Text that was typed here last is newer.
  if (!waiting.has(callId) && !saving.has(callId)) await load(callId);
}

/** The notes are about to be sent as the wrap-up: the draft is no longer saved, and a save in progress has finished. */
export async function hold(callId: string): Promise<void> {
  clearTimeout(waiting.get(callId));
  waiting.delete(callId);
  await saving.get(callId);
  clearTimeout(waiting.get(callId));
  waiting.delete(callId);
}

/** The wrap-up was not accepted: unsaved text is saved after all. */
export function goOn(callId: string): void {
  if (unsaved(nameOf(callId))) saveIn(callId, PAUSE_MS);
}

/** The wrap-up was sent. */
export function drop(callId: string): void {
  clearTimeout(waiting.get(callId));
  waiting.delete(callId);
  unknown.delete(callId);
  keepUnsaved(nameOf(callId), null);
  const { [callId]: _, ...others } = drafts.value;
  drafts.value = others;
}

function saveIn(callId: string, ms: number): void {
  clearTimeout(waiting.get(callId));
  waiting.set(
    callId,
    setTimeout(() => {
      waiting.delete(callId);
      // One save after the other: the last one written stays, and none overwrites a draft that was not loaded yet.
      if (saving.has(callId) || loading.has(callId)) saveIn(callId, PAUSE_MS);
      else saving.set(callId, save(callId).finally(() => saving.delete(callId)));
    }, ms),
  );
}

async function save(callId: string): Promise<void> {
  const [draft, of] = [draftOf(callId), author];
  try {
    const body = { note: draft.note, disposition_id: draft.disposition };
    const kept = await change<WrapUpDraft>("PUT", pathOf(callId), body, { "If-Match": draft.tag ?? "*" });
    unknown.delete(callId);
    const now = drafts.value[callId];
    if (author !== of || !now || !kept) return;
    // Text typed since then is based on what was just saved.
    show(callId, { ...now, tag: tagOf(kept) });
    if (now === draft) keepUnsaved(nameOf(callId), null);
  } catch (fault) {
    if (author !== of || draftOf(callId) !== draft) return;
    const code = fault instanceof Problem && fault.code;
    if (isAway(callId, fault)) saveIn(callId, RETRY_MS);
    else if (isOfNoCall(fault)) lose(callId);
    // Changed in another window. A wrap-up that is about to be sent waits for what is written there.
    else if (code === "edited_meanwhile") await load(callId, true);
    // Finished on another computer.
    else if (code === "already_written") drop(callId);
    // The disposition no longer exists.
    else if (fault instanceof Problem && fault.faults.some(({ field }) => field === "disposition_id")) {
      tell(w.call.outcomeRemoved(nameOn(callId)));
      write(callId, { disposition: null });
    }
  }
}

/** The call is gone, for example deleted: its notes can't be saved any more. */
function lose(callId: string): void {
  const { note } = draftOf(callId);
  drop(callId);
  if (note.trim() !== "") tell(w.call.noteLost(nameOn(callId)));
}

/** Whether the server may accept it later: it does not answer, is overloaded, or does not know the call yet. */
function isAway(callId: string, fault: unknown): boolean {
  if (isOfNoCall(fault)) {
    const since = unknown.get(callId) ?? Date.now();
    unknown.set(callId, since);
    return Date.now() - since < UNKNOWN_MS;
  }
  // A server that was away may have to learn of the call again.
  unknown.delete(callId);
  return fault instanceof Problem && (fault.status === 0 || fault.status >= 500 || fault.status === 429);
}

function isOfNoCall(fault: unknown): boolean {
  return fault instanceof Problem && fault.status === 404;
}
