import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import * as assert from 'uvu/assert';
import type { SignalCommand } from '../protocol/commands.ts';
import { LoggedCommand } from '../protocol/run-folder/commands.ts';
import type { FeedQuantity } from '../protocol/signals.ts';
import { MINUTE_US } from '../protocol/time.ts';
import type { RunHandle, ScenarioInput } from '../run/gridbeat.ts';

/** A feed on loopback, runs that follow it, and what held in them by their logs. For tests. */

export const STALE_MIN = 20;
export const PROFILE = 900;

/** Says its value, or is not there. */
export class FakeFeed {
	value = 200;
	readonly #says: () => unknown;
	#server: Server | null = null;
	#port = 0;

	/** @param says what it says, as JSON; default: an intensity, and a power of twice as much */
	constructor(says?: () => unknown) {
		this.#says = says ?? (() => ({ intensity: this.value, power: this.value * 2 }));
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}/now`;
	}

	async open(): Promise<void> {
		const server = createServer((_request, response) => {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(this.#says()));
		});
		await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
		const address = server.address();
		if (typeof address === 'object' && address !== null) this.#port = address.port;
		this.#server = server;
	}

	async die(): Promise<void> {
		const server = this.#server;
		server?.closeAllConnections();
		await new Promise((resolve) => server?.close(resolve));
	}
}

export const scenarioOf = (feed: FakeFeed, placement: object): ScenarioInput => {
	const asked = { type: 'http', url: feed.url, every: '1s' } as const;
	// biome-ignore lint/suspicious/noThenProperty: a scenario says it so
	const staleness = { after: `${STALE_MIN}min`, then: 'profile' } as const;
	return {
		...{ start: '2024-06-20T06:00', until: '4h', step: '60s', window: '10min', serving: null },
		carbon: {
			source: 'feed',
			feed: { ...asked, value: 'intensity', kind: 'average', staleness },
			profile: { source: 'constant', valueGPerKwh: PROFILE },
		},
		loads: [
			{
				...{ type: 'feed', name: 'building' },
				feed: { ...asked, value: 'power', staleness: { after: '10h' } },
			},
		],
		// What holds decides what the battery does.
		policy: { type: 'carbon-arbitrage', chargeBelow: 150, dischargeAbove: 500 },
		placement,
	};
};

export const signals = (run: RunHandle): SignalCommand[] =>
	run.commands().flatMap(({ command }) => (command.type === 'signal' ? [command] : []));

/** Steps until it has heard something. */
export async function stepUntil(
	run: RunHandle,
	what: string,
	heard: (signal: SignalCommand) => boolean,
): Promise<void> {
	for (let i = 0; i < 60; i++) {
		if (signals(run).some(heard)) return;
		await sleep(500);
		await run.step(1);
	}
	assert.unreachable(`${what} was not heard`);
}

export function rowsOf(folder: string, file: string): Record<string, string>[] {
	return parse(readFileSync(join(folder, file), 'utf8'), { columns: true }) as Record<
		string,
		string
	>[];
}

export const commandsOf = (folder: string) =>
	readFileSync(join(folder, 'commands.jsonl'), 'utf8')
		.trimEnd()
		.split('\n')
		.map((line) => LoggedCommand.parse(JSON.parse(line)));

/** A feed of a run as its log names it, and what holds without it. */
export interface HeldOf {
	readonly actor: string;
	readonly quantity: FeedQuantity;
	readonly profile: number;
}

const CARBON: HeldOf = { actor: 'carbon', quantity: 'carbon', profile: PROFILE };

/** What held in each minute, worked out from the log alone. */
export function heldByMinute(
	folder: string,
	minutes: number,
	{ actor, quantity, profile } = CARBON,
): number[] {
	const words = commandsOf(folder).flatMap(({ fromUs, command }) =>
		command.type === 'signal' &&
		command.actor === actor &&
		command.quantity === quantity &&
		command.heard !== 'failure'
			? [{ minute: fromUs / MINUTE_US, value: command.points.at(-1)?.value ?? null }]
			: [],
	);
	return Array.from({ length: minutes }, (_, minute) => {
		const before = words.filter((word) => word.minute <= minute);
		const last = before.at(-1);
		if (last === undefined || minute >= last.minute + STALE_MIN) return profile;
		return before.findLast(({ value }) => value !== null)?.value ?? Number.NaN;
	});
}
