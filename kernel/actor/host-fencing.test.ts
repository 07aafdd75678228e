import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import type { Message, OutputsMessage, Wired } from '../../protocol/messages.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import * as fc from '../../tests/properties.test-support.ts';
import type { ActorKind } from './contract.ts';
import { makeSink, openHost, subjects } from './host.test-support.ts';
import { momentsToBytes } from './moment-bytes.ts';

/** What is of another attempt, another process or another run changes nothing of a host, wherever it is in its course. */
const test = suite('host fencing');

const ATTEMPT = 2;
const WINDOWS = [
	[0, 4],
	[4, 8],
	[8, 10],
] as const;

const grant = (attempt: number, window: number) => {
	const [fromUs, untilUs] = WINDOWS[window] as (typeof WINDOWS)[number];
	return { type: 'grant', attempt, window, fromUs, untilUs, keep: false } as const;
};
const restore = (attempt: number, window: number) => {
	const [fromUs] = WINDOWS[window] as (typeof WINDOWS)[number];
	return { type: 'restore' as const, attempt, window, fromUs, objects: [] };
};
/** One row at the start of a window, and all of the window is known. */
const readings = (attempt: number, window: number, value: number): OutputsMessage => {
	const [fromUs, untilUs] = WINDOWS[window] as (typeof WINDOWS)[number];
	const columns = columnsToBytes(new Float64Array([fromUs, value]));
	const ports = [{ port: 'out', untilUs, columns }];
	return { type: 'outputs', attempt, actor: 'a', seq: window, ports };
};

interface Stray {
	readonly what: string;
	readonly subject: string;
	readonly message: Message;
}

const HOST = subjects.host('h', 0);
const DATA = subjects.block('a', 'out');
const OTHER = runSubjects('other');

/** Of an attempt before: right then, and nothing now. */
const STALE: readonly Stray[] = [0, 1].flatMap((attempt) =>
	WINDOWS.flatMap((_, window) => [
		{ what: 'grant', subject: HOST, message: grant(attempt, window) },
		{ what: 'restore', subject: HOST, message: restore(attempt, window) },
		{ what: 'outputs', subject: DATA, message: readings(attempt, window, 99) },
	]),
);
const STOP = { type: 'stop', outcome: 'failed', reason: '', simulatedUntilUs: 0 } as const;
const WIRED: Wired = { type: 'wired', components: [['a'], ['b']] };

/** Of another process at the place, or of another run: right there. */
const FOREIGN: readonly Stray[] = [
	...[subjects.host('h', 1), subjects.host('x', 0), OTHER.host('h', 0)].flatMap((subject) =>
		[WIRED, grant(ATTEMPT, 0), restore(9, 0), STOP, { type: 'replaced', host: 'h' } as const].map(
			(message) => ({ what: message.type, subject, message }),
		),
	),
	...[subjects.status('h', 1), OTHER.status('h', 0)].map((subject) => ({
		...{ what: 'status', subject, message: { type: 'status' } as const },
	})),
	{ what: 'outputs', subject: OTHER.block('a', 'out'), message: readings(ATTEMPT, 0, 99) },
	{ what: 'outputs', subject: subjects.block('x', 'out'), message: readings(ATTEMPT, 0, 99) },
	{ what: 'replaced', subject: HOST, message: { type: 'replaced', host: 'x' } },
];

const STAGES = [
	'making',
	'made',
	'wired',
	'restoring',
	'back',
	'stepping',
	'done',
	'ended',
] as const;
type Stage = (typeof STAGES)[number];
type Strays = Readonly<Record<Stage, readonly Stray[]>>;

const NOTHING = Object.fromEntries(STAGES.map((stage) => [stage, []])) as unknown as Strays;

/** The course of a host that goes back once, with what comes astray at each stage; returns what it says and does. */
async function course(strays: Strays) {
	const sink = makeSink();
	let make = () => {};
	const waiting = new Promise<void>((resolve) => {
		make = resolve;
	});
	const create: ActorKind<{ limit: number }>['create'] = async (config, env) => {
		await waiting;
		return sink.kind.create(config, env);
	};
	const { starting, bus, ask } = openHost({ ...sink, kind: { ...sink.kind, create } });
	const astray = async (stage: Stage) => {
		for (const { subject, message } of strays[stage]) bus.publish(subject, encode(message));
		await bus.flush();
	};
	const answers: unknown[] = [];
	const note = (bytes: Uint8Array) => {
		const { refusals: _, ...answer } = decode(bytes, 'ok', 'done', 'stopped') as {
			refusals?: unknown;
		};
		answers.push(answer);
	};
	await astray('making');
	make();
	await starting;
	await astray('made');
	note(await ask(WIRED));
	await astray('wired');
	const store = await bus.openStore(subjects.store, { create: true, maxBytes: 1e6 });
	await store.put('1.0.x', momentsToBytes([]));
	const back = ask(restore(ATTEMPT, 0));
	await astray('restoring');
	note(await back);
	await astray('back');
	for (const window of WINDOWS.keys()) {
		const granted = ask(grant(ATTEMPT, window));
		await astray('stepping');
		bus.publish(DATA, encode(readings(ATTEMPT, window, window)));
		note(await granted);
		await astray('done');
	}
	note(await ask({ type: 'stop', outcome: 'complete', reason: '', simulatedUntilUs: 10 }));
	await astray('ended');
	return { answers, seen: sink.seen, ended: sink.ended };
}

const several = (strays: readonly Stray[]) =>
	fc.shuffledSubarray([...strays, ...strays]).map((some) => some.slice(0, 12));
const anyStrays: fc.Arbitrary<Strays> = fc.record({
	...{ making: several(FOREIGN), made: several(FOREIGN), wired: several(FOREIGN) },
	restoring: several([...STALE, ...FOREIGN]),
	back: several([...STALE, ...FOREIGN]),
	stepping: several([...STALE, ...FOREIGN]),
	done: several([...STALE, ...FOREIGN]),
	ended: several([...STALE, ...FOREIGN]),
});

test('what is of another attempt, process or run changes nothing of a host, whatever it is doing', async () => {
	const undisturbed = await course(NOTHING);
	assert.equal(undisturbed.seen, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
	await fc.assert(
		fc.asyncProperty(anyStrays, async (strays) => {
			assert.equal(await course(strays), undisturbed);
		}),
		{ numRuns: 60 },
	);
});

test('the same would change much if it were of the host, its place and its attempt', async () => {
	const ours = FOREIGN.filter(({ subject }) => subject === subjects.host('h', 1)).map((stray) => ({
		...stray,
		subject: HOST,
	}));
	const undisturbed = await course(NOTHING);
	for (const stray of ours.filter(({ what }) => what === 'stop' || what === 'restore')) {
		const changed = await course({ ...NOTHING, back: [stray] }).catch((error: unknown) => error);
		assert.not.equal(changed, undisturbed, stray.what);
	}
});

test.run();
