import { en } from "./en";

/** All words of the application. Another language is another object of the same shape. */
export type Text = typeof en;
export const text: Text = en;
