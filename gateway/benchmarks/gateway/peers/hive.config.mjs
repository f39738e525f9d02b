// Hive Gateway as its documentation sets it up; HIVE_ROUTER_RUNTIME in the environment chooses the planner in Rust.
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({
  logging: "error",
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get("authorization") }),
  },
});
