// Messages between the page and the audio thread. Sound is 16-bit samples at the rate of the socket.

/** To the microphone's side. */
export type ForCapture = { type: "mute"; on: boolean } | { type: "end" };

/** From the microphone's side. `level`: the loudest sample of late, 0 to 1, after muting. */
export type FromCapture = { type: "sound"; sound: ArrayBuffer } | { type: "level"; level: number };

/** To the ear's side. `end`: nothing more comes; what waits is played. */
export type ForPlayout =
  | { type: "sound"; sound: ArrayBuffer }
  | { type: "mark"; name: string }
  | { type: "clear" }
  | { type: "end" };

/** From the ear's side. `level` and `audible` (a number of samples) are of what was really played of late. */
export type FromPlayout =
  | { type: "mark"; name: string }
  | { type: "level"; level: number; audible: number; isEmpty: boolean };
