import type { AnalysisDocument, Schemas } from "../api/client";
import { text } from "../text";
import { number } from "../text/format";
import { clockAt } from "../viewer/engine/clock";
import { Section } from "./Section";

const words = text.result;
type Fact = Schemas["RhythmFactPart"];
const MOST_TELLING: Record<string, "fastest" | "slowest"> = {
  couplet_V: "fastest", couplet_S: "fastest", tachycardia: "fastest", bradycardia: "slowest",
};

/** What can be counted in the rhythm: one row a kind, with its first and its most telling one. */
export function Rhythm({ document, began, onJump }: { document: AnalysisDocument; began: number | null; onJump: (time: number) => void }) {
  const kinds = new Map<string, Fact[]>();
  for (const fact of document.rhythm.facts) kinds.set(fact.code, [...(kinds.get(fact.code) ?? []), fact]);
  if (document.decision === "refused") return null;
  return (
    <Section title={words.rhythm}>
      {kinds.size ? (
        <ul className="flex flex-col gap-2.5">
          {[...kinds].map(([code, facts]) => <Kind key={code} code={code} facts={facts} began={began} onJump={onJump} />)}
        </ul>
      ) : (
        <p className="text-sm text-soft">{words.nothingRhythm}</p>
      )}
    </Section>
  );
}

function Kind({ code, facts, began, onJump }: { code: string; facts: Fact[]; began: number | null; onJump: (time: number) => void }) {
  const way = MOST_TELLING[code] ?? "longest";
  const most = extreme(facts, way);
  const first = facts[0]!;
  return (
    <li className="text-sm">
      <p className="flex items-baseline gap-2">
        <span className="flex-1 font-medium">{first.label}</span>
        <span className="numbers text-soft">{first.onset_s === null ? words.throughout : words.times(facts.length)}</span>
      </p>
      <p className="text-soft">
        {most.detail}{" "}
        {most.onset_s !== null && <Moment time={most.onset_s} began={began} label={facts.length > 1 ? words[way] : words.here} onJump={onJump} />}
        {facts.length > 1 && first !== most && first.onset_s !== null && (
          <>, <Moment time={first.onset_s} began={began} label={words.firstAt} onJump={onJump} /></>
        )}
        {most.onset_s !== null && "."}
      </p>
    </li>
  );
}

function Moment({ time, began, label, onJump }: { time: number; began: number | null; label: string; onJump: (time: number) => void }) {
  const shown = clockAt(time, began);
  return (
    <>
      {label}{" "}
      <button type="button" onClick={() => onJump(time)} aria-label={words.atMoment(shown)} className="numbers font-medium text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent">
        {shown}
      </button>
    </>
  );
}

function extreme(facts: Fact[], way: "fastest" | "slowest" | "longest"): Fact {
  const of = (fact: Fact): number =>
    way === "longest" ? (fact.duration_s ?? 0) : way === "fastest" ? (fact.rate_bpm ?? 0) : -(fact.rate_bpm ?? Infinity);
  return facts.reduce((best, fact) => (of(fact) > of(best) ? fact : best));
}

/** RR intervals and heart rate variability. */
export function Variability({ document }: { document: AnalysisDocument }) {
  const { rr, hrv } = document.intervals;
  if (!rr) return null;
  const names = words.hrv;
  const rows: [string, number | null, string][] = [
    [names.rrMean, rr.mean_ms, "ms"], [names.rrMedian, rr.median_ms, "ms"],
    [names.rrShort, rr.min_ms, "ms"], [names.rrLong, rr.max_ms, "ms"],
    [names.sdnn, hrv.sdnn_ms, "ms"], [names.rmssd, hrv.rmssd_ms, "ms"],
    [names.pnn50, hrv.pnn50, "%"], [names.sdann, hrv.sdann_ms, "ms"], [names.nn, hrv.n_nn, ""],
  ];
  return (
    <Section title={words.variability} open={false}>
      <dl className="grid grid-cols-[1fr_auto_1fr_auto] gap-x-3 gap-y-1.5 text-sm">
        {rows.filter(([, value]) => value !== null).map(([name, value, unit]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="numbers text-right">{number(value, unit === "%" ? 1 : 0)}{unit && ` ${unit}`}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
