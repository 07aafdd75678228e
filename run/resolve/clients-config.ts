import { dirname } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { inputReason, readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { Client, type Clients } from '../../protocol/scenario/clients.ts';
import { parseDuration, parseDurationFrom0 } from '../../protocol/scenario/duration.ts';
import type { RouterConfig } from '../../services/router/config.ts';
import { parseRaw } from './scenario-file.ts';

/**
 * The clients of a scenario as the router has them: a list that stands in a file is read here.
 *
 * @throws ConfigError for a file that cannot be read, naming the key and the value
 */
export function clientsConfig(clients: Clients): NonNullable<RouterConfig['clients']> {
	if (clients.type === 'servegen') {
		const { type, path, from, most } = clients;
		return { type, path, fromUs: parseDurationFrom0(from, 'the start of clients'), most };
	}
	const list = clients.type === 'list' ? clients.clients : clientsIn(clients.path);
	return {
		type: 'list',
		clients: list.map(({ name: _, every, ...client }) => ({
			...client,
			everyUs: parseDuration(every, 'the length of a factor'),
		})),
	};
}

const ClientFile = z.strictObject({ clients: z.array(Client).min(1) });

/** A list, or an object with it under `clients`. */
function clientsIn(path: string): Client[] {
	let content: unknown;
	try {
		content = parse(readInputText(path));
	} catch (error) {
		const why = error instanceof Error && 'code' in error ? inputReason(error) : messageOf(error);
		throw new ConfigError(`Cannot read clients from ${quoted(path)}: ${why}`);
	}
	const raw = Array.isArray(content) ? { clients: content } : content;
	if (typeof raw !== 'object' || raw === null)
		throw new ConfigError(
			`Cannot read clients from ${quoted(path)}: give a list of clients, or clients: with it`,
		);
	const of = {
		raw: raw as Record<string, unknown>,
		file: path,
		folder: dirname(path),
		lineOf: () => null,
	};
	return parseRaw(ClientFile, of).clients;
}
