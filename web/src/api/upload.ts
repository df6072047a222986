import type { AnalysisView } from "./client";
import { ApiError } from "./problem";

/** A key that makes a repeated upload harmless. `crypto.randomUUID` is missing where the page came without TLS. */
export function requestKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send files that belong together; `onSent` hears the share of bytes that have left. */
export function upload(files: readonly File[], onSent: (share: number) => void): Promise<AnalysisView> {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  return new Promise((resolve, reject) => {
    // `fetch` cannot tell how much of a body was sent.
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/analyses?wait=1");
    request.setRequestHeader("Idempotency-Key", requestKey());
    request.responseType = "json";
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 1);
    request.onload = () => {
      if (request.status < 300) resolve(request.response as AnalysisView);
      else reject(new ApiError(request.status, request.response));
    };
    request.onerror = () => reject(new TypeError("network"));
    request.send(form);
  });
}
