// Usage: node plan.mjs. First line in: {"supergraph"}; first line out: {"ready"} or {"error"}.
// Then one {"id", "document"} a line in, one {"id", "plan"} or {"id", "error"} a line out.
// Ends when its standard input does.
import { createInterface } from "node:readline";
import { QueryPlanner } from "@graphql-hive/router-query-planner";

function say(message) {
  process.stdout.write(JSON.stringify(message) + "\n");
}

function load(supergraph) {
  try {
    return new QueryPlanner(supergraph);
  } catch (error) {
    say({ error: `The planner refuses the supergraph: ${error.message}` });
    process.exit(1);
  }
}

let planner;

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { supergraph, id, document } = JSON.parse(line);
  if (planner === undefined) {
    planner = load(supergraph);
    say({ ready: true });
    continue;
  }
  planner
    .planAsync(document, undefined, new Set(), 100)
    .then((plan) => say({ id, plan }))
    .catch((error) => say({ id, error: error.message }));
}
