import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LiveClock } from '../../../kernel/actor/live-clock.ts';
import { ArrivalLog } from './arrival-log.ts';
import { Exchange, type Listener } from './exchange.ts';

/** An exchange alone, with a clock that goes on when it is told to. */
const test = suite('the exchange');

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-exchange-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const ASKED = { model: 0, promptTokens: 10, answerTokens: 3, pieces: [] };

function opened(about: { path?: string; maxOutstanding?: number } = {}) {
	let nowMs = 0;
	const due = new Set<{ atMs: number; act: () => void }>();
	const exchange = new Exchange((ms, act) => {
		const one = { atMs: nowMs + ms, act };
		due.add(one);
		return () => void due.delete(one);
	});
	const clock = new LiveClock(() => nowMs);
	const path = about.path ?? join(folder, `${files++}.jsonl`);
	const config = {
		...{ log: path, untilUs: 10_000_000, models: [{ name: 'm', maxTokens: 100 }] },
		...{ pieceTokens: null, maxOutstanding: about.maxOutstanding ?? null },
	};
	const live = exchange.begin(config, clock, new ArrivalLog(path));
	let wakes = 0;
	live.onMore(() => void wakes++);
	return {
		...{ exchange, clock, live, path },
		wakes: () => wakes,
		goOn(ms: number) {
			nowMs += ms;
			for (const one of [...due]) if (one.atMs <= nowMs && due.delete(one)) one.act();
		},
	};
}

/** What is told, in words. */
function heard(): { said: string[]; listener: Listener } {
	const said: string[] = [];
	const listener: Listener = {
		tokens: (count, atUs) => void said.push(`${count} at ${atUs}`),
		served: ({ replica, energyWh }) => void said.push(`${replica} ${energyWh}`),
		failed: (reason) => void said.push(reason),
	};
	return { said, listener };
}

const DONE = { atUs: 0, energyWh: 2, carbonG: null, cachedTokens: null };

test('nothing is taken before the run begins, while it is paused, or once it is over', async () => {
	const { exchange, clock, goOn, live } = opened();
	const { listener } = heard();
	const why = () => {
		const submitted = exchange.submit(ASKED, listener);
		return submitted.type === 'refused' ? submitted.why : submitted.atUs;
	};
	assert.is(why(), 'waiting');
	clock.set({ realMs: 0, simUs: 0, speed: 1 });
	goOn(20);
	assert.is(why(), 20_000);
	clock.set(null);
	goOn(1_000);
	// Real time that goes by while the run stands is no simulated time.
	assert.equal([why(), live.knownUntilUs()], ['paused', 20_000]);
	clock.set({ realMs: 1_020, simUs: 1_000_000, speed: 2 });
	goOn(10);
	assert.is(why(), 1_020_000);
	goOn(10_000);
	assert.equal([why(), live.knownUntilUs()], ['over', Number.POSITIVE_INFINITY]);
	exchange.over('the end');
	assert.is(why(), 'over');
});

test('what is known never goes back, and nothing comes before it, also where the run does', async () => {
	const { exchange, clock, goOn, live, wakes } = opened();
	clock.set({ realMs: 0, simUs: 0, speed: 1 });
	goOn(2_000);
	assert.is(live.knownUntilUs(), 2_000_000);
	const before = wakes();
	const { listener } = heard();
	// The run goes back to a checkpoint, and by its clock so does time.
	clock.set({ realMs: 2_000, simUs: 500_000, speed: 1 });
	goOn(100);
	assert.equal([live.knownUntilUs(), wakes()], [2_000_000, before]);
	const [one, other] = [exchange.submit(ASKED, listener), exchange.submit(ASKED, listener)];
	assert.equal(
		[one, other].map((submitted) => submitted.type === 'taken' && submitted.atUs),
		[2_000_000, 2_000_001],
	);
	await Promise.resolve();
	assert.equal([live.knownUntilUs(), wakes()], [2_000_002, before + 1]);
});

test('a request is in the log before it is taken, and who comes after reads it there', () => {
	const first = opened();
	first.clock.set({ realMs: 0, simUs: 0, speed: 1 });
	first.goOn(5);
	first.exchange.submit(ASKED, heard().listener);
	assert.is(
		readFileSync(first.path, 'utf8'),
		`${JSON.stringify({ arrival: 0, atUs: 5_000, model: 0, promptTokens: 10, answerTokens: 3, pieces: [] })}\n`,
	);
	const second = opened({ path: first.path });
	assert.is(second.live.knownUntilUs(), 5_001);
	second.clock.set({ realMs: 0, simUs: 0, speed: 1 });
	second.goOn(1);
	const submitted = second.exchange.submit(ASKED, heard().listener);
	assert.equal(submitted, { type: 'taken', arrival: 1, atUs: 5_001 });
});

test('what a run says again after it went back is told once, and ways back take their time', () => {
	const { exchange, clock, goOn } = opened({ maxOutstanding: 2 });
	clock.set({ realMs: 0, simUs: 0, speed: 1 });
	const [near, far] = [heard(), heard()];
	exchange.submit(ASKED, near.listener);
	exchange.submit(ASKED, far.listener);
	assert.is(exchange.closed, 'full');
	for (let again = 0; again < 2; again++) {
		exchange.taken(0, 70, { replica: 'replica-1', latencyMs: 0 });
		exchange.taken(1, 71, { replica: 'replica-2', latencyMs: 30 });
		exchange.tokens(70, 1, 100);
		exchange.tokens(71, 1, 100);
		exchange.tokens(99, 1, 100);
		exchange.tokens(70, 2, 200);
	}
	assert.equal(near.said, ['1 at 100', '2 at 200']);
	assert.equal(far.said, []);
	goOn(30);
	assert.equal(far.said, ['1 at 100']);
	exchange.served(70, DONE);
	exchange.served(70, DONE);
	exchange.tokens(71, 0, 300);
	goOn(30);
	assert.equal(near.said.slice(2), ['replica-1 2']);
	assert.equal(far.said.slice(1), ['it needs more memory than a replica has']);
	assert.equal([exchange.outstanding, exchange.closed], [0, null]);
});

test.run();
