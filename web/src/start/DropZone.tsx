import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { problemOf } from "../api/problem";
import { upload } from "../api/upload";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { HeroTrace } from "./HeroTrace";

const words = text.start;

/** Where recordings come in: dropped anywhere on the page, chosen, or photographed. */
export function DropZone() {
  const [, go] = useLocation();
  const queries = useQueryClient();
  const [over, setOver] = useState(false);
  const [sent, setSent] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const files = useRef<HTMLInputElement>(null);
  const photo = useRef<HTMLInputElement>(null);
  const busy = sent !== null;

  const send = async (chosen: File[]): Promise<void> => {
    if (!chosen.length || busy) return;
    setTrouble(null);
    setSent(0);
    try {
      const analysis = await upload(chosen, setSent);
      queries.setQueryData(["analysis", analysis.id], analysis);
      void queries.invalidateQueries({ queryKey: ["analyses"] });
      go(`/analysis/${analysis.id}`);
    } catch (error) {
      setTrouble(error);
      setSent(null);
    }
  };
  const sendNow = useRef(send);
  sendNow.current = send;

  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth++;
      setOver(true);
    };
    const leave = (): void => {
      depth = Math.max(0, depth - 1);
      if (!depth) setOver(false);
    };
    const hover = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      void sendNow.current([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("dragenter", enter);
    addEventListener("dragleave", leave);
    addEventListener("dragover", hover);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("dragover", hover);
      removeEventListener("drop", drop);
    };
  }, []);

  const problem = trouble ? problemOf(trouble) : null;
  return (
    <section aria-labelledby="read" className="grid gap-6 lg:grid-cols-[1fr_1.25fr] lg:items-stretch lg:gap-10">
      <div className="flex flex-col justify-center gap-4 py-2">
        <h1 id="read" className="text-4xl font-semibold sm:text-5xl">{words.title}</h1>
        <p className="max-w-xl text-lg text-soft">{words.lead}</p>
      </div>
      <div
        className={`ecg-paper relative overflow-hidden rounded-[20px] border-2 shadow-card transition-colors ${
          over ? "border-accent" : "border-line"
        }`}
      >
        <HeroTrace />
        <div className="relative flex flex-col items-center gap-4 p-4 pt-34 text-center sm:p-6 sm:pt-36">
          <div className="flex w-full flex-col items-center gap-3.5 rounded-2xl border border-line bg-surface p-5 shadow-card">
            {busy ? (
              <div role="status" className="flex w-full flex-col items-center gap-3 py-3">
                <p className="numbers font-medium">{sent < 1 ? words.sending(Math.round(sent * 100)) : words.reading}</p>
                <div className="h-1.5 w-full max-w-72 overflow-hidden rounded-full bg-sunk">
                  <div
                    className={`h-full origin-left rounded-full bg-accent transition-transform ${sent >= 1 ? "waiting" : ""}`}
                    style={{ transform: `scaleX(${sent})` }}
                  />
                </div>
              </div>
            ) : (
              <>
                <p className="font-medium pointer-coarse:hidden">{over ? words.dropNow : words.drop}</p>
                <p className="font-medium pointer-fine:hidden">{words.dropTouch}</p>
                <div className="flex w-full flex-col justify-center gap-2 sm:flex-row">
                  <Button look="primary" icon="upload" onClick={() => files.current?.click()}>{words.choose}</Button>
                  <Button icon="camera" onClick={() => photo.current?.click()} className="pointer-fine:hidden">{words.photo}</Button>
                </div>
                <p className="text-sm text-soft">{words.formats} {words.local}</p>
              </>
            )}
            {problem && (
              <p role="alert" className="flex w-full gap-2 rounded-xl bg-alert-wash px-3 py-2 text-left text-sm text-alert">
                <Icon name="warning" size={18} className="mt-0.5" />
                <span><strong className="font-semibold">{problem.title}.</strong> {problem.detail}</span>
              </p>
            )}
          </div>
        </div>
        <input
          ref={files} type="file" multiple className="sr-only" tabIndex={-1} aria-label={words.choose}
          onChange={(event) => void send([...(event.target.files ?? [])])}
        />
        <input
          ref={photo} type="file" accept="image/*" capture="environment" className="sr-only" tabIndex={-1} aria-label={words.photo}
          onChange={(event) => void send([...(event.target.files ?? [])])}
        />
      </div>
    </section>
  );
}
