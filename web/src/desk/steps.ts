/** The six steps in their order, and where a case stands among them. */
import type { StepName } from '../api/types.ts';

export const STAGES = ['reported', 'filed', 'assigned', 'handled', 'answered', 'evaluated'] as const;
export type StageName = (typeof STAGES)[number];

/**
 * The step that is being worked on, 1 to 6. A verified report is being filed and a filed case is being
 * dispatched: the desk works by what is next, not by the last thing that was reached.
 */
export function workingOn(row: { step: StepName; stage: number; verified: boolean; checked: boolean }): number {
  if (row.step === 'reported') return row.verified ? 2 : 1;
  if (row.step === 'filed') return 3;
  if (row.step === 'handled') return row.checked ? 5 : 4;
  return row.stage;
}

/** Name of a stage, 1 to 6; outside that range the last. */
export function stageName(stage: number): StageName {
  return STAGES[Math.min(6, Math.max(1, stage)) - 1] ?? 'evaluated';
}

/** Which step of the loop an act belongs to, for filtering the log; 0 for acts around the loop. */
export function stageOfAct(act: string): number {
  switch (act) {
    case 'report':
    case 'verify':
      return 1;
    case 'file':
    case 'refuse':
      return 2;
    case 'assign':
    case 'accept':
    case 'return':
    case 'hand_up':
    case 'hand_down':
      return 3;
    case 'handle':
    case 'progress':
    case 'check':
    case 'fix_on_spot':
      return 4;
    case 'answer':
    case 'confirm':
    case 'reopen':
      return 5;
    case 'evaluate':
    case 'appeal':
    case 'decide_appeal':
      return 6;
    default:
      return 0;
  }
}

/** Whether a step name of the server is one of the six (it may be `ended`). */
export function isStage(step: StepName): step is StageName {
  return (STAGES as readonly string[]).includes(step);
}
