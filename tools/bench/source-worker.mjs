// A worker thread has no TypeScript loader of its own: registers one, then starts the worker of `workers.ts`.
import { register } from 'tsx/esm/api';

register();
await import('./pose-model-worker.ts');
