import type { FindingPart } from "../api/client";
import { text } from "../text";

const words = text.result;

/** What the bars mean, as far as there are such; why a bar has no interval is said, too. */
export function hintsFor(findings: readonly FindingPart[]): string[] {
  const given = findings.filter((finding) => finding.probability !== null);
  const ectopy = (finding: FindingPart): boolean => finding.code.startsWith("ectopy_");
  return [
    ...(given.length ? [words.findingsHint] : []),
    ...(given.some((finding) => finding.interval) ? [words.intervalHint] : []),
    ...(given.some((finding) => !finding.interval && !ectopy(finding)) ? [words.unmeasured] : []),
    ...(given.some(ectopy) ? [words.surest] : []),
  ];
}
