// A talk link as it is sent: the body takes the place of all that was there.
import type { TalkLink } from "../api/model";

/** Members of a link that can be changed. */
export function bodyOf({ name, profile_id, enabled, calls_max, calls_per_hour_max, origins, widget }: TalkLink) {
  return { name, profile_id, enabled, calls_max, calls_per_hour_max, origins, widget };
}
