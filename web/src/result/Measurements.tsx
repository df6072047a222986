import type { AnalysisDocument } from "../api/client";
import { text } from "../text";
import { number } from "../text/format";
import { clock } from "../viewer/engine/clock";
import { Section } from "./Section";
import { isChild, side, ST_MV, UNSURE_BELOW, usual, usualWords, withUnit, type Measurement } from "./usual";

const words = text.result;
const ROWS: [string, string][] = [
  ["p_amplitude", "P"], ["q_amplitude", "Q"], ["r_amplitude", "R"], ["s_amplitude", "S"], ["t_amplitude", "T"], ["st_j60", "ST J60"],
];

/** Intervals, rate and axes beside what is usual, and amplitudes lead by lead. */
export function Measurements({ document }: { document: AnalysisDocument }) {
  const { measurements, recording } = document;
  if (!measurements) return null;
  const [from, to] = measurements.stretch_s;
  const leads = Object.entries(measurements.leads);
  return (
    <Section title={words.measurements} open={false}>
      <table className="w-full text-sm">
        <thead className="text-left text-xs text-soft">
          <tr>
            <th className="pb-1 font-medium">{words.measure.name}</th>
            <th className="pb-1 text-right font-medium">{words.measure.value}</th>
            <th className="pb-1 pl-3 text-right font-medium">{words.measure.usual}</th>
          </tr>
        </thead>
        <tbody>{measurements.overall.map((each) => <Row key={each.code} measurement={each} document={document} />)}</tbody>
      </table>
      <p className="mt-2 text-xs text-soft">
        {words.measuredOn(text.units.beats(measurements.n_beats), clock(from), clock(to))} {isChild(recording.patient) && words.child}
      </p>
      {!!leads.length && (
        <div className="mt-4 overflow-x-auto" tabIndex={0} role="region" aria-label={words.amplitudes}>
          <table className="numbers w-full text-right text-xs">
            <caption className="mb-1 text-left font-medium text-soft">{words.amplitudes}</caption>
            <thead>
              <tr>
                <td />
                {ROWS.map(([code, name]) => <th key={code} className="pl-2 font-medium text-soft">{name}</th>)}
              </tr>
            </thead>
            <tbody>
              {leads.map(([lead, found]) => (
                <tr key={lead} className="border-t border-line">
                  <th className="py-1 text-left font-medium">{lead}</th>
                  {ROWS.map(([code]) => <Amplitude key={code} measurement={found.find((each) => each.code === code)} />)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Row({ measurement, document }: { measurement: Measurement; document: AnalysisDocument }) {
  const norm = usual(measurement.code, document.recording.patient);
  const off = norm && measurement.value !== null && side(measurement.value, norm);
  const unsure = measurement.value !== null && measurement.confidence !== null && measurement.confidence < UNSURE_BELOW;
  return (
    <tr className="border-t border-line align-top">
      <th className="py-1.5 text-left font-normal">
        {measurement.label}
        {(measurement.value === null || off || unsure) && (
          <span className={`block text-xs ${off ? "font-medium text-caution" : "text-soft"}`}>
            {measurement.value === null ? measurement.reason : [off && words.numbers[off], unsure && words.numbers.uncertain].filter(Boolean).join(", ")}
          </span>
        )}
      </th>
      <td className={`numbers py-1.5 text-right whitespace-nowrap ${off ? "font-semibold" : ""}`}>{withUnit(measurement)}</td>
      <td className="numbers py-1.5 pl-3 text-right whitespace-nowrap text-soft">{norm ? usualWords(norm) : ""}</td>
    </tr>
  );
}

function Amplitude({ measurement }: { measurement: Measurement | undefined }) {
  const value = measurement?.value ?? null;
  const marked = measurement?.code === "st_j60" && value !== null && Math.abs(value) >= ST_MV;
  return <td title={measurement?.reason || undefined} className={`py-1 pl-2 ${marked ? "font-bold text-caution" : ""}`}>{number(value, 2)}</td>;
}
