import { text } from "../text";

interface ProblemDocument {
  type?: string;
  title?: string;
  detail?: string;
}

/** An answer other than success, with its problem document (RFC 9457). */
export class ApiError extends Error {
  readonly kind: string;
  readonly title: string;

  constructor(
    readonly status: number,
    body: unknown,
  ) {
    const problem = (body ?? {}) as ProblemDocument;
    super(problem.detail ?? text.error.unknown);
    this.title = problem.title ?? text.error.title;
    this.kind = (problem.type ?? "").replace(/^.*:/, "");
  }
}

/** Any error in words. */
export function problemOf(error: unknown): { title: string; detail: string; offline: boolean } {
  if (error instanceof ApiError) return { title: error.title, detail: error.message, offline: false };
  if (error instanceof TypeError) return { title: text.error.title, detail: text.error.offline, offline: true };
  return { title: text.error.title, detail: text.error.unknown, offline: false };
}
