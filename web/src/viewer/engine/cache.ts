import type { Tile } from "./tiles";

export type Loader = (level: number, index: number, filter: string, signal: AbortSignal) => Promise<Tile>;

interface Request {
  key: string;
  level: number;
  index: number;
  filter: string;
  controller: AbortController;
}

/**
 * Tiles by least recent use, within a budget of bytes. What is asked for is loaded, newest wishes first; a wish
 * that no frame repeated is dropped, so that a fast pan does not queue up a day of signal.
 */
export class TileCache {
  private readonly tiles = new Map<string, Tile>();
  private readonly failed = new Map<string, number>();
  private readonly running = new Map<string, Request>();
  private wanted: Request[] = [];
  private bytes = 0;
  private closed = false;

  constructor(
    private readonly load: Loader,
    private readonly onArrival: (tile: Tile, filter: string) => void,
    private readonly onTrouble: (offline: boolean) => void,
    private readonly budget = 96 * 2 ** 20,
    private readonly parallel = 4,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get(level: number, index: number, filter: string): Tile | undefined {
    const key = `${filter}/${level}/${index}`;
    const tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key);
      this.tiles.set(key, tile);
    }
    return tile;
  }

  /** Replace the list of wishes, the most urgent first. */
  want(wishes: readonly { level: number; index: number; filter: string }[]): void {
    if (this.closed) return;
    const keys = new Set<string>();
    this.wanted = [];
    for (const { level, index, filter } of wishes) {
      const key = `${filter}/${level}/${index}`;
      if (keys.has(key) || this.tiles.has(key)) continue;
      keys.add(key);
      const failedAt = this.failed.get(key);
      if (failedAt !== undefined && this.now() - failedAt < 2000) continue;
      if (!this.running.has(key)) {
        this.wanted.push({ key, level, index, filter, controller: new AbortController() });
      }
    }
    for (const [key, request] of this.running) {
      if (!keys.has(key)) {
        request.controller.abort();
        this.running.delete(key);
      }
    }
    this.pump();
  }

  get idle(): boolean {
    return this.running.size === 0 && this.wanted.length === 0;
  }

  get size(): number {
    return this.tiles.size;
  }

  close(): void {
    this.closed = true;
    this.wanted = [];
    for (const request of this.running.values()) request.controller.abort();
    this.running.clear();
    this.tiles.clear();
  }

  private pump(): void {
    while (this.running.size < this.parallel) {
      const request = this.wanted.shift();
      if (!request) return;
      this.running.set(request.key, request);
      this.load(request.level, request.index, request.filter, request.controller.signal).then(
        (tile) => this.arrived(request, tile),
        (error: unknown) => this.troubled(request, error),
      );
    }
  }

  private arrived(request: Request, tile: Tile): void {
    if (this.closed || request.controller.signal.aborted) return;
    this.running.delete(request.key);
    this.failed.delete(request.key);
    this.tiles.set(request.key, tile);
    this.bytes += size(tile);
    for (const [key, old] of this.tiles) {
      if (this.bytes <= this.budget || key === request.key) break;
      this.tiles.delete(key);
      this.bytes -= size(old);
    }
    this.onTrouble(false);
    this.onArrival(tile, request.filter);
    this.pump();
  }

  private troubled(request: Request, error: unknown): void {
    if (this.closed || request.controller.signal.aborted) return;
    this.running.delete(request.key);
    this.failed.set(request.key, this.now());
    this.onTrouble(error instanceof TypeError || !navigator.onLine);
    this.pump();
  }
}

function size(tile: Tile): number {
  let bytes = 0;
  for (let lead = 0; lead < tile.low.length; lead++) {
    bytes += tile.low[lead]!.byteLength;
    if (tile.high[lead] !== tile.low[lead]) bytes += tile.high[lead]!.byteLength;
  }
  return bytes;
}
