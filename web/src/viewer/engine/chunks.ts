/** Stretches of paper painted ahead of time on canvases of their own, so that panning only copies them. */

export interface Chunk {
  index: number;
  canvas: HTMLCanvasElement;
  /** All wanted tiles were here when it was painted. */
  complete: boolean;
  /** How many tiles had arrived when it was painted: later ones may complete it. */
  arrivals: number;
}

export class Chunks {
  private readonly chunks = new Map<number, Chunk>();
  private readonly spare: HTMLCanvasElement[] = [];
  private key = "";

  constructor(private readonly most = 10) {}

  /** Forget all when what they show has changed. */
  reset(key: string): void {
    if (key === this.key) return;
    this.key = key;
    for (const chunk of this.chunks.values()) this.spare.push(chunk.canvas);
    this.chunks.clear();
  }

  get(index: number): Chunk | undefined {
    const chunk = this.chunks.get(index);
    if (chunk) {
      this.chunks.delete(index);
      this.chunks.set(index, chunk);
    }
    return chunk;
  }

  /** A canvas to paint a chunk on: its own, one that is no longer used, or a new one. */
  open(index: number, width: number, height: number): Chunk {
    let chunk = this.chunks.get(index);
    if (!chunk) {
      if (this.chunks.size >= this.most) {
        const [oldest] = this.chunks.keys();
        this.spare.push(this.chunks.get(oldest!)!.canvas);
        this.chunks.delete(oldest!);
      }
      chunk = { index, canvas: this.spare.pop() ?? document.createElement("canvas"), complete: false, arrivals: 0 };
      this.chunks.set(index, chunk);
    }
    if (chunk.canvas.width !== width) chunk.canvas.width = width;
    if (chunk.canvas.height !== height) chunk.canvas.height = height;
    return chunk;
  }
}
