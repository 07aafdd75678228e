import { serveJobs } from '../sweep/worker-side.ts';
import { runCase } from './run-case.ts';
import type { TruthCase } from './truth-case.ts';

serveJobs(async ({ spec }) => ({ ...(await runCase(spec as unknown as TruthCase)) }));
