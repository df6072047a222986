import { describe, expect, it } from "vitest";
import { added, comparison, queue, relabelled, removed } from "../src/review/edit";
import { counts, decodeBeats, firstFrom, letterOf, nearestBeat, nextBeat, type Beats } from "../src/viewer/engine/beats";
import { trend } from "../src/viewer/engine/trend";

function beats(letters: string, every = 100): Beats {
  const n = letters.length;
  return {
    fs: 100,
    samples: Int32Array.from({ length: n }, (_, i) => 50 + i * every),
    classes: Uint8Array.from(letters, (letter) => "NSVFQ".indexOf(letter)),
    model: Int8Array.from(letters, (letter) => "NSVFQ".indexOf(letter)),
    probability: Float32Array.from({ length: n }, (_, i) => 0.99 - i * 0.05),
    reviewed: new Uint8Array(n),
  };
}
const word = (all: Beats): string => Array.from(all.classes, (_, i) => letterOf(all, i)).join("");

describe("beats in binary", () => {
  it("are decoded, with what a person added and what has no probability", () => {
    const buffer = new ArrayBuffer(20 + 9 * 2);
    const view = new DataView(buffer);
    new Uint8Array(buffer).set([69, 73, 66, 84, 1, 0, 0, 0, 2, 0, 0, 0]);
    view.setFloat64(12, 360, true);
    [31_000_000, 31_000_300].forEach((sample, i) => view.setInt32(20 + 4 * i, sample, true));
    [9876, 65535].forEach((chance, i) => view.setUint16(28 + 2 * i, chance, true));
    new Uint8Array(buffer).set([2, 0, 2, 255, 0, 1], 32);
    const found = decodeBeats(buffer);
    expect(found.fs).toBe(360);
    expect([...found.samples]).toEqual([31_000_000, 31_000_300]);
    expect(word(found)).toBe("VN");
    expect([...found.model]).toEqual([2, -1]);
    expect(found.probability[0]).toBeCloseTo(0.9876);
    expect(found.probability[1]).toBeNaN();
    expect([...found.reviewed]).toEqual([0, 1]);
    expect(() => decodeBeats(buffer.slice(0, 30))).toThrow("cut short");
  });
});

describe("beats", () => {
  const all = beats("NNVNSNN");
  it("are found by sample and by time", () => {
    expect(firstFrom(all.samples, 150)).toBe(1);
    expect(firstFrom(all.samples, 151)).toBe(2);
    expect(nearestBeat(all, 2.4, 0.3)).toBe(2);
    expect(nearestBeat(all, 2.0, 0.3)).toBe(-1);
    expect(nearestBeat(beats(""), 2, 1)).toBe(-1);
  });
  it("are stepped through in both directions", () => {
    const ectopic = (beat: number): boolean => all.classes[beat] !== 0;
    expect(nextBeat(all, 0, 1, ectopic)).toBe(2);
    expect(nextBeat(all, 2, 1, ectopic)).toBe(4);
    expect(nextBeat(all, 4, 1, ectopic)).toBe(-1);
    expect(nextBeat(all, 4, -1, ectopic)).toBe(2);
  });
  it("are counted", () => {
    expect(counts(all)).toEqual({ N: 5, S: 1, V: 1, F: 0, Q: 0 });
  });
});

describe("corrections", () => {
  const all = beats("NNVN");
  it("change a class in a copy and mark the beat as reviewed", () => {
    const next = relabelled(all, 250, "S");
    expect(word(next)).toBe("NNSN");
    expect([...next.reviewed]).toEqual([0, 0, 1, 0]);
    expect(word(all)).toBe("NNVN");
  });
  it("remove and add beats in their place", () => {
    const less = removed(all, 150);
    expect([...less.samples]).toEqual([50, 250, 350]);
    const more = added(less, { sample: 120, letter: "F", model: -1, probability: NaN, reviewed: true });
    expect([...more.samples]).toEqual([50, 120, 250, 350]);
    expect(word(more)).toBe("NFVN");
    expect(added(more, { sample: 120, letter: "V", model: -1, probability: NaN, reviewed: true })).toBe(more);
    expect(removed(all, 999)).toBe(all);
  });
  it("queue the least sure beats that nobody has seen", () => {
    expect(queue(all, "unsure", 2)).toEqual([3, 2]);
    expect(queue(all, "ectopic", 9)).toEqual([2]);
    expect(queue(relabelled(all, 350, "N"), "unsure", 1)).toEqual([2]);
  });
  it("compare model and person over reviewed beats alone", () => {
    const table = comparison(relabelled(relabelled(all, 250, "F"), 50, "N"));
    expect(table[2]![3]).toBe(1);
    expect(table[0]![0]).toBe(1);
    expect(table.flat().reduce((sum, n) => sum + n)).toBe(2);
  });
});

describe("trend", () => {
  it("gives rate, extremes and shares of each part", () => {
    const found = trend(beats("NNNNNNNNVVNNNNNNNNNN"), 20, 2);
    expect(found.rate[0]).toBeCloseTo(60, 3);
    expect(found.share[2]![0]).toBeCloseTo(0.2, 6);
    expect(found.lowest[1]).toBeCloseTo(60, 3);
  });
  it("leaves gaps open", () => {
    const gap = beats("NNNN");
    gap.samples.set([0, 100, 1500, 1600]);
    const found = trend(gap, 20, 4);
    expect(found.rate[1]).toBeNaN();
    expect(found.rate[3]).toBeCloseTo(60, 3);
  });
});
