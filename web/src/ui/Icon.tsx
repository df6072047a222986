/** Line icons on a 24 × 24 square, drawn for this application. */
const PATHS = {
  upload: "M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
  camera: "M4 8h3l2-3h6l2 3h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Zm8 9a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5",
  list: "M4 6h16M4 12h16M4 18h10",
  pulse: "M2 12h4l2-3 3 9 4-14 2.5 8H22",
  cards: "M4 7h16v12H4zM7 4h10M8 15v-3m4 3v-5m4 5v-2",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5m0-8.5v.5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3V2m0 20v-1m9-9h1M2 12h1m15.4-6.4.7-.7M4.9 19.1l.7-.7m12.8 0 .7.7M4.9 4.9l.7.7",
  moon: "M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5Z",
  left: "m15 5-7 7 7 7",
  right: "m9 5 7 7-7 7",
  down: "m5 9 7 7 7-7",
  up: "m5 15 7-7 7 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  close: "m6 6 12 12M18 6 6 18",
  calipers: "M6 4v16M18 4v16M6 12h12M9 9l-3 3 3 3m6-6 3 3-3 3",
  march: "M4 5v14m5-14v14m5-14v14m5-14v14",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  download: "M12 4v12m0 0 5-5m-5 5-5-5M4 19h16",
  undo: "M8 5 4 9l4 4M4 9h10a6 6 0 0 1 0 12H9",
  check: "m5 12.5 5 5L19 7",
  trash: "M5 7h14M10 11v6m4-6v6M7 7l1 13h8l1-13M9 7V4h6v3",
  tag: "M4 4h8l8 8-8 8-8-8V4Zm4 4h.01",
  warning: "M12 4 2.5 20h19L12 4Zm0 6v5m0 2.5v.5",
  play: "M7 5v14l12-7L7 5Z",
  stop: "M7 7h10v10H7z",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l2 2H4l2-2Zm4 5h4",
  bellOff: "M6 16V11a6 6 0 0 1 8-5.7M18 11v5l2 2H4m6 3h4M3 3l18 18",
  expand: "M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5",
  sliders: "M4 7h10m4 0h2M4 17h2m4 0h10M16 7a2 2 0 1 0-4 0 2 2 0 0 0 4 0Zm-6 10a2 2 0 1 0-4 0 2 2 0 0 0 4 0Z",
  keyboard: "M3 7h18v10H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  pen: "M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4",
  retry: "M20 5v5h-5M4 19v-5h5m-4-4a7.5 7.5 0 0 1 12.5-3L20 10M4 14l2.5 3A7.5 7.5 0 0 0 19 14",
  cloudOff: "M3 3l18 18M8 8a5 5 0 0 0-1 9.9L17 18m2.5-1A4 4 0 0 0 17 10a6 6 0 0 0-6-4",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  key: "M8.5 20a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.2-7.7L20 4m-3.6 3.6 2.8 2.8",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20, className = "" }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={name === "more" ? 3 : 1.75}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" className={`shrink-0 ${className}`}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
