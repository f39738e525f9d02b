/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Where a campaign meets people. */
export type CampaignChannel =
  | 'ADS'
  | 'CONTENT'
  | 'EXPO'
  | 'OFFLINE'
  | 'REFERRAL'
  | 'WEBINAR';

/** How a contract stands. */
export type ContractStatus =
  | 'ACTIVE'
  | 'DRAFT'
  | 'SIGNED';

/** A value for one of the fields that the company added. */
export type CustomValueInput = {
  /** Key of the field. */
  key: string;
  /** The value as the field's type takes it; null empties the field. */
  value?: unknown;
};

/** What can be said of a company; what is left out stays as it is. */
export type CustomerProfile = {
  employees?: number | null | undefined;
  externalId?: string | null | undefined;
  foundedYear?: number | null | undefined;
  headquarters?: string | null | undefined;
  incumbent?: string | null | undefined;
  industry?: string | null | undefined;
  legalRepresentative?: string | null | undefined;
  ownerId?: string | null | undefined;
  painPoints?: Array<string> | null | undefined;
  parentId?: string | null | undefined;
  region?: string | null | undefined;
  registrationNumber?: string | null | undefined;
  revenue?: MoneyInput | null | undefined;
  sizeBand?: string | null | undefined;
  source?: string | null | undefined;
  status?: CustomerStatus | null | undefined;
};

/** How far we are with a customer. */
export type CustomerStatus =
  | 'CONTACTED'
  | 'INTERESTED'
  | 'NEGOTIATING'
  | 'SIGNED';

/** What somebody's word weighs when the company decides. */
export type DecisionRole =
  | 'DECISION_MAKER'
  | 'INFLUENCER'
  | 'USER';

/** How we met. */
export type InteractionKind =
  | 'CALL'
  | 'DEMO'
  | 'EMAIL'
  | 'MEETING'
  | 'MESSAGE'
  | 'NOTE'
  | 'VISIT';

/** Whether it is only applied for, or out. */
export type InvoiceStatus =
  | 'APPLIED'
  | 'ISSUED';

/** How far we are with a lead. */
export type LeadStatus =
  | 'ASSIGNED'
  | 'CONVERTED'
  | 'LOST'
  | 'NEW';

/** Whether the customer accepted it. */
export type MilestoneStatus =
  | 'ACCEPTED'
  | 'OPEN';

/** An amount in one currency. */
export type MoneyInput = {
  /** Exact amount, at most four decimal places. */
  amount: string;
  /** ISO 4217 code, e.g. CNY. */
  currency: string;
};

/** How a deal stands. */
export type OpportunityStatus =
  | 'LOST'
  | 'OPEN'
  | 'WON';

/** How far a delivery is. */
export type ProjectStatus =
  | 'ACCEPTED'
  | 'PLANNED'
  | 'RUNNING';

/** How an offer stands. */
export type QuoteStatus =
  | 'ACCEPTED'
  | 'DRAFT'
  | 'SUBMITTED';

/** How much of it came in. */
export type ReceivableStatus =
  | 'PARTLY_PAID'
  | 'SCHEDULED'
  | 'SETTLED'
  | 'VOID';

/** A company to enter. */
export type RegisterCustomerInput = {
  /** When it became known, if not now. */
  at?: string | null | undefined;
  /** Values for the fields that the company added. */
  custom?: Array<CustomValueInput>;
  /** Repeat a request with the same key, and it is done once and answered alike. */
  idempotencyKey?: string | null | undefined;
  /** Legal full name; must be new in every spelling. */
  name: string;
  /** What is known of it. */
  profile?: CustomerProfile | null | undefined;
  /** Why, for the record's history; at most 500 characters. */
  reason?: string | null | undefined;
};

/** Who signs in. */
export type SignInInput = {
  /** E-mail address. */
  email: string;
  /** Password. */
  password: string;
};

/** Tags to add and to remove. */
export type TagCustomerInput = {
  /** Tags to add. */
  add?: Array<string>;
  /** The version you read; a newer one is a CONFLICT. */
  expectedVersion?: number | null | undefined;
  /** Which customer. */
  id: string;
  /** Repeat a request with the same key, and it is done once and answered alike. */
  idempotencyKey?: string | null | undefined;
  /** Why, for the record's history; at most 500 characters. */
  reason?: string | null | undefined;
  /** Tags to remove. */
  remove?: Array<string>;
};

/** How urgent it is. */
export type TicketPriority =
  | 'HIGH'
  | 'LOW'
  | 'NORMAL'
  | 'URGENT';

/** How far we are. */
export type TicketStatus =
  | 'ASSIGNED'
  | 'CLOSED'
  | 'OPEN'
  | 'RESOLVED';

/** Whether it is still to be done. */
export type TodoStatus =
  | 'DONE'
  | 'OPEN';

/** What somebody did when they met us. */
export type TouchpointKind =
  | 'AD_CLICK'
  | 'DOWNLOAD'
  | 'EVENT'
  | 'FORM'
  | 'PAGE_VIEW'
  | 'SOCIAL';

export type CustomersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type CustomersQuery = { customers: { nodes: Array<{ id: string, name: string, status: CustomerStatus }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RegisterCustomerMutationVariables = Exact<{
  input: RegisterCustomerInput;
}>;


export type RegisterCustomerMutation = { registerCustomer: { customer: { id: string, name: string, version: number } } };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn: { token: string, expiresAt: string, employee: { name: string } } };

export type TagCustomerMutationVariables = Exact<{
  input: TagCustomerInput;
}>;


export type TagCustomerMutation = { tagCustomer: { customer: { id: string, tags: Array<string>, version: number } } };

export type Customer360QueryVariables = Exact<{
  id: string;
}>;


export type Customer360Query = { customer: { id: string, name: string, status: CustomerStatus, industry: string | null, region: string | null, sizeBand: string | null, tags: Array<string>, lastFollowUpAt: string | null, owner: { name: string, email: string, team: { name: string } | null } | null, registry: { registrationNumber: string | null, foundedYear: number | null, employees: number | null, headquarters: string | null, revenue: { amount: string, currency: string } | null }, contacts: { nodes: Array<{ name: string, title: string | null, decisionRole: DecisionRole, email: string | null, phone: string | null, reportsTo: { name: string } | null }> }, sourceCampaign: { name: string, channel: CampaignChannel, totalCost: Array<{ amount: string, currency: string }> } | null, touchpoints: { nodes: Array<{ kind: TouchpointKind, detail: string | null, occurredAt: string, campaign: { name: string } | null }> } | null, leads: { nodes: Array<{ status: LeadStatus, source: string | null, assignedByRule: string | null, owner: { name: string } | null }> } | null, opportunities: { totalCount: number, nodes: Array<{ name: string, stage: string, status: OpportunityStatus, engagedOn: string | null, closedOn: string | null, amount: { amount: string, currency: string } | null, owner: { name: string } | null, product: { name: string } | null }> } | null, quotes: { nodes: Array<{ number: string, status: QuoteStatus, discountPercent: string, total: { amount: string, currency: string } }> } | null, interactions: { nodes: Array<{ kind: InteractionKind, occurredAt: string, subject: string, nextPlan: string | null, author: { name: string } | null }> }, contracts: { nodes: Array<{ id: string, number: string, title: string, status: ContractStatus, signedOn: string | null, startsOn: string | null, endsOn: string | null, total: { amount: string, currency: string } }> } | null, projects: { nodes: Array<{ name: string, status: ProjectStatus, manager: { name: string } | null, milestones: Array<{ name: string, dueOn: string, status: MilestoneStatus, acceptedOn: string | null }> }> } | null, tickets: { nodes: Array<{ number: string, subject: string, priority: TicketPriority, status: TicketStatus, openedAt: string, resolvedAt: string | null }> } | null, satisfaction: { average: string | null, answers: number } | null, receivables: { nodes: Array<{ name: string, dueOn: string, status: ReceivableStatus, amount: { amount: string, currency: string }, outstanding: { amount: string, currency: string } }> } | null, invoices: { nodes: Array<{ number: string | null, status: InvoiceStatus, issuedOn: string | null, amount: { amount: string, currency: string } }> } | null, receipts: { nodes: Array<{ receivedOn: string, amount: { amount: string, currency: string }, unmatched: { amount: string, currency: string } }> } | null, credit: { limit: { amount: string, currency: string }, exposure: { amount: string, currency: string }, available: { amount: string, currency: string } } | null, todos: { nodes: Array<{ title: string, titleEn: string | null, status: TodoStatus, dueAt: string | null, assignee: { name: string } | null }> } | null, timeline: { nodes: Array<{ occurredAt: string, title: string, titleZh: string, actor: { name: string } | null }> } | null } | null };

export type MoneyFragment = { amount: string, currency: string };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MoneyFragmentDoc = new TypedDocumentString(`
    fragment money on Money {
  amount
  currency
}
    `, {"fragmentName":"money"}) as unknown as TypedDocumentString<MoneyFragment, unknown>;
export const CustomersDocument = {"__meta__":{"hash":"sha256:0a993c0c102afa0da827e207872760c21d7f3b5560edd1ee94f71c08b1c97aa7"}} as unknown as TypedDocumentString<CustomersQuery, CustomersQueryVariables>;
export const RegisterCustomerDocument = {"__meta__":{"hash":"sha256:c346bb387826b8cfb10aa197e00a7834d2262ff9e58f9872f5700ba0c816e1da"}} as unknown as TypedDocumentString<RegisterCustomerMutation, RegisterCustomerMutationVariables>;
export const SignInDocument = {"__meta__":{"hash":"sha256:537b341b224652c402c1b6acdb704dce8250bba158a6cca93049458d10f440b6"}} as unknown as TypedDocumentString<SignInMutation, SignInMutationVariables>;
export const TagCustomerDocument = {"__meta__":{"hash":"sha256:0d1485b7e60e9241471a93d754d89a525e9e2e24df7ed4024c4e5d96a5074d24"}} as unknown as TypedDocumentString<TagCustomerMutation, TagCustomerMutationVariables>;
export const Customer360Document = {"__meta__":{"hash":"sha256:42c42fb554f4b3e1b0c2d2dfea2eae386870390556863136b295e72115ab56d0"}} as unknown as TypedDocumentString<Customer360Query, Customer360QueryVariables>;