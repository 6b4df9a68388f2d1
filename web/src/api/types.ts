/**
 * Wire types of `/api/v1`, in the server's words. Times are RFC 3339 strings, areas and units are small
 * integers, cases and acts UUIDs. Nothing here computes; see `client.ts` for the asking.
 */

export type StepName = 'reported' | 'filed' | 'assigned' | 'handled' | 'answered' | 'evaluated' | 'ended';
export type CaseState = 'open' | 'held' | 'closed';
export type Urgency = 'ordinary' | 'urgent' | 'emergency';
export type Role = 'worker' | 'desk' | 'handler' | 'leader' | 'analyst' | 'admin';
export type Level = 'city' | 'county' | 'township' | 'community' | 'grid';
export type Satisfaction = 'satisfied' | 'fair' | 'dissatisfied';

export interface AreaRef {
  id: number;
  code: string;
  name_zh: string;
  name_en: string;
  level: Level;
  ancestors?: Ancestors;
}
export type Ancestors = Record<Level, number | null>;
export interface Area extends AreaRef {
  parent: number | null;
  pinyin: string | null;
  kind: string | null;
}

export interface UnitRef {
  id: number;
  code: string;
  name_zh: string;
  name_en: string;
}
export interface Unit extends UnitRef {
  level: Level;
  area: number;
  parent: number | null;
  /** Takes no new cases. */
  ended?: boolean;
}

export interface Session {
  person: { id: string; name: string; account: string };
  role: Role;
  area: AreaRef;
  unit: UnitRef | null;
  grids: number[];
  expires_at: string;
  city: { name_zh: string; name_en: string; zone: string };
  server_now: string;
}

/** One clock's duration, e.g. `{work_hours: 4}`; only its kind is read, to know which hours count. */
export type RawSpan = Record<string, number>;
export interface SpanLabel {
  span: RawSpan;
  zh: string;
  en: string;
}
export interface Due {
  from: string;
  half: string;
  most: string;
  at: string;
  span: RawSpan;
}

export type StageKey = 'verify' | 'file' | 'dispatch' | 'accept' | 'handle' | 'check' | 'answer' | 'wait';
export interface CaseClass {
  code: string;
  name_zh: string;
  name_en: string;
  group_zh: string;
  group_en: string;
  urgency: Urgency;
  private: boolean;
  evidence: string[];
  criteria_zh: string;
  criteria_en: string;
  stages: Partial<Record<StageKey, SpanLabel>>;
}

export interface Calendar {
  zone: string;
  week: Partial<Record<DayName, [string, string][]>>;
  exceptions: { date: string; kind: 'holiday' | 'make_up'; name: string }[];
  covers?: [string, string];
}
export type DayName = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface Place {
  words: string | null;
  lng: number | null;
  lat: number | null;
  areas: Ancestors;
  off_m: number | null;
}

export interface CaseRow {
  id: string;
  no: string;
  version: number;
  step: StepName;
  stage: number;
  state: CaseState;
  class: string | null;
  urgency: Urgency | null;
  text: string;
  place: Place;
  channel: string;
  lead: { unit: number } | null;
  co: number[];
  due: Due | null;
  hold_until: string | null;
  reported_at: string;
  last_at: string;
  bounces: number;
  reworks: number;
  reopens: number;
  urged: number;
  overdue: boolean;
  evidence: number;
  verified: boolean;
  checked: boolean;
  confirmed: Satisfaction | null;
  private: boolean;
  desk: number | null;
  level: Level;
}

export interface StepUse {
  stage: number;
  name: StepName;
  started_at: string | null;
  ended_at: string | null;
  due: Due | null;
  used_s: number | null;
  over_s: number | null;
}
export interface Share {
  unit: number;
  lead: boolean;
  task: string | null;
  state: 'given' | 'accepted' | 'done';
  accept: Due | null;
  handle: Due | null;
  at: string | null;
}
export interface Evidence {
  attachment: string;
  kind: string;
  sha256: string;
  at: string;
}
export interface Duplicate {
  id: string;
  no: string;
  distance_m: number;
  score: number;
  text: string;
  reported_at: string;
  step: StepName;
  class: string | null;
}
export interface Suggestion {
  lead: number | null;
  because_zh: string;
  because_en: string;
  gap: boolean;
  alternatives: number[];
}
export interface Legal {
  act: ActName;
  needs: string[];
  primary: boolean;
}

export interface Case extends Omit<CaseRow, 'evidence'> {
  steps: StepUse[];
  shares: Share[];
  route: { suggested: number | null; because_zh: string; because_en: string; instead: string | null } | null;
  side: {
    hold: { from: string; until: string; reason: string } | null;
    asked: { unit: number; at: string; until: string; reason: string } | null;
    pauses: unknown[];
    links: string[];
    absorbed: string[];
    postponed: number;
    warned_pct: number;
    escalated: number;
    appeal: unknown;
  };
  ended: { how: string; reason?: string; into?: string; parts?: string[] } | null;
  answer: { at: string; text: string; wait_until: string | null; confirmed: Satisfaction | null } | null;
  legal: Legal[];
  evidence: Evidence[];
  suggestion: Suggestion | null;
  duplicates: Duplicate[];
  clocks: Partial<Record<StageKey, Due>> | null;
  chain: { ok: boolean; entries: number; head: string };
}

export const ACTS = [
  'verify', 'refuse', 'merge', 'split', 'link', 'file', 'assign', 'accept', 'return', 'hand_up', 'hand_down',
  'ask_postpone', 'decide_postpone', 'suspend', 'resume', 'urge', 'progress', 'handle', 'fix_on_spot', 'check',
  'answer', 'confirm', 'reopen', 'appeal', 'decide_appeal', 'withdraw', 'note',
] as const;
export type ActName = (typeof ACTS)[number];
/** An act as it is sent: its name and its own fields. */
export type ActBody = { act: ActName } & Record<string, unknown>;

export interface LogEntry {
  version: number;
  act: string;
  at: string;
  by: { name: string; role: string; unit: number | null } | null;
  body: Record<string, unknown>;
  hash: string;
  prev: string;
}
export interface Log {
  items: LogEntry[];
  ok: boolean;
}

export interface CasePage {
  items: CaseRow[];
  next: string | null;
  total: number;
  total_capped: boolean;
}

/** One entry of the change feed, already filtered by rights. */
export interface Change {
  cursor: string;
  case: string;
  version: number;
  no: string;
  act: string;
  at: string;
  step: StepName;
  stage: number;
  state: CaseState;
  lead: number | null;
  grid: number | null;
  county: number | null;
  township: number | null;
  due_at: string | null;
  overdue: boolean;
  urgency: Urgency;
}

export interface Attachment {
  id: string;
  sha256: string;
  mime: string;
  bytes: number;
  width: number | null;
  height: number | null;
  taken_at: string | null;
}

export interface ShapeProps {
  id: number;
  code: string;
  name_zh: string;
  name_en: string;
  level: Level;
  open: number;
  overdue: number;
}
export type Shapes = GeoJSON.FeatureCollection<GeoJSON.Polygon | GeoJSON.MultiPolygon, ShapeProps>;
export interface Loads {
  items: { area: number; open: number; overdue: number }[];
}

/** The law's answer to an act it does not allow (409). */
export interface RefusalBody {
  why: string;
  at?: string;
  act?: string;
  legal: string[];
}

/** A report as it is sent. */
export interface Report {
  text: string;
  class?: string;
  place: { lng?: number; lat?: number; words?: string; area?: number };
  channel?: string;
  evidence: { attachment: string; kind: string }[];
  private: boolean;
  outside_no?: string;
}

/** Where a point lies. */
export interface Spot {
  grid: Area | null;
  chain: Area[];
  inside: boolean;
  distance_m: number | null;
}
