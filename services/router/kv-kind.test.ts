import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorEnv, EventActor, WireInput } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { PREFILLED_FIELDS } from '../../protocol/ports.ts';
import { type KvRouterConfig, kvRouterKind } from './kv-kind.ts';

/** A wire whose rows are requests with the given ids, each at its time. */
function requests(source: string, rows: readonly (readonly [timeUs: number, id: number])[]) {
	let taken = 0;
	const wire: WireInput = {
		source,
		knownUntilUs: Number.POSITIVE_INFINITY,
		timeUs: 0,
		seek: () => false,
		value: (field) => (field === 0 ? (rows[taken - 1]?.[1] ?? -1) : field),
		nextUs: () => rows[taken]?.[0] ?? Number.POSITIVE_INFINITY,
		take(untilUs) {
			if ((rows[taken]?.[0] ?? Number.POSITIVE_INFINITY) >= untilUs) return false;
			taken++;
			return true;
		},
	};
	return wire;
}

function counts(source: string, count: number): WireInput {
	return { ...requests(source, []), seek: () => true, value: () => count };
}

/** Ids sent to each replica. */
function route(
	policy: KvRouterConfig['policy'],
	wires: WireInput[],
	timesUs: number[],
	completed: WireInput[] = [],
) {
	const env: ActorEnv = {
		name: 'kv-router',
		random: (purpose) => namedPrng(`1/kv-router/${purpose}`),
		announce: () => undefined,
	};
	const config = { policy, replicas: ['decode-1', 'decode-2'] };
	const router = kvRouterKind.create(config, env) as EventActor;
	const ids: number[][] = [[], []];
	const ports = ids.map((list) => ({
		append: (_timeUs: number, row: ArrayLike<number>) => {
			assert.is(row.length, PREFILLED_FIELDS.length);
			assert.is(row[11], 11);
			list.push(row[0] as number);
		},
	}));
	let state = router.init();
	for (const timeUs of timesUs) state = router.step(state, timeUs, [wires, completed], ports);
	return ids;
}

test('kv-router shares requests out in turn, at one instant in the order of their sources', () => {
	const wires = [
		requests('prefill-1', [
			[5, 10],
			[9, 12],
		]),
		requests('prefill-2', [[5, 11]]),
	];
	assert.equal(route('round_robin', wires, [5, 9]), [[10, 12], [11]]);
});

test('kv-router asks for the least outstanding, whatever the order of the wires', () => {
	const rows = Array.from({ length: 6 }, (_, i) => [i, i] as const);
	const completed = [counts('decode-2', 2), counts('decode-1', 0)];
	const ids = route(
		'least_outstanding',
		[requests('prefill-1', rows)],
		[0, 1, 2, 3, 4, 5],
		completed,
	);
	// Replica 2 has completed two: it gets two, then they take turns, the first of equals first.
	assert.equal(ids, [
		[2, 4],
		[0, 1, 3, 5],
	]);
});

test('kv-router draws at random from a stream of its own', () => {
	const rows = Array.from({ length: 400 }, (_, i) => [0, i] as const);
	const [first = []] = route('random', [requests('prefill-1', rows)], [0]);
	// Four standard deviations of a fair coin.
	assert.ok(Math.abs(first.length - 200) < 40, `${first.length}`);
});

test.run();
