import { describe, expect, it } from "vitest";
import type { FindingPart } from "../src/api/client";
import { saysNormal } from "../src/result/bands";
import { hintsFor } from "../src/result/hints";
import { text } from "../src/text";

const words = text.result;
const finding = (code: string, more: Partial<FindingPart> = {}): FindingPart => ({
  code, label: code, probability: 0.7, threshold: 0.5, decision: "present", detail: "", interval: null, decided_by: "", ...more,
});

describe("what is said of the bars", () => {
  it("names the interval where one is drawn, and why none is where none is", () => {
    expect(hintsFor([finding("superclass_MI", { interval: [0.5, 0.8] })])).toEqual([words.findingsHint, words.intervalHint]);
    expect(hintsFor([finding("superclass_MI")])).toContain(words.unmeasured);
    expect(hintsFor([finding("ectopy_V")])).toEqual([words.findingsHint, words.surest]);
  });
  it("is nothing where no probability is given", () => {
    expect(hintsFor([finding("ectopy_V", { probability: null, decision: "refused" })])).toEqual([]);
  });
});

describe("a finding of a normal ECG", () => {
  it("is good news where it is present, of records and of pages", () => {
    for (const code of ["superclass_NORM", "page_normal"]) expect(saysNormal(finding(code)), code).toBe(true);
    for (const code of ["page_abnormal_heartbeat", "superclass_MI", "mi"]) expect(saysNormal(finding(code)), code).toBe(false);
  });
});
