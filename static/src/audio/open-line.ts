// Which way the sound of a call goes: by WebRTC where the server has it and a connection is made in time, else over `/ws/audio`.
import { AudioLine, type LineEvents, type Means } from "./line";
import { openMicrophone } from "./microphone";
import { RtcLine } from "./rtc";

/** The audio of a call, whichever way it goes. */
export type Line = Pick<AudioLine, "press" | "write" | "askForPerson" | "hear" | "mute" | "useMicrophone" | "bye" | "drop">;

/** Opens the microphone, where somebody speaks, then asks for the token of the call and connects. Who writes goes over the socket: words lose
 * no packet. Throws where any of it fails, with the microphone given
 * back. */
export async function openLine(
  token: () => Promise<string>,
  events: LineEvents,
  byWebrtc: boolean,
  means: Means = "voice",
): Promise<Line> {
  if (!byWebrtc || means === "writing" || typeof RTCPeerConnection === "undefined") return AudioLine.open(token, events, means);
  const microphone = await openMicrophone();
  const giveBack = () => {
    for (const track of microphone.getTracks()) track.stop();
  };
  let presented: string;
  try {
    events.onConnecting();
    presented = await token();
  } catch (fault) {
    giveBack();
    throw fault;
  }
  const line = await RtcLine.open(presented, microphone, events);
  if (line !== null) return line;
  giveBack();
  return AudioLine.open(() => Promise.resolve(presented), events);
}
