import type { FindKind } from '../kernel/actor/make-actor.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { MemoryBroker } from '../kernel/bus/memory-bus.ts';
import type { Leg } from '../kernel/bus/memory-options.ts';
import { messageOf } from '../protocol/errors.ts';
import type { RunEvent } from '../protocol/run-events.ts';
import type { LoggedCommand } from '../protocol/run-folder/commands.ts';
import type { Keeping } from '../services/coordinator/checkpoint-interval.ts';
import type { Checkpoint } from '../services/coordinator/checkpoints.ts';
import { Coordinator, type RunEnd } from '../services/coordinator/coordinator.ts';
import type { RunPlan, Wishes, World } from '../services/coordinator/run-plan.ts';
import type { Steering } from '../services/coordinator/steering.ts';
import { testTrust } from '../services/coordinator/trust.test-support.ts';
import { VirtualTime } from '../services/coordinator/virtual-time.test-support.ts';
import { type Climate, type FaultKind, Sea, Weather } from './fault-weather.test-support.ts';
import { type Process, takePart } from './faulty-process.test-support.ts';
import { NOTHING_KEPT, type Shelf, shelfInMemory } from './faulty-shelf.test-support.ts';
import { faultyStores } from './faulty-stores.test-support.ts';

/** A run that takes longer in its time hangs. */
const LONGEST_MS = 6 * 3_600_000;
const WAIT_LIMIT_MS = 5_000;
const POLL_MS = 1_000;

/** What is run under faults. */
export interface FaultyPlan {
	readonly seed: number;
	readonly plan: RunPlan;
	readonly keeping: Keeping;
	readonly latencyMs: number;
	readonly isSealed: boolean;
	/** Default: drawn. */
	readonly climate?: Climate;
	/** Chooses which message is delivered next. */
	readonly pick?: (count: number) => number;
	readonly time?: VirtualTime;
	readonly find: FindKind;
	/** The roster in another placement, for whoever leads the run after the first. */
	readonly replace?: (roster: RunPlan['roster']) => RunPlan['roster'];
	/** A leader begins, from the beginning or from what was kept. */
	readonly begins?: (from: Checkpoint | null) => void;
	/** Whether who leads the run dies as soon as this is kept; default: nobody does. */
	readonly endsWith?: (kept: Checkpoint) => boolean;
	/** Where what was kept outlives who leads the run; default: in memory. */
	readonly shelf?: Shelf;
	/** Hears of all that happens in the run, and may tell it something. */
	readonly heard?: (event: RunEvent, steering: Steering) => void;
	/** Keeps a command before it acts. @throws what the disk says */
	readonly logCommand?: (command: LoggedCommand) => void;
	/** Faults that strike neither messages nor processes; `ms` draws a time. */
	readonly strike?: (kind: FaultKind, ms: (least: number, most: number) => number) => void;
	/** While it lasts, no time passes. */
	readonly during?: <T>(work: Promise<T>) => Promise<T>;
}

export interface FaultyEnd {
	readonly end: RunEnd;
	/** What has struck, and what was said, with the time. */
	readonly story: readonly string[];
	readonly struck: readonly FaultKind[];
	/** About as many as there were. */
	readonly messages: number;
}

/** One run in one process with faults at any message, in a time of its own. */
export class FaultyRun {
	private readonly about: FaultyPlan;
	private readonly time: VirtualTime;
	private readonly weather: Weather;
	private readonly story: string[] = [];
	private readonly owners = new Map<Bus, Process>();
	/** Who has the place of each host by now. */
	private readonly places = new Map<string, Process>();
	private broker: MemoryBroker;
	private leader: Process | null = null;
	private coordinator: Coordinator | null = null;
	private plan: RunPlan;
	private trust = testTrust();
	private readonly shelf: Shelf;
	/** What was wanted of the run when its last leader lost the bus; null: that one is dead. */
	private wishes: Wishes | null = null;
	/** How far the clock of the leader has gone forward by itself. */
	private jumpedMs = 0;

	constructor(about: FaultyPlan) {
		this.about = about;
		this.plan = about.plan;
		this.shelf = about.shelf ?? shelfInMemory();
		this.time = about.time ?? new VirtualTime();
		this.weather = new Weather(about.seed, this.time.nowMs, about.climate);
		this.broker = this.makeBroker();
	}

	/** @throws Error if it comes to no end */
	async run(): Promise<FaultyEnd> {
		const hangs = this.time.sleep(LONGEST_MS).then(() => {
			throw new Error(`it hangs\n${this.told().join('\n')}`);
		});
		try {
			const end = await Promise.race([this.leadOn(), hangs]);
			const { struck, occasions: messages } = this.weather;
			return { end, story: this.told(), struck: struck.map(({ kind }) => kind), messages };
		} finally {
			this.time.stop();
		}
	}

	/** One leader after the other, until one brings the run to its end. */
	private async leadOn(): Promise<RunEnd> {
		let setbacks = 0;
		for (;;) {
			const end = await this.lead(setbacks);
			if (!end.isBusLost) return end;
			setbacks = end.setbacks + 1;
			const isSameBus = this.about.isSealed && this.weather.isHeads();
			// On a new bus it is the same process that goes on.
			this.wishes = isSameBus ? null : end.wishes;
			this.tell(`led by another, ${isSameBus ? 'on the same bus' : 'on a new bus'}`);
			if (!isSameBus) {
				for (const one of this.owners.values()) this.crash(one);
				this.broker = this.makeBroker();
			}
			const roster = this.about.replace?.(this.plan.roster) ?? this.plan.roster;
			this.plan = { ...this.plan, roster };
		}
	}

	private async lead(setbacks: number): Promise<RunEnd> {
		const { keeping, isSealed, begins } = this.about;
		this.trust = testTrust({ isSealed });
		const leader = this.connect('leader');
		this.leader = leader;
		// Recorders end with who leads the run, or the folder is refused to the next.
		for (const one of this.owners.values()) if (one.hasRecorder) this.crash(one);
		const from = this.shelf.kept();
		begins?.(from?.checkpoint ?? null);
		const again = setbacks === 0 ? null : (from ?? NOTHING_KEPT);
		const plan = {
			...this.plan,
			...(again === null ? {} : { from: { ...again, setbacks, checkpoints: 0, ...this.wished } }),
		};
		const limits = { waitLimitMs: WAIT_LIMIT_MS, pollMs: POLL_MS, keeping, ...this.small() };
		const bus = this.withFaultyStores(leader);
		const trusted = { ...plan, trust: this.trust };
		const { heard, logCommand } = this.about;
		const world: World = {
			...this.world(leader),
			...(logCommand === undefined ? {} : { logCommand, wallMs: () => 0 }),
			...(heard === undefined ? {} : { event: (event) => heard(event, coordinator.steering) }),
		};
		const coordinator = new Coordinator(bus, trusted, world, limits);
		this.coordinator = coordinator;
		this.places.clear();
		const running = coordinator.run();
		for (const host of new Set(plan.roster.map((entry) => entry.host))) void this.start(host);
		return running;
	}

	private get wished(): { readonly wishes?: Wishes } {
		return this.wishes === null ? {} : { wishes: this.wishes };
	}

	private world(leader: Process): World {
		const isLeading = () => this.leader === leader && !leader.isDead;
		return {
			nowMs: () => this.time.nowMs() + this.jumpedMs,
			sleep: this.time.sleep,
			notice: (text) => this.tell(text),
			replaceHost: (host) => {
				if (!isLeading()) return;
				const before = this.places.get(host);
				const isZombie = before !== undefined && before.stalledUntilMs > this.time.nowMs();
				if (before !== undefined && (before.hasRecorder || !isZombie)) this.crash(before);
				this.places.delete(host);
				const start = () => isLeading() && !this.places.has(host) && void this.start(host);
				void this.time.sleep(this.weather.ms(10, 3_000)).then(start);
			},
			keep: async (checkpoint, read) => {
				if (!isLeading()) return;
				await this.shelf.keep(checkpoint, read);
				if (this.about.endsWith?.(checkpoint)) this.crash(leader, new Error('the leader is dead'));
			},
		};
	}

	/** A process for a place: it joins, and is there until the run is over or something ends it. */
	private async start(name: string): Promise<void> {
		const { trust, time, coordinator } = this;
		const { run, roster } = this.plan;
		const hasRecorder = roster.some(({ host, kind }) => host === name && kind === 'recorder');
		const process = this.connect(name, hasRecorder);
		this.places.set(name, process);
		const { find, during = (work) => work } = this.about;
		const bus = this.withFaultyStores(process);
		const tell = (text: string) => this.tell(text);
		const pid = this.owners.size;
		try {
			await takePart(process, { run, trust, time, pid, bus, find, during, tell });
			this.crash(process);
		} catch (error) {
			if (process.isDead) return;
			this.tell(`${name} ends: ${messageOf(error)}`);
			this.crash(process);
			if (this.places.get(name) === process) coordinator?.hostDied(name, messageOf(error));
		}
	}

	private connect(name: string, hasRecorder = false): Process {
		const bus = this.broker.connect();
		const still = { stalledUntilMs: 0, deafUntilMs: 0, muteUntilMs: 0 };
		const process = { name, bus, isDead: false, hasRecorder, ...still };
		this.owners.set(bus, process);
		return process;
	}

	private crash(process: Process, why: Error | null = null): void {
		process.isDead = true;
		process.bus.end(why);
	}

	/** Half of the runs are in a sea where next to nothing may be on its way, a third in one where a message has little room. */
	private small(): { readonly aheadBytes?: number } {
		return this.about.seed % 2 === 0 ? { aheadBytes: 400 } : {};
	}

	private makeBroker(): MemoryBroker {
		const { weather, time } = this;
		const { latencyMs, pick, isSealed } = this.about;
		const whose = (bus: Bus) => this.owners.get(bus) as Process;
		const strike = (kind: FaultKind, leg: Leg) => this.strike(kind, leg);
		const sea = new Sea({ weather, time, latencyMs, isSealed, whose, strike });
		return new MemoryBroker({
			...{ carry: sea.carry, setTimer: time.setTimer },
			...(this.about.seed % 3 === 0 ? { maxBytes: 300 } : {}),
			...(pick === undefined ? {} : { pick }),
		});
	}

	private strike(kind: FaultKind, { from, to }: Leg): void {
		const { weather, time } = this;
		const hosts = [...this.places.values()].filter(({ isDead }) => !isDead);
		const near = hosts.find(({ bus }) => bus === from || bus === to);
		const victim = near !== undefined && weather.isHeads() ? near : weather.pick(hosts);
		this.about.strike?.(kind, (least, most) => weather.ms(least, most));
		if (kind === 'jump') this.jumpedMs += weather.ms(1_000, 600_000);
		if (kind === 'headless' && this.leader !== null)
			this.crash(this.leader, new Error('the leader is dead'));
		if (kind === 'busless')
			for (const one of this.owners.values()) this.crash(one, new Error('the server is gone'));
		if (victim === undefined) return;
		const untilMs = time.nowMs() + weather.ms(100, 90_000);
		if (kind === 'stall') victim.stalledUntilMs = untilMs;
		if (kind === 'partition') {
			const which = weather.pick(['to it', 'from it', 'both']);
			if (which !== 'from it') victim.deafUntilMs = untilMs;
			if (which !== 'to it') victim.muteUntilMs = untilMs;
		}
		if (kind === 'kill' || kind === 'vanish') this.crash(victim);
		if (kind === 'kill') this.sayDead(victim);
	}

	/** As `startHosts` says it: the end of a process that was replaced is no news. */
	private sayDead(process: Process): void {
		const { coordinator, weather, time, places } = this;
		const { name } = process;
		void time.sleep(weather.ms(1, 500)).then(() => {
			if (places.get(name) === process) coordinator?.hostDied(name, 'killed');
		});
	}

	private withFaultyStores({ bus, name }: Process): Bus {
		const { weather, time } = this;
		return faultyStores(bus, { weather, time, name, isSealed: this.about.isSealed });
	}

	private tell(text: string): void {
		this.story.push(`${Math.round(this.time.nowMs())} ms: ${text}`);
	}

	private told(): string[] {
		return [...this.weather.struck.map(({ where }) => `! ${where}`), ...this.story];
	}
}
