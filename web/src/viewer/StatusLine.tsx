import { text } from "../text";
import { chance, number, scale } from "../text/format";
import { letterOf, timeOf, UNSURE_BELOW } from "./engine/beats";
import { clockAt } from "./engine/clock";
import type { Engine } from "./engine/engine";
import { BANDS } from "./engine/filters";
import { FILTER_UP_TO_LEVEL } from "../api/signal";
import { levelFor } from "./engine/tiles";
import { useEngine } from "./useEngine";

const words = text.viewer;

/** What is printed on the paper: scales, filter state, and the beat that is chosen. */
export function StatusLine({ engine }: { engine: Engine }) {
  const speed = useEngine(engine, (each) => each.settings.speed);
  const gain = useEngine(engine, (each) => each.settings.gain);
  const filter = useEngine(engine, (each) => each.settings.filter);
  const paper = useEngine(engine, (each) => each.settings.paper);
  const coarse = useEngine(
    engine,
    (each) => levelFor(each.pxPerS, each.content.signal.fs, each.content.signal.deepest) > FILTER_UP_TO_LEVEL,
  );
  const dark = paper === "night";
  const state = filter in BANDS && coarse ? words.filterCoarse : words.filterState[filter as keyof typeof words.filterState];
  const scales = [
    `${scale(speed)} ${words.speedUnit}`,
    `${scale(gain)} ${words.gainUnit}`,
    state,
    `${number(engine.content.signal.fs)} Hz`,
  ];
  return (
    <>
      <p
        className={`numbers pointer-events-none absolute right-2 bottom-1.5 rounded px-1.5 text-[11px] font-medium ${
          dark ? "bg-[#0f1517d9] text-[#97a3a6]" : "bg-[#ffffffd9] text-[#5f585c]"
        }`}
      >
        {scales.join(" · ")}
      </p>
      <Chosen engine={engine} dark={dark} />
    </>
  );
}

function Chosen({ engine, dark }: { engine: Engine; dark: boolean }) {
  const beat = useEngine(engine, (each) => each.selected);
  const letter = useEngine(engine, (each) => (each.selected < 0 ? "" : letterOf(each.content.beats, each.selected)));
  const { beats, signal } = engine.content;
  if (beat < 0 || beat >= beats.samples.length) return null;
  const time = timeOf(beats, beat);
  const before = beat > 0 ? (time - timeOf(beats, beat - 1)) * 1000 : null;
  const sure = beats.probability[beat]!;
  const facts = [
    [words.readout.time, clockAt(time, signal.began)],
    [words.readout.beat, letter + (sure < UNSURE_BELOW ? "?" : "")],
    [words.readout.sure, chance(sure)],
    [words.readout.rr, before === null ? "–" : `${number(before)} ms`],
  ] as const;
  return (
    <dl
      className={`numbers pointer-events-none absolute bottom-8 left-2 flex gap-3 @min-[46rem]:bottom-1.5 rounded-lg px-2.5 py-1 text-[11.5px] shadow-card ${
        dark ? "bg-[#1d2629f2] text-[#e9f0ef]" : "bg-[#fffffff2] text-[#16161a]"
      }`}
    >
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-1">
          <dt className="opacity-75">{name}</dt>
          <dd className="font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
