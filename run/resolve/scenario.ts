import type * as z from 'zod';
import { type Scenario as Keys, scenarioSchema } from '../../protocol/scenario/scenario.ts';
import {
	DECLARED_KINDS,
	type Sections,
	type SectionsInput,
} from '../../services/declared-kinds.ts';

/** The schema of scenario files, with the sections of all kinds. */
const schema = scenarioSchema(DECLARED_KINDS.map(({ section }) => section));
export const Scenario = schema as z.ZodType<Scenario, z.input<typeof schema>>;
export type Scenario = Keys & Sections;

/** A scenario as an object: the keys of a scenario file, all of which may be left out. */
export type ScenarioInput = z.input<typeof schema> & SectionsInput;
