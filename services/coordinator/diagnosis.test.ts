import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StatusReport } from '../../protocol/status-messages.ts';
import { explainWait, type HostState, isDeadlocked } from './diagnosis.ts';

const test = suite('diagnosis');

const state = (
	name: string,
	progressUs: number,
	waits: StatusReport['actors'][number]['waits'] = [],
): HostState => ({
	...{ host: name, isAtWork: true },
	report: {
		type: 'status-report',
		carriesOut: 'grant',
		host: name,
		actors: [{ name, progressUs, waits }],
	},
});
const forPort = (actor: string, knownUntilUs: number) => [
	{ from: `${actor}.out`, actor, knownUntilUs },
];

test('explainWait() names those short of the end, and nobody at the end while there are such', () => {
	const states = [state('a', 4, forPort('b', 6)), state('b', 2, forPort('c', 2)), state('c', 3)];
	assert.is(
		explainWait(states, 4),
		'b at 00:00:00.000002 waits for c.out (known until 00:00:00.000002); c at 00:00:00.000003 is at work',
	);
	assert.not(isDeadlocked(states, 4));
});

test('explainWait() says what is still on its way where every actor is at the end', () => {
	const states = [state('a', 4, forPort('b', 6)), state('b', 4)];
	assert.is(explainWait(states, 4), 'a at 00:00:00.000004 has not heard the last of b.out');
	assert.ok(isDeadlocked(states, 4), 'nothing of it may have been sent');
});

test.run();
