/** What a one-time link is for, and which field of the set-up form a refusal speaks of. */
export interface LinkFor {
  /** It makes the first administrator. */
  first: boolean;
  /** Else it sets the password of this account. */
  account: string | null;
}

const FIELDS = ['account', 'name', 'password'] as const;
export type Field = (typeof FIELDS)[number];

/** The first field that a problem names, if it is one of the form's; `null` for everything else. */
export function fieldOf(body: Record<string, unknown>): Field | null {
  const fields = Array.isArray(body.fields) ? (body.fields as { path?: unknown }[]) : [];
  const named = fields.map((f) => FIELDS.find((field) => f.path === `/${field}`));
  return named.find((field) => field !== undefined) ?? null;
}
