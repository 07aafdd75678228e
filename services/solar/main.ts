import { runHostProcess } from '../host/process.ts';

await runHostProcess(['solar', 'air']);
