import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { Letter } from "../viewer/engine/beats";
import type { Monitor } from "./monitor";
import { connect } from "./socket";
import { Sound } from "./sound";

export interface Alarm {
  /** Seconds from the start of the stream. */
  time: number;
  beats: number;
}

export interface Live {
  state: "idle" | "connecting" | "running" | "lost" | "ended";
  rate: number | null;
  counts: Record<Letter, number>;
  last: Letter | null;
  delay: number | null;
  alarm: Alarm | null;
  alarms: Alarm[];
  sounding: boolean;
  start(scenario: string): void;
  stop(): void;
  quit(): void;
  sound(on: boolean): void;
}

const MOST_ALARMS = 8;
const AGAIN_MS = 2000;
const NO_COUNTS: Record<Letter, number> = { N: 0, S: 0, V: 0, F: 0, Q: 0 };

/** A run that goes on, or whose first beats are known only now, is the same alarm; no beat of a run lasts a second. */
function continues(now: Alarm, before: Alarm): boolean {
  return before.beats <= now.beats && before.time >= now.time && before.time - now.time < now.beats;
}

/** A live stream: samples go straight to the monitor, what is counted goes to React once a beat. */
export function useLive(monitor: RefObject<Monitor | null>): Live {
  const [state, setState] = useState<Live["state"]>("idle");
  const [rate, setRate] = useState<number | null>(null);
  const [counts, setCounts] = useState(NO_COUNTS);
  const [last, setLast] = useState<Letter | null>(null);
  const [delay, setDelay] = useState<number | null>(null);
  const [alarm, setAlarm] = useState<Alarm | null>(null);
  const [alarms, setAlarms] = useState<Alarm[]>([]);
  const [sounding, setSounding] = useState(false);
  const socket = useRef<WebSocket | null>(null);
  const again = useRef(0);
  const wanted = useRef(false);
  const sounds = useMemo(() => new Sound(), []);

  const open = useCallback(
    (scenario: string): void => {
      let fs = 1;
      let newest = 0;
      const known = new Map<number, Letter>();
      setState((before) => (before === "lost" ? "lost" : "connecting"));
      socket.current = connect(scenario, {
        onStart(rateHz, leads) {
          fs = rateHz;
          known.clear();
          setCounts(NO_COUNTS);
          setRate(null);
          setState("running");
          monitor.current?.begin(fs, leads);
        },
        onSamples(first, rows) {
          newest = first + (rows[0]?.length ?? 0);
          monitor.current?.add(first, rows);
        },
        onBeat(beat) {
          const letter = beat.class;
          const fresh = !known.has(beat.number);
          known.set(beat.number, letter);
          monitor.current?.mark({ number: beat.number, sample: beat.sample, letter, settled: beat.settled });
          const tally = { ...NO_COUNTS };
          for (const each of known.values()) tally[each]++;
          setCounts(tally);
          setRate(beat.heart_rate);
          if (!fresh) return;
          sounds.beat(letter !== "N");
          setLast(letter);
          setDelay((newest - beat.sample) / fs);
        },
        onAlarm(found) {
          const made = { time: found.time_s, beats: found.n_beats };
          setAlarm(made);
          setAlarms((before) => [made, ...before.filter((each) => !continues(made, each))].slice(0, MOST_ALARMS));
          sounds.alarm();
        },
        onEnd(over) {
          socket.current = null;
          if (!wanted.current || over) {
            wanted.current = false;
            setState("ended");
            monitor.current?.rest();
            return;
          }
          setState("lost");
          again.current = window.setTimeout(() => open(scenario), AGAIN_MS);
        },
      });
    },
    [monitor, sounds],
  );

  const stop = useCallback(() => {
    wanted.current = false;
    window.clearTimeout(again.current);
    if (socket.current) socket.current.close(1000);
    else setState("ended");
    setAlarm(null);
  }, []);
  useEffect(
    () => () => {
      wanted.current = false;
      window.clearTimeout(again.current);
      socket.current?.close(1000);
      sounds.close();
    },
    [sounds],
  );

  return {
    state, rate, counts, last, delay, alarm, alarms, sounding, stop,
    start(scenario) {
      wanted.current = true;
      setAlarm(null);
      setAlarms([]);
      open(scenario);
    },
    quit: () => setAlarm(null),
    sound(on) {
      sounds.turn(on);
      setSounding(on);
    },
  };
}
