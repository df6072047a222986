import { describe, expect, it } from "vitest";
import { ago, chance, length, named, number, percent, prose, scale, sentence } from "../src/text/format";
import { clock, clockAt } from "../src/viewer/engine/clock";

describe("numbers", () => {
  it("have thin spaces, a true minus, and a dash where there is none", () => {
    expect(number(1234567)).toBe("1\u202f234\u202f567");
    expect(number(-0.256, 2)).toBe("−0.26");
    expect(number(-0.001, 2)).toBe("0.00");
    expect(number(null)).toBe("–");
    expect(number(NaN)).toBe("–");
  });
  it("within texts of the service have thin spaces and a true minus too", () => {
    expect(prose("1,651 drawings from -0.5 mV; III = -1.80 II")).toBe("1\u202f651 drawings from −0.5 mV; III = −1.80 II");
    expect(prose("CC-BY-4.0, 12-lead, 1989-1996, leads 1,2,3")).toBe("CC-BY-4.0, 12-lead, 1989-1996, leads 1,2,3");
    expect(named("abnormal_heartbeat")).toBe("abnormal heartbeat");
    expect(named("V")).toBe("V");
  });
  it("begin with a large letter as sentences, but for names of files", () => {
    expect(sentence("its base line wanders")).toBe("Its base line wanders");
    expect(sentence("waveform_ecg.dcm has 2 waveform groups")).toBe("waveform_ecg.dcm has 2 waveform groups");
    expect(sentence("ma.hea states no gain")).toBe("ma.hea states no gain");
    expect(sentence("digitised from a picture. Approximate.")).toBe("Digitised from a picture. Approximate.");
  });
  it("never round a share to nothing or to all", () => {
    expect(percent(0.03)).toBe("< 0.1 %");
    expect(percent(99.9)).toBe("99.9 %");
    expect(percent(0)).toBe("0 %");
    expect(percent(100)).toBe("100 %");
  });
  it("have the decimals that a scale of the paper needs", () => {
    expect([25, 12.5, 2.5, 0.25, 0.025, 0.0025].map(scale)).toEqual(["25", "12.5", "2.5", "0.25", "0.025", "0.0025"]);
    expect(scale(37.2837)).toBe("37.28");
  });
  it("never round a probability to certainty", () => {
    expect(chance(0.9992)).toBe("> 0.99");
    expect(chance(0.001)).toBe("< 0.01");
    expect(chance(0.597)).toBe("0.60");
    expect(chance(null)).toBe("–");
  });
});

describe("times", () => {
  it("are lengths people say", () => {
    expect(length(10)).toBe("10 s");
    expect(length(1805.6)).toBe("30 min");
    expect(length(86_400)).toBe("24 h");
    expect(length(86_700)).toBe("24 h 5 min");
  });
  it("are clocks", () => {
    expect(clock(62)).toBe("1:02");
    expect(clock(3661.26, 1)).toBe("1:01:01.3");
    expect(clock(59.97, 1)).toBe("1:00.0");
    expect(clockAt(90, Date.UTC(2026, 0, 1, 23, 59), 60)).toBe("00:00");
    expect(clockAt(90, null)).toBe("1:30");
  });
  it("are told as ago", () => {
    const now = Date.UTC(2026, 0, 10, 12);
    const before = (minutes: number): string => ago(new Date(now - minutes * 60_000).toISOString(), now);
    expect(before(0.5)).toBe("just now");
    expect(before(5)).toBe("5 min ago");
    expect(before(150)).toBe("2 h ago");
    expect(before(30 * 60)).toBe("yesterday");
    expect(before(5 * 24 * 60)).toBe("5 Jan 2026");
  });
});
