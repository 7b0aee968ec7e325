// A person's record that is shown and followed, even while somebody else deletes it.
import { useRef, useState } from "preact/hooks";
import type { Thing } from "../api/changes";
import { get, Problem } from "../api/client";
import { useFollowed } from "../app/followed";
import { type Loaded, useLoaded } from "../app/load";
import { w } from "./words";

/** A loaded record. */
export interface FollowedRecord<T> extends Loaded<T> {
  /** Whether it was deleted after it was shown. It stays shown, with what the user has typed. */
  isDeleted: boolean;
}

/** Loads the record of this kind at `path`, and follows it. */
export function useRecord<T>(path: string, followed: { what: Thing; id: string }): FollowedRecord<T> {
  const record = useLoaded<T>(path);
  const [deleted, setDeleted] = useState<string | null>(null);
  const shown = useRef(path);
  shown.current = path;
  const look = async () => {
    try {
      const now = await get<T>(path);
      if (shown.current !== path) return;
      record.show(now);
      setDeleted(null);
    } catch (fault) {
      // Without another answer, what is shown stays until the next change.
      if (fault instanceof Problem && fault.status === 404) setDeleted(path);
    }
  };
  useFollowed(followed, () => {
    if (record.value !== null) void look();
    else if (record.fault === "") void record.again();
  });
  return { ...record, isDeleted: deleted === path };
}

/** Says that it was deleted. */
export function Deleted() {
  return (
    <p class="notice warn" role="alert">
      {w.deleted}
    </p>
  );
}
