import { text } from "../text";

/** A data set as people call it. */
export function dataName(name: string): string {
  const [set = "", ...part] = name.split(", ");
  return text.models.dataSets[name] ?? [text.models.dataSets[set] ?? set, ...part].join(", ");
}
