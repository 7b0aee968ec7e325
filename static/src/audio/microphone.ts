// The microphone, and why it may not be available.
import { number } from "../app/language";
import { w } from "./words";

/** Why the microphone can't be used, and what to do about it. */
export class NoMicrophone extends Error {}

const KEY = "cordboard.microphone";

/** The id of the microphone that was chosen for this browser's calls; empty if the browser chooses. */
export function chosenMicrophone(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** Stores the choice for the next call; empty leaves it to the browser. */
export function chooseMicrophone(id: string): void {
  try {
    if (id === "") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, id);
  } catch {
    // A browser without storage chooses by itself.
  }
}

/** Opens the microphone: the one with that id, otherwise the chosen one if it is connected, otherwise the browser's own choice. Throws a
 * [`NoMicrophone`]. */
export async function openMicrophone(deviceId?: string): Promise<MediaStream> {
  if (!isSecureContext || !navigator.mediaDevices) {
    throw new NoMicrophone(w.insecure);
  }
  try {
    const constraints = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const chosen = chosenMicrophone();
    const device = deviceId !== undefined ? { exact: deviceId } : chosen !== "" ? { ideal: chosen } : undefined;
    const audio = device === undefined ? constraints : { ...constraints, deviceId: device };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (fault) {
    throw unusable(fault);
  }
}

/** A fault of the browser as the reason why the microphone can't be used. */
export const unusable = (fault: unknown) => new NoMicrophone(reasonOf(fault));

/** Calls `tell` when this microphone is disconnected, or its permission withdrawn: at once if that has happened already. */
export function whenUnplugged(microphone: MediaStream | null, tell: () => void): void {
  const track = microphone?.getAudioTracks()[0];
  if (track?.readyState === "ended") tell();
  else track?.addEventListener("ended", tell);
}

function reasonOf(fault: unknown): string {
  const { name, message } = fault instanceof Error ? fault : { name: "", message: String(fault) };
  switch (name) {
    case "NotAllowedError":
      // Chrome says so if the operating system denies it the microphone. Allowing it for the page would not help.
      if (message.endsWith("by system")) break;
      return w.blocked;
    case "NotFoundError":
    case "OverconstrainedError":
      return w.none;
    case "NotReadableError":
      return w.taken;
  }
  return w.unusable(message);
}

/** The available microphones, by id and name. Browsers show the names only once a microphone is allowed. */
export async function microphones(): Promise<{ id: string; name: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const inputs = devices.filter(({ kind }) => kind === "audioinput");
  return inputs.map(({ deviceId, label }, index) => ({ id: deviceId, name: label || w.microphone(number(index + 1)) }));
}
