/** Wires the stand-in payment provider: a ledger in its own database behind HTTP. */
import { runProcess } from '@eventstream/platform';
import { askToWrite, openSql, sqlPart } from '@eventstream/platform/sql';
import { settings } from './config.ts';
import { gatewayServer } from './http-server.ts';
import { sqlLedger } from './sql/ledger.ts';

await runProcess({
  name: 'paymentgateway',
  settings,
  healthPort: 9102,
  async wire(setting, { logger, clock }) {
    const sql = openSql({ url: setting.GATEWAYDB_URL, applicationName: 'paymentgateway', maxConnections: 6, logger });
    const server = gatewayServer({
      ledger: sqlLedger(sql),
      clock,
      slowMs: setting.GATEWAY_SLOW,
      address: setting.BIND_ADDRESS,
      port: setting.GATEWAY_PORT,
      logger,
    });
    return [sqlPart('gatewaydb', sql, () => askToWrite(sql, ['payments', 'ledger_entries', 'staged_calls'])), server];
  },
});
