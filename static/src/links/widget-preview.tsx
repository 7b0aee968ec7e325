// A preview of the widget: the real one, which starts no call and sends no request.
import { useEffect, useRef } from "preact/hooks";
import { type Launcher, launcher } from "../widget/launcher/launcher";
import type { Look } from "../widget/launcher/look";
import { w } from "./words";

/** The widget with this look. */
export function Preview({ look }: { look: Look }) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<Launcher | null>(null);
  useEffect(() => {
    const made = launcher(look, async (to) => {
      const { openWidget } = await import("../widget/window");
      return openWidget(to, null);
    });
    made.host.dataset["inline"] = "";
    place.current?.append(made.host);
    shown.current = made;
    return () => made.host.remove();
  }, []);
  useEffect(() => shown.current?.wear(look), [look]);
  return (
    <div class="widget-preview">
      <p class="caps">{w.widget.preview}</p>
      <div ref={place} />
    </div>
  );
}
