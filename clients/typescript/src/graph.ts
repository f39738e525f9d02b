import { type Part, type Problem, Refused } from "./errors.ts";
import type { TypedDocumentString } from "./generated/graphql.ts";

const SECONDS = 15;
const ATTEMPTS = 4;

/** Data, and what is missing from it: a part of a page may fail while the page stays. */
export interface Answer<Data> {
  data: Data;
  problems: Problem[];
  parts: Part[];
}

interface Body<Data> {
  data?: Data | null;
  errors?: Problem[];
  extensions?: { parts?: Part[] };
}

/** The graph at one address, used by one person. */
export class Graph {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Ask by the document's id alone; throws `Refused` when there is no data at all. */
  async ask<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Answer<Data>> {
    const documentId: string = document.__meta__?.["hash"];
    try {
      return await this.#send({ documentId, variables });
    } catch (error) {
      if (!(error instanceof Refused && error.code === "PERSISTED_QUERY_NOT_FOUND")) throw error;
      return this.#send({ documentId, query: await textOf(documentId), variables });
    }
  }

  async #send<Data>(request: object): Promise<Answer<Data>> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
    const body = (await response.json()) as Body<Data>;
    if (body.data == null) throw new Refused(body.errors ?? []);
    return { data: body.data, problems: body.errors ?? [], parts: body.extensions?.parts ?? [] };
  }
}

// The texts are only needed by a gateway that meets a document for the first time.
async function textOf(documentId: string): Promise<string | undefined> {
  const texts = await import("./generated/persisted-documents.json", { with: { type: "json" } });
  return (texts.default as Record<string, string>)[documentId];
}

/** Repeat what may succeed later: queries, and mutations whose input carries an `idempotencyKey`. */
export async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const refused = error instanceof Refused && error.code !== "UNAVAILABLE";
      if (refused || attempt === ATTEMPTS) throw error;
      await new Promise((resume) => setTimeout(resume, 200 * 2 ** attempt * Math.random()));
    }
  }
}
