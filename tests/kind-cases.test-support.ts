import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Actor, ActorEnv, ActorKind } from '../kernel/actor/contract.ts';
import {
	type Around,
	type KindCase,
	kindContract,
	type World,
} from '../kernel/actor/kind-contract.test-support.ts';
import { parseConfig } from '../kernel/actor/parse-config.ts';
import { namedPrng } from '../kernel/actor/random.ts';
import { lockFolder } from '../kernel/files/folder-lock.ts';
import type { RosterEntry } from '../protocol/messages.ts';
import { MONITOR } from '../services/gateway/monitor/outside-key.ts';
import { MonitorView } from '../services/gateway/monitor/view.ts';
import { EXCHANGE, Exchange } from '../services/gateway/openai/exchange.ts';
import { kindsWith } from '../services/kinds.ts';
import type { RecorderConfig } from '../services/recorder/config.ts';
import { tempFolder } from './cli.ts';
import type { KindScenario } from './kind-scenarios.test-support.ts';
import * as fc from './properties.test-support.ts';
import { filesOf, makerOf, noted, runWhole, type Said } from './whole-run.test-support.ts';

/** Ways of life of each case. */
const LIVES = 2;

/** The contract of kinds, for each way in which an actor takes part in a run of the scenarios. */
export async function contractsOf(scenarios: Readonly<Record<string, KindScenario>>) {
	const contracts: ReturnType<typeof kindContract>[] = [];
	const seen = new Set<string>();
	for (const [title, { scenario, files }] of Object.entries(scenarios)) {
		const said: Said = new Map();
		const { plan } = await runWhole(scenario, ({ name, make }) => noted(name, make(), said), files);
		const { frame, wires, roster } = plan;
		for (const entry of roster) {
			// Replicas of one scenario are alike but for their names.
			const alike = JSON.stringify([entry.kind, entry.kind === 'recorder' ? title : entry.config]);
			if (seen.has(alike)) continue;
			seen.add(alike);
			const { untilUs, windowUs, seed } = frame;
			const kind = await kindsWith(plan.modules)(entry.kind);
			const open = await opener(kind, entry, seed);
			const kindCase: KindCase = {
				title: `${entry.kind} (${entry.name}: ${title})`,
				name: entry.name,
				wires: wires
					.filter(({ to }) => to.actor === entry.name)
					.map((wire) => ({ wire, rows: said.get(`${wire.from.actor}.${wire.from.port}`) ?? [] })),
				...{ untilUs, windowUs },
				followsLoad: entry.kind === 'replica' || entry.kind === 'recorder',
				open,
			};
			contracts.push(kindContract(kindCase, { draw: drawOf(untilUs), say }));
		}
	}
	return contracts;
}

function say(text: string): void {
	process.stdout.write(`${text}\n`);
}

function drawOf(untilUs: number): Around['draw'] {
	const way = fc.record({
		cutsUs: fc.array(fc.integer({ min: 1, max: untilUs }), { maxLength: 12 }),
		restoredEvery: fc.constantFrom(1, 2, 3, 5, 7),
		atCuts: fc.constantFrom('goes-on', 'gives-way', 'goes-back'),
	});
	return (holds) => fc.assert(fc.asyncProperty(way, holds), { numRuns: LIVES });
}

/** Opens worlds of an entry of the roster. */
async function opener(
	kind: ActorKind,
	{ name, config }: RosterEntry,
	seed: string,
): Promise<() => World> {
	const env = {
		name,
		random: (purpose: string) => namedPrng(`${seed}/${name}/${purpose}`),
		announce: () => {},
	};
	if (kind.kind === 'monitor') return () => monitorWorld(kind, env, config);
	if (kind.kind === 'answers') return () => answersWorld(kind, env, config);
	const parsed = (own: unknown) => frozen(parseConfig(kind, name, own));
	if (kind.kind !== 'recorder') {
		const make = await makerOf(kind, parsed(config), env);
		return () => ({ make });
	}
	return () => recorderWorld((own) => kind.create(parsed(own), env) as Actor, config);
}

/** A monitor says nothing: what is left of it is what its view shows. */
function monitorWorld(kind: ActorKind, env: ActorEnv, config: unknown): World {
	const view = new MonitorView();
	const parsed = parseConfig(kind, env.name, config);
	const make = () => kind.create(parsed, { ...env, outside: { [MONITOR]: view } }) as Actor;
	return { make, written: () => JSON.stringify([view.snapshot(), view.furthest()?.state]) };
}

/** Who answers says nothing, too: what is left is what those who ask are told, once for all where a time is lived twice. */
function answersWorld(kind: ActorKind, env: ActorEnv, config: unknown): World {
	const exchange = new HeardExchange(() => () => {});
	const parsed = parseConfig(kind, env.name, config);
	const make = () => kind.create(parsed, { ...env, outside: { [EXCHANGE]: exchange } }) as Actor;
	return { make, written: () => exchange.written() };
}

/** Keeps all that it is told. */
class HeardExchange extends Exchange {
	readonly #heard = new Map<string, string>();

	override taken(...what: Parameters<Exchange['taken']>): void {
		this.#hear(`taken ${what[0]}`, what);
	}

	override tokens(...what: Parameters<Exchange['tokens']>): void {
		this.#hear(`tokens ${what[0]} ${what[1]}`, what);
	}

	override served(...what: Parameters<Exchange['served']>): void {
		this.#hear(`served ${what[0]}`, what);
	}

	override over(...what: Parameters<Exchange['over']>): void {
		this.#hear('over', what);
	}

	written(): string {
		return JSON.stringify([...this.#heard].sort());
	}

	/** Nothing is ever told otherwise than before. */
	#hear(what: string, told: unknown): void {
		const text = JSON.stringify(told);
		assert.is(this.#heard.get(what) ?? text, text);
		this.#heard.set(what, text);
	}
}

/** A folder of its own, and what is in it at the end. */
function recorderWorld(make: (own: RecorderConfig) => Actor, config: unknown): World {
	const root = join(tempFolder(), 'run');
	mkdirSync(root);
	const run = 'a run of its own';
	const lock = lockFolder(root, run);
	const own = { ...(config as RecorderConfig), ...{ folder: root, root, run } };
	const written = () => {
		lock.release();
		return JSON.stringify([...filesOf(root)]);
	};
	return { make: () => make(own), written };
}

/** Whoever changes its configuration fails. */
function frozen<T>(value: T): T {
	if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
	for (const inner of Object.values(value)) frozen(inner);
	return Object.freeze(value);
}
