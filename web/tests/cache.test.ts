import { beforeEach, describe, expect, it, vi } from "vitest";
import { TileCache } from "../src/viewer/engine/cache";
import type { Tile } from "../src/viewer/engine/tiles";

const BINS = 256;
function tile(level: number, index: number): Tile {
  const values = new Float32Array(BINS);
  return { level, index, bins: BINS, low: [values], high: [values] };
}
const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await Promise.resolve();
};
const wish = (...indices: number[]) => indices.map((index) => ({ level: 2, index, filter: "none" }));

describe("tile cache", () => {
  let asked: { index: number; signal: AbortSignal; answer: (tile: Tile) => void; fail: (error: unknown) => void }[];
  let clock: number;
  const make = (budget = 1e9, parallel = 2, arrived = vi.fn(), trouble = vi.fn()) => {
    const cache = new TileCache(
      (level, index, _filter, signal) =>
        new Promise<Tile>((answer, fail) => {
          asked.push({ index, signal, answer: () => answer(tile(level, index)), fail });
        }),
      arrived, trouble, budget, parallel, () => clock,
    );
    return { cache, arrived, trouble };
  };
  beforeEach(() => {
    asked = [];
    clock = 0;
    vi.stubGlobal("navigator", { onLine: true });
  });

  it("loads the most urgent first and no more at a time than allowed", async () => {
    const { cache, arrived } = make();
    cache.want(wish(7, 8, 9));
    expect(asked.map((each) => each.index)).toEqual([7, 8]);
    asked[0]!.answer(tile(2, 7));
    await settle();
    expect(asked.map((each) => each.index)).toEqual([7, 8, 9]);
    expect(arrived).toHaveBeenCalledTimes(1);
    expect(cache.get(2, 7, "none")?.index).toBe(7);
  });
  it("asks once for what is wished twice", () => {
    const { cache } = make();
    cache.want(wish(1, 1));
    cache.want(wish(1));
    expect(asked).toHaveLength(1);
  });
  it("gives up what nobody wishes any more", async () => {
    const { cache } = make();
    cache.want(wish(1, 2, 3));
    cache.want(wish(40));
    expect(asked[0]!.signal.aborted).toBe(true);
    expect(asked.map((each) => each.index)).toEqual([1, 2, 40]);
    asked[0]!.answer(tile(2, 1));
    await settle();
    expect(cache.get(2, 1, "none")).toBeUndefined();
  });
  it("stays within its budget and forgets what was used longest ago", async () => {
    const { cache } = make(3 * BINS * 4, 8);
    cache.want(wish(1, 2, 3));
    asked.forEach((each) => each.answer(tile(2, each.index)));
    await settle();
    cache.get(2, 1, "none");
    cache.want(wish(4));
    asked[3]!.answer(tile(2, 4));
    await settle();
    expect(cache.size).toBe(3);
    expect(cache.get(2, 2, "none")).toBeUndefined();
    expect(cache.get(2, 1, "none")).toBeDefined();
  });
  it("keeps filters apart", async () => {
    const { cache } = make();
    cache.want([{ level: 0, index: 0, filter: "0.5-40" }]);
    asked[0]!.answer(tile(0, 0));
    await settle();
    expect(cache.get(0, 0, "none")).toBeUndefined();
    expect(cache.get(0, 0, "0.5-40")).toBeDefined();
  });
  it("tells of a lost connection, waits, and tries again", async () => {
    const { cache, trouble } = make();
    cache.want(wish(1));
    asked[0]!.fail(new TypeError("network"));
    await settle();
    expect(trouble).toHaveBeenLastCalledWith(true);
    cache.want(wish(1));
    expect(asked).toHaveLength(1);
    clock = 2500;
    cache.want(wish(1));
    expect(asked).toHaveLength(2);
    asked[1]!.answer(tile(2, 1));
    await settle();
    expect(trouble).toHaveBeenLastCalledWith(false);
  });
  it("is silent once closed", async () => {
    const { cache, arrived } = make();
    cache.want(wish(1));
    cache.close();
    asked[0]!.answer(tile(2, 1));
    cache.want(wish(2));
    await settle();
    expect(arrived).not.toHaveBeenCalled();
    expect(asked).toHaveLength(1);
  });
});
