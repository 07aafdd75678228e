import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

// The extension is our own: .js when built, .ts when run from source.
const extension = extname(fileURLToPath(import.meta.url));

/** What a process that does whole runs for others runs. */
export const SWEEP_WORKER = fileURLToPath(new URL(`./sweep-worker${extension}`, import.meta.url));
