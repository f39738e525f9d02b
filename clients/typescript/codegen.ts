import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../gateway/schema.graphql",
  documents: ["documents/*.graphql", "../../docs/graphql/customer360.graphql"],
  importExtension: ".ts",
  generates: {
    "src/generated/": {
      preset: "client",
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256", mode: "replaceDocumentWithHash" },
      },
    },
  },
  config: {
    documentMode: "string",
    strictScalars: true,
    useTypeImports: true,
    // a number would lose digits of a Decimal; a Date object would make an instant of a day
    scalars: {
      ID: "string", Decimal: "string", DateTime: "string", Date: "string", Condition: "Record<string, unknown>",
      JSON: "unknown",
    },
  },
};

export default config;
