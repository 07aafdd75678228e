import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND_US } from '../../protocol/time.ts';
import { Schedule } from './schedule.ts';

/** When simulated times are due. */
const test = suite('schedule');

const seconds = (count: number) => count * SECOND_US;

test('simulated times are due by the pace alone, however late what came before was', () => {
	const schedule = new Schedule(60);
	schedule.begin(1_000, seconds(600));
	assert.is(schedule.dueMs(seconds(660)), 2_000);
	assert.is(schedule.dueMs(seconds(600 + 3600)), 61_000);
	assert.is(schedule.atUs(31_000), seconds(600 + 1800));
	assert.is(schedule.latenessMs(2_500, seconds(660)), 500);
	assert.is(schedule.latenessMs(1_500, seconds(660)), 0);
});

test('one without a pace is never late, and nothing is ever to be waited for', () => {
	const schedule = new Schedule(null);
	schedule.begin(1_000, 0);
	assert.is(schedule.atUs(5_000), null);
	assert.is(schedule.latenessMs(5_000, 0), 0);
	assert.ok(schedule.dueMs(seconds(1e9)) < 0);
});

test('a pause stands still where it was, and goes on there', () => {
	const schedule = new Schedule(1);
	schedule.begin(0, 0);
	schedule.pause(30_000, seconds(60));
	schedule.pause(40_000, seconds(60));
	assert.is(schedule.atUs(50_000), seconds(30));
	assert.is(schedule.latenessMs(500_000, 0), 0);
	schedule.resume(100_000);
	assert.is(schedule.atUs(110_000), seconds(40));
	assert.is(schedule.dueMs(seconds(60)), 130_000);
	// What was behind when it paused is not made up for.
	schedule.pause(900_000, seconds(120));
	schedule.stepTo(seconds(180));
	schedule.resume(1_000_000);
	assert.is(schedule.atUs(1_000_000), seconds(180));
});

test('another pace acts from where it is; whoever was behind owes nothing', () => {
	const schedule = new Schedule(1);
	schedule.begin(0, 0);
	schedule.change(10, 30_000, seconds(60));
	assert.is(schedule.dueMs(seconds(60)), 33_000);
	schedule.change(2, 1_000_000, seconds(120));
	assert.is(schedule.dueMs(seconds(122)), 1_001_000);
	schedule.pause(1_000_000, seconds(120));
	schedule.change(4, 1_010_000, seconds(120));
	assert.is(schedule.atUs(1_020_000), seconds(120));
	schedule.resume(1_020_000);
	assert.is(schedule.dueMs(seconds(124)), 1_021_000);
});

test.run();
