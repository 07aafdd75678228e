import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';

/** A service of compose.yaml, in the long forms that our file uses. */
export interface ComposeService {
	readonly image: string;
	/** None: that of the image. */
	readonly command?: readonly string[];
	/** It is started where one of these is asked for; none: always. */
	readonly profiles?: readonly string[];
	readonly environment?: Readonly<Record<string, string>>;
	readonly restart?: string;
	readonly read_only?: boolean;
	readonly cap_drop?: readonly string[];
	readonly security_opt?: readonly string[];
	readonly ports?: readonly string[];
	readonly volumes?: readonly string[];
	readonly deploy?: { readonly replicas: number };
	readonly healthcheck?: { readonly test: readonly string[] };
	readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
	readonly services: Readonly<Record<string, ComposeService>>;
}

/**
 * deploy/compose.yaml as a compose program reads it: anchors merged, and in every string `${NAME}` and
 * `${NAME:-default}` replaced from `env`.
 */
export function readCompose(env: Readonly<Record<string, string>>): Compose {
	const text = readFileSync(projectFile('deploy/compose.yaml'), 'utf8');
	return interpolate(parse(text, { merge: true }), env) as Compose;
}

function interpolate(value: unknown, env: Readonly<Record<string, string>>): unknown {
	if (typeof value === 'string') {
		return value.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) =>
			env[name] === undefined || env[name] === '' ? (fallback ?? '') : env[name],
		);
	}
	if (Array.isArray(value)) return value.map((item) => interpolate(item, env));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [key, interpolate(item, env)]),
	);
}
