// Which way the arrows may point. Each package imports only what is listed; the order is the reading order.
// Checked by tools/check-dependencies.mjs, which also fails when too few files were looked at.
const adapter = '/src/(sql|jetstream|grpc|memory|http)/';
/** Tests, and what exists for them alone beside the code: these may use everything, and only they may use it. */
const test = '\\.(test|fixture)\\.ts$|/testdata/|^packages/testing/|^(sim|chaos|bench|e2e)/';

const only = (name, ...may) => ({
  name: `${name} imports only ${may.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: test },
  to: { path: '^(packages|services|cli)/', pathNot: `^packages/(${[name, ...may].join('|')})/` },
});

module.exports = {
  forbidden: [
    only('contracts'),
    only('platform'),
    // The saga's definition is plain data; domain says what the fulfilment saga is.
    only('domain', 'contracts', 'saga'),
    {
      name: 'domain takes only the definition from saga',
      severity: 'error',
      from: { path: '^packages/domain/', pathNot: test },
      to: { path: '^packages/saga/', pathNot: '^packages/saga/src/definition\\.ts$' },
    },
    only('event-store', 'contracts', 'platform'),
    only('orders', 'contracts', 'domain', 'event-store', 'platform'),
    only('messaging', 'contracts', 'platform', 'event-store'),
    only('worker', 'contracts', 'platform', 'event-store', 'messaging'),
    only('saga', 'contracts', 'platform', 'event-store', 'worker'),
    only('read-model', 'contracts', 'domain', 'platform', 'event-store', 'messaging', 'worker'),
    only('verification', 'contracts', 'domain', 'platform', 'event-store', 'orders', 'messaging', 'read-model', 'saga'),
    only('service-kit', 'contracts', 'platform'),
    only('local-servers', 'platform'),
    { name: 'what is for tests is used by tests only', severity: 'error', from: { pathNot: test }, to: { path: test } },
    {
      name: 'domain is pure',
      severity: 'error',
      from: { path: '^packages/domain/', pathNot: test },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'drivers live in adapters',
      severity: 'error',
      from: {
        path: '^(packages|services)/',
        pathNot: [adapter, test, '^packages/(platform|local-servers|testing)/', '/src/main\\.ts$'],
      },
      to: { path: 'node_modules/(pg|@nats-io|@grpc|undici)(/|$)' },
    },
    {
      name: 'only main wires adapters',
      severity: 'error',
      from: { path: '^services/[^/]+/src/', pathNot: ['/src/main\\.ts$', test, adapter, '^services/bootstrapper/'] },
      to: { path: `^(packages|services)/[^/]+${adapter}` },
    },
    {
      name: 'services never import services (the bootstrapper reads their migrations)',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: ['^services/$1/', '^services/[^/]+/src/sql/migrations\\.ts$'] },
    },
    {
      name: 'the page knows only what the console says to it, and only its types',
      severity: 'error',
      from: { path: '^services/console/web/src/', pathNot: test },
      to: { path: '^(packages|services|cli)/', pathNot: '^services/console/(web/src|src/api)/' },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/src/gen/', '^services/console/web/dist'] },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.d.ts'],
    },
  },
};
