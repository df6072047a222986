/** Short tones for beats and the alarm; silent until a person asks for sound. */
export class Sound {
  private context: AudioContext | null = null;

  /** Browsers allow sound only from a click. */
  turn(on: boolean): void {
    if (on) {
      this.context ??= new AudioContext();
      void this.context.resume();
    } else void this.context?.suspend();
  }

  beat(ectopic: boolean): void {
    this.tone(ectopic ? 520 : 880, 0, 0.05, 0.06);
  }

  alarm(): void {
    for (let i = 0; i < 3; i++) {
      this.tone(740, i * 0.36, 0.15, 0.16);
      this.tone(988, i * 0.36 + 0.17, 0.15, 0.16);
    }
  }

  close(): void {
    void this.context?.close();
    this.context = null;
  }

  private tone(frequency: number, after: number, seconds: number, loudness: number): void {
    if (this.context?.state !== "running") return;
    const start = this.context.currentTime + after;
    const tone = this.context.createOscillator();
    const gain = this.context.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + 0.01);
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    tone.connect(gain).connect(this.context.destination);
    tone.start(start);
    tone.stop(start + seconds + 0.02);
  }
}
