import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ConfigError, messageOf } from '../../../protocol/errors.ts';
import { projectFile } from '../../host/project-file.ts';
import type { ModelGeometry } from '../model.ts';
import type { LatencyTables } from '../predictor/tables.ts';
import { exactTables } from './exact-tables.ts';
import { Profile, profileTables } from './profile.ts';

/** What a profile must have been measured for. */
export interface ProfileNeeds {
	readonly model: ModelGeometry;
	readonly device: string;
	readonly tensorParallel: number;
}

/**
 * Loads a latency profile: the name of one in profiling-data/, the path of such a JSON file, or the path of
 * a folder with exact tables (token_ops.csv, attn_decode.csv, attn_prefill.csv, each also as .csv.gz).
 *
 * @throws ConfigError when there is none, it cannot be read, or it was measured for something else
 */
export function loadTables(profile: string, needs: ProfileNeeds): LatencyTables {
	const key = JSON.stringify([profile, needs]);
	const tables = loaded.get(key) ?? readTables(profile, needs);
	loaded.set(key, tables);
	return tables;
}

/** Tables are never written to, so the replicas of a process share them. */
const loaded = new Map<string, LatencyTables>();

function readTables(profile: string, needs: ProfileNeeds): LatencyTables {
	const path = [projectFile(`profiling-data/${profile}.json`), profile].find(existsSync);
	if (path === undefined)
		throw new ConfigError(
			`Cannot load profile "${profile}": it is neither a name in profiling-data/ nor a path`,
		);
	if (statSync(path).isDirectory()) return loadExact(path, needs);
	const data = parse(profile, readFileSync(path, 'utf8'));
	const found = `${data.model} on ${data.device} with tensor parallelism ${data.tensorParallel}`;
	const wanted = `${needs.model.name} on ${needs.device} with tensor parallelism ${needs.tensorParallel}`;
	if (found !== wanted)
		throw new ConfigError(`Cannot use profile "${profile}" for ${wanted}: it is of ${found}`);
	return profileTables(data, needs.model.postAttentionNorm);
}

function parse(name: string, text: string): Profile {
	try {
		return Profile.parse(JSON.parse(text));
	} catch (error) {
		throw new ConfigError(`Cannot read profile "${name}": ${messageOf(error).split('\n')[0]}`);
	}
}

function loadExact(folder: string, needs: ProfileNeeds): LatencyTables {
	const read = (name: string) => {
		const path = join(folder, name);
		if (existsSync(path)) return readFileSync(path, 'utf8');
		if (existsSync(`${path}.gz`)) return gunzipSync(readFileSync(`${path}.gz`)).toString('utf8');
		throw new ConfigError(`Cannot load profile "${folder}": it has no ${name}`);
	};
	return exactTables(
		{
			tokenOps: read('token_ops.csv'),
			decode: read('attn_decode.csv'),
			prefill: read('attn_prefill.csv'),
		},
		needs.model.postAttentionNorm,
	);
}
