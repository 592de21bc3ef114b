export {
  type RunOrigin,
  type BeginOptions,
  type RunHandle,
  type Target,
  type PhaseRun,
  type RunEnd,
  type AgentContext,
  type PublishEvent,
  type Published,
  begin,
  reopen,
  publishPending,
};

import { type BeginOptions, type RunOrigin, begin, reopen } from './begin.ts';
import {
  type AgentContext,
  type PublishEvent,
  type Published,
  publishPending,
} from './publication.ts';
import type { PhaseRun, RunEnd, RunHandle, Target } from './run.ts';
