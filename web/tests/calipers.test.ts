import { describe, expect, it } from "vitest";
import { grabbed, marching, moved, read, type Calipers } from "../src/viewer/engine/calipers";

const calipers: Calipers = { from: 10, to: 10.8, fromMv: 0.2, toMv: -0.3, march: false };

describe("calipers", () => {
  it("read milliseconds, beats a minute and millivolt", () => {
    const reading = read(calipers);
    expect(reading.ms).toBeCloseTo(800, 6);
    expect(reading.bpm).toBeCloseTo(75, 6);
    expect(reading.mv).toBeCloseTo(-0.5, 6);
  });
  it("have no rate without an interval", () => {
    expect(read({ ...calipers, to: 10 }).bpm).toBeNull();
  });
  it("read the same from right to left", () => {
    expect(read({ ...calipers, from: 10.8, to: 10 }).ms).toBeCloseTo(800, 6);
  });
  it("march to both sides without the two lines themselves", () => {
    expect(marching(calipers, 8, 13).map((time) => Number(time.toFixed(3)))).toEqual([8.4, 9.2, 11.6, 12.4]);
    expect(marching({ ...calipers, to: 10 }, 8, 13)).toEqual([]);
    expect(marching(calipers, 0, 1e6)).toEqual([]);
  });
  it("are grabbed at their lines, and between them as a whole", () => {
    expect(grabbed(calipers, 10.01, 0.05)).toBe("from");
    expect(grabbed(calipers, 10.78, 0.05)).toBe("to");
    expect(grabbed(calipers, 10.4, 0.05)).toBe("both");
    expect(grabbed(calipers, 12, 0.05)).toBeNull();
  });
  it("move one line or both", () => {
    expect(moved(calipers, "to", 0.2, 0)).toMatchObject({ from: 10, to: 11 });
    expect(moved(calipers, "both", 1, 0.1)).toMatchObject({ from: 11, to: 11.8, fromMv: 0.30000000000000004 });
  });
});
