import type { Letter } from "./beats";

/**
 * Class colours after Okabe & Ito, Color Universal Design (2008), as in the reports; lighter ones on dark paper.
 * Letters always stand beside the colour, so that colour is never the only cue.
 */
export interface Palette {
  ground: string;
  minor: string;
  major: string;
  ink: string;
  quiet: string;
  accent: string;
  bad: string;
  relevance: string;
  relevanceLine: string;
  letter: Record<Letter, string>;
  /** The letter on a chip of that colour. */
  onLetter: Record<Letter, string>;
}

const LETTERS_LIGHT: Record<Letter, string> = {
  N: "#6b6468", S: "#0072B2", V: "#D55E00", F: "#009E73", Q: "#CC79A7",
};
const ON_LIGHT: Record<Letter, string> = { N: "#fff", S: "#fff", V: "#000", F: "#000", Q: "#000" };
const LETTERS_DARK: Record<Letter, string> = {
  N: "#9da5ab", S: "#56B4E9", V: "#F0863A", F: "#2CC295", Q: "#E09CC2",
};
const ON_DARK: Record<Letter, string> = { N: "#000", S: "#000", V: "#000", F: "#000", Q: "#000" };

function onPaper(ground: string, minor: string, major: string): Palette {
  return {
    ground, minor, major,
    ink: "#16161a", quiet: "#6b6468", accent: "#0d5360", bad: "#6b6468",
    relevance: "#56B4E9", relevanceLine: "#0072B2",
    letter: LETTERS_LIGHT, onLetter: ON_LIGHT,
  };
}

export const PAPERS = {
  pink: onPaper("#fffaf9", "#f9dddb", "#eeaeab"),
  blue: onPaper("#fafcff", "#dbe6f4", "#a9c3e2"),
  green: onPaper("#fafdf9", "#dcecd8", "#a8cfa0"),
  grey: onPaper("#ffffff", "#e6e6e6", "#bdbdbd"),
  night: {
    ground: "#0f1517", minor: "#192124", major: "#28353a",
    ink: "#e9f0ef", quiet: "#97a3a6", accent: "#7fd0d6", bad: "#97a3a6",
    relevance: "#2b6f96", relevanceLine: "#56B4E9",
    letter: LETTERS_DARK, onLetter: ON_DARK,
  } satisfies Palette,
} as const;

export type PaperName = keyof typeof PAPERS;
