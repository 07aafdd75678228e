import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

// The extension is our own: .js when built, .ts when run from source.
const extension = extname(fileURLToPath(import.meta.url));

/** What a process that tries configurations at rates runs. */
export const CAPACITY_WORKER = fileURLToPath(new URL(`./worker${extension}`, import.meta.url));
