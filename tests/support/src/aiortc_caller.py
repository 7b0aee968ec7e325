"""A caller over WebRTC by aiortc: sends an offer, plays a recording, records what it hears, and hangs up.

aiortc_caller.py ORIGIN TOKEN SAID.wav HEARD.wav SECONDS

SAID.wav has 48,000 Hz and one channel. It is played one second after the connection is up. HEARD.wav has everything that arrived from then on.
"""

import asyncio
import fractions
import json
import sys
import time
import urllib.request
import wave

import aioice.ice
import av
from aiortc import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription

RATE = 48_000
SAMPLES = 960

# The server listens on the loopback, which aioice leaves out.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class Said(AudioStreamTrack):
    """20 ms at a time, with silence before and after."""

    def __init__(self, path):
        super().__init__()
        with wave.open(path) as recording:
            assert (recording.getframerate(), recording.getnchannels()) == (RATE, 1)
            self.samples = recording.readframes(recording.getnframes())
        self.begins_at = None
        self.position = 0
        self.clock = 0
        self.began = None

    async def recv(self):
        self.began = self.began or time.time()
        await asyncio.sleep(max(0, self.began + self.clock / RATE - time.time()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        size = SAMPLES * 2
        piece = b""
        if self.begins_at is not None and time.time() >= self.begins_at:
            piece = self.samples[self.position : self.position + size]
            self.position += size
        frame.planes[0].update(piece.ljust(size, b"\0"))
        frame.sample_rate = RATE
        frame.pts = self.clock
        frame.time_base = fractions.Fraction(1, RATE)
        self.clock += SAMPLES
        return frame


def ask(method, url, token, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    request = urllib.request.Request(url, data=body and body.encode(), headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read().decode()


async def main(origin, token, said, heard, seconds):
    peer = RTCPeerConnection()
    track = Said(said)
    peer.addTrack(track)
    texts = peer.createDataChannel("texts")
    told = []
    texts.on("message", lambda text: told.append(json.loads(text)))
    samples = bytearray()
    hearing = []

    @peer.on("track")
    def on_track(other):
        async def hear():
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            while True:
                for frame in resampler.resample(await other.recv()):
                    samples.extend(bytes(frame.planes[0])[: frame.samples * 2])

        hearing.append(asyncio.ensure_future(hear()))

    stands = asyncio.Event()

    @peer.on("connectionstatechange")
    def on_state():
        if peer.connectionState == "connected":
            stands.set()

    await peer.setLocalDescription(await peer.createOffer())
    loop = asyncio.get_running_loop()
    offer = peer.localDescription.sdp
    headers, answer = await loop.run_in_executor(None, ask, "POST", f"{origin}/api/v1/webrtc", token, offer)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.wait_for(stands.wait(), 10)
    track.begins_at = time.time() + 1
    await asyncio.sleep(seconds)
    await loop.run_in_executor(None, ask, "DELETE", origin + headers["Location"], token)
    for task in hearing:
        task.cancel()
    with wave.open(heard, "wb") as recording:
        recording.setparams((1, 2, RATE, 0, "NONE", ""))
        recording.writeframes(bytes(samples))
    await peer.close()
    print(json.dumps(told))


asyncio.run(main(*sys.argv[1:5], float(sys.argv[5])))
