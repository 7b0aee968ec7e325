// Drawing again and again: with every frame, or, with reduced motion, now and then.
/** How often a picture without motion is looked at, in ms. */
const STILL_MS = 250;

/** Calls `moving` with every frame, or `still` where motion is not wanted, until the returned function is called. `onBegin`: one of the two
 * begins. */
export function eachFrame(moving: () => void, still: () => void, onBegin?: () => void): () => void {
  const wish = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const step = () => {
    moving();
    frame = requestAnimationFrame(step);
  };
  const begin = () => {
    cancelAnimationFrame(frame);
    clearInterval(timer);
    onBegin?.();
    if (!wish.matches) return step();
    still();
    timer = setInterval(still, STILL_MS);
  };
  begin();
  wish.addEventListener("change", begin);
  return () => {
    wish.removeEventListener("change", begin);
    cancelAnimationFrame(frame);
    clearInterval(timer);
  };
}
