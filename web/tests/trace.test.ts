import { describe, expect, it, vi } from "vitest";
import { TileCache } from "../src/viewer/engine/cache";
import { TILE_BINS, type Tile } from "../src/viewer/engine/tiles";
import { addTrace, type Stroke } from "../src/viewer/engine/trace";

const FS = 256;
const stroke: Stroke = {
  lead: 0, start: 0, seconds: 20, x: 0, zero: 100, pxPerS: 100, pxPerMv: 10, fs: FS, samples: 20 * FS,
  level: 0, deepest: 3, filter: "none", ceiling: -1000, floor: 1000,
};

function tile(level: number, index: number, value = 1): Tile {
  const row = new Float32Array(TILE_BINS).fill(value);
  return { level, index, bins: TILE_BINS, low: [row], high: level ? [row.map((each) => each + 1)] : [row] };
}
async function cacheOf(...tiles: Tile[]): Promise<TileCache> {
  vi.stubGlobal("navigator", { onLine: true });
  const cache = new TileCache(
    async (level, index) => tiles.find((each) => each.level === level && each.index === index)!,
    () => undefined, () => undefined, 1e9, 9, () => 0,
  );
  cache.want(tiles.map(({ level, index }) => ({ level, index, filter: "none" })));
  for (let i = 0; i < 8; i++) await Promise.resolve();
  return cache;
}
const pen = () => ({ moveTo: vi.fn<(x: number, y: number) => void>(), lineTo: vi.fn<(x: number, y: number) => void>() });
const draw = (context: ReturnType<typeof pen>, cache: TileCache): boolean =>
  addTrace(context as unknown as CanvasRenderingContext2D, cache, stroke);

describe("trace", () => {
  it("is one line over the borders of tiles", async () => {
    const context = pen();
    expect(draw(context, await cacheOf(tile(0, 0), tile(0, 1), tile(0, 2)))).toBe(true);
    expect(context.moveTo).toHaveBeenCalledTimes(1);
    expect(context.lineTo.mock.calls.every(([, y]) => y === 90)).toBe(true);
  });
  it("leaves open what is missing", async () => {
    const broken = tile(0, 0);
    broken.low[0]!.fill(NaN, 100, 200);
    const context = pen();
    draw(context, await cacheOf(broken, tile(0, 1), tile(0, 2)));
    expect(context.moveTo).toHaveBeenCalledTimes(2);
  });
  it("takes a coarser tile where the wanted one is not here yet, and says so", async () => {
    const context = pen();
    expect(draw(context, await cacheOf(tile(0, 0), tile(1, 0), tile(1, 1)))).toBe(false);
    expect(context.moveTo).toHaveBeenCalledTimes(1);
    expect(Math.max(...context.lineTo.mock.calls.map(([x]) => x))).toBeGreaterThan(1900);
  });
});
