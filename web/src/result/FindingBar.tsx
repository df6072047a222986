import type { FindingPart } from "../api/client";
import { text } from "../text";
import { chance } from "../text/format";
import { Badge } from "../ui/Chip";
import { saysNormal, type Band } from "./bands";

const words = text.result;
const TONES = { present: "alert", borderline: "caution", refused: "plain", absent: "fine" } as const;

export function DecisionBadge({ finding }: { finding: FindingPart }) {
  const normal = saysNormal(finding);
  const labels = normal ? words.normalBands : words.bands;
  const tone = normal ? ({ present: "fine", borderline: "caution", refused: "plain", absent: "plain" } as const)[finding.decision] : TONES[finding.decision];
  return <Badge tone={tone}>{labels[finding.decision]}</Badge>;
}

/** How often such a probability came true, as text; empty where that was not measured. */
export function intervalText({ interval }: FindingPart): string {
  return interval ? words.interval(interval[0].toFixed(2), interval[1].toFixed(2)) : "";
}

/** A probability on a scale from 0 to 1, with the band in which the answer is "borderline" and how often it came true. */
export function FindingBar({ finding, band }: { finding: FindingPart; band: Band }) {
  const { probability, decision, interval } = finding;
  if (probability === null) return null;
  const colour = saysNormal(finding)
    ? "fill-fine"
    : { present: "fill-alert", borderline: "fill-caution", refused: "fill-soft", absent: "fill-fine" }[decision];
  const said = [words.probability(chance(probability)), words.threshold(chance(band.high))];
  if (interval) said.push(words.cameTrue(intervalText(finding)));
  return (
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" className="h-3 w-full overflow-visible" role="img" aria-label={said.join(", ")}>
      <rect x="0" y="3" width="100" height="4" rx="2" className="fill-sunk" />
      <rect x={band.low * 100} y="0" width={Math.max(0.6, (band.high - band.low) * 100)} height="10" className="fill-caution/25" />
      <rect x="0" y="3" width={Math.max(0.8, probability * 100)} height="4" rx="2" className={colour} />
      <rect x={Math.min(99, probability * 100 - 0.5)} y="0" width="1" height="10" className={colour} />
      {interval && <Whisker low={interval[0] * 100} high={interval[1] * 100} />}
    </svg>
  );
}

function Whisker({ low, high }: { low: number; high: number }) {
  return (
    <g className="fill-ink">
      <rect x={low} y="4.5" width={high - low} height="1" />
      <rect x={low} y="3" width="0.4" height="4" />
      <rect x={high - 0.4} y="3" width="0.4" height="4" />
    </g>
  );
}
