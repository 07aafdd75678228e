import { isAbsolute, resolve } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import type { ActorKind } from '../actor/contract.ts';
import type { FindKind } from '../actor/make-actor.ts';
import { isBelow, realFolder } from '../files/open-below.ts';

/** Where the files may be that a configuration names which came by a message. */
export interface OwnFolders {
	/** Below it recorders write. */
	readonly writes: string;
	/** Below them, or the first, actors read; null: wherever the user said, whose own process this is. */
	readonly reads: readonly string[] | null;
}

/** Their texts are contents, not names of files: metadata.yaml, and the module of a policy with where it came from. */
const CONTENTS: ReadonlySet<string> = new Set(['metadata', 'strategy']);

/**
 * Kinds of actors that touch no files but in these folders, whatever their configuration says: a path that leads
 * elsewhere is refused before the actor is made.
 */
export function confined(find: FindKind, own: OwnFolders): FindKind {
	return async (name) => {
		const kind = await find(name);
		const create: ActorKind['create'] = (config, env) => {
			for (const path of pathsIn(config)) checkPath(env.name, name, path, own);
			return kind.create(config, env);
		};
		return { ...kind, create };
	};
}

/** Texts that lead out of the folder in which this process runs. */
function pathsIn(value: unknown): string[] {
	if (typeof value === 'string')
		return isAbsolute(value) || value.split(/[\\/]/).includes('..') ? [value] : [];
	if (value === null || typeof value !== 'object') return [];
	if (Array.isArray(value)) return value.flatMap(pathsIn);
	return Object.entries(value).flatMap(([key, part]) => (CONTENTS.has(key) ? [] : pathsIn(part)));
}

function checkPath(actor: string, kind: string, path: string, { writes, reads }: OwnFolders): void {
	const isWriter = kind === 'recorder';
	if (!isWriter && reads === null) return;
	const folders = isWriter ? [writes] : [writes, ...(reads ?? [])];
	const real = realFolder(resolve(path));
	if (folders.some((folder) => isBelow(realFolder(folder), real))) return;
	throw new ConfigError(
		`Cannot ${isWriter ? 'record into' : 'read'} "${path}" for "${actor}": it is not below ` +
			`${folders.map((folder) => `"${folder}"`).join(' or ')}, where this process may; ` +
			'start the worker with --folder, or in another folder',
	);
}
