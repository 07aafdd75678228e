import { readFileSync } from 'node:fs';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { parseTrace } from './parse-trace.ts';
import type { Trace, TraceOptions } from './trace.ts';

/** Reads and parses a trace file. Throws a ConfigError for a missing or broken file. */
export function loadTrace(options: TraceOptions): Trace {
	return parseTrace(readText(options.path), options);
}

function readText(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError(`Cannot read trace "${path}": ${messageOf(error)}; check the path`, {
			cause: error,
		});
	}
}
