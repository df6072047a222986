import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { usePaper } from "../app/theme";
import { useTitle } from "../app/useTitle";
import { text } from "../text";
import { number } from "../text/format";
import { Button, IconButton } from "../ui/Button";
import { Chip } from "../ui/Chip";
import { Select } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { clock } from "../viewer/engine/clock";
import { LETTERS, type Letter } from "../viewer/engine/beats";
import { GAIN, Monitor, SPEED } from "./monitor";
import { scenariosQuery } from "./socket";
import { useLive } from "./useLive";

const words = text.live;

/** A bedside monitor: moving trace, beats as they come, an alarm for a run of ventricular beats. */
export default function LiveScreen() {
  useTitle(words.title);
  const canvas = useRef<HTMLCanvasElement>(null);
  const monitor = useRef<Monitor | null>(null);
  const { data: scenarios } = useQuery(scenariosQuery);
  const [scenario, setScenario] = useState("ectopy");
  const live = useLive(monitor);
  const paperName = usePaper("theme");

  useEffect(() => {
    const element = canvas.current!;
    const made = new Monitor(element);
    monitor.current = made;
    const observer = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight, devicePixelRatio));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.rest();
      monitor.current = null;
    };
  }, []);
  useEffect(() => {
    if (!monitor.current) return;
    monitor.current.paperName = paperName;
    monitor.current.draw();
  }, [paperName]);

  const running = live.state !== "idle" && live.state !== "ended";
  return (
    <div className="flex flex-1 flex-col gap-3 px-2 py-3 sm:px-4 wall:px-8">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-2">
        <h1 className="text-xl font-semibold">{words.title}</h1>
        <p className="order-last w-full text-sm text-soft lg:order-none lg:w-auto">{words.intro}</p>
        <div className="ml-auto flex items-center gap-2">
          <Select silent label={words.patient} value={scenario} disabled={running} onChange={(event) => setScenario(event.target.value)}>
            {scenarios?.items.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
          </Select>
          <IconButton
            icon={live.sounding ? "bell" : "bellOff"} label={live.sounding ? words.quiet : words.sound} pressed={live.sounding}
            onClick={() => live.sound(!live.sounding)}
          />
          {running ? (
            <Button icon="stop" onClick={live.stop}>{words.stop}</Button>
          ) : (
            <Button look="primary" icon="play" onClick={() => live.start(scenario)}>{words.start}</Button>
          )}
        </div>
      </header>
      {live.alarm && (
        <div role="alert" className="flex items-center gap-3 rounded-2xl bg-alert px-4 py-3 text-ground">
          <Icon name="warning" size={24} />
          <p className="flex flex-wrap gap-x-3">
            <strong className="font-semibold">{words.alarm(live.alarm.beats)}</strong>
            <span className="numbers whitespace-nowrap">{words.alarmAt(clock(live.alarm.time))}</span>
          </p>
          <Button small className="ml-auto whitespace-nowrap" onClick={live.quit}>{words.alarmOff}</Button>
        </div>
      )}
      <div className="grid flex-1 grid-cols-[minmax(0,1fr)] gap-3 lg:grid-cols-[minmax(0,1fr)_20rem] wall:grid-cols-[minmax(0,1fr)_26rem]">
        <div className={`panel relative min-h-[46dvh] overflow-hidden shadow-card ${live.alarm ? "ring-3 ring-alert" : ""}`}>
          <canvas ref={canvas} role="img" aria-label={words.trace} className="absolute inset-0 size-full" />
          <p className="numbers pointer-events-none absolute right-2 bottom-1.5 rounded bg-[var(--paper)]/85 px-1.5 text-xs font-medium text-soft">
            {SPEED} {text.viewer.speedUnit} · {GAIN} {text.viewer.gainUnit}
          </p>
          {live.state !== "running" && (
            <p role="status" className={`absolute inset-x-0 top-1/2 mx-auto w-fit -translate-y-1/2 rounded-xl bg-surface/95 px-5 py-3 text-soft shadow-card ${live.state === "connecting" ? "waiting" : ""}`}>
              {{ idle: words.idle, connecting: words.connecting, lost: words.lost, ended: words.ended }[live.state]}
            </p>
          )}
        </div>
        <aside className="panel flex flex-col gap-5 p-5 shadow-card" aria-label={words.rate}>
          <dl>
            <dt className="text-sm font-medium text-soft">{words.rate}</dt>
            <dd className="flex items-baseline gap-2">
              <span className="numbers text-7xl font-semibold tracking-tighter wall:text-8xl">{number(live.state === "running" ? live.rate : null)}</span>
              <span className="text-soft">{words.perMin}</span>
              {live.state === "running" && live.last && (
                <span className="ml-auto flex flex-col items-center gap-1 self-center text-xs text-soft">{words.last}<Chip letter={live.last} large /></span>
              )}
            </dd>
          </dl>
          <div>
            <h2 className="mb-2 text-sm font-medium text-soft">{words.beats}</h2>
            <ul className="grid grid-cols-5 gap-2">
              {LETTERS.map((letter) => <Count key={letter} letter={letter} count={live.counts[letter]} />)}
            </ul>
            <p className="mt-2 text-xs text-soft">{words.provisional}</p>
          </div>
          <div>
            <h2 className="mb-1 text-sm font-medium text-soft">{words.alarms}</h2>
            {live.alarms.length ? (
              <ul className="flex flex-col text-sm">
                {live.alarms.map((alarm) => (
                  <li key={alarm.time} className="flex justify-between gap-2 border-t border-line py-1.5">
                    <span>{words.alarm(alarm.beats)}</span><span className="numbers text-soft">{clock(alarm.time)}</span>
                  </li>
                ))}
              </ul>
            ) : (
              <p className="text-sm text-soft">{words.noAlarms}</p>
            )}
          </div>
          <p className="mt-auto text-xs text-soft">
            {live.delay !== null && <span className="numbers block">{words.delay}: {words.seconds(live.delay.toFixed(2))}</span>}
            {words.feed} <a href="/docs" className="text-accent underline">{text.app.api}</a>.
          </p>
        </aside>
      </div>
    </div>
  );
}

function Count({ letter, count }: { letter: Letter; count: number }) {
  return (
    <li className="flex flex-col items-center gap-1 rounded-xl bg-sunk py-2">
      <Chip letter={letter} />
      <span className={`numbers ${count ? "font-semibold" : "text-soft"}`}>{number(count)}</span>
    </li>
  );
}
