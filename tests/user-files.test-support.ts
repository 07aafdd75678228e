import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { makePlan } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { simulate } from '../run/simulate.ts';
import { type Row, readRows, tempFolder } from './cli.ts';

/** Files of a user, and what runs of a load of 1 kW for three hours make of them. */
const folder = tempFolder();

/** What a run has where its keys say nothing. */
const BASE = {
	...{ until: '3h', step: '1h', start: '2023-06-08T00:00', serving: null },
	...{ solar: [], batteries: [], carbon: null, cap: [] },
	loads: [{ type: 'constant', name: 'load', powerW: 1000 }],
};

/** Writes a file of a user. */
export function file(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

/** The steps of a run in this process. Keys that are not given are those of BASE. */
export async function ran(
	name: string,
	keys: Readonly<Record<string, unknown>>,
): Promise<readonly Row[]> {
	const overrides = new Map<string, unknown>(Object.entries({ ...BASE, ...keys }));
	const out = join(folder, name);
	const about = { out, placement: 'in-process', report: false } as const;
	await simulate(readScenario(null, overrides), about);
	return readRows(out, 'timeseries.csv');
}

/** What the plan says of where its data come from; a refusal is one line. */
export async function said(keys: Readonly<Record<string, unknown>>): Promise<string> {
	const overrides = new Map<string, unknown>(Object.entries({ ...BASE, ...keys }));
	try {
		const { sources } = await makePlan(readScenario(null, overrides), { command: null });
		return sources.join('\n');
	} catch (error) {
		assert.instance(error, ConfigError);
		const text = (error as Error).message;
		assert.is(text.split('\n').length, 1);
		assert.not(text.endsWith('.'));
		return text;
	}
}
