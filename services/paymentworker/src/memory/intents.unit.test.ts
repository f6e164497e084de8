import { paymentIntentsContract } from '../payment-intents-contract.fixture.ts';
import { memoryPaymentIntents } from './intents.ts';

paymentIntentsContract({ name: 'in memory', open: async () => memoryPaymentIntents() });
