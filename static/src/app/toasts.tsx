// Short notices that take no focus.
import { signal } from "@preact/signals";
import { useLayoutEffect, useState } from "preact/hooks";

const SHOWN_MS = 6_000;

/** A notice. `at`: the region in which it is shown. */
interface Notice {
  id: number;
  text: string;
  at: symbol | undefined;
}

const notices = signal<Notice[]>([]);
let made = 0;

/** The regions that there are: that of the frame, and one of each window over the page. Nothing behind a window can be seen or heard, so the
 * newest one shows what is told. */
const regions = signal<readonly symbol[]>([]);

/** Shows a notice for some seconds. */
export function tell(text: string): void {
  made += 1;
  const id = made;
  notices.value = [...notices.value, { id, text, at: regions.peek().at(-1) }];
  setTimeout(() => {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }, SHOWN_MS);
}

/** A region of notices. There before the first, so that screen readers know the place. The frame's takes over those of a window that is closed. */
export function Toasts({ of }: { of: "frame" | "window" }) {
  const [own] = useState(() => Symbol());
  useLayoutEffect(() => {
    regions.value = of === "frame" ? [own, ...regions.peek()] : [...regions.peek(), own];
    return () => {
      regions.value = regions.peek().filter((one) => one !== own);
    };
  }, [own, of]);
  const known = regions.value;
  const isHere = ({ at }: Notice) => at === own || (of === "frame" && (at === undefined || !known.includes(at)));
  return (
    <div class="toasts" role="status">
      {notices.value.filter(isHere).map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
