import { useQuery } from "@tanstack/react-query";
import { fetchWindow, signalQuery } from "../api/signal";
import { text } from "../text";
import { Ghost } from "../ui/States";
import { LETTERS, timeOf, type Beats, type Letter } from "../viewer/engine/beats";
import { clock } from "../viewer/engine/clock";

const MOST = 8;
const BEFORE_S = 0.3;
const AFTER_S = 0.5;
const SPEED = 25;
const GAIN = 10;
const MARGIN_MM = 2;
const LEAST_MM = 20;
const SQUARE_MM = 5;

/** Beats of one class, spread over the recording, on small squares of paper (25 mm/s, 10 mm/mV); each leads to its place. */
export function BeatGallery({ id, letter, beats, onJump }: { id: string; letter: Letter; beats: Beats; onJump: (time: number, beat?: number) => void }) {
  const info = useQuery(signalQuery(id));
  const members = spread(beats, LETTERS.indexOf(letter));
  const { data } = useQuery({
    queryKey: ["beat-gallery", id, letter, members.join()],
    enabled: !!info.data,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const { fs, n_samples, usable } = info.data!;
      const lead = Math.max(0, usable.indexOf(true));
      const traces = await Promise.all(
        members.map(async (beat): Promise<Trace> => {
          const at = beats.samples[beat]!;
          const from = Math.max(0, at - Math.round(BEFORE_S * fs));
          const to = Math.min(n_samples, at + Math.round(AFTER_S * fs));
          const window = await fetchWindow(id, fs, from, to, to - from, signal);
          return { values: fromMiddle(window.low[lead]!), fs, lead: (at - from) / fs };
        }),
      );
      const { top, bottom } = heights(traces);
      return { top, height: top + bottom, paths: traces.map((trace) => path(trace, top)) };
    },
  });
  return (
    <ul className="grid grid-cols-4 gap-1.5">
      {members.map((beat, i) => {
        const time = timeOf(beats, beat);
        return (
          <li key={beat}>
            {data ? (
              <button
                type="button" onClick={() => onJump(time, beat)} aria-label={text.result.atMoment(clock(time, 1))}
                className="block w-full overflow-hidden rounded-lg border border-line hover:border-accent"
              >
                <svg viewBox={`0 0 ${(BEFORE_S + AFTER_S) * SPEED} ${data.height}`} className="block w-full bg-[var(--paper)]" aria-hidden="true">
                  <Squares width={(BEFORE_S + AFTER_S) * SPEED} height={data.height} top={data.top} />
                  <path d={data.paths[i]} fill="none" stroke="var(--paper-ink)" strokeWidth="0.35" strokeLinejoin="round" />
                </svg>
                <span className="numbers block border-t border-line bg-surface px-1 text-center text-[11px] text-soft">{clock(time)}</span>
              </button>
            ) : (
              <Ghost className="h-20" />
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Up to eight beats of a class, evenly over all of them. */
function spread(beats: Beats, index: number): number[] {
  const all: number[] = [];
  for (let beat = 0; beat < beats.classes.length; beat++) if (beats.classes[beat] === index) all.push(beat);
  if (all.length <= MOST) return all;
  return Array.from({ length: MOST }, (_, i) => all[Math.round((i * (all.length - 1)) / (MOST - 1))]!);
}

/** A beat in millivolt from its middle; `lead` seconds stand before its R peak. */
interface Trace {
  values: Float32Array;
  fs: number;
  lead: number;
}

function fromMiddle(values: Float32Array): Float32Array {
  const known = values.filter(Number.isFinite).sort();
  const middle = known[known.length >> 1] ?? 0;
  return values.map((value) => value - middle);
}

/** Millimetres above and below the middle, the same for all beats, such that none is cut off. */
function heights(traces: readonly Trace[]): { top: number; bottom: number } {
  let [top, bottom] = [0, 0];
  for (const { values } of traces) {
    for (const value of values) {
      if (value > top) top = value;
      if (-value > bottom) bottom = -value;
    }
  }
  [top, bottom] = [top * GAIN + MARGIN_MM, bottom * GAIN + MARGIN_MM];
  const spare = Math.max(0, LEAST_MM - top - bottom) / 2;
  return { top: top + spare, bottom: bottom + spare };
}

function path({ values, fs, lead }: Trace, top: number): string {
  let d = "";
  let down = false;
  values.forEach((value, i) => {
    if (value === value) d += `${down ? "L" : "M"}${((BEFORE_S - lead + i / fs) * SPEED).toFixed(2)} ${(top - value * GAIN).toFixed(2)}`;
    down = value === value;
  });
  return d;
}

/** Squares of 5 mm: lines of 1 mm would run together at this size. One line stands at the R peak, one at the middle. */
function Squares({ width, height, top }: { width: number; height: number; top: number }) {
  let d = "";
  for (let x = (BEFORE_S * SPEED) % SQUARE_MM; x < width; x += SQUARE_MM) d += `M${x} 0V${height}`;
  for (let y = top % SQUARE_MM; y < height; y += SQUARE_MM) d += `M0 ${y.toFixed(2)}H${width}`;
  return <path d={d} stroke="var(--paper-major)" strokeWidth="0.2" />;
}
