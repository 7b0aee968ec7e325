// Repeated drawing: on every frame or, with reduced motion, occasionally.
/** How often a picture without motion is redrawn, in ms. */
const STILL_MS = 250;

/** Calls `moving` on every frame, or `still` if reduced motion is on, until the returned function is called. `onBegin`: called when one of the two
 * begins. */
export function eachFrame(moving: () => void, still: () => void, onBegin?: () => void): () => void {
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
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
    if (!reducedMotion.matches) return step();
    still();
    timer = setInterval(still, STILL_MS);
  };
  begin();
  reducedMotion.addEventListener("change", begin);
  return () => {
    reducedMotion.removeEventListener("change", begin);
    cancelAnimationFrame(frame);
    clearInterval(timer);
  };
}
