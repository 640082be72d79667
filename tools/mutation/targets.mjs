/**
 * What is mutated, part by part of a package, and the tests that may kill it: globs from the package's `src`. Tests that
 * take seconds are left out, and those of other parts: each mutant must be noticed near where it is made.
 *
 * Not mutated: tests and what only tests use (`testing`, where the laws' planted errors are too), generated files, and
 * what runs in other threads (there no mutant is active).
 *
 * @typedef {{ readonly sources: readonly string[]; readonly tests: readonly string[] }} Part
 * @type {Readonly<Record<string, Readonly<Record<string, Part>>>>}
 */
export const TARGETS = {
  hygrpo: {
    objective: {
      sources: [
        '{advantage,nested-advantage,weighted-advantages,component-advantages,reward-aggregation}.ts',
        '{importance-*,dimension-groups,clipped-objective,weighted-log-prob-objective}.ts',
        '{loss-aggregation,component-weights,policy-loss,straight-through,kl-*}.ts',
        '{objective,component-objective,component-regularisers,scored-component,rollout-shape,rollout-axes}.ts',
        '{config,component-config,config-checks,run-config}.ts',
      ],
      tests: [
        '{advantage,objective,component-objective,importance-*,dimension-groups,loss-aggregation,policy-loss}.test.ts',
        '{kl-*,config*,unknown-component,objective-parity,objective-gradients,*.laws}.test.ts',
        '{nested-advantage,reward-aggregation,clipped-objective,component-advantages,component-weights}.test.ts',
        '{component-config,component-regularisers,rollout-shape,run-config,scored-component,weighted-advantages}.test.ts',
      ],
    },
    trainer: {
      sources: [
        '{trainer,hygrpo-run,iteration,update,micro-batch,metrics,training-state,run-checks,early-stop}.ts',
        '{sampling,prompt-source,reference-policy,policy-executor,rollout-slice,keep-scores}.ts',
        'reward{,-execution,-scoring}.ts',
      ],
      tests: [
        '{trainer*,update,sampling,reward,reward-*,rollout-slice*,config,kl-control,unknown-component}.test.ts',
        '{metrics,micro-batch,early-stop,prompt-source,reference-policy,training-state,run-checks,keep-scores}.test.ts',
        'node/file-checkpoints.test.ts',
      ],
    },
    node: {
      sources: ['node/**'],
      tests: ['node/{checkpoint-folder,logs,file-checkpoints,optimizer-file,run-file}.test.ts'],
    },
    laws: {
      sources: ['{advantage,surrogate,objective}-laws.ts', 'objective-scene.ts', 'require-near.ts'],
      tests: ['{broken-variants,hygrpo,require-near}.laws.test.ts'],
    },
  },
  'hybrid-actions': {
    spaces: { sources: ['spaces/**'], tests: ['spaces/**'] },
    bijectors: { sources: ['bijectors/**'], tests: ['bijectors/**'] },
    distributions: {
      sources: ['distributions/**', '{read-log-probs,draw-of}.ts'],
      tests: ['{distributions,laws}/!(planted-errors)*', '*'],
    },
    laws: { sources: ['laws/**'], tests: ['laws/**'] },
  },
  smpl: {
    rotation: {
      sources: ['rotation/**'],
      tests: ['rotation/**', '__golden__/rotation-*', 'laws/rotation.*'],
    },
    kinematics: {
      sources: ['kinematics/**'],
      tests: ['kinematics/!(wasm-module)*', '__golden__/{parity,body-parity}*', 'laws/smpl.*'],
    },
    metrics: { sources: ['metrics/**'], tests: ['metrics/**', '__golden__/metric-*', 'laws/smpl.*'] },
  },
};

export const NEVER_MUTATED = ['**/*.test.ts', '**/testing/**', '**/*.generated.ts', '**/index.ts'];
