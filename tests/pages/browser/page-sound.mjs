// The sound of a page's microphone, the sound that it gets by WebRTC, and the sockets that it opens.

/** Keeps the microphone's sound, the sound received by WebRTC, and the sockets that the page opens. */
export const listen = (page) =>
  page.addInitScript(() => {
    const context = new AudioContext({ sampleRate: 24_000 });
    const keep = (stream) => {
      const kept = [];
      const source = context.createMediaStreamSource(stream);
      const tap = context.createScriptProcessor(4_096, 1, 1);
      tap.onaudioprocess = ({ inputBuffer }) => kept.push(...inputBuffer.getChannelData(0));
      source.connect(tap).connect(context.destination);
      window.taps = [...(window.taps ?? []), tap];
      return kept;
    };
    addEventListener("pointerdown", () => void context.resume());
    const { addTrack } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addTrack = function noted(track, ...streams) {
      window.said = keep(streams[0]);
      this.addEventListener("track", ({ streams: [stream] }) => (window.heard = keep(stream)));
      return addTrack.call(this, track, ...streams);
    };
    window.sockets = [];
    const { WebSocket: Real } = window;
    window.WebSocket = class extends Real {
      constructor(url, ...more) {
        super(url, ...more);
        window.sockets.push(new URL(url).pathname);
      }
    };
  });

/** Samples that the page has kept as `said` or `heard`, from an index on. They are transferred as bytes: as numbers, 4 s of sound would take
 * seconds. */
export async function keptBy(page, what, from = 0) {
  const text = await page.evaluate(([name, begin]) => {
    const bytes = new Uint8Array(Float32Array.from(window[name].slice(begin)).buffer);
    let binary = "";
    for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
    return btoa(binary);
  }, [what, from]);
  return Array.from(new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer));
}
