// Usage: node plan.mjs SUPERGRAPH. First line out: {"ready"} or {"error"}.
// Then one {"id", "document", "operationName"} a line in, one {"id", "plan"} or {"id", "error"} a line out.
// Ends when its standard input does.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { QueryPlanner } from "@graphql-hive/router-query-planner";

function say(message) {
  process.stdout.write(JSON.stringify(message) + "\n");
}

function load(file) {
  try {
    return new QueryPlanner(readFileSync(file, "utf8"));
  } catch (error) {
    say({ error: `${file} is no supergraph: ${error.message}` });
    process.exit(1);
  }
}

const planner = load(process.argv[2]);
say({ ready: true });

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { id, document, operationName } = JSON.parse(line);
  planner
    .planAsync(document, operationName, new Set(), 100)
    .then((plan) => say({ id, plan }))
    .catch((error) => say({ id, error: error.message }));
}
