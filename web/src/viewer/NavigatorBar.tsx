import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from "react";
import { text } from "../text";
import { clockAt } from "./engine/clock";
import type { Engine } from "./engine/engine";
import { Navigator } from "./engine/navigator";
import { useEngine } from "./useEngine";

const words = text.viewer.navigator;

/** The overview of the whole recording; dragging moves the viewer. */
export function NavigatorBar({ engine }: { engine: Engine }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const seconds = useEngine(engine, (each) => Math.round(each.sheet.seconds));
  const start = useEngine(engine, (each) => Math.round(each.start));

  useEffect(() => {
    const element = canvas.current!;
    const navigator = new Navigator(engine, element);
    const observer = new ResizeObserver(() =>
      navigator.resize(element.clientWidth, element.clientHeight, devicePixelRatio),
    );
    observer.observe(element);
    const stop = engine.listen({ onView: () => navigator.paint(), onTrouble: () => undefined });
    return () => {
      stop();
      observer.disconnect();
    };
  }, [engine]);

  const go = (event: PointerEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const time = ((event.clientX - box.left) / box.width) * engine.content.signal.duration;
    engine.stop();
    engine.goTo(time - engine.sheet.seconds / 2);
  };
  const press = (event: KeyboardEvent): void => {
    const screens = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (screens) engine.goTo(engine.start + screens * engine.sheet.seconds);
    else if (event.key === "Home") engine.goTo(0);
    else if (event.key === "End") engine.goTo(Infinity);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { began, duration } = engine.content.signal;
  return (
    <canvas
      ref={canvas}
      className="no-print h-[84px] w-full touch-none cursor-pointer rounded-b-[13px] border-t border-line"
      role="slider"
      tabIndex={0}
      aria-label={words.label}
      aria-valuemin={0}
      aria-valuemax={Math.round(duration)}
      aria-valuenow={start}
      aria-valuetext={words.value(clockAt(start, began), clockAt(start + seconds, began))}
      title={words.hint}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons & 1) go(event);
      }}
    />
  );
}
