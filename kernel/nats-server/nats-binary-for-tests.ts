import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../files/project-file.ts';
import { locate } from './locate.ts';

/** The newest that the tests know; `make nats-newest` puts it into `.tools/`. */
const NEWEST = '2.15';

/** The real nats-server for tests, fetched if need be; null, saying why, where none can be had. */
export async function natsBinaryForTests(): Promise<string | null> {
	return (await usualBinary())?.path ?? null;
}

async function usualBinary(): Promise<{ path: string; version: string } | null> {
	const { NATS_URL: _, NATS_CONTEXT: __, ...env } = process.env;
	const said: string[] = [];
	const located = await locate({ env, say: (text) => said.push(text) });
	if (located.type === 'binary') return located;
	process.stdout.write(`skipped, no nats-server binary: ${located.type} ${said.join('; ')}\n`);
	return null;
}

/** That one and others of other versions, in folders of `.tools/`; says where the newest is not among them. */
export async function natsBinariesForTests(): Promise<{ binary: string; version: string }[]> {
	const found = new Map<string, string>();
	const usual = await usualBinary();
	if (usual !== null) found.set(usual.version, usual.path);
	const tools = projectFile('.tools');
	for (const name of existsSync(tools) ? readdirSync(tools) : []) {
		const toolsFolder = join(tools, name, 'bin');
		const one = await locate({
			...{ env: { PATH: '' }, toolsFolder, install: false },
			say: () => {},
		});
		if (one.type === 'binary') found.set(one.version, one.path);
	}
	if (![...found.keys()].some((version) => version.startsWith(`${NEWEST}.`)))
		process.stdout.write(`skipped, no nats-server ${NEWEST} here: make nats-newest\n`);
	return [...found].map(([version, binary]) => ({ binary, version: `nats-server ${version}` }));
}
