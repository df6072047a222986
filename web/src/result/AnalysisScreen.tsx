import { useQuery } from "@tanstack/react-query";
import { useTitle } from "../app/useTitle";
import { analysisQuery, documentQuery, underWay } from "../api/queries";
import { beatsQuery } from "../api/signal";
import { text } from "../text";
import { Failure, Waiting } from "../ui/States";
import { Ended } from "./Ended";
import { Follow } from "./Follow";
import { Header } from "./Header";
import { Reading } from "./Reading";

/** One analysis, whatever its state. */
export default function AnalysisScreen({ id }: { id: string }) {
  const analysis = useQuery(analysisQuery(id));
  const done = analysis.data?.status === "done";
  const document = useQuery({ ...documentQuery(id), enabled: done });
  // The beats are asked for beside the document, not after it: the trace stands one round trip sooner.
  useQuery({ ...beatsQuery(id), enabled: done });
  useTitle(analysis.data?.name ?? text.app.name);
  if (analysis.error && !analysis.data) return <Failure error={analysis.error} onRetry={() => void analysis.refetch()} />;
  if (!analysis.data) return <Waiting />;
  return (
    <>
      <Header analysis={analysis.data} document={document.data} />
      {underWay(analysis.data) ? (
        <Follow analysis={analysis.data} />
      ) : !done ? (
        <Ended analysis={analysis.data} />
      ) : document.error ? (
        <Failure error={document.error} onRetry={() => void document.refetch()} />
      ) : document.data ? (
        <Reading analysis={analysis.data} document={document.data} />
      ) : (
        <Waiting />
      )}
    </>
  );
}
