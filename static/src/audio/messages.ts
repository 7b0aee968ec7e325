// Messages between the page and the audio thread. Sound is 16-bit samples at the rate of the socket.

/** To the capture side. */
export type ForCapture = { type: "mute"; on: boolean } | { type: "end" };

/** From the capture side. `level`: the loudest recent sample, 0 to 1, after muting. */
export type FromCapture = { type: "sound"; sound: ArrayBuffer } | { type: "level"; level: number };

/** To the playout side. `clear`: what is queued is not played; `fades`: what is heard now falls to silence, and does not end with a click. `end`:
 * nothing more comes; what is queued is played. */
export type ForPlayout =
  | { type: "sound"; sound: ArrayBuffer }
  | { type: "mark"; name: string }
  | { type: "clear"; fades: boolean }
  | { type: "end" };

/** From the playout side. `level` and `audible` (a number of samples) describe what was really played recently. */
export type FromPlayout =
  | { type: "mark"; name: string }
  | { type: "level"; level: number; audible: number; isEmpty: boolean };
