// The recording's player, shared by the parts of the page: its position, and where it should go.
import { signal } from "@preact/signals";

/** A recording that can be played. */
export class Playback {
  readonly audio = new Audio();
  readonly positionMs = signal(0);
  readonly durationMs = signal(0);
  readonly playing = signal(false);
  readonly speed = signal(1);
  /** Whether it could not be read: pressing play tries again. */
  readonly isUnreadable = signal(false);
  private frame = 0;

  /** Reads the head of the recording at once, and the rest during playback. */
  constructor(url: string, durationMs: number) {
    this.durationMs.value = durationMs;
    this.audio.preload = "metadata";
    // Safari before 18.4 can't play Opus in Ogg. A part of a recording is always WAV.
    this.audio.src = this.audio.canPlayType('audio/ogg; codecs="opus"') === "" ? `${url}?from_ms=0` : url;
    this.audio.addEventListener("play", () => this.changed());
    this.audio.addEventListener("pause", () => this.changed());
    this.audio.addEventListener("ended", () => this.changed());
    this.audio.addEventListener("error", () => {
      this.isUnreadable.value = true;
      this.changed();
    });
    this.audio.addEventListener("loadedmetadata", () => {
      this.isUnreadable.value = false;
    });
    this.audio.addEventListener("seeking", () => this.look());
    this.audio.addEventListener("timeupdate", () => this.look());
    this.audio.addEventListener("durationchange", () => {
      if (Number.isFinite(this.audio.duration)) this.durationMs.value = this.audio.duration * 1000;
    });
  }

  /** Goes to a moment of the recording. */
  seek(ms: number): void {
    const to = Math.max(0, Math.min(ms, this.durationMs.value));
    this.positionMs.value = to;
    this.audio.currentTime = to / 1000;
  }

  toggle(): void {
    if (this.audio.error) {
      const at = this.positionMs.peek();
      this.audio.load();
      this.audio.currentTime = at / 1000;
    }
    // Refused if the recording can't be read; the button then stays as it is.
    if (this.audio.paused) this.audio.play().catch(() => this.changed());
    else this.audio.pause();
  }

  setSpeed(speed: number): void {
    this.speed.value = speed;
    this.audio.playbackRate = speed;
    // This also applies to a recording that is reloaded: loading resets the rate to the default.
    this.audio.defaultPlaybackRate = speed;
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  private changed(): void {
    this.playing.value = !this.audio.paused && this.audio.error === null;
    this.look();
    cancelAnimationFrame(this.frame);
    if (this.playing.value) this.follow();
  }

  private follow(): void {
    this.frame = requestAnimationFrame(() => {
      this.look();
      this.follow();
    });
  }

  private look(): void {
    this.positionMs.value = this.audio.currentTime * 1000;
  }
}
