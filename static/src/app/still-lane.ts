// The lane of a party who speaks, without motion.

/** Speech is drawn as strokes of these heights, repeated: shares of a lane's height. */
const STROKES = [0.3, 0.6, 0.9, 0.5, 0.8, 0.4] as const;
/** The distance between strokes, and the width of each. */
const STEP_PX = 5;
const STROKE_PX = 3;

/** Draws still strokes along the lane with this middle and height: a solid bar would not look like speech. */
export function strokeStill(pen: CanvasRenderingContext2D, width: number, lane: { middle: number; height: number }): void {
  for (let stroke = 0; stroke * STEP_PX < width; stroke += 1) {
    const height = (STROKES[stroke % STROKES.length] ?? 0) * lane.height;
    pen.fillRect(stroke * STEP_PX, lane.middle - height / 2, STROKE_PX, height);
  }
}
