// The users who may own an item of the inbox.
import { myId } from "../api/me";
import type { Colleague } from "../api/model";
import { w } from "./words";

/** Possible owners of an item: the user first. */
export function owners(colleagues: Colleague[]): { value: string; label: string }[] {
  const me = myId();
  const others = colleagues.filter(({ user_id }) => user_id !== me).map(({ user_id, name }) => ({ value: user_id, label: name }));
  return me === null ? others : [{ value: me, label: w.me }, ...others];
}
