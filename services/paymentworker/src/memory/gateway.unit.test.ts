import { paymentGatewayContract } from '../payment-gateway-contract.fixture.ts';
import { MemoryGateway, poorPayer } from './gateway.ts';

const faults = {
  'takes it, and does not say so': 'unknown after',
  'fails once, and takes nothing': 'unknown before',
} as const;

paymentGatewayContract({
  name: 'in memory',
  open: async () => {
    const gateway = new MemoryGateway();
    return {
      gateway,
      payerWhose: (debit) => {
        if (debit === 'is declined') return poorPayer;
        if (debit !== 'is taken') gateway.faults.push(faults[debit]);
        return 'customer-1';
      },
      balanceOf: async (key) => gateway.booked(key).taken - gateway.booked(key).givenBack,
    };
  },
  openUnreachable: async () => {
    const gateway = new MemoryGateway();
    gateway.faults.push('unreachable', 'unreachable', 'unreachable');
    return gateway;
  },
});
