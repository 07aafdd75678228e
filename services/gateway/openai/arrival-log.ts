import { LineLog } from '../../../kernel/files/line-log.ts';
import { SimulationError } from '../../../protocol/errors.ts';
import { LoggedArrival } from '../../../protocol/run-folder/arrivals.ts';

/** So many of those that are told are kept in memory: what comes before is read again where a run goes back that far. */
const KEPT = 10_000;

/** The requests of a run from outside: each is in the file before anybody acts on it. */
export class ArrivalLog {
	readonly #file: LineLog;
	/** Those from number `#first` on. */
	#rows: LoggedArrival[];
	#first = 0;

	/** @throws SimulationError for a file of other things */
	constructor(path: string) {
		this.#file = new LineLog(path);
		this.#rows = this.#read();
	}

	/** How many there are. */
	get count(): number {
		return this.#first + this.#rows.length;
	}

	/** Undefined where there is none yet. */
	at(arrival: number): LoggedArrival | undefined {
		if (arrival < this.#first) {
			this.#rows = this.#read();
			this.#first = 0;
		}
		return this.#rows[arrival - this.#first];
	}

	/** Keeps one more. @throws what the disk says */
	append(row: LoggedArrival): void {
		this.#file.append(JSON.stringify(row));
		this.#rows.push(row);
	}

	/** All is on the disk; those before `told` are not needed but where the run goes back. @throws what the disk says */
	settle(told: number): void {
		this.#file.sync();
		const spare = told - KEPT - this.#first;
		if (spare < KEPT) return;
		this.#rows.splice(0, spare);
		this.#first += spare;
	}

	close(): void {
		this.#file.close();
	}

	#read(): LoggedArrival[] {
		let lastUs = -1;
		return this.#file.read().map((line, i) => {
			const row = LoggedArrival.safeParse(parsed(line)).data;
			if (row === undefined || row.arrival !== i || row.atUs <= lastUs)
				throw new SimulationError(
					`Cannot read "${this.#file.path}": line ${i + 1} is not request ${i} of a run`,
				);
			lastUs = row.atUs;
			return row;
		});
	}
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return null;
	}
}
