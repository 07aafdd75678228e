import type { StageRecord } from '../../services/replica/engine/observer.ts';
import type { ReplicaRecord } from './record.ts';

/** Appends a run of batches as the first stage ran them. */
export function addRun({ runs, members }: ReplicaRecord, ran: StageRecord): void {
	const { summary } = ran;
	runs.first.push(ran.batch);
	runs.count.push(ran.count);
	runs.formedS.push(ran.formedS);
	runs.flops.push(ran.flops);
	runs.flopsRise.push(ran.flopsRise);
	runs.tokens.push(summary.tokens);
	runs.decodes.push(summary.decodes);
	runs.prefills.push(summary.prefills);
	runs.priced?.decodeKv.push(summary.decodeKv);
	runs.priced?.prefillSquares.push(summary.prefillSquares);
	runs.priced?.prefillKv.push(summary.prefillKv);
	if (members === null) return;
	members.from.push(members.request.length);
	for (let i = 0; i < ran.requestIds.length; i++) {
		members.request.push(ran.requestIds[i] as number);
		members.tokens.push(ran.tokens[i] as number);
	}
}

/** Appends what a stage did with run number `run`. */
export function addStage({ stages }: ReplicaRecord, ran: StageRecord, run: number): void {
	const columns = stages[ran.stage];
	columns?.run.push(run);
	columns?.startS.push(ran.startS);
	columns?.durationS.push(ran.durationS);
	columns?.endS.push(ran.endS);
}
