import { useQuery } from "@tanstack/react-query";
import { fetchWindow, signalQuery } from "../api/signal";
import { text } from "../text";
import { Ghost } from "../ui/States";
import { LETTERS, timeOf, type Beats, type Letter } from "../viewer/engine/beats";
import { clock } from "../viewer/engine/clock";

const MOST = 8;
const BEFORE_S = 0.3;
const AFTER_S = 0.5;
const PX_PER_S = 110;
const PX_PER_MV = 26;
const HEIGHT = 84;

/** Beats of one class, spread over the recording, on small squares of paper; each leads to its place. */
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
      return Promise.all(
        members.map(async (beat) => {
          const at = beats.samples[beat]!;
          const from = Math.max(0, at - Math.round(BEFORE_S * fs));
          const to = Math.min(n_samples, at + Math.round(AFTER_S * fs));
          const window = await fetchWindow(id, fs, from, to, to - from, signal);
          return path(window.low[lead]!, fs, (at - from) / fs);
        }),
      );
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
                <span className="ecg-paper block">
                  <svg viewBox={`0 0 ${(BEFORE_S + AFTER_S) * PX_PER_S} ${HEIGHT}`} className="block w-full" aria-hidden="true">
                    <path d={data[i]} fill="none" stroke="var(--paper-ink)" strokeWidth="1.3" strokeLinejoin="round" />
                  </svg>
                </span>
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

function path(values: Float32Array, fs: number, lead: number): string {
  const known = [...values].filter(Number.isFinite).sort((a, b) => a - b);
  const middle = known[known.length >> 1] ?? 0;
  let d = "";
  let down = false;
  values.forEach((value, i) => {
    if (value !== value) {
      down = false;
      return;
    }
    const x = (BEFORE_S - lead + i / fs) * PX_PER_S;
    const y = Math.min(HEIGHT - 1, Math.max(1, HEIGHT * 0.58 - (value - middle) * PX_PER_MV));
    d += `${down ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    down = true;
  });
  return d;
}
