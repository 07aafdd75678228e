import { MultiBar, Presets } from 'cli-progress';

/** Shows how long work goes: how much is done, what runs, the time left, and failures by name. */
export interface WorkView {
	/** Something is known of an item: `part` of it is done (0 to 1), if one can tell, and what it does. */
	update(item: string, what: string): void;
	/** An item is done. */
	done(item: string, failure: string | null): void;
	end(): void;
}

interface Stream {
	write(text: string): unknown;
	readonly isTTY?: boolean;
}

/** Plain lines come at most this often, and at the end. */
const LINE_INTERVAL_MS = 2_000;
/** Items shown with what they do. */
const ITEMS_SHOWN = 8;

/** A view of `total` items of work, such as `runs`. */
export function workView(total: number, noun: string, stream: Stream): WorkView {
	return stream.isTTY === true
		? barView(total, noun, stream as NodeJS.WriteStream)
		: lineView(total, noun, stream);
}

/** A view that only names failures. */
export function silentView(stream: Stream): WorkView {
	return {
		update() {},
		done: (item, failure) => sayFailure(item, failure, (text) => void stream.write(text)),
		end() {},
	};
}

function sayFailure(item: string, failure: string | null, say: (text: string) => void): void {
	if (failure !== null) say(`${item}: ${failure}\n`);
}

/** How far the work is, and how long what is left will take if it goes on like this. */
class Pace {
	readonly #startedMs = performance.now();
	readonly total: number;
	done = 0;
	failed = 0;

	constructor(total: number) {
		this.total = total;
	}

	text(): string {
		const failed = this.failed === 0 ? '' : `, ${this.failed} failed`;
		const left = this.done === 0 || this.done === this.total ? '' : `, ${this.#left()} left`;
		return `${this.done} of ${this.total}${failed}${left}`;
	}

	#left(): string {
		const seconds = (performance.now() - this.#startedMs) / 1000;
		const left = Math.round((seconds / this.done) * (this.total - this.done));
		if (left >= 3600) return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`;
		return left >= 60 ? `${Math.floor(left / 60)} min ${left % 60} s` : `${left} s`;
	}
}

function barView(total: number, noun: string, stream: NodeJS.WriteStream): WorkView {
	const pace = new Pace(total);
	const bars = new MultiBar(
		{ stream, hideCursor: true, clearOnComplete: true, format: `{bar} {text} ${noun}` },
		Presets.shades_classic,
	);
	const bar = bars.create(total, 0, { text: pace.text() });
	const lines = new Map<string, ReturnType<MultiBar['create']>>();
	const fit = (text: string) => text.slice(0, Math.max(20, (stream.columns ?? 80) - 1));
	return {
		update(item, what) {
			const text = fit(`  ${item}: ${what}`);
			const line = lines.get(item);
			if (line !== undefined) line.update(0, { text });
			else if (lines.size < ITEMS_SHOWN)
				lines.set(item, bars.create(1, 0, { text }, { format: '{text}' }));
		},
		done(item, failure) {
			pace.done++;
			if (failure !== null) pace.failed++;
			sayFailure(item, failure, (text) => bars.log(text));
			const line = lines.get(item);
			if (line !== undefined) bars.remove(line);
			lines.delete(item);
			bar.update(pace.done, { text: pace.text() });
		},
		end: () => bars.stop(),
	};
}

function lineView(total: number, noun: string, stream: Stream): WorkView {
	const pace = new Pace(total);
	let lastMs = performance.now();
	const say = (detail: string) => {
		const nowMs = performance.now();
		if (nowMs - lastMs < LINE_INTERVAL_MS && pace.done < total) return;
		lastMs = nowMs;
		stream.write(`${pace.text()} ${noun}${detail === '' ? '' : `  ${detail}`}\n`);
	};
	return {
		update: (item, what) => say(`${item}: ${what}`),
		done(item, failure) {
			pace.done++;
			if (failure !== null) pace.failed++;
			sayFailure(item, failure, (text) => void stream.write(text));
			say('');
		},
		end() {},
	};
}
