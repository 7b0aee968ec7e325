// Merge of two people's changes of the same record.

/** Ours and theirs brought together, field by field. */
export interface Merged<T> {
  /** Ours where we changed something, else theirs. */
  value: T;
  /** Members that both have changed, and not alike. */
  both: (keyof T & string)[];
}

/** Brings our changes of `base` together with theirs. */
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
