// The merge of two people's changes to the same record.

/** Ours and theirs merged, field by field. */
export interface Merged<T> {
  /** Ours where we changed something, otherwise theirs. */
  value: T;
  /** The fields that both have changed, to different values. */
  both: (keyof T & string)[];
}

/** Merges our changes to `base` with theirs. */
export function merge<T extends object>(base: T, ours: T, theirs: T): Merged<T> {
  const isOther = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const merged: Merged<T> = { value: { ...theirs }, both: [] };
  for (const field of Object.keys(theirs) as (keyof T & string)[]) {
    if (!isOther(base[field], ours[field])) continue;
    merged.value[field] = ours[field];
    if (isOther(base[field], theirs[field]) && isOther(ours[field], theirs[field])) merged.both.push(field);
  }
  return merged;
}
