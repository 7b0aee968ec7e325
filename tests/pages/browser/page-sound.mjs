// Sound of a page's microphone, sound that comes to it by WebRTC, and the sockets that it opens.

/** Keeps what the page's microphone gives and what it gets by WebRTC, and which sockets it opens. */
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
