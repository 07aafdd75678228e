/** Help of the flag of `run` and `resume`. */
export const TAKE_OVER =
	'take the folder from a process on another machine or in another container, which has ended: nobody can see that from here';
