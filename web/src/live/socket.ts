import { queryOptions } from "@tanstack/react-query";
import { api, unwrap, type Schemas } from "../api/client";
import { decode, startOf } from "../viewer/engine/decode";

type Message = NonNullable<Schemas["ScenarioList"]["messages"]>[number];
export type BeatMessage = Extract<Message, { type?: "beat" }>;
export type AlarmMessage = Extract<Message, { type?: "alarm" }>;

export const scenariosQuery = queryOptions({
  queryKey: ["scenarios"],
  staleTime: Infinity,
  queryFn: ({ signal }) => unwrap(api.GET("/v1/live/scenarios", { signal })),
});

export interface Handlers {
  onStart(fs: number, leads: string[]): void;
  onSamples(first: number, rows: Float32Array[]): void;
  onBeat(beat: BeatMessage): void;
  onAlarm(alarm: AlarmMessage): void;
  /** `over`: the stream has come to its end; otherwise the connection was lost. */
  onEnd(over: boolean): void;
}

/** A simulated patient over a WebSocket: samples as binary windows, everything else as JSON. */
export function connect(scenario: string, handlers: Handlers): WebSocket {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/v1/live/simulated?scenario=${encodeURIComponent(scenario)}`);
  socket.binaryType = "arraybuffer";
  let fs = 1;
  let over = false;
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
    if (typeof data !== "string") {
      handlers.onSamples(Math.round(startOf(data) * fs), decode(data).low);
      return;
    }
    const message = JSON.parse(data) as Message;
    if (message.type === "ready") {
      fs = message.fs;
      handlers.onStart(message.fs, message.leads);
    } else if (message.type === "beat") handlers.onBeat(message);
    else if (message.type === "alarm") handlers.onAlarm(message);
    else over = true;
  };
  socket.onclose = () => handlers.onEnd(over);
  return socket;
}
