import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { text } from "../text";
import { usePaper } from "../app/theme";
import { number } from "../text/format";
import { nudgeCalipers, placeCalipers } from "./caliperKeys";
import { letterOf, nextBeat, timeOf, type Beats } from "./engine/beats";
import type { Loader } from "./engine/cache";
import { read } from "./engine/calipers";
import { clockAt } from "./engine/clock";
import { Engine } from "./engine/engine";
import type { Evidence, Signal, Stretch } from "./engine/model";
import { GAINS, SPEEDS, step } from "./engine/scale";
import { attach } from "./interaction";
import { NavigatorBar } from "./NavigatorBar";
import { firstSettings, keep, keptSettings } from "./settings";
import { Toolbar } from "./Toolbar";
import { StatusLine } from "./StatusLine";
import { useWaves, type WaveLoader } from "./useWaves";

const words = text.viewer;
const OVERVIEW_FROM_S = 15;

export interface ViewerProps {
  signal: Signal;
  loader: Loader;
  beats: Beats;
  stretches: Stretch[];
  evidence: Evidence | null;
  evidenceStrength: number;
  loadWaves: WaveLoader;
  onEngine: (engine: Engine | null) => void;
  /** Keys of a mode around the viewer; true where it took the key. */
  onKey?: (event: KeyboardEvent, engine: Engine) => boolean;
  /** Stands between toolbar and paper. */
  legend?: ReactNode;
  reviewing?: boolean;
}

/** The trace on ECG paper with its tools and the overview. */
export function Viewer(props: ViewerProps) {
  const { signal, loader, beats, stretches, evidence, evidenceStrength, loadWaves, onEngine, onKey, legend } = props;
  const frame = useRef<HTMLDivElement>(null);
  const whole = useRef<HTMLDivElement>(null);
  const paper = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [engine, setEngine] = useState<Engine | null>(null);
  const [measuring, setMeasuring] = useState(false);
  const [said, setSaid] = useState("");
  const [choice, setChoice] = useState(() => keptSettings().paper);
  const paperName = usePaper(choice);
  const tool = useRef(measuring);
  tool.current = measuring;
  const first = useRef(paperName);

  useEffect(() => {
    const box = frame.current!;
    const made = new Engine(
      signal, loader, paper.current!, overlay.current!,
      firstSettings(signal, box.clientWidth, box.clientHeight, first.current),
    );
    const observer = new ResizeObserver(() => made.resize(box.clientWidth, box.clientHeight, devicePixelRatio));
    observer.observe(box);
    const detach = attach(made, overlay.current!, {
      measuring: () => tool.current,
      onSelect: (beat) => select(made, beat),
      onSpeed: (speed) => made.change({ speed }),
    });
    const before = (): void => made.print(true, "pink");
    const after = (): void => made.print(false, first.current);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    setEngine(made);
    onEngine(made);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
      detach();
      observer.disconnect();
      made.close();
      setEngine(null);
      onEngine(null);
    };
    // A recording has one engine for its whole life on the screen.
  }, [signal, loader]);

  useEffect(() => engine?.set({ beats }), [engine, beats]);
  useEffect(() => engine?.set({ stretches }), [engine, stretches]);
  useEffect(() => engine?.set({ evidence }), [engine, evidence]);
  useEffect(() => engine?.change({ evidence: evidence ? evidenceStrength : 0 }), [engine, evidence, evidenceStrength]);
  useEffect(() => {
    first.current = paperName;
    engine?.change({ paper: paperName });
  }, [engine, paperName]);
  useWaves(engine, loadWaves);

  const say = (made: Engine): void => {
    setSaid(words.moved(clockAt(made.start, signal.began), clockAt(made.start + made.sheet.seconds, signal.began)));
  };
  const select = (made: Engine, beat: number): void => {
    made.selected = beat;
    made.refresh(false);
    if (beat < 0) return;
    const { beats: all } = made.content;
    setSaid(words.at(clockAt(timeOf(all, beat), signal.began), letterOf(all, beat), ""));
  };
  const ectopic = (made: Engine, direction: 1 | -1): void => {
    const { beats: all } = made.content;
    let from = made.selected;
    if (from < 0) {
      const middle = made.start + made.sheet.seconds / 2;
      from = all.samples.findIndex((sample) => sample / all.fs > middle);
      if (from < 0) from = all.samples.length;
      if (direction > 0) from -= 1;
    }
    const found = nextBeat(all, from, direction, (beat) => all.classes[beat] !== 0);
    if (found < 0) {
      setSaid(words.noEctopic);
      return;
    }
    select(made, found);
    made.reveal(timeOf(all, found));
  };
  const change = (made: Engine, settings: Parameters<Engine["change"]>[0]): void => {
    made.change(settings);
    const { gain, filter, beats: on, quality, waves } = made.settings;
    keep({ gain, filter, beats: on, quality, waves, paper: choice });
  };
  const measure = (made: Engine, on: boolean): void => {
    setMeasuring(on);
    if (!on) made.calipers = null;
    made.refresh(false);
  };
  const march = (made: Engine): void => {
    if (!made.calipers) return;
    made.calipers = { ...made.calipers, march: !made.calipers.march };
    made.refresh(false);
  };

  const sayMeasured = (made: Engine): void => {
    if (!made.calipers) return;
    const { ms, bpm, mv } = read(made.calipers);
    setSaid(words.measured(number(ms), number(bpm), number(mv, 2)));
  };

  const press = (event: KeyboardEvent): void => {
    if (!engine || event.defaultPrevented) return;
    if (onKey?.(event, engine)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (measuring && nudgeCalipers(engine, event.key, event.shiftKey)) {
      sayMeasured(engine);
      event.preventDefault();
      return;
    }
    const page = engine.sheet.seconds;
    const acts: Record<string, () => void> = {
      ArrowRight: () => engine.reveal(engine.start + page / 2 + page * (event.shiftKey ? 1 : 0.2)),
      ArrowLeft: () => engine.reveal(engine.start + page / 2 - page * (event.shiftKey ? 1 : 0.2)),
      PageDown: () => engine.reveal(engine.start + 1.5 * page),
      PageUp: () => engine.reveal(engine.start - 0.5 * page),
      Home: () => engine.goTo(0),
      End: () => engine.goTo(Infinity),
      "+": () => engine.change({ speed: step(SPEEDS, engine.settings.speed, 1) }),
      "=": () => engine.change({ speed: step(SPEEDS, engine.settings.speed, 1) }),
      "-": () => engine.change({ speed: step(SPEEDS, engine.settings.speed, -1) }),
      ArrowUp: () => change(engine, { gain: step(GAINS, engine.settings.gain, 1) }),
      ArrowDown: () => change(engine, { gain: step(GAINS, engine.settings.gain, -1) }),
      e: () => ectopic(engine, 1),
      E: () => ectopic(engine, -1),
      c: () => {
        measure(engine, !measuring);
        if (!measuring) placeCalipers(engine);
        sayMeasured(engine);
      },
      m: () => march(engine),
      b: () => change(engine, { beats: !engine.settings.beats }),
      w: () => change(engine, { waves: !engine.settings.waves }),
      Escape: () => {
        measure(engine, false);
        select(engine, -1);
      },
    };
    const act = acts[event.key];
    if (!act) return;
    act();
    if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") say(engine);
    event.preventDefault();
  };

  const label = useMemo(() => `${words.label}. ${words.help}`, []);
  return (
    <section ref={whole} aria-label={words.label} className="panel @container flex min-h-0 flex-1 flex-col shadow-card" onKeyDown={press}>
      {engine && (
        <Toolbar
          engine={engine}
          measuring={measuring}
          reviewing={props.reviewing ?? false}
          paper={choice}
          onPaper={(name) => {
            setChoice(name);
            keep({ ...keptSettings(), paper: name });
          }}
          onChange={(settings) => change(engine, settings)}
          onMeasure={(on) => measure(engine, on)}
          onMarch={() => march(engine)}
          onEctopic={(direction) => ectopic(engine, direction)}
          onFull={() => void (document.fullscreenElement ? document.exitFullscreen() : whole.current?.requestFullscreen())}
        />
      )}
      {legend}
      <div
        ref={frame}
        role="application"
        aria-label={label}
        tabIndex={0}
        className={`relative min-h-[240px] flex-1 outline-offset-[-2px] overflow-hidden print:h-[492px] print:w-[990px] print:flex-none ${measuring ? "cursor-crosshair" : "cursor-grab active:cursor-grabbing"}`}
      >
        <canvas ref={paper} className="absolute inset-0 size-full print:h-[492px] print:w-[990px]" aria-hidden="true" />
        <canvas ref={overlay} className="absolute inset-0 size-full touch-pan-y print:hidden" aria-hidden="true" />
        {engine && <StatusLine engine={engine} />}
      </div>
      {engine && signal.duration > OVERVIEW_FROM_S && <NavigatorBar engine={engine} />}
      <p role="status" className="sr-only">{said}</p>
    </section>
  );
}
