/** Natural logarithm, lent by JavaScript: AssemblyScript's own keeps a table in memory, and this module owns none. */
export declare function log(x: f64): f64;
