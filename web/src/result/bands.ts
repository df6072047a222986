import { isTwelveLead } from "../viewer/engine/layout";
import type { AnalysisDocument, Card, FindingPart } from "../api/client";

/** Probabilities between which the answer is "borderline". */
export interface Band {
  low: number;
  high: number;
}

const NORMAL = /(^|_)(NORM|normal)$/;

/** The finding says that the ECG is normal: here "present" is the good answer. */
export function saysNormal(finding: FindingPart): boolean {
  return NORMAL.test(finding.code);
}

/** The band of a finding: from the card of the model that gave it; ectopy is borderline from half its threshold. */
export function bandOf(finding: FindingPart, cards: readonly Card[]): Band {
  if (!finding.code.startsWith("ectopy_")) {
    for (const card of cards) {
      const name = card.classes.length === 1 && card.name === finding.code ? card.classes[0] : finding.code.slice(card.name.length + 1);
      if (!finding.code.startsWith(card.name)) continue;
      const band = card.bands?.[name ?? ""];
      if (band) return { low: band[0], high: band[1] };
    }
    return { low: Math.min(0.4, finding.threshold), high: finding.threshold };
  }
  return { low: finding.threshold / 2, high: finding.threshold };
}

const ORDER = ["present", "borderline", "refused", "absent"];

/** The most telling findings first. */
export function ordered(document: AnalysisDocument): FindingPart[] {
  // Of one or two leads the beats are what can be told; what networks for twelve leads make of them comes after.
  const beatsFirst = !isTwelveLead(document.recording.leads);
  const late = (finding: FindingPart): number => Number(beatsFirst && !finding.code.startsWith("ectopy_"));
  return [...document.findings].sort((a, b) => late(a) - late(b) || ORDER.indexOf(a.decision) - ORDER.indexOf(b.decision));
}
