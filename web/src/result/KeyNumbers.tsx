import type { AnalysisDocument } from "../api/client";
import { text } from "../text";
import { length, number } from "../text/format";
import { isTwelveLead } from "../viewer/engine/layout";
import { side, UNSURE_BELOW, usual, usualWords } from "./usual";

const RANGE_FROM_S = 30;
const words = text.result.numbers;

/** Rate, intervals and axis, as they stand at the head of an ECG. */
export function KeyNumbers({ document }: { document: AnalysisDocument }) {
  const { recording, intervals, measurements, beats, rhythm } = document;
  const rate = intervals.heart_rate;
  const ectopic = beats.n - (rhythm.counts.N ?? 0);
  const measured = (code: string, title: string) => {
    const found = measurements?.overall.find((each) => each.code === code);
    if (!found || found.value === null) return <Figure key={code} name={title} value="–" note={words.unmeasured} />;
    const norm = usual(code, recording.patient);
    const off = norm && side(found.value, norm);
    const unsure = found.confidence !== null && found.confidence < UNSURE_BELOW;
    const remarks = [off && words[off], unsure && words.uncertain].filter(Boolean).join(", ");
    const note = remarks || (norm ? words.usual(usualWords(norm)) : "");
    const unit = found.unit === "deg" ? "°" : words.ms;
    return <Figure key={code} name={title} value={number(found.value)} unit={unit} note={note} marked={!!off} />;
  };
  return (
    <dl className="grid grid-cols-3 gap-x-3 gap-y-4 py-3">
      <Figure
        name={words.rate} value={rate ? number(rate.mean) : "–"} unit={rate ? words.perMin : ""}
        // Slowest and fastest are means of eight intervals: of a short recording they say nothing.
        note={rate && recording.duration_s < RANGE_FROM_S ? words.in(length(recording.duration_s)) : rate ? words.range(number(rate.minimum), number(rate.maximum)) : words.few}
      />
      <Figure name={words.beats} value={number(beats.n)} note={beats.n ? words.ectopic(number(ectopic)) : words.in(length(recording.duration_s))} />
      {isTwelveLead(recording.leads) ? (
        [measured("pr", words.pr), measured("qrs", words.qrs), measured("qt", words.qt), measured("qtc_bazett", words.qtc), measured("axis_qrs", words.axis)]
      ) : (
        <Figure name={text.result.hrv.sdnn} value={number(intervals.hrv.sdnn_ms)} unit={intervals.hrv.sdnn_ms === null ? "" : words.ms} note={words.in(length(recording.duration_s))} />
      )}
    </dl>
  );
}

function Figure({ name, value, unit = "", note, marked }: { name: string; value: string; unit?: string; note?: string; marked?: boolean }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-xs font-medium text-soft">{name}</dt>
      <dd>
        <span className="numbers text-[1.65rem] leading-9 font-semibold tracking-tight">{value}{unit === "°" && unit}</span>
        {unit && unit !== "°" && <span className="text-sm text-soft"> {unit}</span>}
        <span className={`numbers block text-xs ${marked ? "font-semibold text-caution" : "text-soft"}`}>{note}</span>
      </dd>
    </div>
  );
}
