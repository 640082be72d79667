// A worker that runs from sources in a process that does not: registers the TypeScript loader, then the bandit's module.
import { register } from 'tsx/esm/api';

register();
await import('./bandit-worker.ts');
