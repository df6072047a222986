import { describe, expect, it } from "vitest";
import { decode, reduce, startOf, toTile } from "../src/viewer/engine/decode";
import { deepestLevel, levelFor, TILE_BINS, tileRange } from "../src/viewer/engine/tiles";

/** A window as the service encodes it. */
function encode(rows: number[][][], stepMv: number, start = 0, column = 1): ArrayBuffer {
  const [leads, columns, depth] = [rows.length, rows[0]!.length, rows[0]![0]!.length];
  const buffer = new ArrayBuffer(32 + 4 * leads + 2 * leads * columns * depth);
  const view = new DataView(buffer);
  [..."EITL"].forEach((letter, i) => view.setUint8(i, letter.charCodeAt(0)));
  view.setUint16(4, 1, true);
  view.setUint16(6, leads, true);
  view.setUint32(8, columns, true);
  view.setUint16(12, depth, true);
  view.setFloat64(16, start, true);
  view.setFloat64(24, column, true);
  for (let lead = 0; lead < leads; lead++) view.setFloat32(32 + 4 * lead, stepMv, true);
  rows.flat(2).forEach((value, i) => view.setInt16(32 + 4 * leads + 2 * i, value, true));
  return buffer;
}

describe("levels", () => {
  it("takes samples where a sample is wider than a bin may be, extremes otherwise", () => {
    expect(levelFor(95, 360, 20)).toBe(1); // 3.8 samples a pixel
    expect(levelFor(400, 250, 20)).toBe(0);
    expect(levelFor(0.01, 360, 20)).toBe(14);
    expect(levelFor(0.01, 360, 9)).toBe(9);
  });
  it("never makes a bin wider than asked for", () => {
    for (const pxPerS of [0.02, 1, 19, 95, 380]) {
      const level = levelFor(pxPerS, 360, 30);
      if (level) expect((2 ** level / 360) * pxPerS).toBeLessThanOrEqual(0.75);
    }
  });
  it("ends where one tile holds all", () => {
    expect(deepestLevel(2000)).toBe(0);
    expect(TILE_BINS * 2 ** deepestLevel(31_000_000)).toBeGreaterThanOrEqual(31_000_000);
  });
  it("asks for the tiles that a window touches, held to the recording", () => {
    const seconds = (TILE_BINS * 4) / 256;
    expect(tileRange(2, 0, seconds - 0.01, 256, 1e6)).toEqual([0, 0]);
    expect(tileRange(2, seconds + 1, 2.5 * seconds, 256, 1e6)).toEqual([1, 2]);
    expect(tileRange(2, -50, 1e9, 256, TILE_BINS * 4 * 3 + 1)).toEqual([0, 3]);
  });
});

describe("windows", () => {
  it("decodes samples, steps and missing values", () => {
    const window = decode(encode([[[100], [-32768], [-50]]], 0.005));
    expect([...window.low[0]!]).toEqual([0.5, NaN, -0.25]);
    expect(window.high[0]).toBe(window.low[0]);
  });
  it("decodes extremes", () => {
    const window = decode(encode([[[-10, 20], [0, 5]], [[1, 2], [3, 4]]], 1));
    expect([...window.low[1]!]).toEqual([1, 3]);
    expect([...window.high[0]!]).toEqual([20, 5]);
  });
  it("tells where it begins", () => {
    expect(startOf(encode([[[1]]], 1, 12.5))).toBe(12.5);
  });
  it("refuses other bytes", () => {
    expect(() => decode(new ArrayBuffer(64))).toThrow(/no tile/);
    expect(() => decode(new ArrayBuffer(3))).toThrow(/no tile/);
  });
  it("reduces samples to extremes over missing ones", () => {
    const [low, high] = reduce(Float32Array.from([1, NaN, -2, 4, NaN, NaN, NaN, NaN, 7]), 4);
    expect([...low]).toEqual([-2, NaN, 7]);
    expect([...high]).toEqual([4, NaN, 7]);
  });
  it("makes a tile of samples that came instead of extremes", () => {
    const tile = toTile(decode(encode([[[1], [2], [3], [-4]]], 1)), 1, 5);
    expect([tile.level, tile.index, tile.bins]).toEqual([1, 5, 2]);
    expect([...tile.low[0]!, ...tile.high[0]!]).toEqual([1, -4, 2, 3]);
  });
});
