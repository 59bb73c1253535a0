/** Path of the program for this machine. */
export function binary(): string
