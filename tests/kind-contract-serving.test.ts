import { contractsOf } from './kind-cases.test-support.ts';
import { SERVING } from './kind-scenarios.test-support.ts';
import { SCALED } from './kind-scenarios-scaled.test-support.ts';

/** The contract of kinds, for all that serves requests. tests/kind-contract.test.ts has the others. */
for (const contract of await contractsOf({ ...SERVING, ...SCALED })) contract.run();
