import { workerData } from 'node:worker_threads';
import type { RunRecord } from '../run.ts';
import { outputTasks } from './tasks.ts';
import { type Assignment, doTasks, together } from './write-threads.ts';

/** A thread of write.ts. */
const { folder, plan, run, begun } = workerData as Assignment;
doTasks(outputTasks(folder, plan, together(run) as RunRecord), begun, 'last');
