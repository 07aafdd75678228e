import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { Commands } from './commands.ts';

/** What users want of a run in its course, and when it acts. */
const test = suite('commands');

function made(replicasMax: number | null = 8, before: readonly LoggedCommand[] = []) {
	const log: LoggedCommand[] = [];
	const commands = new Commands({
		...{ replicasMax, before },
		log: (command) => void log.push(command),
	});
	return { commands, log };
}

test('a command acts from the next window on, once it is logged, and again when the run goes back before it', () => {
	const { commands, log } = made();
	assert.equal(commands.actingFrom(0), { isNew: false, acting: [] });
	assert.is(commands.ask({ replicas: 3 }), null);
	assert.is(commands.ask({ replicas: 4 }), null);
	assert.equal(commands.actingFrom(10), { isNew: true, acting: [{ replicas: 4 }] });
	assert.equal(log, [{ fromUs: 10, replicas: 4 }]);
	assert.equal(commands.actingFrom(20), { isNew: false, acting: [] });
	assert.equal(commands.actingFrom(0), { isNew: false, acting: [] });
	assert.equal(commands.actingFrom(10), { isNew: false, acting: [{ replicas: 4 }] });
	assert.is(log.length, 1);
});

test('a new command waits until the run has come to where it was, and stands behind those of the same time', () => {
	const { commands, log } = made(8, [
		{ fromUs: 10, replicas: 2 },
		{ fromUs: 20, replicas: 3 },
	]);
	commands.ask({ replicas: 5 });
	assert.equal(commands.actingFrom(10), { isNew: false, acting: [{ replicas: 2 }] });
	assert.equal(commands.actingFrom(20), {
		isNew: true,
		acting: [{ replicas: 3 }, { replicas: 5 }],
	});
	assert.equal(log, [{ fromUs: 20, replicas: 5 }]);
});

test('what cannot be is refused, and what cannot be logged waits', () => {
	assert.match(made(null).commands.ask({ replicas: 2 }) ?? '', /serving\.scaling/);
	assert.match(made(4).commands.ask({ replicas: 5 }) ?? '', /places for 4 replicas .* not for 5/);
	let isFull = true;
	const commands = new Commands({
		...{ replicasMax: 8, before: [] },
		log() {
			if (isFull) throw new Error('no space left');
		},
	});
	commands.ask({ replicas: 3 });
	assert.throws(() => commands.actingFrom(10), /no space/);
	assert.equal(commands.before(10), []);
	isFull = false;
	assert.equal(commands.actingFrom(20), { isNew: true, acting: [{ replicas: 3 }] });
});

test.run();
