#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// The only place that ends the process: what still waits for something is not waited for.
process.exit(await runCommandLine(process.argv.slice(2)));
