/** A drawing of what a sample shows: beats in a row, made from three shapes. Not the recording itself. */

const SHAPES = {
  N: "l5 0 c2 0 3 -5 5 -5 c2 0 3 5 5 5 l4 0 l2 2 l3 -30 l4 38 l2 -10 l5 0 c4 0 6 -8 10 -8 c4 0 5 8 8 8 l9 0",
  S: "l1 0 c2 0 2 -3 4 -3 c2 0 2 3 4 3 l2 0 l2 2 l3 -29 l4 37 l2 -10 l4 0 c4 0 6 -7 9 -7 c4 0 5 7 8 7 l22 0",
  V: "l1 0 c4 0 5 -42 11 -42 c6 0 7 58 14 58 c6 0 7 -16 13 -16 l28 0",
  F: "l4 0 l3 1 c4 0 4 -37 9 -37 c5 0 5 44 10 44 c3 0 4 -8 8 -8 c4 0 6 5 10 5 c4 0 5 -5 8 -5 l12 0",
  Q: "l3 0 l0 -26 l0 26 c4 0 6 30 11 30 c6 0 8 -46 14 -46 c7 0 8 16 14 16 l26 0",
  flat: "l6 1 l6 -2 l6 1 l6 1 l6 -2 l6 1 l6 1 l6 -2 l6 1 l6 1 l6 -1",
} as const;

const PATTERNS: Record<string, (keyof typeof SHAPES)[]> = {
  N: ["N"], S: ["N", "N", "S"], V: ["N", "N", "V"], F: ["N", "F", "N"], Q: ["Q"],
  bigeminy: ["N", "V"], run: ["N", "V", "V", "V"], refused: ["flat"], long: ["N", "N", "N", "V"],
};

export function SampleTrace({ shows, leads, seed }: { shows: string; leads: number; seed: string }) {
  const pattern = PATTERNS[shows] ?? ["N"];
  const shift = seed.length % pattern.length;
  const path = (y: number): string =>
    `M0 ${y} ${Array.from({ length: 11 }, (_, i) => SHAPES[pattern[(i + shift) % pattern.length]!]).join(" ")}`;
  return (
    <svg viewBox="0 0 240 76" preserveAspectRatio="xMinYMid slice" className="size-full" aria-hidden="true">
      {leads > 2 ? (
        <g transform="scale(0.5)" fill="none" stroke="var(--paper-ink)" strokeWidth="2.4" strokeLinejoin="round">
          {[42, 90, 138].map((y) => <path key={y} d={path(y)} />)}
        </g>
      ) : (
        <path d={path(50)} fill="none" stroke="var(--paper-ink)" strokeWidth="1.4" strokeLinejoin="round" />
      )}
    </svg>
  );
}
