// Records of calls that several parts of the desk show: each is followed once, and only while a component needs it.
import { useEffect, useMemo } from "preact/hooks";
import { openRecord, type Record } from "../call/record";

/** How long a record outlives its last user: the next one may come in the same step. */
const LINGER_MS = 1_000;

const open = new Map<string, { record: Record; lookers: number }>();

/** The record of a call, followed as long as the component is mounted. */
export function useRecord(callId: string): Record {
  const entry = useMemo(() => {
    const there = open.get(callId) ?? { record: openRecord(callId), lookers: 0 };
    open.set(callId, there);
    return there;
  }, [callId]);
  useEffect(() => {
    entry.lookers += 1;
    return () => {
      entry.lookers -= 1;
      setTimeout(() => {
        if (entry.lookers > 0 || open.get(callId) !== entry) return;
        entry.record.close();
        open.delete(callId);
      }, LINGER_MS);
    };
  }, [entry, callId]);
  return entry.record;
}
