// Reads {"services": [{name, sdl}]} on standard input, prints {supergraph, schema} or {errors: [...]}.
import { readFileSync } from "node:fs";
import { composeServices, compositionHasErrors } from "@theguild/federation-composition";
import { GraphQLError, lexicographicSortSchema, parse, printSchema, buildSchema } from "graphql";

function parsed({ name, sdl, url }) {
  try {
    return { name, url, typeDefs: parse(sdl) };
  } catch (error) {
    throw new GraphQLError(`[${name}] ${error.message}`, { extensions: { code: "SYNTAX_ERROR" } });
  }
}

function compose(services) {
  try {
    const result = composeServices(services.map(parsed));
    if (!compositionHasErrors(result)) {
      const schema = printSchema(lexicographicSortSchema(buildSchema(result.publicSdl)));
      return { supergraph: result.supergraphSdl, schema };
    }
    return { errors: result.errors.map(described) };
  } catch (error) {
    return { errors: [described(error)] };
  }
}

function described(error) {
  return { message: error.message, code: error.extensions?.code ?? "INTERNAL" };
}

const { services } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(compose(services)));
