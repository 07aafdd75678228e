/** Writes files of its own, whatever the others do. */
export type Task = () => void;
