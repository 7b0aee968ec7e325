// The microphone, and why there may be none.
import { number } from "../app/language";
import { w } from "./words";

/** Why the microphone can't be used, with what to do about it. */
export class NoMicrophone extends Error {}

/** Asks for the microphone: the one of that id, or the browser's own choice. Throws a [`NoMicrophone`]. */
export async function openMicrophone(deviceId?: string): Promise<MediaStream> {
  if (!isSecureContext || !navigator.mediaDevices) {
    throw new NoMicrophone(w.insecure);
  }
  try {
    const wish = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const audio = deviceId === undefined ? wish : { ...wish, deviceId: { exact: deviceId } };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (fault) {
    throw new NoMicrophone(reasonOf(fault));
  }
}

function reasonOf(fault: unknown): string {
  switch (fault instanceof DOMException ? fault.name : "") {
    case "NotAllowedError":
      return w.blocked;
    case "NotFoundError":
    case "OverconstrainedError":
      return w.none;
    case "NotReadableError":
      return w.taken;
    default:
      return w.unusable(fault instanceof Error ? fault.message : String(fault));
  }
}

/** The microphones that there are, by id and name. Names are told only to who may use one. */
export async function microphones(): Promise<{ id: string; name: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const inputs = devices.filter(({ kind }) => kind === "audioinput");
  return inputs.map(({ deviceId, label }, index) => ({ id: deviceId, name: label || w.microphone(number(index + 1)) }));
}
