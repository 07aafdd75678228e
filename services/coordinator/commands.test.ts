import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command, ControlSpec, SetCommand, TakesCommands } from '../../protocol/commands.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { Commands, type CommandsContext } from './commands.ts';

/** What users want of a run in its course, and when it acts. */
const test = suite('commands');

const replicas = (count: number): Command => ({ type: 'replicas', replicas: count });
const logged = (fromUs: number, command: Command): LoggedCommand => ({
	...{ fromUs, by: 'user', at: '1970-01-01T00:00:01.000Z', command },
});

const capW: ControlSpec = {
	...{ key: 'capW', unit: 'W', takes: { type: 'number', min: 100, max: 700 } },
	meaning: 'The most that each GPU may draw',
};
const TAKES = new Map<string, TakesCommands>([
	['north-controller', { controls: [capW], gridEvents: true }],
	['south-controller', { controls: [capW], gridEvents: true }],
	['south-carbon', { signals: ['carbon'] }],
	['router', {}],
]);

function made(more: Partial<CommandsContext> = {}) {
	const log: LoggedCommand[] = [];
	const commands = new Commands({
		...{ replicasMax: 8, before: [], wallMs: () => 1000, takes: () => TAKES },
		sites: ['north', 'south'].map((name) => ({
			name,
			actors: [...TAKES.keys()].filter((actor) => actor.startsWith(name)),
		})),
		log: (command) => void log.push(command),
		...more,
	});
	return { commands, log };
}

test('a command acts from the next window on, once it is logged, and again when the run goes back before it', () => {
	const { commands, log } = made();
	assert.equal(commands.actingFrom(0), { fresh: [], acting: [] });
	assert.is(commands.ask(replicas(3), 'user'), null);
	assert.is(commands.ask(replicas(4), 'user'), null);
	assert.equal(commands.actingFrom(10), { fresh: [replicas(4)], acting: [replicas(4)] });
	assert.equal(log, [logged(10, replicas(4))]);
	assert.equal(commands.actingFrom(20), { fresh: [], acting: [] });
	assert.equal(commands.actingFrom(0), { fresh: [], acting: [] });
	assert.equal(commands.actingFrom(10), { fresh: [], acting: [replicas(4)] });
	assert.is(log.length, 1);
});

test('a new command waits until the run has come to where it was, and stands behind those of the same time', () => {
	const before = [logged(10, replicas(2)), logged(20, replicas(3))];
	const { commands, log } = made({ before });
	assert.equal(
		[0, 10, 20].map((atUs) => commands.nextUs(atUs)),
		[10, 20, Number.POSITIVE_INFINITY],
	);
	commands.ask(replicas(5), 'user');
	assert.equal(commands.actingFrom(10), { fresh: [], acting: [replicas(2)] });
	assert.equal(commands.actingFrom(20), {
		fresh: [replicas(5)],
		acting: [replicas(3), replicas(5)],
	});
	assert.equal(log, [logged(20, replicas(5))]);
});

test('what cannot be is refused, and what cannot be logged waits', () => {
	assert.match(
		made({ replicasMax: null }).commands.ask(replicas(2), 'user') ?? '',
		/serving\.scaling/,
	);
	assert.match(
		made().commands.ask(replicas(9), 'user') ?? '',
		/places for 8 replicas .* not for 9/,
	);
	let isFull = true;
	const { commands } = made({
		log() {
			if (isFull) throw new Error('no space left');
		},
	});
	commands.ask(replicas(3), 'user');
	assert.throws(() => commands.actingFrom(10), /no space/);
	assert.equal(commands.before(10), []);
	isFull = false;
	assert.equal(commands.actingFrom(20), { fresh: [replicas(3)], acting: [replicas(3)] });
});

const set = (more: Partial<SetCommand>): SetCommand => ({
	...{ type: 'set', site: null, actor: null, key: 'capW', value: 300 },
	...more,
});

test('a control is set for every actor that has it, of one site or all, and of several values the last counts', () => {
	const { commands } = made();
	assert.is(commands.ask(set({}), 'api'), null);
	assert.is(commands.ask(set({ site: 'south', value: 400 }), 'api'), null);
	assert.equal(commands.actingFrom(0).acting, [
		set({ actor: 'north-controller' }),
		set({ site: 'south', actor: 'south-controller', value: 400 }),
	]);
	for (const [command, reason] of [
		[set({ key: 'minSoc' }), /^no actor of it has a control "minSoc"; there are: capW$/],
		[set({ key: 'clockMHz' }), /^the clock of a GPU is no control: .* set capW$/],
		[set({ actor: 'router' }), /^"router" does not have a control "capW"; there are: none$/],
		[set({ actor: 'nobody' }), /^it has no actor "nobody"$/],
		[set({ site: 'west' }), /^it has no site "west"; there are: north, south$/],
		[set({ site: 'north', actor: 'south-controller' }), /does not have a control "capW"/],
		[set({ value: 99 }), /^"capW" cannot be 99: it is a number from 100 to 700 W, or null$/],
		[set({ value: true }), /^"capW" cannot be true: it is a number/],
	] as const)
		assert.match(commands.ask(command, 'api') ?? 'taken', reason);
	assert.is(commands.ask(set({ value: null }), 'api'), null);
});

test('signals go to who follows them, and events of the grid to all of a site that do', () => {
	const { commands } = made();
	const signal = (actor: string, points: number): Command => ({
		...{ type: 'signal', actor, quantity: 'carbon', unit: 'g/kWh', receivedAtMs: 5, from: 'x' },
		points: Array.from({ length: points }, (_, i) => ({
			...{ fromMs: i, value: 1 / 3, isForecast: true },
		})),
	});
	assert.is(commands.ask(signal('south-carbon', 1), 'feed'), null);
	assert.match(
		commands.ask(signal('router', 1), 'feed') ?? '',
		/^no actor "router" of it follows a feed of carbon$/,
	);
	const event: Command = {
		...{ type: 'grid-event', event: 'outage', id: 'storm', site: 'north' },
		...{ startUs: 100, durationUs: 50 },
	};
	assert.is(commands.ask(event, 'grid'), null);
	assert.equal(commands.actingFrom(0).acting, [
		signal('south-carbon', 1),
		{ ...event, actors: ['north-controller'] },
	]);
});

test('a grant holds no more than a message may, and the rest waits for the next', () => {
	const { commands } = made({ maxBytes: 4096 });
	const noted = (count: number): Command => ({
		...{ type: 'signal', actor: 'south-carbon', quantity: 'carbon', unit: 'g/kWh' },
		...{ points: [], receivedAtMs: 5, from: 'x'.repeat(count) },
	});
	assert.match(commands.ask(noted(2000), 'feed') ?? '', /bytes, more than 1024 in a window$/);
	for (let i = 0; i < 5; i++) assert.is(commands.ask(noted(300), 'feed'), null);
	const counts = [0, 10, 20, 30].map((atUs) => commands.actingFrom(atUs).acting.length);
	assert.equal(counts, [2, 2, 1, 0]);
});

test.run();
