import { LOAD, type TraceKeys, traceUnit, type Wanted } from '../../feeds/signal/trace-unit.ts';
import { note, type Remark } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { declaredIn } from './declared.ts';

/** The units that were taken from the names of columns, for members of a microgrid; of signals their own lines say it. */
export function unitRemarks(scenario: Scenario): Remark[] {
	const { loads } = scenario;
	const said = (actor: string, keys: TraceKeys, wanted: Wanted) => {
		const { says } = traceUnit(keys, wanted);
		return says === null ? [] : [{ of: actor, ...note(says) }];
	};
	return [
		...loads.flatMap((load) => (load.type === 'trace' ? said(load.name, load, LOAD) : [])),
		...declaredIn(scenario).flatMap(({ declaration, item }) =>
			declaration.traces(item).flatMap(({ keys, wanted }) => said(item.name, keys, wanted)),
		),
	];
}
