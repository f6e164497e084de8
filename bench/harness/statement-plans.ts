/** How PostgreSQL ran the statements of what is measured: EXPLAIN (ANALYZE, BUFFERS) of some, in the server's log. */
import type { Sql } from '@eventstream/platform/sql';

/** This share of them: the log stays readable, and the others are not slowed down. */
const sampleRate = 0.02;

/** From here on; sessions that are open already are ended, as only new ones load what writes plans. */
export async function explainStatements(admin: Sql): Promise<void> {
  await admin.execute("load 'auto_explain'"); // without it the server does not know the settings
  const settings = {
    'auto_explain.log_min_duration': '0',
    'auto_explain.sample_rate': String(sampleRate),
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_parameter_max_length': '0', // a batch has hundreds of values
    session_preload_libraries: 'auto_explain',
  };
  for (const [name, value] of Object.entries(settings)) await admin.execute(`alter system set ${name} = '${value}'`);
  await admin.execute('select pg_reload_conf()');
  await admin.execute(
    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
}
