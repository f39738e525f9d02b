/** Why something was refused; new codes may come, so treat an unknown one like INTERNAL. */
export type Code =
  | "INVALID"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "LIMIT"
  | "UNAVAILABLE"
  | "INTERNAL"
  | "PERSISTED_QUERY_NOT_FOUND";

/** One entry of an answer's `errors`; the message is for people, the code for programs. */
export interface Problem {
  message: string;
  /** The field that is null because of it. */
  path?: (string | number)[];
  extensions: {
    code: Code;
    /** The service that said so. */
    service?: string;
    /** The part of the input that is to be corrected. */
    inputPath?: (string | number)[];
    /** What to act on, such as the `currentVersion` of a conflict. */
    facts?: Record<string, unknown>;
    /** Seconds to wait, when this caller asked for too much at once. */
    retryAfter?: number;
  };
}

/** A service's part that is missing from an answer. */
export interface Part {
  service: string;
  code: Code;
  reason: string;
}

/** The graph answered without data: everything that was asked for is refused. */
export class Refused extends Error {
  readonly problems: Problem[];
  readonly code: Code;

  constructor(problems: Problem[]) {
    super(problems[0]?.message ?? "The answer holds neither data nor errors");
    this.problems = problems;
    this.code = problems[0]?.extensions.code ?? "INTERNAL";
  }
}
