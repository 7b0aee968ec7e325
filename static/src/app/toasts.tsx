// Short notices that take no focus.
import { signal } from "@preact/signals";

const SHOWN_MS = 6_000;

/** The visible notices. `at`: the window over the page that shows one; 0 for the frame. */
const notices = signal<readonly { id: number; text: string; at: number }[]>([]);
let made = 0;

/** The windows over the page, the newest last. Everything under a window is hidden from users and screen readers, so the newest one shows new
 * notices. */
export const windows = signal<readonly number[]>([]);

/** A place in each of these windows for parts of the frame that must be in reach, such as a ringing call. */
export const windowPlaces = signal<readonly HTMLElement[]>([]);

/** Shows a notice for a few seconds. */
export function tell(text: string): void {
  made += 1;
  const id = made;
  notices.value = [...notices.value, { id, text, at: windows.peek().at(-1) ?? 0 }];
  setTimeout(() => {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }, SHOWN_MS);
}

/** A region of notices: those of a window, or the frame's together with those of closed windows. It exists before the first notice, so that screen
 * readers watch it. */
export function Toasts({ of }: { of?: number }) {
  const isHere = (at: number) => (of ? at === of : !windows.value.includes(at));
  return (
    <div class="toasts" role="status">
      {notices.value.map(({ id, text, at }) => isHere(at) && <p key={id}>{text}</p>)}
    </div>
  );
}
