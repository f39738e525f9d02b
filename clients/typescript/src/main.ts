import { Refused } from "./errors.ts";
import {
  Customer360Document,
  CustomersDocument,
  RegisterCustomerDocument,
  SignInDocument,
  TagCustomerDocument,
} from "./generated/graphql.ts";
import { Graph, patiently } from "./graph.ts";
import { rows } from "./pages.ts";

const { ROUNDEL_URL = "http://127.0.0.1:4000/graphql", ROUNDEL_EMAIL, ROUNDEL_PASSWORD } = process.env;
if (!ROUNDEL_EMAIL || !ROUNDEL_PASSWORD) throw new Error("Set ROUNDEL_EMAIL and ROUNDEL_PASSWORD");

const graph = await signedIn(ROUNDEL_EMAIL, ROUNDEL_PASSWORD);
const customer = await register(`Example ${new Date().toISOString()}`);
await tag(customer.id, customer.version);
await tagStale(customer.id, customer.version);
await list(2);
await show(customer.id);

async function signedIn(email: string, password: string): Promise<Graph> {
  const { data } = await new Graph(ROUNDEL_URL).ask(SignInDocument, { input: { email, password } });
  console.log(`signed in as ${data.signIn.employee.name} until ${data.signIn.expiresAt}`);
  return new Graph(ROUNDEL_URL, data.signIn.token);
}

/** However often this is sent, one customer is registered: the key is chosen once, outside the repetition. */
async function register(name: string): Promise<{ id: string; version: number }> {
  const input = { name, idempotencyKey: crypto.randomUUID() };
  const first = await patiently(() => graph.ask(RegisterCustomerDocument, { input }));
  const again = await patiently(() => graph.ask(RegisterCustomerDocument, { input }));
  const { customer } = first.data.registerCustomer;
  console.log(`registered once: ${customer.id === again.data.registerCustomer.customer.id}`);
  return customer;
}

async function tag(id: string, expectedVersion: number): Promise<void> {
  const { data } = await graph.ask(TagCustomerDocument, { input: { id, expectedVersion, add: ["example"] } });
  console.log(`tagged: ${data.tagCustomer.customer.tags.join(", ")}`);
}

/** Somebody else was faster: nothing is overwritten; read again, show it, let the person decide anew. */
async function tagStale(id: string, expectedVersion: number): Promise<void> {
  try {
    await tag(id, expectedVersion);
  } catch (error) {
    if (!(error instanceof Refused && error.code === "CONFLICT")) throw error;
    console.log(`not overwritten: ${error.message}`);
  }
}

async function list(most: number): Promise<void> {
  const customers = rows(async (after) => {
    const { data } = await patiently(() => graph.ask(CustomersDocument, { first: 1, after }));
    return data.customers;
  });
  let count = 0;
  for await (const { name, status } of customers) {
    console.log(`customer: ${name} (${status})`);
    if (++count === most) break;
  }
}

async function show(id: string): Promise<void> {
  const { data, parts } = await patiently(() => graph.ask(Customer360Document, { id }));
  if (data.customer === null) throw new Error(`There is no customer ${id}, or not for you`);
  console.log(`360 of ${data.customer.name}: ${data.customer.timeline?.nodes.length ?? "unknown"} events`);
  for (const { service, code, reason } of parts) console.log(`missing: ${service} (${code}): ${reason}`);
}
