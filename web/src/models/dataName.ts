import { text } from "../text";

/** A data set as people call it. */
export function dataName(name: string): string {
  return text.models.dataSets[name] ?? name;
}
