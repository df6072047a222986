import type { AnalysisView } from "../api/client";
import { text } from "../text";
import { Message } from "../ui/States";

/** The page that was read, beside what was read on it. */
export function PageView({ analysis }: { analysis: AnalysisView }) {
  return <Message icon="camera" title={text.page.none}>{analysis.name}</Message>;
}
