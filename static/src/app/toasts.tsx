// Short notices that take no focus.
import { signal } from "@preact/signals";

const SHOWN_MS = 6_000;

const notices = signal<{ id: number; text: string }[]>([]);
let made = 0;

/** Shows a notice for some seconds. */
export function tell(text: string): void {
  made += 1;
  const id = made;
  notices.value = [...notices.value, { id, text }];
  setTimeout(() => {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }, SHOWN_MS);
}

/** The region of notices. There from the start, so that screen readers know the place. */
export function Toasts() {
  return (
    <div class="toasts" role="status">
      {notices.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
